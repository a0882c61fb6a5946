/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/trial.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Inflating takes less than 10 s for each MB of a file, even at the 1032:1 that deflate
 * can reach: 1 GB at more than 100 MB/s. */
static rlim_t patience(const char *path)
{
    struct stat facts;
    rlim_t megabytes = stat(path, &facts) == 0 ? (rlim_t)(facts.st_size >> 20) : 0;
    return 10 + 10 * megabytes;
}

static void limit(int resource, rlim_t most)
{
    struct rlimit r;
    if (getrlimit(resource, &r) == 0 && most < r.rlim_max) {
        r.rlim_cur = r.rlim_max = most;
        setrlimit(resource, &r);
    }
}

/* The child is quiet whatever happens: the C library and sanitizers report a corrupted
 * heap on stderr. */
static void be_quiet(void)
{
    int nowhere = open("/dev/null", O_WRONLY);
    if (nowhere >= 0) {
        dup2(nowhere, STDOUT_FILENO);
        dup2(nowhere, STDERR_FILENO);
    }
    static const int signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGXCPU};
    for (size_t k = 0; k < sizeof signals / sizeof signals[0]; k++)
        signal(signals[k], SIG_DFL);
}

xbar_status xbar_trial(void (*read)(void *with), void *with, const char *path,
                       xbar_error *err)
{
    pid_t child = fork();
    if (child < 0)
        return xbar_fail(err, XBAR_ERR_MACHINE,
                         "%s: cannot start a process to read it: %s", path,
                         strerror(errno));
    if (child == 0) {
        be_quiet();
        limit(RLIMIT_CORE, 0);
        limit(RLIMIT_CPU, patience(path));
        read(with);
        _exit(0);
    }
    int status;
    pid_t ended;
    do {
        ended = waitpid(child, &status, 0);
    } while (ended < 0 && errno == EINTR);
    if (ended < 0)
        return xbar_fail(err, XBAR_ERR_MACHINE,
                         "%s: lost the process that reads it: %s", path,
                         strerror(errno));
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return XBAR_OK;
    return xbar_fail(err, XBAR_ERR_INPUT, "%s: damaged: HDF5 %s while reading it", path,
                     WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU
                         ? "went on for ever"
                         : "crashed");
}
