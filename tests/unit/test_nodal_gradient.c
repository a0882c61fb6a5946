/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gradients against differences of solutions: random networks with every feature, all
 * devices; hand formulas; what has no derivative; what is refused. */
#include "nodal_functions.h"

#include <stdio.h>
#include <string.h>

/* The largest share of its kind's largest derivative that any one may be off. */
static const double share = 1e-6;

/* Derivatives of one kind, with what differences say, and what those are worth. */
typedef struct pair {
    double got, want, noise;
} pair;
enum { MAX_PAIRS = 512 };
typedef struct kind {
    const char *name;
    pair pairs[MAX_PAIRS];
    size_t n;
} kind;

static void note(kind *k, double got, const question *q, double *x, double h,
                 bool only_up)
{
    assert_true(k->n < MAX_PAIRS);
    /* a solution's last digits, relative to the largest of its terms */
    double noise = 1e-13 * (fabs(ask(q)) + 0.01) / h;
    k->pairs[k->n++] = (pair){got, differ(q, x, h, only_up), noise};
}

static void compare(const kind *k, const char *what, uint32_t sample)
{
    double largest = 0.0;
    for (size_t n = 0; n < k->n; n++)
        largest = fmax(largest, fabs(k->pairs[n].want));
    for (size_t n = 0; n < k->n; n++) {
        const pair *p = &k->pairs[n];
        if (!(fabs(p->got - p->want) <= share * largest + p->noise))
            fail_msg(
                "%s %u: %s %zu: %.12g, want %.12g; %.2g of the largest, noise %.2g",
                what, sample, k->name, n, p->got, p->want,
                fabs(p->got - p->want) / largest, p->noise);
    }
}

/* Two terminals that stand on one node and share its current: F jumps where they differ,
 * and one cannot move without the other. */
static bool stand_together(const question *q, xbar_side side, size_t k)
{
    const xbar_crossbar *c = q->c;
    const bool is_row = side == XBAR_LEFT || side == XBAR_RIGHT;
    const xbar_side other = (xbar_side)(side ^ 1);
    const size_t n = is_row ? c->n_cols : c->n_rows;
    const uint8_t *cut = is_row ? c->row_cut : c->col_cut;
    if (isnan(q->s->volt[side][k]) || isnan(q->s->volt[other][k]) ||
        c->terminal_ohm[side][k] != 0.0 || c->terminal_ohm[other][k] != 0.0 ||
        (n > 1 && (is_row ? c->row_ohm : c->col_ohm) != 0.0))
        return false;
    for (size_t m = 0; cut && m + 1 < n; m++)
        if (cut[is_row ? k * c->n_cols + m : m * c->n_cols + k])
            return false;
    return true;
}

static bool any_together(const question *q, xbar_side side)
{
    for (size_t k = 0; k < xbar_side_lines(q->c, side); k++)
        if (stand_together(q, side, k))
            return true;
    return false;
}

static void check_wire(const question *q, double *ohm, double got, xbar_side side,
                       const char *name, uint32_t sample)
{
    kind k = {.name = name};
    if (*ohm == 0.0 && any_together(q, side))
        return; /* test_shared_terminals */
    if (*ohm == 0.0)
        note(&k, got, q, ohm, 1e-3, true);
    else
        note(&k, got, q, ohm, 3e-3 * *ohm, false);
    compare(&k, "network", sample);
}

static void check_terminals(const question *q, const xbar_gradient_answer *out,
                            uint32_t sample)
{
    kind ohm = {.name = "terminal ohm"};
    kind volt = {.name = "source"};
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0; k < xbar_side_lines(q->c, (xbar_side)side); k++) {
            double *r = &q->c->terminal_ohm[side][k];
            double *v = &q->s->volt[side][k];
            if (isnan(*v)) {
                assert_true(out->ohm[side][k] == 0.0 && out->volt[side][k] == 0.0);
                continue;
            }
            if (stand_together(q, (xbar_side)side, k))
                continue;
            note(&volt, out->volt[side][k], q, v, 0.01, false);
            if (*r == 0.0)
                note(&ohm, out->ohm[side][k], q, r, 1e-3, true);
            else
                note(&ohm, out->ohm[side][k], q, r, 3e-3 * *r, false);
        }
    compare(&ohm, "network", sample);
    compare(&volt, "network", sample);
}

static void check_cells(const question *q, const xbar_gradient_answer *out,
                        uint32_t sample)
{
    kind cells = {.name = "cell"};
    const bool is_linear = strcmp(q->c->cell.device->name, "linear") == 0;
    for (size_t k = 0; k < q->c->n_rows * q->c->n_cols; k++) {
        if (q->state[k] > 0.0)
            note(&cells, out->state[k], q, &q->state[k], 3e-3 * q->state[k], false);
        else if (is_linear)
            note(&cells, out->state[k], q, &q->state[k], 3e-9, true);
        else
            assert_true(out->state[k] == 0.0);
    }
    compare(&cells, "network", sample);
}

/* Weights of either sign; only of nodes that have a voltage. */
static function any_function(random_network *r)
{
    function f = function_new(r->c);
    xbar_nodal_answer *a = answer_new(r->c);
    nodal_solve(r->c, r->g, &r->s, true, a);
    bool with_nodes = any(r) < 0.5;
    for (size_t j = 0; j < r->c->n_cols; j++)
        f.i_out[j] = any(r) - 0.5;
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0; k < xbar_side_lines(r->c, (xbar_side)side); k++)
            f.i_terminal[side][k] = any(r) - 0.5;
    for (size_t k = 0; with_nodes && k < r->c->n_rows * r->c->n_cols; k++) {
        f.v_row[k] = isnan(a->v_row[k]) ? 0.0 : 1e-3 * (any(r) - 0.5);
        f.v_col[k] = isnan(a->v_col[k]) ? 0.0 : 1e-3 * (any(r) - 0.5);
    }
    answer_free(a);
    return f;
}

static bool check_network(uint32_t sample, const char *device)
{
    random_network r = random_network_new(sample, USUAL);
    r.c->cell = xbar_cell_default(xbar_device_find(device));
    xbar_nodal_answer *a = answer_new(r.c);
    const bool is_network = nodal_solve(r.c, r.g, &r.s, true, a) == XBAR_OK;
    answer_free(a);
    if (is_network) {
        function f = any_function(&r);
        const xbar_weights w = function_weights(&f);
        const question q = {r.c, r.g, &r.s, &f};
        xbar_gradient_answer *out = gradient_answer_new(r.c);
        if (gradient_solve(r.c, r.g, &r.s, &w, out) != XBAR_OK)
            fail_msg("network %u: %s", sample, out->error.text);
        assert_true(out->is_tight);
        double value = ask(&q);
        assert_true(fabs(out->value - value) <= 1e-11 * (fabs(value) + 0.01));
        check_cells(&q, out, sample);
        check_wire(&q, &r.c->row_ohm, out->row_ohm, XBAR_LEFT, "row_ohm", sample);
        check_wire(&q, &r.c->col_ohm, out->col_ohm, XBAR_TOP, "col_ohm", sample);
        check_terminals(&q, out, sample);
        gradient_answer_free(out);
        function_free(&f);
    }
    random_network_free(&r);
    return is_network;
}

static void test_random_networks(void **unused)
{
    (void)unused;
    size_t n = 0;
    for (uint32_t sample = 0; sample < 200; sample++)
        n += check_network(sample, "linear");
    for (uint32_t sample = 200; sample < 260; sample++)
        n += check_network(sample, "sinh");
    assert_true(n > 200);
}

/* ---- hand formulas ------------------------------------------------------------------- */

static void assert_near(const char *what, double got, double want)
{
    if (!(fabs(got - want) <= 1e-11 * fabs(want)))
        fail_msg("%s: %.15g, want %.15g", what, got, want);
}

/* V - left - cell - bottom - 0 V:  I = V/R, R = left + 1/g + bottom. */
static void test_one_cell(void **unused)
{
    (void)unused;
    static const struct {
        const char *name;
        double left, bottom;
    } cases[] = {{"resistances", 300.0, 20.0}, {"0 ohm", 0.0, 0.0}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const double g = 2e-3;
        const double one = 1.0;
        const double v = 0.7;
        xbar_crossbar *c = array_new(1, 1, 0.0, 0.0);
        array_terminals(c, XBAR_LEFT, cases[k].left);
        array_terminals(c, XBAR_BOTTOM, cases[k].bottom);
        xbar_stimulus s;
        assert_int_equal(xbar_stimulus_init(&s, c, NULL), XBAR_OK);
        s.volt[XBAR_LEFT][0] = v;
        s.volt[XBAR_BOTTOM][0] = 0.0;
        xbar_gradient_answer *out = gradient_answer_new(c);
        const xbar_weights w = {.i_out = &one};
        assert_int_equal(gradient_solve(c, &g, &s, &w, out), XBAR_OK);
        const double ohm = cases[k].left + 1.0 / g + cases[k].bottom;
        assert_near("value", out->value, v / ohm);
        assert_near("state", out->state[0], v / (g * g * ohm * ohm));
        assert_near("left ohm", out->ohm[XBAR_LEFT][0], -v / (ohm * ohm));
        assert_near("bottom ohm", out->ohm[XBAR_BOTTOM][0], -v / (ohm * ohm));
        assert_near("left volt", out->volt[XBAR_LEFT][0], 1.0 / ohm);
        assert_near("bottom volt", out->volt[XBAR_BOTTOM][0], -1.0 / ohm);
        assert_true(out->row_ohm == 0.0 && out->col_ohm == 0.0);
        assert_true(out->ohm[XBAR_TOP][0] == 0.0 && out->volt[XBAR_RIGHT][0] == 0.0);
        gradient_answer_free(out);
        xbar_stimulus_clear(&s);
        xbar_crossbar_free(c);
    }
}

/* One row of three cells between a source at each end and grounded columns, all without
 * resistance. A wire of r lets the middle node fall by r/2 times its cell's current. */
static void check_shared(const xbar_crossbar *c, const xbar_stimulus *s, double left,
                         double right)
{
    static const double g[] = {1e-3, 2e-3, 5e-3};
    const double mean = 0.5 * (left + right);
    const xbar_weights w = {.i_terminal = {[XBAR_LEFT] = &left, [XBAR_RIGHT] = &right}};
    xbar_gradient_answer *out = gradient_answer_new(c);
    assert_int_equal(gradient_solve(c, g, s, &w, out), XBAR_OK);
    for (size_t j = 0; j < 3; j++) {
        assert_near("state", out->state[j], mean);
        assert_near("bottom volt", out->volt[XBAR_BOTTOM][j], -mean * g[j]);
        assert_near("bottom ohm", out->ohm[XBAR_BOTTOM][j], -mean * g[j] * g[j]);
    }
    /* both sources together move the sum of the cells' currents */
    assert_near("left volt", out->volt[XBAR_LEFT][0], 0.5 * mean * 8e-3);
    assert_near("right volt", out->volt[XBAR_RIGHT][0], 0.5 * mean * 8e-3);
    if (left == right) {
        assert_near("row_ohm", out->row_ohm, -mean * 0.5 * g[1] * g[1]);
        assert_true(out->ohm[XBAR_LEFT][0] == 0.0 && out->ohm[XBAR_RIGHT][0] == 0.0);
    } else {
        assert_true(isnan(out->row_ohm));
        assert_true(isnan(out->ohm[XBAR_LEFT][0]) && isnan(out->ohm[XBAR_RIGHT][0]));
    }
    gradient_answer_free(out);
}

static void test_shared_terminals(void **unused)
{
    (void)unused;
    xbar_crossbar *c = array_new(1, 3, 0.0, 0.0);
    array_terminals(c, XBAR_LEFT, 0.0);
    array_terminals(c, XBAR_RIGHT, 0.0);
    array_terminals(c, XBAR_BOTTOM, 0.0);
    xbar_stimulus s;
    assert_int_equal(xbar_stimulus_init(&s, c, NULL), XBAR_OK);
    s.volt[XBAR_LEFT][0] = s.volt[XBAR_RIGHT][0] = 1.0;
    for (size_t j = 0; j < 3; j++)
        s.volt[XBAR_BOTTOM][j] = 0.0;
    check_shared(c, &s, 2.0, 2.0);
    check_shared(c, &s, 2.0, 0.5);
    xbar_stimulus_clear(&s);
    xbar_crossbar_free(c);
}

/* ---- devices ------------------------------------------------------------------------- */

/* A read of 3 x 4 cells, driven from the left. */
typedef struct small_read {
    xbar_crossbar *c;
    xbar_stimulus s;
    double *state;
    function f;
} small_read;

static small_read small_read_new(size_t n_rows, size_t n_cols, double ohm)
{
    small_read m = {.c = array_new(n_rows, n_cols, ohm, ohm)};
    array_terminals(m.c, XBAR_LEFT, ohm);
    array_terminals(m.c, XBAR_BOTTOM, ohm);
    assert_int_equal(xbar_stimulus_init(&m.s, m.c, NULL), XBAR_OK);
    m.state = array_doubles(n_rows * n_cols);
    m.f = function_new(m.c);
    for (size_t i = 0; i < n_rows; i++)
        m.s.volt[XBAR_LEFT][i] = 0.3 - 0.5 * (double)i / (double)n_rows;
    for (size_t j = 0; j < n_cols; j++) {
        m.s.volt[XBAR_BOTTOM][j] = 0.0;
        m.f.i_out[j] = 1.0 / (double)(j + 1);
    }
    return m;
}

static void small_read_free(small_read *m)
{
    function_free(&m->f);
    free(m->state);
    xbar_stimulus_clear(&m->s);
    xbar_crossbar_free(m->c);
}

/* States from `edge` of a device's range within its bounds; 0: the bounds among them. */
static void spread_states(small_read *m, double edge)
{
    const size_t n = m->c->n_rows * m->c->n_cols;
    xbar_state_range r[XBAR_MAX_STATES] = {{.lower = 1e-5, .upper = 1e-3}};
    if (m->c->cell.device->ranges)
        m->c->cell.device->ranges(r, m->c->cell.parameters);
    const double span = r[0].upper - r[0].lower;
    for (size_t k = 0; k < n; k++) {
        double part = edge + (1.0 - 2.0 * edge) * (double)k / (double)(n - 1);
        m->state[k] = fmax(r[0].lower + span * part, XBAR_LEAST_STATE);
    }
}

/* Derivatives by parameters times these: changes of like size.
 * @return does the current depend on one? */
static bool check_parameters(small_read *m, const xbar_gradient_answer *out,
                             const char *device)
{
    const question q = {m->c, m->state, &m->s, &m->f};
    const xbar_device *d = m->c->cell.device;
    double largest = 0.0;
    double got[XBAR_MAX_PARAMETERS];
    double want[XBAR_MAX_PARAMETERS];
    for (size_t k = 0; k < d->n_parameters; k++) {
        double *p = &m->c->cell.parameters[k];
        const xbar_parameter *row = &d->parameters[k];
        got[k] = want[k] = 0.0;
        if (row->number != XBAR_NUMBER_REAL) {
            assert_true(isnan(out->parameters[k]));
            continue;
        }
        if (*p == 0.0 || *p * 0.99 < row->min || *p * 1.01 > row->max)
            continue; /* differences of solutions have no room there */
        got[k] = out->parameters[k] * *p;
        want[k] = differ(&q, p, 1e-3 * fabs(*p), false) * *p;
        largest = fmax(largest, fabs(want[k]));
    }
    for (size_t k = 0; k < d->n_parameters; k++)
        if (!(fabs(got[k] - want[k]) <= share * largest + 1e-10 * fabs(out->value)))
            fail_msg("%s: %s: %.12g, want %.12g", device, d->parameters[k].name, got[k],
                     want[k]);
    return largest > 0.01 * fabs(out->value);
}

static void check_states(small_read *m, const xbar_gradient_answer *out,
                         const char *device)
{
    const question q = {m->c, m->state, &m->s, &m->f};
    const size_t n = m->c->n_rows * m->c->n_cols;
    const double span = m->state[n - 1] - m->state[0];
    double largest = 0.0;
    for (size_t k = 0; k < n; k++)
        largest = fmax(largest, fabs(out->state[k]));
    for (size_t k = 1; k + 1 < n; k++) {
        double want = differ(&q, &m->state[k], 1e-4 * span, false);
        if (!(fabs(out->state[k] - want) <= share * largest))
            fail_msg("%s: state %zu: %.12g, want %.12g", device, k, out->state[k],
                     want);
    }
    /* the bounds, from inside */
    double first = differ(&q, &m->state[0], 2e-5 * span, true);
    double last = differ(&q, &m->state[n - 1], -2e-5 * span, true);
    if (!(fabs(out->state[0] - first) <= share * largest))
        fail_msg("%s: first state: %.12g, want %.12g", device, out->state[0], first);
    if (!(fabs(out->state[n - 1] - last) <= share * largest))
        fail_msg("%s: last state: %.12g, want %.12g", device, out->state[n - 1], last);
}

static void test_every_device(void **unused)
{
    (void)unused;
    const xbar_device *device = NULL;
    size_t n = 0;
    for (size_t k = 0; (device = xbar_device_at(k)); k++) {
        if (device->kind != XBAR_KIND_CELL)
            continue;
        small_read m = small_read_new(3, 4, 20.0);
        m.c->cell = xbar_cell_default(device);
        xbar_gradient_answer *out = gradient_answer_new(m.c);
        const xbar_weights w = function_weights(&m.f);
        spread_states(&m, 0.03); /* parameters may move the bounds themselves */
        if (gradient_solve(m.c, m.state, &m.s, &w, out) != XBAR_OK)
            fail_msg("%s: %s", device->name, out->error.text);
        n += check_parameters(&m, out, device->name);
        spread_states(&m, 0.0);
        assert_int_equal(gradient_solve(m.c, m.state, &m.s, &w, out), XBAR_OK);
        check_states(&m, out, device->name);
        gradient_answer_free(out);
        small_read_free(&m);
    }
    assert_true(n >= 5);
}

/* i = p0 (v + v^3/p1^2), in series with a cell. */
static void cubic(size_t n, double *i, double *didv, const double *v, const double *x,
                  const double *p)
{
    (void)x;
    for (size_t k = 0; k < n; k++) {
        double a = v[k] / p[1];
        if (i)
            i[k] = p[0] * v[k] * (1.0 + a * a);
        if (didv)
            didv[k] = p[0] * (1.0 + 3.0 * a * a);
    }
}

static void test_selector(void **unused)
{
    (void)unused;
    static const xbar_parameter rows[] = {
        {.name = "g", .unit = "S", .min = 0.0, .max = 1.0},
        {.name = "v", .unit = "V", .min = 1e-3, .max = 1e3},
        {.name = "turns", .unit = "1", .min = 0, .max = 9, .number = XBAR_NUMBER_WHOLE},
    };
    static const xbar_parameter_set none = {.name = NULL};
    const xbar_device selector = {.name = "cubic",
                                  .kind = XBAR_KIND_SELECTOR,
                                  .parameters = rows,
                                  .n_parameters = 3,
                                  .sets = &none,
                                  .current = cubic};
    small_read m = small_read_new(3, 4, 20.0);
    m.c->cell = xbar_cell_default(xbar_device_find("sinh"));
    m.c->cell.selector = &selector;
    m.c->cell.selector_parameters[0] = 1e-4;
    m.c->cell.selector_parameters[1] = 0.2;
    spread_states(&m, 0.03);
    xbar_gradient_answer *out = gradient_answer_new(m.c);
    const xbar_weights w = function_weights(&m.f);
    const question q = {m.c, m.state, &m.s, &m.f};
    assert_int_equal(gradient_solve(m.c, m.state, &m.s, &w, out), XBAR_OK);
    double *p[] = {&m.c->cell.selector_parameters[0], &m.c->cell.selector_parameters[1],
                   &m.c->cell.parameters[0], &m.state[5]};
    const double got[] = {out->selector_parameters[0], out->selector_parameters[1],
                          out->parameters[0], out->state[5]};
    for (size_t k = 0; k < 4; k++) {
        double want = differ(&q, p[k], 1e-3 * *p[k], false);
        if (!(fabs(got[k] - want) <= share * fabs(want)))
            fail_msg("%zu: %.12g, want %.12g", k, got[k], want);
    }
    assert_true(isnan(out->selector_parameters[2]));
    gradient_answer_free(out);
    small_read_free(&m);
}

/* ---- sizes and scales ---------------------------------------------------------------- */

static double *log_uniform(size_t n, double low, double high)
{
    double *g = array_doubles(n);
    for (size_t k = 0; k < n; k++)
        g[k] = low * pow(high / low,
                         xbar_uniform(1, XBAR_STREAM_CONDUCTANCE, 0, (uint32_t)k));
    return g;
}

/* All cells and all else moved along one direction, in an array that the tiled solver
 * takes. */
static void check_large(const char *device)
{
    small_read m = small_read_new(90, 70, 2.5);
    const size_t n = m.c->n_rows * m.c->n_cols;
    m.c->cell = xbar_cell_default(xbar_device_find(device));
    double *g = log_uniform(n, 1e-5, 1e-3);
    double *way = log_uniform(n, 0.1, 1.0);
    xbar_gradient_answer *out = gradient_answer_new(m.c);
    const xbar_weights w = function_weights(&m.f);
    assert_int_equal(gradient_solve(m.c, g, &m.s, &w, out), XBAR_OK);
    double slope = out->row_ohm * 0.3 - out->col_ohm * 0.2;
    for (size_t k = 0; k < n; k++)
        slope += out->state[k] * g[k] * way[k];

    const question q = {m.c, m.state, &m.s, &m.f};
    static const double factor[] = {1, -8, 0, 8, -1};
    const double h = 3e-3;
    double want = 0.0;
    for (int p = 0; p < 5; p++) {
        double t = (p - 2) * h;
        for (size_t k = 0; k < n; k++)
            m.state[k] = g[k] * (1.0 + t * way[k]);
        m.c->row_ohm = 2.5 + 0.3 * t;
        m.c->col_ohm = 2.5 - 0.2 * t;
        want += p == 2 ? 0.0 : factor[p] * ask(&q) / (12.0 * h);
    }
    if (!(fabs(slope - want) <= 1e-8 * fabs(want)))
        fail_msg("%s: %.12g, want %.12g", device, slope, want);
    gradient_answer_free(out);
    free(way);
    free(g);
    small_read_free(&m);
}

static void test_large_array(void **unused)
{
    (void)unused;
    check_large("linear");
    check_large("sinh");
}

/* Scaling, dF/ds of all resistances times s and all cells over it:  F = I has no part
 * but 1/s, so sum r dI/dr - sum g dI/dg = -I, whatever the size of the wires. */
static void test_scaling(void **unused)
{
    (void)unused;
    static const double ohms[] = {1e-5, 1e-3, 2.5, 1e4};
    for (size_t k = 0; k < sizeof ohms / sizeof *ohms; k++) {
        small_read m = small_read_new(12, 9, ohms[k]);
        const size_t n = m.c->n_rows * m.c->n_cols;
        double *g = log_uniform(n, 1e-6, 1e-3);
        xbar_gradient_answer *out = gradient_answer_new(m.c);
        const xbar_weights w = function_weights(&m.f);
        assert_int_equal(gradient_solve(m.c, g, &m.s, &w, out), XBAR_OK);
        double sum = ohms[k] * (out->row_ohm + out->col_ohm);
        for (size_t c = 0; c < n; c++)
            sum -= g[c] * out->state[c];
        for (size_t line = 0; line < m.c->n_rows; line++)
            sum += ohms[k] * out->ohm[XBAR_LEFT][line];
        for (size_t line = 0; line < m.c->n_cols; line++)
            sum += ohms[k] * out->ohm[XBAR_BOTTOM][line];
        if (!(fabs(sum + out->value) <= 1e-11 * fabs(out->value)))
            fail_msg("%g ohm: %.15g, want %.15g", ohms[k], -sum, out->value);
        gradient_answer_free(out);
        free(g);
        small_read_free(&m);
    }
}

/* Many functions of one answer: each as if it were alone. */
static void test_many_functions(void **unused)
{
    (void)unused;
    enum { N = 4, N_CELLS = 5 * N };
    small_read m = small_read_new(5, N, 2.5);
    m.c->cell = xbar_cell_default(xbar_device_find("sinh"));
    double *g = log_uniform(N_CELLS, 1e-5, 1e-3);
    xbar_nodal_answer *a = answer_new(m.c);
    assert_int_equal(nodal_solve(m.c, g, &m.s, false, a), XBAR_OK);
    xbar_gradient *solver = NULL;
    assert_int_equal(xbar_gradient_new(&solver, m.c, NULL, NULL), XBAR_OK);
    xbar_gradient_set_state(solver, g);
    double unit[N][N] = {{0}};
    xbar_weights w[N] = {{0}};
    xbar_gradient_answer out[N] = {{0}};
    double state[N][N_CELLS];
    for (size_t j = 0; j < N; j++) {
        unit[j][j] = 1.0;
        w[j].i_out = unit[j];
        out[j].state = state[j]; /* all other arrays are not wanted */
    }
    assert_int_equal(xbar_gradient_solve(solver, &m.s, a, w, N, out, NULL), XBAR_OK);
    for (size_t j = 0; j < N; j++) {
        xbar_gradient_answer *alone = gradient_answer_new(m.c);
        assert_int_equal(gradient_solve(m.c, g, &m.s, &w[j], alone), XBAR_OK);
        assert_true(out[j].value == -a->i_terminal[XBAR_BOTTOM][j]);
        assert_memory_equal(out[j].state, alone->state, N_CELLS * sizeof(double));
        assert_true(out[j].row_ohm == alone->row_ohm);
        gradient_answer_free(alone);
    }
    xbar_gradient_free(solver);
    answer_free(a);
    free(g);
    small_read_free(&m);
}

/* ---- refusals ------------------------------------------------------------------------ */

static void assert_refused(const xbar_gradient_answer *out, xbar_status status,
                           const char *words)
{
    assert_int_equal(out->status, status);
    if (!strstr(out->error.text, words))
        fail_msg("\"%s\" does not say \"%s\"", out->error.text, words);
    assert_true(isnan(out->value) && isnan(out->state[0]) && isnan(out->row_ohm) &&
                isnan(out->ohm[XBAR_LEFT][0]) && isnan(out->volt[XBAR_BOTTOM][0]));
    assert_false(out->is_tight);
}

/* Row 1 and its cells hang on nothing. */
static void test_refusals(void **unused)
{
    (void)unused;
    small_read m = small_read_new(3, 2, 2.5);
    xbar_gradient_answer *out = gradient_answer_new(m.c);
    for (size_t k = 0; k < 6; k++)
        m.state[k] = k / 2 == 1 ? 0.0 : 1e-4;
    m.s.volt[XBAR_LEFT][1] = (double)NAN;
    xbar_weights w = function_weights(&m.f);
    assert_int_equal(gradient_solve(m.c, m.state, &m.s, &w, out), XBAR_OK);
    assert_true(out->state[2] == 0.0 && out->volt[XBAR_LEFT][1] == 0.0);

    m.f.v_row[3] = 1.0;
    gradient_solve(m.c, m.state, &m.s, &w, out);
    assert_refused(out, XBAR_ERR_INPUT, "v_row (1,1) = 1: want 0");
    m.f.v_row[3] = (double)NAN;
    gradient_solve(m.c, m.state, &m.s, &w, out);
    assert_refused(out, XBAR_ERR_INPUT, "v_row (1,1) = nan: want a finite");
    m.f.v_row[3] = 0.0;
    m.f.i_out[1] = (double)INFINITY;
    gradient_solve(m.c, m.state, &m.s, &w, out);
    assert_refused(out, XBAR_ERR_INPUT, "i_out 1 = inf: want a finite");
    m.f.i_out[1] = 0.0;
    m.f.i_terminal[XBAR_TOP][0] = (double)NAN;
    gradient_solve(m.c, m.state, &m.s, &w, out);
    assert_refused(out, XBAR_ERR_INPUT, "top 0 = nan: want a finite");
    m.f.i_terminal[XBAR_TOP][0] = 0.0;
    gradient_answer_free(out);
    small_read_free(&m);
}

static void test_answers_without(void **unused)
{
    (void)unused;
    small_read m = small_read_new(2, 2, 2.5);
    xbar_gradient_answer *out = gradient_answer_new(m.c);
    const xbar_weights w = function_weights(&m.f);
    xbar_error err = {0};
    xbar_nodal_answer *a = answer_new(m.c);
    xbar_gradient *g = NULL;
    assert_int_equal(xbar_gradient_new(&g, m.c, NULL, NULL), XBAR_OK);

    a->status = XBAR_ERR_CONVERGENCE;
    snprintf(a->error.text, sizeof a->error.text, "Newton stopped");
    assert_int_equal(xbar_gradient_solve(g, &m.s, a, &w, 1, out, &err), XBAR_OK);
    assert_refused(out, XBAR_ERR_CONVERGENCE, "the answer itself: Newton stopped");

    double *plane = a->i_cell;
    a->i_cell = NULL;
    assert_int_equal(xbar_gradient_solve(g, &m.s, a, &w, 1, out, &err), XBAR_ERR_INPUT);
    assert_non_null(strstr(err.text, "i_cell"));
    a->i_cell = plane;
    xbar_gradient_free(g);
    xbar_gradient_free(NULL);

    const xbar_nodal_options wrong = {.tolerance = 2.0};
    assert_int_equal(xbar_gradient_new(&g, m.c, &wrong, &err), XBAR_ERR_INPUT);
    assert_null(g);
    assert_non_null(strstr(err.text, "tolerance"));
    answer_free(a);
    gradient_answer_free(out);
    small_read_free(&m);
}

/* A cell whose current falls with its voltage. */
static void falling(size_t n, double *i, double *didv, const double *v, const double *x,
                    const double *p)
{
    (void)p;
    for (size_t k = 0; k < n; k++) {
        if (i)
            i[k] = x[k] * v[k] * (1.0 - v[k] * v[k]);
        if (didv)
            didv[k] = x[k] * (1.0 - 3.0 * v[k] * v[k]);
    }
}

static void test_falling_current(void **unused)
{
    (void)unused;
    small_read m = small_read_new(1, 1, 1.0);
    const xbar_device *linear = xbar_device_find("linear");
    xbar_device device = *linear;
    device.name = "falling";
    device.current = falling;
    m.c->cell.device = &device;
    m.state[0] = 1e-3;
    m.s.volt[XBAR_LEFT][0] = 0.7;
    xbar_gradient_answer *out = gradient_answer_new(m.c);
    const xbar_weights w = function_weights(&m.f);
    gradient_solve(m.c, m.state, &m.s, &w, out);
    assert_refused(out, XBAR_ERR_CONVERGENCE, "cell (0,0): di/dv = -0.000");
    gradient_answer_free(out);
    small_read_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_networks),  cmocka_unit_test(test_one_cell),
        cmocka_unit_test(test_shared_terminals), cmocka_unit_test(test_every_device),
        cmocka_unit_test(test_selector),         cmocka_unit_test(test_large_array),
        cmocka_unit_test(test_scaling),          cmocka_unit_test(test_many_functions),
        cmocka_unit_test(test_refusals),         cmocka_unit_test(test_answers_without),
        cmocka_unit_test(test_falling_current),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
