/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nodal/fast.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "nodal/balance.h"
#include "nodal/batch.h"
#include "nodal/coarse.h"
#include "nodal/room.h"

struct xbar_fast {
    const xbar_lines *l;
    xbar_tiles *t;
    xbar_pair *pair;
    xbar_balance b;
    xbar_batch *batch;     /* NULL before the first */
    double *u, *w;         /* what b.u and b.w lie in */
    double scale;          /* V, the largest source */
    double nothing;        /* A, less than the rounding of rounding */
    double *i_out, *i_old; /* A, [n_cols]: outputs, to see them settle */
};

/* Cycles before the first look at Kirchhoff's law: single precision gains nothing by
 * more where cycles do well, and where they do not it is seen by then. */
enum {
    FEWEST_LANES = 11,
    FIRST_CYCLES = 3,
    MOST_CYCLES = 7,
    MOST_STEPS = 200,
    MOST_ROUNDS = 30
};

/* What a correction in single precision can gain. */
static const double single_gain = 1e-6;

/* Left over after the first cycles, as a share of the largest current: below this,
 * further cycles are cheaper than conjugate gradients. */
static const double easy = 1.5e-4;

/* Sixteen inputs' planes must stay in the nearer caches to gain anything. */
static const size_t most_many_cells = (size_t)1 << 15;

bool xbar_fast_fits(const xbar_lines *l)
{
    for (int f = 0; f < XBAR_N_FAMILIES; f++)
        if (l->family[f].is_ideal || l->family[f].cut || !l->family[f].all_live)
            return false;
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0; k < l->family[side / 2].n_lines; k++)
            if (l->is_held[side][k])
                return false;
    return true;
}

bool xbar_fast_fits_many(const xbar_lines *l)
{
    if (!xbar_fast_fits(l) || l->n_rows * l->n_cols > most_many_cells)
        return false;
    for (int f = 0; f < XBAR_N_FAMILIES; f++)
        for (size_t k = 0; k < l->family[f].n_lines; k++)
            if (l->siemens[2 * f][k] + l->siemens[2 * f + 1][k] <
                1e-6 * l->family[f].siemens)
                return false;
    return true;
}

void xbar_fast_free(xbar_fast *f)
{
    if (!f)
        return;
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        free(f->b.end[side]);
        free(f->b.inject[side]);
    }
    free(f->b.v_row);
    free(f->b.v_col);
    free(f->u);
    free(f->w);
    free(f->i_out);
    free(f->i_old);
    xbar_batch_free(f->batch);
    xbar_tiles_free(f->t);
    xbar_pair_free(f->pair);
    free(f);
}

static xbar_status make_room(xbar_fast *f, unsigned threads, xbar_error *err)
{
    const xbar_lines *l = f->l;
    const char *what = "node voltages";
    double row_siemens = l->family[XBAR_WORD].siemens;
    double col_siemens = l->family[XBAR_BIT].siemens;
    XBAR_TRY(xbar_pair_new(&f->pair, (int)threads, err));
    XBAR_TRY(xbar_tiles_new(&f->t, l->n_rows, l->n_cols, 1.0 / row_siemens,
                            1.0 / col_siemens, NULL, err));
    const xbar_tiles *t = f->t;
    /* rows begin at a vector, with room before and behind */
    f->b = (xbar_balance){.t = f->t,
                          .stride = t->width + XBAR_TILE,
                          .row_siemens = row_siemens,
                          .col_siemens = col_siemens};
    size_t n = l->n_rows * f->b.stride + XBAR_TILE;
    XBAR_TRY(xbar_aligned_doubles_new(&f->u, n, what, err));
    XBAR_TRY(xbar_aligned_doubles_new(&f->w, n, what, err));
    f->b.u = f->u + XBAR_TILE / 2;
    f->b.w = f->w + XBAR_TILE / 2;
    XBAR_TRY(xbar_aligned_doubles_new(&f->b.v_row, t->height, what, err));
    XBAR_TRY(xbar_aligned_doubles_new(&f->b.v_col, t->width, what, err));
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        size_t lines = side / 2 == XBAR_WORD ? t->height : t->width;
        XBAR_TRY(xbar_aligned_doubles_new(&f->b.end[side], lines, what, err));
        XBAR_TRY(xbar_aligned_doubles_new(&f->b.inject[side], lines, what, err));
    }
    XBAR_TRY(xbar_doubles_new(&f->i_out, l->n_cols, what, err));
    return xbar_doubles_new(&f->i_old, l->n_cols, what, err);
}

xbar_status xbar_fast_new(xbar_fast **out, const xbar_lines *l, unsigned threads,
                          xbar_error *err)
{
    *out = NULL;
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(xbar_fast), "nodal solver", err));
    xbar_fast *f = memory;
    f->l = l;
    xbar_status status = make_room(f, threads, err);
    if (status != XBAR_OK) {
        xbar_fast_free(f);
        return status;
    }
    *out = f;
    return XBAR_OK;
}

xbar_status xbar_fast_arrange(xbar_fast *f, xbar_error *err)
{
    const double *end[XBAR_N_SIDES];
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        size_t n = f->l->family[side / 2].n_lines;
        memcpy(f->b.end[side], f->l->siemens[side], n * sizeof(double));
        end[side] = f->b.end[side];
    }
    xbar_batch_free(f->batch); /* its room follows the coarse nodes */
    f->batch = NULL;
    return xbar_tiles_arrange(f->t, end, err);
}

void xbar_fast_factor(xbar_fast *f, const double *g)
{
    f->b.g = g;
    xbar_tiles_factor(f->t, f->pair, g);
}

const char *xbar_fast_width(const xbar_fast *f)
{
    return f->t->kernel->name;
}

/* ---- the start ----------------------------------------------------------------------- */

/* The voltage of a source on the line, 0 where there is none. */
static double reference(const xbar_stimulus *s, int family, size_t line)
{
    /* rows are usually driven from the left, columns read at the bottom */
    int first = family == XBAR_WORD ? XBAR_LEFT : XBAR_BOTTOM, other = first ^ 1;
    if (!isnan(s->volt[first][line]))
        return s->volt[first][line];
    return isnan(s->volt[other][line]) ? 0.0 : s->volt[other][line];
}

/* What the ends inject, restricted to the coarse nodes. */
static void restrict_ends(xbar_tiles *t)
{
    xbar_coarse *c = t->coarse;
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        bool is_row = side / 2 == XBAR_WORD;
        const xbar_axis *along = is_row ? &c->x : &c->y,
                        *across = is_row ? &c->y : &c->x;
        size_t along_step = is_row ? 1 : c->x.padded, step = is_row ? c->x.padded : 1;
        float *given = c->given + (side % 2 ? along->n_nodes - 1 : 0) * along_step;
        for (size_t k = 0; k < across->n_fine; k++) {
            size_t node = xbar_axis_node(across, k);
            float far = t->inject[side][k] * across->share[k];
            given[node * step] += t->inject[side][k] - far;
            if (node + 1 < across->n_nodes)
                given[(node + 1) * step] += far;
        }
    }
}

/* All nodes at their line's reference. */
static void start(xbar_fast *f, const xbar_stimulus *s)
{
    xbar_tiles *t = f->t;
    xbar_balance *b = &f->b;
    double *const ref[] = {b->v_row, b->v_col};
    f->scale = 0.0;
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0; k < f->l->family[side / 2].n_lines; k++)
            if (!isnan(s->volt[side][k]))
                f->scale = fmax(f->scale, fabs(s->volt[side][k]));
    float *const scaled[] = {t->v_row, t->v_col};
    for (int family = 0; family < XBAR_N_FAMILIES; family++)
        for (size_t k = 0; k < f->l->family[family].n_lines; k++) {
            ref[family][k] = reference(s, family, k);
            scaled[family][k] = (float)(ref[family][k] / (double)t->scale);
        }
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0; k < f->l->family[side / 2].n_lines; k++) {
            double volt = s->volt[side][k];
            b->inject[side][k] =
                isnan(volt) ? 0.0 : b->end[side][k] * (volt - ref[side / 2][k]);
            t->inject[side][k] = (float)b->inject[side][k];
        }
    f->nothing =
        DBL_EPSILON * DBL_EPSILON * f->scale * fmax(b->row_siemens, b->col_siemens);
    memset(t->coarse->given, 0,
           t->coarse->y.padded * t->coarse->x.padded * sizeof(float));
    restrict_ends(t);
}

/* ---- currents ------------------------------------------------------------------------ */

/* A, from a terminal's source into the array. */
static double terminal_current(const xbar_balance *b, const xbar_lines *l, int side,
                               size_t line)
{
    size_t row = side / 2 == XBAR_WORD ? line : (side % 2 ? l->n_rows - 1 : 0);
    size_t col = side / 2 == XBAR_BIT ? line : (side % 2 ? l->n_cols - 1 : 0);
    const double *drop = side / 2 == XBAR_WORD ? b->u : b->w;
    return b->inject[side][line] - b->end[side][line] * drop[row * b->stride + col];
}

static void take_half(void *with, int half)
{
    xbar_balance *b = with;
    b->t->kernel->take(b, half);
}

static void meet_half(void *with, int half)
{
    xbar_balance *b = with;
    b->t->kernel->meet(b, half);
}

typedef struct look {
    double largest, current; /* A: the largest residual and branch current */
    double share;            /* largest / current; 0 where nothing flows */
    double move;             /* V: the largest correction of the round */
} look;

/* The correction is taken up, and Kirchhoff's law looked at. */
static look take(xbar_fast *f, bool first)
{
    xbar_balance *b = &f->b;
    b->first = first;
    xbar_pair_run(f->pair, take_half, b);
    xbar_pair_run(f->pair, meet_half, b);
    xbar_tiles_merge(f->t);
    look k = {.largest = fmax(b->tally[0].largest, b->tally[1].largest),
              .current =
                  fmax(b->tally[0].largest_current, b->tally[1].largest_current)};
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t line = 0; line < f->l->family[side / 2].n_lines; line++)
            k.current = fmax(k.current, fabs(terminal_current(b, f->l, side, line)));
    k.move = fmax(b->tally[0].move, b->tally[1].move);
    k.share = k.largest > f->nothing ? k.largest / k.current : 0.0;
    if (isnan(b->tally[0].poison + b->tally[1].poison))
        k.share = (double)NAN;
    double *swap = f->i_old;
    f->i_old = f->i_out;
    f->i_out = swap;
    for (size_t j = 0; j < f->l->n_cols; j++)
        f->i_out[j] = terminal_current(b, f->l, XBAR_BOTTOM, j) +
                      terminal_current(b, f->l, XBAR_TOP, j);
    return k;
}

/* Will outputs that are small beside others be as good as those? The next change is this
 * one times what a round gains. Relative to themselves they may be off by 1e-8. */
static bool outputs_settled(const xbar_fast *f, double gain)
{
    double most = 0.0;
    for (size_t j = 0; j < f->l->n_cols; j++)
        most = fmax(most, fabs(f->i_out[j]));
    for (size_t j = 0; j < f->l->n_cols; j++) {
        double i = fabs(f->i_out[j]), change = fabs(f->i_out[j] - f->i_old[j]);
        if (i > 1e-7 * most && change * gain > 2e-10 * i)
            return false;
    }
    return true;
}

/* ---- rounds -------------------------------------------------------------------------- */

/* Cycles that should bring the residual from `share` to `aim`, a cycle gaining `gain`. */
static size_t cycles_to(double share, double aim, double gain)
{
    double wanted = fmax(aim / share, single_gain);
    double n = ceil(log(wanted) / log(gain));
    return n >= 1.0 ? (n < MOST_CYCLES ? (size_t)n : MOST_CYCLES) : 1;
}

static xbar_status rounds(xbar_fast *f, double tolerance, look *k, size_t *n_rounds,
                          size_t *n_steps, xbar_error *err)
{
    xbar_tiles *t = f->t;
    t->fresh = true;
    xbar_tiles_cycles(t, f->pair, FIRST_CYCLES);
    *k = take(f, true);
    t->fresh = false;
    *n_steps = FIRST_CYCLES;
    bool by_cycles = k->share <= easy;
    double gain = 1.5 * cbrt(k->share);
    for (*n_rounds = 1; *n_rounds < MOST_ROUNDS; ++*n_rounds) {
        if (!(k->share > 0.0))
            break; /* done, or not a number */
        size_t n = MOST_STEPS;
        if (by_cycles) {
            n = cycles_to(k->share, 0.3 * tolerance, gain);
            xbar_tiles_cycles(t, f->pair, n);
        } else {
            double enough = fmin(0.1, fmax(0.1 * tolerance / k->share, single_gain));
            XBAR_TRY(xbar_tiles_conjugate(t, f->pair, k->largest, enough, &n, err));
        }
        double before = k->share, moved = k->move;
        *k = take(f, false);
        *n_steps += n;
        /* The next round would move voltages by what it gains of this one's move: that
         * also sees nodes that hang on cells of tiny conductance, where hardly a current
         * shows how far off they are. */
        double next = fmax(k->share / before, 10.0 * single_gain);
        if (k->move > 0.0)
            next = fmax(next, k->move / moved);
        if (k->share <= tolerance && outputs_settled(f, next) &&
            next * k->move <= fmax(tolerance, 1e-10) * f->scale)
            break;
        if (!(k->share < 0.5 * before || k->move < 0.5 * moved)) {
            if (!by_cycles || isnan(k->share))
                break; /* as good as it gets */
            by_cycles = false;
        }
        if (by_cycles)
            by_cycles = k->share < 1e-2 * before;
        gain = fmax(0.02, pow(k->share / before, 1.0 / (double)n));
    }
    return isnan(k->share) ? xbar_fail(err, XBAR_ERR_CONVERGENCE, "cycles diverged")
                           : XBAR_OK;
}

static void fill(const xbar_fast *f, xbar_nodal_answer *a)
{
    const xbar_balance *b = &f->b;
    const xbar_lines *l = f->l;
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0; a->i_terminal[side] && k < l->family[side / 2].n_lines; k++)
            a->i_terminal[side][k] = terminal_current(b, l, side, k) + 0.0;
    if (!a->v_row && !a->v_col && !a->i_cell)
        return;
    for (size_t i = 0; i < l->n_rows; i++) {
        const double *u = b->u + i * b->stride, *w = b->w + i * b->stride;
        for (size_t j = 0; j < l->n_cols; j++) {
            size_t k = i * l->n_cols + j;
            if (a->v_row)
                a->v_row[k] = b->v_row[i] + u[j];
            if (a->v_col)
                a->v_col[k] = b->v_col[j] + w[j];
            if (a->i_cell)
                a->i_cell[k] =
                    b->g[k] * ((b->v_row[i] - b->v_col[j]) + (u[j] - w[j])) + 0.0;
        }
    }
}

xbar_status xbar_fast_solve(xbar_fast *f, const xbar_stimulus *s, double tolerance,
                            xbar_nodal_answer *a, xbar_error *err)
{
    look k = {0};
    size_t n_rounds = 0, n_steps = 0;
    start(f, s);
    XBAR_TRY(rounds(f, tolerance, &k, &n_rounds, &n_steps, err));
    a->n_newton = 1;
    a->n_corrections += n_rounds;
    a->n_steps += n_steps;
    a->kcl_residual = k.largest;
    a->largest_current = k.current;
    a->is_tight = k.share <= tolerance;
    if (!a->is_tight && k.share > 1e-9)
        return xbar_fail(err, XBAR_ERR_CONVERGENCE,
                         "Kirchhoff's law is left with %.2g A at a node, of %.2g A",
                         k.largest, k.current);
    fill(f, a);
    return XBAR_OK;
}

/* ---- sixteen inputs ------------------------------------------------------------------ */

/* Cycles of each round: the first as above, then what brings random cells to 1e-10, then
 * to rounding. Who needs more is better off with conjugate gradients. */
static const size_t schedule[] = {FIRST_CYCLES, 4, 3, 3};

/* The sources of n <= 16 inputs; lanes beyond them repeat the last. */
static void start_lanes(xbar_fast *f, const xbar_stimulus *s, size_t n)
{
    xbar_batch *b = f->batch;
    xbar_coarse *c = f->t->coarse;
    size_t row = c->x.n_nodes + 1, nodes = (c->y.n_nodes + 1) * row * XBAR_LANES;
    b->g = f->b.g;
    b->row_siemens = f->b.row_siemens;
    b->col_siemens = f->b.col_siemens;
    b->fresh = true;
    b->has_low = false;
    for (int side = 0; side < XBAR_N_SIDES; side++)
        b->end[side] = f->b.end[side];
    memset(b->given[0], 0, nodes * sizeof(float));
    memset(b->given[1], 0, nodes * sizeof(float));
    for (size_t lane = 0; lane < XBAR_LANES; lane++) {
        start(f, &s[lane < n ? lane : n - 1]);
        b->lives[lane] = 1.0f;
        for (size_t i = 0; i < f->l->n_rows; i++) {
            b->v_row[i * XBAR_LANES + lane] = f->b.v_row[i];
            b->ref[0][i * XBAR_LANES + lane] = f->t->v_row[i];
        }
        for (size_t j = 0; j < f->l->n_cols; j++) {
            b->v_col[j * XBAR_LANES + lane] = f->b.v_col[j];
            b->ref[1][j * XBAR_LANES + lane] = f->t->v_col[j];
        }
        for (int side = 0; side < XBAR_N_SIDES; side++)
            for (size_t k = 0; k < f->l->family[side / 2].n_lines; k++) {
                b->inject[side][k * XBAR_LANES + lane] = f->b.inject[side][k];
                b->into[side][k * XBAR_LANES + lane] = f->t->inject[side][k];
            }
        for (size_t q = 0; q < c->y.n_nodes; q++)
            for (size_t p = 0; p < c->x.n_nodes; p++)
                b->given[0][(q * row + p) * XBAR_LANES + lane] =
                    c->given[q * c->x.padded + p];
    }
}

/* A node's drop of one input, V. */
static double lane_drop(const xbar_batch *b, float *const hi_lo[2], size_t cell,
                        size_t lane)
{
    size_t at = cell * XBAR_LANES + lane;
    double low = b->has_low ? (double)hi_lo[1][at] : 0.0;
    return (double)b->t->scale * ((double)hi_lo[0][at] + low);
}

static double lane_terminal(const xbar_batch *b, const xbar_lines *l, int side,
                            size_t line, size_t lane)
{
    double *const *end = b->end;
    size_t cell = xbar_lines_end(l, (xbar_side)side, line);
    return b->inject[side][line * XBAR_LANES + lane] -
           end[side][line] *
               lane_drop(b, side / 2 == XBAR_WORD ? b->u : b->v, cell, lane);
}

static void fill_lane(const xbar_fast *f, size_t lane, xbar_nodal_answer *a)
{
    const xbar_batch *b = f->batch;
    const xbar_lines *l = f->l;
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0; a->i_terminal[side] && k < l->family[side / 2].n_lines; k++)
            a->i_terminal[side][k] = lane_terminal(b, l, side, k, lane) + 0.0;
    if (!a->v_row && !a->v_col && !a->i_cell)
        return;
    for (size_t i = 0; i < l->n_rows; i++)
        for (size_t j = 0; j < l->n_cols; j++) {
            size_t k = i * l->n_cols + j;
            double v_row = b->v_row[i * XBAR_LANES + lane];
            double v_col = b->v_col[j * XBAR_LANES + lane];
            double u = lane_drop(b, b->u, k, lane), w = lane_drop(b, b->v, k, lane);
            if (a->v_row)
                a->v_row[k] = v_row + u;
            if (a->v_col)
                a->v_col[k] = v_col + w;
            if (a->i_cell)
                a->i_cell[k] = b->g[k] * ((v_row - v_col) + (u - w)) + 0.0;
        }
}

/* A, how much the last round moved a column's output. */
static double lane_change(const xbar_fast *f, size_t j, size_t lane)
{
    const xbar_batch *b = f->batch;
    double change = 0.0;
    for (int side = XBAR_TOP; side <= XBAR_BOTTOM && b->has_low; side++) {
        size_t cell = xbar_lines_end(f->l, (xbar_side)side, j);
        change += b->end[side][j] * fabs((double)b->v[1][cell * XBAR_LANES + lane]);
    }
    return (double)b->t->scale * change;
}

/* By what share of itself the second round moved an output, at most. */
static double lane_error(const xbar_fast *f, size_t lane)
{
    const xbar_batch *b = f->batch;
    double most = 0.0, error = 0.0;
    for (size_t j = 0; j < f->l->n_cols; j++) {
        f->i_out[j] = lane_terminal(b, f->l, XBAR_BOTTOM, j, lane) +
                      lane_terminal(b, f->l, XBAR_TOP, j, lane);
        most = fmax(most, fabs(f->i_out[j]));
    }
    for (size_t j = 0; j < f->l->n_cols; j++) {
        double i = fabs(f->i_out[j]);
        if (i > 1e-7 * most)
            error = fmax(error, lane_change(f, j, lane) / i);
    }
    return error;
}

/* What a lane has come to. */
typedef struct lane_state {
    double first,
        share;    /* of the largest current left over: after the first round, now */
    double error; /* of an output after the first round, as a share of itself */
} lane_state;

/* Looks at a lane after round k: is it done? Outputs are as good as the residual's fall
 * since the first round says, but never better than single precision corrections make
 * them in k rounds. */
static bool lane_is_done(xbar_fast *f, size_t lane, size_t k, double tolerance,
                         lane_state *state, xbar_nodal_answer *a)
{
    const xbar_batch *b = f->batch;
    a->kcl_residual = fmax((double)b->largest[0][lane], (double)b->largest[1][lane]);
    a->largest_current = fmax((double)b->current[0][lane], (double)b->current[1][lane]);
    state->share = a->kcl_residual > 0.0 ? a->kcl_residual / a->largest_current : 0.0;
    a->is_tight = state->share <= tolerance;
    if (k == 0)
        state->first = state->share;
    if (state->share == 0.0)
        return true;
    if (k == 0)
        return false;
    if (k == 1)
        state->error = lane_error(f, lane);
    double gain = fmax(state->share / state->first, pow(10.0 * single_gain, (double)k));
    return a->is_tight && state->error * gain <= 2e-10;
}

static void solve_lanes(xbar_fast *f, const xbar_stimulus *s, size_t n,
                        double tolerance, xbar_nodal_answer *a)
{
    xbar_batch *b = f->batch;
    lane_state state[XBAR_LANES] = {{0}};
    size_t left = n, steps = 0;
    start_lanes(f, s, n);
    for (size_t k = 0; k < sizeof schedule / sizeof *schedule && left > 0; k++) {
        xbar_batch_cycles(b, f->pair, schedule[k]);
        xbar_batch_look(b, f->pair);
        steps += schedule[k];
        for (size_t lane = 0; lane < n; lane++) {
            if (b->lives[lane] == 0.0f ||
                !lane_is_done(f, lane, k, tolerance, &state[lane], &a[lane]))
                continue;
            b->lives[lane] = 0.0f;
            left--;
            fill_lane(f, lane, &a[lane]);
            a[lane].status = XBAR_OK;
            a[lane].n_newton = 1;
            a[lane].n_corrections = k + 1;
            a[lane].n_steps = steps;
        }
    }
}

xbar_status xbar_fast_solve_many(xbar_fast *f, const xbar_stimulus *s, size_t n,
                                 double tolerance, xbar_nodal_answer *a,
                                 xbar_error *err)
{
    if (!f->batch)
        XBAR_TRY(xbar_batch_new(&f->batch, f->t, err));
    for (size_t k = 0; k < n; k++)
        a[k].status = XBAR_ERR_CONVERGENCE;
    for (size_t k = 0; k < n; k += XBAR_LANES) {
        size_t lanes = n - k < XBAR_LANES ? n - k : XBAR_LANES;
        if (lanes >= FEWEST_LANES) /* fewer are quicker one by one */
            solve_lanes(f, s + k, lanes, tolerance, a + k);
    }
    return XBAR_OK;
}
