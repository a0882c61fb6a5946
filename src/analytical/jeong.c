/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analytical/jeong.h"

#include <math.h>
#include <stdlib.h>

#include "analytical/gains.h"
#include "analytical/sums.h"
#include "core/memory.h"

typedef struct jeong {
    xbar_gains gains; /* first: closed_model.h looks at them */
    double low, high; /* ohm; 0: those of the state */
    double k_tenth, k_all;
} jeong;

double xbar_jeong_k(double share_high, double k_tenth, double k_all)
{
    double along = fmin(1.0, fmax(0.0, (share_high - 0.1) / (1.0 - 0.1)));
    return k_tenth + along * (k_all - k_tenth);
}

double xbar_jeong_ohm(double low, double high, double k)
{
    /* the paper's quotient with L^-k taken out of it: no power of an ohm overflows */
    double x = pow(low / high, k);
    return (low + high * x) / (1.0 + x);
}

void xbar_jeong_set_range(void *self, double low, double high)
{
    jeong *s = self;
    s->low = low;
    s->high = high;
}

void xbar_jeong_set_k(void *self, double k_tenth, double k_all)
{
    jeong *s = self;
    s->k_tenth = k_tenth;
    s->k_all = k_all;
}

static xbar_status open_form(void **self, const xbar_crossbar *c, xbar_error *err)
{
    *self = NULL;
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(jeong), "closed form", err));
    jeong *s = memory;
    xbar_jeong_set_k(s, XBAR_JEONG_K_TENTH, XBAR_JEONG_K_ALL);
    xbar_status status = xbar_gains_init(&s->gains, c, false, err);
    if (status != XBAR_OK) {
        xbar_gains_clear(&s->gains);
        free(s);
        return status;
    }
    *self = s;
    return XBAR_OK;
}

/* The extreme conductances of the cells that are not open; most = 0 where all are. Few
 * cells are more extreme than all before, so the branch costs less than the comparisons
 * would, each waiting for the one before. */
static void extremes(double *least, double *most, const double *g, size_t n)
{
    double low = HUGE_VAL;
    double high = 0.0;
    for (size_t k = 0; k < n; k++)
        if (g[k] < low || g[k] > high) {
            low = g[k] > 0.0 ? fmin(low, g[k]) : low;
            high = fmax(high, g[k]);
        }
    *least = low;
    *most = high;
}

static double share_below(const double *g, size_t n, double siemens)
{
    size_t count = 0;
    for (size_t k = 0; k < n; k++)
        count += g[k] < siemens;
    return (double)count / (double)n;
}

static double device_ohm(const jeong *s, const double *g, size_t n)
{
    double low = s->low;
    double high = s->high;
    if (low == 0.0) {
        double least = 0.0;
        double most = 0.0;
        extremes(&least, &most, g, n);
        if (most == 0.0)
            return HUGE_VAL; /* all cells open */
        low = 1.0 / most;
        high = 1.0 / least;
    }
    double share_high = share_below(g, n, 1.0 / sqrt(low * high));
    return xbar_jeong_ohm(low, high, xbar_jeong_k(share_high, s->k_tenth, s->k_all));
}

static xbar_status prepare(void *self, const double *g, xbar_error *err)
{
    (void)err;
    jeong *s = self;
    xbar_gains *gains = &s->gains;
    const xbar_crossbar *c = gains->c;
    const double n_rows = (double)c->n_rows;
    const double r_d = device_ohm(s, g, c->n_rows * c->n_cols);

    double a = (double)c->n_cols * xbar_mean_of(c->terminal_ohm[XBAR_LEFT], c->n_rows);
    for (size_t j = 0; j < c->n_cols; j++) {
        if (j > 0)
            a += c->row_ohm * (double)(c->n_cols - j);
        double b = n_rows * c->terminal_ohm[XBAR_BOTTOM][j] +
                   c->col_ohm * n_rows * (n_rows - 1.0) / 2.0;
        gains->col[j] = 1.0 / (1.0 + (a + b) / r_d);
    }
    for (size_t i = 0; i < c->n_rows; i++)
        gains->row[i] = 1.0;
    gains->w = g;
    return XBAR_OK;
}

static void predict(void *self, size_t n, const double *v_in, double *i_out)
{
    xbar_gains_apply(&((jeong *)self)->gains, n, v_in, i_out);
}

static void close_form(void *self)
{
    jeong *s = self;
    if (s)
        xbar_gains_clear(&s->gains);
    free(s);
}

const xbar_closed_form xbar_closed_form_jeong = {
    .name = "jeong",
    .what = "ideal currents divided between one device and the wires",
    .source = "Jeong, Zidan, Lu, IEEE Xplore document 8219726",
    .open = open_form,
    .prepare = prepare,
    .predict = predict,
    .close = close_form,
};
