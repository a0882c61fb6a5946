/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/store.h"

#include <assert.h>
#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/memory.h"
#include "store/folder.h"
#include "store/hdf.h"
#include "store/join.h"
#include "store/part_file.h"

/* No HDF5 id lives longer than one call: a process may fork at any time between. */
struct xbar_store {
    const xbar_store_header *header;
    xbar_folder *folder;
};

static const char joined_name[] = "joined.h5";

/* The digest becomes part of file names. */
static bool is_digest(const char *digest)
{
    size_t n = 0;
    while (n < XBAR_DIGEST_SIZE && isalnum((unsigned char)digest[n]) != 0)
        n++;
    return n > 0 && n < XBAR_DIGEST_SIZE && digest[n] == '\0';
}

static xbar_status settle_parts(const xbar_store *s, bool must_match, xbar_error *err)
{
    const xbar_folder *f = s->folder;
    size_t n;
    XBAR_TRY(xbar_folder_sweep(&n, f, "", XBAR_FOLDER_TEMPORARY, true, err));
    XBAR_TRY(xbar_folder_sweep(&n, f, s->header->digest, XBAR_FOLDER_FOREIGN,
                               !must_match, err));
    if (must_match && n > 0)
        return xbar_fail(err, XBAR_ERR_INPUT,
                         "%s: cannot resume, %s.parts holds %zu part%s of another "
                         "experiment; run without --resume to drop them",
                         f->path, f->path, n, n > 1 ? "s" : "");
    return XBAR_OK;
}

xbar_status xbar_store_open(xbar_store **out, const char *path,
                            const xbar_store_header *h, bool must_match,
                            xbar_error *err)
{
    *out = NULL;
    assert(is_digest(h->digest));
    assert(h->n_engines <= XBAR_MAX_ENGINES);
    assert(h->n_samples > 0 && h->n_inputs > 0 && h->n_rows > 0 && h->n_cols > 0);
    assert(h->n_times == 0 || h->times_s);
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(xbar_store), "store", err));
    xbar_store *s = memory;
    s->header = h;
    xbar_status status = xbar_folder_open(&s->folder, path, err);
    if (status == XBAR_OK)
        status = settle_parts(s, must_match, err);
    if (status != XBAR_OK) {
        xbar_store_close(s);
        return status;
    }
    *out = s;
    return XBAR_OK;
}

void xbar_store_close(xbar_store *s)
{
    if (!s)
        return;
    xbar_folder_close(s->folder);
    free(s);
}

bool xbar_store_has(const xbar_store *s, const xbar_block *block)
{
    char name[XBAR_PART_NAME_SIZE];
    xbar_part_name(name, s->header->digest, block);
    xbar_disk disk = {.fd = openat(s->folder->here, name,
                                   O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC)};
    if (disk.fd < 0)
        return false;
    xbar_hdf_begin();
    bool done = false;
    hid_t file = xbar_part_file_open(&disk, s->header, block);
    if (file >= 0) {
        done = xbar_part_file_is_done(file, s->header);
        H5Fclose(file);
    }
    close(disk.fd);
    return done;
}

/* Puts the file's name before a reason. */
static xbar_status name_file(const xbar_store *s, xbar_status status,
                             xbar_error *reason, xbar_error *err)
{
    return xbar_fail(err, status, "%s: %s", s->folder->path, reason->text);
}

xbar_status xbar_store_write(const xbar_store *s, const xbar_part *p, xbar_error *err)
{
    char name[XBAR_PART_NAME_SIZE];
    int fd;
    xbar_error reason = {0};
    xbar_hdf_begin();
    xbar_part_name(name, s->header->digest, &p->block);
    XBAR_TRY(xbar_folder_create(&fd, s->folder, name, err));
    xbar_status status = xbar_part_file_write(fd, s->header, p, &reason);
    if (status != XBAR_OK) {
        xbar_folder_discard(fd, s->folder, name);
        return name_file(s, status, &reason, err);
    }
    return xbar_folder_commit(fd, s->folder, name, false, err);
}

/* Parts that cannot be removed do no harm. */
void xbar_store_clear(xbar_store *s)
{
    size_t n_parts;
    (void)xbar_folder_sweep(&n_parts, s->folder, "", XBAR_FOLDER_ALL, true, NULL);
}

xbar_status xbar_store_join(xbar_store *s, const xbar_block *blocks, size_t n,
                            xbar_error *err)
{
    int fd;
    xbar_error reason = {0};
    xbar_hdf_begin();
    XBAR_TRY(xbar_folder_create(&fd, s->folder, joined_name, err));
    xbar_status status = xbar_join_write(fd, s->folder, s->header, blocks, n, &reason);
    if (status != XBAR_OK) {
        xbar_folder_discard(fd, s->folder, joined_name);
        return name_file(s, status, &reason, err);
    }
    XBAR_TRY(xbar_folder_commit(fd, s->folder, joined_name, true, err));
    xbar_store_clear(s);
    return XBAR_OK;
}
