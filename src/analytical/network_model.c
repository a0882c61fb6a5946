/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analytical/network_model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analytical/bend.h"
#include "analytical/blend.h"
#include "analytical/cell_law.h"
#include "analytical/kernel.h"
#include "analytical/plain_array.h"
#include "analytical/probe.h"
#include "analytical/shares.h"
#include "core/memory.h"

/* What the exact solutions leave at a node, as a share of the largest current, and about
 * ten times what the voltages are off. What comes of them is a difference of some 1e-3 of
 * them, wanted to 1e-3: one single precision correction will do. Where the answers are
 * all there is (small arrays), and where constants are fitted by how little outputs differ
 * (cells that are not ohmic), more digits are needed. */
static const double tolerance = 1e-5, fine_tolerance = 1e-10;

enum { DRIVE_VOLT = XBAR_N_PLAIN_CONSTANTS, BEND };

static const xbar_constant constants[] = {
    XBAR_PLAIN_CONSTANTS,
    [DRIVE_VOLT] = {"drive_volt", "V", 0.13, 1e-4, 100.0,
                    "inputs at which cells that are not ohmic are linearised"},
    [BEND] = {"bend", "1", 1.0, -2.0, 4.0,
              "share of its excess current that a cell is allowed, 1 in theory"},
};

typedef struct modes {
    const xbar_crossbar *real;            /* borrowed */
    const xbar_analytical_kernel *kernel; /* the machine's */
    xbar_crossbar *plain;                 /* scaled lines, ohmic cells */
    xbar_nodal *solver;                   /* of `plain` */
    xbar_shares *shares;                  /* the same */
    xbar_detours *detours;                /* NULL: too many lines */
    xbar_probe *probe;
    xbar_blend blend;
    xbar_arrangement arrangement;
    xbar_bend *bend; /* NULL: ohmic cells */
    /* of the present state */
    const double *state, *conductance, *constant; /* borrowed */
    bool is_done;              /* for the present arrangement, and gates */
    double *gate;              /* V, [n_rows]: those */
    double *g;                 /* S, [n_rows][n_cols]: as the constants have cells */
    double *h;                 /* S, [n_rows][n_cols] */
    double *forward, *adjoint; /* of H - W - T (probe.h) */
    double *word, *bit;        /* V: for cells that are not ohmic (probe.h) */
    double *row_pattern, *col_pattern; /* of T (detours.h) */
    double *drive;                     /* V, [n_rows]: inputs */
    /* The last input but for its voltages on the left, which differ most of all. */
    double *seen[XBAR_N_SIDES]; /* V, [lines of that side]; nothing on the left */
    bool has_seen,
        all_left;    /* all_left: every row is driven there, none on the right */
    bool is_level;   /* all columns' terminals stand at one voltage */
    double base;     /* V: that; else what most rows stand at. Rows count from there */
    bool has_offset; /* for those columns and that base */
    double *offset;  /* A, [n_cols] */
} modes;

static void close_model(void *self)
{
    modes *m = self;
    if (!m)
        return;
    xbar_nodal_free(m->solver);
    xbar_shares_free(m->shares);
    xbar_detours_free(m->detours);
    xbar_probe_free(m->probe);
    xbar_blend_clear(&m->blend);
    xbar_bend_free(m->bend);
    xbar_arrangement_clear(&m->arrangement);
    xbar_plain_array_free(m->plain);
    free(m->gate);
    free(m->g);
    free(m->h);
    free(m->forward);
    free(m->adjoint);
    free(m->word);
    free(m->bit);
    free(m->row_pattern);
    free(m->col_pattern);
    free(m->drive);
    for (int side = 0; side < XBAR_N_SIDES; side++)
        free(m->seen[side]);
    free(m->offset);
    free(m);
}

static xbar_status allocate(modes *m, const xbar_crossbar *c, xbar_error *err)
{
    const size_t n_cells = c->n_rows * c->n_cols;
    XBAR_TRY(xbar_plain_array_new(&m->plain, c, err));
    XBAR_TRY(xbar_shares_new(&m->shares, c, err));
    if (xbar_detours_pay(c->n_rows, c->n_cols)) {
        XBAR_TRY(xbar_detours_new(&m->detours, c->n_rows, c->n_cols, err));
        XBAR_TRY(xbar_doubles_new(&m->row_pattern, XBAR_BLEND_MODES * c->n_rows,
                                  "modes", err));
        XBAR_TRY(xbar_doubles_new(&m->col_pattern, XBAR_BLEND_MODES * c->n_cols,
                                  "modes", err));
    }
    XBAR_TRY(xbar_probe_new(&m->probe, c, !xbar_cell_is_ohmic(&c->cell), err));
    XBAR_TRY(xbar_blend_init(&m->blend, c->n_rows, c->n_cols, err));
    XBAR_TRY(xbar_arrangement_init(&m->arrangement, c, err));
    if (!xbar_cell_is_ohmic(&c->cell)) {
        XBAR_TRY(xbar_bend_new(&m->bend, c, err));
        XBAR_TRY(
            xbar_doubles_new(&m->word, XBAR_BLEND_MODES * n_cells, "voltages", err));
        XBAR_TRY(xbar_doubles_new(&m->bit, n_cells, "voltages", err));
    }
    XBAR_TRY(xbar_doubles_new(&m->gate, c->n_rows, "gates", err));
    XBAR_TRY(xbar_doubles_new(&m->g, n_cells, "conductances", err));
    XBAR_TRY(xbar_doubles_new(&m->h, n_cells, "effective conductances", err));
    XBAR_TRY(xbar_doubles_new(&m->forward, XBAR_BLEND_MODES * c->n_cols, "modes", err));
    XBAR_TRY(xbar_doubles_new(&m->adjoint, XBAR_BLEND_MODES * c->n_rows, "modes", err));
    XBAR_TRY(xbar_doubles_new(&m->drive, c->n_rows, "inputs", err));
    for (int side = XBAR_RIGHT; side < XBAR_N_SIDES; side++)
        XBAR_TRY(xbar_doubles_new(&m->seen[side], xbar_side_lines(c, (xbar_side)side),
                                  "voltages", err));
    return xbar_doubles_new(&m->offset, c->n_cols, "currents", err);
}

static xbar_status open_model(void **self, const xbar_crossbar *c, xbar_error *err)
{
    *self = NULL;
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(modes), "model", err));
    modes *m = memory;
    m->real = c;
    m->kernel = xbar_analytical_kernel_here();
    xbar_status status = allocate(m, c, err);
    if (status != XBAR_OK) {
        close_model(m);
        return status;
    }
    *self = m;
    return XBAR_OK;
}

/* All work waits for the first input, which says what is open. */
static xbar_status prepare(void *self, const double *state, const double *conductance,
                           const double *constant, xbar_error *err)
{
    modes *m = self;
    m->state = state;
    m->conductance = conductance;
    m->constant = constant;
    m->is_done = m->has_offset = false;
    if (xbar_plain_array_scale(m->plain, m->real, constant) || !m->solver) {
        const bool is_small = xbar_probe_is_small(m->real);
        const xbar_nodal_options options = {
            .tolerance = m->bend || is_small ? fine_tolerance : tolerance,
            .is_together = is_small,
        };
        xbar_nodal_free(m->solver);
        m->solver = NULL;
        XBAR_TRY(xbar_nodal_new(&m->solver, m->plain, &options, err));
    }
    return XBAR_OK;
}

/* The cells' conductances; for those that are not ohmic in two steps, where an array of
 * equal inputs leaves them. */
static xbar_status find_cells(modes *m, xbar_error *err)
{
    const size_t n_cells = m->real->n_rows * m->real->n_cols;
    if (m->bend)
        return xbar_bend_prepare(m->bend, m->g, m->solver, &m->arrangement, m->state,
                                 m->gate, m->constant, m->constant[DRIVE_VOLT], err);
    memcpy(m->g, m->conductance, n_cells * sizeof *m->g);
    xbar_plain_cells(m->g, n_cells, m->constant);
    xbar_nodal_set_state(m->solver, m->g);
    return XBAR_OK;
}

/* What W and T say of the probes, taken off what they have found. */
static void subtract_rough(modes *m)
{
    enum { MODES = XBAR_BLEND_MODES };
    const size_t n_rows = m->real->n_rows;
    const size_t n_cols = m->real->n_cols;
    for (size_t i = 0; i < n_rows; i++) {
        const double *restrict w = m->h + i * n_cols;
        for (size_t k = 0; k < xbar_blend_modes(n_rows); k++) {
            double phi = m->blend.phi[i * MODES + k];
            double *restrict forward = m->forward + k * n_cols;
            for (size_t j = 0; j < n_cols; j++)
                forward[j] -= phi * w[j];
        }
        double sum[MODES] = {0.0};
        for (size_t j = 0; j < n_cols; j++)
            for (size_t l = 0; l < MODES; l++)
                sum[l] += w[j] * m->blend.psi[j * MODES + l];
        for (size_t l = 0; l < xbar_blend_modes(n_cols); l++)
            m->adjoint[l * n_rows + i] -= sum[l];
    }
}

/* Columns that nothing senses deliver nothing, not even what interpolation leaves. */
static void clear_unsensed(modes *m)
{
    const size_t n_cols = m->real->n_cols;
    for (size_t j = 0; j < n_cols; j++)
        for (size_t i = 0;
             m->arrangement.sense[j] == XBAR_N_SIDES && i < m->real->n_rows; i++)
            m->h[i * n_cols + j] = 0.0;
}

/* W, T, and the probes. */
static xbar_status find_parts(modes *m, xbar_error *err)
{
    xbar_shares_rough(m->shares, m->h, m->plain, &m->arrangement, m->g, m->detours,
                      m->bend ? xbar_bend_rows(m->bend) : NULL);
    if (m->detours)
        xbar_detours_add(m->detours, m->h, m->row_pattern, m->col_pattern, &m->blend);
    return xbar_probe_solve(m->probe, m->solver, &m->arrangement, &m->blend, m->forward,
                            m->adjoint, m->word, m->bit, err);
}

static xbar_status find_matrix(modes *m, xbar_error *err)
{
    const bool is_small = xbar_probe_is_small(m->real);
    XBAR_TRY(find_cells(m, err));
    if (!is_small || m->bend)
        XBAR_TRY(find_parts(m, err));
    if (m->bend) {
        const xbar_bend_facts facts = {
            .f = &m->blend,
            .strength = m->adjoint,
            .word = m->word,
            .bit = m->bit,
            .i_out = m->forward,
        };
        xbar_bend_weigh(m->bend, m->g, &facts);
    }
    if (is_small) {
        XBAR_TRY(xbar_probe_matrix(m->probe, m->solver, &m->arrangement, m->h, err));
    } else {
        subtract_rough(m);
        xbar_blend_add(&m->blend, m->h, m->forward, m->adjoint, m->row_pattern,
                       m->col_pattern);
        clear_unsensed(m);
    }
    if (m->bend)
        xbar_bend_take(m->bend, m->h);
    m->is_done = true;
    return XBAR_OK;
}

/* Do all columns' terminals stand at one voltage? */
static bool is_level(const xbar_crossbar *c, const xbar_stimulus *in, double *level)
{
    bool found = false;
    *level = 0.0;
    for (int side = XBAR_TOP; side <= XBAR_BOTTOM; side++)
        for (size_t j = 0; j < c->n_cols; j++) {
            double v = in->volt[side][j];
            if (isnan(v))
                continue;
            if (found && v != *level)
                return false;
            *level = v;
            found = true;
        }
    return true;
}

/* Are the voltages on the right, at the top and at the bottom those of the last input? To
 * memcmp a NaN equals a NaN. */
static bool has_same_ends(const modes *m, const xbar_stimulus *in)
{
    for (int side = XBAR_RIGHT; side < XBAR_N_SIDES; side++)
        if (memcmp(m->seen[side], in->volt[side],
                   xbar_side_lines(m->real, (xbar_side)side) * sizeof(double)) != 0)
            return false;
    return true;
}

/* Is it like the last one but for the rows' voltages? A sum of voltages is NaN where one of
 * them is. */
static bool is_like_last(const modes *m, const xbar_stimulus *in)
{
    const double *left = in->volt[XBAR_LEFT];
    const size_t n_rows = m->real->n_rows;
    if (!m->has_seen || !m->all_left || !m->is_level || !has_same_ends(m, in))
        return false;
    double sum[4] = {0.0};
    size_t i = 0;
    for (; i + 4 <= n_rows; i += 4)
        for (size_t k = 0; k < 4; k++)
            sum[k] += left[i + k];
    for (; i < n_rows; i++)
        sum[0] += left[i];
    return !isnan((sum[0] + sum[1]) + (sum[2] + sum[3]));
}

/* V, [n_rows], of such an input: as given where the columns stand at 0 V. */
static const double *read_quickly(modes *m, const xbar_stimulus *in)
{
    const double *left = in->volt[XBAR_LEFT];
    if (m->base == 0.0)
        return left;
    for (size_t i = 0; i < m->real->n_rows; i++)
        m->drive[i] = left[i] - m->base;
    return m->drive;
}

/* The voltage that more than half of the rows stand at, else 0. Unselected rows of an array
 * that is written: what they do to columns at yet other voltages are large currents that
 * nearly cancel, and are solved for exactly. */
static double most_common(const double *v, size_t n)
{
    for (size_t i = 0; 2 * i <= n; i++) { /* it is among them */
        size_t count = 0;
        for (size_t k = 0; k < n; k++)
            count += v[k] == v[i];
        if (2 * count > n)
            return v[i];
    }
    return 0.0;
}

/* The rows' voltages, NaN where nothing drives one. */
static xbar_status read_rows(modes *m, const xbar_stimulus *in, xbar_error *err)
{
    m->all_left = true;
    for (size_t i = 0; i < m->real->n_rows; i++) {
        double left = in->volt[XBAR_LEFT][i];
        double right = in->volt[XBAR_RIGHT][i];
        if (!isnan(left) && !isnan(right) && left != right)
            return xbar_fail(err, XBAR_ERR_INPUT,
                             "model modes: row %zu stands at %g V on the left and at "
                             "%g V on the right; want one voltage",
                             i, left, right);
        m->drive[i] = isnan(left) ? right : left;
        m->all_left &= !isnan(left) && isnan(right);
    }
    return XBAR_OK;
}

static xbar_status read_input(modes *m, const xbar_stimulus *in, xbar_error *err)
{
    const xbar_crossbar *c = m->real;
    const bool has_offset = m->has_seen && m->has_offset && has_same_ends(m, in);
    const double base = m->base;
    m->has_seen = m->has_offset = false;
    XBAR_TRY(read_rows(m, in, err));
    m->is_level = is_level(c, in, &m->base);
    if (!m->is_level)
        m->base = most_common(m->drive, c->n_rows);
    for (size_t i = 0; i < c->n_rows; i++)
        m->drive[i] = isnan(m->drive[i]) ? 0.0 : m->drive[i] - m->base;
    m->has_offset = has_offset && m->base == base;
    if (xbar_arrangement_take(&m->arrangement, c, in))
        m->is_done = m->has_offset = false;
    for (int side = XBAR_RIGHT; side < XBAR_N_SIDES; side++)
        memcpy(m->seen[side], in->volt[side],
               xbar_side_lines(c, (xbar_side)side) * sizeof(double));
    m->has_seen = true;
    return XBAR_OK;
}

static bool has_other_gates(modes *m, const xbar_stimulus *in)
{
    const size_t size = m->real->n_rows * sizeof *m->gate;
    if (!m->real->cell.access || memcmp(m->gate, in->gate, size) == 0)
        return false;
    memcpy(m->gate, in->gate, size);
    return true;
}

static xbar_status predict_one(modes *m, const xbar_stimulus *in, double *i_out,
                               xbar_error *err)
{
    const size_t n_rows = m->real->n_rows;
    const size_t n_cols = m->real->n_cols;
    const double *drive = m->drive;
    if (is_like_last(m, in))
        drive = read_quickly(m, in);
    else
        XBAR_TRY(read_input(m, in, err));
    if (has_other_gates(m, in))
        m->is_done = m->has_offset = false;
    if (!m->is_done)
        XBAR_TRY(find_matrix(m, err));
    if (m->bend)
        xbar_bend_apply(m->bend, i_out, drive, m->constant[BEND]);
    else
        m->kernel->product(i_out, n_rows, n_cols, m->h, drive);
    if (m->is_level)
        return XBAR_OK;
    if (!m->has_offset)
        XBAR_TRY(xbar_probe_offset(m->probe, m->solver, &m->arrangement, in, m->base,
                                   m->offset, err));
    m->has_offset = true;
    for (size_t j = 0; j < n_cols; j++)
        i_out[j] += m->offset[j];
    return XBAR_OK;
}

static xbar_status predict(void *self, const xbar_stimulus *in, size_t n, double *i_out,
                           xbar_error *err)
{
    modes *m = self;
    for (size_t l = 0; l < n; l++)
        XBAR_TRY(predict_one(m, &in[l], i_out + l * m->real->n_cols, err));
    return XBAR_OK;
}

const xbar_model xbar_model_modes = {
    .name = "modes",
    .what = "lone lines exactly, the smooth rest from eight exact solutions",
    .source = "two-sided interpolation of exact solutions: Gordon 1971, "
              "doi:10.1137/0708019",
    .constants = constants,
    .n_constants = sizeof constants / sizeof *constants,
    .open = open_model,
    .prepare = prepare,
    .predict = predict,
    .close = close_model,
};
