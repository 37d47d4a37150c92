/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/tier/record_priv.h - what the device holds, byte for byte.
 *
 *   superblock x2 | zone 0 | zone 1 | ... | superblock x2          (64 KiB at each end)
 *   zone   = header block | record | record | ... | (gap) | entries of the index | footer block
 *   record = header, running crcs, data, zeros to the next block
 *
 * Little endian, 4 KiB blocks. Everything names the store (uuid) and the zone's generation, and a
 * record its own block, so bytes of another life or another place are never taken for it. The crc
 * of chunk n covers the data from the first byte to the end of that chunk: each chunk is checked
 * against the one before, and the last is the crc of the whole segment.
 *
 * Pure functions over memory. Threads: any.
 */
#ifndef PS_HOST_TIER_RECORD_PRIV_H
#define PS_HOST_TIER_RECORD_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/plan/resource.h"
#include "host/tier/tier.h"

#define PS_TIER_BLOCK_BYTES       4096u
#define PS_TIER_END_BYTES         65536u /* kept for superblocks at each end of the device */
#define PS_TIER_SUPERBLOCKS       4u
#define PS_TIER_SUPERBLOCKS_AGREE 2u
#define PS_TIER_FORMAT_VERSION    1u
#define PS_TIER_CHUNK_BYTES       65536u
#define PS_TIER_CHUNKS_MAX        (PS_TIER_SEGMENT_BYTES_MAX / PS_TIER_CHUNK_BYTES)

struct ps_tier_uuid {
    uint8_t bytes[16];
};

struct ps_tier_superblock {
    uint64_t magic;
    struct ps_tier_uuid uuid;
    uint64_t epoch; /* counts openings: generations of two lives never meet */
    uint64_t size_bytes;
    uint64_t zone_bytes;
    uint32_t version;
    uint32_t crc32c;
};
_Static_assert(sizeof(struct ps_tier_superblock) == 56, "stored");

enum ps_tier_zone_mark { PS_TIER_ZONE_CLEARED = 1, PS_TIER_ZONE_OPENED = 2 };

struct ps_tier_zone_header {
    uint64_t magic;
    struct ps_tier_uuid uuid;
    uint64_t generation;
    uint32_t zone;
    uint8_t mark; /* enum ps_tier_zone_mark */
    uint8_t queue;
    uint8_t zero[6];
    uint32_t crc32c;
};
_Static_assert(sizeof(struct ps_tier_zone_header) == 48, "stored");

struct ps_tier_record {
    uint64_t magic;
    struct ps_tier_uuid uuid;
    uint64_t generation; /* the zone's */
    uint64_t block;      /* its own, counted from the start of the device */
    uint64_t seq;        /* the highest wins when a key is found twice */
    struct ps_segment_key key;
    uint64_t prediction_id;
    uint32_t size_bytes;
    uint32_t data_crc32c;
    float confidence;
    uint8_t class;
    uint8_t used;
    uint8_t zero[14];
    uint32_t crc32c; /* of this header and the chunks' crcs that follow it */
};
_Static_assert(sizeof(struct ps_tier_record) == 128, "stored");

#define PS_TIER_RECORD_HEADER_MAX (sizeof(struct ps_tier_record) + 4u * PS_TIER_CHUNKS_MAX)

/* A record as a sealed zone's index tells it. */
struct ps_tier_entry {
    struct ps_segment_key key;
    uint64_t seq;
    uint64_t prediction_id;
    uint32_t block; /* in the zone */
    uint32_t size_bytes;
    uint32_t data_crc32c;
    float confidence;
    uint8_t class;
    uint8_t used;
    uint8_t zero[6];
};
_Static_assert(sizeof(struct ps_tier_entry) == 80, "stored");

struct ps_tier_footer {
    uint64_t magic;
    struct ps_tier_uuid uuid;
    uint64_t generation;
    uint32_t zone;
    uint32_t entry_count; /* they end where the footer's block begins */
    uint32_t entries_crc32c;
    uint32_t crc32c;
};
_Static_assert(sizeof(struct ps_tier_footer) == 48, "stored");

/* Who a stored thing must belong to. */
struct ps_tier_identity {
    struct ps_tier_uuid uuid;
    uint64_t generation;
    uint32_t zone;
};

void ps_tier_superblock_seal(struct ps_tier_superblock *sb);
bool ps_tier_superblock_valid(const struct ps_tier_superblock *sb);
/** Some superblock of ours, whole or not: the device is not somebody else's. */
bool ps_tier_superblock_ours(const struct ps_tier_superblock *sb);

void ps_tier_zone_header_seal(struct ps_tier_zone_header *header);
/** @param uuid Of the store. */
bool ps_tier_zone_header_valid(const struct ps_tier_zone_header *header,
                               const struct ps_tier_uuid *uuid, uint32_t zone);

/** Header and crcs in front of @p size_bytes of data. */
uint32_t ps_tier_record_header_bytes(uint32_t size_bytes);
/** The whole record in blocks. */
uint32_t ps_tier_record_blocks(uint32_t size_bytes);

/**
 * Make the header and its crcs: fills in magic, the data's crc and crcs; the rest is the caller's.
 * @param header PS_TIER_RECORD_HEADER_MAX bytes, aligned as the struct.
 */
void ps_tier_record_seal(struct ps_tier_record *header, const void *data);

/** Copy bytes [from, from + count) of the record with this header and data to @p to. */
void ps_tier_record_copy(unsigned char *to, const struct ps_tier_record *header, const void *data,
                         uint32_t from, uint32_t count);

/**
 * Does a record of this store, generation and block begin here?
 * @param available Bytes that may be read at @p at.
 */
bool ps_tier_record_valid(const void *at, size_t available, const struct ps_tier_identity *id,
                          uint64_t block);
/** Are the data, chunk by chunk, those the (valid) header at @p at speaks of? */
bool ps_tier_record_data_valid(const void *at, const void *data);

/** Fill the footer for entries that are already in place. */
void ps_tier_footer_seal(struct ps_tier_footer *footer, const struct ps_tier_identity *id,
                         const struct ps_tier_entry *entries, uint32_t entry_count);
/** Blocks the entries take, in front of the footer's block. */
uint32_t ps_tier_entry_blocks(uint32_t entry_count);
bool ps_tier_footer_valid(const struct ps_tier_footer *footer, const struct ps_tier_identity *id);

#endif
