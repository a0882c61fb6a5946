/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analytical/kernel.h"

extern const xbar_analytical_kernel xbar_analytical_kernel_base;
#if defined __x86_64__
extern const xbar_analytical_kernel xbar_analytical_kernel_avx2;
extern const xbar_analytical_kernel xbar_analytical_kernel_avx512;
#endif

const xbar_analytical_kernel *xbar_analytical_kernel_here(void)
{
    static const xbar_analytical_kernel *const tables[XBAR_N_ISAS] = {
        [XBAR_ISA_BASE] = &xbar_analytical_kernel_base,
#if defined __x86_64__
        [XBAR_ISA_AVX2] = &xbar_analytical_kernel_avx2,
        [XBAR_ISA_AVX512] = &xbar_analytical_kernel_avx512,
#endif
    };
    return tables[xbar_isa_here()];
}
