/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The laws without a moving state, linear and sinh, against their equations. */
#include "check.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "device/device.h"

static const double volts[] = {0.0,  1e-12, 1e-3, 0.1,  0.25, 1.0,  3.0,   19.9,
                               20.1, -0.2,  -1.0, -5.0, 1e3,  -1e6, 1e300, -1e300};
enum { N_VOLTS = sizeof volts / sizeof *volts };

static const char *const names[] = {"linear", "sinh"};
enum { N_NAMES = sizeof names / sizeof *names };

static void test_odd_and_open(void **unused)
{
    (void)unused;
    for (size_t d = 0; d < N_NAMES; d++) {
        xbar_cell cell = xbar_cell_default(xbar_device_find(names[d]));
        for (size_t n = 0; n < N_VOLTS - 2; n++) {
            double g = 1e-4;
            double i = NAN;
            double slope = NAN;
            double i_mirror = NAN;
            double v_mirror = -volts[n];
            xbar_cell_current(&cell, 1, &i, &slope, &volts[n], &g);
            xbar_cell_current(&cell, 1, &i_mirror, NULL, &v_mirror, &g);
            assert_true(isfinite(i) && isfinite(slope) && slope > 0.0);
            assert_true(i == -i_mirror); /* odd, so i(0) = 0 */
            g = 0.0;
            xbar_cell_current(&cell, 1, &i, &slope, &volts[n], &g);
            assert_true(i == 0.0 && slope == 0.0); /* an open cell */
        }
    }
}

/* i = g v0 sinh(v/v0); beyond 80 v0 along the tangent. */
static void test_sinh(void **unused)
{
    (void)unused;
    const xbar_device *d = xbar_device_find("sinh");
    const double p[] = {0.25};
    const double g = 1e-4;
    for (size_t n = 0; n < N_VOLTS; n++) {
        double v = volts[n];
        double i = 0.0;
        d->current(1, &i, NULL, &v, &g, p);
        if (fabs(v) <= 80 * p[0]) {
            double want = g * p[0] * sinh(v / p[0]);
            assert_true(fabs(i - want) <= 4 * DBL_EPSILON * fabs(want));
        } else {
            double a = fabs(v) / p[0];
            double want = g * p[0] * (sinh(80.0) + (a - 80.0) * cosh(80.0));
            assert_true(isinf(want) || fabs(fabs(i) - want) <= 1e-14 * want);
        }
    }
}

/* di/dv against central differences, also across the tangent's beginning. */
static void test_sinh_slope(void **unused)
{
    (void)unused;
    const xbar_device *d = xbar_device_find("sinh");
    const double p[] = {0.25};
    const double g = 1e-4;
    static const double at[] = {0.0, 0.1, -0.7, 2.0, 19.0, 20.0, 25.0};
    for (size_t n = 0; n < sizeof at / sizeof *at; n++) {
        const double h = 1e-5;
        double v[2] = {at[n] - h, at[n] + h};
        double i[2];
        double slope = 0.0;
        d->current(1, &i[0], NULL, &v[0], &g, p);
        d->current(1, &i[1], NULL, &v[1], &g, p);
        d->current(1, NULL, &slope, &at[n], &g, p);
        double difference = (i[1] - i[0]) / (2.0 * h);
        assert_true(fabs(difference - slope) < 3e-5 * slope);
    }
}

/* The state is that whose i/v at read_volt is the conductance asked for. */
static void test_read_volt(void **unused)
{
    (void)unused;
    for (size_t d = 0; d < N_NAMES; d++) {
        xbar_cell cell = xbar_cell_default(xbar_device_find(names[d]));
        static const double read[] = {0.1, 0.3, -0.3, 1.0, 25.0};
        for (size_t n = 0; n < sizeof read / sizeof *read; n++) {
            cell.read_volt = read[n];
            double x = xbar_cell_state(&cell, 2e-4);
            double i = 0.0;
            xbar_cell_current(&cell, 1, &i, NULL, &read[n], &x);
            assert_true(fabs(i / read[n] - 2e-4) < 1e-15 * 2e-4 + 1e-19);
        }
        cell.read_volt = 0.0;
        double x0 = xbar_cell_state(&cell, 2e-4);
        double slope = 0.0;
        double v = 0.0;
        xbar_cell_current(&cell, 1, NULL, &slope, &v, &x0);
        assert_true(slope == 2e-4);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_odd_and_open),
        cmocka_unit_test(test_sinh),
        cmocka_unit_test(test_sinh_slope),
        cmocka_unit_test(test_read_volt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
