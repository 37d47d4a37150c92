/* SPDX-License-Identifier: BSD-3-Clause */
/* host/cluster/lease_made.c - segments of ours: made, given up, and claims renewed meanwhile. */
#include <errno.h>

#include "host/cluster/cluster_priv.h"

static void on_made(struct ps_cluster *c, const struct ps_call *call, int status, natsMsg *answer)
{
    struct ps_lease *entry;
    uint64_t seq = 0;
    const uint32_t error = ps_lease_ack(status, answer, &seq);

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

    ps_lease_write(c, key, &made, expected_seq, 0, &call); /* unsaid, others make it themselves */
}

void ps_cluster_made(struct ps_cluster *c, const struct ps_segment_key *key, uint32_t size_bytes,
                     uint32_t crc32c)
{
    struct ps_lease *known = ps_leases_find(&c->leases, key);

    c->status.made++;
    if (ps_lease_owner(c, known) != NULL) {
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
    if (ps_lease_write(c, key, &free_again, known->seq, 0, &call) == 0)
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
    const uint32_t error = ps_lease_ack(status, answer, &seq);

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

    entry->renewing = ps_lease_write(c, &entry->key, &making, entry->seq, 0, &call) == 0;
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
