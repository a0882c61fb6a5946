/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The folder FILE.h5.parts beside a result file: its lock, the names in it, and how a
 *  file appears in it whole. Private to the layer.
 */
#ifndef XBAR_STORE_FOLDER_H
#define XBAR_STORE_FOLDER_H

#include <stdbool.h>
#include <sys/types.h>

#include "core/status.h"
#include "store/store.h"

typedef struct xbar_folder {
    char *path;  /* of the final file, as it was given: for messages */
    char *base;  /* its last component */
    char *parts; /* base and ".parts" */
    int parent;  /* descriptors: the folder of the final file, */
    int here;    /* that of the parts, */
    int lock;    /* and the locked file in it */
    pid_t owner; /* the process that opened it; others clean nothing up */
} xbar_folder;

/** Makes what is missing of both folders and takes the lock, for which it waits up to ten
 *  seconds where the run that has it was killed: so long its workers may need to go.
 *  @return XBAR_OK, XBAR_ERR_INPUT (no file name; the place is taken by something that
 *          is no file; locked), XBAR_ERR_MACHINE, XBAR_ERR_MEMORY */
xbar_status xbar_folder_open(xbar_folder **out, const char *path, xbar_error *err);

/** Unlocks. The process that opened it also removes an empty folder. NULL is fine. */
void xbar_folder_close(xbar_folder *f);

enum { XBAR_PART_NAME_SIZE = 160 };

/** A part's file name: the beginning of the digest, the block, ".h5". */
void xbar_part_name(char name[XBAR_PART_NAME_SIZE], const char *digest,
                    const xbar_block *block);

/** Which of the files in the folder are meant. */
typedef enum xbar_folder_choice {
    XBAR_FOLDER_TEMPORARY, /* left behind by a killed run */
    XBAR_FOLDER_FOREIGN,   /* parts of another digest */
    XBAR_FOLDER_ALL        /* all parts, and the temporary files */
} xbar_folder_choice;

/** How many there are; removes them when asked. Files that are no parts are never
 *  touched. @return XBAR_OK or XBAR_ERR_MACHINE */
xbar_status xbar_folder_sweep(size_t *n, const xbar_folder *f, const char *digest,
                              xbar_folder_choice choice, bool remove, xbar_error *err);

/** A new empty file NAME.tmp in the folder.
 *  @param[out] fd  for reading and writing; -1 on failure */
xbar_status xbar_folder_create(int *fd, const xbar_folder *f, const char *name,
                               xbar_error *err);

/** Syncs and closes what xbar_folder_create gave and renames it: to NAME, or to the
 *  final file. Closes and removes it when that fails. */
xbar_status xbar_folder_commit(int fd, const xbar_folder *f, const char *name,
                               bool is_final, xbar_error *err);

/** Closes it and removes it. */
void xbar_folder_discard(int fd, const xbar_folder *f, const char *name);

#endif
