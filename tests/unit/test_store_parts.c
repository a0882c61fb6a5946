/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A damaged part is a missing part: never joined, never a crash, written anew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/folder.h"
#include "store/part_file.h"
#include "store/seal.h"
#include "store_run.h"

static char folder[64], path[96], part_path[400];
static xbar_store_header header;
static xbar_store *store;

/* The block whose part is damaged, and another one. */
static const xbar_block *const victim = &run_blocks[1], *const other = &run_blocks[0];

static void name_part(char to[400], const xbar_block *block)
{
    char name[XBAR_PART_NAME_SIZE];
    xbar_part_name(name, header.digest, block);
    snprintf(to, 400, "%s.parts/%s", path, name);
}

static void write_part(const xbar_store_header *h, const xbar_block *block)
{
    xbar_part *p = sample_part(h, block);
    assert_int_equal(xbar_store_write(store, p, NULL), XBAR_OK);
    xbar_part_free(p);
}

static int set_up(void **state)
{
    (void)state;
    check_folder(folder);
    snprintf(path, sizeof path, "%s/run.h5", folder);
    header = run_header();
    if (xbar_store_open(&store, path, &header, false, NULL) != XBAR_OK)
        return -1;
    name_part(part_path, victim);
    write_part(&header, victim);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    xbar_store_close(store);
    check_remove(folder);
    return 0;
}

static off_t size_of(const char *name)
{
    struct stat facts;
    assert_int_equal(stat(name, &facts), 0);
    return facts.st_size;
}

/* Turns one bit of a byte and turns it back. */
static void turn_bit(off_t at)
{
    unsigned char byte;
    int fd = open(part_path, O_RDWR);
    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &byte, 1, at), 1);
    byte ^= (unsigned char)(1u << (at % 8));
    assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    close(fd);
}

static void one_bit_anywhere(void **state)
{
    (void)state;
    off_t size = size_of(part_path);
    assert_true(xbar_store_has(store, victim));
    for (off_t at = 0; at < size; at += at < 600 || at > size - 40 ? 1 : 61) {
        turn_bit(at);
        if (xbar_store_has(store, victim))
            fail_msg("byte %lld of %lld", (long long)at, (long long)size);
        turn_bit(at);
    }
    assert_true(xbar_store_has(store, victim));
}

static void cut_anywhere(void **state)
{
    (void)state;
    off_t size = size_of(part_path);
    for (off_t left = size - 1; left >= 0; left -= left > 100 ? 97 : 1) {
        assert_int_equal(truncate(part_path, left), 0);
        if (xbar_store_has(store, victim))
            fail_msg("%lld of %lld bytes", (long long)left, (long long)size);
    }
}

static void make_longer(void)
{
    assert_int_equal(truncate(part_path, size_of(part_path) + 1), 0);
}

static void make_text(void)
{
    FILE *f = fopen(part_path, "w");
    assert_non_null(f);
    fputs("no part at all, but some text that is longer than a seal", f);
    fclose(f);
}

static void make_sealed_text(void)
{
    make_text();
    int fd = open(part_path, O_RDWR);
    assert_int_equal(xbar_seal_append(fd), 0);
    close(fd);
}

static void make_other_block(void)
{
    char source[400];
    write_part(&header, other);
    name_part(source, other);
    assert_int_equal(rename(source, part_path), 0);
}

/* A whole part of this block in the victim's place, made with another header. */
static void replace_with(const xbar_store_header *h)
{
    int fd = open(part_path, O_RDWR | O_TRUNC);
    xbar_part *p = sample_part(h, victim);
    xbar_hdf_begin();
    assert_int_equal(xbar_part_file_write(fd, h, p, NULL), XBAR_OK);
    xbar_part_free(p);
    close(fd);
}

static void make_other_digest(void)
{
    xbar_store_header h = run_header();
    h.digest[63] = '0';
    replace_with(&h);
}

static void make_other_shape(void)
{
    xbar_store_header h = run_header();
    h.n_cols++;
    replace_with(&h);
}

static void make_other_engine(void)
{
    xbar_store_header h = run_header();
    h.engines[0] = "ideal";
    replace_with(&h);
}

static void make_less_recorded(void)
{
    xbar_store_header h = run_header();
    h.record = 0;
    replace_with(&h);
}

static void make_folder(void)
{
    unlink(part_path);
    assert_int_equal(mkdir(part_path, 0777), 0);
}

static void make_pipe(void)
{
    unlink(part_path);
    assert_int_equal(mkfifo(part_path, 0666), 0);
}

static void make_link(void)
{
    char target[500];
    snprintf(target, sizeof target, "%s.elsewhere", part_path);
    assert_int_equal(rename(part_path, target), 0);
    assert_int_equal(symlink(target, part_path), 0);
}

static void make_missing(void)
{
    unlink(part_path);
}

static xbar_outcome victim_pending(size_t engine, size_t sample, size_t input)
{
    (void)engine;
    bool lost = sample == victim->sample && input >= victim->input &&
                input < victim->input + victim->n_inputs;
    return lost ? XBAR_PENDING : XBAR_DONE;
}

static void damaged_in_every_way(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        void (*damage)(void);
        bool is_replaced; /* by writing the part again */
    } cases[] = {
        {"a byte too long", make_longer, true},
        {"a text", make_text, true},
        {"a sealed text", make_sealed_text, true},
        {"the part of another block", make_other_block, true},
        {"the part of another run", make_other_digest, true},
        {"a part of another shape", make_other_shape, true},
        {"a part of another engine", make_other_engine, true},
        {"a part without the recorded plane", make_less_recorded, true},
        {"a pipe", make_pipe, true},
        {"a symbolic link", make_link, true},
        {"missing", make_missing, true},
        {"a folder", make_folder, false},
    };
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        cases[k].damage();
        if (xbar_store_has(store, victim))
            fail_msg("%s: taken for whole", cases[k].name);
        for (size_t b = 0; b < RUN_BLOCKS; b++)
            if (&run_blocks[b] != victim)
                write_part(&header, &run_blocks[b]);
        xbar_part *p = sample_part(&header, victim);
        xbar_status status = xbar_store_write(store, p, NULL);
        xbar_part_free(p);
        if (status != (cases[k].is_replaced ? XBAR_OK : XBAR_ERR_MACHINE) ||
            xbar_store_has(store, victim) != cases[k].is_replaced)
            fail_msg("%s: writing it again", cases[k].name);
    }
}

static void damaged_parts_are_joined_as_pending(void **state)
{
    (void)state;
    static void (*const damages[])(void) = {make_text, make_other_shape, make_missing};
    for (size_t k = 0; k < sizeof damages / sizeof damages[0]; k++) {
        for (size_t b = 0; b < RUN_BLOCKS; b++)
            write_part(&header, &run_blocks[b]);
        damages[k]();
        assert_int_equal(xbar_store_join(store, run_blocks, RUN_BLOCKS, NULL), XBAR_OK);
        assert_true(check_file(path, &header, victim_pending));
    }
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(one_bit_anywhere),
        CASE(cut_anywhere),
        CASE(damaged_in_every_way),
        CASE(damaged_parts_are_joined_as_pending),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
