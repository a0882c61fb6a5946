/* SPDX-License-Identifier: GPL-3.0-or-later */
/* YAML text -> tree, in two passes of libyaml over the same bytes.
 *
 * The first only scans tokens. It stops at the first thing that an experiment never
 * needs and that would make the second one slow or large: libyaml 0.2.5 takes time
 * quadratic in the nesting depth (a million '[' is minutes) and in the number of anchors
 * (100 000 are 20 s), copies a %TAG prefix into each node, and needs some 150 bytes a
 * node. The second builds the document, whose nodes are then copied, flat, into ours.
 */
#include "experiment/tree.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "core/memory.h"

enum { MAX_DEPTH = 64, MAX_ANCHORS = 100, MAX_TOKENS = 3000000 };

typedef struct block {
    struct block *next;
    max_align_t data[];
} block;

struct xbar_tree {
    block *blocks;
    const char *path; /* as messages show it */
    xbar_value *root;
    const char **overrides; /* [n_overrides] */
    size_t n_overrides;
};

void *xbar_tree_keep(xbar_tree *t, size_t n, size_t size, xbar_error *err)
{
    if (n > (PTRDIFF_MAX - sizeof(block)) / size) {
        xbar_fail(err, XBAR_ERR_MEMORY, "experiment: %zu x %zu bytes are too many", n,
                  size);
        return NULL;
    }
    block *b = calloc(1, sizeof *b + n * size);
    if (!b) {
        xbar_fail(err, XBAR_ERR_MEMORY, "experiment: no memory for %zu x %zu bytes", n,
                  size);
        return NULL;
    }
    b->next = t->blocks;
    t->blocks = b;
    return b->data;
}

size_t xbar_tree_origin(xbar_tree *t, const char *override, xbar_error *err)
{
    const char **all = xbar_tree_keep(t, t->n_overrides + 1, sizeof *all, err);
    if (!all)
        return 0;
    if (t->n_overrides > 0)
        memcpy(all, t->overrides, t->n_overrides * sizeof *all);
    all[t->n_overrides++] = override;
    t->overrides = all;
    return t->n_overrides;
}

xbar_value **xbar_tree_root_slot(xbar_tree *t)
{
    return &t->root;
}

const xbar_value *xbar_tree_root(const xbar_tree *t)
{
    return t->root;
}

/* "FILE:LINE" for the file, the override itself for an override. */
static xbar_status refuse(const char *place, size_t line, bool is_file, xbar_error *err,
                          const char *format, ...)
    __attribute__((format(printf, 5, 6)));

static xbar_status refuse(const char *place, size_t line, bool is_file, xbar_error *err,
                          const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (is_file)
        return xbar_fail(err, XBAR_ERR_INPUT, "%s:%zu: %s", place, line, text);
    return xbar_fail(err, XBAR_ERR_INPUT, "%s: %s", place, text);
}

static size_t line_of(const char *text, size_t offset)
{
    size_t line = 1;
    for (size_t k = 0; k < offset; k++)
        line += text[k] == '\n';
    return line;
}

/* Is the line indented by tabs, which YAML does not take? */
static bool has_tab(const char *text, size_t length, size_t line)
{
    const char *at = text;
    while (--line > 0 && at) {
        at = memchr(at, '\n', length - (size_t)(at - text));
        at = at ? at + 1 : NULL;
    }
    while (at && at < text + length && *at == ' ')
        at++;
    return at && at < text + length && *at == '\t';
}

/* What libyaml has to say, in one line. */
static xbar_status refuse_yaml(const yaml_parser_t *parser, const char *place,
                               bool is_file, const char *text, size_t length,
                               xbar_error *err)
{
    const char *problem = parser->problem ? parser->problem : "cannot be read";
    if (parser->error == YAML_MEMORY_ERROR)
        return xbar_fail(err, XBAR_ERR_MEMORY, "%s: no memory to read it", place);
    if (parser->error == YAML_READER_ERROR) {
        size_t offset =
            parser->problem_offset < length ? parser->problem_offset : length;
        return refuse(place, line_of(text, offset), is_file, err,
                      "not UTF-8 text: %s (byte %zu)", problem, offset + 1);
    }
    size_t line = parser->problem_mark.line + 1;
    if (is_file && has_tab(text, length, line))
        return refuse(place, line, is_file, err,
                      "not YAML: indented by a tab; want blanks");
    if (!parser->context)
        return refuse(place, line, is_file, err, "not YAML: %s", problem);
    if (!is_file)
        return refuse(place, line, is_file, err, "not YAML: %s, %s", parser->context,
                      problem);
    return refuse(place, line, is_file, err, "not YAML: %s, %s (from line %zu)",
                  parser->context, problem, parser->context_mark.line + 1);
}

typedef struct token_count {
    long depth;
    size_t anchors, tokens;
} token_count;

/* Counts a token. @return what is wrong with it, or NULL */
static const char *count_token(token_count *c, yaml_token_type_t type)
{
    c->tokens++;
    switch (type) {
    case YAML_VERSION_DIRECTIVE_TOKEN:
    case YAML_TAG_DIRECTIVE_TOKEN:
        return "a % directive; want none";
    case YAML_TAG_TOKEN:
        return "a ! tag; want plain YAML";
    case YAML_DOCUMENT_START_TOKEN:
        /* the first token is the stream's start */
        return c->tokens > 2 ? "a second document; want one" : NULL;
    case YAML_ANCHOR_TOKEN:
        c->anchors++;
        return c->anchors > MAX_ANCHORS ? "more than 100 anchors" : NULL;
    case YAML_BLOCK_SEQUENCE_START_TOKEN:
    case YAML_BLOCK_MAPPING_START_TOKEN:
    case YAML_FLOW_SEQUENCE_START_TOKEN:
    case YAML_FLOW_MAPPING_START_TOKEN:
        c->depth++;
        return c->depth > MAX_DEPTH ? "nested deeper than 64 levels" : NULL;
    case YAML_BLOCK_END_TOKEN:
    case YAML_FLOW_SEQUENCE_END_TOKEN:
    case YAML_FLOW_MAPPING_END_TOKEN:
        c->depth--;
        return NULL;
    default:
        return c->tokens > MAX_TOKENS ? "more than a million values" : NULL;
    }
}

static void start(yaml_parser_t *parser, const char *text, size_t length)
{
    yaml_parser_set_input_string(parser, (const unsigned char *)text, length);
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING);
}

static xbar_status scan(const char *place, bool is_file, const char *text,
                        size_t length, xbar_error *err)
{
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser))
        return xbar_fail(err, XBAR_ERR_MEMORY, "%s: no memory to read it", place);
    start(&parser, text, length);
    xbar_status status = XBAR_OK;
    token_count count = {0};
    for (bool is_over = false; status == XBAR_OK && !is_over;) {
        yaml_token_t token;
        if (!yaml_parser_scan(&parser, &token)) {
            status = refuse_yaml(&parser, place, is_file, text, length, err);
            break;
        }
        const char *wrong = count_token(&count, token.type);
        if (wrong)
            status =
                refuse(place, token.start_mark.line + 1, is_file, err, "%s", wrong);
        is_over = token.type == YAML_STREAM_END_TOKEN;
        yaml_token_delete(&token);
    }
    yaml_parser_delete(&parser);
    return status;
}

static void copy_items(xbar_value *node, xbar_value *nodes, const yaml_node_t *from,
                       xbar_value **items)
{
    node->items = items;
    if (from->type == YAML_SEQUENCE_NODE) {
        for (size_t k = 0; k < node->n; k++)
            items[k] = &nodes[from->data.sequence.items.start[k] - 1];
        return;
    }
    for (size_t k = 0; k < node->n; k++) {
        items[2 * k] = &nodes[from->data.mapping.pairs.start[k].key - 1];
        items[2 * k + 1] = &nodes[from->data.mapping.pairs.start[k].value - 1];
    }
}

/* Items a node needs: none for a scalar. */
static size_t measure(xbar_value *node, const yaml_node_t *from)
{
    switch (from->type) {
    case YAML_SEQUENCE_NODE:
        node->kind = XBAR_VALUE_LIST;
        node->n =
            (size_t)(from->data.sequence.items.top - from->data.sequence.items.start);
        return node->n;
    case YAML_MAPPING_NODE:
        node->kind = XBAR_VALUE_MAP;
        node->n =
            (size_t)(from->data.mapping.pairs.top - from->data.mapping.pairs.start);
        return 2 * node->n;
    default:
        node->kind = XBAR_VALUE_SCALAR;
        node->is_plain = from->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
        node->length = from->data.scalar.length;
        return 0;
    }
}

/* Copies a document's nodes; the first one is its root. */
static xbar_status copy_document(xbar_tree *t, xbar_value **root,
                                 const yaml_document_t *document, size_t origin,
                                 xbar_error *err)
{
    size_t n = (size_t)(document->nodes.top - document->nodes.start);
    xbar_value *nodes = xbar_tree_keep(t, n + 1, sizeof *nodes, err);
    if (!nodes)
        return XBAR_ERR_MEMORY;
    size_t n_items = 0;
    size_t n_bytes = 0;
    for (size_t k = 0; k < n; k++) {
        n_items += measure(&nodes[k], &document->nodes.start[k]);
        n_bytes += nodes[k].kind == XBAR_VALUE_SCALAR ? nodes[k].length + 1 : 0;
    }
    xbar_value **items = xbar_tree_keep(t, n_items, sizeof(xbar_value *), err);
    char *text = items ? xbar_tree_keep(t, n_bytes + 1, 1, err) : NULL;
    if (!text)
        return XBAR_ERR_MEMORY;

    for (size_t k = 0; k < n; k++) {
        const yaml_node_t *from = &document->nodes.start[k];
        nodes[k].line = from->start_mark.line + 1;
        nodes[k].origin = origin;
        if (nodes[k].kind == XBAR_VALUE_SCALAR) {
            nodes[k].text = text;
            memcpy(text, from->data.scalar.value, nodes[k].length);
            text += nodes[k].length + 1;
        } else {
            copy_items(&nodes[k], nodes, from, items);
            items += nodes[k].kind == XBAR_VALUE_MAP ? 2 * nodes[k].n : nodes[k].n;
        }
    }
    if (n == 0) /* no document at all: null */
        *nodes =
            (xbar_value){.is_plain = true, .line = 1, .origin = origin, .text = text};
    *root = nodes;
    return XBAR_OK;
}

xbar_status xbar_tree_graft(xbar_tree *t, xbar_value **root, const char *place,
                            const char *text, size_t length, size_t origin,
                            xbar_error *err)
{
    bool is_file = origin == 0;
    XBAR_TRY(scan(place, is_file, text, length, err));
    yaml_parser_t parser;
    yaml_document_t first;
    yaml_document_t second;
    if (!yaml_parser_initialize(&parser))
        return xbar_fail(err, XBAR_ERR_MEMORY, "%s: no memory to read it", place);
    start(&parser, text, length);

    xbar_status status = XBAR_OK;
    if (!yaml_parser_load(&parser, &first)) {
        status = refuse_yaml(&parser, place, is_file, text, length, err);
        goto done;
    }
    status = copy_document(t, root, &first, origin, err);
    bool has_root = yaml_document_get_root_node(&first) != NULL;
    yaml_document_delete(&first);
    if (status != XBAR_OK || !has_root)
        goto done;
    /* Text behind the end of the document: an error, or one more document. */
    if (!yaml_parser_load(&parser, &second)) {
        status = refuse_yaml(&parser, place, is_file, text, length, err);
        goto done;
    }
    const yaml_node_t *next = yaml_document_get_root_node(&second);
    if (next)
        status = refuse(place, next->start_mark.line + 1, is_file, err,
                        "a second document; want one");
    yaml_document_delete(&second);
done:
    yaml_parser_delete(&parser);
    return status;
}

/* What libyaml would take for another encoding, or for the end of the text. */
static xbar_status check_bytes(const char *place, const char *text, size_t length,
                               xbar_error *err)
{
    if (length >= 2 &&
        (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0))
        return refuse(place, 1, true, err, "UTF-16 text; want UTF-8");
    const char *nul = memchr(text, '\0', length);
    if (nul)
        return refuse(place, line_of(text, (size_t)(nul - text)), true, err,
                      "a NUL byte; want UTF-8 text");
    return XBAR_OK;
}

/* A file's name as messages show it: all of it, or its end. */
static const char *shown_path(xbar_tree *t, const char *path, xbar_error *err)
{
    const size_t most = 200;
    size_t length = strlen(path);
    char *shown = xbar_tree_keep(t, most + 4, 1, err);
    if (!shown)
        return NULL;
    bool is_long = length > most;
    snprintf(shown, most + 4, "%s%s", is_long ? "..." : "",
             path + (is_long ? length - most : 0));
    return shown;
}

xbar_status xbar_tree_new(xbar_tree **out, const char *path, const char *text,
                          size_t length, xbar_error *err)
{
    static const char mark[] = "\xef\xbb\xbf"; /* that some editors begin UTF-8 with */
    const size_t marked = sizeof mark - 1;
    *out = NULL;
    xbar_tree *t = NULL;
    void *memory = NULL;
    if (length >= marked && memcmp(text, mark, marked) == 0) {
        text += marked;
        length -= marked;
    }
    xbar_status status = xbar_array_new(&memory, 1, sizeof *t, "experiment", err);
    if (status != XBAR_OK)
        return status;
    t = memory;
    t->path = shown_path(t, path, err);
    status = t->path ? check_bytes(t->path, text, length, err) : XBAR_ERR_MEMORY;
    if (status != XBAR_OK)
        goto done;
    status = xbar_tree_graft(t, &t->root, t->path, text, length, 0, err);
    if (status != XBAR_OK)
        goto done;
    if (xbar_value_is_null(t->root))
        status = refuse(t->path, 1, true, err, "an empty file; want an experiment");
    else if (t->root->kind != XBAR_VALUE_MAP)
        status = refuse(t->path, t->root->line, true, err,
                        "not a map of keys and values; want an experiment");
    if (status != XBAR_OK)
        goto done;
    *out = t;
    t = NULL;
done:
    xbar_tree_free(t);
    return status;
}

void xbar_tree_free(xbar_tree *t)
{
    if (!t)
        return;
    while (t->blocks) {
        block *next = t->blocks->next;
        free(t->blocks);
        t->blocks = next;
    }
    free(t);
}

const xbar_value *xbar_value_get(const xbar_value *map, const char *name, size_t length)
{
    for (size_t k = 0; map->kind == XBAR_VALUE_MAP && k < map->n; k++) {
        const xbar_value *key = map->items[2 * k];
        if (key->kind == XBAR_VALUE_SCALAR && key->length == length &&
            memcmp(key->text, name, length) == 0)
            return map->items[2 * k + 1];
    }
    return NULL;
}

bool xbar_value_is(const xbar_value *node, const char *text)
{
    return node->kind == XBAR_VALUE_SCALAR && node->length == strlen(text) &&
           memcmp(node->text, text, node->length) == 0;
}

bool xbar_value_is_null(const xbar_value *node)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};
    if (node->kind != XBAR_VALUE_SCALAR || !node->is_plain)
        return false;
    for (size_t k = 0; k < sizeof nulls / sizeof *nulls; k++)
        if (xbar_value_is(node, nulls[k]))
            return true;
    return false;
}

size_t xbar_text_cut(const char *text, size_t length, size_t most)
{
    if (length <= most)
        return length;
    while (most > 0 && ((unsigned char)text[most] & 0xC0) == 0x80)
        most--;
    return most;
}

const char *xbar_value_quote(char quote[XBAR_QUOTE_SIZE], const xbar_value *node)
{
    if (node->kind == XBAR_VALUE_LIST) {
        snprintf(quote, XBAR_QUOTE_SIZE, "a list of %zu", node->n);
    } else if (node->kind == XBAR_VALUE_MAP) {
        snprintf(quote, XBAR_QUOTE_SIZE, "a map");
    } else if (node->is_plain && node->length == 0) {
        snprintf(quote, XBAR_QUOTE_SIZE, "nothing");
    } else {
        size_t length = xbar_text_cut(node->text, node->length, 60);
        const char *mark = node->is_plain ? "" : "\"";
        snprintf(quote, XBAR_QUOTE_SIZE, "%s%.*s%s%s", mark, (int)length, node->text,
                 length < node->length ? "..." : "", mark);
    }
    return quote;
}

const char *xbar_tree_place(char place[XBAR_PLACE_SIZE], const xbar_tree *t,
                            const xbar_value *node)
{
    if (node->origin == 0) {
        snprintf(place, XBAR_PLACE_SIZE, "%s:%zu", t->path, node->line);
        return place;
    }
    const char *override = t->overrides[node->origin - 1];
    size_t length = xbar_text_cut(override, strlen(override), 100);
    snprintf(place, XBAR_PLACE_SIZE, "--set %.*s%s", (int)length, override,
             override[length] != '\0' ? "..." : "");
    return place;
}
