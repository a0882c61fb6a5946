/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whoever takes the heap over finds it as it was, writes to what is its own alone, and
 * faults less for it where the system has large pages. */
#include "check.h"

#include <stdbool.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "campaign/heap.h"

enum { SIZE = 16 << 20, STRIDE = 64, LEAST_PAGE = 4096 };

static unsigned char expected(size_t k)
{
    return (unsigned char)(k / STRIDE * 7 + 1);
}

static bool holds_pattern(const unsigned char *bytes)
{
    for (size_t k = 0; k < SIZE; k += STRIDE)
        if (bytes[k] != expected(k))
            return false;
    return true;
}

static long faults(void)
{
    struct rusage use;
    return getrusage(RUSAGE_SELF, &use) == 0 ? use.ru_minflt : -1;
}

/* In a child: what came of it, 2 if it did not find its parent's numbers, and the faults
 * of writing to each page. */
static long write_all(unsigned char *bytes, void *from, bool take)
{
    int ends[2];
    long told = -1;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        long before = faults();
        if (take)
            xbar_heap_take(from);
        bool found = holds_pattern(bytes);
        for (size_t k = 0; k < SIZE; k += LEAST_PAGE)
            bytes[k] = 0;
        long n = faults() - before;
        _exit(!found || write(ends[1], &n, sizeof n) != sizeof n);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_int_equal(read(ends[0], &told, sizeof told), sizeof told);
    close(ends[0]);
    close(ends[1]);
    return told;
}

/* Does this system collapse pages when it is asked to? */
static bool has_large_pages(unsigned char *bytes)
{
#ifdef __linux__
    const uintptr_t large = (uintptr_t)2 << 20;
    unsigned char *aligned = bytes + (large - (uintptr_t)bytes % large) % large;
    return madvise(aligned, large, 25 /* MADV_COLLAPSE */) == 0;
#else
    (void)bytes;
    return false;
#endif
}

static void test_taken(void **unused)
{
    (void)unused;
    void *from = xbar_heap_end();
    unsigned char *bytes = sbrk(SIZE);
    if (!from || (void *)bytes != from)
        LEAVE_OUT("no heap that can be grown");
    for (size_t k = 0; k < SIZE; k += STRIDE)
        bytes[k] = expected(k);
    long shared = write_all(bytes, from, false);
    long own = write_all(bytes, from, true);
    long nothing = write_all(bytes, NULL, true);
    long behind = write_all(bytes, bytes + SIZE, true);
    assert_true(holds_pattern(bytes)); /* the parent's are not the children's */
    const long pages = SIZE / sysconf(_SC_PAGESIZE);
    assert_true(shared >= pages && nothing >= pages && behind >= pages);
    if (!has_large_pages(bytes))
        LEAVE_OUT("no large pages");
    assert_in_range(own, 0, pages / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_taken),
    };
    return cmocka_run_group_tests_name("campaign: a worker's heap", tests, NULL, NULL);
}
