/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An input's sources, and what all voltages are counted from. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "nodal/coarse.h"
#include "nodal/fast_inside.h"

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
