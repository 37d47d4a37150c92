/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/control/socket_priv.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define MODE         0660
#define LISTEN_QUEUE 64

static int open_socket(void)
{
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    return fd < 0 ? -errno : fd;
}

/* Remove what a dead daemon left. A full queue (EAGAIN) is a living one's. */
static int clear_path(const struct sockaddr_un *address)
{
    struct stat info;

    if (lstat(address->sun_path, &info) != 0)
        return errno == ENOENT ? 0 : -errno;
    if (!S_ISSOCK(info.st_mode))
        return -EEXIST;
    const int fd = open_socket();
    if (fd < 0)
        return fd;
    const int rc =
        connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 ? EADDRINUSE : errno;
    close(fd);
    if (rc == EAGAIN)
        return -EADDRINUSE;
    if (rc != ECONNREFUSED)
        return rc == ENOENT ? 0 : -rc;
    return unlink(address->sun_path) == 0 || errno == ENOENT ? 0 : -errno;
}

/*
 * The mode is set on the socket before it has a name, so that nobody can connect in between; the
 * umask then still takes from it, hence once more by name.
 */
static int bind_and_listen(int fd, const struct sockaddr_un *address)
{
    if (fchmod(fd, MODE) != 0 || bind(fd, (const struct sockaddr *)address, sizeof(*address)) != 0)
        return -errno;
    if (chmod(address->sun_path, MODE) == 0 && listen(fd, LISTEN_QUEUE) == 0)
        return 0;
    const int error = errno;
    unlink(address->sun_path);
    return -error;
}

int ps_control_listen(const char *path, int *ret_fd)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    if (strlen(path) >= sizeof(address.sun_path))
        return -ENAMETOOLONG;
    memcpy(address.sun_path, path, strlen(path) + 1);
    int rc = clear_path(&address);
    if (rc != 0)
        return rc;
    const int fd = open_socket();
    if (fd < 0)
        return fd;
    rc = bind_and_listen(fd, &address);
    if (rc != 0) {
        close(fd);
        return rc;
    }
    *ret_fd = fd;
    return 0;
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
