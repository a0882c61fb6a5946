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

#endif
