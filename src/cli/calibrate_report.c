/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a calibration found, as tables on standard output: estimates, what the data cannot
 * tell, errors by the role of the data, the model's own error and how often intervals hold. */
#include "calibrate/suggest.h"
#include "cli/calibrate_job.h"

#include <math.h>
#include <stdio.h>

static void print_estimates(const xbar_subject *s, const xbar_calibration *c)
{
    printf("%-14s  %14s  %12s  %-8s  %s\n", "parameter", "estimate", "std. error",
           "unit", "90 % interval by profile");
    for (size_t k = 0; k < c->n_free; k++) {
        const xbar_subject_parameter *p = &s->parameters[c->which[k]];
        const double *interval = c->profile + 2 * k;
        printf("%-14s  %14.8g  ", p->name, c->fit.estimate[k]);
        if (c->end[k] != 0 || isinf(c->fit.standard_error[k]))
            printf("%12s", "unknown");
        else
            printf("%12.3g", c->fit.standard_error[k]);
        printf("  %-8s", p->unit);
        if (c->end[k] != 0)
            printf("  at its %s limit, %g: it has no error bar",
                   c->end[k] < 0 ? "lower" : "upper", c->end[k] < 0 ? p->min : p->max);
        else if (!isnan(interval[0]))
            printf("  %.6g to %.6g", interval[0], interval[1]);
        putchar('\n');
    }
    for (size_t k = 0; k < s->n_parameters; k++)
        if (c->is_held[k])
            printf("%-14s  %14.8g  %12s  %-8s  not in the data: kept where it began\n",
                   s->parameters[k].name, c->value[k], "unknown",
                   s->parameters[k].unit);
}

/* Has the parameter a part in the direction? Less than this moves it by less than its own
 * uncertainty. */
static bool has_part(const xbar_fit_result *f, size_t direction, size_t k)
{
    return fabs(f->directions[direction].share[k]) > 0.03;
}

/* Parameters that directions without a trace link: of each such group the data hold as
 * many combinations as it has parameters more than directions. */
static void print_combinations(const xbar_subject *s, const xbar_calibration *c)
{
    const xbar_fit_result *f = &c->fit;
    size_t group[XBAR_MAX_FREE];
    for (size_t k = 0; k < c->n_free; k++)
        group[k] = k;
    for (size_t n = 0; n < f->n_directions; n++)
        for (size_t k = 0; k < c->n_free; k++)
            for (size_t l = 0; l < k; l++) {
                const size_t from = group[k];
                for (size_t m = 0;
                     has_part(f, n, k) && has_part(f, n, l) && m < c->n_free; m++)
                    group[m] = group[m] == from ? group[l] : group[m];
            }
    for (size_t g = 0; g < c->n_free; g++) {
        size_t n_members = 0;
        size_t n_directions = 0;
        for (size_t k = 0; k < c->n_free; k++)
            n_members += group[k] == g;
        for (size_t n = 0; n < f->n_directions; n++) {
            size_t k = 0;
            while (k < c->n_free && !(has_part(f, n, k) && group[k] == g))
                k++;
            n_directions += k < c->n_free;
        }
        if (n_directions == 0)
            continue;
        if (n_members == 1) {
            printf("not in the data: %s\n", s->parameters[c->which[g]].name);
            continue;
        }
        printf("not each by itself:");
        for (size_t k = 0, n = 0; k < c->n_free; k++)
            if (group[k] == g)
                printf("%s %s", n++ > 0 ? "," : "", s->parameters[c->which[k]].name);
        const size_t known = n_members > n_directions ? n_members - n_directions : 0;
        printf("; the data hold %zu combination%s of them\n", known,
               known == 1 ? "" : "s");
    }
}

static void print_correlations(const xbar_subject *s, const xbar_calibration *c)
{
    bool any = false;
    for (size_t k = 0; k < c->n_free; k++)
        for (size_t l = 0; l < k; l++) {
            double r = xbar_fit_correlation(&c->fit, k, l);
            if (!(fabs(r) > 0.9))
                continue;
            printf("%s %s, %s: %.3f",
                   any ? ";" : "correlated:", s->parameters[c->which[l]].name,
                   s->parameters[c->which[k]].name, r);
            any = true;
        }
    if (any)
        putchar('\n');
    print_combinations(s, c);
}

static void print_errors(const xbar_calibration *c)
{
    printf("%-12s  %8s  %10s  %10s  %10s  %10s\n%-12s  %8s  %10s  %10s  %10s  %10s\n",
           "data", "outputs", "error mean", "worst", "rms", "covered", "", "", "%", "%",
           "% of peak", "%, of 90");
    for (int k = 0; k < XBAR_N_ROLES; k++) {
        const xbar_errors *e = &c->errors[k];
        if (e->n_data == 0)
            continue;
        printf("%-12s  %8zu  ", xbar_role_name[k], e->n_data);
        if (e->mean < 100.0)
            printf("%10.3g  %10.3g", 100.0 * e->mean, 100.0 * e->worst);
        else /* of what was nearly 0, which says nothing */
            printf("%10s  %10s", "-", "-");
        printf("  %10.3g", 100.0 * e->rms);
        if (isnan(e->covered))
            printf("  %10s\n", "-");
        else
            printf("  %10.1f\n", 100.0 * e->covered);
    }
    if (!c->is_split)
        puts("(too few runs to hold any back: these errors are of data that were "
             "fitted)");
}

static void print_swell(const xbar_subject *s, const xbar_calibration *c)
{
    const char *between = ", as ";
    for (size_t k = 0; s->swell && k < XBAR_N_SWELL; k++)
        if (fabs(c->swell.power[k]) >= 0.01) {
            printf("%s(%s/%.3g)^%.2f", between, xbar_swell_name[k], c->swell.at[k],
                   c->swell.power[k]);
            between = " ";
        }
}

static void print_calibration(const xbar_subject *s, const xbar_calibration *c)
{
    printf("%s %s, %zu free of %zu, %zu data in %zu units, %.2f s\n", s->family,
           s->model, c->n_free + c->n_held, s->n_parameters, s->n_data, s->n_units,
           c->seconds);
    if (c->n_free > 0) {
        printf("%s, %zu iterations, %s\n\n", c->fit.method, c->fit.n_iterations,
               c->fit.converged ? "converged" : "NOT CONVERGED");
        print_estimates(s, c);
        print_correlations(s, c);
    }
    putchar('\n');
    print_errors(c);
    if (!c->is_split)
        return;
    printf("own error of the model: %.3g %% of the largest output, %.3g %% of each",
           100.0 * c->discrepancy[0], 100.0 * c->discrepancy[1]);
    print_swell(s, c);
    printf("\neach run held out in its turn: %.1f %% within the 90 %% interval\n",
           100.0 * c->covered);
    if (!(c->covered >= 0.85 && c->covered <= 0.95))
        printf("WARNING: the 90 %% interval holds %.1f %% of held-out data: it is too "
               "%s\n",
               100.0 * c->covered, c->covered > 0.9 ? "wide" : "narrow");
}

/* Which lines say nothing: "3, 7-9 and 12 more". */
static void print_missing(const xbar_table *t)
{
    enum { N_SHOWN = 8 };
    size_t n_ranges = 0;
    size_t left = t->n_missing;
    printf("%s: %zu of %zu lines have no %s (", t->path, t->n_missing, t->n,
           t->kind == XBAR_TABLE_COURSE ? "current" : "measured value");
    for (size_t k = 0; k < t->n && n_ranges < N_SHOWN; k++) {
        if (!isnan(t->i[k]))
            continue;
        const size_t first = k;
        while (k + 1 < t->n && isnan(t->i[k + 1]))
            k++;
        printf("%s%zu", n_ranges++ > 0 ? ", " : "", t->line[first]);
        if (k > first)
            printf("-%zu", t->line[k]);
        left -= k - first + 1;
    }
    if (left > 0)
        printf(" and %zu more", left);
    printf("): %s, and there is nothing to fit\n",
           t->kind == XBAR_TABLE_COURSE ? "their voltages act" : "their pulses act");
}

/* What is in the files and not in the fit. */
static void print_left_out(const xbar_job *j)
{
    for (size_t k = 0; j->runs && k < j->runs->n_files; k++)
        if (j->runs->files[k].n_left_out > 0)
            printf("%s: %zu inputs left out, as %s has not done them\n",
                   j->runs->files[k].path, j->runs->files[k].n_left_out,
                   j->runs->files[k].engine);
    for (size_t k = 0; k < j->n_tables; k++)
        if (j->tables[k].n_missing > 0)
            print_missing(&j->tables[k]);
}

void xbar_job_print(const xbar_job *j, const xbar_subject *s, const xbar_calibration *c)
{
    print_left_out(j);
    print_calibration(s, c);
}

xbar_status xbar_job_suggest(const xbar_job *j, const xbar_subject *s,
                             const xbar_calibration *c, xbar_error *err)
{
    xbar_candidate picks[100];
    const size_t n = j->a->n_suggestions;
    if (n == 0)
        return XBAR_OK;
    XBAR_TRY(xbar_suggest(picks, n, s, c, j->runs, j->a->seed, err));
    const xbar_time_law law = xbar_time_law_of(j->runs);
    printf("\nnext runs, by what they tell for their time (%.2g s x cells^%.2f%s an "
           "input, "
           "%d inputs each):\n",
           law.factor, law.exponent, law.is_assumed ? ", assumed" : "",
           XBAR_CANDIDATE_INPUTS);
    printf("%-4s  %9s  %9s  %9s  %19s  %-15s  %9s  %12s  %8s\n", "", "size", "row ohm",
           "col ohm", "cells, S", "inputs", "time, s", "error^2, %", "then, %");
    for (size_t k = 0; k < n && picks[k].n > 0; k++) {
        char cells[32];
        char size[24];
        snprintf(cells, sizeof cells, "%.3g to %.3g", picks[k].min_siemens,
                 picks[k].max_siemens);
        snprintf(size, sizeof size, "%zu x %zu", picks[k].n, picks[k].n);
        printf("%-4zu  %9s  %9.4g  %9.4g  %19s  %-15s  %9.3g  %+12.3g  %8.3g\n", k + 1,
               size, picks[k].row_ohm, picks[k].col_ohm, cells,
               xbar_input_kind_name[picks[k].inputs], picks[k].seconds,
               -100.0 * picks[k].gain, 100.0 * picks[k].error);
    }
    if (picks[n - 1].n == 0)
        puts("no further run is expected to lower the error: what is left is the "
             "model's "
             "own");
    return XBAR_OK;
}
