/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check.h"

#include "core/isa.h"

static void test_names(void **unused)
{
    (void)unused;
    assert_string_equal(xbar_isa_name(XBAR_ISA_BASE), "base");
    assert_string_equal(xbar_isa_name(XBAR_ISA_AVX2), "avx2");
    assert_string_equal(xbar_isa_name(XBAR_ISA_AVX512), "avx512");
    assert_string_equal(XBAR_ISA_NAME, "base"); /* of sources that are compiled once */
}

/* A limit narrows, and never widens. */
static void test_limit(void **unused)
{
    (void)unused;
    const xbar_isa widest = xbar_isa_here();
    for (xbar_isa limit = XBAR_ISA_BASE; limit < XBAR_N_ISAS; limit++) {
        xbar_isa_limit(limit);
        assert_int_equal(xbar_isa_here(), limit < widest ? limit : widest);
    }
    assert_int_equal(xbar_isa_here(), widest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
