/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table for programs: one line for each array, tolerance, and way of solving it. */
#include "report.h"

#include <math.h>
#include <stdio.h>

static void write_row(FILE *out, const char *what, size_t n, bench_cells cells,
                      int wires, double tolerance, int threads, int inputs,
                      const bench_times *t)
{
    fprintf(out, "%s,%zu,%s,%g,%g,%g,%d,%d,%zu,%.6g,%.6g,%.6g,%.6g,%zu", what, n,
            bench_cells_key[cells], bench_wires_of[wires].row_ohm,
            bench_wires_of[wires].col_ohm, tolerance, threads, inputs, t->runs,
            t->best_s, t->median_s, t->new_s, t->first_s, t->steps);
}

static void write_error(FILE *out, bench_error e)
{
    fprintf(out, ",%.3g,%.3g\n", e.largest, e.relative);
}

static const bench_error no_error = {(double)NAN, (double)NAN};

static void write_pair(FILE *out, size_t size, const bench_pair *p, const char *what,
                       int threads, int inputs)
{
    if (!p->is_there)
        return;
    write_row(out, what, bench_sizes[size].n, CELLS_RANDOM, USUAL_WIRES,
              bench_tolerances[STRICT], 1, 1, &p->one);
    write_error(out, no_error);
    write_row(out, what, bench_sizes[size].n, CELLS_RANDOM, USUAL_WIRES,
              bench_tolerances[STRICT], threads, inputs, &p->other);
    write_error(out, no_error);
}

int bench_report_write(const bench_report *r, const char *path)
{
    FILE *out = fopen(path, "w");
    if (!out) {
        fprintf(stderr, "bench_nodal: %s: cannot be written\n", path);
        return 3;
    }
    fprintf(out, "what,n,cells,row_ohm,col_ohm,tolerance,threads,inputs,runs,best_s,"
                 "median_s,new_s,first_s,steps,error_largest,error_relative\n");
    for (size_t k = 0; k < r->n_cases; k++) {
        const bench_case *c = &r->cases[k];
        const size_t n = bench_sizes[c->size].n;
        write_row(out, "nodal", n, c->cells, c->wires, bench_tolerances[STRICT], 1, 1,
                  &c->strict);
        write_error(out, c->answer[STRICT].error);
        if (r->loose == STRICT)
            continue;
        write_row(out, "nodal", n, c->cells, c->wires, bench_tolerances[r->loose], 1, 1,
                  &c->loose);
        write_error(out, c->answer[r->loose].error);
    }
    for (size_t size = 0; size < N_SIZES; size++) {
        for (int cells = 0; bench_is_plain((bench_cells)cells); cells++)
            if (r->cholmod[size][cells].is_there) {
                write_row(out, "cholmod", bench_sizes[size].n, (bench_cells)cells,
                          USUAL_WIRES, (double)NAN, 1, 1,
                          &r->cholmod[size][cells].cholmod);
                write_error(out, r->cholmod[size][cells].error);
            }
        write_pair(out, size, &r->inputs[size], "inputs", 1, 64);
        write_pair(out, size, &r->volts[size], "volts", 1, 64);
        write_pair(out, size, &r->threads[size], "threads", 2, 1);
        for (int cells = 0; bench_is_plain((bench_cells)cells); cells++)
            if (r->law[size][cells].is_there) {
                write_row(out, "ohmic", bench_sizes[size].n, (bench_cells)cells,
                          USUAL_WIRES, bench_tolerances[STRICT], 1, 1,
                          &r->law[size][cells].linear);
                write_error(out, no_error);
                write_row(out, "sinh", bench_sizes[size].n, (bench_cells)cells,
                          USUAL_WIRES, bench_tolerances[STRICT], 1, 1,
                          &r->law[size][cells].sinh);
                write_error(out, (bench_error){r->law[size][cells].apart, (double)NAN});
            }
        if (r->outputs[size].is_there) {
            write_row(out, "matrix", bench_sizes[size].n, CELLS_RANDOM, USUAL_WIRES,
                      bench_tolerances[STRICT], 1, 0, &r->outputs[size].matrix);
            write_error(out, no_error);
            write_row(out, "outputs", bench_sizes[size].n, CELLS_RANDOM, USUAL_WIRES,
                      bench_tolerances[STRICT], 1, 64, &r->outputs[size].all);
            write_error(out, (bench_error){r->outputs[size].error, (double)NAN});
        }
    }
    return fclose(out) == 0 ? 0 : 3;
}
