/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/tier/record_priv.h"

#include <string.h>

#include "host/base/assert.h"
#include "host/base/hash.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "structs are stored as they are");

#define SUPERBLOCK_MAGIC 0x3153524554545350ull /* "PSTTERS1" */
#define ZONE_MAGIC       0x315a524554545350ull /* "PSTTERZ1" */
#define RECORD_MAGIC     0x3152524554545350ull /* "PSTTERR1" */
#define FOOTER_MAGIC     0x3146524554545350ull /* "PSTTERF1" */

static uint32_t min_u32(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static bool same_uuid(const struct ps_tier_uuid *a, const struct ps_tier_uuid *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

void ps_tier_superblock_seal(struct ps_tier_superblock *sb)
{
    sb->magic = SUPERBLOCK_MAGIC;
    sb->version = PS_TIER_FORMAT_VERSION;
    sb->crc32c = ps_crc32c(0, sb, offsetof(struct ps_tier_superblock, crc32c));
}

bool ps_tier_superblock_ours(const struct ps_tier_superblock *sb)
{
    return sb->magic == SUPERBLOCK_MAGIC;
}

bool ps_tier_superblock_valid(const struct ps_tier_superblock *sb)
{
    return ps_tier_superblock_ours(sb) && sb->version == PS_TIER_FORMAT_VERSION &&
           sb->crc32c == ps_crc32c(0, sb, offsetof(struct ps_tier_superblock, crc32c));
}

void ps_tier_zone_header_seal(struct ps_tier_zone_header *header)
{
    header->magic = ZONE_MAGIC;
    header->crc32c = ps_crc32c(0, header, offsetof(struct ps_tier_zone_header, crc32c));
}

bool ps_tier_zone_header_valid(const struct ps_tier_zone_header *header,
                               const struct ps_tier_uuid *uuid, uint32_t zone)
{
    return header->magic == ZONE_MAGIC &&
           header->crc32c == ps_crc32c(0, header, offsetof(struct ps_tier_zone_header, crc32c)) &&
           same_uuid(&header->uuid, uuid) && header->zone == zone;
}

static uint32_t chunk_count(uint32_t size_bytes)
{
    return (size_bytes + PS_TIER_CHUNK_BYTES - 1) / PS_TIER_CHUNK_BYTES;
}

uint32_t ps_tier_record_header_bytes(uint32_t size_bytes)
{
    return (uint32_t)sizeof(struct ps_tier_record) + 4u * chunk_count(size_bytes);
}

uint32_t ps_tier_record_blocks(uint32_t size_bytes)
{
    return (ps_tier_record_header_bytes(size_bytes) + size_bytes + PS_TIER_BLOCK_BYTES - 1) /
           PS_TIER_BLOCK_BYTES;
}

/* The header's own crc: everything before the field, then the chunks' crcs after it. */
static uint32_t header_crc(const struct ps_tier_record *header)
{
    const uint32_t crc = ps_crc32c(0, header, offsetof(struct ps_tier_record, crc32c));

    return ps_crc32c(crc, header + 1, 4u * chunk_count(header->size_bytes));
}

void ps_tier_record_seal(struct ps_tier_record *header, const void *data)
{
    uint32_t *chunk_crc = (uint32_t *)(header + 1);
    const unsigned char *bytes = data;
    uint32_t crc = 0;

    ps_assert(header->size_bytes > 0 && header->size_bytes <= PS_TIER_SEGMENT_BYTES_MAX);
    for (uint32_t at = 0; at < header->size_bytes; at += PS_TIER_CHUNK_BYTES) {
        crc = ps_crc32c(crc, bytes + at, min_u32(PS_TIER_CHUNK_BYTES, header->size_bytes - at));
        *chunk_crc++ = crc;
    }
    header->magic = RECORD_MAGIC;
    header->data_crc32c = crc;
    header->crc32c = header_crc(header);
}

void ps_tier_record_copy(unsigned char *to, const struct ps_tier_record *header, const void *data,
                         uint32_t from, uint32_t count)
{
    const uint32_t header_bytes = ps_tier_record_header_bytes(header->size_bytes);
    const uint32_t end = header_bytes + header->size_bytes;
    uint32_t part;

    if (from < header_bytes) {
        part = min_u32(count, header_bytes - from);
        memcpy(to, (const unsigned char *)header + from, part);
        to += part;
        from += part;
        count -= part;
    }
    if (count > 0 && from < end) {
        part = min_u32(count, end - from);
        memcpy(to, (const unsigned char *)data + (from - header_bytes), part);
        to += part;
        count -= part;
    }
    memset(to, 0, count);
}

bool ps_tier_record_valid(const void *at, size_t available, const struct ps_tier_identity *id,
                          uint64_t block)
{
    const struct ps_tier_record *header = at;

    if (available < sizeof(*header) || header->magic != RECORD_MAGIC)
        return false;
    if (header->size_bytes == 0 || header->size_bytes > PS_TIER_SEGMENT_BYTES_MAX)
        return false;
    if ((uint64_t)ps_tier_record_header_bytes(header->size_bytes) > available)
        return false;
    return header->crc32c == header_crc(header) && same_uuid(&header->uuid, &id->uuid) &&
           header->generation == id->generation && header->block == block &&
           header->class < PS_TIER_CLASS_COUNT;
}

bool ps_tier_record_data_valid(const void *at, const void *data)
{
    const struct ps_tier_record *header = at;
    const uint32_t *chunk_crc = (const uint32_t *)(header + 1);
    const unsigned char *bytes = data;
    uint32_t crc = 0;

    for (uint32_t from = 0; from < header->size_bytes; from += PS_TIER_CHUNK_BYTES) {
        crc = ps_crc32c(crc, bytes + from, min_u32(PS_TIER_CHUNK_BYTES, header->size_bytes - from));
        if (crc != *chunk_crc++)
            return false;
    }
    return crc == header->data_crc32c;
}

uint32_t ps_tier_entry_blocks(uint32_t entry_count)
{
    return (uint32_t)((entry_count * sizeof(struct ps_tier_entry) + PS_TIER_BLOCK_BYTES - 1) /
                      PS_TIER_BLOCK_BYTES);
}

void ps_tier_footer_seal(struct ps_tier_footer *footer, const struct ps_tier_identity *id,
                         const struct ps_tier_entry *entries, uint32_t entry_count)
{
    footer->magic = FOOTER_MAGIC;
    footer->uuid = id->uuid;
    footer->generation = id->generation;
    footer->zone = id->zone;
    footer->entry_count = entry_count;
    footer->entries_crc32c = ps_crc32c(0, entries, entry_count * sizeof(*entries));
    footer->crc32c = ps_crc32c(0, footer, offsetof(struct ps_tier_footer, crc32c));
}

bool ps_tier_footer_valid(const struct ps_tier_footer *footer, const struct ps_tier_identity *id)
{
    return footer->magic == FOOTER_MAGIC &&
           footer->crc32c == ps_crc32c(0, footer, offsetof(struct ps_tier_footer, crc32c)) &&
           same_uuid(&footer->uuid, &id->uuid) && footer->generation == id->generation &&
           footer->zone == id->zone;
}
