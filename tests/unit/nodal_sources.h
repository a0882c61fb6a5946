/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  A plain array (nodal_plain.h) with sources at its terminals, as the solver gets it, and
 *  the right currents of its terminals.
 */
#ifndef XBAR_TESTS_NODAL_SOURCES_H
#define XBAR_TESTS_NODAL_SOURCES_H

#include "nodal_plain.h"

#include "nodal/islands.h"
#include "nodal/lines.h"
#include "nodal_networks.h"

/* ---- an array, its sources, and the solver ------------------------------------------- */

typedef struct array {
    plain_array a;
    xbar_crossbar *c;
    xbar_stimulus s;
    xbar_lines l;
} array;

/* Volts of all sources: rows to 0.2 V, the tops to 0.05 V, the bottoms at 0. */
static inline void any_volts(array *q)
{
    static const double most[XBAR_N_SIDES] = {0.2, 0.2, 0.05, 0.0};
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0; k < xbar_side_lines(q->c, (xbar_side)side); k++)
            if (!isnan(q->s.volt[side][k]))
                q->s.volt[side][k] = most[side] * plain_random(&q->a);
}

static inline array array_of(const plain_case *what)
{
    array q = {.a = plain_new(what)};
    bool changed = false;
    q.c = crossbar_of(&q.a, &q.s);
    any_volts(&q);
    assert_int_equal(xbar_lines_init(&q.l, q.c, NULL), XBAR_OK);
    xbar_lines_connect(&q.l, q.c, &q.s, 0.0);
    assert_int_equal(xbar_islands_find(&q.l, q.a.g, &changed, NULL), XBAR_OK);
    return q;
}

static inline void array_free(array *q)
{
    xbar_lines_clear(&q->l);
    xbar_stimulus_clear(&q->s);
    xbar_crossbar_free(q->c);
    plain_free(&q->a);
}

/* ---- the right answer ---------------------------------------------------------------- */

/* V, of a line's source: what its voltages are counted from, so that the current through
 * a milliohm is no difference of volts. */
static inline double source_of(const array *q, int family, size_t line)
{
    double first = q->s.volt[2 * family][line], other = q->s.volt[2 * family + 1][line];
    return !isnan(first) ? first : (isnan(other) ? 0.0 : other);
}

/* Terminals' currents, A, from a plain solution. */
static inline void right_currents(const array *q,
                                  double *const i_terminal[XBAR_N_SIDES])
{
    const plain_array *a = &q->a;
    planes r = planes_new(a->n_cells), v = planes_new(a->n_cells);
    for (size_t k = 0; k < a->n_cells; k++) {
        r.at[1][k] = a->g[k] * (source_of(q, XBAR_WORD, k / a->n_cols) -
                                source_of(q, XBAR_BIT, k % a->n_cols));
        r.at[0][k] = -r.at[1][k];
    }
    for (int solved = 0; solved < 2; solved++) {
        for (int side = 0; side < XBAR_N_SIDES; side++)
            for (size_t k = 0; k < xbar_side_lines(q->c, (xbar_side)side); k++) {
                if (a->end[side][k] == 0.0)
                    continue;
                size_t node = xbar_lines_end(&q->l, (xbar_side)side, k);
                double gap = q->s.volt[side][k] - source_of(q, side / 2, k);
                if (solved)
                    i_terminal[side][k] =
                        a->end[side][k] * (gap - v.at[side / 2][node]);
                else
                    r.at[side / 2][node] += a->end[side][k] * gap;
            }
        if (!solved)
            plain_solve(a, v.at, r.at);
    }
    planes_free(&r);
    planes_free(&v);
}

/* Columns' currents to 1e-10 of the largest, and to 1e-8 of themselves where they are
 * above 1e-6 of it; those of rows, which are larger, to 1e-10 of the largest of them. */
static inline void check_currents(const array *q, const xbar_nodal_answer *a)
{
    double *right[XBAR_N_SIDES];
    for (int side = 0; side < XBAR_N_SIDES; side++)
        right[side] = array_doubles(xbar_side_lines(q->c, (xbar_side)side));
    right_currents(q, right);
    for (int family = 0; family < XBAR_N_FAMILIES; family++) {
        size_t n = q->l.family[family].n_lines;
        double most = 0.0;
        for (size_t k = 0; k < 2 * n; k++)
            most = fmax(most, fabs(right[2 * family + (int)(k % 2)][k / 2]));
        for (size_t k = 0; k < 2 * n; k++) {
            int side = 2 * family + (int)(k % 2);
            double want = right[side][k / 2], got = a->i_terminal[side][k / 2];
            double off = fabs(got - want);
            bool is_small = family == XBAR_WORD || fabs(want) < 1e-6 * most;
            if (!(off <= 1e-10 * most && (is_small || off <= 1e-8 * fabs(want))))
                fail_msg("%s: %s %zu gives %.17g A, want %.17g A, largest %.2g A",
                         q->a.what->name, xbar_side_name[side], k / 2, got, want, most);
        }
    }
    for (int side = 0; side < XBAR_N_SIDES; side++)
        free(right[side]);
}

#endif
