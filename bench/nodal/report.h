/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  What was measured, and how it is told: tables for people (Markdown, to stdout), and one
 *  table for programs (CSV).
 */
#ifndef XBAR_BENCH_NODAL_REPORT_H
#define XBAR_BENCH_NODAL_REPORT_H

#include "arrays.h"
#include "cholmod.h"
#include "exact.h"
#include "law.h"

enum {
    N_SIZES = 7,
    N_TOLERANCES = 6,
    STRICT = 0,
    MOST_CASES = N_SIZES * N_CELLS * N_WIRES
};

extern const double bench_tolerances[N_TOLERANCES]; /* the default first, then looser */

/** A size and what is wanted of it: s, for a state and an input of plain cells. */
typedef struct bench_size {
    size_t n;
    double wanted_s;
} bench_size;
extern const bench_size bench_sizes[N_SIZES];

typedef struct bench_times {
    double new_s, first_s, best_s, median_s;
    size_t runs, steps;
} bench_times;

/** One array at one input, at each tolerance. */
typedef struct bench_case {
    size_t size; /* of bench_sizes */
    bench_cells cells;
    int wires;
    double bound; /* of the exact outputs, as a share of the largest */
    struct {
        bool failed, is_tight;
        bench_error error;
    } answer[N_TOLERANCES];
    bench_times strict, loose;
} bench_case;

/** The same array, two ways. */
typedef struct bench_pair {
    bool is_there;
    double apart; /* outputs from those one by one, as a share of the largest */
    bench_times one, other;
    bool same_bits;
} bench_pair;

typedef struct bench_report {
    bool only_answers; /* nothing is timed */
    bool one_row;      /* is driven */
    bool has_size[N_SIZES];
    bench_case cases[MOST_CASES];
    size_t n_cases;
    int loose; /* of bench_tolerances: the loosest at which all cases are right */

    struct {
        bool is_there;
        bench_cholmod split; /* of the best run */
        bench_times ours, cholmod;
        bench_error error; /* of CHOLMOD's outputs */
    } cholmod[N_SIZES][N_CELLS];
    bench_pair inputs[N_SIZES];  /* one input, and 64 together: outputs */
    bench_pair volts[N_SIZES];   /* likewise, with all nodes' voltages */
    bench_pair threads[N_SIZES]; /* one thread, and two */
    struct {
        bool is_there;
        bench_times one, matrix, all;
        double error;   /* of the outputs, as a share of the largest */
    } outputs[N_SIZES]; /* one input; the effective matrix; that and 64 outputs */
    struct {
        bool is_there;
        bench_times linear, sinh;
        double apart, residual;
        size_t n_newton, n_corrections;
    } law[N_SIZES][N_CELLS]; /* as in law.h; plain cells alone */
    struct {
        bool is_there;
        double held, peak; /* doubles a cell */
    } memory[N_SIZES];

    char machine[128], blas[256];
    double load_before, load_after, others;
} bench_report;

/** Prints all tables. @return the number of cases whose answer was wrong */
size_t bench_report_print(const bench_report *r);

/** @return 0, or 3 when it cannot be written: said on stderr */
int bench_report_write(const bench_report *r, const char *path);

#endif
