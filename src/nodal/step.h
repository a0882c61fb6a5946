/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  One step in time of the whole array, and how wrong it is. Private to the layer.
 */
#ifndef XBAR_NODAL_STEP_H
#define XBAR_NODAL_STEP_H

#include "crossbar/waveform.h"
#include "nodal/stage.h"
#include "nodal/still.h"
#include "nodal/storage.h"
#include "nodal/tableau.h"
#include "nodal/transient.h"

/** What flows at one moment. */
typedef struct xbar_flow {
    double *power[XBAR_N_SIDES]; /* W, [lines of that side], from the sources */
    double *heat;                /* W, [n] */
    double total;                /* W, of all sources */
} xbar_flow;

/** What has flown since the beginning. */
typedef struct xbar_account {
    double *energy[XBAR_N_SIDES]; /* J, [lines of that side] */
    double *heat;                 /* J, [n] */
} xbar_account;

typedef struct xbar_step {
    xbar_nodal *solver;
    const xbar_crossbar *c;
    size_t n, n_states, n_all; /* cells; states of one, of all */
    double tolerance;
    xbar_stage stage;
    xbar_law law; /* the stage's */
    xbar_storage storage;
    xbar_stimulus in;          /* sources at the last solution */
    xbar_nodal_answer answer;  /* of it: only terminals */
    xbar_still_network *still; /* for cells that stand still; NULL: the solver */
    bool by_still;             /* the last solution is its */
    bool is_warm;              /* the solver has solved for this run */
    bool has_storage;          /* capacitances were part of it */

    double t_begin_s;
    double t_s;             /* the present */
    double *x;              /* [n_states][n] there */
    double *k[XBAR_STAGES]; /* 1/s, [n_states][n]; the first: rates at the present */
    xbar_flow now;
    xbar_account account;

    /* A step that is through, until the next begins. */
    double t_next_s;
    double *x_next;
    xbar_flow next;
    xbar_account after;

    double most_volt, most_current, most_power; /* V, A, W: the largest so far */
    double kcl_residual;                        /* A: the largest so far */
    double *sum[XBAR_N_SIDES];                  /* [lines of that side]: scratch */
    double *change;                             /* [n_states][n]: scratch */
    xbar_transient_counts counts;
} xbar_step;

xbar_status xbar_step_init(xbar_step *s, xbar_nodal *solver, const xbar_crossbar *c,
                           xbar_error *err);
void xbar_step_clear(xbar_step *s);

/** All sources at a time, into s->in. */
void xbar_step_volts(xbar_step *s, const xbar_schedule *schedule, double t_s);

/** The network with states x standing still, and sources s->in; capacitances carry no
 *  current. @return as xbar_transient_advance */
xbar_status xbar_step_still(xbar_step *s, const double *x, xbar_error *err);

/** What flows in the last solution. */
void xbar_step_flow(const xbar_step *s, xbar_flow *f);

/** Rates, slopes and flows at the present, for sources that may do something else from now
 *  on. @param h  s: how far the schedule can be looked into */
xbar_status xbar_step_start(xbar_step *s, const xbar_schedule *schedule, double h,
                            xbar_error *err);

/** How badly a step h resolves the sources' waveforms, over what is allowed. Costs next to
 *  nothing, and sees a waveform that a long step would alias. */
double xbar_step_source_error(xbar_step *s, const xbar_schedule *schedule, double h);

/** From the present to t1, which changes nothing of it.
 *  @param[out] error  over what is allowed; INFINITY: some stage had no solution
 *  @return XBAR_OK, XBAR_ERR_SHORT, XBAR_ERR_MEMORY */
xbar_status xbar_step_try(xbar_step *s, const xbar_schedule *schedule, double t1_s,
                          double *error, xbar_error *err);

/** The same, explicitly: cheap where nothing is stiff. No capacitances.
 *  @param[out] error  of third order; over what is allowed */
xbar_status xbar_step_try_mild(xbar_step *s, const xbar_schedule *schedule, double t1_s,
                               double *error, xbar_error *err);

/** What has flown so far, and with a stage's weight (s) what flows, into `after`. */
void xbar_step_open_books(xbar_step *s);
void xbar_step_book(xbar_step *s, const xbar_flow *f, double weight);

/** The step that was tried becomes the past; its own past stays in t_next_s, x_next,
 *  next, after and k[XBAR_STAGES-1]. */
void xbar_step_accept(xbar_step *s);

/** The network's solution once more, all of it. */
void xbar_step_tell(xbar_step *s, xbar_nodal_answer *a);

#endif
