/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A cell of several states within a stage: Newton's method, halved while it does not gain. */
#include "nodal/stage_pack.h"

#include <math.h>

enum { S = XBAR_MAX_STATES };

/* a y = b for a small matrix, by elimination with row pivots; m right-hand sides.
 * @return is a regular? */
static bool solve_small(size_t n, double a[S][S], size_t m, double b[S][3])
{
    for (size_t k = 0; k < n; k++) {
        size_t best = k;
        for (size_t r = k + 1; r < n; r++)
            if (fabs(a[r][k]) > fabs(a[best][k]))
                best = r;
        if (!(fabs(a[best][k]) > 0.0))
            return false;
        for (size_t c = 0; c < n; c++) {
            double t = a[k][c];
            a[k][c] = a[best][c];
            a[best][c] = t;
        }
        for (size_t c = 0; c < m; c++) {
            double t = b[k][c];
            b[k][c] = b[best][c];
            b[best][c] = t;
        }
        for (size_t r = k + 1; r < n; r++) {
            double share = a[r][k] / a[k][k];
            for (size_t c = k; c < n; c++)
                a[r][c] -= share * a[k][c];
            for (size_t c = 0; c < m; c++)
                b[r][c] -= share * b[k][c];
        }
    }
    for (size_t k = n; k-- > 0;)
        for (size_t c = 0; c < m; c++) {
            for (size_t r = k + 1; r < n; r++)
                b[k][c] -= a[k][r] * b[r][c];
            b[k][c] /= a[k][k];
        }
    return true;
}

/* One cell's states and what they do. */
typedef struct single {
    double v, v_n, v_g;
    double x[S], i, di_dv, di_dn, di_dx[S], rate[S], rate_v[S], rate_n[S];
    double rate_x[S * S];
    double f[S]; /* residuals */
    double norm; /* the largest of them over the states' scales */
} single;

static void look(const xbar_stage *s, size_t at, single *c)
{
    double fixed = s->fixed[at];
    double v_p = 0.0;
    const xbar_stage_pack one = {.n = 1,
                                 .v = &c->v,
                                 .v_n = &c->v_n,
                                 .v_p = &v_p,
                                 .v_g = &c->v_g,
                                 .fixed = &fixed,
                                 .x = c->x,
                                 .i = &c->i,
                                 .di_dv = &c->di_dv,
                                 .di_dx = c->di_dx,
                                 .rate = c->rate,
                                 .rate_v = c->rate_v,
                                 .rate_x = c->rate_x,
                                 .di_dn = &c->di_dn,
                                 .rate_n = c->rate_n};
    xbar_stage_respond(s, &one, true);
    c->norm = 0.0;
    for (size_t r = 0; r < s->n_states; r++) {
        c->f[r] = c->x[r] - s->base[r * s->n + at] - s->h_gamma * c->rate[r];
        c->norm = fmax(c->norm, fabs(c->f[r]) / s->range[r].scale);
        if (isnan(c->f[r]))
            c->norm = (double)INFINITY;
    }
}

/* Newton's step, and the states' slopes by the voltages.
 * @param[out] y  [r][0]: the step, [r][1]: dx/dv, [r][2]: dx/dv_n with a gate */
static bool newton_step(const xbar_stage *s, const single *c, double y[S][3])
{
    double a[S][S];
    for (size_t r = 0; r < s->n_states; r++) {
        for (size_t q = 0; q < s->n_states; q++)
            a[r][q] =
                (r == q ? 1.0 : 0.0) - s->h_gamma * c->rate_x[r * s->n_states + q];
        y[r][0] = -c->f[r];
        y[r][1] = s->h_gamma * c->rate_v[r];
        y[r][2] = s->h_gamma * c->rate_n[r];
    }
    return solve_small(s->n_states, a, 3, y);
}

/* The range of state r of a cell, and its base where that lies beyond. */
static double within(const xbar_stage *s, size_t at, size_t r, double x)
{
    const double base = s->base[r * s->n + at];
    return fmin(fmax(x, fmin(s->range[r].lower, base)), fmax(s->range[r].upper, base));
}

/* A small last step's end is kept. */
static void keep_states(xbar_stage *s, size_t at, const single *c, double y[S][3])
{
    double i = c->i;
    double didv = c->di_dv;
    double didv_n = c->di_dn;
    for (size_t r = 0; r < s->n_states; r++) {
        i += c->di_dx[r] * y[r][0];
        didv += c->di_dx[r] * y[r][1];
        didv_n += c->di_dx[r] * y[r][2];
        s->x[r * s->n + at] = c->x[r] + y[r][0];
        s->dx_dv[r * s->n + at] = y[r][1];
        s->di_dx[r * s->n + at] = c->di_dx[r];
        if (s->v_n)
            s->dx_dn[r * s->n + at] = y[r][2];
    }
    xbar_stage_keep(s, at, c->v, i, didv);
    if (s->v_n)
        xbar_stage_keep_back(s, at, c->v_n, didv_n);
}

/* Cell k of a pack. @return is it there? */
bool xbar_stage_find_states(xbar_stage *s, size_t row, const xbar_stage_pack *p,
                            size_t k)
{
    const size_t at = row + (size_t)p->at[k];
    single now = {.v = p->v[k], .v_n = p->v_n[k], .v_g = p->v_g[k]};
    for (size_t r = 0; r < s->n_states; r++)
        now.x[r] = within(s, at, r, s->x[r * s->n + at]);
    look(s, at, &now);
    for (int step = 0; step < XBAR_STAGE_STEPS; step++) {
        double y[S][3];
        if (!newton_step(s, &now, y))
            return false;
        double move = 0.0;
        for (size_t r = 0; r < s->n_states; r++)
            move = fmax(move, fabs(y[r][0]) / s->range[r].scale);
        if (move <= XBAR_STAGE_SMALL_STEP) {
            keep_states(s, at, &now, y);
            return true;
        }
        single next = now;
        double share = 1.0;
        for (int half = 0; half < 12; half++, share *= 0.5) {
            for (size_t r = 0; r < s->n_states; r++)
                next.x[r] = within(s, at, r, now.x[r] + share * y[r][0]);
            look(s, at, &next);
            if (next.norm <= (1.0 - 0.1 * share) * now.norm)
                break;
        }
        now = next;
    }
    return false;
}
