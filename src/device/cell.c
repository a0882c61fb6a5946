/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A cell: a device, alone or with what stands in series with it. */
#include <assert.h>
#include <math.h>

#include "device/device.h"
#include "device/models.h"
#include "device/series.h"

xbar_cell xbar_cell_default(const xbar_device *device)
{
    xbar_cell cell = {.device = device};
    xbar_device_parameters(cell.parameters, device, &device->sets[0]);
    return cell;
}

/* ---- branches ------------------------------------------------------------------------ */

/* A device at rest, or moving: whichever state it has. */
typedef struct leg {
    const xbar_device *device;
    const double *p;
    const double *x; /* [n] at rest; [n_states] of one device that moves */
    bool moving;
} leg;

static void leg_current(const void *with, size_t n, double *i, double *didv,
                        const double *v)
{
    const leg *l = with;
    if (l->moving && l->device->n_states > 0)
        l->device->respond(n, &(xbar_response){.i = i, .di_dv = didv}, v, l->x, l->p);
    else
        l->device->current(n, i, didv, v, l->x, l->p);
}

/* A transistor's channel below a node that is v above its source. */
typedef struct channel {
    const xbar_device *device;
    const double *p, *v_g, *v_s;
} channel;

static void channel_current(const void *with, size_t n, double *i, double *didv,
                            const double *v)
{
    const channel *t = with;
    double v_d[XBAR_SERIES_BLOCK];
    for (size_t k = 0; k < n; k++)
        v_d[k] = t->v_s[k] + v[k];
    t->device->channel(n, &(xbar_channel){.i = i, .di_dd = didv}, v_d, t->v_g, t->v_s,
                       t->p);
}

/* The state at which a selector rests. */
static double rest(const xbar_cell *c)
{
    xbar_state_range r[XBAR_MAX_STATES];
    if (c->selector->n_states == 0)
        return 1.0;
    c->selector->ranges(r, c->selector_parameters);
    return xbar_state_within(r[0].initial, r[0].lower, r[0].upper);
}

/* ---- currents ------------------------------------------------------------------------ */

/* @param[out] u  V, across the selector */
static void with_selector(const xbar_cell *c, size_t n, double *u, double *i,
                          double *didv, const double *v, const double *x)
{
    double g_upper[XBAR_SERIES_BLOCK];
    double g_lower[XBAR_SERIES_BLOCK];
    double resting[XBAR_SERIES_BLOCK];
    const double at_rest = rest(c);
    for (size_t k = 0; k < n; k++)
        resting[k] = at_rest;
    const leg device = {c->device, c->parameters, x, false};
    const leg selector = {c->selector, c->selector_parameters, resting, false};
    const xbar_series s = {leg_current, leg_current, &device, &selector};
    xbar_series_solve(&s, n, u, i, g_upper, g_lower, v);
    for (size_t k = 0; k < n; k++)
        didv[k] = xbar_series_slope(g_upper[k], g_lower[k]);
}

void xbar_cell_current(const xbar_cell *c, size_t n, double *i, double *didv,
                       const double *v, const double *x)
{
    if (!c->selector) {
        c->device->current(n, i, didv, v, x, c->parameters);
        return;
    }
    for (size_t from = 0; from < n; from += XBAR_SERIES_BLOCK) {
        size_t count = n - from < XBAR_SERIES_BLOCK ? n - from : XBAR_SERIES_BLOCK;
        double u[XBAR_SERIES_BLOCK];
        double current[XBAR_SERIES_BLOCK];
        double slope[XBAR_SERIES_BLOCK];
        with_selector(c, count, u, current, slope, v + from, x + from);
        for (size_t k = 0; k < count; k++) {
            if (i)
                i[from + k] = current[k];
            if (didv)
                didv[from + k] = slope[k];
        }
    }
}

void xbar_cell_divide(const xbar_cell *c, size_t n, double *v_selector, const double *v,
                      const double *x)
{
    for (size_t from = 0; from < n; from += XBAR_SERIES_BLOCK) {
        size_t count = n - from < XBAR_SERIES_BLOCK ? n - from : XBAR_SERIES_BLOCK;
        double current[XBAR_SERIES_BLOCK];
        double slope[XBAR_SERIES_BLOCK];
        with_selector(c, count, v_selector + from, current, slope, v + from, x + from);
    }
}

void xbar_cell_selector(const xbar_cell *c, size_t n, double *i, double *didv,
                        const double *v)
{
    double resting[XBAR_SERIES_BLOCK];
    const double at_rest = rest(c);
    for (size_t k = 0; k < XBAR_SERIES_BLOCK; k++)
        resting[k] = at_rest;
    for (size_t from = 0; from < n; from += XBAR_SERIES_BLOCK) {
        size_t count = n - from < XBAR_SERIES_BLOCK ? n - from : XBAR_SERIES_BLOCK;
        c->selector->current(count, i + from, didv + from, v + from, resting,
                             c->selector_parameters);
    }
}

/* The part of a cell above its transistor, as a branch. */
typedef struct top {
    const xbar_cell *c;
    const double *x;
} top;

static void top_current(const void *with, size_t n, double *i, double *didv,
                        const double *v)
{
    const top *t = with;
    xbar_cell_current(t->c, n, i, didv, v, t->x);
}

/* Node m between device and drain:  i = i_top(v_p - v_m) = i_channel(v_m, v_g, v_n). */
static void with_access(const xbar_cell *c, size_t n, const xbar_channel *out,
                        const double *v_p, const double *v_g, const double *v_n,
                        const double *x)
{
    double v[XBAR_SERIES_BLOCK];
    double u[XBAR_SERIES_BLOCK];
    double v_m[XBAR_SERIES_BLOCK];
    double i[XBAR_SERIES_BLOCK];
    double g_top[XBAR_SERIES_BLOCK];
    double by_d[XBAR_SERIES_BLOCK];
    double by_g[XBAR_SERIES_BLOCK] = {0.0};
    double by_s[XBAR_SERIES_BLOCK] = {0.0};
    const top above = {c, x};
    const channel below = {c->access, c->access_parameters, v_g, v_n};
    const xbar_series s = {top_current, channel_current, &above, &below};
    for (size_t k = 0; k < n; k++)
        v[k] = v_p[k] - v_n[k];
    xbar_series_solve(&s, n, u, i, g_top, by_d, v);
    for (size_t k = 0; k < n; k++)
        v_m[k] = v_n[k] + u[k];
    c->access->channel(n, &(xbar_channel){.di_dd = by_d, .di_dg = by_g, .di_ds = by_s},
                       v_m, v_g, v_n, c->access_parameters);
    for (size_t k = 0; k < n; k++) {
        double sum = g_top[k] + by_d[k];
        double share = sum > 0.0 ? g_top[k] / sum : 0.0;
        if (out->i)
            out->i[k] = i[k];
        if (out->di_dd)
            out->di_dd[k] = share * by_d[k];
        if (out->di_dg)
            out->di_dg[k] = share * by_g[k];
        if (out->di_ds)
            out->di_ds[k] = share * by_s[k];
    }
}

static void without_access(const xbar_cell *c, size_t n, const xbar_channel *out,
                           const double *v_p, const double *v_n, const double *x)
{
    double v[XBAR_SERIES_BLOCK];
    double slope[XBAR_SERIES_BLOCK];
    for (size_t k = 0; k < n; k++)
        v[k] = v_p[k] - v_n[k];
    xbar_cell_current(c, n, out->i, slope, v, x);
    for (size_t k = 0; k < n; k++) {
        if (out->di_dd)
            out->di_dd[k] = slope[k];
        if (out->di_dg)
            out->di_dg[k] = 0.0;
        if (out->di_ds)
            out->di_ds[k] = -slope[k];
    }
}

void xbar_cell_gated(const xbar_cell *c, size_t n, const xbar_channel *out,
                     const double *v_p, const double *v_g, const double *v_n,
                     const double *x)
{
    for (size_t from = 0; from < n; from += XBAR_SERIES_BLOCK) {
        size_t count = n - from < XBAR_SERIES_BLOCK ? n - from : XBAR_SERIES_BLOCK;
        const xbar_channel part = {
            .i = out->i ? out->i + from : NULL,
            .di_dd = out->di_dd ? out->di_dd + from : NULL,
            .di_dg = out->di_dg ? out->di_dg + from : NULL,
            .di_ds = out->di_ds ? out->di_ds + from : NULL,
        };
        if (c->access)
            with_access(c, count, &part, v_p + from, v_g + from, v_n + from, x + from);
        else
            without_access(c, count, &part, v_p + from, v_n + from, x + from);
    }
}

/* ---- states from conductances -------------------------------------------------------- */

/* i and di/dv of what stands below the device, at a voltage over it. */
static void below_device(const xbar_cell *c, double *i, double *didv, double v)
{
    assert(c->selector || c->access);
    const double zero = 0.0;
    const double x = c->selector ? rest(c) : 1.0;
    const leg selector = {c->selector, c->selector_parameters, &x, false};
    const channel access = {c->access, c->access_parameters, &c->read_gate, &zero};
    if (!c->selector) {
        channel_current(&access, 1, i, didv, &v);
        return;
    }
    if (!c->access) {
        leg_current(&selector, 1, i, didv, &v);
        return;
    }
    double u = 0.0;
    double g[2];
    const xbar_series s = {leg_current, channel_current, &selector, &access};
    xbar_series_solve(&s, 1, &u, i, &g[0], &g[1], &v);
    *didv = xbar_series_slope(g[0], g[1]);
}

/* The voltage below the device at which i flows there, at most the whole voltage. */
static double drop_below(const xbar_cell *c, double current, double whole)
{
    double near = 0.0; /* |i| too small there */
    double far = whole;
    double i = 0.0;
    double g = 0.0;
    below_device(c, &i, &g, whole);
    if (!(fabs(i) > fabs(current)))
        return whole;
    for (;;) {
        double middle = near + 0.5 * (far - near);
        if (middle == near || middle == far)
            return middle;
        below_device(c, &i, &g, middle);
        if (fabs(i) < fabs(current))
            near = middle;
        else
            far = middle;
    }
}

double xbar_cell_state(const xbar_cell *c, double g)
{
    if (!c->selector && !c->access)
        return c->device->state(g, c->read_volt, c->parameters);
    if (g == 0.0)
        return 0.0;
    double i = 0.0;
    double g_below = 0.0;
    double v = c->read_volt;
    if (v == 0.0) {
        below_device(c, &i, &g_below, 0.0);
        double ohm = 1.0 / g - 1.0 / g_below;
        return c->device->state(ohm > 0.0 ? 1.0 / ohm : (double)INFINITY, 0.0,
                                c->parameters);
    }
    double v_device = v - drop_below(c, g * v, v);
    return c->device->state(v_device != 0.0 ? g * v / v_device : (double)INFINITY,
                            v_device, c->parameters);
}

double xbar_cell_conductance(const xbar_cell *c, double x)
{
    double i = 0.0;
    double slope = 0.0;
    const double v = c->read_volt;
    const double v_n = 0.0;
    xbar_cell_gated(c, 1, &(xbar_channel){.i = &i, .di_dd = &slope}, &v, &c->read_gate,
                    &v_n, &x);
    return v == 0.0 ? slope : i / v;
}

void xbar_cell_conductances(double *min, double *max, const xbar_cell *c)
{
    if (!c->device->ranges) {
        double i = 0.0;
        double slope = 0.0;
        *min = 0.0;
        *max = (double)INFINITY;
        if (c->selector || c->access) {
            /* what is in series alone conducts so much: the device would be a short */
            static const double least_share = 1e-6;
            below_device(c, &i, &slope, c->read_volt);
            *max =
                (1.0 - least_share) * (c->read_volt == 0.0 ? slope : i / c->read_volt);
        }
        return;
    }
    xbar_state_range r[XBAR_MAX_STATES];
    c->device->ranges(r, c->parameters);
    double a =
        xbar_cell_conductance(c, xbar_state_within(r[0].lower, r[0].lower, r[0].upper));
    double b =
        xbar_cell_conductance(c, xbar_state_within(r[0].upper, r[0].lower, r[0].upper));
    *min = fmin(a, b);
    *max = fmax(a, b);
}

/* ---- time ---------------------------------------------------------------------------- */

size_t xbar_cell_n_states(const xbar_cell *c)
{
    return c->device->n_states + (c->selector ? c->selector->n_states : 0);
}

const xbar_state_info *xbar_cell_state_info(const xbar_cell *c, size_t s)
{
    size_t own = c->device->n_states;
    return s < own ? &c->device->states[s] : &c->selector->states[s - own];
}

void xbar_cell_ranges(const xbar_cell *c, xbar_state_range *r)
{
    if (c->device->n_states > 0)
        c->device->ranges(r, c->parameters);
    if (c->selector && c->selector->n_states > 0)
        c->selector->ranges(r + c->device->n_states, c->selector_parameters);
}

/* Everything one device of a series does. */
typedef struct moment {
    double i, di_dv, kelvin;
    double di_dx[XBAR_MAX_STATES], dx_dt[XBAR_MAX_STATES], drate_dv[XBAR_MAX_STATES];
    double drate_dx[XBAR_MAX_STATES * XBAR_MAX_STATES];
} moment;

static void observe(const leg *l, moment *m, double v)
{
    *m = (moment){.kelvin = (double)NAN};
    if (l->device->n_states == 0) {
        l->device->current(1, &m->i, &m->di_dv, &v, l->x, l->p);
        return;
    }
    const xbar_response out = {&m->i,       &m->di_dv,   m->di_dx,  m->dx_dt,
                               m->drate_dv, m->drate_dx, &m->kelvin};
    l->device->respond(1, &out, &v, l->x, l->p);
}

/* How much of a change each of two legs in series sees. For a state x of leg a,
 *     di/dx = di_a/dx g_b/(g_a + g_b),   dv_a/dx = -di_a/dx/(g_a + g_b) = -dv_b/dx. */
typedef struct pair {
    const xbar_cell *c;
    size_t n_a, n_b; /* states of device and selector */
    moment a, b;
    double share_a, share_b; /* dv_a/dv, dv_b/dv */
    double ohm;              /* 1/(g_a + g_b) */
} pair;

static double state_slope(const pair *m, size_t s)
{
    return s < m->n_a ? m->a.di_dx[s] : m->b.di_dx[s - m->n_a];
}

static void put_pair(const pair *m, const xbar_response *out, size_t n, size_t k)
{
    const size_t total = m->n_a + m->n_b;
    if (out->di_dv)
        out->di_dv[k] = xbar_series_slope(m->a.di_dv, m->b.di_dv);
    if (out->kelvin)
        out->kelvin[k] = m->a.kelvin;
    for (size_t s = 0; s < total; s++) {
        const bool of_a = s < m->n_a;
        const moment *own = of_a ? &m->a : &m->b;
        const size_t j = of_a ? s : s - m->n_a;
        const size_t n_own = of_a ? m->n_a : m->n_b;
        if (out->di_dx)
            out->di_dx[s * n + k] = own->di_dx[j] * (of_a ? m->share_a : m->share_b);
        if (out->dx_dt)
            out->dx_dt[s * n + k] = own->dx_dt[j];
        if (out->drate_dv)
            out->drate_dv[s * n + k] =
                own->drate_dv[j] * (of_a ? m->share_a : m->share_b);
        for (size_t r = 0; out->drate_dx && r < total; r++) {
            const bool from_a = r < m->n_a;
            double dv = (of_a == from_a ? -1.0 : 1.0) * state_slope(m, r) * m->ohm;
            double direct = 0.0;
            if (of_a == from_a)
                direct = own->drate_dx[j * n_own + (from_a ? r : r - m->n_a)];
            out->drate_dx[(s * total + r) * n + k] = direct + own->drate_dv[j] * dv;
        }
    }
}

static void respond_one(const xbar_cell *c, const xbar_response *out, size_t n,
                        size_t k, double v, const double *states, const double *fixed)
{
    double x[XBAR_MAX_STATES];
    double y[XBAR_MAX_STATES] = {1.0};
    pair m = {.c = c, .n_a = c->device->n_states, .n_b = c->selector->n_states};
    for (size_t s = 0; s < m.n_a; s++)
        x[s] = states[s * n + k];
    if (m.n_a == 0)
        x[0] = fixed[k];
    for (size_t s = 0; s < m.n_b; s++)
        y[s] = states[(m.n_a + s) * n + k];
    const leg device = {c->device, c->parameters, x, true};
    const leg selector = {c->selector, c->selector_parameters, y, true};
    const xbar_series series = {leg_current, leg_current, &device, &selector};
    double u = 0.0;
    double i = 0.0;
    double g_a = 0.0;
    double g_b = 0.0;
    xbar_series_solve(&series, 1, &u, &i, &g_a, &g_b, &v);
    observe(&device, &m.a, v - u);
    observe(&selector, &m.b, u);
    double sum = g_a + g_b;
    m.ohm = sum > 0.0 ? 1.0 / sum : 0.0;
    m.share_a = sum > 0.0 ? g_b / sum : 0.0;
    m.share_b = sum > 0.0 ? g_a / sum : 0.0;
    if (out->i)
        out->i[k] = i;
    put_pair(&m, out, n, k);
}

void xbar_cell_respond(const xbar_cell *c, size_t n, const xbar_response *out,
                       const double *v, const double *x, const double *fixed)
{
    if (c->selector) {
        for (size_t k = 0; k < n; k++)
            respond_one(c, out, n, k, v[k], x, fixed);
    } else if (c->device->n_states > 0) {
        c->device->respond(n, out, v, x, c->parameters);
    } else {
        c->device->current(n, out->i, out->di_dv, v, fixed, c->parameters);
        for (size_t k = 0; out->kelvin && k < n; k++)
            out->kelvin[k] = (double)NAN;
    }
}
