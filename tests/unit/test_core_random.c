/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Known answers of Philox4x32-10 are those published with the Random123 library (Salmon
 * et al., SC11): counter and key all zero, all ones, and the digits of pi. */
#include "check.h"

#include <math.h>

#include "core/random.h"

static void test_known_answers(void **unused)
{
    (void)unused;
    static const struct {
        uint32_t counter[4], key[2], out[4];
    } cases[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        uint32_t out[4];
        xbar_philox4x32(out, cases[k].counter, cases[k].key);
        for (int n = 0; n < 4; n++)
            assert_int_equal(out[n], cases[k].out[n]);
    }
}

/* Mean and variance of N deviates stay within five standard errors. */
static void test_moments(void **unused)
{
    (void)unused;
    enum { N = 100000 };
    double sum_u = 0.0;
    double sum_uu = 0.0;
    double sum_z = 0.0;
    double sum_zz = 0.0;
    for (uint32_t n = 0; n < N; n++) {
        double u = xbar_uniform(7, XBAR_STREAM_INPUT, 3, n);
        double z = xbar_normal(7, XBAR_STREAM_INPUT, 3, n);
        assert_true(u > 0.0 && u < 1.0);
        sum_u += u;
        sum_uu += u * u;
        sum_z += z;
        sum_zz += z * z;
    }
    assert_true(fabs(sum_u / N - 0.5) < 5.0 * sqrt(1.0 / 12.0 / N));
    assert_true(fabs(sum_uu / N - 1.0 / 3.0) < 5.0 * sqrt(4.0 / 45.0 / N));
    assert_true(fabs(sum_z / N) < 5.0 / sqrt(N));
    assert_true(fabs(sum_zz / N - 1.0) < 5.0 * sqrt(2.0 / N));
}

static void test_streams_differ(void **unused)
{
    (void)unused;
    double u = xbar_uniform(1, XBAR_STREAM_CONDUCTANCE, 0, 0);
    assert_true(u == xbar_uniform(1, XBAR_STREAM_CONDUCTANCE, 0, 0));
    assert_true(u != xbar_uniform(2, XBAR_STREAM_CONDUCTANCE, 0, 0));
    assert_true(u != xbar_uniform(1ull << 32 | 1, XBAR_STREAM_CONDUCTANCE, 0, 0));
    assert_true(u != xbar_uniform(1, XBAR_STREAM_INPUT, 0, 0));
    assert_true(u != xbar_uniform(1, XBAR_STREAM_CONDUCTANCE, 1, 0));
    assert_true(u != xbar_uniform(1, XBAR_STREAM_CONDUCTANCE, 0, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers),
        cmocka_unit_test(test_moments),
        cmocka_unit_test(test_streams_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
