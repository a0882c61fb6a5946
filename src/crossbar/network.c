/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two passes of union-find: ideal wires first (what is one node), then everything that
 * conducts, with one further element that stands for all sources (what is live). */
#include "crossbar/network.h"

#include <math.h>
#include <stdlib.h>

#include "core/memory.h"

typedef struct sets {
    uint32_t *parent;
} sets;

static uint32_t sets_find(const sets *s, uint32_t k)
{
    while (s->parent[k] != k) {
        s->parent[k] = s->parent[s->parent[k]]; /* halve the path */
        k = s->parent[k];
    }
    return k;
}

/* The smaller index stays the representative: first members name the nodes. */
static void sets_join(sets *s, uint32_t a, uint32_t b)
{
    a = sets_find(s, a);
    b = sets_find(s, b);
    if (a < b)
        s->parent[b] = a;
    else
        s->parent[a] = b;
}

static xbar_status sets_new(sets *s, size_t n, xbar_error *err)
{
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, n, sizeof *s->parent, "nodes", err));
    s->parent = memory;
    for (size_t k = 0; k < n; k++)
        s->parent[k] = (uint32_t)k;
    return XBAR_OK;
}

static bool row_segment(const xbar_crossbar *c, size_t i, size_t j)
{
    return j + 1 < c->n_cols && !(c->row_cut && c->row_cut[i * c->n_cols + j]);
}

static bool col_segment(const xbar_crossbar *c, size_t i, size_t j)
{
    return i + 1 < c->n_rows && !(c->col_cut && c->col_cut[i * c->n_cols + j]);
}

bool xbar_network_row_wire(const xbar_crossbar *c, size_t i, size_t j)
{
    return c->row_ohm > 0.0 && row_segment(c, i, j);
}

bool xbar_network_col_wire(const xbar_crossbar *c, size_t i, size_t j)
{
    return c->col_ohm > 0.0 && col_segment(c, i, j);
}

/* Fills word_node, bit_node and nodes: one node for all that ideal wires join. */
static xbar_status merge_ideal_wires(xbar_network *net, const xbar_crossbar *c,
                                     xbar_error *err)
{
    const size_t n_cells = c->n_rows * c->n_cols;
    sets joined = {0};
    XBAR_TRY(sets_new(&joined, 2 * n_cells, err));
    for (size_t i = 0; i < c->n_rows; i++)
        for (size_t j = 0; j < c->n_cols; j++) {
            uint32_t word = (uint32_t)(i * c->n_cols + j);
            uint32_t bit = (uint32_t)(n_cells + word);
            if (c->row_ohm == 0.0 && row_segment(c, i, j))
                sets_join(&joined, word, word + 1);
            if (c->col_ohm == 0.0 && col_segment(c, i, j))
                sets_join(&joined, bit, bit + (uint32_t)c->n_cols);
        }

    for (size_t k = 0; k < 2 * n_cells; k++) {
        uint32_t *node = k < n_cells ? &net->word_node[k] : &net->bit_node[k - n_cells];
        uint32_t first = sets_find(&joined, (uint32_t)k);
        if (first == k) {
            size_t cell = k % n_cells;
            net->nodes[net->n_nodes] = (xbar_node){.row = cell / c->n_cols,
                                                   .col = cell % c->n_cols,
                                                   .is_word = k < n_cells};
            *node = (uint32_t)net->n_nodes++;
        } else {
            *node = first < n_cells ? net->word_node[first]
                                    : net->bit_node[first - n_cells];
        }
    }
    free(joined.parent);
    return XBAR_OK;
}

uint32_t xbar_network_end(const xbar_network *net, xbar_side side, size_t line)
{
    switch (side) {
    case XBAR_LEFT:
        return net->word_node[line * net->n_cols];
    case XBAR_RIGHT:
        return net->word_node[line * net->n_cols + net->n_cols - 1];
    case XBAR_TOP:
        return net->bit_node[line];
    case XBAR_BOTTOM:
    case XBAR_N_SIDES:
        break;
    }
    return net->bit_node[(net->n_rows - 1) * net->n_cols + line];
}

bool xbar_network_shares_source(const xbar_network *net, xbar_side side, size_t line)
{
    const xbar_node *end = &net->nodes[xbar_network_end(net, side, line)];
    return end->n_held == 2 && end->held[1] == side;
}

/* Notes which nodes a terminal of 0 ohm holds; both ends of a line may hold one node
 * only at the same voltage. */
static xbar_status hold_nodes(xbar_network *net, const xbar_crossbar *c,
                              const xbar_stimulus *s, xbar_error *err)
{
    for (int k = 0; k < XBAR_N_SIDES; k++) {
        xbar_side side = (xbar_side)k;
        for (size_t line = 0; line < xbar_side_lines(c, side); line++) {
            double volt = s->volt[side][line];
            if (isnan(volt) || c->terminal_ohm[side][line] != 0.0)
                continue;
            xbar_node *node = &net->nodes[xbar_network_end(net, side, line)];
            if (node->n_held == 1 && s->volt[node->held[0]][line] != volt)
                return xbar_fail(
                    err, XBAR_ERR_SHORT,
                    "0 ohm joins terminal %s %zu (%g V) and terminal %s %zu "
                    "(%g V): want a resistance between different sources",
                    xbar_side_name[node->held[0]], line, s->volt[node->held[0]][line],
                    xbar_side_name[side], line, volt);
            node->held[node->n_held++] = side;
        }
    }
    return XBAR_OK;
}

static xbar_status mark_live(xbar_network *net, const xbar_crossbar *c,
                             const double *state, const xbar_stimulus *s,
                             xbar_error *err)
{
    const uint32_t source = (uint32_t)net->n_nodes;
    sets reached = {0};
    XBAR_TRY(sets_new(&reached, net->n_nodes + 1, err));
    for (size_t i = 0; i < c->n_rows; i++)
        for (size_t j = 0; j < c->n_cols; j++) {
            size_t k = i * c->n_cols + j;
            if (xbar_network_row_wire(c, i, j))
                sets_join(&reached, net->word_node[k], net->word_node[k + 1]);
            if (xbar_network_col_wire(c, i, j))
                sets_join(&reached, net->bit_node[k], net->bit_node[k + c->n_cols]);
            if (state[k] > 0.0)
                sets_join(&reached, net->word_node[k], net->bit_node[k]);
        }
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t line = 0; line < xbar_side_lines(c, (xbar_side)side); line++)
            if (!isnan(s->volt[side][line]))
                sets_join(&reached, xbar_network_end(net, (xbar_side)side, line),
                          source);

    uint32_t sourced = sets_find(&reached, source);
    for (size_t n = 0; n < net->n_nodes; n++) {
        net->nodes[n].live = sets_find(&reached, (uint32_t)n) == sourced;
        net->n_live += net->nodes[n].live;
    }
    free(reached.parent);
    return XBAR_OK;
}

static xbar_status allocate(xbar_network *net, size_t n_cells, xbar_error *err)
{
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, 2 * n_cells, sizeof(xbar_node), "nodes", err));
    net->nodes = memory;
    XBAR_TRY(xbar_array_new(&memory, n_cells, sizeof(uint32_t), "word nodes", err));
    net->word_node = memory;
    XBAR_TRY(xbar_array_new(&memory, n_cells, sizeof(uint32_t), "bit nodes", err));
    net->bit_node = memory;
    return XBAR_OK;
}

xbar_status xbar_network_new(xbar_network **out, const xbar_crossbar *c,
                             const double *state, const xbar_stimulus *s,
                             xbar_error *err)
{
    *out = NULL;
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(xbar_network), "network", err));
    xbar_network *net = memory;
    net->n_rows = c->n_rows;
    net->n_cols = c->n_cols;

    xbar_status status = allocate(net, c->n_rows * c->n_cols, err);
    if (status == XBAR_OK)
        status = merge_ideal_wires(net, c, err);
    if (status == XBAR_OK)
        status = hold_nodes(net, c, s, err);
    if (status == XBAR_OK)
        status = mark_live(net, c, state, s, err);
    if (status != XBAR_OK) {
        xbar_network_free(net);
        return status;
    }
    *out = net;
    return XBAR_OK;
}

void xbar_network_free(xbar_network *net)
{
    if (!net)
        return;
    free(net->nodes);
    free(net->word_node);
    free(net->bit_node);
    free(net);
}

static void flow(double *sum, uint32_t from, uint32_t to, double current,
                 double *largest)
{
    sum[from] -= current;
    sum[to] += current;
    *largest = fmax(*largest, fabs(current));
}

double xbar_network_residual(const xbar_network *net, const xbar_crossbar *c,
                             const double *v_row, const double *v_col,
                             const double *i_cell,
                             double *const i_terminal[XBAR_N_SIDES], double *largest,
                             double *work)
{
    double top = 0.0;
    for (size_t n = 0; n < net->n_nodes; n++)
        work[n] = 0.0;

    for (size_t i = 0; i < c->n_rows; i++)
        for (size_t j = 0; j < c->n_cols; j++) {
            size_t k = i * c->n_cols + j;
            uint32_t word = net->word_node[k];
            uint32_t bit = net->bit_node[k];
            flow(work, word, bit, i_cell[k], &top);
            if (xbar_network_row_wire(c, i, j))
                flow(work, word, net->word_node[k + 1],
                     (v_row[k] - v_row[k + 1]) / c->row_ohm, &top);
            if (xbar_network_col_wire(c, i, j))
                flow(work, bit, net->bit_node[k + c->n_cols],
                     (v_col[k] - v_col[k + c->n_cols]) / c->col_ohm, &top);
        }
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t line = 0; line < xbar_side_lines(c, (xbar_side)side); line++) {
            work[xbar_network_end(net, (xbar_side)side, line)] +=
                i_terminal[side][line];
            top = fmax(top, fabs(i_terminal[side][line]));
        }

    double residual = 0.0;
    for (size_t n = 0; n < net->n_nodes; n++)
        if (net->nodes[n].live)
            residual = fmax(residual, fabs(work[n]));
    if (largest)
        *largest = top;
    return residual;
}
