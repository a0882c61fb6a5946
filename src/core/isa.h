/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Sources that are compiled once for each vector width, and which of them a machine runs.
 *
 *  src/meson.build compiles them with
 *
 *      XBAR_WIDTH     floats in a register: 16, 8 or 4
 *      XBAR_SUFFIX    of the names of that build: avx512, avx2, base
 *
 *  and XBAR_ISA(name) is name_avx512, ... there. A layer keeps a table of functions for each
 *  build, and takes the one of xbar_isa_here().
 */
#ifndef XBAR_CORE_ISA_H
#define XBAR_CORE_ISA_H

#ifndef XBAR_SUFFIX /* read on its own */
#define XBAR_SUFFIX base
#define XBAR_WIDTH 4
#endif

#define XBAR_ISA_PASTE(name, suffix) name##_##suffix
#define XBAR_ISA_EXPAND(name, suffix) XBAR_ISA_PASTE(name, suffix)
#define XBAR_ISA(name) XBAR_ISA_EXPAND(name, XBAR_SUFFIX)
#define XBAR_ISA_TEXT(suffix) #suffix
#define XBAR_ISA_QUOTE(suffix) XBAR_ISA_TEXT(suffix)
#define XBAR_ISA_NAME XBAR_ISA_QUOTE(XBAR_SUFFIX)

/** From the narrowest on; another kind of machine has the first alone. */
typedef enum xbar_isa {
    XBAR_ISA_BASE,
    XBAR_ISA_AVX2,   /* with fused multiply-adds: x86-64-v3 */
    XBAR_ISA_AVX512, /* x86-64-v4 */
    XBAR_N_ISAS
} xbar_isa;

/** The widest that this machine runs, and xbar_isa_limit allows. */
xbar_isa xbar_isa_here(void);

/** "base", "avx2", "avx512". Static. */
const char *xbar_isa_name(xbar_isa isa);

/** As if the machine had nothing wider, for tests and benchmarks: what is opened from then
 *  on takes no more. XBAR_ISA_AVX512 allows all again. Not while another thread opens
 *  something. */
void xbar_isa_limit(xbar_isa widest);

#endif
