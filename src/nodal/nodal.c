/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nodal/nodal.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "nodal/answer.h"
#include "nodal/fast.h"
#include "nodal/inside.h"
#include "nodal/islands.h"
#include "nodal/newton.h"
#include "nodal/plane.h"
#include "nodal/tiles.h"
#include "nodal/together.h"

static const double default_tolerance = 1e-12;
/* An answer that leaves more than this of the largest current at a node is none. */
static const double worst_tolerance = 1e-9;

/* The linear solvers of the general iteration, first choice first. */
enum { TILED, DIRECT, UNSYMMETRIC, N_INNER };
static const xbar_inner *const inner[N_INNER] = {&xbar_inner_tiled, &xbar_inner_direct,
                                                 &xbar_inner_unsymmetric};

/* Where the first choice leaves digits to gain, the second is tried up to this size: a
 * direct solution of larger arrays takes minutes and gigabytes. */
static const size_t most_direct_cells = (size_t)1 << 17;

/* Up to this size direct solutions are quick enough for arrays where iterations might
 * miss a hanging line's last digits. */
static const size_t most_hanging_cells = 4096;

struct xbar_nodal {
    const xbar_crossbar *c;
    double tolerance;
    unsigned threads;
    bool is_plain;
    bool is_linear, is_together;
    double *state; /* [n_rows][n_cols] */

    xbar_lines lines;
    bool is_searched; /* islands, for the present lines and state */

    /* Ohmic cells between resistive wires; NULL before the first. */
    xbar_fast *fast;
    bool fast_is_arranged, fast_is_factored;
    xbar_together together; /* many inputs */

    /* All others; no planes before the first. */
    bool has_planes;
    xbar_drops drops;
    xbar_cells cells;
    xbar_newton newton;
    void *solver[N_INNER]; /* NULL: not open */
    int present;           /* the one in use */
    bool is_settled;       /* its iteration found an end */
    bool is_warm;          /* start from the present voltages */
    bool is_arranged[N_INNER], is_factored[N_INNER]; /* factored: linear cells */
    bool has_factors[N_INNER]; /* of some moment in time, for the present lines */
};

/* Of the general iteration; all of them, so that they can be made anew. */
static void clear_planes(xbar_nodal *s)
{
    xbar_cells *c = &s->cells;
    double **const planes[] = {&s->newton.r[XBAR_WORD],
                               &s->newton.e[XBAR_WORD],
                               &s->newton.r[XBAR_BIT],
                               &s->newton.e[XBAR_BIT],
                               &s->newton.didv,
                               &c->v,
                               &c->i,
                               &c->v_n,
                               &c->back,
                               &c->work};
    xbar_drops_clear(&s->drops);
    for (size_t k = 0; k < sizeof planes / sizeof *planes; k++) {
        free(*planes[k]);
        *planes[k] = NULL;
    }
    s->lines.cell_back = NULL;
    s->has_planes = false;
}

void xbar_nodal_free(xbar_nodal *s)
{
    if (!s)
        return;
    for (int k = 0; k < N_INNER; k++)
        if (s->solver[k])
            inner[k]->close(s->solver[k]);
    xbar_fast_free(s->fast);
    xbar_together_clear(&s->together);
    xbar_lines_clear(&s->lines);
    clear_planes(s);
    free(s->state);
    free(s);
}

/* Linear cells at rest: K does not depend on the voltages. */
static bool has_fixed_slopes(const xbar_nodal *s)
{
    return s->is_linear && !s->cells.law;
}

static xbar_status fill_planes(xbar_nodal *s, xbar_error *err)
{
    const size_t n = s->c->n_rows * s->c->n_cols;
    XBAR_TRY(xbar_drops_init(&s->drops, &s->lines, err));
    XBAR_TRY(xbar_doubles_new(&s->cells.v, s->c->n_cols, "a row", err));
    XBAR_TRY(xbar_doubles_new(&s->cells.i, s->c->n_cols, "a row", err));
    for (int f = 0; f < XBAR_N_FAMILIES; f++) {
        XBAR_TRY(xbar_doubles_new(&s->newton.r[f], n, "residuals", err));
        XBAR_TRY(xbar_doubles_new(&s->newton.e[f], n, "corrections", err));
    }
    if (s->c->cell.access) {
        XBAR_TRY(xbar_doubles_new(&s->cells.v_n, s->c->n_cols, "a row", err));
        XBAR_TRY(xbar_doubles_new(&s->cells.work, 2 * s->c->n_cols, "a row", err));
        XBAR_TRY(xbar_doubles_new(&s->cells.back, n, "conductances", err));
        s->lines.cell_back = s->cells.back;
    }
    return XBAR_OK;
}

/* Planes for the general iteration. */
static xbar_status make_planes(xbar_nodal *s, xbar_error *err)
{
    if (s->has_planes)
        return XBAR_OK;
    const xbar_status status = fill_planes(s, err);
    if (status != XBAR_OK)
        clear_planes(s);
    else
        s->has_planes = true;
    return status;
}

/* Newton's method wants the cells' di/dv as well. */
static xbar_status make_slopes(xbar_nodal *s, xbar_error *err)
{
    if (s->newton.didv)
        return XBAR_OK;
    return xbar_doubles_new(&s->newton.didv, s->c->n_rows * s->c->n_cols,
                            "conductances", err);
}

static xbar_status make_room(xbar_nodal *s, xbar_error *err)
{
    XBAR_TRY(make_planes(s, err));
    if (!has_fixed_slopes(s))
        XBAR_TRY(make_slopes(s, err));
    return XBAR_OK;
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
    *out = s;
    return XBAR_OK;
}

void xbar_nodal_set_state(xbar_nodal *s, const double *state)
{
    memcpy(s->state, state, s->c->n_rows * s->c->n_cols * sizeof *state);
    s->is_searched = false;
    s->fast_is_factored = false;
    xbar_together_forget(&s->together);
    for (int k = 0; k < N_INNER; k++)
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
    for (int k = 0; k < N_INNER; k++)
        s->is_arranged[k] = false;
}

/* Which terminals are open, and what no source reaches. */
static xbar_status look_at(xbar_nodal *s, const xbar_stimulus *in, double soft_ohm,
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

/* Makes the present linear solver fit the lines and the state. */
static xbar_status prepare(xbar_nodal *s, const xbar_stimulus *in, double soft_ohm,
                           xbar_error *err)
{
    const int k = s->present;
    XBAR_TRY(look_at(s, in, soft_ohm, err));
    if (!s->solver[k])
        XBAR_TRY(inner[k]->open(&s->solver[k], &s->lines, err));
    s->newton.inner = inner[k];
    s->newton.solver = s->solver[k];
    if (!s->is_arranged[k]) {
        s->is_factored[k] = s->has_factors[k] = false;
        XBAR_TRY(inner[k]->arrange(s->solver[k], err));
        s->is_arranged[k] = true;
    }
    if (has_fixed_slopes(s) && !s->is_factored[k]) {
        XBAR_TRY(inner[k]->factor(s->solver[k], s->state, err));
        s->is_factored[k] = true;
    }
    return XBAR_OK;
}

/* The highest conductance that is not a cell's: what a terminal of 0 ohm is to be small
 * against. */
static double highest_siemens(const xbar_nodal *s)
{
    double top =
        fmax(s->lines.family[XBAR_WORD].siemens, s->lines.family[XBAR_BIT].siemens);
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0; k < xbar_side_lines(s->c, (xbar_side)side); k++)
            top = fmax(top, s->lines.siemens[side][k]);
    return top > 0.0 ? top : 1.0;
}

/* Terminals of 0 ohm force cells beside them at once to where their currents may be
 * e-folds beyond all reason, which Newton's method undoes one e-fold a step. So where that
 * is seen they are first given a small resistance, then smaller ones, each time from the
 * solution before, until nothing is forced any more. */
static xbar_status start_softly(xbar_nodal *s, const xbar_stimulus *in, xbar_error *err)
{
    enum { STAGES = 5 };
    double ohm = 1e-3 / highest_siemens(s);
    for (int k = 0; k < STAGES; k++, ohm *= 1e-2) {
        XBAR_TRY(prepare(s, in, ohm, err));
        if (k == 0) {
            XBAR_TRY(xbar_drops_start(&s->drops, &s->lines, in, err));
            xbar_drops_level(&s->drops, &s->lines, in);
        }
        xbar_status status = xbar_newton_solve(&s->newton, in, err);
        if (status != XBAR_OK && status != XBAR_ERR_CONVERGENCE)
            return status;
        if (!xbar_newton_is_overdriven(&s->newton, s->newton.didv))
            break;
    }
    XBAR_TRY(prepare(s, in, 0.0, err));
    return xbar_drops_hold(&s->drops, &s->lines, in, err);
}

/* Everything up to the first iteration that counts. */
static xbar_status start(xbar_nodal *s, const xbar_stimulus *in, xbar_error *err)
{
    XBAR_TRY(prepare(s, in, 0.0, err));
    if (s->is_warm)
        return xbar_drops_resume(&s->drops, &s->lines, in, err);
    XBAR_TRY(xbar_drops_start(&s->drops, &s->lines, in, err));
    /* drops of drops of drops */
    s->newton.nothing = pow(DBL_EPSILON, 4) * s->drops.scale * highest_siemens(s);
    if (has_fixed_slopes(s))
        return XBAR_OK;
    xbar_drops_level(&s->drops, &s->lines, in);
    if (s->c->cell.access)
        return XBAR_OK; /* a channel's current has no exponential */
    return xbar_newton_is_overdriven(&s->newton, NULL) ? start_softly(s, in, err)
                                                       : XBAR_OK;
}

/* A, what the last digits of the node voltages are worth in the best conductor among the
 * cells: their voltages are differences of those. (Wires' and terminals' drops have digits
 * of their own.) */
static double rounding(xbar_nodal *s)
{
    double best = 0.0;
    for (size_t i = 0; i < s->c->n_rows; i++) {
        double *didv = s->newton.e[XBAR_WORD];
        xbar_kirchhoff_cells(&s->lines, &s->drops, &s->cells, i);
        xbar_cells_current(&s->cells, s->c->n_cols, i, s->cells.i, didv);
        best = fmax(best, xbar_largest(s->c->n_cols, didv));
    }
    return 4.0 * DBL_EPSILON * s->drops.scale * best;
}

/* From the start to the solution. */
static xbar_status iterate(xbar_nodal *s, const xbar_stimulus *in, xbar_error *err)
{
    const int k = s->present;
    if (has_fixed_slopes(s))
        return xbar_newton_refine(&s->newton, in, err);
    /* within steps in time the factors of the moment before mostly serve */
    if (s->is_warm && s->has_factors[k] && k != TILED) {
        bool is_good = false;
        XBAR_TRY(xbar_newton_reuse(&s->newton, in, &is_good, err));
        if (is_good)
            return XBAR_OK;
    }
    s->has_factors[k] = s->cells.law != NULL;
    return xbar_newton_solve(&s->newton, in, err);
}

static xbar_status solve_generally(xbar_nodal *s, const xbar_stimulus *in,
                                   xbar_nodal_answer *a, xbar_error *err)
{
    XBAR_TRY(make_room(s, err));
    XBAR_TRY(start(s, in, err));
    xbar_status status = iterate(s, in, err);
    if (status != XBAR_OK && status != XBAR_ERR_CONVERGENCE)
        return status;
    s->is_settled = status == XBAR_OK;
    /* Kirchhoff's law has the last word, also where the iteration found no end. */
    xbar_answer_fill(a, s->c, &s->lines, &s->drops, &s->cells, s->newton.r);
    /* where nothing flows, what is left is as large as what is found */
    bool is_still =
        a->largest_current <= xbar_drops_least(&s->drops) * highest_siemens(s);
    a->is_tight = is_still || a->kcl_residual <= s->tolerance * a->largest_current;
    double worst = fmax(worst_tolerance, 10.0 * s->newton.enough) * a->largest_current;
    if (a->is_tight || a->kcl_residual <= worst ||
        a->kcl_residual <= worst + rounding(s))
        return XBAR_OK;
    if (status != XBAR_OK)
        return status;
    return xbar_fail(err, XBAR_ERR_CONVERGENCE,
                     "Kirchhoff's law is left with %.2g A at a node, of %.2g A",
                     a->kcl_residual, a->largest_current);
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

/* Is there a piece of a line that is tied to its sources by hardly more than cells?
 * Its voltage may be the small difference of currents that are rounded as large ones. */
static bool hangs(const xbar_lines *l)
{
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

/* The quickest way that gets there. */
static xbar_status solve_one(xbar_nodal *s, const xbar_stimulus *in,
                             xbar_nodal_answer *a, xbar_error *err)
{
    XBAR_TRY(look_at(s, in, 0.0, err));
    s->cells.gate = in->gate;
    if (s->c->cell.access) {
        s->present = UNSYMMETRIC;
        return solve_generally(s, in, a, err);
    }
    s->present = DIRECT;
    if (s->is_plain ||
        (s->c->n_rows * s->c->n_cols <= most_hanging_cells && hangs(&s->lines)))
        return solve_generally(s, in, a, err);
    if (is_fast(s) && xbar_fast_fits(&s->lines)) {
        XBAR_TRY(prepare_fast(s, err));
        xbar_status status = xbar_fast_solve(s->fast, in, s->tolerance, a, err);
        if (status == XBAR_ERR_MEMORY || (status == XBAR_OK && a->is_tight))
            return status;
    }
    s->present = TILED;
    xbar_status status = solve_generally(s, in, a, err);
    const bool is_small = s->c->n_rows * s->c->n_cols <= most_direct_cells;
    const bool is_done = (a->is_tight && s->is_settled) || !is_small;
    if (status == XBAR_OK ? is_done : status != XBAR_ERR_CONVERGENCE)
        return status;
    s->present = DIRECT;
    xbar_status again = solve_generally(s, in, a, err);
    if (again == XBAR_OK || status != XBAR_OK)
        return again;
    s->present = TILED; /* that was not tight, but an answer */
    return solve_generally(s, in, a, err);
}

/* Have two inputs the same terminals open? */
static bool same_terminals(const xbar_crossbar *c, const xbar_stimulus *a,
                           const xbar_stimulus *b)
{
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0; k < xbar_side_lines(c, (xbar_side)side); k++)
            if (isnan(a->volt[side][k]) != isnan(b->volt[side][k]))
                return false;
    return true;
}

/* Inputs side by side, where that pays; the others' status is left at
 * XBAR_ERR_CONVERGENCE. */
static xbar_status solve_together(xbar_nodal *s, const xbar_stimulus *in, size_t n,
                                  xbar_nodal_answer *out, xbar_error *err)
{
    bool alike = n > 1;
    for (size_t k = 0; k < n; k++) {
        out[k].status = XBAR_ERR_CONVERGENCE;
        alike = alike && same_terminals(s->c, &in[0], &in[k]);
    }
    if (!s->is_together || !alike || !is_fast(s))
        return XBAR_OK;
    XBAR_TRY(look_at(s, &in[0], 0.0, err));
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

/* The network of a moment, or that at rest (NULL). */
static void enter(xbar_nodal *s, const xbar_nodal_moment *moment)
{
    s->cells.law = moment ? moment->law : NULL;
    s->newton.enough = moment ? moment->enough : 0.0;
    for (int f = 0; f < XBAR_N_FAMILIES; f++) {
        s->lines.ground_siemens[f] = moment ? moment->ground_siemens[f] : NULL;
        s->cells.ground_volt[f] = moment ? moment->ground_volt[f] : NULL;
    }
}

/* The linear solvers that are worth trying, the first one first. */
static xbar_status solve_moment(xbar_nodal *s, const xbar_stimulus *in, bool is_warm,
                                xbar_nodal_answer *a, xbar_error *err)
{
    const bool is_small = s->c->n_rows * s->c->n_cols <= most_direct_cells;
    XBAR_TRY(look_at(s, in, 0.0, err));
    s->is_warm = is_warm && s->has_planes;
    s->cells.gate = in->gate;
    if (s->c->cell.access) {
        s->present = UNSYMMETRIC;
        return solve_generally(s, in, a, err);
    }
    s->present = DIRECT;
    if (!s->is_plain && !s->lines.ground_siemens[XBAR_WORD] &&
        !(s->c->n_rows * s->c->n_cols <= most_hanging_cells && hangs(&s->lines))) {
        s->present = TILED;
        xbar_status status = solve_generally(s, in, a, err);
        if (status != XBAR_ERR_CONVERGENCE || !is_small)
            return status;
        s->present = DIRECT;
        s->is_warm = false;
    }
    return solve_generally(s, in, a, err);
}

xbar_status xbar_nodal_solve_moment(xbar_nodal *s, const xbar_stimulus *in,
                                    const xbar_nodal_moment *moment,
                                    xbar_nodal_answer *a, xbar_error *err)
{
    a->n_newton = a->n_corrections = a->n_steps = 0;
    a->error = (xbar_error){0};
    s->newton.n_newton = s->newton.n_corrections = s->newton.n_steps = 0;
    enter(s, moment);
    a->status = solve_moment(s, in, moment->is_warm, a, &a->error);
    enter(s, NULL);
    s->is_warm = false;
    for (int k = 0; k < N_INNER; k++)
        s->is_factored[k] = false;
    a->n_newton = s->newton.n_newton;
    a->n_corrections = s->newton.n_corrections;
    a->n_steps = s->newton.n_steps;
    if (a->status != XBAR_OK)
        return xbar_fail(err, a->status, "%s", a->error.text);
    a->error = (xbar_error){0}; /* of a way that did not get there */
    return XBAR_OK;
}

void xbar_nodal_tell_moment(xbar_nodal *s, const xbar_nodal_moment *moment,
                            xbar_nodal_answer *a)
{
    enter(s, moment);
    xbar_answer_fill(a, s->c, &s->lines, &s->drops, &s->cells, s->newton.r);
    enter(s, NULL);
}

const double *xbar_nodal_state(const xbar_nodal *s)
{
    return s->state;
}

bool xbar_nodal_is_plain(const xbar_nodal *s)
{
    return s->is_plain;
}

void xbar_nodal_volts(const xbar_nodal *s, double *const v[XBAR_N_FAMILIES])
{
    for (size_t i = 0; i < s->c->n_rows; i++)
        for (size_t j = 0; j < s->c->n_cols; j++) {
            const size_t k = i * s->c->n_cols + j;
            size_t word = xbar_lines_piece(&s->lines.family[XBAR_WORD], i, j);
            size_t bit = xbar_lines_piece(&s->lines.family[XBAR_BIT], j, i);
            v[XBAR_WORD][k] = s->drops.ref[XBAR_WORD][word] + s->drops.u[XBAR_WORD][k];
            v[XBAR_BIT][k] = s->drops.ref[XBAR_BIT][bit] + s->drops.u[XBAR_BIT][k];
        }
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
