/* SPDX-License-Identifier: BSD-3-Clause */
/* host/predict/tracked.c - see tracked_priv.h. */
#include "host/predict/tracked_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/assert.h"
#include "host/base/mem.h"

static uint32_t bucket_count(uint32_t places)
{
    uint32_t count = 16;

    while (count < places)
        count *= 2;
    return count;
}

static uint32_t *buckets_new(uint32_t count)
{
    uint32_t *buckets = ps_zalloc(count, sizeof(*buckets));

    if (buckets != NULL)
        memset(buckets, 0xff, count * sizeof(*buckets)); /* PS_TRACKED_NONE */
    return buckets;
}

int ps_tracked_init(struct ps_tracked *tracked, uint32_t resources_max, uint32_t media_max)
{
    tracked->resource_mask = bucket_count(resources_max) - 1;
    tracked->media_mask = bucket_count(media_max) - 1;
    tracked->resources = ps_zalloc(resources_max, sizeof(*tracked->resources));
    tracked->media = ps_zalloc(media_max, sizeof(*tracked->media));
    tracked->resource_buckets = buckets_new(tracked->resource_mask + 1);
    tracked->media_buckets = buckets_new(tracked->media_mask + 1);
    if (tracked->resources == NULL || tracked->media == NULL || tracked->resource_buckets == NULL ||
        tracked->media_buckets == NULL)
        return -ENOMEM;
    if (ps_lru_init(&tracked->resource_lru, resources_max) != 0)
        return -ENOMEM;
    return ps_lru_init(&tracked->media_lru, media_max);
}

void ps_tracked_fini(struct ps_tracked *tracked)
{
    ps_lru_fini(&tracked->media_lru);
    ps_lru_fini(&tracked->resource_lru);
    free(tracked->media_buckets);
    free(tracked->resource_buckets);
    free(tracked->media);
    free(tracked->resources);
}

/* Keys are hashes already, but may come from anyone: mix, so that no low bits decide alone. */
static uint32_t mix(uint64_t a, uint64_t b)
{
    uint64_t h = (a ^ (b << 31 | b >> 33)) * 0x9e3779b97f4a7c15ull;

    return (uint32_t)(h >> 32);
}

static uint32_t *resource_bucket(const struct ps_tracked *tracked, const struct ps_resource *key)
{
    return &tracked
                ->resource_buckets[mix(key->media_key, key->profile_key) & tracked->resource_mask];
}

static uint32_t *media_bucket(const struct ps_tracked *tracked, uint64_t key)
{
    return &tracked->media_buckets[mix(key, 0) & tracked->media_mask];
}

uint32_t ps_tracked_find(const struct ps_tracked *tracked, const struct ps_resource *key)
{
    uint32_t idx = *resource_bucket(tracked, key);

    while (idx != PS_TRACKED_NONE && (tracked->resources[idx].key.media_key != key->media_key ||
                                      tracked->resources[idx].key.profile_key != key->profile_key))
        idx = tracked->resources[idx].chain;
    return idx;
}

uint32_t ps_tracked_find_media(const struct ps_tracked *tracked, uint64_t media_key)
{
    uint32_t idx = *media_bucket(tracked, media_key);

    while (idx != PS_TRACKED_NONE && tracked->media[idx].key != media_key)
        idx = tracked->media[idx].chain;
    return idx;
}

static void drop_media(struct ps_tracked *tracked, uint32_t idx)
{
    uint32_t *at = media_bucket(tracked, tracked->media[idx].key);

    while (*at != idx)
        at = &tracked->media[*at].chain;
    *at = tracked->media[idx].chain;
    ps_lru_move(&tracked->media_lru, idx, PS_LRU_FREE);
    tracked->media_count--;
}

void ps_tracked_forget(struct ps_tracked *tracked, uint32_t resource_idx)
{
    struct ps_tracked_resource *resource = &tracked->resources[resource_idx];
    uint32_t *at = resource_bucket(tracked, &resource->key);

    while (*at != resource_idx)
        at = &tracked->resources[*at].chain;
    *at = resource->chain;
    at = &tracked->media[resource->media].resource;
    while (*at != resource_idx)
        at = &tracked->resources[*at].sibling;
    *at = resource->sibling;
    ps_lru_move(&tracked->resource_lru, resource_idx, PS_LRU_FREE);
    tracked->resource_count--;
    if (tracked->media[resource->media].resource == PS_TRACKED_NONE)
        drop_media(tracked, resource->media);
}

static uint32_t take_media(struct ps_tracked *tracked, uint64_t media_key, uint64_t now_ns)
{
    uint32_t idx = ps_tracked_find_media(tracked, media_key);
    uint32_t *bucket = media_bucket(tracked, media_key);

    if (idx != PS_TRACKED_NONE)
        return idx;
    idx = ps_lru_victim(&tracked->media_lru);
    while (tracked->media_lru.links[idx].list != PS_LRU_FREE) {
        tracked->forgotten++;
        ps_tracked_forget(tracked, tracked->media[idx].resource);
    }
    tracked->media[idx] = (struct ps_tracked_media){
        .key = media_key, .known_ns = now_ns, .resource = PS_TRACKED_NONE, .chain = *bucket
    };
    *bucket = idx;
    ps_lru_move(&tracked->media_lru, idx, PS_LRU_KNOWN);
    tracked->media_count++;
    return idx;
}

uint32_t ps_tracked_take(struct ps_tracked *tracked, const struct ps_resource *key, uint64_t now_ns)
{
    uint32_t idx = ps_tracked_find(tracked, key);
    uint32_t *bucket = resource_bucket(tracked, key);
    uint32_t media, *sibling;

    if (idx != PS_TRACKED_NONE)
        return idx;
    idx = ps_lru_victim(&tracked->resource_lru);
    if (tracked->resource_lru.links[idx].list != PS_LRU_FREE) {
        tracked->forgotten++;
        ps_tracked_forget(tracked, idx); /* before its media is found: it may go with it */
    }
    media = take_media(tracked, key->media_key, now_ns);
    sibling = &tracked->media[media].resource;
    while (*sibling != PS_TRACKED_NONE &&
           tracked->resources[*sibling].key.profile_key < key->profile_key)
        sibling = &tracked->resources[*sibling].sibling;
    tracked->resources[idx] = (struct ps_tracked_resource){
        .key = *key, .known_ns = now_ns, .media = media, .sibling = *sibling, .chain = *bucket
    };
    *sibling = idx;
    *bucket = idx;
    ps_lru_move(&tracked->resource_lru, idx, PS_LRU_KNOWN);
    tracked->resource_count++;
    return idx;
}
