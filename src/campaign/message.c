/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/message.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>

#ifdef PIPE_BUF
_Static_assert(sizeof(xbar_message) <= PIPE_BUF, "messages must be written whole");
#endif

void xbar_message_send(int fd, const xbar_message *m)
{
    for (;;) {
        ssize_t n = write(fd, m, sizeof *m);
        if (n == (ssize_t)sizeof *m)
            return;
        if (n < 0 && errno == EINTR)
            continue;
        _exit(3);
    }
}

bool xbar_message_receive(int fd, xbar_message *m)
{
    size_t have = 0;
    while (have < sizeof *m) {
        ssize_t n = read(fd, (char *)m + have, sizeof *m - have);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        have += (size_t)n;
    }
    return true;
}
