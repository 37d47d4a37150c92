/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/cluster/catch_up.c - what other edges' streams hold of a collection that opens here now.
 *
 * One message after the other, by its subject, until there is none. What is followed meanwhile of
 * that subject is left out, or a sender's later message would come before an earlier one; when
 * anything was left out the end is looked for once more.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "host/base/hash.h"
#include "host/cluster/cluster_priv.h"
#include "host/cluster/json_priv.h"

static void ask_next(struct ps_cluster *c, uint32_t at);

static void end(struct ps_cluster *c, struct ps_catch_up *up)
{
    up->node = NULL;
    c->catching_up--;
}

static void on_next(struct ps_cluster *c, const struct ps_call *call, int status, natsMsg *answer)
{
    struct ps_catch_up *up = &c->catch_ups[call->step];
    const char *word = NULL, *sequence = NULL;

    if (up->node == NULL)
        return;
    if (status == 0 && natsMsgHeader_Get(answer, "Nats-Sequence", &sequence) == NATS_OK &&
        sequence != NULL) {
        up->next_seq = strtoull(sequence, NULL, 10) + 1;
        c->status.events_in++;
        c->cfg.event(c->cfg.arg, up->node->number, natsMsg_GetData(answer),
                     (uint32_t)natsMsg_GetDataLength(answer));
        ask_next(c, call->step);
        return;
    }
    if (status == 0 && natsMsgHeader_Get(answer, "Status", &word) == NATS_OK && word != NULL &&
        strcmp(word, "404") == 0 && up->left_out) {
        ask_next(c, call->step);
        return;
    }
    if (status != 0 && up->left_out) /* cut off: everything again when it heals */
        ps_follow_rewind(&up->node->follow, up->left_out_seq);
    end(c, up);
}

static void ask_next(struct ps_cluster *c, uint32_t at)
{
    struct ps_catch_up *up = &c->catch_ups[at];
    char subject[PS_SUBJECT_MAX], json[PS_SUBJECT_MAX * 2];
    const struct ps_request request = { .subject = subject,
                                        .data = json,
                                        .call = { .done = on_next, .step = at } };
    struct ps_request sized = request;

    up->left_out = false;
    snprintf(subject, sizeof(subject), "%sDIRECT.GET.%s", up->node->follow.api,
             up->node->follow.stream);
    sized.size_bytes =
        (size_t)snprintf(json, sizeof(json), "{\"seq\":%" PRIu64 ",\"next_by_subj\":\"%s\"}",
                         up->next_seq, up->subject);
    if (ps_call(c, &sized) != 0)
        end(c, up);
}

static void begin(struct ps_cluster *c, struct ps_node *node, const char *subject)
{
    char whole[PS_SUBJECT_MAX];

    if (snprintf(whole, sizeof(whole), "ps.c.%s.%s", node->name, subject) >= (int)sizeof(whole))
        return;
    for (uint32_t i = 0; i < PS_CATCH_UPS_MAX; i++)
        if (c->catch_ups[i].node != NULL && strcmp(c->catch_ups[i].subject, whole) == 0)
            return; /* is being done */
    for (uint32_t i = 0; i < PS_CATCH_UPS_MAX; i++) {
        struct ps_catch_up *up = &c->catch_ups[i];

        if (up->node != NULL)
            continue;
        *up = (struct ps_catch_up){ .node = node,
                                    .next_seq = 1,
                                    .subject_hash = ps_hash64_name(whole) };
        memcpy(up->subject, whole, sizeof(up->subject));
        c->catching_up++;
        ask_next(c, i);
        return;
    }
    c->status.dropped++;
}

void ps_cluster_catch_up(struct ps_cluster *c, const char *subject)
{
    const uint64_t now_ns = ps_cluster_now(c);

    for (uint32_t i = 0; c->status.connected && i < c->node_count; i++)
        if (c->nodes[i].follow.active && ps_nodes_is_there(&c->nodes[i], now_ns))
            begin(c, &c->nodes[i], subject);
}

bool ps_catch_up_leaves_out(struct ps_cluster *c, const struct ps_node *node, uint64_t seq,
                            natsMsg *msg)
{
    const char *subject = natsMsg_GetSubject(msg);
    const uint64_t hash = c->catching_up == 0 ? 0 : ps_hash64_name(subject);

    for (uint32_t i = 0; c->catching_up > 0 && i < PS_CATCH_UPS_MAX; i++) {
        struct ps_catch_up *up = &c->catch_ups[i];

        if (up->node != node || up->subject_hash != hash || strcmp(up->subject, subject) != 0)
            continue;
        if (!up->left_out)
            up->left_out_seq = seq;
        up->left_out = true;
        return true;
    }
    return false;
}
