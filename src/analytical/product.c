/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The loops of xbar_weighted_rows, compiled once for each vector width (kernel.h). */
#include "analytical/kernel.h"

void XBAR_ISA(xbar_product)(double *restrict y, size_t n_rows, size_t n_cols,
                            const double *restrict w, const double *restrict x)
{
    for (size_t j = 0; j < n_cols; j++)
        y[j] = 0.0;
    size_t i = 0;
    for (; i + 4 <= n_rows; i += 4) { /* y is read and written less often */
        const double *w0 = w + i * n_cols;
        const double *w1 = w0 + n_cols;
        const double *w2 = w1 + n_cols;
        const double *w3 = w2 + n_cols;
        for (size_t j = 0; j < n_cols; j++)
            y[j] += (x[i] * w0[j] + x[i + 1] * w1[j]) +
                    (x[i + 2] * w2[j] + x[i + 3] * w3[j]);
    }
    for (; i < n_rows; i++)
        for (size_t j = 0; j < n_cols; j++)
            y[j] += x[i] * w[i * n_cols + j];
}
