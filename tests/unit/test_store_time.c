/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Results in time: every number finds its place, through parts and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "store/reader.h"
#include "store_check.h"

enum { N_TIMES = 5 };

static const double times_s[N_TIMES] = {0.0, 1e-9, 1e-6, 1e-3, 1.0};

/* Two samples of four inputs in four blocks. */
static const xbar_block blocks[] = {
    {1, 1, 2, 2}, {0, 1, 0, 3}, {1, 1, 0, 2}, {0, 1, 3, 1}};
enum { N_BLOCKS = sizeof blocks / sizeof *blocks };

static xbar_store_header header(void)
{
    return (xbar_store_header){
        .n_samples = 2,
        .n_inputs = 4,
        .n_rows = 3,
        .n_cols = 2,
        .n_engines = 2,
        .engines = {"spice", "nodal"},
        .n_times = N_TIMES,
        .times_s = times_s,
        .n_states = 3,
        .states = {{"w", "first"}, {"t_cell", "second"}, {"s", "third"}},
        .record = XBAR_RECORD_V_COL | XBAR_RECORD_STATE | XBAR_RECORD_ENERGY |
                  XBAR_RECORD_HEAT,
        .state_name = "w",
        .title = "in time",
        .digest = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"};
}

static char folder[64];

static int folder_make(void **unused)
{
    (void)unused;
    snprintf(folder, sizeof folder, "/tmp/xbar-store-time-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static const char *result_path(void)
{
    static char path[96];
    snprintf(path, sizeof path, "%s/result.h5", folder);
    return path;
}

static int folder_remove(void **unused)
{
    (void)unused;
    unlink(result_path());
    return rmdir(folder);
}

static xbar_outcome all_done(size_t engine, size_t sample, size_t input)
{
    (void)engine, (void)sample, (void)input;
    return XBAR_DONE;
}

/* Writes parts as killed runs leave them, half of them in each of two sessions. */
static void write_all(const xbar_store_header *h)
{
    xbar_error err;
    for (size_t session = 0; session < 2; session++) {
        xbar_store *s = NULL;
        if (xbar_store_open(&s, result_path(), h, false, &err) != XBAR_OK)
            fail_msg("%s", err.text);
        for (size_t k = session; k < N_BLOCKS; k += 2) {
            xbar_part *p = sample_part(h, &blocks[k]);
            assert_false(xbar_store_has(s, &blocks[k]));
            if (xbar_store_write(s, p, &err) != XBAR_OK)
                fail_msg("%s", err.text);
            assert_true(xbar_store_has(s, &blocks[k]));
            xbar_part_free(p);
        }
        if (session == 1 && xbar_store_join(s, blocks, N_BLOCKS, &err) != XBAR_OK)
            fail_msg("%s", err.text);
        xbar_store_close(s);
    }
}

static void every_number_is_in_its_place(void **unused)
{
    (void)unused;
    const xbar_store_header h = header();
    write_all(&h);
    assert_true(check_file(result_path(), &h, all_done));
}

static void the_reader_knows_time(void **unused)
{
    (void)unused;
    const xbar_store_header h = header();
    xbar_error err;
    xbar_reader *r = NULL;
    write_all(&h);
    if (xbar_reader_open(&r, result_path(), &err) != XBAR_OK)
        fail_msg("%s", err.text);
    const xbar_store_header *told = xbar_reader_header(r);
    assert_int_equal(told->n_times, N_TIMES);
    assert_memory_equal(told->times_s, times_s, sizeof times_s);
    assert_int_equal(told->n_states, 3);
    assert_string_equal(told->states[0].what, "first");
    assert_string_equal(told->states[1].name, "t_cell");
    assert_string_equal(told->states[2].name, "s");
    assert_string_equal(told->states[2].what, "third");
    assert_int_equal(told->record, h.record);

    double i_out[N_TIMES][2];
    for (size_t sample = 0; sample < 2; sample++)
        for (size_t input = 0; input < 4; input++) {
            assert_int_equal(
                xbar_reader_course(r, i_out[0], "nodal", sample, input, &err), XBAR_OK);
            for (size_t t = 0; t < N_TIMES; t++)
                for (size_t j = 0; j < 2; j++)
                    assert_true(i_out[t][j] ==
                                sample_number(KIND_I_OUT, 1, sample, input, 0, j) +
                                    100.0 * (double)t);
        }
    assert_int_equal(xbar_reader_course(r, i_out[0], "nodal", 0, 4, &err),
                     XBAR_ERR_INPUT);
    assert_non_null(strstr(err.text, "no input 4; want < 4"));
    assert_int_equal(xbar_reader_outputs(r, i_out[0], "nodal", 0, &err),
                     XBAR_ERR_INPUT);
    assert_non_null(strstr(err.text, "a result in time; want one at rest"));
    xbar_outcome status[4];
    double seconds[4];
    assert_int_equal(xbar_reader_fates(r, status, seconds, NULL, "spice", 1, &err),
                     XBAR_OK);
    assert_true(seconds[3] == sample_number(KIND_WALL_TIME, 0, 1, 3, 0, 0));
    xbar_reader_close(r);
}

/* One axis at rest has no time. */
static void a_result_at_rest_has_no_time(void **unused)
{
    (void)unused;
    xbar_store_header h = header();
    xbar_reader *r = NULL;
    double i_out[2];
    h.n_times = 0;
    h.n_states = 0;
    h.record = XBAR_RECORD_V_COL;
    write_all(&h);
    assert_int_equal(xbar_reader_open(&r, result_path(), NULL), XBAR_OK);
    assert_int_equal(xbar_reader_header(r)->n_times, 0);
    assert_int_equal(xbar_reader_header(r)->n_states, 0);
    assert_int_equal(xbar_reader_course(r, i_out, "spice", 1, 2, NULL), XBAR_OK);
    assert_true(i_out[1] == sample_number(KIND_I_OUT, 0, 1, 2, 0, 1));
    xbar_reader_close(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_number_is_in_its_place),
        cmocka_unit_test(the_reader_knows_time),
        cmocka_unit_test(a_result_at_rest_has_no_time),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
