/* SPDX-License-Identifier: BSD-3-Clause */
/* host/messaging/web_msgpack.c - messages, limits and errors as msgpack: bodies as they are. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/clock.h"
#include "host/base/mem.h"
#include "host/messaging/web_priv.h"
#include "host/msg/msg.h"

static int read_number(const struct ps_msg_value *map, const char *key, uint64_t max,
                       uint64_t *value)
{
    uint64_t number = 0;
    const int rc = ps_msg_as_u64(ps_msg_get(map, key), &number);

    if (rc == -ENOENT)
        return 0;
    if (rc != 0 || number > max)
        return -EBADMSG;
    *value = number;
    return 0;
}

static int read_map(const void *data, size_t size_bytes, struct ps_msg **ret_msg)
{
    struct ps_msg *msg = NULL;
    const int rc = ps_msg_read(&msg, data, size_bytes);

    if (rc != 0)
        return rc == -ENOMEM ? -ENOMEM : -EBADMSG;
    if (ps_msg_type_of(ps_msg_root(msg)) != PS_MSG_MAP) {
        ps_msg_destroy(msg);
        return -EBADMSG;
    }
    *ret_msg = msg;
    return 0;
}

static int copy_body(const struct ps_msg_value *map, struct ps_web_put *put)
{
    const char *body = NULL;
    size_t bytes = 0;

    if (ps_msg_as_bytes(ps_msg_get(map, "body"), &body, &bytes) != 0)
        return -EBADMSG;
    put->owned = ps_zalloc(bytes + 1, 1);
    if (put->owned == NULL)
        return -ENOMEM;
    if (bytes > 0)
        memcpy(put->owned, body, bytes);
    put->body = put->owned;
    put->body_bytes = (uint32_t)bytes;
    return 0;
}

static int read_put(const void *data, size_t size_bytes, struct ps_web_put *ret_put)
{
    struct ps_web_put put = { 0 };
    struct ps_msg *msg = NULL;
    int rc = read_map(data, size_bytes, &msg);

    if (rc != 0)
        return rc;
    rc = read_number(ps_msg_root(msg), "sequence", UINT64_MAX, &put.sequence);
    if (rc == 0)
        rc = copy_body(ps_msg_root(msg), &put);
    ps_msg_destroy(msg);
    if (rc == 0)
        *ret_put = put;
    return rc;
}

static int read_limits(const void *data, size_t size_bytes, struct ps_collection_limits *limits)
{
    struct ps_msg *msg = NULL;
    int rc = read_map(data, size_bytes, &msg);
    uint64_t messages = limits->messages_max, bytes = limits->bytes_max;
    uint64_t message_bytes = limits->message_bytes_max, age_s = limits->age_ns / PS_NS_PER_SEC;

    if (rc != 0)
        return rc;
    const struct ps_msg_value *map = ps_msg_root(msg);
    if (read_number(map, "messages", UINT32_MAX, &messages) != 0 ||
        read_number(map, "bytes", UINT32_MAX, &bytes) != 0 ||
        read_number(map, "message_bytes", UINT32_MAX, &message_bytes) != 0 ||
        read_number(map, "age_s", UINT32_MAX, &age_s) != 0)
        rc = -EBADMSG;
    ps_msg_destroy(msg);
    if (rc == 0)
        *limits = (struct ps_collection_limits){ .messages_max = (uint32_t)messages,
                                                 .bytes_max = (uint32_t)bytes,
                                                 .message_bytes_max = (uint32_t)message_bytes,
                                                 .age_ns = age_s * PS_NS_PER_SEC };
    return rc;
}

static int finish(struct ps_web_text *ret_text, struct ps_msg_writer *w)
{
    if (w->error != 0) {
        ps_msg_writer_fini(w);
        return -ENOMEM;
    }
    *ret_text = (struct ps_web_text){ w->data, w->size_bytes };
    return 0;
}

static void put_message(struct ps_msg_writer *w, const struct ps_message *message, uint64_t now_ns)
{
    char peer[PS_PEER_NAME_MAX + 1] = "";
    const uint64_t age_ns = now_ns > message->put_ns ? now_ns - message->put_ns : 0;

    memcpy(peer, message->peer,
           message->peer_bytes < PS_PEER_NAME_MAX ? message->peer_bytes : PS_PEER_NAME_MAX);
    ps_msg_open_map(w);
    ps_msg_pair_u64(w, "id", message->id);
    ps_msg_pair_str(w, "from", peer);
    if (message->sequence != 0)
        ps_msg_pair_u64(w, "sequence", message->sequence);
    ps_msg_pair_u64(w, "age_ms", age_ns / PS_NS_PER_MSEC);
    ps_msg_pair_bin(w, "body", message->body, message->body_bytes);
    ps_msg_close(w);
}

static int write_batch(struct ps_web_text *ret_text, const struct ps_web_batch *batch)
{
    struct ps_msg_writer w;

    ps_msg_writer_init(&w, PS_MSG_BYTES_MAX);
    ps_msg_open_map(&w);
    ps_msg_pair_array(&w, "messages");
    for (uint32_t i = 0; i < batch->count; i++)
        put_message(&w, &batch->messages[i], batch->now_ns);
    ps_msg_close(&w);
    ps_msg_pair_u64(&w, "cursor", batch->cursor);
    ps_msg_close(&w);
    return finish(ret_text, &w);
}

static int write_id(struct ps_web_text *ret_text, uint64_t id, bool is_duplicate)
{
    struct ps_msg_writer w;

    ps_msg_writer_init(&w, PS_MSG_BYTES_MAX);
    ps_msg_open_map(&w);
    ps_msg_pair_u64(&w, "id", id);
    if (is_duplicate)
        ps_msg_pair_bool(&w, "duplicate", true);
    ps_msg_close(&w);
    return finish(ret_text, &w);
}

static int write_error(struct ps_web_text *ret_text, const struct ps_web_error *error)
{
    struct ps_msg_writer w;

    ps_msg_writer_init(&w, PS_MSG_BYTES_MAX);
    ps_msg_open_map(&w);
    ps_msg_pair_str(&w, "error", error->word);
    if (error->retry_ms > 0)
        ps_msg_pair_u64(&w, "retry_ms", error->retry_ms);
    if (error->expected > 0)
        ps_msg_pair_u64(&w, "expected", error->expected);
    ps_msg_close(&w);
    return finish(ret_text, &w);
}

const struct ps_web_format ps_web_msgpack = {
    .content_type = "application/msgpack",
    .read_put = read_put,
    .read_limits = read_limits,
    .write_id = write_id,
    .write_batch = write_batch,
    .write_error = write_error,
};
