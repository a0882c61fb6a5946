/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every device of the library, and the sinh law against its equation. */
#include "check.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "device/device.h"

static const double volts[] = {0.0,  1e-12, 1e-3, 0.1,  0.25, 1.0,  3.0,   19.9,
                               20.1, -0.2,  -1.0, -5.0, 1e3,  -1e6, 1e300, -1e300};
enum { N_VOLTS = sizeof volts / sizeof *volts };

static void test_every_device(void **unused)
{
    (void)unused;
    const xbar_device *d = NULL;
    for (size_t k = 0; (d = xbar_device_at(k)) != NULL; k++) {
        assert_ptr_equal(xbar_device_find(d->name), d);
        xbar_cell cell = xbar_cell_default(d);
        for (size_t p = 0; p < d->n_parameters; p++) {
            const xbar_parameter *q = &d->parameters[p];
            assert_true(q->min <= q->value && q->value <= q->max);
            assert_true(cell.parameters[p] == q->value);
            assert_non_null(q->unit);
            assert_non_null(q->source);
        }
        for (size_t n = 0; n < N_VOLTS - 2; n++) {
            double g = 1e-4;
            double i = NAN;
            double slope = NAN;
            double i_mirror = NAN;
            double v_mirror = -volts[n];
            d->current(1, &i, &slope, &volts[n], &g, cell.parameters);
            d->current(1, &i_mirror, NULL, &v_mirror, &g, cell.parameters);
            assert_true(isfinite(i) && isfinite(slope) && slope > 0.0);
            assert_true(i == -i_mirror); /* odd, so i(0) = 0 */
            g = 0.0;
            d->current(1, &i, &slope, &volts[n], &g, cell.parameters);
            assert_true(i == 0.0 && slope == 0.0); /* an open cell */
        }
    }
    assert_null(xbar_device_find("no such device"));
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
    const xbar_device *d = NULL;
    for (size_t k = 0; (d = xbar_device_at(k)) != NULL; k++) {
        xbar_cell cell = xbar_cell_default(d);
        static const double read[] = {0.1, 0.3, -0.3, 1.0, 25.0};
        for (size_t n = 0; n < sizeof read / sizeof *read; n++) {
            double x = d->state(2e-4, read[n], cell.parameters);
            double i = 0.0;
            d->current(1, &i, NULL, &read[n], &x, cell.parameters);
            assert_true(fabs(i / read[n] - 2e-4) < 1e-15 * 2e-4 + 1e-19);
        }
        double x0 = d->state(2e-4, 0.0, cell.parameters);
        double slope = 0.0;
        double v = 0.0;
        d->current(1, NULL, &slope, &v, &x0, cell.parameters);
        assert_true(slope == 2e-4);
    }
}

/* The subcircuit's defaults are the table's. */
static void test_subcircuit_agrees(void **unused)
{
    (void)unused;
    const xbar_device *d = NULL;
    for (size_t k = 0; (d = xbar_device_at(k)) != NULL; k++) {
        if (!d->subcircuit)
            continue;
        char head[128];
        snprintf(head, sizeof head, "\n.subckt %s p n g=", d->name);
        const char *line = strstr(d->subcircuit, head);
        assert_non_null(line);
        for (size_t p = 0; p < d->n_parameters; p++) {
            char want[128];
            snprintf(want, sizeof want, " %s=%g", d->parameters[p].name,
                     d->parameters[p].value);
            const char *found = strstr(line + 1, want);
            assert_true(found && found < strchr(line + 1, '\n'));
        }
    }
}

/* models/NAME/default.yaml says what the table says. */
static void test_parameter_set_agrees(void **unused)
{
    (void)unused;
    const xbar_device *d = NULL;
    for (size_t k = 0; (d = xbar_device_at(k)) != NULL; k++) {
        if (d->n_parameters == 0)
            continue;
        char path[256];
        char text[4096];
        snprintf(path, sizeof path, "models/%s/default.yaml", d->name);
        FILE *in = fopen(path, "r");
        assert_non_null(in);
        text[fread(text, 1, sizeof text - 1, in)] = '\0';
        fclose(in);
        for (size_t p = 0; p < d->n_parameters; p++) {
            char want[128];
            snprintf(want, sizeof want, "\n%s: {value: %g, unit: %s,",
                     d->parameters[p].name, d->parameters[p].value,
                     d->parameters[p].unit);
            assert_non_null(strstr(text, want));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_device),
        cmocka_unit_test(test_sinh),
        cmocka_unit_test(test_sinh_slope),
        cmocka_unit_test(test_read_volt),
        cmocka_unit_test(test_subcircuit_agrees),
        cmocka_unit_test(test_parameter_set_agrees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
