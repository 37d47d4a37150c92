/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/cluster/leases.c - one edge makes a segment: claims, renewals and what was made, in the
 * hub's bucket ps_segments.
 *
 * Every write says which record it replaces (compare-and-set by the bucket's sequence): of two who
 * claim at once one is told no and looks again. A claim nobody renews ends after its lease, by the
 * clock of whoever waits for it.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "host/base/assert.h"
#include "host/base/bytes.h"
#include "host/cluster/cluster_priv.h"
#include "host/cluster/json_priv.h"

#define SUBJECT      "$KV.ps_segments."
#define RECORD_BYTES 16u
#define ROUNDS_MAX   2u
#define LEASE_MAX_NS (600 * PS_NS) /* longer than anybody means */

/* ---- records ---- */

static int write_record(struct ps_cluster *c, const struct ps_segment_key *key,
                        const struct ps_lease *says, uint64_t expected_seq, uint64_t timeout_ns,
                        const struct ps_call *call)
{
    char subject[PS_SUBJECT_MAX], text[PS_CLUSTER_KEY_TEXT], sequence[24];
    uint8_t data[RECORD_BYTES];
    struct ps_bytes b = ps_bytes_of(data, sizeof(data));
    const bool is_free = says->state == PS_LEASE_FREE;

    ps_cluster_key_text(key, text);
    snprintf(subject, sizeof(subject), "%s" SUBJECT "%s", c->kv_prefix, text);
    snprintf(sequence, sizeof(sequence), "%" PRIu64, expected_seq);
    ps_bytes_put(&b, PS_BYTES_VERSION, 1);
    ps_bytes_put(&b, says->state, 1);
    ps_bytes_put(&b, c->status.node, 2);
    ps_bytes_put(&b, c->cfg.lease_ms, 4);
    ps_bytes_put(&b, says->size_bytes, 4);
    ps_bytes_put(&b, says->crc32c, 4);
    ps_assert(b.ok);
    const struct ps_request request = {
        .subject = subject,
        .header = { "Nats-Expected-Last-Subject-Sequence", is_free ? "KV-Operation" : NULL },
        .value = { sequence, "DEL" },
        .data = data,
        .size_bytes = is_free ? 0 : sizeof(data),
        .timeout_ns = timeout_ns,
        .call = *call,
    };
    return ps_call(c, &request);
}

/* @return whether it is a record of this version; deleted ones are free. */
static bool read_record(natsMsg *msg, struct ps_lease *ret_says)
{
    struct ps_reader b = ps_reader_of(natsMsg_GetData(msg), (size_t)natsMsg_GetDataLength(msg));

    *ret_says = (struct ps_lease){ .state = PS_LEASE_FREE };
    if (natsMsg_GetDataLength(msg) == 0)
        return true;
    if (ps_reader_get(&b, 1) != PS_BYTES_VERSION)
        return false;
    ret_says->state = (uint8_t)ps_reader_get(&b, 1);
    ret_says->node = (uint16_t)ps_reader_get(&b, 2);
    ret_says->lease_ns = ps_reader_get(&b, 4) * 1000000;
    ret_says->size_bytes = (uint32_t)ps_reader_get(&b, 4);
    ret_says->crc32c = (uint32_t)ps_reader_get(&b, 4);
    if (ret_says->lease_ns > LEASE_MAX_NS)
        ret_says->lease_ns = LEASE_MAX_NS;
    return b.ok && ret_says->state <= PS_LEASE_MADE;
}

/* @return JetStream's error, 0 with the record's sequence, or UINT32_MAX without an answer. */
static uint32_t read_ack(int status, natsMsg *answer, uint64_t *ret_seq)
{
    if (status != 0)
        return UINT32_MAX;
    const char *text = natsMsg_GetData(answer);
    const size_t bytes = (size_t)natsMsg_GetDataLength(answer);
    const uint32_t error = ps_json_error(text, bytes);

    return error != 0 ? error : ps_json_u64(text, bytes, "seq", ret_seq) != 0 ? 1 : 0;
}

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
    if (strncmp(subject, SUBJECT, strlen(SUBJECT)) == 0 &&
        ps_cluster_key_parse(subject + strlen(SUBJECT), &key) == 0 && read_record(msg, &says))
        hear(c, &key, seq, &says);
}

/* ---- claims ---- */

static bool has_ended(const struct ps_lease *lease, uint64_t now_ns)
{
    return lease->state == PS_LEASE_MAKING && now_ns - lease->seen_ns > lease->lease_ns;
}

/* The node that has it, if it can be reached. */
static const struct ps_node *owner_of_made(const struct ps_cluster *c, const struct ps_lease *lease)
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
    const struct ps_node *node = owner_of_made(c, lease);

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
        sequence == NULL || !read_record(answer, &says)) {
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
    snprintf(json, sizeof(json), "{\"last_by_subj\":\"" SUBJECT "%s\"}", text);
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
    const uint32_t error = read_ack(status, answer, &seq);

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
    const struct ps_node *node = owner_of_made(c, known);

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
        write_record(c, key, &making, known == NULL ? 0 : known->seq, deadline_ns - now_ns,
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

/* ---- what was made ---- */

static void on_made(struct ps_cluster *c, const struct ps_call *call, int status, natsMsg *answer)
{
    struct ps_lease *entry;
    uint64_t seq = 0;
    const uint32_t error = read_ack(status, answer, &seq);

    if (error == PS_JS_WRONG_SEQUENCE)
        c->status.duplicates++; /* somebody else claimed it meanwhile */
    if (error != 0)
        return;
    entry = ps_leases_place(&c->leases, &call->key);
    if (entry->seq >= seq)
        return;
    *entry = (struct ps_lease){ .key = call->key,
                                .seq = seq,
                                .seen_ns = ps_cluster_now(c),
                                .size_bytes = call->step,
                                .crc32c = (uint32_t)call->number,
                                .node = c->status.node,
                                .state = PS_LEASE_MADE };
}

static void say_made(struct ps_cluster *c, const struct ps_segment_key *key, uint64_t expected_seq,
                     uint32_t size_bytes, uint32_t crc32c)
{
    const struct ps_lease made = { .state = PS_LEASE_MADE,
                                   .size_bytes = size_bytes,
                                   .crc32c = crc32c };
    const struct ps_call call = {
        .done = on_made, .key = *key, .step = size_bytes, .number = crc32c
    };

    write_record(c, key, &made, expected_seq, 0, &call); /* unsaid, others make it themselves */
}

void ps_cluster_made(struct ps_cluster *c, const struct ps_segment_key *key, uint32_t size_bytes,
                     uint32_t crc32c)
{
    struct ps_lease *known = ps_leases_find(&c->leases, key);

    c->status.made++;
    if (owner_of_made(c, known) != NULL) {
        c->status.duplicates++;
        return;
    }
    if (known != NULL && known->renewing) {
        known->finished = true;
        known->size_bytes = size_bytes;
        known->crc32c = crc32c;
        return;
    }
    if (known != NULL && known->ours)
        known->ours = false; /* nothing to renew any more */
    say_made(c, key, known == NULL ? 0 : known->seq, size_bytes, crc32c);
}

static void on_given_up(struct ps_cluster *c, const struct ps_call *call, int status,
                        natsMsg *answer)
{
    (void)c, (void)call, (void)status, (void)answer; /* else it ends with its lease */
}

void ps_cluster_gave_up(struct ps_cluster *c, const struct ps_segment_key *key)
{
    const struct ps_lease free_again = { .state = PS_LEASE_FREE };
    const struct ps_call call = { .done = on_given_up, .key = *key };
    struct ps_lease *known = ps_leases_find(&c->leases, key);

    if (known == NULL || known->node != c->status.node || known->state == PS_LEASE_FREE)
        return;
    known->ours = false;
    if (write_record(c, key, &free_again, known->seq, 0, &call) == 0)
        known->state = PS_LEASE_FREE;
}

void ps_cluster_refute(struct ps_cluster *c, const struct ps_segment_key *key)
{
    struct ps_lease *known = ps_leases_find(&c->leases, key);

    if (known != NULL && known->node != c->status.node)
        known->state = PS_LEASE_FREE; /* whoever claims it next replaces that record */
}

/* ---- renewal ---- */

static void on_renewed(struct ps_cluster *c, const struct ps_call *call, int status,
                       natsMsg *answer)
{
    struct ps_lease *entry = ps_leases_find(&c->leases, &call->key);
    uint64_t seq = 0;
    const uint32_t error = read_ack(status, answer, &seq);

    if (entry == NULL || !entry->renewing)
        return;
    entry->renewing = false;
    if (error == 0) {
        entry->seq = seq;
        entry->seen_ns = ps_cluster_now(c);
    } else if (error == PS_JS_WRONG_SEQUENCE) {
        entry->ours = false; /* it had ended, and somebody took it over */
    }
    if (entry->finished) {
        entry->finished = entry->ours = false;
        say_made(c, &call->key, entry->seq, entry->size_bytes, entry->crc32c);
    }
}

static void renew(struct ps_cluster *c, struct ps_lease *entry)
{
    const struct ps_lease making = { .state = PS_LEASE_MAKING };
    const struct ps_call call = { .done = on_renewed, .key = entry->key };

    entry->renewing = write_record(c, &entry->key, &making, entry->seq, 0, &call) == 0;
}

void ps_leases_tend(struct ps_cluster *c, uint64_t now_ns)
{
    for (uint32_t i = 0; i < c->leases.held_count;) {
        struct ps_lease *entry = ps_leases_find(&c->leases, &c->leases.held[i]);

        if (entry == NULL || !entry->ours || entry->state != PS_LEASE_MAKING) {
            c->leases.held[i] = c->leases.held[--c->leases.held_count];
            continue;
        }
        if (!entry->renewing && now_ns - entry->seen_ns > entry->lease_ns / 2)
            renew(c, entry);
        i++;
    }
    c->status.held = c->leases.held_count;
}
