/* SPDX-License-Identifier: BSD-3-Clause */
/* host/feed/connection.c - a stream's socket: accepted, secured, acknowledged on, hung up. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "host/feed/feed_priv.h"

static void refuse(struct ps_feed *feed, const char *from, int error)
{
    feed->status.nic_refused++;
    if (feed->cfg.refused != NULL)
        feed->cfg.refused(feed->cfg.arg, from, error);
}

void ps_nic_stream_hang_up(struct ps_nic_stream *stream)
{
    ps_feed_tls_close(stream->tls);
    if (stream->fd >= 0)
        close(stream->fd); /* leaves the epoll set by itself */
    *stream = (struct ps_nic_stream){ .fd = -1, .bytes = stream->bytes, .view = stream->view };
}

/* ---- who connects ---- */

/* Never started anew while it runs: who connects often would hold off the tick. */
static void set_timer(struct ps_feed *feed, bool ticks)
{
    const struct itimerspec each_second = { .it_interval.tv_sec = ticks, .it_value.tv_sec = ticks };

    if (ticks != feed->ticks && timerfd_settime(feed->timer_fd, 0, &each_second, NULL) == 0)
        feed->ticks = ticks;
}

/* Who has not shown a key yet gives way, the longest here first: strangers cannot keep out who has
 * one, as long as fewer of them come than there are places in the time of a handshake. */
static struct ps_nic_stream *make_room(struct ps_feed *feed)
{
    struct ps_nic_stream *stranger = NULL;

    for (uint32_t i = 0; i < feed->cfg.nic_connections_max; i++) {
        struct ps_nic_stream *stream = &feed->streams[i];

        if (stream->fd < 0)
            return stream;
        if (!stream->secured && (stranger == NULL || stream->number < stranger->number))
            stranger = stream;
    }
    if (stranger != NULL) {
        refuse(feed, stranger->view->from, -EMFILE);
        ps_nic_stream_hang_up(stranger);
    }
    return stranger;
}

/* @return NULL when it was turned away. */
static struct ps_nic_stream *begin(struct ps_feed *feed, int fd, const char *from)
{
    struct ps_nic_stream *stream = make_room(feed);
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = stream };
    int rc = stream == NULL ? -EMFILE : 0;

    if (rc == 0 && epoll_ctl(feed->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0)
        rc = -errno;
    if (rc != 0) {
        refuse(feed, from, rc);
        close(fd);
        return NULL;
    }
    stream->fd = fd;
    stream->number = feed->status.nic_connects++;
    ps_nic_view_clear(stream->view);
    snprintf(stream->view->from, sizeof(stream->view->from), "%s", from);
    snprintf(stream->who, sizeof(stream->who), "unix");
    stream->secured = true;
    set_timer(feed, true);
    return stream;
}

/* Who waits while no descriptor is left would keep the loop awake: he gets the spare one's, at once
 * to be closed. @return Whether @p rc was that. */
static bool turn_away(struct ps_feed *feed, int listen_fd, const char *from, int rc)
{
    if ((rc != -EMFILE && rc != -ENFILE) || feed->spare_fd < 0)
        return false;
    close(feed->spare_fd);
    const int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd >= 0)
        close(fd);
    feed->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    refuse(feed, from, rc);
    return true;
}

void ps_nic_stream_accept(struct ps_feed *feed)
{
    const int fd = ps_feed_accept(feed->listen_fd);

    if (turn_away(feed, feed->listen_fd, "unix", fd))
        return;
    if (fd == -EACCES)
        refuse(feed, "unix", fd);
    if (fd >= 0)
        begin(feed, fd, "unix");
}

void ps_nic_stream_accept_tls(struct ps_feed *feed)
{
    char from[PS_NIC_FROM_BYTES_MAX];
    const int fd = ps_feed_accept_tcp(feed->tls_listen_fd, from, sizeof(from));

    if (turn_away(feed, feed->tls_listen_fd, "tcp", fd) || fd < 0)
        return;
    struct ps_nic_stream *stream = begin(feed, fd, from);
    if (stream == NULL)
        return;
    stream->secured = false;
    const int rc = ps_feed_tls_accept(feed->tls, fd, &stream->tls);
    if (rc != 0) {
        refuse(feed, from, rc);
        ps_nic_stream_hang_up(stream);
    }
}

void ps_nic_streams_tick(struct ps_feed *feed)
{
    uint64_t seconds = 0;
    bool waits = false;

    if (read(feed->timer_fd, &seconds, sizeof(seconds)) != sizeof(seconds))
        return;
    for (uint32_t i = 0; i < feed->cfg.nic_connections_max; i++) {
        struct ps_nic_stream *stream = &feed->streams[i];

        if (stream->fd < 0 || stream->greeted)
            continue;
        stream->silent_s += (uint32_t)seconds;
        if (stream->silent_s > PS_FEED_GREETING_S_MAX) {
            refuse(feed, stream->view->from, -ETIMEDOUT);
            ps_nic_stream_hang_up(stream);
        } else {
            waits = true;
        }
    }
    if (!waits)
        set_timer(feed, false);
}

/* ---- what passes ---- */

ssize_t ps_nic_stream_receive(struct ps_nic_stream *stream, void *ret_bytes, size_t count)
{
    if (stream->tls != NULL)
        return ps_feed_tls_receive(stream->tls, ret_bytes, count);
    const ssize_t got = recv(stream->fd, ret_bytes, count, 0);
    return got < 0 ? -errno : got;
}

static ssize_t send_some(struct ps_nic_stream *stream, const void *bytes, size_t count)
{
    if (stream->tls != NULL)
        return ps_feed_tls_send(stream->tls, bytes, count);
    const ssize_t sent = send(stream->fd, bytes, count, MSG_NOSIGNAL);
    return sent < 0 ? -errno : sent;
}

/* A sender that is gone is noticed by reading. */
static void send_acks(struct ps_nic_stream *stream)
{
    while (stream->ack_left > 0) {
        const size_t done = sizeof(stream->ack) - stream->ack_left;
        const ssize_t sent =
            send_some(stream, (const uint8_t *)&stream->ack + done, stream->ack_left);

        if (sent < 0)
            return;
        stream->ack_left -= (size_t)sent;
        if (stream->ack_left == 0 && stream->ack_next != 0) {
            stream->ack.ack.epoch = stream->ack_next;
            stream->ack_left = sizeof(stream->ack);
            stream->ack_next = 0;
        }
    }
}

/* An ACK speaks for all epochs before it, so of those that wait only the last is kept. */
void ps_nic_stream_ack(struct ps_nic_stream *stream, uint64_t epoch)
{
    if (stream->ack_left > 0) {
        stream->ack_next = epoch;
        return;
    }
    stream->ack =
        (struct ps_nic_ack){ .header = { .type = PSD_ACK, .body_bytes = sizeof(struct psd_ack) },
                             .ack = { .epoch = epoch } };
    stream->ack_left = sizeof(stream->ack);
    send_acks(stream);
}

/* @return 0: bytes may pass; -EAGAIN, or why they never will. */
static int secure(struct ps_nic_stream *stream)
{
    struct ps_nic_view *view = stream->view;
    char address[64];

    if (stream->secured)
        return 0;
    const int rc = ps_feed_tls_handshake(stream->tls);
    if (rc != 0)
        return rc;
    stream->secured = true;
    snprintf(address, sizeof(address), "%.63s", view->from);
    snprintf(stream->who, sizeof(stream->who), "tls:%.64s", ps_feed_tls_identity(stream->tls));
    snprintf(view->from, sizeof(view->from), "%s@%s", stream->who, address);
    return 0;
}

static void watch_room(const struct ps_feed *feed, struct ps_nic_stream *stream)
{
    const bool waits =
        stream->ack_left > 0 || (!stream->secured && ps_feed_tls_wants_write(stream->tls));
    struct epoll_event event = { .events = EPOLLIN | (waits ? EPOLLOUT : 0), .data.ptr = stream };

    if (waits != stream->watches_room &&
        epoll_ctl(feed->epoll_fd, EPOLL_CTL_MOD, stream->fd, &event) == 0)
        stream->watches_room = waits;
}

void ps_nic_stream_serve(struct ps_feed *feed, struct ps_nic_stream *stream, uint64_t now_ns)
{
    int rc = secure(stream);

    if (rc == 0) {
        send_acks(stream);
        rc = ps_nic_stream_read(feed, stream, now_ns);
    }
    if (rc == 0 || rc == -EAGAIN) {
        watch_room(feed, stream);
        return;
    }
    if (rc == -EBADMSG || rc == -EPROTO || rc == -EPROTONOSUPPORT || rc == -EACCES)
        refuse(feed, stream->view->from, rc);
    ps_nic_stream_hang_up(stream);
}
