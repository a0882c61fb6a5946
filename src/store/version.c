/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>

#include <hdf5.h>

#include "store/store.h"

const char *xbar_store_version(void)
{
    static char text[48];
    unsigned major = 0;
    unsigned minor = 0;
    unsigned release = 0;
    H5get_libversion(&major, &minor, &release);
    snprintf(text, sizeof text, "HDF5 %u.%u.%u", major, minor, release);
    return text;
}
