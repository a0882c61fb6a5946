/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  A result file that is open for reading. Private to the layer.
 */
#ifndef XBAR_STORE_READER_FILE_H
#define XBAR_STORE_READER_FILE_H

#include "store/dataset.h"
#include "store/reader.h"

struct xbar_reader {
    char *path;
    xbar_input_file input;
    xbar_store_header header; /* its texts lie below */
    char *title, *engines, *state_name;
    double *times_s;
    char *states[2 * XBAR_MAX_STATES]; /* name and long_name of each */
    bool tried[XBAR_MAX_ENGINES];      /* a child has read this engine's numbers */
    char **texts; /* of the provenance: name, long_name, text of each entry */
    size_t n_texts;
};

/** Fills the header's provenance. @return XBAR_OK, XBAR_ERR_INPUT, XBAR_ERR_MEMORY */
xbar_status xbar_reader_provenance(xbar_reader *r, xbar_error *err);

/** xbar_reader_visit without a trial and without an error line.
 *  @return negative on failure */
herr_t xbar_reader_walk(const xbar_reader *r,
                        void (*visit)(const xbar_variable_info *v, void *with),
                        void *with);

#endif
