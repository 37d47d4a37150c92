/* SPDX-License-Identifier: BSD-3-Clause */
/* host/messaging/rpc_listen.c - where peers' programs connect to. */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/base/mem.h"
#include "host/base/unix_socket.h"
#include "host/http/http.h"
#include "host/messaging/rpc_priv.h"

#define QUEUE         4096 /* a crowd comes at once */
#define MODE          0666 /* the token is what lets in */
#define SILENT_MS_MAX 30000

static int listen_unix(const char *path, int *ret_fd, char **ret_path)
{
    char *copy = ps_strdup(path);

    if (copy == NULL)
        return -ENOMEM;
    const int rc = ps_unix_listen(path, MODE, QUEUE, ret_fd);
    if (rc != 0) {
        free(copy);
        return rc == -ENAMETOOLONG || rc == -ENOENT ? -EINVAL : rc;
    }
    *ret_path = copy;
    return 0;
}

static int listen_at(const struct addrinfo *info, int *ret_fd)
{
    const int on = 1;
    const int fd = socket(info->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -errno;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
        bind(fd, info->ai_addr, info->ai_addrlen) != 0 || listen(fd, QUEUE) != 0) {
        const int error = errno;
        close(fd);
        return -error;
    }
    *ret_fd = fd;
    return 0;
}

int ps_rpc_listen(const char *listen, int *ret_fd, char **ret_path)
{
    const struct addrinfo hints = { .ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV,
                                    .ai_socktype = SOCK_STREAM };
    char address[PS_HTTP_ADDRESS_BYTES_MAX], digits[8];
    struct addrinfo *info;
    uint16_t port;

    *ret_path = NULL;
    if (strchr(listen, '/') != NULL)
        return listen_unix(listen, ret_fd, ret_path);
    int rc = ps_http_split_address(listen, address, &port);
    if (rc != 0)
        return rc;
    snprintf(digits, sizeof(digits), "%u", port);
    if (getaddrinfo(address, digits, &hints, &info) != 0)
        return -EINVAL;
    rc = listen_at(info, ret_fd);
    freeaddrinfo(info);
    return rc;
}

/* Answers are sent when all that can be said is said; who vanished is noticed. */
int ps_rpc_accept(int listen_fd, struct sockaddr_storage *ret_from)
{
    const unsigned silent_ms = SILENT_MS_MAX;
    const int on = 1;
    socklen_t bytes = sizeof(*ret_from);
    const int fd =
        accept4(listen_fd, (struct sockaddr *)ret_from, &bytes, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd < 0)
        return -errno;
    if (ret_from->ss_family == AF_INET || ret_from->ss_family == AF_INET6) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
        setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &silent_ms, sizeof(silent_ms));
    }
    return fd;
}
