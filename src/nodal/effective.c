/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nodal/effective.h"

#include <math.h>
#include <stdlib.h>

#include "core/memory.h"
#include "nodal/adjoint.h"
#include "nodal/inside.h"

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
    bool by_rows; /* which of them */
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

static xbar_status make_room(effective *e, xbar_error *err)
{
    static const char what[] = "effective conductances";
    const xbar_crossbar *c = e->c;
    void *memory = NULL;
    XBAR_TRY(xbar_doubles_new(&e->weight, c->n_cols, what, err));
    XBAR_TRY(
        xbar_array_new(&memory, c->n_rows + c->n_cols, sizeof *e->lines, what, err));
    e->lines = memory;
    for (size_t k = 0; k < AT_ONCE; k++) {
        XBAR_TRY(xbar_stimulus_init(&e->in[k], c, err));
        for (int side = 0; side < XBAR_N_SIDES; side++)
            XBAR_TRY(xbar_doubles_new(&e->out[k].i_terminal[side],
                                      xbar_side_lines(c, (xbar_side)side), what, err));
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

static xbar_status find_matrix(effective *e, xbar_error *err)
{
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

static xbar_status find_offset(effective *e, double *i_offset, xbar_error *err)
{
    const xbar_stimulus *rest = e->d->rest;
    bool is_still = true; /* every source at 0 V: nothing flows */
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0; k < xbar_side_lines(e->c, (xbar_side)side); k++)
            is_still = is_still && !(fabs(rest->volt[side][k]) > 0.0);
    if (!is_still)
        XBAR_TRY(solve(e, rest, 1, err));
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
    XBAR_TRY(check_rows(e, err));
    XBAR_TRY(make_room(e, err));
    choose_lines(e);
    fill(e->g_eff, e->c->n_rows * e->c->n_cols, 0.0);
    XBAR_TRY(find_offset(e, i_offset, err));
    return find_matrix(e, err);
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
