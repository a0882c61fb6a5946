/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nodal/modes.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "core/memory.h"

/* So many lambdas are sought at once: a pivot waits for the one before it. */
enum { LANES = 8, MOST_HALVINGS = 1100 };

/* No pivot is nearer to 0. */
static double kept_off(double pivot, double tiny)
{
    return fabs(pivot) < tiny ? -tiny : pivot;
}

static double tiny_of(size_t n, xbar_band k)
{
    double most = 0.0;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs(k.diagonal[i]));
    return fmax(most * DBL_EPSILON * DBL_EPSILON, DBL_MIN / DBL_EPSILON);
}

/* How many modes lie below each x. */
static void count_below(size_t below[LANES], const double x[LANES], size_t n,
                        xbar_band k, xbar_band m, double tiny)
{
    double pivot[LANES], negative[LANES];
    for (size_t l = 0; l < LANES; l++) {
        pivot[l] = kept_off(k.diagonal[0] - x[l] * m.diagonal[0], tiny);
        negative[l] = pivot[l] < 0.0 ? 1.0 : 0.0;
    }
    for (size_t i = 1; i < n; i++)
        for (size_t l = 0; l < LANES; l++) {
            const double beside = k.beside[i - 1] - x[l] * m.beside[i - 1];
            const double whole = k.diagonal[i] - x[l] * m.diagonal[i];
            pivot[l] = kept_off(whole - beside * beside / pivot[l], tiny);
            negative[l] += pivot[l] < 0.0 ? 1.0 : 0.0;
        }
    for (size_t l = 0; l < LANES; l++)
        below[l] = (size_t)negative[l];
}

/* Bounds below and above all modes. */
static void find_bounds(double *low, double *high, size_t n, xbar_band k, xbar_band m,
                        double tiny)
{
    size_t below[LANES];
    *high = tiny;
    for (int l = 0; l < MOST_HALVINGS; l++) {
        const double x[LANES] = {-*high, *high};
        count_below(below, x, n, k, m, tiny);
        if (below[0] == 0 && below[1] == n)
            break;
        *high *= 16.0;
    }
    *low = -*high;
}

/* lambda[first] and those behind it, LANES of them or up to the last. */
static void bisect(double *lambda, size_t first, size_t n, xbar_band k, xbar_band m,
                   double tiny, double lowest, double highest)
{
    double low[LANES], high[LANES], x[LANES];
    size_t below[LANES];
    for (size_t l = 0; l < LANES; l++) {
        low[l] = lowest;
        high[l] = highest;
    }
    for (int step = 0; step < MOST_HALVINGS; step++) {
        bool is_done = true;
        for (size_t l = 0; l < LANES; l++) {
            x[l] = 0.5 * (low[l] + high[l]);
            is_done = is_done &&
                      high[l] - low[l] <=
                          2.0 * DBL_EPSILON * fmax(fabs(x[l]), DBL_EPSILON * highest);
        }
        if (is_done)
            break;
        count_below(below, x, n, k, m, tiny);
        for (size_t l = 0; l < LANES; l++) {
            if (below[l] > first + l)
                high[l] = x[l];
            else
                low[l] = x[l];
        }
    }
    for (size_t l = 0; l < LANES && first + l < n; l++)
        lambda[first + l] = x[l];
}

/* u' M w */
static double product(size_t n, xbar_band m, const double *u, const double *w)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        double mw = m.diagonal[i] * w[i];
        if (i > 0)
            mw += m.beside[i - 1] * w[i - 1];
        if (i + 1 < n)
            mw += m.beside[i] * w[i + 1];
        sum += u[i] * mw;
    }
    return sum;
}

/* Where the pivots from both ends are joined: where they leave least over; if two modes
 * are as good as one, as those at the two ends of a symmetric line, where the other one
 * is not. */
static size_t find_joint(size_t n, const double *left, const double *right,
                         const double *whole, const double *other)
{
    static const double elsewhere = 0.1;
    double most = 0.0, least = (double)INFINITY;
    size_t best = 0;
    for (size_t i = 0; other && i < n; i++)
        most = fmax(most, fabs(other[i]));
    for (size_t i = 0; i < n; i++) {
        const double over = fabs(left[i] + right[i] - whole[i]);
        if (over < least && !(other && fabs(other[i]) > elsewhere * most)) {
            least = over;
            best = i;
        }
    }
    return best;
}

/* @param other  a mode of the same lambda, which v is not to be; or NULL
 *  @param room   [4 n] */
static void find_mode(double *v, double lambda, size_t n, xbar_band k, xbar_band m,
                      double tiny, const double *other, double *room)
{
    double *left = room, *right = room + n, *whole = room + 2 * n,
           *beside = room + 3 * n;
    for (size_t i = 0; i < n; i++) {
        whole[i] = k.diagonal[i] - lambda * m.diagonal[i];
        beside[i] = i + 1 < n ? k.beside[i] - lambda * m.beside[i] : 0.0;
    }
    left[0] = kept_off(whole[0], tiny);
    for (size_t i = 1; i < n; i++)
        left[i] =
            kept_off(whole[i] - beside[i - 1] * beside[i - 1] / left[i - 1], tiny);
    right[n - 1] = kept_off(whole[n - 1], tiny);
    for (size_t i = n - 1; i-- > 0;)
        right[i] = kept_off(whole[i] - beside[i] * beside[i] / right[i + 1], tiny);
    const size_t joint = find_joint(n, left, right, whole, other);
    v[joint] = 1.0;
    for (size_t i = joint; i-- > 0;)
        v[i] = -beside[i] / left[i] * v[i + 1];
    for (size_t i = joint + 1; i < n; i++)
        v[i] = -beside[i - 1] / right[i] * v[i - 1];
    if (other) {
        const double share = product(n, m, other, v);
        for (size_t i = 0; i < n; i++)
            v[i] -= share * other[i];
    }
    const double norm = sqrt(product(n, m, v, v));
    for (size_t i = 0; i < n; i++)
        v[i] /= norm;
}

xbar_status xbar_modes_find(double *lambda, double *v, size_t n, xbar_band k,
                            xbar_band m, xbar_error *err)
{
    static const double same = 1e-6;
    double *room = NULL;
    XBAR_TRY(xbar_doubles_new(&room, 4 * n, "modes of a line", err));
    const double tiny = tiny_of(n, k);
    double low = 0.0, high = 0.0;
    find_bounds(&low, &high, n, k, m, tiny);
    for (size_t q = 0; q < n; q += LANES)
        bisect(lambda, q, n, k, m, tiny, low, high);
    for (size_t q = 0; q < n; q++) {
        const bool is_twin =
            q > 0 && lambda[q] - lambda[q - 1] <= same * fabs(lambda[q]);
        find_mode(v + q * n, lambda[q], n, k, m, tiny, is_twin ? v + (q - 1) * n : NULL,
                  room);
    }
    free(room);
    return XBAR_OK;
}
