/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analytical/cell_law.h"

#include <math.h>
#include <string.h>

enum { BLOCK = 128 };

bool xbar_cell_is_ohmic(const xbar_cell *cell)
{
    return strcmp(cell->device->name, "linear") == 0 && !cell->selector &&
           !cell->access;
}

static void currents(double *i, const xbar_cell *cell, size_t n, const double *v_p,
                     const double *v_g, const double *v_n, const double *x)
{
    double v[BLOCK];
    if (cell->access) {
        xbar_cell_gated(cell, n, &(xbar_channel){.i = i}, v_p, v_g, v_n, x);
        return;
    }
    for (size_t k = 0; k < n; k++)
        v[k] = v_p[k] - v_n[k];
    xbar_cell_current(cell, n, i, NULL, v, x);
}

/* At most BLOCK cells of row i from column j on. */
static void secants(double *g, const xbar_crossbar *c, const double *x,
                    const xbar_cell_volts *at, size_t i, size_t j, size_t n)
{
    const double least = 1e-3 * at->typical;
    double v_p[BLOCK];
    double v_n[BLOCK];
    double v_g[BLOCK];
    double current[BLOCK];
    for (size_t l = 0; l < n; l++) {
        size_t k = i * c->n_cols + j + l;
        double u = at->v_p ? at->v_p[k] - (at->v_n ? at->v_n[k] : 0.0) : at->typical;
        if (!(fabs(u) >= fabs(least))) /* NaN where nothing leads */
            u = least;
        v_n[l] = at->v_n && !isnan(at->v_n[k]) ? at->v_n[k] : 0.0;
        v_p[l] = v_n[l] + u;
        v_g[l] = at->gate[i];
    }
    currents(current, &c->cell, n, v_p, v_g, v_n, x + i * c->n_cols + j);
    for (size_t l = 0; l < n; l++) {
        double siemens = current[l] / (v_p[l] - v_n[l]);
        g[i * c->n_cols + j + l] = siemens > 0.0 ? siemens : 0.0;
    }
}

void xbar_cell_secants(double *g, const xbar_crossbar *c, const double *x,
                       const xbar_cell_volts *at)
{
    for (size_t i = 0; i < c->n_rows; i++)
        for (size_t j = 0; j < c->n_cols; j += BLOCK)
            secants(g, c, x, at, i, j, c->n_cols - j < BLOCK ? c->n_cols - j : BLOCK);
}

/* Sum of i(u)/u over cells evenly spread over the array, at most a few hundred. */
static double total_siemens(const xbar_crossbar *c, const double *x, const double *gate,
                            double u)
{
    enum { ENOUGH = 512 };
    const size_t n_cells = c->n_rows * c->n_cols;
    const size_t step = n_cells / ENOUGH + (n_cells / ENOUGH) % 2 + 1; /* odd */
    double sum = 0.0;
    for (size_t k = 0; k < n_cells; k += step) {
        const double at_ground = 0.0;
        double current = 0.0;
        currents(&current, &c->cell, 1, &u, &gate[k / c->n_cols], &at_ground, x + k);
        sum += current / u;
    }
    return sum;
}

/* a + b z + c z^2 through f at z = 1, 4, 9: Newton's differences. */
static void through_three(double abc[3], const double f[3])
{
    double first = (f[1] - f[0]) / 3.0;
    double second = ((f[2] - f[1]) / 5.0 - first) / 8.0;
    abc[0] = f[0] - first + 4.0 * second;
    abc[1] = first - 5.0 * second;
    abc[2] = second;
}

xbar_chi xbar_chi_of(const xbar_crossbar *c, const double *x, const double *gate,
                     double largest)
{
    const double zero = 1e-3; /* near enough to it: chi is smooth there */
    xbar_chi chi = {.largest = fabs(largest), .term = {1.0}};
    const double h = chi.largest / 3.0;
    const double y0 = total_siemens(c, x, gate, zero * h);
    double even[3];
    double odd[3];
    double terms[2][3];
    if (!(y0 > 0.0)) /* all open */
        return chi;
    for (int k = 0; k < 3; k++) { /* even and odd parts at h, 2h, 3h; chi is 1 at 0 */
        const double z = k + 1.0;
        double above = total_siemens(c, x, gate, z * h) / y0;
        double below = total_siemens(c, x, gate, -z * h) / y0;
        even[k] = ((above + below) / 2.0 - 1.0) / (z * z);
        odd[k] = (above - below) / (2.0 * z);
    }
    through_three(terms[0], odd);
    through_three(terms[1], even);
    double scale = 1.0;
    for (int k = 1; k < XBAR_CHI_TERMS; k++) {
        scale /= h;
        chi.term[k] = terms[1 - k % 2][(k - 1) / 2] * scale;
    }
    return chi;
}
