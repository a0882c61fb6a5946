/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kills a small run at its n-th system call that touches files, for n = 1, 2, 3, ...
 * until it survives. Whatever n: the final file is absent or right, what was said to be
 * finished still is, and the next run ends with the same numbers. */

#include "check.h"

#include <errno.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <linux/ptrace.h>

#include "store_run.h"

static char folder[64], path[96];

static bool touches_files(uint64_t call)
{
    static const long calls[] = {
#ifdef SYS_open
        SYS_open,
#endif
#ifdef SYS_mkdir
        SYS_mkdir,
#endif
#ifdef SYS_rmdir
        SYS_rmdir,
#endif
#ifdef SYS_unlink
        SYS_unlink,
#endif
#ifdef SYS_rename
        SYS_rename,
#endif
#ifdef SYS_renameat
        SYS_renameat,
#endif
        SYS_openat,   SYS_mkdirat, SYS_unlinkat,  SYS_renameat2, SYS_write,
        SYS_pwrite64, SYS_fsync,   SYS_fdatasync, SYS_ftruncate,
    };
    for (size_t k = 0; k < sizeof calls / sizeof calls[0]; k++)
        if (call == (uint64_t)calls[k])
            return true;
    return false;
}

/* The run itself, under trace; never returns. */
static void be_the_run(int report)
{
    xbar_store_header h = run_header();
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
        _exit(77);
    raise(SIGSTOP);
    _exit(run_all(path, &h, report, NULL) == XBAR_OK ? 0 : 1);
}

enum outcome { KILLED, SURVIVED, UNTRACEABLE, BROKEN };

/* ptrace takes its options and sizes as pointers. */
static void *number(uintptr_t value)
{
    /* NOLINTNEXTLINE(performance-no-int-to-ptr): the system's interface */
    return (void *)value;
}

/* Follows the child from call to call and kills it as it enters the n-th. */
static enum outcome follow(pid_t child, size_t n)
{
    int status;
    size_t count = 0;
    if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status))
        return UNTRACEABLE;
    if (ptrace(PTRACE_SETOPTIONS, child, NULL,
               number(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)) != 0)
        return UNTRACEABLE;
    for (;;) {
        struct ptrace_syscall_info info = {0};
        if (ptrace(PTRACE_SYSCALL, child, NULL, NULL) != 0 ||
            waitpid(child, &status, 0) != child)
            return BROKEN;
        if (WIFEXITED(status))
            return WEXITSTATUS(status) == 0 ? SURVIVED : BROKEN;
        if (!WIFSTOPPED(status))
            return BROKEN;
        if (WSTOPSIG(status) != (SIGTRAP | 0x80))
            continue;
        if (ptrace(PTRACE_GET_SYSCALL_INFO, child, number(sizeof info), &info) <= 0)
            return UNTRACEABLE;
        if (info.op == PTRACE_SYSCALL_INFO_ENTRY && touches_files(info.entry.nr) &&
            ++count == n) {
            kill(child, SIGKILL);
            waitpid(child, &status, 0);
            return KILLED;
        }
    }
}

static enum outcome run_until(size_t n, bool finished[RUN_BLOCKS])
{
    int report[2];
    memset(finished, 0, RUN_BLOCKS * sizeof finished[0]);
    if (pipe(report) != 0)
        return BROKEN;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0)
        be_the_run(report[1]);
    close(report[1]);
    enum outcome outcome = follow(child, n);
    if (outcome == UNTRACEABLE || outcome == BROKEN) {
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
    }
    unsigned char number;
    while (read(report[0], &number, 1) == 1)
        finished[number] = true;
    close(report[0]);
    return outcome;
}

static void check_after_kill(size_t n, const bool finished[RUN_BLOCKS])
{
    xbar_store_header h = run_header();
    xbar_error err = {0};
    bool joined = check_exists(path);
    if (joined && !check_file(path, &h, check_all_done))
        fail_msg("killed at call %zu: the final file is wrong", n);
    xbar_store *s;
    if (xbar_store_open(&s, path, &h, true, &err) != XBAR_OK)
        fail_msg("killed at call %zu: %s", n, err.text);
    for (size_t k = 0; k < RUN_BLOCKS && !joined; k++)
        if (finished[k] && !xbar_store_has(s, &run_blocks[k]))
            fail_msg("killed at call %zu: block %zu is lost", n, k);
    xbar_store_close(s);

    if (run_all(path, &h, -1, &err) != XBAR_OK)
        fail_msg("killed at call %zu, resuming: %s", n, err.text);
    if (!check_file(path, &h, check_all_done))
        fail_msg("killed at call %zu: the resumed file is wrong", n);
    if (check_count(folder, "") != 1)
        fail_msg("killed at call %zu: something is left over", n);
    unlink(path);
}

static void killed_at_every_call(void **state)
{
    (void)state;
    bool finished[RUN_BLOCKS];
    size_t n = 1, some_finished = 0;
    for (;; n++) {
        enum outcome outcome = run_until(n, finished);
        if (outcome == UNTRACEABLE)
            LEAVE_OUT("this system lets no process be traced");
        if (outcome == BROKEN)
            fail_msg("the run failed without being killed, call %zu", n);
        if (outcome == SURVIVED)
            break;
        some_finished += finished[0] ? 1 : 0;
        check_after_kill(n, finished);
    }
    /* So that a run that does nothing cannot pass. */
    assert_true(n > 100);
    assert_true(some_finished > 50);
    print_message("# killed at each of %zu calls\n", n - 1);
}

static int set_up(void **state)
{
    (void)state;
    /* HDF5 initialises itself here, once, and not in each child. */
    xbar_hdf_begin();
    check_folder(folder);
    snprintf(path, sizeof path, "%s/run.h5", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    check_remove(folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(killed_at_every_call, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
