/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every device of the library promises: its table, its sets, its subcircuits, its
 * README. */
#include "device_check.h"

#include <ctype.h>

#include "core/number.h"

static void test_names(void **unused)
{
    (void)unused;
    const xbar_device *d = NULL;
    xbar_kind last = XBAR_KIND_CELL;
    for (size_t k = 0; (d = xbar_device_at(k)) != NULL; k++) {
        assert_ptr_equal(xbar_device_find(d->name), d);
        assert_true(d->kind >= last); /* cells, then selectors, then access */
        last = d->kind;
        assert_true(strlen(d->what) > 0 && strlen(d->what) < 80);
        assert_non_null(d->source);
    }
    assert_null(xbar_device_find("no such device"));
    assert_null(xbar_device_find(""));
    assert_null(xbar_device_at(1000));
}

/* The functions that a kind needs are there, and the others are not. */
static void test_functions(void **unused)
{
    (void)unused;
    const xbar_device *d = NULL;
    for (size_t k = 0; (d = xbar_device_at(k)) != NULL; k++) {
        const bool moves = d->n_states > 0;
        assert_true((d->kind == XBAR_KIND_ACCESS) == (d->channel != NULL));
        assert_true((d->kind == XBAR_KIND_ACCESS) == (d->current == NULL));
        assert_true((d->kind == XBAR_KIND_CELL) == (d->state != NULL));
        assert_true(moves == (d->states != NULL) && moves == (d->respond != NULL));
        assert_true(!moves || d->ranges);
        assert_true((d->n_events > 0) == (d->events != NULL));
        assert_true(d->n_states <= 2 && d->n_events <= XBAR_MAX_EVENTS);
    }
}

static void test_parameters(void **unused)
{
    (void)unused;
    const xbar_device *d = NULL;
    for (size_t k = 0; (d = xbar_device_at(k)) != NULL; k++) {
        assert_true(d->n_parameters <= XBAR_MAX_PARAMETERS);
        for (size_t n = 0; n < d->n_parameters; n++) {
            const xbar_parameter *q = &d->parameters[n];
            assert_non_null(q->name);
            for (const char *c = q->name; *c != '\0'; c++)
                assert_true(islower((unsigned char)*c) || isdigit((unsigned char)*c) ||
                            *c == '_'); /* ngspice knows no capitals */
            assert_true(q->unit && q->what && q->min < q->max);
            assert_false(xbar_parameter_allows(q, NAN));
            for (size_t m = 0; m < n; m++)
                assert_string_not_equal(d->parameters[m].name, q->name);
        }
    }
}

static void test_allows(void **unused)
{
    (void)unused;
    static const struct {
        const char *name;
        xbar_parameter q;
        double value;
        bool allowed;
    } cases[] = {
        {"inside", {.min = 1, .max = 2}, 1.5, true},
        {"lower bound", {.min = 1, .max = 2}, 1, true},
        {"upper bound", {.min = 1, .max = 2}, 2, true},
        {"below", {.min = 1, .max = 2}, 0.999, false},
        {"above", {.min = 1, .max = 2}, 2.001, false},
        {"whole", {.min = 0, .max = 3, .number = XBAR_NUMBER_WHOLE}, 2, true},
        {"not whole", {.min = 0, .max = 3, .number = XBAR_NUMBER_WHOLE}, 2.5, false},
        {"plus", {.min = -1, .max = 1, .number = XBAR_NUMBER_SIGN}, 1, true},
        {"minus", {.min = -1, .max = 1, .number = XBAR_NUMBER_SIGN}, -1, true},
        {"no sign", {.min = -1, .max = 1, .number = XBAR_NUMBER_SIGN}, 0, false},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
        if (xbar_parameter_allows(&cases[k].q, cases[k].value) != cases[k].allowed)
            fail_msg("%s", cases[k].name);
}

/* Each set gives known parameters, once each, in their unit, allowed, with a source;
 * "default" stands first and gives all. */
static void test_sets(void **unused)
{
    (void)unused;
    device_case c = {0};
    while (device_case_next(&c)) {
        const xbar_device *d = c.device;
        assert_string_equal(d->sets[0].name, "default");
        assert_ptr_equal(xbar_device_set(d, c.set->name), c.set);
        assert_null(xbar_device_set(d, "no such set"));
        assert_true(strlen(c.set->about) > 0);
        if (c.s == 0)
            assert_int_equal(c.set->n_values, d->n_parameters);
        for (size_t n = 0; n < c.set->n_values; n++) {
            const struct xbar_set_value *value = &c.set->values[n];
            const xbar_parameter *q = NULL;
            for (size_t k = 0; k < d->n_parameters; k++)
                if (strcmp(d->parameters[k].name, value->name) == 0)
                    q = &d->parameters[k];
            if (!q)
                fail_msg("%s: no parameter %s", c.name, value->name);
            if (strcmp(q->unit, value->unit) != 0)
                fail_msg("%s: %s in %s", c.name, value->name, value->unit);
            if (!xbar_parameter_allows(q, value->value))
                fail_msg("%s: %s = %g", c.name, value->name, value->value);
            assert_true(strlen(value->source) > 0);
        }
        assert_int_equal(xbar_device_check(d, c.p, NULL), XBAR_OK);
    }
}

/* Parameters that do not go together. */
static void test_check(void **unused)
{
    (void)unused;
    static const struct {
        const char *device, *name;
        double value;
        const char *want;
    } cases[] = {
        {"vteam", "w_off", 0.5e-9, NULL},
        {"vteam", "w_off", NAN, "w_off = nan: want 1e-12 to 1e-06 (m)"},
        {"vteam", "v_on", 0.2, "v_on = 0.2: want -1000 to -1e-06 (V)"},
        {"vteam", "w_on", 3e-9, "w_off = 3e-09: want more than w_on (3e-09)"},
        {"vteam", "pol", 0.0, "pol = 0: want -1 or 1"},
        {"stanford", "g_start", 1.7e-9, NULL},
        {"stanford", "g_start", 1.8e-9,
         "g_max = 1.7e-09: want at least g_start (1.8e-09)"},
        {"pcm", "t_m", 500, "t_m = 500: want more than t_x (600)"},
        {"jart", "l_d", 3e-9, "l_c = 3e-09: want more than l_d (3e-09)"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        device_case c = device_case_of(cases[k].device, "default");
        xbar_error err = {0};
        *device_parameter(&c, cases[k].name) = cases[k].value;
        xbar_status status = xbar_device_check(c.device, c.p, &err);
        if (cases[k].want) {
            assert_int_equal(status, XBAR_ERR_INPUT);
            assert_string_equal(err.text, cases[k].want);
        } else {
            assert_int_equal(status, XBAR_OK);
        }
    }
}

static void test_ranges(void **unused)
{
    (void)unused;
    device_case c = {0};
    while (device_case_next(&c)) {
        if (!c.device->ranges)
            continue;
        xbar_state_range r[XBAR_MAX_STATES];
        c.device->ranges(r, c.p);
        for (size_t s = 0; s == 0 || s < c.device->n_states; s++) {
            assert_true(r[s].lower < r[s].upper && r[s].scale > 0.0);
            assert_true(r[s].lower <= r[s].initial && r[s].initial <= r[s].upper);
            if (c.device->n_states == 0)
                continue;
            assert_non_null(c.device->states[s].name);
            assert_non_null(c.device->states[s].what);
        }
    }
}

/* The value behind " NAME=" in a line, up to the next blank. */
static bool default_of(double *value, const char *line, const char *name)
{
    char key[64];
    snprintf(key, sizeof key, " %s=", name);
    const char *found = strstr(line, key);
    const char *end = strchr(line, '\n');
    if (!found || found > end)
        return false;
    found += strlen(key);
    return xbar_number_parse(value, found, strcspn(found, " \n"));
}

static void check_head(const xbar_device *d, const char *head)
{
    const char *line = strstr(d->subcircuit, head);
    if (!line)
        fail_msg("%s: no%s", d->name, head);
    double p[XBAR_MAX_PARAMETERS];
    xbar_device_parameters(p, d, &d->sets[0]);
    for (size_t k = 0; k < d->n_parameters; k++) {
        double value = NAN;
        if (!default_of(&value, line + 1, d->parameters[k].name) || value != p[k])
            fail_msg("%s: %s = %g, want %g", d->name, d->parameters[k].name, value,
                     p[k]);
    }
}

/* The subcircuits have all parameters, with the default set's values. */
static void test_subcircuits(void **unused)
{
    (void)unused;
    const xbar_device *d = NULL;
    for (size_t k = 0; (d = xbar_device_at(k)) != NULL; k++) {
        char head[128];
        if (!d->subcircuit)
            continue;
        if (d->kind == XBAR_KIND_ACCESS) {
            snprintf(head, sizeof head, "\n.subckt %s d g s b ", d->name);
            check_head(d, head);
            continue;
        }
        snprintf(head, sizeof head, "\n.subckt %s p n g=", d->name);
        check_head(d, head);
        if (d->n_states == 0)
            continue;
        int used = snprintf(head, sizeof head, "\n.subckt %s_dynamic p n ", d->name);
        for (size_t s = 0; s < d->n_states; s++)
            used += snprintf(head + used, sizeof head - (size_t)used, "%s ",
                             d->states[s].name);
        check_head(d, head);
    }
}

/* The README names every parameter and has the sections a reader looks for. */
static void test_readme(void **unused)
{
    (void)unused;
    static char text[65536];
    const xbar_device *d = NULL;
    for (size_t k = 0; (d = xbar_device_at(k)) != NULL; k++) {
        char path[256];
        snprintf(path, sizeof path, "models/%s/README.md", d->name);
        FILE *in = fopen(path, "r");
        assert_non_null(in);
        text[fread(text, 1, sizeof text - 1, in)] = '\0';
        fclose(in);
        char title[64];
        snprintf(title, sizeof title, "# %s\n", d->name);
        assert_true(strncmp(text, title, strlen(title)) == 0);
        for (size_t n = 0; n < d->n_parameters; n++) {
            char quoted[64];
            const char *name = d->parameters[n].name;
            snprintf(quoted, sizeof quoted, "| %s |", name);
            if (!strstr(text, quoted))
                fail_msg("%s: no row for %s", path, name);
        }
        for (const xbar_parameter_set *s = d->sets; s->name && d->n_parameters; s++) {
            char file[96];
            snprintf(file, sizeof file, "%s.yaml", s->name);
            if (!strstr(text, file))
                fail_msg("%s: nothing of %s", path, file);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),      cmocka_unit_test(test_functions),
        cmocka_unit_test(test_parameters), cmocka_unit_test(test_allows),
        cmocka_unit_test(test_sets),       cmocka_unit_test(test_check),
        cmocka_unit_test(test_ranges),     cmocka_unit_test(test_subcircuits),
        cmocka_unit_test(test_readme),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
