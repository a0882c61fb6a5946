/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crossbar/crossbar.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

const char *const xbar_side_name[XBAR_N_SIDES] = {"left", "right", "top", "bottom"};

xbar_status xbar_crossbar_new(xbar_crossbar **out, size_t n_rows, size_t n_cols,
                              xbar_error *err)
{
    *out = NULL;
    if (n_rows < 1 || n_cols < 1 || n_rows > XBAR_MAX_LINES ||
        n_cols > XBAR_MAX_LINES || n_rows * n_cols > XBAR_MAX_CELLS)
        return xbar_fail(
            err, XBAR_ERR_INPUT,
            "a crossbar of %zu x %zu: want 1 to %u lines a side and at most "
            "%zu cells",
            n_rows, n_cols, XBAR_MAX_LINES, XBAR_MAX_CELLS);
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(xbar_crossbar), "crossbar", err));
    xbar_crossbar *c = memory;
    c->n_rows = n_rows;
    c->n_cols = n_cols;
    void *sides = NULL; /* zeroed: XBAR_LEFT */
    xbar_status made = xbar_array_new(&sides, n_rows, 1, "rows", err);
    if (made != XBAR_OK) {
        xbar_crossbar_free(c);
        return made;
    }
    c->row_source = sides;
    c->cell = xbar_cell_default(xbar_device_find("linear"));
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        size_t lines = xbar_side_lines(c, (xbar_side)side);
        xbar_status status =
            xbar_doubles_new(&c->terminal_ohm[side], lines, "terminals", err);
        if (status != XBAR_OK) {
            xbar_crossbar_free(c);
            return status;
        }
        for (size_t k = 0; k < lines; k++)
            c->terminal_ohm[side][k] = NAN;
    }
    *out = c;
    return XBAR_OK;
}

void xbar_crossbar_free(xbar_crossbar *c)
{
    if (!c)
        return;
    for (int side = 0; side < XBAR_N_SIDES; side++)
        free(c->terminal_ohm[side]);
    for (int side = 0; side < XBAR_N_SIDES; side++)
        free(c->terminal_farad[side]);
    free(c->row_source);
    free(c->row_cut);
    free(c->col_cut);
    free(c);
}

size_t xbar_side_lines(const xbar_crossbar *c, xbar_side side)
{
    return side == XBAR_LEFT || side == XBAR_RIGHT ? c->n_rows : c->n_cols;
}

xbar_status xbar_crossbar_cut(xbar_crossbar *c, bool line_is_row, size_t index,
                              size_t after, xbar_error *err)
{
    size_t lines = line_is_row ? c->n_rows : c->n_cols;
    size_t cells = line_is_row ? c->n_cols : c->n_rows;
    if (index >= lines || after >= cells - 1)
        return xbar_fail(err, XBAR_ERR_INPUT,
                         "no segment behind cell %zu of %s line %zu: want a line below "
                         "%zu and a cell below %zu",
                         after, line_is_row ? "word" : "bit", index, lines, cells - 1);
    uint8_t **cut = line_is_row ? &c->row_cut : &c->col_cut;
    if (!*cut) {
        void *flags = NULL;
        XBAR_TRY(xbar_array_new(&flags, c->n_rows * c->n_cols, 1, "cuts", err));
        *cut = flags;
    }
    (*cut)[line_is_row ? index * c->n_cols + after : after * c->n_cols + index] = 1;
    return XBAR_OK;
}

xbar_status xbar_stimulus_init(xbar_stimulus *s, const xbar_crossbar *c,
                               xbar_error *err)
{
    *s = (xbar_stimulus){0};
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        size_t lines = xbar_side_lines(c, (xbar_side)side);
        xbar_status status = xbar_doubles_new(&s->volt[side], lines, "stimulus", err);
        if (status != XBAR_OK) {
            xbar_stimulus_clear(s);
            return status;
        }
        for (size_t k = 0; k < lines; k++)
            s->volt[side][k] = NAN;
    }
    xbar_status status = xbar_doubles_new(&s->gate, c->n_rows, "stimulus", err);
    if (status != XBAR_OK)
        xbar_stimulus_clear(s);
    return status;
}

void xbar_stimulus_clear(xbar_stimulus *s)
{
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        free(s->volt[side]);
        s->volt[side] = NULL;
    }
    free(s->gate);
    s->gate = NULL;
}

void xbar_stimulus_copy(xbar_stimulus *to, const xbar_stimulus *from,
                        const xbar_crossbar *c)
{
    for (int side = 0; side < XBAR_N_SIDES; side++)
        memcpy(to->volt[side], from->volt[side],
               xbar_side_lines(c, (xbar_side)side) * sizeof(double));
    memcpy(to->gate, from->gate, c->n_rows * sizeof(double));
}

double xbar_crossbar_least_ohm(const xbar_crossbar *c)
{
    double least = (double)INFINITY;
    const double wires[] = {c->row_ohm, c->col_ohm};
    for (int k = 0; k < 2; k++)
        if (wires[k] > 0.0)
            least = fmin(least, wires[k]);
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0; k < xbar_side_lines(c, (xbar_side)side); k++)
            if (c->terminal_ohm[side][k] > 0.0) /* not where NaN: no terminal */
                least = fmin(least, c->terminal_ohm[side][k]);
    return least;
}

bool xbar_stimulus_same_terminals(const xbar_stimulus *a, const xbar_stimulus *b,
                                  const xbar_crossbar *c)
{
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t line = 0; line < xbar_side_lines(c, (xbar_side)side); line++)
            if (isnan(a->volt[side][line]) != isnan(b->volt[side][line]))
                return false;
    return true;
}

/* Of two ends of a line, the one whose terminal is connected, the first one first. */
static xbar_side source_side(const xbar_stimulus *s, xbar_side first, xbar_side second,
                             size_t line)
{
    if (!isnan(s->volt[first][line]))
        return first;
    return isnan(s->volt[second][line]) ? XBAR_N_SIDES : second;
}

xbar_side xbar_row_source(const xbar_crossbar *c, const xbar_stimulus *s, size_t i)
{
    bool left_first = c->row_source[i] != XBAR_RIGHT;
    return source_side(s, left_first ? XBAR_LEFT : XBAR_RIGHT,
                       left_first ? XBAR_RIGHT : XBAR_LEFT, i);
}

xbar_side xbar_col_source(const xbar_crossbar *c, const xbar_stimulus *s, size_t j)
{
    (void)c;
    return source_side(s, XBAR_BOTTOM, XBAR_TOP, j);
}

double xbar_row_volt(const xbar_crossbar *c, const xbar_stimulus *s, size_t i)
{
    xbar_side side = xbar_row_source(c, s, i);
    return side == XBAR_N_SIDES ? (double)NAN : s->volt[side][i];
}

double xbar_col_volt(const xbar_crossbar *c, const xbar_stimulus *s, size_t j)
{
    xbar_side side = xbar_col_source(c, s, j);
    return side == XBAR_N_SIDES ? (double)NAN : s->volt[side][j];
}
