/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The subcircuits of models/ in ngspice against the equations in C: currents at rest, and
 * in time currents and rates at given voltages and states, for every parameter set. A
 * state's rate is the current that a voltage source takes out of its node: 1 uF times it. */
#include "device_check.h"

#include <unistd.h>

#include "core/number.h"

enum { MAX_POINTS = 1024 };

static const double volts[] = {1e-3,  0.05,  0.2,   0.45, 0.8,  1.3,
                               -1e-3, -0.07, -0.25, -0.6, -1.1, -1.6};
enum { N_VOLTS = sizeof volts / sizeof *volts };
static const double wild_volt = 40.0; /* to both sides, at one state */

/* Where in their range the states stand: beyond both bounds, near them, inside. */
static const double places[] = {-0.1, 0.004, 0.25, 0.5, 0.8, 0.9965, 1.1};
enum { N_PLACES = sizeof places / sizeof *places };

static double place_in(const xbar_state_range *r, size_t k)
{
    return r->lower + places[k % N_PLACES] * (r->upper - r->lower);
}

/* One number that ngspice is asked for. */
typedef struct wanted {
    double value, floor; /* floor: what the deck itself leaks */
    double v, x;
    const char *what;
} wanted;

typedef struct deck {
    FILE *out;
    size_t n;
    wanted points[MAX_POINTS];
} deck;

static void write_parameters(FILE *out, const device_case *c)
{
    char text[XBAR_NUMBER_SIZE];
    for (size_t k = 0; k < c->device->n_parameters; k++)
        fprintf(out, " %s=%s", c->device->parameters[k].name,
                xbar_number_format(text, c->p[k]));
    fputc('\n', out);
}

static void write_source(deck *d, const char *node, double volt, wanted w)
{
    char text[XBAR_NUMBER_SIZE];
    fprintf(d->out, "vp%zu %s 0 %s\n", d->n, node, xbar_number_format(text, volt));
    d->points[d->n++] = w;
    assert_true(d->n < MAX_POINTS);
}

static void write_rest(deck *d, const device_case *c, double v, double x)
{
    char node[32];
    char text[XBAR_NUMBER_SIZE];
    snprintf(node, sizeof node, "n%zu", d->n);
    fprintf(d->out, "x%zu %s 0 %s g=%s", d->n, node, c->device->name,
            xbar_number_format(text, x));
    write_parameters(d->out, c);
    write_source(d, node, v,
                 (wanted){device_current(c, v, x), 0.0, v, x, "current at rest"});
}

/* The largest rate of a state at this voltage: what differences of it are rounded to. */
static double largest_rate(const device_case *c, const xbar_state_range *r, double v,
                           size_t s)
{
    double largest = 0.0;
    for (size_t k = 0; k < N_PLACES; k++) {
        double x[XBAR_MAX_STATES];
        for (size_t n = 0; n < c->device->n_states; n++)
            x[n] = place_in(&r[n], n == s ? k : 3 * k + 1);
        largest = fmax(largest, fabs(device_at(c, v, x).dx_dt[s]));
    }
    return largest;
}

static void write_moment(deck *d, const device_case *c, const xbar_state_range *r,
                         double v, const double *x)
{
    char node[32];
    size_t first = d->n;
    device_moment m = device_at(c, v, x);
    snprintf(node, sizeof node, "n%zu", first);
    fprintf(d->out, "x%zu %s 0", first, node);
    for (size_t s = 0; s < c->device->n_states; s++)
        fprintf(d->out, " s%zu_%zu", first, s);
    fprintf(d->out, " %s_dynamic", c->device->name);
    write_parameters(d->out, c);
    write_source(d, node, v, (wanted){m.i, 0.0, v, x[0], "current"});
    for (size_t s = 0; s < c->device->n_states; s++) {
        snprintf(node, sizeof node, "s%zu_%zu", first, s);
        /* what flows into the node leaves it through the source; 1e15 ohm leak */
        const double rounding = 1e-6 * 1e-15 * largest_rate(c, r, v, s);
        write_source(d, node, x[s],
                     (wanted){-1e-6 * m.dx_dt[s], 2e-15 * fabs(x[s]) + 1e-18 + rounding,
                              v, x[0], c->device->states[s].name});
    }
}

static void write_place(deck *d, const device_case *c, const xbar_state_range *r,
                        double v, size_t place)
{
    double x[XBAR_MAX_STATES];
    for (size_t s = 0; s < XBAR_MAX_STATES; s++)
        x[s] = r[s].initial;
    x[0] = place_in(&r[0], place);
    if (x[0] > 0.0)
        write_rest(d, c, v, x[0]);
    if (c->device->n_states > 1)
        x[1] = place_in(&r[1], 3 * place + 1);
    if (c->device->n_states > 0)
        write_moment(d, c, r, v, x);
}

static void write_cells(deck *d, const device_case *c)
{
    xbar_state_range r[XBAR_MAX_STATES] = {{.lower = 1e-6, .upper = 1e-3}};
    if (c->device->ranges)
        c->device->ranges(r, c->p);
    fprintf(d->out, "* %s\n%s", c->name, c->device->subcircuit);
    for (size_t k = 0; k < N_VOLTS; k++)
        for (size_t n = 0; n < N_PLACES; n++)
            write_place(d, c, r, volts[k], n);
    for (size_t k = 0; k < 2; k++)
        write_place(d, c, r, k == 0 ? wild_volt : -wild_volt, 3);
}

/* Runs ngspice -b on a file; values not printed stay NaN. */
static void run_ngspice(double *values, size_t n, const char *path, char *noise,
                        size_t noise_size)
{
    char command[256];
    snprintf(command, sizeof command, "ngspice -n -b %s 2>&1", path);
    for (size_t k = 0; k < n; k++)
        values[k] = (double)NAN;
    FILE *in = popen(command, "r");
    assert_non_null(in);
    char line[512];
    noise[0] = '\0';
    while (fgets(line, sizeof line, in)) {
        size_t k = 0;
        double value = 0.0;
        if (sscanf(line, "i(vp%zu) = %lf", &k, &value) == 2 && k < n)
            values[k] = value;
        else if (strstr(line, "rror") || strstr(line, "arning"))
            snprintf(noise, noise_size, "%s", line);
    }
    pclose(in);
}

/* Transistors: a grid of drain, gate and source voltages against a bulk at 0 V. */
static void write_transistors(deck *d, const device_case *c)
{
    static const double gates[] = {0.3, 0.9, 1.8};
    static const double ends[] = {0.0, 0.2, 0.7, 1.5, -0.3};
    fprintf(d->out, "* %s\n%s", c->name, c->device->subcircuit);
    for (size_t g = 0; g < 3; g++)
        for (size_t n = 0; n < 25; n++) {
            const double v_d = ends[n % 5];
            const double v_s = ends[n / 5];
            double i = 0.0;
            c->device->channel(1, &(xbar_channel){.i = &i}, &v_d, &gates[g], &v_s,
                               c->p);
            size_t k = d->n;
            fprintf(d->out, "vg%zu g%zu 0 %g\nvs%zu s%zu 0 %g\n", k, k, gates[g], k, k,
                    v_s);
            fprintf(d->out, "x%zu n%zu g%zu s%zu 0 %s", k, k, k, k, c->device->name);
            write_parameters(d->out, c);
            char node[32];
            snprintf(node, sizeof node, "n%zu", k);
            write_source(d, node, v_d, (wanted){i, 1e-20, v_d, gates[g], "drain"});
        }
}

static void write_deck(deck *d, const device_case *c)
{
    if (c->device->kind == XBAR_KIND_ACCESS)
        write_transistors(d, c);
    else
        write_cells(d, c);
    fputs(".options reltol=1e-9 abstol=1e-18 vntol=1e-12 gmin=1e-30 itl1=500\n"
          ".control\nset numdgt=16\nop\n",
          d->out);
    for (size_t k = 0; k < d->n; k++)
        fprintf(d->out, "print i(vp%zu)\n", k);
    fputs("quit\n.endc\n.end\n", d->out);
}

static void check_case(const device_case *c)
{
    static deck d;
    static double values[MAX_POINTS];
    char path[] = "/tmp/xbar_device_XXXXXX";
    char noise[512];
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    d = (deck){.out = fdopen(fd, "w")};
    assert_non_null(d.out);
    write_deck(&d, c);
    fclose(d.out);
    run_ngspice(values, d.n, path, noise, sizeof noise);
    if (!getenv("XBAR_KEEP"))
        unlink(path);
    for (size_t k = 0; k < d.n; k++) {
        const wanted *w = &d.points[k];
        if (!(fabs(-values[k] - w->value) <= 1e-9 * fabs(w->value) + w->floor))
            fail_msg("%s: %s at v = %g, x = %g: ngspice %.12g, C %.12g %s", c->name,
                     w->what, w->v, w->x, -values[k], w->value, noise);
    }
}

static bool has_ngspice(void)
{
    return system("ngspice --version >/dev/null 2>&1") == 0;
}

static void test_subcircuits(void **unused)
{
    (void)unused;
    if (!has_ngspice())
        LEAVE_OUT("no program ngspice");
    const char *only = getenv("XBAR_ONLY");
    device_case c = {0};
    while (device_case_next(&c))
        if (c.device->subcircuit && (!only || strcmp(only, c.device->name) == 0))
            check_case(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_subcircuits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
