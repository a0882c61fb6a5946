/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The session alone, on circuits written here: results, failures that must be told, and
 * an ngspice that wants to leave. Failures that end a session are provoked in a child. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "spice/session.h"

static double source_value;

static double source(const char *name, double t_s, void *with)
{
    (void)name;
    (void)t_s;
    (void)with;
    return source_value;
}

/* A guide's: 2 mA in a point's first iteration, then nothing. */
static int n_asked;

static double current(const char *name, double t_s, void *with)
{
    (void)t_s;
    (void)with;
    assert_string_equal(name, "ic0_0");
    return n_asked++ == 0 ? 2e-3 : 0.0;
}

static const char *const end[] = {"alter vsweep = 2000000", "step 1", NULL};

#define SWEEP                                                                          \
    "vsweep sweep 0 0\nrtouch sweep 0 touch 1k\n.model touch r(rsh=1)\n"               \
    ".dc vsweep 1 1000000 1\n.end\n"

/* small signals */
static const char *const end_phasors[] = {"set reltol=-1e9", "step 1", NULL};

#define PHASORS                                                                        \
    "iunit 0 unit 0 ac 1\nrunit unit 0 1\n.options noopac\n"                           \
    ".ac lin 1000000 1 1000000\n.end\n"

static double vector(const xbar_spice *s, const char *name)
{
    for (size_t k = 0; k < xbar_spice_n_vectors(s); k++)
        if (strcmp(xbar_spice_vector_name(s, k), name) == 0)
            return xbar_spice_values(s)[k];
    fail_msg("no vector %s", name);
    return NAN;
}

static void test_divider(void **unused)
{
    (void)unused;
    xbar_spice *s = NULL;
    xbar_spice *second = NULL;
    xbar_error err = {0};
    assert_int_equal(xbar_spice_start(&s, source, NULL, &err), XBAR_OK);
    assert_int_equal(xbar_spice_start(&second, source, NULL, &err), XBAR_ERR_ENGINE);
    for (int round = 0; round < 50; round++) { /* circuit after circuit */
        source_value = 2.0;
        assert_int_equal(
            xbar_spice_load(
                s, "* divider\nva a 0 external\nr1 a b 1k\nr2 b 0 3k\n" SWEEP, &err),
            XBAR_OK);
        assert_int_equal(xbar_spice_begin(s, end, &err), XBAR_OK);
        assert_true(fabs(vector(s, "b") - 1.5) < 1e-12);
        assert_true(fabs(vector(s, "va#branch") + 0.5e-3) < 1e-15);
        source_value = -4.0;
        assert_int_equal(xbar_spice_step(s, &err), XBAR_OK);
        assert_true(fabs(vector(s, "b") + 3.0) < 1e-12);
        assert_int_equal(xbar_spice_change(s, "alter r1 = 9000", &err), XBAR_OK);
        assert_int_equal(xbar_spice_change(s, "altermod touch rsh=1", &err), XBAR_OK);
        assert_int_equal(xbar_spice_step(s, &err), XBAR_OK);
        assert_true(fabs(vector(s, "b") + 1.0) < 1e-12);
    }
    /* a change that cannot be made is told by the step behind it */
    assert_int_equal(xbar_spice_change(s, "alter nosuch = 1", &err), XBAR_OK);
    assert_int_equal(xbar_spice_step(s, &err), XBAR_ERR_ENGINE);
    assert_non_null(strstr(err.text, "nosuch"));
    xbar_spice_stop(s);
    assert_true(xbar_spice_version()[0] != '\0');
}

/* v with (volt - v)/1k = 1 mA sinh(v) */
static double sinh_node(double volt)
{
    double low = 0.0;
    double high = volt;
    for (int k = 0; k < 200; k++) {
        double v = 0.5 * (low + high);
        if ((volt - v) / 1e3 > 1e-3 * sinh(v))
            low = v;
        else
            high = v;
    }
    return low;
}

/* Newton's last iterate is the square of what is handed out. */
static void test_newest(void **unused)
{
    (void)unused;
    xbar_spice *s = NULL;
    xbar_error err = {0};
    assert_int_equal(xbar_spice_start(&s, source, NULL, &err), XBAR_OK);
    source_value = 0.5;
    assert_int_equal(
        xbar_spice_load(s,
                        "* t\nva in 0 external\nr1 in a 1k\nb1 a 0 i=1e-3*sinh(v(a))\n"
                        ".options reltol=0.05 vntol=0.05 abstol=1e-4\n" SWEEP,
                        &err),
        XBAR_OK);
    assert_int_equal(xbar_spice_begin(s, end, &err), XBAR_OK);
    double worst = 0.0;
    for (int k = 0; k < 3; k++) {
        double exact = sinh_node(source_value);
        double handed_out = fabs(vector(s, "a") - exact);
        double current = vector(s, "va#branch");
        assert_int_equal(xbar_spice_newest(s, &err), XBAR_OK);
        double newest = fabs(vector(s, "a") - exact);
        worst = fmax(worst, handed_out);
        if (!(newest < 1e-14 + handed_out * handed_out))
            fail_msg("%g V: handed out %g, newest %g", source_value, handed_out,
                     newest);
        assert_true(fabs(vector(s, "va#branch") / current - 1.0) < 0.05);
        source_value += 1.0;
        assert_int_equal(xbar_spice_step(s, &err), XBAR_OK);
    }
    assert_true(worst > 1e-6); /* or there was nothing to show */
    xbar_spice_stop(s);
}

/* A forked session goes on by itself and leaves the other's numbers alone. */
static int child_of_the_fork(xbar_spice *s)
{
    for (int k = 0; k < 20; k++) {
        source_value = 8.0 + k;
        if (xbar_spice_step(s, NULL) != XBAR_OK)
            return 20;
        if (k % 2 == 1 && xbar_spice_newest(s, NULL) != XBAR_OK)
            return 21;
        if (!(fabs(vector(s, "b") - 0.75 * source_value) < 1e-12))
            return 22;
    }
    return 0;
}

static void test_fork(void **unused)
{
    (void)unused;
    xbar_spice *s = NULL;
    assert_int_equal(xbar_spice_start(&s, source, NULL, NULL), XBAR_OK);
    source_value = 2.0;
    assert_int_equal(
        xbar_spice_load(s, "* t\nva a 0 external\nr1 a b 1k\nr2 b 0 3k\n" SWEEP, NULL),
        XBAR_OK);
    assert_int_equal(xbar_spice_begin(s, end, NULL), XBAR_OK);
    assert_int_equal(xbar_spice_newest(s, NULL), XBAR_OK);
    fflush(NULL);
    pid_t pid[2];
    for (int p = 0; p < 2; p++) {
        pid[p] = fork();
        if (pid[p] == 0)
            _exit(child_of_the_fork(s));
    }
    for (int k = 0; k < 20; k++) {
        source_value = -4.0 - k;
        assert_int_equal(xbar_spice_step(s, NULL), XBAR_OK);
        assert_true(fabs(vector(s, "b") - 0.75 * source_value) < 1e-12);
    }
    for (int p = 0; p < 2; p++) {
        int status = 0;
        assert_int_equal(waitpid(pid[p], &status, 0), pid[p]);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
    }
    xbar_spice_stop(s);
}

static long resident_kb(void)
{
    long pages = 0;
    long resident = 0;
    FILE *in = fopen("/proc/self/statm", "r");
    if (!in || fscanf(in, "%ld %ld", &pages, &resident) != 2)
        resident = 0;
    if (in)
        fclose(in);
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

/* A sweep of small signals lives as well: sources and resistors that change count at its
 * next point, and none of its numbers is half of a pair. */
static void test_phasors(void **unused)
{
    (void)unused;
    static const char netlist[] = "* divider\nga 0 a unit 0 2m\nra a 0 1k\n"
                                  "r1 a b 1k\nr2 b 0 2k\n" PHASORS;
    xbar_spice *s = NULL;
    xbar_error err = {0};
    assert_int_equal(xbar_spice_start(&s, source, NULL, &err), XBAR_OK);
    for (int round = 0; round < 50; round++) {
        assert_int_equal(xbar_spice_load(s, netlist, &err), XBAR_OK);
        assert_int_equal(xbar_spice_begin(s, end_phasors, &err), XBAR_OK);
        assert_true(fabs(vector(s, "a") - 1.5) < 1e-12);
        assert_true(fabs(vector(s, "b") - 1.0) < 1e-12);
        assert_int_equal(xbar_spice_change(s, "alter @ga[gain]=-4e-3", &err), XBAR_OK);
        assert_int_equal(xbar_spice_step(s, &err), XBAR_OK);
        assert_true(fabs(vector(s, "b") + 2.0) < 1e-12);
        assert_int_equal(xbar_spice_change(s, "alter r1=7000", &err), XBAR_OK);
        assert_int_equal(xbar_spice_step(s, &err), XBAR_OK);
        assert_true(fabs(vector(s, "a") + 3.6) < 1e-12);
        assert_true(fabs(vector(s, "b") + 0.8) < 1e-12);
        /* there is no Newton's iterate of it */
        assert_int_equal(xbar_spice_newest(s, NULL), XBAR_ERR_ENGINE);
        assert_true(fabs(vector(s, "b") + 0.8) < 1e-12);
    }
    /* what ended the last sweep is not in force for a circuit of another kind */
    source_value = 2.0;
    assert_int_equal(
        xbar_spice_load(s, "* t\nva a 0 external\nr1 a b 1k\nr2 b 0 3k\n" SWEEP, &err),
        XBAR_OK);
    assert_int_equal(xbar_spice_begin(s, end, &err), XBAR_OK);
    assert_true(fabs(vector(s, "b") - 1.5) < 1e-12);
    xbar_spice_stop(s);
}

/* A thousand circuits of 16 x 16 nodes in one process: what stays is within the 0.1 to
 * 0.5 kB a circuit that ngspice itself keeps; a circuit not dropped would leave 1 MB. Of
 * two thousand points on one of them nothing stays. */
static void stay_flat(const char *head, const char *tail, const char *const *way_out)
{
    enum { N = 16, WARM = 200, CIRCUITS = 1200, POINTS = 2000 };
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    fputs(head, out);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            fprintf(out, "rc%d_%d w%d_%d 0 10k\n", i, j, i, j);
            if (j + 1 < N)
                fprintf(out, "rw%d_%d w%d_%d w%d_%d 1\n", i, j, i, j, i, j + 1);
            if (i + 1 < N)
                fprintf(out, "rb%d_%d w%d_%d w%d_%d 1\n", i, j, i, j, i + 1, j);
        }
    fputs(tail, out);
    assert_int_equal(fclose(out), 0);

    xbar_spice *s = NULL;
    source_value = 1.0;
    assert_int_equal(xbar_spice_start(&s, source, NULL, NULL), XBAR_OK);
    long before = 0;
    for (int round = 0; round < CIRCUITS; round++) {
        assert_int_equal(xbar_spice_load(s, text, NULL), XBAR_OK);
        assert_int_equal(xbar_spice_begin(s, way_out, NULL), XBAR_OK);
        assert_int_equal(xbar_spice_step(s, NULL), XBAR_OK);
        if (round == WARM)
            before = resident_kb();
    }
    long grown = resident_kb() - before;
    before = resident_kb();
    for (int point = 0; point < POINTS; point++)
        assert_int_equal(xbar_spice_step(s, NULL), XBAR_OK);
    long by_points = resident_kb() - before;
    xbar_spice_stop(s);
    free(text);
#ifndef __SANITIZE_ADDRESS__ /* which keeps for a while what is freed */
    if (by_points > 200)
        fail_msg("grown by %ld kB over %d points", by_points, POINTS);
#endif
    print_message("# grown by %ld kB over %d points\n", by_points, POINTS);
    if (grown > CIRCUITS - WARM)
        fail_msg("grown by %ld kB over %d circuits", grown, CIRCUITS - WARM);
    print_message("# grown by %ld kB over %d circuits\n", grown, CIRCUITS - WARM);
}

static void test_memory_stays_flat(void **unused)
{
    (void)unused;
    stay_flat("* grid\nva w0_0 0 external\n", SWEEP, end);
}

static void test_memory_stays_flat_of_phasors(void **unused)
{
    (void)unused;
    stay_flat("* grid\nga 0 w0_0 unit 0 1\nra w0_0 0 1\n", PHASORS, end_phasors);
}

/* Each is told, and the circuit after it is right. */
static void test_failures_are_told(void **unused)
{
    (void)unused;
    static const struct {
        const char *name, *netlist;
    } cases[] = {
        {"unknown model", "* t\nr1 a 0 nosuch 1k\nx1 a 0 nothere\nva a 0 1\n" SWEEP},
        {"two sources in parallel", "* t\nva a 0 1\nvb a 0 2\nr1 a 0 1k\n" SWEEP},
        {"sinh out of range", "* t\nva a 0 external\nb1 a 0 i=sinh(1000*v(a))\n" SWEEP},
        {"unknown function", "* t\nva a 0 1\nb1 a 0 i=nosuch(v(a))\n" SWEEP},
    };
    xbar_spice *s = NULL;
    assert_int_equal(xbar_spice_start(&s, source, NULL, NULL), XBAR_OK);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        xbar_error err = {0};
        source_value = 1.0;
        xbar_status status = xbar_spice_load(s, cases[k].netlist, &err);
        if (status == XBAR_OK)
            status = xbar_spice_begin(s, end, &err);
        if (status == XBAR_OK || err.text[0] == '\0')
            fail_msg("%s: not told", cases[k].name);
        assert_false(xbar_spice_is_dead(s));
        source_value = 2.0;
        assert_int_equal(
            xbar_spice_load(s, "* t\nva a 0 external\nr1 a b 1k\nr2 b 0 3k\n" SWEEP,
                            &err),
            XBAR_OK);
        assert_int_equal(xbar_spice_begin(s, end, &err), XBAR_OK);
        assert_true(fabs(vector(s, "b") - 1.5) < 1e-12);
    }
    xbar_spice_stop(s);
}

/* An undefined parameter makes ngspice ask for the end of the process. */
static int child_of_the_exit(void)
{
    xbar_spice *s = NULL;
    xbar_error err = {0};
    if (xbar_spice_start(&s, source, NULL, &err) != XBAR_OK)
        return 10;
    if (xbar_spice_load(s, "* t\nva a 0 1\nr1 a 0 {nosuch}\n" SWEEP, &err) == XBAR_OK)
        return 11;
    if (!xbar_spice_is_dead(s) || err.status != XBAR_ERR_ENGINE || err.text[0] == '\0')
        return 12;
    if (xbar_spice_step(s, &err) != XBAR_ERR_ENGINE)
        return 13;
    xbar_spice_stop(s);
    return xbar_spice_start(&s, source, NULL, &err) == XBAR_ERR_ENGINE ? 0 : 14;
}

static void test_exit_wish(void **unused)
{
    (void)unused;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        _exit(child_of_the_exit());
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* Each current source is asked for once an iteration, and what it says in the first one is
 * where the second begins. */
static void test_currents(void **unused)
{
    (void)unused;
    xbar_spice *s = NULL;
    static const char text[] = "* t\nva in 0 external\nr1 in a 1k\nb1 a 0 i=1e-3*v(a)\n"
                               "ic0_0 a 0 external\n" SWEEP;
    source_value = 2.0;
    assert_int_equal(xbar_spice_start(&s, source, NULL, NULL), XBAR_OK);
    for (int guided = 0; guided < 2; guided++) {
        xbar_spice_set_currents(s, guided ? current : NULL);
        assert_int_equal(xbar_spice_load(s, text, NULL), XBAR_OK);
        assert_int_equal(xbar_spice_begin(s, end, NULL), XBAR_OK);
        assert_true(fabs(vector(s, "a") - 1.0) < 1e-12);
        n_asked = 0;
        assert_int_equal(xbar_spice_step(s, NULL), XBAR_OK);
        /* v(a) is 1 V, then 0, then 1 and 1 again, which ends it */
        assert_int_equal(n_asked, guided ? 3 : 0);
        assert_true(fabs(vector(s, "a") - 1.0) < 1e-12);
    }
    xbar_spice_stop(s);
    assert_int_equal(xbar_spice_start(&s, source, NULL, NULL), XBAR_OK);
    n_asked = 0; /* currents are the last user's, and gone with it */
    assert_int_equal(xbar_spice_load(s, text, NULL), XBAR_OK);
    assert_int_equal(xbar_spice_begin(s, end, NULL), XBAR_OK);
    assert_int_equal(n_asked, 0);
    xbar_spice_stop(s);
}

/* A .spiceinit in the working folder or at home is not executed, and both are found as
 * they were. Must run before any session of this process. */
static void test_private_start(void **unused)
{
    (void)unused;
    char folder[] = "/tmp/xbar-test-XXXXXX";
    char before[1024];
    char after[1024];
    assert_non_null(mkdtemp(folder));
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(folder), 0);
    FILE *init = fopen(".spiceinit", "w");
    assert_non_null(init);
    fputs("shell touch pwned\n", init);
    fclose(init);
    setenv("HOME", folder, 1);
    setenv("SPICE_SCRIPTS", folder, 1);

    xbar_spice *s = NULL;
    assert_int_equal(xbar_spice_start(&s, source, NULL, NULL), XBAR_OK);
    xbar_spice_stop(s);
    struct stat info;
    assert_int_not_equal(stat("pwned", &info), 0);
    assert_non_null(getcwd(after, sizeof after));
    assert_string_equal(after, folder);
    assert_string_equal(getenv("HOME"), folder);
    assert_null(getenv("SPICE_SCRIPTS"));
    unlink(".spiceinit");
    assert_int_equal(chdir(before), 0);
    assert_int_equal(rmdir(folder), 0); /* nothing else was left in it */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_private_start),
        cmocka_unit_test(test_divider),
        cmocka_unit_test(test_newest),
        cmocka_unit_test(test_currents),
        cmocka_unit_test(test_fork),
        cmocka_unit_test(test_failures_are_told),
        cmocka_unit_test(test_phasors),
        cmocka_unit_test(test_memory_stays_flat),
        cmocka_unit_test(test_memory_stays_flat_of_phasors),
        cmocka_unit_test(test_exit_wish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
