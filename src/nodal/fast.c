/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nodal/fast_inside.h"

#include <math.h>
#include <stdlib.h>

#include "core/memory.h"
#include "nodal/room.h"

enum { MOST_CYCLES = 20, MOST_STEPS = 200, MOST_ROUNDS = 30 };

/* What a correction in single precision can gain. */
static const double single_gain = 1e-6;

/* The share of the first correction that may be left over: about what single precision
 * gets wrong anyway. Of later ones: so that a residual ends below the tolerance, by its
 * share of the first, of which half and more is rounding; or by what cycles move. */
static const double first_aim = 5e-7, below_share = 0.15, below = 0.35;

/* What Kirchhoff's law shows after a correction: the current through the best cell at so
 * much of the last cycle's move. As measured, of all kinds of cells. */
static const double shown = 0.3;

/* Before their last cycle corrections are smooth enough where they come near their aim;
 * but that this much is left over must be known, as a large aim says no more than that
 * errors were foreseen to be small. */
static const double little = 1e-4;

/* Who asks for no more than this is served by one correction, where cycles do well. */
static const double loose = 1e-6;

/* And of all together, so that outputs settle (fast_outputs.c); of Kirchhoff's law so
 * much, as a tolerance: who asks for less would have to wait for one correction more, or
 * have outputs wrong that are small, as where one row of many is driven. */
static const double outputs_aim = 2e-12, outputs_law = 1e-12;

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

void xbar_fast_free(xbar_fast *f)
{
    if (!f)
        return;
    free(f->kept);
    free(f->room);
    xbar_tiles_free(f->t);
    xbar_pair_free(f->pair);
    free(f);
}

/* What has a number for each line, or a few. */
static xbar_status lines_new(xbar_fast *f, xbar_error *err)
{
    xbar_balance *b = &f->b;
    const size_t height = f->t->height, width = f->t->width;
    XBAR_TRY(xbar_aligned_doubles_new(&f->room, 5 * height + 10 * width,
                                      "node voltages", err));
    double *at = f->room;
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        const size_t n = side / 2 == XBAR_WORD ? height : width;
        b->end[side] = f->l->siemens[side];
        b->inject[side] = at;
        b->drop[side] = at + n;
        at += 2 * n;
    }
    b->v_row = at;
    b->v_col = b->v_row + height;
    /* no rows are solved while a look needs these */
    b->bases[0] = (double *)(void *)f->t->lane_work[0];
    b->bases[1] = b->bases[0] + 2 * width;
    f->i_out = b->v_col + width;
    f->i_old = f->i_out + 2 * width;
    f->col_siemens = f->i_old + 2 * width;
    return XBAR_OK;
}

static xbar_status make_room(xbar_fast *f, unsigned threads, xbar_error *err)
{
    const xbar_lines *l = f->l;
    double row_siemens = l->family[XBAR_WORD].siemens;
    double col_siemens = l->family[XBAR_BIT].siemens;
    XBAR_TRY(xbar_pair_new(&f->pair, (int)threads, err));
    XBAR_TRY(xbar_tiles_new(&f->t, l->n_rows, l->n_cols, 1.0 / row_siemens,
                            1.0 / col_siemens, NULL, threads, err));
    f->b = (xbar_balance){
        .t = f->t, .row_siemens = row_siemens, .col_siemens = col_siemens};
    return lines_new(f, err);
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
    return xbar_tiles_arrange(f->t, f->b.end, err);
}

void xbar_fast_factor(xbar_fast *f, const double *g)
{
    f->b.g = g;
    f->has_col_siemens = false;
    xbar_tiles_factor(f->t, f->pair, g);
}

const char *xbar_fast_width(const xbar_fast *f)
{
    return f->t->kernel->name;
}

/* ---- looks ------------------------------------------------------------------------- */

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

/* Looks at Kirchhoff's law; what is left over goes to the tiles, if not only looked at. */
static look look_at(xbar_fast *f, xbar_balance_from from)
{
    xbar_balance *b = &f->b;
    b->from = from;
    xbar_pair_run(f->pair, xbar_fast_take_half, b);
    xbar_pair_run(f->pair, meet_half, b);
    xbar_tiles_merge(f->t);
    if (b->keeps)
        xbar_fast_release(f);
    look k = {.largest = fmax(b->tally[0].largest, b->tally[1].largest),
              .current =
                  fmax(b->tally[0].largest_current, b->tally[1].largest_current)};
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t line = 0; line < f->l->family[side / 2].n_lines; line++)
            k.current = fmax(k.current, fabs(xbar_fast_terminal(b, side, line)));
    k.move = fmax(b->tally[0].move, b->tally[1].move);
    k.share = k.largest > f->nothing ? k.largest / k.current : 0.0;
    if (isnan(b->tally[0].poison + b->tally[1].poison))
        k.share = (double)NAN;
    return k;
}

/* ---- rounds -------------------------------------------------------------------------- */

/* The first correction, from the sources' voltages alone. Cells so unequal that cycles
 * get nowhere are left to conjugate gradients. */
static xbar_status first_round(xbar_fast *f, double tolerance, look *k, xbar_cycling *c,
                               bool *by_cycles, xbar_error *err)
{
    xbar_tiles *t = f->t;
    xbar_fast_reclaim(f);
    t->fresh = true;
    *c = (xbar_cycling){
        .most = MOST_CYCLES, .aim = first_aim, .follows = tolerance < loose};
    xbar_tiles_cycles(t, f->pair, c);
    t->fresh = false;
    xbar_tiles_set_aside(t);
    *by_cycles = c->rate <= XBAR_TILES_SLOW;
    if (!*by_cycles)
        XBAR_TRY(xbar_fast_keep_first(f, err));
    *k = look_at(f, XBAR_BALANCE_FIRST);
    if (*by_cycles && k->share >= 0.1) {
        *by_cycles = false;
        XBAR_TRY(xbar_fast_keep_first(f, err));
        *k = look_at(f, XBAR_BALANCE_FIRST);
    }
    xbar_fast_note_outputs(f);
    return XBAR_OK;
}

/* Is the answer as it should be after a correction that leaves over that share of itself?
 * Voltages of nodes that hang on cells of tiny conductance, where hardly a current shows
 * how far off they are, are judged by how far this correction moved them, against the one
 * before. */
static bool is_done(xbar_fast *f, const look *now, const look *before, double left,
                    double tolerance)
{
    /* what a law at its floor does not show any more, the moves still do */
    const double moves = now->move / before->move;
    left = fmax(left, fmin(now->share / before->share, moves));
    if (!(now->share <= tolerance &&
          xbar_fast_outputs_settled(f, left, before->largest, now->move)))
        return false;
    double next = fmax(left, 10.0 * single_gain);
    if (now->move > 0.0)
        next = fmax(next, now->move / before->move);
    return next * now->move <= fmax(tolerance, 1e-10) * f->scale;
}

/* Where wires of one kind are as good as none beside the others (is_steep), Kirchhoff's
 * law says less of the outputs: only what it can be brought to at most will do. */
static double enough_for(const xbar_tiles *t, double tolerance)
{
    static const double strict = 1e-9, least = 1e-12;
    return t->is_steep && tolerance <= strict ? fmin(tolerance, least) : tolerance;
}

/* The share of the residual's energy norm that conjugate gradients may leave over: the
 * first time what single precision makes of it anyway, later so that Kirchhoff's law is
 * down to the tolerance, and a step more where that spares another correction; but never
 * so little that the outputs would ask for more. */
static double steps_aim(const xbar_fast *f, const look *k, double tolerance)
{
    static const double first = 1e-5, later = 3e-6, least = 1e-6, most = 3e-2;
    const double all = 0.2 * tolerance / k->share;
    if (f->b.from == XBAR_BALANCE_FIRST)
        return fmin(most, fmax(all, first));
    return all > least ? fmin(most, all) : later;
}

static xbar_status rounds(xbar_fast *f, double tolerance, look *k, size_t *n_rounds,
                          size_t *n_steps, xbar_error *err)
{
    xbar_tiles *t = f->t;
    tolerance = enough_for(t, tolerance);
    xbar_cycling c;
    bool by_cycles = true;
    XBAR_TRY(first_round(f, tolerance, k, &c, &by_cycles, err));
    double error = c.left; /* as a share of the voltages, as foreseen */
    *n_steps = c.n;
    if (tolerance >= loose && by_cycles && k->share <= tolerance && error <= tolerance)
        return XBAR_OK;
    for (*n_rounds = 1; *n_rounds < MOST_ROUNDS; ++*n_rounds) {
        if (!(k->share > 0.0))
            break; /* done, or not a number */
        double left = 10.0 * single_gain;
        if (by_cycles) {
            const double asked =
                tolerance < loose ? fmin(tolerance, outputs_law) : tolerance;
            c.aim = fmin(fmax(outputs_aim / error, 0.1 * single_gain), 0.1);
            c.smooth = fmin(10.0 * c.aim, little);
            c.law = fmin(fmax(below_share * asked / k->share, 0.1 * single_gain), 0.1);
            c.calm = below * asked * k->current /
                     (shown * (double)fmaxf(t->g_peak[0], t->g_peak[1]));
            xbar_tiles_cycles(t, f->pair, &c);
            *n_steps += c.n;
            left = fmax(c.left, 0.3 * single_gain);
        } else {
            double enough = steps_aim(f, k, tolerance);
            size_t n = MOST_STEPS;
            for (int part = 0; part < 2; part++)
                t->word[part] = f->b.kept[XBAR_WORD][part];
            XBAR_TRY(xbar_tiles_conjugate(t, f->pair, k->largest, enough, &n, err));
            *n_steps += n;
            left = fmax(left, enough);
        }
        error *= left;
        const look before = *k;
        *k = look_at(f, f->b.keeps ? XBAR_BALANCE_MORE : XBAR_BALANCE_BOTH);
        xbar_fast_note_outputs(f);
        if (is_done(f, k, &before, left, tolerance))
            break;
        if (!(k->share < 0.5 * before.share || k->move < 0.5 * before.move)) {
            if (!by_cycles || isnan(k->share))
                break; /* as good as it gets */
            by_cycles = false;
        }
        const double moves = before.move > 0.0 ? k->move / before.move : 1.0;
        if (by_cycles)
            by_cycles = (k->share < 0.1 * before.share || moves < 0.1) &&
                        c.rate <= XBAR_TILES_SLOW;
        if (!f->b.keeps) {
            const double move = k->move;
            XBAR_TRY(xbar_fast_keep_both(f, err));
            *k = look_at(f, XBAR_BALANCE_MORE);
            k->move = move;
        }
    }
    return isnan(k->share) ? xbar_fail(err, XBAR_ERR_CONVERGENCE, "cycles diverged")
                           : XBAR_OK;
}

/* A node's drops from its lines' references, V. */
typedef struct drops {
    double u, w;
} drops;

static drops drops_at(const xbar_balance *b, size_t i, size_t j)
{
    const xbar_tiles *t = b->t;
    const double scale = (double)t->scale;
    if (b->keeps)
        return (drops){xbar_balance_kept(b, XBAR_WORD, i)[j],
                       xbar_balance_kept(b, XBAR_BIT, i)[j]};
    const size_t along = j / XBAR_BASE * t->height + i;
    const size_t across = i / XBAR_BASE * t->width + j;
    const size_t cell =
        (size_t)(xbar_tiles_cell(t, t->g, i, j / XBAR_TILE) - t->g) + j % XBAR_TILE;
    drops d = {((double)t->p[cell] + (double)t->first_base_u[along]) * scale,
               ((double)t->z[cell] + (double)t->first_base_w[across]) * scale};
    if (b->from == XBAR_BALANCE_BOTH) {
        d.u += ((double)t->ru[cell] + (double)t->base_u[along]) * scale;
        d.w += ((double)t->w[cell] + (double)t->base_w[across]) * scale;
    }
    return d;
}

static void fill(const xbar_fast *f, xbar_nodal_answer *a)
{
    const xbar_balance *b = &f->b;
    const xbar_lines *l = f->l;
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0; a->i_terminal[side] && k < l->family[side / 2].n_lines; k++)
            a->i_terminal[side][k] = xbar_fast_terminal(b, side, k) + 0.0;
    if (!a->v_row && !a->v_col && !a->i_cell)
        return;
    for (size_t i = 0; i < l->n_rows; i++)
        for (size_t j = 0; j < l->n_cols; j++) {
            const size_t k = i * l->n_cols + j;
            const drops d = drops_at(b, i, j);
            if (a->v_row)
                a->v_row[k] = b->v_row[i] + d.u;
            if (a->v_col)
                a->v_col[k] = b->v_col[j] + d.w;
            if (a->i_cell)
                a->i_cell[k] =
                    b->g[k] * ((b->v_row[i] - b->v_col[j]) + (d.u - d.w)) + 0.0;
        }
}

xbar_status xbar_fast_solve(xbar_fast *f, const xbar_stimulus *s, double tolerance,
                            xbar_nodal_answer *a, xbar_error *err)
{
    look k = {0};
    size_t n_rounds = 0, n_steps = 0;
    xbar_fast_start(f, s);
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
