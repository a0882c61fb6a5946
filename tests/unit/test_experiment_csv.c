/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check.h"

#include <string.h>

#include "experiment/csv.h"

/* Tables of two columns. */
static const xbar_csv_shape any_lines = {
    .n_columns = 2,
    .max_lines = 4,
    .columns = "crossbar.rows",
    .lines = "the most inputs",
    .range = {-10.0, 10.0, false, "volt"},
};
static const xbar_csv_shape two_lines = {
    .n_columns = 2,
    .n_lines = 2,
    .columns = "crossbar.cols",
    .lines = "crossbar.rows",
    .range = {1e-15, 1e6, true, "siemens"},
};

static void test_accepted(void **unused)
{
    (void)unused;
    static const struct {
        const char *name, *text;
        size_t n_lines;
    } cases[] = {
        {"commas", "1,2\n3,4\n", 2},
        {"blanks", "1 2\n3\t4\n", 2},
        {"both", "1 , 2\n 3,  4 \n", 2},
        {"no newline at the end", "1,2\n3,4", 2},
        {"carriage returns", "1,2\r\n3,4\r\n", 2},
        {"comments and empty lines", "# volts\n\n1,2 # first\n  \n#\n3,4\n\n", 2},
        {"byte order mark",
         "\xef\xbb\xbf"
         "1,2\n3,4\n",
         2},
        {"signs and exponents", "+1,2.\n3e0,.4E+1", 2},
        {"one line", "1,2", 1},
        {"four lines", "1,2\n3,4\n5,6\n7,8", 4},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        double *values = NULL;
        size_t n_lines = 0;
        xbar_error err = {0};
        if (xbar_csv_parse(&values, &n_lines, &any_lines, "v.csv", cases[k].text,
                           strlen(cases[k].text), &err) != XBAR_OK)
            fail_msg("%s: %s", cases[k].name, err.text);
        assert_int_equal(n_lines, cases[k].n_lines);
        for (size_t n = 0; n < 2 * n_lines; n++)
            if (values[n] != (double)(n + 1))
                fail_msg("%s: number %zu is %g", cases[k].name, n, values[n]);
        free(values);
    }
}

static void test_refused(void **unused)
{
    (void)unused;
    static const struct {
        const char *name;
        const xbar_csv_shape *shape;
        const char *text, *want;
    } cases[] = {
        {"text", &two_lines, "1,2\n3,abc\n",
         "t.csv:2: column 2 = abc: want 0 or 1e-15 to 1e+06 (siemens)"},
        {"header", &two_lines, "a,b\n1,2\n", "t.csv:1: column 1 = a: want"},
        {"tail", &two_lines, "1,2.5x\n", "t.csv:1: column 2 = 2.5x: want"},
        {"NaN", &any_lines, "nan,1", "t.csv:1: column 1 = nan: want -10 to 10 (volt)"},
        {"infinity", &any_lines, "1,-inf", "column 2 = -inf: want"},
        {"hexadecimal", &any_lines, "0x1,1", "column 1 = 0x1: want"},
        {"overflow", &any_lines, "1e999,1", "column 1 = 1e999: want"},
        {"quotes", &any_lines, "\"1\",1", "column 1 = \"1\": want"},
        {"semicolon", &any_lines, "1;2", "column 1 = 1;2: want"},
        {"negative siemens", &two_lines, "-1,1", "column 1 = -1: want 0 or"},
        {"out of range", &any_lines, "1,11", "column 2 = 11: want -10 to 10 (volt)"},
        {"too few numbers", &two_lines, "1,2\n3\n",
         "t.csv:2: 1 numbers; want 2 (crossbar.cols)"},
        {"too many numbers", &two_lines, "1 2 3\n",
         "t.csv:1: more than 2 numbers; want 2 (crossbar.cols)"},
        {"empty field", &two_lines, "1,,2\n", "t.csv:1: column 2 is empty: want 0 or"},
        {"leading comma", &two_lines, ",1\n", "t.csv:1: column 1 is empty"},
        {"comma at the end", &two_lines, "1,\n", "t.csv:1: column 2 is empty"},
        {"comma too many", &two_lines, "1,2,\n", "t.csv:1: more than 2 numbers"},
        {"too few lines", &two_lines, "1,2\n",
         "t.csv: 1 lines of numbers; want 2 (crossbar.rows)"},
        {"too many lines", &two_lines, "1,2\n3,4\n# end\n5,6\n",
         "t.csv:4: one line too many; want 2 (crossbar.rows)"},
        {"too many inputs", &any_lines, "1 1\n1 1\n1 1\n1 1\n1 1",
         "t.csv:5: one line too many; want 4 (the most inputs)"},
        {"empty", &any_lines, "", "t.csv: no numbers; want some"},
        {"only comments", &two_lines, "# a\n# b", "t.csv: 0 lines of numbers; want 2"},
        {"long text is cut", &any_lines,
         "1,"
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
         "aaaa...: want -10"},
        {"control characters", &any_lines, "1,\x1b[31m", "column 2 = ?[31m: want"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        double *values = NULL;
        size_t n_lines = 0;
        xbar_error err = {0};
        assert_int_equal(xbar_csv_parse(&values, &n_lines, cases[k].shape, "t.csv",
                                        cases[k].text, strlen(cases[k].text), &err),
                         XBAR_ERR_INPUT);
        assert_null(values);
        if (!strstr(err.text, cases[k].want))
            fail_msg("%s: %s\n    want %s", cases[k].name, err.text, cases[k].want);
    }
    static const char nul[] = "1,2\0\n3,4\n";
    double *values = NULL;
    size_t n_lines = 0;
    assert_int_equal(xbar_csv_parse(&values, &n_lines, &two_lines, "t.csv", nul,
                                    sizeof nul - 1, NULL),
                     XBAR_ERR_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepted),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
