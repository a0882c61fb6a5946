/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sixteen inputs at a time, in the lanes of a vector. */
#include <math.h>
#include <string.h>

#include "nodal/coarse.h"
#include "nodal/fast_inside.h"

enum { FEWEST_LANES = 11 };

/* What a correction in single precision can gain. */
static const double single_gain = 1e-6;

/* Sixteen inputs' planes must stay in the nearer caches to gain anything. */
static const size_t most_many_cells = (size_t)48 * 48;

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

/* Cycles of each round: what single precision gains at all, what brings random cells from
 * there to 1e-12, and two for those that need a little more. Who needs much more is better
 * off with conjugate gradients. */
static const size_t schedule[] = {4, 4, 2, 3};

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
    for (int side = 0; side < XBAR_N_SIDES; side++)
        b->end[side] = f->b.end[side];
    memset(b->given[0], 0, nodes * sizeof(float));
    memset(b->given[1], 0, nodes * sizeof(float));
    for (size_t lane = 0; lane < XBAR_LANES; lane++) {
        xbar_fast_start(f, &s[lane < n ? lane : n - 1]);
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
    return (double)b->t->scale * ((double)hi_lo[0][at] + (double)hi_lo[1][at]);
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

/* By what share of itself the second round moved an output of that side, at most. */
static double side_error(const xbar_fast *f, int side, size_t lane)
{
    const size_t n = f->l->n_cols;
    const double *first = f->batch->i_first + (side == XBAR_TOP ? 0 : n) * XBAR_LANES;
    double most = 0.0, error = 0.0;
    for (size_t j = 0; j < n; j++) {
        f->i_out[j] = lane_terminal(f->batch, f->l, side, j, lane);
        most = fmax(most, fabs(f->i_out[j]));
    }
    for (size_t j = 0; j < n; j++) {
        const double i = fabs(f->i_out[j]);
        if (i > 1e-7 * most)
            error = fmax(error, fabs(f->i_out[j] - first[j * XBAR_LANES + lane]) / i);
    }
    return error;
}

static double lane_error(const xbar_fast *f, size_t lane)
{
    return fmax(side_error(f, XBAR_TOP, lane), side_error(f, XBAR_BOTTOM, lane));
}

static void keep_first(const xbar_fast *f, size_t lane)
{
    const size_t n = f->l->n_cols;
    double *first = f->batch->i_first + lane;
    for (size_t j = 0; j < n; j++) {
        first[j * XBAR_LANES] = lane_terminal(f->batch, f->l, XBAR_TOP, j, lane);
        first[(n + j) * XBAR_LANES] =
            lane_terminal(f->batch, f->l, XBAR_BOTTOM, j, lane);
    }
}

/* Are all currents numbers, and not so small that floats lose them? Else an input goes one
 * by one. What is not a number spreads along lines to the outputs. */
static bool lane_is_sound(const xbar_fast *f, size_t lane, const xbar_nodal_answer *a)
{
    static const double least = 1e-25; /* A */
    bool sound = isfinite(a->kcl_residual) && isfinite(a->largest_current) &&
                 (a->largest_current == 0.0 || a->largest_current > least);
    for (int side = XBAR_TOP; side <= XBAR_BOTTOM; side++)
        for (size_t j = 0; j < f->l->n_cols; j++)
            sound = sound && isfinite(lane_terminal(f->batch, f->l, side, j, lane));
    return sound;
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
    if (!lane_is_sound(f, lane, a))
        return false;
    if (k == 0)
        state->first = state->share;
    if (state->share == 0.0)
        return true;
    if (k == 0) {
        keep_first(f, lane);
        return false;
    }
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
