/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "dpdk/link_tls.h"
#include "dpdk/mem.h"

#define PEER_SILENT_MS_MAX 15000 /* a host that lost power says nothing; one that is busy does */

enum link_state { LINK_CLOSED, LINK_CONNECTING, LINK_SHAKING_HANDS, LINK_READY };

struct nic_link {
    union {
        struct sockaddr any;
        struct sockaddr_un local;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } address;
    socklen_t address_bytes;
    struct nic_link_tls *tls; /* NULL: a unix socket */
    enum link_state state;
    int fd;
};

static int set_path(struct nic_link *link, const char *path)
{
    if (strlen(path) >= sizeof(link->address.local.sun_path))
        return -ENAMETOOLONG;
    link->address.local.sun_family = AF_UNIX;
    strcpy(link->address.local.sun_path, path);
    link->address_bytes = sizeof(link->address.local);
    return 0;
}

static void set_server(struct nic_link *link, const struct nic_endpoint *server)
{
    if (nic_address_is_v4(&server->address)) {
        link->address.v4.sin_family = AF_INET;
        link->address.v4.sin_port = htons(server->port);
        memcpy(&link->address.v4.sin_addr, server->address.bytes + NIC_V4_PREFIX / 8,
               sizeof(link->address.v4.sin_addr));
        link->address_bytes = sizeof(link->address.v4);
        return;
    }
    link->address.v6.sin6_family = AF_INET6;
    link->address.v6.sin6_port = htons(server->port);
    memcpy(&link->address.v6.sin6_addr, server->address.bytes, NIC_ADDRESS_BYTES);
    link->address_bytes = sizeof(link->address.v6);
}

int nic_link_create(struct nic_link **ret_link, const struct nic_link_config *cfg)
{
    struct nic_link *link = nic_zalloc(1, sizeof(*link));
    int rc = 0;

    if (link == NULL)
        return -ENOMEM;
    link->fd = -1;
    if (cfg->path != NULL) {
        rc = set_path(link, cfg->path);
    } else {
        set_server(link, &cfg->server);
        rc = nic_link_tls_create(&link->tls, cfg->psk);
    }
    if (rc != 0) {
        nic_link_destroy(link);
        return rc;
    }
    *ret_link = link;
    return 0;
}

void nic_link_destroy(struct nic_link *link)
{
    if (link == NULL)
        return;
    nic_link_close(link);
    nic_link_tls_destroy(link->tls);
    free(link);
}

/* A peer that vanished without a word is noticed, also while we have nothing to say. */
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

int nic_link_open(struct nic_link *link)
{
    int rc = 0;

    link->fd = socket(link->address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (link->fd < 0)
        return -errno;
    if (link->tls != NULL)
        watch_peer(link->fd);
    if (connect(link->fd, &link->address.any, link->address_bytes) != 0 &&
        (link->tls == NULL || errno != EINPROGRESS))
        rc = -errno;
    if (rc == 0 && link->tls != NULL)
        rc = nic_link_tls_start(link->tls, link->fd);
    link->state = link->tls != NULL ? LINK_CONNECTING : LINK_READY;
    if (rc != 0)
        nic_link_close(link);
    return rc;
}

void nic_link_close(struct nic_link *link)
{
    if (link->tls != NULL)
        nic_link_tls_stop(link->tls);
    if (link->fd >= 0)
        close(link->fd);
    link->fd = -1;
    link->state = LINK_CLOSED;
}

/* @return 0, -EAGAIN or why there is no connection. */
static int check_connected(const struct nic_link *link)
{
    struct pollfd pfd = { .fd = link->fd, .events = POLLOUT };
    int error = 0;
    socklen_t bytes = sizeof(error);

    if (poll(&pfd, 1, 0) == 0)
        return -EAGAIN;
    if (getsockopt(link->fd, SOL_SOCKET, SO_ERROR, &error, &bytes) != 0)
        return -errno;
    return -error;
}

int nic_link_ready(struct nic_link *link)
{
    int rc = 0;

    if (link->state == LINK_CONNECTING) {
        rc = check_connected(link);
        if (rc == 0)
            link->state = LINK_SHAKING_HANDS;
    }
    if (link->state == LINK_SHAKING_HANDS) {
        rc = nic_link_tls_handshake(link->tls);
        if (rc == 0)
            link->state = LINK_READY;
    }
    return rc;
}

ssize_t nic_link_send(struct nic_link *link, const void *bytes, size_t count)
{
    ssize_t sent;

    if (link->tls != NULL)
        return nic_link_tls_send(link->tls, bytes, count);
    sent = send(link->fd, bytes, count, MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent < 0 ? -errno : sent;
}

ssize_t nic_link_receive(struct nic_link *link, void *ret_bytes, size_t count)
{
    ssize_t got;

    if (link->tls != NULL)
        return nic_link_tls_receive(link->tls, ret_bytes, count);
    got = recv(link->fd, ret_bytes, count, MSG_DONTWAIT);
    return got < 0 ? -errno : got;
}

int nic_link_fd(const struct nic_link *link)
{
    return link->fd;
}

bool nic_link_wants_write(const struct nic_link *link)
{
    return link->state == LINK_CONNECTING ||
           (link->state == LINK_SHAKING_HANDS && nic_link_tls_wants_write(link->tls));
}
