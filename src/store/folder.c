/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/memory.h"

static const char lock_name[] = "lock";
static const char temporary_ending[] = ".tmp";

/* So many characters of the digest stand in a part's name; the rest is in the part. */
enum { DIGEST_IN_NAME = 16 };

/* A path that can be nobody's is wrong input; the rest is the machine's. */
static xbar_status fail(const xbar_folder *f, int number, xbar_error *err)
{
    const bool is_wrong =
        number == ENOTDIR || number == ENAMETOOLONG || number == ELOOP;
    return xbar_fail(err, is_wrong ? XBAR_ERR_INPUT : XBAR_ERR_MACHINE, "%s: %s",
                     f->path, strerror(number));
}

/* Makes the folders that a path names before its last component. */
static xbar_status make_parents(const xbar_folder *f, char *path, xbar_error *err)
{
    for (char *at = strchr(path + 1, '/'); at; at = strchr(at + 1, '/')) {
        *at = '\0';
        int failed = mkdir(path, 0777) != 0 && errno != EEXIST && errno != EISDIR;
        int number = errno;
        *at = '/';
        /* A file system may refuse to make what exists (read-only): opening tells. */
        if (failed && number != EROFS && number != EACCES && number != EPERM)
            return fail(f, number, err);
    }
    return XBAR_OK;
}

static xbar_status open_parent(xbar_folder *f, xbar_error *err)
{
    char *copy = NULL;
    XBAR_TRY(xbar_text_copy(&copy, f->path, err));
    xbar_status status = make_parents(f, copy, err);
    if (status != XBAR_OK)
        goto done;
    char *slash = strrchr(copy, '/');
    if (slash)
        slash[1] = '\0';
    f->parent = open(slash ? copy : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (f->parent < 0)
        status = fail(f, errno, err);
done:
    free(copy);
    return status;
}

static xbar_status split(xbar_folder *f, const char *path, xbar_error *err)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    if (*base == '\0' || strcmp(base, ".") == 0 || strcmp(base, "..") == 0)
        return xbar_fail(err, XBAR_ERR_INPUT,
                         "result file '%s': want the name of a file", path);
    size_t size = strlen(base) + sizeof ".parts";
    void *parts = NULL;
    XBAR_TRY(xbar_text_copy(&f->path, path, err));
    XBAR_TRY(xbar_text_copy(&f->base, base, err));
    XBAR_TRY(xbar_array_new(&parts, size, 1, "name", err));
    f->parts = parts;
    snprintf(f->parts, size, "%s.parts", base);
    return XBAR_OK;
}

/* Only what may be an older result is replaced: a file that begins as HDF5 does, or an
 * empty one. A mistyped -o costs nobody an experiment or a data file. */
static xbar_status check_replaceable(const xbar_folder *f, xbar_error *err)
{
    static const char signature[8] = {'\x89', 'H', 'D', 'F', '\r', '\n', '\x1a', '\n'};
    char head[sizeof signature];
    int fd = openat(f->parent, f->base, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return XBAR_OK; /* unreadable: whether it may be replaced, rename will tell */
    ssize_t n = read(fd, head, sizeof head);
    close(fd);
    if (n <= 0 || (n == sizeof head && memcmp(head, signature, sizeof head) == 0))
        return XBAR_OK;
    return xbar_fail(
        err, XBAR_ERR_INPUT,
        "%s is there and is no HDF5 file: want the name of a new file or of "
        "an older result",
        f->path);
}

static xbar_status check_final(const xbar_folder *f, xbar_error *err)
{
    struct stat facts;
    if (fstatat(f->parent, f->base, &facts, 0) != 0) {
        if (errno == ENOENT)
            return XBAR_OK;
        return fail(f, errno, err);
    }
    if (S_ISDIR(facts.st_mode))
        return xbar_fail(err, XBAR_ERR_INPUT, "%s is a folder; want the name of a file",
                         f->path);
    if (!S_ISREG(facts.st_mode))
        return xbar_fail(err, XBAR_ERR_INPUT,
                         "%s is not a regular file and would be replaced", f->path);
    return check_replaceable(f, err);
}

static bool is_same(int fd, int folder, const char *name)
{
    struct stat open_one, named_one;
    return fstat(fd, &open_one) == 0 &&
           fstatat(folder, name, &named_one, AT_SYMLINK_NOFOLLOW) == 0 &&
           open_one.st_dev == named_one.st_dev && open_one.st_ino == named_one.st_ino;
}

static void close_lock(xbar_folder *f)
{
    if (f->lock >= 0)
        close(f->lock);
    if (f->here >= 0)
        close(f->here);
    f->lock = f->here = -1;
}

/* A run has two locks on one file. That of flock is its workers' too, and so a killed run's
 * is held until the last of them, killed with it, is gone: a matter of milliseconds, of more
 * on a busy machine. That of fcntl is of the process alone that opened the folder: it tells
 * a run that is alive, which is not waited for. */
enum { PATIENCE_MS = 10000, GLANCE_MS = 10 };

static bool owner_is_alive(int fd)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    return fcntl(fd, F_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
}

/* @return 0; or -1 with errno: EWOULDBLOCK means a run that is alive */
static int lock_patiently(int fd)
{
    const struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    for (int waited = 0;; waited += GLANCE_MS) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
            (void)fcntl(fd, F_SETLK,
                        &whole); /* refused: others wait in vain, no more */
            return 0;
        }
        if (errno != EWOULDBLOCK)
            return -1;
        if (waited >= PATIENCE_MS || owner_is_alive(fd)) {
            errno = EWOULDBLOCK;
            return -1;
        }
        if (nanosleep(&(struct timespec){.tv_nsec = GLANCE_MS * 1000000L}, NULL) != 0)
            waited = PATIENCE_MS; /* a signal: whoever sent it does not want to wait */
    }
}

/* One try. A run that just ended may remove the folder while we open it: then we hold
 * the lock of nothing, and *again is set. */
static xbar_status try_lock(xbar_folder *f, bool *again, xbar_error *err)
{
    *again = false;
    if (mkdirat(f->parent, f->parts, 0777) != 0 && errno != EEXIST)
        return fail(f, errno, err);
    f->here =
        openat(f->parent, f->parts, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (f->here < 0) {
        if (errno == ENOTDIR || errno == ELOOP)
            return xbar_fail(err, XBAR_ERR_INPUT, "%s.parts is in the way: no folder",
                             f->path);
        *again = errno == ENOENT;
        return fail(f, errno, err);
    }
    f->lock =
        openat(f->here, lock_name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (f->lock < 0) {
        *again = errno == ENOENT;
        return fail(f, errno, err);
    }
    if (lock_patiently(f->lock) != 0) {
        if (errno == EWOULDBLOCK)
            return xbar_fail(err, XBAR_ERR_INPUT,
                             "%s: another run is writing it (it locks %s.parts)",
                             f->path, f->path);
        return fail(f, errno, err);
    }
    *again =
        !is_same(f->lock, f->here, lock_name) || !is_same(f->here, f->parent, f->parts);
    return XBAR_OK;
}

static xbar_status take_lock(xbar_folder *f, xbar_error *err)
{
    for (int tries = 0; tries < 100; tries++) {
        bool again;
        xbar_status status = try_lock(f, &again, err);
        if (!again)
            return status;
        close_lock(f);
    }
    return xbar_fail(err, XBAR_ERR_MACHINE, "%s.parts: it is removed again and again",
                     f->path);
}

static xbar_status sync_folder(const xbar_folder *f, int folder, xbar_error *err)
{
    /* Some file systems cannot sync a folder, and say EINVAL. */
    if (fsync(folder) != 0 && errno != EINVAL)
        return fail(f, errno, err);
    return XBAR_OK;
}

xbar_status xbar_folder_open(xbar_folder **out, const char *path, xbar_error *err)
{
    *out = NULL;
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(xbar_folder), "store", err));
    xbar_folder *f = memory;
    f->parent = f->here = f->lock = -1;
    f->owner = -1; /* until it is ours, closing must remove nothing */
    xbar_status status = split(f, path, err);
    if (status == XBAR_OK)
        status = open_parent(f, err);
    if (status == XBAR_OK)
        status = check_final(f, err);
    if (status == XBAR_OK)
        status = take_lock(f, err);
    if (status != XBAR_OK)
        goto done;
    f->owner = getpid();
    status = sync_folder(f, f->parent, err);
    if (status != XBAR_OK)
        goto done;
    *out = f;
    f = NULL;
done:
    xbar_folder_close(f);
    return status;
}

void xbar_folder_close(xbar_folder *f)
{
    if (!f)
        return;
    size_t n = 1;
    if (f->owner == getpid() &&
        xbar_folder_sweep(&n, f, "", XBAR_FOLDER_ALL, false, NULL) == XBAR_OK &&
        n == 0) {
        unlinkat(f->here, lock_name, 0);
        unlinkat(f->parent, f->parts, AT_REMOVEDIR);
    }
    close_lock(f);
    if (f->parent >= 0)
        close(f->parent);
    free(f->parts);
    free(f->base);
    free(f->path);
    free(f);
}

void xbar_part_name(char name[XBAR_PART_NAME_SIZE], const char *digest,
                    const xbar_block *b)
{
    snprintf(name, XBAR_PART_NAME_SIZE, "part-%.*s-sample-%zu-%zu-input-%zu-%zu.h5",
             DIGEST_IN_NAME, digest, b->sample, b->n_samples, b->input, b->n_inputs);
}

static bool ends_with(const char *text, const char *ending)
{
    size_t length = strlen(text), tail = strlen(ending);
    return length >= tail && strcmp(text + length - tail, ending) == 0;
}

static bool is_chosen(const char *name, const char *digest, xbar_folder_choice choice)
{
    bool is_part = strncmp(name, "part-", 5) == 0;
    bool is_joined = strncmp(name, "joined.h5", 9) == 0;
    bool is_temporary = (is_part || is_joined) && ends_with(name, temporary_ending);
    if (is_temporary || choice == XBAR_FOLDER_TEMPORARY)
        return is_temporary && choice != XBAR_FOLDER_FOREIGN;
    if (!is_part || !ends_with(name, ".h5"))
        return false;
    if (choice == XBAR_FOLDER_ALL)
        return true;
    size_t length = strlen(digest);
    if (length > DIGEST_IN_NAME)
        length = DIGEST_IN_NAME;
    return strncmp(name + 5, digest, length) != 0 || name[5 + length] != '-';
}

xbar_status xbar_folder_sweep(size_t *n, const xbar_folder *f, const char *digest,
                              xbar_folder_choice choice, bool remove, xbar_error *err)
{
    *n = 0;
    xbar_status status = XBAR_OK;
    int fd = openat(f->here, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = fd < 0 ? NULL : fdopendir(fd);
    if (!list) {
        status = fail(f, errno, err);
        if (fd >= 0)
            close(fd);
        return status;
    }
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(list);
        if (!entry)
            break;
        if (!is_chosen(entry->d_name, digest, choice))
            continue;
        ++*n;
        if (remove && unlinkat(f->here, entry->d_name, 0) != 0 && errno != ENOENT)
            break;
    }
    if (errno != 0)
        status = fail(f, errno, err);
    closedir(list);
    return status;
}

static void temporary_name(char name[XBAR_PART_NAME_SIZE + 8], const char *of)
{
    snprintf(name, XBAR_PART_NAME_SIZE + 8, "%s%s", of, temporary_ending);
}

xbar_status xbar_folder_create(int *fd, const xbar_folder *f, const char *name,
                               xbar_error *err)
{
    char temporary[XBAR_PART_NAME_SIZE + 8];
    temporary_name(temporary, name);
    unlinkat(f->here, temporary, 0);
    *fd = openat(f->here, temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                 0666);
    return *fd < 0 ? fail(f, errno, err) : XBAR_OK;
}

void xbar_folder_discard(int fd, const xbar_folder *f, const char *name)
{
    char temporary[XBAR_PART_NAME_SIZE + 8];
    temporary_name(temporary, name);
    close(fd);
    unlinkat(f->here, temporary, 0);
}

xbar_status xbar_folder_commit(int fd, const xbar_folder *f, const char *name,
                               bool is_final, xbar_error *err)
{
    char temporary[XBAR_PART_NAME_SIZE + 8];
    temporary_name(temporary, name);
    /* Network file systems may tell of a full disk as late as in close. */
    int number = fsync(fd) != 0 ? errno : 0;
    if (close(fd) != 0 && number == 0)
        number = errno;
    if (number == 0 && renameat(f->here, temporary, is_final ? f->parent : f->here,
                                is_final ? f->base : name) != 0)
        number = errno;
    if (number != 0) {
        unlinkat(f->here, temporary, 0);
        return fail(f, number, err);
    }
    return sync_folder(f, is_final ? f->parent : f->here, err);
}
