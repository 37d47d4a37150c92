/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/control/client_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/base/mem.h"

#define READ_BYTES 4096u

void ps_control_client_init(struct ps_control_client *client, int fd, enum ps_control_role role,
                            uint64_t id, uint64_t now_ns)
{
    memset(client, 0, sizeof(*client));
    client->fd = fd;
    client->role = role;
    client->id = id;
    client->framer.bytes_max = PS_CONTROL_REQUEST_BYTES_MAX;
    client->out_moved_ns = now_ns;
}

void ps_control_client_fini(struct ps_control_client *client)
{
    if (client->fd >= 0)
        close(client->fd);
    free(client->in);
    free(client->out);
    memset(client, 0, sizeof(*client));
    client->fd = -1;
}

/* Move the rest of a buffer to its beginning and make room for @p more behind it. */
static int make_room(char **data, size_t *start, size_t *end, size_t *capacity, size_t more)
{
    const size_t rest = *end - *start;

    if (*start > 0 && rest > 0)
        memmove(*data, *data + *start, rest);
    *start = 0;
    *end = rest;
    if (rest + more <= *capacity)
        return 0;
    size_t wanted = *capacity == 0 ? READ_BYTES : *capacity;
    while (wanted < rest + more)
        wanted *= 2;
    char *grown = ps_realloc(*data, wanted, 1);
    if (grown == NULL)
        return -ENOMEM;
    *data = grown;
    *capacity = wanted;
    return 0;
}

static int send_waiting(struct ps_control_client *client, uint64_t now_ns)
{
    while (client->out_start < client->out_end) {
        const ssize_t n = send(client->fd, client->out + client->out_start,
                               client->out_end - client->out_start, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN ? 0 : -ECONNRESET;
        client->out_start += (size_t)n;
        client->out_moved_ns = now_ns;
    }
    client->out_moved_ns = now_ns;
    return 0;
}

/* @return 1 when bytes came, 0 when none are there, or a negative errno. */
static int receive(struct ps_control_client *client)
{
    const int rc = make_room(&client->in, &client->in_start, &client->in_end, &client->in_capacity,
                             READ_BYTES);
    if (rc != 0)
        return rc;
    ssize_t n;
    do {
        n = recv(client->fd, client->in + client->in_end, READ_BYTES, MSG_DONTWAIT);
    } while (n < 0 && errno == EINTR);
    if (n < 0)
        return errno == EAGAIN ? 0 : -ECONNRESET;
    client->ended = n == 0;
    client->in_end += (size_t)n;
    return n > 0;
}

/* @return 1 when a request was answered, 0 when none is complete, or a negative errno. */
static int answer_next(struct ps_control_client *client, struct ps_control_dispatch *dispatch)
{
    const char *request = client->in + client->in_start;

    if (client->in_start == client->in_end)
        return 0;
    const ssize_t size = ps_msg_frame(&client->framer, request, client->in_end - client->in_start);
    if (size <= 0)
        return (int)size;
    dispatch->caller = client->id;
    int rc = ps_control_dispatch_one(dispatch, client->role, request, (size_t)size);
    client->in_start += (size_t)size;
    client->framer = (struct ps_msg_framer){ .bytes_max = PS_CONTROL_REQUEST_BYTES_MAX };
    if (rc == 0)
        rc = make_room(&client->out, &client->out_start, &client->out_end, &client->out_capacity,
                       dispatch->answer.size_bytes);
    if (rc != 0)
        return rc;
    if (dispatch->answer.size_bytes > 0)
        memcpy(client->out + client->out_end, dispatch->answer.data, dispatch->answer.size_bytes);
    client->out_end += dispatch->answer.size_bytes;
    return 1;
}

int ps_control_client_serve(struct ps_control_client *client, struct ps_control_dispatch *dispatch,
                            uint64_t now_ns, uint32_t *ret_events)
{
    unsigned answered = 0;
    int rc = send_waiting(client, now_ns);

    while (rc == 0 && answered < PS_CONTROL_BATCH_MAX &&
           client->out_end - client->out_start < PS_CONTROL_BACKLOG_BYTES) {
        const int one = answer_next(client, dispatch);
        answered += one > 0;
        rc = one < 0 ? one : 0;
        if (one > 0)
            rc = send_waiting(client, now_ns);
        if (one != 0)
            continue;
        const int more = client->ended ? 0 : receive(client);
        rc = more < 0 ? more : 0;
        if (more == 0)
            break;
    }
    if (rc != 0)
        return rc;
    const bool waits = client->out_start < client->out_end;
    const bool cut_short = answered == PS_CONTROL_BATCH_MAX;
    if (client->ended && !waits && !cut_short)
        return -ECONNRESET;
    const bool listens =
        !client->ended && client->out_end - client->out_start < PS_CONTROL_BACKLOG_BYTES;
    /* Requests that are here already make no event; being writable stands in for one. */
    *ret_events = (listens ? EPOLLIN : 0u) | (waits || cut_short ? EPOLLOUT : 0u);
    return 0;
}

bool ps_control_client_stalls(const struct ps_control_client *client, uint64_t now_ns)
{
    return client->out_start < client->out_end &&
           now_ns > client->out_moved_ns + PS_CONTROL_STALL_NS;
}
