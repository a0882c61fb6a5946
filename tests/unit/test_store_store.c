/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The life of a result file: parts, joining, resuming, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "core/clock.h"
#include "store/reader.h"
#include "store_check.h"

#define DIGEST_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define DIGEST_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

enum { ALL_PLANES = XBAR_RECORD_V_ROW | XBAR_RECORD_V_COL | XBAR_RECORD_I_CELL };

static char folder[64], path[128], parts[160];

static int set_up(void **state)
{
    (void)state;
    check_folder(folder);
    snprintf(path, sizeof path, "%s/r\xc3\xa9sultat \xff.h5", folder);
    snprintf(parts, sizeof parts, "%s.parts", path);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    check_remove(folder);
    return 0;
}

static xbar_store_header make_header(void)
{
    return (xbar_store_header){.n_samples = 3,
                               .n_inputs = 4,
                               .n_rows = 2,
                               .n_cols = 3,
                               .n_engines = 2,
                               .engines = {"spice", "ideal"},
                               .title = "test",
                               .digest = DIGEST_A};
}

static const xbar_block by_sample[] = {{2, 1, 0, 4}, {0, 1, 0, 4}, {1, 1, 0, 4}};
static const xbar_block by_input[] = {{2, 1, 3, 1}, {0, 2, 0, 4}, {2, 1, 0, 3}};
static const xbar_block all_in_one[] = {{0, 3, 0, 4}};

static xbar_store *open_store(const xbar_store_header *h)
{
    xbar_store *s = NULL;
    xbar_error err = {0};
    if (xbar_store_open(&s, path, h, false, &err) != XBAR_OK)
        fail_msg("%s", err.text);
    return s;
}

static void write_blocks(const xbar_store *s, const xbar_store_header *h,
                         const xbar_block *blocks, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        xbar_part *p = sample_part(h, &blocks[k]);
        xbar_error err = {0};
        if (xbar_store_write(s, p, &err) != XBAR_OK)
            fail_msg("%s", err.text);
        xbar_part_free(p);
    }
}

static void join_blocks(xbar_store *s, const xbar_block *blocks, size_t n)
{
    xbar_error err = {0};
    if (xbar_store_join(s, blocks, n, &err) != XBAR_OK)
        fail_msg("%s", err.text);
}

static void round_trips(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const xbar_block *blocks;
        size_t n_blocks, n_engines;
        unsigned record;
        const char *state_name;
        size_t n_rows, n_cols;
    } cases[] = {
        {"whole samples, last one first", by_sample, 3, 2, ALL_PLANES, "length", 2, 3},
        {"inputs of one sample apart", by_input, 3, 2, ALL_PLANES, "length", 2, 3},
        {"everything in one part", all_in_one, 1, 2, ALL_PLANES, "length", 2, 3},
        {"no planes, no state", by_sample, 3, 2, 0, NULL, 2, 3},
        {"one plane only", by_input, 3, 1, XBAR_RECORD_I_CELL, NULL, 2, 3},
        {"one cell", by_input, 3, 2, ALL_PLANES, NULL, 1, 1},
        {"one row, many columns", all_in_one, 1, 1, ALL_PLANES, NULL, 1, 20000},
        {"many rows, one column", by_input, 3, 1, 0, NULL, 20000, 1},
        {"no engine", by_sample, 3, 0, 0, NULL, 2, 3},
    };
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        xbar_store_header h = make_header();
        h.n_engines = cases[k].n_engines;
        h.record = cases[k].record;
        h.state_name = cases[k].state_name;
        h.n_rows = cases[k].n_rows;
        h.n_cols = cases[k].n_cols;
        xbar_store *s = open_store(&h);
        write_blocks(s, &h, cases[k].blocks, cases[k].n_blocks);
        for (size_t b = 0; b < cases[k].n_blocks; b++)
            assert_true(xbar_store_has(s, &cases[k].blocks[b]));
        assert_false(check_exists(path));
        join_blocks(s, cases[k].blocks, cases[k].n_blocks);
        xbar_store_close(s);
        if (!check_file(path, &h, check_all_done))
            fail_msg("%s", cases[k].name);
        assert_int_equal(check_count(folder, ""), 1);
        assert_int_equal(unlink(path), 0);
    }
}

static void planes_larger_than_a_box_are_carried_over(void **state)
{
    (void)state;
    /* 8.8 MB a plane: three chunks, and three boxes while joining. */
    static const xbar_block blocks[] = {{0, 1, 1, 1}, {0, 1, 0, 1}};
    xbar_store_header h = make_header();
    h.n_samples = h.n_engines = 1;
    h.n_inputs = 2;
    h.n_rows = 1100;
    h.n_cols = 1000;
    h.record = XBAR_RECORD_V_ROW;
    xbar_store *s = open_store(&h);
    write_blocks(s, &h, blocks, 2);
    join_blocks(s, blocks, 2);
    xbar_store_close(s);
    assert_true(check_file(path, &h, check_all_done));
}

static xbar_outcome with_failures(size_t engine, size_t sample, size_t input)
{
    if (engine == 0 && sample == 1 && input == 2)
        return XBAR_NOT_CONVERGED;
    return engine == 1 && sample == 2 && input == 0 ? XBAR_FAILED : XBAR_DONE;
}

static void failed_results_are_kept_but_not_had(void **state)
{
    (void)state;
    xbar_store_header h = make_header();
    h.record = ALL_PLANES;
    xbar_store *s = open_store(&h);
    xbar_part *p = sample_part(&h, &all_in_one[0]);
    sample_fail(p, &h, 0, 1 * 4 + 2, XBAR_NOT_CONVERGED);
    sample_fail(p, &h, 1, 2 * 4 + 0, XBAR_FAILED);
    assert_int_equal(xbar_store_write(s, p, NULL), XBAR_OK);
    xbar_part_free(p);
    assert_false(xbar_store_has(s, all_in_one));
    join_blocks(s, all_in_one, 1);
    xbar_store_close(s);
    assert_true(check_file(path, &h, with_failures));
}

static void a_second_try_replaces_a_failed_part(void **state)
{
    (void)state;
    xbar_store_header h = make_header();
    xbar_store *s = open_store(&h);
    xbar_part *p = sample_part(&h, &all_in_one[0]);
    sample_fail(p, &h, 0, 0, XBAR_FAILED);
    assert_int_equal(xbar_store_write(s, p, NULL), XBAR_OK);
    xbar_part_free(p);
    write_blocks(s, &h, all_in_one, 1);
    assert_true(xbar_store_has(s, all_in_one));
    xbar_store_close(s);
}

static xbar_outcome sample_1_pending(size_t engine, size_t sample, size_t input)
{
    (void)engine, (void)input;
    return sample == 1 ? XBAR_PENDING : XBAR_DONE;
}

static xbar_outcome input_3_pending(size_t engine, size_t sample, size_t input)
{
    (void)engine;
    return sample == 2 && input == 3 ? XBAR_PENDING : XBAR_DONE;
}

static void missing_parts_are_pending(void **state)
{
    (void)state;
    xbar_store_header h = make_header();
    h.record = ALL_PLANES;
    h.state_name = "length";
    xbar_store *s = open_store(&h);
    write_blocks(s, &h, by_sample, 2);
    assert_false(xbar_store_has(s, &by_sample[2]));
    join_blocks(s, by_sample, 3);
    xbar_store_close(s);
    assert_true(check_file(path, &h, sample_1_pending));

    s = open_store(&h);
    write_blocks(s, &h, by_input + 1, 2);
    join_blocks(s, by_input, 3);
    xbar_store_close(s);
    assert_true(check_file(path, &h, input_3_pending));
}

static void the_reader_gives_back_what_was_written(void **state)
{
    (void)state;
    struct xbar_provenance provenance[] = {
        {"zeta", "last letter, first entry", "one\ntwo"}, {"alpha", "the other", ""}};
    xbar_store_header h = make_header();
    h.record = XBAR_RECORD_V_COL;
    h.state_name = "length";
    h.provenance = provenance;
    h.n_provenance = 2;
    xbar_store *s = open_store(&h);
    write_blocks(s, &h, all_in_one, 1);
    join_blocks(s, all_in_one, 1);
    xbar_store_close(s);

    xbar_reader *r;
    assert_int_equal(xbar_reader_open(&r, path, NULL), XBAR_OK);
    const xbar_store_header *got = xbar_reader_header(r);
    assert_int_equal(got->n_samples, 3);
    assert_int_equal(got->n_inputs, 4);
    assert_int_equal(got->n_rows, 2);
    assert_int_equal(got->n_cols, 3);
    assert_int_equal(got->record, XBAR_RECORD_V_COL);
    assert_int_equal(got->n_engines, 2);
    assert_string_equal(got->engines[0], "spice");
    assert_string_equal(got->engines[1], "ideal");
    assert_string_equal(got->state_name, "length");
    assert_string_equal(got->title, "test");
    assert_string_equal(got->digest, DIGEST_A);
    assert_int_equal(got->n_provenance, 2);
    assert_string_equal(got->provenance[0].name, "zeta");
    assert_string_equal(got->provenance[0].long_name, "last letter, first entry");
    assert_string_equal(got->provenance[0].text, "one\ntwo");
    assert_string_equal(got->provenance[1].text, "");
    xbar_reader_close(r);
}

static void a_text_of_many_megabytes_is_fine(void **state)
{
    (void)state;
    const size_t size = (size_t)20 << 20;
    char *text = malloc(size + 1);
    assert_non_null(text);
    for (size_t k = 0; k < size; k++)
        text[k] = (char)('a' + k % 23);
    text[size] = '\0';
    struct xbar_provenance provenance[] = {{"netlist", "the netlist", text}};
    xbar_store_header h = make_header();
    h.provenance = provenance;
    h.n_provenance = 1;
    xbar_store *s = open_store(&h);
    join_blocks(s, all_in_one, 1);
    xbar_store_close(s);
    xbar_reader *r;
    assert_int_equal(xbar_reader_open(&r, path, NULL), XBAR_OK);
    assert_string_equal(xbar_reader_header(r)->provenance[0].text, text);
    xbar_reader_close(r);
    free(text);
}

static void parts_of_the_same_experiment_are_gone_on_from(void **state)
{
    (void)state;
    xbar_store_header h = make_header();
    xbar_store *s = open_store(&h);
    write_blocks(s, &h, by_sample, 1);
    xbar_store_close(s);
    for (int must_match = 0; must_match < 2; must_match++) {
        assert_int_equal(xbar_store_open(&s, path, &h, must_match != 0, NULL), XBAR_OK);
        assert_true(xbar_store_has(s, &by_sample[0]));
        assert_false(xbar_store_has(s, &by_sample[1]));
        xbar_store_close(s);
    }
}

static void parts_of_another_experiment(void **state)
{
    (void)state;
    xbar_store_header h = make_header(), other = make_header();
    strcpy(other.digest, DIGEST_B);
    xbar_store *s = open_store(&h);
    write_blocks(s, &h, by_sample, 2);
    xbar_store_close(s);

    xbar_error err = {0};
    assert_int_equal(xbar_store_open(&s, path, &other, true, &err), XBAR_ERR_INPUT);
    assert_null(s);
    assert_non_null(strstr(err.text, "2 parts of another experiment"));
    assert_int_equal(check_count(parts, ".h5"), 2);

    assert_int_equal(xbar_store_open(&s, path, &other, false, NULL), XBAR_OK);
    assert_int_equal(check_count(parts, ".h5"), 0);
    xbar_store_close(s);
}

static void digests_that_begin_alike_are_told_apart(void **state)
{
    (void)state;
    xbar_store_header h = make_header(), other = make_header();
    other.digest[63] = 'b';
    xbar_store *s = open_store(&h);
    write_blocks(s, &h, by_sample, 1);
    xbar_store_close(s);
    s = open_store(&other);
    assert_false(xbar_store_has(s, &by_sample[0]));
    xbar_store_close(s);
}

/* Losing must not harm the winner, which goes on once it is told to. */
static void a_second_run_is_locked_out(void **state)
{
    (void)state;
    xbar_store_header h = make_header();
    int ready[2], go[2];
    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(go), 0);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        xbar_store *s = NULL;
        char byte = xbar_store_open(&s, path, &h, false, NULL) == XBAR_OK ? '+' : '-';
        bool is_well = write(ready[1], &byte, 1) == 1 && read(go[0], &byte, 1) == 1;
        if (is_well)
            write_blocks(s, &h, by_sample, 1);
        is_well = is_well && xbar_store_has(s, &by_sample[0]);
        xbar_store_close(s);
        _exit(is_well ? 0 : 1);
    }
    char byte = 0;
    int status = 0;
    xbar_store *second = NULL;
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(byte, '+');
    assert_int_equal(xbar_store_open(&second, path, &h, false, NULL), XBAR_ERR_INPUT);
    assert_int_equal(write(go[1], &byte, 1), 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    second = open_store(&h);
    assert_true(xbar_store_has(second, &by_sample[0]));
    xbar_store_close(second);
    for (int k = 0; k < 2; k++) {
        close(ready[k]);
        close(go[k]);
    }
}

static void a_killed_run_unlocks(void **state)
{
    (void)state;
    xbar_store_header h = make_header();
    int ready[2];
    assert_int_equal(pipe(ready), 0);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        xbar_store *s;
        char byte = xbar_store_open(&s, path, &h, false, NULL) == XBAR_OK ? '+' : '-';
        ssize_t n = write(ready[1], &byte, 1);
        (void)n;
        pause();
        _exit(0);
    }
    char byte = 0;
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(byte, '+');
    xbar_store *s;
    xbar_error err = {0};
    const double begin = xbar_clock_s();
    assert_int_equal(xbar_store_open(&s, path, &h, false, &err), XBAR_ERR_INPUT);
    assert_non_null(strstr(err.text, "another run"));
    assert_true(xbar_clock_s() - begin < 5.0); /* not waited for: it is alive */
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    close(ready[0]);
    close(ready[1]);
    s = open_store(&h);
    xbar_store_close(s);
}

/* A killed run's workers hold its lock a moment longer than the run lives. */
static void workers_about_to_die_are_waited_for(void **state)
{
    (void)state;
    xbar_store_header h = make_header();
    int ready[2];
    assert_int_equal(pipe(ready), 0);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        xbar_store *s;
        char byte = xbar_store_open(&s, path, &h, false, NULL) == XBAR_OK ? '+' : '-';
        ssize_t n = write(ready[1], &byte, 1);
        (void)n;
        if (fork() == 0) /* a worker, which its run does not outlive */
            nanosleep(&(struct timespec){.tv_nsec = 400000000L}, NULL);
        _exit(0);
    }
    char byte = 0;
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(byte, '+');
    waitpid(child, NULL, 0);
    xbar_store_close(open_store(&h));
    close(ready[0]);
    close(ready[1]);
}

static void other_processes_write_parts(void **state)
{
    (void)state;
    xbar_store_header h = make_header();
    xbar_store *s = open_store(&h);
    fflush(NULL);
    for (size_t k = 0; k < 3; k++) {
        if (fork() == 0) {
            xbar_part *p = sample_part(&h, &by_sample[k]);
            int status = xbar_store_write(s, p, NULL) == XBAR_OK ? 0 : 1;
            /* As a worker that cleans up behind itself: the folder must survive. */
            xbar_part_free(p);
            xbar_store_close(s);
            _exit(status);
        }
    }
    for (int k = 0; k < 3; k++) {
        int status;
        assert_true(wait(&status) > 0);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    join_blocks(s, by_sample, 3);
    xbar_store_close(s);
    assert_true(check_file(path, &h, check_all_done));
}

static void an_unused_store_leaves_nothing(void **state)
{
    (void)state;
    xbar_store_header h = make_header();
    xbar_store_close(open_store(&h));
    assert_int_equal(check_count(folder, ""), 0);
    xbar_store_close(NULL);
}

static void folders_above_are_made(void **state)
{
    (void)state;
    xbar_store_header h = make_header();
    snprintf(path, sizeof path, "%s/a/b//c/r.h5", folder);
    xbar_store *s = open_store(&h);
    write_blocks(s, &h, all_in_one, 1);
    join_blocks(s, all_in_one, 1);
    xbar_store_close(s);
    assert_true(check_file(path, &h, check_all_done));
}

static void touch(const char *name, const char *text)
{
    FILE *f = fopen(name, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void an_older_result_stands_until_the_new_one_does(void **state)
{
    (void)state;
    xbar_store_header h = make_header();
    touch(path, "\x89HDF\r\n\x1a\nold");
    xbar_store *s = open_store(&h);
    write_blocks(s, &h, all_in_one, 1);
    struct stat facts;
    assert_int_equal(stat(path, &facts), 0);
    assert_int_equal(facts.st_size, 11);
    join_blocks(s, all_in_one, 1);
    xbar_store_close(s);
    assert_true(check_file(path, &h, check_all_done));
}

static void only_what_is_ours_is_cleaned_up(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool stays;
    } cases[] = {
        {"part-aaaaaaaaaaaaaaaa-sample-0-1-input-0-4.h5.tmp", false},
        {"joined.h5.tmp", false},
        {"part-bbbbbbbbbbbbbbbb-sample-0-1-input-0-4.h5", false},
        {"notes.txt", true},
        {"mine.tmp", true},
        {"data.h5", true},
        {"part-of-my-thesis.txt", true},
    };
    char name[512];
    xbar_store_header h = make_header();
    mkdir(parts, 0777);
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        snprintf(name, sizeof name, "%s/%s", parts, cases[k].name);
        touch(name, "x");
    }
    xbar_store *s = open_store(&h);
    write_blocks(s, &h, all_in_one, 1);
    join_blocks(s, all_in_one, 1);
    xbar_store_close(s);
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        snprintf(name, sizeof name, "%s/%s", parts, cases[k].name);
        if (check_exists(name) != cases[k].stays)
            fail_msg("%s", cases[k].name);
    }
}

static void a_join_that_fails_leaves_the_parts(void **state)
{
    (void)state;
    /* A folder takes the final name after the store was opened. */
    xbar_store_header h = make_header();
    xbar_store *s = open_store(&h);
    write_blocks(s, &h, by_sample, 3);
    assert_int_equal(mkdir(path, 0777), 0);
    xbar_error err = {0};
    assert_int_equal(xbar_store_join(s, by_sample, 3, &err), XBAR_ERR_MACHINE);
    assert_non_null(strstr(err.text, "directory"));
    assert_int_equal(check_count(parts, ".tmp"), 0);
    for (size_t k = 0; k < 3; k++)
        assert_true(xbar_store_has(s, &by_sample[k]));
    assert_int_equal(rmdir(path), 0);
    join_blocks(s, by_sample, 3);
    xbar_store_close(s);
    assert_true(check_file(path, &h, check_all_done));
}

static void paths_that_cannot_be(void **state)
{
    (void)state;
    char plain[100], taken[100], pipe_name[100], link_name[100], long_name[400];
    snprintf(plain, sizeof plain, "%s/plain/r.h5", folder);
    snprintf(taken, sizeof taken, "%s/t.h5", folder);
    snprintf(pipe_name, sizeof pipe_name, "%s/pipe", folder);
    snprintf(link_name, sizeof link_name, "%s/l.h5", folder);
    snprintf(long_name, sizeof long_name, "%s/%0300d", folder, 0);
    char name[200];
    snprintf(name, sizeof name, "%s/plain", folder);
    touch(name, "");
    snprintf(name, sizeof name, "%s.parts", taken);
    touch(name, "");
    snprintf(name, sizeof name, "%s.parts", link_name);
    assert_int_equal(symlink("/", name), 0);
    assert_int_equal(mkfifo(pipe_name, 0666), 0);

    const struct {
        const char *name, *path;
        xbar_status status;
        const char *says;
    } cases[] = {
        {"empty", "", XBAR_ERR_INPUT, "want the name of a file"},
        {"a folder", folder, XBAR_ERR_INPUT, "is a folder"},
        {"ends in a slash", "/tmp/", XBAR_ERR_INPUT, "want the name of a file"},
        {"dot dot", "/tmp/..", XBAR_ERR_INPUT, "want the name of a file"},
        {"a pipe", pipe_name, XBAR_ERR_INPUT, "not a regular file"},
        {"a device", "/dev/null", XBAR_ERR_INPUT, "not a regular file"},
        {"parts is a file", taken, XBAR_ERR_INPUT, "in the way"},
        {"parts is a link", link_name, XBAR_ERR_INPUT, "in the way"},
        {"below a file", plain, XBAR_ERR_INPUT, "Not a directory"},
        {"too long", long_name, XBAR_ERR_INPUT, "too long"},
        {"where nobody writes", "/proc/xbar/r.h5", XBAR_ERR_MACHINE, "/proc/xbar/r.h5"},
    };
    xbar_store_header h = make_header();
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        xbar_store *s;
        xbar_error err = {0};
        xbar_status status = xbar_store_open(&s, cases[k].path, &h, false, &err);
        if (status != cases[k].status || !strstr(err.text, cases[k].says) || s)
            fail_msg("%s: %d, %s", cases[k].name, (int)status, err.text);
    }
}

static void a_part_too_large_is_refused(void **state)
{
    (void)state;
    static const xbar_block blocks[] = {{0, SIZE_MAX / 8, 0, 4},
                                        {0, 1, 0, SIZE_MAX / 2}};
    xbar_store_header h = make_header();
    xbar_crossbar *c;
    assert_int_equal(xbar_crossbar_new(&c, h.n_rows, h.n_cols, NULL), XBAR_OK);
    for (size_t k = 0; k < 2; k++) {
        xbar_part *p;
        assert_int_equal(xbar_part_new(&p, &h, &blocks[k], c, NULL), XBAR_ERR_MEMORY);
        assert_null(p);
    }
    xbar_crossbar_free(c);
    xbar_part_free(NULL);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(round_trips),
        CASE(planes_larger_than_a_box_are_carried_over),
        CASE(failed_results_are_kept_but_not_had),
        CASE(a_second_try_replaces_a_failed_part),
        CASE(missing_parts_are_pending),
        CASE(the_reader_gives_back_what_was_written),
        CASE(a_text_of_many_megabytes_is_fine),
        CASE(parts_of_the_same_experiment_are_gone_on_from),
        CASE(parts_of_another_experiment),
        CASE(digests_that_begin_alike_are_told_apart),
        CASE(a_second_run_is_locked_out),
        CASE(a_killed_run_unlocks),
        CASE(workers_about_to_die_are_waited_for),
        CASE(other_processes_write_parts),
        CASE(an_unused_store_leaves_nothing),
        CASE(folders_above_are_made),
        CASE(an_older_result_stands_until_the_new_one_does),
        CASE(only_what_is_ours_is_cleaned_up),
        CASE(a_join_that_fails_leaves_the_parts),
        CASE(paths_that_cannot_be),
        CASE(a_part_too_large_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
