/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GSL's step types: rkck (Cash and Karp, order 5) where nothing is stiff, rk4imp (Gauss,
 * order 4, A-stable) where h times the Jacobian says that stability and not the error
 * keeps rkck's steps short. Multistep methods lose digits each time they are started anew,
 * which corners make them do all the time. */
#include "nodal/single.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_errno.h>
#include <gsl/gsl_odeiv2.h>

#include "core/memory.h"

enum { S = XBAR_MAX_STATES, EXTRA = 3, DIM = S + EXTRA };
enum { HEAT, WORD, BIT }; /* behind the states */
enum { EXPLICIT, IMPLICIT, N_METHODS };

/* A step's own error is to be this share of the tolerance. */
static const double share_of_step = 0.01;

struct xbar_single {
    const xbar_crossbar *c;
    size_t n_states;
    xbar_state_range range[S];
    double fixed;
    bool is_stuck;
    double tolerance, max_step_s;
    xbar_side word, bit; /* where the terminals are */
    double ohm;
    const xbar_schedule *schedule;
    xbar_stimulus *in;
    double v;         /* V, where the last search ended */
    double h;         /* s, of the next step; 0: not known */
    int present;      /* method */
    int n_other;      /* steps in a row that spoke for the other one */
    double unit[DIM]; /* of what is integrated */
    double most_flow; /* W: the largest power there was */
    gsl_odeiv2_system system;
    gsl_odeiv2_driver *methods[N_METHODS]; /* for what they hold; GSL's implicit ones
                                              want one */
};

/* ---- memory ---------------------------------------------------------------------------------- */

void xbar_single_free(xbar_single *s)
{
    if (!s)
        return;
    for (int k = 0; k < N_METHODS; k++)
        if (s->methods[k])
            gsl_odeiv2_driver_free(s->methods[k]);
    free(s);
}

static int rates_at(double t, const double *y, double *dy_dt, void *with);
static int jacobian_at(double t, const double *y, double *j, double *dy_dt2,
                       void *with);

xbar_status xbar_single_new(xbar_single **out, const xbar_crossbar *c, xbar_error *err)
{
    const gsl_odeiv2_step_type *const types[N_METHODS] = {
        [EXPLICIT] = gsl_odeiv2_step_rkck, [IMPLICIT] = gsl_odeiv2_step_rk4imp};
    *out = NULL;
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(xbar_single), "one cell in time", err));
    xbar_single *s = memory;
    s->c = c;
    s->n_states = xbar_cell_n_states(&c->cell);
    if (s->n_states > 0)
        xbar_cell_ranges(&c->cell, s->range);
    s->system = (gsl_odeiv2_system){rates_at, jacobian_at, s->n_states + EXTRA, s};
    for (int k = 0; k < N_METHODS; k++) {
        s->methods[k] =
            gsl_odeiv2_driver_alloc_y_new(&s->system, types[k], 1.0, 1.0, 0.0);
        if (!s->methods[k]) {
            xbar_single_free(s);
            return xbar_fail(err, XBAR_ERR_MEMORY, "no memory to integrate a cell");
        }
    }
    *out = s;
    return XBAR_OK;
}

static void restart(xbar_single *s)
{
    for (int k = 0; k < N_METHODS; k++) {
        gsl_odeiv2_step_reset(s->methods[k]->s);
        gsl_odeiv2_evolve_reset(s->methods[k]->e);
    }
}

void xbar_single_begin(xbar_single *s, double tolerance, double max_step_s,
                       double fixed, bool is_stuck)
{
    s->tolerance = tolerance;
    s->max_step_s = max_step_s;
    s->fixed = fixed;
    s->is_stuck = is_stuck;
    s->v = 0.0;
    s->h = 0.0;
    s->present = EXPLICIT;
    s->n_other = 0;
    s->most_flow = 0.0;
    for (int k = 0; k < N_METHODS; k++)
        gsl_odeiv2_control_init(s->methods[k]->c, share_of_step * tolerance, 0.0, 1.0,
                                0.0);
    restart(s);
}

bool xbar_single_fits(xbar_single *s, const xbar_stimulus *in)
{
    int n[2] = {0, 0};
    double ohm = 0.0;
    xbar_side at[2] = {XBAR_LEFT, XBAR_TOP};
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        if (isnan(in->volt[side][0]) || isnan(s->c->terminal_ohm[side][0]))
            continue;
        n[side / 2]++;
        at[side / 2] = (xbar_side)side;
        ohm += s->c->terminal_ohm[side][0];
    }
    if (n[0] != 1 || n[1] != 1 || s->fixed == 0.0)
        return false;
    s->word = at[0];
    s->bit = at[1];
    s->ohm = ohm;
    return true;
}

/* ---- the circuit ------------------------------------------------------------------------------ */

/* All that a moment has. */
typedef struct moment {
    double word, bit; /* V, the sources */
    double v, i, di_dv, di_dx[S], rate[S], rate_v[S], rate_x[S * S];
} moment;

static void look(const xbar_single *s, const double *x, double v, moment *m)
{
    const xbar_response out = {.i = &m->i,
                               .di_dv = &m->di_dv,
                               .di_dx = m->di_dx,
                               .dx_dt = m->rate,
                               .drate_dv = m->rate_v,
                               .drate_dx = m->rate_x};
    m->v = v;
    if (s->n_states > 0)
        xbar_cell_respond(&s->c->cell, 1, &out, &v, x, &s->fixed);
    else
        xbar_cell_respond(&s->c->cell, 1,
                          &(xbar_response){.i = &m->i, .di_dv = &m->di_dv}, &v, x,
                          &s->fixed);
    for (size_t k = 0; s->is_stuck && k < s->n_states; k++)
        m->rate[k] = m->rate_v[k] = 0.0;
    if (s->is_stuck)
        memset(m->rate_x, 0, sizeof m->rate_x);
}

/* v + ohm i(v, x) = V: Newton's iteration within a bracket, as i rises with v. */
static void settle(xbar_single *s, const double *x, moment *m)
{
    enum { MOST_STEPS = 200 };
    const double volt = m->word - m->bit;
    if (s->ohm == 0.0) {
        look(s, x, volt, m);
        return;
    }
    double low = fmin(volt, 0.0);
    double high = fmax(volt, 0.0);
    double v = fmin(fmax(s->v, low), high);
    for (int step = 0; step < MOST_STEPS; step++) {
        look(s, x, v, m);
        const double f = (v - volt) + s->ohm * m->i;
        if (f < 0.0)
            low = v;
        else
            high = v;
        double next = v - f / (1.0 + s->ohm * m->di_dv);
        if (!(next >= low && next <= high))
            next = low + 0.5 * (high - low);
        if (fabs(next - v) <= 2.0 * DBL_EPSILON * fabs(volt))
            break;
        v = next;
    }
    s->v = v;
}

static void sources_at(xbar_single *s, double t, moment *m)
{
    s->schedule->volts(s->in, t, s->schedule->with);
    m->word = s->in->volt[s->word][0];
    m->bit = s->in->volt[s->bit][0];
}

/* The moment t with the states of y. @param[out] x  the states */
static void find_moment(xbar_single *s, double t, const double *y, double *x, moment *m)
{
    *m = (moment){0};
    for (size_t k = 0; k < s->n_states; k++)
        x[k] = y[k] * s->unit[k];
    sources_at(s, t, m);
    settle(s, x, m);
}

static int rates_at(double t, const double *y, double *dy_dt, void *with)
{
    xbar_single *s = with;
    moment m;
    double x[S];
    find_moment(s, t, y, x, &m);
    for (size_t k = 0; k < s->n_states; k++)
        dy_dt[k] = m.rate[k] / s->unit[k];
    double *extra = dy_dt + s->n_states;
    const double *unit = s->unit + s->n_states;
    s->most_flow = fmax(s->most_flow, fmax(fabs(m.word), fabs(m.bit)) * fabs(m.i));
    extra[HEAT] = m.v * m.i / unit[HEAT];
    extra[WORD] = m.word * m.i / unit[WORD];
    extra[BIT] = -m.bit * m.i / unit[BIT];
    return isfinite(m.i) ? GSL_SUCCESS : GSL_EBADFUNC;
}

static int jacobian_at(double t, const double *y, double *j, double *dy_dt2, void *with)
{
    xbar_single *s = with;
    const size_t n = s->n_states;
    const size_t dim = n + EXTRA;
    moment m;
    double x[S];
    find_moment(s, t, y, x, &m);
    memset(j, 0, dim * dim * sizeof *j);
    memset(dy_dt2, 0, dim * sizeof *dy_dt2); /* rk4imp does not ask */
    for (size_t r = 0; r < n; r++) {
        const double unit = s->unit[r];
        const double dv = -s->ohm * m.di_dx[r] / (1.0 + s->ohm * m.di_dv);
        const double di = m.di_dx[r] + m.di_dv * dv;
        for (size_t k = 0; k < n; k++)
            j[k * dim + r] =
                (m.rate_x[k * n + r] + m.rate_v[k] * dv) * unit / s->unit[k];
        j[(n + HEAT) * dim + r] = (m.v * di + m.i * dv) * unit / s->unit[n + HEAT];
        j[(n + WORD) * dim + r] = m.word * di * unit / s->unit[n + WORD];
        j[(n + BIT) * dim + r] = -m.bit * di * unit / s->unit[n + BIT];
    }
    return GSL_SUCCESS;
}

/* How fast the states' own motion is, 1/s: the largest row sum of their Jacobian. */
static double stiffness(xbar_single *s, double t, const double *y)
{
    double j[DIM * DIM];
    double unused[DIM];
    double largest = 0.0;
    jacobian_at(t, y, j, unused, s);
    for (size_t k = 0; k < s->n_states; k++) {
        double sum = 0.0;
        for (size_t r = 0; r < s->n_states; r++)
            sum += fabs(j[k * (s->n_states + EXTRA) + r]);
        largest = fmax(largest, sum);
    }
    return largest;
}

/* ---- events ------------------------------------------------------------------------------------- */

/* A device behind a selector has another voltage than the cell: none then. */
static size_t n_events(const xbar_single *s)
{
    return s->c->cell.selector || s->is_stuck ? 0 : s->c->cell.device->n_events;
}

static void events_at(xbar_single *s, double t, const double *y, double *e)
{
    moment m;
    double x[S];
    find_moment(s, t, y, x, &m);
    s->c->cell.device->events(e, m.v, x, s->c->cell.parameters);
}

/* A step of which both ends are known. */
typedef struct span {
    double t0, t1, y0[DIM], y1[DIM], rate0[DIM], rate1[DIM];
} span;

/* States between the ends, by the cubic through them. */
static void between(const xbar_single *s, const span *p, double share, double *y)
{
    const double h = p->t1 - p->t0;
    const double rest = 1.0 - share;
    for (size_t k = 0; k < s->n_states; k++)
        y[k] = p->y0[k] + share * share * (3.0 - 2.0 * share) * (p->y1[k] - p->y0[k]) +
               h * share * rest * (rest * p->rate0[k] - share * p->rate1[k]);
}

/* The first time in the step at which some event's function is 0; its end if none is. */
static double first_event(xbar_single *s, span *p)
{
    double e0[XBAR_MAX_EVENTS];
    double e1[XBAR_MAX_EVENTS];
    double y[DIM];
    double first = p->t1;
    if (n_events(s) == 0)
        return first;
    rates_at(p->t0, p->y0, p->rate0, s);
    rates_at(p->t1, p->y1, p->rate1, s);
    events_at(s, p->t0, p->y0, e0);
    events_at(s, p->t1, p->y1, e1);
    for (size_t k = 0; k < n_events(s); k++) {
        double low = 0.0;
        double high = 1.0;
        if ((e0[k] > 0.0) == (e1[k] > 0.0))
            continue;
        for (int step = 0; step < 60 && high - low > 1e-13; step++) {
            const double middle = 0.5 * (low + high);
            double e[XBAR_MAX_EVENTS];
            between(s, p, middle, y);
            events_at(s, p->t0 + middle * (p->t1 - p->t0), y, e);
            if ((e[k] > 0.0) == (e0[k] > 0.0))
                low = middle;
            else
                high = middle;
        }
        first = fmin(first, p->t0 + high * (p->t1 - p->t0));
    }
    return first;
}

/* ---- steps ---------------------------------------------------------------------------------------- */

/* Units for the way to t1, in which an error of the tolerance is one too many: the states'
 * scales, and for energies what flows meanwhile or has flown. */
static void set_units(xbar_single *s, const xbar_single_state *at, double t1)
{
    enum { LOOKS = 9 };
    double y[DIM] = {0};
    double dy[DIM];
    for (size_t k = 0; k < s->n_states; k++) {
        s->unit[k] = s->range[k].scale;
        y[k] = at->x[k] / s->unit[k];
    }
    for (size_t m = s->n_states; m < s->n_states + EXTRA; m++)
        s->unit[m] = 1.0;
    for (int k = 0; k < LOOKS; k++)
        rates_at(at->t_s + (t1 - at->t_s) * k / (LOOKS - 1), y, dy, s);
    const double so_far =
        fmax(at->heat, fmax(fabs(at->energy_word), fabs(at->energy_bit)));
    const double sum = fmax(so_far, s->most_flow * (t1 - at->t_s));
    for (size_t m = s->n_states; m < s->n_states + EXTRA; m++)
        s->unit[m] = sum > 0.0 ? 0.1 * sum : 1.0; /* many ways add up */
}

/* Explicit steps whose length times the fastest rate is at the edge of stability, or
 * implicit ones far from it, speak for the other method; ten in a row decide. */
static void choose_method(xbar_single *s, double h, double t, const double *y)
{
    const double reach = h * stiffness(s, t, y);
    const bool other = s->present == EXPLICIT ? reach > 2.0 : reach < 0.3;
    s->n_other = other ? s->n_other + 1 : 0;
    if (s->n_other < 10)
        return;
    s->present = s->present == EXPLICIT ? IMPLICIT : EXPLICIT;
    s->n_other = 0;
    restart(s);
}

static void keep_inside(xbar_single *s, double *y)
{
    for (size_t k = 0; k < s->n_states; k++) {
        const double before = y[k];
        y[k] = fmin(fmax(y[k], s->range[k].lower / s->unit[k]),
                    s->range[k].upper / s->unit[k]);
        if (y[k] != before)
            restart(s); /* what it remembers is of elsewhere */
    }
}

/* One step of some length, no further than t1. @return GSL's status */
static int one_step(xbar_single *s, double *t, double *y, double t1)
{
    gsl_odeiv2_driver *m = s->methods[s->present];
    const double least = 16.0 * DBL_EPSILON * fmax(fabs(*t), fabs(t1));
    double h = fmin(s->h, t1 - *t);
    if (s->max_step_s > 0.0)
        h = fmin(h, s->max_step_s);
    for (;;) {
        const double before = *t;
        int status =
            gsl_odeiv2_evolve_apply(m->e, m->c, m->s, &s->system, t, t1, &h, y);
        if (status == GSL_SUCCESS) {
            const double made = *t - before;
            /* a step that only t1 cut short says nothing of the next one */
            s->h = *t == t1 ? fmax(s->h, h) : h;
            choose_method(s, made, *t, y);
            return status;
        }
        restart(s);
        h *= 0.1;
        if (h <= least)
            return status;
    }
}

/* Has more come to flow than the units were made for? */
static bool has_outgrown(const xbar_single *s, double t, double t1)
{
    return s->most_flow * (t1 - t) > 100.0 * s->unit[s->n_states];
}

/* To t1, which no source's corner lies before, or until other units are wanted. */
static xbar_status go_smoothly(xbar_single *s, xbar_single_state *at, double *y,
                               double t1, xbar_error *err)
{
    enum { MOST_STEPS = 10000000 };
    double end = t1; /* or an event before it */
    for (int step = 0; at->t_s < t1; step++) {
        span p = {.t0 = at->t_s};
        memcpy(p.y0, y, sizeof p.y0);
        int status = one_step(s, &at->t_s, y, end);
        if (status != GSL_SUCCESS || step == MOST_STEPS)
            return xbar_fail(err, XBAR_ERR_CONVERGENCE,
                             "at t = %.9g s: no step is short enough for an error of "
                             "%.2g",
                             p.t0, s->tolerance);
        at->n_steps++;
        keep_inside(s, y);
        if (has_outgrown(s, at->t_s, t1))
            return XBAR_OK;
        p.t1 = at->t_s;
        memcpy(p.y1, y, sizeof p.y1);
        if (end < t1) {
            if (at->t_s == end)
                restart(s); /* behind it all is smooth again */
            end = at->t_s == end ? t1 : end;
            continue;
        }
        const double event = first_event(s, &p);
        if (!(event < p.t1) || event - p.t0 <= 1e-9 * (p.t1 - p.t0))
            continue;
        memcpy(y, p.y0, sizeof p.y0);
        at->t_s = p.t0;
        at->n_rejected++;
        end = event;
        restart(s);
    }
    return XBAR_OK;
}

/* Into the present units, and back. */
static void take_up(const xbar_single *s, const xbar_single_state *at, double *y)
{
    const size_t n = s->n_states;
    for (size_t k = 0; k < n; k++)
        y[k] = at->x[k] / s->unit[k];
    y[n + HEAT] = at->heat / s->unit[n + HEAT];
    y[n + WORD] = at->energy_word / s->unit[n + WORD];
    y[n + BIT] = at->energy_bit / s->unit[n + BIT];
}

static void lay_down(const xbar_single *s, xbar_single_state *at, const double *y)
{
    const size_t n = s->n_states;
    for (size_t k = 0; k < n; k++)
        at->x[k] = y[k] * s->unit[k];
    at->heat = y[n + HEAT] * s->unit[n + HEAT];
    at->energy_word = y[n + WORD] * s->unit[n + WORD];
    at->energy_bit = y[n + BIT] * s->unit[n + BIT];
}

xbar_status xbar_single_go(xbar_single *s, const xbar_schedule *schedule,
                           xbar_stimulus *in, xbar_single_state *at, double t1_s,
                           xbar_error *err)
{
    double y[DIM] = {0};
    s->schedule = schedule;
    s->in = in;
    while (at->t_s < t1_s) {
        const double corner = schedule->corner(at->t_s, schedule->with);
        const double end = fmin(corner, t1_s);
        set_units(s, at, end);
        take_up(s, at, y);
        restart(s); /* rates in the units before are of no use */
        if (!(s->h > 0.0))
            s->h = 1e-3 * (end - at->t_s);
        xbar_status status = go_smoothly(s, at, y, end, err);
        lay_down(s, at, y);
        if (status != XBAR_OK)
            return status;
    }
    return XBAR_OK;
}
