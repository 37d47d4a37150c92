/* SPDX-License-Identifier: BSD-3-Clause */
/* host/messaging/rpc_request.c - one request taken apart, and who does it. */
#include <errno.h>
#include <string.h>

#include "host/base/mem.h"
#include "host/messaging/rpc_priv.h"

#define REQUEST      0
#define NOTIFICATION 2

#define BIT(param) (1u << PS_RPC_##param)
#define RESOURCE   (BIT(MEDIA) | BIT(PROFILE))
#define PLACE      (RESOURCE | BIT(REGION) | BIT(PEER))
#define LIMITS     (BIT(MESSAGES) | BIT(BYTES) | BIT(MESSAGE_BYTES) | BIT(AGE_S))

/* What may be given, and what must. Those that come often stand first. */
static const struct method {
    const char *name;
    ps_rpc_method *run;
    uint32_t known, needed;
    bool to_strangers;
} methods[] = {
    { "put", ps_rpc_put, PLACE | BIT(SEQUENCE) | BIT(BODY), BIT(BODY), false },
    { "fetch", ps_rpc_fetch, PLACE | BIT(AFTER) | BIT(NEXT) | BIT(MAX) | BIT(WAIT_MS), 0, false },
    { "ack", ps_rpc_ack, PLACE | BIT(IDS), BIT(IDS), false },
    { "put_many", ps_rpc_put_many, PLACE | BIT(SEQUENCE) | BIT(BODIES), BIT(BODIES), false },
    { "ping", ps_rpc_ping, 0, 0, true },
    { "hello", ps_rpc_hello, BIT(TOKEN), BIT(TOKEN), true },
    { "open", ps_rpc_open, RESOURCE | BIT(REGION) | LIMITS, RESOURCE | LIMITS, false },
    { "close", ps_rpc_close, RESOURCE | BIT(REGION), RESOURCE, false },
};

static const char *const params[PS_RPC_PARAMS] = {
    [PS_RPC_MEDIA] = "media",       [PS_RPC_PROFILE] = "profile",
    [PS_RPC_PEER] = "peer",         [PS_RPC_BODY] = "body",
    [PS_RPC_TOKEN] = "token",       [PS_RPC_REGION] = "region",
    [PS_RPC_SEQUENCE] = "sequence", [PS_RPC_AFTER] = "after",
    [PS_RPC_NEXT] = "next",         [PS_RPC_MAX] = "max",
    [PS_RPC_WAIT_MS] = "wait_ms",   [PS_RPC_MESSAGES] = "messages",
    [PS_RPC_BYTES] = "bytes",       [PS_RPC_MESSAGE_BYTES] = "message_bytes",
    [PS_RPC_AGE_S] = "age_s",       [PS_RPC_IDS] = "ids",
    [PS_RPC_BODIES] = "bodies",
};

static const struct method *find_method(struct ps_msg_text name)
{
    for (size_t i = 0; i < PS_ARRAY_LEN(methods); i++)
        if (ps_msg_text_is(name, methods[i].name))
            return &methods[i];
    return NULL;
}

/* @return PS_RPC_PARAMS when there is none of that name among the known. */
static uint32_t find_param(struct ps_msg_text name, uint32_t known)
{
    uint32_t param = 0;

    while (param < PS_RPC_PARAMS &&
           ((known >> param & 1u) == 0 || !ps_msg_text_is(name, params[param])))
        param++;
    return param;
}

static void read_value(struct ps_msg_cursor *c, uint32_t param, struct ps_rpc_request *request)
{
    if (param == PS_RPC_BODY)
        request->texts[param] = ps_msg_take_bytes(c);
    else if (param < PS_RPC_TEXTS)
        request->texts[param] = ps_msg_take_str(c);
    else if (param == PS_RPC_NEXT)
        request->numbers[param] = ps_msg_take_bool(c);
    else if (param < PS_RPC_NUMBERS_END)
        request->numbers[param] = ps_msg_take_u64(c);
    else {
        struct ps_msg_cursor whole = *c;
        ps_msg_skip(c);
        request->list_count = ps_msg_take_array(&whole);
        request->list = whole;
        if (whole.error != 0)
            c->error = whole.error;
    }
}

/* Each at most once, none that the method does not know. */
static int read_params(struct ps_msg_cursor *c, uint32_t known, struct ps_rpc_request *request)
{
    const uint32_t count = ps_msg_take_array(c);

    if (count > 1)
        return -EINVAL;
    uint32_t pairs = count == 1 ? ps_msg_take_map(c) : 0;
    for (; pairs > 0 && c->error == 0; pairs--) {
        const uint32_t param = find_param(ps_msg_take_str(c), known);
        if (param == PS_RPC_PARAMS || (request->given >> param & 1u) != 0)
            return -EINVAL;
        request->given |= 1u << param;
        read_value(c, param, request);
    }
    return c->error == 0 ? 0 : -EINVAL;
}

bool ps_rpc_grant_holds(const struct ps_rpc_client *client)
{
    const struct ps_messaging_rpc *rpc = client->rpc;
    const struct ps_messaging_gate *gate = &rpc->cfg.gate;

    return rpc->wall_ns < client->grant.until_ns &&
           (gate->holds == NULL || gate->holds(gate->arg, &client->grant) == 0);
}

/* A grant ends while its connection goes on: then only a new token helps. */
static int check_rights(const struct ps_rpc_client *client, const struct method *method)
{
    if (method->to_strangers)
        return 0;
    if (!client->greeted)
        return -EACCES;
    return ps_rpc_grant_holds(client) ? 0 : -EKEYEXPIRED;
}

static int run(struct ps_rpc_client *client, struct ps_msg_text name, struct ps_msg_cursor *c,
               struct ps_rpc_request *request, struct ps_messaging_why *ret_why)
{
    const struct method *method = find_method(name);

    if (method == NULL)
        return -ENOSYS;
    int rc = check_rights(client, method);
    if (rc == 0)
        rc = read_params(c, method->known, request);
    if (rc != 0)
        return rc;
    if ((request->given & method->needed) != method->needed)
        return -EINVAL;
    return method->run(client, request, ret_why);
}

/* Strangers get few attempts: each may cost a signature's check. */
static bool is_tiresome(struct ps_rpc_client *client)
{
    return !client->greeted && ++client->strange > PS_RPC_STRANGE_MAX;
}

int ps_rpc_request(struct ps_rpc_client *client, const void *data, size_t bytes)
{
    struct ps_messaging_rpc *rpc = client->rpc;
    struct ps_msg_cursor c = ps_msg_cursor_of(data, bytes);
    struct ps_rpc_request request = { .given = 0 };
    struct ps_messaging_why why = { 0 };

    const uint32_t count = ps_msg_take_array(&c);
    const uint64_t type = ps_msg_take_u64(&c);
    request.silent = type == NOTIFICATION;
    if (type == REQUEST)
        request.msgid = ps_msg_take_u64(&c);
    const struct ps_msg_text name = ps_msg_take_bytes(&c); /* some write methods as BIN */
    if (c.error != 0 || (type != REQUEST && type != NOTIFICATION) ||
        count != (request.silent ? 3u : 4u) || request.msgid > UINT32_MAX)
        return -EBADMSG;
    uint8_t *const before = rpc->pen.at;
    const int rc = run(client, name, &c, &request, &why);
    rpc->status.requests++;
    rpc->status.errors += rc != 0;
    if (rc != 0)
        ps_rpc_answer_error(rpc, request.msgid, rc, &why);
    if (request.silent)
        rpc->pen.at = before;
    return is_tiresome(client) ? -EBADMSG : 0;
}
