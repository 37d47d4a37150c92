/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The index again, from what the device holds: sealed zones tell it in one read, the others are
 * walked record by record and every byte checked. Nothing is ever appended behind a crash: what was
 * open is sealed as it is.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/assert.h"
#include "host/base/mem.h"
#include "host/tier/tier_priv.h"

struct found_zone {
    uint64_t generation;
    uint32_t zone;
    uint8_t queue;
};

struct recovery {
    struct ps_tier *tier;
    unsigned char *scratch; /* PS_TIER_IO_BYTES */
    unsigned char *whole;   /* a zone, mapped when the first has to be walked */
    struct found_zone *found;
    uint32_t found_count;
};

static uint64_t block_offset(const struct ps_tier *tier, uint32_t zone, uint32_t block)
{
    return (ps_tier_zone_start(&tier->zones, zone) + block) * PS_TIER_BLOCK_BYTES;
}

static int read_blocks(struct ps_tier *tier, void *to, uint32_t count, uint32_t zone,
                       uint32_t block)
{
    const int rc = ps_tier_device_read(&tier->device, to, (size_t)count * PS_TIER_BLOCK_BYTES,
                                       block_offset(tier, zone, block));

    tier->count.io_errors += rc != 0;
    return rc;
}

static void find_zones(struct recovery *recovery)
{
    struct ps_tier *tier = recovery->tier;
    const struct ps_tier_zone_header *header =
        (const struct ps_tier_zone_header *)recovery->scratch;
    const uint32_t queue_count = ps_tier_policy_queues(tier->cfg.policy);

    for (uint32_t z = 0; z < tier->zones.count; z++) {
        if (read_blocks(tier, recovery->scratch, 1, z, 0) != 0)
            continue;
        if (!ps_tier_zone_header_valid(header, &tier->device.uuid, z) ||
            header->mark != PS_TIER_ZONE_OPENED)
            continue;
        recovery->found[recovery->found_count++] = (struct found_zone){
            .generation = header->generation,
            .zone = z,
            /* The policy may have had more queues when this was written. */
            .queue = header->queue < queue_count ? header->queue : (uint8_t)(queue_count - 1),
        };
    }
}

static int by_generation(const void *left, const void *right)
{
    const struct found_zone *a = left;
    const struct found_zone *b = right;

    return a->generation < b->generation ? -1 : a->generation > b->generation;
}

/* Enter a record unless the index is full or holds a later one of the same key. */
static void enter(struct ps_tier *tier, uint32_t zone, const struct ps_tier_entry *entry)
{
    const uint32_t known = ps_tier_index_find(&tier->index, &entry->key);

    if (known != PS_TIER_NONE) {
        if (ps_tier_segment_at(tier, known)->seq >= entry->seq)
            return;
        ps_tier_forget(tier, known);
    }
    const struct ps_tier_segment segment = {
        .key = entry->key,
        .prediction_id = entry->prediction_id,
        .seq = entry->seq,
        .at = { .zone = zone, .block = entry->block },
        .next = { .zone = PS_TIER_NONE },
        .size_bytes = entry->size_bytes,
        .crc32c = entry->data_crc32c,
        .page = PS_TIER_NONE,
        .confidence = entry->confidence,
        .class = entry->class,
        .where = PS_TIER_DURABLE,
        .used = entry->used != 0,
    };
    const uint32_t slot = ps_tier_index_add(&tier->index, &segment);
    if (slot != PS_TIER_NONE)
        ps_tier_list_push(&tier->zones.zones[zone].live, slot);
}

/* What the rest of the tier relies on; the crc says only that these bytes were written. */
static bool is_sane(const struct ps_tier *tier, const struct ps_tier_entry *entry)
{
    return entry->class < PS_TIER_CLASS_COUNT && entry->size_bytes > 0 &&
           entry->size_bytes <= PS_TIER_SEGMENT_BYTES_MAX && entry->block > 0 &&
           entry->block < tier->zones.blocks &&
           ps_tier_record_blocks(entry->size_bytes) <= tier->zones.blocks - entry->block;
}

/* @return 0, or negative when the zone has no index that can be believed. */
static int read_index(struct recovery *recovery, const struct found_zone *found)
{
    struct ps_tier *tier = recovery->tier;
    const uint32_t footer_block = tier->zones.blocks - 1;
    const struct ps_tier_identity id = { tier->device.uuid, found->generation, found->zone };
    struct ps_tier_footer footer;

    if (read_blocks(tier, recovery->scratch, 1, found->zone, footer_block) != 0)
        return -EIO;
    memcpy(&footer, recovery->scratch, sizeof(footer));
    if (!ps_tier_footer_valid(&footer, &id) || footer.entry_count > tier->zones.records_max)
        return -EBADMSG;
    const uint32_t blocks = ps_tier_entry_blocks(footer.entry_count);
    if (blocks >= footer_block)
        return -EBADMSG;
    if (blocks > 0 &&
        read_blocks(tier, recovery->scratch, blocks, found->zone, footer_block - blocks) != 0)
        return -EIO;
    const struct ps_tier_entry *entries =
        (const struct ps_tier_entry *)(recovery->scratch + blocks * PS_TIER_BLOCK_BYTES) -
        footer.entry_count;
    struct ps_tier_footer again = { 0 };
    ps_tier_footer_seal(&again, &id, entries, footer.entry_count);
    if (again.entries_crc32c != footer.entries_crc32c)
        return -EBADMSG;
    for (uint32_t i = 0; i < footer.entry_count; i++)
        if (is_sane(tier, &entries[i]))
            enter(tier, found->zone, &entries[i]);
    return 0;
}

/* The record at @p block if it is whole: its length in blocks, else 1 to look behind it. */
static uint32_t walk_record(struct recovery *recovery, const struct found_zone *found,
                            uint32_t block)
{
    struct ps_tier *tier = recovery->tier;
    const struct ps_tier_identity id = { tier->device.uuid, found->generation, found->zone };
    const unsigned char *at = recovery->whole + (size_t)block * PS_TIER_BLOCK_BYTES;
    const size_t available = (size_t)(tier->zones.blocks - block) * PS_TIER_BLOCK_BYTES;
    const struct ps_tier_record *record = (const struct ps_tier_record *)at;

    if (!ps_tier_record_valid(at, available, &id,
                              ps_tier_zone_start(&tier->zones, found->zone) + block))
        return 1;
    const uint32_t blocks = ps_tier_record_blocks(record->size_bytes);
    if (blocks > tier->zones.blocks - block ||
        !ps_tier_record_data_valid(at, at + ps_tier_record_header_bytes(record->size_bytes)))
        return 1;
    const struct ps_tier_entry entry = {
        .key = record->key,
        .seq = record->seq,
        .prediction_id = record->prediction_id,
        .block = block,
        .size_bytes = record->size_bytes,
        .data_crc32c = record->data_crc32c,
        .confidence = record->confidence,
        .class = record->class,
        .used = record->used,
    };
    enter(tier, found->zone, &entry);
    return blocks;
}

static int walk_zone(struct recovery *recovery, const struct found_zone *found)
{
    struct ps_tier *tier = recovery->tier;
    const uint32_t part_blocks = PS_TIER_IO_BYTES / PS_TIER_BLOCK_BYTES;
    uint32_t blocks;

    if (recovery->whole == NULL)
        recovery->whole = ps_tier_pages_map(tier->cfg.zone_bytes);
    if (recovery->whole == NULL)
        return -ENOMEM;
    for (uint32_t block = 0; block < tier->zones.blocks; block += blocks) {
        unsigned char *to = recovery->whole + (size_t)block * PS_TIER_BLOCK_BYTES;

        blocks = tier->zones.blocks - block;
        if (blocks > part_blocks)
            blocks = part_blocks;
        if (read_blocks(tier, to, blocks, found->zone, block) != 0)
            memset(to, 0, (size_t)blocks * PS_TIER_BLOCK_BYTES); /* no record begins here */
    }
    for (uint32_t block = 1; block < tier->zones.blocks;)
        block += walk_record(recovery, found, block);
    return 0;
}

/* Newest zones first, so that a full index leaves out the oldest. */
static int read_zones(struct recovery *recovery)
{
    int rc = 0;

    for (uint32_t i = recovery->found_count; i > 0 && rc == 0; i--)
        if (read_index(recovery, &recovery->found[i - 1]) != 0)
            rc = walk_zone(recovery, &recovery->found[i - 1]);
    return rc;
}

/* Zones with something alive take their place, oldest first; the others stay free. */
static void adopt_zones(struct recovery *recovery)
{
    struct ps_tier *tier = recovery->tier;

    for (uint32_t i = 0; i < recovery->found_count; i++) {
        const struct found_zone *found = &recovery->found[i];

        if (tier->zones.zones[found->zone].live.count > 0)
            ps_tier_zone_adopt(&tier->zones, found->zone, found->queue, found->generation);
    }
    tier->count.recovered_segments = tier->index.taken;
}

int ps_tier_recover(struct ps_tier *tier, unsigned char *scratch)
{
    struct recovery recovery = { .tier = tier, .scratch = scratch };
    int rc = -ENOMEM;

    recovery.found = ps_zalloc(tier->zones.count, sizeof(*recovery.found));
    if (recovery.found != NULL) {
        find_zones(&recovery);
        qsort(recovery.found, recovery.found_count, sizeof(*recovery.found), by_generation);
        rc = read_zones(&recovery);
        if (rc == 0)
            adopt_zones(&recovery);
    }
    ps_tier_pages_unmap(recovery.whole, tier->cfg.zone_bytes);
    free(recovery.found);
    return rc;
}
