/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The two-stage, second-order, stiffly accurate and L-stable diagonally implicit method of
 * Alexander (SIAM J. Numer. Anal. 14:1006, 1977):
 *
 *     Y1 = x0 + gamma h F(Y1, t0 + gamma h)
 *     x1 = x0 + (1 - gamma) h F(Y1) + gamma h F(x1, t0 + h),   gamma = 1 - 1/sqrt(2)
 *
 * with the first-order x0 + h F(x1) as its error's measure. F is dx/dt at the device's own
 * voltage v, which the network gives: v + R i(v, x) = V, or i(v, x) = compliance. */
#include "calibrate/course.h"

#include <math.h>
#include <string.h>

enum { MAX_X = 2, N_NEWTON = 25, N_VOLT = 200 };

/* A course that wants more than so many steps, and so many a line, has no answer: where
 * a fit would have to follow it for minutes there is none to be found. */
enum { MAX_STEPS = 20000, STEPS_A_LINE = 200 };

static const double gamma_ = 0.29289321881345248; /* 1 - 1/sqrt(2) */

/* Everything at one moment: values, and derivatives by the states and by parameters. */
typedef struct moment {
    double i, f[MAX_X];
    double i_x[MAX_X], f_x[MAX_X][MAX_X];
    double i_p[XBAR_MAX_WHICH], f_p[MAX_X][XBAR_MAX_WHICH];
} moment;

typedef struct bare {
    double i, i_v, i_x[MAX_X], f[MAX_X], f_v[MAX_X], f_x[MAX_X][MAX_X];
} bare;

static size_t n_states(const xbar_course *c)
{
    return c->device->n_states;
}

/* The device alone. */
static bare device_at(const xbar_course *c, const double *p, double state, double v,
                      const double *x)
{
    bare b = {0};
    const size_t n = n_states(c);
    if (n == 0) {
        c->device->current(1, &b.i, &b.i_v, &v, &state, p);
        return b;
    }
    double f_x[MAX_X * MAX_X] = {0.0};
    const xbar_response out = {.i = &b.i,
                               .di_dv = &b.i_v,
                               .di_dx = b.i_x,
                               .dx_dt = b.f,
                               .drate_dv = b.f_v,
                               .drate_dx = f_x};
    c->device->respond(1, &out, &v, x, p);
    for (size_t s = 0; s < n; s++)
        for (size_t r = 0; r < n; r++)
            b.f_x[s][r] = f_x[s * n + r];
    return b;
}

/* ---- the network ---------------------------------------------------------------------- */

/* Is the current held by the source rather than the voltage? */
typedef struct network {
    double v;
    bool is_limited;
} network;

/* A rising function's root between a and b: Newton's steps, kept inside a bracket. */
static double root(const xbar_course *c, const double *x, double volt, double ohm,
                   double current, double a, double b, bare *at)
{
    double v = 0.5 * (a + b);
    for (int k = 0; k < N_VOLT; k++) {
        *at = device_at(c, c->parameters, c->state, v, x);
        double g =
            ohm > 0.0 || !isfinite(current) ? v + ohm * at->i - volt : at->i - current;
        double slope = ohm > 0.0 || !isfinite(current) ? 1.0 + ohm * at->i_v : at->i_v;
        if (g > 0.0)
            b = v;
        else
            a = v;
        double next = slope > 0.0 ? v - g / slope : a - 1.0;
        if (!(next > a && next < b))
            next = 0.5 * (a + b);
        if (fabs(next - v) <= 4e-15 * fabs(v) + 1e-18 || g == 0.0)
            return v;
        v = next;
    }
    return v;
}

static network solve_network(const xbar_course *c, double volt, const double *x,
                             bare *b)
{
    network n = {.v = volt};
    *b = device_at(c, c->parameters, c->state, volt, x);
    if (c->series_ohm > 0.0)
        n.v = root(c, x, volt, c->series_ohm, (double)INFINITY, fmin(0.0, volt),
                   fmax(0.0, volt), b);
    if (fabs(b->i) > c->compliance) {
        n.is_limited = true;
        n.v = root(c, x, volt, 0.0, copysign(c->compliance, b->i), fmin(0.0, volt),
                   fmax(0.0, volt), b);
    }
    return n;
}

/* di and dF by one thing at a fixed voltage, by central differences of the law. */
static void by_parameter(const xbar_course *c, size_t which, double v, const double *x,
                         double *i_p, double *f_p)
{
    const size_t m = c->device->n_parameters;
    double p[XBAR_MAX_PARAMETERS];
    double state[2] = {c->state, c->state};
    double ends[2];
    bare b[2];
    memcpy(p, c->parameters, m * sizeof *p);
    *i_p = 0.0;
    memset(f_p, 0, MAX_X * sizeof *f_p);
    if (which > m)
        return; /* the series resistance is none of the device's */
    const double here = which < m ? p[which] : c->state;
    const double h = 6e-6 * (here != 0.0 ? fabs(here) : 1e-6);
    for (int way = 0; way < 2; way++) {
        ends[way] = way == 0 ? here + h : here - h;
        if (which < m) {
            const xbar_parameter *q = &c->device->parameters[which];
            ends[way] = fmax(q->min, fmin(q->max, ends[way]));
            p[which] = ends[way];
        } else {
            state[way] = ends[way];
        }
        b[way] = device_at(c, p, state[way], v, x);
    }
    *i_p = (b[0].i - b[1].i) / (ends[0] - ends[1]);
    for (size_t s = 0; s < n_states(c); s++)
        f_p[s] = (b[0].f[s] - b[1].f[s]) / (ends[0] - ends[1]);
}

/* Where the voltage follows from the network, derivatives include that. */
static void look(const xbar_course *c, double volt, const double *x, bool with_p,
                 moment *m)
{
    bare b;
    const network n = solve_network(c, volt, x, &b);
    const size_t states = n_states(c);
    const double ohm = c->series_ohm;
    /* dv = -(R i_x dx + R i_p dp + i dR)/(1 + R i_v), or -(i_x dx + i_p dp)/i_v */
    const double down = n.is_limited ? fmax(b.i_v, 1e-300) : 1.0 + ohm * b.i_v;
    const double of_i = n.is_limited ? 1.0 : ohm;
    m->i = b.i;
    for (size_t r = 0; r < states; r++) {
        const double v_x = -of_i * b.i_x[r] / down;
        m->f[r] = b.f[r];
        m->i_x[r] = b.i_x[r] + b.i_v * v_x;
        for (size_t s = 0; s < states; s++)
            m->f_x[s][r] = b.f_x[s][r] + b.f_v[s] * v_x;
    }
    for (size_t k = 0; with_p && k < c->n_which; k++) {
        double i_p = 0.0;
        double f_p[MAX_X] = {0.0};
        by_parameter(c, c->which[k], n.v, x, &i_p, f_p);
        bool is_series = c->which[k] == c->device->n_parameters + 1;
        double v_p =
            is_series ? (n.is_limited ? 0.0 : -b.i / down) : -of_i * i_p / down;
        m->i_p[k] = i_p + b.i_v * v_p;
        for (size_t s = 0; s < states; s++)
            m->f_p[s][k] = f_p[s] + b.f_v[s] * v_p;
    }
}

/* ---- steps ---------------------------------------------------------------------------- */

typedef struct body {
    const xbar_course *c;
    const xbar_table *t;
    size_t line; /* between this one and the next */
    double x[MAX_X];
    double s[MAX_X][XBAR_MAX_WHICH]; /* dx/dp */
    double scale[MAX_X];
    bool with_p;
    size_t steps_left;
} body;

static double volt_at(const body *b, double t)
{
    const xbar_table *tab = b->t;
    const size_t k = b->line;
    double share = (t - tab->t[k]) / (tab->t[k + 1] - tab->t[k]);
    return tab->v[k] + (tab->v[k + 1] - tab->v[k]) * share;
}

/* (I - a F_x) z = r for one or two states. @return is it regular? */
static bool solve_small(double *z, const double *r, double a, const moment *m, size_t n)
{
    if (n == 1) {
        double d = 1.0 - a * m->f_x[0][0];
        z[0] = r[0] / d;
        return d != 0.0;
    }
    double p = 1.0 - a * m->f_x[0][0];
    double q = -a * m->f_x[0][1];
    double u = -a * m->f_x[1][0];
    double w = 1.0 - a * m->f_x[1][1];
    double d = p * w - q * u;
    z[0] = (w * r[0] - q * r[1]) / d;
    z[1] = (p * r[1] - u * r[0]) / d;
    return d != 0.0;
}

/* y = base + a F(y) at a time. @param[in,out] y  a guess, then the answer
 * @return does Newton's iteration end? */
static bool solve_stage(const body *b, double *y, const double *base, double a,
                        double t, moment *m)
{
    const size_t n = n_states(b->c);
    const double volt = volt_at(b, t);
    for (int k = 0; k < N_NEWTON; k++) {
        double r[MAX_X] = {0.0};
        double z[MAX_X] = {0.0};
        double largest = 0.0;
        look(b->c, volt, y, false, m);
        for (size_t s = 0; s < n; s++)
            r[s] = base[s] + a * m->f[s] - y[s];
        if (!solve_small(z, r, a, m, n))
            return false;
        for (size_t s = 0; s < n; s++) {
            y[s] += z[s];
            largest = fmax(largest, fabs(z[s]) / b->scale[s]);
            if (!isfinite(y[s]))
                return false;
        }
        if (largest < 1e-10) {
            look(b->c, volt, y, b->with_p, m);
            return true;
        }
    }
    return false;
}

/* dY/dp of a stage from that of its base. */
static void stage_slopes(const body *b, double slopes[MAX_X][XBAR_MAX_WHICH],
                         double base[MAX_X][XBAR_MAX_WHICH], double a, const moment *m)
{
    const size_t n = n_states(b->c);
    for (size_t k = 0; k < b->c->n_which; k++) {
        double r[MAX_X] = {0.0};
        double z[MAX_X] = {0.0};
        for (size_t s = 0; s < n; s++)
            r[s] = base[s][k] + a * m->f_p[s][k];
        (void)solve_small(z, r, a, m, n);
        for (size_t s = 0; s < n; s++)
            slopes[s][k] = z[s];
    }
}

/* One step. @return its error, in tolerances; INFINITY: no answer, b stands where it was */
static double try_step(body *b, double t, double h)
{
    const size_t n = n_states(b->c);
    moment first = {.i = 0.0};
    moment last = {.i = 0.0};
    double y[MAX_X] = {0.0};
    double base[MAX_X] = {0.0};
    double end[MAX_X] = {0.0};
    memcpy(y, b->x, sizeof y);
    if (!solve_stage(b, y, b->x, gamma_ * h, t + gamma_ * h, &first))
        return (double)INFINITY;
    for (size_t s = 0; s < n; s++)
        base[s] = b->x[s] + (1.0 - gamma_) * h * first.f[s];
    memcpy(end, y, sizeof end);
    if (!solve_stage(b, end, base, gamma_ * h, t + h, &last))
        return (double)INFINITY;
    double error[MAX_X] = {0.0};
    double filtered[MAX_X] = {0.0};
    double worst = 0.0;
    for (size_t s = 0; s < n; s++)
        error[s] = (1.0 - gamma_) * h * (first.f[s] - last.f[s]);
    (void)solve_small(filtered, error, gamma_ * h, &last, n);
    for (size_t s = 0; s < n; s++)
        worst = fmax(worst, fabs(filtered[s]) / (b->c->tolerance * b->scale[s]));
    if (worst > 1.0)
        return worst;
    if (b->with_p) {
        double slopes[MAX_X][XBAR_MAX_WHICH] = {{0.0}};
        stage_slopes(b, slopes, b->s, gamma_ * h, &first);
        for (size_t k = 0; k < b->c->n_which; k++)
            for (size_t s = 0; s < n; s++) {
                double rise = first.f_p[s][k];
                for (size_t r = 0; r < n; r++)
                    rise += first.f_x[s][r] * slopes[r][k];
                b->s[s][k] += (1.0 - gamma_) * h * rise;
            }
        stage_slopes(b, b->s, b->s, gamma_ * h, &last);
    }
    memcpy(b->x, end, sizeof end);
    return worst;
}

/* From line k to the next. @return false where no step is short enough */
static bool advance(body *b, double *h)
{
    double t = b->t->t[b->line];
    const double end = b->t->t[b->line + 1];
    const double least = 1e-12 * (end - t);
    while (t < end) {
        if (b->steps_left-- == 0)
            return false;
        /* two nearly even steps rather than one and a splinter */
        double left = end - t;
        double now = *h >= left ? left : *h > 0.5 * left ? 0.5 * left : *h;
        double error = try_step(b, t, now);
        if (!isfinite(error)) {
            *h = 0.1 * now;
        } else {
            double factor = 0.9 / sqrt(fmax(error, 1e-4));
            if (error <= 1.0)
                t = now == left ? end : t + now;
            *h = now * fmax(0.1, fmin(5.0, factor));
        }
        if (*h < least && t < end)
            return false;
    }
    return true;
}

/* Where the states begin, and how that depends on the parameters. */
static void begin(body *b)
{
    const xbar_course *c = b->c;
    xbar_state_range r[MAX_X] = {{.lower = 0.0}};
    xbar_state_range other[MAX_X] = {{.lower = 0.0}};
    double p[XBAR_MAX_PARAMETERS];
    const size_t m = c->device->n_parameters;
    c->device->ranges(r, c->parameters);
    for (size_t s = 0; s < n_states(c); s++) {
        b->x[s] = c->start ? c->start[s] : r[s].initial;
        b->scale[s] = r[s].scale;
    }
    memcpy(p, c->parameters, m * sizeof *p);
    for (size_t k = 0; b->with_p && !c->start && k < c->n_which; k++) {
        if (c->which[k] >= m)
            continue;
        const double here = p[c->which[k]];
        const double h = here != 0.0 ? 1e-6 * here : 1e-9;
        p[c->which[k]] = here + h;
        c->device->ranges(other, p);
        p[c->which[k]] = here;
        for (size_t s = 0; s < n_states(c); s++)
            b->s[s][k] = (other[s].initial - r[s].initial) / h;
    }
}

static void note(const body *b, size_t line, double *i, double *slopes)
{
    moment m = {.i = 0.0};
    const size_t n = b->c->n_which;
    look(b->c, b->t->v[line], b->x, b->with_p, &m);
    i[line] = m.i;
    for (size_t k = 0; b->with_p && slopes && k < n; k++) {
        double sum = m.i_p[k];
        for (size_t s = 0; s < n_states(b->c); s++)
            sum += m.i_x[s] * b->s[s][k];
        slopes[line * n + k] = sum;
    }
}

void xbar_course_run(double *i, double *slopes, const xbar_course *c,
                     const xbar_table *t)
{
    body b = {.c = c,
              .t = t,
              .with_p = slopes != NULL,
              .steps_left = MAX_STEPS + STEPS_A_LINE * t->n};
    double h = t->t[1] - t->t[0];
    for (size_t k = 0; k < t->n; k++)
        i[k] = (double)NAN;
    if (n_states(c) > 0)
        begin(&b);
    note(&b, 0, i, slopes);
    for (size_t k = 1; k < t->n; k++) {
        b.line = k - 1;
        if (n_states(c) > 0 && !advance(&b, &h))
            return;
        note(&b, k, i, slopes);
    }
    for (size_t k = 0; c->end && k < n_states(c); k++)
        c->end[k] = b.x[k];
}
