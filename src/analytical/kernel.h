/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The layer's loops that every input or pair of lines goes through, one table of them for
 *  each vector width (core/isa.h). All do the same arithmetic in the same order, but for
 *  fused multiply-adds, which the narrowest width has not. Private to the layer.
 */
#ifndef XBAR_ANALYTICAL_KERNEL_H
#define XBAR_ANALYTICAL_KERNEL_H

#include <stddef.h>

#include "core/isa.h"

struct xbar_bend;

/** A line that is crossed, of n_b nodes; all [n_b]: factors of detours.c. */
typedef struct xbar_pass {
    const float *ratio;      /* V at this line per V at the line before */
    const float *right;      /* V at the next node per V at this */
    const float *from_left;  /* the same per V that comes over this line */
    const float *left;       /* as `right`, the other way */
    const float *from_right; /* as `from_left` */
    const float *leaves;     /* S */
} xbar_pass;

typedef struct xbar_analytical_kernel {
    /** xbar_bend_apply of bend.h. */
    void (*bend)(struct xbar_bend *b, double *i_out, const double *drive, double bend);
    /** xbar_weighted_rows of gains.h. */
    void (*product)(double *y, size_t n_rows, size_t n_cols, const double *w,
                    const double *x);
    /** Sixteen driven lines' voltages go on to the next line that they cross.
     *  @param[in,out] v    V, [n_b][16]
     *  @param[in,out] out  S, the same: what leaves is added */
    void (*pass)(float *v, float *out, size_t n_b, const xbar_pass *line);
} xbar_analytical_kernel;

/** That of xbar_isa_here(). Static. */
const xbar_analytical_kernel *xbar_analytical_kernel_here(void);

void XBAR_ISA(xbar_bend_apply)(struct xbar_bend *b, double *i_out, const double *drive,
                               double bend);
void XBAR_ISA(xbar_product)(double *y, size_t n_rows, size_t n_cols, const double *w,
                            const double *x);
void XBAR_ISA(xbar_detours_pass)(float *v, float *out, size_t n_b,
                                 const xbar_pass *line);

#endif
