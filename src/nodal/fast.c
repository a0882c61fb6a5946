/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nodal/fast_inside.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "nodal/coarse.h"
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

/* And of all together, so that outputs settle (outputs_settled); of Kirchhoff's law so
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

/* As many planes of the tiles' size as are wanted, beyond those that are to spare. */
static xbar_status find_room(xbar_fast *f, size_t n, double *to[], xbar_error *err)
{
    enum { APART = XBAR_TILE / 2 }; /* a row's neighbours in memory may be read */
    const size_t plane = f->t->height / 2 * f->t->width;
    if (f->n_kept < n) {
        free(f->kept);
        f->kept = NULL;
        f->n_kept = 0;
        XBAR_TRY(xbar_aligned_doubles_new(&f->kept, n * (plane + APART) + APART,
                                          "node voltages", err));
        f->n_kept = n;
    }
    for (size_t k = 0; k < n; k++)
        to[k] = f->kept + APART + k * (plane + APART);
    return XBAR_OK;
}

/* Where voltages are kept in double precision: for arrays that take more than two
 * corrections. Half the rows of a family fill a plane of the tiles, of which one is to
 * spare. @param other  a second one, for as long as it takes to get there */
static xbar_status place_voltages(xbar_fast *f, float *other, xbar_error *err)
{
    xbar_balance *b = &f->b;
    XBAR_TRY(find_room(f, 2, b->kept[XBAR_BIT], err));
    b->kept[XBAR_WORD][0] = (double *)(void *)f->t->spare;
    b->kept[XBAR_WORD][1] = (double *)(void *)other;
    b->split = f->t->split = f->t->height / 2;
    b->keeps = true;
    return XBAR_OK;
}

static void swap_planes(float **a, float **b)
{
    float *const swap = *a;
    *a = *b;
    *b = swap;
}

/* Behind the last row a plane of residuals holds zeros. */
static void clear_padding(const xbar_tiles *t, float *plane)
{
    const size_t slab = XBAR_TILE * t->width;
    memset(plane + (t->n_slabs - 1) * slab, 0, slab * sizeof *plane);
}

/* From the first correction, put aside, whose word nodes give p to half of their voltages
 * once the look is through: until then that is w. */
static xbar_status keep_first(xbar_fast *f, xbar_error *err)
{
    return place_voltages(f, f->t->w, err);
}

/* From that and the tiles' present one: rw is free until the next look. */
static xbar_status keep_both(xbar_fast *f, xbar_error *err)
{
    xbar_tiles *t = f->t;
    const size_t plane = t->height * t->width;
    XBAR_TRY(place_voltages(f, t->rw, err));
    f->b.from = XBAR_BALANCE_BOTH;
    xbar_pair_run(f->pair, take_half, &f->b);
    swap_planes(&t->rw, &t->p);
    clear_padding(t, t->rw);
    memset(t->ru, 0, plane * sizeof *t->ru);
    memset(t->w, 0, plane * sizeof *t->w);
    xbar_tiles_clear_bases(t);
    t->is_aside = false;
    return XBAR_OK;
}

/* The voltages are kept, and the first correction's planes are free: what was w is p now,
 * which conjugate gradients do without (word). */
static void release(xbar_fast *f)
{
    xbar_tiles *t = f->t;
    if (t->is_aside)
        swap_planes(&t->w, &t->p);
    t->is_aside = false;
}

/* They are not wanted any more. p will be a plane of residuals. */
static void reclaim(xbar_fast *f)
{
    xbar_tiles *t = f->t;
    if (f->b.keeps)
        clear_padding(t, t->p);
    t->word[0] = t->word[1] = NULL;
    t->at_once[0] = t->at_once[1] = 0.0f;
    t->is_aside = f->b.keeps = false;
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

/* ---- the start ----------------------------------------------------------------------- */

/* The voltage of a source on the line, 0 where there is none. */
static double source_of(const xbar_stimulus *s, int family, size_t line)
{
    /* rows are usually driven from the left, columns read at the bottom */
    int first = family == XBAR_WORD ? XBAR_LEFT : XBAR_BOTTOM, other = first ^ 1;
    if (!isnan(s->volt[first][line]))
        return s->volt[first][line];
    return isnan(s->volt[other][line]) ? 0.0 : s->volt[other][line];
}

/* What a line of mean cells conducts from its end: sqrt(g/r) tanh(n sqrt(g r)), S. */
static double conductance(const xbar_fast *f, int family)
{
    const xbar_tiles *t = f->t;
    const double cells = (double)f->l->n_rows * (double)f->l->n_cols;
    const double n = cells / (double)f->l->family[family].n_lines;
    const double g = (t->g_sum[0] + t->g_sum[1]) / cells / (double)t->scale;
    const double r = 1.0 / f->l->family[family].siemens;
    return sqrt(g / r) * tanh(n * sqrt(g * r));
}

/* What a line's voltages are counted from: its source's, or, where its cells conduct
 * better than its terminals, about where those leave it: or small voltages would be
 * differences of large numbers. Cells of 0 S never do.
 * @param level    V, of the other family
 * @param siemens  S, conductance() */
static double reference(const xbar_fast *f, const xbar_stimulus *s, int family,
                        size_t line, double level, double siemens)
{
    const double volt = source_of(s, family, line);
    double end = 0.0;
    for (int side = 2 * family; side < 2 * family + 2; side++)
        end += f->b.end[side][line];
    return end < siemens ? level + end / (end + siemens) * (volt - level) : volt;
}

/* V, the mean of a family's sources. */
static double level_of(const xbar_fast *f, const xbar_stimulus *s, int family)
{
    const size_t n = f->l->family[family].n_lines;
    double sum = 0.0;
    for (size_t k = 0; k < n; k++)
        sum += source_of(s, family, k) / (double)n;
    return sum;
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
void xbar_fast_start(xbar_fast *f, const xbar_stimulus *s)
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
    for (int family = 0; family < XBAR_N_FAMILIES; family++) {
        const double level = level_of(f, s, 1 - family);
        const double siemens = conductance(f, family);
        for (size_t k = 0; k < f->l->family[family].n_lines; k++) {
            ref[family][k] = reference(f, s, family, k, level, siemens);
            scaled[family][k] = (float)(ref[family][k] / (double)t->scale);
        }
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
           t->coarse->y.n_nodes * t->coarse->x.padded * sizeof(float));
    restrict_ends(t);
}

/* ---- currents ------------------------------------------------------------------------ */

/* A, from a terminal's source into the array. */
static double terminal_current(const xbar_balance *b, int side, size_t line)
{
    return b->inject[side][line] - b->end[side][line] * b->drop[side][line];
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
    xbar_pair_run(f->pair, take_half, b);
    xbar_pair_run(f->pair, meet_half, b);
    xbar_tiles_merge(f->t);
    if (b->keeps)
        release(f);
    look k = {.largest = fmax(b->tally[0].largest, b->tally[1].largest),
              .current =
                  fmax(b->tally[0].largest_current, b->tally[1].largest_current)};
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t line = 0; line < f->l->family[side / 2].n_lines; line++)
            k.current = fmax(k.current, fabs(terminal_current(b, side, line)));
    k.move = fmax(b->tally[0].move, b->tally[1].move);
    k.share = k.largest > f->nothing ? k.largest / k.current : 0.0;
    if (isnan(b->tally[0].poison + b->tally[1].poison))
        k.share = (double)NAN;
    return k;
}

/* The outputs, those of the columns' tops and then of their bottoms, and those before. */
static void note_outputs(xbar_fast *f)
{
    const size_t n = f->l->n_cols;
    double *swap = f->i_old;
    f->i_old = f->i_out;
    f->i_out = swap;
    for (size_t j = 0; j < n; j++) {
        f->i_out[j] = terminal_current(&f->b, XBAR_TOP, j);
        f->i_out[n + j] = terminal_current(&f->b, XBAR_BOTTOM, j);
    }
}

static void find_col_siemens(xbar_fast *f)
{
    const size_t n = f->l->n_cols;
    if (f->has_col_siemens)
        return;
    memset(f->col_siemens, 0, n * sizeof *f->col_siemens);
    for (size_t i = 0; i < f->l->n_rows; i++)
        for (size_t j = 0; j < n; j++)
            f->col_siemens[j] += f->b.g[i * n + j];
    f->has_col_siemens = true;
}

/* A: what an error of all voltages but a column's own would be of its output. */
static double spread_of(xbar_fast *f, int side, size_t col, double volt)
{
    find_col_siemens(f);
    return volt *
           fmin(f->col_siemens[col], fmin(f->b.end[side][col], f->b.col_siemens));
}

/* Of one side of the columns: right to 1e-10 of the largest and, from a millionth of it
 * on, to 1e-8 of themselves? A further correction would change them by `left` times what
 * this one did; let that be a tenth of it. And what single precision leaves of a
 * correction elsewhere, or makes of the residual it is for, summed along a column, is
 * more to outputs that are small beside all other currents, as where rows far from them
 * are driven or currents run along rows, than their own change tells.
 * @param residual  A, the largest before the correction
 * @param move      V, the largest correction of a voltage */
static bool side_settled(xbar_fast *f, int side, double left, double residual,
                         double move)
{
    /* in a small array one line's end may lag behind all others: there a digit more is
     * asked for, which costs microseconds; and where lines hang on their terminals */
    const double care = f->l->n_rows * f->l->n_cols < 4096 || f->t->hangs ? 10.0 : 1.0;
    const double digits = 3e-8 * care;
    const size_t n = f->l->n_cols, from = side == XBAR_TOP ? 0 : n;
    const double *now = f->i_out + from, *old = f->i_old + from;
    double most = 0.0, siemens = 0.0;
    for (size_t j = 0; j < n; j++) {
        most = fmax(most, fabs(now[j]));
        siemens = fmax(siemens, f->b.end[side][j]);
    }
    if (siemens == 0.0)
        return true; /* nothing flows there */
    const double sum = sqrt((double)f->l->n_rows) * residual;
    const double spread = digits * move * fmin(siemens, f->b.col_siemens);
    if (fmax(digits * sum, spread) > 1e-10 * most)
        return false;
    for (size_t j = 0; j < n; j++) {
        double i = fabs(now[j]), change = fabs(now[j] - old[j]);
        double allowed = 1e-11 * most;
        if (i > 1e-7 * most)
            allowed = fmin(allowed, 1e-9 * i);
        if (care * left * change > allowed)
            return false;
        if (i > 1e-7 * most && spread > 3e-9 * i &&
            spread_of(f, side, j, digits * move) > 3e-9 * i)
            return false;
    }
    return true;
}

static bool outputs_settled(xbar_fast *f, double left, double residual, double move)
{
    return side_settled(f, XBAR_TOP, left, residual, move) &&
           side_settled(f, XBAR_BOTTOM, left, residual, move);
}

/* ---- rounds -------------------------------------------------------------------------- */

/* The first correction, from the sources' voltages alone. Cells so unequal that cycles
 * get nowhere are left to conjugate gradients. */
static xbar_status first_round(xbar_fast *f, double tolerance, look *k, xbar_cycling *c,
                               bool *by_cycles, xbar_error *err)
{
    xbar_tiles *t = f->t;
    reclaim(f);
    t->fresh = true;
    *c = (xbar_cycling){
        .most = MOST_CYCLES, .aim = first_aim, .follows = tolerance < loose};
    xbar_tiles_cycles(t, f->pair, c);
    t->fresh = false;
    xbar_tiles_set_aside(t);
    *by_cycles = c->rate <= XBAR_TILES_SLOW;
    if (!*by_cycles)
        XBAR_TRY(keep_first(f, err));
    *k = look_at(f, XBAR_BALANCE_FIRST);
    if (*by_cycles && k->share >= 0.1) {
        *by_cycles = false;
        XBAR_TRY(keep_first(f, err));
        *k = look_at(f, XBAR_BALANCE_FIRST);
    }
    note_outputs(f);
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
          outputs_settled(f, left, before->largest, now->move)))
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
        note_outputs(f);
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
            XBAR_TRY(keep_both(f, err));
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
            a->i_terminal[side][k] = terminal_current(b, side, k) + 0.0;
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
