/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files made to exhaust or crash a reader: each is refused (or read) quickly, with one
 * line, whatever it holds. */
#include <time.h>

#include "core/random.h"
#include "experiment_files.h"

static const size_t many = 1000000;

static char *text;
static size_t used;
static const size_t room = (size_t)17 << 20;

static int hostile_setup(void **unused)
{
    text = malloc(room);
    return text ? folder_make(unused) : -1;
}

static int hostile_teardown(void **unused)
{
    free(text);
    return folder_remove(unused);
}

static void begin(void)
{
    used = 0;
}

static void add(const char *piece, size_t times)
{
    size_t n = strlen(piece);
    assert_true(used + times * n <= room);
    for (size_t k = 0; k < times * n; k++)
        text[used++] = piece[k % n];
}

/* The whole small experiment, but for one line. */
static void add_base(int without)
{
    for (int line = 1; line <= N_LINES; line++) {
        if (line == without)
            continue;
        add(base[line - 1], 1);
        add("\n", 1);
    }
}

static void refuse_quickly(const char *name, const char *want)
{
    put_bytes("e.yaml", text, used);
    xbar_plan *plan = NULL;
    xbar_error err = {0};
    clock_t before = clock();
    xbar_status status = xbar_plan_read(&plan, in_folder("e.yaml"), NULL, &err);
    double seconds = (double)(clock() - before) / CLOCKS_PER_SEC;
    if (status != XBAR_ERR_INPUT || plan || !strstr(err.text, want) ||
        strchr(err.text, '\n'))
        fail_msg("%s: %s\n    want %s", name, status == XBAR_OK ? "accepted" : err.text,
                 want);
    if (seconds > 10.0) /* with sanitizers; without, each takes less than 2 s */
        fail_msg("%s: %.1f s", name, seconds);
}

static void test_aliases(void **unused)
{
    (void)unused;
    begin();
    add("a: &a [x, x, x, x, x, x, x, x, x, x]\n", 1);
    for (int c = 'b'; c <= 'z'; c++) {
        char line[80];
        int p = c - 1;
        snprintf(line, sizeof line, "%c: &%c [*%c, *%c, *%c, *%c, *%c, *%c, *%c]\n", c,
                 c, p, p, p, p, p, p, p);
        add(line, 1);
    }
    refuse_quickly("a billion laughs", "e.yaml:1: a: no such key; want title");

    static const struct {
        const char *name;
        int line;
        const char *text, *want;
    } cases[] = {
        {"cyclic list", 17, "record: &r [*r]", "record.0 = a list of 1: want i_out"},
        {"cyclic pairs", 15, "bias: {selected: &s [*s, *s]}",
         "bias.selected.0.0 = a list of 2: want a whole number"},
        {"cyclic map", 4, "crossbar: &c\n  cell: *c",
         "crossbar.cell.cell: no such key; want device"},
        {"map as its own key", 17, "? &m {*m : 1}\n: 2", "a map as a key; want title"},
        {"cyclic parameters", 11, "  cell: {device: sinh, parameters: &p {v0: *p}}",
         "crossbar.cell.parameters.v0 = a map: want 0.001"},
        {"cyclic terminals", 9, "    left: &l {volt: *l}",
         "left.volt.volt = a map: want -1e+06 to 1e+06 (volt) or a list"},
        {"cyclic stuck cells", 12, "  faults: {stuck: &s [*s]}",
         "crossbar.faults.stuck.0 = a list of 1: want a map"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        begin();
        const change c = {cases[k].line, cases[k].text};
        add(changed(&c, 1), 1);
        refuse_quickly(cases[k].name, cases[k].want);
    }

    begin(); /* 1e5 times a list of 3e5: 3e10 numbers */
    add("title: &row [", 1);
    add("1,", 300000);
    add("1]\nbias: {selected: [", 1);
    add("*row,", 100000);
    add("*row]}\n", 1);
    refuse_quickly("a list squared", "title = a list of 300001: want a text");
    begin();
    add("bias:\n  selected: [&row [", 1);
    add("1,", 300000);
    add("1],", 1);
    add("*row,", 100000);
    add("*row]\n", 1);
    refuse_quickly("a list squared, in pairs",
                   "bias.selected.0 = a list of 300001: want");

    begin();
    for (int k = 0; k < 100001; k++) {
        char line[32];
        snprintf(line, sizeof line, "- &a%d x\n", k);
        add(line, 1);
    }
    refuse_quickly("a hundred thousand anchors", "e.yaml:101: more than 100 anchors");
}

static void test_depth(void **unused)
{
    (void)unused;
    static const char *const openers[] = {"[", "{", "- ", "? ", "{a: ", "[{", "-\n"};
    for (size_t k = 0; k < sizeof openers / sizeof *openers; k++) {
        begin();
        add("title: x\nrecord:\n ", k % 2);
        add(openers[k], many);
        refuse_quickly(openers[k],
                       k == 6 ? "not a map" : "nested deeper than 64 levels");
    }
    begin();
    add("record: ", 1);
    add("[", 60);
    add("]", 60);
    add("\n", 1);
    add_base(17);
    refuse_quickly("sixty lists", "e.yaml:1: record.0 = a list of 1: want i_out");
    begin();
    for (size_t depth = 0; depth < 3000; depth++) {
        add(" ", depth);
        add("a:\n", 1);
    }
    refuse_quickly("indented", "e.yaml:65: nested deeper than 64 levels");
}

static void test_size(void **unused)
{
    (void)unused;
    begin();
    add("record: [", 1);
    add("i_out,", many);
    add("i_out]\n", 1);
    add_base(17);
    refuse_quickly("a million planes", "e.yaml:1: record.1 = i_out: want each once");
    begin();
    add("record: [", 1);
    add(",", 1);
    refuse_quickly("an empty entry", "e.yaml:1: not YAML: ");
    begin();
    add("- x\n", 4 * many);
    refuse_quickly("four million entries", "more than a million values");
    begin();
    add("a: 1\n", 700000);
    refuse_quickly("many keys", "e.yaml:1: a: no such key");
    begin();
    add("title: ", 1);
    add("t", 15 * many);
    refuse_quickly("a title of 15 MB", "e.yaml:1: title = tttt");
    begin();
    add("t", 15 * many);
    add(": 1", 1);
    refuse_quickly("a key of 15 MB", "e.yaml:1: ");
    begin();
    add("\"", 1);
    add("\\n", many);
    refuse_quickly("an open quote", "not YAML: while scanning a quoted scalar");
    begin();
    add("# comment\n", many);
    refuse_quickly("a million comments", "an empty file");
    begin();
    add("title: [", 1);
    add("?\n", many);
    refuse_quickly("question marks", "e.yaml:");
    begin();
    add("%TAG !", 1);
    add("a", many);
    add("! tag:x\n", 1);
    refuse_quickly("a tag directive", "a % directive; want none");
    begin();
    add("#", room);
    refuse_quickly("more than 16 MiB", "17825792 bytes; at most 16777216 are read");
}

/* A long list of stuck cells is an experiment like any other. */
static void test_long_list(void **unused)
{
    (void)unused;
    enum { SIDE = 250, STUCK = 60000 };
    begin();
    add("engines: [ideal]\nconductance: {distribution: constant, value: 1e-3}\n"
        "crossbar:\n  rows: 250\n  cols: 250\n  terminals: {left: {volt: 1}}\n"
        "  faults:\n    stuck:\n",
        1);
    for (int k = 0; k < STUCK; k++) {
        char line[80];
        snprintf(line, sizeof line, "    - {row: %d, col: %d, siemens: 0}\n", k / SIDE,
                 k % SIDE);
        add(line, 1);
    }
    put_bytes("e.yaml", text, used);
    xbar_plan *plan = NULL;
    xbar_error err = {0};
    if (xbar_plan_read(&plan, in_folder("e.yaml"), NULL, &err) != XBAR_OK)
        fail_msg("%s", err.text);
    double *g = malloc(sizeof(double) * SIDE * SIDE);
    assert_non_null(g);
    assert_int_equal(xbar_plan_state(plan, 0, g, NULL, &err), XBAR_OK);
    assert_true(g[STUCK - 1] == 0.0 && g[STUCK] == 1e-3);
    free(g);
    xbar_plan_free(plan);
}

/* Small damage everywhere: flipped bytes, cut ends, lines doubled, dropped or swapped,
 * pieces of YAML put in. Whatever comes of it is a plan or one line. */
static void damage(uint32_t n)
{
    static const char *const pieces[] = {
        "[",    "]",     "{",  "}",      ":",   ",",     "- ",   "\n",   " ",
        "\t",   "&a ",   "*a", "!!x",    "|",   ">",     "\"",   "'",    "#",
        "%",    "---\n", "~",  "-1",     "1e9", "0",     ".nan", "null", "1e",
        "\xff", "\x00",  "? ", "<<: *a", "2",   "input",
    };
    enum { N_PIECES = sizeof pieces / sizeof *pieces };
    uint32_t counter = 0;
#define DRAW(limit)                                                                    \
    ((size_t)(xbar_uniform(20, XBAR_STREAM_INPUT, n, counter++) * (double)(limit)))
    begin();
    add_base(0);
    size_t times = 1 + DRAW(2);
    for (size_t k = 0; k < times && used > 1; k++) {
        size_t at = DRAW(used);
        size_t length = DRAW(used - at < 20 ? used - at : 20);
        const char *piece = pieces[DRAW(N_PIECES)];
        size_t n_piece = *piece ? strlen(piece) : 1;
        switch (DRAW(5)) {
        case 0:
            text[at] = (char)DRAW(256);
            break;
        case 1: /* a piece put in */
            memmove(text + at + n_piece, text + at, used - at);
            for (size_t c = 0; c < n_piece; c++)
                text[at + c] = piece[c];
            used += n_piece;
            break;
        case 2: /* some bytes taken out */
            memmove(text + at, text + at + length, used - at - length);
            used -= length;
            break;
        case 3: /* some bytes doubled */
            memmove(text + at + length, text + at, used - at);
            used += length;
            break;
        default: /* some bytes moved to elsewhere */
            memmove(text + at, text + DRAW(used - length), length);
            break;
        }
    }
#undef DRAW
}

static void test_damage(void **unused)
{
    (void)unused;
    enum { N = 5000 };
    int accepted = 0;
    for (uint32_t n = 0; n < N; n++) {
        damage(n);
        put_bytes("e.yaml", text, used);
        xbar_plan *plan = NULL;
        xbar_error err = {0};
        xbar_status status = xbar_plan_read(&plan, in_folder("e.yaml"), NULL, &err);
        if (status == XBAR_OK) {
            accepted++;
            assert_non_null(plan);
            assert_true(plan->n_samples > 0 && plan->n_inputs > 0 &&
                        plan->n_engines > 0);
        } else if ((status != XBAR_ERR_INPUT && status != XBAR_ERR_SHORT) || plan ||
                   !strstr(err.text, "e.yaml:") || strchr(err.text, '\n')) {
            fail_msg("case %u: status %d: %s", n, (int)status, err.text);
        }
        xbar_plan_free(plan);
    }
    /* Both happen, or the test looks at nothing. */
    assert_in_range(accepted, N / 50, N - N / 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_aliases), cmocka_unit_test(test_depth),
        cmocka_unit_test(test_size),    cmocka_unit_test(test_long_list),
        cmocka_unit_test(test_damage),
    };
    return cmocka_run_group_tests(tests, hostile_setup, hostile_teardown);
}
