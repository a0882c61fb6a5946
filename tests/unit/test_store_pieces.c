/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The layer's small parts: UTF-8, the checksum, the table of variables, trials. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/seal.h"
#include "store/trial.h"
#include "store/utf8.h"
#include "store/variable.h"

#define BAD "\xef\xbf\xbd"

static void utf8(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text, *clean;
    } cases[] = {
        {"empty", "", ""},
        {"ASCII, with control characters", "a\x01\n\x7f", "a\x01\n\x7f"},
        {"two to four bytes", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
         "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
        {"the last of all", "\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"},
        {"Latin-1", "gr\xfc\xdf", "gr" BAD BAD},
        {"a lone continuation", "\x80z", BAD "z"},
        {"overlong slash", "\xc0\xaf", BAD BAD},
        {"overlong in three", "\xe0\x80\xaf", BAD BAD BAD},
        {"a surrogate", "\xed\xa0\x80", BAD BAD BAD},
        {"beyond the last", "\xf4\x90\x80\x80", BAD BAD BAD BAD},
        {"cut short", "a\xe2\x82", "a" BAD BAD},
        {"cut by another",
         "\xe2\x82"
         "b",
         BAD BAD "b"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        char *clean = xbar_utf8_clean(cases[k].text);
        if (!clean || strcmp(clean, cases[k].clean) != 0)
            fail_msg("%s: '%s'", cases[k].name, clean ? clean : "no memory");
        free(clean);
    }
}

static void crc64(void **state)
{
    (void)state;
    /* The check value of CRC-64/XZ in Greg Cook's catalogue of parametrised CRCs. */
    assert_true(xbar_crc64(0, "123456789", 9) == UINT64_C(0x995dc9bbdf1939fa));
    assert_true(xbar_crc64(xbar_crc64(0, "1234", 4), "56789", 5) ==
                UINT64_C(0x995dc9bbdf1939fa));
    assert_true(xbar_crc64(0, "", 0) == 0);

    /* eight bytes at a time, from any address, make what they make one by one */
    unsigned char bytes[300];
    for (size_t k = 0; k < sizeof bytes; k++)
        bytes[k] = (unsigned char)(k * k + 7 * k);
    for (size_t from = 0; from < 20; from++) {
        const size_t n = sizeof bytes - 13 * from;
        uint64_t one_by_one = 0;
        for (size_t k = from; k < n; k++)
            one_by_one = xbar_crc64(one_by_one, bytes + k, 1);
        assert_true(xbar_crc64(0, bytes + from, n - from) == one_by_one);
    }
}

static size_t count_entries(const xbar_store_header *h)
{
    size_t n = 0;
    for (xbar_entry e = {0}; xbar_entry_next(&e, h);)
        n++;
    return n;
}

static void entries(void **state)
{
    (void)state;
    const unsigned all = XBAR_RECORD_V_ROW | XBAR_RECORD_V_COL | XBAR_RECORD_I_CELL;
    const struct {
        const char *name;
        size_t n_engines;
        unsigned record;
        const char *state_name;
        size_t want;
    } cases[] = {
        {"no engine", 0, all, NULL, 3},
        {"no engine, a state", 0, 0, "w", 4},
        {"one engine, lines only", 1, 0, NULL, 3 + 8},
        {"one engine, one plane", 1, XBAR_RECORD_V_COL, NULL, 3 + 9},
        {"one engine, matrices", 1, XBAR_RECORD_EFFECTIVE, NULL, 3 + 10},
        {"all there can be", XBAR_MAX_ENGINES, all | XBAR_RECORD_EFFECTIVE, "w",
         4 + XBAR_MAX_ENGINES * 13},
    };
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        xbar_store_header h = {.n_engines = cases[k].n_engines,
                               .record = cases[k].record,
                               .state_name = cases[k].state_name};
        for (size_t e = 0; e < h.n_engines; e++)
            h.engines[e] = "engine";
        size_t n = count_entries(&h);
        if (n != cases[k].want || n > XBAR_MAX_ENTRIES)
            fail_msg("%s: %zu", cases[k].name, n);
    }
}

static void come_back(void *with)
{
    int *number = with;
    *number = 1;
}

static void say_and_die(void *with)
{
    (void)with;
    (void)!write(STDERR_FILENO, "must not be seen\n", 17);
    raise(SIGSEGV);
}

static void leave(void *with)
{
    (void)with;
    _exit(3);
}

static void run_out_of_time(void *with)
{
    (void)with;
    raise(SIGXCPU);
}

static void trials(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        void (*read)(void *with);
        xbar_status status;
        const char *says;
    } cases[] = {
        {"comes back", come_back, XBAR_OK, ""},
        {"crashes", say_and_die, XBAR_ERR_INPUT, "x.h5: damaged: HDF5 crashed"},
        {"leaves", leave, XBAR_ERR_INPUT, "crashed"},
        {"loops", run_out_of_time, XBAR_ERR_INPUT, "went on for ever"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        int number = 0;
        xbar_error err = {0};
        xbar_status status = xbar_trial(cases[k].read, &number, "x.h5", &err);
        if (status != cases[k].status || !strstr(err.text, cases[k].says))
            fail_msg("%s: %d, %s", cases[k].name, (int)status, err.text);
        assert_int_equal(number, 0); /* what the child does stays there */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8),
        cmocka_unit_test(crc64),
        cmocka_unit_test(entries),
        cmocka_unit_test(trials),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
