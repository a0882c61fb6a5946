/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analytical/modes.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "core/memory.h"

static const double pi = 3.14159265358979323846;

/* The condition at the bottom, 0 at an eigenvalue's theta; s = bottom_ohm / col_ohm. */
static double at_bottom(double theta, double n, double s)
{
    return cos((n - 0.5) * theta) - 2.0 * s * sin(0.5 * theta) * sin(n * theta);
}

/* The root p = 1 ... n. Between (p-1) pi/n and (2p-1) pi/(2n-1) the condition changes
 * its sign once; the last one has pi, which is no eigenvalue's, for its upper bound. */
static double angle(double p, double n, double s)
{
    if (s == 1.0)
        return (2.0 * p - 1.0) * pi / (2.0 * n + 1.0);
    double low = (p - 1.0) * pi / n;
    double high = p < n ? (2.0 * p - 1.0) * pi / (2.0 * n - 1.0) : pi;
    double sign = fmod(p, 2.0) == 1.0 ? 1.0 : -1.0;
    for (;;) {
        double middle = 0.5 * (low + high);
        if (middle <= low || middle >= high)
            return middle;
        if (sign * at_bottom(middle, n, s) > 0.0)
            low = middle;
        else
            high = middle;
    }
}

/* With a terminal below col_ohm (1/2 - 1/(4n)) the n-th root has left the real axis,
 * theta = pi + i tau, and its shape falls off from the bottom with alternating signs. */
static bool is_steep(double n, double s)
{
    return s < 0.5 - 0.25 / n;
}

static double decay(double n, double s)
{
    double low = 0.0;
    double high = 2.0 * acosh(0.5 / s);
    for (;;) {
        double tau = 0.5 * (low + high);
        if (tau <= low || tau >= high)
            return tau;
        double ratio = exp(-0.5 * tau) * expm1(-(2.0 * n - 1.0) * tau) /
                       expm1(-2.0 * n * tau); /* sinh((n-1/2) tau) / sinh(n tau) */
        if (2.0 * s * cosh(0.5 * tau) < ratio)
            low = tau;
        else
            high = tau;
    }
}

static void steep_mode(xbar_modes *m, size_t p, double col_ohm, double s)
{
    double n = (double)m->n_rows;
    double tau = decay(n, s);
    for (size_t i = 0; i < m->n_rows; i++) {
        double k = (double)i;
        double size = -exp((k - n + 1.0) * tau) * expm1(-(2.0 * k + 1.0) * tau);
        m->shape[i * m->n_modes + p] = i % 2 == 0 ? size : -size;
    }
    m->ohm[p] = col_ohm / (2.0 + 2.0 * cosh(tau));
}

static void mode(xbar_modes *m, size_t p, double col_ohm, double bottom_ohm)
{
    double n = (double)m->n_rows;
    double q = (double)p + 1.0;
    double theta = 0.0;
    if (col_ohm == 0.0) { /* all rows at one voltage, or none of them above 0 */
        theta = (q - 1.0) * pi / n;
        m->ohm[p] = p == 0 ? n * bottom_ohm : 0.0;
    } else if (bottom_ohm == 0.0 &&
               p + 1 == m->n_rows) { /* the last row, held at 0 V */
        m->shape[(m->n_rows - 1) * m->n_modes + p] = 1.0;
        m->ohm[p] = 0.0;
        return;
    } else if (p + 1 == m->n_rows && is_steep(n, bottom_ohm / col_ohm)) {
        steep_mode(m, p, col_ohm, bottom_ohm / col_ohm);
        return;
    } else {
        theta = angle(q, n, bottom_ohm / col_ohm);
        double half = sin(0.5 * theta);
        m->ohm[p] = col_ohm / (4.0 * half * half);
    }
    for (size_t i = 0; i < m->n_rows; i++)
        m->shape[i * m->n_modes + p] = cos(((double)i + 0.5) * theta);
}

static void normalise(xbar_modes *m, size_t p)
{
    double square = 0.0;
    for (size_t i = 0; i < m->n_rows; i++)
        square += m->shape[i * m->n_modes + p] * m->shape[i * m->n_modes + p];
    for (size_t i = 0; i < m->n_rows; i++)
        m->shape[i * m->n_modes + p] /= sqrt(square);
}

xbar_status xbar_modes_init(xbar_modes *m, size_t n_rows, size_t n_modes,
                            double col_ohm, double bottom_ohm, xbar_error *err)
{
    *m = (xbar_modes){.n_rows = n_rows, .n_modes = n_modes};
    XBAR_TRY(xbar_doubles_new(&m->shape, n_rows * n_modes, "modes", err));
    XBAR_TRY(xbar_doubles_new(&m->ohm, n_modes, "modes", err));
    for (size_t p = 0; p < n_modes && p < n_rows; p++) {
        mode(m, p, col_ohm, bottom_ohm);
        normalise(m, p);
    }
    return XBAR_OK;
}

void xbar_modes_clear(xbar_modes *m)
{
    free(m->shape);
    free(m->ohm);
    *m = (xbar_modes){0};
}

void xbar_modes_word(double *word, size_t n_cols, size_t stride, double siemens,
                     double row_ohm, double left_ohm)
{
    double beyond = 0.0;
    for (size_t j = n_cols; j-- > 0;) { /* shares, as in lines.h */
        double y = siemens + beyond;
        double share = 1.0 / (1.0 + (j > 0 ? row_ohm : left_ohm) * y);
        word[j * stride] = share;
        beyond = share * y;
    }
    for (size_t j = 1; j < n_cols; j++)
        word[j * stride] *= word[(j - 1) * stride];
}
