/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report.h"

#include <math.h>
#include <stdio.h>

#include "core/version.h"
#include "machine.h"
#include "nodal/tiles.h"

/* What the others may take of the plain cells' time. */
static const double allowed = 5.0;

/* ---- numbers as people read them ---- */

static const char *seconds(char text[32], double s)
{
    static const struct {
        double unit;
        const char *name;
    } units[] = {{1.0, "s"}, {1e-3, "ms"}, {1e-6, "µs"}};
    size_t k = 0;
    while (k < 2 && s < 0.9995 * units[k].unit)
        k++;
    snprintf(text, 32, "%.3g %s", s / units[k].unit, units[k].name);
    return text;
}

static void head(const char *const *names, size_t n)
{
    for (size_t k = 0; k < n; k++)
        printf("| %s ", names[k]);
    printf("|\n");
    for (size_t k = 0; k < n; k++)
        printf("|---");
    printf("|\n");
}

/* A head whose first column is named, and the others are the sizes. */
static void head_of_sizes(const bench_report *r, const char *first)
{
    size_t n = 1;
    printf("| %s ", first);
    for (size_t size = 0; size < N_SIZES; size++)
        if (r->has_size[size]) {
            printf("| %zu ", bench_sizes[size].n);
            n++;
        }
    printf("|\n");
    for (size_t k = 0; k < n; k++)
        printf("|---");
    printf("|\n");
}

/* ---- answers ---- */

static bool is_wrong(const bench_case *c, int tolerance)
{
    return c->answer[tolerance].failed || !bench_is_right(c->answer[tolerance].error);
}

/* The case whose error, as a share of what is allowed, is the largest; and the worst of
 * both errors. */
static const bench_case *find_worst(const bench_report *r, int t, bench_error *worst)
{
    const bench_case *found = NULL;
    double most = -1.0;
    *worst = (bench_error){0.0, 0.0};
    for (size_t k = 0; k < r->n_cases; k++) {
        bench_error e = r->cases[k].answer[t].error;
        double share = fmax(e.largest / 1e-10, e.relative / 1e-8);
        worst->largest = fmax(worst->largest, e.largest);
        worst->relative = fmax(worst->relative, e.relative);
        if (share > most) {
            most = share;
            found = &r->cases[k];
        }
    }
    return found;
}

static size_t print_answers(const bench_report *r)
{
    static const char *const names[] = {"tolerance",
                                        "cases",
                                        "failed",
                                        "not tight",
                                        "worst error, of the largest output",
                                        "of an output itself",
                                        "worst case",
                                        "not right enough"};
    size_t wrong[N_TOLERANCES] = {0};
    double bound = 0.0;
    for (size_t k = 0; k < r->n_cases; k++)
        bound = fmax(bound, r->cases[k].bound);
    printf(
        "## Answers\n\nOf the exact outputs none is more than %.0e of the largest off; "
        "that is part of the errors below.\n\n",
        bound);
    head(names, sizeof names / sizeof *names);
    for (int t = 0; t < N_TOLERANCES; t++) {
        size_t failed = 0, loose = 0;
        bench_error worst;
        const bench_case *c = find_worst(r, t, &worst);
        for (size_t k = 0; k < r->n_cases; k++) {
            failed += r->cases[k].answer[t].failed;
            wrong[t] += is_wrong(&r->cases[k], t);
            loose += !r->cases[k].answer[t].failed && !r->cases[k].answer[t].is_tight;
        }
        printf("| %g | %zu | %zu | %zu | %.1e | %.1e | %zu, %s, %g and %g Ω | %zu |\n",
               bench_tolerances[t], r->n_cases, failed, loose, worst.largest,
               worst.relative, bench_sizes[c->size].n, bench_cells_name[c->cells],
               bench_wires_of[c->wires].row_ohm, bench_wires_of[c->wires].col_ohm,
               wrong[t]);
    }
    printf("\nThe loosest tolerance up to which every answer is right enough: %g.\n\n",
           bench_tolerances[r->loose]);
    return wrong[STRICT];
}

/* ---- one solution ---- */

static const bench_case *find(const bench_report *r, size_t size, bench_cells cells,
                              int wires)
{
    for (size_t k = 0; k < r->n_cases; k++)
        if (r->cases[k].size == size && r->cases[k].cells == cells &&
            r->cases[k].wires == wires)
            return &r->cases[k];
    return NULL;
}

static void print_plain(const bench_report *r, bool loose)
{
    char a[32], b[32];
    head_of_sizes(r, "");
    printf("| wanted ");
    for (size_t size = 0; size < N_SIZES; size++)
        if (r->has_size[size])
            printf("| %s ", seconds(a, bench_sizes[size].wanted_s));
    printf("|\n");
    for (int cells = 0; bench_is_plain((bench_cells)cells); cells++) {
        printf("| %s ", bench_cells_name[cells]);
        for (size_t size = 0; size < N_SIZES; size++) {
            if (!r->has_size[size])
                continue;
            const bench_case *c = find(r, size, (bench_cells)cells, USUAL_WIRES);
            const bench_times *t = loose ? &c->loose : &c->strict;
            bool met = t->best_s <= bench_sizes[size].wanted_s;
            printf("| %s%s%s (%s; %zu) ", met ? "" : "**", seconds(a, t->best_s),
                   met ? "" : "**", seconds(b, t->median_s), t->steps);
        }
        printf("|\n");
    }
    printf("\n");
}

/* The slowest of some cases, as times the plain cells' target. */
typedef struct slowest {
    double times;
    const bench_case *c;
} slowest;

static slowest find_slowest(const bench_report *r, size_t size, int cells, int wires,
                            bool loose)
{
    slowest s = {0.0, NULL};
    for (size_t k = 0; k < r->n_cases; k++) {
        const bench_case *c = &r->cases[k];
        if (c->size != size || (cells >= 0 && (int)c->cells != cells) ||
            (wires >= 0 && c->wires != wires))
            continue;
        double best = loose ? c->loose.best_s : c->strict.best_s;
        double times =
            best > 0.0 ? best / bench_sizes[size].wanted_s : (double)INFINITY;
        if (times > s.times)
            s = (slowest){times, c};
    }
    return s;
}

static void print_times(slowest s, bool with_wires)
{
    if (!s.c) {
        printf("| – ");
        return;
    }
    bool met = s.times <= allowed;
    printf("| %s%.2g%s", met ? "" : "**", s.times, met ? "" : "**");
    if (with_wires) {
        bench_wires w = bench_wires_of[s.c->wires];
        printf(" (%g, %g Ω)", w.row_ohm, w.col_ohm);
    } else {
        printf(" (%s)", bench_cells_name[s.c->cells]);
    }
    printf(" ");
}

static void print_structured(const bench_report *r, bool loose)
{
    head_of_sizes(r, "cells, at 2.5 Ω");
    for (int cells = 0; cells < N_CELLS; cells++) {
        printf("| %s ", bench_cells_name[cells]);
        for (size_t size = 0; size < N_SIZES; size++)
            if (r->has_size[size]) {
                slowest s = find_slowest(r, size, cells, USUAL_WIRES, loose);
                bool met = s.times <= allowed;
                printf("| %s%.2g%s ", met ? "" : "**", s.times, met ? "" : "**");
            }
        printf("|\n");
    }
    printf("\n");
    head_of_sizes(r, "row, column segment: the slowest cells");
    for (int wires = 0; wires < N_WIRES; wires++) {
        printf("| %g, %g Ω ", bench_wires_of[wires].row_ohm,
               bench_wires_of[wires].col_ohm);
        for (size_t size = 0; size < N_SIZES; size++)
            if (r->has_size[size])
                print_times(find_slowest(r, size, -1, wires, loose), false);
        printf("|\n");
    }
    printf("\n");
    head_of_sizes(r, "cells: the slowest wires");
    for (int cells = 0; cells < N_CELLS; cells++) {
        printf("| %s ", bench_cells_name[cells]);
        for (size_t size = 0; size < N_SIZES; size++)
            if (r->has_size[size])
                print_times(find_slowest(r, size, cells, -1, loose), true);
        printf("|\n");
    }
    printf("\n");
}

static void print_solutions(const bench_report *r)
{
    char a[32], b[32];
    printf(
        "## A state and an input\n\nBest (median; cycles or steps); bold: longer than "
        "wanted. At tolerance %g:\n\n",
        bench_tolerances[STRICT]);
    print_plain(r, false);
    if (r->loose != STRICT) {
        printf("At tolerance %g:\n\n", bench_tolerances[r->loose]);
        print_plain(r, true);
    }
    printf("## All cells, all wires\n\nThe best time at tolerance %g as times what is "
           "wanted of the plain cells at that size; bold: more than %g.\n\n",
           bench_tolerances[STRICT], allowed);
    print_structured(r, false);
    printf("## What depends on the size alone\n\n");
    head_of_sizes(r, "random cells, 2.5 Ω");
    printf("| new; what the first run takes longer ");
    for (size_t size = 0; size < N_SIZES; size++)
        if (r->has_size[size]) {
            const bench_times *t = &find(r, size, CELLS_RANDOM, USUAL_WIRES)->strict;
            printf("| %s; %s ", seconds(a, t->new_s),
                   seconds(b, fmax(0.0, t->first_s - t->best_s)));
        }
    printf("|\n\n");
}

/* ---- ratios ---- */

static void print_cholmod(const bench_report *r)
{
    static const char *const names[] = {
        "N",       "cells", "analysis", "factorisation", "solution", "CHOLMOD's error",
        "CHOLMOD", "nodal", "times"};
    char a[32], b[32], c[32], d[32], e[32];
    printf(
        "## Against CHOLMOD\n\nCHOLMOD %s, AMD order, BLAS: %s, one thread. Best runs; "
        "its error as a share of the largest output.\n\n",
        bench_cholmod_version(), r->blas);
    head(names, 9);
    for (size_t size = 0; size < N_SIZES; size++)
        for (int cells = 0; bench_is_plain((bench_cells)cells); cells++) {
            if (!r->cholmod[size][cells].is_there)
                continue;
            const bench_cholmod *t = &r->cholmod[size][cells].split;
            double theirs = r->cholmod[size][cells].cholmod.best_s;
            double ours = r->cholmod[size][cells].ours.best_s;
            printf("| %zu | %s | %s | %s | %s | %.0e | %s | %s | **%.0f** |\n",
                   bench_sizes[size].n, bench_cells_name[cells],
                   seconds(a, t->analyse_s), seconds(b, t->factor_s),
                   seconds(c, t->solve_s), r->cholmod[size][cells].error.largest,
                   seconds(d, theirs), seconds(e, ours), theirs / ours);
        }
    printf("\n");
}

static void print_pairs(const bench_pair *pairs, const char *one, const char *other,
                        bool is_speed)
{
    const char *const names[] = {"N", one, other, is_speed ? "times faster" : "times",
                                 is_speed ? "the same bits" : "largest difference"};
    char a[32], b[32], c[32], d[32];
    head(names, 5);
    for (size_t size = 0; size < N_SIZES; size++) {
        const bench_pair *p = &pairs[size];
        if (!p->is_there)
            continue;
        double times = p->other.best_s / p->one.best_s;
        printf("| %zu | %s (%s) | %s (%s) | **%.3g** ", bench_sizes[size].n,
               seconds(a, p->one.best_s), seconds(b, p->one.median_s),
               seconds(c, p->other.best_s), seconds(d, p->other.median_s),
               is_speed ? 1.0 / times : times);
        if (is_speed)
            printf("| %s |\n", p->same_bits ? "yes" : "**no**");
        else
            printf("| %.0e |\n", p->apart);
    }
    printf("\n");
}

static double law_times(const bench_report *r, size_t size, int cells)
{
    return r->law[size][cells].sinh.best_s / r->law[size][cells].linear.best_s;
}

static void print_law(const bench_report *r)
{
    static const char *const names[] = {"N",
                                        "cells",
                                        "ohmic",
                                        "sinh",
                                        "times",
                                        "steps; systems",
                                        "what is left over",
                                        "largest difference"};
    char a[32], b[32], c[32], d[32];
    printf(
        "## Cells that are not ohmic\n\ni = g v0 sinh(v/v0), v0 = 0.25 V, inputs to "
        "1 V, 2.5 Ω; best (median). Newton's steps and all linear systems; Kirchhoff's "
        "residual as a share of the largest current; difference from direct solutions "
        "as a share of the largest output.\n\n");
    head(names, 8);
    for (size_t size = 0; size < N_SIZES; size++)
        for (int cells = 0; bench_is_plain((bench_cells)cells); cells++) {
            if (!r->law[size][cells].is_there)
                continue;
            const bench_times *linear = &r->law[size][cells].linear;
            const bench_times *sinh = &r->law[size][cells].sinh;
            printf("| %zu | %s | %s (%s) | %s (%s) | **%.3g** | %zu; %zu | %.0e | %.0e "
                   "|\n",
                   bench_sizes[size].n, bench_cells_name[cells],
                   seconds(a, linear->best_s), seconds(b, linear->median_s),
                   seconds(c, sinh->best_s), seconds(d, sinh->median_s),
                   law_times(r, size, cells), r->law[size][cells].n_newton,
                   r->law[size][cells].n_corrections, r->law[size][cells].residual,
                   r->law[size][cells].apart);
        }
    printf("\n");
}

static void print_outputs(const bench_report *r)
{
    static const char *const names[] = {
        "N",     "one input",  "effective matrix",  "matrix and 64 outputs",
        "times", "times / 64", "largest difference"};
    char a[32], b[32], c[32], d[32], e[32], f[32];
    printf("## The effective matrix, and 64 inputs' outputs alone\n\nRandom cells, 2.5 "
           "Ω; best (median). Difference from the inputs' solutions, as a share of the "
           "largest output.\n\n");
    head(names, 7);
    for (size_t size = 0; size < N_SIZES; size++) {
        if (!r->outputs[size].is_there)
            continue;
        const bench_times *one = &r->outputs[size].one, *all = &r->outputs[size].all;
        const bench_times *matrix = &r->outputs[size].matrix;
        double times = all->best_s / one->best_s;
        printf("| %zu | %s (%s) | %s (%s) | %s (%s) | **%.3g** | %.2f | %.0e |\n",
               bench_sizes[size].n, seconds(a, one->best_s), seconds(b, one->median_s),
               seconds(c, matrix->best_s), seconds(d, matrix->median_s),
               seconds(e, all->best_s), seconds(f, all->median_s), times, times / 64.0,
               r->outputs[size].error);
    }
    printf("\n");
}

static void print_memory(const bench_report *r)
{
    printf("## Memory\n\nDoubles a cell, the caller's own arrays not counted; 0.1 %% "
           "shorted, which needs all of it but a network of good cells.\n\n");
    head_of_sizes(r, "");
    printf("| held ");
    for (size_t size = 0; size < N_SIZES; size++)
        if (r->has_size[size])
            printf("| %.2f ", r->memory[size].held);
    printf("|\n| most in memory at a time ");
    for (size_t size = 0; size < N_SIZES; size++)
        if (r->has_size[size] && bench_sizes[size].n >= 512)
            printf("| %.2f ", r->memory[size].peak);
        else if (r->has_size[size])
            printf("| – ");
    printf("|\n\n");
}

/* ---- what was wanted ---- */

static void target(const char *what, size_t n, double wanted, double is, bool at_least)
{
    bool met = at_least ? is >= wanted : is <= wanted;
    printf("| %s, %zu | %s %.3g | %.3g | %s |\n", what, n, at_least ? "≥" : "≤", wanted,
           is, met ? "yes" : "**no**");
}

static void print_wanted(const bench_report *r)
{
    static const char *const names[] = {"what", "wanted", "is", "met"};
    printf("## Wanted\n\n");
    head(names, 4);
    for (size_t size = 0; size < N_SIZES; size++) {
        const size_t n = bench_sizes[size].n;
        double slow[2] = {0.0, 0.0};
        if (!r->has_size[size])
            continue;
        for (int cells = 0; bench_is_plain((bench_cells)cells); cells++)
            for (int loose = 0; loose < 2; loose++)
                slow[loose] =
                    fmax(slow[loose],
                         find_slowest(r, size, cells, USUAL_WIRES, loose == 1).times);
        target("plain cells, 2.5 Ω, loose tolerance: ms", n,
               1e3 * bench_sizes[size].wanted_s,
               1e3 * slow[1] * bench_sizes[size].wanted_s, false);
        target("plain cells, 2.5 Ω, default tolerance: ms", n,
               1e3 * bench_sizes[size].wanted_s,
               1e3 * slow[0] * bench_sizes[size].wanted_s, false);
        target("all cells and wires, loose tolerance: times that", n, allowed,
               find_slowest(r, size, -1, -1, true).times, false);
        target("all cells and wires, default tolerance: times that", n, allowed,
               find_slowest(r, size, -1, -1, false).times, false);
        if (r->cholmod[size][CELLS_RANDOM].is_there && n == 256)
            target("times faster than CHOLMOD, random cells", n, 300.0,
                   r->cholmod[size][CELLS_RANDOM].cholmod.best_s /
                       r->cholmod[size][CELLS_RANDOM].ours.best_s,
                   true);
        if (r->inputs[size].is_there)
            target("64 inputs: times one", n, 40.0,
                   r->inputs[size].other.best_s / r->inputs[size].one.best_s, false);
        if (r->volts[size].is_there)
            target("64 inputs with all nodes' voltages: times one", n, 40.0,
                   r->volts[size].other.best_s / r->volts[size].one.best_s, false);
        if (r->outputs[size].is_there)
            target("64 inputs, outputs alone: times one", n, 40.0,
                   r->outputs[size].all.best_s / r->outputs[size].one.best_s, false);
        if (r->outputs[size].is_there && n == 128)
            target("effective matrix: ms", n, 10.0,
                   1e3 * r->outputs[size].matrix.best_s, false);
        for (int cells = 0; n == 256 && bench_is_plain((bench_cells)cells); cells++)
            if (r->law[size][cells].is_there) {
                char what[64];
                snprintf(what, sizeof what, "sinh, %s: times ohmic cells",
                         bench_cells_name[cells]);
                target(what, n, 15.0, law_times(r, size, cells), false);
            }
        if (r->threads[size].is_there)
            target("two threads: times faster", n, 1.5,
                   r->threads[size].one.best_s / r->threads[size].other.best_s, true);
        target("memory, doubles a cell", n, 8.0, r->memory[size].held, false);
    }
    printf("\n");
}

size_t bench_report_print(const bench_report *r)
{
    printf("xbar %s, commit %s, vectors: %s; %s %s; %s. Load average before and after: "
           "%.1f, %.1f; other processes took %.0f %% of the cores meanwhile.\n\n",
           xbar_version, xbar_commit, xbar_kernel_find(NULL)->name,
#ifdef __clang__
           "clang",
#else
           "gcc",
#endif
           __VERSION__, r->machine, r->load_before, r->load_after, 100.0 * r->others);
    size_t n_wrong = print_answers(r);
    if (r->only_answers)
        return n_wrong;
    print_solutions(r);
    print_cholmod(r);
    printf(
        "## 64 inputs\n\nRandom cells, 2.5 Ω, a new state each time; best (median). "
        "Difference from the inputs' outputs one by one, as a share of the largest.\n"
        "\nEach input's outputs and Kirchhoff's residual:\n\n");
    print_pairs(r->inputs, "one input", "64 inputs", false);
    printf("With the voltages of all nodes:\n\n");
    print_pairs(r->volts, "one input", "64 inputs", false);
    print_outputs(r);
    print_law(r);
    printf("## Two threads\n\nRandom cells, 2.5 Ω; best (median).\n\n");
    print_pairs(r->threads, "one thread", "two threads", true);
    print_memory(r);
    print_wanted(r);
    return n_wrong;
}
