/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a further run is worth: the algebra of gain.h against its own sums written out, and
 * what must follow from it. No clock is looked at. */
#include "check.h"

#include <math.h>
#include <string.h>

#include "calibrate/gain.h"

enum { P = 2, N_MADE = 2, N_CANDIDATES = 3, N_ALL = N_MADE + N_CANDIDATES };

/* Two parameters; places differ in one feature. */
typedef struct world {
    double value[P], width[P], sigma;
    double place[N_ALL];
    double information[N_ALL][P * P];
    double score[N_MADE][P];
    xbar_site sites[N_ALL];
    xbar_outlook o;
} world;

static void world_init(world *w)
{
    *w = (world){
        .value = {1.0, -2.0},
        .width = {10.0, 20.0},
        .sigma = 0.7,
        .place = {0.0, 0.3, 0.2, 1.0, 0.6},
        .information = {{40.0, 3.0, 3.0, 2.0},
                        {25.0, -4.0, -4.0, 5.0},
                        {12.0, 1.0, 1.0, 9.0},
                        {60.0, 8.0, 8.0, 30.0},
                        {5.0, 0.0, 0.0, 7.0}},
        .score = {{14.0, 2.0}, {-8.0, 4.0}},
    };
    for (size_t k = 0; k < N_ALL; k++) {
        w->sites[k] = (xbar_site){.n_outputs = 4 + k, .information = w->information[k]};
        for (size_t f = 0; f < XBAR_N_FEATURES; f++)
            w->sites[k].feature[f] = 1.0;
        w->sites[k].feature[XBAR_FEATURE_SPREAD] = w->place[k];
        w->sites[k].score = k < N_MADE ? w->score[k] : NULL;
    }
    w->o = (xbar_outlook){.n_free = P,
                          .value = w->value,
                          .width = w->width,
                          .sigma = w->sigma,
                          .made = w->sites,
                          .n_made = N_MADE,
                          .candidates = w->sites + N_MADE,
                          .n_candidates = N_CANDIDATES};
}

/* E (J_t (estimate - p - eta_t))^2 over the targets, from the covariance of eta at every
 * pair of places. @param made  which sites are */
static double by_sums(const world *w, const bool made[N_ALL], double drift)
{
    double m[P][P] = {{1.0 / (w->width[0] * w->width[0]), 0.0},
                      {0.0, 1.0 / (w->width[1] * w->width[1])}};
    for (size_t i = 0; i < P; i++)
        for (size_t j = 0; j < P; j++) {
            m[i][j] *= w->sigma * w->sigma;
            for (size_t c = 0; c < N_ALL; c++)
                m[i][j] += made[c] ? w->information[c][P * i + j] : 0.0;
        }
    const double det = m[0][0] * m[1][1] - m[0][1] * m[1][0];
    const double inverse[P][P] = {{m[1][1] / det, -m[0][1] / det},
                                  {-m[1][0] / det, m[0][0] / det}};
    double v = 0.0;
    for (size_t t = N_MADE; t < N_ALL; t++) {
        /* estimate - p - eta_t = sum_c A_c eta_c + noise, A_t less 1 */
        double a[N_ALL + 1][P][P] = {{{0.0}}};
        double place[N_ALL + 1];
        for (size_t c = 0; c < N_ALL; c++) {
            place[c] = w->place[c];
            for (size_t i = 0; i < P; i++)
                for (size_t j = 0; j < P; j++)
                    for (size_t l = 0; l < P && made[c]; l++)
                        a[c][i][j] += inverse[i][l] * w->information[c][P * l + j];
        }
        place[N_ALL] = w->place[t];
        a[N_ALL][0][0] = a[N_ALL][1][1] = -1.0;
        for (size_t i = 0; i < P; i++)
            for (size_t j = 0; j < P; j++) {
                double covariance = w->sigma * w->sigma * inverse[i][j];
                for (size_t c = 0; c <= N_ALL; c++)
                    for (size_t e = 0; e <= N_ALL; e++)
                        for (size_t l = 0; l < P; l++) {
                            const double x = place[c] - place[e]; /* their range is 1 */
                            const double d = drift * w->value[l];
                            covariance +=
                                a[c][i][l] * d * d * exp(-0.5 * x * x) * a[e][j][l];
                        }
                v += w->information[t][P * i + j] * covariance /
                     (double)(N_CANDIDATES * w->sites[t].n_outputs);
            }
    }
    return v;
}

static void assert_close(const char *what, double got, double want, double by)
{
    if (!(fabs(got - want) <= by * fabs(want)))
        fail_msg("%s: %.12g, want %.12g", what, got, want);
}

static void test_sums(void **unused)
{
    (void)unused;
    world w;
    xbar_gain *g = NULL;
    bool made[N_ALL] = {true, true, false, false, false};
    world_init(&w);
    assert_int_equal(xbar_gain_new(&g, &w.o, NULL), XBAR_OK);
    const double drift = xbar_gain_drift(g);
    assert_true(drift > 0.02 && drift < 0.9); /* neither of its limits */
    assert_close("as things stand", xbar_gain_variance(g, N_CANDIDATES),
                 by_sums(&w, made, drift), 1e-10);
    for (size_t k = 0; k < N_CANDIDATES; k++) {
        made[N_MADE + k] = true;
        assert_close("one more", xbar_gain_variance(g, k), by_sums(&w, made, drift),
                     1e-10);
        made[N_MADE + k] = false;
    }
    xbar_gain_take(g, 1);
    made[N_MADE + 1] = true;
    assert_close("taken", xbar_gain_variance(g, N_CANDIDATES), by_sums(&w, made, drift),
                 1e-10);
    made[N_MADE + 2] = true;
    assert_close("and another", xbar_gain_variance(g, 2), by_sums(&w, made, drift),
                 1e-10);
    xbar_gain_free(g);
}

/* Residuals that tell of no drift leave the least of it. */
static void test_least_drift(void **unused)
{
    (void)unused;
    world w;
    xbar_gain *g = NULL;
    world_init(&w);
    memset(w.score, 0, sizeof w.score);
    assert_int_equal(xbar_gain_new(&g, &w.o, NULL), XBAR_OK);
    assert_true(xbar_gain_drift(g) == 0.01);
    xbar_gain_free(g);
}

/* Runs where the targets are help; many elsewhere pull the constants away from them. */
static void test_places(void **unused)
{
    (void)unused;
    world w;
    xbar_gain *g = NULL;
    world_init(&w);
    /* made here and there alike; targets mostly there */
    static const double places[N_ALL] = {0.0, 1.0, 0.0, 1.0, 1.0};
    for (size_t k = 0; k < N_ALL; k++) {
        const double much = k == N_MADE ? 1000.0 : 50.0;
        const double both[] = {much, 0.0, 0.0, much};
        memcpy(w.information[k], both, sizeof both);
        w.sites[k].feature[XBAR_FEATURE_SPREAD] = places[k];
        w.sites[k].n_outputs = (size_t)(much / 10.0);
    }
    for (size_t k = 0; k < N_MADE; k++)
        w.score[k][0] = 30.0;
    assert_int_equal(xbar_gain_new(&g, &w.o, NULL), XBAR_OK);
    const double now = xbar_gain_variance(g, N_CANDIDATES);
    assert_true(xbar_gain_variance(g, 0) > 1.1 * now);
    assert_true(xbar_gain_variance(g, 1) < 0.9 * now);
    xbar_gain_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sums),
        cmocka_unit_test(test_least_drift),
        cmocka_unit_test(test_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
