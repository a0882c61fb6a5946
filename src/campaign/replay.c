/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The netlist of one input on one sample, to be run by ngspice without us. */
#include "campaign/campaign.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "campaign/recorded.h"
#include "core/memory.h"
#include "experiment/retention.h"
#include "netlist/netlist.h"
#include "nodal/nodal.h"

/* What a netlist is made of; nothing is kept. */
typedef struct material {
    double *conductance, *state;
    double *target;    /* of retention */
    uint8_t *is_stuck; /* in time */
    xbar_stimulus s;
    xbar_plan_course course; /* in time */
    xbar_recorded *recorded; /* with a controller */
    xbar_schedule schedule;
    double end_s; /* in time; else 0 */
    xbar_network *net;
    double *v_node; /* V, [net->n_nodes]: where the iteration begins, or NULL */
} material;

static void material_clear(material *m)
{
    free(m->v_node);
    xbar_network_free(m->net);
    xbar_recorded_free(m->recorded);
    xbar_plan_course_clear(&m->course);
    xbar_stimulus_clear(&m->s);
    free(m->is_stuck);
    free(m->target);
    free(m->state);
    free(m->conductance);
}

/* Cells that ngspice does not find from 0 V begin at the exact answer, as in a run. Where
 * there is none it is left to find them. */
static xbar_status find_begin(material *m, const xbar_crossbar *c, xbar_error *err)
{
    if (m->end_s > 0.0 || !xbar_netlist_holds(&c->cell))
        return XBAR_OK;
    const size_t n_cells = c->n_rows * c->n_cols;
    xbar_nodal *solver = NULL;
    double *plane[2] = {NULL};
    double *i_terminal[XBAR_N_SIDES] = {NULL};
    xbar_status status = xbar_doubles_new(&m->v_node, m->net->n_nodes, "voltages", err);
    for (int p = 0; p < 2 && status == XBAR_OK; p++)
        status = xbar_doubles_new(&plane[p], n_cells, "voltages", err);
    for (int side = 0; side < XBAR_N_SIDES && status == XBAR_OK; side++)
        status = xbar_doubles_new(&i_terminal[side],
                                  xbar_side_lines(c, (xbar_side)side), "currents", err);
    if (status == XBAR_OK)
        status = xbar_nodal_new(&solver, c, NULL, err);
    if (status != XBAR_OK)
        goto done;
    xbar_nodal_answer a = {.v_row = plane[0], .v_col = plane[1]};
    memcpy(a.i_terminal, i_terminal, sizeof i_terminal);
    xbar_nodal_set_state(solver, m->state);
    status = xbar_nodal_solve(solver, &m->s, 1, &a, err);
    for (size_t k = 0; k < n_cells; k++) {
        m->v_node[m->net->word_node[k]] = plane[0][k];
        m->v_node[m->net->bit_node[k]] = plane[1][k];
    }
    if (a.status != XBAR_OK) {
        free(m->v_node);
        m->v_node = NULL;
    }
done:
    xbar_nodal_free(solver);
    for (int side = 0; side < XBAR_N_SIDES; side++)
        free(i_terminal[side]);
    for (int p = 0; p < 2; p++)
        free(plane[p]);
    return status;
}

static xbar_status material_make(material *m, const xbar_plan *plan, size_t sample,
                                 size_t input, xbar_error *err)
{
    const xbar_crossbar *c = plan->crossbar;
    const size_t n_cells = c->n_rows * c->n_cols;
    XBAR_TRY(xbar_doubles_new(&m->conductance, n_cells, "cells", err));
    XBAR_TRY(xbar_doubles_new(&m->state, n_cells, "cells", err));
    XBAR_TRY(xbar_plan_state(plan, sample, m->conductance, m->state, err));
    XBAR_TRY(xbar_stimulus_init(&m->s, c, err));
    XBAR_TRY(xbar_plan_stimulus(plan, sample, input, &m->s, err));
    void *flags = NULL;
    XBAR_TRY(xbar_array_new(&flags, n_cells, 1, "stuck cells", err));
    m->is_stuck = flags;
    XBAR_TRY(xbar_plan_stuck(plan, sample, m->is_stuck, err));
    if (plan->retention) {
        XBAR_TRY(xbar_doubles_new(&m->target, n_cells, "cells", err));
        memcpy(m->target, m->conductance, n_cells * sizeof(double));
        xbar_plan_retained(plan, sample, 0, m->target, m->is_stuck, m->conductance,
                           m->state);
    } else if (plan->logic || plan->write) {
        XBAR_TRY(xbar_recorded_new(&m->recorded, plan, sample, input, m->state,
                                   m->conductance, m->is_stuck, err));
        m->schedule = xbar_recorded_schedule(m->recorded);
        m->end_s = xbar_recorded_end(m->recorded);
    } else if (plan->n_times > 0) {
        XBAR_TRY(xbar_plan_schedule(&m->course, plan, sample, input, err));
        m->schedule = m->course.schedule;
        m->end_s = plan->times_s[plan->n_times - 1];
    }
    if (m->end_s > 0.0)
        m->schedule.volts(&m->s, 0.0, m->schedule.with);
    XBAR_TRY(xbar_network_new(&m->net, c, m->state, &m->s, err));
    return find_begin(m, c, err);
}

/* The step between the moments, if there is but one; else 0. */
static double even_step(const xbar_plan *plan)
{
    const size_t n = plan->n_times;
    const double end_s = plan->times_s[n - 1];
    const double step_s = n > 1 ? end_s / (double)(n - 1) : 0.0;
    for (size_t k = 0; k < n; k++)
        if (fabs(plan->times_s[k] - (double)k * step_s) > 1e-9 * end_s)
            return 0.0;
    return step_s;
}

static xbar_status material_print(FILE *out, const material *m, const xbar_plan *plan,
                                  size_t sample, size_t input, xbar_error *err)
{
    xbar_netlist_options options = {
        .title = plan->title, .sample = sample, .input = input, .v_node = m->v_node};
    if (m->end_s > 0.0) {
        options.schedule = &m->schedule;
        options.end_s = m->end_s;
        options.tolerance = plan->tolerance;
        options.max_step_s = plan->max_step_s;
        options.step_s = m->recorded ? 0.0 : even_step(plan);
        options.is_stuck = m->is_stuck;
    }
    return xbar_netlist_write(out, plan->crossbar, m->net, m->state, &m->s, &options,
                              err);
}

xbar_status xbar_campaign_netlist(char **text, const xbar_plan *plan, size_t sample,
                                  size_t input, xbar_error *err)
{
    material m = {.conductance = NULL};
    FILE *out = NULL;
    size_t size = 0;
    *text = NULL;
    xbar_status status = material_make(&m, plan, sample, input, err);
    if (status != XBAR_OK)
        goto done;
    out = open_memstream(text, &size);
    if (!out) {
        status = xbar_fail(err, XBAR_ERR_MEMORY, "no memory for the netlist");
        goto done;
    }
    status = material_print(out, &m, plan, sample, input, err);
    if (fclose(out) != 0 && status == XBAR_OK)
        status = xbar_fail(err, XBAR_ERR_MEMORY, "no memory for the netlist");
    if (status != XBAR_OK) {
        free(*text);
        *text = NULL;
    }
done:
    material_clear(&m);
    return status;
}
