/* SPDX-License-Identifier: BSD-3-Clause */
/* host/feed/feed.c - the feeds' life, their turn, and the one batch they fill. */
#include "host/feed/feed.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "host/base/assert.h"
#include "host/base/mem.h"
#include "host/feed/feed_priv.h"

static int watch(struct ps_feed *feed, int fd, void *what)
{
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = what };

    return epoll_ctl(feed->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : -errno;
}

static int start_listening(struct ps_feed *feed, const char *path)
{
    for (uint32_t i = 0; i < feed->cfg.nic_connections_max; i++) {
        feed->streams[i].bytes = ps_zalloc(1, PS_FEED_FRAME_BYTES_MAX);
        if (feed->streams[i].bytes == NULL)
            return -ENOMEM;
    }
    char *copy = ps_strdup(path);
    if (copy == NULL)
        return -ENOMEM;
    const int rc = ps_feed_listen(path, &feed->listen_fd);
    if (rc != 0) {
        free(copy); /* what is there is not ours to remove */
        return rc;
    }
    feed->path = copy;
    return watch(feed, feed->listen_fd, feed);
}

static int start(struct ps_feed *feed, const char *path)
{
    const int rc = ps_gather_init(&feed->gather);

    if (rc != 0)
        return rc;
    feed->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (feed->epoll_fd < 0)
        return -errno;
    return path == NULL ? 0 : start_listening(feed, path);
}

int ps_feed_create(struct ps_feed **ret_feed, const struct ps_feed_config *cfg)
{
    if ((cfg->own_server != PS_DEMAND_NIC && cfg->own_server != PS_DEMAND_LOG) ||
        cfg->nic_connections_max > PS_FEED_NIC_CONNECTIONS_MAX ||
        (cfg->nic_socket != NULL && cfg->nic_connections_max == 0))
        return -EINVAL;
    struct ps_feed *feed = ps_zalloc(1, sizeof(*feed));
    if (feed == NULL)
        return -ENOMEM;
    feed->cfg = *cfg;
    feed->cfg.nic_socket = NULL; /* the caller's; see path */
    feed->epoll_fd = feed->listen_fd = -1;
    for (uint32_t i = 0; i < PS_FEED_NIC_CONNECTIONS_MAX; i++)
        feed->streams[i].fd = -1;
    const int rc = start(feed, cfg->nic_socket);
    if (rc != 0) {
        ps_feed_destroy(feed);
        return rc;
    }
    *ret_feed = feed;
    return 0;
}

static void hang_up(struct ps_nic_stream *stream)
{
    if (stream->fd >= 0)
        close(stream->fd); /* leaves the epoll set by itself */
    *stream = (struct ps_nic_stream){ .fd = -1, .bytes = stream->bytes };
}

void ps_feed_destroy(struct ps_feed *feed)
{
    if (feed == NULL)
        return;
    for (uint32_t i = 0; i < PS_FEED_NIC_CONNECTIONS_MAX; i++) {
        hang_up(&feed->streams[i]);
        free(feed->streams[i].bytes);
    }
    if (feed->path != NULL)
        unlink(feed->path);
    if (feed->listen_fd >= 0)
        close(feed->listen_fd);
    if (feed->epoll_fd >= 0)
        close(feed->epoll_fd);
    ps_gather_fini(&feed->gather);
    free(feed->path);
    free(feed);
}

static struct ps_nic_stream *free_stream(struct ps_feed *feed)
{
    for (uint32_t i = 0; i < feed->cfg.nic_connections_max; i++)
        if (feed->streams[i].fd < 0)
            return &feed->streams[i];
    return NULL;
}

/* One per turn of poll(): the listening socket stays readable while more wait. */
static void take_connection(struct ps_feed *feed)
{
    const int fd = ps_feed_accept(feed->listen_fd);
    struct ps_nic_stream *stream = free_stream(feed);

    if (fd < 0) {
        feed->status.nic_refused += fd == -EACCES;
        return;
    }
    if (stream == NULL || watch(feed, fd, stream) != 0) {
        feed->status.nic_refused++;
        close(fd);
        return;
    }
    stream->fd = fd;
    feed->status.nic_connects++;
}

static void read_stream(struct ps_feed *feed, struct ps_nic_stream *stream, uint64_t now_ns)
{
    const int rc = ps_nic_stream_read(feed, stream, now_ns);

    if (rc == 0)
        return;
    feed->status.nic_refused += rc == -EBADMSG || rc == -EPROTO;
    hang_up(stream);
}

int ps_feed_fd(const struct ps_feed *feed)
{
    return feed->epoll_fd;
}

void ps_feed_poll(struct ps_feed *feed, uint64_t now_ns)
{
    struct epoll_event events[PS_FEED_NIC_CONNECTIONS_MAX + 1];
    const int count = epoll_wait(feed->epoll_fd, events, (int)PS_ARRAY_LEN(events), 0);

    for (int i = 0; i < count; i++)
        if (events[i].data.ptr != feed)
            read_stream(feed, events[i].data.ptr, now_ns);
    for (int i = 0; i < count; i++) /* after the reads: they may have made room */
        if (events[i].data.ptr == feed)
            take_connection(feed);
}

bool ps_feed_knows(struct ps_feed *feed, const struct ps_resource *resource)
{
    return feed->cfg.known == NULL || feed->cfg.known(feed->cfg.arg, resource);
}

void ps_feed_log(struct ps_feed *feed, const struct ps_resource *resource,
                 const struct ps_peer_class *peer, bool is_start, uint64_t now_ns)
{
    const struct ps_demand_sample sample = {
        .start_ns = now_ns,
        .end_ns = now_ns,
        .resource = *resource,
        .peer = *peer,
        .starts = is_start,
        .segments = !is_start,
        .source = PS_DEMAND_LOG,
    };

    feed->status.log_requests++;
    if (feed->cfg.own_server == PS_DEMAND_LOG)
        ps_gather_add(&feed->gather, &sample);
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
