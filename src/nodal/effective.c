/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nodal/effective.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "nodal/adjoint.h"
#include "nodal/inside.h"
#include "nodal/merge.h"

/* So many networks at a time: their solutions share the work, and their currents of
 * lines take little room. */
enum { AT_ONCE = 64 };

typedef struct effective {
    xbar_nodal *s;
    const xbar_crossbar *c;
    const xbar_effective_drive *d;
    double *g_eff;  /* [n_rows][n_cols] */
    double *weight; /* [n_cols]: 1 for the column that is asked for */
    size_t *lines;  /* rows, or columns, that are driven one by one */
    size_t n_lines;
    bool by_rows;  /* which of them */
    size_t n_room; /* for so many networks at a time */
    xbar_stimulus in[AT_ONCE];
    xbar_nodal_answer out[AT_ONCE];
} effective;

/* ---- room ---------------------------------------------------------------------------- */

static void effective_free(effective *e)
{
    if (!e)
        return;
    for (size_t k = 0; k < AT_ONCE; k++) {
        xbar_stimulus_clear(&e->in[k]);
        for (int side = 0; side < XBAR_N_SIDES; side++)
            free(e->out[k].i_terminal[side]);
    }
    free(e->lines);
    free(e->weight);
    free(e);
}

static const char what[] = "effective conductances";

static xbar_status make_lists(effective *e, xbar_error *err)
{
    void *memory = NULL;
    XBAR_TRY(xbar_doubles_new(&e->weight, e->c->n_cols, what, err));
    XBAR_TRY(xbar_array_new(&memory, e->c->n_rows + e->c->n_cols, sizeof *e->lines,
                            what, err));
    e->lines = memory;
    return XBAR_OK;
}

/* For n <= AT_ONCE networks at a time. */
static xbar_status make_room(effective *e, size_t n, xbar_error *err)
{
    for (; e->n_room < n; e->n_room++) {
        const size_t k = e->n_room;
        XBAR_TRY(xbar_stimulus_init(&e->in[k], e->c, err));
        for (int side = 0; side < XBAR_N_SIDES; side++)
            XBAR_TRY(xbar_doubles_new(&e->out[k].i_terminal[side],
                                      xbar_side_lines(e->c, (xbar_side)side), what,
                                      err));
    }
    return XBAR_OK;
}

/* ---- which lines are driven ---------------------------------------------------------- */

static bool takes_input(const effective *e, xbar_side side, size_t line)
{
    return e->d->takes_input[side] && e->d->takes_input[side][line] &&
           !isnan(e->d->rest->volt[side][line]);
}

/* An input and a number that 0 ohm join are a short whatever the input is. */
static xbar_status check_rows(const effective *e, xbar_error *err)
{
    for (size_t i = 0; i < e->c->n_rows; i++) {
        const bool left = takes_input(e, XBAR_LEFT, i);
        if (left == takes_input(e, XBAR_RIGHT, i) ||
            !xbar_adjoint_is_shared(e->c, e->d->rest, XBAR_LEFT, i))
            continue;
        const xbar_side fixed = left ? XBAR_RIGHT : XBAR_LEFT;
        return xbar_fail(err, XBAR_ERR_SHORT,
                         "0 ohm joins terminal %s %zu (an input) and terminal %s %zu "
                         "(%g V): want a resistance between different sources",
                         xbar_side_name[left ? XBAR_LEFT : XBAR_RIGHT], i,
                         xbar_side_name[fixed], i, e->d->rest->volt[fixed][i]);
    }
    return XBAR_OK;
}

/* The fewer of rows with an input and columns with an output. */
static void choose_lines(effective *e)
{
    const xbar_crossbar *c = e->c;
    size_t *rows = e->lines;
    size_t *cols = e->lines + c->n_rows;
    size_t n_rows = 0;
    size_t n_cols = 0;
    for (size_t i = 0; i < c->n_rows; i++)
        if (takes_input(e, XBAR_LEFT, i) || takes_input(e, XBAR_RIGHT, i))
            rows[n_rows++] = i;
    for (size_t j = 0; j < c->n_cols; j++)
        if (xbar_col_source(c, e->d->rest, j) != XBAR_N_SIDES)
            cols[n_cols++] = j;
    e->by_rows = n_rows < n_cols;
    e->n_lines = e->by_rows ? n_rows : n_cols;
    if (e->by_rows)
        return;
    for (size_t k = 0; k < n_cols; k++)
        e->lines[k] = cols[k];
}

/* ---- solutions ----------------------------------------------------------------------- */

/* The input terminals of one row at 1 V, all others at 0. */
static void drive_row(const effective *e, xbar_stimulus *s, size_t row)
{
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0; k < xbar_side_lines(e->c, (xbar_side)side); k++) {
            bool is_open = isnan(e->d->rest->volt[side][k]);
            bool is_one = side / 2 == XBAR_LEFT / 2 && k == row &&
                          takes_input(e, (xbar_side)side, k);
            s->volt[side][k] = is_open ? (double)NAN : is_one ? 1.0 : 0.0;
        }
}

static void drive_column(const effective *e, xbar_stimulus *s, size_t col)
{
    e->weight[col] = 1.0;
    xbar_adjoint_drive(s, e->c, e->d->rest, &(xbar_weights){.i_out = e->weight});
    e->weight[col] = 0.0;
}

static double i_out(const effective *e, const xbar_nodal_answer *a, size_t col)
{
    xbar_side side = xbar_col_source(e->c, e->d->rest, col);
    return side == XBAR_N_SIDES ? 0.0 : 0.0 - a->i_terminal[side][col];
}

/* What comes out of a row's input terminals. */
static double i_in(const effective *e, const xbar_nodal_answer *a, size_t row)
{
    double sum = 0.0;
    for (int side = XBAR_LEFT; side <= XBAR_RIGHT; side++)
        if (takes_input(e, (xbar_side)side, row))
            sum -= a->i_terminal[side][row];
    return sum + 0.0;
}

static void keep(const effective *e, const xbar_nodal_answer *a, size_t line)
{
    const size_t n_cols = e->c->n_cols;
    for (size_t j = 0; e->by_rows && j < n_cols; j++)
        e->g_eff[line * n_cols + j] = i_out(e, a, j);
    for (size_t i = 0; !e->by_rows && i < e->c->n_rows; i++)
        e->g_eff[i * n_cols + line] = i_in(e, a, i);
}

static xbar_status solve(effective *e, const xbar_stimulus *in, size_t n,
                         xbar_error *err)
{
    XBAR_TRY(xbar_nodal_solve_together(e->s, in, n, e->out, err));
    for (size_t k = 0; k < n; k++)
        if (e->out[k].status != XBAR_OK)
            return xbar_fail(err, e->out[k].status, "effective conductances: %s",
                             e->out[k].error.text);
    return XBAR_OK;
}

static xbar_status solve_lines(effective *e, xbar_error *err)
{
    XBAR_TRY(make_room(e, e->n_lines < AT_ONCE ? e->n_lines : AT_ONCE, err));
    for (size_t from = 0; from < e->n_lines; from += AT_ONCE) {
        size_t n = e->n_lines - from < AT_ONCE ? e->n_lines - from : AT_ONCE;
        for (size_t k = 0; k < n; k++) {
            if (e->by_rows)
                drive_row(e, &e->in[k], e->lines[from + k]);
            else
                drive_column(e, &e->in[k], e->lines[from + k]);
        }
        XBAR_TRY(solve(e, e->in, n, err));
        for (size_t k = 0; k < n; k++)
            keep(e, &e->out[k], e->lines[from + k]);
    }
    return XBAR_OK;
}

/* ---- or directly --------------------------------------------------------------------- */

/* Up to this size that takes a third of a millisecond at most, however few lines are
 * driven. */
static const size_t most_small_cells = 4096;
/* A solution of an array takes as long as so many multiplications for each of its cells:
 * 600 to 1000 with vectors of 16 floats, from 128 x 128 on. */
static const double products_a_cell = 500.0;

static double siemens(double ohm)
{
    return ohm == 0.0 ? XBAR_MERGE_HELD : 1.0 / ohm;
}

/* The terminals' conductances: those of inputs and outputs apart from all others. */
static void split_terminals(const effective *e, double *const port[XBAR_N_SIDES],
                            double *const ground[XBAR_N_SIDES])
{
    for (int k = 0; k < XBAR_N_SIDES; k++) {
        const xbar_side side = (xbar_side)k;
        for (size_t line = 0; line < xbar_side_lines(e->c, side); line++) {
            if (xbar_lines_opens(e->c, e->d->rest, side, line))
                continue;
            bool is_port = side < XBAR_TOP
                               ? takes_input(e, side, line)
                               : xbar_col_source(e->c, e->d->rest, line) == side;
            (is_port ? port : ground)[side][line] =
                siemens(e->c->terminal_ohm[side][line]);
        }
    }
}

static bool can_merge(const effective *e)
{
    return e->c->row_ohm > 0.0 && e->c->col_ohm > 0.0 && e->c->n_rows > 1 &&
           e->c->n_cols > 1 && e->n_lines > 0 && !xbar_nodal_is_plain(e->s);
}

/* Merges, where that pays. @param[out] is_done  did it? */
static xbar_status try_merging(effective *e, bool *is_done, xbar_error *err)
{
    const xbar_crossbar *c = e->c;
    const size_t n_cells = c->n_rows * c->n_cols, most = c->n_rows + c->n_cols;
    double *values = NULL, *port[XBAR_N_SIDES], *ground[XBAR_N_SIDES];
    xbar_merge_cost cost;
    *is_done = false;
    if (!can_merge(e))
        return XBAR_OK;
    xbar_merge_array a = {.n_rows = c->n_rows,
                          .n_cols = c->n_cols,
                          .g = xbar_nodal_state(e->s),
                          .row_siemens = 1.0 / c->row_ohm,
                          .col_siemens = 1.0 / c->col_ohm,
                          .row_cut = c->row_cut,
                          .col_cut = c->col_cut};
    XBAR_TRY(xbar_doubles_new(&values, 2 * XBAR_N_SIDES * most, "terminals", err));
    for (size_t side = 0; side < XBAR_N_SIDES; side++) {
        a.port[side] = port[side] = values + 2 * side * most;
        a.ground[side] = ground[side] = values + (2 * side + 1) * most;
    }
    split_terminals(e, port, ground);
    xbar_status status = xbar_merge_foresee(&cost, &a, err);
    *is_done =
        status == XBAR_OK &&
        (n_cells <= most_small_cells ||
         cost.products <= products_a_cell * (double)e->n_lines * (double)n_cells);
    if (*is_done)
        status = xbar_merge_find(e->g_eff, &a, NULL, NULL);
    if (*is_done && status == XBAR_ERR_MEMORY) { /* solutions need less */
        *is_done = false;
        status = XBAR_OK;
    }
    free(values);
    return status;
}

/* ---- the whole ----------------------------------------------------------------------- */

static xbar_status find_offset(effective *e, double *i_offset, xbar_error *err)
{
    const xbar_stimulus *rest = e->d->rest;
    bool is_still = true; /* every source at 0 V: nothing flows */
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0; k < xbar_side_lines(e->c, (xbar_side)side); k++)
            is_still = is_still && !(fabs(rest->volt[side][k]) > 0.0);
    if (!is_still) {
        XBAR_TRY(make_room(e, 1, err));
        XBAR_TRY(solve(e, rest, 1, err));
    }
    for (size_t j = 0; j < e->c->n_cols; j++)
        i_offset[j] = is_still ? 0.0 : i_out(e, &e->out[0], j);
    return XBAR_OK;
}

static void fill(double *values, size_t n, double value)
{
    for (size_t k = 0; k < n; k++)
        values[k] = value;
}

static xbar_status check_cells(const xbar_cell *cell, xbar_error *err)
{
    if (cell->device == xbar_device_find("linear") && !cell->selector && !cell->access)
        return XBAR_OK;
    return xbar_fail(err, XBAR_ERR_INPUT,
                     "effective conductances: cells of device %s%s: want linear ones: "
                     "only their currents are linear in the voltages",
                     cell->device->name,
                     cell->access     ? " with an access transistor"
                     : cell->selector ? " with a selector"
                                      : "");
}

static xbar_status find_both(effective *e, double *i_offset, xbar_error *err)
{
    bool is_done = false;
    XBAR_TRY(check_rows(e, err));
    XBAR_TRY(make_lists(e, err));
    choose_lines(e);
    fill(e->g_eff, e->c->n_rows * e->c->n_cols, 0.0);
    XBAR_TRY(find_offset(e, i_offset, err));
    XBAR_TRY(try_merging(e, &is_done, err));
    return is_done ? XBAR_OK : solve_lines(e, err);
}

xbar_status xbar_nodal_effective(double *g_eff, double *i_offset, xbar_nodal *s,
                                 const xbar_crossbar *c, const xbar_effective_drive *d,
                                 xbar_error *err)
{
    void *memory = NULL;
    xbar_status status = check_cells(&c->cell, err);
    if (status == XBAR_OK)
        status = xbar_array_new(&memory, 1, sizeof(effective), "effective conductances",
                                err);
    effective *e = memory;
    if (status == XBAR_OK && e) {
        *e = (effective){.s = s, .c = c, .d = d, .g_eff = g_eff};
        status = find_both(e, i_offset, err);
    }
    effective_free(e);
    if (status != XBAR_OK) {
        fill(g_eff, c->n_rows * c->n_cols, (double)NAN);
        fill(i_offset, c->n_cols, (double)NAN);
    }
    return status;
}

void xbar_effective_outputs(double *i_out, const double *g_eff, const double *i_offset,
                            const xbar_crossbar *c, const double *volt, size_t n)
{
    enum { ROWS = 64 }; /* of the matrix at a time: they stay in a near cache */
    const size_t n_cols = c->n_cols;
    for (size_t l = 0; l < n; l++)
        memcpy(i_out + l * n_cols, i_offset, n_cols * sizeof *i_out);
    for (size_t first = 0; first < c->n_rows; first += ROWS)
        for (size_t l = 0; l < n; l++) {
            double *restrict sum = i_out + l * n_cols;
            for (size_t i = first; i < first + ROWS && i < c->n_rows; i++) {
                const double v = volt[l * c->n_rows + i];
                const double *restrict row = g_eff + i * n_cols;
                for (size_t j = 0; j < n_cols; j++)
                    sum[j] += v * row[j];
            }
        }
}
