/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/cluster/follow_priv.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/assert.h"
#include "host/cluster/cluster_priv.h"
#include "host/cluster/json_priv.h"

#define BATCH      256u
#define PULL_NS    (4 * PS_NS)
#define SILENT_NS  (7 * PS_NS) /* a pull ends before, with messages or without */
#define RETRY_NS   (1 * PS_NS)
#define FORGET_NS  (30 * PS_NS) /* the server drops a consumer that nobody asks */
#define ACK_PREFIX "$JS.ACK."

/* Slots of what is followed: 0 our own events, 1 the segments, then the nodes. */
enum { SLOT_OWN, SLOT_SEGMENTS, SLOT_NODES };

static struct ps_follow *at_slot(struct ps_cluster *c, uint32_t slot)
{
    if (slot == SLOT_OWN)
        return &c->own;
    if (slot == SLOT_SEGMENTS)
        return &c->segments;
    return slot - SLOT_NODES < c->node_count ? &c->nodes[slot - SLOT_NODES].follow : NULL;
}

static uint32_t slot_of(const struct ps_cluster *c, const struct ps_follow *follow)
{
    if (follow == &c->own)
        return SLOT_OWN;
    if (follow == &c->segments)
        return SLOT_SEGMENTS;
    const struct ps_node *node = follow->user;
    return SLOT_NODES + (uint32_t)(node - c->nodes);
}

void ps_follow_begin(struct ps_follow *follow)
{
    ps_assert(follow->next_seq > 0);
    follow->active = true;
    ps_follow_restart(follow);
}

void ps_follow_end(struct ps_follow *follow)
{
    follow->active = follow->ready = follow->creating = false;
    follow->generation++;
}

void ps_follow_restart(struct ps_follow *follow)
{
    follow->ready = follow->creating = false;
    follow->generation++;
    follow->deadline_ns = 0;
}

void ps_follow_rewind(struct ps_follow *follow, uint64_t seq)
{
    if (seq < follow->next_seq)
        follow->next_seq = seq;
    ps_follow_restart(follow);
}

/* ---- the consumer ---- */

static void name_consumer(const struct ps_cluster *c, const struct ps_follow *follow,
                          char ret_name[PS_STREAM_NAME_MAX])
{
    snprintf(ret_name, PS_STREAM_NAME_MAX, "p%016" PRIx64 "-%" PRIx32 "-%" PRIx32, c->instance,
             slot_of(c, follow), follow->generation);
}

static void pull(struct ps_cluster *c, struct ps_follow *follow)
{
    char subject[PS_SUBJECT_MAX], reply[PS_SUBJECT_MAX], name[PS_STREAM_NAME_MAX], json[96];
    natsMsg *msg = NULL;

    name_consumer(c, follow, name);
    snprintf(subject, sizeof(subject), "%sCONSUMER.MSG.NEXT.%s.%s", follow->api, follow->stream,
             name);
    snprintf(reply, sizeof(reply), "%s.f.%" PRIx32 "-%" PRIx32, c->inbox, slot_of(c, follow),
             follow->generation);
    const int length = snprintf(json, sizeof(json), "{\"batch\":%u,\"expires\":%" PRIu64 "}", BATCH,
                                (uint64_t)PULL_NS);
    follow->pulled = BATCH;
    follow->deadline_ns = ps_cluster_now(c) + SILENT_NS;
    if (natsMsg_Create(&msg, subject, reply, json, length) == NATS_OK)
        ps_link_send(c->link, msg); /* refused: silent until the deadline */
}

static void on_created(struct ps_cluster *c, const struct ps_call *call, int status,
                       natsMsg *answer)
{
    struct ps_follow *follow = at_slot(c, call->step);

    if (follow == NULL || !follow->active || follow->generation != call->number)
        return;
    follow->creating = false;
    follow->deadline_ns = ps_cluster_now(c) + RETRY_NS;
    if (status != 0)
        return;
    const uint32_t error =
        ps_json_error(natsMsg_GetData(answer), (size_t)natsMsg_GetDataLength(answer));
    if (error != 0) {
        if (error != PS_JS_NO_STREAM)
            ps_cluster_say_error(c, "stream %s cannot be followed: JetStream error %" PRIu32,
                                 follow->stream, error);
        return;
    }
    follow->ready = true;
    follow->delivered = 0;
    pull(c, follow);
}

static void create(struct ps_cluster *c, struct ps_follow *follow)
{
    char subject[PS_SUBJECT_MAX], name[PS_STREAM_NAME_MAX], where[192], json[640];

    follow->generation++;
    name_consumer(c, follow, name);
    if (follow->filter == NULL)
        snprintf(subject, sizeof(subject), "%sCONSUMER.CREATE.%s.%s", follow->api, follow->stream,
                 name);
    else
        snprintf(subject, sizeof(subject), "%sCONSUMER.CREATE.%s.%s.%s", follow->api,
                 follow->stream, name, follow->filter);
    if (follow->latest)
        snprintf(where, sizeof(where), "\"deliver_policy\":\"last_per_subject\"");
    else
        snprintf(where, sizeof(where),
                 "\"deliver_policy\":\"by_start_sequence\",\"opt_start_seq\":%" PRIu64,
                 follow->next_seq);
    const int length = snprintf(
        json, sizeof(json),
        "{\"stream_name\":\"%s\",\"config\":{\"name\":\"%s\",%s%s%s%s,\"ack_policy\":\"none\","
        "\"inactive_threshold\":%" PRIu64 ",\"mem_storage\":true,\"num_replicas\":1}}",
        follow->stream, name, where, follow->filter == NULL ? "" : ",\"filter_subject\":\"",
        follow->filter == NULL ? "" : follow->filter, follow->filter == NULL ? "" : "\"",
        (uint64_t)FORGET_NS);
    const struct ps_request request = {
        .subject = subject,
        .data = json,
        .size_bytes = (size_t)length,
        .call = { .done = on_created, .step = slot_of(c, follow), .number = follow->generation },
    };
    follow->creating = ps_call(c, &request) == 0;
    follow->deadline_ns = ps_cluster_now(c) + RETRY_NS;
}

void ps_follow_tend(struct ps_cluster *c, struct ps_follow *follow, uint64_t now_ns)
{
    if (!follow->active || follow->creating || !c->status.connected || now_ns < follow->deadline_ns)
        return;
    follow->ready = false;
    create(c, follow);
}

/* ---- what comes ---- */

static struct ps_follow *parse(struct ps_cluster *c, const char *token)
{
    char *rest = NULL;
    const unsigned long slot = strtoul(token, &rest, 16);
    const unsigned long generation = *rest == '-' ? strtoul(rest + 1, NULL, 16) : 0;
    struct ps_follow *follow = slot > UINT32_MAX ? NULL : at_slot(c, (uint32_t)slot);

    return follow != NULL && follow->ready && follow->generation == generation ? follow : NULL;
}

/* Nothing more came within this pull, or the server has another reason to end it. */
void ps_follow_word(struct ps_cluster *c, const char *token, natsMsg *msg)
{
    struct ps_follow *follow = parse(c, token);
    const char *status = NULL;

    if (follow == NULL || natsMsgHeader_Get(msg, "Status", &status) != NATS_OK || status == NULL)
        return;
    if (strcmp(status, "404") == 0 || strcmp(status, "408") == 0) {
        pull(c, follow);
        return;
    }
    if (strcmp(status, "100") !=
        0) { /* not a heartbeat: the consumer is gone, or nobody is there */
        follow->ready = false;
        follow->deadline_ns = ps_cluster_now(c) + RETRY_NS;
    }
}

/* $JS.ACK.[domain.account.]stream.consumer.deliveries.stream_seq.consumer_seq.time.pending[.x] */
static bool take_reply_apart(const char *reply, char *ret_consumer, size_t consumer_bytes,
                             uint64_t *ret_seq, uint64_t *ret_delivered)
{
    const char *tokens[16];
    uint32_t count = 0;

    if (reply == NULL || strncmp(reply, ACK_PREFIX, strlen(ACK_PREFIX)) != 0)
        return false;
    for (const char *at = reply; at != NULL && count < 16; count++) {
        tokens[count] = at;
        at = strchr(at, '.');
        at = at == NULL ? NULL : at + 1;
    }
    if (count != 9 && count < 11)
        return false;
    const char *const *field = count == 9 ? &tokens[2] : &tokens[4]; /* stream, consumer, ... */
    const size_t length = (size_t)(field[2] - field[1]) - 1;
    if (length >= consumer_bytes)
        return false;
    memcpy(ret_consumer, field[1], length);
    ret_consumer[length] = '\0';
    *ret_seq = strtoull(field[3], NULL, 10);
    *ret_delivered = strtoull(field[4], NULL, 10);
    return *ret_seq > 0 && *ret_delivered > 0;
}

void ps_follow_message(struct ps_cluster *c, natsMsg *msg)
{
    char consumer[PS_STREAM_NAME_MAX];
    uint64_t seq, delivered;

    if (!take_reply_apart(natsMsg_GetReply(msg), consumer, sizeof(consumer), &seq, &delivered) ||
        strlen(consumer) < 18)
        return;
    struct ps_follow *follow = parse(c, consumer + 18); /* behind p, instance and - */
    if (follow == NULL)
        return;
    if (delivered != follow->delivered + 1) { /* one was lost on the way: again from there */
        follow->ready = false;
        follow->deadline_ns = 0;
        return;
    }
    follow->delivered = delivered;
    follow->next_seq = seq + 1;
    follow->latest = false; /* they come in their order: what is newer comes behind this one */
    follow->each(c, follow->user, seq, msg);
    if (follow->until_seq != 0 && seq >= follow->until_seq) {
        ps_follow_end(follow);
        return;
    }
    follow->deadline_ns = ps_cluster_now(c) + SILENT_NS;
    if (--follow->pulled == 0)
        pull(c, follow);
}
