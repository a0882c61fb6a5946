/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every derivative of every device against differences, at parameters drawn around each
 * set, voltages and states drawn over their range; and that the two ways in agree. */
#include "device_check.h"

enum { DRAWS = 300, MAX_OUTPUTS = 1 + XBAR_MAX_STATES };

static uint32_t drawn;

static double uniform(double a, double b)
{
    return a + (b - a) * xbar_uniform(7, XBAR_STREAM_INPUT, 0, drawn++);
}

/* Parameters within a fifth of a set's, still allowed. */
static device_case shaken(const device_case *c)
{
    device_case out = *c;
    for (size_t k = 0; k < c->device->n_parameters; k++) {
        const xbar_parameter *q = &c->device->parameters[k];
        double value = c->p[k] * uniform(0.8, 1.2);
        if (q->number == XBAR_NUMBER_SIGN)
            value = uniform(-1, 1) < 0 ? -1 : 1;
        else if (q->number == XBAR_NUMBER_WHOLE)
            value = c->p[k];
        if (xbar_parameter_allows(q, value))
            out.p[k] = value;
    }
    return xbar_device_check(out.device, out.p, NULL) == XBAR_OK ? out : *c;
}

/* Output `which` (0 the current, then the rates) at v and x, argument `by` (0 v, then the
 * states) moved by h. */
static double output(const device_case *c, size_t which, size_t by, double h, double v,
                     const double *x)
{
    double moved[XBAR_MAX_STATES];
    memcpy(moved, x, sizeof moved);
    if (by > 0)
        moved[by - 1] += h;
    device_moment m = device_at(c, by == 0 ? v + h : v, moved);
    return which == 0 ? m.i : m.dx_dt[which - 1];
}

static double slope_of(const device_moment *m, size_t n, size_t which, size_t by)
{
    if (which == 0)
        return by == 0 ? m->di_dv : m->di_dx[by - 1];
    return by == 0 ? m->drate_dv[which - 1] : m->drate_dx[(which - 1) * n + by - 1];
}

/* Does the derivative equal a difference quotient of some step? With `kink`, whether the
 * function has different slopes to both sides, or the step reaches a corner. */
static bool agrees(const device_case *c, size_t which, size_t by, double unit, double v,
                   const double *x, double slope, bool *kink)
{
    double f0 = output(c, which, by, 0.0, v, x);
    double best = (double)INFINITY;
    double h = unit * 3e-2;
    *kink = false;
    for (int k = 0; k < 8; k++, h *= 0.1) {
        double f1 = output(c, which, by, h, v, x);
        double f2 = output(c, which, by, -h, v, x);
        double f3 = output(c, which, by, h / 2, v, x);
        double f4 = output(c, which, by, -h / 2, v, x);
        double wide = (f1 - f2) / (2.0 * h);
        double near = (f3 - f4) / h;
        double quotient = near + (near - wide) / 3.0;
        best = fmin(best, fabs(quotient - slope));
        double right = (f3 - f0) / (h / 2);
        double left = (f0 - f4) / (h / 2);
        if (k >= 5 && fabs(right - left) > 1e-2 * fmax(fabs(right), fabs(left)) &&
            fabs(right - left) > 1e-9 * fabs(f0) / h)
            *kink = true;
    }
    double floor = 1e-10 * fabs(f0) / unit; /* what rounding hides */
    return best <= 1e-6 * fabs(slope) + floor;
}

static void check_point(const device_case *c, size_t *kinks)
{
    const size_t n = c->device->n_states;
    xbar_state_range r[XBAR_MAX_STATES];
    c->device->ranges(r, c->p);
    double x[XBAR_MAX_STATES] = {0};
    for (size_t s = 0; s < n; s++)
        x[s] = uniform(r[s].lower, r[s].upper);
    double v = exp(uniform(log(1e-3), log(3.0))) * (uniform(-1, 1) < 0 ? -1 : 1);
    device_moment m = device_at(c, v, x);
    for (size_t which = 0; which <= n; which++)
        for (size_t by = 0; by <= n; by++) {
            bool kink = false;
            double slope = slope_of(&m, n, which, by);
            double unit = by == 0 ? 0.3 * fabs(v) : r[by - 1].upper - r[by - 1].lower;
            if (agrees(c, which, by, unit, v, x, slope, &kink))
                continue;
            if (!kink)
                fail_msg(
                    "%s: v = %.17g, x = %.17g: output %zu by %zu: %.10g, want %.10g",
                    c->name, v, x[0], which, by, slope,
                    (output(c, which, by, 1e-6 * unit, v, x) -
                     output(c, which, by, -1e-6 * unit, v, x)) /
                        (2e-6 * unit));
            (*kinks)++;
        }
}

static void test_slopes(void **unused)
{
    (void)unused;
    device_case c = {0};
    while (device_case_next(&c)) {
        if (c.device->n_states == 0)
            continue;
        size_t kinks = 0;
        for (int k = 0; k < DRAWS; k++) {
            device_case random = shaken(&c);
            check_point(&random, &kinks);
        }
        if (kinks > DRAWS / 20)
            fail_msg("%s: %zu of %d points at a kink", c.name, kinks, DRAWS);
    }
}

/* di/dv of devices that do not move. */
static void test_rest_slopes(void **unused)
{
    (void)unused;
    device_case c = {0};
    while (device_case_next(&c)) {
        if (!c.device->current || c.device->n_states > 0)
            continue;
        xbar_state_range r[XBAR_MAX_STATES] = {{.lower = 1e-6, .upper = 1e-3}};
        if (c.device->ranges)
            c.device->ranges(r, c.p);
        for (int k = 0; k < DRAWS; k++) {
            device_case random = shaken(&c);
            double x[4];
            double v = uniform(-2.5, 2.5);
            double slope = NAN;
            double best = (double)INFINITY;
            x[0] = x[1] = x[2] = x[3] = uniform(r[0].lower, r[0].upper);
            c.device->current(1, NULL, &slope, &v, x, random.p);
            for (double h = 1e-2; h > 1e-7; h *= 0.1) {
                double i[4];
                const double at[] = {v - h, v + h, v - 2 * h, v + 2 * h};
                c.device->current(4, i, NULL, at, x, random.p);
                double quotient = (8 * (i[1] - i[0]) - (i[3] - i[2])) / (12 * h);
                best = fmin(best, fabs(quotient - slope));
            }
            double i = 0.0;
            c.device->current(1, &i, NULL, &v, x, random.p);
            if (best > 1e-6 * slope + 1e-9 * fabs(i))
                fail_msg("%s: v = %.17g, x = %.17g: %.10g S off by %.3g", c.name, v,
                         x[0], slope, best);
        }
    }
}

/* The channel of an access transistor by its three voltages. */
static void test_channel_slopes(void **unused)
{
    (void)unused;
    device_case c = {0};
    while (device_case_next(&c)) {
        if (!c.device->channel)
            continue;
        size_t kinks = 0;
        for (int k = 0; k < DRAWS; k++) {
            device_case random = shaken(&c);
            const double at[] = {uniform(-0.5, 2), uniform(-0.5, 2.5),
                                 uniform(-0.5, 2)};
            double slope[3];
            c.device->channel(1, &(xbar_channel){NULL, &slope[0], &slope[1], &slope[2]},
                              &at[0], &at[1], &at[2], random.p);
            for (size_t by = 0; by < 3; by++) {
                double best = (double)INFINITY;
                double i0 = 0.0;
                for (double h = 1e-3; h > 1e-7; h *= 0.1) {
                    double i[2];
                    for (size_t side = 0; side < 2; side++) {
                        double v[] = {at[0], at[1], at[2]};
                        v[by] += side == 0 ? -h : h;
                        c.device->channel(1, &(xbar_channel){.i = &i[side]}, &v[0],
                                          &v[1], &v[2], random.p);
                    }
                    best = fmin(best, fabs((i[1] - i[0]) / (2 * h) - slope[by]));
                    i0 = fabs(i[0]);
                }
                if (best > 1e-6 * fabs(slope[by]) + 1e-9 * i0)
                    kinks++;
            }
        }
        if (kinks > DRAWS / 100) /* at the edge of saturation, in rare draws */
            fail_msg("%s: %zu of %d draws", c.name, kinks, 3 * DRAWS);
    }
}

/* `current` at rest is what `respond` says at the same first state; NULL outputs are left
 * alone; many devices are as many single ones. */
static void test_ways_agree(void **unused)
{
    (void)unused;
    enum { N = 7 };
    device_case c = {0};
    while (device_case_next(&c)) {
        const size_t n = c.device->n_states;
        if (n == 0)
            continue;
        xbar_state_range r[XBAR_MAX_STATES];
        c.device->ranges(r, c.p);
        double v[N];
        double x[XBAR_MAX_STATES * N];
        for (size_t k = 0; k < N; k++) {
            v[k] = uniform(-1.5, 1.5);
            for (size_t s = 0; s < n; s++)
                x[s * N + k] = s == 0 ? uniform(r[0].lower, r[0].upper) : r[s].initial;
        }
        double i[N];
        double slope[N];
        double rate[XBAR_MAX_STATES * N];
        double i_rest[N];
        double slope_rest[N];
        const xbar_response out = {.i = i, .di_dv = slope, .dx_dt = rate};
        c.device->respond(N, &out, v, x, c.p);
        c.device->current(N, i_rest, slope_rest, v, x, c.p);
        for (size_t k = 0; k < N; k++) {
            double one[XBAR_MAX_STATES];
            for (size_t s = 0; s < n; s++)
                one[s] = x[s * N + k];
            device_moment m = device_at(&c, v[k], one);
            assert_true(m.i == i[k] && m.di_dv == slope[k]);
            for (size_t s = 0; s < n; s++)
                assert_true(m.dx_dt[s] == rate[s * N + k]);
            assert_true(fabs(i[k] - i_rest[k]) <= 1e-12 * fabs(i[k]));
            assert_true(fabs(slope[k] - slope_rest[k]) <= 1e-9 * fabs(slope[k]));
        }
        c.device->current(N, NULL, NULL, v, x, c.p);
        c.device->respond(N, &(xbar_response){0}, v, x, c.p);
    }
}

/* pol = -1 is the same device turned round. */
static void test_polarity(void **unused)
{
    (void)unused;
    device_case c = {0};
    while (device_case_next(&c)) {
        const size_t n = c.device->n_states;
        if (n == 0)
            continue;
        device_case turned = c;
        *device_parameter(&turned, "pol") *= -1.0;
        xbar_state_range r[XBAR_MAX_STATES];
        c.device->ranges(r, c.p);
        for (int k = 0; k < 20; k++) {
            double x[XBAR_MAX_STATES];
            for (size_t s = 0; s < n; s++)
                x[s] = uniform(r[s].lower, r[s].upper);
            double v = uniform(-2, 2);
            device_moment a = device_at(&c, v, x);
            device_moment b = device_at(&turned, -v, x);
            assert_true(a.i == -b.i && a.di_dv == b.di_dv && a.di_dx[0] == -b.di_dx[0]);
            for (size_t s = 0; s < n; s++)
                assert_true(a.dx_dt[s] == b.dx_dt[s] &&
                            a.drate_dv[s] == -b.drate_dv[s]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slopes),         cmocka_unit_test(test_rest_slopes),
        cmocka_unit_test(test_channel_slopes), cmocka_unit_test(test_ways_agree),
        cmocka_unit_test(test_polarity),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
