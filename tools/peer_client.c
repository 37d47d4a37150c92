/* SPDX-License-Identifier: BSD-3-Clause */
#include "tools/peer_client.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "host/base/mem.h"
#include "host/msg/msg.h"

#define REQUEST  0
#define RESPONSE 1

/* ---- the connection ---- */

static int connect_unix(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    if (strlen(path) >= sizeof(address.sun_path))
        return -EINVAL;
    memcpy(address.sun_path, path, strlen(path) + 1);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    const int error = errno;
    if (fd >= 0)
        close(fd);
    return -error;
}

static int connect_info(const struct addrinfo *info)
{
    const int on = 1;
    const int fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd >= 0 && connect(fd, info->ai_addr, info->ai_addrlen) == 0 &&
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0)
        return fd;
    const int error = errno;
    if (fd >= 0)
        close(fd);
    return -error;
}

static int connect_tcp(const char *where)
{
    const struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
                                    .ai_socktype = SOCK_STREAM };
    const char *colon = strrchr(where, ':');
    const bool brackets = where[0] == '[' && colon != NULL && colon > where && colon[-1] == ']';
    struct addrinfo *info;
    char host[64];

    if (colon == NULL || (size_t)(colon - where) >= sizeof(host))
        return -EINVAL;
    const size_t length = (size_t)(colon - where) - 2u * brackets;
    memcpy(host, where + brackets, length);
    host[length] = '\0';
    if (getaddrinfo(host, colon + 1, &hints, &info) != 0)
        return -EINVAL;
    const int fd = connect_info(info);
    freeaddrinfo(info);
    return fd;
}

int ps_peer_connect(struct ps_peer *peer, const char *where, uint32_t timeout_ms, size_t room_bytes)
{
    const struct timeval timeout = { .tv_sec = timeout_ms / 1000,
                                     .tv_usec = timeout_ms % 1000 * 1000 };

    *peer = (struct ps_peer){ .fd = -1 };
    const int fd = strchr(where, '/') != NULL ? connect_unix(where) : connect_tcp(where);
    if (fd < 0)
        return fd;
    peer->fd = fd;
    peer->room_bytes = room_bytes;
    peer->in = ps_zalloc(1, room_bytes);
    peer->out = ps_zalloc(1, room_bytes);
    if (peer->in == NULL || peer->out == NULL) {
        ps_peer_close(peer);
        return -ENOMEM;
    }
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
    peer->pen = ps_msg_pen_of(peer->out, peer->room_bytes);
    return 0;
}

void ps_peer_close(struct ps_peer *peer)
{
    if (peer->in != NULL || peer->fd > 0)
        close(peer->fd);
    free(peer->in);
    free(peer->out);
    *peer = (struct ps_peer){ .fd = -1 };
}

/* ---- requests ---- */

/* @return how many pairs the parameters have besides the place's. */
static uint32_t place_pairs(const struct ps_peer_place *place)
{
    return place->media != NULL ? 2 : place->peer != NULL;
}

static void put_pair(struct ps_msg_pen *pen, const char *key, const char *text)
{
    ps_msg_pen_name(pen, key);
    ps_msg_pen_name(pen, text);
}

static void put_number(struct ps_msg_pen *pen, const char *key, uint64_t number)
{
    ps_msg_pen_name(pen, key);
    ps_msg_pen_u64(pen, number);
}

static struct ps_msg_pen begin(const struct ps_peer *peer, const char *method,
                               const struct ps_peer_place *place, uint32_t pairs)
{
    struct ps_msg_pen pen = peer->pen;

    ps_msg_pen_array(&pen, 4);
    ps_msg_pen_u64(&pen, REQUEST);
    ps_msg_pen_u64(&pen, peer->last + 1);
    ps_msg_pen_name(&pen, method);
    ps_msg_pen_array(&pen, 1);
    ps_msg_pen_map(&pen, pairs + place_pairs(place));
    if (place->media != NULL) {
        put_pair(&pen, "media", place->media);
        put_pair(&pen, "profile", place->profile);
    } else if (place->peer != NULL) {
        put_pair(&pen, "peer", place->peer);
    }
    return pen;
}

static uint32_t end(struct ps_peer *peer, const struct ps_msg_pen *pen)
{
    if (pen->full)
        return 0;
    peer->pen = *pen;
    return ++peer->last;
}

uint32_t ps_peer_hello(struct ps_peer *peer, const char *token)
{
    const struct ps_peer_place nowhere = { 0 };
    struct ps_msg_pen pen = begin(peer, "hello", &nowhere, 1);

    put_pair(&pen, "token", token);
    return end(peer, &pen);
}

uint32_t ps_peer_put(struct ps_peer *peer, const struct ps_peer_place *to, uint64_t sequence,
                     const void *body, size_t body_bytes)
{
    struct ps_msg_pen pen = begin(peer, "put", to, 1u + (sequence != 0));

    if (sequence != 0)
        put_number(&pen, "sequence", sequence);
    ps_msg_pen_name(&pen, "body");
    ps_msg_pen_bin(&pen, body, body_bytes);
    return end(peer, &pen);
}

uint32_t ps_peer_put_many(struct ps_peer *peer, const struct ps_peer_place *to, uint64_t sequence,
                          const void *bodies, size_t body_bytes, uint32_t count)
{
    struct ps_msg_pen pen = begin(peer, "put_many", to, 1u + (sequence != 0));
    const char *body = bodies;

    if (sequence != 0)
        put_number(&pen, "sequence", sequence);
    ps_msg_pen_name(&pen, "bodies");
    ps_msg_pen_array(&pen, count);
    for (uint32_t i = 0; i < count; i++)
        ps_msg_pen_bin(&pen, body + i * body_bytes, body_bytes);
    return end(peer, &pen);
}

uint32_t ps_peer_fetch(struct ps_peer *peer, const struct ps_peer_place *from, uint32_t max,
                       uint32_t wait_ms)
{
    struct ps_msg_pen pen = begin(peer, "fetch", from, 3);

    ps_msg_pen_name(&pen, "next");
    ps_msg_pen_bool(&pen, true);
    put_number(&pen, "max", max);
    put_number(&pen, "wait_ms", wait_ms);
    return end(peer, &pen);
}

uint32_t ps_peer_open(struct ps_peer *peer, const struct ps_peer_place *place, uint32_t messages,
                      uint32_t bytes, uint32_t message_bytes, uint32_t age_s)
{
    struct ps_msg_pen pen = begin(peer, "open", place, 4);

    put_number(&pen, "messages", messages);
    put_number(&pen, "bytes", bytes);
    put_number(&pen, "message_bytes", message_bytes);
    put_number(&pen, "age_s", age_s);
    return end(peer, &pen);
}

uint32_t ps_peer_ack(struct ps_peer *peer, const struct ps_peer_place *from, const uint64_t *ids,
                     uint32_t count)
{
    struct ps_msg_pen pen = begin(peer, "ack", from, 1);

    ps_msg_pen_name(&pen, "ids");
    ps_msg_pen_array(&pen, count);
    for (uint32_t i = 0; i < count; i++)
        ps_msg_pen_u64(&pen, ids[i]);
    return end(peer, &pen);
}

int ps_peer_flush(struct ps_peer *peer)
{
    const uint8_t *at = peer->out;

    while (at < peer->pen.at) {
        const ssize_t n = send(peer->fd, at, (size_t)(peer->pen.at - at), MSG_NOSIGNAL);
        if (n < 0 && errno != EINTR)
            return errno == EAGAIN ? -ETIMEDOUT : -errno;
        at += n < 0 ? 0 : n;
    }
    peer->pen = ps_msg_pen_of(peer->out, peer->room_bytes);
    return 0;
}

/* ---- answers ---- */

static int receive(struct ps_peer *peer, int flags)
{
    if (peer->in_start > 0) {
        memmove(peer->in, peer->in + peer->in_start, peer->in_end - peer->in_start);
        peer->in_end -= peer->in_start;
        peer->in_start = 0;
    }
    if (peer->in_end == peer->room_bytes)
        return -EBADMSG;
    const ssize_t n =
        recv(peer->fd, peer->in + peer->in_end, peer->room_bytes - peer->in_end, flags);
    if (n == 0)
        return -ECONNRESET;
    if (n < 0 && errno != EINTR)
        return -errno;
    peer->in_end += n < 0 ? 0 : (size_t)n;
    return 0;
}

static int read_answer(const uint8_t *data, size_t bytes, struct ps_peer_answer *ret_answer)
{
    struct ps_msg_cursor c = ps_msg_cursor_of(data, bytes);

    if (ps_msg_take_array(&c) != 4 || ps_msg_take_u64(&c) != RESPONSE)
        return -EBADMSG;
    ret_answer->number = (uint32_t)ps_msg_take_u64(&c);
    ret_answer->refused = !ps_msg_take_nil(&c);
    ret_answer->what = c;
    return c.error;
}

static int take(struct ps_peer *peer, int flags, struct ps_peer_answer *ret_answer)
{
    struct ps_msg_framer framer = { 0 };

    for (;;) {
        const uint8_t *data = peer->in + peer->in_start;
        const ssize_t size = ps_msg_frame(&framer, data, peer->in_end - peer->in_start);
        if (size < 0)
            return (int)size;
        if (size > 0) {
            peer->in_start += (size_t)size;
            return read_answer(data, (size_t)size, ret_answer);
        }
        const int rc = receive(peer, flags);
        if (rc != 0)
            return rc;
    }
}

int ps_peer_take(struct ps_peer *peer, struct ps_peer_answer *ret_answer)
{
    const int rc = take(peer, 0, ret_answer);

    return rc == -EAGAIN ? -ETIMEDOUT : rc;
}

int ps_peer_take_now(struct ps_peer *peer, struct ps_peer_answer *ret_answer)
{
    return take(peer, MSG_DONTWAIT, ret_answer);
}

int ps_peer_ask(struct ps_peer *peer, struct ps_peer_answer *ret_answer)
{
    int rc = ps_peer_flush(peer);

    if (rc == 0)
        rc = ps_peer_take(peer, ret_answer);
    return rc == 0 && ret_answer->refused ? -EACCES : rc;
}

static struct ps_peer_message read_message(struct ps_msg_cursor *c)
{
    struct ps_peer_message message = { 0 };

    for (uint32_t pairs = ps_msg_take_map(c); pairs > 0 && c->error == 0; pairs--) {
        const struct ps_msg_text key = ps_msg_take_str(c);
        if (ps_msg_text_is(key, "id"))
            message.id = ps_msg_take_u64(c);
        else if (ps_msg_text_is(key, "from"))
            message.from = ps_msg_take_str(c);
        else if (ps_msg_text_is(key, "body"))
            message.body = ps_msg_take_bytes(c);
        else
            ps_msg_skip(c);
    }
    return message;
}

uint32_t ps_peer_messages(struct ps_peer_answer *answer, struct ps_peer_message *ret_messages,
                          uint32_t max, uint64_t *ret_cursor)
{
    struct ps_msg_cursor *c = &answer->what;
    uint32_t taken = 0;

    for (uint32_t pairs = ps_msg_take_map(c); pairs > 0 && c->error == 0; pairs--) {
        const struct ps_msg_text key = ps_msg_take_str(c);
        if (ps_msg_text_is(key, "cursor")) {
            *ret_cursor = ps_msg_take_u64(c);
            continue;
        }
        for (uint32_t count = ps_msg_take_array(c); count > 0 && c->error == 0; count--) {
            const struct ps_peer_message message = read_message(c);
            if (taken < max && c->error == 0)
                ret_messages[taken++] = message;
        }
    }
    return taken;
}
