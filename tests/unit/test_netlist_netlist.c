/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The text: elements and names, what is left out, numbers that keep their digits, and
 * that no title steers ngspice. That it computes the right currents is for the tests of
 * the engine and of the program to show. */
#include "check.h"

#include <math.h>
#include <string.h>

#include "netlist/netlist.h"

enum { ROWS = 2, COLS = 3, CELLS = ROWS * COLS };

typedef struct fixture {
    xbar_crossbar *c;
    xbar_stimulus s;
    double state[CELLS];
} fixture;

static fixture make(double row_ohm, double col_ohm)
{
    fixture f = {0};
    assert_int_equal(xbar_crossbar_new(&f.c, ROWS, COLS, NULL), XBAR_OK);
    f.c->row_ohm = row_ohm;
    f.c->col_ohm = col_ohm;
    assert_int_equal(xbar_stimulus_init(&f.s, f.c, NULL), XBAR_OK);
    for (int i = 0; i < ROWS; i++) {
        f.c->terminal_ohm[XBAR_LEFT][i] = 10.0;
        f.s.volt[XBAR_LEFT][i] = 1.0 / 3.0;
    }
    for (int j = 0; j < COLS; j++) {
        f.c->terminal_ohm[XBAR_BOTTOM][j] = 0.0;
        f.s.volt[XBAR_BOTTOM][j] = 0.0;
    }
    for (int k = 0; k < CELLS; k++)
        f.state[k] = 1e-3 / (k + 3);
    return f;
}

static void discard(fixture *f)
{
    xbar_stimulus_clear(&f->s);
    xbar_crossbar_free(f->c);
}

static char *text_of(const fixture *f, const xbar_netlist_options *options)
{
    xbar_network *net = NULL;
    char *text = NULL;
    size_t size = 0;
    assert_int_equal(xbar_network_new(&net, f->c, f->state, &f->s, NULL), XBAR_OK);
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    assert_int_equal(xbar_netlist_write(out, f->c, net, f->state, &f->s, options, NULL),
                     XBAR_OK);
    assert_int_equal(fclose(out), 0);
    xbar_network_free(net);
    return text;
}

static bool has_line(const char *text, const char *line)
{
    size_t length = strlen(line);
    for (const char *at = text; at; at = strchr(at, '\n')) {
        at += *at == '\n';
        if (strncmp(at, line, length) == 0 &&
            (at[length] == '\n' || at[length] == '\0'))
            return true;
        if (*at == '\0')
            break;
    }
    return false;
}

static void assert_lines(const char *text, const char *const *lines, bool wanted)
{
    for (; *lines; lines++)
        if (has_line(text, *lines) != wanted)
            fail_msg("line \"%s\" %s in:\n%s", *lines, wanted ? "missing" : "found",
                     text);
}

static void test_plain(void **unused)
{
    (void)unused;
    fixture f = make(2.5, 0.1);
    const xbar_netlist_options options = {.sample = 4, .input = 7};
    char *text = text_of(&f, &options);
    static const char *const lines[] = {
        "* xbar: 2 x 3 crossbar of linear cells, sample 4, input 7",
        "vleft0 left0 0 dc 0.3333333333333333", /* reads back as 1/3 */
        "rleft0 left0 w0_0 10",
        "vbottom2 b1_2 0 dc 0", /* 0 ohm: the source holds the line's end */
        "rw0_0 w0_0 w0_1 2.5",
        "rw1_1 w1_1 w1_2 2.5",
        "rb0_2 b0_2 b1_2 0.1",
        "rc0_0 w0_0 b0_0 3000",
        "rc1_2 w1_2 b1_2 8000",
        "op",
        "print i(vbottom2)",
        ".end",
        NULL};
    assert_lines(text, lines, true);
    free(text);

    const xbar_netlist_options stepped = {.stepped = true};
    text = text_of(&f, &stepped);
    static const char *const live[] = {"vleft0 left0 0 external",
                                       "vbottom2 b1_2 0 external", "vsweep sweep 0 0",
                                       ".dc vsweep 1 1000000 1", NULL};
    static const char *const none[] = {"op", ".control", NULL};
    assert_lines(text, live, true);
    assert_lines(text, none, false);
    free(text);
    discard(&f);
}

/* Sources that are controlled by 1 V, and what makes them stand elsewhere. */
static void test_phasors(void **unused)
{
    (void)unused;
    fixture f = make(2.5, 0.1);
    char command[XBAR_COMMAND_SIZE];
    assert_int_equal(xbar_netlist_phasors(f.c, &f.s), XBAR_PHASORS_FROM_REST);
    const xbar_netlist_options options = {.stepped = true, .phasors = true};
    char *text = text_of(&f, &options);
    static const char *const lines[] = {"gleft1 0 w1_0 unit 0 0.03333333333333333",
                                        "rleft1 w1_0 0 10",
                                        "ebottom2 b1_2 0 unit 0 0",
                                        "iunit 0 unit 0 ac 1",
                                        "runit unit 0 1",
                                        ".options noopac",
                                        ".ac lin 1000000 1 1000000",
                                        NULL};
    static const char *const none[] = {"vsweep sweep 0 0", ".dc vsweep 1 1000000 1",
                                       "rtouch sweep 0 touch 1k", NULL};
    assert_lines(text, lines, true);
    assert_lines(text, none, false);
    free(text);
    assert_string_equal(xbar_netlist_drive(command, f.c, XBAR_LEFT, 1, -0.5),
                        "alter @gleft1[gain]=-0.05");
    assert_string_equal(xbar_netlist_drive(command, f.c, XBAR_BOTTOM, 2, 0.25),
                        "alter @ebottom2[gain]=0.25");

    /* an open terminal does not count, and one too short is none of these */
    for (int j = 0; j < COLS; j++)
        f.s.volt[XBAR_BOTTOM][j] = (double)NAN;
    assert_int_equal(xbar_netlist_phasors(f.c, &f.s), XBAR_PHASORS_AT_ONCE);
    f.c->terminal_ohm[XBAR_LEFT][0] = 1e-31;
    assert_int_equal(xbar_netlist_phasors(f.c, &f.s), XBAR_PHASORS_NONE);
    f.c->terminal_ohm[XBAR_LEFT][0] = 1.0;
    f.c->cell = xbar_cell_default(xbar_device_find("sinh"));
    assert_int_equal(xbar_netlist_phasors(f.c, &f.s), XBAR_PHASORS_NONE);
    discard(&f);
}

/* Currents beside the devices, and which devices they can guide. */
static void test_guides(void **unused)
{
    (void)unused;
    static const struct {
        const char *device;
        xbar_guides kind;
    } cases[] = {
        {"linear", XBAR_GUIDES_NEEDLESS},
        {"sinh", XBAR_GUIDES_BY_VOLTAGE},
        {"vteam", XBAR_GUIDES_BY_STATE_TOO},
        {"pcm", XBAR_GUIDES_BY_STATE_TOO},
        {"memdiode", XBAR_GUIDES_INSIDE}, /* a node between its resistance and it */
        {"jart", XBAR_GUIDES_INSIDE},
        {"selector_diode", XBAR_GUIDES_BY_VOLTAGE},
        {"selector_ots", XBAR_GUIDES_BY_STATE_TOO},
        {"access_nmos", XBAR_GUIDES_NONE},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
        if (xbar_netlist_guides(xbar_device_find(cases[k].device)) != cases[k].kind)
            fail_msg("%s: guides of another kind", cases[k].device);

    fixture f = make(2.5, 0.1);
    f.c->cell = xbar_cell_default(xbar_device_find("sinh"));
    f.state[4] = 0.0; /* open: no cell, no guide */
    const xbar_netlist_options options = {.stepped = true, .guided = true};
    char *text = text_of(&f, &options);
    static const char *const lines[] = {"ic0_0 w0_0 b0_0 external",
                                        "ic1_2 w1_2 b1_2 external", NULL};
    static const char *const none[] = {"ic1_1 w1_1 b1_1 external", NULL};
    assert_lines(text, lines, true);
    assert_lines(text, none, false);
    free(text);

    f.c->cell = xbar_cell_default(xbar_device_find("linear"));
    f.c->cell.selector = xbar_device_find("selector_sinh");
    text = text_of(&f, &options);
    static const char *const behind[] = {"is0_0 m0_0 b0_0 external", NULL};
    static const char *const before[] = {"ic0_0 w0_0 m0_0 external", NULL};
    assert_lines(text, behind, true);
    assert_lines(text, before, false);
    free(text);
    discard(&f);
}

/* A line that hangs on cells alone, and the piece of one behind a cut. */
static void test_leaks(void **unused)
{
    (void)unused;
    fixture f = make(2.0, 2.0);
    f.c->cell = xbar_cell_default(xbar_device_find("yakopcic"));
    f.s.volt[XBAR_LEFT][1] = (double)NAN;
    assert_int_equal(xbar_crossbar_cut(f.c, true, 0, 1, NULL), XBAR_OK);
    static const char *const lines[] = {
        "bleakw1_0 w1_0 0 i=v(sweep) < 0.5 ? 1e-6*v(w1_0) : 0",
        "bleakw0_2 w0_2 0 i=v(sweep) < 0.5 ? 1e-6*v(w0_2) : 0", NULL};
    static const char *const none[] = {
        "bleakw0_0 w0_0 0 i=v(sweep) < 0.5 ? 1e-6*v(w0_0) : 0",
        "bleakb0_0 b0_0 0 i=v(sweep) < 0.5 ? 1e-6*v(b0_0) : 0", NULL};
    const xbar_netlist_options stepped = {.stepped = true};
    char *text = text_of(&f, &stepped);
    assert_lines(text, lines, true);
    assert_lines(text, none, false);
    free(text);
    const xbar_netlist_options replayed = {0}; /* ngspice has ways of its own there */
    text = text_of(&f, &replayed);
    assert_lines(text, lines, false);
    free(text);
    f.c->cell = xbar_cell_default(xbar_device_find("sinh"));
    text = text_of(&f, &stepped); /* conducts at once */
    assert_lines(text, lines, false);
    free(text);
    discard(&f);
}

static void test_subcircuit(void **unused)
{
    (void)unused;
    fixture f = make(1.0, 1.0);
    f.c->cell = xbar_cell_default(xbar_device_find("sinh"));
    f.c->cell.parameters[0] = 0.3;
    f.state[4] = 1.0 / 7.0;
    const xbar_netlist_options options = {0};
    char *text = text_of(&f, &options);
    static const char *const lines[] = {
        ".subckt sinh_near p n g=1 v0=0.3", ".ends sinh_near",
        "xc1_1 w1_1 b1_1 sinh_near g=0.14285714285714285", NULL};
    assert_lines(text, lines, true);
    assert_null(strstr(text, ".ends sinh\n")); /* the one in use alone */
    free(text);

    /* the law for near voltages serves up to 40 v0, and the inputs to come count */
    static const struct {
        double v0, span;
        const char *line;
    } cases[] = {
        {0.0125, 0.0, ".subckt sinh_near p n g=1 v0=0.0125"},
        {0.0124, 0.0, ".subckt sinh p n g=1 v0=0.0124"},
        {0.3, 12.0, ".subckt sinh_near p n g=1 v0=0.3"},
        {0.3, 16.0, ".subckt sinh p n g=1 v0=0.3"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const xbar_netlist_options stepped = {.stepped = true, .span = cases[k].span};
        f.c->cell.parameters[0] = cases[k].v0;
        text = text_of(&f, &stepped);
        if (!has_line(text, cases[k].line))
            fail_msg("v0 %g, span %g V: no \"%s\"", cases[k].v0, cases[k].span,
                     cases[k].line);
        free(text);
    }
    discard(&f);
}

static void test_span(void **unused)
{
    (void)unused;
    static const struct {
        double left, bottom, span;
    } cases[] = {{0.0, 0.0, 0x1p-20}, {0.2, 0.0, 0.25},
                 {0.25, 0.0, 0.25},   {-0.6, 0.6, 2.0},
                 {1e6, -1e6, 0x1p21}, {(double)NAN, 0.3, 0x1p-20},
                 {3.0, 3.0, 0x1p-20}, {1e-300, 0.0, 0x1p-20}};
    fixture f = make(1.0, 1.0);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        for (int i = 0; i < ROWS; i++)
            f.s.volt[XBAR_LEFT][i] = cases[k].left;
        for (int j = 0; j < COLS; j++)
            f.s.volt[XBAR_BOTTOM][j] = cases[k].bottom;
        if (xbar_netlist_span(f.c, &f.s) != cases[k].span)
            fail_msg("%g V and %g V: span %g", cases[k].left, cases[k].bottom,
                     xbar_netlist_span(f.c, &f.s));
    }
    discard(&f);
}

static void test_left_out(void **unused)
{
    (void)unused;
    fixture f = make(1.0, 0.0);
    f.state[1] = 0.0;
    f.state[2] = 0.0;
    assert_int_equal(xbar_crossbar_cut(f.c, true, 0, 0, NULL), XBAR_OK);
    f.s.volt[XBAR_LEFT][1] = (double)NAN;
    const xbar_netlist_options options = {0};
    char *text = text_of(&f, &options);
    static const char *const gone[] = {
        "rw0_0 w0_0 w0_1 1", /* cut */
        "rw0_1 w0_1 w0_2 1", /* reached by no source: its cells are open */
        "vleft1 left1 0 dc 0.3333333333333333", NULL};
    static const char *const there[] = {"rw1_0 w1_0 w1_1 1", "rc1_0 w1_0 b0_0 6000",
                                        "vbottom0 b0_0 0 dc 0", NULL};
    assert_lines(text, gone, false);
    assert_lines(text, there, true);
    assert_null(strstr(text, "w0_2"));
    assert_null(strstr(text, "rc0_1"));
    assert_non_null(strstr(text, "left out: 2 of"));
    free(text);
    discard(&f);
}

/* Whatever a title says, it makes one comment line and no other. */
static void test_hostile_titles(void **unused)
{
    (void)unused;
    static const char *const titles[] = {"*ng_script",
                                         ".control\nshell touch pwned\n.endc",
                                         "`touch pwned`",
                                         "x\r\n*#shell touch pwned",
                                         "$(touch pwned); > pwned {shell} \"'\\",
                                         "\xff\xfe\x80 caf\xc3\xa9"};
    fixture f = make(1.0, 1.0);
    const xbar_netlist_options plain = {.title = NULL};
    char *without = text_of(&f, &plain);
    for (size_t k = 0; k < sizeof titles / sizeof *titles; k++) {
        const xbar_netlist_options options = {.title = titles[k]};
        char *with = text_of(&f, &options);
        char *shown = strstr(with, "\n* shows: ");
        assert_non_null(shown);
        char *end = strchr(shown + 1, '\n');
        for (const char *at = shown + 1; at < end; at++)
            assert_true(*at >= ' ' && *at <= 'z' && !strchr("`$;>{}\"'\\#.&|<", *at));
        /* without that line the text is as without a title */
        memmove(shown, end, strlen(end) + 1);
        assert_string_equal(with, without);
        free(with);
    }
    free(without);
    discard(&f);
}

static void test_alter(void **unused)
{
    (void)unused;
    char command[XBAR_COMMAND_SIZE];
    xbar_cell linear = xbar_cell_default(xbar_device_find("linear"));
    xbar_cell memristor = xbar_cell_default(xbar_device_find("sinh"));
    assert_string_equal(xbar_netlist_alter(command, &linear, 1.0, 3, 7, 1e-3),
                        "alter rc3_7=1e3");
    assert_string_equal(xbar_netlist_alter(command, &memristor, 1.0, 3, 7, 1.0 / 3.0),
                        "alter @b.xc3_7.bcell[m]=3.3333333333333331e-1");
    assert_string_equal(xbar_netlist_alter(command, &memristor, 1.0, 65535, 10, 1e-14),
                        "alter @b.xc65535_10.bcell[m]=1e-14");
    assert_string_equal(xbar_netlist_alter(command, &memristor, 1.0, 0, 0, 1.25e-200),
                        "alter @b.xc0_0.bcell[m]=1.25e-200");
    assert_string_equal(xbar_netlist_alter(command, &memristor, 0.25, 0, 0, 0.5),
                        "alter @b.xc0_0.bcell[m]=1.25e-1");
}

/* What a state is multiplied with is what its source's line says, in every law that serves
 * cells at rest. */
static void test_multiplier(void **unused)
{
    (void)unused;
    const xbar_device *device = NULL;
    for (size_t d = 0; (device = xbar_device_at(d)) != NULL; d++) {
        if (device->kind != XBAR_KIND_CELL)
            continue;
        xbar_cell cell = xbar_cell_default(device);
        double wanted = strcmp(device->name, "sinh") == 0 ? 0.3 : 1.0;
        for (size_t p = 0; p < device->n_parameters; p++)
            if (strcmp(device->parameters[p].name, "v0") == 0)
                cell.parameters[p] = 0.3;
        assert_true(xbar_netlist_multiplier(&cell) == wanted);
        for (const char *at = device->subcircuit;
             at && (at = strstr(at, "\nBcell ")) != NULL; at++) {
            const char *end = strchr(at + 1, '\n');
            const char *m = wanted == 1.0 ? " m={g}\n" : " m={g*v0}\n";
            if (strncmp(end + 1 - strlen(m), m, strlen(m)) != 0)
                fail_msg("%s: %.*s", device->name, (int)(end - at), at);
        }
    }
}

/* The number comes back, whatever its size; also next to powers of ten and of two, where
 * digits carry over and doubles lie closest. */
static void test_alter_digits(void **unused)
{
    (void)unused;
    char command[XBAR_COMMAND_SIZE];
    xbar_cell memristor = xbar_cell_default(xbar_device_find("sinh"));
    uint64_t random = 1;
    for (int k = 0; k < 200000; k++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        double state = ldexp(1.0 + (double)(random >> 12) * 0x1p-52, k % 99 - 66);
        if (k % 10 == 0)
            state = pow(10.0, k / 10 % 31 - 20);
        if (k % 20 == 0)
            state = ldexp(1.0, k / 20 % 99 - 66);
        if (k % 3 > 0)
            state = nextafter(state, k % 3 > 1 ? 0.0 : 1e30);
        const char *number =
            strchr(xbar_netlist_alter(command, &memristor, 1.0, 1, 2, state), '=') + 1;
        char *end = NULL;
        if (strtod(number, &end) != state || *end != '\0' || strlen(number) > 23)
            fail_msg("%.17g is written as %s", state, number);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),          cmocka_unit_test(test_phasors),
        cmocka_unit_test(test_subcircuit),     cmocka_unit_test(test_left_out),
        cmocka_unit_test(test_hostile_titles), cmocka_unit_test(test_alter),
        cmocka_unit_test(test_multiplier),     cmocka_unit_test(test_alter_digits),
        cmocka_unit_test(test_span),           cmocka_unit_test(test_guides),
        cmocka_unit_test(test_leaks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
