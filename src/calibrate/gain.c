/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "calibrate/gain.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_linalg.h>

#include "calibrate/fit.h"
#include "core/memory.h"

/* Runs that are all alike cannot tell how constants change from place to place: at least
 * and at most so much of themselves. */
static const double least_drift = 0.01;
static const double most_drift = 1.0;

enum { MAX_SQUARE = XBAR_MAX_FREE * XBAR_MAX_FREE };

struct xbar_gain {
    xbar_outlook o;
    double drift;
    double d[XBAR_MAX_FREE];       /* D's diagonal */
    double unit[XBAR_N_FEATURES];  /* distances count in these; 0: all are alike */
    double *m, *q, *u, *targets;   /* [n_free][n_free]: M, Q, U, T */
    double *near_made, *near_goal; /* [n_candidates][n_free][n_free]: sums over what is
                                      made, and over the targets, of M_c k, T_t k */
};

/* ---- places --------------------------------------------------------------------------- */

/* Sizes and drops count by their ratios. */
static double coordinate(const xbar_site *s, size_t k)
{
    const bool is_ratio = k <= XBAR_FEATURE_TERMINAL;
    return is_ratio ? log(fmax(s->feature[k], 1e-6)) : s->feature[k];
}

/* Each feature's unit is its range over all places. */
static void find_units(xbar_gain *g)
{
    const xbar_outlook *o = &g->o;
    for (size_t k = 0; k < XBAR_N_FEATURES; k++) {
        double low = (double)INFINITY;
        double high = -(double)INFINITY;
        for (size_t n = 0; n < o->n_made + o->n_candidates; n++) {
            double x = coordinate(
                n < o->n_made ? &o->made[n] : &o->candidates[n - o->n_made], k);
            low = fmin(low, x);
            high = fmax(high, x);
        }
        g->unit[k] = high - low > 1e-9 * fabs(high) ? high - low : 0.0;
    }
}

/* k(x, x') */
static double correlation(const xbar_gain *g, const xbar_site *a, const xbar_site *b)
{
    double square = 0.0;
    for (size_t k = 0; k < XBAR_N_FEATURES; k++) {
        if (!(g->unit[k] > 0.0))
            continue;
        double x = (coordinate(a, k) - coordinate(b, k)) / g->unit[k];
        square += x * x;
    }
    return exp(-0.5 * square);
}

/* ---- matrices, [n][n] ----------------------------------------------------------------- */

static void add(double *to, const double *a, double factor, size_t n)
{
    for (size_t k = 0; k < n * n; k++)
        to[k] += factor * a[k];
}

/* to += factor (A D B), or its transpose. */
static void add_product(double *to, const double *a, const double *d, const double *b,
                        double factor, bool is_transposed, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t l = 0; l < n; l++) {
            const double left = factor * a[i * n + l] * (d ? d[l] : 1.0);
            for (size_t j = 0; j < n; j++)
                to[is_transposed ? j * n + i : i * n + j] += left * b[l * n + j];
        }
}

static double trace_of_product(const double *a, const double *b, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            sum += a[i * n + j] * b[j * n + i];
    return sum;
}

/* Scaled to a diagonal of ones first, as constants may lie orders of magnitude apart.
 * @return was it positive definite? */
static bool invert(double *out, const double *m, size_t n)
{
    double scale[XBAR_MAX_FREE];
    for (size_t k = 0; k < n; k++)
        scale[k] = m[k * n + k] > 0.0 ? 1.0 / sqrt(m[k * n + k]) : 1.0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            out[i * n + j] = scale[i] * m[i * n + j] * scale[j];
    gsl_matrix_view a = gsl_matrix_view_array(out, n, n);
    if (gsl_linalg_cholesky_decomp1(&a.matrix) != 0 ||
        gsl_linalg_cholesky_invert(&a.matrix) != 0)
        return false;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            out[i * n + j] *= scale[i] * scale[j];
    return true;
}

/* ---- what is known -------------------------------------------------------------------- */

/* By moments: a run's score J^T W r has the covariance sigma^2 M + M D M, of which the
 * traces, weighted by squares of the constants, give D's size. */
static double find_drift(const xbar_gain *g)
{
    const xbar_outlook *o = &g->o;
    const size_t n = o->n_free;
    double excess = 0.0;
    double weight = 0.0;
    for (size_t c = 0; c < o->n_made; c++) {
        const double *m = o->made[c].information;
        for (size_t i = 0; i < n; i++) {
            const double vi = o->value[i] * o->value[i];
            const double s = o->made[c].score[i];
            excess += vi * (s * s - o->sigma * o->sigma * m[i * n + i]);
            for (size_t j = 0; j < n; j++)
                weight += vi * m[i * n + j] * m[i * n + j] * o->value[j] * o->value[j];
        }
    }
    const double square = weight > 0.0 ? excess / weight : 0.0;
    return fmin(most_drift, fmax(least_drift, square > 0.0 ? sqrt(square) : 0.0));
}

static void gather_made(xbar_gain *g)
{
    const xbar_outlook *o = &g->o;
    const size_t n = o->n_free;
    double near[MAX_SQUARE];
    for (size_t c = 0; c < o->n_made; c++) {
        const double *m = o->made[c].information;
        add(g->m, m, 1.0, n);
        memset(near, 0, n * n * sizeof *near);
        for (size_t other = 0; other < o->n_made; other++)
            add(near, o->made[other].information,
                correlation(g, &o->made[c], &o->made[other]), n);
        add_product(g->q, m, g->d, near, 1.0, false, n);
        memset(near, 0, n * n * sizeof *near);
        for (size_t t = 0; t < o->n_candidates; t++) {
            const double k = correlation(g, &o->made[c], &o->candidates[t]);
            add(g->near_made + t * n * n, m, k, n);
            add(near, o->candidates[t].information,
                k / (double)(o->n_candidates * o->candidates[t].n_outputs), n);
        }
        add_product(g->u, m, g->d, near, 1.0, false, n);
    }
    for (size_t k = 0; k < n; k++)
        g->m[k * n + k] += o->sigma * o->sigma / (o->width[k] * o->width[k]);
}

static void gather_targets(xbar_gain *g)
{
    const xbar_outlook *o = &g->o;
    const size_t n = o->n_free;
    for (size_t t = 0; t < o->n_candidates; t++) {
        const double share =
            1.0 / (double)(o->n_candidates * o->candidates[t].n_outputs);
        add(g->targets, o->candidates[t].information, share, n);
        for (size_t c = 0; c < o->n_candidates; c++)
            add(g->near_goal + c * n * n, o->candidates[t].information,
                share * correlation(g, &o->candidates[t], &o->candidates[c]), n);
    }
}

xbar_status xbar_gain_new(xbar_gain **out, const xbar_outlook *o, xbar_error *err)
{
    const size_t square = o->n_free * o->n_free;
    void *memory = NULL;
    *out = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(xbar_gain), "gains", err));
    xbar_gain *g = memory;
    g->o = *o;
    double **const small[] = {&g->m, &g->q, &g->u, &g->targets};
    double **const large[] = {&g->near_made, &g->near_goal};
    xbar_status status = XBAR_OK;
    for (size_t k = 0; k < 4 && status == XBAR_OK; k++)
        status = xbar_doubles_new(small[k], square, "gains", err);
    for (size_t k = 0; k < 2 && status == XBAR_OK; k++)
        status = xbar_doubles_new(large[k], o->n_candidates * square, "gains", err);
    if (status != XBAR_OK) {
        xbar_gain_free(g);
        return status;
    }
    find_units(g);
    g->drift = find_drift(g);
    for (size_t k = 0; k < o->n_free; k++)
        g->d[k] = g->drift * g->drift * o->value[k] * o->value[k];
    gather_made(g);
    gather_targets(g);
    *out = g;
    return XBAR_OK;
}

void xbar_gain_free(xbar_gain *g)
{
    if (!g)
        return;
    free(g->m);
    free(g->q);
    free(g->u);
    free(g->targets);
    free(g->near_made);
    free(g->near_goal);
    free(g);
}

/* ---- the future ----------------------------------------------------------------------- */

/* M, Q and U grow by a candidate. */
static void grow(double *m, double *q, double *u, const xbar_gain *g, size_t candidate)
{
    const size_t n = g->o.n_free;
    const double *own = g->o.candidates[candidate].information;
    const double *near = g->near_made + candidate * n * n;
    add(m, own, 1.0, n);
    add_product(q, own, g->d, near, 1.0, false, n);
    add_product(q, own, g->d, near, 1.0, true, n);
    add_product(q, own, g->d, own, 1.0, false, n);
    add_product(u, own, g->d, g->near_goal + candidate * n * n, 1.0, false, n);
}

double xbar_gain_variance(const xbar_gain *g, size_t candidate)
{
    const size_t n = g->o.n_free;
    const size_t bytes = n * n * sizeof(double);
    double m[MAX_SQUARE];
    double q[MAX_SQUARE];
    double u[MAX_SQUARE];
    double inverse[MAX_SQUARE];
    double spread[MAX_SQUARE] = {0.0}; /* M^-1 T M^-1 */
    double half[MAX_SQUARE] = {0.0};
    memcpy(m, g->m, bytes);
    memcpy(q, g->q, bytes);
    memcpy(u, g->u, bytes);
    if (candidate < g->o.n_candidates)
        grow(m, q, u, g, candidate);
    if (!invert(inverse, m, n))
        return (double)INFINITY;
    add_product(half, inverse, NULL, g->targets, 1.0, false, n);
    add_product(spread, half, NULL, inverse, 1.0, false, n);
    double v = trace_of_product(spread, q, n) - 2.0 * trace_of_product(inverse, u, n) +
               g->o.sigma * g->o.sigma * trace_of_product(inverse, g->targets, n);
    for (size_t k = 0; k < n; k++)
        v += g->d[k] * g->targets[k * n + k];
    return v;
}

void xbar_gain_take(xbar_gain *g, size_t candidate)
{
    const size_t n = g->o.n_free;
    const xbar_site *own = &g->o.candidates[candidate];
    grow(g->m, g->q, g->u, g, candidate);
    for (size_t t = 0; t < g->o.n_candidates; t++)
        add(g->near_made + t * n * n, own->information,
            correlation(g, own, &g->o.candidates[t]), n);
}

double xbar_gain_drift(const xbar_gain *g)
{
    return g->drift;
}
