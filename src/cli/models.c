/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "cli/cli.h"
#include "core/number.h"
#include "device/device.h"

enum { WIDTH = 96 };

/* A text broken at blanks, each further line indented. `column` is where it begins. */
static void print_wrapped(const char *text, int indent, int column)
{
    const char *blank = "";
    while (*text != '\0') {
        int length = (int)strcspn(text, " ");
        if (*blank != '\0' && column + 1 + length > WIDTH) {
            column = printf("\n%*s", indent, "") - 1;
            blank = "";
        }
        column += printf("%s%.*s", blank, length, text);
        blank = " ";
        text += length;
        text += strspn(text, " ");
    }
    putchar('\n');
}

static void print_states(const xbar_device *d, char *text, size_t size)
{
    snprintf(text, size, "%s", d->n_states > 0 ? d->states[0].name : "-");
    for (size_t s = 1; s < d->n_states; s++) {
        size_t used = strlen(text);
        snprintf(text + used, size - used, ", %s", d->states[s].name);
    }
}

static void print_list(void)
{
    const xbar_device *d = NULL;
    int column = printf("%-14s %-9s %-9s ", "name", "kind", "states");
    puts("what");
    for (size_t k = 0; (d = xbar_device_at(k)) != NULL; k++) {
        char states[64];
        print_states(d, states, sizeof states);
        printf("%-14s %-9s %-9s ", d->name, xbar_kind_name[d->kind], states);
        print_wrapped(d->what, column, column);
    }
}

/* Where the value of a parameter comes from: the set, else the default set. */
static const char *source_of(const xbar_device *d, const xbar_parameter_set *set,
                             const char *name)
{
    const xbar_parameter_set *sets[] = {set, &d->sets[0]};
    for (int k = 0; k < 2; k++)
        for (size_t n = 0; n < sets[k]->n_values; n++)
            if (strcmp(sets[k]->values[n].name, name) == 0)
                return sets[k]->values[n].source;
    return "";
}

/* The sources that have come up, each once: their numbers stand in the table. */
typedef struct footnotes {
    const char *texts[XBAR_MAX_PARAMETERS];
    size_t n;
} footnotes;

static size_t footnote(footnotes *f, const char *text)
{
    size_t k = 0;
    while (k < f->n && strcmp(f->texts[k], text) != 0)
        k++;
    if (k == f->n)
        f->texts[f->n++] = text;
    return k + 1;
}

static void print_parameters(const xbar_device *d, const xbar_parameter_set *set)
{
    double p[XBAR_MAX_PARAMETERS];
    footnotes notes = {.n = 0};
    xbar_device_parameters(p, d, set);
    printf("\nparameters of set %s\n  %-10s %-12s %-10s %-18s %-6s what\n", set->name,
           "name", "value", "unit", "allowed", "source");
    for (size_t k = 0; k < d->n_parameters; k++) {
        const xbar_parameter *q = &d->parameters[k];
        char value[XBAR_NUMBER_SIZE];
        char allowed[64];
        char note[16];
        snprintf(allowed, sizeof allowed,
                 q->number == XBAR_NUMBER_SIGN ? "%g or %g" : "%g to %g", q->min,
                 q->max);
        snprintf(note, sizeof note, "[%zu]",
                 footnote(&notes, source_of(d, set, q->name)));
        int column = printf("  %-10s %-12s %-10s %-18s %-6s ", q->name,
                            xbar_number_format(value, p[k]), q->unit, allowed, note);
        print_wrapped(q->what, column, column);
    }
    puts("\nsources");
    for (size_t k = 0; k < notes.n; k++) {
        char number[32];
        snprintf(number, sizeof number, "[%zu]", k + 1);
        printf("  %-6s ", number);
        print_wrapped(notes.texts[k], 9, 9);
    }
}

/* What a cell can hold: an experiment's conductances must lie within. */
static void print_conductances(const xbar_device *d, const xbar_parameter_set *set)
{
    double p[XBAR_MAX_PARAMETERS];
    double min = 0.0;
    double max = 0.0;
    if (d->kind != XBAR_KIND_CELL || !d->ranges)
        return;
    xbar_device_parameters(p, d, set);
    xbar_device_conductances(&min, &max, d, 0.0, p);
    printf("\nconductance\n  %g to %g S at small voltages, set %s\n", min, max,
           set->name);
}

static void print_device(const xbar_device *d, const xbar_parameter_set *set)
{
    int column = printf("%s, %s:", d->name, xbar_kind_name[d->kind]);
    putchar(' ');
    print_wrapped(d->what, 2, column + 1);
    printf("  ");
    print_wrapped(d->source, 2, 2);
    if (d->n_states > 0)
        puts("\nstates");
    for (size_t s = 0; s < d->n_states; s++) {
        printf("  %-10s ", d->states[s].name);
        print_wrapped(d->states[s].what, 13, 13);
    }
    print_conductances(d, set);
    if (d->n_parameters > 0)
        print_parameters(d, set);
    puts("\nsets");
    for (const xbar_parameter_set *s = d->sets; s->name; s++) {
        printf("  %-10s ", s->name);
        print_wrapped(s->about, 13, 13);
    }
}

static int no_such_model(const char *name)
{
    char known[512] = "";
    const xbar_device *d = NULL;
    for (size_t k = 0; (d = xbar_device_at(k)) != NULL; k++) {
        size_t used = strlen(known);
        snprintf(known + used, sizeof known - used, "%s%s", k > 0 ? ", " : "", d->name);
    }
    xbar_error err;
    xbar_fail(&err, XBAR_ERR_INPUT, "no model %.60s: want %s", name, known);
    return xbar_report_error(&err);
}

static int no_such_set(const xbar_device *d, const char *name)
{
    char known[256] = "";
    for (const xbar_parameter_set *s = d->sets; s->name; s++) {
        size_t used = strlen(known);
        snprintf(known + used, sizeof known - used, "%s%s", used > 0 ? ", " : "",
                 s->name);
    }
    xbar_error err;
    xbar_fail(&err, XBAR_ERR_INPUT, "model %s has no set %.60s: want %s", d->name, name,
              known);
    return xbar_report_error(&err);
}

static int models(const xbar_arguments *a)
{
    if (!a->operand) {
        print_list();
        return xbar_finish_stdout(0);
    }
    char name[64];
    const char *slash = strchr(a->operand, '/');
    const char *set_name = slash ? slash + 1 : "default";
    size_t length = slash ? (size_t)(slash - a->operand) : strlen(a->operand);
    snprintf(name, sizeof name, "%.*s", (int)(length < 60 ? length : 60), a->operand);
    const xbar_device *device = xbar_device_find(name);
    if (!device)
        return no_such_model(name);
    const xbar_parameter_set *set = xbar_device_set(device, set_name);
    if (!set)
        return no_such_set(device, set_name);
    print_device(device, set);
    return xbar_finish_stdout(0);
}

const xbar_command xbar_command_models = {
    .name = "models",
    .usage = "[MODEL[/SET]]",
    .what = "list the device models, or explain one",
    .help =
        "Without MODEL, all of them: name, kind, states, law. With it, the model's\n"
        "states, and each parameter with its value, unit, what is allowed and where\n"
        "the value comes from: those of the set \"default\", or of SET. An experiment\n"
        "takes a model as crossbar.cell.device and a set as "
        "crossbar.cell.parameters.\n",
    .options = "",
    .operand_optional = true,
    .run = models,
};
