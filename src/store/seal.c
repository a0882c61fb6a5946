/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/seal.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "store/disk.h"

/* Native byte order: parts do not travel. */
typedef struct seal {
    char magic[8];
    uint64_t size; /* of what is sealed */
    uint64_t crc;
} seal;

static const char magic[8] = {'x', 'b', 'a', 'r', 's', 'e', 'a', 'l'};

/* What a byte does to the sum, and what it does with n others behind it: eight bytes a step
 * (slicing by 8: Kounavis and Berry, Proc. 10th IEEE ISCC, 2005,
 * doi:10.1109/ISCC.2005.18). */
enum { SLICES = 8 };

static void fill_tables(uint64_t table[SLICES][256])
{
    for (unsigned k = 0; k < 256; k++) {
        uint64_t r = k;
        for (int bit = 0; bit < 8; bit++)
            r = (r & 1) != 0 ? (r >> 1) ^ UINT64_C(0xC96C5795D7870F42) : r >> 1;
        table[0][k] = r;
    }
    for (unsigned n = 1; n < SLICES; n++)
        for (unsigned k = 0; k < 256; k++)
            table[n][k] = (table[n - 1][k] >> 8) ^ table[0][table[n - 1][k] & 0xff];
}

uint64_t xbar_crc64(uint64_t crc, const void *bytes, size_t size)
{
    static uint64_t table[SLICES][256];
    if (table[0][255] == 0)
        fill_tables(table);
    const unsigned char *at = bytes;
    crc = ~crc;
    for (; size >= SLICES; size -= SLICES, at += SLICES) {
        uint64_t next = 0;
        for (unsigned n = 0; n < SLICES; n++)
            next ^= table[SLICES - 1 - n][(crc >> 8 * n ^ at[n]) & 0xff];
        crc = next;
    }
    for (size_t k = 0; k < size; k++)
        crc = (crc >> 8) ^ table[0][(crc ^ at[k]) & 0xff];
    return ~crc;
}

static int checksum(uint64_t *crc, int fd, uint64_t size)
{
    char buffer[16384];
    *crc = 0;
    for (uint64_t at = 0; at < size;) {
        size_t bite = size - at < sizeof buffer ? (size_t)(size - at) : sizeof buffer;
        int failure = xbar_disk_read(fd, buffer, bite, at);
        if (failure != 0)
            return failure;
        *crc = xbar_crc64(*crc, buffer, bite);
        at += bite;
    }
    return 0;
}

int xbar_seal_append(int fd)
{
    struct stat facts;
    if (fstat(fd, &facts) != 0)
        return errno;
    seal s = {.size = (uint64_t)facts.st_size};
    memcpy(s.magic, magic, sizeof magic);
    int failure = checksum(&s.crc, fd, s.size);
    return failure != 0 ? failure : xbar_disk_write(fd, &s, sizeof s, s.size);
}

bool xbar_seal_holds(int fd)
{
    struct stat facts;
    seal s;
    uint64_t crc;
    if (fstat(fd, &facts) != 0 || !S_ISREG(facts.st_mode) ||
        facts.st_size < (off_t)sizeof s)
        return false;
    uint64_t size = (uint64_t)facts.st_size - sizeof s;
    return xbar_disk_read(fd, &s, sizeof s, size) == 0 &&
           memcmp(s.magic, magic, sizeof magic) == 0 && s.size == size &&
           checksum(&crc, fd, size) == 0 && crc == s.crc;
}
