/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/tier/index_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/assert.h"
#include "host/base/hash.h"
#include "host/base/mem.h"

int ps_tier_index_init(struct ps_tier_index *index, uint32_t capacity)
{
    uint32_t bucket_count = 1;

    ps_assert(capacity > 0 && capacity <= PS_TIER_INDEX_MAX);
    while (bucket_count < capacity)
        bucket_count *= 2;
    index->segments = ps_zalloc(capacity, sizeof(*index->segments));
    index->buckets = ps_zalloc(bucket_count, sizeof(*index->buckets));
    if (index->segments == NULL || index->buckets == NULL)
        return -ENOMEM;
    for (unsigned i = 0; i < PS_TIER_LINKS_COUNT; i++) {
        index->links[i] = ps_zalloc(capacity, sizeof(*index->links[i]));
        if (index->links[i] == NULL)
            return -ENOMEM;
    }
    memset(index->buckets, 0xff, bucket_count * sizeof(*index->buckets));
    index->bucket_mask = bucket_count - 1;
    index->capacity = capacity;
    for (uint32_t slot = 0; slot < capacity; slot++)
        index->segments[slot].hash_next = slot + 1 < capacity ? slot + 1 : PS_TIER_NONE;
    return 0;
}

void ps_tier_index_fini(struct ps_tier_index *index)
{
    for (unsigned i = 0; i < PS_TIER_LINKS_COUNT; i++)
        free(index->links[i]);
    free(index->buckets);
    free(index->segments);
    memset(index, 0, sizeof(*index));
}

static uint32_t *bucket_of(const struct ps_tier_index *index, const struct ps_segment_key *key)
{
    return &index->buckets[ps_hash64(key, sizeof(*key)) & index->bucket_mask];
}

uint32_t ps_tier_index_find(const struct ps_tier_index *index, const struct ps_segment_key *key)
{
    uint32_t slot = *bucket_of(index, key);

    while (slot != PS_TIER_NONE && memcmp(&index->segments[slot].key, key, sizeof(*key)) != 0)
        slot = index->segments[slot].hash_next;
    return slot;
}

static bool is_unused(const struct ps_tier_segment *segment)
{
    return segment->prediction_id != 0 && !segment->used;
}

uint32_t ps_tier_index_add(struct ps_tier_index *index, const struct ps_tier_segment *from)
{
    const uint32_t slot = index->free_slot;

    ps_assert(from->where != PS_TIER_ABSENT);
    if (index->taken == index->capacity)
        return PS_TIER_NONE;
    struct ps_tier_segment *segment = &index->segments[slot];
    uint32_t *bucket = bucket_of(index, &from->key);
    index->free_slot = segment->hash_next;
    index->taken++;
    *segment = *from;
    segment->hash_next = *bucket;
    *bucket = slot;
    index->where_count[segment->where]++;
    index->class_bytes[segment->class] += segment->size_bytes;
    if (is_unused(segment))
        index->unused_bytes += segment->size_bytes;
    return slot;
}

void ps_tier_index_hide(struct ps_tier_index *index, uint32_t slot)
{
    struct ps_tier_segment *segment = &index->segments[slot];
    uint32_t *link = bucket_of(index, &segment->key);

    ps_assert(segment->where != PS_TIER_ABSENT);
    while (*link != slot)
        link = &index->segments[*link].hash_next;
    *link = segment->hash_next;
    index->where_count[segment->where]--;
    index->class_bytes[segment->class] -= segment->size_bytes;
    if (is_unused(segment))
        index->unused_bytes -= segment->size_bytes;
    segment->where = PS_TIER_ABSENT;
}

void ps_tier_index_free(struct ps_tier_index *index, uint32_t slot)
{
    ps_assert(index->segments[slot].where == PS_TIER_ABSENT);
    index->segments[slot].hash_next = index->free_slot;
    index->free_slot = slot;
    index->taken--;
}

void ps_tier_index_set_where(struct ps_tier_index *index, uint32_t slot, enum ps_tier_where where)
{
    struct ps_tier_segment *segment = &index->segments[slot];

    ps_assert(segment->where != PS_TIER_ABSENT && where != PS_TIER_ABSENT);
    index->where_count[segment->where]--;
    index->where_count[where]++;
    segment->where = (uint8_t)where;
}

void ps_tier_index_set_class(struct ps_tier_index *index, uint32_t slot, enum ps_tier_class class)
{
    struct ps_tier_segment *segment = &index->segments[slot];

    index->class_bytes[segment->class] -= segment->size_bytes;
    index->class_bytes[class] += segment->size_bytes;
    segment->class = (uint8_t) class;
}

void ps_tier_index_set_used(struct ps_tier_index *index, uint32_t slot)
{
    struct ps_tier_segment *segment = &index->segments[slot];

    if (is_unused(segment))
        index->unused_bytes -= segment->size_bytes;
    segment->used = true;
}
