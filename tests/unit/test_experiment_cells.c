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

/* A set in a file of its own, from which other parameters of the map differ; what the file
 * leaves out is the default set's. */
static void test_set_file(void **unused)
{
    (void)unused;
    put("set.yaml", "about: mine\n"
                    "parameters:\n"
                    "  r_on: {value: 2.0e3, unit: ohm, source: \"fit\"}\n"
                    "  r_off: 3.0e5\n"
                    "  x0: {value: 0.25}\n"
                    "report: {model: vteam, seed: 0}\n");
    xbar_plan *p = accept(changed(
        (const change[]){
            {11, "  cell: {device: vteam, parameters: {x0: 0.75, file: set.yaml}}"},
            {13, "conductance: {distribution: constant, value: 1e-5}"}},
        2));
    const xbar_device *d = p->crossbar->cell.device;
    double defaults[XBAR_MAX_PARAMETERS];
    xbar_device_parameters(defaults, d, &d->sets[0]);
    for (size_t k = 0; k < d->n_parameters; k++) {
        const char *name = d->parameters[k].name;
        double want = strcmp(name, "r_on") == 0    ? 2e3
                      : strcmp(name, "r_off") == 0 ? 3e5
                      : strcmp(name, "x0") == 0    ? 0.75
                                                   : defaults[k];
        if (p->crossbar->cell.parameters[k] != want)
            fail_msg("%s = %g, want %g", name, p->crossbar->cell.parameters[k], want);
    }
    assert_int_equal(p->n_files, 1);
    assert_string_equal(p->files[0].path, "set.yaml");
    xbar_plan_free(p);
}

static void test_set_file_refusals(void **unused)
{
    (void)unused;
    static const struct {
        const char *name, *set, *says;
    } cases[] = {
        {"nothing there", NULL,
         "parameters.file = set.yaml: want a file to read (No such"},
        {"empty", "", "want a parameter set (set.yaml:1: an empty file"},
        {"no parameters", "about: x\n", "(set.yaml:1: no map `parameters`"},
        {"parameters of a list", "parameters: [1]\n",
         "(set.yaml:1: no map `parameters`"},
        {"another device's fit", "parameters: {}\nreport: {model: drift}\n",
         "(set.yaml:2: report.model = drift: want vteam)"},
        {"no such parameter", "parameters:\n  r_out: 5\n",
         "(set.yaml:2: parameters.r_out: want parameters of vteam"},
        {"twice", "parameters: {r_on: 5, r_on: 6}\n",
         "parameters.r_on: want each once"},
        {"no number", "parameters:\n  r_on: {value: 5k}\n",
         "(set.yaml:2: parameters.r_on = 5k: want 0.001 to 1e+15 (ohm))"},
        {"no value", "parameters: {r_on: {unit: ohm}}\n",
         "parameters.r_on: want {value: NUMBER, ...}"},
        {"another unit", "parameters: {r_on: {value: 5, unit: kohm}}\n",
         "r_on = kohm: want unit: ohm"},
        {"a value twice", "parameters: {r_on: {value: 5, value: 6}}\n",
         "parameters.r_on: want each key once"},
        {"parameters twice", "parameters: {r_on: 5}\nparameters: {r_on: 6}\n",
         "(set.yaml:2: a key: want each once)"},
        {"a map in itself", "parameters: &p {r_on: *p}\n",
         "parameters.r_on: want {value: NUMBER, ...}"},
        {"out of range", "parameters: {r_on: -1}\n", "r_on = -1: want 0.001"},
        {"not together", "parameters: {w_on: 5.0e-9}\n", "want more than w_on (5e-09)"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        unlink(in_folder("set.yaml"));
        if (cases[k].set)
            put("set.yaml", cases[k].set);
        const change changes[] = {
            {11, "  cell: {device: vteam, parameters: {file: set.yaml}}"}};
        xbar_plan *p = NULL;
        xbar_error err;
        if (read_with(&p, changed(changes, 1), NULL, &err) != XBAR_ERR_INPUT)
            fail_msg("%s: not refused", cases[k].name);
        if (!strstr(err.text, cases[k].says) ||
            !strstr(err.text, ":11: crossbar.cell.parameters"))
            fail_msg("%s: %s", cases[k].name, err.text);
        assert_null(p);
    }
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
        cmocka_unit_test(test_set_file),   cmocka_unit_test(test_set_file_refusals),
        cmocka_unit_test(test_gates),      cmocka_unit_test(test_farads),
        cmocka_unit_test(test_digest),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
