/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Data files that an experiment names. */
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "experiment/digest.h"
#include "experiment/keys.h"
#include "experiment/sources.h"

static const size_t max_csv_bytes = (size_t)1 << 30;

xbar_status xbar_plan_resolve(char **out, const xbar_plan *p, const char *file,
                              xbar_error *err)
{
    const char *slash = strrchr(p->path, '/');
    size_t folder = slash && file[0] != '/' ? (size_t)(slash - p->path) + 1 : 0;
    size_t length = strlen(file) + 1;
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, folder + length, 1, "file name", err));
    char *path = memory;
    memcpy(path, p->path, folder);
    memcpy(path + folder, file, length);
    *out = path;
    return XBAR_OK;
}

xbar_status xbar_plan_note(xbar_plan *p, const char *file,
                           const char sha256[XBAR_SHA256_SIZE], xbar_error *err)
{
    xbar_plan_file *files = realloc(p->files, (p->n_files + 1) * sizeof *files);
    if (!files)
        return xbar_fail(err, XBAR_ERR_MEMORY, "%s: no memory for its name", file);
    p->files = files;
    xbar_plan_file *f = &files[p->n_files];
    *f = (xbar_plan_file){0};
    memcpy(f->sha256, sha256, XBAR_SHA256_SIZE);
    XBAR_TRY(xbar_text_copy(&f->path, file, err));
    p->n_files++;
    return XBAR_OK;
}

xbar_status xbar_plan_table(double **values, size_t *n_lines,
                            const xbar_csv_shape *shape, xbar_plan *p,
                            const xbar_tree *t, const xbar_value *file,
                            const char *path, xbar_error *err)
{
    const size_t shown = 200; /* bytes of a name in messages */
    const char *name = file->text + (file->length > shown ? file->length - shown : 0);
    char *resolved = NULL;
    char *text = NULL;
    size_t length = 0;
    char sha256[XBAR_SHA256_SIZE] = "";
    xbar_error why;
    *values = NULL;
    XBAR_TRY(xbar_plan_resolve(&resolved, p, file->text, err));
    xbar_status status =
        xbar_file_read(&text, &length, sha256, resolved, max_csv_bytes, &why);
    if (status == XBAR_ERR_INPUT) {
        xbar_key_fail(t, file, err, path, "a file to read (%s)", why.text);
        goto done;
    }
    if (status == XBAR_OK)
        status = xbar_csv_parse(values, n_lines, shape, name, text, length, &why);
    if (status == XBAR_ERR_INPUT)
        xbar_key_fail(t, file, err, path, "numbers that fit (%s)", why.text);
    else if (status != XBAR_OK)
        xbar_fail(err, status, "%s", why.text);
    else
        status = xbar_plan_note(p, file->text, sha256, err);
done:
    free(text);
    free(resolved);
    return status;
}
