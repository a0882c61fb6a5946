/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which parameters are free, and what each part of the data is for. */
#include <string.h>

#include "calibrate/calibrate.h"
#include "calibrate/cover.h"
#include "core/memory.h"
#include "core/random.h"

const char *const xbar_role_name[XBAR_N_ROLES] = {"fit", "discrepancy", "held out"};

/* A quarter each for the discrepancy and the check; with fewer units than this neither
 * would say anything. */
enum { UNITS_TO_SPLIT = 8 };

/* ---- what is free --------------------------------------------------------------------- */

xbar_status xbar_calibration_free(bool *is_free, const xbar_subject *s,
                                  const char *names, xbar_error *err)
{
    for (size_t k = 0; k < s->n_parameters; k++)
        is_free[k] = !names && s->parameters[k].is_usual;
    for (const char *at = names; at;) {
        char name[32] = "";
        const char *comma = strchr(at, ',');
        size_t length = comma ? (size_t)(comma - at) : strlen(at);
        memcpy(name, at, length < sizeof name ? length : sizeof name - 1);
        size_t k = xbar_subject_find(s, name);
        if (k == s->n_parameters || *name == '\0') {
            char known[700] = "";
            size_t used = 0;
            for (k = 0; k < s->n_parameters && used + 40 < sizeof known; k++) {
                memcpy(known + used, k > 0 ? ", " : "", k > 0 ? 2 : 0);
                used += k > 0 ? 2 : 0;
                size_t n = strlen(s->parameters[k].name);
                memcpy(known + used, s->parameters[k].name, n + 1);
                used += n;
            }
            return xbar_fail(
                err, XBAR_ERR_INPUT, "--free: %s has no parameter \"%s\": want %s",
                s->model, name, known[0] != '\0' ? known : "none: it has no constants");
        }
        if (is_free[k])
            return xbar_fail(err, XBAR_ERR_INPUT, "--free: %s is there twice", name);
        is_free[k] = true;
        at = comma ? comma + 1 : NULL;
    }
    return XBAR_OK;
}

/* ---- the split ------------------------------------------------------------------------ */

/* Of every four neighbours one goes to each quarter, by lot: so each file, each state's
 * inputs and each part of a time are shared out evenly. */
xbar_status xbar_calibration_split(xbar_calibration *c, const xbar_subject *s,
                                   uint64_t seed, xbar_error *err)
{
    const size_t n = s->n_units;
    size_t order[XBAR_N_QUARTERS] = {0};
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, n, sizeof *c->role, "roles", err));
    c->role = memory;
    XBAR_TRY(xbar_array_new(&memory, n, sizeof *c->quarter, "roles", err));
    c->quarter = memory;
    c->is_split = n >= UNITS_TO_SPLIT;
    for (size_t k = 0; c->is_split && k < n; k++) {
        const size_t at = k % XBAR_N_QUARTERS;
        for (size_t q = 0; at == 0 && q < XBAR_N_QUARTERS; q++)
            order[q] = q;
        const double u = xbar_uniform(seed, XBAR_STREAM_CALIBRATION, 1, (uint32_t)k);
        const size_t other = at + (size_t)(u * (double)(XBAR_N_QUARTERS - at));
        const size_t quarter = order[other];
        order[other] = order[at];
        c->quarter[k] = quarter;
        c->role[k] = quarter < 2    ? XBAR_ROLE_FIT
                     : quarter == 2 ? XBAR_ROLE_DISCREPANCY
                                    : XBAR_ROLE_HELD_OUT;
    }
    return XBAR_OK;
}
