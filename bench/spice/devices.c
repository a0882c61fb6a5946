/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What one accepted point of a run in time costs in ngspice, for each device's subcircuit:
 * square arrays behind 2.5 ohm wires, all rows at a sine, all states somewhere in their
 * range, steps of a fixed length. A table in Markdown on stdout.
 *
 *   bench_devices [-n POINTS] [SIZE...]        sizes 8 and 16 unless told */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/memory.h"
#include "netlist/netlist.h"
#include "spice/session.h"

typedef struct bench_case {
    const char *device, *selector, *access;
    double volt, hertz;
} bench_case;

static const bench_case cases[] = {
    {"linear", NULL, NULL, 1.0, 1e3},
    {"sinh", NULL, NULL, 1.0, 1e3},
    {"drift", NULL, NULL, 1.0, 1.0},
    {"team", NULL, NULL, 0.3, 1e4},
    {"vteam", NULL, NULL, 0.5, 1e7},
    {"yakopcic", NULL, NULL, 0.45, 1e3},
    {"yakopcic2", NULL, NULL, 1.5, 0.1},
    {"stanford", NULL, NULL, 1.0, 1e6},
    {"jart", NULL, NULL, 0.6, 1.0},
    {"mss", NULL, NULL, 0.5, 1e4},
    {"pershin", NULL, NULL, 3.0, 1e8},
    {"messaris", NULL, NULL, 2.0, 10.0},
    {"memdiode", NULL, NULL, 1.2, 0.1},
    {"pcm", NULL, NULL, 1.0, 1e7},
    {"flash", NULL, NULL, 0.5, 1e3},
    {"mtj", NULL, NULL, 0.5, 3e7},
    {"fefet", NULL, NULL, 2.0, 1e7},
    {"vteam", "selector_sinh", NULL, 1.0, 1e7},
    {"linear", "selector_ots", NULL, 1.5, 1e6},
    {"vteam", NULL, "access_nmos", 0.5, 1e7},
    {"vteam", "selector_sinh", "access_nmos", 1.0, 1e7},
};

/* ---- the array ----------------------------------------------------------------------- */

typedef struct array {
    const bench_case *q;
    xbar_crossbar *c;
    xbar_stimulus s;
    double *state;
} array;

static void give_part(const xbar_device **device, double *p, const char *name)
{
    *device = name ? xbar_device_find(name) : NULL;
    if (*device)
        xbar_device_parameters(p, *device, &(*device)->sets[0]);
}

static void array_clear(array *a)
{
    xbar_stimulus_clear(&a->s);
    xbar_crossbar_free(a->c);
    free(a->state);
    *a = (array){0};
}

static xbar_status array_make(array *a, const bench_case *q, size_t n, xbar_error *err)
{
    *a = (array){.q = q};
    XBAR_TRY(xbar_crossbar_new(&a->c, n, n, err));
    a->c->cell = xbar_cell_default(xbar_device_find(q->device));
    give_part(&a->c->cell.selector, a->c->cell.selector_parameters, q->selector);
    give_part(&a->c->cell.access, a->c->cell.access_parameters, q->access);
    a->c->row_ohm = 2.5;
    a->c->col_ohm = 2.5;
    XBAR_TRY(xbar_stimulus_init(&a->s, a->c, err));
    XBAR_TRY(xbar_doubles_new(&a->state, n * n, "states", err));
    xbar_state_range r[XBAR_MAX_STATES] = {{.lower = 1e-6, .upper = 1e-4}};
    if (a->c->cell.device->ranges)
        a->c->cell.device->ranges(r, a->c->cell.parameters);
    for (size_t k = 0; k < n * n; k++)
        a->state[k] = r[0].lower +
                      (r[0].upper - r[0].lower) * ((double)(7 * k % 11) + 0.5) / 11.0;
    for (size_t k = 0; k < n; k++) {
        a->c->terminal_ohm[XBAR_LEFT][k] = 2.5;
        a->c->terminal_ohm[XBAR_BOTTOM][k] = 2.5;
        a->s.volt[XBAR_LEFT][k] = 0.0;
        a->s.volt[XBAR_BOTTOM][k] = 0.0;
        a->s.gate[k] = 1.8;
    }
    return XBAR_OK;
}

/* Of this process alone: others may be busy. */
static double cpu_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- the run ------------------------------------------------------------------------- */

static void volts(xbar_stimulus *s, double t_s, const void *with)
{
    const array *a = with;
    xbar_stimulus_copy(s, &a->s, a->c);
    for (size_t i = 0; i < a->c->n_rows; i++)
        s->volt[XBAR_LEFT][i] = a->q->volt * sin(6.283185307179586 * a->q->hertz * t_s);
}

static double corner(double t_s, const void *with)
{
    (void)t_s;
    (void)with;
    return (double)INFINITY;
}

static double source(const char *name, double t_s, void *with)
{
    const array *a = with;
    xbar_quantity q = xbar_netlist_quantity(name);
    if (q.side == XBAR_N_SIDES)
        return a->s.gate[0];
    return q.side == XBAR_LEFT ? a->q->volt * sin(6.283185307179586 * a->q->hertz * t_s)
                               : 0.0;
}

enum { STEPS_A_PERIOD = 400 };

static double pace(double t_s, double proposed_s, void *with)
{
    const array *a = with;
    (void)t_s;
    return fmin(proposed_s, 1.0 / a->q->hertz / STEPS_A_PERIOD);
}

static xbar_status write_circuit(char **text, const array *a, xbar_error *err)
{
    xbar_network *net = NULL;
    size_t size = 0;
    const xbar_schedule schedule = {volts, corner, a};
    const xbar_netlist_options options = {
        .stepped = true,
        .klu = xbar_spice_has_klu(),
        .schedule = &schedule,
        .end_s = 1e3 / a->q->hertz,
        .max_step_s = 1.0 / a->q->hertz / STEPS_A_PERIOD,
    };
    FILE *out = open_memstream(text, &size);
    if (!out)
        return xbar_fail(err, XBAR_ERR_MEMORY, "no memory for the netlist");
    xbar_status status = xbar_network_new(&net, a->c, a->state, &a->s, err);
    if (status == XBAR_OK)
        status = xbar_netlist_write(out, a->c, net, a->state, &a->s, &options, err);
    fclose(out);
    xbar_network_free(net);
    return status;
}

/* Milliseconds for parsing and the first point, and for each of `points` later ones. */
static xbar_status measure(double *first_ms, double *point_ms, size_t *n_refused,
                           array *a, size_t points, xbar_error *err)
{
    xbar_spice *session = NULL;
    char *text = NULL;
    const size_t warm = 40; /* while the steps grow from a billionth */
    XBAR_TRY(xbar_spice_start(&session, source, a, err));
    xbar_spice_set_pace(session, pace);
    xbar_status status = write_circuit(&text, a, err);
    double start = cpu_s();
    if (status == XBAR_OK)
        status = xbar_spice_load(session, text, err);
    if (status == XBAR_OK)
        status = xbar_spice_begin(session, xbar_netlist_end_in_time, err);
    *first_ms = 1e3 * (cpu_s() - start);
    for (size_t k = 0; k < warm && status == XBAR_OK; k++)
        status = xbar_spice_step(session, err);
    const double from_s = status == XBAR_OK ? xbar_spice_values(session)[0] : 0.0;
    start = cpu_s();
    for (size_t k = 0; k < points && status == XBAR_OK; k++)
        status = xbar_spice_step(session, err);
    *point_ms = 1e3 * (cpu_s() - start) / (double)points;
    if (status == XBAR_OK) {
        double whole =
            (xbar_spice_values(session)[0] - from_s) * a->q->hertz * STEPS_A_PERIOD;
        *n_refused = whole < (double)points ? points - (size_t)whole : 0;
    }
    xbar_spice_stop(session);
    free(text);
    return status;
}

static int row(const bench_case *q, const size_t *sizes, size_t n_sizes, size_t points)
{
    int failed = 0;
    printf("| %s%s%s%s%s |", q->device, q->selector ? " + " : "",
           q->selector ? q->selector : "", q->access ? " + " : "",
           q->access ? q->access : "");
    for (size_t k = 0; k < n_sizes; k++) {
        array a;
        double first_ms = 0.0;
        double point_ms = 0.0;
        size_t n_refused = 0;
        xbar_error err = {0};
        xbar_status status = array_make(&a, q, sizes[k], &err);
        if (status == XBAR_OK)
            status = measure(&first_ms, &point_ms, &n_refused, &a, points, &err);
        if (status == XBAR_OK) {
            printf(" %.0f | %.3f | %.2f | %zu |", first_ms, point_ms,
                   1e3 * point_ms / (double)(sizes[k] * sizes[k]), n_refused);
        } else {
            printf(" failed: %s | | | |", err.text);
            failed = 1;
        }
        fflush(stdout);
        array_clear(&a);
    }
    putchar('\n');
    return failed;
}

int main(int n_words, char **words)
{
    size_t sizes[16] = {8, 16};
    size_t n_sizes = 0;
    size_t points = 100;
    int failed = 0;
    for (int k = 1; k < n_words && n_sizes < 16; k++) {
        if (strcmp(words[k], "-n") == 0 && k + 1 < n_words)
            points = strtoul(words[++k], NULL, 10);
        else
            sizes[n_sizes++] = strtoul(words[k], NULL, 10);
    }
    if (n_sizes == 0)
        n_sizes = 2;
    printf("| cell |");
    for (size_t k = 0; k < n_sizes; k++)
        printf(" %zu: begin, ms | a point, ms | a cell, us | shortened |", sizes[k]);
    printf("\n|---|");
    for (size_t k = 0; k < 4 * n_sizes; k++)
        printf("---|");
    putchar('\n');
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
        failed |= row(&cases[k], sizes, n_sizes, points);
    return failed;
}
