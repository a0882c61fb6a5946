/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "held_out.h"
#include "text.h"

/* What the default model is held against: mean and worst relative error; of cells that are
 * not ohmic twice that. */
typedef struct wanted {
    const char *what;
    bool is_ohmic,
        is_hard; /* hard: inputs above HARD_VOLT, where cells are far from their
                               secants */
    size_t drive;
    double from, to; /* drop */
    held_errors most;
} wanted;

#define HARD_VOLT 0.3

static const wanted targets[] = {
    {"ohmic cells, every row, drop to 60 %",
     true,
     false,
     0,
     -INFINITY,
     .6,
     {.0015, .01}},
    {"ohmic cells, every row, drop to 95 %", true, false, 0, .6, .95, {.002, .015}},
    {"ohmic cells, one row in ten", true, false, 1, -INFINITY, INFINITY, {.005, .05}},
    {"ohmic cells, one row", true, false, 2, -INFINITY, INFINITY, {.025, .2}},
    {"other cells, every row, drop to 60 %",
     false,
     false,
     0,
     -INFINITY,
     .6,
     {.003, .02}},
    {"other cells, every row, drop to 95 %", false, false, 0, .6, .95, {.004, .03}},
    {"other cells, one row in ten", false, false, 1, -INFINITY, INFINITY, {.01, .1}},
    {"other cells, one row", false, false, 2, -INFINITY, INFINITY, {.05, .4}},
    {"sinh to twice its v0, every row",
     false,
     true,
     0,
     -INFINITY,
     INFINITY,
     {.003, .02}},
    {"sinh to twice its v0, one row in ten",
     false,
     true,
     1,
     -INFINITY,
     INFINITY,
     {.01, .1}},
    {"sinh to twice its v0, one row", false, true, 2, -INFINITY, INFINITY, {.05, .4}},
};

static bool is_ohmic(const held_case *q)
{
    return strcmp(q->device, "linear") == 0 && !q->access;
}

static void print_case(const held_case *const *q, const held_result *r, size_t c)
{
    char a[32];
    char b[32];
    for (size_t d = 0; d < HELD_DRIVES; d++) {
        printf("| %s | %s | %s | %s ", q[c]->name, held_drives[d], q[c]->truth,
               bench_percent(a, r[c].drop[d]));
        for (size_t m = 0; m < HELD_MODELS; m++) {
            const held_errors *x = &r[c].as_is[d][m];
            const held_errors *y = &r[c].calibrated[d][m];
            printf("| %s / %s ", bench_percent(a, x->mean), bench_percent(b, x->worst));
            printf("| %s / %s ", bench_percent(a, y->mean), bench_percent(b, y->worst));
        }
        printf("|\n");
    }
}

/* The largest mean and the largest error of the calibrated default model in the cases that
 * a target is about. */
static void print_target(const wanted *t, const held_case *const *q,
                         const held_result *r, size_t n)
{
    char a[32];
    char b[32];
    size_t n_cases = 0;
    held_errors is = {0.0, 0.0};
    for (size_t c = 0; c < n; c++) {
        const held_errors *e = &r[c].calibrated[t->drive][0];
        double drop = r[c].drop[t->drive];
        if (is_ohmic(q[c]) != t->is_ohmic || (q[c]->volt > HARD_VOLT) != t->is_hard ||
            !(drop > t->from && drop <= t->to))
            continue;
        n_cases++;
        is.mean = e->mean <= is.mean ? is.mean : e->mean; /* NaN counts */
        is.worst = e->worst <= is.worst ? is.worst : e->worst;
    }
    printf("| %s | %zu | %s / ", t->what, n_cases, bench_percent(a, t->most.mean));
    printf("%s ", bench_percent(a, t->most.worst));
    if (n_cases == 0)
        printf("| – | – |\n");
    else
        printf("| %s / %s | %s |\n", bench_percent(a, is.mean),
               bench_percent(b, is.worst),
               is.mean <= t->most.mean && is.worst <= t->most.worst ? "yes" : "**no**");
}

void held_print(const held_case *const *q, const held_result *r, size_t n)
{
    printf("| array | driven | truth | drop ");
    for (size_t m = 0; m < HELD_MODELS; m++)
        printf("| %s | calibrated ", held_models[m]);
    printf("|\n");
    for (size_t k = 0; k < 4 + 2 * HELD_MODELS; k++)
        printf("|---");
    printf("|\n");
    for (size_t c = 0; c < n; c++)
        print_case(q, r, c);
    printf("\n| %s, calibrated | cases | wanted, %% | is, %% | met "
           "|\n|---|---|---|---|---|"
           "\n",
           held_models[0]);
    for (size_t k = 0; k < sizeof targets / sizeof *targets; k++)
        print_target(&targets[k], q, r, n);
}
