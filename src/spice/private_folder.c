/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _GNU_SOURCE /* O_PATH: a folder that one may enter but not list */
#include "spice/private_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/memory.h"

extern char **environ;

static const char init_file[] = ".spiceinit";

static void drop_variables(void)
{
    for (size_t k = 0; environ && environ[k];) {
        const char *entry = environ[k];
        size_t length = strcspn(entry, "=");
        char name[128];
        bool steers = strncmp(entry, "SPICE", 5) == 0 ||
                      strncmp(entry, "NGSPICE", 7) == 0 ||
                      strncmp(entry, "USERPROFILE=", 12) == 0;
        if (!steers || length >= sizeof name) {
            k++;
            continue;
        }
        memcpy(name, entry, length);
        name[length] = '\0';
        if (unsetenv(name) != 0)
            k++;
    }
}

static xbar_status complain(const char *what, const char *path, xbar_error *err)
{
    return xbar_fail(err, XBAR_ERR_MACHINE,
                     "%s %s: %s (ngspice starts in a private folder)", what, path,
                     strerror(errno));
}

xbar_status xbar_private_folder_enter(xbar_private_folder *f, xbar_error *err)
{
    drop_variables();
    const char *home = getenv("HOME");
    const char *place = getenv("TMPDIR");
    f->home = NULL;
    if (home)
        XBAR_TRY(xbar_text_copy(&f->home, home, err));
    if (!place || *place != '/' || strlen(place) > sizeof f->path - 32)
        place = "/tmp";
    snprintf(f->path, sizeof f->path, "%s/xbar-XXXXXX", place);

    xbar_status status = XBAR_OK;
    f->before = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (!mkdtemp(f->path)) {
        status = complain("making", f->path, err);
        f->path[0] = '\0';
    } else if (chdir(f->path) != 0 || setenv("HOME", f->path, 1) != 0) {
        status = complain("entering", f->path, err);
    } else {
        int fd = open(init_file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd < 0 || close(fd) != 0)
            status = complain("writing in", f->path, err);
    }
    if (status != XBAR_OK)
        xbar_private_folder_leave(f);
    return status;
}

void xbar_private_folder_leave(xbar_private_folder *f)
{
    if (f->path[0] != '\0') {
        char init_path[sizeof f->path + sizeof init_file + 1];
        snprintf(init_path, sizeof init_path, "%s/%s", f->path, init_file);
        unlink(init_path);
    }
    /* A working folder that has been removed meanwhile cannot be gone back to. */
    if (f->before >= 0) {
        if (fchdir(f->before) != 0)
            f->before = -1;
        else
            close(f->before);
    }
    if (f->path[0] != '\0')
        rmdir(f->path);
    if (f->home)
        setenv("HOME", f->home, 1);
    else
        unsetenv("HOME");
    free(f->home);
    f->home = NULL;
}
