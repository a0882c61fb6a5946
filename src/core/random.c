/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/random.h"

#include <gsl/gsl_cdf.h>

/* Philox4x32-10: multipliers and Weyl increments of the paper's table 2. */
static const uint32_t multiplier_0 = 0xD2511F53u;
static const uint32_t multiplier_1 = 0xCD9E8D57u;
static const uint32_t weyl_0 = 0x9E3779B9u; /* golden ratio */
static const uint32_t weyl_1 = 0xBB67AE85u; /* sqrt(3) - 1 */

void xbar_philox4x32(uint32_t out[4], const uint32_t counter[4], const uint32_t key[2])
{
    uint32_t x[4] = {counter[0], counter[1], counter[2], counter[3]};
    uint32_t k0 = key[0];
    uint32_t k1 = key[1];
    for (int round = 0; round < 10; round++) {
        uint64_t product_0 = (uint64_t)multiplier_0 * x[0];
        uint64_t product_1 = (uint64_t)multiplier_1 * x[2];
        x[0] = (uint32_t)(product_1 >> 32) ^ x[1] ^ k0;
        x[1] = (uint32_t)product_1;
        x[2] = (uint32_t)(product_0 >> 32) ^ x[3] ^ k1;
        x[3] = (uint32_t)product_0;
        k0 += weyl_0;
        k1 += weyl_1;
    }
    for (int n = 0; n < 4; n++)
        out[n] = x[n];
}

double xbar_uniform(uint64_t seed, xbar_stream stream, uint32_t sample, uint32_t n)
{
    const uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    const uint32_t counter[4] = {n, sample, (uint32_t)stream, 0};
    uint32_t out[4];
    xbar_philox4x32(out, counter, key);
    uint64_t bits = ((uint64_t)out[0] << 32 | out[1]) >> 12; /* 52 bits */
    return ((double)bits + 0.5) * 0x1p-52; /* the middle of its cell */
}

double xbar_normal(uint64_t seed, xbar_stream stream, uint32_t sample, uint32_t n)
{
    return gsl_cdf_ugaussian_Pinv(xbar_uniform(seed, stream, sample, n));
}
