/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which fast model the engine `analytical` predicts with: a paper's own, or a calibrated
 * one out of a file. */
#include <stdlib.h>

#include "core/memory.h"
#include "experiment/digest.h"
#include "experiment/fitted_file.h"
#include "experiment/keys.h"
#include "experiment/sources.h"

static xbar_status read_file(xbar_plan *p, const xbar_tree *t, const xbar_value *file,
                             xbar_error *err)
{
    static const char path[] = "analytical.file";
    const size_t max_bytes = (size_t)16 << 20;
    char sha256[XBAR_SHA256_SIZE];
    char *resolved = NULL;
    xbar_error why;
    XBAR_TRY(xbar_plan_resolve(&resolved, p, file->text, err));
    xbar_status status = xbar_file_digest(sha256, resolved, max_bytes, &why);
    if (status == XBAR_ERR_INPUT) {
        xbar_key_fail(t, file, err, path, "a file to read (%s)", why.text);
        goto done;
    }
    if (status == XBAR_OK)
        status = xbar_fitted_read(p->analytical, resolved, &why);
    if (status == XBAR_ERR_INPUT)
        xbar_key_fail(t, file, err, path, "a calibrated model (%.400s)", why.text);
    else if (status != XBAR_OK)
        xbar_fail(err, status, "%s", why.text);
    else
        status = xbar_plan_note(p, file->text, sha256, err);
done:
    free(resolved);
    return status;
}

xbar_status xbar_analytical_read(xbar_plan *p, const xbar_tree *t, xbar_error *err)
{
    const xbar_value *map = xbar_key_find(t, "analytical");
    const xbar_value *name = xbar_key_find(t, "analytical.model");
    const xbar_value *file = xbar_key_find(t, "analytical.file");
    if (!map)
        return XBAR_OK;
    if (name && file)
        return xbar_key_fail(t, file, err, "analytical.file",
                             "either a model or a file");
    if (!name && !file)
        return xbar_key_missing(t, "analytical.model", err, "a model or a file");
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof *p->analytical, "model", err));
    p->analytical = memory;
    if (file)
        return read_file(p, t, file, err);
    *p->analytical = xbar_fitted_default(xbar_model_find(name->text));
    return XBAR_OK;
}
