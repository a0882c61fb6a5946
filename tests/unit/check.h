/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  cmocka, with what it wants included before it.
 */
#ifndef XBAR_TESTS_CHECK_H
#define XBAR_TESTS_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* Ends a test that this machine does not allow. cmocka's own skip() prints "not ok # SKIP",
 * which is a failure to whoever reads TAP; scripts/count_tests.py counts this line. */
#define LEAVE_OUT(reason)                                                              \
    do {                                                                               \
        print_message("# left out: %s\n", (reason));                                   \
        return;                                                                        \
    } while (0)

#endif
