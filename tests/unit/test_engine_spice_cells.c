/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The spice engine on arrays of cells made of several devices, at rest. The cells'
 * currents are computed in C from the voltages of their two ends, with what stands in
 * between solved for, so that Kirchhoff's law at the ends compares the whole chain in
 * ngspice with the whole chain in C. */
#include "arrays.h"

#include <math.h>
#include <string.h>

#include "engine/engine.h"

typedef struct cell_case {
    const char *name, *device, *selector, *access;
    double volt, gate;
} cell_case;

static const cell_case cases[] = {
    {"linear, sinh selector", "linear", "selector_sinh", NULL, 1.0, 0.0},
    {"linear, diodes", "linear", "selector_diode", NULL, 1.0, 0.0},
    {"linear, transistor", "linear", NULL, "access_nmos", 0.8, 1.8},
    {"vteam, sinh selector", "vteam", "selector_sinh", NULL, 0.9, 0.0},
    {"vteam, threshold switch", "vteam", "selector_ots", NULL, 0.9, 0.0},
    {"yakopcic, transistor", "yakopcic", NULL, "access_nmos", 0.7, 1.5},
    {"stanford, diodes, transistor", "stanford", "selector_diode", "access_nmos", 1.1,
     1.8},
    {"sinh, transistor", "sinh", NULL, "access_nmos", 0.5, 1.8},
    {"jart, transistor", "jart", NULL, "access_nmos", -0.6, 1.8},
    {"transistor switched off", "linear", NULL, "access_nmos", 0.5, 0.0},
};
enum { N_CASES = sizeof cases / sizeof *cases };

static xbar_cell cell_of(const cell_case *q)
{
    xbar_cell cell = xbar_cell_default(xbar_device_find(q->device));
    if (q->selector) {
        cell.selector = xbar_device_find(q->selector);
        xbar_device_parameters(cell.selector_parameters, cell.selector,
                               &cell.selector->sets[0]);
    }
    if (q->access) {
        cell.access = xbar_device_find(q->access);
        xbar_device_parameters(cell.access_parameters, cell.access,
                               &cell.access->sets[0]);
    }
    return cell;
}

/* States all over a cell's range. */
static void spread_states(double *state, const xbar_cell *cell, size_t n)
{
    xbar_state_range r[XBAR_MAX_STATES] = {{.lower = 1e-6, .upper = 1e-3}};
    if (cell->device->ranges)
        cell->device->ranges(r, cell->parameters);
    for (size_t k = 0; k < n; k++)
        state[k] = r[0].lower +
                   (r[0].upper - r[0].lower) * ((double)(7 * k % 11) + 0.5) / 11.0;
}

static double largest_of(const double *values, size_t n)
{
    double largest = 0.0;
    for (size_t k = 0; k < n; k++)
        largest = fmax(largest, fabs(values[k]));
    return largest;
}

static void solve_case(const cell_case *q, size_t n_rows, size_t n_cols)
{
    xbar_crossbar *c = array_new(n_rows, n_cols, 3.0, 5.0);
    array_terminals(c, XBAR_LEFT, 10.0);
    array_terminals(c, XBAR_BOTTOM, 0.0);
    c->cell = cell_of(q);
    double *state = calloc(n_rows * n_cols, sizeof *state);
    assert_non_null(state);
    spread_states(state, &c->cell, n_rows * n_cols);
    state[1] = 0.0; /* an open cell */
    xbar_stimulus s;
    assert_int_equal(xbar_stimulus_init(&s, c, NULL), XBAR_OK);
    for (size_t i = 0; i < n_rows; i++) {
        s.volt[XBAR_LEFT][i] = q->volt * (1.0 - 0.1 * (double)(i % 3));
        s.gate[i] = i == 2 ? 0.0 : q->gate;
    }
    for (size_t j = 0; j < n_cols; j++)
        s.volt[XBAR_BOTTOM][j] = 0.0;
    xbar_result *r = array_result(c);
    array_solve("spice", c, state, &s, r);
    if (r->outcome != XBAR_DONE)
        fail_msg("%s, %zu x %zu: %s", q->name, n_rows, n_cols, r->error.text);
    const double largest = largest_of(r->i_cell, n_rows * n_cols);
    if (!(r->kcl_residual <= 1e-9 * largest + 1e-15))
        fail_msg("%s, %zu x %zu: %g A of %g A lost", q->name, n_rows, n_cols,
                 r->kcl_residual, largest);
    assert_true(r->i_cell[1] == 0.0);
    if (q->access && q->volt > 0.0) /* row 2: gate and source at 0 V */
        for (size_t j = 0; j < n_cols; j++)
            assert_true(fabs(r->i_cell[2 * n_cols + j]) <= 1e-11);
    if (q->gate > 0.0)
        assert_true(largest > 1e-9);
    array_result_free(r);
    free(state);
    xbar_stimulus_clear(&s);
    xbar_crossbar_free(c);
}

static void test_small(void **unused)
{
    (void)unused;
    for (size_t k = 0; k < N_CASES; k++)
        solve_case(&cases[k], 3, 4);
}

/* Large enough that the elimination order is written. */
static void test_ordered(void **unused)
{
    (void)unused;
    for (size_t k = 0; k < N_CASES; k++)
        solve_case(&cases[k], 12, 13);
}

/* Other states, inputs and gates on the living circuit are what a new one finds. */
static void test_living(void **unused)
{
    (void)unused;
    for (size_t q = 0; q < N_CASES; q++) {
        xbar_crossbar *c = array_new(3, 4, 3.0, 5.0);
        array_terminals(c, XBAR_LEFT, 10.0);
        array_terminals(c, XBAR_BOTTOM, 0.0);
        c->cell = cell_of(&cases[q]);
        const xbar_engine *engine = xbar_engine_find("spice");
        void *self = NULL;
        double state[12];
        double i_out[3][4];
        xbar_stimulus s;
        xbar_result *r = array_result(c);
        assert_int_equal(xbar_stimulus_init(&s, c, NULL), XBAR_OK);
        for (size_t pass = 0; pass < 2; pass++) {
            if (pass == 0)
                assert_int_equal(engine->open(&self, c, NULL, NULL), XBAR_OK);
            for (size_t k = 0; k < 3; k++) {
                spread_states(state, &c->cell, 12);
                for (size_t n = 0; n < 12; n++)
                    state[n] *= 1.0 - 0.2 * (double)k;
                for (size_t i = 0; i < 3; i++) {
                    s.volt[XBAR_LEFT][i] = cases[q].volt * (0.5 + 0.2 * (double)k);
                    s.gate[i] = cases[q].gate * (1.0 - 0.1 * (double)(i + k));
                }
                for (size_t j = 0; j < 4; j++)
                    s.volt[XBAR_BOTTOM][j] = 0.0;
                if (pass == 0) {
                    assert_int_equal(engine->set_state(self, state, state, NULL),
                                     XBAR_OK);
                    assert_int_equal(engine->solve(self, &s, 1, r, NULL), XBAR_OK);
                    memcpy(i_out[k], r->i_out, sizeof i_out[k]);
                    continue;
                }
                array_solve("spice", c, state, &s, r);
                const double largest = largest_of(r->i_out, 4);
                for (size_t j = 0; j < 4; j++)
                    if (!(fabs(i_out[k][j] - r->i_out[j]) <= 1e-9 * largest))
                        fail_msg("%s, state %zu, column %zu: living %.12g, new %.12g",
                                 cases[q].name, k, j, i_out[k][j], r->i_out[j]);
            }
            if (pass == 0)
                engine->close(self);
        }
        array_result_free(r);
        xbar_stimulus_clear(&s);
        xbar_crossbar_free(c);
    }
}

/* Through a resistance this small the rounding of voltages drives more than all the cells
 * carry, so that what it drives is no measure of whether Newton has arrived. */
static void test_least_ohm(void **unused)
{
    (void)unused;
    static const struct {
        cell_case q;
        double state, ohm;
    } small[] = {
        {{"memdiode, sinh selector", "memdiode", "selector_sinh", NULL, 0.1, 0.0},
         2e-4,
         1e-6},
        {{"memdiode, sinh selector", "memdiode", "selector_sinh", NULL, 0.3, 0.0},
         0.5,
         1e-3},
        {{"jart, sinh selector", "jart", "selector_sinh", NULL, 1.5, 0.0}, 0.5, 1e-6},
        {{"sinh, transistor", "sinh", NULL, "access_nmos", 0.3, 1.8}, 1e-7, 1e-6},
    };
    for (size_t k = 0; k < sizeof small / sizeof *small; k++) {
        xbar_crossbar *c = array_new(4, 4, 1.0, 1.0);
        array_terminals(c, XBAR_LEFT, small[k].ohm);
        array_terminals(c, XBAR_BOTTOM, small[k].ohm);
        c->cell = cell_of(&small[k].q);
        double state[16];
        for (size_t n = 0; n < 16; n++)
            state[n] = small[k].state * (1.0 + 0.02 * (double)(5 * n % 16));
        xbar_stimulus s;
        assert_int_equal(xbar_stimulus_init(&s, c, NULL), XBAR_OK);
        for (size_t i = 0; i < 4; i++) {
            s.volt[XBAR_LEFT][i] = small[k].q.volt * (1.0 - 0.2 * (double)i);
            s.volt[XBAR_BOTTOM][i] = 0.0;
            s.gate[i] = small[k].q.gate;
        }
        xbar_result *spice = array_result(c);
        xbar_result *nodal = array_result(c);
        array_solve("spice", c, state, &s, spice);
        array_solve("nodal", c, state, &s, nodal);
        assert_true(spice->outcome == XBAR_DONE && nodal->outcome == XBAR_DONE);
        const double largest = largest_of(nodal->i_cell, 16);
        for (size_t n = 0; n < 16; n++)
            if (fabs(spice->i_cell[n] - nodal->i_cell[n]) > 1e-10 * largest)
                fail_msg("%s, %g ohm: cell %zu: %.15g A, nodal %.15g A",
                         small[k].q.name, small[k].ohm, n, spice->i_cell[n],
                         nodal->i_cell[n]);
        array_result_free(nodal);
        array_result_free(spice);
        xbar_stimulus_clear(&s);
        xbar_crossbar_free(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small),
        cmocka_unit_test(test_ordered),
        cmocka_unit_test(test_living),
        cmocka_unit_test(test_least_ohm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
