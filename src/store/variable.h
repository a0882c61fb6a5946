/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  What a result file holds, as one table: writing parts, joining them and reading the
 *  file all walk it, and none knows a variable by name. Private to the layer.
 */
#ifndef XBAR_STORE_VARIABLE_H
#define XBAR_STORE_VARIABLE_H

#include <hdf5.h>
#include <stdbool.h>
#include <stddef.h>

#include "store/store.h"

enum { XBAR_MAX_AXES = 5 };

/** The dimensions, in the order in which they stand in the file. */
typedef enum xbar_axis {
    XBAR_AXIS_SAMPLE,
    XBAR_AXIS_INPUT,
    XBAR_AXIS_TIME, /* only in files of runs in time */
    XBAR_AXIS_ROW,
    XBAR_AXIS_COL,
    XBAR_AXIS_OPERATION, /* only in files of runs with a controller */
    XBAR_N_AXES
} xbar_axis;

/** "sample", "input", "time", "row", "col", "operation". */
extern const char *const xbar_axis_name[XBAR_N_AXES];

/** Sizes of a whole file, or of one part of it. */
typedef struct xbar_extent {
    hsize_t size[XBAR_N_AXES];
} xbar_extent;

xbar_extent xbar_extent_of_file(const xbar_store_header *h);
xbar_extent xbar_extent_of_block(const xbar_store_header *h, const xbar_block *b);

/** Where a variable lies in memory. */
typedef enum xbar_place {
    XBAR_PLACE_PART,   /* a field of xbar_part that points to the block's array */
    XBAR_PLACE_ENGINE, /* a field of xbar_part: for each engine such a pointer */
    XBAR_PLACE_ARRAY,  /* a field of xbar_result that points to one input's array */
    XBAR_PLACE_NUMBER, /* a double in xbar_result */
    XBAR_PLACE_OUTCOME /* an xbar_outcome in xbar_result; uint8 with flags in files */
} xbar_place;

typedef struct xbar_variable {
    const char *name, *units, *long_name;
    size_t offset; /* of the field */
    xbar_place place;
    unsigned record; /* kept only if the header records one of these; 0: always */
    unsigned char n_axes;
    unsigned char axes[XBAR_MAX_AXES]; /* xbar_axis; the sample first */
    bool is_state; /* kept only with a state_name, which is its long_name */
    unsigned char
        state; /* k > 0: the k-th of a header's states, which gives its names */
    const char *engine; /* kept only of this engine; NULL: of all */
    bool is_timeless;   /* of an input, but not of its moments */
} xbar_variable;

/** One variable of one file: those of the root first, then engine by engine. */
typedef struct xbar_entry {
    xbar_variable
        variable;   /* with the axes and the long_name that it has in the file */
    size_t engine;  /* index in the header; meaningless for a variable of the root */
    char path[128]; /* "conductance", "spice/i_out" */
    size_t next;    /* for xbar_entry_next */
} xbar_entry;

/** The next variable that a file of this header holds. Start with (xbar_entry){0}.
 *  @return false behind the last */
bool xbar_entry_next(xbar_entry *e, const xbar_store_header *h);

/** Does it stand at the root, and not in the group of an engine? */
bool xbar_variable_is_of_root(const xbar_variable *v);

/** At most this many entries. */
enum { XBAR_MAX_ENTRIES = 8 + 56 * XBAR_MAX_ENGINES };

/** How many leading axes count units: results are kept per input (2), cells per sample
 *  (1). A unit is contiguous in memory. */
size_t xbar_variable_unit_axes(const xbar_variable *v);

/** Unit k of a part, sample-major; its type in memory is xbar_variable_memory_type. */
const void *xbar_entry_unit(const xbar_entry *e, const xbar_part *p, size_t k,
                            size_t unit_size);

/** HDF5 types, not to be closed. */
hid_t xbar_variable_memory_type(const xbar_variable *v);
hid_t xbar_variable_file_type(const xbar_variable *v);

/** The size of each axis. @param[out] dims  [v->n_axes] */
void xbar_variable_dims(hsize_t dims[XBAR_MAX_AXES], const xbar_variable *v,
                        const xbar_extent *extent);

#endif
