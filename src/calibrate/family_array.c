/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arrays: one exact solution a run, and one adjoint solution for each of its outputs gives
 * the derivatives by everything that is free. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calibrate/family.h"
#include "core/memory.h"
#include "nodal/gradient.h"
#include "nodal/nodal.h"

/* Places of the parameters; the device's follow. */
enum { ROW_OHM, COL_OHM, LEFT_OHM, CONTACT_OHM = LEFT_OHM + XBAR_N_SIDES, N_OHMS };

typedef struct array_family {
    const xbar_runs *r;
    const xbar_device *device;
    size_t of_device
        [XBAR_MAX_PARAMETERS]; /* parameter N_OHMS + k is the device's of_device[k] */
} array_family;

/* ---- one array with other values ------------------------------------------------------ */

/* What an array was, to be put back. */
typedef struct original {
    xbar_crossbar *c;
    double row_ohm, col_ohm;
    xbar_cell cell;
    double *terminal_ohm[XBAR_N_SIDES];
} original;

static void put_back(original *o)
{
    o->c->row_ohm = o->row_ohm;
    o->c->col_ohm = o->col_ohm;
    o->c->cell = o->cell;
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        if (o->terminal_ohm[side])
            memcpy(o->c->terminal_ohm[side], o->terminal_ohm[side],
                   xbar_side_lines(o->c, (xbar_side)side) * sizeof(double));
        free(o->terminal_ohm[side]);
    }
}

static xbar_status keep(original *o, xbar_crossbar *c, xbar_error *err)
{
    *o = (original){
        .c = c, .row_ohm = c->row_ohm, .col_ohm = c->col_ohm, .cell = c->cell};
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        const size_t n = xbar_side_lines(c, (xbar_side)side);
        double *copy = NULL;
        XBAR_TRY(xbar_doubles_new(&copy, n, "terminals", err));
        memcpy(copy, c->terminal_ohm[side], n * sizeof *copy);
        o->terminal_ohm[side] = copy;
    }
    return XBAR_OK;
}

static void change(xbar_crossbar *c, const array_family *f, size_t n_parameters,
                   const double *p, const bool *is_free)
{
    if (is_free[ROW_OHM])
        c->row_ohm = p[ROW_OHM];
    if (is_free[COL_OHM])
        c->col_ohm = p[COL_OHM];
    for (size_t side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0;
             is_free[LEFT_OHM + side] && k < xbar_side_lines(c, (xbar_side)side); k++)
            if (!isnan(c->terminal_ohm[side][k]))
                c->terminal_ohm[side][k] = p[LEFT_OHM + side];
    for (size_t k = N_OHMS; k < n_parameters; k++)
        if (is_free[k])
            c->cell.parameters[f->of_device[k - N_OHMS]] = p[k];
}

/* ---- one run -------------------------------------------------------------------------- */

/* Solver and room for the answers of one state. */
typedef struct bench {
    const xbar_subject *s;
    const xbar_runs *r;
    const xbar_runs_state *state;
    const double *p;
    const bool *is_free;
    xbar_crossbar *c;
    double *x;  /* the cells' states at p, [n_cells] */
    double *dx; /* their derivatives, [n_parameters][n_cells] */
    xbar_nodal *nodal;
    xbar_nodal_answer answer;
    /* for derivatives */
    xbar_gradient *gradient;
    double *unit; /* [n_cols][n_cols]: weights that ask for one output each */
    xbar_weights *weights;
    xbar_gradient_answer *out; /* [n_cols] */
} bench;

static void bench_close(bench *b)
{
    xbar_nodal_free(b->nodal);
    xbar_gradient_free(b->gradient);
    free(b->x);
    free(b->dx);
    free(b->answer.v_row);
    free(b->answer.v_col);
    free(b->answer.i_cell);
    for (int side = 0; side < XBAR_N_SIDES; side++)
        free(b->answer.i_terminal[side]);
    for (size_t j = 0; b->out && j < b->c->n_cols; j++) {
        free(b->out[j].state);
        free(b->out[j].parameters);
        for (int side = 0; side < XBAR_N_SIDES; side++)
            free(b->out[j].ohm[side]);
    }
    free(b->out);
    free(b->weights);
    free(b->unit);
}

/* The state of a cell whose conductance alone is g. */
static double state_of(const bench *b, double g, double contact_ohm)
{
    if (b->is_free[CONTACT_OHM])
        return g / (1.0 + g * contact_ohm);
    return xbar_cell_state(&b->c->cell, g);
}

/* How the states follow the parameters, with the conductances held. */
static void follow_parameter(bench *b, size_t k, size_t of_device)
{
    const size_t n_cells = b->c->n_rows * b->c->n_cols;
    double *value = &b->c->cell.parameters[of_device];
    const double here = *value;
    const xbar_parameter *q = &b->c->cell.device->parameters[of_device];
    const double h = 6e-6 * fmax(fabs(here), 1e-12);
    const double up = fmin(here + h, q->max);
    const double down = fmax(here - h, q->min);
    double *dx = b->dx + k * n_cells;
    *value = up;
    for (size_t n = 0; n < n_cells; n++)
        dx[n] = xbar_cell_state(&b->c->cell, b->state->conductance[n]);
    *value = down;
    for (size_t n = 0; n < n_cells; n++)
        dx[n] = (dx[n] - xbar_cell_state(&b->c->cell, b->state->conductance[n])) /
                (up - down);
    *value = here;
}

static void find_states(bench *b, const array_family *f, bool with_slopes)
{
    const size_t n_cells = b->c->n_rows * b->c->n_cols;
    for (size_t n = 0; n < n_cells; n++)
        b->x[n] = state_of(b, b->state->conductance[n], b->p[CONTACT_OHM]);
    if (!with_slopes)
        return;
    for (size_t n = 0; n < n_cells; n++)
        b->dx[CONTACT_OHM * n_cells + n] = -b->x[n] * b->x[n];
    for (size_t k = N_OHMS; k < b->s->n_parameters; k++)
        if (b->is_free[k])
            follow_parameter(b, k, f->of_device[k - N_OHMS]);
}

static xbar_status gradient_room(bench *b, xbar_error *err)
{
    const xbar_crossbar *c = b->c;
    void *memory = NULL;
    XBAR_TRY(xbar_gradient_new(&b->gradient, c, NULL, err));
    xbar_gradient_set_state(b->gradient, b->x);
    XBAR_TRY(xbar_doubles_new(&b->unit, c->n_cols * c->n_cols, "weights", err));
    XBAR_TRY(xbar_array_new(&memory, c->n_cols, sizeof *b->weights, "weights", err));
    b->weights = memory;
    XBAR_TRY(xbar_array_new(&memory, c->n_cols, sizeof *b->out, "gradients", err));
    b->out = memory;
    for (size_t j = 0; j < c->n_cols; j++) {
        b->unit[j * c->n_cols + j] = 1.0;
        b->weights[j].i_out = b->unit + j * c->n_cols;
        xbar_gradient_answer *o = &b->out[j];
        XBAR_TRY(xbar_doubles_new(&o->state, c->n_rows * c->n_cols, "gradients", err));
        XBAR_TRY(
            xbar_doubles_new(&o->parameters, XBAR_MAX_PARAMETERS, "gradients", err));
        for (int side = 0; side < XBAR_N_SIDES; side++)
            XBAR_TRY(xbar_doubles_new(
                &o->ohm[side], xbar_side_lines(c, (xbar_side)side), "gradients", err));
    }
    return XBAR_OK;
}

static xbar_status bench_open(bench *b, const array_family *f, bool with_slopes,
                              xbar_error *err)
{
    const xbar_crossbar *c = b->c;
    const size_t n_cells = c->n_rows * c->n_cols;
    XBAR_TRY(xbar_doubles_new(&b->x, n_cells, "states", err));
    XBAR_TRY(xbar_doubles_new(&b->dx, with_slopes ? b->s->n_parameters * n_cells : 0,
                              "states", err));
    find_states(b, f, with_slopes);
    XBAR_TRY(xbar_nodal_new(&b->nodal, c, NULL, err));
    xbar_nodal_set_state(b->nodal, b->x);
    XBAR_TRY(xbar_doubles_new(&b->answer.v_row, n_cells, "voltages", err));
    XBAR_TRY(xbar_doubles_new(&b->answer.v_col, n_cells, "voltages", err));
    XBAR_TRY(xbar_doubles_new(&b->answer.i_cell, n_cells, "currents", err));
    for (int side = 0; side < XBAR_N_SIDES; side++)
        XBAR_TRY(xbar_doubles_new(&b->answer.i_terminal[side],
                                  xbar_side_lines(c, (xbar_side)side), "currents",
                                  err));
    return with_slopes ? gradient_room(b, err) : XBAR_OK;
}

/* One row of the Jacobian: an output's derivatives by all that is free. */
static void fill_row(double *row, const bench *b, const array_family *f,
                     const xbar_gradient_answer *o)
{
    const size_t n_cells = b->c->n_rows * b->c->n_cols;
    row[ROW_OHM] = o->row_ohm;
    row[COL_OHM] = o->col_ohm;
    for (size_t side = 0; side < XBAR_N_SIDES; side++) {
        row[LEFT_OHM + side] = 0.0;
        for (size_t k = 0; k < xbar_side_lines(b->c, (xbar_side)side); k++)
            row[LEFT_OHM + side] += o->ohm[side][k];
    }
    for (size_t k = CONTACT_OHM; k < b->s->n_parameters; k++) {
        if (!b->is_free[k])
            continue;
        row[k] = k < N_OHMS ? 0.0 : o->parameters[f->of_device[k - N_OHMS]];
        for (size_t n = 0; n < n_cells; n++)
            row[k] += o->state[n] * b->dx[k * n_cells + n];
    }
}

static xbar_status predict_run(bench *b, size_t run, double *y, double *jacobian,
                               xbar_error *err)
{
    const xbar_crossbar *c = b->c;
    const array_family *f = b->s->self;
    const xbar_stimulus *in = &b->r->stimuli[run];
    XBAR_TRY(xbar_nodal_solve(b->nodal, in, 1, &b->answer, err));
    if (b->answer.status != XBAR_OK)
        return XBAR_OK; /* y stays NaN */
    for (size_t j = 0; j < c->n_cols; j++) {
        xbar_side side = xbar_col_source(c, in, j);
        y[j] = side < XBAR_N_SIDES ? -b->answer.i_terminal[side][j] : 0.0;
    }
    if (!jacobian)
        return XBAR_OK;
    XBAR_TRY(xbar_gradient_solve(b->gradient, in, &b->answer, b->weights, c->n_cols,
                                 b->out, err));
    for (size_t j = 0; j < c->n_cols; j++)
        fill_row(jacobian + j * b->s->n_parameters, b, f, &b->out[j]);
    return XBAR_OK;
}

static xbar_status predict_state(const xbar_subject *s, const xbar_runs_state *state,
                                 double *y, double *jacobian, const double *p,
                                 const bool *is_free, const bool *is_wanted,
                                 xbar_error *err)
{
    const array_family *f = s->self;
    original o;
    bench b = {.s = s, .r = f->r, .state = state, .p = p, .is_free = is_free};
    b.c = state->crossbar;
    xbar_status status = keep(&o, b.c, err);
    if (status == XBAR_OK) {
        change(b.c, f, s->n_parameters, p, is_free);
        if (xbar_device_check(f->device, b.c->cell.parameters, NULL) != XBAR_OK) {
            put_back(&o);
            return XBAR_OK; /* two parameters in the wrong order: no answer */
        }
        status = bench_open(&b, f, jacobian != NULL, err);
    }
    for (size_t k = state->first; k < state->first + state->n && status == XBAR_OK;
         k++) {
        const size_t datum = f->r->first_datum[k];
        if (is_wanted[s->unit[datum]])
            status =
                predict_run(&b, k, y + datum,
                            jacobian ? jacobian + datum * s->n_parameters : NULL, err);
    }
    bench_close(&b);
    put_back(&o);
    return status;
}

static xbar_status predict(const xbar_subject *s, double *y, double *jacobian,
                           const double *p, const bool *is_free, const bool *is_wanted,
                           xbar_error *err)
{
    const array_family *f = s->self;
    if (is_free[CONTACT_OHM] && strcmp(f->device->name, "linear") != 0)
        return xbar_fail(err, XBAR_ERR_INPUT,
                         "contact_ohm is free, of cells of %s: want linear ones",
                         f->device->name);
    for (size_t n = 0; n < s->n_data; n++)
        y[n] = NAN;
    for (size_t k = 0; k < f->r->n_states; k++)
        XBAR_TRY(predict_state(s, &f->r->states[k], y, jacobian, p, is_free, is_wanted,
                               err));
    return XBAR_OK;
}

/* ---- the subject ---------------------------------------------------------------------- */

static void close_self(xbar_subject *s)
{
    free(s->self);
}

/* A resistance: of any size, so its logarithm counts. Where the array has none it begins
 * at 1 ohm. */
static void add_ohm(xbar_subject *s, const char *name, double ohm, bool is_usual)
{
    double initial = ohm > 0.0 ? ohm : 1.0;
    xbar_subject_parameter *p = xbar_subject_add(s, name, "ohm", initial);
    p->min = XBAR_MIN_OHM;
    p->max = 1e9;
    p->from = 0.03 * initial;
    p->to = 30.0 * initial;
    p->is_log = true;
    p->is_usual = is_usual;
}

/* The first terminal's resistance on a side; NaN: none there. */
static double side_ohm(const xbar_runs *r, xbar_side side)
{
    for (size_t n = 0; n < r->n_files; n++)
        for (size_t k = 0; k < xbar_side_lines(r->files[n].crossbar, side); k++)
            if (!isnan(r->files[n].crossbar->terminal_ohm[side][k]))
                return r->files[n].crossbar->terminal_ohm[side][k];
    return (double)NAN;
}

static void add_device(xbar_subject *s, array_family *f, const xbar_cell *cell)
{
    for (size_t k = 0; k < f->device->n_parameters; k++) {
        const xbar_parameter *q = &f->device->parameters[k];
        if (q->number != XBAR_NUMBER_REAL ||
            s->n_parameters == XBAR_MAX_SUBJECT_PARAMETERS)
            continue;
        const double value = cell->parameters[k];
        xbar_subject_parameter *p = xbar_subject_add(s, q->name, q->unit, value);
        f->of_device[s->n_parameters - 1 - N_OHMS] = k;
        p->min = q->min;
        p->max = q->max;
        p->from = 0.3 * value;
        p->to = 3.0 * value;
        p->is_log = value != 0.0;
    }
}

xbar_status xbar_family_array(xbar_subject *s, const xbar_runs *r, xbar_error *err)
{
    *s = (xbar_subject){
        .family = "array", .model = "array", .predict = predict, .has_jacobian = true};
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(array_family), "array", err));
    array_family *f = memory;
    s->self = f;
    s->close = close_self;
    const xbar_cell *cell = &r->files[0].crossbar->cell;
    *f = (array_family){.r = r, .device = cell->device};
    for (size_t k = 0; k < r->n_files; k++)
        if (r->files[k].crossbar->cell.device != f->device)
            return xbar_fail(err, XBAR_ERR_INPUT,
                             "%s: cells of %s, in %s of %s: want one device",
                             r->files[k].path, r->files[k].crossbar->cell.device->name,
                             r->files[0].path, f->device->name);
    add_ohm(s, "row_ohm", r->files[0].crossbar->row_ohm, true);
    add_ohm(s, "col_ohm", r->files[0].crossbar->col_ohm, true);
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        char name[32];
        double ohm = side_ohm(r, (xbar_side)side);
        snprintf(name, sizeof name, "%s_ohm", xbar_side_name[side]);
        add_ohm(s, name, ohm, !isnan(ohm));
    }
    add_ohm(s, "contact_ohm", 0.0, false);
    add_device(s, f, cell);
    return xbar_subject_runs(s, r, err);
}
