/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "experiment/retention.h"

#include <math.h>

#include "core/memory.h"
#include "core/random.h"
#include "experiment/keys.h"
#include "experiment/sources.h"

static bool said(const xbar_tree *t, const char *path)
{
    return xbar_key_word(t, path) == 0; /* "yes", "no" */
}

xbar_status xbar_retention_read(xbar_plan *p, const xbar_tree *t, xbar_error *err)
{
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof *p->retention, "plan", err));
    p->retention = memory;
    const char *name = xbar_key_text(t, "analysis.noise");
    p->retention->noise = xbar_pcm_noise_find(name);
    if (!p->retention->noise)
        return xbar_key_fail(t, xbar_key_find(t, "analysis.noise"), err,
                             "analysis.noise", "mushroom");
    p->retention->misses = said(t, "analysis.misses");
    p->retention->drifts = said(t, "analysis.drifts");
    p->retention->fluctuates = said(t, "analysis.fluctuates");
    p->record |= XBAR_RECORD_RETENTION;
    const double draws =
        (double)p->n_times * (double)p->crossbar->n_rows * (double)p->crossbar->n_cols;
    if (draws > (double)UINT32_MAX) /* the counter of core/random.h */
        return xbar_key_fail(t, xbar_key_find(t, "analysis.times_s"), err,
                             "analysis.times_s",
                             "fewer moments: at most %.0f cells in "
                             "all, not %.3g",
                             (double)UINT32_MAX, draws);
    return XBAR_OK;
}

static double retained(const xbar_plan *p, uint32_t sample, size_t k, uint32_t cell,
                       double target)
{
    const struct xbar_plan_retention *r = p->retention;
    const uint32_t n_cells = (uint32_t)(p->crossbar->n_rows * p->crossbar->n_cols);
    const double share = fmin(target / r->noise->g_max, 1.0);
    const double t = p->times_s[k];
    double g = target;
    if (r->misses)
        g = xbar_pcm_programmed(r->noise, share,
                                xbar_normal(p->seed, XBAR_STREAM_MISS, sample, cell));
    if (r->drifts) {
        const double z = xbar_normal(p->seed, XBAR_STREAM_DRIFT, sample, cell);
        g = xbar_pcm_drifted(r->noise, g, xbar_pcm_nu(r->noise, share, z), t);
    }
    if (r->fluctuates)
        g += xbar_pcm_read_sigma(r->noise, g, share, t) *
             xbar_normal(p->seed, XBAR_STREAM_READ, sample,
                         (uint32_t)k * n_cells + cell);
    return g;
}

void xbar_plan_retained(const xbar_plan *p, size_t sample, size_t k,
                        const double *target, const uint8_t *is_stuck,
                        double *conductance, double *state)
{
    const xbar_cell *cell = &p->crossbar->cell;
    double min = 0.0;
    double max = 0.0;
    xbar_cell_conductances(&min, &max, cell);
    min = fmax(min, XBAR_MIN_SIEMENS);
    for (size_t c = 0; c < p->crossbar->n_rows * p->crossbar->n_cols; c++) {
        double g = target[c];
        if (!is_stuck[c] && g > 0.0)
            g = fmin(fmax(retained(p, (uint32_t)sample, k, (uint32_t)c, g), min), max);
        conductance[c] = g;
        state[c] = xbar_cell_state(cell, g);
    }
}
