/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What each closed form gets wrong and what it costs, against the exact solution:
 *
 *   bench_accuracy [--quick] [--held-out] [-o FILE.csv]
 *
 * Tables (Markdown) go to stdout, every figure to FILE.csv. README.md beside this file
 * says what each figure is. Exit status: 0; 1 a form failed, or one that has to be exact
 * is not; 3 the machine failed. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analytical/alpha_beta.h"
#include "analytical/lean.h"
#include "bent.h"
#include "cases.h"
#include "core/version.h"
#include "forms.h"
#include "held_out.h"
#include "measure.h"
#include "spice/session.h"
#include "text.h"

enum { MAX_FORMS = 20, MAX_CASES = 20, STATES = 8, QUICK_STATES = 2 };

/* What an exact form may be off by; CHOLMOD's own error is some 1e-13 here, ngspice's
 * as much (docs/bench-spice.md). */
static const double exact_enough = 1e-9;

typedef struct entry {
    const xbar_closed_form *form;
    size_t max_n;      /* larger arrays take too long */
    size_t max_states; /* the same */
    bool is_lazy, is_exact;
} entry;

typedef struct table {
    entry entries[MAX_FORMS];
    size_t n_entries;
    const bench_case *cases[MAX_CASES];
    double drop[MAX_CASES];
    bench_figures figures[MAX_CASES][MAX_FORMS];
    struct own {
        double state, input;
    } own[MAX_CASES][2]; /* lean over alpha_beta, modes over nodal */
    size_t n_cases, n_states;
} table;

static void add(table *t, const xbar_closed_form *form, size_t max_n, size_t max_states,
                bool is_lazy, bool is_exact)
{
    t->entries[t->n_entries++] = (entry){form, max_n, max_states, is_lazy, is_exact};
}

static void list_forms(table *t, bool quick)
{
    const size_t any = SIZE_MAX;
    add(t, &bench_ideal, any, any, false, false);
    const xbar_closed_form *form = NULL;
    for (size_t k = 0; (form = xbar_closed_form_at(k)) != NULL; k++)
        add(t, form, any, any, false, strcmp(form->name, "uniform") == 0);
    add(t, &bench_modes, any, any, false, false);
    add(t, &bench_nodal, any, any, true, true);
    add(t, &bench_cholmod, any, any, false, true);
    add(t, &bench_spice, quick ? 16 : 64, 2, true, true);
}

static int measure_case(table *t, const bench_case *q)
{
    xbar_error err = {0};
    bench_data data = {0};
    int failed = 0;
    xbar_status status = bench_data_init(&data, q, t->n_states, &err);
    t->cases[t->n_cases] = q;
    t->drop[t->n_cases] = data.drop;
    for (size_t f = 0; status == XBAR_OK && f < t->n_entries; f++) {
        const entry *e = &t->entries[f];
        bench_figures *figures = &t->figures[t->n_cases][f];
        if (q->n > e->max_n || (e->form == &bench_spice && q->drop == 0.0))
            continue;
        size_t n_states = t->n_states < e->max_states ? t->n_states : e->max_states;
        status = bench_measure(figures, e->form, &data, n_states, e->is_lazy, &err);
        if (figures->is_valid && e->is_exact && !(figures->worst <= exact_enough)) {
            fprintf(stderr, "bench_accuracy: %zu x %zu, %g ohm %s: %s is %g off\n",
                    q->n, q->n, q->ohm, q->what, e->form->name, figures->worst);
            failed = 1;
        }
    }
    struct own *own = t->own[t->n_cases];
    if (status == XBAR_OK)
        status = bench_ratios(&own[0].state, &own[0].input, &xbar_closed_form_lean,
                              &xbar_closed_form_alpha_beta, false, &data, &err);
    if (status == XBAR_OK)
        status = bench_ratios(&own[1].state, &own[1].input, &bench_modes, &bench_nodal,
                              true, &data, &err);
    if (status != XBAR_OK) {
        fprintf(stderr, "bench_accuracy: %s\n", err.text);
        failed = xbar_status_exit(status);
    }
    t->n_cases++;
    bench_data_clear(&data);
    return failed;
}

static void print_case(const bench_case *q)
{
    printf("| %zu, %g%s%s ", q->n, q->ohm, *q->what ? ", " : "", q->what);
}

static void print_rule(size_t n_columns)
{
    for (size_t k = 0; k < n_columns; k++)
        printf("|---");
    printf("|\n");
}

/* ---- the tables ---- */

static size_t find(const table *t, const char *name)
{
    size_t f = 0;
    while (f + 1 < t->n_entries && strcmp(t->entries[f].form->name, name) != 0)
        f++;
    return f;
}

/* Is the expected mean among the states' means, give or take a tenth? */
static bool agrees(const bench_figures *f, double expected)
{
    return 0.01 * expected >= 0.9 * f->mean_low &&
           0.01 * expected <= 1.1 * f->mean_high;
}

static void print_reproduction(const table *t)
{
    static const char *const names[3] = {"alpha_beta", "dmr", "jeong"};
    char a[32];
    char b[32];
    printf("| N, ohm | drop | expected ");
    for (size_t k = 0; k < 3; k++)
        printf("| %s | range of means | expected ", names[k]);
    printf("| agrees |\n");
    print_rule(13);
    for (size_t c = 0; c < t->n_cases; c++) {
        const bench_case *q = t->cases[c];
        const double *expected[3] = {q->alpha_beta, q->dmr, q->jeong};
        const char *verdict = "yes";
        if (q->drop == 0.0)
            continue;
        print_case(q);
        printf("| %s | %g ", bench_percent(a, t->drop[c]), q->drop);
        for (size_t k = 0; k < 3; k++) {
            const bench_figures *f = &t->figures[c][find(t, names[k])];
            printf("| %s / %s ", bench_percent(a, f->mean), bench_percent(b, f->worst));
            printf("| %s–%s ", bench_percent(a, f->mean_low),
                   bench_percent(b, f->mean_high));
            printf("| %g / %g ", expected[k][0], expected[k][1]);
            if (!agrees(f, expected[k][0]))
                verdict = "**no**";
        }
        printf("| %s |\n", verdict);
    }
}

static void print_errors(const table *t)
{
    char a[32];
    char b[32];
    printf("| N, ohm | drop ");
    for (size_t f = 0; f < t->n_entries; f++)
        printf("| %s ", t->entries[f].form->name);
    printf("|\n");
    print_rule(t->n_entries + 2);
    for (size_t c = 0; c < t->n_cases; c++) {
        print_case(t->cases[c]);
        printf("| %s ", bench_percent(a, t->drop[c]));
        for (size_t f = 0; f < t->n_entries; f++) {
            const bench_figures *figures = &t->figures[c][f];
            if (!figures->is_valid)
                printf("| – ");
            else
                printf("| %s / %s ", bench_percent(a, figures->mean),
                       bench_percent(b, figures->worst));
        }
        printf("|\n");
    }
}

/* Times depend on the size alone, but for nodal: one case each size. */
static void print_times(const table *t)
{
    char a[32];
    char b[32];
    char d[32];
    bool chosen[MAX_CASES] = {false};
    size_t n_chosen = 0;
    printf("| form ");
    for (size_t c = 0; c < t->n_cases; c++) {
        const bench_case *q = t->cases[c];
        chosen[c] = q->drop > 0.0 && q->ohm == 2.5 && q->cells == CELLS_RANDOM;
        n_chosen += chosen[c];
        if (chosen[c])
            printf("| %zu × %zu ", q->n, q->n);
    }
    printf("|\n");
    print_rule(n_chosen + 1);
    for (size_t f = 0; f < t->n_entries; f++) {
        if (t->entries[f].form == xbar_closed_form_find("uniform"))
            continue;
        printf("| %s ", t->entries[f].form->name);
        for (size_t c = 0; c < t->n_cases; c++) {
            const bench_figures *figures = &t->figures[c][f];
            if (chosen[c] && !figures->is_valid)
                printf("| – ");
            else if (chosen[c])
                printf("| %s + %s (%s) ", bench_seconds(a, figures->state_s),
                       bench_seconds(b, figures->input_s),
                       bench_seconds(d, figures->single_s));
        }
        printf("|\n");
    }
}

/* How our own forms stand to the best of the published ones. */
static double best_peer(const table *t, size_t c)
{
    static const char *const names[3] = {"alpha_beta", "dmr", "jeong"};
    double best = HUGE_VAL;
    for (size_t k = 0; k < 3; k++)
        best = fmin(best, t->figures[c][find(t, names[k])].mean);
    return best;
}

static void print_own(const table *t)
{
    static const char *const names[2] = {"lean", "modes"};
    static const char *const units[2] = {"αβ", "solutions"};
    char a[32];
    char b[32];
    printf("| N, ohm | best published ");
    for (size_t k = 0; k < 2; k++)
        printf("| %s | its state | its input ", names[k]);
    printf("|\n");
    print_rule(8);
    for (size_t c = 0; c < t->n_cases; c++) {
        print_case(t->cases[c]);
        printf("| %s ", bench_percent(a, best_peer(t, c)));
        for (size_t k = 0; k < 2; k++) {
            const bench_figures *f = &t->figures[c][find(t, names[k])];
            printf("| %s / %s | %.1f %s | %.2f ", bench_percent(a, f->mean),
                   bench_percent(b, f->worst), t->own[c][k].state, units[k],
                   t->own[c][k].input);
        }
        printf("|\n");
    }
}

static int write_csv(const table *t, const char *path)
{
    static const char *const cells[] = {"random", "on", "binary", "blocks", "half"};
    static const char *const drives[] = {"dense", "tenth", "one_row"};
    FILE *out = fopen(path, "w");
    if (!out) {
        fprintf(stderr, "bench_accuracy: %s: cannot be written\n", path);
        return 3;
    }
    fprintf(out, "# n,ohm,cells,drive,drop,form,mean,worst,mean_low,mean_high,state_s,"
                 "input_s,single_s\n");
    for (size_t c = 0; c < t->n_cases; c++)
        for (size_t f = 0; f < t->n_entries; f++) {
            const bench_case *q = t->cases[c];
            const bench_figures *x = &t->figures[c][f];
            if (x->is_valid)
                fprintf(out,
                        "%zu,%g,%s,%s,%.6g,%s,%.6g,%.6g,%.6g,%.6g,%.6g,%.6g,%.6g\n",
                        q->n, q->ohm, cells[q->cells], drives[q->drive], t->drop[c],
                        t->entries[f].form->name, x->mean, x->worst, x->mean_low,
                        x->mean_high, x->state_s, x->input_s, x->single_s);
        }
    return fclose(out) == 0 ? 0 : 3;
}

static xbar_status print_report(const table *t, bool quick, xbar_error *err)
{
    double load = NAN;
    if (getloadavg(&load, 1) != 1)
        load = NAN;
    printf("xbar %s, commit %s; CHOLMOD %s, ngspice %s; %s %s; load average at the end "
           "%.1f.\n\n",
           xbar_version, xbar_commit, bench_cholmod_version(), xbar_spice_version(),
#ifdef __clang__
           "clang",
#else
           "gcc",
#endif
           __VERSION__, load);
    printf("## The table, reproduced\n\nRelative error of the columns' currents in %%, "
           "mean / worst over %zu states of %d inputs.\n\n",
           t->n_states, BENCH_INPUTS);
    print_reproduction(t);
    printf("\n## All forms\n\nRelative error in %%, mean / worst.\n\n");
    print_errors(t);
    printf(
        "\n## Our own\n\nRelative error in %%, mean / worst; a state in units of "
        "alpha_beta's (lean), or with its first input in units of nodal's, one exact "
        "solution (modes); an input alone in units of ideal's.\n\n");
    print_own(t);
    printf("\n");
    XBAR_TRY(bent_print(quick, err));
    printf("\n## Time\n\nA state + an input of %d together (an input alone).\n\n",
           BENCH_INPUTS);
    print_times(t);
    return XBAR_OK;
}

/* ---- the two halves of the program ---- */

static int run_forms(bool quick, const char *path)
{
    static table t;
    int failed = 0;
    list_forms(&t, quick);
    t.n_states = quick ? QUICK_STATES : STATES;
    for (size_t c = 0; c < bench_n_cases; c++) {
        if (quick && bench_cases[c].n > 64)
            continue;
        fprintf(stderr, "%zu x %zu, %g ohm %s\n", bench_cases[c].n, bench_cases[c].n,
                bench_cases[c].ohm, bench_cases[c].what);
        int status = measure_case(&t, &bench_cases[c]);
        failed = status > failed ? status : failed;
    }
    xbar_error err = {0};
    xbar_status reported = print_report(&t, quick, &err);
    if (reported != XBAR_OK) {
        fprintf(stderr, "bench_accuracy: %s\n", err.text);
        return xbar_status_exit(reported);
    }
    int written = write_csv(&t, path);
    return written > failed ? written : failed;
}

static int run_held_out(bool quick)
{
    static held_result results[MAX_CASES];
    const held_case *cases[MAX_CASES];
    size_t n = 0;
    for (size_t c = 0; c < held_n_cases; c++) {
        const held_case *q = &held_cases[c];
        xbar_error err = {0};
        if (quick && q->n_rows > 48)
            continue;
        fprintf(stderr, "calibrated: %s\n", q->name);
        cases[n] = q;
        xbar_status status = held_measure(&results[n], q, &err);
        if (status != XBAR_OK) {
            fprintf(stderr, "bench_accuracy: %s: %s\n", q->name, err.text);
            return xbar_status_exit(status);
        }
        n++;
    }
    printf(
        "\n## Calibrated\n\nRelative error in %% on states and inputs that the fit has "
        "not seen, mean / worst; each model with its initial constants, then "
        "calibrated.\n\n");
    held_print(cases, results, n);
    return 0;
}

int main(int argc, char **argv)
{
    bool quick = false;
    bool held_out_alone = false;
    const char *path = "results/bench_accuracy.csv";
    for (int k = 1; k < argc; k++) {
        if (strcmp(argv[k], "--quick") == 0) {
            quick = true;
        } else if (strcmp(argv[k], "--held-out") == 0) {
            held_out_alone = true;
        } else if (strcmp(argv[k], "-o") == 0 && k + 1 < argc) {
            path = argv[++k];
        } else {
            fprintf(stderr,
                    "usage: bench_accuracy [--quick] [--held-out] [-o FILE.csv]\n");
            return 2;
        }
    }
    int failed = held_out_alone ? 0 : run_forms(quick, path);
    int held_out = run_held_out(quick);
    return held_out > failed ? held_out : failed;
}
