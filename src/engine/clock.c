/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <time.h>

#include "engine/adapters.h"

double xbar_engine_clock_s(void)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}
