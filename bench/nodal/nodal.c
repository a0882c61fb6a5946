/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The exact solver's time and memory. First every answer is looked at, at tolerances from
 * the default to loose ones; only then is anything timed. README.md beside this file says
 * what each figure is. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/memory.h"
#include "machine.h"
#include "measure.h"
#include "outputs.h"
#include "report.h"

const double bench_tolerances[N_TOLERANCES] = {1e-12, 1e-11, 1e-10, 3e-10, 1e-9, 3e-9};

const bench_size bench_sizes[N_SIZES] = {
    {64, 0.06e-3}, {128, 0.2e-3}, {256, 0.8e-3}, {512, 3.5e-3},
    {1024, 25e-3}, {2048, 0.13},  {4096, 0.6},
};

/* Sizes beyond these are left out of what takes long. */
enum {
    MOST_CHOLMOD = 512,
    LEAST_THREADS = 512,
    MOST_THREADS = 2048,
    MOST_INPUTS = 1024,
    MOST_LAW = 256,
    MOST_WIRES = 1024,
    INPUTS = 64
};
static const double enough_s = 0.3; /* of each figure's runs */

static xbar_status find_answers(bench_case *c, const bench_array *a, xbar_error *err)
{
    bench_exact exact;
    double *i_out = NULL;
    xbar_status status = bench_exact_init(&exact, a, err);
    if (status == XBAR_OK)
        status = xbar_doubles_new(&i_out, a->n, "outputs", err);
    c->bound = exact.bound / exact.most;
    for (int k = 0; status == XBAR_OK && k < N_TOLERANCES; k++) {
        bench_solver s;
        xbar_error why = {0};
        xbar_status said =
            bench_solver_init(&s, a, bench_tolerances[k], bench_one, &why);
        c->answer[k].failed = said != XBAR_OK;
        if (said == XBAR_OK) {
            bench_solver_outputs(&s, 0, i_out);
            c->answer[k].error = bench_exact_compare(&exact, a->n, i_out);
            c->answer[k].is_tight = s.out[0].is_tight;
        } else {
            fprintf(stderr, "bench_nodal: %zu x %zu, %s, tolerance %g: %s\n", a->n,
                    a->n, bench_cells_key[c->cells], bench_tolerances[k], why.text);
        }
        bench_solver_clear(&s);
    }
    bench_exact_clear(&exact);
    free(i_out);
    return status;
}

static xbar_status time_alone(bench_times *t, const bench_array *a, double tolerance,
                              xbar_error *err)
{
    bench_solver s, *const all[] = {&s};
    bench_timing timing;
    xbar_status status = bench_solver_init(&s, a, tolerance, bench_one, err);
    if (status == XBAR_OK)
        status = bench_time(&timing, all, 1, enough_s, err);
    if (status == XBAR_OK)
        *t = (bench_times){.new_s = s.new_s,
                           .first_s = s.first_s,
                           .best_s = timing.best_s,
                           .median_s = timing.median_s,
                           .runs = timing.n,
                           .steps = s.out[0].n_steps};
    bench_solver_clear(&s);
    return status;
}

/* Does something for every case. */
typedef xbar_status each_case(bench_report *r, bench_case *c, const bench_array *a,
                              xbar_error *err);

static xbar_status walk(bench_report *r, const char *what, each_case *each,
                        xbar_error *err)
{
    for (size_t k = 0; k < r->n_cases; k++) {
        bench_case *c = &r->cases[k];
        bench_array a;
        size_t n = bench_sizes[c->size].n;
        if (c->wires == USUAL_WIRES)
            fprintf(stderr, "%s: %zu x %zu, %s\n", what, n, n,
                    bench_cells_key[c->cells]);
        xbar_status status =
            bench_array_init(&a, n, c->cells, bench_wires_of[c->wires], 1, err);
        if (status == XBAR_OK && r->one_row)
            bench_array_drive_one(&a);
        if (status == XBAR_OK)
            status = each(r, c, &a, err);
        bench_array_clear(&a);
        XBAR_TRY(status);
    }
    return XBAR_OK;
}

static xbar_status answer_case(bench_report *r, bench_case *c, const bench_array *a,
                               xbar_error *err)
{
    (void)r;
    return find_answers(c, a, err);
}

static xbar_status time_case(bench_report *r, bench_case *c, const bench_array *a,
                             xbar_error *err)
{
    if (!c->answer[STRICT].failed)
        XBAR_TRY(time_alone(&c->strict, a, bench_tolerances[STRICT], err));
    if (!c->answer[r->loose].failed)
        XBAR_TRY(time_alone(&c->loose, a, bench_tolerances[r->loose], err));
    return XBAR_OK;
}

static void list_cases(bench_report *r)
{
    for (size_t size = 0; size < N_SIZES; size++)
        for (int cells = 0; cells < N_CELLS; cells++)
            for (int wires = 0; wires < N_WIRES; wires++)
                if (r->has_size[size] &&
                    (wires == USUAL_WIRES || bench_sizes[size].n <= MOST_WIRES))
                    r->cases[r->n_cases++] = (bench_case){
                        .size = size, .cells = (bench_cells)cells, .wires = wires};
}

/* The loosest tolerance up to which every case is right. */
static void find_loose(bench_report *r)
{
    for (r->loose = STRICT; r->loose + 1 < N_TOLERANCES; r->loose++)
        for (size_t k = 0; k < r->n_cases; k++)
            if (r->cases[k].answer[r->loose + 1].failed ||
                !bench_is_right(r->cases[k].answer[r->loose + 1].error))
                return;
}

/* ---- ratios -------------------------------------------------------------------------- */

static xbar_status against_cholmod(bench_report *r, size_t size, bench_cells cells,
                                   xbar_error *err)
{
    bench_array a;
    bench_exact exact = {0};
    bench_solver s = {0}, *const all[] = {&s};
    bench_timing ours = {0}, theirs = {0};
    double *i_out = NULL;
    const size_t n = bench_sizes[size].n, most = n <= 64 ? 7 : n <= 256 ? 3 : 1;
    xbar_status status =
        bench_array_init(&a, n, cells, bench_wires_of[USUAL_WIRES], 1, err);
    if (status == XBAR_OK)
        status = bench_exact_init(&exact, &a, err);
    if (status == XBAR_OK)
        status = xbar_doubles_new(&i_out, n, "outputs", err);
    if (status == XBAR_OK)
        status = bench_solver_init(&s, &a, bench_tolerances[STRICT], bench_one, err);
    for (size_t run = 0; status == XBAR_OK && run < most; run++) {
        bench_cholmod split = {0};
        bench_timing few;
        status = bench_cholmod_run(&split, &a, i_out, err);
        double whole = split.analyse_s + split.factor_s + split.solve_s;
        bench_timing_add(&theirs, whole);
        if (run == 0 || whole <= theirs.best_s) {
            theirs.best_s = whole;
            r->cholmod[size][cells].split = split;
        }
        if (status == XBAR_OK)
            status = bench_time(&few, all, 1, enough_s / (double)most, err);
        for (size_t k = 0; status == XBAR_OK && k < few.n; k++)
            bench_timing_add(&ours, few.run_s[k]);
    }
    if (status == XBAR_OK) {
        bench_timing_finish(&ours);
        bench_timing_finish(&theirs);
        r->cholmod[size][cells].is_there = true;
        r->cholmod[size][cells].error = bench_exact_compare(&exact, n, i_out);
        r->cholmod[size][cells].ours = (bench_times){
            .best_s = ours.best_s, .median_s = ours.median_s, .runs = ours.n};
        r->cholmod[size][cells].cholmod = (bench_times){
            .best_s = theirs.best_s, .median_s = theirs.median_s, .runs = theirs.n};
    }
    bench_solver_clear(&s);
    bench_exact_clear(&exact);
    bench_array_clear(&a);
    free(i_out);
    return status;
}

/* Are the outputs those of the inputs one by one? */
static xbar_status check_inputs(double *apart, const bench_solver *s, xbar_error *err)
{
    bench_solver plain = {0};
    xbar_status status =
        bench_solver_init(&plain, s->a, bench_tolerances[STRICT],
                          (bench_way){.threads = 1, .n_inputs = s->n_inputs}, err);
    if (status == XBAR_OK)
        *apart = bench_solver_apart(s, &plain);
    bench_solver_clear(&plain);
    return status;
}

/* Two ways with the same random array; the second with other threads or inputs. */
static xbar_status compare(bench_pair *p, size_t size, bench_way first,
                           bench_way second, xbar_error *err)
{
    bench_array a;
    bench_solver one = {0}, other = {0}, *const all[] = {&one, &other};
    bench_timing t[2];
    double apart = 0.0;
    xbar_status status =
        bench_array_init(&a, bench_sizes[size].n, CELLS_RANDOM,
                         bench_wires_of[USUAL_WIRES], second.n_inputs, err);
    if (status == XBAR_OK)
        status = bench_solver_init(&one, &a, bench_tolerances[STRICT], first, err);
    if (status == XBAR_OK)
        status = bench_solver_init(&other, &a, bench_tolerances[STRICT], second, err);
    if (status == XBAR_OK)
        status = check_inputs(&apart, &other, err);
    if (status == XBAR_OK && !(apart <= 1e-10))
        status = xbar_fail(err, XBAR_ERR_CONVERGENCE,
                           "%zu inputs: outputs are %.2g of the largest off",
                           a.n_inputs, apart);
    if (status == XBAR_OK)
        status = bench_time(t, all, 2, 8.0 * enough_s, err);
    if (status == XBAR_OK)
        *p = (bench_pair){
            .is_there = true,
            .same_bits = bench_solver_same(&one, &other),
            .apart = apart,
            .one = {.best_s = t[0].best_s, .median_s = t[0].median_s, .runs = t[0].n},
            .other = {
                .best_s = t[1].best_s, .median_s = t[1].median_s, .runs = t[1].n}};
    bench_solver_clear(&one);
    bench_solver_clear(&other);
    bench_array_clear(&a);
    return status;
}

static xbar_status compare_inputs(bench_report *r, size_t size, xbar_error *err)
{
    bench_way one = bench_one;
    bench_way all = {.threads = 1, .n_inputs = INPUTS, .is_together = true};
    XBAR_TRY(compare(&r->inputs[size], size, one, all, err));
    one.has_all_volts = all.has_all_volts = true;
    return compare(&r->volts[size], size, one, all, err);
}

static bench_times times_of(const bench_timing *t)
{
    return (bench_times){.best_s = t->best_s, .median_s = t->median_s, .runs = t->n};
}

static xbar_status time_outputs(bench_report *r, size_t size, xbar_error *err)
{
    bench_array a;
    bench_outputs t;
    xbar_status status = bench_array_init(&a, bench_sizes[size].n, CELLS_RANDOM,
                                          bench_wires_of[USUAL_WIRES], INPUTS, err);
    if (status == XBAR_OK)
        status =
            bench_outputs_time(&t, &a, bench_tolerances[STRICT], 8.0 * enough_s, err);
    if (status == XBAR_OK) {
        r->outputs[size].is_there = true;
        r->outputs[size].one = times_of(&t.one);
        r->outputs[size].matrix = times_of(&t.matrix);
        r->outputs[size].all = times_of(&t.all);
        r->outputs[size].error = t.error;
    }
    bench_array_clear(&a);
    return status;
}

static xbar_status time_law(bench_report *r, size_t size, bench_cells cells,
                            xbar_error *err)
{
    bench_law t;
    XBAR_TRY(bench_law_time(&t, bench_sizes[size].n, cells, bench_tolerances[STRICT],
                            8.0 * enough_s, err));
    r->law[size][cells].is_there = true;
    r->law[size][cells].linear = times_of(&t.linear);
    r->law[size][cells].sinh = times_of(&t.sinh);
    r->law[size][cells].apart = t.apart;
    r->law[size][cells].residual = t.residual;
    r->law[size][cells].n_newton = t.n_newton;
    r->law[size][cells].n_corrections = t.n_corrections;
    return XBAR_OK;
}

static xbar_status count_memory(bench_report *r, size_t size, xbar_error *err)
{
    bench_array a;
    bench_solver s = {0};
    const size_t n = bench_sizes[size].n;
    const double doubles = (double)(n * n * sizeof(double));
    xbar_status status =
        bench_array_init(&a, n, CELLS_SHORTED, bench_wires_of[USUAL_WIRES], 1, err);
    double present = bench_bytes_reset();
    bench_bytes_from_heap(true);
    if (status == XBAR_OK)
        status = bench_solver_init(&s, &a, bench_tolerances[STRICT], bench_one, err);
    if (status == XBAR_OK) {
        r->memory[size].is_there = true;
        r->memory[size].held = (bench_bytes_allocated() - s.allocated) / doubles;
        r->memory[size].peak = (bench_bytes_peak() - present) / doubles;
    }
    bench_solver_clear(&s);
    bench_bytes_from_heap(false);
    bench_array_clear(&a);
    return status;
}

static xbar_status find_ratios(bench_report *r, xbar_error *err)
{
    for (size_t size = 0; size < N_SIZES; size++) {
        const size_t n = bench_sizes[size].n;
        if (!r->has_size[size])
            continue;
        fprintf(stderr, "ratios: %zu x %zu\n", n, n);
        XBAR_TRY(count_memory(r, size, err));
        if (n >= LEAST_THREADS && n <= MOST_THREADS)
            XBAR_TRY(compare(&r->threads[size], size, bench_one,
                             (bench_way){.threads = 2, .n_inputs = 1}, err));
        if (n <= MOST_INPUTS)
            XBAR_TRY(compare_inputs(r, size, err));
        if (n <= MOST_INPUTS)
            XBAR_TRY(time_outputs(r, size, err));
        for (int cells = 0; n <= MOST_LAW && bench_is_plain((bench_cells)cells);
             cells++)
            XBAR_TRY(time_law(r, size, (bench_cells)cells, err));
        for (int cells = 0; n <= MOST_CHOLMOD && bench_is_plain((bench_cells)cells);
             cells++)
            XBAR_TRY(against_cholmod(r, size, (bench_cells)cells, err));
    }
    return XBAR_OK;
}

/* ---- the program --------------------------------------------------------------------- */

static int usage(void)
{
    fprintf(stderr,
            "usage: bench_nodal [--quick] [--answers [--one-row]] [-o FILE.csv] "
            "[SIZE ...]\n"
            "sizes: 64 128 256 512 1024 2048 4096; without any all but 4096, "
            "--quick 64 and 128\n");
    return 2;
}

static int read_arguments(bench_report *r, const char **path, int argc, char **argv)
{
    bool any = false, quick = false;
    for (int k = 1; k < argc; k++) {
        size_t size = 0;
        if (strcmp(argv[k], "--quick") == 0) {
            quick = true;
        } else if (strcmp(argv[k], "--answers") == 0) {
            r->only_answers = true;
        } else if (strcmp(argv[k], "--one-row") == 0) {
            r->one_row = true;
        } else if (strcmp(argv[k], "-o") == 0 && k + 1 < argc) {
            *path = argv[++k];
        } else {
            while (size < N_SIZES && strtoul(argv[k], NULL, 10) != bench_sizes[size].n)
                size++;
            if (size == N_SIZES)
                return usage();
            any = r->has_size[size] = true;
        }
    }
    if (r->one_row && !r->only_answers)
        return usage();
    for (size_t size = 0; !any && size + 1 < N_SIZES; size++)
        r->has_size[size] = !quick || bench_sizes[size].n <= 128;
    return 0;
}

/* OpenBLAS reads the number of its threads when it is loaded: before main. */
static void insist_on_one_thread(char **argv)
{
    if (getenv("OPENBLAS_NUM_THREADS"))
        return;
    setenv("OPENBLAS_NUM_THREADS", "1", 1);
    execv("/proc/self/exe", argv);
}

/* Before minutes are spent on what then cannot be written. */
static bool can_write(const char *path)
{
    FILE *out = fopen(path, "a");
    if (!out)
        fprintf(stderr, "bench_nodal: %s: cannot be written\n", path);
    return out && fclose(out) == 0;
}

int main(int argc, char **argv)
{
    static bench_report r;
    xbar_error err = {0};
    const char *path = "results/bench_nodal.csv";
    insist_on_one_thread(argv);
    int failed = read_arguments(&r, &path, argc, argv);
    if (failed)
        return failed;
    if (!r.only_answers && !can_write(path))
        return 3;
    list_cases(&r);
    bench_machine_name(r.machine);
    r.load_before = bench_load();
    xbar_status status = walk(&r, "answers", answer_case, &err);
    bench_others others = bench_others_start();
    if (status == XBAR_OK)
        find_loose(&r);
    if (status == XBAR_OK && !r.only_answers)
        status = walk(&r, "times", time_case, &err);
    if (status == XBAR_OK && !r.only_answers)
        status = find_ratios(&r, &err);
    if (status != XBAR_OK) {
        fprintf(stderr, "bench_nodal: %s\n", err.text);
        return xbar_status_exit(status);
    }
    r.others = bench_others_share(&others);
    r.load_after = bench_load();
    bench_blas_name(r.blas);
    size_t n_wrong = bench_report_print(&r);
    int written = r.only_answers ? 0 : bench_report_write(&r, path);
    return written ? written : n_wrong > 0;
}
