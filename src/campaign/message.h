/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  What workers and their chief tell the supervisor. A message is shorter than PIPE_BUF,
 *  so that several processes may write into one pipe.
 */
#ifndef XBAR_CAMPAIGN_MESSAGE_H
#define XBAR_CAMPAIGN_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/status.h"

typedef struct xbar_message {
    enum xbar_message_kind {
        XBAR_MESSAGE_READY,     /* the engines are open; workers follow */
        XBAR_MESSAGE_COMPLAINT, /* text: a sample that has failed */
        XBAR_MESSAGE_BLOCK,     /* a block's part is written; n_failed of its results */
        XBAR_MESSAGE_FATAL,     /* status and text: nothing further can be done */
        XBAR_MESSAGE_FINISHED   /* all blocks are done */
    } kind;
    xbar_status status;
    size_t block, n_failed;
    char text[sizeof((xbar_error *)0)->text];
} xbar_message;

/** Writes one message; the process ends when nobody listens any more. */
void xbar_message_send(int fd, const xbar_message *m);

/** Reads one message; signals do not disturb it. @return false at the end */
bool xbar_message_receive(int fd, xbar_message *m);

#endif
