/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hysteresis loops: every device and parameter set, one cell at a sine, on the spice
 * engine against GSL's integration of the equations in C. The currents agree to 1e-3 of
 * the largest one with the default tolerance, and to 1e-5 with a tight one. Where a state
 * snaps the curve may come earlier or later by 1e-4 of the period. */
#include "device_check.h"
#include "time_runs.h"

#include "core/clock.h"

enum { N_MOMENTS = 200 };

typedef struct loop_case {
    const char *device, *set;
    double volt, hertz;
    bool snaps; /* its states run away once they move */
    bool tight; /* quick enough to be run tightly each time; XBAR_ALL=1: all are */
} loop_case;

static const loop_case cases[] = {
    {"drift", "default", 1, 1, false, false},
    {"drift", "biolek", 1, 1, false, false},
    {"drift", "joglekar", 1, 10, false, true},
    {"drift", "joglekar2", 1, 1, false, false},
    {"team", "default", 0.8, 1e4, true, false},
    {"team", "wide", 0.8, 1e4, true, false},
    {"vteam", "default", 0.5, 1e7, false, true},
    {"vteam", "magic", 2, 1e8, true, true},
    {"vteam", "atomic", 1, 100, true, false},
    {"yakopcic", "default", 0.45, 1000, false, true},
    {"yakopcic", "oblea_pulsed", 0.45, 1000, false, false},
    {"yakopcic", "miao", 1.2, 10, false, false},
    {"yakopcic", "jo", 4.5, 0.1, false, false},
    {"yakopcic2", "default", 1.5, 0.1, false, true},
    {"stanford", "default", 1.5, 3e5, true, false},
    {"stanford", "alon", 3, 1e5, true, false},
    {"jart", "default", 1.3, 1, true, false},
    {"mss", "default", 0.5, 1e4, false, true},
    {"mss", "wsdc", 0.5, 1e4, false, false},
    {"pershin", "default", 3, 1e8, false, true},
    {"pershin", "biolek", 10, 2e9, false, false},
    {"pershin", "codemodel", 10, 1e3, false, false},
    {"messaris", "default", 2, 10, false, false},
    {"messaris", "dut2", 2, 1e3, false, true},
    {"memdiode", "default", 1.2, 0.1, false, true},
    {"memdiode", "symmetric", 1.2, 100, false, false},
    {"pcm", "default", 2, 1e7, true, true},
    {"mtj", "default", 0.8, 3e7, true, true},
    {"mtj", "polarised", 0.8, 3e7, true, false},
    {"fefet", "default", 3, 1e7, false, false},
    {"fefet", "gated", 3, 1e3, false, false},
};

/* The exact current at the moments, and the least and largest it is within 1e-4 of the
 * period of them. */
typedef struct reference {
    double i[N_MOMENTS], low[N_MOMENTS], high[N_MOMENTS], x[N_MOMENTS], peak;
} reference;

static void integrate(reference *r, const loop_case *q, const double *t_s)
{
    device_case c = device_case_of(q->device, q->set);
    const device_wave wave = {q->volt, q->hertz};
    const device_circuit circuit = {&c, device_sine, &wave, 0.0};
    const double shift = q->snaps ? 1e-4 / q->hertz : 0.0;
    xbar_state_range range[XBAR_MAX_STATES];
    double x[XBAR_MAX_STATES];
    double t = 0.0;
    c.device->ranges(range, c.p);
    for (size_t s = 0; s < c.device->n_states; s++)
        x[s] = range[s].initial;
    *r = (reference){0};
    for (size_t k = 0; k < N_MOMENTS; k++) {
        r->low[k] = (double)INFINITY;
        r->high[k] = -(double)INFINITY;
        for (int n = q->snaps ? -1 : 0; n <= (q->snaps ? 1 : 0); n++) {
            double to = t_s[k] + n * shift;
            if (device_integrate(&circuit, x, t, to, gsl_odeiv2_step_rkck, 1e-9) !=
                GSL_SUCCESS)
                fail_msg("%s: the reference stops at %g s", c.name, t);
            t = to;
            double i = device_at(&c, device_sine(t, &wave), x).i;
            r->low[k] = fmin(r->low[k], i);
            r->high[k] = fmax(r->high[k], i);
            if (n == 0) {
                r->i[k] = i;
                r->x[k] = x[0];
            }
        }
        r->peak = fmax(r->peak, fabs(r->i[k]));
    }
}

/* One cell between a source that follows `wave` and ground. */
static xbar_crossbar *lone_cell(const loop_case *q)
{
    device_case set = device_case_of(q->device, q->set);
    xbar_crossbar *c = array_new(1, 1, 0.0, 0.0);
    c->cell = xbar_cell_default(set.device);
    memcpy(c->cell.parameters, set.p, sizeof set.p);
    array_terminals(c, XBAR_LEFT, 0.0);
    array_terminals(c, XBAR_BOTTOM, 0.0);
    return c;
}

/* The loop on the engine, from the set's initial states. */
static xbar_result *run_loop(const loop_case *q, const xbar_crossbar *c,
                             double tolerance, const double *t_s)
{
    const xbar_engine *engine = xbar_engine_find("spice");
    const double present = 0.5; /* not open */
    xbar_state_range range[XBAR_MAX_STATES];
    double x[XBAR_MAX_STATES];
    xbar_stimulus rest;
    xbar_waveform wave;
    xbar_error err = {0};
    void *self = NULL;
    assert_int_equal(xbar_stimulus_init(&rest, c, NULL), XBAR_OK);
    rest.volt[XBAR_BOTTOM][0] = 0.0;
    xbar_waveform_sine(&wave, 0.0, q->volt, q->hertz, 1.0);
    const time_drive drive = {
        .c = c, .rest = &rest, .wave = {&wave}, .line = {SIZE_MAX}};
    const xbar_schedule schedule = time_schedule(&drive);
    xbar_cell_ranges(&c->cell, range);
    for (size_t s = 0; s < xbar_cell_n_states(&c->cell); s++)
        x[s] = range[s].initial;
    xbar_result *r = time_result(c, N_MOMENTS);
    const xbar_start start = {.state = x, .tolerance = tolerance};
    assert_int_equal(engine->open(&self, c, NULL, NULL), XBAR_OK);
    assert_int_equal(engine->set_state(self, &present, &present, NULL), XBAR_OK);
    assert_int_equal(engine->begin(self, &start, &err), XBAR_OK);
    assert_int_equal(engine->advance(self, &schedule, t_s, N_MOMENTS, r, 0, &err),
                     XBAR_OK);
    if (r->outcome != XBAR_DONE)
        fail_msg("%s/%s: %s", q->device, q->set, r->error.text);
    engine->close(self);
    xbar_stimulus_clear(&rest);
    xbar_waveform_clear(&wave);
    return r;
}

static void compare(const loop_case *q, double tolerance, double allowed,
                    const double *t_s, const reference *want)
{
    xbar_crossbar *c = lone_cell(q);
    const double start = xbar_clock_s();
    xbar_result *r = run_loop(q, c, tolerance, t_s);
    const double seconds = xbar_clock_s() - start;
    double worst = 0.0;
    size_t at = 0;
    for (size_t k = 0; k < N_MOMENTS; k++) {
        double i = r->i_terminal[XBAR_LEFT][k];
        double miss = fmax(want->low[k] - i, i - want->high[k]) / want->peak;
        if (!(miss <= worst)) {
            worst = miss;
            at = k;
        }
    }
    if (getenv("XBAR_SHOW"))
        print_message("# %s/%s, tolerance %g: off by %.1e of %g A, %.3f s\n", q->device,
                      q->set, tolerance, worst, want->peak, seconds);
    if (!(worst <= allowed))
        fail_msg(
            "%s/%s, tolerance %g, at %g s: off by %.2e of the largest current, want "
            "%g",
            q->device, q->set, tolerance, t_s[at], worst, allowed);
    /* one device between two sources: all currents are the same */
    if (!(r->kcl_residual <= 10.0 * allowed * want->peak))
        fail_msg("%s/%s: %g A lost", q->device, q->set, r->kcl_residual);
    time_result_free(r);
    xbar_crossbar_free(c);
}

static void test_loops(void **unused)
{
    (void)unused;
    const char *only = getenv("XBAR_ONLY");
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        if (only && strcmp(only, cases[k].device) != 0)
            continue;
        reference want;
        double *t_s = time_moments(0.0, 1.0 / cases[k].hertz, N_MOMENTS);
        integrate(&want, &cases[k], t_s);
        compare(&cases[k], 0.0, 1e-3, t_s, &want);
        if (cases[k].tight || getenv("XBAR_ALL"))
            compare(&cases[k], 1e-7, 1e-5, t_s, &want);
        free(t_s);
    }
}

/* Every set of a device that moves is in the table. */
static void test_all_there(void **unused)
{
    (void)unused;
    device_case c = {0};
    while (device_case_next(&c)) {
        bool there = c.device->n_states == 0 || c.device->kind != XBAR_KIND_CELL;
        for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
            there = there || (strcmp(cases[k].device, c.device->name) == 0 &&
                              strcmp(cases[k].set, c.set->name) == 0);
        if (!there)
            fail_msg("no loop for %s", c.name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_there),
        cmocka_unit_test(test_loops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
