/* SPDX-License-Identifier: BSD-3-Clause */
/* host/feed/listen.c - the unix socket that prestage-nic connects to, and who may. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "host/feed/feed_priv.h"

#define BACKLOG 16

/* Only a socket that nobody listens on is a dead predecessor's; anything else is not ours. */
static int remove_dead(const struct sockaddr_un *address)
{
    struct stat st;

    if (lstat(address->sun_path, &st) != 0)
        return errno == ENOENT ? 0 : -errno;
    if (!S_ISSOCK(st.st_mode))
        return -EEXIST;
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    const int rc = connect(fd, (const struct sockaddr *)address, sizeof(*address));
    const bool dead = rc != 0 && errno == ECONNREFUSED;
    close(fd);
    if (!dead)
        return -EADDRINUSE;
    return unlink(address->sun_path) == 0 ? 0 : -errno;
}

int ps_feed_listen(const char *path, int *ret_fd)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    if (strlen(path) >= sizeof(address.sun_path))
        return -ENAMETOOLONG;
    memcpy(address.sun_path, path, strlen(path) + 1);
    int rc = remove_dead(&address);
    if (rc != 0)
        return rc;
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    /* Before bind() the mode can only be narrowed by the umask: never open wider, not for a blink.
     */
    if (fchmod(fd, 0660) != 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
        rc = -errno;
    } else if (chmod(path, 0660) != 0 || listen(fd, BACKLOG) != 0) {
        rc = -errno;
        unlink(path);
    }
    if (rc != 0) {
        close(fd);
        return rc;
    }
    *ret_fd = fd;
    return 0;
}

int ps_feed_accept(int listen_fd)
{
    struct ucred peer;
    socklen_t bytes = sizeof(peer);
    const int fd = accept4(listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd < 0)
        return -errno;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &bytes) != 0 ||
        (peer.uid != geteuid() && peer.uid != 0)) {
        close(fd);
        return -EACCES;
    }
    return fd;
}
