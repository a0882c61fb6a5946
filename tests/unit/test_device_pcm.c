/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Phase change: the pulses of the dynamic model, and the statistics against the figures
 * that their sources' formulas give. */
#include "device_check.h"

#include "device/pcm_noise.h"

/* ---- pulses -------------------------------------------------------------------------- */

/* A rectangular pulse, then as long again at 0 V for cooling. */
static double pulsed(const device_case *c, double *x, double volt, double length)
{
    const device_wave on = {volt, 0};
    const device_wave off = {0, 0};
    const device_circuit driven = {c, device_constant, &on, 0};
    const device_circuit idle = {c, device_constant, &off, 0};
    assert_int_equal(
        device_integrate(&driven, x, 0, length, gsl_odeiv2_step_rkck, 1e-8),
        GSL_SUCCESS);
    assert_int_equal(device_integrate(&idle, x, 0, 200e-9, gsl_odeiv2_step_rkck, 1e-8),
                     GSL_SUCCESS);
    assert_true(fabs(x[1] - 0.3) < 1e-6); /* cold again */
    return x[0];
}

static void test_pulses(void **unused)
{
    (void)unused;
    device_case c = device_case_of("pcm", "default");
    double x[] = {1.0, 0.3};
    /* reset melts; cooling regrows 3 % */
    assert_true(pulsed(&c, x, 2.0, 20e-9) < 0.04);
    assert_true(pulsed(&c, x, 0.2, 1e-6) < 0.04); /* a read does nothing */
    double once = pulsed(&c, x, 1.5, 50e-9);      /* a short set: in part */
    assert_true(once > 0.2 && once < 0.6);
    double last = once;
    for (int k = 0; k < 6; k++) { /* more of them accumulate, ever less */
        double next = pulsed(&c, x, 1.5, 50e-9);
        assert_true(next > last && next < 1.0);
        last = next;
    }
    assert_true(last > 0.9);
    double negative[] = {1.0, 0.3};
    assert_true(pulsed(&c, negative, -2.0, 20e-9) < 0.04); /* heat has no sign */
}

/* Far below its threshold an amorphous cell of 1 Mohm takes nothing from a set pulse. */
static void test_threshold(void **unused)
{
    (void)unused;
    device_case c = device_case_of("pcm", "default");
    double x[] = {0.0, 0.3};
    assert_true(pulsed(&c, x, 0.9, 1e-6) < 1e-3);
    assert_true(fabs(device_current(&c, 0.2, XBAR_LEAST_STATE) - 0.2e-6) < 1e-12);
    assert_true(device_current(&c, 1.5, XBAR_LEAST_STATE) > 0.03e-3); /* switched */
}

/* ---- statistics ---------------------------------------------------------------------- */

static void check(const char *what, double g_t, double have, double want, double digits)
{
    if (!(fabs(have - want) <= digits))
        fail_msg("%s at %g: %.8g, want %.8g", what, g_t, have, want);
}

static void test_statistics(void **unused)
{
    (void)unused;
    const xbar_pcm_noise *m = xbar_pcm_noise_find("mushroom");
    assert_non_null(m);
    assert_null(xbar_pcm_noise_find("toadstool"));
    static const struct {
        double g_t, sigma; /* uS */
    } programmed[] = {
        {0, .26348}, {.25, .68141}, {.5, .95271}, {.75, 1.07736}, {1, 1.05538}};
    for (size_t k = 0; k < 5; k++)
        check("programming", programmed[k].g_t,
              1e6 * xbar_pcm_programmed_sigma(m, programmed[k].g_t),
              programmed[k].sigma, 6e-6);
    static const struct {
        double g_t, mean, sigma;
    } nu[] = {{.01, .09578, .045},
              {.1, .06009, .02288},
              {.2, .04935, .01422},
              {.5, .049, .008},
              {1, .049, .008}};
    for (size_t k = 0; k < 5; k++) {
        check("drift", nu[k].g_t, xbar_pcm_nu(m, nu[k].g_t, 0), nu[k].mean, 6e-6);
        check("spread of the drift", nu[k].g_t,
              xbar_pcm_nu(m, nu[k].g_t, 1) - xbar_pcm_nu(m, nu[k].g_t, 0), nu[k].sigma,
              1.2e-5);
    }
    static const struct {
        double g_t, q;
    } read[] = {{.01, .17558}, {.1, .03931}, {.5, .01381}, {1, .0088}};
    for (size_t k = 0; k < 4; k++) {
        check("read noise after 20 s", read[k].g_t,
              xbar_pcm_read_sigma(m, 1.0, read[k].g_t, 20.0), read[k].q * 4.18382,
              3e-5);
        check("read noise after a day", read[k].g_t,
              xbar_pcm_read_sigma(m, 1.0, read[k].g_t, 86400.0), read[k].q * 5.08681,
              3e-5);
    }
}

static void test_statistics_limits(void **unused)
{
    (void)unused;
    const xbar_pcm_noise *m = xbar_pcm_noise_find("mushroom");
    assert_true(xbar_pcm_programmed(m, 0.0, -5.0) == 0.0); /* never negative */
    assert_true(xbar_pcm_nu(m, 0.5, -100.0) == 0.0);
    assert_true(xbar_pcm_nu(m, 0.0, 0.0) == 0.1);
    assert_true(xbar_pcm_drifted(m, 1e-5, 0.05, 0.0) == 1e-5);
    assert_true(fabs(xbar_pcm_drifted(m, 1e-5, 0.05, 20.0) - 1e-5 * pow(2, -0.05)) <
                1e-19);
    assert_true(xbar_pcm_read_sigma(m, 1e-5, 0.5, 0.0) == 0.0);
    assert_true(isfinite(xbar_pcm_read_sigma(m, 1e-5, 0.0, 1.0)));
    double g = 0.0;
    for (int k = 0; k < 200; k++) {
        double next = xbar_pcm_accumulated(m, g, 1e-6, 1.0, 0.6, 0.0);
        assert_true(next >= g && next <= m->g_max);
        g = next;
    }
    assert_true(g > 0.99 * m->g_max);
    assert_true(xbar_pcm_accumulated(m, 0.0, 1e-6, 1.0, 0.6, -9.0) == 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pulses),
        cmocka_unit_test(test_threshold),
        cmocka_unit_test(test_statistics),
        cmocka_unit_test(test_statistics_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
