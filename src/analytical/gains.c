/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analytical/gains.h"

#include <stdlib.h>

#include "analytical/closed_form.h"
#include "analytical/kernel.h"
#include "core/memory.h"

xbar_status xbar_gains_init(xbar_gains *s, const xbar_crossbar *c, bool with_own,
                            xbar_error *err)
{
    *s = (xbar_gains){.c = c};
    XBAR_TRY(xbar_closed_form_check(c, err));
    if (with_own)
        XBAR_TRY(xbar_doubles_new(&s->own, c->n_rows * c->n_cols, "gains", err));
    s->w = s->own;
    XBAR_TRY(xbar_doubles_new(&s->row, c->n_rows, "row gains", err));
    XBAR_TRY(xbar_doubles_new(&s->col, c->n_cols, "column gains", err));
    XBAR_TRY(xbar_doubles_new(&s->driven, c->n_rows, "inputs", err));
    return xbar_doubles_new(&s->scratch, XBAR_GAINS_SCRATCH * c->n_cols, "sums", err);
}

void xbar_gains_clear(xbar_gains *s)
{
    free(s->own);
    free(s->row);
    free(s->col);
    free(s->driven);
    free(s->scratch);
    *s = (xbar_gains){0};
}

void xbar_weighted_rows(double *y, size_t n_rows, size_t n_cols, const double *w,
                        const double *x)
{
    xbar_analytical_kernel_here()->product(y, n_rows, n_cols, w, x);
}

void xbar_gains_apply(xbar_gains *s, size_t n, const double *v_in, double *i_out)
{
    const size_t n_rows = s->c->n_rows;
    const size_t n_cols = s->c->n_cols;
    for (size_t l = 0; l < n; l++) {
        const double *v = v_in + l * n_rows;
        double *i_l = i_out + l * n_cols;
        for (size_t i = 0; i < n_rows; i++)
            s->driven[i] = s->row[i] * v[i];
        xbar_weighted_rows(i_l, n_rows, n_cols, s->w, s->driven);
        for (size_t j = 0; j < n_cols; j++)
            i_l[j] *= s->col[j];
    }
}

xbar_status xbar_gains_open(void **self, const xbar_crossbar *c, bool with_own,
                            xbar_error *err)
{
    *self = NULL;
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(xbar_gains), "closed form", err));
    xbar_status status = xbar_gains_init(memory, c, with_own, err);
    if (status != XBAR_OK) {
        xbar_gains_close(memory);
        return status;
    }
    *self = memory;
    return XBAR_OK;
}

void xbar_gains_predict(void *self, size_t n, const double *v_in, double *i_out)
{
    xbar_gains_apply(self, n, v_in, i_out);
}

void xbar_gains_close(void *self)
{
    if (self)
        xbar_gains_clear(self);
    free(self);
}
