/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One cell at a sine: every model with every parameter set, by GSL's integrators (the way
 * of a lone cell) and by the implicit stages of arrays, which share only the devices'
 * equations; and closed forms. */
#include "nodal_runs.h"

enum { MOMENTS = 400 };

/* Drives under which the states move, and the share of the moments, in thousandths, that
 * may lie in a snap: there a current jumps between two moments, and the smallest shift in
 * time is as large as the jump. */
static const struct {
    const char *device, *set;
    double ohm, volt, period;
    int snap;
} loops[] = {
    {"linear", "default", 100.0, 1.0, 1.0, 0},
    {"sinh", "default", 100.0, 1.0, 1.0, 0},
    {"drift", "default", 0.0, 1.0, 1.0, 0},
    {"drift", "biolek", 0.0, 1.0, 1.0, 0},
    {"drift", "joglekar", 0.0, 1.0, 0.5, 0},
    {"drift", "joglekar2", 0.0, 1.0, 1.0, 0},
    {"team", "default", 1000.0, 0.8, 1e3, 10},
    {"team", "wide", 100.0, 1.2, 1.0, 10},
    {"vteam", "default", 0.0, 0.5, 1e-7, 0},
    {"vteam", "default", 100.0, 1.0, 1e-7, 10},
    {"vteam", "magic", 1000.0, 2.0, 1e-8, 10},
    {"vteam", "atomic", 1000.0, 1.2, 1e-4, 10},
    {"yakopcic", "default", 0.0, 0.45, 1e-2, 0},
    {"yakopcic", "oblea_pulsed", 0.0, 0.45, 1e-2, 0},
    {"yakopcic", "miao", 0.0, 1.5, 1.0, 0},
    {"yakopcic", "jo", 0.0, 4.0, 1.0, 0},
    {"yakopcic2", "default", 0.0, 1.5, 1.0, 0},
    {"stanford", "default", 100.0, 1.5, 1e-4, 10},
    {"stanford", "alon", 100.0, 1.8, 1e-3, 10},
    {"jart", "default", 0.0, 1.3, 1e-3, 10},
    {"mss", "default", 0.0, 0.4, 1e-2, 0},
    {"mss", "wsdc", 0.0, 0.4, 1e-2, 0},
    {"pershin", "default", 1000.0, 4.0, 1e-8, 10},
    {"pershin", "biolek", 1000.0, 10.0, 1e-7, 10},
    {"pershin", "codemodel", 1000.0, 2.0, 1e4, 10},
    {"messaris", "default", 0.0, 1.2, 1e-2, 0},
    {"messaris", "dut2", 0.0, 1.2, 1e-2, 0},
    {"memdiode", "default", 100.0, 1.5, 1.0, 0},
    {"memdiode", "symmetric", 100.0, 1.2, 1.0, 0},
    {"pcm", "default", 1000.0, 2.5, 1e-6, 10},
    {"mtj", "default", 0.0, 0.6, 1e-8, 0},
    {"mtj", "polarised", 0.0, 0.6, 1e-7, 0},
    {"fefet", "default", 0.0, 3.0, 1e-5, 0},
    {"fefet", "gated", 0.0, 3.0, 1e-5, 0},
    {"flash", "default", 100.0, 1.0, 1.0, 0},
};

static xbar_status loop_run(const run_case *z, double tolerance, bool is_plain,
                            run_record *r, xbar_error *err)
{
    double t_s[MOMENTS];
    const double end = 1.0 / z->wave.hertz;
    for (size_t k = 0; k < MOMENTS; k++)
        t_s[k] = k + 1 == MOMENTS ? end : end * (double)(k + 1) / MOMENTS;
    xbar_nodal *solver = NULL;
    xbar_transient *t = NULL;
    assert_int_equal(xbar_nodal_new(&solver, z->c, NULL, NULL), XBAR_OK);
    xbar_nodal_set_state(solver, z->rest);
    assert_int_equal(xbar_transient_new(&t, solver, z->c, NULL), XBAR_OK);
    const xbar_transient_start start = {.state = z->n_states > 0 ? z->state : NULL,
                                        .tolerance = tolerance,
                                        .is_plain = is_plain};
    assert_int_equal(xbar_transient_begin(t, &start, NULL), XBAR_OK);
    const xbar_schedule schedule = run_schedule(z);
    xbar_status status = xbar_transient_advance(t, &schedule, t_s, MOMENTS, &r->m, err);
    r->counts = xbar_transient_count(t);
    xbar_transient_free(t);
    xbar_nodal_free(solver);
    return status;
}

/* How far two loops' currents are apart, over the largest one, but for the worst `snap`
 * thousandths of the moments. */
static double loop_distance(const run_record *a, const run_record *b, int snap)
{
    double error[MOMENTS];
    const double scale = largest_of(a->m.i_cell, MOMENTS);
    for (size_t k = 0; k < MOMENTS; k++)
        error[k] = fabs(a->m.i_cell[k] - b->m.i_cell[k]) / scale;
    double worst = 0.0;
    for (int skip = snap * MOMENTS / 1000; skip >= 0; skip--) {
        size_t at = 0;
        for (size_t k = 0; k < MOMENTS; k++)
            at = error[k] > error[at] ? k : at;
        worst = error[at];
        error[at] = 0.0;
    }
    return worst;
}

static run_case loop_new(size_t k)
{
    run_case z = run_new(loops[k].device, loops[k].set, 1, 1, 0.0);
    z.c->terminal_ohm[XBAR_LEFT][0] = loops[k].ohm;
    run_sine(&z, loops[k].volt, loops[k].period);
    return z;
}

static void test_loops(void **unused)
{
    (void)unused;
    static const double tolerances[] = {1e-4, 1e-6};
    for (size_t k = 0; k < sizeof loops / sizeof *loops; k++)
        for (size_t t = 0; t < sizeof tolerances / sizeof *tolerances; t++) {
            run_case z = loop_new(k);
            run_record r[2];
            for (int plain = 0; plain < 2; plain++) {
                xbar_error err;
                r[plain] = record_new(&z, MOMENTS);
                if (loop_run(&z, tolerances[t], plain == 1, &r[plain], &err) != XBAR_OK)
                    fail_msg("%s/%s at %g, %s: %s", loops[k].device, loops[k].set,
                             tolerances[t], plain ? "stages" : "GSL", err.text);
            }
            const double d = loop_distance(&r[0], &r[1], loops[k].snap);
            if (!(d <= 10.0 * tolerances[t]))
                fail_msg("%s/%s at %g: loops %.2g of the largest current apart",
                         loops[k].device, loops[k].set, tolerances[t], d);
            record_free(&r[0]);
            record_free(&r[1]);
            run_free(&z);
        }
}

/* Linear drift without a window: R^2 = R0^2 - 2 k (R_off - R_on) phi, phi the integral of
 * the voltage. */
static void test_linear_drift(void **unused)
{
    (void)unused;
    for (int plain = 0; plain < 2; plain++) {
        xbar_error err;
        run_case z = run_new("drift", "default", 1, 1, 0.0);
        const xbar_cell *cell = &z.c->cell;
        double r_on = 0.0;
        double r_off = 0.0;
        double mu = 0.0;
        double d = 0.0;
        for (size_t k = 0; k < cell->device->n_parameters; k++) {
            const char *name = cell->device->parameters[k].name;
            r_on = strcmp(name, "r_on") == 0 ? cell->parameters[k] : r_on;
            r_off = strcmp(name, "r_off") == 0 ? cell->parameters[k] : r_off;
            mu = strcmp(name, "mu") == 0 ? cell->parameters[k] : mu;
            d = strcmp(name, "d") == 0 ? cell->parameters[k] : d;
        }
        const double rate = mu * r_on / (d * d);
        const double r0 = r_on * z.state[0] + r_off * (1.0 - z.state[0]);
        run_sine(&z, 1.0, 1.0);
        run_record r = record_new(&z, MOMENTS);
        assert_int_equal(loop_run(&z, 1e-7, plain == 1, &r, &err), XBAR_OK);
        const double scale = largest_of(r.m.i_cell, MOMENTS);
        const double w = 2.0 * acos(-1.0);
        double moved = 0.0;
        for (size_t k = 0; k < MOMENTS; k++) {
            const double t = (double)(k + 1) / MOMENTS;
            const double phi = (1.0 - cos(w * t)) / w;
            const double ohm = sqrt(r0 * r0 - 2.0 * rate * (r_off - r_on) * phi);
            const double want = sin(w * t) / ohm;
            moved = fmax(moved, fabs(ohm / r0 - 1.0));
            if (!(fabs(r.m.i_cell[k] - want) <= 1e-6 * scale))
                fail_msg("%s, %g s: %.12g A, want %.12g", plain ? "stages" : "GSL", t,
                         r.m.i_cell[k], want);
        }
        assert_true(moved > 0.1);
        record_free(&r);
        run_free(&z);
    }
}

/* Xyce's test of its TEAM device: 1 V at 1 kHz behind 50 ohm, ten periods from R_on. A set
 * takes 0.12 us of each. How far w goes, in nm: its own output, and the same by a careful
 * integration, which differ by 3e-5 nm. */
static void test_team_of_xyce(void **unused)
{
    (void)unused;
    enum { PERIODS = 10, MANY = 4000 };
    for (int plain = 0; plain < 2; plain++) {
        run_case z = run_new("team", "default", 1, 1, 0.0);
        z.c->terminal_ohm[XBAR_BOTTOM][0] = 50.0;
        z.state[0] = 0.0;
        z.rest[0] = XBAR_LEAST_STATE;
        xbar_waveform_sine(&z.wave, 0.0, 1.0, 1e3, PERIODS);
        xbar_nodal *solver = NULL;
        xbar_transient *t = NULL;
        assert_int_equal(xbar_nodal_new(&solver, z.c, NULL, NULL), XBAR_OK);
        xbar_nodal_set_state(solver, z.rest);
        assert_int_equal(xbar_transient_new(&t, solver, z.c, NULL), XBAR_OK);
        const xbar_transient_start start = {
            .state = z.state, .tolerance = 1e-6, .is_plain = plain == 1};
        assert_int_equal(xbar_transient_begin(t, &start, NULL), XBAR_OK);
        run_record r = record_new(&z, MANY);
        double *t_s = array_doubles(MANY);
        for (size_t k = 0; k < MANY; k++)
            t_s[k] = 1e-3 * PERIODS * (double)(k + 1) / MANY;
        const xbar_schedule schedule = run_schedule(&z);
        xbar_error err;
        if (xbar_transient_advance(t, &schedule, t_s, MANY, &r.m, &err) != XBAR_OK)
            fail_msg("%s: %s", plain ? "stages" : "GSL", err.text);
        double low = 0.0;
        double high = 0.0;
        for (size_t k = 0; k < MANY; k++) {
            low = fmin(low, 3.0 * r.m.state[0][k]);
            high = fmax(high, 3.0 * r.m.state[0][k]);
        }
        if (!(fabs(low + 0.0037755) <= 1e-6) || !(fabs(high - 1.34467) <= 5e-5))
            fail_msg("%s: w from %.7g to %.7g nm, want -0.0037755 to 1.34467",
                     plain ? "stages" : "GSL", low, high);
        record_free(&r);
        free(t_s);
        xbar_transient_free(t);
        xbar_nodal_free(solver);
        run_free(&z);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_loops),
        cmocka_unit_test(test_linear_drift),
        cmocka_unit_test(test_team_of_xyce),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
