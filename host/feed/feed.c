/* SPDX-License-Identifier: BSD-3-Clause */
/* host/feed/feed.c - the feeds' life, their turn, and the one batch they fill. */
#include "host/feed/feed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "host/base/assert.h"
#include "host/base/mem.h"
#include "host/feed/feed_priv.h"

static int watch(struct ps_feed *feed, int fd, void *what)
{
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = what };

    return epoll_ctl(feed->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : -errno;
}

static int create_streams(struct ps_feed *feed)
{
    for (uint32_t i = 0; i < feed->cfg.nic_connections_max; i++) {
        feed->streams[i].bytes = ps_zalloc(1, PS_FEED_FRAME_BYTES_MAX);
        feed->streams[i].view = ps_nic_view_create();
        if (feed->streams[i].bytes == NULL || feed->streams[i].view == NULL)
            return -ENOMEM;
    }
    feed->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (feed->timer_fd < 0)
        return -errno;
    const int rc = ps_feed_names_init(&feed->names);
    return rc != 0 ? rc : watch(feed, feed->timer_fd, &feed->timer_fd);
}

static int start_listening(struct ps_feed *feed, const char *path)
{
    char *copy = ps_strdup(path);

    if (copy == NULL)
        return -ENOMEM;
    const int rc = ps_feed_listen(path, &feed->listen_fd);
    if (rc != 0) {
        free(copy); /* what is there is not ours to remove */
        return rc;
    }
    feed->path = copy;
    return watch(feed, feed->listen_fd, &feed->listen_fd);
}

static int start_listening_tls(struct ps_feed *feed, const struct ps_feed_config *cfg)
{
    int rc = ps_feed_tls_create(&feed->tls, cfg->nic_keys);

    if (rc == 0)
        rc = ps_feed_listen_tcp(cfg->nic_listen, &feed->tls_listen_fd);
    return rc != 0 ? rc : watch(feed, feed->tls_listen_fd, &feed->tls_listen_fd);
}

static int start(struct ps_feed *feed, const struct ps_feed_config *cfg)
{
    int rc = ps_gather_init(&feed->gather);

    if (rc != 0)
        return rc;
    feed->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (feed->epoll_fd < 0)
        return -errno;
    feed->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (feed->spare_fd < 0)
        return -errno;
    if (cfg->nic_socket != NULL || cfg->nic_listen != NULL)
        rc = create_streams(feed);
    if (rc == 0 && cfg->nic_socket != NULL)
        rc = start_listening(feed, cfg->nic_socket);
    if (rc == 0 && cfg->nic_listen != NULL)
        rc = start_listening_tls(feed, cfg);
    return rc;
}

static bool is_right(const struct ps_feed_config *cfg)
{
    const bool listens = cfg->nic_socket != NULL || cfg->nic_listen != NULL;

    return (cfg->own_server == PS_DEMAND_NIC || cfg->own_server == PS_DEMAND_LOG) &&
           cfg->nic_connections_max <= PS_FEED_NIC_CONNECTIONS_MAX &&
           (!listens || cfg->nic_connections_max > 0) &&
           (cfg->nic_listen == NULL || (cfg->nic_keys != NULL && cfg->nic_keys->count > 0));
}

int ps_feed_create(struct ps_feed **ret_feed, const struct ps_feed_config *cfg)
{
    if (!is_right(cfg))
        return -EINVAL;
    struct ps_feed *feed = ps_zalloc(1, sizeof(*feed));
    if (feed == NULL)
        return -ENOMEM;
    feed->cfg = *cfg;
    feed->cfg.nic_socket = feed->cfg.nic_listen = NULL; /* the caller's */
    feed->cfg.nic_keys = NULL;
    feed->epoll_fd = feed->listen_fd = feed->tls_listen_fd = feed->timer_fd = feed->spare_fd = -1;
    for (uint32_t i = 0; i < PS_FEED_NIC_CONNECTIONS_MAX; i++)
        feed->streams[i].fd = -1;
    const int rc = start(feed, cfg);
    if (rc != 0) {
        ps_feed_destroy(feed);
        return rc;
    }
    *ret_feed = feed;
    return 0;
}

static void close_fd(int fd)
{
    if (fd >= 0)
        close(fd);
}

void ps_feed_destroy(struct ps_feed *feed)
{
    if (feed == NULL)
        return;
    for (uint32_t i = 0; i < PS_FEED_NIC_CONNECTIONS_MAX; i++) {
        ps_nic_stream_hang_up(&feed->streams[i]);
        ps_nic_view_destroy(feed->streams[i].view);
        free(feed->streams[i].bytes);
    }
    if (feed->path != NULL)
        unlink(feed->path);
    close_fd(feed->timer_fd);
    close_fd(feed->tls_listen_fd);
    close_fd(feed->spare_fd);
    close_fd(feed->listen_fd);
    close_fd(feed->epoll_fd);
    ps_feed_tls_destroy(feed->tls);
    ps_feed_names_fini(&feed->names);
    ps_gather_fini(&feed->gather);
    free(feed->path);
    free(feed);
}

int ps_feed_fd(const struct ps_feed *feed)
{
    return feed->epoll_fd;
}

void ps_feed_poll(struct ps_feed *feed, uint64_t now_ns)
{
    struct epoll_event events[PS_FEED_NIC_CONNECTIONS_MAX + 3];
    const int count = epoll_wait(feed->epoll_fd, events, (int)PS_ARRAY_LEN(events), 0);
    bool connects = false, connects_tls = false, ticks = false;

    for (int i = 0; i < count; i++) {
        if (events[i].data.ptr == &feed->listen_fd)
            connects = true;
        else if (events[i].data.ptr == &feed->tls_listen_fd)
            connects_tls = true;
        else if (events[i].data.ptr == &feed->timer_fd)
            ticks = true;
        else
            ps_nic_stream_serve(feed, events[i].data.ptr, now_ns);
    }
    /* After the streams: they may have made room. */
    if (ticks)
        ps_nic_streams_tick(feed);
    if (connects)
        ps_nic_stream_accept(feed);
    if (connects_tls)
        ps_nic_stream_accept_tls(feed);
}

bool ps_feed_knows(struct ps_feed *feed, const struct ps_resource *resource)
{
    return feed->cfg.known == NULL || feed->cfg.known(feed->cfg.arg, resource);
}

void ps_feed_log(struct ps_feed *feed, const struct ps_resource *resource,
                 const struct ps_peer_class *peer, uint64_t peer_key, bool is_start,
                 uint64_t now_ns)
{
    const struct ps_demand_sample sample = {
        .start_ns = now_ns,
        .end_ns = now_ns,
        .resource = *resource,
        .peer = *peer,
        .peer_key = peer_key,
        .starts = is_start,
        .segments = !is_start,
        .source = PS_DEMAND_LOG,
    };

    feed->status.log_requests++;
    if (feed->cfg.own_server == PS_DEMAND_LOG)
        ps_gather_add(&feed->gather, &sample);
}

void ps_feed_forget_peer(struct ps_feed *feed, uint64_t peer_key)
{
    ps_gather_forget_peer(&feed->gather, peer_key);
}

void ps_feed_drain(struct ps_feed *feed, struct ps_demand *ret_demand)
{
    ps_gather_drain(&feed->gather, ret_demand);
    for (uint32_t i = 0; i < ret_demand->count; i++)
        feed->status.samples[ret_demand->samples[i].source]++;
}

void ps_feed_status(const struct ps_feed *feed, struct ps_feed_status *ret_status)
{
    *ret_status = feed->status;
    for (uint32_t i = 0; i < PS_FEED_NIC_CONNECTIONS_MAX; i++)
        ret_status->nic_connected |= feed->streams[i].greeted;
}

const struct ps_nic_view *ps_feed_nic(const struct ps_feed *feed, uint32_t idx)
{
    ps_assert(idx < PS_FEED_NIC_CONNECTIONS_MAX);
    return feed->streams[idx].greeted ? feed->streams[idx].view : NULL;
}
