/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Non-linear regression problems with certified answers: NIST's Statistical Reference
 * Datasets, https://www.itl.nist.gov/div898/strd/nls/nls_main.shtml. Estimates and
 * standard errors from both of NIST's starts, with differences for derivatives and with
 * the exact ones. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "calibrate/fit.h"

enum { MAX_B = 7, MAX_N = 40 };

typedef struct dataset {
    const char *name;
    size_t n, m;
    /* y(x; b) and dy/db */
    double (*model)(double x, const double *b, double *slope);
    double start[2][MAX_B];
    double certified[MAX_B], deviation[MAX_B];
    double cost; /* residual sum of squares */
    double y[MAX_N], x[MAX_N];
} dataset;

static double saturating(double x, const double *b, double *slope)
{
    double e = exp(-b[1] * x);
    slope[0] = 1.0 - e;
    slope[1] = b[0] * x * e;
    return b[0] * (1.0 - e);
}

static double power(double x, const double *b, double *slope)
{
    double e = pow(x, b[1]);
    slope[0] = e;
    slope[1] = b[0] * e * log(x);
    return b[0] * e;
}

static double logistic(double x, const double *b, double *slope)
{
    double e = exp(b[1] - b[2] * x);
    double y = b[0] / (1.0 + e);
    slope[0] = 1.0 / (1.0 + e);
    slope[1] = -y * e / (1.0 + e);
    slope[2] = y * e / (1.0 + e) * x;
    return y;
}

static double richards(double x, const double *b, double *slope)
{
    double e = exp(b[1] - b[2] * x);
    double y = b[0] * pow(1.0 + e, -1.0 / b[3]);
    slope[0] = y / b[0];
    slope[1] = -y / b[3] * e / (1.0 + e);
    slope[2] = -slope[1] * x;
    slope[3] = y * log1p(e) / (b[3] * b[3]);
    return y;
}

static double peak(double x, const double *b, double *slope)
{
    double u = (x - b[2]) / b[1];
    double y = b[0] / b[1] * exp(-0.5 * u * u);
    slope[0] = y / b[0];
    slope[1] = y * (u * u - 1.0) / b[1];
    slope[2] = y * u / b[1];
    return y;
}

static double meyer(double x, const double *b, double *slope)
{
    double e = exp(b[1] / (x + b[2]));
    slope[0] = e;
    slope[1] = b[0] * e / (x + b[2]);
    slope[2] = -b[0] * e * b[1] / ((x + b[2]) * (x + b[2]));
    return b[0] * e;
}

static double two_decays(double x, const double *b, double *slope)
{
    double e4 = exp(-x * b[3]);
    double e5 = exp(-x * b[4]);
    slope[0] = 1.0;
    slope[1] = e4;
    slope[2] = e5;
    slope[3] = -x * b[1] * e4;
    slope[4] = -x * b[2] * e5;
    return b[0] + b[1] * e4 + b[2] * e5;
}

static double kowalik(double x, const double *b, double *slope)
{
    double up = x * x + x * b[1];
    double down = x * x + x * b[2] + b[3];
    double y = b[0] * up / down;
    slope[0] = up / down;
    slope[1] = b[0] * x / down;
    slope[2] = -y * x / down;
    slope[3] = -y / down;
    return y;
}

static double cubic_ratio(double x, const double *b, double *slope)
{
    double up = b[0] + x * (b[1] + x * (b[2] + x * b[3]));
    double down = 1.0 + x * (b[4] + x * (b[5] + x * b[6]));
    double term = 1.0;
    for (size_t j = 0; j < 4; j++, term *= x)
        slope[j] = term / down;
    term = x;
    for (size_t j = 4; j < 7; j++, term *= x)
        slope[j] = -up * term / (down * down);
    return up / down;
}

static double roszman(double x, const double *b, double *slope)
{
    double u = b[2] / (x - b[3]);
    double d = 1.0 / (1.0 + u * u) / M_PI;
    slope[0] = 1.0;
    slope[1] = -x;
    slope[2] = -d / (x - b[3]);
    slope[3] = -d * u / (x - b[3]);
    return b[0] - b[1] * x - atan(u) / M_PI;
}

static const dataset datasets[] = {
    {
        .name = "Misra1a (lower)",
        .n = 14,
        .m = 2,
        .model = saturating,
        .start = {{500, 1e-4}, {250, 5e-4}},
        .certified = {2.3894212918e+02, 5.5015643181e-04},
        .deviation = {2.7070075241e+00, 7.2668688436e-06},
        .cost = 1.2455138894e-01,
        .y = {10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05,
              61.01, 66.40, 75.47, 81.78},
        .x = {77.6, 114.9, 141.1, 190.8, 239.9, 289.0, 332.8, 378.4, 434.8, 477.3,
              536.8, 593.1, 689.1, 760.0},
    },
    {
        .name = "DanWood (lower)",
        .n = 6,
        .m = 2,
        .model = power,
        .start = {{1, 5}, {0.7, 4}},
        .certified = {7.6886226176e-01, 3.8604055871e+00},
        .deviation = {1.8281973860e-02, 5.1726610913e-02},
        .cost = 4.3173084083e-03,
        .y = {2.138, 3.421, 3.597, 4.340, 4.882, 5.660},
        .x = {1.309, 1.471, 1.490, 1.565, 1.611, 1.680},
    },
    {
        .name = "Roszman1 (average)",
        .n = 25,
        .m = 4,
        .model = roszman,
        .start = {{0.1, -0.00001, 1000, -100}, {0.2, -0.000005, 1200, -150}},
        .certified = {2.0196866396e-01, -6.1953516256e-06, 1.2044556708e+03,
                      -1.8134269537e+02},
        .deviation = {1.9172666023e-02, 3.2058931691e-06, 7.4050983057e+01,
                      4.9573513849e+01},
        .cost = 4.9484847331e-04,
        .y = {0.252429, 0.252141, 0.251809, 0.297989, 0.296257, 0.295319, 0.339603,
              0.337731, 0.333820, 0.389510, 0.386998, 0.438864, 0.434887, 0.427893,
              0.471568, 0.461699, 0.461144, 0.513532, 0.506641, 0.505062, 0.535648,
              0.533726, 0.568064, 0.612886, 0.624169},
        .x = {-4868.68, -4868.09, -4867.41, -3375.19, -3373.14, -3372.03, -2473.74,
              -2472.35, -2469.45, -1894.65, -1893.40, -1497.24, -1495.85, -1493.41,
              -1208.68, -1206.18, -1206.04, -997.92,  -996.61,  -996.31,  -834.94,
              -834.66,  -710.03,  -530.16,  -464.17},
    },
    {
        .name = "MGH17 (average)",
        .n = 33,
        .m = 5,
        .model = two_decays,
        .start = {{50, 150, -100, 1, 2}, {0.5, 1.5, -1, 0.01, 0.02}},
        .certified = {3.7541005211e-01, 1.9358469127e+00, -1.4646871366e+00,
                      1.2867534640e-02, 2.2122699662e-02},
        .deviation = {2.0723153551e-03, 2.2031669222e-01, 2.2175707739e-01,
                      4.4861358114e-04, 8.9471996575e-04},
        .cost = 5.4648946975e-05,
        .y = {0.844, 0.908, 0.932, 0.936, 0.925, 0.908, 0.881, 0.850, 0.818,
              0.784, 0.751, 0.718, 0.685, 0.658, 0.628, 0.603, 0.580, 0.558,
              0.538, 0.522, 0.506, 0.490, 0.478, 0.467, 0.457, 0.448, 0.438,
              0.431, 0.424, 0.420, 0.414, 0.411, 0.406},
        .x = {0,   10,  20,  30,  40,  50,  60,  70,  80,  90,  100,
              110, 120, 130, 140, 150, 160, 170, 180, 190, 200, 210,
              220, 230, 240, 250, 260, 270, 280, 290, 300, 310, 320},
    },
    {
        .name = "MGH09 (higher)",
        .n = 11,
        .m = 4,
        .model = kowalik,
        .start = {{25, 39, 41.5, 39}, {0.25, 0.39, 0.415, 0.39}},
        .certified = {1.9280693458e-01, 1.9128232873e-01, 1.2305650693e-01,
                      1.3606233068e-01},
        .deviation = {1.1435312227e-02, 1.9633220911e-01, 8.0842031232e-02,
                      9.0025542308e-02},
        .cost = 3.0750560385e-04,
        .y = {0.1957, 0.1947, 0.1735, 0.1600, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323,
              0.0235, 0.0246},
        .x = {4, 2, 1, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625},
    },
    {
        .name = "Thurber (higher)",
        .n = 37,
        .m = 7,
        .model = cubic_ratio,
        .start = {{1000, 1000, 400, 40, 0.7, 0.3, 0.03},
                  {1300, 1500, 500, 75, 1, 0.4, 0.05}},
        .certified = {1.2881396800e+03, 1.4910792535e+03, 5.8323836877e+02,
                      7.5416644291e+01, 9.6629502864e-01, 3.9797285797e-01,
                      4.9727297349e-02},
        .deviation = {4.6647963344e+00, 3.9571156086e+01, 2.8698696102e+01,
                      5.5675370270e+00, 3.1333340687e-02, 1.4984928198e-02,
                      6.5842344623e-03},
        .cost = 5.6427082397e+03,
        .y = {80.574,   84.248,   87.264,   87.195,   89.076,   89.608,   89.868,
              90.101,   92.405,   95.854,   100.696,  101.060,  401.672,  390.724,
              567.534,  635.316,  733.054,  759.087,  894.206,  990.785,  1090.109,
              1080.914, 1122.643, 1178.351, 1260.531, 1273.514, 1288.339, 1327.543,
              1353.863, 1414.509, 1425.208, 1421.384, 1442.962, 1464.350, 1468.705,
              1447.894, 1457.628},
        .x = {-3.067, -2.981, -2.921, -2.912, -2.840, -2.797, -2.702, -2.699,
              -2.633, -2.481, -2.363, -2.322, -1.501, -1.460, -1.274, -1.212,
              -1.100, -1.046, -0.915, -0.714, -0.566, -0.545, -0.400, -0.309,
              -0.109, -0.103, 0.010,  0.119,  0.377,  0.790,  0.963,  1.006,
              1.115,  1.572,  1.841,  2.047,  2.200},
    },
    {
        .name = "BoxBOD (higher)",
        .n = 6,
        .m = 2,
        .model = saturating,
        .start = {{1, 1}, {100, 0.75}},
        .certified = {2.1380940889e+02, 5.4723748542e-01},
        .deviation = {1.2354515176e+01, 1.0455993237e-01},
        .cost = 1.1680088766e+03,
        .y = {109, 149, 149, 191, 213, 224},
        .x = {1, 2, 3, 5, 7, 10},
    },
    {
        .name = "Rat42 (higher)",
        .n = 9,
        .m = 3,
        .model = logistic,
        .start = {{100, 1, 0.1}, {75, 2.5, 0.07}},
        .certified = {7.2462237576e+01, 2.6180768402e+00, 6.7359200066e-02},
        .deviation = {1.7340283401e+00, 8.8295217536e-02, 3.4465663377e-03},
        .cost = 8.0565229338e+00,
        .y = {8.930, 10.800, 18.590, 22.330, 39.350, 56.110, 61.730, 64.620, 67.080},
        .x = {9, 14, 21, 28, 42, 57, 63, 70, 79},
    },
    {
        .name = "Rat43 (higher)",
        .n = 15,
        .m = 4,
        .model = richards,
        .start = {{100, 10, 1, 1}, {700, 5, 0.75, 1.3}},
        .certified = {6.9964151270e+02, 5.2771253025e+00, 7.5962938329e-01,
                      1.2792483859e+00},
        .deviation = {1.6302297817e+01, 2.0828735829e+00, 1.9566123451e-01,
                      6.8761936385e-01},
        .cost = 8.7864049080e+03,
        .y = {16.08, 33.83, 65.80, 97.20, 191.55, 326.20, 386.87, 520.53, 590.03,
              651.92, 724.93, 699.56, 689.96, 637.56, 717.41},
        .x = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    },
    {
        .name = "MGH10 (higher)",
        .n = 16,
        .m = 3,
        .model = meyer,
        .start = {{2, 400000, 25000}, {0.02, 4000, 250}},
        .certified = {5.6096364710e-03, 6.1813463463e+03, 3.4522363462e+02},
        .deviation = {1.5687892471e-04, 2.3309021107e+01, 7.8486103508e-01},
        .cost = 8.7945855171e+01,
        .y = {34780, 28610, 23650, 19630, 16370, 13720, 11540, 9744, 8261, 7030, 6005,
              5147, 4427, 3820, 3307, 2872},
        .x = {50, 55, 60, 65, 70, 75, 80, 85, 90, 95, 100, 105, 110, 115, 120, 125},
    },
    {
        .name = "Eckerle4 (higher)",
        .n = 35,
        .m = 3,
        .model = peak,
        .start = {{1, 10, 500}, {1.5, 5, 450}},
        .certified = {1.5543827178e+00, 4.0888321754e+00, 4.5154121844e+02},
        .deviation = {1.5408051163e-02, 4.6803020753e-02, 4.6800518816e-02},
        .cost = 1.4635887487e-03,
        .y = {0.0001575, 0.0001699, 0.0002350, 0.0003102, 0.0004917, 0.0008710,
              0.0017418, 0.0046400, 0.0065895, 0.0097302, 0.0149002, 0.0237310,
              0.0401683, 0.0712559, 0.1264458, 0.2073413, 0.2902366, 0.3445623,
              0.3698049, 0.3668534, 0.3106727, 0.2078154, 0.1164354, 0.0616764,
              0.0337200, 0.0194023, 0.0117831, 0.0074357, 0.0022732, 0.0008800,
              0.0004579, 0.0002345, 0.0001586, 0.0001143, 0.0000710},
        .x = {400,   405, 410,   415, 420,   425, 430,   435, 436.5, 438, 439.5, 441,
              442.5, 444, 445.5, 447, 448.5, 450, 451.5, 453, 454.5, 456, 457.5, 459,
              460.5, 462, 463.5, 465, 470,   475, 480,   485, 490,   495, 500},
    },
};
enum { N_DATASETS = sizeof datasets / sizeof *datasets };

static xbar_status residuals(double *r, double *jacobian, const double *p,
                             const void *with, xbar_error *err)
{
    const dataset *d = with;
    (void)err;
    for (size_t k = 0; k < d->n; k++) {
        double slope[MAX_B];
        r[k] = d->model(d->x[k], p, slope) - d->y[k];
        if (jacobian)
            memcpy(jacobian + k * d->m, slope, d->m * sizeof *slope);
    }
    return XBAR_OK;
}

static double digits(double got, double want)
{
    return -log10(fmax(fabs(got / want - 1.0), 1e-16));
}

/* @return the fewest digits of an estimate; those of a deviation are held to one less, as
 * NIST prints what depends on the square */
static double solve(const dataset *d, size_t start, bool exact)
{
    xbar_fit_parameter p[MAX_B];
    char names[MAX_B][24];
    for (size_t j = 0; j < d->m; j++) {
        snprintf(names[j], sizeof names[j], "b%zu", j + 1);
        p[j] = (xbar_fit_parameter){.name = names[j],
                                    .initial = d->start[start][j],
                                    .min = -(double)INFINITY,
                                    .max = (double)INFINITY};
    }
    const xbar_fit_problem problem = {.parameters = p,
                                      .n_parameters = d->m,
                                      .n_data = d->n,
                                      .residuals = residuals,
                                      .has_jacobian = exact,
                                      .with = d};
    const xbar_fit_options options = {.max_iterations = 5000, .tolerance = 1e-11};
    xbar_fit_result r;
    xbar_error err;
    if (xbar_fit(&r, &problem, &options, &err) != XBAR_OK)
        fail_msg("%s: %s", d->name, err.text);
    double fewest = 16.0;
    double fewest_deviation = 16.0;
    for (size_t j = 0; j < d->m; j++) {
        /* of Eckerle4's peak the first two may both be negative */
        fewest = fmin(fewest, digits(fabs(r.estimate[j]), fabs(d->certified[j])));
        fewest_deviation =
            fmin(fewest_deviation, digits(r.standard_error[j], d->deviation[j]));
    }
    print_message("# %-18s start %zu %-8s %4.1f digits, deviations %4.1f, %zu "
                  "iterations, %s\n",
                  d->name, start + 1, exact ? "exact" : "numeric", fewest,
                  fewest_deviation, r.n_iterations, r.method);
    if (!(fewest >= 6.0 && fewest_deviation >= 4.0 && digits(r.cost, d->cost) >= 6.0))
        fail_msg("%s, start %zu, %s: %.2f digits, deviations %.2f, cost %.10g", d->name,
                 start + 1, exact ? "exact" : "numeric", fewest, fewest_deviation,
                 r.cost);
    assert_true(r.converged);
    xbar_fit_clear(&r);
    return fewest;
}

static void test_certified(void **unused)
{
    (void)unused;
    for (size_t k = 0; k < N_DATASETS; k++)
        for (size_t start = 0; start < 2; start++)
            (void)solve(&datasets[k], start, true);
}

static void test_certified_by_differences(void **unused)
{
    (void)unused;
    for (size_t k = 0; k < N_DATASETS; k++)
        for (size_t start = 0; start < 2; start++)
            (void)solve(&datasets[k], start, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_certified),
        cmocka_unit_test(test_certified_by_differences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
