/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  What a function says of how it went: one code, and one line that names the fact.
 *
 *  The place that knows the facts writes the line (what, value, allowed, where);
 *  every layer above passes it on untouched. Only cli/ prints it.
 */
#ifndef XBAR_CORE_STATUS_H
#define XBAR_CORE_STATUS_H

/* name, exit status of the program when the whole run ends with it, text */
#define XBAR_STATUS_LIST(X)                                                            \
    X(XBAR_OK, 0, "done")                                                              \
    X(XBAR_ERR_INPUT, 2, "the input is wrong")                                         \
    X(XBAR_ERR_SHORT, 2, "two different sources are joined by 0 ohm")                  \
    X(XBAR_ERR_MACHINE, 3, "the machine failed")                                       \
    X(XBAR_ERR_MEMORY, 3, "out of memory")                                             \
    X(XBAR_ERR_CONVERGENCE, 1, "not converged")                                        \
    X(XBAR_ERR_ENGINE, 1, "the engine failed")

typedef enum xbar_status {
#define XBAR_STATUS_ENUM(name, exit_status, text) name,
    XBAR_STATUS_LIST(XBAR_STATUS_ENUM)
#undef XBAR_STATUS_ENUM
} xbar_status;

/** A status with the one line that explains it. Owned by the caller; no heap. */
typedef struct xbar_error {
    xbar_status status;
    char text[1024]; /* without the leading "xbar: " and without a newline */
} xbar_error;

/** The general text of a status; static, never NULL. */
const char *xbar_status_text(xbar_status status);

/** The exit status of a program that ends with this status: 0, 1, 2 or 3. */
int xbar_status_exit(xbar_status status);

/** Writes status and text into err (which may be NULL) and returns status, so that
 *  `return xbar_fail(err, XBAR_ERR_INPUT, "...", ...);` is the whole error path.
 *  Control characters in the result are replaced (core/text.h): a hostile file's text
 *  may be quoted, but never steers a terminal or adds a line. */
xbar_status xbar_fail(xbar_error *err, xbar_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** Returns from the calling function when f does not succeed. Only for functions
 *  that hold nothing. */
#define XBAR_TRY(f)                                                                    \
    do {                                                                               \
        xbar_status try_status_ = (f);                                                 \
        if (try_status_ != XBAR_OK)                                                    \
            return try_status_;                                                        \
    } while (0)

#endif
