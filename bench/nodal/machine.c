/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "machine.h"

#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/clock.h"

/* What stands behind the first ':' of the first line that begins with key. */
static int find_line(const char *path, const char *key, char *text, size_t size)
{
    FILE *in = fopen(path, "r");
    char line[512];
    int found = 0;
    while (in && !found && fgets(line, sizeof line, in)) {
        if (strncmp(line, key, strlen(key)) != 0)
            continue;
        const char *value = strchr(line, ':');
        value = value ? value + 1 : line;
        value += strspn(value, " \t");
        snprintf(text, size, "%.*s", (int)strcspn(value, "\n"), value);
        found = 1;
    }
    if (in)
        fclose(in);
    return found;
}

void bench_machine_name(char text[128])
{
    char name[96];
    if (!find_line("/proc/cpuinfo", "model name", name, sizeof name))
        snprintf(name, sizeof name, "unknown processor");
    snprintf(text, 128, "%s, %ld cores", name, sysconf(_SC_NPROCESSORS_ONLN));
}

void bench_blas_name(char text[256])
{
    FILE *in = fopen("/proc/self/maps", "r");
    char line[512];
    size_t used = 0;
    text[0] = '\0';
    while (in && fgets(line, sizeof line, in)) {
        const char *file = strrchr(line, '/');
        if (!file || !strstr(file, "blas") || strstr(file, "gslcblas"))
            continue;
        int length = (int)strcspn(file + 1, "\n");
        char name[256];
        snprintf(name, sizeof name, "%.*s", length, file + 1);
        if (strstr(text, name) || used + strlen(name) + 3 > 256)
            continue;
        used +=
            (size_t)snprintf(text + used, 256 - used, "%s%s", used ? ", " : "", name);
    }
    if (in)
        fclose(in);
    if (used == 0)
        snprintf(text, 256, "unknown");
}

/* s, of all cores together since the machine started: busy with anything. */
static double busy_s(void)
{
    double user = 0.0, nice = 0.0, system = 0.0, irq = 0.0, soft = 0.0;
    FILE *in = fopen("/proc/stat", "r");
    int n = in ? fscanf(in, "cpu %lf %lf %lf %*f %*f %lf %lf", &user, &nice, &system,
                        &irq, &soft)
               : 0;
    if (in)
        fclose(in);
    if (n != 5)
        return (double)NAN;
    return (user + nice + system + irq + soft) / (double)sysconf(_SC_CLK_TCK);
}

static double own_s(void)
{
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    return (double)use.ru_utime.tv_sec + 1e-6 * (double)use.ru_utime.tv_usec +
           (double)use.ru_stime.tv_sec + 1e-6 * (double)use.ru_stime.tv_usec;
}

bench_others bench_others_start(void)
{
    return (bench_others){
        .start_s = xbar_clock_s(), .busy_s = busy_s(), .own_s = own_s()};
}

double bench_others_share(const bench_others *o)
{
    double passed = xbar_clock_s() - o->start_s;
    double others = (busy_s() - o->busy_s) - (own_s() - o->own_s);
    return fmax(0.0, others) / (passed * (double)sysconf(_SC_NPROCESSORS_ONLN));
}

double bench_load(void)
{
    double load = (double)NAN;
    return getloadavg(&load, 1) == 1 ? load : (double)NAN;
}

void bench_bytes_from_heap(bool only)
{
    enum { USUAL = 65536 };
    mallopt(M_MMAP_MAX, only ? 0 : USUAL);
}

double bench_bytes_allocated(void)
{
    struct mallinfo2 m = mallinfo2();
    return (double)m.uordblks + (double)m.hblkhd;
}

static double status_bytes(const char *key)
{
    char text[64];
    if (!find_line("/proc/self/status", key, text, sizeof text))
        return (double)NAN;
    return 1024.0 * strtod(text, NULL);
}

double bench_bytes_peak(void)
{
    return status_bytes("VmHWM");
}

double bench_bytes_reset(void)
{
    malloc_trim(0);
    FILE *out = fopen("/proc/self/clear_refs", "w");
    if (!out)
        return (double)NAN;
    fputs("5\n", out); /* the peak is what is in memory now */
    fclose(out);
    return status_bytes("VmRSS");
}
