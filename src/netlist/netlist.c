/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Element order follows the drawing, top left to bottom right, so that a reader finds a
 * cell; each section says what it is. */
#include "netlist/netlist.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/number.h"
#include "netlist/order.h"

/* What all writers below need; nothing is kept. */
typedef struct scribe {
    FILE *out;
    const xbar_crossbar *c;
    const xbar_network *net;
    const double *state;
    const xbar_stimulus *s;
    const xbar_netlist_options *options;
    double span;
    const char *law; /* "_near", or "" */
} scribe;

enum { NAME_SIZE = 48 };

static const char *node_name(char name[NAME_SIZE], const xbar_node *node)
{
    snprintf(name, NAME_SIZE, "%c%zu_%zu", node->is_word ? 'w' : 'b', node->row,
             node->col);
    return name;
}

static void resistor(const scribe *w, const char *name, const char *a, const char *b,
                     double ohm)
{
    char number[XBAR_NUMBER_SIZE];
    fprintf(w->out, "%s %s %s %s\n", name, a, b, xbar_number_format(number, ohm));
}

/* The experiment's title, for a comment: letters, digits and a few signs that mean
 * nothing to ngspice; everything else becomes a blank. */
static void write_title(const scribe *w)
{
    const char *title = w->options->title;
    if (!title || *title == '\0')
        return;
    fputs("* shows: ", w->out);
    for (size_t k = 0; k < 120 && title[k] != '\0'; k++) {
        char byte = title[k];
        bool plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                     (byte >= '0' && byte <= '9') || strchr(" ,:()+-/%", byte) != NULL;
        fputc(plain ? byte : ' ', w->out);
    }
    fputc('\n', w->out);
}

static void write_head(const scribe *w)
{
    const xbar_crossbar *c = w->c;
    char row_ohm[XBAR_NUMBER_SIZE];
    char col_ohm[XBAR_NUMBER_SIZE];
    fprintf(w->out, "* xbar: %zu x %zu crossbar of %s cells, sample %zu, input %zu\n",
            c->n_rows, c->n_cols, c->cell.device->name, w->options->sample,
            w->options->input);
    write_title(w);
    fprintf(
        w->out,
        "* word line i: nodes wi_j, wires rwi_j (towards wi_j+1), %s ohm a segment\n"
        "* bit line j:  nodes bi_j, wires rbi_j (towards bi+1_j), %s ohm a segment\n"
        "* cell (i,j): %si_j from wi_j to bi_j\n"
        "* terminals: source vSIDEk at node SIDEk, then rSIDEk, then the line's end\n",
        xbar_number_format(row_ohm, c->row_ohm),
        xbar_number_format(col_ohm, c->col_ohm),
        c->cell.device->subcircuit ? "xc" : "rc");
    if (c->row_ohm == 0.0)
        fputs("* word lines are ideal: all nodes of a line (of a piece of a cut line) "
              "are "
              "one,\n*   named as the first\n",
              w->out);
    if (c->col_ohm == 0.0)
        fputs(
            "* bit lines are ideal: all nodes of a line (of a piece of a cut line) are "
            "one,\n*   named as the first\n",
            w->out);
    if (w->net->n_live < w->net->n_nodes)
        fprintf(w->out,
                "* left out: %zu of %zu nodes that no path joins to a source, and what "
                "hangs on them\n",
                w->net->n_nodes - w->net->n_live, w->net->n_nodes);
}

static void write_source(const scribe *w, const char *name, const char *node,
                         double volt)
{
    char number[XBAR_NUMBER_SIZE];
    if (w->options->stepped)
        fprintf(w->out, "%s %s 0 external\n", name, node);
    else
        fprintf(w->out, "%s %s 0 dc %s\n", name, node,
                xbar_number_format(number, volt));
}

/* Terminal `line` of a side shares the source of the line's other end. */
static bool shares_source(const scribe *w, xbar_side side, size_t line)
{
    const xbar_node *end = &w->net->nodes[xbar_network_end(w->net, side, line)];
    return end->n_held == 2 && end->held[1] == side;
}

static void write_terminal(const scribe *w, xbar_side side, size_t line)
{
    const xbar_node *end = &w->net->nodes[xbar_network_end(w->net, side, line)];
    double ohm = w->c->terminal_ohm[side][line];
    char source[NAME_SIZE];
    char node[NAME_SIZE];
    char name[NAME_SIZE];
    snprintf(source, sizeof source, "v%s%zu", xbar_side_name[side], line);
    if (ohm == 0.0) {
        if (shares_source(w, side, line))
            fprintf(w->out,
                    "* %s would lie beside v%s%zu: each carries half its current\n",
                    source, xbar_side_name[end->held[0]], line);
        else
            write_source(w, source, node_name(name, end), w->s->volt[side][line]);
        return;
    }
    snprintf(node, sizeof node, "%s%zu", xbar_side_name[side], line);
    write_source(w, source, node, w->s->volt[side][line]);
    char resistance[NAME_SIZE];
    snprintf(resistance, sizeof resistance, "r%s%zu", xbar_side_name[side], line);
    resistor(w, resistance, node, node_name(name, end), ohm);
}

static void write_terminals(const scribe *w)
{
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        bool said = false;
        for (size_t line = 0; line < xbar_side_lines(w->c, (xbar_side)side); line++) {
            if (isnan(w->s->volt[side][line]))
                continue;
            if (!said)
                fprintf(w->out, "* terminals: %s\n", xbar_side_name[side]);
            said = true;
            write_terminal(w, (xbar_side)side, line);
        }
    }
}

/* The wires of all word lines, or of all bit lines. */
static void write_wires(const scribe *w, bool rows)
{
    const size_t n_cols = w->c->n_cols;
    const uint32_t *plane = rows ? w->net->word_node : w->net->bit_node;
    bool (*is_wire)(const xbar_crossbar *, size_t, size_t) =
        rows ? xbar_network_row_wire : xbar_network_col_wire;
    bool said = false;
    for (size_t i = 0; i < w->c->n_rows; i++)
        for (size_t j = 0; j < n_cols; j++) {
            if (!is_wire(w->c, i, j))
                continue;
            const xbar_node *from = &w->net->nodes[plane[i * n_cols + j]];
            const xbar_node *to =
                &w->net->nodes[plane[rows ? i * n_cols + j + 1 : (i + 1) * n_cols + j]];
            if (!from->live)
                continue;
            if (!said)
                fputs(rows ? "* word lines\n" : "* bit lines\n", w->out);
            said = true;
            char name[NAME_SIZE];
            char a[NAME_SIZE];
            char b[NAME_SIZE];
            snprintf(name, sizeof name, "r%c%zu_%zu", rows ? 'w' : 'b', i, j);
            resistor(w, name, node_name(a, from), node_name(b, to),
                     rows ? w->c->row_ohm : w->c->col_ohm);
        }
}

static void write_capacitors(const scribe *w, bool rows)
{
    double farad = rows ? w->c->row_farad : w->c->col_farad;
    if (farad == 0.0)
        return;
    fprintf(w->out, "* capacitance of the %s, a segment, node to ground\n",
            rows ? "word lines" : "bit lines");
    const uint32_t *plane = rows ? w->net->word_node : w->net->bit_node;
    for (size_t i = 0; i < w->c->n_rows; i++)
        for (size_t j = 0; j < w->c->n_cols; j++) {
            const xbar_node *node = &w->net->nodes[plane[i * w->c->n_cols + j]];
            char name[NAME_SIZE];
            char number[XBAR_NUMBER_SIZE];
            if (node->live)
                fprintf(w->out, "c%c%zu_%zu %s 0 %s\n", rows ? 'w' : 'b', i, j,
                        node_name(name, node), xbar_number_format(number, farad));
        }
}

/* A model may offer NAME_near beside NAME, the same law as long as no cell sees more than
 * some multiple of one of its parameters, told in a comment:
 *   * NAME_near: where no cell sees more than 40 v0 */
static const char *law_for(const xbar_cell *cell, double span)
{
    char offer[2 * NAME_SIZE];
    char parameter[NAME_SIZE];
    double times = 0.0;
    if (!cell->device->subcircuit)
        return "";
    snprintf(offer, sizeof offer, "* %.40s_near: where no cell sees more than ",
             cell->device->name);
    const char *found = strstr(cell->device->subcircuit, offer);
    if (!found || sscanf(found + strlen(offer), "%lf %47s", &times, parameter) != 2)
        return "";
    for (size_t p = 0; p < cell->device->n_parameters; p++)
        if (strcmp(cell->device->parameters[p].name, parameter) == 0)
            return span <= times * cell->parameters[p] ? "_near" : "";
    return "";
}

static void write_cell(const scribe *w, size_t i, size_t j)
{
    const xbar_cell *cell = &w->c->cell;
    const size_t k = i * w->c->n_cols + j;
    const xbar_node *word = &w->net->nodes[w->net->word_node[k]];
    const xbar_node *bit = &w->net->nodes[w->net->bit_node[k]];
    if (w->state[k] <= 0.0 || !word->live)
        return;
    char name[NAME_SIZE];
    char a[NAME_SIZE];
    char b[NAME_SIZE];
    node_name(a, word);
    node_name(b, bit);
    if (!cell->device->subcircuit) {
        snprintf(name, sizeof name, "rc%zu_%zu", i, j);
        resistor(w, name, a, b, 1.0 / w->state[k]);
        return;
    }
    char number[XBAR_NUMBER_SIZE];
    fprintf(w->out, "xc%zu_%zu %s %s %s%s g=%s", i, j, a, b, cell->device->name, w->law,
            xbar_number_format(number, w->state[k]));
    for (size_t p = 0; p < cell->device->n_parameters; p++)
        fprintf(w->out, " %s=%s", cell->device->parameters[p].name,
                xbar_number_format(number, cell->parameters[p]));
    fputc('\n', w->out);
}

/* The model's text, without the subcircuits that no cell is made of. */
static void write_law(const scribe *w)
{
    char ours[2 * NAME_SIZE];
    bool skipped = false;
    snprintf(ours, sizeof ours, ".subckt %.40s%s ", w->c->cell.device->name, w->law);
    for (const char *at = w->c->cell.device->subcircuit; at && *at != '\0';) {
        const char *end = strchr(at, '\n');
        size_t length = end ? (size_t)(end - at) + 1 : strlen(at);
        if (strncmp(at, ".subckt ", 8) == 0)
            skipped = strncmp(at, ours, strlen(ours)) != 0;
        if (!skipped)
            fwrite(at, 1, length, w->out);
        if (strncmp(at, ".ends", 5) == 0)
            skipped = false;
        at += length;
    }
}

static void write_cells(const scribe *w)
{
    if (w->c->cell.device->subcircuit)
        write_law(w);
    fputs("* cells\n", w->out);
    for (size_t i = 0; i < w->c->n_rows; i++)
        for (size_t j = 0; j < w->c->n_cols; j++)
            write_cell(w, i, j);
}

static void write_source_order(const scribe *w)
{
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t line = 0; line < xbar_side_lines(w->c, (xbar_side)side); line++) {
            if (isnan(w->s->volt[side][line]) ||
                shares_source(w, (xbar_side)side, line))
                continue;
            const char *which = xbar_side_name[side];
            char node[NAME_SIZE];
            if (w->c->terminal_ohm[side][line] == 0.0)
                node_name(
                    node,
                    &w->net->nodes[xbar_network_end(w->net, (xbar_side)side, line)]);
            else
                snprintf(node, sizeof node, "%s%zu", which, line);
            fprintf(w->out, "border%s%zu %s 0 i=i(v%s%zu) m=0\n", which, line, node,
                    which, line);
        }
    if (w->options->stepped)
        fputs("bordersweep sweep 0 i=i(vsweep) m=0\n", w->out);
}

/* Below this many nodes nothing is gained. */
enum { ORDER_FROM_NODES = 256 };

/* The elimination order (order.h), told to ngspice by elements that touch the nodes in
 * that order and do nothing else: ngspice sets up B sources first, capacitors after them,
 * resistors and voltage sources later, and within a type the last one of the netlist
 * first. So these stand at the end, the node to go first in the last line: 0 F capacitors,
 * or B sources of 0 times the node's own voltage where the cells are B sources too. A
 * voltage source's node and current leave the matrix at once and come before all. */
static xbar_status write_order(const scribe *w, xbar_error *err)
{
    if (w->net->n_live < ORDER_FROM_NODES || w->options->klu)
        return XBAR_OK;
    uint32_t *order = NULL;
    size_t n = 0;
    XBAR_TRY(xbar_order_network(&order, &n, w->c, w->net, w->state, err));
    fputs("* elimination order: these touch the nodes, first in last line, and are "
          "nothing else\n",
          w->out);
    bool behavioural = w->c->cell.device->subcircuit != NULL;
    for (size_t k = n; k-- > 0;) {
        char name[NAME_SIZE];
        node_name(name, &w->net->nodes[order[k]]);
        if (behavioural)
            fprintf(w->out, "border%zu %s 0 i=v(%s) m=0\n", k, name, name);
        else
            fprintf(w->out, "corder%zu %s 0 0\n", k, name);
    }
    free(order);
    write_source_order(w);
    return XBAR_OK;
}

/* Printed with every digit: the current out of each column, and into each terminal. */
static void write_replay(const scribe *w)
{
    fputs("* replay: ngspice -b THIS_FILE prints the currents, A:\n"
          "*   i(vSIDEk) leaves the array through that terminal\n"
          ".control\nset numdgt=16\nop\n",
          w->out);
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t line = 0; line < xbar_side_lines(w->c, (xbar_side)side); line++) {
            if (isnan(w->s->volt[side][line]))
                continue;
            if (!shares_source(w, (xbar_side)side, line))
                fprintf(w->out, "print i(v%s%zu)\n", xbar_side_name[side], line);
        }
    fputs("if $?rawfile\n  write $rawfile\nend\n" /* ngspice -b -r */
          "if $?batchmode\n  quit\nend\n" /* else -b asks for an analysis line */
          ".endc\n",
          w->out);
}

const char xbar_netlist_touch[] = "altermod touch rsh=1";

/* behind the last point */
const char *const xbar_netlist_end[] = {"alter vsweep = 2000000", "step 1", NULL};

/* A resistor takes an altered value only at the next update of all models, which a
 * changed model brings about: rtouch and its model are there for that alone. */
static void write_stepping(const scribe *w)
{
    fputs("vsweep sweep 0 0\nrtouch sweep 0 touch 1k\n.model touch r(rsh=1)\n", w->out);
    fprintf(w->out, ".dc vsweep 1 %d 1\n", XBAR_NETLIST_POINTS);
}

static double least_ohm(const xbar_crossbar *c)
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

static double largest_volt(const scribe *w)
{
    double largest = 1.0;
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0; k < xbar_side_lines(w->c, (xbar_side)side); k++)
            if (fabs(w->s->volt[side][k]) > largest)
                largest = fabs(w->s->volt[side][k]);
    return largest;
}

/* ngspice's Newton ends when an iteration changes less than these, and hands out the
 * iterate before the last, so what it leaves is of that size: measured on a living sweep
 * of sinh cells, reltol 1e-6 left 2e-8 of a current and 1e-9 left 2e-10. A current below
 * what the rounding of a voltage drives through the least resistance stands never still:
 * abstol is above that. A stepped circuit stops two powers of Newton earlier: the engine
 * reads the last iterate, which is better by the square, and looks itself whether
 * Kirchhoff's law holds. Of ngspice's other ways gmin stepping can take minutes on such
 * arrays and then fail, so it is left out; a replayed netlist has its source stepping, the
 * engine a ramp of its own. Linear arrays need none of it. */
static void write_options(const scribe *w)
{
    if (w->c->cell.device->subcircuit) {
        bool stepped = w->options->stepped;
        double rounding = 4.0 * DBL_EPSILON * largest_volt(w) / least_ohm(w->c);
        fprintf(w->out, ".options reltol=%g vntol=%g abstol=%g", stepped ? 1e-4 : 1e-10,
                stepped ? 1e-5 * w->span : 1e-12,
                stepped ? 1e-6 : fmax(1e-17, rounding));
        fprintf(w->out, " itl1=100 itl2=100 gminsteps=0%s\n",
                stepped ? " srcsteps=0" : "");
    }
    if (w->options->klu)
        fputs(".options klu\n", w->out);
}

double xbar_netlist_span(const xbar_crossbar *c, const xbar_stimulus *s)
{
    double low = (double)INFINITY;
    double high = -(double)INFINITY;
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0; k < xbar_side_lines(c, (xbar_side)side); k++) {
            low = fmin(low, s->volt[side][k]); /* not where NaN: open */
            high = fmax(high, s->volt[side][k]);
        }
    double least = 0x1p-20; /* also where nothing is driven, or all alike */
    return high - low > least ? exp2(ceil(log2(high - low))) : least;
}

xbar_status xbar_netlist_write(FILE *out, const xbar_crossbar *c,
                               const xbar_network *net, const double *state,
                               const xbar_stimulus *s,
                               const xbar_netlist_options *options, xbar_error *err)
{
    double span = options->span > 0.0 ? options->span : xbar_netlist_span(c, s);
    const scribe w = {out, c, net, state, s, options, span, law_for(&c->cell, span)};
    write_head(&w);
    write_terminals(&w);
    write_wires(&w, true);
    write_wires(&w, false);
    write_capacitors(&w, true);
    write_capacitors(&w, false);
    write_cells(&w);
    write_options(&w);
    xbar_status status = write_order(&w, err);
    if (status != XBAR_OK)
        return status;
    if (options->stepped)
        write_stepping(&w);
    else
        write_replay(&w);
    fputs(".end\n", out);
    if (fflush(out) != 0 || ferror(out))
        return xbar_fail(err, XBAR_ERR_MACHINE, "writing the netlist: %s",
                         strerror(errno));
    return XBAR_OK;
}

/* 17 digits without looking for a shorter number: there may be millions of these. */
const char *xbar_netlist_alter(char command[XBAR_COMMAND_SIZE], const xbar_cell *cell,
                               size_t i, size_t j, double state)
{
    if (cell->device->subcircuit)
        snprintf(command, XBAR_COMMAND_SIZE, "alter b.xc%zu_%zu.bcell m=%.17g", i, j,
                 state);
    else
        snprintf(command, XBAR_COMMAND_SIZE, "alter rc%zu_%zu=%.17g", i, j,
                 1.0 / state);
    return command;
}
