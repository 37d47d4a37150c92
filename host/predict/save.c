/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/predict/save.c - the whole model as bytes: header, mind, media, resources.
 *
 * Little endian and of this build's structs: a state file stays on its machine, and a build whose
 * structs differ has another version. Places and lists are not stored; records come oldest first,
 * so that taking them in order restores every list.
 */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/hash.h"
#include "host/base/mem.h"
#include "host/predict/predict_priv.h"

#define MAGIC   0x44455250455250ull /* "PREPRED" */
#define VERSION 1u

_Static_assert(sizeof(struct ps_predict_mind) > 0, "raise VERSION when the saved form changes");
_Static_assert(sizeof(struct ps_tracked_media) == 160, "raise VERSION likewise");
_Static_assert(sizeof(struct ps_tracked_resource) > 0, "raise VERSION likewise");

struct header {
    uint64_t magic;
    uint32_t version;
    uint32_t crc32c; /* of everything after this field */
    uint64_t size_bytes;
    uint32_t media_count;
    uint32_t resource_count;
};

struct saved_media {
    uint32_t list; /* enum ps_lru_list */
    uint32_t zero;
    struct ps_tracked_media media; /* places within mean nothing */
};

struct saved_resource {
    uint32_t list;
    uint32_t zero;
    struct ps_tracked_resource resource; /* places within mean nothing */
};

static uint32_t checksum(const struct header *header)
{
    const size_t from = offsetof(struct header, size_bytes);

    return ps_crc32c(0, (const uint8_t *)header + from, header->size_bytes - from);
}

static size_t size_for(uint32_t media_count, uint32_t resource_count)
{
    return sizeof(struct header) + sizeof(struct ps_predict_mind) +
           media_count * sizeof(struct saved_media) +
           resource_count * sizeof(struct saved_resource);
}

static struct saved_media *put_media(const struct ps_tracked *tracked, enum ps_lru_list list,
                                     struct saved_media *at)
{
    uint32_t idx = tracked->media_lru.oldest[list];

    for (; idx != PS_TRACKED_NONE; idx = tracked->media_lru.links[idx].newer)
        *at++ = (struct saved_media){ .list = list, .media = tracked->media[idx] };
    return at;
}

static struct saved_resource *put_resources(const struct ps_tracked *tracked, enum ps_lru_list list,
                                            struct saved_resource *at)
{
    uint32_t idx = tracked->resource_lru.oldest[list];

    for (; idx != PS_TRACKED_NONE; idx = tracked->resource_lru.links[idx].newer)
        *at++ = (struct saved_resource){ .list = list, .resource = tracked->resources[idx] };
    return at;
}

int ps_predict_save(const struct ps_predict *predict, void **ret_data, size_t *ret_size_bytes)
{
    const struct ps_tracked *tracked = &predict->tracked;
    const size_t size_bytes = size_for(tracked->media_count, tracked->resource_count);
    struct header *header = ps_zalloc(1, size_bytes);
    struct ps_predict_mind *mind;
    void *at;

    if (header == NULL)
        return -ENOMEM;
    *header = (struct header){ .magic = MAGIC,
                               .version = VERSION,
                               .size_bytes = size_bytes,
                               .media_count = tracked->media_count,
                               .resource_count = tracked->resource_count };
    mind = (struct ps_predict_mind *)(header + 1);
    *mind = predict->mind;
    at = put_media(tracked, PS_LRU_KNOWN, (struct saved_media *)(mind + 1));
    at = put_media(tracked, PS_LRU_WANTED, at);
    at = put_resources(tracked, PS_LRU_KNOWN, at);
    put_resources(tracked, PS_LRU_WANTED, at);
    header->crc32c = checksum(header);
    *ret_data = header;
    *ret_size_bytes = size_bytes;
    return 0;
}

static bool is_whole(const struct header *header, size_t size_bytes)
{
    return size_bytes >= sizeof(*header) && header->magic == MAGIC && header->version == VERSION &&
           header->size_bytes == size_bytes &&
           size_for(header->media_count, header->resource_count) == size_bytes &&
           header->crc32c == checksum(header);
}

/* Counts that are used as positions. */
static bool is_sound(const struct ps_predict_mind *mind)
{
    if (mind->overall.profile_count > PS_PROFILES_MAX)
        return false;
    for (unsigned h = 0; h < PS_HOURS; h++)
        if (mind->tops.count[h] > PS_TOPS_MAX)
            return false;
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++)
        if (mind->labels.written - mind->labels.read[h] > PS_LABELS_MAX)
            return false;
    return true;
}

static bool is_listed(uint32_t list)
{
    return list == PS_LRU_KNOWN || list == PS_LRU_WANTED;
}

static int take_resource(struct ps_tracked *tracked, const struct saved_resource *saved)
{
    struct ps_tracked_resource *resource;
    struct ps_tracked_resource places;
    uint32_t idx;

    if (!is_listed(saved->list))
        return -EINVAL;
    idx = ps_tracked_take(tracked, &saved->resource.key, saved->resource.known_ns);
    resource = &tracked->resources[idx];
    places = *resource;
    *resource = saved->resource;
    resource->gathered = 0;
    resource->media = places.media;
    resource->sibling = places.sibling;
    resource->chain = places.chain;
    ps_lru_move(&tracked->resource_lru, idx, saved->list);
    return 0;
}

static int take_media(struct ps_tracked *tracked, const struct saved_media *saved)
{
    const uint32_t idx = ps_tracked_find_media(tracked, saved->media.key);
    struct ps_tracked_media *media;
    struct ps_tracked_media places;

    if (!is_listed(saved->list))
        return -EINVAL;
    if (idx == PS_TRACKED_NONE)
        return 0; /* left behind for want of room */
    media = &tracked->media[idx];
    places = *media;
    *media = saved->media;
    media->resource = places.resource;
    media->chain = places.chain;
    ps_lru_move(&tracked->media_lru, idx, saved->list);
    return 0;
}

static int take_all(struct ps_predict *predict, const struct header *header)
{
    const struct ps_predict_mind *mind = (const struct ps_predict_mind *)(header + 1);
    const struct saved_media *media = (const struct saved_media *)(mind + 1);
    const struct saved_resource *resources =
        (const struct saved_resource *)(media + header->media_count);
    int rc = is_sound(mind) ? 0 : -EINVAL;

    predict->mind = *mind;
    for (uint32_t i = 0; rc == 0 && i < header->resource_count; i++)
        rc = take_resource(&predict->tracked, &resources[i]);
    for (uint32_t i = 0; rc == 0 && i < header->media_count; i++)
        rc = take_media(&predict->tracked, &media[i]);
    return rc;
}

/* From here on @p fresh holds the old state and @p predict the loaded one. */
static void swap_state(struct ps_predict *predict, struct ps_predict *fresh)
{
    const struct ps_tracked old = predict->tracked;

    predict->tracked = fresh->tracked;
    fresh->tracked = old;
    predict->mind = fresh->mind;
    ps_moment_set(&predict->moment, &predict->mind.overall, predict->tracked.resource_count,
                  predict->mind.now_ns);
}

static int load_aligned(struct ps_predict *predict, const struct header *header, size_t size_bytes)
{
    struct ps_predict *fresh;
    int rc;

    if (!is_whole(header, size_bytes))
        return -EINVAL;
    rc = ps_predict_create(&fresh, &predict->cfg);
    if (rc != 0)
        return rc;
    rc = take_all(fresh, header);
    if (rc == 0)
        swap_state(predict, fresh);
    ps_predict_destroy(fresh);
    return rc;
}

int ps_predict_load(struct ps_predict *predict, const void *data, size_t size_bytes)
{
    void *copy; /* the caller's bytes may lie anywhere */
    int rc;

    if (size_bytes < sizeof(struct header))
        return -EINVAL;
    copy = ps_zalloc(1, size_bytes);
    if (copy == NULL)
        return -ENOMEM;
    memcpy(copy, data, size_bytes);
    rc = load_aligned(predict, copy, size_bytes);
    free(copy);
    return rc;
}
