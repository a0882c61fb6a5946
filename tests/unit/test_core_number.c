/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check.h"

#include <float.h>
#include <locale.h>
#include <string.h>

#include "core/number.h"

static void test_numbers_read(void **unused)
{
    (void)unused;
    static const struct {
        const char *text;
        double value;
    } cases[] = {
        {"0", 0.0},         {"-0.0", -0.0},         {"2.5", 2.5},    {"+2.5", 2.5},
        {"1e-5", 1e-5},     {"1.E3", 1000.0},       {".5", 0.5},     {"5.", 5.0},
        {"-3.25e+2", -325}, {"0e-9999", 0.0},       {"00012", 12.0}, {"1e308", 1e308},
        {"0.1", 0.1},       {"4.9e-324", 4.9e-324},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        double value = -99.0;
        if (!xbar_number_parse(&value, cases[k].text, strlen(cases[k].text)) ||
            value != cases[k].value)
            fail_msg("%s read as %g", cases[k].text, value);
    }
}

static void test_numbers_refused(void **unused)
{
    (void)unused;
    static const char *const cases[] = {
        "",      "-",     "+",    ".",        "e5",    "1e",    "1e+",
        "2.5x",  "2.5 ",  " 2.5", "1,5",      "0x10",  "nan",   "NaN",
        "inf",   "-inf",  ".inf", "1e999",    "--1",   "1.2.3", "1e-999",
        "1e1e1", "1_000", "1d5",  "infinity", "0x1p3", "1.5f",  "$1",
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        double value = -99.0;
        if (xbar_number_parse(&value, cases[k], strlen(cases[k])) || value != -99.0)
            fail_msg("'%s' read as %g", cases[k], value);
    }
    char nines[600];
    memset(nines, '9', sizeof nines);
    double value = -99.0;
    assert_false(xbar_number_parse(&value, nines, sizeof nines));
    assert_true(xbar_number_parse(&value, nines, 300));
    assert_false(xbar_number_parse(&value,
                                   "1\0"
                                   "5",
                                   3));
}

static void test_integers(void **unused)
{
    (void)unused;
    uint64_t value = 99;
    assert_true(xbar_integer_parse(&value, "18446744073709551615", 20));
    assert_true(value == UINT64_MAX);
    static const char *const bad[] = {"",
                                      "-1",
                                      "+1",
                                      "1.0",
                                      "1e9",
                                      "0x1",
                                      " 1",
                                      "1 ",
                                      "18446744073709551616",
                                      "99999999999999999999999"};
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++)
        if (xbar_integer_parse(&value, bad[k], strlen(bad[k])) || value != UINT64_MAX)
            fail_msg("'%s' read as an integer", bad[k]);
}

static void test_format_round_trips(void **unused)
{
    (void)unused;
    static const struct {
        double value;
        const char *text;
    } cases[] = {{0.1, "0.1"},
                 {2.5, "2.5"},
                 {1e-5, "1e-05"},
                 {1.0 / 3.0, "0.3333333333333333"},
                 {DBL_MAX, "1.7976931348623157e+308"},
                 {-4.9e-324, "-4.94065645841247e-324"}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        char text[XBAR_NUMBER_SIZE];
        double back = 0.0;
        assert_string_equal(xbar_number_format(text, cases[k].value), cases[k].text);
        assert_true(xbar_number_parse(&back, text, strlen(text)));
        assert_true(back == cases[k].value);
    }
}

/* A decimal comma of the user's locale must not come in. */
static void test_other_locale(void **unused)
{
    (void)unused;
    static const char *const locales[] = {"de_DE.UTF-8", "de_DE", "fr_FR.UTF-8"};
    for (size_t k = 0; k < sizeof locales / sizeof *locales; k++)
        if (setlocale(LC_ALL, locales[k])) {
            char text[XBAR_NUMBER_SIZE];
            double value = 0.0;
            assert_string_equal(xbar_number_format(text, 2.5), "2.5");
            assert_true(xbar_number_parse(&value, "2.5", 3));
            assert_true(value == 2.5);
        }
    setlocale(LC_ALL, "C");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_read), cmocka_unit_test(test_numbers_refused),
        cmocka_unit_test(test_integers),     cmocka_unit_test(test_format_round_trips),
        cmocka_unit_test(test_other_locale),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
