/* SPDX-License-Identifier: BSD-3-Clause */
/* host/messaging/rpc.c - all connections: who comes, whose turn it is, whose time is over. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "host/base/assert.h"
#include "host/base/mem.h"
#include "host/messaging/rpc_priv.h"

#define EVENTS_MAX  64
#define ACCEPTS_MAX 64u /* in one poll; who is served already comes first */

/* ---- creation ---- */

static int watch(int epoll_fd, int *fd)
{
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = fd };

    return *fd >= 0 && epoll_ctl(epoll_fd, EPOLL_CTL_ADD, *fd, &event) == 0 ? 0 : -errno;
}

static int open_descriptors(struct ps_messaging_rpc *rpc)
{
    int rc = ps_rpc_listen(rpc->cfg.listen, &rpc->listen_fd, &rpc->unix_path);

    if (rc != 0)
        return rc;
    rpc->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    rpc->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    rpc->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    rpc->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    rc = watch(rpc->epoll_fd, &rpc->listen_fd);
    if (rc == 0)
        rc = watch(rpc->epoll_fd, &rpc->timer_fd);
    if (rc == 0)
        rc = watch(rpc->epoll_fd, &rpc->wake_fd);
    return rc == 0 ? 0 : -ENOMEM; /* descriptors or the kernel's memory */
}

static int take_memory(struct ps_messaging_rpc *rpc)
{
    rpc->clients = ps_zalloc(rpc->cfg.clients_max, sizeof(*rpc->clients));
    if (rpc->clients == NULL)
        return -ENOMEM;
    for (uint32_t i = 0; i < rpc->cfg.clients_max; i++) {
        rpc->clients[i].fd = -1;
        TAILQ_INSERT_TAIL(&rpc->idle, &rpc->clients[i], entry);
    }
    rpc->jobs = ps_zalloc(PS_RPC_JOBS_MAX, sizeof(*rpc->jobs));
    rpc->messages = ps_zalloc(PS_RPC_BATCH_MAX, sizeof(*rpc->messages));
    rpc->in = ps_zalloc(1, PS_RPC_IN_BYTES);
    rpc->out = ps_zalloc(1, PS_RPC_OUT_BYTES);
    if (rpc->jobs == NULL || rpc->messages == NULL || rpc->in == NULL || rpc->out == NULL)
        return -ENOMEM;
    rpc->pen = ps_msg_pen_of(rpc->out, PS_RPC_OUT_BYTES);
    return 0;
}

int ps_messaging_rpc_create(struct ps_messaging_rpc **ret_rpc, struct ps_messaging *messaging,
                            const struct ps_messaging_rpc_config *cfg)
{
    if (cfg->clients_max < 1 || cfg->clients_max > PS_RPC_CLIENTS_MAX)
        return -EINVAL;
    struct ps_messaging_rpc *rpc = ps_zalloc(1, sizeof(*rpc));
    if (rpc == NULL)
        return -ENOMEM;
    rpc->cfg = *cfg;
    rpc->cfg.listen = cfg->listen;
    rpc->messaging = messaging;
    rpc->epoll_fd = rpc->listen_fd = rpc->timer_fd = rpc->wake_fd = rpc->spare_fd = -1;
    TAILQ_INIT(&rpc->idle);
    TAILQ_INIT(&rpc->strangers);
    TAILQ_INIT(&rpc->ready);
    int rc = take_memory(rpc);
    if (rc == 0)
        rc = open_descriptors(rpc);
    rpc->cfg.listen = NULL; /* the caller's */
    if (rc != 0) {
        ps_messaging_rpc_destroy(rpc);
        return rc;
    }
    *ret_rpc = rpc;
    return 0;
}

static void close_descriptor(int fd)
{
    if (fd >= 0)
        close(fd);
}

void ps_messaging_rpc_destroy(struct ps_messaging_rpc *rpc)
{
    if (rpc == NULL)
        return;
    for (uint32_t i = 0; rpc->clients != NULL && i < rpc->cfg.clients_max; i++)
        if (rpc->clients[i].fd >= 0)
            ps_rpc_client_hang_up(&rpc->clients[i]);
    if (rpc->unix_path != NULL)
        unlink(rpc->unix_path);
    close_descriptor(rpc->listen_fd);
    close_descriptor(rpc->timer_fd);
    close_descriptor(rpc->wake_fd);
    close_descriptor(rpc->spare_fd);
    close_descriptor(rpc->epoll_fd);
    free(rpc->unix_path);
    free(rpc->clients);
    free(rpc->jobs);
    free(rpc->messages);
    free(rpc->in);
    free(rpc->out);
    free(rpc);
}

int ps_messaging_rpc_fd(const struct ps_messaging_rpc *rpc)
{
    return rpc->epoll_fd;
}

uint16_t ps_messaging_rpc_port(const struct ps_messaging_rpc *rpc)
{
    struct sockaddr_storage own = { .ss_family = AF_UNSPEC };
    socklen_t bytes = sizeof(own);

    if (getsockname(rpc->listen_fd, (struct sockaddr *)&own, &bytes) != 0)
        return 0;
    if (own.ss_family == AF_INET)
        return ntohs(((const struct sockaddr_in *)(const void *)&own)->sin_port);
    if (own.ss_family == AF_INET6)
        return ntohs(((const struct sockaddr_in6 *)(const void *)&own)->sin6_port);
    return 0;
}

void ps_messaging_rpc_status(const struct ps_messaging_rpc *rpc,
                             struct ps_messaging_rpc_status *ret_status)
{
    *ret_status = rpc->status;
}

/* ---- who comes ---- */

/* Without a descriptor left, who waits would keep the loop awake: he gets the spare one's, at once
 * to be closed. */
static void turn_away(struct ps_messaging_rpc *rpc)
{
    struct sockaddr_storage from;

    close_descriptor(rpc->spare_fd);
    close_descriptor(ps_rpc_accept(rpc->listen_fd, &from));
    rpc->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    rpc->status.refused_clients++;
}

/* When all places are taken, who has not shown a token gives way, the longest here first: strangers
 * alone cannot keep out who has one. */
static struct ps_rpc_client *make_room(struct ps_messaging_rpc *rpc)
{
    struct ps_rpc_client *stranger = TAILQ_FIRST(&rpc->strangers);

    if (TAILQ_EMPTY(&rpc->idle) && stranger != NULL) {
        rpc->status.refused_clients++;
        ps_rpc_client_hang_up(stranger);
    }
    return TAILQ_FIRST(&rpc->idle);
}

static void accept_some(struct ps_messaging_rpc *rpc)
{
    struct sockaddr_storage from = { .ss_family = AF_UNSPEC };

    for (uint32_t i = 0; i < ACCEPTS_MAX; i++) {
        const int fd = ps_rpc_accept(rpc->listen_fd, &from);
        if (fd == -EMFILE || fd == -ENFILE)
            turn_away(rpc);
        if (fd == -ECONNABORTED || fd == -EINTR)
            continue;
        if (fd < 0)
            return;
        struct ps_rpc_client *client = make_room(rpc);
        if (client == NULL) {
            rpc->status.refused_clients++;
            close(fd);
            continue;
        }
        client->from = from;
        ps_rpc_client_begin(rpc, client, fd);
    }
}

int ps_messaging_rpc_adopt(struct ps_messaging_rpc *rpc, int fd)
{
    struct ps_rpc_client *client = make_room(rpc);

    if (client == NULL) {
        rpc->status.refused_clients++;
        close(fd);
        return -ENOSPC;
    }
    client->from.ss_family = AF_UNIX;
    ps_rpc_client_begin(rpc, client, fd);
    return 0;
}

/* ---- the poll ---- */

static void tick(struct ps_messaging_rpc *rpc)
{
    uint64_t ticks = 0;

    if (read(rpc->timer_fd, &ticks, sizeof(ticks)) == sizeof(ticks))
        ps_wheel_turn(&rpc->wheel, ticks);
}

/* It ticks only while somebody's time is measured. */
static void set_timer(struct ps_messaging_rpc *rpc)
{
    const bool ticks = rpc->wheel.running > 0;
    const struct timespec step = { .tv_nsec = ticks ? PS_RPC_TICK_MS * 1000000l : 0 };
    const struct itimerspec each = { .it_interval = step, .it_value = step };

    if (ticks != rpc->ticks && timerfd_settime(rpc->timer_fd, 0, &each, NULL) == 0)
        rpc->ticks = ticks;
}

static void serve_event(struct ps_messaging_rpc *rpc, void *what)
{
    uint64_t wakes;

    if (what == &rpc->listen_fd) {
        accept_some(rpc);
    } else if (what == &rpc->timer_fd) {
        tick(rpc);
    } else if (what == &rpc->wake_fd) {
        (void)!read(rpc->wake_fd, &wakes, sizeof(wakes));
    } else {
        struct ps_rpc_client *client = what;
        if (client->fd >= 0) /* else it went with another event of this batch */
            ps_rpc_client_serve(client);
    }
}

static void serve_ready(struct ps_messaging_rpc *rpc)
{
    struct ps_rpc_client *client;

    while ((client = TAILQ_FIRST(&rpc->ready)) != NULL) {
        TAILQ_REMOVE(&rpc->ready, client, ready_entry);
        client->ready = false;
        ps_rpc_client_answer(client);
    }
}

void ps_messaging_rpc_poll(struct ps_messaging_rpc *rpc)
{
    struct epoll_event events[EVENTS_MAX];

    ps_assert(!rpc->polling);
    rpc->polling = true;
    rpc->now_ns = rpc->cfg.now_ns(rpc->cfg.arg);
    rpc->wall_ns = rpc->cfg.wall_ns(rpc->cfg.arg);
    const int count = epoll_wait(rpc->epoll_fd, events, EVENTS_MAX, 0);
    for (int i = 0; i < count; i++)
        serve_event(rpc, events[i].data.ptr);
    serve_ready(rpc);
    set_timer(rpc);
    rpc->polling = false;
}
