/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The heap that a worker inherits. A forked process shares its parent's memory until it
 *  writes, and then copies page by page, each at the price of a fault. A worker of a slow
 *  engine writes to nearly all of what that engine has built up; so it copies that at once,
 *  into large pages, which are quicker to walk through as well.
 */
#ifndef XBAR_CAMPAIGN_HEAP_H
#define XBAR_CAMPAIGN_HEAP_H

/** Where the heap ends now; what is allocated later mostly lies behind. NULL: not known */
void *xbar_heap_end(void);

/** Makes the heap from `from` on this process's own. Where the system has no large pages,
 *  or no room for them, nothing happens: then pages are copied one by one, as ever.
 *  @param from  of xbar_heap_end; NULL: nothing is to be done */
void xbar_heap_take(void *from);

#endif
