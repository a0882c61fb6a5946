/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analytical/smooth.h"

#include <stdlib.h>
#include <string.h>

#include "analytical/gains.h"
#include "analytical/ladder.h"
#include "analytical/lines.h"
#include "analytical/start.h"
#include "core/memory.h"

enum { SHAPES = XBAR_START_MODES };
_Static_assert((int)SHAPES == (int)XBAR_LANES, "all shapes go side by side");

typedef struct smooth {
    xbar_gains gains;
    xbar_uniform_start start;
    double *response; /* S, [SHAPES][n_cols]: C_pj */
    double *drive;    /* V, [SHAPES] */
    /* scratch of prepare */
    double *d;         /* 1, [XBAR_LINES_ROWS][n_cols] */
    double *e, *above; /* [n_cols]: the columns' factors at a row */
    xbar_octet *bit;   /* V, [n_cols]: a row's bit nodes */
    xbar_octet *word;  /* V, [n_cols]: its word nodes */
    xbar_octet *flow;  /* A, [n_cols]: gathered by the columns so far */
} smooth;

static void close_form(void *self)
{
    smooth *s = self;
    if (!s)
        return;
    xbar_gains_clear(&s->gains);
    xbar_uniform_start_clear(&s->start);
    free(s->response);
    free(s->drive);
    free(s->d);
    free(s->e);
    free(s->above);
    free(s->bit);
    free(s->word);
    free(s->flow);
    free(s);
}

static xbar_status allocate(smooth *s, const xbar_crossbar *c, xbar_error *err)
{
    const size_t n_cols = c->n_cols;
    XBAR_TRY(xbar_gains_init(&s->gains, c, true, err));
    XBAR_TRY(xbar_uniform_start_init(&s->start, c, err));
    XBAR_TRY(xbar_doubles_new(&s->response, SHAPES * n_cols, "responses", err));
    XBAR_TRY(xbar_doubles_new(&s->drive, SHAPES, "drive", err));
    XBAR_TRY(xbar_doubles_new(&s->d, XBAR_LINES_ROWS * n_cols, "factors", err));
    XBAR_TRY(xbar_doubles_new(&s->e, n_cols, "factors", err));
    XBAR_TRY(xbar_doubles_new(&s->above, n_cols, "factors", err));
    XBAR_TRY(xbar_octets_new(&s->bit, n_cols, err));
    XBAR_TRY(xbar_octets_new(&s->word, n_cols, err));
    return xbar_octets_new(&s->flow, n_cols, err);
}

static xbar_status open_form(void **self, const xbar_crossbar *c, xbar_error *err)
{
    *self = NULL;
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(smooth), "closed form", err));
    xbar_status status = allocate(memory, c, err);
    if (status != XBAR_OK) {
        close_form(memory);
        return status;
    }
    *self = memory;
    return XBAR_OK;
}

/* One row of the cycle, all shapes at once; the columns gather what it adds. */
static void respond_row(smooth *s, const double *g, const double *d, size_t i)
{
    static const xbar_octet undriven = {{{0.0}}};
    const xbar_crossbar *c = s->gains.c;
    const double *shape = s->start.modes.shape + i * SHAPES;
    for (size_t j = 0; j < c->n_cols; j++) {
        const xbar_octet *profile = (const xbar_octet *)(s->start.profile + j * SHAPES);
        const xbar_octet *at_row = (const xbar_octet *)shape;
        for (size_t l = 0; l < XBAR_LANES / 2; l++)
            s->bit[j].pair[l] = at_row->pair[l] * profile->pair[l];
    }
    xbar_lines_solve_row(s->word, s->bit, &undriven, g, d, c->row_ohm,
                         c->terminal_ohm[XBAR_LEFT][i], c->n_cols);
    xbar_lines_gather(s->flow, s->word, s->e, g, c->n_cols);
    xbar_lines_columns(s->e, s->above, c, g, i);
}

static xbar_status prepare(void *self, const double *g, xbar_error *err)
{
    (void)err;
    smooth *s = self;
    const xbar_crossbar *c = s->gains.c;
    const size_t n_cols = c->n_cols;
    xbar_ladder_gains(&s->gains, g);
    xbar_uniform_start_prepare(&s->start, g);

    for (size_t j = 0; j < n_cols; j++)
        s->above[j] = s->e[j] = 0.0;
    memset(s->flow, 0, n_cols * sizeof *s->flow);
    for (size_t i = 0; i < c->n_rows; i += XBAR_LINES_ROWS) {
        size_t n = c->n_rows - i < XBAR_LINES_ROWS ? c->n_rows - i : XBAR_LINES_ROWS;
        xbar_lines_rows(s->d, c, g + i * n_cols, i, n);
        for (size_t k = 0; k < n; k++)
            respond_row(s, g + (i + k) * n_cols, s->d + k * n_cols, i + k);
    }
    for (size_t p = 0; p < SHAPES; p++)
        for (size_t j = 0; j < n_cols; j++)
            s->response[p * n_cols + j] = s->e[j] * xbar_octet_lanes(s->flow + j)[p];
    return XBAR_OK;
}

static void predict(void *self, size_t n, const double *v_in, double *i_out)
{
    smooth *s = self;
    const size_t n_rows = s->gains.c->n_rows;
    const size_t n_cols = s->gains.c->n_cols;
    xbar_gains_apply(&s->gains, n, v_in, i_out);
    for (size_t l = 0; l < n; l++) {
        double *i_l = i_out + l * n_cols;
        xbar_weighted_rows(s->drive, n_rows, SHAPES, s->start.modes.shape,
                           v_in + l * n_rows);
        for (size_t p = 0; p < SHAPES; p++)
            for (size_t j = 0; j < n_cols; j++)
                i_l[j] += s->drive[p] * s->response[p * n_cols + j];
    }
}

const xbar_closed_form xbar_closed_form_smooth_1 = {
    .name = "smooth_1",
    .what = "rows, then columns, solved once, from the uniform array's bit lines",
    .source = "block Gauss-Seidel, one cycle",
    .open = open_form,
    .prepare = prepare,
    .predict = predict,
    .close = close_form,
};
