/* SPDX-License-Identifier: BSD-3-Clause */
/* host/feed/listen.c - the unix socket and the TCP port that prestage-nic connects to, and who may.
 */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/base/unix_socket.h"
#include "host/feed/feed_priv.h"

#define BACKLOG            16
#define ADDRESS_BYTES_MAX  64u
#define PEER_SILENT_MS_MAX 15000 /* a peer that lost power says nothing; one that is busy does */

int ps_feed_listen(const char *path, int *ret_fd)
{
    return ps_unix_listen(path, 0660, BACKLOG, ret_fd);
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

/* `10.0.0.1:7711` or `[fd00::1]:7711`; names would have to be resolved, and that may block. */
int ps_feed_resolve(const char *text, int type, struct addrinfo **ret_info)
{
    const struct addrinfo hints = { .ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV,
                                    .ai_socktype = type };
    const char *colon = strrchr(text, ':');
    char host[ADDRESS_BYTES_MAX];

    if (colon == NULL || colon == text || (size_t)(colon - text) >= sizeof(host))
        return -EINVAL;
    size_t length = (size_t)(colon - text);
    if (text[0] == '[' && text[length - 1] == ']') {
        text++;
        length -= 2;
    } else if (memchr(text, ':', length) != NULL) {
        return -EINVAL; /* IPv6 without its brackets: where does the port begin? */
    }
    memcpy(host, text, length);
    host[length] = '\0';
    return getaddrinfo(host, colon + 1, &hints, ret_info) == 0 ? 0 : -EINVAL;
}

int ps_feed_listen_tcp(const char *address, int *ret_fd)
{
    const int on = 1;
    struct addrinfo *info;
    int rc = ps_feed_resolve(address, SOCK_STREAM, &info);

    if (rc != 0)
        return rc;
    const int fd = socket(info->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
        bind(fd, info->ai_addr, info->ai_addrlen) != 0 || listen(fd, BACKLOG) != 0)
        rc = -errno;
    freeaddrinfo(info);
    if (rc != 0 && fd >= 0)
        close(fd);
    if (rc == 0)
        *ret_fd = fd;
    return rc;
}

/* A peer that vanished without a word is noticed, so that it does not hold its place for ever. */
static void watch_peer(int fd)
{
    const int on = 1, seconds = PEER_SILENT_MS_MAX / 3000, probes = 3;
    const unsigned silent_ms = PEER_SILENT_MS_MAX;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &seconds, sizeof(seconds));
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &seconds, sizeof(seconds));
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof(probes));
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &silent_ms, sizeof(silent_ms));
}

int ps_feed_accept_tcp(int listen_fd, char *ret_from, size_t size_bytes)
{
    struct sockaddr_storage peer;
    socklen_t bytes = sizeof(peer);
    char host[NI_MAXHOST], port[NI_MAXSERV];
    const int fd =
        accept4(listen_fd, (struct sockaddr *)&peer, &bytes, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd < 0)
        return -errno;
    if (getnameinfo((struct sockaddr *)&peer, bytes, host, sizeof(host), port, sizeof(port),
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        host[0] = port[0] = '\0';
    snprintf(ret_from, size_bytes, peer.ss_family == AF_INET6 ? "[%.45s]:%.5s" : "%.45s:%.5s", host,
             port);
    watch_peer(fd);
    return fd;
}
