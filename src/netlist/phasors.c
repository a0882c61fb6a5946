/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An ohmic array stepped as small signals: its phasors, at any frequency, are its voltages
 * at rest, and a point of an `ac` sweep takes ngspice one factorisation where one of a `dc`
 * sweep takes two, the second to see that nothing changes.
 *
 * ngspice begins an `ac` sweep with an operating point, unless it is told not to and every
 * element is linear. Without it, though, it does not bring the equations of voltage
 * sources into an order in which they can be eliminated. So a terminal is its Norton
 * equivalent, a current V / R into the line's end and R from there to ground. One of 0 ohm
 * has none: there a voltage source is needed, and the operating point, which takes three
 * factorisations. (The B sources that tell its place in the elimination order see to it:
 * they are not linear in ngspice's eyes. Circuits too small to be told an order have none,
 * and no order to lose.)
 *
 * Both are controlled sources, of which `alter` changes the gain at once; amplitudes of
 * independent ones would count only after an update that a halted `ac` sweep never
 * makes. */
#include <math.h>
#include <stdio.h>

#include "core/number.h"
#include "netlist/scribe.h"

/* No frequency is left below the last once the tolerance of its comparison is this. */
const char *const xbar_netlist_end_phasors[] = {"set reltol=-1e9", "step 1", NULL};

xbar_phasors xbar_netlist_phasors(const xbar_crossbar *c, const xbar_stimulus *s)
{
    static const double least_ohm = 0.01; /* below, V - v has few digits left for I */
    if (!xbar_netlist_is_ohmic(&c->cell))
        return XBAR_PHASORS_NONE;
    xbar_phasors kind = XBAR_PHASORS_AT_ONCE;
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0; k < xbar_side_lines(c, (xbar_side)side); k++) {
            const double ohm = c->terminal_ohm[side][k];
            if (isnan(s->volt[side][k]))
                continue;
            if (ohm == 0.0)
                kind = XBAR_PHASORS_FROM_REST;
            else if (ohm < least_ohm)
                return XBAR_PHASORS_NONE;
        }
    return kind;
}

/* Of a terminal's controlled source, which senses 1 V: V, or A of the Norton equivalent. */
static double gain_of(const xbar_crossbar *c, xbar_side side, size_t line, double volt)
{
    const double ohm = c->terminal_ohm[side][line];
    return ohm > 0.0 ? volt / ohm : volt;
}

const char *xbar_netlist_drive(char command[XBAR_COMMAND_SIZE], const xbar_crossbar *c,
                               xbar_side side, size_t line, double volt)
{
    char number[XBAR_NUMBER_SIZE];
    snprintf(command, XBAR_COMMAND_SIZE, "alter @%c%s%zu[gain]=%s",
             c->terminal_ohm[side][line] > 0.0 ? 'g' : 'e', xbar_side_name[side], line,
             xbar_number_format(number, gain_of(c, side, line, volt)));
    return command;
}

void xbar_scribe_phasor_source(const xbar_scribe *w, xbar_side side, size_t line,
                               const char *node)
{
    char number[XBAR_NUMBER_SIZE];
    const bool held = w->c->terminal_ohm[side][line] == 0.0;
    fprintf(
        w->out, "%c%s%zu %s %s unit 0 %s\n", held ? 'e' : 'g', xbar_side_name[side],
        line, held ? node : "0", held ? "0" : node,
        xbar_number_format(number, gain_of(w->c, side, line, w->s->volt[side][line])));
}

void xbar_scribe_phasor_analysis(const xbar_scribe *w)
{
    fprintf(w->out,
            "iunit 0 unit 0 ac 1\nrunit unit 0 1\n"
            ".options noopac\n.ac lin %d 1 %d\n",
            XBAR_NETLIST_POINTS, XBAR_NETLIST_POINTS);
}
