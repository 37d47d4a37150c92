/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/base/unix_socket.h - a listening unix socket in place of one that a dead process left.
 *
 * Threads: any; no state.
 */
#ifndef PS_HOST_BASE_UNIX_SOCKET_H
#define PS_HOST_BASE_UNIX_SOCKET_H

#include <sys/types.h>

/**
 * Listen, non-blocking. What is there already is replaced only if it is a socket that nobody
 * listens on.
 *
 * @param mode   Of the socket; it is never wider than that, not for a blink.
 * @param queue  As listen(2)'s.
 * @return 0, -ENAMETOOLONG, -EEXIST (there is something else of that name), -EADDRINUSE, or what
 *         the system said.
 */
int ps_unix_listen(const char *path, mode_t mode, int queue, int *ret_fd);

#endif
