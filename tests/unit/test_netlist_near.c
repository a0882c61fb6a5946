/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The laws that models offer beside their own, for states in their range and voltages that
 * are not too large, in ngspice against the equations in C, for every parameter set: right
 * wherever they are offered, and offered at the voltages that are usual. */
#include "device_check.h"

#include <stdlib.h>
#include <unistd.h>

#include "core/number.h"
#include "netlist/netlist.h"

static const double volts[] = {1e-3,  0.2,   0.7,  1.3,  4.0,
                               -1e-3, -0.25, -0.8, -1.6, -5.0};
static const double places[] = {0.0, 0.004, 0.25, 0.5, 0.9965, 1.0};
enum {
    N_VOLTS = sizeof volts / sizeof *volts,
    N_PLACES = sizeof places / sizeof *places,
    MAX_POINTS = N_VOLTS * N_PLACES
};

typedef struct point {
    double v, x, i;
} point;

static double place_in(const xbar_state_range *r, size_t k)
{
    const double x = r->lower + places[k] * (r->upper - r->lower);
    return x > XBAR_LEAST_STATE ? x : XBAR_LEAST_STATE;
}

/* @return how many */
static size_t write_deck(FILE *out, point *points, const device_case *c)
{
    xbar_state_range r[XBAR_MAX_STATES] = {{.lower = 1e-6, .upper = 1e-3}};
    char number[XBAR_NUMBER_SIZE];
    size_t n = 0;
    if (c->device->ranges)
        c->device->ranges(r, c->p);
    fprintf(out, "* %s\n%s", c->name, c->device->subcircuit);
    for (size_t m = 0; m < N_VOLTS * N_PLACES; m++) {
        const double v = volts[m / N_PLACES];
        const double x = place_in(&r[0], m % N_PLACES);
        if (!xbar_netlist_is_near(c->device, c->p, fabs(v), true))
            continue;
        points[n] = (point){v, x, device_current(c, v, x)};
        fprintf(out, "vp%zu n%zu 0 %s\n", n, n, xbar_number_format(number, v));
        fprintf(out, "x%zu n%zu 0 %s_near g=%s", n, n, c->device->name,
                xbar_number_format(number, x));
        for (size_t k = 0; k < c->device->n_parameters; k++)
            fprintf(out, " %s=%s", c->device->parameters[k].name,
                    xbar_number_format(number, c->p[k]));
        fputc('\n', out);
        n++;
    }
    fputs(".options reltol=1e-9 abstol=1e-18 vntol=1e-12 gmin=1e-30 itl1=500\n"
          ".control\nset numdgt=16\nop\n",
          out);
    for (size_t k = 0; k < n; k++)
        fprintf(out, "print i(vp%zu)\n", k);
    fputs("quit\n.endc\n.end\n", out);
    return n;
}

static void run_ngspice(double *values, size_t n, const char *path)
{
    char command[256];
    char line[512];
    snprintf(command, sizeof command, "ngspice -n -b %s 2>&1", path);
    for (size_t k = 0; k < n; k++)
        values[k] = (double)NAN;
    FILE *in = popen(command, "r");
    assert_non_null(in);
    while (fgets(line, sizeof line, in)) {
        size_t k = 0;
        double value = 0.0;
        if (sscanf(line, "i(vp%zu) = %lf", &k, &value) == 2 && k < n)
            values[k] = -value;
    }
    pclose(in);
}

/* @return at how many points the law is offered */
static size_t check_case(const device_case *c)
{
    point points[MAX_POINTS];
    double values[MAX_POINTS];
    char path[] = "/tmp/xbar_near_XXXXXX";
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *out = fdopen(fd, "w");
    assert_non_null(out);
    const size_t n = write_deck(out, points, c);
    fclose(out);
    run_ngspice(values, n, path);
    unlink(path);
    for (size_t k = 0; k < n; k++)
        if (!(fabs(values[k] - points[k].i) <= 1e-9 * fabs(points[k].i)))
            fail_msg("%s_near at v = %g, x = %g: ngspice %.12g, C %.12g", c->name,
                     points[k].v, points[k].x, values[k], points[k].i);
    return n;
}

static void test_near_laws(void **unused)
{
    (void)unused;
    if (system("ngspice --version >/dev/null 2>&1") != 0)
        LEAVE_OUT("no program ngspice");
    static const char *const without[] = {"linear", "jart", "access_nmos"};
    device_case c = {0};
    while (device_case_next(&c)) {
        bool none = false;
        for (size_t k = 0; k < sizeof without / sizeof *without; k++)
            none = none || strcmp(c.device->name, without[k]) == 0;
        const size_t n = check_case(&c);
        if (none ? n > 0 : n < N_VOLTS * N_PLACES / 10)
            fail_msg("%s: the near law is offered at %zu points", c.name, n);
    }
}

/* What the comments in the models' texts say. */
static void test_offers(void **unused)
{
    (void)unused;
    static const struct {
        const char *device, *set;
        double most; /* V */
    } cases[] = {
        {"sinh", "default", 40 * 0.25},
        {"selector_diode", "default", 3.4e-3 * 2 * 300},
        {"yakopcic2", "default", 40 / 6.91},
        {"drift", "default", 1e9},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const device_case c = device_case_of(cases[k].device, cases[k].set);
        assert_true(
            xbar_netlist_is_near(c.device, c.p, cases[k].most * (1 - 1e-12), true));
        assert_false(
            xbar_netlist_is_near(c.device, c.p, cases[k].most * (1 + 1e-12), true));
        assert_false(xbar_netlist_is_near(c.device, c.p, (double)NAN, true));
    }
    const device_case plain = device_case_of("sinh", "default");
    assert_true(xbar_netlist_is_near(plain.device, plain.p, 1.0, false));
    const device_case steep = device_case_of("selector_diode", "default");
    assert_false(xbar_netlist_is_near(steep.device, steep.p, 1.0, false));
    const device_case jart = device_case_of("jart", "default");
    assert_false(xbar_netlist_is_near(jart.device, jart.p, 1e-3, true));
    /* texts that say something else offer nothing */
    static const char *const wrong[] = {"40 v1", "40 v0, 3 v1", "40/", "v0", "40  v0"};
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
        char text[128];
        device_case c = device_case_of("sinh", "default");
        snprintf(
            text, sizeof text,
            "* sinh_near: where no cell sees more than %s\n.subckt sinh_near p n\n",
            wrong[k]);
        xbar_device device = *c.device;
        device.subcircuit = text;
        if (xbar_netlist_is_near(&device, c.p, 1e-3, true))
            fail_msg("\"%s\" offers a law", wrong[k]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_offers),
        cmocka_unit_test(test_near_laws),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
