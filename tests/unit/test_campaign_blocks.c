/* SPDX-License-Identifier: GPL-3.0-or-later */
/* However a plan is cut, its blocks cover each sample and input once, in order, keep the
 * limits of memory, and do not depend on anything but the plan. */
#include "check.h"

#include <string.h>

#include "campaign/blocks.h"
#include "crossbar/crossbar.h"

/* The teams are all blocks, one after the other. */
static void assert_teams(const xbar_blocks *cut)
{
    assert_true(cut->n_teams >= 1 && cut->teams[0] == 0);
    assert_int_equal(cut->teams[cut->n_teams], cut->n);
    for (size_t k = 0; k < cut->n_teams; k++)
        assert_true(cut->teams[k] < cut->teams[k + 1]);
}

static size_t solves_of(const xbar_blocks *cut, size_t team)
{
    size_t solves = 0;
    for (size_t b = cut->teams[team]; b < cut->teams[team + 1]; b++)
        solves += cut->blocks[b].n_samples * cut->blocks[b].n_inputs;
    return solves;
}

static void test_cover(void **unused)
{
    (void)unused;
    static const struct {
        size_t rows, cols, samples, inputs;
        unsigned record;
        const char *engine;
    } cases[] = {
        {8, 8, 1, 1, 0, "spice"},       {64, 20, 1, 360, 0, "spice"},
        {64, 64, 10, 8, 7, "spice"},    {256, 256, 3, 100, 7, "spice"},
        {64, 64, 100, 1, 7, "spice"},   {64, 64, 7, 1, 7, "spice"},
        {8, 8, 1000, 3, 7, "spice"},    {2048, 2048, 9, 1, 7, "spice"},
        {8, 8, 1000, 1, 0, "ideal"},    {8, 8, 1000, 1000, 7, "ideal"},
        {4096, 4096, 2, 3, 7, "ideal"}, {1, 1, 999983, 1, 0, "ideal"},
        {256, 256, 40, 16, 0, "nodal"}, {1024, 1024, 3, 200, 0, "nodal"},
        {64, 64, 5000, 1, 0, "nodal"},  {2048, 2048, 5, 1, 0, "nodal"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        xbar_crossbar *c = NULL;
        assert_int_equal(xbar_crossbar_new(&c, cases[k].rows, cases[k].cols, NULL),
                         XBAR_OK);
        const xbar_plan plan = {.crossbar = c,
                                .n_samples = cases[k].samples,
                                .n_inputs = cases[k].inputs,
                                .record = cases[k].record,
                                .engines = {xbar_engine_find(cases[k].engine)},
                                .n_engines = 1};
        xbar_blocks cut;
        assert_int_equal(xbar_blocks_cut(&cut, &plan, NULL), XBAR_OK);
        const xbar_block *blocks = cut.blocks;
        const size_t n = cut.n;
        assert_teams(&cut);
        size_t sample = 0;
        size_t input = 0;
        for (size_t b = 0; b < n; b++) {
            assert_int_equal(blocks[b].sample, sample);
            assert_int_equal(blocks[b].input, input);
            assert_true(blocks[b].n_samples >= 1 && blocks[b].n_inputs >= 1);
            if (blocks[b].n_samples > 1)
                assert_int_equal(blocks[b].n_inputs, plan.n_inputs);
            if (!plan.engines[0]
                     ->is_slow) /* no worker keeps the others waiting for long */
                assert_true(blocks[b].n_samples * blocks[b].n_inputs <= 64 ||
                            blocks[b].n_samples * blocks[b].n_inputs * cases[k].rows *
                                    cases[k].cols <=
                                (size_t)1 << 23);
            size_t bytes = blocks[b].n_samples * blocks[b].n_inputs * 3 *
                           cases[k].rows * cases[k].cols * sizeof(double);
            if (blocks[b].n_samples * blocks[b].n_inputs > 1 && plan.record == 7)
                assert_true(bytes <= XBAR_BLOCK_BYTES);
            input += blocks[b].n_inputs;
            if (input == plan.n_inputs) {
                input = 0;
                sample += blocks[b].n_samples;
            }
        }
        assert_int_equal(sample, plan.n_samples);
        assert_int_equal(input, 0);
        xbar_blocks_clear(&cut);
        xbar_crossbar_free(c);
    }
}

/* Of cells that are not ohmic a sample's numbers depend on those that its worker did before:
 * always the same, whatever other samples there are. */
static void test_teams(void **unused)
{
    (void)unused;
    static const struct {
        const char *name, *device, *engine;
        size_t lines, inputs, times;
        size_t samples, team; /* a block, and blocks a worker, of many samples */
    } cases[] = {
        {"large", "sinh", "spice", 128, 1, 0, 1, 2},
        {"a sample is a block", "sinh", "spice", 64, 1, 0, 1, 8},
        {"several inputs", "sinh", "spice", 64, 2, 0, 1, 4},
        {"many inputs", "sinh", "spice", 64, 13, 0, 1, 1},
        {"inputs in several blocks", "sinh", "spice", 64, 100, 0, 1, 1},
        {"small", "sinh", "spice", 32, 1, 0, 4, 8},
        {"smaller", "sinh", "spice", 8, 1, 0, 32, 1},
        {"fast", "sinh", "nodal", 64, 20, 0, 102, 1},
        {"in time", "vteam", "spice", 8, 1, 100, 1, 1},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
        for (size_t n_samples = 1; n_samples <= 1000; n_samples = 3 * n_samples + 1) {
            xbar_crossbar *c = NULL;
            assert_int_equal(
                xbar_crossbar_new(&c, cases[k].lines, cases[k].lines, NULL), XBAR_OK);
            c->cell = xbar_cell_default(xbar_device_find(cases[k].device));
            const xbar_plan plan = {.crossbar = c,
                                    .n_samples = n_samples,
                                    .n_inputs = cases[k].inputs,
                                    .n_times = cases[k].times,
                                    .engines = {xbar_engine_find(cases[k].engine)},
                                    .n_engines = 1};
            xbar_blocks cut;
            assert_int_equal(xbar_blocks_cut(&cut, &plan, NULL), XBAR_OK);
            assert_teams(&cut);
            const size_t samples = cut.blocks[0].n_samples;
            if (samples !=
                (n_samples < cases[k].samples ? n_samples : cases[k].samples))
                fail_msg("%s: %zu of %zu samples a block", cases[k].name, samples,
                         n_samples);
            for (size_t team = 0; team + 1 < cut.n_teams; team++)
                if (cut.teams[team + 1] - cut.teams[team] != cases[k].team)
                    fail_msg("%s: %zu blocks in team %zu", cases[k].name,
                             cut.teams[team + 1] - cut.teams[team], team);
            xbar_blocks_clear(&cut);
            xbar_crossbar_free(c);
        }
}

/* Of ohmic cells on a slow engine a team is no more than a sixth of what is left when it
 * begins, and 64 solves, or it is one block, or three solves, which are soon done. */
static void test_ohmic_teams(void **unused)
{
    (void)unused;
    static const struct {
        size_t lines, samples, inputs;
        size_t most; /* solves a block */
    } cases[] = {{64, 16, 12, 12}, {64, 1, 500, 16}, {64, 1000, 1, 1}, {128, 50, 3, 3},
                 {256, 1, 30, 4},  {16, 7, 300, 64}, {8, 5000, 1, 64}, {64, 1, 1, 1},
                 {100, 40, 40, 6}, {32, 100, 2, 4}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        xbar_crossbar *c = NULL;
        assert_int_equal(xbar_crossbar_new(&c, cases[k].lines, cases[k].lines, NULL),
                         XBAR_OK);
        const xbar_plan plan = {.crossbar = c,
                                .n_samples = cases[k].samples,
                                .n_inputs = cases[k].inputs,
                                .engines = {xbar_engine_find("spice")},
                                .n_engines = 1};
        xbar_blocks cut;
        assert_int_equal(xbar_blocks_cut(&cut, &plan, NULL), XBAR_OK);
        assert_teams(&cut);
        for (size_t b = 0; b < cut.n; b++)
            assert_true(cut.blocks[b].n_samples * cut.blocks[b].n_inputs <=
                        cases[k].most);
        for (size_t team = 0; team < cut.n_teams; team++) {
            const size_t n = cut.teams[team + 1] - cut.teams[team];
            const size_t solves = solves_of(&cut, team);
            assert_true(n == 1 || solves <= 3 ||
                        (6 * n <= cut.n - cut.teams[team] && solves <= 64));
            assert_true(solves >= 3 || team + 1 == cut.n_teams);
        }
        if (cases[k].samples >= 1000 && cases[k].lines == 64)
            assert_true(cut.n_teams < cut.n / 2); /* a fork has its price */
        xbar_blocks_clear(&cut);
        xbar_crossbar_free(c);
    }
}

/* In time an input is a block on a slow engine, and never many, nor much memory, are. */
static void test_time(void **unused)
{
    (void)unused;
    static const struct {
        size_t lines, samples, inputs, times;
        const char *engine;
        size_t most; /* inputs a block */
    } cases[] = {{1, 100, 1, 1000, "spice", 1},    {1, 100, 1, 1000, "nodal", 16},
                 {1, 3, 50, 1000, "nodal", 16},    {8, 5, 20, 1000, "nodal", 16},
                 {64, 2, 9, 100, "nodal", 1},      {8, 4, 30, 100000, "nodal", 1},
                 {64, 1, 1, 1000, "spice", 1},     {16, 4, 8, 50, "spice", 1},
                 {1, 100000, 1, 1000, "nodal", 16}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        xbar_crossbar *c = NULL;
        assert_int_equal(xbar_crossbar_new(&c, cases[k].lines, cases[k].lines, NULL),
                         XBAR_OK);
        const xbar_plan plan = {.crossbar = c,
                                .n_samples = cases[k].samples,
                                .n_inputs = cases[k].inputs,
                                .n_times = cases[k].times,
                                .record = XBAR_RECORD_V_ROW | XBAR_RECORD_HEAT |
                                          XBAR_RECORD_ENERGY,
                                .engines = {xbar_engine_find(cases[k].engine)},
                                .n_engines = 1};
        xbar_blocks cut;
        size_t covered = 0;
        size_t largest = 0;
        assert_int_equal(xbar_blocks_cut(&cut, &plan, NULL), XBAR_OK);
        for (size_t b = 0; b < cut.n; b++) {
            size_t inputs = cut.blocks[b].n_samples * cut.blocks[b].n_inputs;
            size_t numbers = inputs * cases[k].times *
                             (2 * cases[k].lines * cases[k].lines + 8 * cases[k].lines);
            assert_true(inputs == 1 || numbers * sizeof(double) <= XBAR_BLOCK_BYTES);
            covered += inputs;
            largest = inputs > largest ? inputs : largest;
        }
        assert_int_equal(covered, plan.n_samples * plan.n_inputs);
        assert_true(largest <= cases[k].most);
        xbar_blocks_clear(&cut);
        xbar_crossbar_free(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cover), cmocka_unit_test(test_teams),
        cmocka_unit_test(test_ohmic_teams), cmocka_unit_test(test_time)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
