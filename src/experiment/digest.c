/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "experiment/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/memory.h"

void xbar_digest_start(xbar_digest *d)
{
    sha256_init(d);
}

void xbar_digest_add(xbar_digest *d, const void *bytes, size_t length)
{
    uint8_t size[8];
    for (size_t k = 0; k < sizeof size; k++)
        size[k] = (uint8_t)((uint64_t)length >> (8 * k));
    sha256_update(d, sizeof size, size);
    if (length > 0)
        sha256_update(d, length, bytes);
}

void xbar_digest_end(xbar_digest *d, char hex[XBAR_SHA256_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    uint8_t sum[SHA256_DIGEST_SIZE];
    sha256_digest(d, sizeof sum, sum);
    for (size_t k = 0; k < sizeof sum; k++) {
        hex[2 * k] = digits[sum[k] >> 4];
        hex[2 * k + 1] = digits[sum[k] & 15];
    }
    hex[2 * sizeof sum] = '\0';
}

/* Without O_NONBLOCK the opening of a pipe would wait for its writer. */
static xbar_status open_regular(int *file, size_t *size, const char *path,
                                size_t max_bytes, xbar_error *err)
{
    *file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (*file < 0)
        return xbar_fail(err, XBAR_ERR_INPUT, "%s", strerror(errno));
    struct stat about;
    xbar_status status = XBAR_OK;
    if (fstat(*file, &about) != 0)
        status = xbar_fail(err, XBAR_ERR_INPUT, "%s", strerror(errno));
    else if (!S_ISREG(about.st_mode))
        status = xbar_fail(err, XBAR_ERR_INPUT, "not a regular file");
    else if ((uint64_t)about.st_size > max_bytes)
        status = xbar_fail(err, XBAR_ERR_INPUT, "%lld bytes; at most %zu are read",
                           (long long)about.st_size, max_bytes);
    if (status != XBAR_OK) {
        close(*file);
        *file = -1;
        return status;
    }
    *size = (size_t)about.st_size;
    return XBAR_OK;
}

/* Reads until `size` bytes are there or the file ends. @return bytes read, -1 on error */
static ssize_t read_all(int file, char *bytes, size_t size)
{
    size_t have = 0;
    while (have < size) {
        ssize_t n = read(file, bytes + have, size - have);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        have += (size_t)n;
    }
    return (ssize_t)have;
}

xbar_status xbar_file_read(char **bytes, size_t *length, char sha256[XBAR_SHA256_SIZE],
                           const char *path, size_t max_bytes, xbar_error *err)
{
    *bytes = NULL;
    int file = -1;
    size_t size = 0;
    XBAR_TRY(open_regular(&file, &size, path, max_bytes, err));
    void *memory = NULL;
    xbar_status status = xbar_array_new(&memory, size + 1, 1, "file", err);
    if (status != XBAR_OK)
        goto done;
    ssize_t have = read_all(file, memory, size);
    if (have < 0) {
        status = xbar_fail(err, XBAR_ERR_INPUT, "%s", strerror(errno));
        goto done;
    }
    *length = (size_t)have;
    if (sha256) {
        struct sha256_ctx sum;
        sha256_init(&sum);
        sha256_update(&sum, *length, memory);
        xbar_digest_end(&sum, sha256);
    }
    *bytes = memory;
    memory = NULL;
done:
    free(memory);
    close(file);
    return status;
}

xbar_status xbar_file_digest(char sha256[XBAR_SHA256_SIZE], const char *path,
                             size_t max_bytes, xbar_error *err)
{
    enum { PIECE = 1 << 16 };
    int file = -1;
    size_t size = 0;
    XBAR_TRY(open_regular(&file, &size, path, max_bytes, err));
    struct sha256_ctx sum;
    sha256_init(&sum);
    xbar_status status = XBAR_OK;
    char piece[PIECE];
    ssize_t have = 0;
    while ((have = read_all(file, piece, sizeof piece)) > 0)
        sha256_update(&sum, (size_t)have, (const uint8_t *)piece);
    if (have < 0)
        status = xbar_fail(err, XBAR_ERR_INPUT, "%s", strerror(errno));
    xbar_digest_end(&sum, sha256);
    close(file);
    return status;
}
