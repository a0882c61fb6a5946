/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <unistd.h>

#include "cli/cli.h"
#include "core/clock.h"

xbar_progress xbar_progress_start(void)
{
    return (xbar_progress){.visible = isatty(STDERR_FILENO) == 1,
                           .start_s = xbar_clock_s(),
                           .drawn_s = -1.0,
                           .first = (size_t)-1};
}

static void print_time_left(double seconds)
{
    if (seconds < 100.0)
        fprintf(stderr, " %.0f s left", seconds);
    else if (seconds < 6000.0)
        fprintf(stderr, " %.0f min left", seconds / 60.0);
    else
        fprintf(stderr, " %.1f h left", seconds / 3600.0);
}

void xbar_progress_show(xbar_progress *p, size_t done, size_t total)
{
    if (p->first == (size_t)-1)
        p->first = done;
    double now = xbar_clock_s();
    if (!p->visible || total == 0 || (now - p->drawn_s < 0.1 && done < total))
        return;
    enum { WIDTH = 40 };
    int filled = (int)((double)done / (double)total * WIDTH);
    fputs("\r[", stderr);
    for (int k = 0; k < WIDTH; k++)
        fputc(k < filled ? '#' : ' ', stderr);
    fprintf(stderr, "] %zu/%zu", done, total);
    if (done > p->first && done < total)
        print_time_left((now - p->start_s) / (double)(done - p->first) *
                        (double)(total - done));
    fputs("\033[K", stderr);
    p->drawn = true;
    p->drawn_s = now;
}

void xbar_progress_clear(xbar_progress *p)
{
    if (p->drawn)
        fputs("\r\033[K", stderr);
    p->drawn = false;
    p->drawn_s = -1.0;
}
