/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What libngspice returns is not to be trusted: ngSpice_Circ and ngSpice_Command say 0
 * for most failures. So success is measured by what must follow from it: an analysis has
 * succeeded when its point stands in the raw file, and not otherwise.
 *
 * When ngspice wants to leave (an inner error calls its exit), it does so through the
 * ControlledExit callback and would go on in a broken state after it returns. The
 * callback jumps back to the call that we made instead, and the session is dead. */
#include "spice/session.h"

#include <errno.h>
#include <locale.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ngspice/sharedspice.h>

#include "core/memory.h"
#include "spice/points.h"
#include "spice/private_folder.h"

enum { LINE_SIZE = 400, COMMAND_SIZE = 1024 /* beyond 1023 bytes ngspice crashes */ };

struct xbar_spice {
    bool initialised, in_use, dead, loaded, ending;
    const char *const *end; /* of the sweep that is halted; NULL: none is */
    xbar_spice_source *source, *currents;
    xbar_spice_pace *pace;
    void *with;

    bool newton_failed;        /* some line since then says that an iteration did */
    char complaint[LINE_SIZE]; /* the first line that tells of an error, else "" */
    char version[32];
    bool has_klu;

    char changes[COMMAND_SIZE]; /* noted, joined by ';' */
    size_t n_changes;           /* bytes of them */

    xbar_points points;

    bool guarded;
    jmp_buf escape;
};

static xbar_spice the_session;

static void forget_complaints(xbar_spice *s)
{
    s->complaint[0] = '\0';
    s->newton_failed = false;
}

/* ---- what ngspice tells us ---------------------------------------------------------- */

/* Lines come as "stdout ..." or "stderr ...". The first that tells of an error explains
 * best; those after it are mostly consequences. */
static int on_line(char *line, int id, void *with)
{
    (void)id;
    xbar_spice *s = with;
    const char *version = strstr(line, "ngspice-");
    if (s->version[0] == '\0' && version) {
        size_t length = strspn(version + 8, "0123456789.");
        snprintf(s->version, sizeof s->version, "%.*s", (int)length, version + 8);
    }
    if (strstr(line, "KLU") && !s->in_use)
        s->has_klu = true; /* in the list of what it was compiled with */
    if (strncmp(line, "stderr ", 7) != 0)
        return 0;
    static const char *const newton[] = {
        "onverge",         "teration",     "ingular",  "step failed",
        "stepping failed", "out of range", "too small"};
    for (size_t k = 0; k < sizeof newton / sizeof *newton; k++)
        s->newton_failed = s->newton_failed || strstr(line, newton[k]);
    if (s->complaint[0] != '\0')
        return 0;
    static const char *const signs[] = {
        "rror",      "ingular", "onverge",  "limit",  "nknown",
        "too few",   "can't",   "cannot",   "failed", "out of range",
        "too small", "aborted", "not found"};
    for (size_t k = 0; k < sizeof signs / sizeof *signs; k++)
        if (strstr(line, signs[k])) {
            /* a line that reports on the way there may come before it without a break */
            const char *word = strstr(line, "Warning:");
            snprintf(s->complaint, sizeof s->complaint, "%s", word ? word : line + 7);
            return 0;
        }
    return 0;
}

static int on_status(char *line, int id, void *with)
{
    (void)line;
    (void)id;
    (void)with;
    return 0;
}

static int on_exit_wish(int status, NG_BOOL immediately, NG_BOOL by_quit, int id,
                        void *with)
{
    (void)immediately;
    (void)by_quit;
    (void)id;
    xbar_spice *s = with;
    s->dead = true;
    if (s->complaint[0] == '\0')
        snprintf(s->complaint, sizeof s->complaint, "it asked to exit with status %d",
                 status);
    if (s->guarded)
        longjmp(s->escape, 1);
    return 0;
}

static int on_background(NG_BOOL running, int id, void *with)
{
    (void)running;
    (void)id;
    (void)with;
    return 0;
}

static int on_source(double *volt, double t, char *name, int id, void *with)
{
    (void)id;
    xbar_spice *s = with;
    *volt = s->source(name, t, s->with);
    return 0;
}

static int on_current(double *ampere, double t, char *name, int id, void *with)
{
    (void)id;
    xbar_spice *s = with;
    *ampere = s->currents ? s->currents(name, t, s->with) : 0.0;
    return 0;
}

/* Asked before each step of a run in time (place 0), and after it (place 1), where a
 * return value of 0 leaves ngspice its own judgement of the step. */
static int on_pace(double t, double *step, double before, int again, int id, int place,
                   void *with)
{
    (void)before;
    (void)again;
    (void)id;
    xbar_spice *s = with;
    if (s->ending)
        *step =
            0.0; /* "timestep too small": ngspice gives up the run, and its memory */
    else if (s->pace && place == 0)
        *step = s->pace(t, *step, s->with);
    return 0;
}

/* ---- what we tell ngspice ----------------------------------------------------------- */

/* A call that ngspice may leave by its exit: the session is dead then, and told so. */
#define GUARD(s, call)                                                                 \
    do {                                                                               \
        (s)->guarded = true;                                                           \
        if (setjmp((s)->escape) == 0)                                                  \
            (void)(call);                                                              \
        (s)->guarded = false;                                                          \
    } while (0)

static bool command(xbar_spice *s, const char *text)
{
    /* ngspice writes into what it is given */
    char copy[COMMAND_SIZE];
    snprintf(copy, sizeof copy, "%s", text);
    GUARD(s, ngSpice_Command(copy));
    return !s->dead;
}

static xbar_status refuse_dead(const xbar_spice *s, xbar_error *err)
{
    return xbar_fail(err, XBAR_ERR_ENGINE, "ngspice gave up: %s", s->complaint);
}

static xbar_status initialise(xbar_spice *s, xbar_error *err)
{
    /* A decimal comma would break its parser. */
    setlocale(LC_NUMERIC, "C");
    xbar_private_folder folder;
    XBAR_TRY(xbar_private_folder_enter(&folder, err));
    GUARD(s,
          ngSpice_Init(on_line, on_status, on_exit_wish, NULL, NULL, on_background, s));
    if (!s->dead)
        GUARD(s, ngSpice_Init_Sync(on_source, on_current, on_pace, NULL, NULL));
    xbar_private_folder_leave(&folder);
    if (s->dead)
        return refuse_dead(s, err);

    /* Where Newton fails from zero ngspice would try gmin stepping, source stepping and a
     * transient, one after another: minutes for sinh arrays that the engine's own ramp of
     * the sources solves in a second, and a long way to the failure of a singular circuit.
     * No paging; raw files hold doubles; the release is told in its banner's words. */
    if (!command(s, "optran 1 0 0 0 0 0") || !command(s, "set nomoremode") ||
        !command(s, "set filetype=binary") || !command(s, "version -f"))
        return refuse_dead(s, err);
    forget_complaints(s);
    s->initialised = true;
    return XBAR_OK;
}

xbar_status xbar_spice_start(xbar_spice **out, xbar_spice_source *source, void *with,
                             xbar_error *err)
{
    xbar_spice *s = &the_session;
    *out = NULL;
    if (s->dead)
        return refuse_dead(s, err);
    if (s->in_use)
        return xbar_fail(err, XBAR_ERR_ENGINE,
                         "libngspice is in use: it holds one session a process");
    if (!s->initialised)
        XBAR_TRY(initialise(s, err));
    s->source = source;
    s->currents = NULL;
    s->pace = NULL;
    s->with = with;
    s->in_use = true;
    *out = s;
    return XBAR_OK;
}

void xbar_spice_set_pace(xbar_spice *s, xbar_spice_pace *pace)
{
    s->pace = pace;
}

void xbar_spice_set_currents(xbar_spice *s, xbar_spice_source *currents)
{
    s->currents = currents;
}

xbar_status xbar_spice_breakpoint(xbar_spice *s, double t_s, xbar_error *err)
{
    if (s->dead)
        return refuse_dead(s, err);
    bool taken = false;
    forget_complaints(s);
    GUARD(s, taken = ngSpice_SetBkpt(t_s));
    if (s->dead)
        return refuse_dead(s, err);
    return taken ? XBAR_OK
                 : xbar_fail(err, XBAR_ERR_ENGINE,
                             "ngspice refuses a breakpoint at %g s: %s", t_s,
                             s->complaint);
}

/* While a circuit is set up. glibc hands small pieces that were freed out again as they
 * are, so that what ngspice goes through in each iteration would lie in the gaps that its
 * parsing has left. Joined to larger ones first they are cut from there side by side: an
 * iteration over sinh cells takes 5 to 8 % less. Commands, which ask for a hundred pieces
 * each, are quicker as it is otherwise. */
static void lay_out_densely(bool densely)
{
#ifdef M_MXFAST
    const int usual = 64 * (int)sizeof(size_t) / 4;
    (void)mallopt(M_MXFAST, densely ? 0 : usual);
#else
    (void)densely;
#endif
}

/* ngspice keeps plots, circuits, breakpoints and its history until told otherwise. */
static void drop_circuit(xbar_spice *s)
{
    s->ending = true;
    for (size_t k = 0; s->end && s->end[k] && !s->dead; k++)
        (void)command(s, s->end[k]);
    s->ending = false;
    s->end = NULL;
    if (s->loaded && !s->dead) {
        if (command(s, "delete all") && command(s, "destroy all") &&
            command(s, "remcirc"))
            GUARD(s, ngSpice_Command(NULL));
    }
    s->loaded = false;
    s->n_changes = 0;
    xbar_points_forget(&s->points);
}

void xbar_spice_stop(xbar_spice *s)
{
    if (!s)
        return;
    drop_circuit(s);
    s->in_use = false;
    s->source = NULL;
    s->currents = NULL;
    s->pace = NULL;
    s->with = NULL;
}

/* The netlist's lines, each ended by NUL within `text`; its comments are skipped, but
 * for the title in the first line. */
static size_t split_lines(char *text, char **lines)
{
    size_t n = 0;
    for (char *line = text; *line != '\0';) {
        char *end = strchr(line, '\n');
        if (end)
            *end = '\0';
        if (n == 0 || (line[0] != '*' && line[0] != '\0')) {
            if (lines)
                lines[n] = line;
            n++;
        }
        if (!end)
            break;
        if (!lines)
            *end = '\n';
        line = end + 1;
    }
    return n;
}

xbar_status xbar_spice_load(xbar_spice *s, const char *netlist, xbar_error *err)
{
    if (s->dead)
        return refuse_dead(s, err);
    drop_circuit(s);
    char *text = NULL;
    XBAR_TRY(xbar_text_copy(&text, netlist, err));
    void *lines = NULL;
    xbar_status status = xbar_array_new(&lines, split_lines(text, NULL) + 1,
                                        sizeof(char *), "lines", err);
    if (status == XBAR_OK) {
        split_lines(text, lines);
        forget_complaints(s);
        s->loaded = true;
        lay_out_densely(true);
        GUARD(s, ngSpice_Circ(lines));
        lay_out_densely(false);
        if (s->dead)
            status = refuse_dead(s, err);
        else if (s->complaint[0] != '\0')
            status = xbar_fail(err, XBAR_ERR_ENGINE, "ngspice refuses the netlist: %s",
                               s->complaint);
    }
    free(lines);
    free(text);
    return status;
}

static xbar_status carry_out_changes(xbar_spice *s, xbar_error *err)
{
    if (s->dead)
        return refuse_dead(s, err);
    if (s->n_changes == 0)
        return XBAR_OK;
    s->n_changes = 0;
    forget_complaints(s);
    if (!command(s, s->changes))
        return refuse_dead(s, err);
    if (s->complaint[0] != '\0')
        return xbar_fail(err, XBAR_ERR_ENGINE, "ngspice refuses a change: %s",
                         s->complaint);
    return XBAR_OK;
}

xbar_status xbar_spice_change(xbar_spice *s, const char *text, xbar_error *err)
{
    size_t length = strlen(text);
    if (length >= LINE_SIZE)
        return xbar_fail(err, XBAR_ERR_ENGINE,
                         "a command of %zu bytes: want fewer than %d", length,
                         LINE_SIZE);
    if (s->n_changes + length + 2 > sizeof s->changes)
        XBAR_TRY(carry_out_changes(s, err));
    if (s->n_changes > 0)
        s->changes[s->n_changes++] = ';';
    memcpy(s->changes + s->n_changes, text, length + 1);
    s->n_changes += length;
    return XBAR_OK;
}

/* After a command that should have made a point: `found` says whether it can be read. */
static xbar_status judge(xbar_spice *s, xbar_status found, xbar_error *err)
{
    if (s->dead)
        return refuse_dead(s, err);
    if (found != XBAR_ERR_ENGINE)
        return found;
    const char *why = s->complaint[0] != '\0' ? s->complaint : "it gave no reason";
    return xbar_fail(err, s->newton_failed ? XBAR_ERR_CONVERGENCE : XBAR_ERR_ENGINE,
                     "ngspice found no operating point: %s", why);
}

xbar_status xbar_spice_begin(xbar_spice *s, const char *const *end, xbar_error *err)
{
    if (s->dead)
        return refuse_dead(s, err);
    XBAR_TRY(xbar_points_expect(&s->points, err));
    char run[64];
    snprintf(run, sizeof run, "run %s", s->points.raw.path);
    forget_complaints(s);
    lay_out_densely(true);
    if (command(s, "stop after 1"))
        (void)command(s, run);
    lay_out_densely(false);
    xbar_status status = judge(s, xbar_points_first(&s->points, err), err);
    if (status == XBAR_OK)
        s->end = end;
    return status;
}

xbar_status xbar_spice_step(xbar_spice *s, xbar_error *err)
{
    if (s->dead)
        return refuse_dead(s, err);
    XBAR_TRY(carry_out_changes(s, err));
    XBAR_TRY(xbar_points_expect(&s->points, err));
    forget_complaints(s);
    if (command(s, "step 1"))
        GUARD(s, ngSpice_Command(NULL)); /* forget the commands so far */
    xbar_status status = judge(s, xbar_points_next(&s->points, err), err);
    if (status != XBAR_OK)
        s->end = NULL; /* ngspice has ended it */
    return status;
}

xbar_status xbar_spice_newest(xbar_spice *s, xbar_error *err)
{
    if (s->dead)
        return refuse_dead(s, err);
    XBAR_TRY(xbar_scratch_empty(&s->points.side, err));
    char dump[64];
    snprintf(dump, sizeof dump, "mrdump %s", s->points.side.path);
    if (!command(s, dump))
        return refuse_dead(s, err);
    return xbar_points_newest(&s->points, err);
}

size_t xbar_spice_n_vectors(const xbar_spice *s)
{
    return s->points.n_vectors;
}

const char *xbar_spice_vector_name(const xbar_spice *s, size_t k)
{
    return s->points.names[k];
}

const double *xbar_spice_values(const xbar_spice *s)
{
    return s->points.values;
}

bool xbar_spice_is_dead(const xbar_spice *s)
{
    return s->dead;
}

bool xbar_spice_has_klu(void)
{
    return the_session.has_klu;
}

const char *xbar_spice_version(void)
{
    return the_session.version[0] != '\0' ? the_session.version
                                          : NGSPICE_PACKAGE_VERSION;
}
