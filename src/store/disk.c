/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/disk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#if H5_VERSION_GE(1, 14, 0)
#include <H5FDdevelop.h>
#endif

/* What the driver knows of an open file. `head` belongs to HDF5 and comes first. */
typedef struct disk_file {
    H5FD_t head;
    xbar_disk *disk;
    haddr_t eoa, eof; /* end of what HDF5 has allocated, and of what is written */
} disk_file;

/* HDF5 hands this through its property lists, by copy. */
typedef struct disk_info {
    xbar_disk *disk;
} disk_info;

/* Linux writes at most 2 GiB at once; smaller bites also fail earlier. */
static const size_t max_bite = (size_t)1 << 26;

int xbar_disk_read(int fd, void *buffer, size_t size, uint64_t offset)
{
    char *at = buffer;
    while (size > 0) {
        size_t bite = size < max_bite ? size : max_bite;
        ssize_t got = pread(fd, at, bite, (off_t)offset);
        if (got < 0) {
            if (errno == EINTR)
                continue;
            return errno;
        }
        if (got == 0) {
            memset(at, 0, size);
            return 0;
        }
        at += got;
        size -= (size_t)got;
        offset += (uint64_t)got;
    }
    return 0;
}

int xbar_disk_write(int fd, const void *buffer, size_t size, uint64_t offset)
{
    const char *at = buffer;
    while (size > 0) {
        size_t bite = size < max_bite ? size : max_bite;
        ssize_t put = pwrite(fd, at, bite, (off_t)offset);
        if (put < 0) {
            if (errno == EINTR)
                continue;
            return errno;
        }
        if (put == 0)
            return EIO;
        at += put;
        size -= (size_t)put;
        offset += (uint64_t)put;
    }
    return 0;
}

static H5FD_t *driver_open(const char *name, unsigned flags, hid_t fapl,
                           haddr_t maxaddr)
{
    (void)name, (void)flags, (void)maxaddr;
    const disk_info *info = H5Pget_driver_info(fapl);
    struct stat facts;
    if (!info || fstat(info->disk->fd, &facts) != 0)
        return NULL;
    disk_file *f = calloc(1, sizeof *f);
    if (!f)
        return NULL;
    f->disk = info->disk;
    f->eof = (haddr_t)facts.st_size;
    return &f->head;
}

/* `head` is the first member, so the two pointers are one address. */
static disk_file *of(H5FD_t *head)
{
    return (void *)head;
}

static const disk_file *of_const(const H5FD_t *head)
{
    return (const void *)head;
}

static herr_t driver_close(H5FD_t *head)
{
    free(of(head));
    return 0;
}

static herr_t driver_query(const H5FD_t *head, unsigned long *flags)
{
    (void)head;
    *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA |
             H5FD_FEAT_DATA_SIEVE | H5FD_FEAT_AGGREGATE_SMALLDATA |
             H5FD_FEAT_DEFAULT_VFD_COMPATIBLE;
    return 0;
}

static haddr_t driver_get_eoa(const H5FD_t *head, H5FD_mem_t type)
{
    (void)type;
    return of_const(head)->eoa;
}

static herr_t driver_set_eoa(H5FD_t *head, H5FD_mem_t type, haddr_t eoa)
{
    (void)type;
    of(head)->eoa = eoa;
    return 0;
}

static haddr_t driver_get_eof(const H5FD_t *head, H5FD_mem_t type)
{
    (void)type;
    return of_const(head)->eof;
}

static herr_t driver_read(H5FD_t *head, H5FD_mem_t type, hid_t dxpl, haddr_t at,
                          size_t size, void *buffer)
{
    (void)type, (void)dxpl;
    disk_file *f = of(head);
    if (at == HADDR_UNDEF || at > f->eoa || size > f->eoa - at)
        return -1;
    return xbar_disk_read(f->disk->fd, buffer, size, at) == 0 ? 0 : -1;
}

static herr_t driver_write(H5FD_t *head, H5FD_mem_t type, hid_t dxpl, haddr_t at,
                           size_t size, const void *buffer)
{
    (void)type, (void)dxpl;
    disk_file *f = of(head);
    if (f->disk->failure == 0)
        f->disk->failure = xbar_disk_write(f->disk->fd, buffer, size, at);
    if (at + size > f->eof)
        f->eof = at + size;
    return 0;
}

static herr_t driver_truncate(H5FD_t *head, hid_t dxpl, hbool_t closing)
{
    (void)dxpl, (void)closing;
    disk_file *f = of(head);
    if (f->eoa == f->eof)
        return 0;
    if (f->disk->failure == 0 && ftruncate(f->disk->fd, (off_t)f->eoa) != 0)
        f->disk->failure = errno;
    f->eof = f->eoa;
    return 0;
}

static const H5FD_class_t driver = {
#if H5_VERSION_GE(1, 14, 0)
    .version = H5FD_CLASS_VERSION,
    .value = (H5FD_class_value_t)501, /* any number above 255 that is not reserved */
#endif
    .name = "xbar",
    .maxaddr = ((haddr_t)1 << 62) - 1,
    .fc_degree = H5F_CLOSE_STRONG,
    .fapl_size = sizeof(disk_info),
    .open = driver_open,
    .close = driver_close,
    .query = driver_query,
    .get_eoa = driver_get_eoa,
    .set_eoa = driver_set_eoa,
    .get_eof = driver_get_eof,
    .read = driver_read,
    .write = driver_write,
    .truncate = driver_truncate,
    .fl_map = H5FD_FLMAP_DICHOTOMY,
};

/* 192 KiB of chunks a data set: some dozens are open at a time while parts are joined,
 * and a chunk of lines is 64 KiB. Larger chunks pass the cache by. */
static const size_t chunk_cache = (size_t)192 << 10;

/* Registered once and for good: HDF5 1.10 looks into a driver's class again after it
 * gave up the closed file's reference to it, so some other must be left. */
static hid_t driver_id(void)
{
    static hid_t id = -1;
    if (id < 0)
        id = H5FDregister(&driver);
    return id;
}

static hid_t access_list(xbar_disk *d)
{
    disk_info info = {d};
    hid_t fapl = H5Pcreate(H5P_FILE_ACCESS);
    if (fapl < 0 || H5Pset_driver(fapl, driver_id(), &info) < 0 ||
        H5Pset_fclose_degree(fapl, H5F_CLOSE_STRONG) < 0 ||
        H5Pset_cache(fapl, 0, 521, chunk_cache, 0.75) < 0 ||
        /* object headers with checksums, which HDF5 1.8 and later read */
        H5Pset_libver_bounds(fapl, H5F_LIBVER_V18, H5F_LIBVER_V18) < 0) {
        H5Pclose(fapl);
        fapl = -1;
    }
    return fapl;
}

hid_t xbar_disk_create(xbar_disk *d)
{
    hid_t file = -1;
    hid_t fapl = access_list(d);
    hid_t fcpl = H5Pcreate(H5P_FILE_CREATE);
    unsigned order = H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED;
    if (fapl >= 0 && fcpl >= 0 && H5Pset_link_creation_order(fcpl, order) >= 0 &&
        H5Pset_attr_creation_order(fcpl, order) >= 0)
        file = H5Fcreate("xbar", H5F_ACC_TRUNC, fcpl, fapl);
    H5Pclose(fcpl);
    H5Pclose(fapl);
    return file;
}

hid_t xbar_disk_open(xbar_disk *d)
{
    hid_t fapl = access_list(d);
    hid_t file = fapl < 0 ? -1 : H5Fopen("xbar", H5F_ACC_RDONLY, fapl);
    H5Pclose(fapl);
    return file;
}
