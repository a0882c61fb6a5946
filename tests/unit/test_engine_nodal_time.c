/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The nodal engine in time keeps the engines' contract, and agrees with the spice engine,
 * with which it shares the devices' equations on paper only. */
#include "time_runs.h"

#include <string.h>

enum { MOMENTS = 20 };

/* ---- beside spice ----------------------------------------------------------------------- */

static const struct {
    const char *name, *device, *selector;
    bool is_gated;
    size_t n_rows, n_cols;
    double ohm, farad, volt, end;
    double currents, states, energy; /* shares that both may differ by */
} pairs[] = {
    {"2 x 2 of vteam, reset through sneak paths", "vteam", NULL, false, 2, 2, 20.0, 0.0,
     0.5, 1e-7, 1e-3, 1e-3, 1e-3},
    {"3 x 4 of vteam, set", "vteam", NULL, false, 3, 4, 2.5, 0.0, -1.0, 1e-8, 1e-3,
     1e-3, 1e-3},
    {"2 x 3 of stanford", "stanford", NULL, false, 2, 3, 2.5, 0.0, 1.2, 1e-6, 1e-3,
     1e-3, 1e-3},
    {"3 x 3 of yakopcic with capacitances", "yakopcic", NULL, false, 3, 3, 20.0, 1e-9,
     0.4, 1e-2, 1e-3, 1e-3, 1e-3},
    {"3 x 3 of linear cells with capacitances", "linear", NULL, false, 3, 3, 20.0,
     1e-12, 1.0, 1e-8, 1e-3, 1e-3, 1e-3},
    {"3 x 3 of vteam with transistors", "vteam", NULL, true, 3, 3, 2.5, 0.0, 0.8, 1e-7,
     1e-3, 1e-3, 1e-3},
    {"2 x 2 of vteam with sinh selectors", "vteam", "selector_sinh", false, 2, 2, 2.5,
     0.0, 1.2, 1e-7, 1e-3, 1e-3, 1e-2 /* spice adds up few points */},
};

typedef struct pair_case {
    xbar_crossbar *c;
    xbar_stimulus rest;
    xbar_waveform wave;
    double *state;
    time_drive drive;
} pair_case;

static void add_part(const xbar_device **part, double *parameters, const char *name)
{
    *part = xbar_device_find(name);
    assert_non_null(*part);
    xbar_device_parameters(parameters, *part, &(*part)->sets[0]);
}

static void pair_new(pair_case *z, size_t k)
{
    const size_t n = pairs[k].n_rows * pairs[k].n_cols;
    xbar_state_range r[XBAR_MAX_STATES];
    *z = (pair_case){
        .c = array_new(pairs[k].n_rows, pairs[k].n_cols, pairs[k].ohm, pairs[k].ohm)};
    xbar_cell *cell = &z->c->cell;
    *cell = xbar_cell_default(xbar_device_find(pairs[k].device));
    if (pairs[k].selector)
        add_part(&cell->selector, cell->selector_parameters, pairs[k].selector);
    if (pairs[k].is_gated)
        add_part(&cell->access, cell->access_parameters, "access_nmos");
    z->c->row_farad = z->c->col_farad = pairs[k].farad;
    array_terminals(z->c, XBAR_LEFT, pairs[k].ohm);
    array_terminals(z->c, XBAR_BOTTOM, pairs[k].ohm);
    assert_int_equal(xbar_stimulus_init(&z->rest, z->c, NULL), XBAR_OK);
    /* one row driven, the others at 0 V like the columns */
    for (size_t i = 0; i < pairs[k].n_rows; i++) {
        z->rest.volt[XBAR_LEFT][i] = 0.0;
        z->rest.gate[i] = i == 0 ? 2.5 : 0.3;
    }
    for (size_t j = 0; j < pairs[k].n_cols; j++)
        z->rest.volt[XBAR_BOTTOM][j] = 0.0;
    xbar_cell_ranges(cell, r);
    z->state = array_doubles(n);
    for (size_t m = 0; m < n; m++) {
        const double share = 0.2 + 0.6 * fmod(0.618 * (double)m, 1.0);
        z->state[m] = cell->device->n_states > 0
                          ? r[0].lower + share * (r[0].upper - r[0].lower)
                          : 1e-4 * share;
    }
    const double end = pairs[k].end;
    const double t[] = {0.0, 0.05 * end, 0.93 * end, 0.98 * end};
    const double v[] = {0.0, pairs[k].volt, pairs[k].volt, 0.0};
    assert_int_equal(xbar_waveform_linear(&z->wave, t, v, 4, NULL), XBAR_OK);
    z->drive = (time_drive){.c = z->c, .rest = &z->rest};
    z->drive.wave[XBAR_LEFT] = &z->wave;
    z->drive.line[XBAR_LEFT] = 0;
}

static void pair_free(pair_case *z)
{
    free(z->state);
    xbar_waveform_clear(&z->wave);
    xbar_stimulus_clear(&z->rest);
    xbar_crossbar_free(z->c);
}

static xbar_result *pair_run(const pair_case *z, const char *engine_name, double end)
{
    const xbar_engine *engine = xbar_engine_find(engine_name);
    const xbar_schedule schedule = time_schedule(&z->drive);
    const xbar_start start = {.tolerance = 1e-5};
    double *t_s = time_moments(0.0, end, MOMENTS);
    xbar_result *r = time_result(z->c, MOMENTS);
    void *self = NULL;
    assert_int_equal(engine->open(&self, z->c, NULL, NULL), XBAR_OK);
    assert_int_equal(engine->set_state(self, z->state, z->state, NULL), XBAR_OK);
    assert_int_equal(engine->begin(self, &start, NULL), XBAR_OK);
    assert_int_equal(engine->advance(self, &schedule, t_s, MOMENTS, r, 0, NULL),
                     XBAR_OK);
    if (r->outcome != XBAR_DONE)
        fail_msg("%s: %s", engine_name, r->error.text);
    engine->close(self);
    free(t_s);
    return r;
}

static double most(const double *a, const double *b, size_t n)
{
    double largest = 0.0;
    for (size_t k = 0; k < n; k++)
        largest = fmax(largest, fabs(a[k] - (b ? b[k] : 0.0)));
    return largest;
}

static void test_agrees_with_spice(void **unused)
{
    (void)unused;
    for (size_t k = 0; k < sizeof pairs / sizeof *pairs; k++) {
        pair_case z;
        pair_new(&z, k);
        xbar_result *spice = pair_run(&z, "spice", pairs[k].end);
        xbar_result *nodal = pair_run(&z, "nodal", pairs[k].end);
        const size_t n = MOMENTS * pairs[k].n_rows * pairs[k].n_cols;
        const size_t lines = MOMENTS * pairs[k].n_cols;
        const double current = most(spice->i_cell, nodal->i_cell, n);
        const double scale = most(spice->i_cell, NULL, n);
        if (!(current <= pairs[k].currents * scale))
            fail_msg("%s: %.2g A apart of %.2g", pairs[k].name, current, scale);
        if (!(most(spice->i_out, nodal->i_out, lines) <= pairs[k].currents * scale))
            fail_msg("%s: i_out apart", pairs[k].name);
        if (xbar_cell_n_states(&z.c->cell) > 0) {
            const double state = most(spice->state[0], nodal->state[0], n);
            if (!(state <= pairs[k].states))
                fail_msg("%s: states %.2g apart", pairs[k].name, state);
        }
        const size_t rows = pairs[k].n_rows;
        const double *given = spice->energy[XBAR_LEFT] + (MOMENTS - 1) * rows;
        const double *also = nodal->energy[XBAR_LEFT] + (MOMENTS - 1) * rows;
        if (!(fabs(given[0] - also[0]) <= pairs[k].energy * fabs(given[0])))
            fail_msg("%s: %.9g J and %.9g J given", pairs[k].name, given[0], also[0]);
        time_result_free(spice);
        time_result_free(nodal);
        pair_free(&z);
    }
}

/* ---- the contract -------------------------------------------------------------------------- */

/* Advances fill their own moments and leave others alone; states go out and in again. */
static void test_advances(void **unused)
{
    (void)unused;
    const xbar_engine *engine = xbar_engine_find("nodal");
    pair_case z;
    pair_new(&z, 0);
    const double end = pairs[0].end;
    xbar_result *whole = pair_run(&z, "nodal", end);
    const xbar_schedule schedule = time_schedule(&z.drive);
    double *t_s = time_moments(0.0, end, MOMENTS);
    xbar_result *r = time_result(z.c, MOMENTS);
    void *self = NULL;
    assert_int_equal(engine->open(&self, z.c, NULL, NULL), XBAR_OK);
    xbar_error err = {0};
    assert_int_equal(engine->advance(self, &schedule, t_s, 1, r, 0, &err),
                     XBAR_ERR_INPUT);
    assert_int_equal(engine->set_state(self, z.state, z.state, NULL), XBAR_OK);
    const double tolerance = 1e-5;
    assert_int_equal(engine->begin(self, &(xbar_start){.tolerance = tolerance}, NULL),
                     XBAR_OK);
    enum { FIRST = 7 };
    assert_int_equal(engine->advance(self, &schedule, t_s, FIRST, r, 0, NULL), XBAR_OK);
    assert_int_equal(r->outcome, XBAR_DONE);
    const double time = r->wall_time_s;
    assert_true(isnan(r->i_out[FIRST * 2]) && !isnan(r->i_out[FIRST * 2 - 1]));
    double state[4];
    engine->states(self, state);
    assert_memory_equal(state, r->state[0] + (FIRST - 1) * 4, sizeof state);
    /* once more from there */
    const xbar_start again = {
        .t_s = t_s[FIRST - 1], .state = state, .tolerance = tolerance};
    assert_int_equal(engine->begin(self, &again, NULL), XBAR_OK);
    assert_int_equal(
        engine->advance(self, &schedule, t_s + FIRST, MOMENTS - FIRST, r, FIRST, NULL),
        XBAR_OK);
    assert_int_equal(r->outcome, XBAR_DONE);
    assert_true(r->wall_time_s > time && r->kcl_residual >= 0.0);
    assert_true(most(r->state[0], whole->state[0], MOMENTS * 4) <= 10.0 * tolerance);
    assert_true(most(r->i_cell, whole->i_cell, MOMENTS * 4) <=
                10.0 * tolerance * most(whole->i_cell, NULL, MOMENTS * 4));
    for (size_t k = 0; k < MOMENTS * 2; k++)
        assert_true(r->i_out[k] == -r->i_terminal[XBAR_BOTTOM][k]);
    /* energies count from `begin` */
    assert_true(r->energy[XBAR_LEFT][FIRST * 2] < whole->energy[XBAR_LEFT][FIRST * 2]);
    engine->close(self);
    free(t_s);
    time_result_free(r);
    time_result_free(whole);
    pair_free(&z);
}

/* A network that cannot be is told as an outcome; moments that were reached stay. */
static void test_failure(void **unused)
{
    (void)unused;
    const xbar_engine *engine = xbar_engine_find("nodal");
    pair_case z;
    pair_new(&z, 0);
    z.c->row_ohm = 0.0;
    array_terminals(z.c, XBAR_LEFT, 0.0);
    array_terminals(z.c, XBAR_RIGHT, 0.0);
    z.rest.volt[XBAR_RIGHT][0] = z.rest.volt[XBAR_RIGHT][1] = 0.0;
    const xbar_schedule schedule = time_schedule(&z.drive);
    const double end = pairs[0].end;
    double *t_s = time_moments(0.0, end, MOMENTS);
    xbar_result *r = time_result(z.c, MOMENTS);
    void *self = NULL;
    assert_int_equal(engine->open(&self, z.c, NULL, NULL), XBAR_OK);
    assert_int_equal(engine->set_state(self, z.state, z.state, NULL), XBAR_OK);
    assert_int_equal(engine->begin(self, &(xbar_start){0}, NULL), XBAR_OK);
    /* both 0 V at first, then two voltages on one ideal line */
    const double now = 0.0;
    assert_int_equal(engine->advance(self, &schedule, &now, 1, r, 0, NULL), XBAR_OK);
    assert_int_equal(r->outcome, XBAR_DONE);
    assert_int_equal(engine->advance(self, &schedule, t_s, 3, r, 1, NULL), XBAR_OK);
    assert_int_equal(r->outcome, XBAR_FAILED);
    assert_int_equal(r->error.status, XBAR_ERR_SHORT);
    assert_non_null(strstr(r->error.text, "left 0"));
    assert_true(r->i_out[0] == 0.0 && isnan(r->i_out[2]) && isnan(r->state[0][4]));
    engine->close(self);
    free(t_s);
    time_result_free(r);
    pair_free(&z);
}

/* Terminals that open from one advance to the next: their currents are 0 then. */
static void test_opening(void **unused)
{
    (void)unused;
    const xbar_engine *engine = xbar_engine_find("nodal");
    pair_case z;
    pair_new(&z, 0);
    const xbar_schedule schedule = time_schedule(&z.drive);
    const double end = pairs[0].end;
    double *t_s = time_moments(0.0, end, MOMENTS);
    xbar_result *r = time_result(z.c, MOMENTS);
    void *self = NULL;
    assert_int_equal(engine->open(&self, z.c, NULL, NULL), XBAR_OK);
    assert_int_equal(engine->set_state(self, z.state, z.state, NULL), XBAR_OK);
    assert_int_equal(engine->begin(self, &(xbar_start){0}, NULL), XBAR_OK);
    assert_int_equal(engine->advance(self, &schedule, t_s, 10, r, 0, NULL), XBAR_OK);
    z.rest.volt[XBAR_BOTTOM][1] = (double)NAN;
    assert_int_equal(engine->advance(self, &schedule, t_s + 10, 10, r, 10, NULL),
                     XBAR_OK);
    assert_int_equal(r->outcome, XBAR_DONE);
    for (size_t k = 0; k < MOMENTS; k++) {
        assert_true((r->i_terminal[XBAR_BOTTOM][k * 2 + 1] == 0.0) == (k >= 10));
        if (k < MOMENTS - 1) /* there all is back at 0 V */
            assert_true(r->i_out[k * 2] != 0.0);
    }
    engine->close(self);
    free(t_s);
    time_result_free(r);
    pair_free(&z);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agrees_with_spice),
        cmocka_unit_test(test_advances),
        cmocka_unit_test(test_failure),
        cmocka_unit_test(test_opening),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
