/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cells that are not ohmic in the model `modes`: what their excess currents do to their own
 * word line; an input's loops in each vector width; and what comes out of whole arrays,
 * strongly driven. */
#include "model_cases.h"

#include <string.h>

#include "analytical/bend_state.h"
#include "analytical/pull.h"
#include "analytical/shares.h"
#include "core/isa.h"

enum { MOST = 64, BLOCK = XBAR_BEND_BLOCK };

/* ---- pull ------------------------------------------------------------------------------ */

typedef struct pull_case {
    const char *name;
    form_case array;
    double right_ohm; /* 0: open */
    bool cut;
    bool wide_end; /* what is left over belongs to the last whole block */
} pull_case;

/* A word line's voltages when `drawn` amperes are drawn at its nodes: a tridiagonal system. */
static void draw_from(double *v, const pull_case *q, const double *load,
                      const double *drawn)
{
    const size_t n = q->array.n_cols;
    const double wire = 1.0 / q->array.row_ohm;
    double diagonal[MOST], right[MOST], between[MOST];
    for (size_t j = 0; j < n; j++)
        between[j] = j + 1 == n || (q->cut && j == 2) ? 0.0 : wire;
    for (size_t j = 0; j < n; j++) {
        diagonal[j] = load[j] + between[j] + (j > 0 ? between[j - 1] : 0.0);
        right[j] = -drawn[j];
    }
    diagonal[0] += 1.0 / q->array.left_ohm;
    diagonal[n - 1] += q->right_ohm > 0.0 ? 1.0 / q->right_ohm : 0.0;
    for (size_t j = 1; j < n; j++) {
        const double factor = between[j - 1] / diagonal[j - 1];
        diagonal[j] -= factor * between[j - 1];
        right[j] += factor * right[j - 1];
    }
    for (size_t j = n; j-- > 0;)
        v[j] = (right[j] + (j + 1 < n ? between[j] * v[j + 1] : 0.0)) / diagonal[j];
}

/* kappa of a row's blocks from e, by the sweeps of pull.h. */
static void sweep(double *kappa, const double *e, const xbar_pull *pull,
                  size_t n_blocks)
{
    for (size_t b = 0; b < n_blocks; b++)
        kappa[b] = -pull[b].own * e[b];
    for (int from = 0; from < XBAR_N_ENDS; from++) {
        double v = 0.0;
        for (size_t k = 0; k < n_blocks; k++) {
            const size_t b = from == XBAR_FIRST ? k : n_blocks - 1 - k;
            kappa[b] -= pull[b].way[from].in * v;
            v = pull[b].way[from].through * v + pull[b].way[from].source * e[b];
        }
    }
}

static void check_row(const pull_case *q, const double *g, const xbar_dressed *rows,
                      size_t i)
{
    const size_t n_cols = q->array.n_cols;
    const size_t n_blocks = q->wide_end ? n_cols / BLOCK : (n_cols + BLOCK - 1) / BLOCK;
    double drawn[MOST], v[MOST], e[MOST], kappa[MOST];
    xbar_pull pull[MOST];
    for (size_t b = 0; b < n_blocks; b++) {
        const size_t end = b + 1 < n_blocks ? (b + 1) * BLOCK : n_cols;
        e[b] = xbar_uniform(9, XBAR_STREAM_INPUT, 0, (uint32_t)(i * MOST + b)) - 0.5;
        pull[b] = xbar_pull_of(g + i * n_cols, rows, i, n_cols, b * BLOCK, end);
        for (size_t j = b * BLOCK; j < end; j++)
            drawn[j] = g[i * n_cols + j] * e[b];
    }
    sweep(kappa, e, pull, n_blocks);
    draw_from(v, q, rows->load + i * n_cols, drawn);
    for (size_t b = 0; b < n_blocks; b++) {
        const size_t end = b + 1 < n_blocks ? (b + 1) * BLOCK : n_cols;
        double mean = 0.0;
        for (size_t j = b * BLOCK; j < end; j++)
            mean += v[j] / (double)(end - b * BLOCK);
        if (!(fabs(kappa[b] - mean) <= 1e-12))
            fail_msg("%s: row %zu, block %zu: %.9g V, want %.9g", q->name, i, b,
                     kappa[b], mean);
    }
}

static void check_pull(const pull_case *q)
{
    const size_t n_rows = q->array.n_rows;
    const size_t n_cols = q->array.n_cols;
    xbar_crossbar *c = form_array(&q->array);
    double g[MOST * MOST], w[MOST * MOST], zero[MOST] = {0.0};
    form_conductances(g, n_rows * n_cols);
    if (q->right_ohm > 0.0)
        array_terminals(c, XBAR_RIGHT, q->right_ohm);
    for (size_t i = 0; q->cut && i < n_rows; i++)
        assert_int_equal(xbar_crossbar_cut(c, true, i, 2, NULL), XBAR_OK);
    xbar_stimulus rest;
    xbar_arrangement a;
    xbar_shares *s = NULL;
    xbar_dressed rows;
    model_read(&rest, c, zero, 0.0);
    for (size_t i = 0; q->right_ohm > 0.0 && i < n_rows; i++)
        rest.volt[XBAR_RIGHT][i] = 0.0;
    assert_int_equal(xbar_arrangement_init(&a, c, NULL), XBAR_OK);
    xbar_arrangement_take(&a, c, &rest);
    assert_int_equal(xbar_shares_new(&s, c, NULL), XBAR_OK);
    assert_int_equal(xbar_dressed_init(&rows, n_rows * n_cols, NULL), XBAR_OK);
    xbar_shares_rough(s, w, c, &a, g, NULL, &rows);
    for (size_t i = 0; i < n_rows; i++)
        check_row(q, g, &rows, i);
    xbar_dressed_clear(&rows);
    xbar_shares_free(s);
    xbar_arrangement_clear(&a);
    xbar_stimulus_clear(&rest);
    xbar_crossbar_free(c);
}

static void test_pull(void **unused)
{
    (void)unused;
    static const pull_case cases[] = {
        {.name = "three blocks and a part", .array = {"", 18, 51, 6, 3, 12, 9, 0}},
        {.name = "one column", .array = {"", 5, 1, 6, 3, 12, 9, 0}},
        {.name = "a block", .array = {"", 16, 16, 20, 3, 50, 9, 0}},
        {.name = "two blocks, the second wider",
         .array = {"", 9, 35, 6, 3, 12, 9, 0},
         .wide_end = true},
        {.name = "driven from both ends",
         .array = {"", 7, 40, 6, 3, 12, 9, 0},
         .right_ohm = 8},
        {.name = "rows cut behind cell 2, driven from both ends",
         .array = {"", 7, 33, 6, 3, 12, 9, 0},
         .right_ohm = 8,
         .cut = true},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
        check_pull(&cases[k]);
}

/* ---- an input's loops, in each vector width ---------------------------------------------- */

typedef struct loop_case {
    const char *name;
    size_t n_rows, n_cols;
    bool is_even; /* cells that carry -i at -u */
    double ohm;   /* by how much more bit lines rise than they should, about */
} loop_case;

enum { MODES = XBAR_BLEND_MODES, MOST_ROWS = 100, MOST_COLS = 130, MOST_BLOCKS = 9 };

static float between(double low, double high)
{
    static uint32_t drawn;
    return (float)(low +
                   (high - low) * xbar_uniform(12, XBAR_STREAM_INPUT, 1, drawn++));
}

static float *number(float *sixteen, size_t what, size_t i)
{
    return sixteen + what * XBAR_FLOATS + i % XBAR_FLOATS;
}

/* Any numbers of the size that a state's have. */
static void draw_state(xbar_bend *b, bool is_even, double ohm)
{
    b->largest = 0.2F;
    b->is_even = is_even;
    for (int k = 0; k < XBAR_CHI_TERMS; k++)
        b->term[k] = is_even && k % 2 == 1 ? 0.0F : between(0.5, 1.5);
    for (size_t i = 0; i < b->c->n_rows; i++) {
        float *of_row = xbar_bend_of_row(b, i / XBAR_FLOATS);
        for (size_t what = 0; what < XBAR_BEND_OF_ROW; what++)
            *number(of_row, what, i) = between(-0.2, 0.2);
        *number(of_row, XBAR_BEND_RISE, i) = between(0.5, 1.0);
        for (size_t block = 0; block < b->n_blocks; block++) {
            float *of_block = xbar_bend_of_block(b, i / XBAR_FLOATS, block);
            for (size_t what = 0; what < XBAR_BEND_OF_BLOCK; what++)
                *number(of_block, what, i) = between(-0.5, 0.9);
        }
    }
    for (size_t j = 0; j < b->c->n_cols; j++) {
        b->rise_ohm[j] = between(0.2 * ohm, ohm);
        b->shape[j] = between(-1.0, 1.0);
    }
}

/* What equation C needs of a row in a block. */
typedef struct bent {
    double excess, tilt, slope, e;
} bent;

static void find_bent(bent *t, const xbar_bend *b, size_t i, size_t block,
                      const double a[MODES], double rough, double mean_rise)
{
    float *of_row = xbar_bend_of_row(b, i / XBAR_FLOATS);
    float *of_block = xbar_bend_of_block(b, i / XBAR_FLOATS, block);
    const double per_chi = (double)*number(of_block, XBAR_BEND_PER_CHI, i);
    double u = (double)*number(of_block, XBAR_BEND_BETA, i) * rough -
               (double)*number(of_row, XBAR_BEND_RISE, i) * mean_rise;
    double tilt = (double)*number(of_block, XBAR_BEND_BETA_TILT, i) * rough;
    for (size_t k = 0; k < MODES; k++) {
        u += a[k] * (double)*number(of_block, XBAR_BEND_WORD + k, i);
        tilt += a[k] * (double)*number(of_block, XBAR_BEND_WORD_TILT + k, i);
    }
    const double y = fmax(fmin(u, (double)b->largest), -(double)b->largest);
    double chi = 0.0;
    double derivative = 0.0; /* of y chi */
    for (int k = 0; k < XBAR_CHI_TERMS; k++) {
        chi += (double)b->term[k] * pow(y, k);
        derivative += (k + 1) * (double)b->term[k] * pow(y, k);
    }
    const double s = derivative * per_chi - 1.0;
    t->e = u * (chi * per_chi - 1.0);
    t->excess = (double)*number(of_block, XBAR_BEND_KEPT, i) * t->e;
    t->tilt = s * tilt;
    t->slope = s * (double)*number(of_block, XBAR_BEND_RAISED, i);
}

static void pull_down(bent *t, const xbar_bend *b, size_t i, int from)
{
    const size_t way = XBAR_BEND_WAY + XBAR_BEND_OF_WAY * (size_t)from;
    double v = 0.0;
    for (size_t k = 0; k < b->n_blocks; k++) {
        const size_t block = from == XBAR_FIRST ? k : b->n_blocks - 1 - k;
        float *of_block = xbar_bend_of_block(b, i / XBAR_FLOATS, block);
        t[block].excess -= (double)*number(of_block, way + XBAR_BEND_IN, i) * v;
        v = (double)*number(of_block, way + XBAR_BEND_THROUGH, i) * v +
            (double)*number(of_block, way + XBAR_BEND_SOURCE, i) * t[block].e;
    }
}

/* Where bit lines stand: W_j, and m_B. */
static void find_rises(double *stands, double *mean_rise, const xbar_bend *b,
                       const double *h, const double *drive)
{
    const size_t n_cols = b->c->n_cols;
    for (size_t j = 0; j < n_cols; j++) {
        stands[j] = 0.0;
        for (size_t i = 0; i < b->c->n_rows; i++)
            stands[j] += (double)b->raised_ohm[j] * drive[i] * h[i * n_cols + j] *
                         (double)*number(xbar_bend_of_row(b, i / XBAR_FLOATS),
                                         XBAR_BEND_RISE, i);
    }
    for (size_t block = 0; block < b->n_blocks; block++) {
        const size_t end = xbar_bend_end(b, block);
        mean_rise[block] = 0.0;
        for (size_t j = block * BLOCK; j < end; j++)
            mean_rise[block] += stands[j] / (double)(end - block * BLOCK);
    }
}

/* All rows', as bend.h has it. */
static void find_all_bent(bent *t, const xbar_bend *b, const double *drive,
                          const double *mean_rise)
{
    double a[MODES] = {0.0};
    for (size_t i = 0; i < b->c->n_rows; i++)
        for (size_t k = 0; k < MODES; k++)
            a[k] += drive[i] * (double)*number(xbar_bend_of_row(b, i / XBAR_FLOATS),
                                               XBAR_BEND_SHARE + k, i);
    for (size_t i = 0; i < b->c->n_rows; i++) {
        double rough = drive[i];
        for (size_t k = 0; k < MODES; k++)
            rough -= a[k] * (double)*number(xbar_bend_of_row(b, i / XBAR_FLOATS),
                                            XBAR_BEND_PHI + k, i);
        bent *row = t + i * b->n_blocks;
        for (size_t block = 0; block < b->n_blocks; block++)
            find_bent(&row[block], b, i, block, a, rough, mean_rise[block]);
        pull_down(row, b, i, XBAR_FIRST);
        pull_down(row, b, i, XBAR_LAST);
        for (size_t block = 0; block < b->n_blocks; block++)
            row[block].tilt -=
                row[block].excess *
                (double)*number(xbar_bend_of_block(b, i / XBAR_FLOATS, block),
                                XBAR_BEND_BETA_TILT, i);
    }
}

/* Equation C in double precision, and the sum of the sizes of what it adds up. */
static void find_currents(double *want, double *size, const xbar_bend *b,
                          const double *h, const double *drive, double bend)
{
    static bent t[MOST_ROWS * MOST_BLOCKS];
    double stands[MOST_COLS], mean_rise[MOST_BLOCKS];
    find_rises(stands, mean_rise, b, h, drive);
    find_all_bent(t, b, drive, mean_rise);
    for (size_t j = 0; j < b->c->n_cols; j++) {
        const size_t block = j / BLOCK < b->n_blocks ? j / BLOCK : b->n_blocks - 1;
        const double apart = stands[j] - mean_rise[block];
        const double x = (double)b->shape[j];
        double added = 0.0;
        double risen = 0.0;
        want[j] = size[j] = 0.0;
        for (size_t i = 0; i < b->c->n_rows; i++) {
            const bent *at = &t[i * b->n_blocks + block];
            const double h_ij = h[i * b->c->n_cols + j];
            want[j] += drive[i] * h_ij;
            added += h_ij * (at->excess + x * at->tilt - apart * at->slope);
            risen += h_ij * at->slope;
            size[j] += h_ij * (fabs(drive[i]) + fabs(at->excess) + fabs(x * at->tilt) +
                               fabs(apart * at->slope));
        }
        want[j] +=
            bend * added / fmax(1.0 + bend * risen * (double)b->rise_ohm[j], 0.2);
        size[j] *= 5.0; /* 1/0.2 */
    }
}

static void check_loops(const loop_case *q, xbar_isa isa)
{
    const form_case form = {"", q->n_rows, q->n_cols, 2, 2, 2, 2, 0.0};
    const double bend = 0.9;
    xbar_crossbar *c = form_array(&form);
    xbar_bend *b = NULL;
    double *h = array_doubles(q->n_rows * q->n_cols);
    double *drive =
        array_doubles(q->n_rows); /* no more than there are: sanitizers see */
    double *got = array_doubles(q->n_cols);
    double want[MOST_COLS], size[MOST_COLS];
    xbar_isa_limit(isa);
    assert_int_equal(xbar_bend_new(&b, c, NULL), XBAR_OK);
    draw_state(b, q->is_even, q->ohm);
    for (size_t k = 0; k < q->n_rows * q->n_cols; k++)
        h[k] = (double)between(0.1, 1.0) / (double)q->n_rows;
    for (size_t i = 0; i < q->n_rows; i++)
        drive[i] = (double)between(-0.5, 0.5);
    xbar_bend_take(b, h);
    find_currents(want, size, b, h, drive, bend);
    for (int twice = 0; twice < 2; twice++) { /* nothing of an input stays behind */
        xbar_bend_apply(b, got, drive, bend);
        for (size_t j = 0; j < q->n_cols; j++)
            if (!(fabs(got[j] - want[j]) <= 1e-6 * size[j]))
                fail_msg("%s, %s: column %zu: %.9g A, want %.9g", q->name,
                         xbar_isa_name(isa), j, got[j], want[j]);
    }
    xbar_bend_free(b);
    free(got);
    free(drive);
    free(h);
    xbar_crossbar_free(c);
}

/* Against double precision, cell by cell. */
static void test_loops(void **unused)
{
    (void)unused;
    static const loop_case cases[] = {
        {"one cell", 1, 1, true, 0.05},
        {"a row, a block and a column", 1, 17, false, 0.05},
        {"sixteens", 16, 32, true, 0.05},
        {"odd rows, a last block of 20", 33, 36, true, 0.05},
        {"odd rows, a last block of 20, any cells", 33, 36, false, 0.05},
        {"a last block of 5", 40, 37, true, 0.05},
        {"rows up to a run and on", 66, 64, true, 0.05},
        {"a last block of 18", 100, 50, false, 0.05},
        {"nine slabs", 18, 130, true, 0.05},
        {"currents that would raise themselves away", 34, 40, true, 20.0},
    };
    const xbar_isa widest = xbar_isa_here();
    for (xbar_isa isa = XBAR_ISA_BASE; isa <= widest; isa++)
        for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
            check_loops(&cases[k], isa);
    xbar_isa_limit(widest);
}

/* ---- whole arrays ----------------------------------------------------------------------- */

typedef struct bend_case {
    const char *name;
    size_t n_rows, n_cols;
    double ohm, volt;   /* per segment and terminal; inputs between 0 and volt */
    double active;      /* share of the rows that are driven */
    double drive_volt;  /* where cells are linearised */
    double mean, worst; /* relative errors that are allowed */
    double gains;       /* bend = 0 is so many times worse in the mean */
} bend_case;

/* In the widest vectors that xbar_isa_limit allows. */
static void mean_error(double *mean, double *worst, const bend_case *q, double bend)
{
    enum { INPUTS = 8 };
    const form_case form = {"",     q->n_rows, q->n_cols, q->ohm,
                            q->ohm, q->ohm,    q->ohm,    0.0};
    xbar_crossbar *c = form_array(&form);
    c->cell = xbar_cell_default(xbar_device_find("sinh"));
    double g[MOST * MOST], got[MOST], want[MOST], v[MOST];
    double constants[XBAR_MAX_CONSTANTS];
    const xbar_model *model = xbar_model_find("modes");
    void *self = NULL;
    form_conductances(g, q->n_rows * q->n_cols);
    model_constants(constants, model);
    for (size_t k = 0; k < model->n_constants; k++)
        if (strcmp(model->constants[k].name, "bend") == 0)
            constants[k] = bend;
        else if (strcmp(model->constants[k].name, "drive_volt") == 0)
            constants[k] = q->drive_volt;
    assert_int_equal(model->open(&self, c, NULL), XBAR_OK);
    assert_int_equal(model->prepare(self, g, g, constants, NULL), XBAR_OK);
    *mean = *worst = 0.0;
    for (size_t l = 0; l < INPUTS; l++) {
        xbar_stimulus in;
        for (size_t i = 0; i < q->n_rows; i++) {
            const uint32_t lot = (uint32_t)(2 * (l * q->n_rows + i));
            v[i] = i == l || xbar_uniform(4, XBAR_STREAM_INPUT, 0, lot) < q->active
                       ? q->volt * xbar_uniform(4, XBAR_STREAM_INPUT, 0, lot + 1)
                       : 0.0;
        }
        model_read(&in, c, v, 0.0);
        assert_int_equal(model->predict(self, &in, 1, got, NULL), XBAR_OK);
        exact_run(c, g, &in, want);
        for (size_t j = 0; j < q->n_cols; j++) {
            const double error = fabs(got[j] - want[j]) / fabs(want[j]);
            *mean += error / (double)(INPUTS * q->n_cols);
            *worst = error <= *worst ? *worst : error;
        }
        xbar_stimulus_clear(&in);
    }
    model->close(self);
    xbar_crossbar_free(c);
}

/* sinh cells, v0 = 0.25 V. */
static void test_arrays(void **unused)
{
    (void)unused;
    static const bend_case cases[] = {
        {"mild", 33, 37, 2.5, 0.2, 1.0, 0.13, 1e-3, 5e-3, 8},
        {"to twice v0", 40, 40, 2.5, 0.5, 1.0, 0.33, 4e-3, 1.5e-2, 5},
        {"one row in ten", 40, 40, 2.5, 0.2, 0.1, 0.13, 1.5e-3, 2e-2, 8},
        {"a last block of 20 columns, odd rows", 33, 36, 2.5, 0.2, 0.3, 0.13, 1e-3,
         5e-3, 8},
        {"solved line by line", 12, 20, 10.0, 0.4, 1.0, 0.25, 3e-3, 1.5e-2, 5},
    };
    const xbar_isa widest = xbar_isa_here();
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const bend_case *q = &cases[k];
        double straight, unused_worst;
        mean_error(&straight, &unused_worst, q, 0.0);
        for (xbar_isa isa = XBAR_ISA_BASE; isa <= widest; isa++) {
            double mean, worst;
            xbar_isa_limit(isa);
            mean_error(&mean, &worst, q, 1.0);
            if (!(mean <= q->mean && worst <= q->worst && straight >= q->gains * mean))
                fail_msg("%s, %s: %.3g / %.3g %% off, %.3g %% with cells that do not "
                         "bend",
                         q->name, xbar_isa_name(isa), 100.0 * mean, 100.0 * worst,
                         100.0 * straight);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pull),
        cmocka_unit_test(test_loops),
        cmocka_unit_test(test_arrays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
