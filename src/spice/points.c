/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A raw file: lines of text, among them "Flags: real", "No. Variables: 3" and, after
 * "Variables:", one line each, "TAB number TAB v(node) TAB voltage", then "Binary:" and the
 * points, each the sweep's value and all others as doubles, or, where the flags say
 * "complex", all of them as two doubles, of which the second is the imaginary part. Later
 * points are appended, so the file is emptied before each. */
#include "spice/points.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

void xbar_points_forget(xbar_points *p)
{
    for (size_t k = 0; k < p->n_vectors; k++)
        free(p->names[k]);
    free(p->names);
    free(p->values);
    p->names = NULL;
    p->values = NULL;
    p->n_vectors = 0;
}

xbar_status xbar_points_expect(xbar_points *p, xbar_error *err)
{
    return xbar_scratch_empty(&p->raw, err);
}

static xbar_status no_point(xbar_error *err)
{
    return xbar_fail(err, XBAR_ERR_ENGINE, "ngspice wrote no point");
}

/* All of a file as a text; yours. */
static xbar_status slurp(const xbar_scratch *f, char **text, size_t *size,
                         xbar_error *err)
{
    void *memory = NULL;
    *text = NULL;
    *size = xbar_scratch_size(f);
    XBAR_TRY(xbar_array_new(&memory, *size + 1, 1, "ngspice's output", err));
    xbar_status status = xbar_scratch_read(f, memory, *size, 0, err);
    if (status == XBAR_OK)
        *text = memory;
    else
        free(memory);
    return status;
}

/* "v(w3_7)" is node w3_7; "i(vleft0)" and "vleft0#branch" are the same current. */
static xbar_status copy_name(char **out, char *name, xbar_error *err)
{
    size_t length = strlen(name);
    bool wrapped = length > 3 && name[1] == '(' && name[length - 1] == ')';
    if (!wrapped)
        return xbar_text_copy(out, name, err);
    name[length - 1] = '\0';
    if (name[0] != 'i')
        return xbar_text_copy(out, name + 2, err);
    static const char branch[] = "#branch";
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, length + sizeof branch, 1, "a name", err));
    *out = memory;
    memcpy(*out, name + 2, length - 3);
    memcpy(*out + length - 3, branch, sizeof branch);
    return XBAR_OK;
}

/* The lines behind "Variables:". */
static xbar_status learn_names(xbar_points *p, char *at, size_t n, xbar_error *err)
{
    void *names = NULL;
    XBAR_TRY(xbar_array_new(&names, n, sizeof *p->names, "vectors", err));
    p->names = names;
    XBAR_TRY(xbar_doubles_new(&p->values, n * p->n_parts, "vectors", err));
    for (; p->n_vectors < n; p->n_vectors++) {
        char *number = at ? strchr(at, '\t') : NULL;
        char *name = number ? strchr(number + 1, '\t') : NULL;
        char *behind = name ? strchr(name + 1, '\t') : NULL;
        if (!behind)
            return no_point(err);
        *behind = '\0';
        XBAR_TRY(copy_name(&p->names[p->n_vectors], name + 1, err));
        at = strchr(behind + 1, '\n');
    }
    return XBAR_OK;
}

/* Of numbers that have an imaginary part, the real one. */
static void take_real_parts(xbar_points *p)
{
    for (size_t k = 0; p->n_parts > 1 && k < p->n_vectors; k++)
        p->values[k] = p->values[k * p->n_parts];
}

xbar_status xbar_points_first(xbar_points *p, xbar_error *err)
{
    static const char complex[] = "\nFlags: complex";
    static const char count[] = "\nNo. Variables:";
    static const char list[] = "\nVariables:";
    static const char points[] = "\nBinary:\n";
    char *text = NULL;
    size_t size = 0;
    xbar_points_forget(p);
    XBAR_TRY(slurp(&p->raw, &text, &size, err));
    char *n_text = strstr(text, count);
    char *names = strstr(text, list);
    char *binary = strstr(text, points);
    size_t n = n_text ? strtoul(n_text + sizeof count - 1, NULL, 10) : 0;
    size_t offset = binary ? (size_t)(binary - text) + sizeof points - 1 : size;
    p->n_parts = strstr(text, complex) ? 2 : 1;
    xbar_status status = XBAR_OK;
    if (n == 0 || !names || (size - offset) / sizeof(double) / p->n_parts != n)
        status = no_point(err);
    else
        status = learn_names(p, names + sizeof list - 1, n, err);
    if (status == XBAR_OK) {
        memcpy(p->values, text + offset, n * p->n_parts * sizeof(double));
        take_real_parts(p);
    } else {
        xbar_points_forget(p);
    }
    free(text);
    return status;
}

xbar_status xbar_points_next(xbar_points *p, xbar_error *err)
{
    const size_t size = p->n_vectors * p->n_parts * sizeof(double);
    if (size == 0 || xbar_scratch_size(&p->raw) != size)
        return no_point(err);
    XBAR_TRY(xbar_scratch_read(&p->raw, p->values, size, 0, err));
    take_real_parts(p);
    return XBAR_OK;
}

/* A number as printf's %g writes it. Up to 15 digits and a power of ten up to 22 are both
 * exact doubles, so that their product or quotient is rounded once, as by strtod, which
 * takes nearly five times as long.
 * @return behind it; text: there is none */
static const char *read_number(double *value, const char *text)
{
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    enum { MOST_DIGITS = 15, MOST_POWER = sizeof powers / sizeof *powers - 1 };
    const char *at = text + (*text == '-');
    unsigned long long digits = 0;
    int n_digits = 0; /* without zeros in front */
    int power = 0;
    bool after_point = false;
    bool is_number = false;
    for (; (*at >= '0' && *at <= '9') || (*at == '.' && !after_point); at++) {
        if (*at == '.') {
            after_point = true;
            continue;
        }
        if (n_digits <= MOST_DIGITS)
            digits = 10 * digits + (unsigned long long)(*at - '0');
        is_number = true;
        n_digits += digits > 0;
        power -= after_point;
    }
    if (*at == 'e') {
        const bool down = at[1] == '-';
        int exponent = 0;
        for (at += 1 + (at[1] == '-' || at[1] == '+');
             *at >= '0' && *at <= '9' && exponent < 1000; at++)
            exponent = 10 * exponent + (*at - '0');
        is_number = is_number && at[-1] >= '0' && at[-1] <= '9';
        power += down ? -exponent : exponent;
    }
    if (*at != '\n' || !is_number || n_digits > MOST_DIGITS || power > MOST_POWER ||
        power < -MOST_POWER) {
        char *behind = NULL;
        *value = strtod(text, &behind);
        return behind;
    }
    *value =
        power < 0 ? (double)digits / powers[-power] : (double)digits * powers[power];
    if (*text == '-')
        *value = -*value;
    return at;
}

/* The right-hand side has no entry for the sweep, which comes first. */
static xbar_status read_numbers(double *newest, size_t n, const char *text,
                                xbar_error *err)
{
    for (size_t k = 0; k < n; k++) {
        const char *behind = read_number(&newest[k], text);
        if (behind == text || *behind != '\n' || !isfinite(newest[k]))
            return xbar_fail(err, XBAR_ERR_ENGINE, "ngspice's solution cannot be read");
        text = behind + 1;
    }
    if (*text != '\0')
        return xbar_fail(err, XBAR_ERR_ENGINE, "ngspice's solution has more values");
    return XBAR_OK;
}

xbar_status xbar_points_newest(xbar_points *p, xbar_error *err)
{
    char *text = NULL;
    double *newest = NULL;
    size_t size = 0;
    if (p->n_vectors < 2 || p->n_parts != 1)
        return no_point(err);
    const size_t n = p->n_vectors - 1;
    XBAR_TRY(slurp(&p->side, &text, &size, err));
    xbar_status status = xbar_doubles_new(&newest, n, "vectors", err);
    if (status == XBAR_OK)
        status = read_numbers(newest, n, text, err);
    if (status == XBAR_OK)
        memcpy(p->values + 1, newest, n * sizeof(double));
    free(newest);
    free(text);
    return status;
}
