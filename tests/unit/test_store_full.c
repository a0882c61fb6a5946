/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A disk that fills at every possible moment: one error with its reason, an ordinary
 * exit, nothing half there, and a run that goes on once there is room. */

#include "check.h"

#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "store_run.h"

/* CLONE_NEWNS of <sched.h>, which only _GNU_SOURCE shows. */
static const long new_mounts = 0x00020000;

static char folder[64], path[96];

/* Exit statuses of the child. */
enum { ALL_WELL = 0, RAN_FULL = 1, WRONG = 2, NO_MOUNT = 77 };

/* Says how a run on a full disk went. */
static int judge(const char *reason)
{
    xbar_store_header h = run_header();
    xbar_error err = {0};
    char parts[128];
    snprintf(parts, sizeof parts, "%s.parts", path);
    xbar_status status = run_all(path, &h, -1, &err);
    if (status == XBAR_OK)
        return check_file(path, &h, check_all_done) ? ALL_WELL : WRONG;
    if (status != XBAR_ERR_MACHINE || !strstr(err.text, reason) ||
        strncmp(err.text, path, strlen(path)) != 0) {
        fprintf(stderr, "status %d: %s\n", (int)status, err.text);
        return WRONG;
    }
    if (check_exists(path) || check_count(parts, ".tmp") > 0) {
        fprintf(stderr, "something is half there\n");
        return WRONG;
    }
    return RAN_FULL;
}

/* The disk has room again: the run must end well. */
static int go_on(void)
{
    xbar_store_header h = run_header();
    xbar_error err = {0};
    if (run_all(path, &h, -1, &err) == XBAR_OK && check_file(path, &h, check_all_done))
        return RAN_FULL;
    fprintf(stderr, "going on: %s\n", err.text);
    return WRONG;
}

static int on_small_disk(size_t size)
{
    char options[64];
    snprintf(options, sizeof options, "size=%zu", size);
    /* A name space of its own: the mount ends with this process. */
    if (syscall(SYS_unshare, new_mounts) != 0 ||
        mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tmpfs", folder, "tmpfs", 0, options) != 0)
        return NO_MOUNT;
    int result = judge("No space left on device");
    if (result != RAN_FULL)
        return result;
    if (mount("tmpfs", folder, "tmpfs", MS_REMOUNT, "size=16m") != 0)
        return WRONG;
    return go_on();
}

static int with_small_files(size_t size)
{
    struct rlimit limit;
    signal(SIGXFSZ, SIG_IGN);
    if (getrlimit(RLIMIT_FSIZE, &limit) != 0)
        return WRONG;
    rlim_t before = limit.rlim_cur;
    limit.rlim_cur = size;
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
        return WRONG;
    int result = judge("File too large");
    limit.rlim_cur = before;
    setrlimit(RLIMIT_FSIZE, &limit);
    return result == RAN_FULL ? go_on() : result;
}

/* In a child that ends by exit(): what HDF5 does at the end of a process counts. */
static int in_child(int (*f)(size_t size), size_t size)
{
    int status;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0)
        exit(f(size));
    if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
        return WRONG;
    return WEXITSTATUS(status);
}

static void try_sizes(int (*f)(size_t size), size_t step)
{
    size_t size = step, n_full = 0;
    for (;; size += step) {
        check_folder(folder);
        snprintf(path, sizeof path, "%s/run.h5", folder);
        int result = in_child(f, size);
        check_remove(folder);
        if (result == NO_MOUNT)
            LEAVE_OUT("only root can mount a small disk");
        if (result == ALL_WELL)
            break;
        if (result != RAN_FULL)
            fail_msg("with %zu bytes: child ended with %d", size, result);
        n_full++;
    }
    assert_true(n_full > 10);
    print_message("# enough at %zu bytes, full at %zu sizes below\n", size, n_full);
}

static void disk_full(void **state)
{
    (void)state;
    try_sizes(on_small_disk, 4096);
}

static void file_too_large(void **state)
{
    (void)state;
    try_sizes(with_small_files, 1021);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(disk_full),
        cmocka_unit_test(file_too_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
