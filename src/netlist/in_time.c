/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A run in time.
 *
 * It begins with `uic`: each state on its capacitor at its value, and no search for an
 * operating point, in which the states would run to their ends. All times in the netlist
 * count from the run's beginning. */
#include <float.h>
#include <math.h>

#include "core/number.h"
#include "netlist/scribe.h"

static double tolerance_of(const xbar_scribe *w)
{
    return w->options->tolerance > 0.0 ? w->options->tolerance : 1e-4;
}

/* ---- sources ------------------------------------------------------------------------- */

/* Does knot k of a source say nothing that its neighbours do not? */
static bool idle_knot(const xbar_polyline *p, size_t source, size_t k)
{
    const double *volt = p->volt + source;
    return k > 0 && k + 1 < p->n_knots &&
           volt[k * p->n_sources] == volt[(k - 1) * p->n_sources] &&
           volt[k * p->n_sources] == volt[(k + 1) * p->n_sources];
}

void xbar_scribe_waveform(const xbar_scribe *w, size_t source)
{
    const xbar_polyline *p = w->drive;
    char t_text[XBAR_NUMBER_SIZE];
    char v_text[XBAR_NUMBER_SIZE];
    const double *volt = p->volt + source;
    bool still = true;
    for (size_t k = 1; k < p->n_knots && still; k++)
        still = volt[k * p->n_sources] == volt[0];
    if (still) {
        fprintf(w->out, "dc %s\n", xbar_number_format(v_text, volt[0]));
        return;
    }
    fputs("pwl(", w->out);
    for (size_t k = 0, n = 0; k < p->n_knots; k++) {
        if (idle_knot(p, source, k))
            continue;
        if (n > 0)
            fputs(n % 4 == 0 ? "\n+ " : " ", w->out);
        fprintf(w->out, "%s %s", xbar_number_format(t_text, p->t_s[k] - p->t_s[0]),
                xbar_number_format(v_text, volt[k * p->n_sources]));
        n++;
    }
    fputs(")\n", w->out);
}

/* ---- analysis and options ------------------------------------------------------------ */

void xbar_scribe_analysis(const xbar_scribe *w)
{
    const xbar_netlist_options *o = w->options;
    const double length_s = o->end_s - o->begin_s;
    char first[XBAR_NUMBER_SIZE];
    char end[XBAR_NUMBER_SIZE];
    char largest[XBAR_NUMBER_SIZE];
    if (o->stepped) {
        /* The caller sets each step; what is said here is how it begins. */
        fprintf(w->out, ".tran %s %s 0 %s uic\n",
                xbar_number_format(first, XBAR_NETLIST_FIRST_STEP * o->max_step_s),
                xbar_number_format(end, length_s),
                xbar_number_format(largest, o->max_step_s));
        return;
    }
    const double step_s = o->step_s > 0.0 ? o->step_s : length_s / 1000.0;
    const double max_step_s =
        o->max_step_s > 0.0 ? o->max_step_s : fmin(step_s, length_s / 1000.0);
    fprintf(w->out,
            "* replay: ngspice -b THIS_FILE prints the currents, A, over time, s:\n"
            "*   i(vSIDEk) leaves the array through that terminal\n"
            ".control\nset numdgt=16\nset nobreak\ntran %s %s 0 %s uic\nlinearize\n",
            xbar_number_format(first, step_s), xbar_number_format(end, length_s),
            xbar_number_format(largest, max_step_s));
}

static double lesser(double charge, double farad, double volt)
{
    return farad > 0.0 ? fmin(charge, farad * volt) : charge;
}

/* The least change of charge that matters, F V: of a state on its 1 uF, of a line. */
static double least_charge(const xbar_crossbar *c)
{
    const double volt = 0.1;
    xbar_state_range r[XBAR_MAX_STATES];
    double least = 1e-6;
    xbar_cell_ranges(&c->cell, r);
    for (size_t s = 0; s < xbar_cell_n_states(&c->cell); s++)
        least = lesser(least, 1e-6, r[s].scale);
    least = lesser(least, c->row_farad, volt);
    least = lesser(least, c->col_farad, volt);
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0;
             c->terminal_farad[side] && k < xbar_side_lines(c, (xbar_side)side); k++)
            least = lesser(least, c->terminal_farad[side][k], volt);
    return least;
}

/* What ngspice's own numbers must be for a run to keep a tolerance, found by comparing
 * with exact solutions (tests/unit/test_engine_spice_loops.c): its estimate of a step's
 * error is taken as it is (trtol 1), in shares of each charge (reltol), where it is small
 * of a tenth of what matters (chgtol). */
void xbar_scribe_time_options(const xbar_scribe *w)
{
    const double reltol = fmin(1e-4, fmax(2e-10, 0.002 * tolerance_of(w)));
    fprintf(
        w->out,
        ".options reltol=%g vntol=%g abstol=%g chgtol=%g trtol=1 itl1=100 itl4=100\n",
        reltol, 1e-3 * reltol, 1e-15, 0.1 * least_charge(w->c));
    if (w->options->stepped)
        fprintf(w->out, ".options minbreak=%g\n", 1e-9 * w->options->max_step_s);
}
