/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JART VCM v1b, the Juelich-Aachen model of valence change memory: Cueppers et al., APL
 * Mater. 7:091105, 2019, doi:10.1063/1.5108654; Bengel et al., IEEE TCAS-I 67(12):4618,
 * 2020, doi:10.1109/TCSI.2020.3018502
 *
 * A Schottky contact, the disc in front of it (length l_d, vacancy density N, the state),
 * the plug behind (density N_pl) and the lines, in series, heated by their own power:
 *
 *   v = v_s + i (R_disc + R_plug + R_ser),   T = T0 + i (v - i R_ser) R_th
 *   R_disc = l_d/(N z q mu A),   R_plug = (l_c - l_d)/(N_pl z q mu A),   A = pi r^2
 *   R_ser  = R_TiOx + R_0 (1 + R_0 alpha_line i^2 R_th,line)
 *   R_th   = R_th0 for v < 0, ratio R_th0 for v > 0
 *
 *   phi = phi_B0 - (q^3 z N psi/(8 pi^2 eps_B^3))^(1/4) >= 0,  psi = phi_B0 - phi_n - v_s
 *   v_s >= 0:  i =  A A* T^2 exp(-phi/V_T)(exp(v_s/V_T) - 1),   V_T = kT/q
 *   v_s < 0:   i = -A A* T (q/k) sqrt(pi W_00 (abs(v_s) + phi/cosh^2 u)) exp(-phi/W_0)
 *                  (exp(abs(v_s)/E') - 1)
 *              W_00 = (h/4 pi) sqrt(z N/(m* eps)),  u = W_00/V_T,  W_0 = W_00 coth u,
 *              E' = W_00/(u - tanh u)
 *
 *   dN/dt = -c a nu_0 (exp(-w_min/V_T) - exp(-w_max/V_T)) F / l_d,   c = (N_pl + N)/2
 *   w_min,max = dW_A (sqrt(1 - g^2) -+ g pi/2 + g asin g),   g = z a E/(pi dW_A)
 *   E = (v - i R_ser)/l_c for v > 0,   i R_disc/l_d for v < 0
 *   F = 1 - (N_min/N)^10 for v > 0 (reset),   1 - (N/N_max)^10 for v < 0 (set)
 *
 * N in 1e26/m3. psi is rounded to 0 over `soft` (a softplus; as published the current has
 * a second, spurious branch beyond psi = 0). T ends at t_max, where no cell is left. The
 * state is x = ln(N/N_min)/ln(N_max/N_min).
 *
 * Solving: at a given T contact and resistances divide v in one way only. Of
 * the temperatures that agree with their own heat the lowest one is meant, which is where
 * a cell that is switched on arrives; no set within 10 % of the published one has shown a
 * second one.
 */
#include "core/constants.h"
#include "device/dual.h"
#include "device/loops.h"

XBAR_MODEL_DATA(jart)

enum {
    T0,
    EPS,
    EPS_B,
    PHI_B0,
    PHI_N,
    MU,
    N_MAX,
    N_MIN,
    N_PL,
    A,
    NU0,
    DW_A,
    RTH0,
    RTH_RATIO,
    RADIUS,
    L_C,
    L_D,
    R_TIOX,
    R_0,
    RTH_LINE,
    ALPHA_LINE,
    A_STAR,
    Z,
    M_EFF,
    SOFT,
    T_MAX,
    X0,
    POL
};

static const xbar_parameter parameters[] = {
    [T0] = {"t0", "K", 1, 1000, .what = "ambient temperature"},
    [EPS] = {"eps", "1", 1, 1000, .what = "static permittivity over eps_0"},
    [EPS_B] = {"eps_b", "1", 1, 1000, .what = "permittivity at the barrier over eps_0"},
    [PHI_B0] = {"phi_b0", "V", 0, 3, .what = "Schottky barrier"},
    [PHI_N] = {"phi_n", "V", -1, 3, .what = "Fermi level below the conduction band"},
    [MU] = {"mu", "m2/(V s)", 1e-12, 1, .what = "mobility of the electrons"},
    [N_MAX] = {"n_max", "1e26/m3", 1e-4, 1e3, .what = "largest density in the disc"},
    [N_MIN] = {"n_min", "1e26/m3", 1e-5, 1e2, .what = "smallest, less than n_max"},
    [N_PL] = {"n_pl", "1e26/m3", 1e-4, 1e3, .what = "density in the plug"},
    [A] = {"a", "m", 1e-11, 1e-8, .what = "hopping distance"},
    [NU0] = {"nu0", "1/s", 1, 1e18, .what = "attempt frequency"},
    [DW_A] = {"dw_a", "eV", 0.1, 5, .what = "activation energy of the hopping"},
    [RTH0] = {"rth0", "K/W", 0, 1e9, .what = "thermal resistance for v < 0"},
    [RTH_RATIO] = {"rth_ratio", "1", 0, 10, .what = "that for v > 0 over it"},
    [RADIUS] = {"radius", "m", 1e-9, 1e-6, .what = "radius of the filament"},
    [L_C] = {"l_c", "m", 1e-10, 1e-6, .what = "length of disc and plug"},
    [L_D] = {"l_d", "m", 1e-11, 1e-7, .what = "length of the disc, less than l_c"},
    [R_TIOX] = {"r_tiox", "ohm", 0, 1e6, .what = "resistance of the TiOx layer"},
    [R_0] = {"r_0", "ohm", 1e-3, 1e6, .what = "resistance of the lines"},
    [RTH_LINE] = {"rth_line", "K/W", 1e-3, 1e9,
                  .what = "thermal resistance of the lines"},
    [ALPHA_LINE] = {"alpha_line", "1/K", 1e-6, 1,
                    .what = "their temperature coefficient"},
    [A_STAR] = {"a_star", "A/(m2 K2)", 1, 1e8, .what = "Richardson constant"},
    [Z] = {"z", "1", 1, 4, .what = "charge number of the vacancies"},
    [M_EFF] = {"m_eff", "1", 1e-2, 1e2, .what = "tunnelling mass over the electron's"},
    [SOFT] = {"soft", "V", 1e-4, 0.1, .what = "width over which psi is rounded to 0"},
    [T_MAX] = {"t_max", "K", 500, 1e5, .what = "temperature at which heating ends"},
    [X0] = {"x0", "1", 0, 1, .what = "initial state"},
    [POL] = XBAR_ROW_POL,
};

static const xbar_order orders[] = {
    {N_MIN, N_MAX, false}, {L_D, L_C, false}, {T0, T_MAX, false}, {0}};

/* The variables that derivatives are taken by. */
enum { BY_V, BY_I, BY_X, BY_T };

static double span(const double *p)
{
    return log(p[N_MAX] / p[N_MIN]);
}

static double area(const double *p)
{
    return 3.14159265358979323846 * p[RADIUS] * p[RADIUS];
}

/* N, 1e26/m3 */
static xbar_dual density(double x, const double *p)
{
    xbar_curve in = xbar_inside(x, 0.0, 1.0);
    double n = p[N_MIN] * exp(span(p) * in.y);
    if (in.y == 1.0)
        n = p[N_MAX]; /* exactly: motion ends there */
    xbar_dual out = dual_constant(n);
    out.d[BY_X] = n * span(p) * in.dy;
    return out;
}

/* length/(N z q mu A), ohm */
static double film_ohm(double length, const double *p)
{
    return length / (1e26 * p[Z] * XBAR_CHARGE * p[MU] * area(p));
}

static xbar_dual disc_ohm(xbar_dual n, const double *p)
{
    return dual_div(dual_constant(film_ohm(p[L_D], p)), n);
}

static double plug_ohm(const double *p)
{
    return film_ohm(p[L_C] - p[L_D], p) / p[N_PL];
}

/* R_ser = b + c i^2 */
static double line_b(const double *p)
{
    return p[R_TIOX] + p[R_0];
}

static double line_c(const double *p)
{
    return p[R_0] * p[R_0] * p[ALPHA_LINE] * p[RTH_LINE];
}

/* ---- the contact ----------------------------------------------------------------------- */

/* phi(v_s, N) */
static xbar_dual barrier(xbar_dual v_s, xbar_dual n, const double *p)
{
    const double eps_b = p[EPS_B] * XBAR_EPSILON_0;
    const double factor = XBAR_CHARGE / eps_b * (XBAR_CHARGE / eps_b) *
                          (XBAR_CHARGE / eps_b) * p[Z] * 1e26 /
                          (8.0 * 3.14159265358979323846 * 3.14159265358979323846);
    xbar_dual y = dual_scale(-1.0 / p[SOFT], dual_shift(v_s, p[PHI_N] - p[PHI_B0]));
    xbar_dual psi = dual_scale(p[SOFT], dual_of(xbar_softplus(y.y), y));
    const double least = 1e-30; /* so that no root of 0 is differentiated */
    xbar_dual lowering =
        dual_sqrt(dual_sqrt(dual_shift(dual_scale(factor, dual_mul(n, psi)), least)));
    if (lowering.y >= p[PHI_B0])
        return dual_constant(0.0);
    return dual_shift(dual_scale(-1.0, lowering), p[PHI_B0]);
}

/* Thermionic emission over the barrier. */
static xbar_dual forward(xbar_dual v_s, xbar_dual n, xbar_dual t, const double *p)
{
    xbar_dual v_t = dual_scale(XBAR_BOLTZMANN_EV, t);
    xbar_dual a = dual_div(v_s, v_t);
    xbar_dual over = dual_exp(dual_scale(-1.0, dual_div(barrier(v_s, n, p), v_t)));
    return dual_mul(dual_scale(area(p) * p[A_STAR], dual_mul(t, t)),
                    dual_mul(over, dual_of(xbar_rise(a.y), a)));
}

/* Thermionic field emission through it. */
static xbar_dual backward(xbar_dual v_s, xbar_dual n, xbar_dual t, const double *p)
{
    const double pi = 3.14159265358979323846;
    const double eps = p[EPS] * XBAR_EPSILON_0;
    const double w = XBAR_PLANCK / (4.0 * pi) *
                     sqrt(p[Z] * 1e26 / (p[M_EFF] * XBAR_ELECTRON_MASS * eps));
    xbar_dual v_t = dual_scale(XBAR_BOLTZMANN_EV, t);
    xbar_dual phi = barrier(v_s, n, p);
    xbar_dual w_00 = dual_scale(w, dual_sqrt(n)); /* V */
    xbar_dual u = dual_div(w_00, v_t);
    xbar_dual tanh_u = dual_tanh(u);
    xbar_dual e = dual_div(w_00, dual_sub(u, tanh_u));
    xbar_dual size = dual_scale(-1.0, v_s);
    xbar_dual a = dual_div(size, e);
    /* 1/cosh^2 = 1 - tanh^2; 1e-12 V so that no root of 0 is differentiated */
    xbar_dual sech2 = dual_shift(dual_scale(-1.0, dual_mul(tanh_u, tanh_u)), 1.0);
    xbar_dual inner = dual_shift(dual_add(size, dual_mul(phi, sech2)), 1e-12);
    xbar_dual root = dual_sqrt(dual_scale(pi, dual_mul(w_00, inner)));
    /* phi/W_0 = phi tanh(u)/W_00 */
    xbar_dual over = dual_exp(dual_scale(-1.0, dual_div(dual_mul(phi, tanh_u), w_00)));
    return dual_mul(
        dual_scale(-area(p) * p[A_STAR] / XBAR_BOLTZMANN_EV, dual_mul(t, root)),
        dual_mul(over, dual_of(xbar_rise(a.y), a)));
}

/* i(v_s, N, T) with derivatives BY_V (v_s), BY_T and whatever N has */
static xbar_dual contact_at(double v_s, xbar_dual n, double kelvin, const double *p)
{
    xbar_dual v = dual_variable(v_s, BY_V);
    xbar_dual t = dual_variable(kelvin, BY_T);
    return v_s >= 0.0 ? forward(v, n, t, p) : backward(v, n, t, p);
}

static xbar_dual contact(double v_s, double x, double kelvin, const double *p)
{
    return contact_at(v_s, density(x, p), kelvin, p);
}

/* ---- the resistances ------------------------------------------------------------------ */

/* i(v) of everything but the contact: v = i (b + c i^2), in closed form. BY_V, BY_X. */
static xbar_dual resistances(double v, double x, const double *p)
{
    xbar_dual disc = disc_ohm(density(x, p), p);
    const double b = disc.y + plug_ohm(p) + line_b(p);
    const double c = line_c(p);
    const double scale = sqrt(b / (3.0 * c));
    const double i = 2.0 * scale * sinh(asinh(1.5 * v / (b * scale)) / 3.0);
    const double slope = 1.0 / (b + 3.0 * c * i * i);
    xbar_dual out = dual_constant(i);
    out.d[BY_V] = slope;
    out.d[BY_X] = -i * disc.d[BY_X] * slope;
    return out;
}

/* ---- both, and the heat --------------------------------------------------------------- */

/* A voltage divided at a given temperature; the temperature that this heats to, and its
 * slope by the given one. */
typedef struct trial {
    xbar_dual s, l; /* contact and resistances */
    double v_s, i, heated, slope;
} trial;

static double r_th(double v, const double *p)
{
    return v < 0.0 ? p[RTH0] : p[RTH0] * p[RTH_RATIO];
}

static double inner_ohm(double x, const double *p)
{
    return disc_ohm(density(x, p), p).y + plug_ohm(p);
}

/* Where contact and resistances carry the same current: Newton's iteration on the
 * logarithm of their ratio, which is nearly straight in v_s, within a bracket. `v_s` is
 * the guess, and what is found. */
static void divide(trial *out, double v, double x, double kelvin, const double *p)
{
    enum { MAX_STEPS = 200 };
    double low = fmin(v, 0.0);
    double high = fmax(v, 0.0);
    double u = out->v_s;
    if (!(u > low && u < high))
        u = 0.5 * v;
    for (int step = 0; step < MAX_STEPS && v != 0.0; step++) {
        out->s = contact(u, x, kelvin, p);
        out->l = resistances(v - u, x, p);
        if (out->s.y < out->l.y)
            low = u;
        else
            high = u;
        double f = log(out->s.y / out->l.y);
        double slope = out->s.d[BY_V] / out->s.y + out->l.d[BY_V] / out->l.y;
        double next = u - f / slope;
        if (!(next > low && next < high))
            next = 0.5 * (low + high);
        bool still = fabs(next - u) <= 4e-16 * fmin(fabs(next), fabs(v - next)) ||
                     next == low || next == high;
        u = next;
        if (still)
            break;
    }
    out->v_s = u;
}

/* The rest of a trial whose v_s is known. */
static void finish(trial *out, double v, double x, double kelvin, const double *p)
{
    const double ohm = inner_ohm(x, p);
    out->s = contact(out->v_s, x, kelvin, p);
    out->l = resistances(v - out->v_s, x, p);
    /* the larger voltage tells the current to more digits */
    out->i = fabs(out->v_s) < fabs(v - out->v_s) ? out->l.y : out->s.y;
    /* i (v - i R_ser) = i (v_s + i (R_disc + R_plug)) */
    out->heated = p[T0] + r_th(v, p) * out->i * (out->v_s + out->i * ohm);
    const double dv_s = -out->s.d[BY_T] / (out->s.d[BY_V] + out->l.d[BY_V]);
    const double di = -out->l.d[BY_V] * dv_s;
    out->slope = r_th(v, p) * (di * (out->v_s + 2.0 * out->i * ohm) + out->i * dv_s);
}

static trial try_at(double kelvin, double guess, double v, double x, const double *p)
{
    trial out = {.v_s = guess};
    divide(&out, v, x, kelvin, p);
    finish(&out, v, x, kelvin, p);
    return out;
}

/* The lowest T that agrees with its own heat, at most t_max: Newton from below, kept
 * between a T that is heated further and one that is not. */
static trial heat(double *kelvin, double v, double x, const double *p)
{
    enum { MAX_STEPS = 100 };
    double low = p[T0];
    double high = p[T_MAX];
    double t = low;
    trial at = try_at(t, 0.02 * v, v, x, p);
    for (int step = 0; step < MAX_STEPS; step++) {
        const double excess = at.heated - t;
        if (excess > 0.0)
            low = t;
        else
            high = t;
        if (t >= p[T_MAX] && excess >= 0.0)
            break; /* heating ends */
        double next = t + excess / fmax(1.0 - at.slope, 1e-3);
        if (fabs(next - t) <= 1e-15 * t)
            break;
        if (next >= p[T_MAX] && high >= p[T_MAX])
            next = p[T_MAX];
        else if (!(next > low && next < high))
            next = 0.5 * (low + high);
        if (next == t)
            break;
        t = next;
        at = try_at(t, at.v_s, v, x, p);
    }
    *kelvin = t;
    return at;
}

/* Newton's iteration on both unknowns at once, which mostly arrives in half a dozen steps;
 * false where it does not. */
static bool solve_jointly(trial *out, double *kelvin, double v, double x,
                          const double *p)
{
    enum { MAX_STEPS = 15 };
    const double ohm = inner_ohm(x, p);
    const double rth = r_th(v, p);
    double u = 0.02 * v;
    double t = p[T0];
    for (int step = 0; step < MAX_STEPS; step++) {
        xbar_dual s = contact(u, x, t, p);
        xbar_dual l = resistances(v - u, x, p);
        const double lever = u + 2.0 * l.y * ohm;
        const double heated = p[T0] + rth * l.y * (u + l.y * ohm);
        /* ln(s/l) = 0 and T - heated = 0 */
        const double f = log(s.y / l.y);
        const double f_u = s.d[BY_V] / s.y + l.d[BY_V] / l.y;
        const double f_t = s.d[BY_T] / s.y;
        const double h = t - heated;
        const double h_u = -rth * (l.y - lever * l.d[BY_V]);
        const double det = f_u - f_t * h_u;
        double du = -(f - f_t * h) / det;
        const double dt = -(f_u * h - h_u * f) / det;
        if (!(fabs(u + du) > 0.0 && (u + du) * v > 0.0))
            du = -0.9 * u; /* towards 0, but not there */
        if (!(fabs(u + du) < fabs(v)) || !(t + dt >= p[T0] && t + dt < p[T_MAX]))
            return false;
        bool still = fabs(du) <= 1e-14 * fabs(u) && fabs(dt) <= 1e-14 * t;
        u += du;
        t += dt;
        if (still) {
            *kelvin = t;
            *out = (trial){.v_s = u};
            finish(out, v, x, t, p);
            return true;
        }
    }
    return false;
}

/* A solved cell, with everything's slopes by v and x. */
typedef struct point {
    double i, t;
    double i_v, i_x, t_v, t_x;
} point;

static trial settle(double *kelvin, double v, double x, const double *p)
{
    trial at;
    return solve_jointly(&at, kelvin, v, x, p) ? at : heat(kelvin, v, x, p);
}

static point solve(double v, double x, const double *p)
{
    point out = {.t = p[T0]};
    const trial at = settle(&out.t, v, x, p);
    const bool ended = out.t >= p[T_MAX];
    const double rth = ended ? 0.0 : r_th(v, p);
    const double ohm = inner_ohm(x, p);
    const double dohm = disc_ohm(density(x, p), p).d[BY_X];
    const double i = at.i;
    const double l_v = at.l.d[BY_V];
    /* dv_s and dT from
     *   (s_v + l_v) dv_s + s_T dT = l_v dv + (l_x - s_x) dx
     *   dT = rth ((v_s + 2 i ohm) di + i dv_s + i^2 dohm),  di = l_v (dv - dv_s) + l_x dx */
    const double lever = at.v_s + 2.0 * i * ohm;
    const double a11 = at.s.d[BY_V] + l_v;
    const double a12 = at.s.d[BY_T];
    const double a21 = -rth * (i - lever * l_v);
    const double det = a11 - a12 * a21;
    const double right[2][2] = {
        {l_v, rth * lever * l_v},
        {at.l.d[BY_X] - at.s.d[BY_X], rth * (lever * at.l.d[BY_X] + i * i * dohm)}};
    double dv_s[2];
    double dt[2];
    for (int k = 0; k < 2; k++) {
        dv_s[k] = (right[k][0] - a12 * right[k][1]) / det;
        dt[k] = (a11 * right[k][1] - a21 * right[k][0]) / det;
    }
    out.i = i;
    out.i_v = l_v * (1.0 - dv_s[0]);
    out.i_x = at.l.d[BY_X] - l_v * dv_s[1];
    out.t_v = dt[0];
    out.t_x = dt[1];
    return out;
}

static xbar_slopes jart_law(double v, double x, const double *p)
{
    point at = solve(v, x, p);
    return (xbar_slopes){at.i, at.i_v, at.i_x};
}

/* ---- inside the subcircuit ---------------------------------------------------------------- */

enum { D, M, C, T }; /* N; between contact and resistances; i in mA; T over 1000 K */
static const char *const nodes[] = {[D] = "d", [M] = "m", [C] = "c", [T] = "t", NULL};

static void jart_volts(double *volt, double v_p, double v_n, double x, const double *p)
{
    double kelvin = p[T0];
    const trial at = settle(&kelvin, p[POL] * (v_p - v_n), x, p);
    volt[D] = density(x, p).y;
    volt[M] = v_n + p[POL] * at.v_s;
    volt[C] = 1e3 * p[POL] * at.i;
    volt[T] = 1e-3 * kelvin;
}

enum { DENSITY, CONTACT, RESISTANCES, CURRENT, HEAT };
static const struct xbar_element elements[] = {[DENSITY] = {"0", "d"},
                                               [CONTACT] = {"m", "n"},
                                               [RESISTANCES] = {"p", "m"},
                                               [CURRENT] = {"0", "c"},
                                               [HEAT] = {"0", "t"}};

/* What heats the cell to, K, and no further than t_max; by v_s, i and N. */
typedef struct heating {
    double kelvin, by_v, by_i, by_n;
} heating;

static heating heated(double v, double v_s, double i, double n, const double *p)
{
    const double disc = film_ohm(p[L_D], p) / n;
    const double ohm = disc + plug_ohm(p);
    const double rth = r_th(v, p);
    const double kelvin = p[T0] + rth * i * (v_s + i * ohm);
    if (kelvin >= p[T_MAX])
        return (heating){.kelvin = p[T_MAX]};
    return (heating){kelvin, rth * i, rth * (v_s + 2.0 * i * ohm),
                     -rth * i * i * disc / n};
}

static void jart_beyond(double *q, double v0, double x0, double v, double x,
                        const double *p)
{
    const double pol = p[POL];
    double t0 = p[T0], t = p[T0];
    const trial from = settle(&t0, pol * v0, x0, p), to = settle(&t, pol * v, x, p);
    const xbar_dual n0 = density(x0, p);
    const double n = density(x, p).y;
    const double dv_s = to.v_s - from.v_s, di = to.i - from.i, dn = n - n0.y;
    const double dv_l = pol * (v - v0) - dv_s;
    xbar_dual s = contact_at(from.v_s, dual_variable(n0.y, BY_X), t0, p);
    const double contact_tangent =
        s.y + s.d[BY_V] * dv_s + s.d[BY_X] * dn + s.d[BY_T] * (t - t0);
    xbar_dual l = resistances(pol * v0 - from.v_s, x0, p);
    /* by N: what it is by x, over dN/dx; next to a bound N stands still */
    const double l_n = n0.d[BY_X] != 0.0 ? l.d[BY_X] / n0.d[BY_X] : 0.0;
    const double tangent = l.y + l.d[BY_V] * dv_l + l_n * dn;
    const heating h0 = heated(pol * v0, from.v_s, from.i, n0.y, p);
    const heating h = heated(pol * v, to.v_s, to.i, n, p);
    q[DENSITY] = n - (n0.y + n0.d[BY_X] * (x - x0));
    q[CONTACT] = pol * (to.i - contact_tangent);
    q[RESISTANCES] = pol * (to.i - tangent);
    q[CURRENT] = 1e3 * q[RESISTANCES];
    q[HEAT] =
        1e-3 * (h.kelvin - (h0.kelvin + h0.by_v * dv_s + h0.by_i * di + h0.by_n * dn));
}

static const xbar_insides insides = {
    nodes, elements, sizeof elements / sizeof *elements, jart_volts, jart_beyond};

/* ---- motion --------------------------------------------------------------------------- */

/* sqrt(1 - g^2) + sign g pi/2 + g asin g; its slope is sign pi/2 + asin g */
static xbar_dual hill(xbar_dual g, double sign)
{
    const double half_pi = 1.57079632679489661923;
    double y = sqrt(1.0 - g.y * g.y) + sign * g.y * half_pi + g.y * asin(g.y);
    return dual_of((xbar_curve){y, sign * half_pi + asin(g.y)}, g);
}

/* 1 - (ratio)^10, the end of the motion */
static xbar_dual ending(xbar_dual ratio)
{
    double y = pow(ratio.y, 10.0);
    return dual_of((xbar_curve){1.0 - y, -10.0 * y / ratio.y}, ratio);
}

/* dx/dt of v, i, x, T, all independent */
static xbar_dual motion(double v, double i, double x, double kelvin, const double *p)
{
    const double pi = 3.14159265358979323846;
    const double steepest = 0.999; /* of g, where the hill has gone */
    xbar_dual volt = dual_variable(v, BY_V);
    xbar_dual current = dual_variable(i, BY_I);
    xbar_dual n = density(x, p);
    xbar_dual v_t = dual_scale(XBAR_BOLTZMANN_EV, dual_variable(kelvin, BY_T));
    xbar_dual field;
    if (v > 0.0) {
        xbar_dual square = dual_mul(current, current);
        xbar_dual drop =
            dual_mul(current, dual_shift(dual_scale(line_c(p), square), line_b(p)));
        field = dual_scale(1.0 / p[L_C], dual_sub(volt, drop));
    } else {
        field = dual_scale(1.0 / p[L_D], dual_mul(current, disc_ohm(n, p)));
    }
    xbar_dual g = dual_scale(p[Z] * p[A] / (pi * p[DW_A]), field);
    g = dual_of(xbar_inside(g.y, -steepest, steepest), g);
    xbar_dual slower = dual_scale(-p[DW_A], dual_div(hill(g, -1.0), v_t));
    xbar_dual faster = dual_scale(-p[DW_A], dual_div(hill(g, 1.0), v_t));
    xbar_dual hops = dual_sub(dual_exp(slower), dual_exp(faster));
    xbar_dual f = v > 0.0 ? ending(dual_div(dual_constant(p[N_MIN]), n))
                          : ending(dual_scale(1.0 / p[N_MAX], n));
    xbar_dual c = dual_scale(0.5, dual_shift(n, p[N_PL]));
    /* dx = dN/(N span) */
    const double scale = -p[A] * p[NU0] / (p[L_D] * span(p));
    return dual_scale(scale, dual_div(dual_mul(dual_mul(c, hops), f), n));
}

static double jart_state(double g, double read_volt, const double *p)
{
    return xbar_state_search(&xbar_device_jart, g, read_volt, p);
}

static void jart_ranges(xbar_state_range *r, const double *p)
{
    *r = (xbar_state_range){.upper = 1.0, .initial = p[X0], .scale = 1.0};
}

XBAR_STATIC_LOOP(jart, POL)

/* One solution serves current, temperature and motion. */
static void jart_respond(size_t n, const xbar_response *out, const double *voltage,
                         const double *state, const double *p)
{
    const double pol = p[POL];
    for (size_t k = 0; k < n; k++) {
        const double v = pol * voltage[k];
        const double x = state[k];
        point at = solve(v, x, p);
        xbar_dual r = motion(v, at.i, x, at.t, p);
        xbar_put(out->i, k, pol * at.i);
        xbar_put(out->di_dv, k, at.i_v);
        xbar_put(out->di_dx, k, pol * at.i_x);
        xbar_put(out->dx_dt, k, r.y);
        xbar_put(out->drate_dv, k,
                 pol * (r.d[BY_V] + r.d[BY_I] * at.i_v + r.d[BY_T] * at.t_v));
        xbar_put(out->drate_dx, k, r.d[BY_X] + r.d[BY_I] * at.i_x + r.d[BY_T] * at.t_x);
        xbar_put(out->kelvin, k, at.t);
    }
}

static const xbar_state_info states[] = {
    {"x", "ln(N/n_min)/ln(n_max/n_min); a negative voltage moves it up and sets"},
};

const xbar_device xbar_device_jart = {
    .name = "jart",
    .what = "JART VCM v1b: Schottky contact, disc of N vacancies, plug, heat",
    .source = "Cueppers et al., APL Mater. 7:091105, 2019, doi:10.1063/1.5108654; "
              "Bengel et al., IEEE TCAS-I 67(12):4618, 2020, "
              "doi:10.1109/TCSI.2020.3018502",
    XBAR_PARAMETER_TABLE(parameters),
    .sets = xbar_sets_jart,
    .orders = orders,
    .state_name = "state x = ln(N/n_min)/ln(n_max/n_min)",
    .subcircuit = xbar_model_jart,
    .current = jart_current,
    .insides = &insides,
    .state = jart_state,
    .states = states,
    .n_states = 1,
    .ranges = jart_ranges,
    .respond = jart_respond,
};
