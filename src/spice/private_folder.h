/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  An empty folder of our own as working and home folder, and no variable that steers
 *  ngspice, while ngspice starts: a .spiceinit lying about is executed otherwise.
 */
#ifndef XBAR_SPICE_PRIVATE_FOLDER_H
#define XBAR_SPICE_PRIVATE_FOLDER_H

#include "core/status.h"

typedef struct xbar_private_folder {
    char path[256];
    int before; /* the working folder to go back to */
    char *home; /* the former HOME, NULL when there was none */
} xbar_private_folder;

/** Makes it, goes there and points HOME to it; drops SPICE_... and NGSPICE_... variables
 *  for good. @return XBAR_OK, XBAR_ERR_MACHINE, XBAR_ERR_MEMORY; on failure nothing has
 *  changed but those variables */
xbar_status xbar_private_folder_enter(xbar_private_folder *f, xbar_error *err);

/** Goes back, restores HOME, removes the folder. */
void xbar_private_folder_leave(xbar_private_folder *f);

#endif
