/* SPDX-License-Identifier: BSD-3-Clause */
/* host/messaging/rpc_client.c - one connection: bytes in, requests done, bytes out. */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "host/messaging/rpc_priv.h"

#define SMALL_REST_BYTES 4096u  /* so much is copied before what comes next */
#define READ_BYTES       65536u /* into a client's own memory, at once */

static bool is_congested(const struct ps_rpc_client *client)
{
    return client->out.end > client->out.start;
}

static void begin_message(struct ps_rpc_client *client)
{
    client->framer = (struct ps_msg_framer){ .bytes_max = PS_MESSAGING_RPC_BYTES_MAX };
}

/* Hello did not come, or what waits was not taken. */
static void give_up(void *arg)
{
    struct ps_rpc_client *client = arg;

    client->rpc->status.dropped_clients++;
    ps_rpc_client_hang_up(client);
}

static void start_timer(struct ps_rpc_client *client, uint32_t ms)
{
    ps_wheel_start(&client->rpc->wheel, &client->timer, ms / PS_RPC_TICK_MS + 1);
}

static int set_events(struct ps_rpc_client *client, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.ptr = client };

    if (events == client->events)
        return 0;
    client->events = events;
    return epoll_ctl(client->rpc->epoll_fd, EPOLL_CTL_MOD, client->fd, &event) == 0 ? 0 : -errno;
}

void ps_rpc_client_begin(struct ps_messaging_rpc *rpc, struct ps_rpc_client *client, int fd)
{
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = client };

    TAILQ_REMOVE(&rpc->idle, client, entry);
    TAILQ_INSERT_TAIL(&rpc->strangers, client, entry);
    client->rpc = rpc;
    client->fd = fd;
    client->events = EPOLLIN;
    client->timer.over = give_up;
    client->timer.arg = client;
    begin_message(client);
    rpc->status.clients++;
    rpc->status.connections++;
    start_timer(client, PS_RPC_HELLO_MS_MAX);
    if (epoll_ctl(rpc->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0)
        ps_rpc_client_hang_up(client);
}

void ps_rpc_client_hang_up(struct ps_rpc_client *client)
{
    struct ps_messaging_rpc *rpc = client->rpc;

    ps_rpc_waits_leave(client);
    ps_rpc_jobs_leave(client);
    ps_wheel_stop(&rpc->wheel, &client->timer);
    ps_rpc_kept_fini(rpc, &client->in);
    ps_rpc_kept_fini(rpc, &client->out);
    close(client->fd); /* leaves the epoll set by itself */
    if (client->ready)
        TAILQ_REMOVE(&rpc->ready, client, ready_entry);
    if (!client->greeted)
        TAILQ_REMOVE(&rpc->strangers, client, entry);
    memset(client, 0, sizeof(*client));
    client->fd = -1;
    TAILQ_INSERT_TAIL(&rpc->idle, client, entry);
    rpc->status.clients--;
}

/* ---- out ---- */

/* @return how many bytes the socket took; none when it is broken. */
static size_t send_some(struct ps_rpc_client *client, const uint8_t *data, size_t bytes)
{
    size_t sent = 0;

    while (sent < bytes && !client->broken) {
        const ssize_t n = send(client->fd, data + sent, bytes - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n >= 0)
            sent += (size_t)n;
        else if (errno == EAGAIN)
            break;
        else if (errno != EINTR)
            client->broken = true;
    }
    return sent;
}

/* Send what the shared buffer has; what is not taken is kept. */
static void flush(struct ps_rpc_client *client)
{
    struct ps_messaging_rpc *rpc = client->rpc;
    const size_t bytes = (size_t)(rpc->pen.at - rpc->out);

    if (bytes == 0)
        return;
    const size_t sent = send_some(client, rpc->out, bytes);
    rpc->pen = ps_msg_pen_of(rpc->out, PS_RPC_OUT_BYTES);
    if (client->broken || sent == bytes)
        return;
    if (ps_rpc_keep(rpc, &client->out, rpc->out + sent, bytes - sent) != 0) {
        rpc->status.dropped_clients++;
        client->broken = true;
        return;
    }
    if (client->greeted)
        start_timer(client, PS_RPC_STALL_MS_MAX);
}

/* Send what is kept. */
static void drain(struct ps_rpc_client *client)
{
    struct ps_rpc_kept *out = &client->out;
    const size_t sent = send_some(client, out->data + out->start, out->end - out->start);

    out->start += (uint32_t)sent;
    if (is_congested(client)) {
        if (sent > 0 && client->greeted)
            start_timer(client, PS_RPC_STALL_MS_MAX);
        return;
    }
    ps_rpc_keep_none(client->rpc, out);
    if (client->greeted)
        ps_wheel_stop(&client->rpc->wheel, &client->timer);
}

bool ps_rpc_client_has_room(struct ps_rpc_client *client)
{
    const struct ps_msg_pen *pen = &client->rpc->pen;

    if (!is_congested(client) && (size_t)(pen->end - pen->at) < PS_RPC_ANSWER_BYTES)
        flush(client);
    return !is_congested(client) && !client->broken;
}

/* ---- in ---- */

/* Do the requests that are whole, as long as answers go out; keep the rest. */
static void take_requests(struct ps_rpc_client *client, const uint8_t *data, size_t bytes)
{
    size_t at = 0;

    while (at < bytes && ps_rpc_client_has_room(client)) {
        const ssize_t size = ps_msg_frame(&client->framer, data + at, bytes - at);
        if (size == 0)
            break;
        if (size < 0 || ps_rpc_request(client, data + at, (size_t)size) != 0) {
            client->rpc->status.dropped_clients++;
            client->ended = true;
            at = bytes;
            break;
        }
        at += (size_t)size;
        begin_message(client);
    }
    if (at == bytes) {
        ps_rpc_keep_none(client->rpc, &client->in);
    } else if (ps_rpc_keep(client->rpc, &client->in, data + at, bytes - at) != 0) {
        client->rpc->status.dropped_clients++;
        client->broken = true;
    }
    flush(client);
}

/* @return bytes, 0 when none have come. */
static size_t receive(struct ps_rpc_client *client, uint8_t *room, size_t bytes)
{
    ssize_t n;

    do {
        n = recv(client->fd, room, bytes, MSG_DONTWAIT);
    } while (n < 0 && errno == EINTR);
    if (n == 0)
        client->ended = true;
    else if (n < 0 && errno != EAGAIN)
        client->broken = true;
    return n > 0 ? (size_t)n : 0;
}

/* A short rest is copied in front of what comes; a long one grows where it is. */
static void read_more(struct ps_rpc_client *client)
{
    struct ps_messaging_rpc *rpc = client->rpc;
    struct ps_rpc_kept *in = &client->in;
    const size_t rest = in->end - in->start;

    if (rest <= SMALL_REST_BYTES) {
        if (rest > 0)
            memcpy(rpc->in, in->data + in->start, rest);
        const size_t n = receive(client, rpc->in + rest, PS_RPC_IN_BYTES - rest);
        if (n > 0)
            take_requests(client, rpc->in, rest + n);
        return;
    }
    uint8_t *room = ps_rpc_keep_room(rpc, in, READ_BYTES);
    if (room == NULL) {
        rpc->status.dropped_clients++;
        client->broken = true;
        return;
    }
    in->end += (uint32_t)receive(client, room, READ_BYTES);
    take_requests(client, in->data + in->start, in->end - in->start);
}

/* ---- both ---- */

/* After it was served: gone, or in the state that its buffers are in. */
static void settle(struct ps_rpc_client *client)
{
    const bool congested = is_congested(client);

    if (client->broken || (client->ended && !congested) ||
        set_events(client, congested ? EPOLLOUT : EPOLLIN) != 0)
        ps_rpc_client_hang_up(client);
}

static void answer_ready(struct ps_rpc_client *client)
{
    ps_rpc_waits_answer(client);
    ps_rpc_jobs_answer(client);
    flush(client);
}

void ps_rpc_client_serve(struct ps_rpc_client *client)
{
    struct ps_rpc_kept *in = &client->in;

    if (is_congested(client)) {
        drain(client);
        if (!is_congested(client))
            answer_ready(client);
        if (!is_congested(client) && !client->broken && in->end > in->start)
            take_requests(client, in->data + in->start, in->end - in->start);
    }
    if (!is_congested(client) && !client->broken && !client->ended)
        read_more(client);
    settle(client);
}

void ps_rpc_client_ready(struct ps_rpc_client *client)
{
    struct ps_messaging_rpc *rpc = client->rpc;
    const uint64_t one = 1;

    if (client->ready)
        return;
    /* Nobody waits for the descriptor while we are at it anyway. */
    if (!rpc->polling && TAILQ_EMPTY(&rpc->ready) &&
        write(rpc->wake_fd, &one, sizeof(one)) != sizeof(one))
        return; /* cannot be: the counter is far from full */
    client->ready = true;
    TAILQ_INSERT_TAIL(&rpc->ready, client, ready_entry);
}

void ps_rpc_client_answer(struct ps_rpc_client *client)
{
    if (is_congested(client))
        return; /* serve() comes back to it */
    answer_ready(client);
    settle(client);
}
