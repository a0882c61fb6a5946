/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Which xbar this is.
 */
#ifndef XBAR_CORE_VERSION_H
#define XBAR_CORE_VERSION_H

/** The release, "0.1.0". */
extern const char xbar_version[];

/** The commit it was built from, with "-dirty" when files had changed; "unknown" outside
 *  a repository. */
extern const char xbar_commit[];

#endif
