/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Element order follows the drawing, top left to bottom right, so that a reader finds a
 * cell, unless the circuit is so large that ngspice is told an elimination order
 * (sequence.h); each section says what it is. */
#include "netlist/netlist.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/number.h"
#include "netlist/sequence.h"

const char *xbar_scribe_node(char name[XBAR_NAME_SIZE], const xbar_node *node)
{
    snprintf(name, XBAR_NAME_SIZE, "%c%zu_%zu", node->is_word ? 'w' : 'b', node->row,
             node->col);
    return name;
}

static void resistor(const xbar_scribe *w, const char *name, const char *a,
                     const char *b, double ohm)
{
    char number[XBAR_NUMBER_SIZE];
    fprintf(w->out, "%s %s %s %s\n", name, a, b, xbar_number_format(number, ohm));
}

/* The experiment's title, for a comment: letters, digits and a few signs that mean
 * nothing to ngspice; everything else becomes a blank. */
static void write_title(const xbar_scribe *w)
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

/* What a cell is made of below its device. */
static const char *way_down(const xbar_cell *cell)
{
    if (cell->selector && cell->access)
        return "mi_j, selector xsi_j to di_j, transistor xti_j to bi_j";
    if (cell->selector)
        return "mi_j, selector xsi_j to bi_j";
    return cell->access ? "mi_j, transistor xti_j to bi_j" : "bi_j";
}

/* A name in a comment for each of the cells' states. */
static void write_states(const xbar_scribe *w)
{
    for (size_t s = 0; s < xbar_cell_n_states(&w->c->cell); s++)
        fprintf(w->out, "* states:     v(s%zu_i_j) is %s of cell (i,j)\n", s,
                xbar_cell_state_info(&w->c->cell, s)->name);
}

static void write_head(const xbar_scribe *w)
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
        "* cell (i,j): %si_j from wi_j to %s\n"
        "* terminals: %s\n",
        xbar_number_format(row_ohm, c->row_ohm),
        xbar_number_format(col_ohm, c->col_ohm),
        c->cell.device->subcircuit ? "xc" : "rc", way_down(&c->cell),
        w->options->phasors
            ? "current gSIDEk into the line's end, rSIDEk to ground; of 0 ohm, eSIDEk"
            : "source vSIDEk at node SIDEk, then rSIDEk, then the line's end");
    if (w->options->schedule)
        write_states(w);
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

/* @param side  XBAR_N_SIDES: the gate of row `line` */
static void write_source(const xbar_scribe *w, xbar_side side, size_t line,
                         const char *node)
{
    char number[XBAR_NUMBER_SIZE];
    const bool gate = side == XBAR_N_SIDES;
    fprintf(w->out, "v%s%zu %s 0 ", gate ? "gate" : xbar_side_name[side], line, node);
    if (w->options->stepped)
        fputs("external\n", w->out);
    else if (w->drive)
        xbar_scribe_waveform(w, xbar_polyline_source(w->c, side, line));
    else
        fprintf(w->out, "dc %s\n",
                xbar_number_format(number,
                                   gate ? w->s->gate[line] : w->s->volt[side][line]));
}

/* One of 0 ohm holds the line's end; of small signals others are current and resistance
 * side by side. */
static void write_terminal(const xbar_scribe *w, xbar_side side, size_t line)
{
    const xbar_node *end = &w->net->nodes[xbar_network_end(w->net, side, line)];
    const double ohm = w->c->terminal_ohm[side][line];
    const bool phasors = w->options->phasors;
    char name[XBAR_NAME_SIZE];
    char node[XBAR_NAME_SIZE];
    xbar_scribe_node(name, end);
    if (ohm == 0.0 && xbar_network_shares_source(w->net, side, line)) {
        const char letter = phasors ? 'e' : 'v';
        fprintf(w->out,
                "* %c%s%zu would lie beside %c%s%zu: each carries half its current\n",
                letter, xbar_side_name[side], line, letter,
                xbar_side_name[end->held[0]], line);
        return;
    }
    snprintf(node, sizeof node, "%s%zu", xbar_side_name[side], line);
    if (phasors)
        xbar_scribe_phasor_source(w, side, line, name);
    else
        write_source(w, side, line, ohm > 0.0 ? node : name);
    if (ohm > 0.0) {
        char resistance[XBAR_NAME_SIZE];
        snprintf(resistance, sizeof resistance, "r%s%zu", xbar_side_name[side], line);
        resistor(w, resistance, phasors ? name : node, phasors ? "0" : name, ohm);
    }
}

static void write_gates(const xbar_scribe *w)
{
    if (!w->c->cell.access)
        return;
    fputs("* gates: source vgatei at node gatei, the transistors of row i\n", w->out);
    for (size_t i = 0; i < w->c->n_rows; i++) {
        char node[XBAR_NAME_SIZE];
        snprintf(node, sizeof node, "gate%zu", i);
        write_source(w, XBAR_N_SIDES, i, node);
    }
}

static void write_terminals(const xbar_scribe *w)
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

static void write_wire(const xbar_scribe *w, const xbar_branch *wire)
{
    const bool word = wire->kind == XBAR_WORD_WIRES;
    const size_t k = wire->cell;
    const uint32_t *node = word ? w->net->word_node : w->net->bit_node;
    char name[XBAR_NAME_SIZE];
    char a[XBAR_NAME_SIZE];
    char b[XBAR_NAME_SIZE];
    snprintf(name, sizeof name, "r%c%zu_%zu", word ? 'w' : 'b', k / w->c->n_cols,
             k % w->c->n_cols);
    xbar_scribe_node(a, &w->net->nodes[node[k]]);
    xbar_scribe_node(b, &w->net->nodes[node[word ? k + 1 : k + w->c->n_cols]]);
    resistor(w, name, a, b, word ? w->c->row_ohm : w->c->col_ohm);
}

static xbar_status write_wires_of(const xbar_scribe *w, unsigned kinds,
                                  const char *title, xbar_error *err)
{
    xbar_branch *wires = NULL;
    size_t n = 0;
    XBAR_TRY(xbar_scribe_branches(&wires, &n, w, kinds, err));
    if (n > 0)
        fputs(title, w->out);
    for (size_t k = 0; k < n; k++)
        write_wire(w, &wires[k]);
    free(wires);
    return XBAR_OK;
}

static xbar_status write_wires(const xbar_scribe *w, xbar_error *err)
{
    if (w->place)
        return write_wires_of(w, XBAR_WORD_WIRES | XBAR_BIT_WIRES,
                              "* word and bit lines, as the elimination meets them\n",
                              err);
    XBAR_TRY(write_wires_of(w, XBAR_WORD_WIRES, "* word lines\n", err));
    return write_wires_of(w, XBAR_BIT_WIRES, "* bit lines\n", err);
}

/* "... 0 FARAD", and the voltage that the node begins with where that is told. */
static void capacitor(const xbar_scribe *w, const char *name, uint32_t node,
                      double farad)
{
    char node_text[XBAR_NAME_SIZE];
    char number[XBAR_NUMBER_SIZE];
    const double *v_node = w->options->v_node;
    if (!w->net->nodes[node].live || !(farad > 0.0))
        return;
    fprintf(w->out, "%s %s 0 %s", name,
            xbar_scribe_node(node_text, &w->net->nodes[node]),
            xbar_number_format(number, farad));
    if (v_node && isfinite(v_node[node]))
        fprintf(w->out, " ic=%s", xbar_number_format(number, v_node[node]));
    fputc('\n', w->out);
}

static void write_capacitors(const xbar_scribe *w, bool rows)
{
    double farad = rows ? w->c->row_farad : w->c->col_farad;
    if (farad == 0.0)
        return;
    fprintf(w->out, "* capacitance of the %s, a segment, node to ground\n",
            rows ? "word lines" : "bit lines");
    const uint32_t *plane = rows ? w->net->word_node : w->net->bit_node;
    for (size_t i = 0; i < w->c->n_rows; i++)
        for (size_t j = 0; j < w->c->n_cols; j++) {
            char name[XBAR_NAME_SIZE];
            snprintf(name, sizeof name, "c%c%zu_%zu", rows ? 'w' : 'b', i, j);
            capacitor(w, name, plane[i * w->c->n_cols + j], farad);
        }
}

static void write_terminal_capacitors(const xbar_scribe *w)
{
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        const double *farad = w->c->terminal_farad[side];
        if (farad)
            fprintf(w->out, "* capacitance of the terminals: %s\n",
                    xbar_side_name[side]);
        for (size_t k = 0; farad && k < xbar_side_lines(w->c, (xbar_side)side); k++) {
            char name[XBAR_NAME_SIZE];
            snprintf(name, sizeof name, "c%s%zu", xbar_side_name[side], k);
            capacitor(w, name, xbar_network_end(w->net, (xbar_side)side, k), farad[k]);
        }
    }
}

/* Printed with every digit: the current out of each column, and into each terminal. */
static void write_replay(const xbar_scribe *w)
{
    if (w->options->schedule)
        xbar_scribe_analysis(w);
    else
        fputs("* replay: ngspice -b THIS_FILE prints the currents, A:\n"
              "*   i(vSIDEk) leaves the array through that terminal\n"
              ".control\nset numdgt=16\nop\n",
              w->out);
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t line = 0; line < xbar_side_lines(w->c, (xbar_side)side); line++) {
            if (isnan(w->s->volt[side][line]))
                continue;
            if (!xbar_network_shares_source(w->net, (xbar_side)side, line))
                fprintf(w->out, "print %si(v%s%zu)\n",
                        w->options->schedule ? "time " : "", xbar_side_name[side],
                        line);
        }
    fputs("if $?rawfile\n  write $rawfile\nend\n" /* ngspice -b -r */
          "if $?batchmode\n  quit\nend\n" /* else -b asks for an analysis line */
          ".endc\n",
          w->out);
}

bool xbar_netlist_is_ohmic(const xbar_cell *cell)
{
    return !cell->device->subcircuit && !cell->selector && !cell->access;
}

/* behind the last point */
const char *const xbar_netlist_end[] = {"alter vsweep = 2000000", "step 1", NULL};
const char *const xbar_netlist_end_in_time[] = {"resume", NULL};

/* A resistor takes an altered value only at the next update of all models, which a
 * changed model brings about: rtouch and its model are there for that alone. */
static void write_stepping(const xbar_scribe *w)
{
    fputs("vsweep sweep 0 0\nrtouch sweep 0 touch 1k\n.model touch r(rsh=1)\n", w->out);
    fprintf(w->out, ".dc vsweep 1 %d 1\n", XBAR_NETLIST_POINTS);
}

static double largest_volt(const xbar_scribe *w)
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
static void write_options(const xbar_scribe *w)
{
    if (w->options->schedule) {
        xbar_scribe_time_options(w);
    } else if (!xbar_netlist_is_ohmic(&w->c->cell)) {
        bool stepped = w->options->stepped;
        double rounding =
            4.0 * DBL_EPSILON * largest_volt(w) / xbar_crossbar_least_ohm(w->c);
        fprintf(w->out, ".options reltol=%g vntol=%g abstol=%g", stepped ? 1e-4 : 1e-10,
                stepped ? 1e-5 * w->span : 1e-12,
                stepped ? 1e-6 : fmax(1e-17, rounding));
        /* next to the answer few will do, and iterations that go far away are dear */
        const int most = xbar_scribe_has_holds(w) ? 15 : 100;
        fprintf(w->out, " itl1=%d itl2=%d gminsteps=0%s\n", most, most,
                stepped ? " srcsteps=0" : "");
    }
    if (w->c->cell.access) /* ngspice's own leak beside a channel is 1e-12 S */
        fputs(".options gmin=1e-21\n", w->out);
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

/* What tells the order by B sources must follow the cells, which are such too. Else the
 * cells come last: ngspice finds the names of the last lines soonest, and theirs are those
 * that it looks for when they change. */
static xbar_status write_cells_and_order(const xbar_scribe *w, xbar_error *err)
{
    if (xbar_netlist_is_ohmic(&w->c->cell)) {
        xbar_scribe_order(w);
        XBAR_TRY(xbar_scribe_cells(w, err));
        write_options(w);
        return XBAR_OK;
    }
    if (w->options->stepped && !w->options->schedule)
        xbar_scribe_leaks(w);
    if (w->options->guided)
        XBAR_TRY(xbar_scribe_guides(w, err));
    XBAR_TRY(xbar_scribe_cells(w, err));
    xbar_scribe_holds(w);
    write_options(w);
    xbar_scribe_order(w);
    return XBAR_OK;
}

static xbar_status write_all(const xbar_scribe *w, xbar_error *err)
{
    write_head(w);
    write_terminals(w);
    write_gates(w);
    XBAR_TRY(write_wires(w, err));
    if (w->options->schedule || !w->options->stepped) {
        write_capacitors(w, true);
        write_capacitors(w, false);
        write_terminal_capacitors(w);
    }
    XBAR_TRY(write_cells_and_order(w, err));
    if (!w->options->stepped)
        write_replay(w);
    else if (w->options->schedule)
        xbar_scribe_analysis(w);
    else if (w->options->phasors)
        xbar_scribe_phasor_analysis(w);
    else
        write_stepping(w);
    fputs(".end\n", w->out);
    return XBAR_OK;
}

xbar_status xbar_netlist_write(FILE *out, const xbar_crossbar *c,
                               const xbar_network *net, const double *state,
                               const xbar_stimulus *s,
                               const xbar_netlist_options *options, xbar_error *err)
{
    double span = options->span > 0.0 ? options->span : xbar_netlist_span(c, s);
    xbar_polyline drive = {0};
    xbar_scribe w = {.out = out,
                     .c = c,
                     .net = net,
                     .state = state,
                     .s = s,
                     .options = options,
                     .span = span};
    if (options->schedule && !options->stepped) {
        const double tolerance = options->tolerance > 0.0 ? options->tolerance : 1e-4;
        XBAR_TRY(xbar_polyline_new(&drive, c, options->schedule, options->begin_s,
                                   options->end_s, tolerance, err));
        w.drive = &drive;
    }
    uint32_t *order = NULL;
    uint32_t *place = NULL;
    xbar_status status = xbar_scribe_find_order(&order, &place, &w.n_order, &w, err);
    w.order = order;
    w.place = place;
    if (status == XBAR_OK)
        status = write_all(&w, err);
    free(order);
    free(place);
    xbar_polyline_clear(&drive);
    if (status != XBAR_OK)
        return status;
    if (fflush(out) != 0 || ferror(out))
        return xbar_fail(err, XBAR_ERR_MACHINE, "writing the netlist: %s",
                         strerror(errno));
    return XBAR_OK;
}
