/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How many cycles a correction takes, and which of them are relaxed.
 *
 * A cycle multiplies the error's modes by factors from 0 to `rate`, and soon the slowest
 * are all there is: one move after another has the same direction. A relaxed cycle begins
 * at
 *
 *     x_k + root / (1 - root) (x_k - x_{k-1}),
 *
 * where a mode of factor `root` is gone: a zero of the error's polynomial there (Varga,
 * Matrix Iterative Analysis, 1962, 5.1). The many fast modes want zeros at 0, so it is
 * each second cycle, and x_{k-1} takes no time to keep: the sweep in between leaves it
 * where it reads it and works in another plane. The second cycle is relaxed without any
 * plane to keep, as x_0 is 0.
 *
 * What is slowest are voltages that differ from line to line and hardly change along it,
 * which the smooth correction cannot tell: a row of unequal cells averages its columns'
 * unevenly. How unequal they are says how slow that will be, before the first cycle; later
 * ones show it. (All numbers below as measured, at 16 to 4096 lines and wires of 0.1 to
 * 100 ohm.) */
#include <math.h>

#include "nodal/coarse.h"
#include "nodal/tiles.h"

/* Whether the second cycle is relaxed. */
typedef enum early {
    NOT_EARLY, /* cells or lines of which nothing is known beforehand */
    EVEN,      /* cells not too unequal, lines so long that many modes are slow */
    UNEVEN,    /* the best cells far better than the mean, some modes slow */
    UNEVEN_MANY
} early;

/* How the bit nodes come to rest. */
typedef struct rest {
    double first, now; /* their largest moves, of the first and of the last cycle */
    double ratio[2];   /* of one to that before, the last and the last but one */
    bool is_kept;      /* the nodes of the cycle before are: the next may be relaxed */
    early early;
    bool is_even;   /* it was EVEN at first, so that it is known ... */
    double slowest; /* ... what is slowest, at most, of cells like these */
    double hidden;  /* of NOT_EARLY, what is slow and may not have shown yet */
    bool is_coarse; /* by what the smooth correction's nodes leave between them */
    double best;    /* the best cell by the mean */
} rest;

/* Beyond this the best cells are far better than the mean. */
static const double uneven = 6.0;

static double best_by_mean(const xbar_tiles *t)
{
    const double cells = (double)t->n_rows * (double)t->n_cols;
    const double sum = t->g_sum[0] + t->g_sum[1];
    return sum > 0.0 ? (double)fmaxf(t->g_peak[0], t->g_peak[1]) * cells / sum : 1.0;
}

/* Hat functions miss by the square of their distance. */
static double between_nodes(const xbar_tiles *t)
{
    const size_t x = t->coarse->x.spacing, y = t->coarse->y.spacing;
    const double eighths = (double)(x > y ? x : y) / 8.0;
    return 0.013 * eighths * eighths;
}

static double mean_of_cells(const xbar_tiles *t)
{
    return (t->g_sum[0] + t->g_sum[1]) / ((double)t->n_rows * (double)t->n_cols);
}

/* What a line's cells conduct by what its wire resists. */
static double length(const xbar_tiles *t, bool is_row)
{
    const double n = (double)(is_row ? t->n_cols : t->n_rows);
    return n * n * mean_of_cells(t) * (double)(is_row ? t->row_ohm : t->col_ohm);
}

/* Lines beyond this are long enough for all slow modes of such cells to be as slow as each
 * other. */
static double long_line(double best)
{
    const double more = best - 1.0;
    return 4.0 + fmax(3.5 * more, 0.6 * more * more * more);
}

static early find_early(const xbar_tiles *t, const xbar_cycling *c, double best)
{
    static const double rough = 1e-4, slow = 0.15, most_between = 0.06;
    static const double short_line = 1.2, many = 20.0, sluggish = 0.3;
    const double row = length(t, true), col = length(t, false);
    if (c->aim == 0.0)
        return NOT_EARLY;
    if (best <= uneven)
        return (t->fresh || c->swift) && between_nodes(t) < most_between &&
                       fmin(row, col) > long_line(best)
                   ? EVEN
                   : NOT_EARLY;
    if (c->aim >= rough || (!t->fresh && c->root >= slow) ||
        !(fmin(row, col) > short_line))
        return NOT_EARLY;
    if (fmax(row, col) < many)
        return UNEVEN;
    /* the share of a line's cells that one voltage is a mean of */
    const double ohm = fmax((double)t->row_ohm, (double)t->col_ohm);
    return best * sqrt(mean_of_cells(t) * ohm) < sluggish ? UNEVEN_MANY : NOT_EARLY;
}

/* A zero is put within what is slowest, where that is told by the cells. */
static const double within = 0.85;

static rest begin(const xbar_tiles *t, const xbar_cycling *c)
{
    static const double quarter_wave = 2.5; /* (pi/2)^2: a line's slowest change */
    const double best = best_by_mean(t);
    const double by_cells = 0.013 + 0.0125 * (best - 1.0);
    const double by_nodes = between_nodes(t);
    const double lesser = fmin(length(t, true), length(t, false));
    const double seen = lesser / (lesser + quarter_wave);
    const double slowest = fmax(by_nodes, by_cells);
    early how = find_early(t, c, best);
    if (how == EVEN && c->rate > 2.0 * slowest)
        how = NOT_EARLY; /* something else was seen to be slower */
    return (rest){.early = how,
                  .is_even = how == EVEN,
                  .best = best,
                  .slowest = slowest,
                  .hidden = best <= uneven ? within * by_cells * seen : 0.0,
                  .is_coarse = by_nodes > 1.1 * by_cells};
}

static bool may_be_relaxed(const xbar_tiles *t, const xbar_cycling *c, const rest *r,
                           size_t number)
{
    const size_t first = r->early ? 4 : t->fresh ? c->late ? 6 : 4 : 3;
    return c->aim > 0.0 && number >= first && (number - first) % 2 == 0;
}

/* A zero is put no further out. */
static const double most_root = 0.8;

/* The first correction's early cycles see faster modes die out, too: what is slowest is
 * where their rates lead to, or between them; or, where the second was relaxed, slower by
 * about as much in all arrays. */
static double find_root(const xbar_tiles *t, const xbar_cycling *c, const rest *r)
{
    static const double unseen = 0.06, least = 0.11;
    double root = c->rate;
    if (r->early == EVEN)
        return within * r->slowest;
    if (r->early && c->n <= 3)
        root = fmax(t->fresh ? root + unseen : root, least);
    else if (!r->early && t->fresh && c->root == 0.0)
        root = r->ratio[0] > r->ratio[1]
                   ? r->ratio[0] * fmin(2.0, r->ratio[0] / r->ratio[1])
                   : sqrt(r->ratio[0] * r->ratio[1]);
    else if (!r->early && !t->fresh && c->n <= 2)
        root = fmax(root, fmax(c->root, r->hidden));
    return fmin(root, most_root);
}

/* The second cycle's. */
static double find_early_root(const xbar_tiles *t, const xbar_cycling *c, const rest *r)
{
    static const double least = 0.05, of_many = 0.14;
    if (r->early == EVEN && r->is_coarse)
        return r->slowest;
    if (r->early == EVEN)
        return 0.013 + (t->fresh ? 0.002 : 0.008) * (r->best - 1.0);
    if (r->early == UNEVEN_MANY && !t->fresh)
        return fmin(fmax(c->rate, of_many), most_root);
    return fmin(fmax(c->rate, least), most_root);
}

static void begin_cycle(xbar_tiles *t, xbar_cycling *c, rest *r, size_t most)
{
    const bool is_relaxed = r->is_kept && c->rate <= XBAR_TILES_SLOW;
    t->from = t->w;
    t->relax = 0.0f;
    t->is_early = false;
    r->is_kept = false;
    if (r->early && c->n == 1) {
        const double root = find_early_root(t, c, r);
        t->relax = (float)(root / (1.0 - root));
        t->is_early = true;
        xbar_coarse_stretch(t->coarse, t, t->relax);
    } else if (is_relaxed) {
        c->root = find_root(t, c, r);
        t->relax = (float)(c->root / (1.0 - c->root));
        xbar_coarse_relax(t->coarse, t, t->relax);
    } else if (c->n + 1 < most && may_be_relaxed(t, c, r, c->n + 2)) {
        float *const other = t->old;
        t->old = t->w;
        t->w = other;
        t->from = t->old;
        xbar_coarse_keep(t->coarse, t);
        r->is_kept = true;
    }
}

/* What the next cycle will leave over of what is left, as foreseen. */
static double foresee(const xbar_tiles *t, const xbar_cycling *c, const rest *r)
{
    static const double gain = 0.2; /* of a relaxed cycle that knows what is slowest */
    static const double unseen = 0.04, fast = 0.05, even = 0.1;
    if (!r->is_kept)
        return c->rate;
    if (r->early == EVEN)
        return even * c->rate;
    if (r->early == UNEVEN_MANY && c->follows)
        return gain * find_root(t, c, r);
    if (r->early && c->n == 2) /* few cycles, of which one was relaxed, tell little */
        return t->fresh ? 1.0 : (c->rate > unseen ? gain : fast) * find_root(t, c, r);
    return !t->fresh || c->root > 0.0 ? gain * find_root(t, c, r) : c->rate;
}

/* After the second cycle, relaxed for what is slowest of cells that are much alike: do
 * three do for a first correction? They do where nothing slower shows than what the
 * cycle made of the fastest, unless the smooth correction is a coarse one. If something
 * does, it is as if the cells were unknown. */
static bool is_swift(rest *r, const xbar_tiles *t, xbar_cycling *c)
{
    static const double swift = 1.1;
    const double relax = (double)t->relax;
    c->swift = c->follows && r->ratio[0] <= swift * relax;
    if (!c->swift) {
        r->early = NOT_EARLY;
        r->ratio[0] = (r->ratio[0] + relax) / (1.0 + relax); /* had it been plain */
    }
    return c->swift && !r->is_coarse;
}

/* What that cycle moves is what fast modes have gone beyond, so much of it the more the
 * cells are alike. */
static double share_of_slow(const rest *r)
{
    return fmin(1.0, 0.05 + 0.3 * (r->best - 1.0));
}

/* Takes note of a cycle; will the next one do? */
static bool end_cycle(const xbar_tiles *t, xbar_cycling *c, double known, rest *r)
{
    static const double noise = 1e-6; /* what single precision leaves of moves */
    static const double fast = 0.2;
    const double before = r->now;
    r->now = (double)fmaxf(t->moved[0], t->moved[1]);
    r->ratio[1] = r->ratio[0];
    r->ratio[0] = before > 0.0 ? r->now / before : 0.0;
    if (c->n == 0)
        r->first = r->now;
    else if (t->relax == 0.0f && r->now > noise * r->first)
        c->rate = fmax(known, r->ratio[0]);
    if (r->first > 0.0)
        c->left = r->now * c->rate / r->first;
    if (r->is_even && c->rate > 0.0)
        c->rate = fmax(c->rate, r->slowest); /* it may not have shown yet */
    if (r->early && c->n >= 3 && t->relax > 0.0f && r->ratio[0] > 0.5 * c->root)
        c->left *= fast; /* it moves what fast modes have gone beyond, above all */
    if (r->early == EVEN && c->n == 1) {
        if (t->fresh)
            return is_swift(r, t, c);
        c->left *= share_of_slow(r);
    } else if (c->n == 1) { /* four plain cycles will do */
        c->late = c->left * c->rate * c->rate <= 0.1 * c->aim;
    }
    const double next = foresee(t, c, r);
    if (!(c->rate > 0.0 && c->left * next <= c->aim))
        return false;
    return (c->law == 0.0 && c->calm == 0.0) || c->left * next <= c->law ||
           r->now * next <= c->calm;
}

/* Where the last correction's smooth part is right enough before its last cycle, the
 * smooth correction would only do harm to Kirchhoff's law: it weighs what rounding left
 * over at the nodes between two coarse lines against the nodes on them. */
static bool is_smooth_enough(const xbar_tiles *t, const xbar_cycling *c)
{
    return c->left < c->smooth && !t->hangs;
}

static void inward_half(void *with, int half)
{
    xbar_tiles *t = with;
    t->kernel->inward(t, half);
}

static void outward_half(void *with, int half)
{
    xbar_tiles *t = with;
    t->kernel->outward(t, half);
}

void xbar_tiles_cycles(xbar_tiles *t, xbar_pair *pair, xbar_cycling *c)
{
    const double known = c->rate;
    rest r = begin(t, c);
    size_t most = c->most;
    const bool may_be_fine =
        !t->row_cut && !t->col_cut && t->row_ohm != 0.0f && !t->is_steep;
    float **const spare = t->is_aside ? &t->spare : &t->z;
    t->at_once[0] = t->at_once[1] = 0.0f;
    xbar_tiles_for_cycles(t, pair);
    t->old = *spare;
    t->from_zero = true;
    t->unit = 1.0f;
    c->left = 1.0;
    t->has_bases = may_be_fine;
    if (!may_be_fine)
        xbar_tiles_clear_bases(t);
    for (c->n = 0; c->n < most; ++c->n) {
        const bool is_last = c->n + 1 == most;
        begin_cycle(t, c, &r, most);
        xbar_pair_run(pair, inward_half, t);
        t->is_fine = may_be_fine && is_last;
        t->kernel->middle(t, t->w);
        xbar_pair_run(pair, outward_half, t);
        if (is_last && is_smooth_enough(t, c))
            xbar_coarse_clear(t->coarse, t);
        else
            t->kernel->smooth(t);
        t->from_zero = false;
        const bool enough = end_cycle(t, c, known, &r);
        const bool slow = c->aim > 0.0 && c->n >= 2 && c->rate > XBAR_TILES_SLOW;
        if ((enough || slow) && c->n + 2 < most)
            most = c->n + 2;
    }
    *spare = t->old;
    t->relax = 0.0f;
    t->is_early = false;
    xbar_tiles_finish(t, pair);
    t->is_fine = false;
}
