/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "calibrate/discrepancy.h"

#include <math.h>
#include <stdbool.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_linalg.h>

enum { N_RATIOS = 65, N_HALVINGS = 60 };

/* A unit's mean square, in deviations, counts at least so much: by chance it may be 0. */
static const double least_square = 1e-3;
static const double least_freedom = 3.0;

/* -2 ln likelihood of the residuals up to a constant, at the best common size, for errors
 * of shape sqrt(a^2 scale^2 + b^2 value^2); the parameters' share is left out, which the
 * size makes up for. */
static double misfit(const xbar_residual *r, size_t n, double a, double b)
{
    double square = 0.0;
    double logs = 0.0;
    for (size_t k = 0; k < n; k++) {
        double shape = hypot(a * r[k].scale, b * r[k].value);
        if (!(shape > 0.0))
            return (double)INFINITY;
        square += (r[k].error / shape) * (r[k].error / shape);
        logs += 2.0 * log(shape);
    }
    return square > 0.0 ? logs + (double)n * log(square / (double)n) : 0.0;
}

double xbar_discrepancy_deviation(const double d[2], const xbar_residual *r)
{
    return hypot(sqrt(r->variance), hypot(d[0] * r->scale, d[1] * r->value));
}

/* How many of them lie within the 90 % interval at that size. */
static size_t count_inside(const xbar_residual *r, size_t n, double a, double b)
{
    size_t inside = 0;
    const double d[2] = {a, b};
    for (size_t k = 0; k < n; k++)
        inside += fabs(r[k].error) <=
                  XBAR_NINETY_PERCENT * xbar_discrepancy_deviation(d, &r[k]);
    return inside;
}

/* By how much an interval must be wider as the errors' size is known from so many units
 * only: the variance of the mean of ln(size) is 1/(2 nu) for nu degrees of freedom. */
static double student_factor(const xbar_residual *r, size_t n, const double d[2])
{
    double last = 0.0;
    double squares = 0.0; /* of differences between neighbours: what separates the files
                             is no scatter, as each is shared out evenly */
    double count = 0.0;
    for (size_t k = 0; k < n;) {
        const size_t unit = r[k].unit;
        double mean = 0.0;
        size_t m = 0;
        for (; k < n && r[k].unit == unit; k++, m++) {
            double z = r[k].error / xbar_discrepancy_deviation(d, &r[k]);
            mean += isfinite(z) ? z * z : 0.0;
        }
        const double size = 0.5 * log(fmax(mean / (double)m, least_square));
        squares += count > 0.0 ? (size - last) * (size - last) : 0.0;
        last = size;
        count += 1.0;
    }
    if (count < 2.0)
        return 1.0;
    const double spread = 0.5 * squares / (count - 1.0);
    if (!(spread > 0.0))
        return 1.0;
    const double nu = fmax(least_freedom, 0.5 * count / spread);
    return gsl_cdf_tdist_Pinv(0.95, nu) / XBAR_NINETY_PERCENT;
}

/* ---- what the size follows ------------------------------------------------------------ */

/* Before any run is seen, a power is 0 give or take this. */
static const double usual_power = 1.0;

enum { MIN_UNITS = 5, N_ROUNDS = 8, N = XBAR_N_SWELL };

/* Weighted sums over runs of 1, x, y, x x, x y, y y with y the logarithm of a run's rms
 * error over its scale, x the logarithms of what it may follow. */
typedef struct sums {
    double one, y, yy, x[N], xy[N], xx[N][N];
} sums;

static bool is_same_run(const xbar_residual *a, const xbar_residual *b)
{
    bool same = a->unit == b->unit;
    for (size_t k = 0; k < N; k++)
        same = same && a->x[k] == b->x[k];
    return same;
}

static void add_run(sums *s, const double *x, double y, double weight)
{
    s->one += weight;
    s->y += weight * y;
    s->yy += weight * y * y;
    for (size_t k = 0; k < N; k++) {
        s->x[k] += weight * log(x[k]);
        s->xy[k] += weight * log(x[k]) * y;
        for (size_t l = 0; l < N; l++)
            s->xx[k][l] += weight * log(x[k]) * log(x[l]);
    }
}

static size_t count_runs(const xbar_residual *r, size_t n)
{
    size_t runs = 0;
    for (size_t k = 0; k < n && r[k].unit == r[0].unit; k++)
        runs += k == 0 || !is_same_run(&r[k], &r[k - 1]);
    return runs;
}

/* All runs of a unit weigh 1 together. */
static sums gather(const xbar_residual *r, size_t n)
{
    sums s = {.one = 0.0};
    double weight = 1.0;
    for (size_t k = 0; k < n;) {
        const size_t first = k;
        double square = 0.0;
        if (k == 0 || r[k].unit != r[k - 1].unit)
            weight = 1.0 / (double)count_runs(r + k, n - k);
        for (; k < n && is_same_run(&r[k], &r[first]); k++)
            square += (r[k].error / r[k].scale) * (r[k].error / r[k].scale);
        square /= (double)(k - first);
        if (square > 0.0 && isfinite(square))
            add_run(&s, r[first].x, 0.5 * log(square), weight);
    }
    return s;
}

/* Centred sums, and a ridge that is what the scatter around the line is worth. */
static void solve_ridge(double power[N], const sums *s)
{
    double xx[N * N];
    double xy[N];
    const double yy = s->yy - s->y * s->y / s->one;
    double scatter = yy / (s->one - 1.0);
    for (size_t k = 0; k < N; k++) {
        power[k] = 0.0;
        xy[k] = s->xy[k] - s->x[k] * s->y / s->one;
    }
    for (int round = 0; round < N_ROUNDS && scatter > 0.0; round++) {
        for (size_t k = 0; k < N; k++)
            for (size_t l = 0; l < N; l++)
                xx[k * N + l] = s->xx[k][l] - s->x[k] * s->x[l] / s->one +
                                (k == l ? scatter / (usual_power * usual_power) : 0.0);
        gsl_matrix_view a = gsl_matrix_view_array(xx, N, N);
        gsl_vector_view b = gsl_vector_view_array(xy, N);
        gsl_vector_view p = gsl_vector_view_array(power, N);
        if (gsl_linalg_cholesky_decomp1(&a.matrix) != 0 ||
            gsl_linalg_cholesky_solve(&a.matrix, &b.vector, &p.vector) != 0)
            return;
        double rest = yy;
        for (size_t k = 0; k < N; k++)
            rest -= power[k] * xy[k];
        scatter = fmax(rest, 1e-3 * yy) / (s->one - 1.0);
    }
}

void xbar_discrepancy_swell(xbar_swell *s, const xbar_residual *r, size_t n)
{
    *s = (xbar_swell){.power = {0.0}};
    for (size_t k = 0; k < N; k++) {
        s->at[k] = 1.0;
        s->from[k] = (double)INFINITY;
        s->to[k] = 0.0;
        for (size_t m = 0; m < n && r[0].x; m++) {
            s->from[k] = fmin(s->from[k], r[m].x[k]);
            s->to[k] = fmax(s->to[k], r[m].x[k]);
        }
    }
    if (n == 0 || !r[0].x)
        return;
    const sums all = gather(r, n);
    if (!(all.one >= MIN_UNITS))
        return;
    for (size_t k = 0; k < N; k++)
        s->at[k] = exp(all.x[k] / all.one);
    solve_ridge(s->power, &all);
}

/* ---- the size ------------------------------------------------------------------------- */

void xbar_discrepancy_fit(double d[2], const xbar_residual *r, size_t n)
{
    double least = (double)INFINITY;
    double a = 1.0;
    double b = 0.0;
    for (int k = 0; k < N_RATIOS; k++) {
        /* from all scale to all value, evenly in the logarithm between */
        double ratio = k == 0 ? 0.0 : pow(10.0, -4.0 + 8.0 * (k - 1) / (N_RATIOS - 3));
        double x = k == N_RATIOS - 1 ? 0.0 : 1.0;
        double y = k == N_RATIOS - 1 ? 1.0 : ratio;
        double m = misfit(r, n, x, y);
        if (m < least) {
            least = m;
            a = x;
            b = y;
        }
    }
    /* the usual small step up: the next of n + 1 is to lie inside as well */
    const double wanted = fmin((double)n, ceil(0.9 * ((double)n + 1.0)));
    double low = 0.0;
    double high = 1.0;
    for (size_t k = 0; k < n; k++) {
        double shape = hypot(a * r[k].scale, b * r[k].value);
        if (shape > 0.0)
            high = fmax(high, fabs(r[k].error) / shape);
    }
    for (int k = 0; k < N_HALVINGS; k++) {
        double middle = low > 0.0 ? sqrt(low * high) : 0.5 * high;
        if ((double)count_inside(r, n, a * middle, b * middle) >= wanted)
            high = middle;
        else
            low = middle;
    }
    d[0] = a * high;
    d[1] = b * high;
    const double factor = student_factor(r, n, d);
    d[0] *= factor;
    d[1] *= factor;
}
