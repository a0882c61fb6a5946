/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analytical/feature.h"

#include <math.h>

typedef struct cells {
    double sum;              /* S */
    double log_mean, spread; /* of ln(g / 1 S) over closed cells, 0 without any */
} cells;

static cells look_at_cells(const double *g, size_t n)
{
    cells x = {0};
    double count = 0.0;
    double square = 0.0; /* of the distances from the mean so far (Welford 1962) */
    for (size_t k = 0; k < n; k++) {
        if (!(g[k] > 0.0))
            continue;
        x.sum += g[k];
        count += 1.0;
        double log_g = log(g[k]);
        double step = log_g - x.log_mean;
        x.log_mean += step / count;
        square += step * (log_g - x.log_mean);
    }
    x.spread = count > 0.0 ? sqrt(square / count) : 0.0;
    return x;
}

static double line_siemens(const xbar_crossbar *c, const double *g, bool is_row,
                           size_t line)
{
    const size_t n = is_row ? c->n_cols : c->n_rows;
    const double *first = is_row ? g + line * c->n_cols : g + line;
    double sum = 0.0;
    for (size_t k = 0; k < n; k++)
        sum += first[is_row ? k : k * c->n_cols];
    return sum;
}

static double terminal_feature(const xbar_crossbar *c, const double *g)
{
    double sum = 0.0;
    double count = 0.0;
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t line = 0; line < xbar_side_lines(c, (xbar_side)side); line++) {
            double ohm = c->terminal_ohm[side][line];
            if (isnan(ohm))
                continue;
            bool is_row = side == XBAR_LEFT || side == XBAR_RIGHT;
            count += 1.0;
            if (ohm > 0.0)
                sum += ohm * line_siemens(c, g, is_row, line);
        }
    return count > 0.0 ? sum / count : 0.0;
}

void xbar_features_state(double *f, const xbar_crossbar *c, const double *conductance)
{
    const double n_rows = (double)c->n_rows;
    const double n_cols = (double)c->n_cols;
    const cells x = look_at_cells(conductance, c->n_rows * c->n_cols);
    const double mean = x.sum / (n_rows * n_cols);
    f[XBAR_FEATURE_ROWS] = n_rows;
    f[XBAR_FEATURE_COLS] = n_cols;
    f[XBAR_FEATURE_ROW_DROP] = c->row_ohm * n_cols * n_cols * mean / 2.0;
    f[XBAR_FEATURE_COL_DROP] = c->col_ohm * n_rows * n_rows * mean / 2.0;
    f[XBAR_FEATURE_TERMINAL] = terminal_feature(c, conductance);
    f[XBAR_FEATURE_SPREAD] = x.spread;
}

/* The columns' mean voltage: inputs count from there. */
static double mean_col_volt(const xbar_crossbar *c, const xbar_stimulus *in)
{
    double sum = 0.0;
    double count = 0.0;
    for (size_t j = 0; j < c->n_cols; j++) {
        double v = xbar_col_volt(c, in, j);
        if (isnan(v))
            continue;
        sum += v;
        count += 1.0;
    }
    return count > 0.0 ? sum / count : 0.0;
}

static double largest_volt(const xbar_crossbar *c, const xbar_stimulus *in)
{
    double largest = 0.0;
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t line = 0; line < xbar_side_lines(c, (xbar_side)side); line++)
            largest = fmax(largest, fabs(in->volt[side][line])); /* passes NaN over */
    return largest;
}

void xbar_features_input(double *f, const xbar_crossbar *c, const xbar_stimulus *in)
{
    const double base = mean_col_volt(c, in);
    const double largest = largest_volt(c, in);
    const double rounding = 1e-12 * largest;
    double sum = 0.0;
    double square = 0.0;
    for (size_t i = 0; i < c->n_rows; i++) {
        double v = xbar_row_volt(c, in, i) - base;
        if (!(fabs(v) > rounding)) /* NaN, too */
            continue;
        sum += v;
        square += v * v;
    }
    f[XBAR_FEATURE_ACTIVE] =
        square > 0.0 ? sum * sum / ((double)c->n_rows * square) : 1.0;
    f[XBAR_FEATURE_VOLT] = largest;
}

void xbar_features(double *f, const xbar_crossbar *c, const double *conductance,
                   const xbar_stimulus *in)
{
    xbar_features_state(f, c, conductance);
    xbar_features_input(f, c, in);
}
