/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What ngspice writes is read to the last bit, and what is not as it should be is refused. */
#include "check.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spice/points.h"

static void put(const xbar_scratch *f, const void *bytes, size_t size)
{
    FILE *out = fopen(f->path, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(bytes, 1, size, out), size);
    assert_int_equal(fclose(out), 0);
}

/* A raw file of a sweep and three vectors. */
static void put_point(xbar_points *p)
{
    static const char head[] = "Title: a\nNo. Variables: 4\nNo. Points: 1\nVariables:\n"
                               "\t0\tv-sweep\tvoltage\n\t1\tv(w0_0)\tvoltage\n"
                               "\t2\tb0_0\tvoltage\n\t3\ti(vleft0)\tcurrent\nBinary:\n";
    static const double values[] = {1.0, 0.5, -0.25, 1e-3};
    char raw[sizeof head - 1 + sizeof values];
    memcpy(raw, head, sizeof head - 1);
    memcpy(raw + sizeof head - 1, values, sizeof values);
    assert_int_equal(xbar_points_expect(p, NULL), XBAR_OK);
    put(&p->raw, raw, sizeof raw);
    assert_int_equal(xbar_points_first(p, NULL), XBAR_OK);
    assert_int_equal(p->n_vectors, 4);
    assert_string_equal(p->names[1], "w0_0");
    assert_string_equal(p->names[2], "b0_0");
    assert_string_equal(p->names[3], "vleft0#branch");
    for (size_t k = 0; k < 4; k++)
        assert_true(p->values[k] == values[k]);
}

static void test_newest(void **unused)
{
    (void)unused;
    static const struct {
        const char *text; /* of the first of three numbers */
        bool is_number;
    } cases[] = {
        {"0.123456789012345", true},
        {"-9.87654321098765e-05", true},
        {"1.00000000000000e-23", true},
        {"123456789012345", true},
        {"999999999999999e22", true},
        {"1e-300", true},
        {"-1.7976931348623e+308", true},
        {"0", true},
        {"-0", true},
        {"5e-324", true},
        {"0.000000000000001234", true},
        {"12345678901234567890", true},
        {"4.94065645841247e-310", true},
        {"1e22", true},
        {"3.33333333333333e-07", true},
        {"nan", false},
        {"inf", false},
        {"1e400", false},
        {"-", false},
        {".", false},
        {"", false},
        {"1.2.3", false},
        {"0.1 ", false},
        {"0x", false},
    };
    xbar_points p = {.n_vectors = 0};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        char text[96];
        put_point(&p);
        assert_int_equal(xbar_scratch_empty(&p.side, NULL), XBAR_OK);
        int n = snprintf(text, sizeof text, "%s\n2.5\n-1e-3\n", cases[k].text);
        put(&p.side, text, (size_t)n);
        xbar_status wanted = cases[k].is_number ? XBAR_OK : XBAR_ERR_ENGINE;
        if (xbar_points_newest(&p, NULL) != wanted)
            fail_msg("\"%s\" is %s", cases[k].text,
                     cases[k].is_number ? "not read" : "read");
        const double first = cases[k].is_number ? strtod(cases[k].text, NULL) : 0.5;
        if (memcmp(&first, &p.values[1], sizeof first) != 0)
            fail_msg("\"%s\" is read as %.17g", cases[k].text, p.values[1]);
        assert_true(p.values[0] == 1.0 &&
                    p.values[2] == (cases[k].is_number ? 2.5 : -0.25));
    }
    xbar_points_forget(&p);
}

/* Numbers as ngspice prints them, all of whose digits count. */
static void test_digits(void **unused)
{
    (void)unused;
    uint64_t random = 1;
    xbar_points p = {.n_vectors = 0};
    for (int k = 0; k < 3000; k++) {
        char text[128];
        double x[3];
        for (int q = 0; q < 3; q++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            x[q] = ldexp((double)(random >> 11) * 0x1p-53, k % 90 - 70) *
                   (random & 1 ? 1.0 : -1.0);
        }
        int n = snprintf(text, sizeof text, "%.15g\n%.15g\n%.15g\n", x[0], x[1], x[2]);
        put_point(&p);
        assert_int_equal(xbar_scratch_empty(&p.side, NULL), XBAR_OK);
        put(&p.side, text, (size_t)n);
        assert_int_equal(xbar_points_newest(&p, NULL), XBAR_OK);
        char *at = text;
        for (int q = 0; q < 3; q++, at++)
            assert_true(p.values[q + 1] == strtod(at, &at));
    }
    xbar_points_forget(&p);
}

static void test_amount(void **unused)
{
    (void)unused;
    static const char *const texts[] = {"", "1\n2\n", "1\n2\n3\n4\n", "1\n2\n3"};
    xbar_points p = {.n_vectors = 0};
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
        put_point(&p);
        assert_int_equal(xbar_scratch_empty(&p.side, NULL), XBAR_OK);
        put(&p.side, texts[k], strlen(texts[k]));
        assert_int_equal(xbar_points_newest(&p, NULL), XBAR_ERR_ENGINE);
        assert_true(p.values[1] == 0.5 && p.values[3] == 1e-3);
    }
    xbar_points_forget(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_newest),
        cmocka_unit_test(test_digits),
        cmocka_unit_test(test_amount),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
