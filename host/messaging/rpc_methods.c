/* SPDX-License-Identifier: BSD-3-Clause */
/* host/messaging/rpc_methods.c - methods that are done at once, and what a request is about. */
#include <errno.h>
#include <string.h>

#include "host/base/clock.h"
#include "host/base/hash.h"
#include "host/base/name.h"
#include "host/messaging/rpc_priv.h"

static int key_of(struct ps_msg_text name, uint32_t length_max, uint64_t *ret_key)
{
    char copy[PS_MEDIA_ID_MAX + 1];

    if (name.size_bytes > length_max || memchr(name.data, '\0', name.size_bytes) != NULL)
        return -EINVAL;
    memcpy(copy, name.data, name.size_bytes);
    copy[name.size_bytes] = '\0';
    if (!ps_name_is_valid(copy, length_max))
        return -EINVAL;
    *ret_key = ps_hash64(copy, name.size_bytes);
    return 0;
}

static int resource_target(const struct ps_rpc_client *client, const struct ps_rpc_request *request,
                           struct ps_collection_id *ret_id)
{
    const bool has_region = (request->given & 1u << PS_RPC_REGION) != 0;
    struct ps_resource resource;

    if ((request->given & 1u << PS_RPC_PROFILE) == 0 ||
        request->numbers[PS_RPC_REGION] > UINT16_MAX ||
        key_of(request->texts[PS_RPC_MEDIA], PS_MEDIA_ID_MAX, &resource.media_key) != 0 ||
        key_of(request->texts[PS_RPC_PROFILE], PS_PROFILE_NAME_MAX, &resource.profile_key) != 0)
        return -EINVAL;
    *ret_id = ps_messaging_resource_id(client->rpc->messaging, &resource,
                                       has_region ? (uint32_t)request->numbers[PS_RPC_REGION]
                                                  : client->grant.region);
    return 0;
}

int ps_rpc_target(const struct ps_rpc_client *client, const struct ps_rpc_request *request,
                  struct ps_collection_id *ret_id)
{
    const uint32_t resource = 1u << PS_RPC_MEDIA | 1u << PS_RPC_PROFILE | 1u << PS_RPC_REGION;
    const struct ps_msg_text peer = request->texts[PS_RPC_PEER];
    uint64_t key;

    if ((request->given & 1u << PS_RPC_MEDIA) != 0)
        return (request->given & 1u << PS_RPC_PEER) != 0 ? -EINVAL
                                                         : resource_target(client, request, ret_id);
    if ((request->given & resource) != 0)
        return -EINVAL;
    if ((request->given & 1u << PS_RPC_PEER) == 0) {
        *ret_id = ps_messaging_peer_id(client->grant.peer, strlen(client->grant.peer));
        return 0;
    }
    if (key_of(peer, PS_PEER_NAME_MAX, &key) != 0)
        return -EINVAL;
    *ret_id = ps_messaging_peer_id(peer.data, peer.size_bytes);
    return 0;
}

/* A connection is one peer's for good: waits and jobs are answered to whom they belong. */
int ps_rpc_hello(struct ps_rpc_client *client, const struct ps_rpc_request *request,
                 struct ps_messaging_why *ret_why)
{
    struct ps_messaging_rpc *rpc = client->rpc;
    const struct ps_msg_text token = request->texts[PS_RPC_TOKEN];
    const struct sockaddr *from = (const struct sockaddr *)&client->from;
    struct ps_grant grant;

    (void)ret_why;
    if (rpc->cfg.gate.check(rpc->cfg.gate.arg, token.data, token.size_bytes,
                            from->sa_family == AF_UNIX ? NULL : from, &grant) != 0 ||
        (client->greeted && strcmp(grant.peer, client->grant.peer) != 0)) {
        rpc->status.refused_tokens++;
        return -EACCES;
    }
    if (!client->greeted) {
        TAILQ_REMOVE(&rpc->strangers, client, entry);
        ps_wheel_stop(&rpc->wheel, &client->timer);
    }
    client->greeted = true;
    client->grant = grant;
    ps_rpc_answer_begin(rpc, request->msgid);
    ps_msg_pen_map(&rpc->pen, 2);
    ps_msg_pen_name(&rpc->pen, "peer");
    ps_msg_pen_name(&rpc->pen, grant.peer);
    ps_msg_pen_name(&rpc->pen, "until_s");
    ps_msg_pen_u64(&rpc->pen, grant.until_ns / PS_NS_PER_SEC);
    return 0;
}

static void answer_nothing(struct ps_messaging_rpc *rpc, uint64_t msgid)
{
    ps_rpc_answer_begin(rpc, msgid);
    ps_msg_pen_map(&rpc->pen, 0);
}

int ps_rpc_ping(struct ps_rpc_client *client, const struct ps_rpc_request *request,
                struct ps_messaging_why *ret_why)
{
    (void)ret_why;
    answer_nothing(client->rpc, request->msgid);
    return 0;
}

static int limits_of(const struct ps_rpc_request *request, struct ps_collection_limits *ret_limits)
{
    const uint64_t age_s = request->numbers[PS_RPC_AGE_S];

    if (request->numbers[PS_RPC_MESSAGES] > UINT32_MAX ||
        request->numbers[PS_RPC_BYTES] > UINT32_MAX ||
        request->numbers[PS_RPC_MESSAGE_BYTES] > UINT32_MAX || age_s > UINT32_MAX)
        return -EINVAL;
    *ret_limits = (struct ps_collection_limits){
        .messages_max = (uint32_t)request->numbers[PS_RPC_MESSAGES],
        .bytes_max = (uint32_t)request->numbers[PS_RPC_BYTES],
        .message_bytes_max = (uint32_t)request->numbers[PS_RPC_MESSAGE_BYTES],
        .age_ns = age_s * PS_NS_PER_SEC,
    };
    return 0;
}

int ps_rpc_open(struct ps_rpc_client *client, const struct ps_rpc_request *request,
                struct ps_messaging_why *ret_why)
{
    struct ps_messaging_rpc *rpc = client->rpc;
    struct ps_collection_limits limits;
    struct ps_collection_id id;

    (void)ret_why;
    int rc = ps_rpc_target(client, request, &id);
    if (rc == 0)
        rc = limits_of(request, &limits);
    if (rc == 0)
        rc = ps_messaging_open(rpc->messaging, &client->grant, &id, &limits, rpc->now_ns);
    if (rc == 0)
        answer_nothing(rpc, request->msgid);
    return rc;
}

int ps_rpc_close(struct ps_rpc_client *client, const struct ps_rpc_request *request,
                 struct ps_messaging_why *ret_why)
{
    struct ps_collection_id id;

    (void)ret_why;
    int rc = ps_rpc_target(client, request, &id);
    if (rc == 0)
        rc = ps_messaging_close(client->rpc->messaging, &client->grant, &id);
    if (rc == 0)
        answer_nothing(client->rpc, request->msgid);
    return rc;
}
