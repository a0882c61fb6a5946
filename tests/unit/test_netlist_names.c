/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check.h"

#include "netlist/netlist.h"

static void test_names(void **unused)
{
    (void)unused;
    static const struct {
        const char *name;
        enum xbar_quantity_kind kind;
        size_t row, col;
        xbar_side side;
        size_t line;
    } cases[] = {
        {"w3_7", XBAR_QUANTITY_WORD, 3, 7, XBAR_LEFT, 0},
        {"b0_0", XBAR_QUANTITY_BIT, 0, 0, XBAR_LEFT, 0},
        {"w65535_65535", XBAR_QUANTITY_WORD, 65535, 65535, XBAR_LEFT, 0},
        {"vleft3#branch", XBAR_QUANTITY_SOURCE, 0, 0, XBAR_LEFT, 3},
        {"vright12", XBAR_QUANTITY_SOURCE, 0, 0, XBAR_RIGHT, 12},
        {"vtop0#branch", XBAR_QUANTITY_SOURCE, 0, 0, XBAR_TOP, 0},
        {"vbottom199#branch", XBAR_QUANTITY_SOURCE, 0, 0, XBAR_BOTTOM, 199},
        {"eleft3#branch", XBAR_QUANTITY_SOURCE, 0, 0, XBAR_LEFT, 3},
        {"m3_7", XBAR_QUANTITY_BELOW, 3, 7, XBAR_LEFT, 0},
        {"s1_3_7", XBAR_QUANTITY_STATE, 3, 7, XBAR_LEFT, 1},
        {"vgate2#branch", XBAR_QUANTITY_SOURCE, 0, 0, XBAR_N_SIDES, 2},
        {"ic3_7", XBAR_QUANTITY_GUIDE, 3, 7, XBAR_LEFT, 0},
        {"is3_7", XBAR_QUANTITY_GUIDE, 3, 7, XBAR_LEFT, 1},
        {"i3_7", XBAR_QUANTITY_OTHER, 0, 0, XBAR_LEFT, 0},
        {"ic3", XBAR_QUANTITY_OTHER, 0, 0, XBAR_LEFT, 0},
        {"iunit", XBAR_QUANTITY_OTHER, 0, 0, XBAR_LEFT, 0},
        {"s3_7", XBAR_QUANTITY_OTHER, 0, 0, XBAR_LEFT, 0},
        {"d3_7", XBAR_QUANTITY_OTHER, 0, 0, XBAR_LEFT, 0},
        {"gate3", XBAR_QUANTITY_OTHER, 0, 0, XBAR_LEFT, 0},
        {"vs0_3_7#branch", XBAR_QUANTITY_OTHER, 0, 0, XBAR_LEFT, 0},
        {"xc3_7.x", XBAR_QUANTITY_OTHER, 0, 0, XBAR_LEFT, 0},
        {"left3", XBAR_QUANTITY_OTHER, 0, 0, XBAR_LEFT, 0},
        {"sweep", XBAR_QUANTITY_OTHER, 0, 0, XBAR_LEFT, 0},
        {"unit", XBAR_QUANTITY_OTHER, 0, 0, XBAR_LEFT, 0},
        {"vsweep#branch", XBAR_QUANTITY_OTHER, 0, 0, XBAR_LEFT, 0},
        {"w3", XBAR_QUANTITY_OTHER, 0, 0, XBAR_LEFT, 0},
        {"w3_", XBAR_QUANTITY_OTHER, 0, 0, XBAR_LEFT, 0},
        {"w_3", XBAR_QUANTITY_OTHER, 0, 0, XBAR_LEFT, 0},
        {"w3_7x", XBAR_QUANTITY_OTHER, 0, 0, XBAR_LEFT, 0},
        {"w99999999999999999999_1", XBAR_QUANTITY_OTHER, 0, 0, XBAR_LEFT, 0},
        {"vleft", XBAR_QUANTITY_OTHER, 0, 0, XBAR_LEFT, 0},
        {"vleft3#flow", XBAR_QUANTITY_OTHER, 0, 0, XBAR_LEFT, 0},
        {"", XBAR_QUANTITY_OTHER, 0, 0, XBAR_LEFT, 0},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        xbar_quantity q = xbar_netlist_quantity(cases[k].name);
        if (q.kind != cases[k].kind || q.row != cases[k].row || q.col != cases[k].col ||
            q.side != cases[k].side || q.line != cases[k].line)
            fail_msg("%s read as kind %d (%zu,%zu) side %d line %zu", cases[k].name,
                     (int)q.kind, q.row, q.col, (int)q.side, q.line);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
