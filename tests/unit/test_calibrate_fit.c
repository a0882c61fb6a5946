/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bounds, losses, priors, several starts, what data cannot tell, and what is refused. */
#include "check.h"

#include <math.h>
#include <string.h>

#include "calibrate/bound.h"
#include "calibrate/discrepancy.h"
#include "calibrate/fit.h"
#include "core/random.h"

enum { N = 40 };

static const double inf = (double)INFINITY;

/* y = p0 exp(-p1 t) + p2, or what a flag makes of it. */
typedef struct decay {
    double t[N], y[N];
    bool only_sum; /* p0 and p2 count together alone */
    bool has_edge; /* no answer for p1 > 3 */
    xbar_status fails;
} decay;

static xbar_status residuals(double *r, double *jacobian, const double *p,
                             const void *with, xbar_error *err)
{
    const decay *d = with;
    if (d->fails != XBAR_OK)
        return xbar_fail(err, d->fails, "as told");
    for (size_t k = 0; k < N; k++) {
        double e = d->only_sum ? 1.0 : exp(-p[1] * d->t[k]);
        r[k] = p[0] * e + p[2] - d->y[k];
        if (d->has_edge && p[1] > 3.0)
            r[k] = NAN;
        if (jacobian) {
            jacobian[3 * k] = e;
            jacobian[3 * k + 1] = d->only_sum ? d->t[k] : -p[0] * d->t[k] * e;
            jacobian[3 * k + 2] = 1.0;
        }
        if (d->only_sum)
            r[k] += p[1] * d->t[k];
    }
    return XBAR_OK;
}

static decay decay_new(double noise, uint64_t seed)
{
    decay d = {.fails = XBAR_OK};
    for (size_t k = 0; k < N; k++) {
        d.t[k] = 0.1 * (double)k;
        d.y[k] = 2.0 * exp(-1.5 * d.t[k]) + 0.5 +
                 noise * xbar_normal(seed, XBAR_STREAM_INPUT, 0, (uint32_t)k);
    }
    return d;
}

static const xbar_fit_parameter plain[] = {
    {.name = "a", .initial = 1, .min = -(double)INFINITY, .max = (double)INFINITY},
    {.name = "b", .initial = 1, .min = -(double)INFINITY, .max = (double)INFINITY},
    {.name = "c", .initial = 0, .min = -(double)INFINITY, .max = (double)INFINITY},
};

static xbar_fit_problem problem_of(const decay *d, const xbar_fit_parameter *p)
{
    return (xbar_fit_problem){.parameters = p,
                              .n_parameters = 3,
                              .n_data = N,
                              .residuals = residuals,
                              .has_jacobian = true,
                              .with = d};
}

static xbar_fit_result fitted(const xbar_fit_problem *p, const xbar_fit_options *o)
{
    xbar_fit_result r;
    xbar_error err;
    if (xbar_fit(&r, p, o, &err) != XBAR_OK)
        fail_msg("%s", err.text);
    return r;
}

static void assert_close(const char *what, double got, double want, double by)
{
    if (!(fabs(got - want) <= by))
        fail_msg("%s: %.12g, want %.12g +- %.2g", what, got, want, by);
}

/* ---- bounds --------------------------------------------------------------------------- */

static void test_transformations(void **unused)
{
    (void)unused;
    static const struct {
        const char *name;
        xbar_fit_parameter p;
        double at[4];
    } cases[] = {
        {"none",
         {.min = -(double)INFINITY, .max = (double)INFINITY},
         {-3, 0, 1e-9, 1e9}},
        {"below", {.min = 2, .max = (double)INFINITY}, {2.001, 3, 10, 1e6}},
        {"above", {.min = -(double)INFINITY, .max = -2}, {-2.001, -3, -10, -1e6}},
        {"both", {.min = -1, .max = 3}, {-0.999, 0, 1, 2.999}},
        {"both, by orders",
         {.min = 1e-9, .max = 1e6, .is_log = true},
         {1e-8, 1e-3, 1, 1e5}},
        {"the same, negative",
         {.min = -1e6, .max = -1e-9, .is_log = true},
         {-1e-8, -1e-3, -1, -1e5}},
    };
    for (size_t n = 0; n < sizeof cases / sizeof *cases; n++)
        for (size_t k = 0; k < 4; k++) {
            const xbar_fit_parameter *p = &cases[n].p;
            const double value = cases[n].at[k];
            double slope = 0.0;
            double q = xbar_bound_inverse(p, value);
            assert_close(cases[n].name, xbar_bound_value(p, q, &slope), value,
                         1e-12 * fmax(fabs(value), 1e-3));
            double h = 1e-6 * fmax(1.0, fabs(q));
            double want =
                (xbar_bound_value(p, q + h, NULL) - xbar_bound_value(p, q - h, NULL)) /
                (2.0 * h);
            assert_close(cases[n].name, slope / want, 1.0, 1e-6);
            /* never on a bound, however far q goes */
            for (int way = -1; way <= 1; way += 2)
                if (isfinite(way < 0 ? p->min : p->max))
                    assert_true(
                        xbar_bound_holds(p, xbar_bound_value(p, way * 1e3, NULL)) ||
                        !isfinite(p->min) || !isfinite(p->max));
        }
}

static void test_ends(void **unused)
{
    (void)unused;
    static const struct {
        const char *name;
        bool is_log;
        double value;
        int end;
    } cases[] = {
        {"the middle", false, 50.5, 0},         {"near the lower", false, 1.2, 0},
        {"at the lower", false, 1.05, -1},      {"at the upper", false, 99.95, 1},
        {"log, the middle", true, 10.0, 0},     {"log, 1.2 is far", true, 1.2, 0},
        {"log, at the lower", true, 1.003, -1}, {"log, at the upper", true, 99.8, 1},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const xbar_fit_parameter p = {
            .initial = 10.0, .min = 1.0, .max = 100.0, .is_log = cases[k].is_log};
        if (xbar_bound_end(&p, cases[k].value) != cases[k].end)
            fail_msg("%s: %d", cases[k].name, xbar_bound_end(&p, cases[k].value));
    }
    const xbar_fit_parameter above = {.initial = 2.0, .min = 1.0, .max = inf};
    assert_int_equal(xbar_bound_end(&above, 1.01), 0);
    assert_int_equal(xbar_bound_end(&above, 1.0 + 1e-7), -1);
    assert_int_equal(xbar_bound_end(&above, 1e300), 0);
    const xbar_fit_parameter below = {.initial = 2.0, .min = -inf, .max = 3.0};
    assert_int_equal(xbar_bound_end(&below, 2.99), 0);
    assert_int_equal(xbar_bound_end(&below, 3.0 - 1e-7), 1);
    const xbar_fit_parameter open = {.initial = 2.0, .min = -inf, .max = inf};
    assert_int_equal(xbar_bound_end(&open, 1e300), 0);
}

/* Inside them the minimum is the same; where it lies beyond, the bound is neared. */
static void test_bounds(void **unused)
{
    (void)unused;
    const decay d = decay_new(0.01, 1);
    const xbar_fit_problem free = problem_of(&d, plain);
    xbar_fit_result r = fitted(&free, NULL);
    xbar_fit_parameter bounded[3];
    memcpy(bounded, plain, sizeof bounded);
    bounded[0].min = 0.0;
    bounded[0].max = 10.0;
    bounded[1].min = 1e-6;
    bounded[1].max = 1e3;
    bounded[1].is_log = true;
    const xbar_fit_problem inside = problem_of(&d, bounded);
    xbar_fit_result s = fitted(&inside, NULL);
    for (size_t k = 0; k < 3; k++) {
        assert_close("estimate", s.estimate[k], r.estimate[k], 1e-8);
        assert_close("error", s.standard_error[k], r.standard_error[k], 1e-8);
    }
    xbar_fit_clear(&s);
    bounded[1].max = 1.2;
    const xbar_fit_problem beyond = problem_of(&d, bounded);
    s = fitted(&beyond, NULL);
    assert_true(s.estimate[1] < 1.2 && s.estimate[1] > 1.19);
    xbar_fit_clear(&s);
    xbar_fit_clear(&r);
}

/* A model without an answer beyond an edge is led round it. */
static void test_edge(void **unused)
{
    (void)unused;
    decay d = decay_new(0.0, 1);
    d.has_edge = true;
    xbar_fit_parameter p[3];
    memcpy(p, plain, sizeof p);
    p[1].initial = 2.9;
    const xbar_fit_problem problem = problem_of(&d, p);
    xbar_fit_result r = fitted(&problem, NULL);
    assert_close("b", r.estimate[1], 1.5, 1e-9);
    xbar_fit_clear(&r);
}

/* ---- losses and priors ---------------------------------------------------------------- */

static void test_outliers(void **unused)
{
    (void)unused;
    decay d = decay_new(0.01, 4);
    for (size_t k = 3; k < N; k += 9)
        d.y[k] += 3.0;
    const xbar_fit_problem problem = problem_of(&d, plain);
    const struct {
        xbar_loss loss;
        double within;
    } cases[] = {{XBAR_LOSS_HUBER, 0.05}, {XBAR_LOSS_CAUCHY, 0.02}};
    xbar_fit_result r = fitted(&problem, NULL);
    assert_true(fabs(r.estimate[2] - 0.5) > 0.1); /* squares are led astray */
    xbar_fit_clear(&r);
    for (size_t k = 0; k < 2; k++) {
        const xbar_fit_options o = {.loss = cases[k].loss};
        r = fitted(&problem, &o);
        assert_true(r.converged);
        assert_close(xbar_loss_name[o.loss], r.estimate[2], 0.5, cases[k].within);
        assert_true(r.robust_weight[3] < 0.05 && r.robust_weight[4] > 0.3);
        assert_true(r.standard_error[2] < 0.02 && r.sigma < 0.05);
        xbar_fit_clear(&r);
    }
}

/* Without outliers a robust fit's error bars are those of squares, 5 % wider. */
static void test_robust_errors(void **unused)
{
    (void)unused;
    double ratio = 0.0;
    enum { N_SEEDS = 40 };
    for (uint64_t seed = 0; seed < N_SEEDS; seed++) {
        const decay d = decay_new(0.02, 10 + seed);
        const xbar_fit_problem problem = problem_of(&d, plain);
        const xbar_fit_options o = {.loss = XBAR_LOSS_HUBER};
        xbar_fit_result r = fitted(&problem, NULL);
        xbar_fit_result h = fitted(&problem, &o);
        ratio += h.standard_error[1] / r.standard_error[1] / N_SEEDS;
        xbar_fit_clear(&h);
        xbar_fit_clear(&r);
    }
    assert_close("ratio of errors", ratio, 1.03, 0.08);
}

/* One datum's weight of prior knowledge: the mean of two normals. */
static void test_priors(void **unused)
{
    (void)unused;
    const double sigma = 0.05;
    decay d = decay_new(0.0, 0);
    double weight[N];
    for (size_t k = 0; k < N; k++)
        weight[k] = 1.0 / (sigma * sigma);
    xbar_fit_problem problem = problem_of(&d, plain);
    problem.weight = weight;
    problem.is_absolute = true;
    xbar_fit_result r = fitted(&problem, NULL);
    const double own = r.standard_error[2];
    assert_close("sigma", r.sigma, 1.0, 0.0);
    xbar_fit_clear(&r);
    xbar_fit_parameter p[3];
    memcpy(p, plain, sizeof p);
    p[2].prior_mean = 0.52;
    p[2].prior_deviation = own;
    problem.parameters = p;
    r = fitted(&problem, NULL);
    assert_close("between both", r.estimate[2], 0.51, 5e-4);
    /* at another estimate, the Jacobian is a little different */
    assert_close("narrower", r.standard_error[2], own / sqrt(2.0), 0.01 * own);
    xbar_fit_clear(&r);
}

/* ---- several starts ------------------------------------------------------------------- */

static xbar_status wavy(double *r, double *jacobian, const double *p, const void *with,
                        xbar_error *err)
{
    (void)with;
    (void)err;
    (void)jacobian;
    for (size_t k = 0; k < N; k++) {
        double t = 0.1 * (double)k;
        r[k] = sin(p[0] * t) - sin(7.3 * t);
    }
    return XBAR_OK;
}

static void test_multistart(void **unused)
{
    (void)unused;
    const xbar_fit_parameter p = {
        .name = "w", .initial = 1.0, .min = 0.0, .max = 20.0, .from = 0.5, .to = 19.0};
    const xbar_fit_problem problem = {
        .parameters = &p, .n_parameters = 1, .n_data = N, .residuals = wavy};
    xbar_fit_result r = fitted(&problem, NULL);
    assert_true(r.cost > 1.0); /* a minimum, not the least */
    xbar_fit_clear(&r);
    for (uint64_t seed = 0; seed < 5; seed++) {
        const xbar_fit_options o = {.n_starts = 8, .seed = seed};
        r = fitted(&problem, &o);
        assert_close("frequency", r.estimate[0], 7.3, 1e-8);
        xbar_fit_clear(&r);
    }
}

/* ---- what the data tell --------------------------------------------------------------- */

static void test_directions(void **unused)
{
    (void)unused;
    decay d = decay_new(0.01, 2);
    d.only_sum = true;
    const xbar_fit_problem problem = problem_of(&d, plain);
    xbar_fit_result r = fitted(&problem, NULL);
    assert_int_equal(r.n_directions, 1);
    const double *share = r.directions[0].share;
    assert_close("a against c", share[0] * share[2], -0.5, 1e-6);
    assert_close("not b", share[1], 0.0, 1e-6);
    assert_true(isinf(r.standard_error[0]) && isinf(r.standard_error[2]));
    assert_true(r.standard_error[1] > 0.0 && isfinite(r.standard_error[1]));
    assert_true(isnan(xbar_fit_correlation(&r, 0, 1)));
    xbar_fit_clear(&r);
}

/* A linear parameter: the profile is the normal interval. One that the data bound on one
 * side alone: open on the other. */
static void test_profiles(void **unused)
{
    (void)unused;
    decay d = decay_new(0.02, 3);
    const xbar_fit_problem problem = problem_of(&d, plain);
    xbar_fit_result r = fitted(&problem, NULL);
    double low = 0.0;
    double high = 0.0;
    assert_int_equal(xbar_fit_profile(&low, &high, &problem, &r, 2, 0.9, 0.0, NULL),
                     XBAR_OK);
    const double half = XBAR_NINETY_PERCENT * r.standard_error[2];
    assert_close("low", low, r.estimate[2] - half, 0.03 * half);
    assert_close("high", high, r.estimate[2] + half, 0.03 * half);
    xbar_fit_clear(&r);
    /* so quick that only the first point sees it: b may be as large as it likes */
    for (size_t k = 0; k < N; k++)
        d.y[k] = (k == 0 ? 2.0 : 0.0) + 0.5 +
                 0.02 * xbar_normal(3, XBAR_STREAM_INPUT, 0, (uint32_t)k);
    xbar_fit_parameter p[3];
    memcpy(p, plain, sizeof p);
    p[1].initial = 60.0;
    p[1].min = 0.1;
    p[1].max = 1e4;
    p[1].is_log = true;
    const xbar_fit_problem quick = problem_of(&d, p);
    r = fitted(&quick, NULL);
    assert_int_equal(xbar_fit_profile(&low, &high, &quick, &r, 1, 0.9, 0.0, NULL),
                     XBAR_OK);
    assert_true(low > 10.0 && low < 100.0);
    assert_close("no upper end", high, 1e4, 1.0);
    xbar_fit_clear(&r);
}

/* A valley a ten-thousandth wide that bends as y = sin 8x: over x its floor is
 * (x - 1)^2 / 0.3^2, over y it goes down to -1 and up to 1; and beyond x = 1.2 there may be
 * no answer. */
typedef struct valley {
    double width, edge;
} valley;

static xbar_status valley_residuals(double *r, double *jacobian, const double *p,
                                    const void *with, xbar_error *err)
{
    (void)jacobian;
    (void)err;
    const valley *v = with;
    r[0] = (p[0] - 1.0) / 0.3;
    r[1] = (p[1] - sin(8.0 * p[0])) / v->width;
    r[2] = p[0] > v->edge ? (double)NAN : 1.0;
    return XBAR_OK;
}

static void test_profiles_along_a_valley(void **unused)
{
    (void)unused;
    static const xbar_fit_parameter at[] = {{.name = "x",
                                             .initial = 1.0,
                                             .min = -(double)INFINITY,
                                             .max = (double)INFINITY},
                                            {.name = "y",
                                             .initial = 0.9,
                                             .min = -(double)INFINITY,
                                             .max = (double)INFINITY}};
    const struct {
        const char *name;
        valley v;
        double high; /* of x; 0: as far as the floor says */
        double y_low, y_high;
    } cases[] = {{"wide", {0.1, inf}, 0.0, -1.107, 1.164},
                 {"thin", {1e-6, inf}, 0.0, -1.0, 1.0},
                 {"to where there is no answer", {1e-3, 1.2}, 1.2, sin(9.6), 1.0}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const xbar_fit_problem problem = {.parameters = at,
                                          .n_parameters = 2,
                                          .n_data = 3,
                                          .is_absolute = true,
                                          .residuals = valley_residuals,
                                          .with = &cases[k].v};
        xbar_fit_result r = fitted(&problem, NULL);
        assert_close("estimate", r.estimate[0], 1.0, 1e-6);
        double low = 0.0, high = 0.0;
        assert_int_equal(xbar_fit_profile(&low, &high, &problem, &r, 0, 0.9, 0.0, NULL),
                         XBAR_OK);
        const double half = 0.3 * XBAR_NINETY_PERCENT;
        assert_close(cases[k].name, low, 1.0 - half, 0.01 * half);
        assert_close(cases[k].name, high,
                     cases[k].high > 0.0 ? cases[k].high : 1.0 + half, 0.01 * half);
        assert_int_equal(xbar_fit_profile(&low, &high, &problem, &r, 1, 0.9, 0.0, NULL),
                         XBAR_OK);
        print_message("# %s: y %g %g\n", cases[k].name, low, high);
        assert_close(cases[k].name, low, cases[k].y_low, 0.01);
        assert_close(cases[k].name, high, cases[k].y_high, 0.01);
        xbar_fit_clear(&r);
    }
}

/* ---- discrepancy ---------------------------------------------------------------------- */

/* Of new errors nine in ten lie within, whatever the two parts and the distribution. */
static void test_discrepancy(void **unused)
{
    (void)unused;
    static const struct {
        const char *name;
        double of_scale, of_value;
        bool is_heavy;
    } cases[] = {
        {"of the largest", 0.01, 0.0, false},
        {"of each", 0.0, 0.02, false},
        {"both", 0.003, 0.02, false},
        {"heavy tails", 0.01, 0.0, true},
    };
    enum { MANY = 2000 };
    static xbar_residual r[2 * MANY];
    for (size_t n = 0; n < sizeof cases / sizeof *cases; n++) {
        for (uint32_t k = 0; k < 2 * MANY; k++) {
            double value = pow(10.0, -2.0 * xbar_uniform(5, XBAR_STREAM_INPUT, 1, k));
            double z = xbar_normal(5, XBAR_STREAM_INPUT, 2, k);
            if (cases[n].is_heavy)
                z = z * z * z;
            double s = hypot(cases[n].of_scale, cases[n].of_value * value);
            r[k] = (xbar_residual){
                .error = s * z, .scale = 1.0, .value = value, .unit = k};
        }
        double d[2];
        xbar_discrepancy_fit(d, r, MANY);
        size_t inside = 0;
        for (size_t k = MANY; k < 2 * MANY; k++)
            inside += fabs(r[k].error) <=
                      XBAR_NINETY_PERCENT * hypot(d[0], d[1] * r[k].value);
        print_message("# %s: %.3g %.3g, %.1f %% within\n", cases[n].name, d[0], d[1],
                      100.0 * (double)inside / MANY);
        assert_close(cases[n].name, (double)inside / MANY, 0.9, 0.025);
        if (!cases[n].is_heavy) {
            assert_close("of the largest", d[0], cases[n].of_scale, 1e-3);
            assert_close("of each", d[1], cases[n].of_value, 3e-3);
        }
    }
}

/* ---- refusals ------------------------------------------------------------------------- */

static void should_refuse(const char *name, const xbar_fit_problem *p,
                          const xbar_fit_options *o, xbar_status status,
                          const char *says)
{
    xbar_fit_result r;
    xbar_error err = {.text = ""};
    if (xbar_fit(&r, p, o, &err) != status)
        fail_msg("%s: not refused, or not so", name);
    if (!strstr(err.text, says))
        fail_msg("%s: %s", name, err.text);
    assert_null(r.estimate);
}

static void test_refusals(void **unused)
{
    (void)unused;
    decay d = decay_new(0.01, 1);
    xbar_fit_problem p = problem_of(&d, plain);
    p.n_parameters = 0;
    should_refuse("nothing free", &p, NULL, XBAR_ERR_INPUT, "0 free parameters");
    p.n_parameters = 3;
    p.n_data = 2;
    should_refuse("too few data", &p, NULL, XBAR_ERR_INPUT, "2 data for 3");
    p.n_data = N;
    const xbar_fit_options many = {.n_starts = 1000};
    should_refuse("many starts", &p, &many, XBAR_ERR_INPUT, "at most 256");
    xbar_fit_parameter q[3];
    memcpy(q, plain, sizeof q);
    q[1].min = 1.0;
    p.parameters = q;
    should_refuse("on its bound", &p, NULL, XBAR_ERR_INPUT, "b begins at 1");
    q[1].min = -inf;
    q[1].initial = NAN;
    should_refuse("no number", &p, NULL, XBAR_ERR_INPUT, "b begins at");
    q[1].initial = 5.0;
    d.has_edge = true;
    should_refuse("no answer at the start", &p, NULL, XBAR_ERR_INPUT,
                  "no answer where");
    d.fails = XBAR_ERR_MACHINE;
    should_refuse("a failing model", &p, NULL, XBAR_ERR_MACHINE, "as told");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_transformations),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_edge),
        cmocka_unit_test(test_outliers),
        cmocka_unit_test(test_robust_errors),
        cmocka_unit_test(test_priors),
        cmocka_unit_test(test_multistart),
        cmocka_unit_test(test_directions),
        cmocka_unit_test(test_profiles),
        cmocka_unit_test(test_profiles_along_a_valley),
        cmocka_unit_test(test_discrepancy),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
