/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The family that is driven is called A, a of its n_a lines at a time sixteen in the lanes
 * of a vector; the family it crosses B. For each driven line the voltages v of all lines of
 * B go from one line of A to the next, and at each what they drive into that line of A
 * spreads along it, from either side, and leaves through the lines of B. */
#include "analytical/detours.h"

#include <stdlib.h>
#include <string.h>

#include "analytical/floats.h"
#include "analytical/kernel.h"
#include "analytical/wide.h"
#include "core/memory.h"

enum { LANES = XBAR_FLOATS, MODES = XBAR_BLEND_MODES };

/* Beyond so many lines it takes longer than the exact solutions, and cells average out
 * anyway. */
static const size_t most_driven = 96;

/* What a pass needs at each node, in planes [n_b] beside each other. */
enum {
    DOWN,       /* voltage of line b at the line of A before, to this one */
    UP,         /* the same from the line after */
    RIGHT,      /* voltage of the line of A at node b, to node b + 1 */
    FROM_LEFT,  /* V at node b + 1 per V of line b: over the cell and on */
    LEFT,       /* as RIGHT, to node b - 1 */
    FROM_RIGHT, /* as FROM_LEFT */
    EXIT,       /* S: current out of line b per V of the line of A at node b */
    SOURCE,     /* V of line b per V of the driven line's terminal */
    N_FACTORS
};

struct xbar_detours {
    size_t n_rows, n_cols;
    bool by_columns; /* columns are A */
    size_t n_a, n_b;
    const xbar_analytical_kernel *kernel; /* the machine's */
    xbar_dressed rows, cols;
    float *factor; /* [n_a][N_FACTORS][n_b] */
    float *v;      /* V, [n_b][LANES] */
    float *out;    /* S, [n_b][LANES] */
};

bool xbar_detours_pay(size_t n_rows, size_t n_cols)
{
    return (n_rows < n_cols ? n_rows : n_cols) <= most_driven;
}

void xbar_detours_free(xbar_detours *d)
{
    if (!d)
        return;
    xbar_dressed_clear(&d->rows);
    xbar_dressed_clear(&d->cols);
    free(d->factor);
    free(d->v);
    free(d->out);
    free(d);
}

static xbar_status make_room(xbar_detours *d, xbar_error *err)
{
    const size_t n = d->n_a * d->n_b;
    XBAR_TRY(xbar_dressed_init(&d->rows, n, err));
    XBAR_TRY(xbar_dressed_init(&d->cols, n, err));
    XBAR_TRY(xbar_floats_new(&d->factor, N_FACTORS * n, "detours", err));
    XBAR_TRY(xbar_floats_new(&d->v, LANES * d->n_b, "detours", err));
    return xbar_floats_new(&d->out, LANES * d->n_b, "detours", err);
}

xbar_status xbar_detours_new(xbar_detours **out, size_t n_rows, size_t n_cols,
                             xbar_error *err)
{
    *out = NULL;
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(xbar_detours), "detours", err));
    xbar_detours *d = memory;
    d->kernel = xbar_analytical_kernel_here();
    d->n_rows = n_rows;
    d->n_cols = n_cols;
    d->by_columns = n_cols < n_rows;
    d->n_a = d->by_columns ? n_cols : n_rows;
    d->n_b = d->by_columns ? n_rows : n_cols;
    xbar_status status = make_room(d, err);
    if (status != XBAR_OK) {
        xbar_detours_free(d);
        return status;
    }
    *out = d;
    return XBAR_OK;
}

xbar_dressed *xbar_detours_rows(xbar_detours *d)
{
    return &d->rows;
}

xbar_dressed *xbar_detours_cols(xbar_detours *d)
{
    return &d->cols;
}

/* ---- what a pass needs ---------------------------------------------------------------- */

/* Of one line of A, whose nodes lie `along` apart in the planes, from `at` on. */
static inline void find_line(float *restrict f, const xbar_dressed *a_lines,
                             const xbar_dressed *b_lines, size_t n_b, size_t at,
                             size_t along)
{
    const double *restrict a_share = a_lines->share + at;
    const double *restrict a_load = a_lines->load + at;
    const double *restrict a_ohm = a_lines->ohm + at;
    const double *restrict b_share = b_lines->share + at;
    const double *restrict b_load = b_lines->load + at;
    const double *restrict b_ohm = b_lines->ohm + at;
    for (size_t b = 0; b < n_b; b++) {
        size_t k = b * along;
        double into = b_load[k] * a_ohm[k];
        f[FROM_LEFT * n_b + b] = f[FROM_RIGHT * n_b + b] = (float)into;
        f[EXIT * n_b + b] =
            (float)(a_load[k] * b_share[k] * (1.0 + b_load[k] * b_ohm[k]));
        f[SOURCE * n_b + b] = (float)(a_share[k] * a_load[k] * b_ohm[k]);
    }
    const double *restrict down = b_lines->ratio[XBAR_FIRST] + at;
    const double *restrict up = b_lines->ratio[XBAR_LAST] + at;
    const double *restrict right = a_lines->ratio[XBAR_FIRST] + at;
    const double *restrict left = a_lines->ratio[XBAR_LAST] + at;
    for (size_t b = 0; b < n_b; b++) {
        f[DOWN * n_b + b] = (float)down[b * along];
        f[UP * n_b + b] = (float)up[b * along];
    }
    for (size_t b = 0; b + 1 < n_b; b++) {
        f[RIGHT * n_b + b] = (float)right[(b + 1) * along];
        f[FROM_LEFT * n_b + b] *= f[RIGHT * n_b + b];
        f[LEFT * n_b + b + 1] = (float)left[b * along];
        f[FROM_RIGHT * n_b + b + 1] *= f[LEFT * n_b + b + 1];
    }
    f[RIGHT * n_b + n_b - 1] = f[FROM_LEFT * n_b + n_b - 1] = 0.0F;
    f[LEFT * n_b] = f[FROM_RIGHT * n_b] = 0.0F;
}

XBAR_WIDE
static void find_factors(xbar_detours *d)
{
    const size_t stride = N_FACTORS * d->n_b;
    for (size_t a = 0; a < d->n_a; a++)
        if (d->by_columns)
            find_line(d->factor + a * stride, &d->cols, &d->rows, d->n_b, a, d->n_cols);
        else
            find_line(d->factor + a * stride, &d->rows, &d->cols, d->n_b, a * d->n_cols,
                      1);
}

/* ---- passes --------------------------------------------------------------------------- */

/* On to line a of A; `step` is DOWN or UP. */
static void pass(xbar_detours *d, size_t a, int step)
{
    const size_t n_b = d->n_b;
    const float *f = d->factor + a * N_FACTORS * n_b;
    const xbar_pass line = {
        .ratio = f + (size_t)step * n_b,
        .right = f + RIGHT * n_b,
        .from_left = f + FROM_LEFT * n_b,
        .left = f + LEFT * n_b,
        .from_right = f + FROM_RIGHT * n_b,
        .leaves = f + EXIT * n_b,
    };
    d->kernel->pass(d->v, d->out, n_b, &line);
}

/* The driven line a is in a lane: its own voltages begin there, once it has been passed. */
static void start_lane(xbar_detours *d, size_t a, size_t lane)
{
    const float *source = d->factor + (a * N_FACTORS + SOURCE) * d->n_b;
    for (size_t b = 0; b < d->n_b; b++)
        d->v[b * LANES + lane] = source[b];
}

/* What n driven lines from `first` on do; in d->out. */
static void drive(xbar_detours *d, size_t first, size_t n)
{
    const size_t n_b = d->n_b;
    memset(d->out, 0, LANES * n_b * sizeof *d->out);
    memset(d->v, 0, LANES * n_b * sizeof *d->v);
    for (size_t a = first; a < d->n_a; a++) {
        if (a > first)
            pass(d, a, DOWN);
        if (a < first + n)
            start_lane(d, a, a - first);
    }
    memset(d->v, 0, LANES * n_b * sizeof *d->v);
    for (size_t a = first + n; a-- > 0;) {
        if (a + 1 < first + n)
            pass(d, a, UP);
        if (a >= first)
            start_lane(d, a, a - first);
    }
}

XBAR_WIDE
void xbar_detours_add(xbar_detours *d, double *h, double *rows, double *cols,
                      const xbar_blend *f)
{
    const size_t n_b = d->n_b;
    double *to_a = d->by_columns ? cols : rows;
    double *to_b = d->by_columns ? rows : cols;
    const double *over_a = d->by_columns ? f->psi : f->phi;
    const double *over_b = d->by_columns ? f->phi : f->psi;
    memset(to_b, 0, n_b * MODES * sizeof *to_b);
    find_factors(d);
    for (size_t first = 0; first < d->n_a; first += LANES) {
        const size_t n = d->n_a - first < LANES ? d->n_a - first : LANES;
        drive(d, first, n);
        for (size_t l = 0; l < n; l++) {
            size_t a = first + l;
            double sum[MODES] = {0.0};
            for (size_t b = 0; b < n_b; b++) {
                double t = (double)d->out[b * LANES + l];
                h[d->by_columns ? b * d->n_cols + a : a * d->n_cols + b] += t;
                for (size_t k = 0; k < MODES; k++) {
                    sum[k] += t * over_b[b * MODES + k];
                    to_b[b * MODES + k] += t * over_a[a * MODES + k];
                }
            }
            memcpy(to_a + a * MODES, sum, sizeof sum);
        }
    }
}
