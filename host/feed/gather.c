/* SPDX-License-Identifier: BSD-3-Clause */
/* host/feed/gather.c - one turn's samples, each resource, peer and source once. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/hash.h"
#include "host/base/mem.h"
#include "host/feed/feed_priv.h"

#define SLOT_COUNT (2u * PS_DEMAND_SAMPLES_MAX) /* a power of two, at most half full */

/* What makes two samples one. */
struct sample_key {
    uint64_t media_key, profile_key, peer_key;
    uint32_t region, device, access, source;
};
_Static_assert(sizeof(struct sample_key) == 40, "hashed as bytes: no padding");

static struct sample_key key_of(const struct ps_demand_sample *sample)
{
    return (struct sample_key){
        .media_key = sample->resource.media_key,
        .profile_key = sample->resource.profile_key,
        .peer_key = sample->peer_key,
        .region = sample->peer.region,
        .device = sample->peer.device,
        .access = sample->peer.access,
        .source = sample->source,
    };
}

int ps_gather_init(struct ps_gather *gather)
{
    *gather = (struct ps_gather){ 0 };
    gather->samples = ps_zalloc(PS_DEMAND_SAMPLES_MAX, sizeof(*gather->samples));
    gather->slots = ps_zalloc(SLOT_COUNT, sizeof(*gather->slots));
    return gather->samples == NULL || gather->slots == NULL ? -ENOMEM : 0;
}

void ps_gather_fini(struct ps_gather *gather)
{
    free(gather->samples);
    free(gather->slots);
}

/* The slot that holds this key, or the empty one where it belongs. */
static uint32_t *slot_of(const struct ps_gather *gather, const struct sample_key *key)
{
    uint32_t at = (uint32_t)ps_hash64(key, sizeof(*key)) & (SLOT_COUNT - 1);

    for (;; at = (at + 1) & (SLOT_COUNT - 1)) {
        const uint32_t idx = gather->slots[at];

        if (idx == 0)
            return &gather->slots[at];
        const struct sample_key there = key_of(&gather->samples[idx - 1]);
        if (memcmp(&there, key, sizeof(there)) == 0)
            return &gather->slots[at];
    }
}

static uint32_t add_up(uint32_t a, uint32_t b)
{
    return a > UINT32_MAX - b ? UINT32_MAX : a + b;
}

static void add_new(struct ps_gather *gather, const struct ps_demand_sample *sample, uint32_t *slot)
{
    if (gather->count == PS_DEMAND_SAMPLES_MAX) {
        gather->shed++;
        return;
    }
    gather->samples[gather->count++] = *sample;
    *slot = gather->count;
}

/* Who asked is told as long as there is room to spare; then only what was asked for. */
void ps_gather_add(struct ps_gather *gather, const struct ps_demand_sample *sample)
{
    struct sample_key key = key_of(sample);
    uint32_t *slot = slot_of(gather, &key);
    struct ps_demand_sample anybodys;

    if (*slot == 0 && sample->peer_key != 0 && gather->count >= PS_GATHER_PEERS_MAX) {
        anybodys = *sample;
        anybodys.peer_key = 0;
        sample = &anybodys;
        key = key_of(sample);
        slot = slot_of(gather, &key);
    }
    if (*slot == 0) {
        add_new(gather, sample, slot);
        return;
    }
    struct ps_demand_sample *sum = &gather->samples[*slot - 1];
    sum->starts = add_up(sum->starts, sample->starts);
    sum->segments = add_up(sum->segments, sample->segments);
    if (sample->start_ns < sum->start_ns)
        sum->start_ns = sample->start_ns;
    if (sample->end_ns > sum->end_ns)
        sum->end_ns = sample->end_ns;
}

/* A slot that is left behind leads to a sample of another key: it is passed over until the drain.
 */
void ps_gather_forget_peer(struct ps_gather *gather, uint64_t peer_key)
{
    for (uint32_t i = 0; i < gather->count; i++)
        if (gather->samples[i].peer_key == peer_key)
            gather->samples[i].peer_key = 0;
}

void ps_gather_drain(struct ps_gather *gather, struct ps_demand *ret_demand)
{
    const uint32_t count =
        gather->count < ret_demand->capacity ? gather->count : ret_demand->capacity;

    if (count > 0)
        memcpy(ret_demand->samples, gather->samples, count * sizeof(*gather->samples));
    ret_demand->count = count;
    ret_demand->shed += gather->shed + (gather->count - count);
    gather->shed = 0;
    if (gather->count > 0) /* an idle turn touches nothing */
        memset(gather->slots, 0, SLOT_COUNT * sizeof(*gather->slots));
    gather->count = 0;
}
