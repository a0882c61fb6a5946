/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  One libngspice session: a circuit is loaded, a sweep (dc, or of small signals) begun
 *  and kept alive, and each step of it answers for the sources' and cells' present values.
 *  Or a run in time is begun, and each step brings its next accepted point.
 *
 *  libngspice holds one state a process, so there is one session a process. Everything
 *  it prints is collected and stays out of the terminal; its numbers come as doubles
 *  (points.h). This folder alone includes sharedspice.h.
 */
#ifndef XBAR_SPICE_SESSION_H
#define XBAR_SPICE_SESSION_H

#include <stdbool.h>
#include <stddef.h>

#include "core/status.h"

typedef struct xbar_spice xbar_spice;

/** The value of an EXTERNAL source, V or A, asked for at each iteration; name in
 *  lower case. Must be a pure function of the time (0 in a sweep), which may be one that
 *  ngspice only tries, and of what the caller has set before the step. */
typedef double xbar_spice_source(const char *name, double t_s, void *with);

/** How long the step from t_s on shall be, s, > 0; ngspice would take proposed_s. */
typedef double xbar_spice_pace(double t_s, double proposed_s, void *with);

/** Starts the process's session, or takes it up again after xbar_spice_stop.
 *  ngspice is initialised in an empty private folder and without the environment
 *  variables that steer it, so that no .spiceinit and no setting of the user's matters.
 *  Not to be called from several threads; changes the working folder for the moment of
 *  the initialisation.
 *  @param[out] out    the session, the same one each time; given back by xbar_spice_stop
 *  @param source      @param with  borrowed until then
 *  @return XBAR_OK; XBAR_ERR_ENGINE (in use, or ngspice has given up in this process);
 *          XBAR_ERR_MACHINE (no private folder to be had); XBAR_ERR_MEMORY */
xbar_status xbar_spice_start(xbar_spice **out, xbar_spice_source *source, void *with,
                             xbar_error *err);

/** Lets `pace` (NULL: ngspice alone, as after the start) choose the steps of runs in time;
 *  it is called with what xbar_spice_start was given. ngspice may do a step again with a
 *  shorter one, and lands on breakpoints whatever was chosen. */
void xbar_spice_set_pace(xbar_spice *s, xbar_spice_pace *pace);

/** Where the values of EXTERNAL current sources come from, of which each is asked for once
 *  an iteration (NULL, as after the start: 0 A), so that it can tell the first iteration
 *  of a step from those after it. `currents` is called with what xbar_spice_start was
 *  given. */
void xbar_spice_set_currents(xbar_spice *s, xbar_spice_source *currents);

/** A time that the present run shall land on, and then begin its integration anew, as
 *  where a capacitor's current jumps; between two steps.
 *  @return XBAR_OK, XBAR_ERR_ENGINE */
xbar_status xbar_spice_breakpoint(xbar_spice *s, double t_s, xbar_error *err);

/** Drops the circuit and gives the session back. NULL is fine. */
void xbar_spice_stop(xbar_spice *s);

/** Puts a circuit in the place of the present one. Comment lines are not passed on.
 *  @param netlist  a whole netlist of xbar_netlist_write, stepped
 *  @return XBAR_OK; XBAR_ERR_ENGINE (the line of ngspice's that says why);
 *          XBAR_ERR_MEMORY */
xbar_status xbar_spice_load(xbar_spice *s, const char *netlist, xbar_error *err);

/** Takes note of a command that changes the circuit (alter, altermod); before the next
 *  step all of them are carried out, many on a line: each line has its own price.
 *  @param command  one command, without ';' and newline, shorter than 400 bytes
 *  @return XBAR_OK, or XBAR_ERR_ENGINE for one of those noted so far */
xbar_status xbar_spice_change(xbar_spice *s, const char *command, xbar_error *err);

/** Begins the sweep that the netlist holds (.dc, .ac or .tran) and halts after its first
 *  point: that of the sources' present values.
 *  @param end  NULL-terminated; what lets the halted sweep run out, done before the
 *              circuit is dropped: a sweep that is not ended leaves its memory behind.
 *              Borrowed until then. For a run in time "resume" will do: it finds no time
 *              to step into any more
 *  @return XBAR_OK: xbar_spice_values are those of the point; XBAR_ERR_CONVERGENCE;
 *          XBAR_ERR_ENGINE; XBAR_ERR_MACHINE (no file for the numbers); XBAR_ERR_MEMORY */
xbar_status xbar_spice_begin(xbar_spice *s, const char *const *end, xbar_error *err);

/** The next point of the sweep, or the next accepted one in time. Errors as
 *  xbar_spice_begin; after one the circuit must be loaded again. */
xbar_status xbar_spice_step(xbar_spice *s, xbar_error *err);

/** Of the point that was made last, Newton's last iterate in the place of the one before
 *  it, which is what ngspice hands out: it solves for the new one, sees that it differs by
 *  less than the tolerances, and tells the old one. To 15 digits.
 *  @return XBAR_OK; else xbar_spice_values are as before: XBAR_ERR_ENGINE (this ngspice
 *          does not tell, or the sweep is of small signals), XBAR_ERR_MACHINE,
 *          XBAR_ERR_MEMORY */
xbar_status xbar_spice_newest(xbar_spice *s, xbar_error *err);

/** The vectors of the last point: node voltages, V, by node name, and branch currents,
 *  A, by "SOURCE#branch"; in time the first is "time", s; of small signals their real
 *  parts. Borrowed until the next call. */
size_t xbar_spice_n_vectors(const xbar_spice *s);
const char *xbar_spice_vector_name(const xbar_spice *s, size_t k);
const double *xbar_spice_values(const xbar_spice *s);

/** Has ngspice asked to end the process? Then only stop may be called. */
bool xbar_spice_is_dead(const xbar_spice *s);

/** The library's release, "39": as it says itself after the first start, before that as its
 *  header says. Static. */
const char *xbar_spice_version(void);

/** Does the library say that it has the KLU solver? Valid after the first start. Release
 *  39 has not; with it `.options klu` is worth more than any node order. */
bool xbar_spice_has_klu(void);

#endif
