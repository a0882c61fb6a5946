/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "spice/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* A shared memory object whose name is gone again before anyone else can use it. */
static int nameless(void)
{
    for (int attempt = 0; attempt < 100; attempt++) {
        char name[64];
        snprintf(name, sizeof name, "/xbar-%ld-%d", (long)getpid(), attempt);
        int fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR);
        if (fd >= 0) {
            shm_unlink(name);
            return fd;
        }
        if (errno != EEXIST)
            break;
    }
    return -1;
}

static xbar_status own(xbar_scratch *f, xbar_error *err)
{
    int fd = nameless();
    if (fd >= 0 && f->owner != 0) {
        /* the number stays what it was in the process we come from */
        int same = dup2(fd, f->fd);
        close(fd);
        fd = same;
    }
    if (fd < 0)
        return xbar_fail(err, XBAR_ERR_MACHINE, "no memory file for ngspice: %s",
                         strerror(errno));
    f->fd = fd;
    f->owner = getpid();
    snprintf(f->path, sizeof f->path, "/dev/fd/%d", fd);
    return XBAR_OK;
}

xbar_status xbar_scratch_empty(xbar_scratch *f, xbar_error *err)
{
    if (f->owner != getpid())
        return own(f, err);
    if (ftruncate(f->fd, 0) != 0)
        return xbar_fail(err, XBAR_ERR_MACHINE, "ngspice's memory file: %s",
                         strerror(errno));
    return XBAR_OK;
}

size_t xbar_scratch_size(const xbar_scratch *f)
{
    struct stat info;
    return fstat(f->fd, &info) == 0 ? (size_t)info.st_size : 0;
}

xbar_status xbar_scratch_read(const xbar_scratch *f, void *out, size_t size,
                              size_t offset, xbar_error *err)
{
    char *at = out;
    while (size > 0) {
        ssize_t n = pread(f->fd, at, size, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return xbar_fail(err, XBAR_ERR_MACHINE, "ngspice's memory file: %s",
                             n < 0 ? strerror(errno) : "it ends too early");
        at += n;
        offset += (size_t)n;
        size -= (size_t)n;
    }
    return XBAR_OK;
}
