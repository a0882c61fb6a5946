/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stateful logic: truth tables in a row of real cells, delays against published ones, an
 * adder gate by gate, what wires do to a gate at the far end. */
#include "control_arrays.h"

#include <math.h>
#include <string.h>

#include "control/logic.h"

static xbar_logic_options magic(const xbar_logic_step *steps, size_t n)
{
    return (xbar_logic_options){.steps = steps,
                                .n_steps = n,
                                .volt = 1.0,
                                .pulse = {1e-12, 5e-9, 1e-12, 0.0},
                                .zero = 1.0, /* VTEAM: low resistance at 0 */
                                .one = 0.0,
                                .points = 400};
}

/* One row, columns driven at the bottom. */
static xbar_crossbar *row_of(size_t n_cols, const char *set, double ohm)
{
    xbar_crossbar *c = array_new(1, n_cols, ohm, ohm);
    c->cell = control_cell("vteam", set);
    array_terminals(c, XBAR_BOTTOM, ohm);
    return c;
}

static void run_row(xbar_logic_outcome *r, const xbar_crossbar *c, const uint8_t *bits,
                    const xbar_logic_options *o)
{
    const size_t n = c->n_rows * c->n_cols;
    double *state = array_doubles(n);
    for (size_t k = 0; k < n; k++) {
        double x = bits[k % c->n_cols] ? o->one : o->zero;
        state[k] = x > 0.0 ? x : XBAR_LEAST_STATE;
    }
    const xbar_engine *engine = NULL;
    void *self = control_engine(&engine, "nodal", c, state);
    const xbar_start start = {.tolerance = 1e-6};
    xbar_control_report report;
    xbar_error err = {0};
    if (xbar_logic_run(&report, r, engine, self, c, bits, o, &start, 0, NULL, NULL,
                       &err) != XBAR_OK)
        fail_msg("%s", err.text);
    if (report.outcome != XBAR_DONE)
        fail_msg("%s", report.error.text);
    assert_int_equal(report.n_operations, o->n_steps);
    engine->close(self);
    free(state);
}

/* Delays at 1 V, 0.855 ns with one input at 1 and 0.635 ns with both: integrated with
 * another program for the set of models/vteam/magic.yaml. */
static void test_nor(void **unused)
{
    (void)unused;
    static const xbar_logic_step step = {XBAR_GATE_NOR, 2, {0, 1}, 2};
    static const struct {
        uint8_t bits[3], out;
        double delay_s;
    } cases[] = {
        {{0, 0, 1}, 1, (double)NAN},
        {{0, 1, 1}, 0, 0.855e-9},
        {{1, 0, 1}, 0, 0.855e-9},
        {{1, 1, 1}, 0, 0.635e-9},
    };
    xbar_crossbar *c = row_of(3, "magic", 0.0);
    const xbar_logic_options o = magic(&step, 1);
    for (size_t k = 0; k < 4; k++) {
        xbar_logic_outcome r;
        run_row(&r, c, cases[k].bits, &o);
        assert_int_equal(r.bit, cases[k].out);
        assert_int_equal(r.expected, cases[k].out);
        assert_true(r.margin > 0.95);
        assert_true(r.worst_input < 1e-3);
        assert_true(isnan(cases[k].delay_s) ? isnan(r.latency_s)
                                            : fabs(r.latency_s - cases[k].delay_s) <=
                                                  0.012 * cases[k].delay_s);
        assert_true(r.energy_j > 0.0);
    }
    xbar_crossbar_free(c);
}

/* IMPLY of the ATOMIC set, V_cond 0.9, V_set 1, 40 kohm, 30 us: states of p and q
 * afterwards, from another program. A positive voltage sets this cell, so the bit lines
 * are driven below 0. */
static void test_imply(void **unused)
{
    (void)unused;
    static const xbar_logic_step step = {XBAR_GATE_IMPLY, 1, {0}, 1};
    static const struct {
        uint8_t bits[2];
        double p, q;
    } cases[] = {
        {{0, 0}, 0.0960, 0.8726},
        {{0, 1}, 0.0, 1.0},
        {{1, 0}, 1.0, 0.0},
        {{1, 1}, 1.0, 1.0},
    };
    xbar_crossbar *c = row_of(2, "atomic", 0.0);
    c->terminal_ohm[XBAR_LEFT][0] = 40e3;
    const xbar_logic_options o = {.steps = &step,
                                  .n_steps = 1,
                                  .cond_volt = -0.9,
                                  .set_volt = -1.0,
                                  .pulse = {1e-9, 30e-6, 1e-9, 0.0},
                                  .zero = 0.0,
                                  .one = 1.0,
                                  .points = 10};
    for (size_t k = 0; k < 4; k++) {
        xbar_logic_outcome r;
        run_row(&r, c, cases[k].bits, &o);
        assert_int_equal(r.bit, r.expected);
        if (fabs(r.level - cases[k].q) > 0.005 ||
            fabs(r.worst_input - fabs(cases[k].p - cases[k].bits[0])) > 0.005)
            fail_msg("p %d q %d: q at %g, p moved by %g", cases[k].bits[0],
                     cases[k].bits[1], r.level, r.worst_input);
    }
    xbar_crossbar_free(c);
}

static void test_adder(void **unused)
{
    (void)unused;
    xbar_crossbar *c = row_of(XBAR_ADDER_COLS, "magic", 1.0);
    xbar_logic_options o = magic(xbar_logic_adder, XBAR_ADDER_STEPS);
    o.points = 2;
    for (unsigned word = 0; word < 8; word++) {
        uint8_t bits[XBAR_ADDER_COLS];
        uint8_t after[XBAR_ADDER_COLS];
        xbar_logic_outcome r[XBAR_ADDER_STEPS];
        for (unsigned j = 0; j < XBAR_ADDER_COLS; j++)
            bits[j] = (uint8_t)(j < 3 ? (word >> j) & 1u : 1u);
        memcpy(after, bits, sizeof bits);
        xbar_logic_expect(after, NULL, xbar_logic_adder, XBAR_ADDER_STEPS);
        unsigned sum = (word & 1u) + ((word >> 1) & 1u) + (word >> 2);
        assert_int_equal(after[XBAR_ADDER_SUM], sum & 1u);
        assert_int_equal(after[XBAR_ADDER_CARRY], sum >> 1);
        run_row(r, c, bits, &o);
        for (size_t s = 0; s < XBAR_ADDER_STEPS; s++)
            if (r[s].bit != r[s].expected)
                fail_msg("%u: step %zu gives %u, want %u (level %g)", word, s, r[s].bit,
                         r[s].expected, r[s].level);
        assert_int_equal(r[XBAR_ADDER_STEPS - 2].bit, sum & 1u);
        assert_int_equal(r[XBAR_ADDER_STEPS - 1].bit, sum >> 1);
    }
    xbar_crossbar_free(c);
}

/* The further the wires, the slower the gate, until it does not switch at all. */
static void test_wires_break_it(void **unused)
{
    (void)unused;
    static const xbar_logic_step step = {XBAR_GATE_NOR, 2, {0, 1}, 2};
    static const uint8_t bits[3] = {1, 0, 1};
    double before = 0.0;
    bool broken = false;
    for (double ohm = 0.0; ohm <= 2000.0; ohm += 500.0) {
        xbar_crossbar *c = row_of(3, "magic", ohm);
        const xbar_logic_options o = magic(&step, 1);
        xbar_logic_outcome r;
        run_row(&r, c, bits, &o);
        assert_true(!broken || r.bit != r.expected);
        broken = r.bit != r.expected;
        assert_true(broken ? r.margin < 0.0 : r.latency_s > before);
        before = r.latency_s;
        xbar_crossbar_free(c);
    }
    assert_true(broken);
}

static void test_refusals(void **unused)
{
    (void)unused;
    static const struct {
        const char *what, *says;
        xbar_logic_step step;
    } cases[] = {
        {"no input", "want 1 to 8", {XBAR_GATE_NOR, 0, {0}, 1}},
        {"two inputs of imply", "want 1", {XBAR_GATE_IMPLY, 2, {0, 1}, 2}},
        {"an output outside", "want below 3", {XBAR_GATE_NOR, 1, {0}, 3}},
        {"an input twice", "has not used", {XBAR_GATE_NOR, 2, {1, 1}, 0}},
        {"the output as input", "has not used", {XBAR_GATE_NOR, 2, {1, 0}, 0}},
        {"an input outside", "below 3", {XBAR_GATE_NOR, 1, {7}, 0}},
        {"imply without a resistance",
         "terminal of that row",
         {XBAR_GATE_IMPLY, 1, {0}, 1}},
    };
    xbar_crossbar *c = row_of(3, "magic", 0.0);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const xbar_logic_options o = magic(&cases[k].step, 1);
        xbar_error err = {0};
        assert_int_equal(xbar_logic_check(&o, c, &err), XBAR_ERR_INPUT);
        if (!strstr(err.text, cases[k].says))
            fail_msg("%s: \"%s\"", cases[k].what, err.text);
    }
    xbar_crossbar_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nor),      cmocka_unit_test(test_imply),
        cmocka_unit_test(test_adder),    cmocka_unit_test(test_wires_break_it),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
