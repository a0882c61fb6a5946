/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading what others wrote: numbers of all kinds, and everything that is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <hdf5.h>
#include <sys/wait.h>

#include "core/random.h"
#include "store/reader.h"
#include "store_run.h"

static char folder[64], path[96];

static int set_up(void **state)
{
    (void)state;
    xbar_hdf_begin();
    check_folder(folder);
    snprintf(path, sizeof path, "%s/in.h5", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    check_remove(folder);
    return 0;
}

static hid_t new_file(void)
{
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(file >= 0);
    return file;
}

static void put(hid_t file, const char *name, hid_t type, int rank, const hsize_t *dims,
                hid_t dcpl, const double *values)
{
    hid_t space = rank > 0 ? H5Screate_simple(rank, dims, NULL) : H5Screate(H5S_SCALAR);
    hid_t set = H5Dcreate2(file, name, type, space, H5P_DEFAULT, dcpl, H5P_DEFAULT);
    assert_true(set >= 0);
    if (values)
        assert_true(H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                             values) >= 0);
    H5Dclose(set);
    H5Sclose(space);
}

static const double six[] = {1, 2, 3, 4, 5, 6};

static void numbers_of_all_kinds(void **state)
{
    (void)state;
    const struct {
        const char *name;
        hid_t type;
        hsize_t dims[3];
        int rank;
        bool is_packed;
    } cases[] = {
        {"double", H5T_IEEE_F64LE, {2, 3}, 2, false},
        {"double, big-endian", H5T_IEEE_F64BE, {3, 2}, 2, false},
        {"float", H5T_IEEE_F32LE, {6}, 1, false},
        {"byte", H5T_STD_U8LE, {1, 2, 3}, 3, false},
        {"long", H5T_STD_I64BE, {3, 2, 1}, 3, false},
        {"packed", H5T_IEEE_F64LE, {2, 3}, 2, true},
    };
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        const hsize_t chunk[3] = {1, 2, 1};
        hid_t file = new_file();
        hid_t dcpl = H5Pcreate(H5P_DATASET_CREATE);
        if (cases[k].is_packed) {
            H5Pset_chunk(dcpl, cases[k].rank, chunk);
            H5Pset_deflate(dcpl, 9);
        }
        put(file, "g", cases[k].type, cases[k].rank, cases[k].dims, dcpl, six);
        H5Pclose(dcpl);
        H5Fclose(file);

        double *values;
        size_t n_dims, dims[3];
        xbar_error err = {0};
        if (xbar_dataset_read(&values, &n_dims, dims, path, "/g", &err) != XBAR_OK)
            fail_msg("%s: %s", cases[k].name, err.text);
        assert_int_equal(n_dims, cases[k].rank);
        for (size_t axis = 0; axis < 3; axis++)
            assert_int_equal(dims[axis], axis < n_dims ? cases[k].dims[axis] : 1);
        assert_memory_equal(values, six, sizeof six);
        free(values);
    }
}

/* Each makes a data set "bad" that is refused. */

static void make_rank(hid_t file, int rank)
{
    const hsize_t dims[] = {1, 1, 2, 3};
    put(file, "bad", H5T_IEEE_F64LE, rank, dims, H5P_DEFAULT, six);
}

static void make_scalar(hid_t file)
{
    make_rank(file, 0);
}

static void make_four_axes(hid_t file)
{
    make_rank(file, 4);
}

static void make_null(hid_t file)
{
    hid_t space = H5Screate(H5S_NULL);
    H5Dclose(H5Dcreate2(file, "bad", H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT,
                        H5P_DEFAULT));
    H5Sclose(space);
}

static void make_of_type(hid_t file, hid_t type)
{
    const hsize_t n = 6;
    put(file, "bad", type, 1, &n, H5P_DEFAULT, NULL);
}

static void make_strings(hid_t file)
{
    make_of_type(file, H5T_C_S1);
}

static void make_compound(hid_t file)
{
    hid_t type = H5Tcreate(H5T_COMPOUND, 16);
    H5Tinsert(type, "re", 0, H5T_NATIVE_DOUBLE);
    H5Tinsert(type, "im", 8, H5T_NATIVE_DOUBLE);
    make_of_type(file, type);
    H5Tclose(type);
}

static void make_lists(hid_t file)
{
    hid_t type = H5Tvlen_create(H5T_NATIVE_DOUBLE);
    make_of_type(file, type);
    H5Tclose(type);
}

static void make_references(hid_t file)
{
    make_of_type(file, H5T_STD_REF_OBJ);
}

static void make_sized(hid_t file, hsize_t rows, hsize_t cols, hsize_t chunk_rows)
{
    const hsize_t dims[] = {rows, cols}, chunk[] = {chunk_rows, 1024};
    hid_t dcpl = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(dcpl, 2, chunk);
    put(file, "bad", H5T_IEEE_F64LE, 2, dims, dcpl, NULL);
    H5Pclose(dcpl);
}

static void make_empty(hid_t file)
{
    const hsize_t dims[] = {3, 0};
    put(file, "bad", H5T_IEEE_F64LE, 2, dims, H5P_DEFAULT, NULL);
}

static void make_too_many(hid_t file)
{
    make_sized(file, 1u << 16, 1u << 16, 1);
}

static void make_overflow(hid_t file)
{
    make_sized(file, (hsize_t)1 << 62, (hsize_t)1 << 62, 1);
}

static void make_hollow(hid_t file)
{
    make_sized(file, 1u << 14, 1u << 14, 1);
}

static void make_huge_chunk(hid_t file)
{
    make_sized(file, 1u << 19, 1024, 1u << 18);
}

static void make_external_link(hid_t file)
{
    char name[128];
    snprintf(name, sizeof name, "%s/other.h5", folder);
    hid_t other = H5Fcreate(name, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    const hsize_t n = 6;
    put(other, "g", H5T_IEEE_F64LE, 1, &n, H5P_DEFAULT, six);
    H5Fclose(other);
    H5Lcreate_external(name, "/g", file, "bad", H5P_DEFAULT, H5P_DEFAULT);
}

static void make_dangling_link(hid_t file)
{
    H5Lcreate_soft("/nowhere", file, "bad", H5P_DEFAULT, H5P_DEFAULT);
}

static void make_link_circle(hid_t file)
{
    H5Lcreate_soft("/bad", file, "bad", H5P_DEFAULT, H5P_DEFAULT);
}

static void make_external_storage(hid_t file)
{
    const hsize_t n = 6;
    hid_t dcpl = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_external(dcpl, "/etc/passwd", 0, sizeof six);
    put(file, "bad", H5T_IEEE_F64LE, 1, &n, dcpl, NULL);
    H5Pclose(dcpl);
}

static void make_virtual(hid_t file)
{
    const hsize_t n = 6;
    hid_t dcpl = H5Pcreate(H5P_DATASET_CREATE);
    hid_t space = H5Screate_simple(1, &n, NULL);
    H5Pset_virtual(dcpl, space, "other.h5", "/g", space);
    hid_t set =
        H5Dcreate2(file, "bad", H5T_IEEE_F64LE, space, H5P_DEFAULT, dcpl, H5P_DEFAULT);
    H5Dclose(set);
    H5Sclose(space);
    H5Pclose(dcpl);
}

static void make_group(hid_t file)
{
    H5Gclose(H5Gcreate2(file, "bad", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
}

static void make_nothing(hid_t file)
{
    (void)file;
}

static void data_sets_that_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        void (*make)(hid_t file);
        const char *says;
    } cases[] = {
        {"a scalar", make_scalar, "no array"},
        {"four axes", make_four_axes, "4 axes"},
        {"no space", make_null, "no array"},
        {"strings", make_strings, "no plain numbers"},
        {"complex numbers", make_compound, "no plain numbers"},
        {"lists", make_lists, "no plain numbers"},
        {"references", make_references, "no plain numbers"},
        {"an axis of 0", make_empty, "it is empty"},
        {"2^32 numbers", make_too_many, "far more numbers than it stores"},
        {"2^124 numbers", make_overflow, "more numbers than there can be"},
        {"2 GiB of nothing", make_hollow, "far more numbers than it stores"},
        {"a chunk of 2 GiB", make_huge_chunk, "larger than 1 GiB"},
        {"a link to another file", make_external_link, "data set 'bad'"},
        {"a link to nowhere", make_dangling_link, "data set 'bad'"},
        {"a link to itself", make_link_circle, "data set 'bad'"},
        {"numbers in another file", make_external_storage, "in other files"},
        {"a virtual data set", make_virtual, "in other files"},
        {"a group", make_group, "data set 'bad'"},
        {"nothing of that name", make_nothing, "data set 'bad'"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        hid_t file = new_file();
        cases[k].make(file);
        H5Fclose(file);
        double *values;
        size_t n_dims, dims[3];
        xbar_error err = {0};
        xbar_status status =
            xbar_dataset_read(&values, &n_dims, dims, path, "bad", &err);
        if (status != XBAR_ERR_INPUT || values || !strstr(err.text, cases[k].says) ||
            strncmp(err.text, path, strlen(path)) != 0)
            fail_msg("%s: %d, %s", cases[k].name, (int)status, err.text);
    }
}

static void a_link_inside_the_file_is_followed(void **state)
{
    (void)state;
    const hsize_t n = 6;
    hid_t file = new_file();
    put(file, "g", H5T_IEEE_F64LE, 1, &n, H5P_DEFAULT, six);
    H5Lcreate_soft("/g", file, "also", H5P_DEFAULT, H5P_DEFAULT);
    H5Fclose(file);
    double *values;
    size_t n_dims, dims[3];
    assert_int_equal(xbar_dataset_read(&values, &n_dims, dims, path, "also", NULL),
                     XBAR_OK);
    free(values);
}

static void write_bytes(const char *bytes, size_t n)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    fclose(f);
}

static void files_that_are_refused(void **state)
{
    (void)state;
    char pipe_name[96];
    snprintf(pipe_name, sizeof pipe_name, "%s/pipe", folder);
    assert_int_equal(mkfifo(pipe_name, 0666), 0);
    const struct {
        const char *name, *path, *bytes;
        size_t n_bytes;
        const char *says;
    } cases[] = {
        {"no such file", "/no/such/file.h5", NULL, 0, "No such file"},
        {"a folder", folder, NULL, 0, "not a regular file"},
        {"a pipe", pipe_name, NULL, 0, "not a regular file"},
        {"empty", path, "", 0, "not a readable HDF5 file"},
        {"a text", path, "rows,cols\n1,2\n", 14, "not a readable HDF5 file"},
        {"the first bytes only", path, "\x89HDF\r\n\x1a\n", 8, "not a readable HDF5"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        double *values;
        size_t n_dims, dims[3];
        xbar_reader *r;
        xbar_error err = {0};
        if (cases[k].bytes)
            write_bytes(cases[k].bytes, cases[k].n_bytes);
        xbar_status status =
            xbar_dataset_read(&values, &n_dims, dims, cases[k].path, "g", &err);
        if (status != XBAR_ERR_INPUT || !strstr(err.text, cases[k].says))
            fail_msg("%s: %d, %s", cases[k].name, (int)status, err.text);
        status = xbar_reader_open(&r, cases[k].path, &err);
        if (status != XBAR_ERR_INPUT || !strstr(err.text, cases[k].says) || r)
            fail_msg("%s: %d, %s", cases[k].name, (int)status, err.text);
    }
}

static void write_result(void)
{
    xbar_store_header h = run_header();
    assert_int_equal(run_all(path, &h, -1, NULL), XBAR_OK);
}

static void outputs_and_fates(void **state)
{
    (void)state;
    write_result();
    xbar_reader *r;
    xbar_error err = {0};
    assert_int_equal(xbar_reader_open(&r, path, NULL), XBAR_OK);
    for (size_t s = 0; s < 2; s++) {
        double i_out[4 * 3], wall[4], kcl[4];
        xbar_outcome outcomes[4];
        assert_int_equal(xbar_reader_outputs(r, i_out, "spice", s, NULL), XBAR_OK);
        assert_int_equal(xbar_reader_fates(r, outcomes, wall, kcl, "spice", s, NULL),
                         XBAR_OK);
        assert_int_equal(xbar_reader_fates(r, NULL, NULL, NULL, "spice", s, NULL),
                         XBAR_OK);
        for (size_t i = 0; i < 4; i++) {
            for (size_t j = 0; j < 3; j++)
                assert_true(i_out[3 * i + j] ==
                            sample_number(KIND_I_OUT, 0, s, i, 0, j));
            assert_true(wall[i] == sample_number(KIND_WALL_TIME, 0, s, i, 0, 0));
            assert_true(kcl[i] == sample_number(KIND_KCL_RESIDUAL, 0, s, i, 0, 0));
            assert_int_equal(outcomes[i], XBAR_DONE);
        }
    }
    double i_out[4 * 3];
    assert_int_equal(xbar_reader_outputs(r, i_out, "nodal", 0, &err), XBAR_ERR_INPUT);
    assert_non_null(strstr(err.text, "no /nodal/i_out"));
    assert_int_equal(xbar_reader_outputs(r, i_out, "spice", 2, &err), XBAR_ERR_INPUT);
    assert_non_null(strstr(err.text, "no sample 2; want < 2"));
    xbar_reader_close(r);
    xbar_reader_close(NULL);
}

static void list(const xbar_variable_info *v, void *with)
{
    char *text = with;
    size_t length = strlen(text);
    snprintf(text + length, 4096 - length, "%s(", v->path);
    for (size_t k = 0; k < v->n_dims; k++) {
        length = strlen(text);
        snprintf(text + length, 4096 - length, "%s%s=%zu", k > 0 ? "," : "", v->axes[k],
                 v->dims[k]);
    }
    length = strlen(text);
    snprintf(text + length, 4096 - length, ")%s%s;", v->units,
             v->long_name[0] != '\0' ? "" : " no long_name");
}

static void variables_are_listed_in_order(void **state)
{
    (void)state;
    char text[4096] = "";
    xbar_reader *r;
    write_result();
    assert_int_equal(xbar_reader_open(&r, path, NULL), XBAR_OK);
    assert_int_equal(xbar_reader_visit(r, list, text, NULL), XBAR_OK);
    xbar_reader_close(r);
    assert_string_equal(text, "/spice/i_out(sample=2,input=4,col=3)A;"
                              "/spice/v_row(sample=2,input=4,row=2,col=3)V;"
                              "/spice/i_left(sample=2,input=4,row=2)A;"
                              "/spice/i_right(sample=2,input=4,row=2)A;"
                              "/spice/i_top(sample=2,input=4,col=3)A;"
                              "/spice/i_bottom(sample=2,input=4,col=3)A;"
                              "/spice/kcl_residual(sample=2,input=4)A;"
                              "/spice/wall_time(sample=2,input=4)s;"
                              "/spice/status(sample=2,input=4)1;"
                              "/spice/conductance_effective(sample=2,row=2,col=3)S;"
                              "/spice/i_offset(sample=2,col=3)A;"
                              "/conductance(sample=2,row=2,col=3)S;"
                              "/v_in(sample=2,input=4,row=2)V;"
                              "/v_col(sample=2,input=4,col=3)V;");
}

static void set_text(hid_t file, const char *name, const char *text)
{
    H5Adelete(file, name);
    assert_true(xbar_hdf_attribute_text(file, name, text) >= 0);
}

static void lose_digest(hid_t file)
{
    H5Adelete(file, "digest");
}

static void long_digest(hid_t file)
{
    char text[100];
    memset(text, 'a', sizeof text);
    text[99] = '\0';
    set_text(file, "digest", text);
}

static void number_title(hid_t file)
{
    H5Adelete(file, "title");
    hid_t space = H5Screate(H5S_SCALAR);
    H5Aclose(H5Acreate2(file, "title", H5T_STD_I32LE, space, H5P_DEFAULT, H5P_DEFAULT));
    H5Sclose(space);
}

static void many_engines(hid_t file)
{
    set_text(file, "engines", "a b c d e f g h i");
}

static void odd_engine(hid_t file)
{
    set_text(file, "engines", "../spice");
}

static void unknown_engine(hid_t file)
{
    set_text(file, "engines", "spice nodal");
}

static void lose_dimension(hid_t file)
{
    H5Ldelete(file, "row", H5P_DEFAULT);
}

static void huge_dimension(hid_t file)
{
    const hsize_t n = (hsize_t)1 << 40;
    H5Ldelete(file, "sample", H5P_DEFAULT);
    const hsize_t chunk = 1024;
    hid_t dcpl = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(dcpl, 1, &chunk);
    put(file, "sample", H5T_IEEE_F32BE, 1, &n, dcpl, NULL);
    H5Pclose(dcpl);
}

static void other_dimension(hid_t file)
{
    const hsize_t n = 3;
    H5Ldelete(file, "input", H5P_DEFAULT);
    put(file, "input", H5T_IEEE_F32BE, 1, &n, H5P_DEFAULT, NULL);
}

static void lose_variable(hid_t file)
{
    H5Ldelete(file, "spice/i_out", H5P_DEFAULT);
}

static void reshape_variable(hid_t file)
{
    const hsize_t dims[] = {2, 4, 4};
    H5Ldelete(file, "spice/i_out", H5P_DEFAULT);
    put(file, "spice/i_out", H5T_IEEE_F64LE, 3, dims, H5P_DEFAULT, NULL);
}

static void link_engine_away(hid_t file)
{
    H5Ldelete(file, "spice", H5P_DEFAULT);
    H5Lcreate_external("other.h5", "/spice", file, "spice", H5P_DEFAULT, H5P_DEFAULT);
}

static void lose_provenance(hid_t file)
{
    H5Ldelete(file, "provenance", H5P_DEFAULT);
}

static void number_in_provenance(hid_t file)
{
    const hsize_t n = 6;
    put(file, "provenance/seed", H5T_IEEE_F64LE, 1, &n, H5P_DEFAULT, six);
}

static void results_that_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        void (*spoil)(hid_t file);
        const char *says;
    } cases[] = {
        {"no digest", lose_digest, "no attribute 'digest'"},
        {"a long digest", long_digest, "digest is too long"},
        {"a title that is a number", number_title, "no attribute 'title' with a text"},
        {"nine engines", many_engines, "list of engines is too long"},
        {"an engine elsewhere", odd_engine, "'../spice' is no name"},
        {"an engine without results", unknown_engine, "nodal"},
        {"no rows", lose_dimension, "no dimension 'row'"},
        {"2^40 samples", huge_dimension, "'sample' has an impossible size"},
        {"fewer inputs than there are", other_dimension, "shape of its dimensions"},
        {"no outputs", lose_variable, "spice/i_out"},
        {"outputs of another shape", reshape_variable, "/spice/i_out does not have"},
        {"an engine in another file", link_engine_away, "spice"},
        {"no provenance", lose_provenance, "no group '/provenance'"},
        {"a number as provenance", number_in_provenance, "/provenance/seed is no text"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        write_result();
        hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
        assert_true(file >= 0);
        cases[k].spoil(file);
        H5Fclose(file);
        xbar_reader *r;
        xbar_error err = {0};
        xbar_status status = xbar_reader_open(&r, path, &err);
        if (status != XBAR_ERR_INPUT || r || !strstr(err.text, cases[k].says) ||
            strncmp(err.text, path, strlen(path)) != 0)
            fail_msg("%s: %d, %s", cases[k].name, (int)status, err.text);
    }
}

static void a_status_that_means_nothing_is_refused(void **state)
{
    (void)state;
    write_result();
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    hid_t set = H5Dopen2(file, "spice/status", H5P_DEFAULT);
    const unsigned char values[8] = {1, 1, 1, 1, 1, 1, 5, 1};
    assert_true(
        H5Dwrite(set, H5T_NATIVE_UCHAR, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Dclose(set);
    H5Fclose(file);
    xbar_reader *r;
    xbar_outcome outcomes[4];
    xbar_error err = {0};
    assert_int_equal(xbar_reader_open(&r, path, NULL), XBAR_OK);
    assert_int_equal(xbar_reader_fates(r, outcomes, NULL, NULL, "spice", 0, NULL), 0);
    assert_int_equal(xbar_reader_fates(r, outcomes, NULL, NULL, "spice", 1, &err),
                     XBAR_ERR_INPUT);
    assert_non_null(strstr(err.text, "/spice/status[1][2] = 5; want 0 to 4"));
    xbar_reader_close(r);
}

/* Everything a reader does, with whatever it may find. */
static void read_everything(void)
{
    xbar_reader *r;
    char text[4096] = "";
    if (xbar_reader_open(&r, path, NULL) == XBAR_OK) {
        const xbar_store_header *h = xbar_reader_header(r);
        double i_out[64];
        xbar_outcome outcomes[64];
        for (size_t e = 0; e < h->n_engines && h->n_inputs * h->n_cols <= 64; e++) {
            (void)xbar_reader_outputs(r, i_out, h->engines[e], 0, NULL);
            (void)xbar_reader_fates(r, outcomes, i_out, NULL, h->engines[e], 0, NULL);
        }
        (void)xbar_reader_visit(r, list, text, NULL);
        xbar_reader_close(r);
    }
    double *values;
    size_t n_dims, dims[3];
    if (xbar_dataset_read(&values, &n_dims, dims, path, "conductance", NULL) == XBAR_OK)
        free(values);
}

/* In a child: HDF5 loses memory over damaged files, which is not our leak. */
static bool survives(void)
{
    int status;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        read_everything();
        _exit(0);
    }
    return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) &&
           WEXITSTATUS(status) == 0;
}

/* No outcome is wrong but a crash. */
static void bytes_changed_at_random(void **state)
{
    (void)state;
    write_result();
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    static char whole[1 << 18], spoilt[1 << 18];
    size_t size = fread(whole, 1, sizeof whole, f);
    fclose(f);
    assert_true(size > 1000 && size < sizeof whole);
    for (uint32_t k = 0; k < 100; k++) {
        memcpy(spoilt, whole, size);
        for (uint32_t n = 0; n < 8; n++) {
            double at = xbar_uniform(1, XBAR_STREAM_INPUT, k, 2 * n);
            double byte = xbar_uniform(1, XBAR_STREAM_INPUT, k, 2 * n + 1);
            spoilt[(size_t)(at * (double)size)] = (char)(unsigned char)(256 * byte);
        }
        write_bytes(spoilt, k % 20 == 0 ? size / 2 : size);
        if (!survives())
            fail_msg("round %u", (unsigned)k);
    }
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(numbers_of_all_kinds),
        CASE(data_sets_that_are_refused),
        CASE(a_link_inside_the_file_is_followed),
        CASE(files_that_are_refused),
        CASE(outputs_and_fates),
        CASE(variables_are_listed_in_order),
        CASE(results_that_are_refused),
        CASE(a_status_that_means_nothing_is_refused),
        CASE(bytes_changed_at_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
