/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Netlists of runs in time: straight sources are told by their corners and curved ones by
 * as many knots as the tolerance asks for; cells begin at their states; and ngspice -b
 * replays the whole to what closed forms say. */
#include "time_runs.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "netlist/netlist.h"
#include "netlist/polyline.h"

/* A 1 x 1 array that ends in ideal terminals, its left one at a wave. */
typedef struct fixture {
    xbar_crossbar *c;
    xbar_stimulus rest;
    xbar_waveform wave;
    time_drive drive;
    xbar_schedule schedule;
} fixture;

static void make(fixture *f, const char *device)
{
    *f = (fixture){.c = array_new(1, 1, 0.0, 0.0)};
    f->c->cell = xbar_cell_default(xbar_device_find(device));
    array_terminals(f->c, XBAR_LEFT, 0.0);
    array_terminals(f->c, XBAR_BOTTOM, 0.0);
    assert_int_equal(xbar_stimulus_init(&f->rest, f->c, NULL), XBAR_OK);
    f->rest.volt[XBAR_LEFT][0] = 0.0;
    f->rest.volt[XBAR_BOTTOM][0] = 0.0;
    f->drive = (time_drive){.c = f->c, .rest = &f->rest, .wave = {&f->wave}};
    f->drive.line[XBAR_LEFT] = SIZE_MAX;
    f->schedule = time_schedule(&f->drive);
}

static void discard(fixture *f)
{
    xbar_waveform_clear(&f->wave);
    xbar_stimulus_clear(&f->rest);
    xbar_crossbar_free(f->c);
}

static char *text_of(const fixture *f, const xbar_netlist_options *options,
                     const double *state)
{
    xbar_network *net = NULL;
    char *text = NULL;
    size_t size = 0;
    xbar_error err = {0};
    assert_int_equal(xbar_network_new(&net, f->c, state, &f->rest, NULL), XBAR_OK);
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    if (xbar_netlist_write(out, f->c, net, state, &f->rest, options, &err) != XBAR_OK)
        fail_msg("%s", err.text);
    assert_int_equal(fclose(out), 0);
    xbar_network_free(net);
    return text;
}

/* ---- straight lines ------------------------------------------------------------------ */

static void test_straight(void **unused)
{
    (void)unused;
    static const double t_knot[4] = {1.0, 2.0, 2.5, 4.0};
    static const double v_knot[4] = {0.0, 1.0, 1.0, -1.0};
    fixture f;
    make(&f, "linear");
    assert_int_equal(xbar_waveform_linear(&f.wave, t_knot, v_knot, 4, NULL), XBAR_OK);
    xbar_polyline p;
    assert_int_equal(xbar_polyline_new(&p, f.c, &f.schedule, 0.5, 3.0, 1e-6, NULL),
                     XBAR_OK);
    static const double t_want[5] = {0.5, 1.0, 2.0, 2.5, 3.0};
    static const double v_want[5] = {0.0, 0.0, 1.0, 1.0, 1.0 / 3.0};
    assert_int_equal(p.n_knots, 5);
    for (size_t k = 0; k < 5; k++) {
        assert_true(p.t_s[k] == t_want[k]);
        assert_true(fabs(p.volt[k * p.n_sources] - v_want[k]) < 1e-15);
    }
    xbar_polyline_clear(&p);
    discard(&f);
}

/* Between its knots a sine is missed by no more than was allowed, and not by much less;
 * whole periods between corners do not hide. */
static void test_curved(void **unused)
{
    (void)unused;
    static const double tolerances[] = {1e-2, 1e-4, 1e-6};
    for (size_t n = 0; n < 3; n++) {
        fixture f;
        make(&f, "linear");
        xbar_waveform_sine(&f.wave, 0.1, 0.7, 50.0, 8.0);
        xbar_polyline p;
        assert_int_equal(
            xbar_polyline_new(&p, f.c, &f.schedule, 0.0, 0.2, tolerances[n], NULL),
            XBAR_OK);
        double worst = 0.0;
        for (size_t k = 0; k + 1 < p.n_knots; k++) {
            double middle = 0.5 * (p.t_s[k] + p.t_s[k + 1]);
            double straight =
                0.5 * (p.volt[k * p.n_sources] + p.volt[(k + 1) * p.n_sources]);
            worst = fmax(worst,
                         fabs(straight - xbar_waveform_value(&f.wave, middle)) / 0.8);
        }
        if (!(worst <= 1.001 * tolerances[n] && worst > 0.1 * tolerances[n]))
            fail_msg("tolerance %g: %g missed at %zu knots", tolerances[n], worst,
                     p.n_knots);
        xbar_polyline_clear(&p);
        discard(&f);
    }
}

static double trembling(double t_s, const void *with)
{
    (void)with;
    return t_s + 1e-9;
}

static void test_too_many(void **unused)
{
    (void)unused;
    fixture f;
    make(&f, "linear");
    xbar_waveform_sine(&f.wave, 0.0, 1.0, 1.0, 1.0);
    f.schedule.corner = trembling;
    xbar_polyline p;
    xbar_error err = {0};
    assert_int_equal(xbar_polyline_new(&p, f.c, &f.schedule, 0.0, 1.0, 1e-4, &err),
                     XBAR_ERR_INPUT);
    assert_non_null(strstr(err.text, "bend too often"));
    assert_null(p.t_s);
    discard(&f);
}

/* ---- text ---------------------------------------------------------------------------- */

static void assert_has(const char *text, const char *line)
{
    const char *at = strstr(text, line);
    if (!at || (at > text && at[-1] != '\n'))
        fail_msg("no \"%s\" in:\n%s", line, text);
}

static void test_text(void **unused)
{
    (void)unused;
    static const double t_knot[3] = {0.0, 1.0, 2.0};
    static const double v_knot[3] = {0.0, 1.0, 1.0};
    static const double state[1] = {0.25};
    static const uint8_t stuck[1] = {1};
    fixture f;
    make(&f, "vteam");
    f.c->cell.selector = xbar_device_find("selector_ots");
    xbar_device_parameters(f.c->cell.selector_parameters, f.c->cell.selector,
                           &f.c->cell.selector->sets[0]);
    f.c->cell.access = xbar_device_find("access_nmos");
    xbar_device_parameters(f.c->cell.access_parameters, f.c->cell.access,
                           &f.c->cell.access->sets[0]);
    f.rest.gate[0] = 1.5;
    assert_int_equal(xbar_waveform_linear(&f.wave, t_knot, v_knot, 3, NULL), XBAR_OK);
    xbar_netlist_options options = {.schedule = &f.schedule, .end_s = 3.0};
    char *text = text_of(&f, &options, state);
    assert_has(text, "vleft0 w0_0 0 pwl(0 0 1 1 3 1)\n");
    assert_has(text, "vbottom0 b0_0 0 dc 0\n");
    assert_has(text, "vgate0 gate0 0 dc 1.5\n");
    assert_has(text, "xc0_0 w0_0 m0_0 s0_0_0 vteam_dynamic start0=0.25\n");
    assert_has(text, "xs0_0 m0_0 d0_0 s1_0_0 selector_ots_dynamic start0=0\n");
    assert_has(text, "xt0_0 d0_0 gate0 b0_0 0 access_nmos\n");
    assert_has(text, "Cx x 0 1e-6 ic={start0}\n");
    assert_has(text, "tran 0.003 3 0 0.003 uic\n");
    assert_null(strstr(text, "vs0_0_0"));
    free(text);

    /* states of one's own; a stuck cell's are held */
    static const double states[2] = {0.5, 0.75};
    options.state0 = states;
    options.is_stuck = stuck;
    text = text_of(&f, &options, state);
    assert_has(text, "xs0_0 m0_0 d0_0 s1_0_0 selector_ots_dynamic start0=0.75\n");
    assert_has(text, "vs0_0_0 s0_0_0 0 dc 0.5\n");
    assert_has(text, "vs1_0_0 s1_0_0 0 dc 0.75\n");
    free(text);
    discard(&f);
}

/* ---- replay -------------------------------------------------------------------------- */

/* The number in the last row of the table that ngspice prints. */
static double last_current(const char *text)
{
    char path[] = "/tmp/xbar_netlist_XXXXXX";
    char command[128];
    char line[256];
    double last = (double)NAN;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *out = fdopen(fd, "w");
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
    snprintf(command, sizeof command, "ngspice -n -b %s 2>/dev/null", path);
    FILE *in = popen(command, "r");
    assert_non_null(in);
    bool ours = false;
    while (fgets(line, sizeof line, in)) {
        double t = 0.0;
        double value = 0.0;
        if (strstr(line, "Index"))
            ours = strstr(line, "vbottom0") != NULL;
        if (ours && sscanf(line, "%*d %lf %lf", &t, &value) == 2)
            last = value;
    }
    pclose(in);
    unlink(path);
    return last;
}

static void test_replay(void **unused)
{
    (void)unused;
    static const double state[1] = {0.1};
    if (system("ngspice --version >/dev/null 2>&1") != 0)
        LEAVE_OUT("no program ngspice");
    fixture f;
    make(&f, "drift");
    xbar_waveform_sine(&f.wave, 0.0, 1.0, 1.0, 1.0);
    const xbar_netlist_options options = {
        .schedule = &f.schedule, .end_s = 0.25, .tolerance = 1e-5};
    char *text = text_of(&f, &options, state);
    /* a quarter of a period: linear drift's closed form gives this */
    double i = last_current(text);
    if (!(fabs(i - 7.979932958e-5) <= 1e-4 * 7.98e-5))
        fail_msg("replayed: %.9g A", i);
    free(text);
    discard(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_straight), cmocka_unit_test(test_curved),
        cmocka_unit_test(test_too_many), cmocka_unit_test(test_text),
        cmocka_unit_test(test_replay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
