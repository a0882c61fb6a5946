/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "experiment/material.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "experiment/digest.h"
#include "experiment/keys.h"

_Static_assert((int)XBAR_MATERIAL_SHA256_SIZE == (int)XBAR_SHA256_SIZE, "one digest");

static const size_t max_result_bytes = (size_t)1 << 40;
static const size_t max_text_bytes = (size_t)256 << 20;

/* ---- the overrides of a command line -------------------------------------------------- */

enum { MAX_OVERRIDES = 1024, N_OWN = 3 };

/* One word of a command line as the program quotes it (cli/arguments.c), from `at`,
 * unquoted to `to`; both go on. */
static void take_word(const char **at, char **to)
{
    const char *from = *at;
    char *out = *to;
    bool is_quoted = false;
    for (; *from != '\0' && (is_quoted || *from != ' '); from++) {
        if (*from == '\'')
            is_quoted = !is_quoted;
        else if (!is_quoted && *from == '\\' && from[1] != '\0')
            *out++ = *++from;
        else
            *out++ = *from;
    }
    *out++ = '\0';
    *at = from + strspn(from, " ");
    *to = out;
}

/* "--set", "--se", "--s": getopt takes any beginning that is meant by one option alone. */
static bool is_set(const char *word, size_t length)
{
    return length >= 3 && length <= 5 && strncmp(word, "--set", length) == 0;
}

/* The values of --set, in order.
 * @param[out] words  to be freed: where their texts lie */
static xbar_status find_overrides(const char **overrides, size_t *n, char **words,
                                  const char *command_line, xbar_error *err)
{
    XBAR_TRY(xbar_text_copy(words, command_line, err));
    char *to = *words;
    *n = 0;
    bool is_next = false;
    for (const char *at = command_line; *at != '\0';) {
        const char *word = to;
        take_word(&at, &to);
        size_t length = strcspn(word, "=");
        const char *value = is_next ? word : NULL;
        if (!is_next && word[length] == '=' && is_set(word, length))
            value = word + length + 1;
        is_next = !is_next && is_set(word, strlen(word));
        if (!value)
            continue;
        if (*n == MAX_OVERRIDES)
            return xbar_fail(err, XBAR_ERR_INPUT, "more than %d overrides",
                             MAX_OVERRIDES);
        overrides[(*n)++] = value;
    }
    return XBAR_OK;
}

/* ---- the plan ------------------------------------------------------------------------- */

static const char *provenance(const xbar_store_header *h, const char *name)
{
    for (size_t k = 0; k < h->n_provenance; k++)
        if (strcmp(h->provenance[k].name, name) == 0)
            return h->provenance[k].text;
    return NULL;
}

/* Constants where numbers were drawn or read. A key that the experiment does not have is
 * not given one. */
static xbar_status replace_sources(char own[N_OWN][96], const char **overrides,
                                   size_t *n, const char *path, const char *text,
                                   const xbar_store_header *h, xbar_error *err)
{
    xbar_tree *t = NULL;
    xbar_status status = xbar_tree_new(&t, path, text, strlen(text), err);
    for (size_t k = 0; k < *n && status == XBAR_OK; k++)
        status = xbar_tree_set(t, overrides[k], err);
    if (status == XBAR_OK) {
        snprintf(own[0], sizeof own[0],
                 "conductance={distribution: constant, value: 0, samples: %zu}",
                 h->n_samples);
        snprintf(own[1], sizeof own[1],
                 "inputs={distribution: constant, value: 0, count: %zu}", h->n_inputs);
        snprintf(own[2], sizeof own[2], "analytical={}");
        overrides[(*n)++] = own[0];
        if (xbar_value_get(xbar_tree_root(t), "inputs", 6))
            overrides[(*n)++] = own[1];
        if (xbar_value_get(xbar_tree_root(t), "analytical", 10))
            overrides[(*n)++] = own[2];
    }
    xbar_tree_free(t);
    return status;
}

xbar_status xbar_material_plan(xbar_plan **out, const char *path,
                               const xbar_store_header *h, xbar_error *err)
{
    *out = NULL;
    const char *text = provenance(h, "experiment");
    const char *command_line = provenance(h, "command_line");
    if (!text || !command_line)
        return xbar_fail(err, XBAR_ERR_INPUT,
                         "%s: no experiment in its provenance: want a file that xbar "
                         "run has written",
                         path);
    const char *overrides[MAX_OVERRIDES + N_OWN];
    char own[N_OWN][96];
    char *words = NULL;
    xbar_plan_options options = {.overrides = overrides, .engines = "nodal"};
    options.text = text;
    xbar_error why;
    size_t n = 0;
    xbar_status status = find_overrides(overrides, &n, &words, command_line, &why);
    if (status == XBAR_OK)
        status = replace_sources(own, overrides, &n, path, text, h, &why);
    options.n_overrides = n;
    if (status == XBAR_OK)
        status = xbar_plan_read(out, path, &options, &why);
    free(words);
    if (status != XBAR_OK)
        return xbar_fail(err, status, "the experiment in %s", why.text);
    const xbar_plan *p = *out;
    if (p->write || p->logic || p->retention) {
        xbar_plan_free(*out);
        *out = NULL;
        return xbar_fail(err, XBAR_ERR_INPUT,
                         "%s: not a run at rest: want results of analysis.kind dc or "
                         "effective",
                         path);
    }
    if (p->crossbar->n_rows == h->n_rows && p->crossbar->n_cols == h->n_cols &&
        p->n_samples == h->n_samples && p->n_inputs == h->n_inputs)
        return XBAR_OK;
    xbar_plan_free(*out);
    *out = NULL;
    return xbar_fail(err, XBAR_ERR_INPUT,
                     "%s: its experiment is of another size than its numbers", path);
}

/* ---- bytes ---------------------------------------------------------------------------- */

xbar_status xbar_material_digest(char sha256[XBAR_MATERIAL_SHA256_SIZE],
                                 const char *path, xbar_error *err)
{
    xbar_error why;
    xbar_status status = xbar_file_digest(sha256, path, max_result_bytes, &why);
    return status == XBAR_OK ? XBAR_OK
                             : xbar_fail(err, status, "%s: %s", path, why.text);
}

xbar_status xbar_material_text(char **text, size_t *length,
                               char sha256[XBAR_MATERIAL_SHA256_SIZE], const char *path,
                               xbar_error *err)
{
    xbar_error why;
    xbar_status status =
        xbar_file_read(text, length, sha256, path, max_text_bytes, &why);
    return status == XBAR_OK ? XBAR_OK
                             : xbar_fail(err, status, "%s: %s", path, why.text);
}
