/* SPDX-License-Identifier: BSD-3-Clause */
/* host/daemon/nats_peers.c - see nats_peers.h. */
#include "host/daemon/nats_peers.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/base/clock.h"
#include "host/base/mem.h"
#include "host/cluster/cluster.h"
#include "host/daemon/daemon_priv.h"

#define SILENT_NS    (120 * PS_NS_PER_SEC) /* longer than any wait for a message */
#define PIECE_BYTES  65536u                /* of an answer in one message */
#define READY_MAX    64
#define SOCKET_BYTES (1 << 19) /* requests that the RPC face has not read yet */

struct peer {
    uint64_t key;
    uint64_t used_ns;
    int fd; /* our end; -1: free */
};

struct ps_nats_peers {
    struct ps_daemon *daemon;
    struct peer *peers;
    uint32_t count;
    int epoll_fd;
    uint8_t piece[PIECE_BYTES];
};

int ps_nats_peers_create(struct ps_nats_peers **ret_peers, struct ps_daemon *daemon)
{
    struct ps_nats_peers *p = ps_zalloc(1, sizeof(*p));

    if (p == NULL)
        return -ENOMEM;
    p->daemon = daemon;
    p->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    p->peers = ps_zalloc(PS_NATS_PEERS_MAX, sizeof(*p->peers));
    if (p->peers == NULL || p->epoll_fd < 0) {
        ps_nats_peers_destroy(p);
        return -ENOMEM;
    }
    for (uint32_t i = 0; i < PS_NATS_PEERS_MAX; i++)
        p->peers[i].fd = -1;
    *ret_peers = p;
    return 0;
}

void ps_nats_peers_destroy(struct ps_nats_peers *p)
{
    if (p == NULL)
        return;
    for (uint32_t i = 0; p->peers != NULL && i < PS_NATS_PEERS_MAX; i++)
        if (p->peers[i].fd >= 0)
            close(p->peers[i].fd);
    if (p->epoll_fd >= 0)
        close(p->epoll_fd);
    free(p->peers);
    free(p);
}

int ps_nats_peers_fd(const struct ps_nats_peers *p)
{
    return p->epoll_fd;
}

uint32_t ps_nats_peers_count(const struct ps_nats_peers *p)
{
    return p->count;
}

/* The empty message says so to the peer. */
static void hang_up(struct ps_nats_peers *p, struct peer *peer)
{
    ps_cluster_to_peer(p->daemon->cluster, peer->key, NULL, 0);
    close(peer->fd); /* leaves the epoll set by itself */
    peer->fd = -1;
    p->count--;
}

/* Its place, or a free one, or that of who has been silent for longest. */
static struct peer *place_of(struct ps_nats_peers *p, uint64_t key)
{
    struct peer *oldest = &p->peers[0], *vacant = NULL;

    for (uint32_t i = 0; i < PS_NATS_PEERS_MAX; i++) {
        struct peer *peer = &p->peers[i];

        if (peer->fd >= 0 && peer->key == key)
            return peer;
        if (peer->fd < 0)
            vacant = peer;
        else if (peer->used_ns < oldest->used_ns)
            oldest = peer;
    }
    if (vacant != NULL)
        return vacant;
    hang_up(p, oldest);
    return oldest;
}

/* A pair of sockets: the RPC face takes one end for a peer's connection. */
static int connect_peer(struct ps_nats_peers *p, struct peer *peer, uint64_t key)
{
    const int room = SOCKET_BYTES;
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = peer };
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0)
        return -errno;
    setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
    const int rc = ps_messaging_rpc_adopt(p->daemon->messaging.rpc, ends[1]);
    if (rc != 0 || epoll_ctl(p->epoll_fd, EPOLL_CTL_ADD, ends[0], &event) != 0) {
        close(ends[0]);
        return rc != 0 ? rc : -ENOMEM;
    }
    *peer = (struct peer){ .key = key, .fd = ends[0] };
    p->count++;
    return 0;
}

void ps_nats_peers_message(void *daemon, uint64_t peer_key, const void *data, uint32_t size_bytes)
{
    struct ps_daemon *d = daemon;
    struct ps_nats_peers *p = d->nats_peers;

    if (d->messaging.rpc == NULL) {
        ps_cluster_to_peer(d->cluster, peer_key, NULL, 0);
        return;
    }
    struct peer *peer = place_of(p, peer_key);

    if (peer->fd < 0 && (size_bytes == 0 || connect_peer(p, peer, peer_key) != 0)) {
        ps_cluster_to_peer(d->cluster, peer_key, NULL, 0);
        return;
    }
    peer->used_ns = ps_clock_mono_ns();
    /* Who sends faster than it is served, or hangs up, is hung up on. */
    if (size_bytes == 0 || send(peer->fd, data, size_bytes, MSG_NOSIGNAL) != (ssize_t)size_bytes)
        hang_up(p, peer);
}

/* Bytes as they come: whoever reads them puts answers together, as with TCP. */
static void pass_on(struct ps_nats_peers *p, struct peer *peer)
{
    const ssize_t size = read(peer->fd, p->piece, sizeof(p->piece));

    if (size < 0 && errno == EAGAIN)
        return;
    if (size <= 0 ||
        ps_cluster_to_peer(p->daemon->cluster, peer->key, p->piece, (uint32_t)size) != 0)
        hang_up(p, peer);
}

void ps_nats_peers_poll(struct ps_nats_peers *p, uint64_t mono_ns)
{
    struct epoll_event ready[READY_MAX];
    const int count = epoll_wait(p->epoll_fd, ready, READY_MAX, 0);

    for (int i = 0; i < count; i++)
        pass_on(p, ready[i].data.ptr);
    for (uint32_t i = 0; p->count > 0 && i < PS_NATS_PEERS_MAX; i++)
        if (p->peers[i].fd >= 0 && mono_ns > p->peers[i].used_ns + SILENT_NS)
            hang_up(p, &p->peers[i]);
}
