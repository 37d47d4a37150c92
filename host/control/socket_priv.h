/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/control/socket_priv.h - the listening socket, and who is at the other end of one.
 *
 * Threads: any; no state.
 */
#ifndef PS_HOST_CONTROL_SOCKET_PRIV_H
#define PS_HOST_CONTROL_SOCKET_PRIV_H

#include <sys/types.h>

#include "host/control/control.h"

/** As ps_control_create(); the socket is non-blocking, mode 0660. */
int ps_control_listen(const char *path, int *ret_fd);

/** Role of a peer with these ids for a daemon with those. */
enum ps_control_role ps_control_role_of(uid_t uid, gid_t gid, uid_t own_uid, gid_t own_gid);

/** Role of who connected. @return 0 or what getsockopt(2) said. */
int ps_control_peer_role(int fd, enum ps_control_role *ret_role);

#endif
