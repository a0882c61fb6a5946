/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The models of a calibration: which there are, and which suits the data best. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/calibrate_job.h"
#include "core/memory.h"

/* ---- names ---------------------------------------------------------------------------- */

static xbar_status add_model(xbar_job *j, const char *name, xbar_error *err)
{
    if (j->n_models == XBAR_JOB_MODELS)
        return xbar_fail(err, XBAR_ERR_INPUT, "--model: want at most %d",
                         XBAR_JOB_MODELS);
    for (size_t k = 0; k < j->n_models; k++)
        if (strcmp(j->models[k], name) == 0)
            return xbar_fail(err, XBAR_ERR_INPUT, "--model: %.60s is there twice",
                             name);
    j->models[j->n_models++] = name;
    return XBAR_OK;
}

/* "auto": every cell of the library; else "a,b". */
xbar_status xbar_job_read_models(xbar_job *j, xbar_error *err)
{
    if (!j->a->model)
        return xbar_fail(err, XBAR_ERR_INPUT,
                         "no --model given: want %s; see xbar calibrate --help",
                         j->n_tables > 0 ? "a model of xbar models, or auto"
                                         : "a closed form, or array");
    if (j->n_tables > 0 && strcmp(j->a->model, "auto") == 0) {
        for (size_t k = 0; xbar_device_at(k); k++)
            if (xbar_device_at(k)->kind == XBAR_KIND_CELL)
                XBAR_TRY(add_model(j, xbar_device_at(k)->name, err));
        return XBAR_OK;
    }
    char *rest = NULL;
    XBAR_TRY(xbar_text_copy(&j->names, j->a->model, err));
    for (char *name = strtok_r(j->names, ",", &rest); name;
         name = strtok_r(NULL, ",", &rest))
        XBAR_TRY(add_model(j, name, err));
    return j->n_models > 0 ? XBAR_OK
                           : xbar_fail(err, XBAR_ERR_INPUT, "--model: want a name");
}

/* One of the devices has such a parameter set, or it was misspelt. */
static xbar_status check_set(const xbar_job *j, xbar_error *err)
{
    if (j->n_tables == 0 || !j->a->from)
        return XBAR_OK;
    for (size_t k = 0; k < j->n_models; k++)
        if (xbar_device_set(xbar_device_find(j->models[k]), j->a->from))
            return XBAR_OK;
    char none[80] = "none of these models has that";
    if (j->n_models == 1)
        snprintf(none, sizeof none, "%.40s has no", j->models[0]);
    return xbar_fail(err, XBAR_ERR_INPUT, "--from: %s parameter set \"%.60s\"", none,
                     j->a->from);
}

/* The same of each name of --free. A single model names its parameters itself. */
static xbar_status check_free(const xbar_job *j, xbar_error *err)
{
    if (j->n_tables == 0 || !j->a->free || j->n_models == 1)
        return XBAR_OK;
    for (const char *at = j->a->free; at; at = strchr(at, ',')) {
        at += *at == ',';
        const size_t length = strcspn(at, ",");
        size_t k = 0;
        while (k < j->n_models &&
               !xbar_family_device_has(xbar_device_find(j->models[k]), at, length))
            k++;
        if (k == j->n_models)
            return xbar_fail(err, XBAR_ERR_INPUT,
                             "--free: none of these models has a parameter \"%.*s\"",
                             (int)(length < 60 ? length : 60), at);
    }
    return XBAR_OK;
}

xbar_status xbar_job_check_models(const xbar_job *j, xbar_error *err)
{
    for (size_t k = 0; k < j->n_models; k++) {
        const char *name = j->models[k];
        const xbar_device *d = xbar_device_find(name);
        if (j->n_tables > 0 && !(d && d->kind == XBAR_KIND_CELL))
            return xbar_fail(err, XBAR_ERR_INPUT,
                             "--model: no model %.60s of a cell: see xbar models",
                             name);
        if (j->runs && strcmp(name, "array") != 0)
            XBAR_TRY(xbar_family_closed_form_check(name, err));
    }
    if (j->n_models > 1 && j->a->n_suggestions > 0)
        return xbar_fail(err, XBAR_ERR_INPUT, "--suggest: want one model, not %zu",
                         j->n_models);
    XBAR_TRY(check_set(j, err));
    return check_free(j, err);
}

/* ---- which suits best ---------------------------------------------------------------- */

/* What one model made of the data. */
typedef struct verdict {
    const char *model;
    bool has_answer, converged;
    size_t n_free, n_unknown; /* unknown: not in the data, or at a limit */
    double rms, held_out, worst, criterion, seconds;
    xbar_error why; /* it has no answer */
} verdict;

/* Schwarz's criterion (Ann. Stat. 6:461, 1978): misfit, and a price for each parameter. */
static verdict judge(const xbar_subject *s, const xbar_calibration *c)
{
    verdict v = {.model = s->model,
                 .has_answer = true,
                 .converged = c->n_free == 0 || c->fit.converged,
                 .n_free = c->n_free + c->n_held,
                 .n_unknown = c->n_held,
                 .rms = c->errors[XBAR_ROLE_FIT].rms,
                 .held_out = c->errors[XBAR_ROLE_HELD_OUT].rms,
                 .seconds = c->seconds};
    double square = 0.0;
    size_t n = 0;
    for (size_t k = 0; k < s->n_data; k++)
        if (isfinite(s->noise[k])) {
            double e = c->predicted[k] - s->measured[k];
            square += e * e / (s->noise[k] * s->noise[k]);
            v.worst = fmax(v.worst, fabs(e) / s->scale[k]);
            n++;
        }
    size_t n_known = 0;
    for (size_t k = 0; k < c->n_free; k++) {
        n_known += isfinite(c->fit.standard_error[k]);
        v.n_unknown += !isfinite(c->fit.standard_error[k]) || c->end[k] != 0;
    }
    v.criterion =
        (double)n * log(square / (double)n) + (double)n_known * log((double)n);
    if (isnan(v.criterion)) {
        v.has_answer = false;
        xbar_fail(&v.why, XBAR_ERR_INPUT,
                  "its currents are no numbers at the estimate");
    }
    return v;
}

static int by_criterion(const void *a, const void *b)
{
    const verdict *x = a;
    const verdict *y = b;
    if (x->has_answer != y->has_answer)
        return x->has_answer ? -1 : 1;
    return (x->criterion > y->criterion) - (x->criterion < y->criterion);
}

static void print_verdicts(const verdict *v, size_t n)
{
    printf("%-10s  %5s  %8s  %10s  %10s  %10s  %10s  %7s\n"
           "%-10s  %5s  %8s  %10s  %10s  %10s  %10s  %7s\n",
           "model", "free", "unknown", "rms", "held out", "worst", "criterion", "time",
           "", "", "", "% of peak", "% of peak", "% of peak", "less: best", "s");
    for (size_t k = 0; k < n; k++) {
        if (!v[k].has_answer) {
            printf("%-10s  no answer: %s\n", v[k].model, v[k].why.text);
            continue;
        }
        printf("%-10s  %5zu  %8zu  %10.3g  %10.3g  %10.3g  %10.1f  %7.1f%s\n",
               v[k].model, v[k].n_free, v[k].n_unknown, 100.0 * v[k].rms,
               100.0 * v[k].held_out, 100.0 * v[k].worst, v[k].criterion, v[k].seconds,
               v[k].converged ? "" : "  not converged");
    }
}

xbar_status xbar_job_compare(const xbar_job *j, xbar_error *err)
{
    verdict verdicts[XBAR_JOB_MODELS] = {{0}};
    xbar_subject s;
    xbar_calibration c;
    xbar_calibration_options o;
    for (size_t k = 0; k < j->n_models; k++) {
        verdicts[k] = (verdict){.model = j->models[k]};
        xbar_progress_show(j->bar, k, j->n_models + 1);
        xbar_status status =
            xbar_job_run_model(&s, &c, &o, j, j->models[k], &verdicts[k].why);
        if (status == XBAR_OK)
            verdicts[k] = judge(&s, &c);
        xbar_calibration_clear(&c);
        xbar_subject_clear(&s);
        /* a model that has no answer, or not that parameter, does not stop the others */
        if (status != XBAR_OK && status != XBAR_ERR_INPUT)
            return xbar_fail(err, status, "%s", verdicts[k].why.text);
        verdicts[k].model = j->models[k];
    }
    xbar_progress_clear(j->bar);
    qsort(verdicts, j->n_models, sizeof *verdicts, by_criterion);
    print_verdicts(verdicts, j->n_models);
    if (!verdicts[0].has_answer)
        return xbar_fail(err, XBAR_ERR_INPUT, "none of these models has an answer");
    putchar('\n');
    xbar_status status = xbar_job_run_model(&s, &c, &o, j, verdicts[0].model, err);
    if (status == XBAR_OK) {
        xbar_job_print(j, &s, &c);
        status = xbar_job_write_files(j, &s, &c, &o, err);
    }
    xbar_calibration_clear(&c);
    xbar_subject_clear(&s);
    return status;
}
