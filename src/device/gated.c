/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cells with an access transistor in time. Node m lies between what the cell is above and
 * the drain:
 *
 *     i = i_top(v_p - v_m, x) = i_channel(v_m, v_g, v_n)
 *
 * With g = (i_top)_u and d, b, s the channel's slopes by drain, gate and source,
 *
 *     dv_m = (g dv_p + (i_top)_x dx - b dv_g - s dv_n)/(g + d)
 *     du   = dv_p - dv_m = (d dv_p + b dv_g + s dv_n - (i_top)_x dx)/(g + d)
 *     di   = g du + (i_top)_x dx
 */
#include <math.h>

#include "device/models.h"
#include "device/series.h"

enum { N = XBAR_SERIES_BLOCK, S = XBAR_MAX_STATES };

/* A block of cells, and what stands above their transistors. */
typedef struct block {
    const xbar_cell *c;
    size_t n, n_states;
    const double *v_g, *v_n, *fixed; /* [n] */
    double x[S * N];                 /* [n_states][n] */
} block;

static void top_current(const void *with, size_t n, double *i, double *didv,
                        const double *v)
{
    const block *b = with;
    xbar_cell_respond(b->c, n, &(xbar_response){.i = i, .di_dv = didv}, v, b->x,
                      b->fixed);
}

static void channel_current(const void *with, size_t n, double *i, double *didv,
                            const double *v)
{
    const block *b = with;
    double v_d[N];
    for (size_t k = 0; k < n; k++)
        v_d[k] = b->v_n[k] + v[k];
    b->c->access->channel(n, &(xbar_channel){.i = i, .di_dd = didv}, v_d, b->v_g,
                          b->v_n, b->c->access_parameters);
}

/* What the two parts do where they share the voltage. */
typedef struct parts {
    double i[N], upper[N]; /* A; V over the part above */
    double g[N], d[N], b[N], s[N];
    double i_x[S * N], rate[S * N], rate_u[S * N], rate_x[S * S * N], kelvin[N];
} parts;

static void divide(const block *b, const double *v_p, parts *p)
{
    double v[N];
    double u[N];
    double drain[N];
    const xbar_series series = {top_current, channel_current, b, b};
    for (size_t k = 0; k < b->n; k++)
        v[k] = v_p[k] - b->v_n[k];
    xbar_series_solve(&series, b->n, u, p->i, p->g, p->d, v);
    for (size_t k = 0; k < b->n; k++) {
        p->upper[k] = v[k] - u[k];
        drain[k] = b->v_n[k] + u[k];
        p->b[k] = p->s[k] = 0.0;
    }
    b->c->access->channel(b->n,
                          &(xbar_channel){.di_dd = p->d, .di_dg = p->b, .di_ds = p->s},
                          drain, b->v_g, b->v_n, b->c->access_parameters);
    xbar_response out = {.di_dv = p->g, .kelvin = p->kelvin};
    if (b->n_states > 0) {
        out.di_dx = p->i_x;
        out.dx_dt = p->rate;
        out.drate_dv = p->rate_u;
        out.drate_dx = p->rate_x;
    }
    xbar_cell_respond(b->c, b->n, &out, p->upper, b->x, b->fixed);
}

static void put(double *to, size_t at, double value)
{
    if (to)
        to[at] = value;
}

/* Cell k of the block is cell `at` of n. */
static void put_cell(const xbar_gated_response *out, size_t n, size_t at,
                     const block *b, const parts *p, size_t k)
{
    const double sum = p->g[k] + p->d[k];
    const double by_p = sum > 0.0 ? p->d[k] / sum : 0.0; /* du/dv_p ... */
    const double by_g = sum > 0.0 ? p->b[k] / sum : 0.0;
    const double by_n = sum > 0.0 ? p->s[k] / sum : 0.0;
    put(out->i, at, p->i[k]);
    put(out->di_dp, at, p->g[k] * by_p);
    put(out->di_dg, at, p->g[k] * by_g);
    put(out->di_dn, at, p->g[k] * by_n);
    put(out->kelvin, at, p->kelvin[k]);
    for (size_t s = 0; s < b->n_states; s++) {
        const double rate_u = p->rate_u[s * b->n + k];
        put(out->di_dx, s * n + at, by_p * p->i_x[s * b->n + k]);
        put(out->dx_dt, s * n + at, p->rate[s * b->n + k]);
        put(out->drate_dp, s * n + at, rate_u * by_p);
        put(out->drate_dg, s * n + at, rate_u * by_g);
        put(out->drate_dn, s * n + at, rate_u * by_n);
        for (size_t r = 0; r < b->n_states; r++) {
            const double du = sum > 0.0 ? -p->i_x[r * b->n + k] / sum : 0.0;
            put(out->drate_dx, (s * b->n_states + r) * n + at,
                p->rate_x[(s * b->n_states + r) * b->n + k] + rate_u * du);
        }
    }
}

void xbar_cell_gated_respond(const xbar_cell *c, size_t n,
                             const xbar_gated_response *out, const double *v_p,
                             const double *v_g, const double *v_n, const double *x,
                             const double *fixed)
{
    block b = {.c = c, .n_states = xbar_cell_n_states(c)};
    parts p;
    for (size_t from = 0; from < n; from += N) {
        b.n = n - from < N ? n - from : N;
        b.v_g = v_g + from;
        b.v_n = v_n + from;
        b.fixed = fixed ? fixed + from : NULL;
        for (size_t s = 0; s < b.n_states; s++)
            for (size_t k = 0; k < b.n; k++)
                b.x[s * b.n + k] = x[s * n + from + k];
        divide(&b, v_p + from, &p);
        for (size_t k = 0; k < b.n; k++)
            put_cell(out, n, from + k, &b, &p, k);
    }
}
