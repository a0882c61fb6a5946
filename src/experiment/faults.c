/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stuck cells and broken wires. */
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "experiment/keys.h"
#include "experiment/sources.h"

/* The integer at LIST.K.NAME if it is below `limit`. */
static xbar_status read_index(size_t *index, const xbar_tree *t, const xbar_value *map,
                              const char *list, size_t k, const char *name,
                              size_t limit, xbar_error *err)
{
    const xbar_value *value = xbar_value_get(map, name, strlen(name));
    *index = xbar_value_integer(value);
    if (*index < limit)
        return XBAR_OK;
    char more[16] = ".";
    strncat(more, name, sizeof more - 2);
    char path[XBAR_PATH_SIZE];
    xbar_path_entry(path, list, k, more);
    if (limit == 0)
        return xbar_key_fail(t, value, err, path, "none: the line has no segments");
    return xbar_key_fail(t, value, err, path, "0 to %zu", limit - 1);
}

/* A stuck cell's place in the array and in the file's list. */
typedef struct place {
    size_t cell, k;
} place;

static int place_compare(const void *a, const void *b)
{
    const place *x = a;
    const place *y = b;
    if (x->cell != y->cell)
        return x->cell < y->cell ? -1 : 1;
    return x->k < y->k ? -1 : x->k > y->k;
}

static xbar_status refuse_doubled(const xbar_plan *p, const xbar_tree *t,
                                  const xbar_value *list, xbar_error *err)
{
    const xbar_stuck *stuck = &p->sources->stuck;
    void *memory = NULL;
    XBAR_TRY(
        xbar_array_new(&memory, stuck->n_cells, sizeof(place), "stuck cells", err));
    place *places = memory;
    for (size_t k = 0; k < stuck->n_cells; k++)
        places[k] =
            (place){stuck->cells[k].row * p->crossbar->n_cols + stuck->cells[k].col, k};
    qsort(places, stuck->n_cells, sizeof *places, place_compare);
    xbar_status status = XBAR_OK;
    for (size_t k = 1; k < stuck->n_cells && status == XBAR_OK; k++) {
        if (places[k].cell != places[k - 1].cell)
            continue;
        const struct xbar_stuck_cell *cell = &stuck->cells[places[k].k];
        char path[XBAR_PATH_SIZE];
        xbar_path_entry(path, "crossbar.faults.stuck", places[k].k, "");
        status = xbar_key_fail(t, list->items[places[k].k], err, path,
                               "each cell once: (%zu, %zu) is entry %zu as well",
                               cell->row, cell->col, places[k - 1].k);
    }
    free(places);
    return status;
}

/* A stuck cell is one of the device, at a state it can have. */
static xbar_status check_siemens(const xbar_plan *p, const xbar_tree *t,
                                 const xbar_value *value, const char *path,
                                 xbar_error *err)
{
    double min = 0.0;
    double max = 0.0;
    double siemens = xbar_value_number(value);
    const double slack =
        1e-9; /* 0.02 is within the range of 1/50 ohm, rounded or not */
    xbar_cell_conductances(&min, &max, &p->crossbar->cell);
    if (siemens == 0.0 ||
        (siemens >= min * (1.0 - slack) && siemens <= max * (1.0 + slack)))
        return XBAR_OK;
    return xbar_key_fail(t, value, err, path,
                         "0 or %g to %g (siemens): what the cell can hold", min, max);
}

static xbar_status read_stuck_list(xbar_plan *p, const xbar_tree *t,
                                   const xbar_value *list, xbar_error *err)
{
    static const char path[] = "crossbar.faults.stuck";
    struct xbar_plan_sources *s = p->sources;
    void *memory = NULL;
    XBAR_TRY(
        xbar_array_new(&memory, list->n, sizeof *s->stuck_cells, "stuck cells", err));
    s->stuck_cells = memory;
    s->stuck.cells = s->stuck_cells;
    s->stuck.n_cells = list->n;
    for (size_t k = 0; k < list->n; k++) {
        struct xbar_stuck_cell *cell = &s->stuck_cells[k];
        const xbar_value *map = list->items[k];
        XBAR_TRY(
            read_index(&cell->row, t, map, path, k, "row", p->crossbar->n_rows, err));
        XBAR_TRY(
            read_index(&cell->col, t, map, path, k, "col", p->crossbar->n_cols, err));
        const xbar_value *siemens = xbar_value_get(map, "siemens", 7);
        char siemens_path[XBAR_PATH_SIZE];
        XBAR_TRY(check_siemens(
            p, t, siemens, xbar_path_entry(siemens_path, path, k, ".siemens"), err));
        cell->siemens = xbar_value_number(siemens);
    }
    return refuse_doubled(p, t, list, err);
}

static xbar_status read_stuck_map(xbar_plan *p, const xbar_tree *t, xbar_error *err)
{
    xbar_stuck *s = &p->sources->stuck;
    static const char on[] = "crossbar.faults.stuck.on_siemens";
    static const char off[] = "crossbar.faults.stuck.off_siemens";
    s->on_share = xbar_key_number(t, "crossbar.faults.stuck.on");
    s->off_share = xbar_key_number(t, "crossbar.faults.stuck.off");
    s->on_siemens = xbar_key_number(t, on);
    s->off_siemens = xbar_key_number(t, off);
    if (s->on_share > 0.0 && !xbar_key_find(t, on))
        return xbar_key_missing(t, on, err, "the conductance of the cells stuck on");
    if (s->off_share > 0.0 && !xbar_key_find(t, off))
        return xbar_key_missing(t, off, err, "the conductance of the cells stuck off");
    const char *const given[] = {on, off};
    for (int k = 0; k < 2; k++)
        if (xbar_key_find(t, given[k]))
            XBAR_TRY(check_siemens(p, t, xbar_key_find(t, given[k]), given[k], err));
    if (s->on_share + s->off_share > 1.0)
        return xbar_key_fail(t, xbar_key_find(t, "crossbar.faults.stuck.off"), err,
                             "crossbar.faults.stuck.off",
                             "on + off at most 1, the share of all cells, not %g",
                             s->on_share + s->off_share);
    return XBAR_OK;
}

static xbar_status read_broken(xbar_plan *p, const xbar_tree *t, const xbar_value *list,
                               xbar_error *err)
{
    static const char path[] = "crossbar.faults.broken";
    xbar_crossbar *c = p->crossbar;
    for (size_t k = 0; k < list->n; k++) {
        const xbar_value *map = list->items[k];
        bool is_row = xbar_value_is(xbar_value_get(map, "line", 4), "row");
        size_t lines = is_row ? c->n_rows : c->n_cols;
        size_t cells = is_row ? c->n_cols : c->n_rows;
        size_t index = 0;
        size_t after = 0;
        XBAR_TRY(read_index(&index, t, map, path, k, "index", lines, err));
        XBAR_TRY(read_index(&after, t, map, path, k, "after", cells - 1, err));
        XBAR_TRY(xbar_crossbar_cut(c, is_row, index, after, err));
    }
    return XBAR_OK;
}

xbar_status xbar_faults_read(xbar_plan *p, const xbar_tree *t, xbar_error *err)
{
    const xbar_value *stuck = xbar_key_find(t, "crossbar.faults.stuck");
    if (stuck && stuck->kind == XBAR_VALUE_LIST)
        XBAR_TRY(read_stuck_list(p, t, stuck, err));
    if (stuck && stuck->kind == XBAR_VALUE_MAP)
        XBAR_TRY(read_stuck_map(p, t, err));
    const xbar_value *broken = xbar_key_find(t, "crossbar.faults.broken");
    return broken ? read_broken(p, t, broken, err) : XBAR_OK;
}
