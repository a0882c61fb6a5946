/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "text.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>

const char *bench_percent(char text[32], double share)
{
    double value = 100.0 * share;
    if (isnan(value))
        snprintf(text, 32, "failed");
    else if (value == 0.0)
        snprintf(text, 32, "0");
    else if (value >= 9.95)
        snprintf(text, 32, "%.0f", value);
    else if (value >= 0.095)
        snprintf(text, 32, value >= 0.995 ? "%.1f" : "%.2f", value);
    else
        snprintf(text, 32, value >= 1e-4 ? "%.2g" : "%.0e", value);
    return text;
}

const char *bench_seconds(char text[32], double s)
{
    static const struct {
        double unit;
        const char *name;
    } units[] = {{1.0, "s"}, {1e-3, "ms"}, {1e-6, "µs"}};
    size_t k = 0;
    while (k < 2 && s < 0.9995 * units[k].unit)
        k++;
    snprintf(text, 32, s < 9.995e-6 ? "%.2f %s" : "%.3g %s", s / units[k].unit,
             units[k].name);
    return text;
}
