/* SPDX-License-Identifier: GPL-3.0-or-later */
/* States from wanted conductances and back. */
#include "device_check.h"

static const double reads[] = {0.0, 0.1, -0.1, 0.3};
enum { N_READS = sizeof reads / sizeof *reads, N_STEPS = 17 };

static double conductance(const device_case *c, double x, double read_volt)
{
    double i = 0.0;
    double slope = 0.0;
    c->device->current(1, &i, &slope, &read_volt, &x, c->p);
    return read_volt == 0.0 ? slope : i / read_volt;
}

/* Every conductance within the range comes back. */
static void test_round_trip(void **unused)
{
    (void)unused;
    device_case c = {0};
    while (device_case_next(&c)) {
        if (!c.device->state || !c.device->ranges)
            continue;
        for (size_t k = 0; k < N_READS; k++) {
            double min = NAN;
            double max = NAN;
            xbar_device_conductances(&min, &max, c.device, reads[k], c.p);
            if (!(min >= 0.0 && min < max && isfinite(max)))
                fail_msg("%s: %g to %g S at %g V", c.name, min, max, reads[k]);
            for (int n = 0; n < N_STEPS; n++) {
                double g = max * pow(fmax(min / max, 1e-12), n / (N_STEPS - 1.0));
                double x = c.device->state(g, reads[k], c.p);
                double back = conductance(&c, x, reads[k]);
                if (!(x > 0.0) || fabs(back - g) > 1e-11 * g)
                    fail_msg("%s: %g S at %g V: x = %g gives %.17g", c.name, g,
                             reads[k], x, back);
            }
        }
    }
}

/* What the device cannot hold is the nearest it can; nothing is an open cell. */
static void test_beyond(void **unused)
{
    (void)unused;
    device_case c = {0};
    while (device_case_next(&c)) {
        if (!c.device->state)
            continue;
        assert_true(c.device->state(0.0, 0.1, c.p) == 0.0);
        if (!c.device->ranges)
            continue;
        for (size_t k = 0; k < N_READS; k++) {
            double min = NAN;
            double max = NAN;
            xbar_device_conductances(&min, &max, c.device, reads[k], c.p);
            const double asked[] = {min / 10, max * 10, (double)INFINITY};
            const double want[] = {min, max, max};
            for (size_t n = 0; n < 3; n++) {
                if (asked[n] == 0.0)
                    continue;
                double x = c.device->state(asked[n], reads[k], c.p);
                double held = conductance(&c, x, reads[k]);
                if (!(x > 0.0) || fabs(held - want[n]) > 1e-11 * want[n])
                    fail_msg("%s: %g S at %g V: holds %g, want %g", c.name, asked[n],
                             reads[k], held, want[n]);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_beyond),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
