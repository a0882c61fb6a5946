/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "nodal/tiles.h"

extern const xbar_kernel xbar_kernel_base;
#if defined(__x86_64__)
extern const xbar_kernel xbar_kernel_avx2;
extern const xbar_kernel xbar_kernel_avx512;
#endif

const xbar_kernel *xbar_kernel_find(const char *name)
{
    const xbar_kernel *here[3] = {NULL};
    size_t n = 0;
#if defined(__x86_64__)
    __builtin_cpu_init();
    bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
              __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
    if (v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512cd"))
        here[n++] = &xbar_kernel_avx512;
    if (v3)
        here[n++] = &xbar_kernel_avx2;
#endif
    here[n++] = &xbar_kernel_base;
    if (!name)
        return here[0];
    for (size_t k = 0; k < n; k++)
        if (strcmp(here[k]->name, name) == 0)
            return here[k];
    return NULL;
}
