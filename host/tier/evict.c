/* SPDX-License-Identifier: BSD-3-Clause */
/* Making room: DRAM by second chance, the device zone by zone as the policy says. */
#include "host/base/assert.h"
#include "host/tier/tier_priv.h"

#define FREE_ZONES_FEW  2u /* kept ahead of need on a small device ... */
#define FREE_ZONES_MANY 4u /* ... and from this many zones: */
#define ZONES_MANY      64u

void ps_tier_let_go(struct ps_tier *tier, uint32_t slot)
{
    struct ps_tier_segment *segment = ps_tier_segment_at(tier, slot);

    ps_assert(segment->where == PS_TIER_ABSENT);
    if (segment->pins > 0 || segment->stage != PS_TIER_STAGE_NONE || segment->loading)
        return;
    if (segment->page != PS_TIER_NONE)
        ps_tier_dram_give(&tier->dram, segment->page, segment->size_bytes, segment->handed_out);
    ps_tier_index_free(&tier->index, slot);
}

void ps_tier_forget(struct ps_tier *tier, uint32_t slot)
{
    struct ps_tier_segment *segment = ps_tier_segment_at(tier, slot);

    if (segment->in_fifo)
        ps_tier_list_remove(&tier->dram_fifo, slot);
    segment->in_fifo = false;
    if (segment->at.zone != PS_TIER_NONE)
        ps_tier_list_remove(&tier->zones.zones[segment->at.zone].live, slot);
    segment->at.zone = PS_TIER_NONE;
    if (segment->stage == PS_TIER_STAGE_WAITING) {
        ps_tier_list_remove(&tier->lanes[segment->queue].waiting, slot);
        segment->stage = PS_TIER_STAGE_NONE;
    }
    ps_tier_index_hide(&tier->index, slot);
    ps_tier_let_go(tier, slot);
}

void ps_tier_lose(struct ps_tier *tier, uint32_t slot)
{
    const struct ps_tier_segment gone = *ps_tier_segment_at(tier, slot);

    ps_tier_forget(tier, slot);
    if (tier->cfg.on_gone != NULL)
        tier->cfg.on_gone(tier->cfg.arg, &gone.key, gone.prediction_id, gone.used);
}

void ps_tier_evict(struct ps_tier *tier, uint32_t slot)
{
    const struct ps_tier_segment *segment = ps_tier_segment_at(tier, slot);

    tier->count.evicted_segments++;
    if (segment->prediction_id != 0 && !segment->used)
        tier->count.evicted_unused_segments++;
    ps_tier_lose(tier, slot);
}

void ps_tier_room_offer(struct ps_tier *tier, uint32_t slot)
{
    struct ps_tier_segment *segment = ps_tier_segment_at(tier, slot);

    if (segment->page == PS_TIER_NONE || segment->in_fifo)
        return;
    segment->in_fifo = true;
    ps_tier_list_push(&tier->dram_fifo, slot);
}

/* The head of the queue leaves DRAM, or goes to the tail with one chance less. */
static void pass_hand(struct ps_tier *tier)
{
    const uint32_t slot = ps_tier_list_pop(&tier->dram_fifo);
    struct ps_tier_segment *segment = ps_tier_segment_at(tier, slot);

    if (segment->recent || segment->pins > 0 || segment->stage != PS_TIER_STAGE_NONE) {
        segment->recent = false;
        ps_tier_list_push(&tier->dram_fifo, slot);
        return;
    }
    segment->in_fifo = false;
    if (segment->at.zone == PS_TIER_NONE) { /* DRAM was all there is of it */
        ps_tier_evict(tier, slot);
        return;
    }
    ps_tier_dram_give(&tier->dram, segment->page, segment->size_bytes, segment->handed_out);
    segment->page = PS_TIER_NONE;
}

uint32_t ps_tier_room_take(struct ps_tier *tier, uint32_t size_bytes)
{
    uint64_t chances = 2 * (uint64_t)tier->dram_fifo.count; /* each may use its second one */
    uint32_t page = ps_tier_dram_take(&tier->dram, size_bytes);

    while (page == PS_TIER_NONE && tier->dram_fifo.count > 0 && chances-- > 0) {
        const uint32_t taken_before = tier->dram.taken_count;

        pass_hand(tier);
        if (tier->dram.taken_count < taken_before)
            page = ps_tier_dram_take(&tier->dram, size_bytes);
    }
    return page;
}

void ps_tier_room_slot(struct ps_tier *tier)
{
    uint64_t chances = 2 * (uint64_t)tier->dram_fifo.count;

    if (tier->writable)
        return; /* then zones are emptied ahead of need */
    while (tier->index.taken == tier->index.capacity && tier->dram_fifo.count > 0 && chances-- > 0)
        pass_hand(tier);
}

/* A live record of a victim is worth another write: from DRAM, or once it has been read. */
static void keep(struct ps_tier *tier, uint32_t slot, const struct ps_tier_verdict *verdict)
{
    struct ps_tier_segment *segment = ps_tier_segment_at(tier, slot);

    tier->count.reinserted_segments++;
    segment->freq = verdict->freq;
    segment->queue = verdict->queue;
    if (segment->page != PS_TIER_NONE) {
        ps_tier_append(tier, slot, verdict->queue);
        return;
    }
    segment->keep = true;
    if (!segment->loading)
        ps_tier_load_ask(tier, slot);
}

static void empty_zone(struct ps_tier *tier, uint32_t z)
{
    const struct ps_tier_zone *zone = &tier->zones.zones[z];
    uint32_t next;

    ps_tier_zone_condemn(&tier->zones, z);
    for (uint32_t slot = zone->live.head; slot != PS_TIER_NONE; slot = next) {
        const struct ps_tier_segment *segment = ps_tier_segment_at(tier, slot);
        const struct ps_tier_candidate candidate = {
            .queue = zone->queue,
            .class = segment->class,
            .freq = segment->freq,
            .pinned = segment->pins > 0,
        };
        const struct ps_tier_verdict verdict = ps_tier_policy_judge(tier->cfg.policy, &candidate);

        next = zone->live.links[slot].next;
        if (verdict.keep) {
            keep(tier, slot, &verdict);
            continue;
        }
        if (verdict.ghost)
            ps_tier_ghost_add(&tier->ghost, &segment->key);
        ps_tier_evict(tier, slot);
    }
}

static uint32_t victim_zone(const struct ps_tier *tier)
{
    const struct ps_tier_zones *zones = &tier->zones;
    struct ps_tier_queue_state states[PS_TIER_QUEUES_MAX] = { 0 };
    const uint32_t queue_count = ps_tier_policy_queues(tier->cfg.policy);

    for (uint8_t q = 0; q < queue_count; q++)
        states[q] = (struct ps_tier_queue_state){
            .zones = zones->queue[q].count + zones->open[q],
            .quota_zones = ps_tier_policy_share(tier->cfg.policy, tier->share, q) * zones->count,
            .has_victim = ps_tier_zone_oldest(zones, q) != PS_TIER_NONE,
        };
    const uint32_t queue = ps_tier_policy_victim(tier->cfg.policy, states);
    return queue == PS_TIER_NONE ? PS_TIER_NONE : ps_tier_zone_oldest(zones, (uint8_t)queue);
}

/* Nothing is under way that would free a zone, yet someone waits for one. */
static bool is_starved(const struct ps_tier *tier)
{
    bool waits = false;

    if (tier->zones.free.count > 0 || tier->in_flight > 0 || tier->load_waiting.count > 0)
        return false;
    for (unsigned i = 0; i < PS_TIER_QUEUES_MAX; i++) {
        if (tier->lanes[i].buf != NULL)
            return false;
        waits = waits || tier->lanes[i].waiting.count > 0;
    }
    return waits && tier->written.count == 0;
}

/* The records kept from a victim wait for the very zone they occupy: give them up. */
static void give_up_victim(struct ps_tier *tier)
{
    const uint32_t z = tier->zones.victim.head;
    uint32_t next;

    if (z == PS_TIER_NONE)
        return;
    const struct ps_tier_list *live = &tier->zones.zones[z].live;
    for (uint32_t slot = live->head; slot != PS_TIER_NONE; slot = next) {
        next = live->links[slot].next;
        ps_tier_evict(tier, slot);
    }
}

void ps_tier_evict_ahead(struct ps_tier *tier)
{
    const uint32_t wanted = tier->zones.count < ZONES_MANY ? FREE_ZONES_FEW : FREE_ZONES_MANY;
    const uint32_t slots_spare = tier->index.capacity / 32;

    if (!tier->writable)
        return;
    while (tier->zones.free.count + tier->zones.victims < wanted ||
           (tier->zones.victims == 0 && tier->index.capacity - tier->index.taken <= slots_spare)) {
        const uint32_t z = victim_zone(tier);

        if (z == PS_TIER_NONE)
            break;
        empty_zone(tier, z);
    }
    if (is_starved(tier))
        give_up_victim(tier);
}
