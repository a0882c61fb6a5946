/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One array, its state, and which way an input is solved. */
#include "nodal/nodal.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "nodal/answer.h"
#include "nodal/islands.h"
#include "nodal/solver.h"
#include "nodal/tiles.h"

static const double default_tolerance = 1e-12;
static const size_t most_direct_cells = (size_t)1 << 17, most_hanging_cells = 4096;

void xbar_nodal_free(xbar_nodal *s)
{
    if (!s)
        return;
    xbar_general_close(s);
    xbar_fast_free(s->fast);
    xbar_together_clear(&s->together);
    xbar_lines_clear(&s->lines);
    free(s->state);
    free(s);
}

static xbar_status allocate(xbar_nodal *s, xbar_error *err)
{
    XBAR_TRY(xbar_lines_init(&s->lines, s->c, err));
    return xbar_doubles_new(&s->state, s->c->n_rows * s->c->n_cols, "states", err);
}

xbar_status xbar_nodal_new(xbar_nodal **out, const xbar_crossbar *c,
                           const xbar_nodal_options *options, xbar_error *err)
{
    *out = NULL;
    double tolerance =
        options && options->tolerance != 0.0 ? options->tolerance : default_tolerance;
    if (!(tolerance >= 1e-15 && tolerance <= 1e-3))
        return xbar_fail(err, XBAR_ERR_INPUT,
                         "nodal: tolerance = %g: want 0 (default) or 1e-15 to 1e-3",
                         tolerance);
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(xbar_nodal), "nodal solver", err));
    xbar_nodal *s = memory;
    s->c = c;
    s->tolerance = tolerance;
    s->is_linear = c->cell.device == xbar_device_find("linear") && !c->cell.selector &&
                   !c->cell.access;
    s->is_plain = options && options->is_plain;
    s->is_together = options && options->is_together;
    s->threads = options && options->threads > 1 ? options->threads : 1;
    xbar_status status = allocate(s, err);
    if (status != XBAR_OK) {
        xbar_nodal_free(s);
        return status;
    }
    s->cells.cell = &c->cell;
    s->cells.state = s->state;
    s->newton.lines = &s->lines;
    s->newton.drops = &s->drops;
    s->newton.cells = &s->cells;
    s->newton.tight = tolerance;
    *out = s;
    return XBAR_OK;
}

void xbar_nodal_set_state(xbar_nodal *s, const double *state)
{
    memcpy(s->state, state, s->c->n_rows * s->c->n_cols * sizeof *state);
    s->is_searched = false;
    s->fast_is_factored = false;
    xbar_together_forget(&s->together);
    for (int k = 0; k < XBAR_N_INNER; k++)
        s->is_factored[k] = false;
}

const char *xbar_nodal_method(const xbar_nodal *s)
{
    (void)s;
    return xbar_kernel_find(NULL)->method;
}

/* Whatever was made for the lines as they were. */
static void forget_lines(xbar_nodal *s)
{
    xbar_together_clear(&s->together);
    s->fast_is_arranged = false;
    for (int k = 0; k < XBAR_N_INNER; k++)
        s->is_arranged[k] = false;
}

xbar_status xbar_nodal_look_at(xbar_nodal *s, const xbar_stimulus *in, double soft_ohm,
                               xbar_error *err)
{
    if (xbar_lines_connect(&s->lines, s->c, in, soft_ohm)) {
        s->is_searched = false;
        forget_lines(s); /* now: the search may run out of memory */
    }
    if (!s->is_searched) {
        bool others = false;
        XBAR_TRY(xbar_islands_find(&s->lines, s->state, &others, err));
        s->is_searched = true;
        if (others)
            forget_lines(s);
    }
    return XBAR_OK;
}

bool xbar_nodal_is_small(const xbar_nodal *s)
{
    return s->c->n_rows * s->c->n_cols <= most_direct_cells;
}

bool xbar_nodal_is_hanging(const xbar_nodal *s)
{
    const xbar_lines *l = &s->lines;
    if (s->c->n_rows * s->c->n_cols > most_hanging_cells)
        return false;
    for (int f = 0; f < XBAR_N_FAMILIES; f++) {
        if (l->family[f].cut)
            return true;
        double least = 1e-6 * (l->family[f].is_ideal ? 1.0 : l->family[f].siemens);
        for (size_t k = 0; k < l->family[f].n_lines; k++)
            if (!l->is_held[2 * f][k] && !l->is_held[2 * f + 1][k] &&
                l->siemens[2 * f][k] + l->siemens[2 * f + 1][k] < least)
                return true;
    }
    return false;
}

/* The tiled solver of ordinary arrays, ready for the present lines and state. */
static xbar_status prepare_fast(xbar_nodal *s, xbar_error *err)
{
    if (!s->fast)
        XBAR_TRY(xbar_fast_new(&s->fast, &s->lines, s->threads, err));
    if (!s->fast_is_arranged) {
        s->fast_is_factored = false;
        XBAR_TRY(xbar_fast_arrange(s->fast, err));
        s->fast_is_arranged = true;
    }
    if (!s->fast_is_factored) {
        xbar_fast_factor(s->fast, s->state);
        s->fast_is_factored = true;
    }
    return XBAR_OK;
}

static bool is_fast(const xbar_nodal *s)
{
    return s->is_linear && !s->is_plain && !s->cells.inject[XBAR_WORD];
}

/* The quickest way that gets there. */
static xbar_status solve_one(xbar_nodal *s, const xbar_stimulus *in,
                             xbar_nodal_answer *a, xbar_error *err)
{
    XBAR_TRY(xbar_nodal_look_at(s, in, 0.0, err));
    s->cells.gate = in->gate;
    if (s->c->cell.access) {
        s->present = XBAR_UNSYMMETRIC;
        return xbar_general_solve(s, in, a, err);
    }
    s->present = XBAR_DIRECT;
    if (s->is_plain || xbar_nodal_is_hanging(s))
        return xbar_general_solve(s, in, a, err);
    if (is_fast(s) && xbar_fast_fits(&s->lines)) {
        XBAR_TRY(prepare_fast(s, err));
        xbar_status status = xbar_fast_solve(s->fast, in, s->tolerance, a, err);
        if (status == XBAR_ERR_MEMORY || (status == XBAR_OK && a->is_tight))
            return status;
    }
    s->present = XBAR_TILED;
    xbar_status status = xbar_general_solve(s, in, a, err);
    const bool is_small = xbar_nodal_is_small(s);
    const bool is_done = (a->is_tight && s->is_settled) || !is_small;
    if (status == XBAR_OK ? is_done : status != XBAR_ERR_CONVERGENCE)
        return status;
    s->present = XBAR_DIRECT;
    xbar_status again = xbar_general_solve(s, in, a, err);
    if (again == XBAR_OK || status != XBAR_OK)
        return again;
    s->present = XBAR_TILED; /* that was not tight, but an answer */
    return xbar_general_solve(s, in, a, err);
}

/* Inputs side by side, where that pays; the others' status is left at
 * XBAR_ERR_CONVERGENCE. */
static xbar_status solve_together(xbar_nodal *s, const xbar_stimulus *in, size_t n,
                                  xbar_nodal_answer *out, xbar_error *err)
{
    bool alike = n > 1;
    for (size_t k = 0; k < n; k++) {
        out[k].status = XBAR_ERR_CONVERGENCE;
        alike = alike && xbar_stimulus_same_terminals(&in[0], &in[k], s->c);
    }
    if (!s->is_together || !alike || !is_fast(s))
        return XBAR_OK;
    XBAR_TRY(xbar_nodal_look_at(s, &in[0], 0.0, err));
    xbar_together_solve(&s->together, &s->lines, s->state, in, n, s->tolerance, out);
    return XBAR_OK;
}

/* There is no memory for these, so that nobody takes them for solved. */
static void give_up(const xbar_nodal *s, xbar_nodal_answer *out, size_t n,
                    const xbar_error *why)
{
    const xbar_error text = *why; /* which may be one of theirs */
    for (size_t k = 0; k < n; k++) {
        xbar_answer_blank(&out[k], s->c);
        out[k].status = XBAR_ERR_MEMORY;
        out[k].error = text;
    }
}

xbar_status xbar_nodal_solve(xbar_nodal *s, const xbar_stimulus *in, size_t n,
                             xbar_nodal_answer *out, xbar_error *err)
{
    xbar_error why = {0};
    if (solve_together(s, in, n, out, &why) != XBAR_OK) {
        give_up(s, out, n, &why);
        return xbar_fail(err, XBAR_ERR_MEMORY, "%s", why.text);
    }
    for (size_t k = 0; k < n; k++) {
        xbar_nodal_answer *a = &out[k];
        if (a->status == XBAR_OK) {
            a->error = (xbar_error){0};
            continue;
        }
        a->error = (xbar_error){0};
        a->n_newton = a->n_corrections = a->n_steps = 0;
        s->newton.n_newton = s->newton.n_corrections = s->newton.n_steps = 0;
        a->status = solve_one(s, &in[k], a, &a->error);
        a->n_newton += s->newton.n_newton;
        a->n_corrections += s->newton.n_corrections;
        a->n_steps += s->newton.n_steps;
        if (a->status != XBAR_OK)
            xbar_answer_blank(a, s->c);
        else
            a->error = (xbar_error){0}; /* of a way that did not get there */
        if (a->status == XBAR_ERR_MEMORY) {
            give_up(s, out + k, n - k, &a->error);
            return xbar_fail(err, XBAR_ERR_MEMORY, "%s", a->error.text);
        }
    }
    return XBAR_OK;
}

xbar_status xbar_nodal_solve_injected(xbar_nodal *s, const xbar_stimulus *in,
                                      double *const inject[XBAR_N_FAMILIES],
                                      xbar_nodal_answer *a, xbar_error *err)
{
    for (int f = 0; f < XBAR_N_FAMILIES; f++)
        s->cells.inject[f] = inject[f];
    xbar_status status = xbar_nodal_solve(s, in, 1, a, err);
    for (int f = 0; f < XBAR_N_FAMILIES; f++)
        s->cells.inject[f] = NULL;
    return status;
}

const double *xbar_nodal_state(const xbar_nodal *s)
{
    return s->state;
}

bool xbar_nodal_is_plain(const xbar_nodal *s)
{
    return s->is_plain;
}

xbar_status xbar_nodal_solve_together(xbar_nodal *s, const xbar_stimulus *in, size_t n,
                                      xbar_nodal_answer *out, xbar_error *err)
{
    const bool was_together = s->is_together;
    s->is_together = true;
    xbar_status status = xbar_nodal_solve(s, in, n, out, err);
    s->is_together = was_together;
    return status;
}
