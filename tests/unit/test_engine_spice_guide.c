/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Points that begin at the exact solver's answer: two iterations, whatever the device and
 * whatever changed since the last one. A guide that leads astray costs iterations, and the
 * answer is the same. One line hangs on cells alone, behind wires whose conductances add up
 * without rounding: where cells conduct nothing before their state has a voltage, nothing
 * but the leak of the first iteration holds it. */
#include "arrays.h"

#include <math.h>
#include <string.h>

#include "core/random.h"
#include "engine/spice_circuit.h"

enum { ROWS = 12, COLS = 14, CELLS = ROWS * COLS, ROUNDS = 12 };

/* One number after the other. */
typedef uint32_t count;

static double draw(count *n)
{
    return xbar_uniform(11, XBAR_STREAM_INPUT, 0, (*n)++);
}

typedef struct bench {
    xbar_crossbar *c;
    const xbar_engine *engine;
    xbar_spice_engine *self;
    double state[CELLS];
    xbar_stimulus s;
    xbar_result *r, *exact;
    count n;
} bench;

/* A cell of the one device, or two: NULL for no selector. */
static xbar_cell cell_of(const char *device, const char *selector)
{
    xbar_cell cell = xbar_cell_default(xbar_device_find(device));
    if (selector) {
        cell.selector = xbar_device_find(selector);
        xbar_device_parameters(cell.selector_parameters, cell.selector,
                               &cell.selector->sets[0]);
    }
    return cell;
}

static void bench_new(bench *b, const xbar_cell *cell)
{
    *b = (bench){.c = array_new(ROWS, COLS, 2.0, 5.0),
                 .engine = xbar_engine_find("spice")};
    array_terminals(b->c, XBAR_LEFT, 10.0);
    array_terminals(b->c, XBAR_RIGHT, 0.0);
    array_terminals(b->c, XBAR_BOTTOM, 0.0);
    b->c->cell = *cell;
    void *self = NULL;
    assert_int_equal(b->engine->open(&self, b->c, NULL, NULL), XBAR_OK);
    b->self = self;
    assert_int_equal(xbar_stimulus_init(&b->s, b->c, NULL), XBAR_OK);
    b->r = array_result(b->c);
    b->exact = array_result(b->c);
}

static void bench_free(bench *b)
{
    b->engine->close(b->self);
    array_result_free(b->exact);
    array_result_free(b->r);
    xbar_stimulus_clear(&b->s);
    xbar_crossbar_free(b->c);
}

/* All over the range, and one cell open. At the range's very ends it hangs on a last digit
 * whether ngspice sees a state that still does something.
 * @param ends  share of cells at either end */
static void draw_state(bench *b, double ends)
{
    xbar_state_range r[XBAR_MAX_STATES] = {{.lower = 1e-6, .upper = 1e-4}};
    if (b->c->cell.device->ranges)
        b->c->cell.device->ranges(r, b->c->cell.parameters);
    const double width = r[0].upper - r[0].lower;
    for (size_t k = 0; k < CELLS; k++) {
        const double at = draw(&b->n);
        const double share = at < ends         ? 0.0
                             : at > 1.0 - ends ? 1.0
                                               : fmin(fmax(at, 0.01), 0.99);
        b->state[k] = fmax(r[0].lower + share * width, XBAR_LEAST_STATE);
    }
    b->state[17] = 0.0;
}

static void draw_volts(bench *b)
{
    for (size_t i = 0; i < ROWS; i++) {
        b->s.volt[XBAR_LEFT][i] = i == 3 ? (double)NAN : 1.4 * draw(&b->n) - 0.7;
        b->s.volt[XBAR_RIGHT][i] = i % 4 == 0 ? 0.1 : (double)NAN;
    }
    for (size_t j = 0; j < COLS; j++)
        b->s.volt[XBAR_BOTTOM][j] = j == 5 ? (double)NAN : 0.1 * draw(&b->n);
}

static void solve(bench *b)
{
    assert_int_equal(b->engine->set_state(b->self, b->state, b->state, NULL), XBAR_OK);
    assert_int_equal(b->engine->solve(b->self, &b->s, 1, b->r, NULL), XBAR_OK);
    if (b->r->outcome != XBAR_DONE)
        fail_msg("%s: %s", b->c->cell.device->name, b->r->error.text);
}

/* Beside 1e-9 of the largest current there is what the rounding of a volt drives through
 * the wires. */
static void assert_exact(bench *b)
{
    array_solve("nodal", b->c, b->state, &b->s, b->exact);
    double largest = 0.0;
    for (size_t k = 0; k < CELLS; k++)
        largest = fmax(largest, fabs(b->exact->i_cell[k]));
    const double allowed = 1e-9 * largest + 2e-15;
    assert_true(largest > 100.0 * allowed);
    for (size_t j = 0; j < COLS; j++)
        assert_true(fabs(b->r->i_out[j] - b->exact->i_out[j]) <= allowed);
    for (size_t k = 0; k < CELLS; k++)
        assert_true(fabs(b->r->i_cell[k] - b->exact->i_cell[k]) <= allowed);
}

/* New states and new voltages, both, one or none of them.
 * @return the most iterations that a point took, but for the circuit's first */
static size_t follow(const xbar_cell *cell, double ends)
{
    bench b;
    size_t most = 0;
    bench_new(&b, cell);
    for (int round = 0; round < ROUNDS; round++) {
        if (round % 2 == 0)
            draw_state(&b, ends);
        if (round % 3 == 0)
            draw_volts(&b);
        solve(&b);
        assert_exact(&b);
        const size_t n = xbar_spice_guide_n_iterations(b.self->guide);
        if (round > 0 && n > most)
            most = n;
    }
    bench_free(&b);
    return most;
}

static void test_two_iterations(void **unused)
{
    (void)unused;
    size_t n_devices = 0;
    for (size_t k = 0; xbar_device_at(k); k++) {
        const xbar_device *device = xbar_device_at(k);
        const xbar_guides kind = xbar_netlist_guides(device);
        if (device->kind != XBAR_KIND_CELL || kind == XBAR_GUIDES_NONE ||
            kind == XBAR_GUIDES_NEEDLESS)
            continue;
        n_devices++;
        const xbar_cell cell = cell_of(device->name, NULL);
        const size_t most = follow(&cell, 0.0);
        if (most != 2)
            fail_msg("%s: %zu iterations", device->name, most);
    }
    assert_true(n_devices >= 16);
}

static void test_behind_selectors(void **unused)
{
    (void)unused;
    static const char *const cells[][2] = {
        {"linear", "selector_sinh"}, {"linear", "selector_diode"},
        {"sinh", "selector_diode"},  {"vteam", "selector_sinh"},
        {"pcm", "selector_diode"},   {"stanford", "selector_ots"},
        {"jart", "selector_sinh"},   {"memdiode", "selector_diode"},
    };
    for (size_t k = 0; k < sizeof cells / sizeof *cells; k++) {
        const xbar_cell cell = cell_of(cells[k][0], cells[k][1]);
        const size_t most = follow(&cell, 0.0);
        if (most != 2)
            fail_msg("%s, %s: %zu iterations", cells[k][0], cells[k][1], most);
    }
}

static void test_at_the_ends_of_the_range(void **unused)
{
    (void)unused;
    static const char *const steep[] = {"stanford", "flash", "fefet", "team"};
    for (size_t k = 0; k < sizeof steep / sizeof *steep; k++) {
        const xbar_cell cell = cell_of(steep[k], NULL);
        assert_true(follow(&cell, 0.3) < 20);
    }
}

/* Told a wrong beginning, it reckons wrong currents. */
static void test_led_astray(void **unused)
{
    (void)unused;
    static const char *const devices[] = {"sinh", "fefet", "flash"};
    for (size_t k = 0; k < sizeof devices / sizeof *devices; k++) {
        bench b;
        const xbar_cell cell = cell_of(devices[k], NULL);
        bench_new(&b, &cell);
        draw_state(&b, 0.0);
        draw_volts(&b);
        solve(&b);
        double v[CELLS];
        static const double ground[CELLS];
        for (size_t c = 0; c < CELLS; c++)
            v[c] = 0.3 - 0.6 * draw(&b.n);
        xbar_spice_guide_from(b.self->guide, v, ground, ground, b.state);
        draw_volts(&b);
        solve(&b);
        assert_exact(&b);
        assert_true(xbar_spice_guide_n_iterations(b.self->guide) > 2);
        solve(&b);
        assert_exact(&b);
        assert_int_equal(xbar_spice_guide_n_iterations(b.self->guide), 2);
        bench_free(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_iterations),
        cmocka_unit_test(test_behind_selectors),
        cmocka_unit_test(test_at_the_ends_of_the_range),
        cmocka_unit_test(test_led_astray),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
