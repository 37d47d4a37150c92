/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/cluster/streams.c - the JetStream streams that the cluster needs, messages kept in ours, and
 * those of other edges followed.
 *
 * One stream per edge, not per collection: an edge's events must come in their order, whatever
 * collections they are of, and a crowd's thousand new collections must cost nothing to open.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "host/base/hash.h"
#include "host/cluster/cluster_priv.h"
#include "host/cluster/json_priv.h"

#define RETRY_NS      (1 * PS_NS)
#define PROBE_NS      (1 * PS_NS)
#define SEGMENTS_AGE  (24 * 3600 * PS_NS)
#define SEGMENT_BYTES (64ull << 20) /* of records of some 200 bytes */
#define NODES_BYTES   (4ull << 20)
#define DEDUPE_NS     (120 * PS_NS)
#define JSON_MAX      768u

static const char *const names[PS_STREAM_COUNT] = { "KV_ps_segments", "KV_ps_nodes", NULL };

static const char *api_of(const struct ps_cluster *c, enum ps_need_stream which)
{
    return which == PS_STREAM_OWN ? c->api : c->hub_api;
}

static void name_stream(const struct ps_cluster *c, enum ps_need_stream which,
                        char ret_name[PS_STREAM_NAME_MAX])
{
    if (which == PS_STREAM_OWN)
        snprintf(ret_name, PS_STREAM_NAME_MAX, "PS_%s", c->name);
    else
        snprintf(ret_name, PS_STREAM_NAME_MAX, "%s", names[which]);
}

/* ---- making them ---- */

static int describe_bucket(const struct ps_cluster *c, enum ps_need_stream which, char *ret_json)
{
    const bool nodes = which == PS_STREAM_NODES;

    return snprintf(ret_json, JSON_MAX,
                    "{\"name\":\"%s\",\"subjects\":[\"$KV.%s.>\"],\"retention\":\"limits\","
                    "\"max_msgs_per_subject\":1,\"max_age\":%" PRIu64 ",\"max_bytes\":%" PRIu64
                    ",\"storage\":\"file\",\"discard\":\"old\",\"num_replicas\":%" PRIu32
                    ",\"allow_direct\":true,\"allow_rollup_hdrs\":true}",
                    names[which], names[which] + 3, nodes ? (uint64_t)0 : (uint64_t)SEGMENTS_AGE,
                    nodes ? (uint64_t)NODES_BYTES : (uint64_t)SEGMENT_BYTES,
                    c->streams[which].replicas);
}

static int describe_own(const struct ps_cluster *c, char *ret_json)
{
    const uint64_t dedupe_ns = c->cfg.age_ns < DEDUPE_NS ? c->cfg.age_ns : DEDUPE_NS;

    return snprintf(ret_json, JSON_MAX,
                    "{\"name\":\"PS_%s\",\"subjects\":[\"ps.c.%s.>\"],\"retention\":\"limits\","
                    "\"max_msgs_per_subject\":%" PRIu32 ",\"max_age\":%" PRIu64
                    ",\"max_bytes\":%" PRIu64 ",\"storage\":\"file\",\"discard\":\"old\","
                    "\"duplicate_window\":%" PRIu64 ",\"num_replicas\":%" PRIu32
                    ",\"allow_direct\":true}",
                    c->name, c->name, c->cfg.messages_per_subject, c->cfg.age_ns,
                    c->cfg.stream_bytes, dedupe_ns, c->streams[PS_STREAM_OWN].replicas);
}

static void there(struct ps_cluster *c, enum ps_need_stream which, natsMsg *answer)
{
    const char *text = natsMsg_GetData(answer);
    const size_t bytes = (size_t)natsMsg_GetDataLength(answer);
    char created[48] = "";

    c->streams[which].there = true;
    ps_json_text(text, bytes, "created", created, sizeof(created));
    if (which != PS_STREAM_OWN)
        return;
    uint64_t last_seq = 0, messages = 0;
    c->status.stream_ready = true;
    c->own_incarnation = ps_hash64_name(created) | 1;
    c->beat_ns = 0; /* others may begin to follow */
    ps_json_u64(text, bytes, "last_seq", &last_seq);
    ps_json_u64(text, bytes, "messages", &messages);
    if (c->restored || last_seq == 0 || messages == 0) { /* 0: all are too old */
        c->restored = true;
        return;
    }
    c->restored = true;
    c->own.next_seq = 1;
    c->own.until_seq = last_seq;
    ps_follow_begin(&c->own);
}

static void ask(struct ps_cluster *c, enum ps_need_stream which, const char *verb,
                ps_call_done done);

static void on_made(struct ps_cluster *c, const struct ps_call *call, int status, natsMsg *answer)
{
    const enum ps_need_stream which = (enum ps_need_stream)call->step;
    struct ps_stream_state *state = &c->streams[which];
    uint32_t error;

    state->asking = false;
    state->retry_ns = ps_cluster_now(c) + RETRY_NS;
    if (status == -EACCES)
        ps_cluster_say_error(c, "stream %s may not be made with these credentials",
                             which == PS_STREAM_OWN ? "of messages" : names[which]);
    if (status != 0)
        return;
    error = ps_json_error(natsMsg_GetData(answer), (size_t)natsMsg_GetDataLength(answer));
    if (error == 0)
        there(c, which, answer);
    else if (error == PS_JS_NO_CLUSTER && state->replicas > 1)
        state->replicas = 1, state->retry_ns = 0;
    else if (error == PS_JS_NAME_IN_USE && which == PS_STREAM_OWN)
        ask(c, which, "UPDATE", on_made); /* made with other limits */
    else
        ps_cluster_say_error(c, "a stream cannot be made: JetStream error %" PRIu32, error);
}

static void ask(struct ps_cluster *c, enum ps_need_stream which, const char *verb,
                ps_call_done done)
{
    char subject[PS_SUBJECT_MAX], name[PS_STREAM_NAME_MAX], json[JSON_MAX] = "";
    int length = 0;

    name_stream(c, which, name);
    snprintf(subject, sizeof(subject), "%sSTREAM.%s.%s", api_of(c, which), verb, name);
    if (strcmp(verb, "INFO") != 0)
        length = which == PS_STREAM_OWN ? describe_own(c, json) : describe_bucket(c, which, json);
    const struct ps_request request = { .subject = subject,
                                        .data = json,
                                        .size_bytes = (size_t)length,
                                        .call = { .done = done, .step = which } };
    if (c->streams[which].replicas == 0)
        c->streams[which].replicas = 1;
    c->streams[which].asking = ps_call(c, &request) == 0;
}

/* The hub's buckets are looked for first: who may not make them may still use them. */
static void on_looked_for(struct ps_cluster *c, const struct ps_call *call, int status,
                          natsMsg *answer)
{
    const enum ps_need_stream which = (enum ps_need_stream)call->step;
    struct ps_stream_state *state = &c->streams[which];

    state->asking = false;
    state->retry_ns = ps_cluster_now(c) + RETRY_NS;
    if (status != 0)
        return;
    const uint32_t error =
        ps_json_error(natsMsg_GetData(answer), (size_t)natsMsg_GetDataLength(answer));
    if (error == 0) {
        there(c, which, answer);
        return;
    }
    if (error == PS_JS_NO_STREAM)
        ask(c, which, "CREATE", on_made);
}

/* ---- the hub, once a second ---- */

static void on_probed(struct ps_cluster *c, const struct ps_call *call, int status, natsMsg *answer)
{
    char created[48] = "";

    (void)call;
    c->probing = false;
    c->status.hub_reachable = status == 0;
    if (status != 0)
        return;
    const char *text = natsMsg_GetData(answer);
    const size_t bytes = (size_t)natsMsg_GetDataLength(answer);
    if (ps_json_error(text, bytes) != 0) {
        c->streams[PS_STREAM_SEGMENTS].there = false; /* it was there: the hub lost it */
        c->status.hub_reachable = false;
        return;
    }
    ps_json_text(text, bytes, "created", created, sizeof(created));
    const uint64_t incarnation = ps_hash64_name(created) | 1;
    if (c->segments.active && c->segments_incarnation == incarnation)
        return;
    c->segments_incarnation = incarnation;
    c->segments.latest = true;
    c->segments.next_seq = 1;
    ps_follow_begin(&c->segments);
}

static void probe(struct ps_cluster *c, uint64_t now_ns)
{
    char subject[PS_SUBJECT_MAX];
    const struct ps_request request = { .subject = subject, .call = { .done = on_probed } };

    if (c->probing || now_ns < c->probe_ns || !c->streams[PS_STREAM_SEGMENTS].there)
        return;
    c->probe_ns = now_ns + PROBE_NS;
    snprintf(subject, sizeof(subject), "%sSTREAM.INFO.KV_ps_segments", c->hub_api);
    c->probing = ps_call(c, &request) == 0;
}

void ps_streams_tend(struct ps_cluster *c, uint64_t now_ns)
{
    for (uint32_t i = 0; i < PS_STREAM_COUNT; i++) {
        struct ps_stream_state *state = &c->streams[i];
        const enum ps_need_stream which = (enum ps_need_stream)i;

        if (state->there || state->asking || now_ns < state->retry_ns)
            continue;
        if (state->replicas == 0) /* a leaf is alone, anything else may be a cluster of three */
            state->replicas = which == PS_STREAM_OWN && c->domain[0] != '\0' ? 1 : 3;
        if (which == PS_STREAM_OWN)
            ask(c, which, "CREATE", on_made);
        else
            ask(c, which, "INFO", on_looked_for);
    }
    probe(c, now_ns);
}

void ps_streams_disconnected(struct ps_cluster *c)
{
    for (uint32_t i = 0; i < PS_STREAM_COUNT; i++) {
        c->streams[i].there = c->streams[i].asking = false;
        c->streams[i].retry_ns = 0;
    }
    c->probing = c->numbering = false;
    c->status.stream_ready = false;
}

/* ---- messages ---- */

static void on_event(struct ps_cluster *c, void *user, uint64_t seq, natsMsg *msg)
{
    const struct ps_node *node = user;

    if (node != NULL && ps_catch_up_leaves_out(c, node, seq, msg))
        return;
    if (node != NULL)
        c->status.events_in++;
    c->cfg.event(c->cfg.arg, node == NULL ? c->status.node : node->number, natsMsg_GetData(msg),
                 (uint32_t)natsMsg_GetDataLength(msg));
}

void ps_streams_prepare(struct ps_cluster *c)
{
    c->own.each = on_event;
    memcpy(c->own.api, c->api, sizeof(c->own.api));
    name_stream(c, PS_STREAM_OWN, c->own.stream);
    c->segments.each = ps_leases_record;
    c->segments.filter = "$KV.ps_segments.>";
    memcpy(c->segments.api, c->hub_api, sizeof(c->segments.api));
    name_stream(c, PS_STREAM_SEGMENTS, c->segments.stream);
}

void ps_streams_follow(struct ps_cluster *c, struct ps_node *node, uint64_t incarnation)
{
    struct ps_follow *follow = &node->follow;

    if (follow->active && node->incarnation == incarnation)
        return;
    node->incarnation = incarnation;
    follow->each = on_event;
    follow->user = node;
    follow->next_seq = 1;
    snprintf(follow->stream, sizeof(follow->stream), "PS_%s", node->name);
    snprintf(follow->api, sizeof(follow->api), node->domain[0] == '\0' ? "$JS.API." : "$JS.%s.API.",
             node->domain);
    ps_follow_begin(follow);
    ps_follow_tend(c, follow, ps_cluster_now(c));
}

static void on_kept(struct ps_cluster *c, const struct ps_call *call, int status, natsMsg *answer)
{
    if (status == 0 &&
        ps_json_error(natsMsg_GetData(answer), (size_t)natsMsg_GetDataLength(answer)) != 0)
        status = -EIO;
    if (status == 0)
        c->status.kept++;
    else
        c->status.not_kept++;
    if (call->number != 0)
        c->cfg.kept(c->cfg.arg, call->number, status);
}

int ps_cluster_publish(struct ps_cluster *c, const char *subject, const char *once,
                       const void *data, uint32_t size_bytes, uint64_t ticket)
{
    char whole[PS_SUBJECT_MAX];
    const struct ps_request request = {
        .subject = whole,
        .header = { once == NULL ? NULL : "Nats-Msg-Id" },
        .value = { once },
        .data = data,
        .size_bytes = size_bytes,
        .call = { .done = on_kept, .number = ticket },
    };

    if (size_bytes > PS_CLUSTER_BYTES_MAX ||
        snprintf(whole, sizeof(whole), "ps.c.%s.%s", c->name, subject) >= (int)sizeof(whole))
        return -EMSGSIZE;
    if (!c->status.stream_ready)
        return -ENOTCONN;
    const int rc = ps_call(c, &request);
    if (rc == 0)
        c->status.published++;
    return rc == -ENOMEM ? -EAGAIN : rc;
}
