/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From written to durable, many records to one flush, and what happens when the device fails: a
 * failed flush says nothing about any write since the last good one, so none of them is believed
 * and all are written again elsewhere.
 */
#include "host/base/assert.h"
#include "host/tier/tier_priv.h"

void ps_tier_flush_pump(struct ps_tier *tier)
{
    const struct ps_tier_list empty = tier->flushing;
    const bool idle = tier->writes_in_flight == 0;

    if (tier->flush_in_flight || tier->written.count == 0)
        return;
    if (tier->written_unflushed_bytes < PS_TIER_GROUP_BYTES && !(tier->flush_wanted && idle))
        return;
    ps_assert(empty.count == 0);
    tier->flushing = tier->written;
    tier->written = empty;
    tier->written_unflushed_bytes = 0;
    tier->flush_wanted = false;
    tier->flush_in_flight = true;
    ps_tier_submit(tier, &tier->flush_op, PS_TIER_OP_FLUSH);
}

static void leave_stage(struct ps_tier *tier, uint32_t slot)
{
    struct ps_tier_segment *segment = ps_tier_segment_at(tier, slot);

    tier->zones.zones[segment->next.zone].pending--;
    segment->stage = PS_TIER_STAGE_NONE;
    if (segment->where == PS_TIER_ABSENT)
        ps_tier_let_go(tier, slot);
}

static void make_durable(struct ps_tier *tier, uint32_t slot)
{
    struct ps_tier_segment *segment = ps_tier_segment_at(tier, slot);
    struct ps_tier_zone *zones = tier->zones.zones;

    if (segment->where != PS_TIER_ABSENT) {
        if (segment->at.zone != PS_TIER_NONE)
            ps_tier_list_remove(&zones[segment->at.zone].live, slot);
        segment->at = segment->next;
        ps_tier_list_push(&zones[segment->at.zone].live, slot);
        ps_tier_index_set_where(&tier->index, slot, PS_TIER_DURABLE);
        ps_tier_room_offer(tier, slot);
    }
    leave_stage(tier, slot);
}

/* Back to the queue they came through, to get another place. */
static void write_again(struct ps_tier *tier, struct ps_tier_list *list)
{
    uint32_t slot;

    while ((slot = ps_tier_list_pop(list)) != PS_TIER_NONE) {
        struct ps_tier_segment *segment = ps_tier_segment_at(tier, slot);
        const bool hidden = segment->where == PS_TIER_ABSENT;

        leave_stage(tier, slot); /* frees the slot of a hidden one */
        if (hidden)
            continue;
        if (segment->where == PS_TIER_WRITTEN)
            ps_tier_index_set_where(&tier->index, slot, PS_TIER_ACCEPTED);
        ps_tier_append(tier, slot, segment->queue);
    }
}

/* Abandon the lane's open zone: what its buffer holds is written elsewhere. */
static void lane_abandon(struct ps_tier *tier, struct ps_tier_lane *lane)
{
    if (lane->zone == PS_TIER_NONE)
        return;
    struct ps_tier_zone *zone = &tier->zones.zones[lane->zone];
    if (lane->buf != NULL)
        lane->buf->use = PS_TIER_BUF_IDLE;
    lane->buf = NULL;
    lane->slot = PS_TIER_NONE;
    zone->failed = true;
    ps_tier_zone_close(&tier->zones, lane->zone);
    lane->zone = PS_TIER_NONE;
    write_again(tier, &zone->staged);
}

/* Nothing that no good flush covered is believed any more. */
static void distrust_all(struct ps_tier *tier)
{
    for (unsigned i = 0; i < PS_TIER_QUEUES_MAX; i++) {
        lane_abandon(tier, &tier->lanes[i]);
        for (uint32_t z = tier->zones.queue[i].head; z != PS_TIER_NONE;
             z = tier->zones.links[z].next)
            write_again(tier, &tier->zones.zones[z].staged);
    }
    write_again(tier, &tier->flushing);
    write_again(tier, &tier->written);
    tier->written_unflushed_bytes = 0;
}

/* From now on DRAM only; what was waiting to be written may leave DRAM for good. */
static void stop_writing(struct ps_tier *tier)
{
    uint32_t slot;

    tier->writable = false;
    distrust_all(tier);
    for (unsigned i = 0; i < PS_TIER_QUEUES_MAX; i++)
        while ((slot = ps_tier_list_pop(&tier->lanes[i].waiting)) != PS_TIER_NONE) {
            ps_tier_segment_at(tier, slot)->stage = PS_TIER_STAGE_NONE;
            ps_tier_room_offer(tier, slot);
        }
}

void ps_tier_count_failure(struct ps_tier *tier)
{
    tier->count.io_errors++;
    tier->failures++;
    if (tier->failures >= PS_TIER_FAILURES_MAX && tier->writable)
        stop_writing(tier);
}

void ps_tier_zone_failed(struct ps_tier *tier, uint32_t zone)
{
    for (unsigned i = 0; i < PS_TIER_QUEUES_MAX; i++)
        if (tier->lanes[i].zone == zone)
            lane_abandon(tier, &tier->lanes[i]);
    tier->zones.zones[zone].failed = true;
    write_again(tier, &tier->zones.zones[zone].staged);
    ps_tier_count_failure(tier);
}

void ps_tier_flush_done(struct ps_tier *tier)
{
    uint32_t slot;

    tier->flush_in_flight = false;
    if (!ps_tier_op_ok(&tier->flush_op)) {
        distrust_all(tier);
        ps_tier_count_failure(tier);
        return;
    }
    tier->count.flushes++;
    tier->failures = 0;
    while ((slot = ps_tier_list_pop(&tier->flushing)) != PS_TIER_NONE)
        make_durable(tier, slot);
}
