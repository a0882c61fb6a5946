/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analytical/strip.h"

#include <stdlib.h>
#include <string.h>

#include "analytical/wide.h"
#include "core/memory.h"

enum { WIDTH = XBAR_STRIP };

xbar_status xbar_strip_init(xbar_strip *s, size_t n, bool has_cuts, xbar_error *err)
{
    *s = (xbar_strip){.n = n};
    double **const planes[] = {&s->load,
                               &s->hang[XBAR_FIRST],
                               &s->hang[XBAR_LAST],
                               &s->ratio[XBAR_FIRST],
                               &s->ratio[XBAR_LAST],
                               &s->ohm_to_ground,
                               &s->share};
    for (size_t p = 0; p < sizeof planes / sizeof *planes; p++)
        XBAR_TRY(xbar_doubles_new(planes[p], n * WIDTH, "lines", err));
    return has_cuts ? xbar_doubles_new(&s->whole, n * WIDTH, "lines", err) : XBAR_OK;
}

void xbar_strip_clear(xbar_strip *s)
{
    free(s->whole);
    free(s->load);
    for (int end = 0; end < XBAR_N_ENDS; end++) {
        free(s->hang[end]);
        free(s->ratio[end]);
    }
    free(s->ohm_to_ground);
    free(s->share);
    *s = (xbar_strip){0};
}

/* Node k counted from an end, as place of its first line in a plane; and the place of the
 * segment between it and the node before. */
static inline size_t node(const xbar_strip *s, int from, size_t k)
{
    return (from == XBAR_FIRST ? k : s->n - 1 - k) * WIDTH;
}

static inline const double *segment(const xbar_strip *s, int from, size_t k)
{
    size_t low = from == XBAR_FIRST ? k - 1 : s->n - 1 - k;
    return s->whole ? s->whole + low * WIDTH : NULL;
}

/* A node that hangs on the node before. */
XBAR_WIDE
static void step(double *restrict ratio, double *restrict hang,
                 const double *restrict load, const double *restrict beyond, double ohm)
{
    for (size_t l = 0; l < WIDTH; l++) {
        double y = load[l] + beyond[l];
        ratio[l] = 1.0 / (1.0 + ohm * y);
        hang[l] = y * ratio[l];
    }
}

/* Node k as seen from the end `from`. */
static void look_at(xbar_strip *s, int from, size_t k)
{
    const size_t here = node(s, from, k);
    double *ratio = s->ratio[from] + here;
    double *hang = s->hang[1 - from] + node(s, from, k - 1);
    const double *whole = segment(s, from, k);
    step(ratio, hang, s->load + here, s->hang[1 - from] + here, s->ohm);
    for (size_t l = 0; whole && l < WIDTH; l++) {
        ratio[l] *= whole[l];
        hang[l] *= whole[l];
    }
}

/* From both ends at once: neither waits for the divisions of the other. */
void xbar_strip_look(xbar_strip *s)
{
    for (int from = 0; from < XBAR_N_ENDS; from++)
        memcpy(s->hang[1 - from] + node(s, from, s->n - 1), s->siemens[1 - from],
               sizeof s->siemens[0]);
    for (size_t k = s->n - 1; k > 0; k--) {
        look_at(s, XBAR_FIRST, k);
        look_at(s, XBAR_LAST, k);
    }
}

XBAR_WIDE
void xbar_strip_find_ohms(xbar_strip *s)
{
    const double floating = 1e-30; /* S */
    const double *restrict first = s->hang[XBAR_FIRST];
    const double *restrict last = s->hang[XBAR_LAST];
    double *restrict ohm = s->ohm_to_ground;
    for (size_t k = 0; k < s->n * WIDTH; k++)
        ohm[k] = 1.0 / (first[k] + last[k] + floating);
}

XBAR_WIDE
static void pass_on(double *restrict v, double *restrict share,
                    const double *restrict ratio)
{
    for (size_t l = 0; l < WIDTH; l++) {
        v[l] *= ratio[l];
        share[l] += v[l];
    }
}

/* share += what the terminals at one end give. */
static void add_shares(xbar_strip *s, int from)
{
    const double floating = 1e-30; /* S: no way to 0 V at all */
    double v[WIDTH];
    for (size_t l = 0; l < WIDTH; l++) {
        size_t first = node(s, from, 0) + l;
        double y = s->siemens[from][l];
        v[l] = s->drives[from][l] * y /
               (y + s->load[first] + s->hang[1 - from][first] + floating);
        s->share[first] += v[l];
    }
    for (size_t k = 1; k < s->n; k++)
        pass_on(v, s->share + node(s, from, k), s->ratio[from] + node(s, from, k));
}

void xbar_strip_find_shares(xbar_strip *s)
{
    memset(s->share, 0, s->n * WIDTH * sizeof *s->share);
    for (int end = 0; end < XBAR_N_ENDS; end++)
        for (size_t l = 0; l < WIDTH; l++)
            if (s->drives[end][l] != 0.0) {
                add_shares(s, end);
                break;
            }
}
