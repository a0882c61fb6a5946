/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The C library converts; this file only decides what is a number, and keeps the
 * locale out: everything is done under a "C" locale object of its own. */
#define _GNU_SOURCE /* strtod_l, as of glibc; newlocale is POSIX */
#include "core/number.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static locale_t c_locale(void)
{
    static locale_t locale = (locale_t)0;
    if (locale == (locale_t)0)
        locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    return locale;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Length of the digits with at most one point that text begins with; how many of them
 * are digits, and whether one of those is not 0. */
static size_t mantissa_length(const char *text, size_t length, size_t *digits,
                              bool *nonzero)
{
    size_t k = 0;
    bool point = false;
    for (; k < length && (is_digit(text[k]) || (text[k] == '.' && !point)); k++) {
        if (text[k] == '.') {
            point = true;
            continue;
        }
        (*digits)++;
        *nonzero = *nonzero || text[k] != '0';
    }
    return k;
}

bool xbar_number_parse(double *value, const char *text, size_t length)
{
    size_t at = 0;
    if (at < length && (text[at] == '+' || text[at] == '-'))
        at++;
    size_t digits = 0;
    bool nonzero = false;
    at += mantissa_length(text + at, length - at, &digits, &nonzero);
    if (digits == 0)
        return false;
    if (at < length && (text[at] == 'e' || text[at] == 'E')) {
        at++;
        if (at < length && (text[at] == '+' || text[at] == '-'))
            at++;
        size_t exponent = at;
        while (at < length && is_digit(text[at]))
            at++;
        if (at == exponent)
            return false;
    }
    if (at != length)
        return false;

    /* More characters than any sensible number has are refused, not truncated. */
    char copy[512];
    if (length >= sizeof copy)
        return false;
    memcpy(copy, text, length);
    copy[length] = '\0';
    double number = strtod_l(copy, NULL, c_locale());
    if (!isfinite(number) || (number == 0.0 && nonzero))
        return false;
    *value = number;
    return true;
}

bool xbar_integer_parse(uint64_t *value, const char *text, size_t length)
{
    if (length == 0)
        return false;
    uint64_t number = 0;
    for (size_t k = 0; k < length; k++) {
        if (!is_digit(text[k]))
            return false;
        uint64_t digit = (uint64_t)(text[k] - '0');
        if (number > (UINT64_MAX - digit) / 10)
            return false;
        number = 10 * number + digit;
    }
    *value = number;
    return true;
}

const char *xbar_number_format(char text[XBAR_NUMBER_SIZE], double value)
{
    locale_t before = uselocale(c_locale());
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(text, XBAR_NUMBER_SIZE, "%.*g", precision, value);
        if (strtod(text, NULL) == value)
            break;
    }
    uselocale(before);
    return text;
}
