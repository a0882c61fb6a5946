/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cells of several devices, their gates, and what stands at terminals. */
#include <math.h>

#include "experiment_files.h"

static const char gated[] =
    "  cell: {device: sinh, selector: {device: selector_sinh, parameters: {v0: 0.5}},\n"
    "    access: access_nmos, read_volt: 0.5, read_gate: 2}\n"
    "  gate: {volt: [1.5, 2.5]}";

/* `conductance` is i/v of the whole cell at read_volt and read_gate. */
static void test_whole_cell(void **unused)
{
    (void)unused;
    xbar_plan *p = accept(changed(
        (const change[]){{11, gated},
                         {13, "conductance: {distribution: uniform, min: 1e-11, max: "
                              "1e-9, samples: 2}"}},
        2));
    const xbar_cell *cell = &p->crossbar->cell;
    assert_string_equal(cell->selector->name, "selector_sinh");
    assert_string_equal(cell->access->name, "access_nmos");
    assert_true(cell->read_volt == 0.5 && cell->read_gate == 2.0);
    double g[6];
    double x[6];
    assert_int_equal(xbar_plan_state(p, 1, g, x, NULL), XBAR_OK);
    for (size_t k = 0; k < 6; k++) {
        assert_true(g[k] >= 1e-11 && g[k] <= 1e-9);
        assert_true(fabs(xbar_cell_conductance(cell, x[k]) / g[k] - 1.0) < 1e-9);
        assert_true(cell->device->state(g[k], 0.5, cell->parameters) != x[k]);
    }
    xbar_plan_free(p);
}

/* A parameter of one device is no parameter of another. */
static void test_parameters(void **unused)
{
    (void)unused;
    static const char text[] =
        "  cell: {device: sinh, parameters: {v0: 0.7},\n"
        "    selector: {device: selector_sinh, parameters: {v0: 0.5}}}";
    xbar_plan *p = accept(changed(
        (const change[]){{11, text},
                         {13, "conductance: {distribution: constant, value: 1e-10}"}},
        2));
    const xbar_cell *cell = &p->crossbar->cell;
    double defaults[XBAR_MAX_PARAMETERS];
    xbar_device_parameters(defaults, cell->selector, &cell->selector->sets[0]);
    for (size_t k = 0; k < cell->selector->n_parameters; k++) {
        const char *name = cell->selector->parameters[k].name;
        double want = strcmp(name, "v0") == 0 ? 0.5 : defaults[k];
        if (cell->selector_parameters[k] != want)
            fail_msg("%s = %g, want %g", name, cell->selector_parameters[k], want);
    }
    assert_true(cell->parameters[0] == 0.7);
    xbar_plan_free(p);
}

static void check_gates(const xbar_plan *p, size_t input, double first, double second)
{
    xbar_stimulus s;
    assert_int_equal(xbar_stimulus_init(&s, p->crossbar, NULL), XBAR_OK);
    assert_int_equal(xbar_plan_stimulus(p, 0, input, &s, NULL), XBAR_OK);
    if (s.gate[0] != first || s.gate[1] != second)
        fail_msg("input %zu: gates %g and %g V", input, s.gate[0], s.gate[1]);
    xbar_stimulus_clear(&s);
}

static void test_gates(void **unused)
{
    (void)unused;
    const change g = {13, "conductance: {distribution: constant, value: 1e-10}"};
    xbar_plan *p = accept(changed((const change[]){{11, gated}, g}, 2));
    check_gates(p, 0, 1.5, 2.5);
    check_gates(p, 1, 1.5, 2.5);
    xbar_plan_free(p);

    static const change scheme[] = {
        {12, "  gate: {volt: 3, rest_volt: -0.25}"},
        {13, "conductance: {distribution: constant, value: 1e-10}"},
        {14, ""},
        {15, "bias: {scheme: half, selected: [[1, 2], [0, 0]], volt: 1}"},
        {11, "  cell: {device: sinh, access: access_nmos, read_gate: 2}"},
    };
    p = accept(changed(scheme, 5));
    check_gates(p, 0, -0.25, 3.0);
    check_gates(p, 1, 3.0, -0.25);
    xbar_plan_free(p);

    p = accept(changed(NULL, 0));
    check_gates(p, 0, 0.0, 0.0);
    xbar_plan_free(p);
}

static void test_farads(void **unused)
{
    (void)unused;
    xbar_plan *p = accept(changed(
        (const change[]){{9, "    left: {volt: input, farad: [1e-15, 0]}"},
                         {10, "    bottom: {volt: [0, null, 0], farad: 2e-12}"}},
        2));
    double *const *farad = p->crossbar->terminal_farad;
    assert_true(farad[XBAR_LEFT][0] == 1e-15 && farad[XBAR_LEFT][1] == 0.0);
    for (size_t j = 0; j < 3; j++)
        assert_true(farad[XBAR_BOTTOM][j] == 2e-12);
    assert_null(farad[XBAR_TOP]);
    assert_null(farad[XBAR_RIGHT]);
    xbar_plan_free(p);
}

/* Another selector, another parameter, another gate: another digest. */
static void test_digest(void **unused)
{
    (void)unused;
    static const char *const cells[] = {
        "  cell: {device: vteam}",
        "  cell: {device: vteam, selector: selector_sinh}",
        "  cell: {device: vteam, selector: selector_diode}",
    };
    enum { N = sizeof cells / sizeof *cells };
    char digests[N][65];
    for (size_t k = 0; k < N; k++) {
        const change changes[] = {
            {11, cells[k]},
            {13, "conductance: {distribution: constant, value: 0}"},
        };
        xbar_plan *p = accept(changed(changes, 2));
        memcpy(digests[k], p->digest, 65);
        for (size_t n = 0; n < k; n++)
            assert_string_not_equal(digests[k], digests[n]);
        xbar_plan_free(p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_cell), cmocka_unit_test(test_parameters),
        cmocka_unit_test(test_gates),      cmocka_unit_test(test_farads),
        cmocka_unit_test(test_digest),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
