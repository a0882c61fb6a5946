/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Is a result file the one that the sample run must give, to the last bit?
 */
#ifndef XBAR_TESTS_STORE_CHECK_H
#define XBAR_TESTS_STORE_CHECK_H

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/dataset.h"
#include "store/hdf.h"
#include "store/variable.h"
#include "store_sample.h"

/** What must have become of an input. */
typedef xbar_outcome (*check_outcome)(size_t engine, size_t sample, size_t input);

static inline xbar_outcome check_all_done(size_t engine, size_t sample, size_t input)
{
    (void)engine, (void)sample, (void)input;
    return XBAR_DONE;
}

static inline int check_kind(const xbar_variable *v)
{
    static const struct {
        const char *name;
        bool of_root;
        int kind;
    } kinds[] = {
        {"conductance", true, KIND_CONDUCTANCE},
        {"state", true, KIND_STATE},
        {"v_in", true, KIND_V_IN},
        {"v_col", true, KIND_V_COL},
        {"i_out", false, KIND_I_OUT},
        {"v_row", false, KIND_V_ROW_PLANE},
        {"v_col", false, KIND_V_COL_PLANE},
        {"i_cell", false, KIND_I_CELL},
        {"i_left", false, KIND_I_TERMINAL},
        {"i_right", false, KIND_I_TERMINAL + 1},
        {"i_top", false, KIND_I_TERMINAL + 2},
        {"i_bottom", false, KIND_I_TERMINAL + 3},
        {"kcl_residual", false, KIND_KCL_RESIDUAL},
        {"wall_time", false, KIND_WALL_TIME},
        {"status", false, 0},
        {"conductance_effective", false, KIND_G_EFF},
        {"i_offset", false, KIND_I_OFFSET},
        {"i_out_std", false, KIND_I_OUT_STD},
        {"heat", false, KIND_HEAT},
        {"energy_left", false, KIND_ENERGY},
        {"energy_right", false, KIND_ENERGY + 1},
        {"energy_top", false, KIND_ENERGY + 2},
        {"energy_bottom", false, KIND_ENERGY + 3},
    };
    if (v->state > 0)
        return KIND_MOVING + v->state - 1;
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
        if (strcmp(kinds[k].name, v->name) == 0 &&
            kinds[k].of_root == xbar_variable_is_of_root(v))
            return kinds[k].kind;
    abort();
}

static inline double check_number(const xbar_entry *e, const xbar_store_header *h,
                                  const size_t at[XBAR_N_AXES], check_outcome outcome)
{
    const xbar_variable *v = &e->variable;
    size_t s = at[XBAR_AXIS_SAMPLE], i = at[XBAR_AXIS_INPUT];
    xbar_outcome here = outcome(e->engine, s, i);
    if (v->place == XBAR_PLACE_OUTCOME)
        return (double)here;
    bool known = here == XBAR_DONE;
    /* The root's numbers are known with the part, whatever became of its inputs; the
     * cells with any part of the sample. */
    if (xbar_variable_is_of_root(v)) {
        known = here != XBAR_PENDING;
        for (size_t k = 0; xbar_variable_unit_axes(v) == 1 && k < h->n_inputs; k++)
            known = known || outcome(0, s, k) != XBAR_PENDING;
    } else if (xbar_variable_unit_axes(v) == 1) {
        known = outcome(e->engine, s, 0) != XBAR_PENDING;
    }
    if (!known)
        return (double)NAN;
    return sample_number(check_kind(v), e->engine, s, i, at[XBAR_AXIS_ROW],
                         at[XBAR_AXIS_COL]) +
           100.0 * (double)at[XBAR_AXIS_TIME];
}

/** Compares one variable. @return false, and says where, when a number is wrong */
static inline bool check_variable(const xbar_input_file *f, const xbar_entry *e,
                                  const xbar_store_header *h, check_outcome outcome)
{
    const xbar_variable *v = &e->variable;
    bool right = false;
    xbar_error err;
    xbar_dataset d;
    if (xbar_dataset_open(&d, f, e->path, &err) != XBAR_OK) {
        fprintf(stderr, "%s\n", err.text);
        return false;
    }
    double *values = malloc(d.size * sizeof *values);
    if (!values || d.rank != v->n_axes ||
        H5Dread(d.id, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0)
        goto done;
    right = true;
    for (size_t k = 0; right && k < d.size; k++) {
        size_t at[XBAR_N_AXES] = {0}, rest = k;
        for (size_t axis = d.rank; axis-- > 0; rest /= (size_t)d.dims[axis])
            at[v->axes[axis]] = rest % (size_t)d.dims[axis];
        double want = check_number(e, h, at, outcome);
        right = isnan(want) ? isnan(values[k]) : values[k] == want;
        if (!right)
            fprintf(stderr, "/%s[%zu] = %.17g; want %.17g\n", e->path, k, values[k],
                    want);
    }
done:
    free(values);
    xbar_dataset_close(&d);
    return right;
}

/** Compares every number of a result file. */
static inline bool check_file(const char *path, const xbar_store_header *h,
                              check_outcome outcome)
{
    xbar_input_file f;
    xbar_error err;
    xbar_hdf_begin();
    if (xbar_input_file_open(&f, path, &err) != XBAR_OK) {
        fprintf(stderr, "%s\n", err.text);
        return false;
    }
    bool right = true;
    for (xbar_entry e = {0}; right && xbar_entry_next(&e, h);)
        right = check_variable(&f, &e, h, outcome);
    xbar_input_file_close(&f);
    return right;
}

static inline bool check_exists(const char *path)
{
    struct stat facts;
    return lstat(path, &facts) == 0;
}

/** How many entries of a folder end so ("" counts all). */
static inline size_t check_count(const char *folder, const char *ending)
{
    size_t n = 0;
    DIR *list = opendir(folder);
    for (struct dirent *e; list && (e = readdir(list)) != NULL;) {
        size_t length = strlen(e->d_name), tail = strlen(ending);
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 &&
            length >= tail && strcmp(e->d_name + length - tail, ending) == 0)
            n++;
    }
    if (list)
        closedir(list);
    return n;
}

/** Removes a file, or a folder and all below it. */
static inline void check_remove_at(int parent, const char *name)
{
    if (unlinkat(parent, name, 0) == 0)
        return;
    int here = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *list = here < 0 ? NULL : fdopendir(here);
    for (struct dirent *e; list && (e = readdir(list)) != NULL;)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            check_remove_at(here, e->d_name);
    if (list)
        closedir(list);
    unlinkat(parent, name, AT_REMOVEDIR);
}

static inline void check_remove(const char *folder)
{
    check_remove_at(AT_FDCWD, folder);
}

/** A new folder in memory where there is one, so that fsync costs nothing. */
static inline void check_folder(char path[64])
{
    snprintf(path, 64, "%s/xbar-store-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (!mkdtemp(path))
        abort();
}

#endif
