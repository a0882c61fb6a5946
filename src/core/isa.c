/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/isa.h"

static xbar_isa limit = XBAR_ISA_AVX512;

static xbar_isa of_machine(void)
{
#if defined __x86_64__
    __builtin_cpu_init();
    if (!(__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
          __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2")))
        return XBAR_ISA_BASE;
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                   __builtin_cpu_supports("avx512bw") &&
                   __builtin_cpu_supports("avx512vl") &&
                   __builtin_cpu_supports("avx512cd")
               ? XBAR_ISA_AVX512
               : XBAR_ISA_AVX2;
#else
    return XBAR_ISA_BASE;
#endif
}

xbar_isa xbar_isa_here(void)
{
    const xbar_isa here = of_machine();
    return here < limit ? here : limit;
}

const char *xbar_isa_name(xbar_isa isa)
{
    static const char *const names[XBAR_N_ISAS] = {"base", "avx2", "avx512"};
    return names[isa];
}

void xbar_isa_limit(xbar_isa widest)
{
    limit = widest;
}
