/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "core/isa.h"
#include "nodal/tiles.h"

extern const xbar_kernel xbar_kernel_base;
#if defined __x86_64__
extern const xbar_kernel xbar_kernel_avx2;
extern const xbar_kernel xbar_kernel_avx512;
#endif

const xbar_kernel *xbar_kernel_find(const char *name)
{
    static const xbar_kernel *const kernels[XBAR_N_ISAS] = {
        [XBAR_ISA_BASE] = &xbar_kernel_base,
#if defined __x86_64__
        [XBAR_ISA_AVX2] = &xbar_kernel_avx2,
        [XBAR_ISA_AVX512] = &xbar_kernel_avx512,
#endif
    };
    const xbar_isa here = xbar_isa_here();
    if (!name)
        return kernels[here];
    for (size_t isa = 0; isa < XBAR_N_ISAS && isa <= (size_t)here; isa++)
        if (kernels[isa] && strcmp(kernels[isa]->name, name) == 0)
            return kernels[isa];
    return NULL;
}
