/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/isa.h"

#if defined __x86_64__
#include <cpuid.h>
#endif
#include <stdbool.h>

static xbar_isa limit = XBAR_ISA_AVX512;

#if defined __x86_64__
/* F16C, for which not all compilers' __builtin_cpu_supports has a name. */
static bool converts_halves(void)
{
    unsigned a = 0, b = 0, c = 0, d = 0;
    return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_F16C);
}
#endif

static xbar_isa of_machine(void)
{
#if defined __x86_64__
    __builtin_cpu_init();
    if (!(__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
          __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
          converts_halves()))
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
