/* SPDX-License-Identifier: BSD-3-Clause */
/* From the device to DRAM: read into buffers, copied to a run of DRAM, believed once checked. */
#include <errno.h>
#include <string.h>

#include "host/base/assert.h"
#include "host/tier/tier_priv.h"

void ps_tier_load_ask(struct ps_tier *tier, uint32_t slot)
{
    struct ps_tier_segment *segment = ps_tier_segment_at(tier, slot);

    ps_assert(segment->page == PS_TIER_NONE && segment->at.zone != PS_TIER_NONE);
    ps_assert(!segment->loading);
    segment->loading = true;
    ps_tier_list_push(&tier->load_waiting, slot);
}

/* The segment is in DRAM and right. */
static void arrive(struct ps_tier *tier, uint32_t slot, uint32_t page)
{
    struct ps_tier_segment *segment = ps_tier_segment_at(tier, slot);

    segment->page = page;
    segment->handed_out = false;
    segment->recent = true; /* whoever asked for it has yet to come for it */
    ps_tier_room_offer(tier, slot);
    if (segment->keep && tier->writable)
        ps_tier_append(tier, slot, segment->queue);
    segment->keep = false;
}

/* The segment was not read: damaged and unreadable ones are gone, others wait for a better time. */
static void miss(struct ps_tier *tier, uint32_t slot, int status)
{
    struct ps_tier_segment *segment = ps_tier_segment_at(tier, slot);
    const bool to_keep = segment->keep;

    tier->count.hits_nvme -= segment->asked;
    segment->asked = 0;
    segment->keep = false;
    if (segment->where == PS_TIER_ABSENT) {
        ps_tier_let_go(tier, slot);
    } else if (status == -EBADMSG) {
        tier->count.crc_errors++;
        ps_tier_lose(tier, slot);
    } else if (status != -ENOSPC) {
        tier->count.io_errors++;
        ps_tier_lose(tier, slot);
    } else if (to_keep) {
        ps_tier_evict(tier, slot);
    }
}

/* Last in its caller: on_loaded may call the tier. */
static void end(struct ps_tier *tier, uint32_t slot, uint32_t page, int status)
{
    struct ps_tier_segment *segment = ps_tier_segment_at(tier, slot);
    const struct ps_segment_key key = segment->key;
    const bool asked = segment->asked > 0;

    segment->loading = false;
    if (segment->where == PS_TIER_ABSENT)
        status = -ENOENT;
    if (status == 0) {
        arrive(tier, slot, page);
    } else {
        if (page != PS_TIER_NONE)
            ps_tier_dram_give(&tier->dram, page, segment->size_bytes, false);
        miss(tier, slot, status);
    }
    if (asked && !tier->closing && tier->cfg.on_loaded != NULL)
        tier->cfg.on_loaded(tier->cfg.arg, &key, status);
}

static void end_load(struct ps_tier *tier, struct ps_tier_load *load)
{
    const uint32_t slot = load->slot;
    const struct ps_tier_segment *segment = ps_tier_segment_at(tier, slot);
    const struct ps_tier_record *header = &load->header.record;

    if (load->status == 0 &&
        (header->data_crc32c != segment->crc32c ||
         !ps_tier_record_data_valid(header, ps_tier_dram_at(&tier->dram, load->page))))
        load->status = -EBADMSG;
    tier->zones.zones[load->zone].busy--;
    load->slot = PS_TIER_NONE;
    end(tier, slot, load->page, load->status);
}

/* Copy a piece of the record to where its header and its data belong. */
static void place_piece(struct ps_tier *tier, struct ps_tier_load *load,
                        const struct ps_tier_buf *buf)
{
    const struct ps_tier_segment *segment = ps_tier_segment_at(tier, load->slot);
    const uint32_t header_bytes = ps_tier_record_header_bytes(segment->size_bytes);
    const unsigned char *piece = buf->data;
    uint32_t from = buf->from_bytes;
    uint32_t count = buf->op.size_bytes;

    if (from < header_bytes) { /* a header fits the first piece */
        memcpy(load->header.bytes, piece, header_bytes);
        piece += header_bytes;
        count -= header_bytes;
        from += header_bytes;
    }
    const uint32_t data_from = from - header_bytes;
    if (data_from >= segment->size_bytes)
        return;
    if (count > segment->size_bytes - data_from)
        count = segment->size_bytes - data_from;
    memcpy(ps_tier_dram_at(&tier->dram, load->page) + data_from, piece, count);
}

static int check_header(const struct ps_tier *tier, const struct ps_tier_load *load,
                        const struct ps_tier_buf *buf)
{
    const struct ps_tier_segment *segment = ps_tier_segment_at(tier, load->slot);
    const struct ps_tier_identity id = {
        tier->device.uuid,
        tier->zones.zones[load->zone].generation,
        load->zone,
    };
    const struct ps_tier_record *header = (const struct ps_tier_record *)buf->data;

    if (!ps_tier_record_valid(header, buf->op.size_bytes, &id,
                              buf->op.offset / PS_TIER_BLOCK_BYTES))
        return -EBADMSG;
    if (header->size_bytes != segment->size_bytes ||
        memcmp(&header->key, &segment->key, sizeof(segment->key)) != 0)
        return -EBADMSG;
    return 0;
}

void ps_tier_load_done(struct ps_tier *tier, struct ps_tier_buf *buf)
{
    struct ps_tier_load *load = &tier->loads[buf->load_idx];

    load->reads--;
    if (!ps_tier_op_ok(&buf->op))
        load->status = -EIO;
    else if (load->status == 0 && buf->from_bytes == 0)
        load->status = check_header(tier, load, buf);
    if (load->status == 0)
        place_piece(tier, load, buf);
    buf->use = PS_TIER_BUF_IDLE;
    if (load->reads == 0 && (load->status != 0 || load->asked_bytes == load->record_bytes))
        end_load(tier, load);
}

/* Ask for as many pieces as there are buffers. */
static void ask_pieces(struct ps_tier *tier, struct ps_tier_load *load)
{
    struct ps_tier_buf *buf;

    while (load->status == 0 && load->asked_bytes < load->record_bytes) {
        const uint32_t left = load->record_bytes - load->asked_bytes;

        buf = ps_tier_buf_take(tier, true);
        if (buf == NULL)
            return;
        buf->use = PS_TIER_BUF_READ;
        buf->load_idx = (uint32_t)(load - tier->loads);
        buf->from_bytes = load->asked_bytes;
        buf->op.size_bytes = left < PS_TIER_IO_BYTES ? left : PS_TIER_IO_BYTES;
        buf->op.offset =
            (ps_tier_zone_start(&tier->zones, load->zone) + load->block) * PS_TIER_BLOCK_BYTES +
            load->asked_bytes;
        load->asked_bytes += buf->op.size_bytes;
        load->reads++;
        ps_tier_submit(tier, &buf->op, PS_TIER_OP_READ);
    }
}

/* Begin reading the segment at the head of the line. */
static void begin(struct ps_tier *tier, struct ps_tier_load *load)
{
    const uint32_t slot = ps_tier_list_pop(&tier->load_waiting);
    const struct ps_tier_segment *segment = ps_tier_segment_at(tier, slot);

    if (segment->where == PS_TIER_ABSENT) {
        end(tier, slot, PS_TIER_NONE, -ENOENT);
        return;
    }
    const uint32_t page = ps_tier_room_take(tier, segment->size_bytes);
    if (page == PS_TIER_NONE) {
        end(tier, slot, PS_TIER_NONE, -ENOSPC);
        return;
    }
    load->slot = slot;
    load->zone = segment->at.zone;
    load->block = segment->at.block;
    load->page = page;
    load->record_bytes = ps_tier_record_blocks(segment->size_bytes) * PS_TIER_BLOCK_BYTES;
    load->asked_bytes = 0;
    load->reads = 0;
    load->status = 0;
    tier->zones.zones[load->zone].busy++;
}

void ps_tier_load_pump(struct ps_tier *tier)
{
    for (unsigned i = 0; i < PS_TIER_LOADS_MAX; i++) {
        struct ps_tier_load *load = &tier->loads[i];

        if (load->slot == PS_TIER_NONE && tier->load_waiting.count > 0)
            begin(tier, load);
        if (load->slot != PS_TIER_NONE)
            ask_pieces(tier, load);
    }
}
