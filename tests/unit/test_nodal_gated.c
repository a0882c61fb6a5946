/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cells with an access transistor at rest. Where Kirchhoff's law holds with the cells' own
 * law the answer is right: the network has one solution only. So each random array is
 * judged by xbar_network_residual, which shares nothing with the solver, and by
 * xbar_cell_gated at the voltages found; and the law's slopes in time by differences. */
#include "nodal_runs.h"

#include "core/random.h"
#include "crossbar/network.h"
#include "nodal/effective.h"
#include "nodal/gradient.h"
#include "nodal/nodal.h"

static double any(uint32_t sample, uint32_t k)
{
    return xbar_uniform(20260211, XBAR_STREAM_INPUT, sample, k);
}

static xbar_cell gated_cell(const char *device, const char *selector)
{
    xbar_cell cell = xbar_cell_default(xbar_device_find(device));
    cell.access = xbar_device_find("access_nmos");
    xbar_device_parameters(cell.access_parameters, cell.access, &cell.access->sets[0]);
    if (selector) {
        cell.selector = xbar_device_find(selector);
        xbar_device_parameters(cell.selector_parameters, cell.selector,
                               &cell.selector->sets[0]);
    }
    return cell;
}

/* ---- at rest ------------------------------------------------------------------------------ */

static const struct {
    const char *name, *device, *selector;
    size_t n_rows, n_cols;
    double row_ohm, col_ohm, terminal_ohm;
    double volt, gate; /* V, the largest */
} arrays[] = {
    {"1 x 1, no wires", "linear", NULL, 1, 1, 0.0, 0.0, 0.0, 1.0, 1.8},
    {"1 x 1 behind resistors", "linear", NULL, 1, 1, 0.0, 0.0, 1e3, 1.0, 1.8},
    {"4 x 3, gates off as well as on", "linear", NULL, 4, 3, 2.5, 2.5, 2.5, 0.5, 1.2},
    {"8 x 8, ideal rows", "linear", NULL, 8, 8, 0.0, 2.5, 10.0, 1.0, 2.0},
    {"8 x 8, ideal columns and terminals", "linear", NULL, 8, 8, 2.5, 0.0, 0.0, 1.0,
     2.0},
    {"16 x 16, 20 ohm wires, reversed currents", "linear", NULL, 16, 16, 20.0, 20.0,
     20.0, 2.5, 3.0},
    {"8 x 8 of vteam", "vteam", NULL, 8, 8, 2.5, 2.5, 2.5, 1.5, 2.5},
    {"8 x 8 of sinh, hard driven", "sinh", NULL, 8, 8, 2.5, 2.5, 0.0, 2.0, 3.0},
    {"6 x 6 with a selector too", "vteam", "selector_sinh", 6, 6, 5.0, 5.0, 5.0, 2.0,
     3.0},
};

typedef struct gated_case {
    xbar_crossbar *c;
    double *state;
    xbar_stimulus s;
} gated_case;

static gated_case case_new(size_t which, uint32_t sample)
{
    gated_case z = {.c = array_new(arrays[which].n_rows, arrays[which].n_cols,
                                   arrays[which].row_ohm, arrays[which].col_ohm)};
    const size_t n = z.c->n_rows * z.c->n_cols;
    uint32_t k = 0;
    z.c->cell = gated_cell(arrays[which].device, arrays[which].selector);
    z.state = array_doubles(n);
    for (size_t m = 0; m < n; m++)
        z.state[m] = z.c->cell.device->n_states > 0 ? 0.05 + 0.9 * any(sample, k++)
                                                    : 1e-6 * pow(1e3, any(sample, k++));
    assert_int_equal(xbar_stimulus_init(&z.s, z.c, NULL), XBAR_OK);
    static const xbar_side sides[] = {XBAR_LEFT, XBAR_BOTTOM};
    for (int side = 0; side < 2; side++) {
        array_terminals(z.c, sides[side], arrays[which].terminal_ohm);
        for (size_t line = 0; line < xbar_side_lines(z.c, sides[side]); line++)
            z.s.volt[sides[side]][line] = arrays[which].volt * any(sample, k++);
    }
    /* a third of the rows switched off */
    for (size_t i = 0; i < z.c->n_rows; i++)
        z.s.gate[i] = i % 3 == 2 ? 0.0 : arrays[which].gate * any(sample, k++);
    return z;
}

static void case_free(gated_case *z)
{
    free(z->state);
    xbar_stimulus_clear(&z->s);
    xbar_crossbar_free(z->c);
}

static void check_law(const gated_case *z, const xbar_nodal_answer *a, const char *name)
{
    const size_t n_cols = z->c->n_cols;
    for (size_t k = 0; k < z->c->n_rows * n_cols; k++) {
        double i = 0.0;
        xbar_cell_gated(&z->c->cell, 1, &(xbar_channel){.i = &i}, &a->v_row[k],
                        &z->s.gate[k / n_cols], &a->v_col[k], &z->state[k]);
        /* the solver knows drops to more digits than these voltages tell */
        if (!(fabs(a->i_cell[k] - i) <= 1e-9 * fabs(i) + 1e-15))
            fail_msg("%s: cell %zu carries %.15g A, its law says %.15g", name, k,
                     a->i_cell[k], i);
    }
}

static void check_kirchhoff(const gated_case *z, const xbar_nodal_answer *a,
                            const char *name)
{
    xbar_network *net = NULL;
    double largest = 0.0;
    assert_int_equal(xbar_network_new(&net, z->c, z->state, &z->s, NULL), XBAR_OK);
    double *work = array_doubles(net->n_nodes);
    double residual = xbar_network_residual(net, z->c, a->v_row, a->v_col, a->i_cell,
                                            a->i_terminal, &largest, work);
    /* ohm's law on voltages of a volt, at conductances up to 0.4 S */
    if (!(residual <= 1e-9 * largest + 1e-15))
        fail_msg("%s: %g A left of %g A", name, residual, largest);
    free(work);
    xbar_network_free(net);
}

/* Solves z into r's arrays. */
static xbar_nodal_answer solve_case(const xbar_crossbar *c, const double *state,
                                    const xbar_stimulus *in, const xbar_result *r)
{
    xbar_nodal_answer a = {.v_row = r->v_row, .v_col = r->v_col, .i_cell = r->i_cell};
    memcpy(a.i_terminal, r->i_terminal, sizeof a.i_terminal);
    xbar_nodal *s = NULL;
    assert_int_equal(xbar_nodal_new(&s, c, NULL, NULL), XBAR_OK);
    xbar_nodal_set_state(s, state);
    assert_int_equal(xbar_nodal_solve(s, in, 1, &a, NULL), XBAR_OK);
    xbar_nodal_free(s);
    return a;
}

static void test_random_arrays(void **unused)
{
    (void)unused;
    enum { SAMPLES = 20 };
    for (size_t which = 0; which < sizeof arrays / sizeof *arrays; which++)
        for (uint32_t sample = 0; sample < SAMPLES; sample++) {
            gated_case z = case_new(which, sample);
            xbar_result *r = array_result(z.c);
            xbar_nodal_answer a = solve_case(z.c, z.state, &z.s, r);
            if (a.status != XBAR_OK)
                fail_msg("%s, sample %u: %s", arrays[which].name, sample, a.error.text);
            if (!(a.kcl_residual <= 1e-12 * a.largest_current + 1e-18))
                fail_msg("%s, sample %u: %g A left of %g A", arrays[which].name, sample,
                         a.kcl_residual, a.largest_current);
            if (a.n_newton > 40)
                fail_msg("%s, sample %u: %zu Newton steps", arrays[which].name, sample,
                         a.n_newton);
            check_law(&z, &a, arrays[which].name);
            check_kirchhoff(&z, &a, arrays[which].name);
            array_result_free(r);
            case_free(&z);
        }
}

/* One transistor in saturation behind a cell, solved by hand: without channel length
 * modulation and body effect the current is kp w/l (v_g - vto)^2/2 whatever the cell. */
static void test_compliance(void **unused)
{
    (void)unused;
    xbar_crossbar *c = array_new(1, 1, 0.0, 0.0);
    c->cell = gated_cell("linear", NULL);
    const xbar_device *nmos = c->cell.access;
    double beta = 1.0;
    for (size_t k = 0; k < nmos->n_parameters; k++) {
        double *p = &c->cell.access_parameters[k];
        const char *name = nmos->parameters[k].name;
        if (strcmp(name, "lambda") == 0 || strcmp(name, "gamma") == 0)
            *p = 0.0;
        beta *= strcmp(name, "kp") == 0 || strcmp(name, "w") == 0 ? *p : 1.0;
        beta /= strcmp(name, "l") == 0 ? *p : 1.0;
    }
    array_terminals(c, XBAR_LEFT, 0.0);
    array_terminals(c, XBAR_BOTTOM, 0.0);
    xbar_stimulus s;
    assert_int_equal(xbar_stimulus_init(&s, c, NULL), XBAR_OK);
    s.volt[XBAR_LEFT][0] = 2.0;
    s.volt[XBAR_BOTTOM][0] = 0.0;
    s.gate[0] = 0.9;
    const double want = 0.5 * beta * 0.4 * 0.4; /* vto is 0.5 V */
    const double states[] = {1e-3, 1e-2, 1.0};
    for (size_t k = 0; k < 3; k++) {
        xbar_result *r = array_result(c);
        xbar_nodal_answer a = solve_case(c, &states[k], &s, r);
        assert_int_equal(a.status, XBAR_OK);
        if (!(fabs(a.i_cell[0] - want) <= 1e-12 * want))
            fail_msg("%g S: %.15g A, want %.15g", states[k], a.i_cell[0], want);
        array_result_free(r);
    }
    xbar_stimulus_clear(&s);
    xbar_crossbar_free(c);
}

/* What differences of a network with gates would mean is another matter. */
static void test_refusals(void **unused)
{
    (void)unused;
    xbar_error err;
    xbar_crossbar *c = array_new(2, 2, 1.0, 1.0);
    c->cell = gated_cell("linear", NULL);
    xbar_gradient *g = NULL;
    assert_int_equal(xbar_gradient_new(&g, c, NULL, &err), XBAR_ERR_INPUT);
    assert_null(g);
    assert_non_null(strstr(err.text, "access_nmos"));
    xbar_crossbar_free(c);
}

/* ---- slopes in time ------------------------------------------------------------------------- */

enum { S = XBAR_MAX_STATES };

typedef struct gated_moment {
    double i, di_dp, di_dg, di_dn, di_dx[S], dx_dt[S], drate_dp[S], drate_dg[S];
    double drate_dn[S], drate_dx[S * S], kelvin;
} gated_moment;

static gated_moment gated_at(const xbar_cell *c, const double *v, const double *x)
{
    gated_moment m = {0};
    const double fixed = 1e-4;
    const xbar_gated_response out = {
        .i = &m.i,
        .di_dp = &m.di_dp,
        .di_dg = &m.di_dg,
        .di_dn = &m.di_dn,
        .di_dx = m.di_dx,
        .dx_dt = m.dx_dt,
        .drate_dp = m.drate_dp,
        .drate_dg = m.drate_dg,
        .drate_dn = m.drate_dn,
        .drate_dx = m.drate_dx,
        .kelvin = &m.kelvin,
    };
    xbar_cell_gated_respond(c, 1, &out, &v[0], &v[1], &v[2], x, &fixed);
    return m;
}

static void near_slope(const char *name, const char *what, double got, double want,
                       double scale)
{
    if (!(fabs(got - want) <= 1e-5 * fabs(want) + 1e-6 * scale))
        fail_msg("%s: %s = %.9g, differences say %.9g", name, what, got, want);
}

static const struct {
    const char *name, *device, *selector;
    double v_p, v_g, v_n, x[S];
} points[] = {
    {"linear, ohmic channel", "linear", NULL, 0.3, 2.0, 0.0, {0}},
    {"linear, saturated", "linear", NULL, 1.5, 0.9, 0.0, {0}},
    {"linear, turned round", "linear", NULL, 0.1, 2.0, 0.9, {0}},
    {"vteam, set through the channel", "vteam", NULL, 1.0, 2.0, 0.0, {0.6}},
    {"vteam, reset against body effect", "vteam", NULL, 0.0, 3.0, 0.8, {0.3}},
    {"pcm, two states", "pcm", NULL, 1.0, 2.5, 0.0, {0.4, 0.4}},
    {"vteam with a threshold switch",
     "vteam",
     "selector_ots",
     1.4,
     2.5,
     0.0,
     {0.6, 0.5}},
};

static void test_slopes(void **unused)
{
    (void)unused;
    for (size_t k = 0; k < sizeof points / sizeof *points; k++) {
        const char *name = points[k].name;
        const xbar_cell c = gated_cell(points[k].device, points[k].selector);
        const size_t n = xbar_cell_n_states(&c);
        double v[3] = {points[k].v_p, points[k].v_g, points[k].v_n};
        double x[S];
        memcpy(x, points[k].x, sizeof x);
        const gated_moment m = gated_at(&c, v, x);
        const double slopes[3] = {m.di_dp, m.di_dg, m.di_dn};
        const double *rates[3] = {m.drate_dp, m.drate_dg, m.drate_dn};
        assert_true(m.i != 0.0);
        for (int a = 0; a < 3; a++) {
            const double d = 1e-6;
            const double at = v[a];
            v[a] = at + d;
            const gated_moment up = gated_at(&c, v, x);
            v[a] = at - d;
            const gated_moment down = gated_at(&c, v, x);
            v[a] = at;
            near_slope(name, "di/dv", slopes[a], (up.i - down.i) / (2 * d), 1e-6);
            for (size_t s = 0; s < n; s++)
                near_slope(name, "drate/dv", rates[a][s],
                           (up.dx_dt[s] - down.dx_dt[s]) / (2 * d), fabs(m.dx_dt[s]));
        }
        for (size_t r = 0; r < n; r++) {
            const double d = 1e-6;
            const double at = x[r];
            x[r] = at + d;
            const gated_moment up = gated_at(&c, v, x);
            x[r] = at - d;
            const gated_moment down = gated_at(&c, v, x);
            x[r] = at;
            near_slope(name, "di/dx", m.di_dx[r], (up.i - down.i) / (2 * d), fabs(m.i));
            for (size_t s = 0; s < n; s++)
                near_slope(name, "drate/dx", m.drate_dx[s * n + r],
                           (up.dx_dt[s] - down.dx_dt[s]) / (2 * d), fabs(m.dx_dt[s]));
        }
    }
}

/* ---- in time -------------------------------------------------------------------------------- */

static const struct {
    const char *name, *device;
    size_t n_rows, n_cols;
    double ohm, volt, end, farad;
} gated_runs[] = {
    {"vteam, reset", "vteam", 3, 4, 2.5, 0.8, 1e-7, 0.0},
    {"vteam, set, compliance", "vteam", 3, 3, 2.5, -1.5, 1e-8, 0.0},
    {"stanford, set, with capacitances", "stanford", 2, 3, 20.0, 1.8, 1e-6, 1e-13},
    {"pcm, ideal wires", "pcm", 3, 3, 0.0, 1.8, 1e-6, 0.0},
};

static run_case gated_run_new(size_t k)
{
    run_case z = run_new(gated_runs[k].device, "default", gated_runs[k].n_rows,
                         gated_runs[k].n_cols, gated_runs[k].ohm);
    z.c->cell = gated_cell(gated_runs[k].device, NULL);
    z.c->row_farad = z.c->col_farad = gated_runs[k].farad;
    for (size_t i = 0; i < z.c->n_rows; i++)
        z.factor.gate[i] = i == 1 ? 2.5 : 0.0;
    run_pulse(&z, gated_runs[k].volt, gated_runs[k].end);
    return z;
}

static void test_time(void **unused)
{
    (void)unused;
    enum { MOMENTS = 11 };
    static const double tolerances[] = {1e-3, 1e-4, 1e-5};
    for (size_t k = 0; k < sizeof gated_runs / sizeof *gated_runs; k++) {
        run_case z = gated_run_new(k);
        run_record want = run_to(&z, 1e-7, gated_runs[k].end, MOMENTS);
        const size_t n = MOMENTS * z.n;
        /* the row whose gate is on moves; the others do only where rows lie below 0 V,
         * so that a gate at 0 V is on as well */
        const size_t on = z.c->n_cols;
        assert_true(distance_of(want.end + on, z.state + on, z.c->n_cols) > 1e-2);
        const double off = distance_of(want.end, z.state, z.c->n_cols);
        assert_true((off < 1e-9) == (gated_runs[k].volt > 0.0));
        for (size_t t = 0; t < 3; t++) {
            run_record r = run_to(&z, tolerances[t], gated_runs[k].end, MOMENTS);
            const double states = distance_of(r.m.state[0], want.m.state[0], n);
            const double currents = distance_of(r.m.i_cell, want.m.i_cell, n) /
                                    largest_of(want.m.i_cell, n);
            if (!(states <= 5.0 * tolerances[t] && currents <= 5.0 * tolerances[t]))
                fail_msg("%s at %g: states %.2g, currents %.2g off", gated_runs[k].name,
                         tolerances[t], states, currents);
            record_free(&r);
        }
        record_free(&want);
        run_free(&z);
    }
}

/* Gates give nothing: what the terminals give the cells take, channels included. */
static void test_energy(void **unused)
{
    (void)unused;
    run_case z = gated_run_new(3);
    run_record r = run_to(&z, 1e-4, gated_runs[3].end, 1);
    const double given =
        sum_of(r.m.energy[XBAR_LEFT], 3) + sum_of(r.m.energy[XBAR_BOTTOM], 3);
    const double taken = sum_of(r.m.heat, z.n);
    if (!(given > 0.0 && fabs(given - taken) <= 1e-9 * given))
        fail_msg("%.12g J given, %.12g J taken", given, taken);
    record_free(&r);
    run_free(&z);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_arrays), cmocka_unit_test(test_compliance),
        cmocka_unit_test(test_refusals),      cmocka_unit_test(test_slopes),
        cmocka_unit_test(test_time),          cmocka_unit_test(test_energy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
