/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check.h"

#include <math.h>
#include <string.h>

#include "crossbar/draw.h"

enum { N = 20000 };

static double values[N];

static void draw(xbar_distribution d, double a, double b, uint32_t levels)
{
    const xbar_draw how = {.distribution = d, .a = a, .b = b, .levels = levels};
    xbar_draw_values(values, &how, 1, XBAR_STREAM_CONDUCTANCE, 5, 0, N);
}

/* Shares below a value, within five standard errors of what the law says. */
static void assert_share_below(double limit, double want)
{
    double below = 0.0;
    for (int n = 0; n < N; n++)
        below += values[n] < limit;
    double error = 5.0 * sqrt(want * (1.0 - want) / N);
    if (fabs(below / N - want) > error)
        fail_msg("share below %g: %g, want %g +- %g", limit, below / N, want, error);
}

static void assert_within(double low, double high)
{
    for (int n = 0; n < N; n++)
        assert_true(values[n] >= low && values[n] <= high);
}

static void test_distributions(void **unused)
{
    (void)unused;
    draw(XBAR_CONSTANT, 3e-5, 0.0, 0);
    assert_within(3e-5, 3e-5);

    draw(XBAR_UNIFORM, -1.0, 3.0, 0);
    assert_within(-1.0, 3.0);
    assert_share_below(0.0, 0.25);
    assert_share_below(2.0, 0.75);

    draw(XBAR_LOGUNIFORM, 1e-5, 1e-3, 0);
    assert_within(1e-5, 1e-3);
    assert_share_below(1e-4, 0.5);

    draw(XBAR_LOGNORMAL, 1e-4, 0.5, 0);
    assert_share_below(1e-4, 0.5);
    assert_share_below(1e-4 * exp(0.5), 0.841344746);
    assert_share_below(1e-4 * exp(-1.0), 0.022750132);
}

static void test_levels(void **unused)
{
    (void)unused;
    draw(XBAR_LEVELS, 0.2, 1.0, 5);
    int count[5] = {0};
    for (int n = 0; n < N; n++) {
        int level = (int)lround((values[n] - 0.2) / 0.2);
        assert_in_range(level, 0, 4);
        assert_true(fabs(values[n] - (0.2 + 0.2 * level)) < 1e-15);
        count[level]++;
    }
    for (int k = 0; k < 5; k++)
        assert_true(abs(count[k] - N / 5) < 5 * sqrt(N * 0.2 * 0.8));
    draw(XBAR_LEVELS, 0.7, 0.7, 1);
    assert_within(0.7, 0.7);
}

/* Any piece of a sample's stream is the same, drawn alone or with the rest. */
static void test_pieces(void **unused)
{
    (void)unused;
    draw(XBAR_UNIFORM, 0.0, 1.0, 0);
    const xbar_draw how = {.distribution = XBAR_UNIFORM, .a = 0.0, .b = 1.0};
    double piece[10];
    xbar_draw_values(piece, &how, 1, XBAR_STREAM_CONDUCTANCE, 5, 777, 10);
    assert_memory_equal(piece, values + 777, sizeof piece);
}

static void test_stuck_list_and_shares(void **unused)
{
    (void)unused;
    double g[200];
    for (int k = 0; k < 200; k++)
        g[k] = 1.0;
    struct xbar_stuck_cell cells[] = {{2, 3, 7.0}, {0, 0, 0.0}};
    const xbar_stuck list = {.cells = cells, .n_cells = 2};
    assert_int_equal(xbar_stuck_apply(g, 10, 20, &list, 1, 0, NULL), XBAR_OK);
    assert_true(g[2 * 20 + 3] == 7.0 && g[0] == 0.0 && g[1] == 1.0);

    double first[200];
    for (uint32_t sample = 0; sample < 20; sample++) {
        int on = 0;
        int off = 0;
        for (int k = 0; k < 200; k++)
            g[k] = 1.0;
        const xbar_stuck shares = {.on_share = 0.1,
                                   .off_share = 0.026, /* 5.2 cells: 5 */
                                   .on_siemens = 2.0,
                                   .off_siemens = 3.0};
        assert_int_equal(xbar_stuck_apply(g, 10, 20, &shares, 1, sample, NULL),
                         XBAR_OK);
        for (int k = 0; k < 200; k++) {
            on += g[k] == 2.0;
            off += g[k] == 3.0;
        }
        assert_int_equal(on, 20);
        assert_int_equal(off, 5);
        if (sample == 0)
            memcpy(first, g, sizeof g);
        else
            assert_true(memcmp(first, g, sizeof g) != 0); /* other cells each time */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_distributions),
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_stuck_list_and_shares),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
