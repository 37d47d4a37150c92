/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/base/unix_socket.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

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
static int bind_and_listen(int fd, const struct sockaddr_un *address, mode_t mode, int queue)
{
    if (fchmod(fd, mode) != 0 || bind(fd, (const struct sockaddr *)address, sizeof(*address)) != 0)
        return -errno;
    if (chmod(address->sun_path, mode) == 0 && listen(fd, queue) == 0)
        return 0;
    const int error = errno;
    unlink(address->sun_path);
    return -error;
}

int ps_unix_listen(const char *path, mode_t mode, int queue, int *ret_fd)
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
    rc = bind_and_listen(fd, &address, mode, queue);
    if (rc != 0) {
        close(fd);
        return rc;
    }
    *ret_fd = fd;
    return 0;
}
