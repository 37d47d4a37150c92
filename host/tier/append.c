/* SPDX-License-Identifier: BSD-3-Clause */
/* From DRAM to the device: records are laid end to end in 1 MiB buffers, one stream per queue. */
#include <string.h>

#include "host/base/assert.h"
#include "host/tier/tier_priv.h"

void ps_tier_append(struct ps_tier *tier, uint32_t slot, uint8_t queue)
{
    struct ps_tier_segment *segment = ps_tier_segment_at(tier, slot);

    ps_assert(segment->page != PS_TIER_NONE);
    ps_assert(segment->stage == PS_TIER_STAGE_NONE && !segment->loading);
    segment->stage = PS_TIER_STAGE_WAITING;
    segment->queue = queue;
    ps_tier_list_push(&tier->lanes[queue].waiting, slot);
}

static void submit_lane(struct ps_tier *tier, struct ps_tier_lane *lane)
{
    struct ps_tier_buf *buf = lane->buf;

    buf->use = PS_TIER_BUF_RECORDS;
    buf->op.size_bytes = buf->fill_bytes;
    buf->op.offset =
        (ps_tier_zone_start(&tier->zones, buf->zone) + buf->block) * PS_TIER_BLOCK_BYTES;
    lane->buf = NULL;
    tier->zones.zones[buf->zone].busy++;
    ps_tier_submit(tier, &buf->op, PS_TIER_OP_WRITE);
}

void ps_tier_lane_close(struct ps_tier *tier, struct ps_tier_lane *lane)
{
    ps_assert(lane->slot == PS_TIER_NONE);
    if (lane->buf != NULL)
        submit_lane(tier, lane);
    ps_tier_zone_close(&tier->zones, lane->zone);
    lane->zone = PS_TIER_NONE;
}

/* The lane's buffer, one that goes on where the zone was filled to, or NULL when all are busy. */
static struct ps_tier_buf *lane_buf(struct ps_tier *tier, struct ps_tier_lane *lane)
{
    if (lane->buf != NULL)
        return lane->buf;
    struct ps_tier_buf *buf = ps_tier_buf_take(tier, false);
    if (buf == NULL)
        return NULL;
    buf->use = PS_TIER_BUF_FILLING;
    buf->zone = lane->zone;
    buf->block = tier->zones.zones[lane->zone].filled;
    buf->fill_bytes = 0;
    lane->buf = buf;
    return buf;
}

static void write_zone_header(struct ps_tier *tier, struct ps_tier_buf *buf,
                              enum ps_tier_zone_mark mark)
{
    const struct ps_tier_zone *zone = &tier->zones.zones[buf->zone];
    struct ps_tier_zone_header header = {
        .uuid = tier->device.uuid,
        .generation = zone->generation,
        .zone = buf->zone,
        .mark = (uint8_t)mark,
        .queue = zone->queue,
    };

    ps_tier_zone_header_seal(&header);
    memset(buf->data, 0, PS_TIER_BLOCK_BYTES);
    memcpy(buf->data, &header, sizeof(header));
    buf->fill_bytes = PS_TIER_BLOCK_BYTES;
}

static bool lane_open(struct ps_tier *tier, struct ps_tier_lane *lane, uint8_t queue)
{
    lane->zone = ps_tier_zone_open(&tier->zones, queue, tier->generation);
    if (lane->zone == PS_TIER_NONE)
        return false;
    tier->generation++;
    return true;
}

/* Give the next waiting segment its place. False when there is none or nowhere to put it. */
static bool lane_begin(struct ps_tier *tier, struct ps_tier_lane *lane, uint8_t queue)
{
    const uint32_t slot = lane->waiting.head;

    if (slot == PS_TIER_NONE)
        return false;
    struct ps_tier_segment *segment = ps_tier_segment_at(tier, slot);
    const uint32_t blocks = ps_tier_record_blocks(segment->size_bytes);
    if (lane->zone != PS_TIER_NONE && !ps_tier_zone_fits(&tier->zones, lane->zone, blocks))
        ps_tier_lane_close(tier, lane);
    if (lane->zone == PS_TIER_NONE && !lane_open(tier, lane, queue))
        return false;
    struct ps_tier_zone *zone = &tier->zones.zones[lane->zone];
    ps_tier_list_remove(&lane->waiting, slot);
    ps_tier_list_push(&zone->staged, slot);
    segment->stage = PS_TIER_STAGE_STAGED;
    segment->next = (struct ps_tier_place){ .zone = lane->zone, .block = zone->head };
    segment->seq = tier->seq++;
    zone->head += blocks;
    zone->records++;
    zone->pending++;
    lane->slot = slot;
    lane->copied_bytes = 0;
    lane->header.record = (struct ps_tier_record){
        .uuid = tier->device.uuid,
        .generation = zone->generation,
        .block = ps_tier_zone_start(&tier->zones, lane->zone) + segment->next.block,
        .seq = segment->seq,
        .key = segment->key,
        .prediction_id = segment->prediction_id,
        .size_bytes = segment->size_bytes,
        .confidence = segment->confidence,
        .class = segment->class,
        .used = segment->used,
    };
    ps_tier_record_seal(&lane->header.record, ps_tier_dram_at(&tier->dram, segment->page));
    ps_assert(lane->header.record.data_crc32c == segment->crc32c); /* DRAM still holds it */
    return true;
}

/* Copy what fits of the begun record. False when no buffer is free. */
static bool lane_copy(struct ps_tier *tier, struct ps_tier_lane *lane)
{
    struct ps_tier_buf *buf = lane_buf(tier, lane);

    if (buf == NULL)
        return false;
    struct ps_tier_zone *zone = &tier->zones.zones[lane->zone];
    if (zone->filled == 0) {
        write_zone_header(tier, buf, PS_TIER_ZONE_OPENED);
        zone->filled = 1;
    }
    const struct ps_tier_segment *segment = ps_tier_segment_at(tier, lane->slot);
    const uint32_t record_bytes = ps_tier_record_blocks(segment->size_bytes) * PS_TIER_BLOCK_BYTES;
    const uint32_t room = PS_TIER_IO_BYTES - buf->fill_bytes;
    const uint32_t left = record_bytes - lane->copied_bytes;
    const uint32_t part = room < left ? room : left;
    ps_tier_record_copy(buf->data + buf->fill_bytes, &lane->header.record,
                        ps_tier_dram_at(&tier->dram, segment->page), lane->copied_bytes, part);
    buf->fill_bytes += part;
    lane->copied_bytes += part;
    zone->filled += part / PS_TIER_BLOCK_BYTES;
    if (lane->copied_bytes == record_bytes)
        lane->slot = PS_TIER_NONE;
    if (buf->fill_bytes == PS_TIER_IO_BYTES)
        submit_lane(tier, lane);
    return true;
}

void ps_tier_append_pump(struct ps_tier *tier, bool all)
{
    if (!tier->writable)
        return;
    for (uint8_t queue = 0; queue < PS_TIER_QUEUES_MAX; queue++) {
        struct ps_tier_lane *lane = &tier->lanes[queue];

        while (lane->slot != PS_TIER_NONE || lane_begin(tier, lane, queue))
            if (!lane_copy(tier, lane))
                break;
        if (all && lane->buf != NULL && lane->buf->fill_bytes > 0)
            submit_lane(tier, lane);
    }
}

/* Records before the first block that some buffer still holds are on the device. */
static void advance(struct ps_tier *tier, uint32_t z)
{
    struct ps_tier_zone *zone = &tier->zones.zones[z];
    uint32_t safe = zone->filled;

    for (unsigned i = 0; i < PS_TIER_WRITE_BUFS; i++) {
        const struct ps_tier_buf *buf = &tier->bufs[i];

        if ((buf->use == PS_TIER_BUF_FILLING || buf->use == PS_TIER_BUF_RECORDS) &&
            buf->zone == z && buf->block < safe)
            safe = buf->block;
    }
    while (zone->staged.head != PS_TIER_NONE) {
        const uint32_t slot = zone->staged.head;
        struct ps_tier_segment *segment = ps_tier_segment_at(tier, slot);
        const uint32_t blocks = ps_tier_record_blocks(segment->size_bytes);

        if (segment->next.block + blocks > safe)
            break;
        ps_tier_list_remove(&zone->staged, slot);
        ps_tier_list_push(&tier->written, slot);
        segment->stage = PS_TIER_STAGE_WRITTEN;
        tier->written_unflushed_bytes += (uint64_t)blocks * PS_TIER_BLOCK_BYTES;
        if (segment->where == PS_TIER_ACCEPTED)
            ps_tier_index_set_where(&tier->index, slot, PS_TIER_WRITTEN);
    }
}

void ps_tier_append_done(struct ps_tier *tier, struct ps_tier_buf *buf)
{
    buf->use = PS_TIER_BUF_IDLE;
    tier->zones.zones[buf->zone].busy--;
    if (!ps_tier_op_ok(&buf->op)) {
        ps_tier_zone_failed(tier, buf->zone);
        return;
    }
    tier->count.written_bytes += buf->op.size_bytes;
    advance(tier, buf->zone);
}

bool ps_tier_append_busy(const struct ps_tier *tier)
{
    bool busy = tier->written.count > 0 || tier->flushing.count > 0;

    for (unsigned i = 0; i < PS_TIER_QUEUES_MAX; i++) {
        const struct ps_tier_lane *lane = &tier->lanes[i];

        busy = busy || lane->waiting.count > 0 || lane->slot != PS_TIER_NONE;
        busy =
            busy || (lane->zone != PS_TIER_NONE && tier->zones.zones[lane->zone].staged.count > 0);
    }
    return busy || tier->writes_in_flight > 0;
}

/* Fill @p buf with the index of everything live in a full zone; its place is the zone's end. */
static void write_index(struct ps_tier *tier, struct ps_tier_buf *buf, uint32_t z)
{
    const struct ps_tier_zone *zone = &tier->zones.zones[z];
    const struct ps_tier_identity id = { tier->device.uuid, zone->generation, z };
    const uint32_t entry_bytes = ps_tier_entry_blocks(zone->live.count) * PS_TIER_BLOCK_BYTES;
    /* The entries end where the footer's block begins. */
    struct ps_tier_entry *const entries =
        (struct ps_tier_entry *)(buf->data + entry_bytes) - zone->live.count;
    struct ps_tier_entry *entry = entries;

    memset(buf->data, 0, entry_bytes + PS_TIER_BLOCK_BYTES);
    for (uint32_t slot = zone->live.head; slot != PS_TIER_NONE;
         slot = zone->live.links[slot].next) {
        const struct ps_tier_segment *segment = ps_tier_segment_at(tier, slot);

        *entry++ = (struct ps_tier_entry){
            .key = segment->key,
            .seq = segment->seq,
            .prediction_id = segment->prediction_id,
            .block = segment->at.block,
            .size_bytes = segment->size_bytes,
            .data_crc32c = segment->crc32c,
            .confidence = segment->confidence,
            .class = segment->class,
            .used = segment->used,
        };
    }
    ps_tier_footer_seal((struct ps_tier_footer *)(buf->data + entry_bytes), &id, entries,
                        zone->live.count);
    buf->op.size_bytes = entry_bytes + PS_TIER_BLOCK_BYTES;
    buf->block = tier->zones.blocks - buf->op.size_bytes / PS_TIER_BLOCK_BYTES;
}

static bool submit_zone_end(struct ps_tier *tier, uint32_t z, enum ps_tier_buf_use use)
{
    struct ps_tier_buf *buf = ps_tier_buf_take(tier, false);

    if (buf == NULL)
        return false;
    buf->use = use;
    buf->zone = z;
    buf->block = 0;
    if (use == PS_TIER_BUF_INDEX) {
        write_index(tier, buf, z);
    } else {
        write_zone_header(tier, buf, PS_TIER_ZONE_CLEARED);
        buf->op.size_bytes = buf->fill_bytes;
    }
    buf->op.offset = (ps_tier_zone_start(&tier->zones, z) + buf->block) * PS_TIER_BLOCK_BYTES;
    tier->zones.zones[z].busy++;
    ps_tier_submit(tier, &buf->op, PS_TIER_OP_WRITE);
    return true;
}

static void seal_queue(struct ps_tier *tier, const struct ps_tier_list *queue)
{
    /* Full zones are the youngest: from the tail to the first that is sealed already. */
    for (uint32_t z = queue->tail; z != PS_TIER_NONE; z = queue->links[z].prev) {
        struct ps_tier_zone *zone = &tier->zones.zones[z];

        if (zone->state != PS_TIER_ZONE_FULL)
            break;
        if (zone->pending > 0 || zone->busy > 0)
            continue;
        /* Without an index it is scanned at the next start, as after a crash. */
        const bool indexed = tier->writable && !zone->failed;
        if (indexed && !submit_zone_end(tier, z, PS_TIER_BUF_INDEX))
            return;
        zone->state = PS_TIER_ZONE_SEALED;
    }
}

void ps_tier_seal_pump(struct ps_tier *tier)
{
    uint32_t next;

    for (unsigned i = 0; i < PS_TIER_QUEUES_MAX; i++)
        seal_queue(tier, &tier->zones.queue[i]);
    if (!tier->writable)
        return;
    for (uint32_t z = tier->zones.victim.head; z != PS_TIER_NONE; z = next) {
        const struct ps_tier_zone *zone = &tier->zones.zones[z];

        next = tier->zones.links[z].next;
        if (zone->live.count > 0 || zone->busy > 0)
            continue;
        if (!submit_zone_end(tier, z, PS_TIER_BUF_CLEAR))
            return;
        ps_tier_zone_clear(&tier->zones, z);
    }
}

void ps_tier_seal_done(struct ps_tier *tier, struct ps_tier_buf *buf)
{
    const bool ok = ps_tier_op_ok(&buf->op);

    tier->zones.zones[buf->zone].busy--;
    if (ok)
        tier->count.written_bytes += buf->op.size_bytes;
    if (buf->use == PS_TIER_BUF_CLEAR)
        ps_tier_zone_cleared(&tier->zones, buf->zone, ok);
    buf->use = PS_TIER_BUF_IDLE;
    if (!ok)
        ps_tier_count_failure(tier);
}
