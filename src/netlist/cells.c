/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A cell is its device, then its selector, then its transistor, each where there is one,
 * in series from word node to bit node:
 *
 *   w3_7 --[xc3_7]-- m3_7 --[xs3_7]-- d3_7 --[xt3_7]-- b3_7        gate3 at xt3_7
 *
 * The nodes in between bear the cell's indices; d3_7 is there only between a selector and
 * a transistor. All cells share their parameters, so these stand once, as the defaults of
 * the subcircuits, and a cell's line says its state alone. In time the states are the
 * voltages of the nodes s0_3_7, s1_3_7 ... */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/number.h"
#include "netlist/sequence.h"

bool xbar_scribe_has_cell(const xbar_scribe *w, size_t i, size_t j)
{
    const size_t k = i * w->c->n_cols + j;
    return w->state[k] > 0.0 && w->net->nodes[w->net->word_node[k]].live;
}

/* ---- laws ---------------------------------------------------------------------------- */

/* A model may offer NAME_near beside NAME, the same law at rest as long as the state is in
 * its range and no cell sees more than each of some voltages, products and quotients of a
 * number and parameters, told in a comment:
 *   * NAME_near: where no cell sees more than 40 v0, 3.4e-3 slope t, 40/b
 *   * NAME_near, guided: where ...
 * the latter only for circuits whose iterations begin at an answer: one that is far away
 * may find no way back on it. */
static double read_limit(const char **at, const xbar_device *device, const double *p)
{
    char *end = NULL;
    double limit = strtod(*at, &end);
    for (*at = end; **at == ' ' || **at == '/';) {
        const bool divides = *(*at)++ == '/';
        const size_t length = strcspn(*at, " /,\n");
        double value = (double)NAN; /* not told by it: no limit is kept then */
        for (size_t k = 0; k < device->n_parameters; k++)
            if (strlen(device->parameters[k].name) == length &&
                strncmp(*at, device->parameters[k].name, length) == 0)
                value = fabs(p[k]);
        limit = divides ? limit / value : limit * value;
        *at += length;
    }
    return limit;
}

static const char *find_offer(const xbar_device *device, const char *condition)
{
    char offer[3 * XBAR_NAME_SIZE];
    snprintf(offer, sizeof offer, "* %.36s_near%s: where no cell sees more than ",
             device->name, condition);
    const char *at = xbar_scribe_find_line(device->subcircuit, offer);
    return at ? at + strlen(offer) : NULL;
}

bool xbar_netlist_is_near(const xbar_device *device, const double *p, double span,
                          bool guided)
{
    const char *at = find_offer(device, "");
    if (!at && guided)
        at = find_offer(device, ", guided");
    for (; at && *at != '\n' && *at != '\0'; at += *at == ',')
        if (!(span <= read_limit(&at, device, p)))
            return false;
    return at;
}

/* One of a cell's devices. */
typedef struct part {
    const xbar_device *device;
    const double *p;
    size_t first_state; /* of the cell's: the number of its own first one */
    bool moves;         /* its states do */
    bool is_near;       /* its law is NAME_near */
} part;

enum { MAX_PARTS = 3 };

static size_t parts_of(part parts[MAX_PARTS], const xbar_scribe *w)
{
    const xbar_cell *cell = &w->c->cell;
    const bool in_time = w->options->schedule != NULL;
    const part all[MAX_PARTS] = {
        {.device = cell->device, .p = cell->parameters},
        {.device = cell->selector,
         .p = cell->selector_parameters,
         .first_state = cell->device->n_states},
        {.device = cell->access, .p = cell->access_parameters},
    };
    size_t n = 0;
    for (size_t k = 0; k < MAX_PARTS; k++) {
        if (!all[k].device)
            continue;
        part *q = &parts[n++];
        *q = all[k];
        q->moves = in_time && q->device->n_states > 0;
        q->is_near = !q->moves &&
                     xbar_netlist_is_near(q->device, q->p, w->span, w->options->guided);
    }
    return n;
}

static const char *law_name(char name[XBAR_NAME_SIZE], const part *q)
{
    snprintf(name, XBAR_NAME_SIZE, "%.36s%s", q->device->name,
             q->moves     ? "_dynamic"
             : q->is_near ? "_near"
                          : "");
    return name;
}

const char *xbar_scribe_next_line(const char *at)
{
    const char *end = strchr(at, '\n');
    return end ? end + 1 : at + strlen(at);
}

const char *xbar_scribe_find_line(const char *text, const char *head)
{
    for (const char *at = text; at && *at != '\0'; at = xbar_scribe_next_line(at))
        if (strncmp(at, head, strlen(head)) == 0)
            return at;
    return NULL;
}

/* The ".subckt" line of that name in the device's text, or NULL. */
static const char *find_law(const part *q)
{
    char name[XBAR_NAME_SIZE];
    char head[2 * XBAR_NAME_SIZE];
    snprintf(head, sizeof head, ".subckt %s ", law_name(name, q));
    return xbar_scribe_find_line(q->device->subcircuit, head);
}

/* ".subckt NAME p n ..." with its nodes as they are and the array's parameters. */
static void write_law_head(const xbar_scribe *w, const part *q, const char *line)
{
    char number[XBAR_NUMBER_SIZE];
    const char *end = xbar_scribe_next_line(line);
    const char *equals = memchr(line, '=', (size_t)(end - line));
    const char *behind = equals ? equals : end;
    while (behind > line && (*behind == '=' || behind[-1] != ' '))
        behind--; /* to where the first parameter's name begins */
    fprintf(w->out, "%.*s", (int)(behind - line), line);
    if (q->moves)
        for (size_t s = 0; s < q->device->n_states; s++)
            fprintf(w->out, "start%zu=0 ", s);
    else if (q->device->kind != XBAR_KIND_ACCESS)
        fputs("g=1 ", w->out);
    for (size_t k = 0; k < q->device->n_parameters; k++)
        fprintf(w->out, "%s=%s%c", q->device->parameters[k].name,
                xbar_number_format(number, q->p[k]),
                k + 1 < q->device->n_parameters ? ' ' : '\n');
}

/* "Cx x 0 1e-6 ic={x0}" begins where each cell says, not where the set does. */
static bool write_state_capacitor(const xbar_scribe *w, const part *q, const char *line,
                                  size_t length)
{
    char name[XBAR_NAME_SIZE];
    char node[XBAR_NAME_SIZE];
    char farad[XBAR_NAME_SIZE];
    char text[4 * XBAR_NAME_SIZE];
    snprintf(text, sizeof text, "%.*s", (int)length, line);
    if (*line != 'C' || sscanf(text, "%47s %47s 0 %47s ic=", name, node, farad) != 3)
        return false;
    for (size_t s = 0; s < q->device->n_states; s++)
        if (strcmp(node, q->device->states[s].name) == 0) {
            fprintf(w->out, "%s %s 0 %s ic={start%zu}\n", name, node, farad, s);
            return true;
        }
    return false;
}

/* The comments at the text's head, and those right before the subcircuit in use. */
static void write_comments(const xbar_scribe *w, const part *q, const char *law)
{
    const char *text = q->device->subcircuit;
    const char *from = text; /* the comments before the line that is looked at */
    for (const char *at = text; at < law; at = xbar_scribe_next_line(at)) {
        if (*at != '*')
            from = xbar_scribe_next_line(at);
        else if (from == text && (!q->moves || strncmp(at, "* At rest", 9) != 0))
            fwrite(at, 1, (size_t)(xbar_scribe_next_line(at) - at), w->out);
    }
    if (from != text)
        fwrite(from, 1, (size_t)(law - from), w->out);
}

/* The subcircuit that the part's cells are made of. */
static void write_law(const xbar_scribe *w, const part *q)
{
    const char *at = find_law(q);
    if (!at)
        return;
    write_comments(w, q, at);
    write_law_head(w, q, at);
    for (at = xbar_scribe_next_line(at); *at != '\0'; at = xbar_scribe_next_line(at)) {
        size_t length = (size_t)(xbar_scribe_next_line(at) - at);
        if (!q->moves || !write_state_capacitor(w, q, at, length))
            fwrite(at, 1, length, w->out);
        if (strncmp(at, ".ends", 5) == 0)
            break;
    }
}

/* ---- cells --------------------------------------------------------------------------- */

/* A cell's state s when the run begins. */
static double start_of(const xbar_scribe *w, size_t s, size_t k)
{
    const xbar_cell *cell = &w->c->cell;
    if (w->options->state0)
        return w->options->state0[s * w->c->n_rows * w->c->n_cols + k];
    if (s == 0 && cell->device->n_states > 0)
        return w->state[k];
    xbar_state_range r[XBAR_MAX_STATES];
    xbar_cell_ranges(cell, r);
    return r[s].initial;
}

/* What a selector's multiplier is at rest: its state, where it has one. */
static double resting(const part *q)
{
    xbar_state_range r[XBAR_MAX_STATES];
    if (q->device->n_states == 0)
        return 1.0;
    q->device->ranges(r, q->p);
    return fmax(r[0].initial, XBAR_LEAST_STATE);
}

static void write_part(const xbar_scribe *w, const part *q, char letter, size_t i,
                       size_t j, const char *from, const char *to)
{
    const size_t k = i * w->c->n_cols + j;
    char number[XBAR_NUMBER_SIZE];
    char law[XBAR_NAME_SIZE];
    if (!q->device->subcircuit) {
        fprintf(w->out, "rc%zu_%zu %s %s %s\n", i, j, from, to,
                xbar_number_format(number, 1.0 / w->state[k]));
        return;
    }
    fprintf(w->out, "x%c%zu_%zu %s", letter, i, j, from);
    if (letter == 't') {
        fprintf(w->out, " gate%zu %s 0 %s\n", i, to, law_name(law, q));
        return;
    }
    fprintf(w->out, " %s", to);
    for (size_t s = 0; q->moves && s < q->device->n_states; s++)
        fprintf(w->out, " s%zu_%zu_%zu", q->first_state + s, i, j);
    fprintf(w->out, " %s", law_name(law, q));
    if (!q->moves)
        fprintf(w->out, " g=%s",
                xbar_number_format(number, letter == 'c' ? w->state[k] : resting(q)));
    for (size_t s = 0; q->moves && s < q->device->n_states; s++)
        fprintf(w->out, " start%zu=%s", s,
                xbar_number_format(number, start_of(w, q->first_state + s, k)));
    fputc('\n', w->out);
}

/* A stuck cell's states are held by sources. */
static void write_stuck(const xbar_scribe *w, size_t i, size_t j)
{
    const size_t k = i * w->c->n_cols + j;
    char number[XBAR_NUMBER_SIZE];
    if (!w->options->schedule || !w->options->is_stuck || !w->options->is_stuck[k])
        return;
    for (size_t s = 0; s < xbar_cell_n_states(&w->c->cell); s++)
        fprintf(w->out, "vs%zu_%zu_%zu s%zu_%zu_%zu 0 dc %s\n", s, i, j, s, i, j,
                xbar_number_format(number, start_of(w, s, k)));
}

/* The node behind part q of n. */
static const char *joint(char name[XBAR_NAME_SIZE], const xbar_scribe *w, size_t i,
                         size_t j, size_t q, size_t n)
{
    if (q + 1 == n)
        return xbar_scribe_node(name,
                                &w->net->nodes[w->net->bit_node[i * w->c->n_cols + j]]);
    snprintf(name, XBAR_NAME_SIZE, "%c%zu_%zu", q == 0 ? 'm' : 'd', i, j);
    return name;
}

static char letter_of(const part *q)
{
    return q->device->kind == XBAR_KIND_CELL       ? 'c'
           : q->device->kind == XBAR_KIND_SELECTOR ? 's'
                                                   : 't';
}

static void write_cell(const xbar_scribe *w, const part parts[], size_t n, size_t i,
                       size_t j)
{
    char from[XBAR_NAME_SIZE];
    char to[XBAR_NAME_SIZE];
    xbar_scribe_node(from, &w->net->nodes[w->net->word_node[i * w->c->n_cols + j]]);
    for (size_t q = 0; q < n; q++) {
        joint(to, w, i, j, q, n);
        write_part(w, &parts[q], letter_of(&parts[q]), i, j, from, to);
        memcpy(from, to, sizeof from);
    }
    write_stuck(w, i, j);
}

xbar_status xbar_scribe_cells(const xbar_scribe *w, xbar_error *err)
{
    part parts[MAX_PARTS];
    const size_t n = parts_of(parts, w);
    xbar_branch *cells = NULL;
    size_t n_cells = 0;
    XBAR_TRY(xbar_scribe_branches(&cells, &n_cells, w, XBAR_CELLS, err));
    for (size_t q = 0; q < n; q++)
        if (parts[q].device->subcircuit)
            write_law(w, &parts[q]);
    fprintf(w->out, "* cells%s\n", w->place ? ", as the elimination meets them" : "");
    for (size_t k = 0; k < n_cells; k++)
        write_cell(w, parts, n, cells[k].cell / w->c->n_cols,
                   cells[k].cell % w->c->n_cols);
    free(cells);
    return XBAR_OK;
}

/* A node of a device's subcircuit, by the name that the circuit has for it. */
static const char *outside(char name[XBAR_NAME_SIZE], const char *node,
                           const char *from, const char *to, size_t i, size_t j)
{
    if (strcmp(node, "0") == 0)
        return "0";
    if (strcmp(node, "p") == 0 || strcmp(node, "n") == 0)
        return *node == 'p' ? from : to;
    snprintf(name, XBAR_NAME_SIZE, "xc%zu_%zu.%s", i, j, node);
    return name;
}

static void write_guides(const xbar_scribe *w, const part *q, size_t i, size_t j,
                         const char *from, const char *to)
{
    char a[XBAR_NAME_SIZE];
    char b[XBAR_NAME_SIZE];
    const xbar_insides *insides = q->device->insides;
    for (size_t k = 0; insides && k < insides->n_elements; k++)
        fprintf(w->out, "ic%zu_%zu_%zu %s %s external\n", k, i, j,
                outside(a, insides->elements[k].from, from, to, i, j),
                outside(b, insides->elements[k].to, from, to, i, j));
    if (!insides && xbar_netlist_guides(q->device) != XBAR_GUIDES_NEEDLESS)
        fprintf(w->out, "i%c%zu_%zu %s %s external\n", letter_of(q), i, j, from, to);
}

xbar_status xbar_scribe_guides(const xbar_scribe *w, xbar_error *err)
{
    part parts[MAX_PARTS];
    const size_t n = parts_of(parts, w);
    xbar_branch *cells = NULL;
    size_t n_cells = 0;
    XBAR_TRY(xbar_scribe_branches(&cells, &n_cells, w, XBAR_CELLS, err));
    fputs("* guides\n", w->out);
    for (size_t k = 0; k < n_cells; k++) {
        const size_t i = cells[k].cell / w->c->n_cols;
        const size_t j = cells[k].cell % w->c->n_cols;
        char from[XBAR_NAME_SIZE];
        char to[XBAR_NAME_SIZE];
        xbar_scribe_node(from, &w->net->nodes[w->net->word_node[cells[k].cell]]);
        for (size_t q = 0; q < n; q++) {
            joint(to, w, i, j, q, n);
            write_guides(w, &parts[q], i, j, from, to);
            memcpy(from, to, sizeof from);
        }
    }
    free(cells);
    return XBAR_OK;
}

/* ---- private nodes ------------------------------------------------------------------- */

/* Is the word among the `length` bytes from text on? */
static bool has_word(const char *text, size_t length, const char *word)
{
    const size_t size = strlen(word);
    for (size_t k = 0; k + size <= length; k++)
        if (strncmp(text + k, word, size) == 0 && (k == 0 || text[k - 1] == ' ') &&
            (k + size == length || text[k + size] == ' ' || text[k + size] == '\n'))
            return true;
    return false;
}

/* The nodes inside a part's subcircuit, each with a blank behind it: every element that
 * hangs on one has it as its first or second node, and a resistor or capacitor to ground,
 * or a B source alone, is the first to name it. */
enum { INNER_SIZE = 256, INNER_NAME_SIZE = 24 };

/* @param[in,out] inner  an empty text at first */
static void find_inner(char inner[INNER_SIZE], const part *q)
{
    const char *at = find_law(q);
    if (!at)
        return;
    const char *ports = at;
    const size_t ports_length = (size_t)(xbar_scribe_next_line(at) - at);
    for (at = xbar_scribe_next_line(at); *at != '\0' && strncmp(at, ".ends", 5) != 0;
         at = xbar_scribe_next_line(at)) {
        char nodes[2][INNER_NAME_SIZE];
        if (sscanf(at, "%*s %23s %23s", nodes[0], nodes[1]) != 2 || *at == '.' ||
            *at == '*')
            continue;
        for (size_t k = 0; k < 2; k++) {
            const size_t length = strlen(inner);
            if (strcmp(nodes[k], "0") == 0 || has_word(ports, ports_length, nodes[k]) ||
                has_word(inner, length, nodes[k]) ||
                length + INNER_NAME_SIZE + 1 > INNER_SIZE)
                continue;
            snprintf(inner + length, INNER_SIZE - length, "%s ", nodes[k]);
        }
    }
}

/* Those that a part of cell (i,j) has to itself. */
static void visit_inner(const xbar_scribe *w, const char inner[INNER_SIZE],
                        const part *q, size_t i, size_t j,
                        void (*visit)(const xbar_scribe *w, const char *node))
{
    char name[2 * XBAR_NAME_SIZE];
    for (const char *at = inner; *at != '\0'; at = strchr(at, ' ') + 1) {
        snprintf(name, sizeof name, "x%c%zu_%zu.%.*s", letter_of(q), i, j,
                 (int)strcspn(at, " "), at);
        visit(w, name);
    }
    for (size_t s = 0; q->moves && s < q->device->n_states; s++) {
        snprintf(name, sizeof name, "s%zu_%zu_%zu", q->first_state + s, i, j);
        visit(w, name);
    }
}

void xbar_scribe_private_nodes(const xbar_scribe *w,
                               void (*visit)(const xbar_scribe *w, const char *node))
{
    part parts[MAX_PARTS];
    const size_t n = parts_of(parts, w);
    char inner[MAX_PARTS][INNER_SIZE] = {""};
    char name[XBAR_NAME_SIZE];
    for (size_t q = 0; q < n; q++)
        find_inner(inner[q], &parts[q]);
    for (size_t i = 0; i < w->c->n_rows; i++)
        for (size_t j = 0; j < w->c->n_cols; j++) {
            if (!xbar_scribe_has_cell(w, i, j))
                continue;
            for (size_t q = 0; q + 1 < n; q++)
                visit(w, joint(name, w, i, j, q, n));
            for (size_t q = 0; q < n; q++)
                visit_inner(w, inner[q], &parts[q], i, j, visit);
        }
}
