/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Two halves of a task, on one thread or on two. Private to nodal.
 */
#ifndef XBAR_NODAL_PAIR_H
#define XBAR_NODAL_PAIR_H

#include "core/status.h"

typedef struct xbar_pair xbar_pair;

/** @param[out] out      yours
 *  @param      threads  1, or more: then a second thread waits for work until freed
 *  @return XBAR_OK, XBAR_ERR_MEMORY, XBAR_ERR_MACHINE (no second thread to be had) */
xbar_status xbar_pair_new(xbar_pair **out, int threads, xbar_error *err);
void xbar_pair_free(xbar_pair *p);

/** task(with, 0) and task(with, 1), both done on return; they must not touch the same
 *  data. Which thread does which changes no number. */
void xbar_pair_run(xbar_pair *p, void (*task)(void *with, int half), void *with);

#endif
