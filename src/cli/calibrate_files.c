/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files of a calibration: what is written beside what is read. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "calibrate/record.h"
#include "cli/calibrate_job.h"
#include "core/memory.h"
#include "store/reader.h"

/* "MODEL.yaml" gives "MODEL.h5". */
static xbar_status beside(char **out, const char *path, xbar_error *err)
{
    const char *slash = strrchr(path, '/');
    const char *dot = strrchr(slash ? slash : path, '.');
    const size_t stem = dot ? (size_t)(dot - path) : strlen(path);
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, stem + 4, 1, "name", err));
    *out = memory;
    memcpy(*out, path, stem);
    memcpy(*out + stem, ".h5", 4);
    if (strcmp(*out, path) == 0)
        return xbar_fail(err, XBAR_ERR_INPUT,
                         "-o %.200s: want a name in .yaml, as a file in .h5 is written "
                         "beside it",
                         path);
    return XBAR_OK;
}

/* Can a file of that name be made? Else the fit would be for nothing. */
static xbar_status check_folder(const char *path, xbar_error *err)
{
    const char *slash = strrchr(path, '/');
    char *folder = NULL;
    struct stat what;
    if (stat(path, &what) == 0 && S_ISDIR(what.st_mode))
        return xbar_fail(err, XBAR_ERR_INPUT, "-o %s: is a folder", path);
    if (stat(path, &what) == 0 && !S_ISREG(what.st_mode))
        return xbar_fail(err, XBAR_ERR_INPUT,
                         "-o %.200s: is no file, and would be replaced", path);
    XBAR_TRY(xbar_text_copy(&folder, slash ? path : ".", err));
    if (slash)
        folder[slash == path ? 1 : slash - path] = '\0';
    const int number = access(folder, W_OK | X_OK) == 0 ? 0 : errno;
    free(folder);
    if (number == 0)
        return XBAR_OK;
    return xbar_fail(err, XBAR_ERR_MACHINE, "%s: %s", path, strerror(number));
}

static bool is_same_file(const char *a, const char *b)
{
    struct stat one;
    struct stat other;
    return stat(a, &one) == 0 && stat(b, &other) == 0 && one.st_dev == other.st_dev &&
           one.st_ino == other.st_ino;
}

/* Before anything is fitted: no file is given twice, and none that is written is one that
 * is read, or another's result. */
xbar_status xbar_job_check_files(const xbar_arguments *a, xbar_error *err)
{
    char *hdf5 = NULL;
    xbar_reader *reader = NULL;
    xbar_status status = a->output ? beside(&hdf5, a->output, err) : XBAR_OK;
    if (status == XBAR_OK && a->output)
        status = check_folder(a->output, err);
    if (status == XBAR_OK && a->output)
        status = check_folder(hdf5, err);
    for (size_t k = 0; status == XBAR_OK && k < a->n_operands; k++) {
        const char *one = a->operands[k];
        for (size_t l = 0; l < k && status == XBAR_OK; l++)
            if (is_same_file(one, a->operands[l]))
                status = xbar_fail(err, XBAR_ERR_INPUT, "%s: given twice", one);
        if (status == XBAR_OK && a->output &&
            (is_same_file(one, a->output) || is_same_file(one, hdf5)))
            status = xbar_fail(err, XBAR_ERR_INPUT,
                               "-o %s: it and %s are written, and %s is read: want "
                               "another name",
                               a->output, hdf5, one);
    }
    if (status == XBAR_OK && hdf5 && xbar_reader_open(&reader, hdf5, NULL) == XBAR_OK) {
        xbar_reader_close(reader);
        status =
            xbar_fail(err, XBAR_ERR_INPUT,
                      "-o %s: %s would be written and is the result of a run: want "
                      "another name",
                      a->output, hdf5);
    }
    free(hdf5);
    return status;
}

xbar_status xbar_job_write_files(const xbar_job *j, const xbar_subject *s,
                                 const xbar_calibration *c,
                                 const xbar_calibration_options *o, xbar_error *err)
{
    const xbar_record r = {.subject = s,
                           .calibration = c,
                           .options = o,
                           .runs = j->runs,
                           .tables = j->tables,
                           .n_tables = j->n_tables,
                           .command_line = j->a->command_line};
    char *hdf5 = NULL;
    if (!j->a->output)
        return XBAR_OK;
    xbar_status status = beside(&hdf5, j->a->output, err);
    if (status == XBAR_OK)
        status = xbar_record_yaml(j->a->output, &r, err);
    if (status == XBAR_OK)
        status = xbar_record_hdf5(hdf5, &r, err);
    free(hdf5);
    return status;
}
