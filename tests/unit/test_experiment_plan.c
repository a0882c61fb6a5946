/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an experiment says is what the plan gives. */
#include <math.h>

#include "crossbar/draw.h"
#include "experiment_files.h"

static const double nan_ = (double)NAN;

static void set_accepted(xbar_plan **plan, const char *text, const char *const *sets,
                         size_t n)
{
    xbar_error err;
    const xbar_plan_options options = {.overrides = sets, .n_overrides = n};
    if (read_with(plan, text, &options, &err) != XBAR_OK)
        fail_msg("refused: %s", err.text);
}

static xbar_stimulus stimulus_of(const xbar_plan *p, size_t sample, size_t input)
{
    xbar_stimulus s;
    assert_int_equal(xbar_stimulus_init(&s, p->crossbar, NULL), XBAR_OK);
    assert_int_equal(xbar_plan_stimulus(p, sample, input, &s, NULL), XBAR_OK);
    return s;
}

static void check_volts(const char *name, const double *have, const double *want,
                        size_t n)
{
    for (size_t k = 0; k < n; k++)
        if (!(have[k] == want[k] || (isnan(have[k]) && isnan(want[k]))))
            fail_msg("%s, line %zu: %g V, want %g V", name, k, have[k], want[k]);
}

/* Every block and most keys at once. */
static const char example[] =
    "title: Read of a 32 x 32 array\n"
    "seed: 1                     # sample k depends on (seed, k) alone\n"
    "engines: [spice, ideal]\n"
    "crossbar:\n"
    "  rows: 32\n"
    "  cols: 32\n"
    "  wire: {row_ohm: 2.5, col_ohm: 2.5, row_farad: 0, col_farad: 0}\n"
    "  terminals:\n"
    "    left:   {volt: input, ohm: 2.5}\n"
    "    bottom: {volt: 0, ohm: 2.5}\n"
    "  cell: {device: linear}\n"
    "  faults:\n"
    "    stuck: [{row: 3, col: 7, siemens: 1.0e-3}]\n"
    "    broken: [{line: row, index: 3, after: 5}]\n"
    "conductance:\n"
    "  {distribution: loguniform, min: 1.0e-5, max: 1.0e-3, samples: 4}\n"
    "inputs:\n"
    "  {distribution: uniform, min: 0, max: 0.2, count: 8}\n"
    "bias: {scheme: read}\n"
    "analysis: {kind: dc}\n"
    "record: [i_out, v_row, v_col, i_cell]\n";

static void test_example(void **unused)
{
    (void)unused;
    xbar_plan *p = accept(example);
    assert_string_equal(p->name, "e");
    assert_string_equal(p->title, "Read of a 32 x 32 array");
    assert_string_equal(p->text, example);
    assert_int_equal(p->seed, 1);
    assert_int_equal(p->n_engines, 2);
    assert_string_equal(p->engines[0]->name, "spice");
    assert_string_equal(p->engines[1]->name, "ideal");
    assert_int_equal(p->n_samples, 4);
    assert_int_equal(p->n_inputs, 8);
    assert_int_equal(p->record,
                     XBAR_RECORD_V_ROW | XBAR_RECORD_V_COL | XBAR_RECORD_I_CELL);
    const xbar_crossbar *c = p->crossbar;
    assert_true(c->n_rows == 32 && c->n_cols == 32);
    assert_true(c->row_ohm == 2.5 && c->col_ohm == 2.5);
    assert_true(c->terminal_ohm[XBAR_LEFT][31] == 2.5);
    assert_true(c->terminal_ohm[XBAR_BOTTOM][0] == 2.5);
    assert_true(isnan(c->terminal_ohm[XBAR_RIGHT][0]));
    assert_true(c->row_cut[3 * 32 + 5] == 1 && c->row_cut[3 * 32 + 6] == 0);
    assert_null(c->col_cut);
    enum { N_CELLS = 32 * 32 };
    static double g[N_CELLS];
    for (size_t sample = 0; sample < 4; sample++) {
        assert_int_equal(xbar_plan_state(p, sample, g, NULL, NULL), XBAR_OK);
        assert_true(g[3 * 32 + 7] == 1e-3);
        for (size_t k = 0; k < N_CELLS; k++)
            assert_true(g[k] >= 1e-5 && g[k] <= 1e-3);
    }
    xbar_plan_free(p);
}

static void test_defaults(void **unused)
{
    (void)unused;
    xbar_plan *p = accept("engines: [ideal]\n"
                          "crossbar: {rows: 1, cols: 1, terminals: {top: {volt: 1}}}\n"
                          "conductance: {distribution: constant, value: 0}\n");
    assert_string_equal(p->title, "");
    assert_int_equal(p->seed, 1);
    assert_int_equal(p->n_samples, 1);
    assert_int_equal(p->n_inputs, 1);
    assert_int_equal(p->record, 0);
    assert_true(p->crossbar->row_ohm == 0.0 && p->crossbar->col_farad == 0.0);
    assert_true(p->crossbar->terminal_ohm[XBAR_TOP][0] == 0.0);
    assert_string_equal(p->crossbar->cell.device->name, "linear");
    assert_true(p->crossbar->cell.read_volt == 0.0);
    double g = 1.0;
    assert_int_equal(xbar_plan_state(p, 0, &g, NULL, NULL), XBAR_OK);
    assert_true(g == 0.0);
    xbar_plan_free(p);
    xbar_plan_free(NULL);
}

/* Forms that must all be read. */
static void test_accepted(void **unused)
{
    (void)unused;
    static const struct {
        const char *name;
        change changes[4];
    } cases[] = {
        {"as it is", {{0, NULL}}},
        {"quoted title", {{1, "title: 'a: b # c'"}}},
        {"title of digits", {{1, "title: 2026"}}},
        {"title in UTF-8", {{1, "title: 10 k\xce\xa9"}}},
        {"quoted words", {{3, "\"engines\": [\"ideal\"]"}}},
        {"largest seed", {{2, "seed: 9223372036854775807"}}},
        {"no record", {{17, "record: []"}}},
        {"blocks left out", {{15, ""}, {16, ""}, {17, ""}, {12, ""}}},
        {"explicit document", {{1, "---\ntitle: a"}, {17, "..."}}},
        {"nulls of the cell", {{11, "  cell: {selector: null, access: ~}"}}},
        {"parameters by name", {{11, "  cell: {device: sinh, parameters: default}"}}},
        {"no parameters", {{11, "  cell: {device: linear, parameters: {}}"}}},
        {"alias of a number",
         {{7, "  wire: {row_ohm: &r 2.5, col_ohm: *r}"},
          {9, "    left: {volt: input, ohm: *r}"}}},
        {"alias of a map",
         {{9, "    left: &end {volt: 0, ohm: 1}"}, {10, "    top: *end"}, {14, ""}}},
        {"same voltage at both ends",
         {{7, ""}, {9, "    left: {volt: 0.5}\n    right: {volt: 0.5}"}, {14, ""}}},
        {"input at both ends",
         {{7, ""}, {9, "    left: {volt: input}\n    right: {volt: input}"}}},
        {"one end open",
         {{7, ""},
          {9, "    left: {volt: [0.5, null]}\n    right: {volt: [null, 0.2]}"},
          {14, ""}}},
        {"one end with a resistance",
         {{7, ""}, {9, "    left: {volt: 1}\n    right: {volt: 0, ohm: 1}"}, {14, ""}}},
        {"both ends of rows cut apart",
         {{7, ""},
          {9, "    left: {volt: 1}\n    right: {volt: 0}"},
          {12, "  faults: {broken: [{line: row, index: 0, after: 1},\n"
               "    {line: row, index: 1, after: 0}]}"},
          {14, ""}}},
        {"constant inputs", {{14, "inputs: {distribution: constant, value: -0.5}"}}},
        {"level inputs",
         {{14, "inputs: {distribution: levels, min: 0, max: 1, levels: 4, count: 3}"}}},
        {"one level",
         {{13, "conductance: {distribution: levels, min: 1e-4, max: 1e-4, count: 1}"}}},
        {"lognormal",
         {{13, "conductance: {distribution: lognormal, median: 1e-4, sigma: 0.3}"}}},
        {"loguniform inputs",
         {{14, "inputs: {distribution: loguniform, min: 1e-3, max: 1, count: 2}"}}},
        {"half of everything stuck",
         {{12, "  faults: {stuck: {on: 0.5, off: 0.5, on_siemens: 1e-3, off_siemens: "
               "0}}"}}},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        xbar_plan *p = NULL;
        xbar_error err;
        if (read_with(&p, changed(cases[k].changes, 4), NULL, &err) != XBAR_OK)
            fail_msg("%s: %s", cases[k].name, err.text);
        xbar_plan_free(p);
    }
}

/* Sample k is the same whatever was asked before. */
static void test_order(void **unused)
{
    (void)unused;
    xbar_plan *p = accept(changed(
        &(change){13,
                  "conductance: {distribution: uniform, min: 0, max: 1, samples: 9}"},
        1));
    double forwards[9][6];
    double again[6];
    for (size_t k = 0; k < 9; k++)
        assert_int_equal(xbar_plan_state(p, k, forwards[k], NULL, NULL), XBAR_OK);
    for (size_t k = 9; k-- > 0;) {
        assert_int_equal(xbar_plan_state(p, k, again, NULL, NULL), XBAR_OK);
        assert_memory_equal(again, forwards[k], sizeof again);
        assert_true(k == 0 || forwards[k][0] != forwards[k - 1][0]);
    }
    xbar_stimulus a = stimulus_of(p, 3, 1);
    xbar_stimulus b = stimulus_of(p, 3, 0);
    xbar_stimulus c = stimulus_of(p, 3, 1);
    xbar_stimulus d = stimulus_of(p, 4, 1);
    assert_memory_equal(a.volt[XBAR_LEFT], c.volt[XBAR_LEFT], 2 * sizeof(double));
    assert_true(a.volt[XBAR_LEFT][0] != b.volt[XBAR_LEFT][0]);
    assert_true(a.volt[XBAR_LEFT][0] != d.volt[XBAR_LEFT][0]); /* drawn anew */
    /* input l, row i is number l * n_rows + i of the sample's stream */
    double drawn[4];
    const xbar_draw uniform = {.distribution = XBAR_UNIFORM, .a = 0.0, .b = 0.2};
    xbar_draw_values(drawn, &uniform, 7, XBAR_STREAM_INPUT, 3, 0, 4);
    assert_memory_equal(b.volt[XBAR_LEFT], drawn, 2 * sizeof(double));
    assert_memory_equal(a.volt[XBAR_LEFT], drawn + 2, 2 * sizeof(double));
    xbar_stimulus_clear(&a);
    xbar_stimulus_clear(&b);
    xbar_stimulus_clear(&c);
    xbar_stimulus_clear(&d);
    xbar_plan_free(p);
}

/* Wide distributions stay within what a conductance may be. */
static void test_clipped(void **unused)
{
    (void)unused;
    xbar_plan *p =
        accept("engines: [ideal]\n"
               "crossbar: {rows: 50, cols: 50, terminals: {top: {volt: 1}}}\n"
               "conductance: {distribution: lognormal, median: 1e-4, sigma: "
               "10}\n");
    static double g[2500];
    assert_int_equal(xbar_plan_state(p, 0, g, NULL, NULL), XBAR_OK);
    size_t at_max = 0;
    size_t at_min = 0;
    for (size_t k = 0; k < 2500; k++) {
        assert_true(g[k] >= XBAR_MIN_SIEMENS && g[k] <= XBAR_MAX_SIEMENS);
        at_max += g[k] == XBAR_MAX_SIEMENS;
        at_min += g[k] == XBAR_MIN_SIEMENS;
    }
    /* |z| > ln(1e10)/10 and ln(1e11)/10 standard deviations: 1.1 % and 0.6 % */
    assert_in_range(at_max, 5, 100);
    assert_in_range(at_min, 3, 60);
    xbar_plan_free(p);
}

static void test_sinh_state(void **unused)
{
    (void)unused;
    xbar_plan *p = accept(changed(
        (const change[]){
            {11, "  cell: {device: sinh, parameters: {v0: 0.1}, read_volt: 0.2}"},
            {13, "conductance: {distribution: constant, value: 1e-4}"}},
        2));
    assert_true(p->crossbar->cell.parameters[0] == 0.1);
    double g[6];
    double x[6];
    assert_int_equal(xbar_plan_state(p, 0, g, x, NULL), XBAR_OK);
    assert_true(g[5] == 1e-4);
    assert_true(fabs(x[5] - 1e-4 * 2.0 / sinh(2.0)) < 1e-19);
    xbar_plan_free(p);
}

/* 3 x 3, selected (1, 2), 0.9 V: row lines, then column lines. */
static void test_schemes(void **unused)
{
    (void)unused;
    static const struct {
        const char *scheme;
        double rows[3], cols[3];
    } cases[] = {
        {"half", {0.9 * 0.5, 0.9, 0.9 * 0.5}, {0.9 * 0.5, 0.9 * 0.5, 0}},
        {"third",
         {0.9 * (1.0 / 3.0), 0.9, 0.9 * (1.0 / 3.0)},
         {0.9 * (2.0 / 3.0), 0.9 * (2.0 / 3.0), 0}},
        {"float", {NAN, 0.9, NAN}, {NAN, NAN, 0}},
        {"ground", {0, 0.9, 0}, {0, 0, 0}},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        char bias[100];
        snprintf(bias, sizeof bias, "bias: {scheme: %s, selected: [1, 2], volt: 0.9}",
                 cases[k].scheme);
        const change changes[] = {
            {5, "  rows: 3"},
            {9, "    left: {ohm: 1}\n    right: {volt: [5, 5, null]}"},
            {14, ""},
            {15, bias}};
        xbar_plan *p = accept(changed(changes, 4));
        assert_int_equal(p->n_inputs, 1);
        xbar_stimulus s = stimulus_of(p, 0, 0);
        const double right[3] = {cases[k].rows[0], cases[k].rows[1], nan_};
        static const double top[3] = {NAN, NAN, NAN};
        check_volts(cases[k].scheme, s.volt[XBAR_LEFT], cases[k].rows, 3);
        check_volts(cases[k].scheme, s.volt[XBAR_RIGHT], right, 3);
        check_volts(cases[k].scheme, s.volt[XBAR_TOP], top, 3);
        check_volts(cases[k].scheme, s.volt[XBAR_BOTTOM], cases[k].cols, 3);
        xbar_stimulus_clear(&s);
        xbar_plan_free(p);
    }
}

static void test_selected_list(void **unused)
{
    (void)unused;
    xbar_plan *p = accept(changed(
        (const change[]){
            {14, ""},
            {15, "bias: {scheme: ground, selected: [[0, 0], [1, 2]], volt: -1}"}},
        2));
    assert_int_equal(p->n_inputs, 2);
    xbar_stimulus s = stimulus_of(p, 1, 1);
    check_volts("second", s.volt[XBAR_LEFT], (const double[]){0, -1}, 2);
    assert_int_equal(xbar_plan_stimulus(p, 0, 0, &s, NULL), XBAR_OK);
    check_volts("first", s.volt[XBAR_LEFT], (const double[]){-1, 0}, 2);
    xbar_stimulus_clear(&s);
    xbar_plan_free(p);
}

static void test_terminals(void **unused)
{
    (void)unused;
    put("v.csv", "0.1 0.2\n0.3 0.4\n");
    xbar_plan *p = accept(
        changed((const change[]){{9, "    left: {volt: [null, -1], ohm: [0, 3]}\n"
                                     "    right: {volt: [input, input], ohm: 2}\n"
                                     "    top: {volt: [1, null, 3]}"},
                                 {14, "inputs: {file: v.csv}"}},
                2));
    const xbar_crossbar *c = p->crossbar;
    assert_int_equal(p->n_inputs, 2);
    assert_int_equal(c->row_source[0], XBAR_RIGHT);
    assert_int_equal(c->row_source[1], XBAR_RIGHT);
    check_volts("left ohm", c->terminal_ohm[XBAR_LEFT], (const double[]){NAN, 3}, 2);
    check_volts("top ohm", c->terminal_ohm[XBAR_TOP], (const double[]){0, NAN, 0}, 3);
    xbar_stimulus s = stimulus_of(p, 1, 1);
    check_volts("left", s.volt[XBAR_LEFT], (const double[]){NAN, -1}, 2);
    check_volts("right", s.volt[XBAR_RIGHT], (const double[]){0.3, 0.4}, 2);
    check_volts("top", s.volt[XBAR_TOP], (const double[]){1, NAN, 3}, 3);
    check_volts("bottom", s.volt[XBAR_BOTTOM], (const double[]){0, 0, 0}, 3);
    assert_true(xbar_row_volt(c, &s, 1) == 0.4);
    xbar_stimulus_clear(&s);
    xbar_plan_free(p);
}

static void test_csv_conductance(void **unused)
{
    (void)unused;
    put("g.csv", "# siemens\n1e-3, 2e-3, 0\n4e-3 5e-3 6e-3\n");
    xbar_plan *p = accept(changed(&(change){13, "conductance: {file: g.csv}"}, 1));
    static const double want[6] = {1e-3, 2e-3, 0, 4e-3, 5e-3, 6e-3};
    double g[6];
    assert_int_equal(p->n_samples, 1);
    assert_int_equal(xbar_plan_state(p, 0, g, NULL, NULL), XBAR_OK);
    assert_memory_equal(g, want, sizeof g);
    assert_int_equal(p->n_files, 1);
    assert_string_equal(p->files[0].path, "g.csv");
    /* sha256sum of the text above */
    assert_string_equal(
        p->files[0].sha256,
        "8352a68ec9c370ca2355822b1b0041e84e479ff1652e3ced2826bfe07469a0e5");
    xbar_plan_free(p);
}

static void test_hdf5(void **unused)
{
    (void)unused;
    char command[300];
    snprintf(command, sizeof command,
             "/usr/bin/python3 tests/unit/data/experiment/make_h5.py %s",
             in_folder("data.h5"));
    if (system(command) != 0)
        LEAVE_OUT("no h5py here");
    xbar_plan *p = accept(changed(
        (const change[]){{13, "conductance: {file: data.h5, dataset: /conductance}"},
                         {14, "inputs: {file: data.h5, dataset: v_samples}"}},
        2));
    assert_int_equal(p->n_samples, 2);
    assert_int_equal(p->n_inputs, 2);
    assert_int_equal(p->n_files, 2);
    double g[6];
    assert_int_equal(xbar_plan_state(p, 1, g, NULL, NULL), XBAR_OK);
    assert_true(g[0] == 1e-4 * 7 && g[5] == 1e-4 * 12);
    xbar_stimulus s = stimulus_of(p, 1, 0);
    check_volts("sample 1", s.volt[XBAR_LEFT], (const double[]){0.1 * 4, 0.1 * 5}, 2);
    xbar_stimulus_clear(&s);
    xbar_plan_free(p);

    p = accept(
        changed((const change[]){{13, "conductance: {file: data.h5, dataset: plane}"},
                                 {14, "inputs: {file: data.h5, dataset: /v}"}},
                2));
    assert_int_equal(p->n_samples, 1);
    assert_int_equal(p->n_inputs, 3);
    s = stimulus_of(p, 0, 2);
    check_volts("one for all", s.volt[XBAR_LEFT], (const double[]){0.5, 0.6}, 2);
    xbar_stimulus_clear(&s);
    xbar_plan_free(p);

    static const struct {
        change change;
        const char *want;
    } refused[] = {
        {{13, "conductance: {file: data.h5, dataset: /nothing}"}, "nothing"},
        {{13, "conductance: {file: data.h5, dataset: /text}"}, "text"},
        {{13, "conductance: {file: data.h5, dataset: /negative}"},
         "data.h5: /negative[0, 0, 0] = -0.0001: want 0 or 1e-15 to 1e+06 (siemens)"},
        {{13, "conductance: {file: data.h5, dataset: /wide}"},
         "data.h5: /wide is 2 x 2 x 4 numbers; want [row][col] or [sample][row][col], "
         "crossbar.rows = 2, crossbar.cols = 3"},
        {{13, "conductance: {file: data.h5, dataset: /line}"},
         "/line is 6 numbers; want"},
        {{14, "inputs: {file: data.h5, dataset: /v_three}"},
         "e.yaml:14: inputs.dataset = /v_three: want 2 samples, as conductance has, "
         "not 3"},
        {{14, "inputs: {file: data.h5, dataset: /v_nan}"},
         "data.h5: /v_nan[0, 1] = nan: want -1e+06 to 1e+06 (volt)"},
    };
    for (size_t k = 0; k < sizeof refused / sizeof *refused; k++) {
        xbar_error err;
        assert_int_equal(read_with(&p, changed(&refused[k].change, 1), NULL, &err),
                         XBAR_ERR_INPUT);
        if (!strstr(err.text, refused[k].want))
            fail_msg("%s\n    want %s", err.text, refused[k].want);
    }
}

static void test_overrides(void **unused)
{
    (void)unused;
    static const char *const sets[] = {
        "crossbar.wire.row_ohm=5",
        "crossbar.cell.device=sinh",
        "crossbar.cell.parameters.v0=0.5",
        "crossbar.faults.stuck=[{row: 0, col: 0, siemens: 0}]",
        "crossbar.faults.stuck.0.siemens=1e-3",
        "conductance={distribution: constant, value: 2e-3, samples: 3}",
        "conductance.samples=4",
        "conductance.samples=5",
        "title=a=b",
        "record.0=v_row",
    };
    xbar_plan *p = NULL;
    set_accepted(&p, changed(NULL, 0), sets, sizeof sets / sizeof *sets);
    assert_true(p->crossbar->row_ohm == 5.0 && p->crossbar->col_ohm == 1.0);
    assert_string_equal(p->crossbar->cell.device->name, "sinh");
    assert_true(p->crossbar->cell.parameters[0] == 0.5);
    assert_int_equal(p->n_samples, 5);
    assert_string_equal(p->title, "a=b");
    assert_int_equal(p->record, XBAR_RECORD_V_ROW);
    double g[6];
    assert_int_equal(xbar_plan_state(p, 4, g, NULL, NULL), XBAR_OK);
    assert_true(g[0] == 1e-3 && g[1] == 2e-3);
    xbar_plan_free(p);

    /* A value shared by an alias changes only where the option says. */
    static const char *const one[] = {"crossbar.terminals.top.volt=0.5"};
    set_accepted(&p,
                 changed((const change[]){{9, "    left: &end {volt: 0, ohm: 1}"},
                                          {10, "    top: *end"},
                                          {14, ""}},
                         3),
                 one, 1);
    xbar_stimulus s = stimulus_of(p, 0, 0);
    assert_true(s.volt[XBAR_TOP][0] == 0.5 && s.volt[XBAR_LEFT][0] == 0.0);
    xbar_stimulus_clear(&s);
    xbar_plan_free(p);
}

static void test_engine_option(void **unused)
{
    (void)unused;
    xbar_plan *p = NULL;
    xbar_error err;
    const xbar_plan_options options = {.engines = "ideal,spice"};
    /* without `engines`, and with one that this version does not know: -e is what counts */
    const change other = {3, "engines: [spice, nodal]"};
    assert_int_equal(read_with(&p, changed(&other, 1), &options, &err), XBAR_OK);
    xbar_plan_free(p);
    const change none = {3, ""};
    assert_int_equal(read_with(&p, changed(&none, 1), &options, &err), XBAR_OK);
    assert_int_equal(p->n_engines, 2);
    assert_string_equal(p->engines[0]->name, "ideal");
    assert_string_equal(p->engines[1]->name, "spice");
    xbar_plan_free(p);
}

/* Anything the numbers depend on changes the digest; nothing else does. */
static void test_digest(void **unused)
{
    (void)unused;
    static const char *const sets[] = {"seed=8", "seed=9"};
    static const struct {
        const char *csv;
        size_t first_set, n_sets;
        const char *engines, *title;
    } cases[] = {
        {"1 2 3\n4 5 6\n", 0, 0, NULL, "title: a"},
        {"1 2 3\n4 5 7\n", 0, 0, NULL, "title: a"},
        {"1 2 3\n4 5 6\n", 0, 1, NULL, "title: a"},
        {"1 2 3\n4 5 6\n", 1, 1, NULL, "title: a"},
        {"1 2 3\n4 5 6\n", 0, 2, NULL, "title: a"},
        {"1 2 3\n4 5 6\n", 0, 0, "spice", "title: a"},
        {"1 2 3\n4 5 6\n", 0, 0, NULL, "title: b"},
    };
    enum { N = sizeof cases / sizeof *cases };
    char digests[N][65];
    for (int turn = 0; turn < 2; turn++) {
        for (size_t k = 0; k < N; k++) {
            put("g.csv", cases[k].csv);
            xbar_plan *p = NULL;
            xbar_error err;
            const xbar_plan_options options = {.overrides = sets + cases[k].first_set,
                                               .n_overrides = cases[k].n_sets,
                                               .engines = cases[k].engines};
            const change changes[] = {{1, cases[k].title},
                                      {13, "conductance: {file: g.csv}"}};
            assert_int_equal(read_with(&p, changed(changes, 2), &options, &err),
                             XBAR_OK);
            assert_int_equal(strlen(p->digest), 64);
            if (turn == 1)
                assert_string_equal(p->digest, digests[k]);
            memcpy(digests[k], p->digest, 65);
            xbar_plan_free(p);
        }
    }
    for (size_t a = 0; a < N; a++)
        for (size_t b = 0; b < a; b++)
            assert_string_not_equal(digests[a], digests[b]);
}

/* Effective conductances: what takes the inputs, and the array at rest. */
static void test_effective(void **unused)
{
    (void)unused;
    static const change changes[] = {
        {3, "engines: [nodal]"},
        {9, "    left: {volt: input, ohm: 1}\n    right: {volt: [0.3, input], ohm: 1}"},
        {10, "    bottom: {volt: [0.1, null, 0], ohm: 1}"},
        {16, "analysis: {kind: effective}"},
        {14, ""},
    };
    static const double left[] = {0.0, 0.0};
    static const double right[] = {0.3, 0.0};
    for (size_t n = 4; n <= 5; n++) { /* with inputs and without */
        xbar_plan *p = accept(changed(changes, n));
        assert_int_equal(p->analysis, XBAR_ANALYSIS_EFFECTIVE);
        assert_int_equal(p->record, XBAR_RECORD_EFFECTIVE);
        assert_int_equal(p->n_inputs, n == 4 ? 2 : 1);
        const bool *takes[XBAR_N_SIDES];
        xbar_stimulus s = stimulus_of(p, 1, 0);
        const double bottom[] = {0.1, nan_, 0.0};
        if (n == 5)
            check_volts("no inputs, left", s.volt[XBAR_LEFT], left, 2);
        else
            assert_true(s.volt[XBAR_LEFT][0] > 0.0 &&
                        s.volt[XBAR_LEFT][1] == s.volt[XBAR_RIGHT][1]);
        assert_int_equal(xbar_plan_rest(p, &s, takes, NULL), XBAR_OK);
        check_volts("left", s.volt[XBAR_LEFT], left, 2);
        check_volts("right", s.volt[XBAR_RIGHT], right, 2);
        check_volts("bottom", s.volt[XBAR_BOTTOM], bottom, 3);
        assert_true(takes[XBAR_LEFT][0] && takes[XBAR_LEFT][1]);
        assert_true(!takes[XBAR_RIGHT][0] && takes[XBAR_RIGHT][1]);
        assert_true(!takes[XBAR_BOTTOM][0] && !takes[XBAR_TOP][2]);
        xbar_stimulus_clear(&s);
        xbar_plan_free(p);
    }
    xbar_plan *p = accept(changed(changes, 0));
    assert_int_equal(p->analysis, XBAR_ANALYSIS_DC);
    assert_int_equal(p->record, 0);
    xbar_plan_free(p);
}

static void test_names(void **unused)
{
    (void)unused;
    put("my.exp.yaml", changed(NULL, 0));
    xbar_plan *p = NULL;
    assert_int_equal(xbar_plan_read(&p, in_folder("my.exp.yaml"), NULL, NULL), XBAR_OK);
    assert_string_equal(p->name, "my.exp");
    assert_string_equal(p->path, in_folder("my.exp.yaml"));
    xbar_plan_free(p);
}

/* The mark that some editors begin a file with is no part of it. */
static void test_mark(void **unused)
{
    (void)unused;
    char text[8200];
    snprintf(text, sizeof text, "\xef\xbb\xbf%s", changed(NULL, 0));
    xbar_plan *p = accept(text);
    assert_string_equal(p->title, "A small read");
    xbar_plan_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_example),       cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_accepted),      cmocka_unit_test(test_order),
        cmocka_unit_test(test_clipped),       cmocka_unit_test(test_sinh_state),
        cmocka_unit_test(test_schemes),       cmocka_unit_test(test_selected_list),
        cmocka_unit_test(test_terminals),     cmocka_unit_test(test_csv_conductance),
        cmocka_unit_test(test_hdf5),          cmocka_unit_test(test_overrides),
        cmocka_unit_test(test_engine_option), cmocka_unit_test(test_digest),
        cmocka_unit_test(test_effective),     cmocka_unit_test(test_names),
        cmocka_unit_test(test_mark),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
