/* SPDX-License-Identifier: GPL-3.0-or-later */
/* No voltage and no state makes a device say nonsense: finite, passive, never falling
 * currents; states that stay within their bounds and do not stick to them. */
#include "device_check.h"

enum { N_VOLTS = 121, N_STATES = 9 };

/* -1e3 to 1e3 V, logarithmic to both sides of 0. */
static double volt_at(int k)
{
    int from_middle = k - N_VOLTS / 2;
    if (from_middle == 0)
        return 0.0;
    double size = 1e-6 * pow(10.0, 9.0 * (abs(from_middle) - 1) / (N_VOLTS / 2 - 1));
    return from_middle < 0 ? -size : size;
}

static void check_finite(const device_case *c, const device_moment *m, double v,
                         double x)
{
    bool well = isfinite(m->i) && isfinite(m->di_dv);
    for (size_t s = 0; s < c->device->n_states; s++) {
        well = well && isfinite(m->di_dx[s]) && isfinite(m->dx_dt[s]) &&
               isfinite(m->drate_dv[s]);
        for (size_t r = 0; r < c->device->n_states; r++)
            well = well && isfinite(m->drate_dx[s * c->device->n_states + r]);
    }
    if (!well)
        fail_msg("%s: not finite at v = %g, x = %g", c->name, v, x);
}

/* One sweep at a first state, the others as they are. */
static void check_sweep(const device_case *c, double *x)
{
    double last = -(double)INFINITY;
    for (int k = 0; k < N_VOLTS; k++) {
        double v = volt_at(k);
        device_moment m = device_at(c, v, x);
        check_finite(c, &m, v, x[0]);
        if (m.i * v < 0.0 || (v == 0.0 && m.i != 0.0))
            fail_msg("%s: i = %g at v = %g, x = %g", c->name, m.i, v, x[0]);
        if (m.i < last || m.di_dv < 0.0)
            fail_msg("%s: current falls at v = %g, x = %g", c->name, v, x[0]);
        last = m.i;
    }
}

static void test_sweeps(void **unused)
{
    (void)unused;
    device_case c = {0};
    while (device_case_next(&c)) {
        const size_t n = c.device->n_states;
        if (n == 0)
            continue;
        xbar_state_range r[XBAR_MAX_STATES];
        c.device->ranges(r, c.p);
        for (size_t s = 0; s < n; s++)
            for (int k = -1; k <= N_STATES; k++) { /* also beyond both bounds */
                double x[XBAR_MAX_STATES];
                for (size_t other = 0; other < n; other++)
                    x[other] = r[other].initial;
                x[s] = r[s].lower + (r[s].upper - r[s].lower) * k / (N_STATES - 1);
                check_sweep(&c, x);
            }
    }
}

/* One sweep of a device at rest. */
static void check_rest(const device_case *c, double x)
{
    double last = -(double)INFINITY;
    for (int k = 0; k < N_VOLTS; k++) {
        double v = volt_at(k);
        double i = NAN;
        double slope = NAN;
        c->device->current(1, &i, &slope, &v, &x, c->p);
        if (!isfinite(i) || !isfinite(slope) || i * v < 0.0)
            fail_msg("%s: %g A, %g S at v = %g, x = %g", c->name, i, slope, v, x);
        if (i < last || slope < 0.0)
            fail_msg("%s: current falls at v = %g, x = %g", c->name, v, x);
        last = i;
    }
}

/* At rest: open cells, the smallest states, any voltage. */
static void test_at_rest(void **unused)
{
    (void)unused;
    device_case c = {0};
    while (device_case_next(&c)) {
        if (!c.device->current)
            continue;
        for (int k = 0; k < N_VOLTS; k++) {
            double v = volt_at(k);
            double i = NAN;
            double slope = NAN;
            double x = 0.0;
            c.device->current(1, &i, &slope, &v, &x, c.p);
            if (i != 0.0 || slope != 0.0)
                fail_msg("%s: an open cell conducts at v = %g", c.name, v);
        }
        xbar_state_range r[XBAR_MAX_STATES] = {{.lower = 1e-9, .upper = 1.0}};
        if (c.device->ranges)
            c.device->ranges(r, c.p);
        check_rest(&c, XBAR_LEAST_STATE);
        for (int k = -1; k <= N_STATES; k++) {
            double x = r[0].lower + (r[0].upper - r[0].lower) * k / (N_STATES - 1);
            if (x > 0.0)
                check_rest(&c, x);
        }
    }
}

/* At a bound and beyond it no voltage moves the state further out, and some voltage (or
 * none) moves it back. */
static void check_bound(const device_case *c, const xbar_state_range *r, size_t s,
                        double outward)
{
    bool returns = false;
    bool driven = false; /* does the voltage matter at all? */
    for (int beyond = 0; beyond < 6; beyond++)
        for (int k = 0; k < N_VOLTS; k++) {
            double x[XBAR_MAX_STATES];
            double place = 0.5 * (beyond / 2);
            for (size_t other = 0; other < c->device->n_states; other++)
                x[other] = r[other].lower + place * (r[other].upper - r[other].lower);
            x[s] = outward > 0.0 ? r[s].upper : r[s].lower;
            x[s] += beyond % 2 * outward * 0.01 * (r[s].upper - r[s].lower);
            device_moment m = device_at(c, volt_at(k), x);
            double rate = m.dx_dt[s] * outward;
            x[s] = 0.5 * (r[s].lower + r[s].upper);
            driven = driven || device_at(c, volt_at(k), x).drate_dv[s] != 0.0;
            if (rate > 0.0)
                fail_msg("%s: state %zu leaves its bound %g at v = %g, 1/s %g", c->name,
                         s, x[s], volt_at(k), rate);
            returns = returns || rate < 0.0;
        }
    if (driven && !returns)
        fail_msg("%s: state %zu sticks to its bound", c->name, s);
}

static void test_bounds(void **unused)
{
    (void)unused;
    device_case c = {0};
    while (device_case_next(&c)) {
        xbar_state_range r[XBAR_MAX_STATES];
        if (c.device->n_states > 0)
            c.device->ranges(r, c.p);
        for (size_t s = 0; s < c.device->n_states; s++) {
            check_bound(&c, r, s, 1.0);
            check_bound(&c, r, s, -1.0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sweeps),
        cmocka_unit_test(test_at_rest),
        cmocka_unit_test(test_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
