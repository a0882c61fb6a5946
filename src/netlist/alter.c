/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The commands that give cells other states. There may be millions of them, and printf
 * takes a sixth of what ngspice itself needs for one: so the digits are made here. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "netlist/netlist.h"

enum { DIGITS = 17 }; /* from so many a double comes back */

const char xbar_netlist_touch[] = "altermod touch rsh=1";

/* x 10^n, off by a few roundings of 2^-64: up to 10^27 powers of ten are exact. */
static long double times_power(long double x, int n)
{
    static const long double powers[] = {
        1e0L,  1e1L,  1e2L,  1e3L,  1e4L,  1e5L,  1e6L,  1e7L,  1e8L,  1e9L,
        1e10L, 1e11L, 1e12L, 1e13L, 1e14L, 1e15L, 1e16L, 1e17L, 1e18L, 1e19L,
        1e20L, 1e21L, 1e22L, 1e23L, 1e24L, 1e25L, 1e26L, 1e27L};
    enum { LAST = sizeof powers / sizeof *powers - 1 };
    for (; n > LAST; n -= LAST)
        x *= powers[LAST];
    for (; n < -LAST; n += LAST)
        x /= powers[LAST];
    return n < 0 ? x / powers[-n] : x * powers[n];
}

/* x = digits 10^(exponent - 16), the digits half a unit and a fiftieth off at most; 0.55
 * units would be too much, for x just above a power of ten and just below one of two. */
static uint64_t take_apart(double x, int *exponent)
{
    const long double low = 1e16L;
    const long double high = 1e17L;
    *exponent = (int)floor(log10(x));
    long double scaled = times_power(x, DIGITS - 1 - *exponent);
    if (scaled >= high)
        scaled = times_power(x, DIGITS - 1 - ++*exponent);
    else if (scaled < low)
        scaled = times_power(x, DIGITS - 1 - --*exponent);
    uint64_t digits = (uint64_t)(scaled + 0.5L);
    if (digits == (uint64_t)high) { /* all of them nines and a half */
        digits = (uint64_t)low;
        ++*exponent;
    }
    return digits;
}

/* "1.2345678901234567e-5", from which the very number comes back, without zeros at its
 * end. @return behind it */
static char *write_number(char *at, double x)
{
    if (LDBL_MANT_DIG < 64 || !(x >= 1e-30 && x <= 1e30))
        return at + sprintf(at, "%.17g", x);
    int exponent = 0;
    uint64_t left = take_apart(x, &exponent);
    char digits[DIGITS];
    for (int k = DIGITS; k-- > 0; left /= 10)
        digits[k] = (char)('0' + left % 10);
    size_t n = DIGITS;
    while (n > 1 && digits[n - 1] == '0')
        n--;
    *at++ = digits[0];
    if (n > 1)
        *at++ = '.';
    memcpy(at, digits + 1, n - 1);
    at += n - 1;
    *at++ = 'e';
    if (exponent < 0)
        *at++ = '-';
    exponent = exponent < 0 ? -exponent : exponent;
    if (exponent >= 10)
        *at++ = (char)('0' + exponent / 10);
    *at++ = (char)('0' + exponent % 10);
    *at = '\0';
    return at;
}

static char *write_text(char *at, const char *text)
{
    const size_t length = strlen(text);
    memcpy(at, text, length + 1);
    return at + length;
}

static char *write_index(char *at, size_t k)
{
    char digits[24];
    size_t n = 0;
    do
        digits[n++] = (char)('0' + k % 10);
    while ((k /= 10) > 0);
    while (n > 0)
        *at++ = digits[--n];
    return at;
}

double xbar_netlist_multiplier(const xbar_cell *cell)
{
    static const char wanted[] = " m={g*";
    const char *text = cell->device->subcircuit;
    const char *source = text ? strstr(text, "\nBcell ") : NULL;
    const char *m = source ? strstr(source, wanted) : NULL;
    if (!m || memchr(source + 1, '\n', (size_t)(m - source - 1)))
        return 1.0;
    m += sizeof wanted - 1;
    for (size_t p = 0; p < cell->device->n_parameters; p++) {
        const char *name = cell->device->parameters[p].name;
        if (strncmp(m, name, strlen(name)) == 0 && m[strlen(name)] == '}')
            return cell->parameters[p];
    }
    return 1.0;
}

/* "@xc3_7[m]=1" is a word less than "xc3_7 m=1": what ngspice does to a word is a
 * tenth of what a command costs. */
const char *xbar_netlist_alter(char command[XBAR_COMMAND_SIZE], const xbar_cell *cell,
                               double multiplier, size_t i, size_t j, double state)
{
    const bool ohmic = !cell->device->subcircuit;
    char *at = write_text(command, ohmic ? "alter rc" : "alter @b.xc");
    at = write_index(at, i);
    *at++ = '_';
    at = write_index(at, j);
    at = write_text(at, ohmic ? "=" : ".bcell[m]=");
    write_number(at, ohmic ? 1.0 / state : multiplier * state);
    return command;
}
