/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/control/socket_priv.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/base/unix_socket.h"

#define MODE         0660
#define LISTEN_QUEUE 64

int ps_control_listen(const char *path, int *ret_fd)
{
    return ps_unix_listen(path, MODE, LISTEN_QUEUE, ret_fd);
}

enum ps_control_role ps_control_role_of(uid_t uid, gid_t gid, uid_t own_uid, gid_t own_gid)
{
    if (uid == 0 || uid == own_uid)
        return PS_CONTROL_ADMIN;
    return gid == own_gid ? PS_CONTROL_OPERATE : PS_CONTROL_READ;
}

int ps_control_peer_role(int fd, enum ps_control_role *ret_role)
{
    struct ucred peer;
    socklen_t size = sizeof(peer);

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
        return -errno;
    *ret_role = ps_control_role_of(peer.uid, peer.gid, geteuid(), getegid());
    return 0;
}
