/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pass over the cells is growth.h's with a second ladder in each row: the two do not
 * wait for each other, so that it costs less than its operations. */
#include "analytical/lean.h"

#include <math.h>
#include <stdlib.h>

#include "analytical/gains.h"
#include "analytical/ladder.h"
#include "analytical/modes.h"
#include "analytical/sums.h"
#include "core/memory.h"

enum {
    ROWS = 4,            /* whose ladders go side by side */
    SHAPES = 3,          /* of the uniform array */
    N_REACH = SHAPES + 1 /* and the rest of the drive */
};

typedef struct lean {
    xbar_gains gains;
    xbar_modes modes;
    double left_ohm; /* their mean */
    double *eta;     /* 1, [n_rows] */
    double *drive;   /* 1, [N_REACH][n_rows]: P_ip drive_p; the rest */
    double *common;  /* S, [n_cols]: sum_i beta' G t */
    double *grown;   /* 1, [2][ROWS][n_cols]: scratch */
    bool has_common;
} lean;

static void close_form(void *self)
{
    lean *s = self;
    if (!s)
        return;
    xbar_gains_clear(&s->gains);
    xbar_modes_clear(&s->modes);
    free(s->eta);
    free(s->drive);
    free(s->common);
    free(s->grown);
    free(s);
}

static double mean_ohm(const xbar_crossbar *c, xbar_side side)
{
    size_t n = xbar_side_lines(c, side);
    return xbar_mean_of(c->terminal_ohm[side], n);
}

/* The shapes, for wires as they are: they belong to the array, not to a state. */
static xbar_status make_shapes(lean *s, xbar_error *err)
{
    const xbar_crossbar *c = s->gains.c;
    s->left_ohm = mean_ohm(c, XBAR_LEFT);
    XBAR_TRY(xbar_modes_init(&s->modes, c->n_rows, SHAPES, c->col_ohm,
                             mean_ohm(c, XBAR_BOTTOM), err));
    double whole[SHAPES] = {0.0};
    for (size_t i = 0; i < c->n_rows; i++)
        for (size_t p = 0; p < SHAPES; p++)
            whole[p] += s->modes.shape[i * SHAPES + p];
    for (size_t i = 0; i < c->n_rows; i++) {
        double rest = 1.0;
        for (size_t p = 0; p < SHAPES; p++) {
            double part = s->modes.shape[i * SHAPES + p] * whole[p];
            s->drive[p * c->n_rows + i] = part;
            rest -= part;
        }
        s->drive[SHAPES * c->n_rows + i] = rest;
    }
    return XBAR_OK;
}

static xbar_status allocate(lean *s, const xbar_crossbar *c, xbar_error *err)
{
    XBAR_TRY(xbar_gains_init(&s->gains, c, true, err));
    XBAR_TRY(xbar_doubles_new(&s->eta, c->n_rows, "lines", err));
    XBAR_TRY(xbar_doubles_new(&s->drive, N_REACH * c->n_rows, "lines", err));
    XBAR_TRY(xbar_doubles_new(&s->common, c->n_cols, "lines", err));
    XBAR_TRY(xbar_doubles_new(&s->grown, 2 * (size_t)ROWS * c->n_cols, "lines", err));
    return make_shapes(s, err);
}

static xbar_status open_form(void **self, const xbar_crossbar *c, xbar_error *err)
{
    *self = NULL;
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(lean), "closed form", err));
    xbar_status status = allocate(memory, c, err);
    if (status != XBAR_OK) {
        close_form(memory);
        return status;
    }
    *self = memory;
    return XBAR_OK;
}

/* sum_j (j+1) u_j along the uniform array's row for each shape, its cells in series with
 * their share of the bit line; the last: with none. The recursions of all shapes run side
 * by side, from the open end, without a division. Where they overflow: not a number. */
static void weigh_rows(double reach[N_REACH], const lean *s, double g)
{
    const xbar_crossbar *c = s->gains.c;
    const double ohm = c->row_ohm;
    double y[N_REACH];
    double step[N_REACH];
    double v[N_REACH];
    double q[N_REACH] = {0.0};
    double sum[N_REACH] = {0.0};
    for (size_t p = 0; p < N_REACH; p++) {
        y[p] = p < SHAPES ? g / (1.0 + g * s->modes.ohm[p]) : g;
        step[p] = 1.0 + ohm * y[p];
        v[p] = 1.0;
    }
    for (size_t j = c->n_cols; j-- > 0;) {
        double weight = (double)(j + 1);
        for (size_t p = 0; p < N_REACH; p++) {
            /* v += ohm q, q += y v, the second written so as not to wait for the first */
            double next = v[p] + ohm * q[p];
            q[p] = step[p] * q[p] + y[p] * v[p];
            v[p] = next;
            sum[p] += weight * next;
        }
    }
    for (size_t p = 0; p < N_REACH; p++)
        reach[p] = sum[p] / (v[p] + s->left_ohm * q[p]);
}

static void find_eta(lean *s, const double *g)
{
    const xbar_crossbar *c = s->gains.c;
    const size_t n_cells = c->n_rows * c->n_cols;
    const double g_mean = xbar_mean_of(g, n_cells);
    double reach[N_REACH];
    double over[N_REACH]; /* of it what is over the cells */
    weigh_rows(reach, s, g_mean);
    for (size_t p = 0; p < N_REACH; p++)
        over[p] = reach[p] / (p < SHAPES ? 1.0 + g_mean * s->modes.ohm[p] : 1.0);
    const double *restrict drive = s->drive;
    double *restrict eta = s->eta;
    const size_t n_rows = c->n_rows;
    for (size_t i = 0; i < n_rows; i++) {
        double all = 0.0;
        double cells = 0.0;
        for (size_t p = 0; p < N_REACH; p++) {
            all += drive[p * n_rows + i] * reach[p];
            cells += drive[p * n_rows + i] * over[p];
        }
        double share = cells / all;
        eta[i] = share > 0.0 && share < 1.0 ? share : 1.0; /* 1 where it is no number */
    }
}

/* Growth along n rows from their open right ends, with cells that lead to 0 V and with
 * cells of which eta counts; then each divided by what is behind the terminal.
 *   near, far  out, [n][n_cols];  gain  out, [2][ROWS] */
static inline void grow_rows(double *restrict near, double *restrict far,
                             double gain[2][ROWS], const double *restrict g,
                             const double *left_ohm, const double *eta, size_t n,
                             size_t n_cols, double ohm)
{
    const double per_ohm = 1.0 / ohm;
    double v[2][ROWS];
    double q[2][ROWS]; /* the current times ohm, or ohm eta */
    for (size_t k = 0; k < n; k++) {
        v[0][k] = v[1][k] = 1.0;
        q[0][k] = q[1][k] = 0.0;
    }
    for (size_t j = n_cols; j-- > 0;)
        for (size_t k = 0; k < n; k++) {
            double h = ohm * g[k * n_cols + j];
            v[0][k] += q[0][k];
            v[1][k] += q[1][k];
            near[k * n_cols + j] = v[0][k];
            far[k * n_cols + j] = v[1][k];
            q[0][k] += h * v[0][k];
            q[1][k] += h * eta[k] * v[1][k];
        }
    for (size_t k = 0; k < n; k++) {
        gain[0][k] = 1.0 / (v[0][k] + left_ohm[k] * per_ohm * q[0][k]);
        gain[1][k] = 1.0 / (v[1][k] + left_ohm[k] * per_ohm * q[1][k]);
    }
}

/* The same along rows of ideal wire, where nothing grows. */
static void flat_rows(double *near, double *far, double gain[2][ROWS], const double *g,
                      const double *left_ohm, const double *eta, size_t n,
                      size_t n_cols)
{
    for (size_t k = 0; k < n; k++) {
        double sum = xbar_sum_of(g + k * n_cols, n_cols);
        gain[0][k] = 1.0 / (1.0 + left_ohm[k] * sum);
        gain[1][k] = 1.0 / (1.0 + left_ohm[k] * eta[k] * sum);
    }
    for (size_t k = 0; k < n * n_cols; k++)
        near[k] = far[k] = 1.0;
}

/* The growth of all columns over n more rows, from the top; W; and the sum with beta'.
 *   v, q, common  in and out, [n_cols] */
static inline void grow_columns(double *restrict w, double *restrict v,
                                double *restrict q, double *restrict common,
                                const double *restrict g, const double *restrict near,
                                const double *restrict far, const double *gain,
                                size_t n, size_t n_cols, double ohm)
{
    for (size_t j = 0; j < n_cols; j++) {
        double v_j = v[j];
        double q_j = q[j];
        double sum = common[j];
        for (size_t k = 0; k < n; k++) {
            v_j += ohm * q_j;
            double in = g[k * n_cols + j] * v_j;
            q_j += in;
            w[k * n_cols + j] = in * near[k * n_cols + j];
            sum += in * far[k * n_cols + j] * gain[k];
        }
        v[j] = v_j;
        q[j] = q_j;
        common[j] = sum;
    }
}

/* n more rows, at most ROWS, from row i on. */
static inline void add_rows(lean *s, const double *g, size_t i, size_t n)
{
    const xbar_crossbar *c = s->gains.c;
    const size_t n_cols = c->n_cols;
    const double *g_i = g + i * n_cols;
    const double *left_ohm = c->terminal_ohm[XBAR_LEFT] + i;
    double *near = s->grown;
    double *far = near + ROWS * n_cols;
    double gain[2][ROWS];
    if (c->row_ohm > 0.0)
        grow_rows(near, far, gain, g_i, left_ohm, s->eta + i, n, n_cols, c->row_ohm);
    else
        flat_rows(near, far, gain, g_i, left_ohm, s->eta + i, n, n_cols);
    grow_columns(s->gains.own + i * n_cols, s->gains.col, s->gains.scratch, s->common,
                 g_i, near, far, gain[1], n, n_cols, c->col_ohm);
    for (size_t k = 0; k < n; k++)
        s->gains.row[i + k] = gain[0][k];
}

static void find_gains(lean *s, const double *g)
{
    const xbar_crossbar *c = s->gains.c;
    double *v = s->gains.col;
    double *q = s->gains.scratch;
    for (size_t j = 0; j < c->n_cols; j++) {
        v[j] = 1.0;
        q[j] = s->common[j] = 0.0;
    }
    size_t i = 0;
    for (; i + ROWS <= c->n_rows; i += ROWS)
        add_rows(s, g, i, ROWS);
    for (; i < c->n_rows; i++)
        add_rows(s, g, i, 1);
    for (size_t j = 0; j < c->n_cols; j++) {
        v[j] = 1.0 / (v[j] + c->terminal_ohm[XBAR_BOTTOM][j] * q[j]);
        s->common[j] *= v[j];
    }
}

static xbar_status prepare(void *self, const double *g, xbar_error *err)
{
    (void)err;
    lean *s = self;
    find_eta(s, g);
    find_gains(s, g);
    s->has_common = xbar_ladder_is_moderate(&s->gains);
    if (!s->has_common) /* growth overflows */
        xbar_ladder_gains(&s->gains, g);
    return XBAR_OK;
}

static void predict(void *self, size_t n, const double *v_in, double *i_out)
{
    lean *s = self;
    const size_t n_rows = s->gains.c->n_rows;
    const size_t n_cols = s->gains.c->n_cols;
    const double *restrict col = s->gains.col;
    const double *restrict common = s->common;
    if (!s->has_common) {
        xbar_gains_apply(&s->gains, n, v_in, i_out);
        return;
    }
    for (size_t l = 0; l < n; l++) {
        const double *v = v_in + l * n_rows;
        double *restrict i_l = i_out + l * n_cols;
        double mean = xbar_mean_of(v, n_rows);
        for (size_t i = 0; i < n_rows; i++)
            s->gains.driven[i] = s->gains.row[i] * (v[i] - mean);
        xbar_weighted_rows(i_l, n_rows, n_cols, s->gains.w, s->gains.driven);
        for (size_t j = 0; j < n_cols; j++)
            i_l[j] = i_l[j] * col[j] + mean * common[j];
    }
}

const xbar_closed_form xbar_closed_form_lean = {
    .name = "lean",
    .what = "two ladders, bit lines risen as in the uniform array",
    .source =
        "block Gauss-Seidel, one cycle; eigenvectors of the grid, Buzbee et al. 1970",
    .open = open_form,
    .prepare = prepare,
    .predict = predict,
    .close = close_form,
};
