/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/cluster/leases.c - one edge makes a segment: what is heard of others in the hub's bucket
 * ps_segments, and claims.
 *
 * Every write says which record it replaces (compare-and-set by the bucket's sequence): of two who
 * claim at once one is told no and looks again. A claim nobody renews ends after its lease, by the
 * clock of whoever waits for it.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "host/cluster/cluster_priv.h"

#define ROUNDS_MAX 2u

/* ---- what is heard ---- */

static void hear(struct ps_cluster *c, const struct ps_segment_key *key, uint64_t seq,
                 const struct ps_lease *says)
{
    const struct ps_lease *known = ps_leases_find(&c->leases, key);

    if (known != NULL && seq <= known->seq)
        return; /* our own words, or older ones */
    if (says->node == c->status.node && known != NULL && known->ours && known->renewing)
        return; /* our own words before their answer */
    struct ps_lease *entry = ps_leases_place(&c->leases, key);
    *entry = *says;
    entry->key = *key;
    entry->seq = seq;
    entry->seen_ns = ps_cluster_now(c);
    if (says->state != PS_LEASE_MAKING && says->node != c->status.node)
        c->cfg.changed(c->cfg.arg, key);
}

void ps_leases_record(struct ps_cluster *c, void *user, uint64_t seq, natsMsg *msg)
{
    const char *subject = natsMsg_GetSubject(msg);
    struct ps_segment_key key;
    struct ps_lease says;

    (void)user;
    if (strncmp(subject, PS_LEASE_SUBJECT, strlen(PS_LEASE_SUBJECT)) == 0 &&
        ps_cluster_key_parse(subject + strlen(PS_LEASE_SUBJECT), &key) == 0 &&
        ps_lease_read(msg, &says))
        hear(c, &key, seq, &says);
}

/* ---- claims ---- */

static bool has_ended(const struct ps_lease *lease, uint64_t now_ns)
{
    return lease->state == PS_LEASE_MAKING && now_ns - lease->seen_ns > lease->lease_ns;
}

const struct ps_node *ps_lease_owner(const struct ps_cluster *c, const struct ps_lease *lease)
{
    const struct ps_node *node =
        lease == NULL || lease->state != PS_LEASE_MADE || lease->node == c->status.node
            ? NULL
            : ps_nodes_find(c, lease->node);

    return node != NULL && node->url[0] != '\0' && ps_nodes_is_there(node, ps_cluster_now(c))
               ? node
               : NULL;
}

bool ps_cluster_is_making(const struct ps_cluster *c, const struct ps_segment_key *key)
{
    const struct ps_lease *lease = ps_leases_find(&c->leases, key);

    return lease != NULL && lease->state == PS_LEASE_MAKING && lease->node != c->status.node &&
           !has_ended(lease, ps_cluster_now(c));
}

int ps_cluster_where(const struct ps_cluster *c, const struct ps_segment_key *key,
                     char ret_url[PS_CLUSTER_URL_MAX], uint32_t *ret_size, uint32_t *ret_crc32c)
{
    const struct ps_lease *lease = ps_leases_find(&c->leases, key);
    const struct ps_node *node = ps_lease_owner(c, lease);

    if (node == NULL)
        return -ENOENT;
    memcpy(ret_url, node->url, PS_CLUSTER_URL_MAX);
    *ret_size = lease->size_bytes;
    *ret_crc32c = lease->crc32c;
    return 0;
}

static void tell(struct ps_cluster *c, const struct ps_segment_key *key, enum ps_cluster_claim how,
                 const char *url)
{
    const struct ps_segment_key copy = *key;

    c->status.mine += how == PS_CLUSTER_MINE;
    c->status.elsewhere += how == PS_CLUSTER_ELSEWHERE;
    c->status.unknown += how == PS_CLUSTER_UNKNOWN;
    c->cfg.claimed(c->cfg.arg, &copy, how, url);
}

static void decide(struct ps_cluster *c, const struct ps_segment_key *key, uint32_t round,
                   uint64_t deadline_ns);

static void on_looked_up(struct ps_cluster *c, const struct ps_call *call, int status,
                         natsMsg *answer)
{
    const char *sequence = NULL;
    struct ps_lease says;

    if (status != 0 || natsMsgHeader_Get(answer, "Nats-Sequence", &sequence) != NATS_OK ||
        sequence == NULL || !ps_lease_read(answer, &says)) {
        tell(c, &call->key, PS_CLUSTER_UNKNOWN, NULL);
        return;
    }
    hear(c, &call->key, strtoull(sequence, NULL, 10), &says);
    decide(c, &call->key, call->step + 1, call->number);
}

static void look_up(struct ps_cluster *c, const struct ps_call *claim)
{
    char subject[PS_SUBJECT_MAX], json[PS_SUBJECT_MAX], text[PS_CLUSTER_KEY_TEXT];
    const uint64_t now_ns = ps_cluster_now(c);

    ps_cluster_key_text(&claim->key, text);
    snprintf(subject, sizeof(subject), "%sDIRECT.GET.KV_ps_segments", c->hub_api);
    snprintf(json, sizeof(json), "{\"last_by_subj\":\"" PS_LEASE_SUBJECT "%s\"}", text);
    const struct ps_request request = {
        .subject = subject,
        .data = json,
        .size_bytes = strlen(json),
        .timeout_ns = claim->number > now_ns ? claim->number - now_ns : 1,
        .call = { .done = on_looked_up,
                  .key = claim->key,
                  .step = claim->step,
                  .number = claim->number },
    };
    if (ps_call(c, &request) != 0)
        tell(c, &claim->key, PS_CLUSTER_UNKNOWN, NULL);
}

static void hold(struct ps_cluster *c, const struct ps_segment_key *key, uint64_t seq)
{
    struct ps_lease *entry = ps_leases_place(&c->leases, key);

    if (entry->seq != 0 && entry->state == PS_LEASE_MAKING && entry->node != c->status.node)
        c->status.taken_over++;
    *entry = (struct ps_lease){ .key = *key,
                                .seq = seq,
                                .seen_ns = ps_cluster_now(c),
                                .lease_ns = c->cfg.lease_ms * 1000000,
                                .node = c->status.node,
                                .state = PS_LEASE_MAKING,
                                .ours = true };
    if (c->leases.held_count < PS_LEASES_HELD)
        c->leases.held[c->leases.held_count++] = *key;
    c->status.held = c->leases.held_count;
}

static void on_claimed(struct ps_cluster *c, const struct ps_call *call, int status,
                       natsMsg *answer)
{
    uint64_t seq = 0;
    const uint32_t error = ps_lease_ack(status, answer, &seq);

    if (error == 0) {
        hold(c, &call->key, seq);
        tell(c, &call->key, PS_CLUSTER_MINE, NULL);
        return;
    }
    if (error == PS_JS_WRONG_SEQUENCE && call->step < ROUNDS_MAX) {
        look_up(c, call);
        return;
    }
    if (status == -ETIMEDOUT || status == -EHOSTUNREACH)
        c->status.hub_reachable = false; /* nobody else shall wait for it; the next probe says */
    if (status == -EACCES)
        ps_cluster_say_error(c, "segments may not be claimed with these credentials");
    tell(c, &call->key, PS_CLUSTER_UNKNOWN, NULL);
}

static void decide(struct ps_cluster *c, const struct ps_segment_key *key, uint32_t round,
                   uint64_t deadline_ns)
{
    const struct ps_lease *known = ps_leases_find(&c->leases, key);
    const struct ps_lease making = { .state = PS_LEASE_MAKING };
    const uint64_t now_ns = ps_cluster_now(c);
    const struct ps_node *node = ps_lease_owner(c, known);

    if (node != NULL || ps_cluster_is_making(c, key)) {
        tell(c, key, PS_CLUSTER_ELSEWHERE, node == NULL ? NULL : node->url);
        return;
    }
    if (known != NULL && known->ours && known->state == PS_LEASE_MAKING) {
        tell(c, key, PS_CLUSTER_MINE, NULL);
        return;
    }
    const struct ps_call call = {
        .done = on_claimed, .key = *key, .step = round, .number = deadline_ns
    };
    if (round > ROUNDS_MAX || now_ns >= deadline_ns ||
        ps_lease_write(c, key, &making, known == NULL ? 0 : known->seq, deadline_ns - now_ns,
                       &call) != 0)
        tell(c, key, PS_CLUSTER_UNKNOWN, NULL);
}

void ps_cluster_claim(struct ps_cluster *c, const struct ps_segment_key *key)
{
    c->status.claims++;
    if (!c->status.connected || !c->status.hub_reachable)
        tell(c, key, PS_CLUSTER_UNKNOWN, NULL);
    else
        decide(c, key, 0, ps_cluster_now(c) + c->cfg.claim_ms * 1000000);
}
