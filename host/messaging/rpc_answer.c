/* SPDX-License-Identifier: BSD-3-Clause */
/* host/messaging/rpc_answer.c - what answers look like. There is always room for one. */
#include <errno.h>

#include "host/base/mem.h"
#include "host/messaging/rpc_priv.h"

#define RESPONSE 1

static const struct {
    int error;
    const char *code, *message;
} errors[] = {
    { EINVAL, "bad_params", "a parameter is missing, unknown, twice there or of another type" },
    { EACCES, "denied", "the token does not allow this" },
    { EKEYEXPIRED, "expired", "the token has expired or was revoked: say hello with another one" },
    { ENOENT, "not_found", "there is no such collection" },
    { EBUSY, "busy", "too many requests: try again after retry_ms" },
    { EMSGSIZE, "too_big", "the message, or the list" },
    { ENOSPC, "full", "no room: try again after retry_ms" },
    { ERANGE, "order", "the number of the sender's that is expected comes before this one" },
    { EAGAIN, "again", "not kept: try again" },
    { EHOSTUNREACH, "unreachable", "the edge where the message is cannot be asked" },
    { ENOSYS, "unknown_method", "there is no such method" },
};

static void put_reason(struct ps_msg_pen *pen, const struct ps_messaging_why *why)
{
    ps_msg_pen_map(pen, 0u + (why->expected != 0) + (why->retry_ms != 0));
    if (why->expected != 0) {
        ps_msg_pen_name(pen, "expected");
        ps_msg_pen_u64(pen, why->expected);
    }
    if (why->retry_ms != 0) {
        ps_msg_pen_name(pen, "retry_ms");
        ps_msg_pen_u64(pen, why->retry_ms);
    }
}

void ps_rpc_put_error(struct ps_msg_pen *pen, int error, const struct ps_messaging_why *why)
{
    const bool reasons = why != NULL && (why->expected != 0 || why->retry_ms != 0);
    const char *code = "failed", *message = "it failed";

    for (size_t i = 0; i < PS_ARRAY_LEN(errors); i++) {
        if (errors[i].error == -error) {
            code = errors[i].code;
            message = errors[i].message;
        }
    }
    ps_msg_pen_array(pen, 2u + reasons);
    ps_msg_pen_name(pen, code);
    ps_msg_pen_name(pen, message);
    if (reasons)
        put_reason(pen, why);
}

void ps_rpc_answer_begin(struct ps_messaging_rpc *rpc, uint64_t msgid)
{
    ps_msg_pen_array(&rpc->pen, 4);
    ps_msg_pen_u64(&rpc->pen, RESPONSE);
    ps_msg_pen_u64(&rpc->pen, msgid);
    ps_msg_pen_nil(&rpc->pen);
}

void ps_rpc_answer_error(struct ps_messaging_rpc *rpc, uint64_t msgid, int error,
                         const struct ps_messaging_why *why)
{
    ps_msg_pen_array(&rpc->pen, 4);
    ps_msg_pen_u64(&rpc->pen, RESPONSE);
    ps_msg_pen_u64(&rpc->pen, msgid);
    ps_rpc_put_error(&rpc->pen, error, why);
    ps_msg_pen_nil(&rpc->pen);
}

void ps_rpc_put_id(struct ps_msg_pen *pen, uint64_t id, bool duplicate)
{
    ps_msg_pen_map(pen, 1u + duplicate);
    ps_msg_pen_name(pen, "id");
    ps_msg_pen_u64(pen, id);
    if (duplicate) {
        ps_msg_pen_name(pen, "duplicate");
        ps_msg_pen_bool(pen, true);
    }
}

static void put_message(struct ps_msg_pen *pen, const struct ps_message *message, uint64_t now_ns)
{
    ps_msg_pen_map(pen, 5);
    ps_msg_pen_name(pen, "id");
    ps_msg_pen_u64(pen, message->id);
    ps_msg_pen_name(pen, "from");
    ps_msg_pen_str(pen, message->peer, message->peer_bytes);
    ps_msg_pen_name(pen, "sequence");
    ps_msg_pen_u64(pen, message->sequence);
    ps_msg_pen_name(pen, "age_ms");
    ps_msg_pen_u64(pen, now_ns > message->put_ns ? (now_ns - message->put_ns) / 1000000u : 0);
    ps_msg_pen_name(pen, "body");
    ps_msg_pen_bin(pen, message->body, message->body_bytes);
}

void ps_rpc_put_messages(struct ps_msg_pen *pen, const struct ps_message *messages, uint32_t count,
                         uint64_t cursor, uint64_t now_ns)
{
    ps_msg_pen_map(pen, 2);
    ps_msg_pen_name(pen, "messages");
    ps_msg_pen_array(pen, count);
    for (uint32_t i = 0; i < count; i++)
        put_message(pen, &messages[i], now_ns);
    ps_msg_pen_name(pen, "cursor");
    ps_msg_pen_u64(pen, cursor);
}
