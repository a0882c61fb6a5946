/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nodes' voltages of many inputs from merged blocks, by each kernel, against plain
 * elimination one by one. */
#include "nodal_sources.h"

#include <string.h>

#include "nodal/room.h"
#include "nodal/spread.h"
#include "nodal/tiles.h"

enum { N_INPUTS = XBAR_SPREAD_LANES + 5 }; /* a whole set and a part of one */

static const plain_case cases[] = {
    {"2 x 2", 2, 2, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"one block, 8 x 8", 8, 8, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"part of a block, 5 x 7", 5, 7, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"a cell more than a block", 9, 9, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"three blocks by two", 19, 13, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"two rows, 2 x 70", 2, 70, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"two columns, 70 x 2", 70, 2, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"nine blocks by six", 70, 45, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"33 x 50", 33, 50, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"100 and 0.1 ohm", 33, 50, 100, 0.1, 100, OPEN, OPEN, 0.1, RANDOM, 0},
    {"right to top", 20, 30, 2.5, 2.5, OPEN, 5, 5, OPEN, RANDOM, 0},
    {"terminals on all sides", 20, 30, 2.5, 2.5, 2.5, 40, 0.1, 7, RANDOM, 0},
    {"each line's end another", 33, 50, 2.5, 2.5, MIXED, MIXED, MIXED, MIXED, RANDOM,
     0},
    {"half open", 24, 40, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, SPARSE, 0},
    {"squares, 100 ohm", 24, 40, 100, 100, 100, OPEN, OPEN, 100, SQUARES, 0},
};
enum { N_CASES = sizeof cases / sizeof *cases };

static const char *const kernels[] = {"base", "avx2", "avx512"};
enum { N_KERNELS = sizeof kernels / sizeof *kernels };

typedef struct bundle {
    array q;
    xbar_stimulus in[N_INPUTS];
    xbar_nodal_answer *want[N_INPUTS], *got[N_INPUTS];
} bundle;

/* @param is_held  every third terminal without resistance */
static bundle bundle_new(const plain_case *what, bool is_held)
{
    bundle b = {.q = array_of(what)};
    bool changed = false;
    for (int side = 0; is_held && side < XBAR_N_SIDES; side++)
        for (size_t k = 0; k < xbar_side_lines(b.q.c, (xbar_side)side); k += 3)
            if (!isnan(b.q.c->terminal_ohm[side][k]))
                b.q.c->terminal_ohm[side][k] = 0.0;
    xbar_lines_clear(&b.q.l);
    assert_int_equal(xbar_lines_init(&b.q.l, b.q.c, NULL), XBAR_OK);
    xbar_lines_connect(&b.q.l, b.q.c, &b.q.s, 0.0);
    assert_int_equal(xbar_islands_find(&b.q.l, b.q.a.g, &changed, NULL), XBAR_OK);
    for (size_t k = 0; k < N_INPUTS; k++) {
        any_volts(&b.q);
        assert_int_equal(xbar_stimulus_init(&b.in[k], b.q.c, NULL), XBAR_OK);
        for (int side = 0; side < XBAR_N_SIDES; side++)
            memcpy(b.in[k].volt[side], b.q.s.volt[side],
                   xbar_side_lines(b.q.c, (xbar_side)side) * sizeof(double));
        b.want[k] = answer_new(b.q.c);
        b.got[k] = answer_new(b.q.c);
    }
    return b;
}

static void bundle_free(bundle *b)
{
    for (size_t k = 0; k < N_INPUTS; k++) {
        answer_free(b->want[k]);
        answer_free(b->got[k]);
        xbar_stimulus_clear(&b->in[k]);
    }
    array_free(&b->q);
}

/* By plain elimination. */
static void find_want(bundle *b)
{
    const xbar_nodal_options options = {.is_plain = true};
    xbar_nodal *s = NULL;
    assert_int_equal(xbar_nodal_new(&s, b->q.c, &options, NULL), XBAR_OK);
    xbar_nodal_set_state(s, b->q.a.g);
    for (size_t k = 0; k < N_INPUTS; k++) {
        assert_int_equal(xbar_nodal_solve(s, &b->in[k], 1, b->want[k], NULL), XBAR_OK);
        assert_int_equal(b->want[k]->status, XBAR_OK);
    }
    xbar_nodal_free(s);
}

/* n of the inputs, from the first on. */
static void find_got(bundle *b, xbar_spread *s, size_t first, size_t n)
{
    xbar_nodal_answer out[N_INPUTS];
    for (size_t k = 0; k < n; k++)
        out[k] = *b->got[first + k];
    xbar_spread_solve(s, b->in + first, n, 1e-11, out);
    for (size_t k = 0; k < n; k++)
        *b->got[first + k] = out[k];
}

static void check_values(const bundle *b, const char *kernel, const char *what,
                         size_t input, const double *got, const double *want, size_t n,
                         double allowed)
{
    for (size_t k = 0; k < n; k++)
        if (!(fabs(got[k] - want[k]) <= allowed))
            fail_msg("%s, %s: input %zu, %s %zu: %.17g, want %.17g", b->q.a.what->name,
                     kernel, input, what, k, got[k], want[k]);
}

static void check_input(const bundle *b, const char *kernel, size_t k)
{
    const xbar_nodal_answer *got = b->got[k], *want = b->want[k];
    const size_t n = b->q.a.n_cells;
    const double current = 1e-11 * want->largest_current;
    if (got->status != XBAR_OK || !got->is_tight)
        fail_msg("%s, %s: input %zu: not solved, %g A of %g A are left",
                 b->q.a.what->name, kernel, k, got->kcl_residual, got->largest_current);
    check_values(b, kernel, "v_row", k, got->v_row, want->v_row, n, 1e-13);
    check_values(b, kernel, "v_col", k, got->v_col, want->v_col, n, 1e-13);
    check_values(b, kernel, "i_cell", k, got->i_cell, want->i_cell, n, current);
    for (int side = 0; side < XBAR_N_SIDES; side++)
        check_values(b, kernel, xbar_side_name[side], k, got->i_terminal[side],
                     want->i_terminal[side], xbar_side_lines(b->q.c, (xbar_side)side),
                     current);
    check_values(b, kernel, "largest current", k, &got->largest_current,
                 &want->largest_current, 1, current);
}

/* By a kernel, after other cells, of which nothing must be left. */
static void check_kernel(bundle *b, const char *name, unsigned at_zero,
                         const double *other)
{
    const xbar_kernel *kernel = xbar_kernel_find(name);
    xbar_spread *s = NULL;
    if (!kernel)
        return; /* not on this machine */
    assert_true(xbar_spread_fits(&b->q.l));
    assert_int_equal(xbar_spread_new(&s, &b->q.l, at_zero, kernel, NULL), XBAR_OK);
    xbar_spread_take(s, other);
    find_got(b, s, 0, 3);
    xbar_spread_take(s, b->q.a.g);
    find_got(b, s, 0, N_INPUTS);
    for (size_t k = 0; k < N_INPUTS; k++)
        check_input(b, name, k);
    xbar_spread_free(s);
}

static void check_case(const plain_case *what, bool is_held)
{
    bundle b = bundle_new(what, is_held);
    double *other = array_doubles(b.q.a.n_cells);
    const unsigned at_zero = xbar_spread_at_zero(&b.q.l, b.in, N_INPUTS);
    for (size_t k = 0; k < b.q.a.n_cells; k++)
        other[k] = 1e-4;
    assert_true(at_zero & 1U << XBAR_BOTTOM); /* any_volts sees to it */
    find_want(&b);
    for (size_t i = 0; i < N_KERNELS; i++) {
        check_kernel(&b, kernels[i], 0, other);
        check_kernel(&b, kernels[i], at_zero, other);
    }
    free(other);
    bundle_free(&b);
}

static void test_right(void **unused)
{
    (void)unused;
    for (size_t c = 0; c < N_CASES; c++)
        check_case(&cases[c], false);
}

static void test_held(void **unused)
{
    (void)unused;
    for (size_t c = 0; c < N_CASES; c++)
        check_case(&cases[c], true);
}

/* An input's answer knows nothing of the others, to the bit; nor of what is asked for. */
static void test_company(void **unused)
{
    (void)unused;
    static const plain_case what = {"25 x 30", 25,   30,  2.5,    2.5, 2.5,
                                    OPEN,      OPEN, 2.5, RANDOM, 0};
    bundle b = bundle_new(&what, false);
    const size_t bytes = b.q.a.n_cells * sizeof(double), last = N_INPUTS - 1;
    double *v_row = array_doubles(b.q.a.n_cells), *i_out = array_doubles(30);
    xbar_spread *s = NULL;
    assert_int_equal(xbar_spread_new(&s, &b.q.l, 0, NULL, NULL), XBAR_OK);
    xbar_spread_take(s, b.q.a.g);
    find_got(&b, s, 0, N_INPUTS);
    memcpy(v_row, b.got[last]->v_row, bytes);
    memcpy(i_out, b.got[last]->i_terminal[XBAR_BOTTOM], 30 * sizeof *i_out);
    for (size_t first = last - 3; first <= last; first += 3) {
        memset(b.got[last]->v_row, 0, bytes);
        find_got(&b, s, first, N_INPUTS - first);
        assert_memory_equal(b.got[last]->v_row, v_row, bytes);
    }
    xbar_nodal_answer few = *b.got[last];
    few.v_row = few.v_col = few.i_cell = NULL;
    memset(few.i_terminal[XBAR_BOTTOM], 0, 30 * sizeof *i_out);
    xbar_spread_solve(s, &b.in[last], 1, 1e-11, &few);
    assert_memory_equal(few.i_terminal[XBAR_BOTTOM], i_out, 30 * sizeof *i_out);
    assert_true(few.kcl_residual == b.got[last]->kcl_residual);
    xbar_spread_free(s);
    free(v_row);
    free(i_out);
    bundle_free(&b);
}

/* What voltages do not tell exactly enough is left to others. */
static void test_refusals(void **unused)
{
    (void)unused;
    static const plain_case what = {"12 x 12", 12,   12,  2.5,    2.5, 2.5,
                                    OPEN,      OPEN, 2.5, RANDOM, 0};
    bundle b = bundle_new(&what, false);
    xbar_spread *s = NULL;
    assert_int_equal(xbar_spread_new(&s, &b.q.l, 0, NULL, NULL), XBAR_OK);
    xbar_spread_take(s, b.q.a.g);
    for (size_t j = 0; j < 12; j++)
        b.in[1].volt[XBAR_BOTTOM][j] = 1e6; /* and hardly anything flows beside it */
    for (size_t i = 0; i < 12; i++) {
        b.in[1].volt[XBAR_LEFT][i] = 1e6 + 1e-3;
        b.in[2].volt[XBAR_LEFT][i] = 0.0;              /* nothing flows at all */
        b.in[3].volt[XBAR_LEFT][i] = (double)INFINITY; /* differences are no numbers */
    }
    find_got(&b, s, 0, 5);
    static const bool is_solved[5] = {true, false, false, false, true};
    for (size_t k = 0; k < 5; k++)
        if ((b.got[k]->status == XBAR_OK) != is_solved[k])
            fail_msg("input %zu: status %d", k, (int)b.got[k]->status);
    /* Kirchhoff's law may be content where the outputs' digits are not */
    xbar_spread_solve(s, &b.in[1], 1, 1e-3, b.got[1]);
    assert_true(b.got[1]->is_tight);
    assert_int_equal(b.got[1]->status, XBAR_ERR_CONVERGENCE);
    xbar_spread_solve(s, b.in, 1, 1e-18, b.got[0]);
    assert_int_equal(b.got[0]->status, XBAR_ERR_CONVERGENCE);
    xbar_spread_free(s);
    bundle_free(&b);
}

static void test_at_zero(void **unused)
{
    (void)unused;
    static const plain_case what = {"12 x 12", 12,   12,  2.5,    2.5, 2.5,
                                    OPEN,      OPEN, 2.5, RANDOM, 0};
    bundle b = bundle_new(&what, false);
    const unsigned others = 1U << XBAR_RIGHT | 1U << XBAR_TOP;
    assert_int_equal(xbar_spread_at_zero(&b.q.l, b.in, N_INPUTS),
                     others | 1U << XBAR_BOTTOM);
    b.in[N_INPUTS - 1].volt[XBAR_BOTTOM][11] = 1e-3;
    assert_int_equal(xbar_spread_at_zero(&b.q.l, b.in, N_INPUTS), others);
    for (size_t j = 0; j < 12; j++)
        b.in[0].volt[XBAR_LEFT][j] = 0.0;
    assert_int_equal(xbar_spread_at_zero(&b.q.l, b.in, 1), 0); /* nothing flows */
    bundle_free(&b);
}

static void test_fits(void **unused)
{
    (void)unused;
    static const struct {
        plain_case what;
        bool fits;
    } lines[] = {
        {{"plain", 9, 9, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0}, true},
        {{"one row", 1, 9, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0}, false},
        {{"one column", 9, 1, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0}, false},
        {{"ideal rows", 9, 9, 0, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0}, false},
        {{"ideal columns", 9, 9, 2.5, 0, 2.5, OPEN, OPEN, 2.5, RANDOM, 0}, false},
        {{"cuts", 9, 9, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0.2}, false},
    };
    for (size_t k = 0; k < sizeof lines / sizeof *lines; k++) {
        array q = array_of(&lines[k].what);
        if (xbar_spread_fits(&q.l) != lines[k].fits)
            fail_msg("%s", lines[k].what.name);
        array_free(&q);
    }
}

/* ---- Kirchhoff's law of voltages that do not obey it ---- */

enum { N_LANES = XBAR_SPREAD_PANEL - 5 };

/* V, any voltage of a node, or of a source (family 2). */
static double some_volts(size_t family, size_t i, size_t j, size_t lane)
{
    return xbar_uniform(5, XBAR_STREAM_INPUT, (uint32_t)(family * 64 + lane),
                        (uint32_t)(i * 1000 + j));
}

typedef struct looked {
    const array *q;
    xbar_spread_look look;
    double *room;
    double residual, current, terminal[XBAR_N_SIDES][64]; /* of a lane, plainly */
} looked;

static void looked_init(looked *k, const array *q)
{
    const size_t m = q->a.n_rows, n = q->a.n_cols;
    const size_t size = (6 * (m + n) + 3) * XBAR_SPREAD_LANES;
    *k = (looked){.q = q, .look = {.l = &q->l, .g = q->a.g}};
    assert_int_equal(xbar_aligned_doubles_new(&k->room, size, "test", NULL), XBAR_OK);
    double *at = k->room;
    double **const part[] = {&k->look.above, &k->look.above_lack, &k->look.before,
                             &k->look.before_lack};
    const size_t lines[] = {n, n, m, m};
    for (int p = 0; p < 4; p++, at += lines[p - 1] * XBAR_SPREAD_LANES)
        *part[p] = at;
    for (size_t side = 0; side < XBAR_N_SIDES; side++) {
        const size_t n_lines = side < XBAR_TOP ? m : n;
        k->look.source[side] = at;
        k->look.terminal[side] = at + n_lines * XBAR_SPREAD_LANES;
        for (size_t line = 0; line < n_lines; line++)
            for (size_t lane = 0; lane < N_LANES; lane++)
                at[line * XBAR_SPREAD_LANES + lane] = some_volts(2, side, line, lane);
        at += 2 * n_lines * XBAR_SPREAD_LANES;
    }
    k->look.residual = at;
    k->look.current = at + XBAR_SPREAD_LANES;
    k->look.all = at + 2 * XBAR_SPREAD_LANES;
}

static void note_branch(looked *k, double *sum, double current)
{
    *sum += current;
    k->current = fmax(k->current, fabs(current));
}

/* What flows into a node, at its ends of the line and from the cell. */
static void look_plainly(looked *k, int f, size_t i, size_t j, size_t lane)
{
    const xbar_lines *l = &k->q->l;
    const size_t line = f == XBAR_WORD ? i : j, node = f == XBAR_WORD ? j : i;
    const double here = some_volts((size_t)f, i, j, lane),
                 g_wire = l->family[f].siemens;
    double sum = 0.0;
    note_branch(k, &sum,
                k->q->a.g[i * l->n_cols + j] *
                    (some_volts((size_t)(1 - f), i, j, lane) - here));
    for (int end = 0; end < 2; end++) {
        const size_t step = end == 0 ? (size_t)-1 : 1;
        if (end == 0 ? node > 0 : node + 1 < l->family[f].n_nodes)
            note_branch(k, &sum,
                        g_wire * (some_volts((size_t)f, f == XBAR_WORD ? i : i + step,
                                             f == XBAR_WORD ? j + step : j, lane) -
                                  here));
    }
    for (int end = 0; end < 2; end++) {
        const int side = 2 * f + end;
        if ((end == 0 ? node > 0 : node + 1 < l->family[f].n_nodes) ||
            l->is_open[side][line])
            continue;
        const double current =
            l->is_held[side][line]
                ? -sum
                : l->siemens[side][line] *
                      (some_volts(2, (size_t)side, line, lane) - here);
        note_branch(k, &sum, current);
        k->terminal[side][line] = current;
    }
    k->residual = fmax(k->residual, fabs(sum));
}

/* All blocks, as a kernel has them. @param[in,out] nodes  room for those of one */
static void look_at_blocks(looked *k, const xbar_kernel *kernel, double *nodes)
{
    const size_t m = k->q->a.n_rows, n = k->q->a.n_cols;
    const size_t row = 8 * XBAR_SPREAD_PANEL, plane = 8 * row;
    memset(k->look.residual, 0, 3 * XBAR_SPREAD_LANES * sizeof(double));
    for (size_t r = 0; r * 8 < m; r++)
        for (size_t c = 0; c * 8 < n; c++) {
            for (size_t at = 0; at < 2 * plane; at++)
                nodes[at] = some_volts(at / plane, r * 8 + at % plane / row,
                                       c * 8 + at % row / XBAR_SPREAD_PANEL,
                                       at % XBAR_SPREAD_PANEL);
            kernel->spread->look(&k->look, 0, r, c, nodes, nodes + plane, row, N_LANES);
        }
}

static void check_looked(looked *k, const char *kernel)
{
    const xbar_lines *l = &k->q->l;
    const char *name = k->q->a.what->name;
    for (size_t lane = 0; lane < N_LANES; lane++) {
        k->residual = k->current = 0.0;
        for (size_t at = 0; at < 2 * k->q->a.n_cells; at++)
            look_plainly(k, (int)(at % 2), at / 2 / l->n_cols, at / 2 % l->n_cols,
                         lane);
        if (fabs(k->look.residual[lane] - k->residual) > 1e-13 * k->residual ||
            fabs(k->look.current[lane] - k->current) > 1e-13 * k->current)
            fail_msg("%s, %s, lane %zu: %g A of %g A, want %g A of %g A", name, kernel,
                     lane, k->look.residual[lane], k->look.current[lane], k->residual,
                     k->current);
        assert_true(isfinite(k->look.all[lane]));
        for (int side = 0; side < XBAR_N_SIDES; side++)
            for (size_t j = 0; j < l->family[side / 2].n_lines; j++)
                if (!l->is_open[side][j])
                    assert_true(
                        fabs(k->look.terminal[side][j * XBAR_SPREAD_LANES + lane] -
                             k->terminal[side][j]) <= 1e-13 * k->current);
    }
}

/* Each wire, cell, terminal and node is seen, by voltages that are no solution. */
static void test_law(void **unused)
{
    (void)unused;
    double *nodes = NULL;
    assert_int_equal(
        xbar_aligned_doubles_new(&nodes, 2 * 64 * XBAR_SPREAD_PANEL, "test", NULL),
        XBAR_OK);
    for (size_t c = 0; c < N_CASES; c++)
        for (size_t i = 0; i < N_KERNELS; i++) {
            const xbar_kernel *kernel = xbar_kernel_find(kernels[i]);
            if (!kernel || cases[c].n_rows > 64 || cases[c].n_cols > 64)
                continue;
            array q = array_of(&cases[c]);
            looked k;
            looked_init(&k, &q);
            look_at_blocks(&k, kernel, nodes);
            check_looked(&k, kernels[i]);
            free(k.room);
            array_free(&q);
        }
    free(nodes);
}

/* One node that lacks most, wherever it is, decides; and one that is no number. */
static void test_lone_node(void **unused)
{
    (void)unused;
    static const plain_case what = {"18 x 27", 18,   27,  2.5,    2.5, 2.5,
                                    OPEN,      OPEN, 2.5, RANDOM, 0};
    const size_t row = 8 * XBAR_SPREAD_PANEL, plane = 8 * row;
    const xbar_kernel *kernel = xbar_kernel_find(NULL);
    double *nodes = NULL;
    array q = array_of(&what);
    looked k;
    looked_init(&k, &q);
    memset(k.room, 0, 6 * (18 + 27) * XBAR_SPREAD_LANES * sizeof(double));
    assert_int_equal(xbar_aligned_doubles_new(&nodes, 2 * plane, "test", NULL),
                     XBAR_OK);
    for (size_t at = 0; at < 4 * 18 * 27; at++) {
        const size_t f = at % 2, i = at / 4 / 27, j = at / 4 % 27;
        const bool is_number = at / 2 % 2 == 0;
        memset(k.look.residual, 0, 3 * XBAR_SPREAD_LANES * sizeof(double));
        for (size_t r = 0; r * 8 < 18; r++)
            for (size_t c = 0; c * 8 < 27; c++) {
                double *one =
                    &nodes[f * plane + i % 8 * row + j % 8 * XBAR_SPREAD_PANEL];
                *one = i / 8 == r && j / 8 == c ? (is_number ? 1.0 : (double)NAN) : 0.0;
                kernel->spread->look(&k.look, 0, r, c, nodes, nodes + plane, row, 1);
            }
        memset(nodes, 0, 2 * plane * sizeof *nodes);
        const double want = 0.4 * 2 + q.a.g[i * 27 + j]; /* its wires, and its cell */
        if (is_number ? fabs(k.look.residual[0] - want) > 1e-14 * want &&
                            /* no wire or terminal on one side */
                            fabs(k.look.residual[0] - want + 0.4) > 1e-14
                      : isfinite(k.look.all[0]))
            fail_msg("%s node (%zu, %zu) at %g V: %g A", f == 0 ? "word" : "bit", i, j,
                     is_number ? 1.0 : (double)NAN, k.look.residual[0]);
    }
    free(nodes);
    free(k.room);
    array_free(&q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_right),   cmocka_unit_test(test_held),
        cmocka_unit_test(test_company), cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_fits),    cmocka_unit_test(test_at_zero),
        cmocka_unit_test(test_law),     cmocka_unit_test(test_lone_node),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
