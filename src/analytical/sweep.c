/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A column is eliminated from the top down and put back from the bottom up, a row in one
 * place; so a cycle is a pass down, in which the columns gather the rows' currents, and a
 * pass up, in which each row, as soon as its bit nodes are known, is solved for the next
 * cycle. The last one needs no pass up: what the columns gathered is the answer. */
#include "analytical/sweep.h"

#include <stdlib.h>
#include <string.h>

#include "analytical/gains.h"
#include "analytical/lines.h"
#include "analytical/start.h"
#include "core/memory.h"

typedef struct sweep {
    const xbar_crossbar *c;
    size_t n_cycles;
    bool smooth_start;
    const double *g; /* borrowed */
    double *d, *e;   /* 1, [n_rows][n_cols]: factors of rows and columns */
    xbar_uniform_start start;
    /* for eight inputs */
    xbar_octet *volt;  /* V, [n_rows] */
    xbar_octet *drive; /* V, [XBAR_START_MODES] */
    xbar_octet *plane; /* [n_rows][n_cols]: word voltages, then gathered currents */
    xbar_octet *bit;   /* V, [n_cols]: the bit nodes at a row */
    xbar_octet *word;  /* V, [n_cols]: its word nodes */
    xbar_octet *flow;  /* A, [n_cols]: gathered by the columns so far */
} sweep;

static void close_form(void *self)
{
    sweep *s = self;
    if (!s)
        return;
    xbar_uniform_start_clear(&s->start);
    free(s->d);
    free(s->e);
    free(s->volt);
    free(s->drive);
    free(s->plane);
    free(s->word);
    free(s->bit);
    free(s->flow);
    free(s);
}

static xbar_status allocate(sweep *s, xbar_error *err)
{
    const size_t n_cols = s->c->n_cols;
    const size_t n_cells = s->c->n_rows * n_cols;
    XBAR_TRY(xbar_doubles_new(&s->d, n_cells, "row factors", err));
    XBAR_TRY(xbar_doubles_new(&s->e, n_cells, "column factors", err));
    XBAR_TRY(xbar_uniform_start_init(&s->start, s->c, err));
    XBAR_TRY(xbar_octets_new(&s->volt, s->c->n_rows, err));
    XBAR_TRY(xbar_octets_new(&s->drive, XBAR_START_MODES, err));
    if (s->n_cycles > 1)
        XBAR_TRY(xbar_octets_new(&s->plane, n_cells, err));
    XBAR_TRY(xbar_octets_new(&s->bit, n_cols, err));
    XBAR_TRY(xbar_octets_new(&s->word, n_cols, err));
    return xbar_octets_new(&s->flow, n_cols, err);
}

xbar_status xbar_sweep_open(void **self, const xbar_crossbar *c, size_t n_cycles,
                            bool smooth_start, xbar_error *err)
{
    *self = NULL;
    XBAR_TRY(xbar_closed_form_check(c, err));
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(sweep), "closed form", err));
    sweep *s = memory;
    s->c = c;
    s->n_cycles = n_cycles;
    s->smooth_start = smooth_start;
    xbar_status status = allocate(s, err);
    if (status != XBAR_OK) {
        close_form(s);
        return status;
    }
    *self = s;
    return XBAR_OK;
}

static xbar_status prepare(void *self, const double *g, xbar_error *err)
{
    (void)err;
    sweep *s = self;
    const xbar_crossbar *c = s->c;
    const size_t n_cols = c->n_cols;
    double *above = xbar_octet_lanes(s->word); /* scratch */
    memset(above, 0, n_cols * sizeof *above);
    for (size_t i = 0; i < c->n_rows; i += XBAR_LINES_ROWS) {
        size_t n = c->n_rows - i < XBAR_LINES_ROWS ? c->n_rows - i : XBAR_LINES_ROWS;
        xbar_lines_rows(s->d + i * n_cols, c, g + i * n_cols, i, n);
        for (size_t k = i; k < i + n; k++)
            xbar_lines_columns(s->e + k * n_cols, above, c, g + k * n_cols, k);
    }
    if (s->smooth_start)
        xbar_uniform_start_prepare(&s->start, g);
    s->g = g;
    return XBAR_OK;
}

static void clear(xbar_octet *x, size_t n)
{
    memset(x, 0, n * sizeof *x);
}

/* The bit nodes at row i as the start has them. */
static void start_row(sweep *s, size_t i)
{
    const double *shape = s->start.modes.shape + i * XBAR_START_MODES;
    xbar_octet part[XBAR_START_MODES];
    for (size_t p = 0; p < XBAR_START_MODES; p++)
        for (size_t l = 0; l < XBAR_LANES / 2; l++)
            part[p].pair[l] = shape[p] * s->drive[p].pair[l];
    for (size_t j = 0; j < s->c->n_cols; j++) {
        const double *profile = s->start.profile + j * XBAR_START_MODES;
        xbar_pair w[XBAR_LANES / 2] = {{0.0}};
        for (size_t p = 0; p < XBAR_START_MODES; p++)
            for (size_t l = 0; l < XBAR_LANES / 2; l++)
                w[l] += profile[p] * part[p].pair[l];
        for (size_t l = 0; l < XBAR_LANES / 2; l++)
            s->bit[j].pair[l] = w[l];
    }
}

static void solve_row(sweep *s, xbar_octet *u, size_t i)
{
    const xbar_crossbar *c = s->c;
    xbar_lines_solve_row(u, s->bit, s->volt + i, s->g + i * c->n_cols,
                         s->d + i * c->n_cols, c->row_ohm,
                         c->terminal_ohm[XBAR_LEFT][i], c->n_cols);
}

static void gather_row(sweep *s, const xbar_octet *u, size_t i)
{
    const size_t n_cols = s->c->n_cols;
    const double *before = s->e + (i > 0 ? i - 1 : 0) * n_cols;
    xbar_lines_gather(s->flow, u, before, s->g + i * n_cols, n_cols);
}

static void first_pass_down(sweep *s)
{
    const size_t n_cols = s->c->n_cols;
    clear(s->flow, n_cols);
    clear(s->bit, n_cols);
    for (size_t i = 0; i < s->c->n_rows; i++) {
        if (s->smooth_start)
            start_row(s, i);
        solve_row(s, s->word, i);
        gather_row(s, s->word, i);
        if (s->n_cycles > 1)
            memcpy(s->plane + i * n_cols, s->flow, n_cols * sizeof *s->flow);
    }
}

/* From the gathered currents of the plane to the bit lines, and each row solved with them
 * into its place:  w_i = e_i (w_{i+1} + col_ohm J_i),  at the foot  e_i bottom_ohm J_i. */
static void pass_up(sweep *s)
{
    const xbar_crossbar *c = s->c;
    clear(s->bit, c->n_cols);
    for (size_t i = c->n_rows; i-- > 0;) {
        const xbar_octet *restrict flow = s->plane + i * c->n_cols;
        const double *restrict e = s->e + i * c->n_cols;
        const double *bottom_ohm = c->terminal_ohm[XBAR_BOTTOM];
        xbar_octet *restrict bit = s->bit;
        for (size_t j = 0; j < c->n_cols; j++) {
            double ohm = i + 1 == c->n_rows ? bottom_ohm[j] : c->col_ohm;
            for (size_t l = 0; l < XBAR_LANES / 2; l++)
                bit[j].pair[l] = e[j] * (bit[j].pair[l] + ohm * flow[j].pair[l]);
        }
        solve_row(s, s->plane + i * c->n_cols, i);
    }
}

static void pass_down(sweep *s, bool last)
{
    const size_t n_cols = s->c->n_cols;
    clear(s->flow, n_cols);
    for (size_t i = 0; i < s->c->n_rows; i++) {
        xbar_octet *row = s->plane + i * n_cols;
        gather_row(s, row, i);
        if (!last)
            memcpy(row, s->flow, n_cols * sizeof *row);
    }
}

/* drive_p = sum_i P_ip V_i */
static void project(sweep *s)
{
    clear(s->drive, XBAR_START_MODES);
    for (size_t i = 0; i < s->c->n_rows; i++) {
        const double *shape = s->start.modes.shape + i * XBAR_START_MODES;
        for (size_t p = 0; p < XBAR_START_MODES; p++)
            for (size_t l = 0; l < XBAR_LANES / 2; l++)
                s->drive[p].pair[l] += shape[p] * s->volt[i].pair[l];
    }
}

static void predict(void *self, size_t n, const double *v_in, double *i_out)
{
    sweep *s = self;
    const size_t n_rows = s->c->n_rows;
    const size_t n_cols = s->c->n_cols;
    const double *foot = s->e + (n_rows - 1) * n_cols;
    for (size_t first = 0; first < n; first += XBAR_LANES) {
        size_t lanes = n - first < XBAR_LANES ? n - first : XBAR_LANES;
        clear(s->volt, n_rows);
        for (size_t i = 0; i < n_rows; i++)
            for (size_t l = 0; l < lanes; l++)
                xbar_octet_lanes(s->volt + i)[l] = v_in[(first + l) * n_rows + i];
        if (s->smooth_start)
            project(s);
        first_pass_down(s);
        for (size_t cycle = 1; cycle < s->n_cycles; cycle++) {
            pass_up(s);
            pass_down(s, cycle + 1 == s->n_cycles);
        }
        for (size_t l = 0; l < lanes; l++)
            for (size_t j = 0; j < n_cols; j++)
                i_out[(first + l) * n_cols + j] =
                    foot[j] * xbar_octet_lanes(s->flow + j)[l];
    }
}

static xbar_status open_sweep_2(void **self, const xbar_crossbar *c, xbar_error *err)
{
    return xbar_sweep_open(self, c, 2, false, err);
}

static xbar_status open_sweep_3(void **self, const xbar_crossbar *c, xbar_error *err)
{
    return xbar_sweep_open(self, c, 3, false, err);
}

static xbar_status open_smooth_2(void **self, const xbar_crossbar *c, xbar_error *err)
{
    return xbar_sweep_open(self, c, 2, true, err);
}

static xbar_status open_smooth_3(void **self, const xbar_crossbar *c, xbar_error *err)
{
    return xbar_sweep_open(self, c, 3, true, err);
}

const xbar_closed_form xbar_closed_form_sweep_2 = {
    .name = "sweep_2",
    .what = "the same, two cycles",
    .source = "block Gauss-Seidel, two cycles",
    .open = open_sweep_2,
    .prepare = prepare,
    .predict = predict,
    .close = close_form,
};

const xbar_closed_form xbar_closed_form_sweep_3 = {
    .name = "sweep_3",
    .what = "the same, three cycles",
    .source = "block Gauss-Seidel, three cycles",
    .open = open_sweep_3,
    .prepare = prepare,
    .predict = predict,
    .close = close_form,
};

const xbar_closed_form xbar_closed_form_smooth_2 = {
    .name = "smooth_2",
    .what = "two cycles from the uniform array's bit lines",
    .source = "block Gauss-Seidel, two cycles",
    .open = open_smooth_2,
    .prepare = prepare,
    .predict = predict,
    .close = close_form,
};

const xbar_closed_form xbar_closed_form_smooth_3 = {
    .name = "smooth_3",
    .what = "three cycles from the uniform array's bit lines",
    .source = "block Gauss-Seidel, three cycles",
    .open = open_smooth_3,
    .prepare = prepare,
    .predict = predict,
    .close = close_form,
};
