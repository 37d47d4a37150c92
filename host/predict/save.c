/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/predict/save.c - the whole model as bytes: a header, then each part as it is in memory.
 *
 * Little endian and of this build's structs: a state file stays on its machine, and a build whose
 * structs differ has another version. A predictor of the same limits takes every part as it was;
 * one of other limits takes the media over one by one, and finds out anew which were wanted last.
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
#define VERSION 3u

_Static_assert(sizeof(struct ps_item) == 56, "raise VERSION when the saved form changes");
_Static_assert(sizeof(struct ps_promise) == 32, "raise VERSION likewise");
_Static_assert(sizeof(struct ps_promise_source) == 32, "raise VERSION likewise");
_Static_assert(PS_FEATURE_COUNT == 30, "raise VERSION likewise");

struct header {
    uint64_t magic;
    uint32_t version;
    uint32_t crc32c; /* of everything after this field */
    uint64_t size_bytes;
    uint64_t mind_bytes, sequels_bytes;
    struct ps_items items;    /* pointers within mean nothing */
    struct ps_promises looks; /* likewise */
    uint64_t recent_count, fresh_count;
};

/* The parts in their order; what is copied is the same whether they are saved or loaded. */
struct parts {
    struct ps_predict_mind *mind;
    struct ps_item *items; /* from 1 */
    uint32_t *item_buckets;
    uint32_t *recent, *fresh;
    struct ps_promise *looks; /* from 1 */
    uint32_t *look_buckets;
    struct ps_promise_source *sources;
    uint8_t *sequels;
    uint8_t *end;
};

static void *part(uint8_t **at, uint64_t size_bytes)
{
    void *begin = *at;

    *at += (size_bytes + 7) / 8 * 8;
    return begin;
}

static struct parts parts_of(const struct header *header, uint8_t *base)
{
    uint8_t *at = base + sizeof(*header);
    struct parts parts;

    parts.mind = part(&at, sizeof(struct ps_predict_mind));
    parts.items = part(&at, header->items.used * sizeof(struct ps_item));
    parts.item_buckets = part(&at, ((uint64_t)header->items.mask + 1) * sizeof(uint32_t));
    parts.recent = part(&at, PS_RECENT_MAX * sizeof(uint32_t));
    parts.fresh = part(&at, PS_CANDIDATES_NEW * sizeof(uint32_t));
    parts.looks = part(&at, header->looks.used * sizeof(struct ps_promise));
    parts.look_buckets = part(&at, PS_PROMISE_BUCKETS * sizeof(uint32_t));
    parts.sources = part(&at, PS_PROMISE_SOURCES_MAX * sizeof(struct ps_promise_source));
    parts.sequels = part(&at, header->sequels_bytes);
    parts.end = at;
    return parts;
}

static uint32_t checksum(const struct header *header)
{
    const size_t from = offsetof(struct header, size_bytes);

    return ps_crc32c(0, (const uint8_t *)header + from, header->size_bytes - from);
}

int ps_predict_save(const struct ps_predict *predict, void **ret_data, size_t *ret_size_bytes)
{
    struct header sizes = { .magic = MAGIC,
                            .version = VERSION,
                            .mind_bytes = sizeof(struct ps_predict_mind),
                            .sequels_bytes = ps_sequels_size(&predict->sequels),
                            .items = predict->items,
                            .looks = predict->promises,
                            .recent_count = predict->recent_count,
                            .fresh_count = predict->fresh_count };
    struct header *header;
    struct parts to;

    sizes.items.items = NULL;
    sizes.items.buckets = NULL;
    sizes.looks.looks = NULL;
    sizes.looks.buckets = NULL;
    sizes.looks.sources = NULL;
    sizes.size_bytes = (uint64_t)(parts_of(&sizes, NULL).end - (uint8_t *)NULL);
    header = ps_zalloc(1, sizes.size_bytes);
    if (header == NULL)
        return -ENOMEM;
    *header = sizes;
    to = parts_of(header, (uint8_t *)header);
    *to.mind = predict->mind;
    memcpy(to.items, predict->items.items, sizes.items.used * sizeof(*to.items));
    memcpy(to.item_buckets, predict->items.buckets,
           ((size_t)sizes.items.mask + 1) * sizeof(*to.item_buckets));
    memcpy(to.recent, predict->recent, sizeof(predict->recent));
    memcpy(to.fresh, predict->fresh, sizeof(predict->fresh));
    memcpy(to.looks, predict->promises.looks, sizes.looks.used * sizeof(*to.looks));
    memcpy(to.look_buckets, predict->promises.buckets,
           PS_PROMISE_BUCKETS * sizeof(*to.look_buckets));
    memcpy(to.sources, predict->promises.sources, PS_PROMISE_SOURCES_MAX * sizeof(*to.sources));
    ps_sequels_save(&predict->sequels, to.sequels);
    header->crc32c = checksum(header);
    *ret_data = header;
    *ret_size_bytes = sizes.size_bytes;
    return 0;
}

static bool is_whole(const struct header *header, size_t size_bytes)
{
    return size_bytes >= sizeof(*header) && header->magic == MAGIC && header->version == VERSION &&
           header->size_bytes == size_bytes &&
           header->mind_bytes == sizeof(struct ps_predict_mind) &&
           header->items.used <= 2 * PS_PREDICT_RESOURCES_MAX + 1 &&
           header->items.mask < 2 * PS_PREDICT_RESOURCES_MAX &&
           header->looks.used <= PS_PROMISES_MAX + 1 && header->sequels_bytes <= size_bytes &&
           (uint64_t)(parts_of(header, NULL).end - (uint8_t *)NULL) == size_bytes &&
           header->crc32c == checksum(header);
}

static bool is_same_size(const struct ps_items *a, const struct ps_items *b)
{
    return a->capacity == b->capacity && a->media_max == b->media_max && a->mask == b->mask;
}

static void take_items_whole(struct ps_predict *fresh, const struct header *header,
                             const struct parts *from)
{
    struct ps_item *items = fresh->items.items;
    uint32_t *buckets = fresh->items.buckets;

    memcpy(items, from->items, header->items.used * sizeof(*items));
    memcpy(buckets, from->item_buckets, ((size_t)header->items.mask + 1) * sizeof(*buckets));
    fresh->items = header->items;
    fresh->items.items = items;
    fresh->items.buckets = buckets;
    memcpy(fresh->recent, from->recent, sizeof(fresh->recent));
    memcpy(fresh->fresh, from->fresh, sizeof(fresh->fresh));
    fresh->recent_count = header->recent_count;
    fresh->fresh_count = header->fresh_count;
}

/* What was counted, into a place that has its own links. */
static void take_counts(struct ps_item *to, const struct ps_item *from)
{
    to->counts = from->counts;
    to->last_s = from->last_s;
    to->born_s = from->born_s;
    to->starts = from->starts;
}

static void take_items_singly(struct ps_predict *fresh, const struct header *header,
                              const struct parts *from, uint32_t now_s)
{
    for (uint32_t i = 1; i < header->items.used; i++) {
        const struct ps_item *saved = &from->items[i];
        uint32_t media;

        if (saved->category == PS_ITEM_RESOURCE)
            continue; /* comes with its media; or a place given back */
        media = ps_items_take_media(&fresh->items, saved->key, now_s);
        take_counts(&fresh->items.items[media], saved);
        fresh->items.items[media].category = saved->category;
        fresh->items.items[media].profile = saved->profile;
        for (uint32_t k = saved->family; k != PS_ITEM_NONE && k < header->items.used;
             k = from->items[k].family) {
            const uint32_t idx = ps_items_take(&fresh->items, media, from->items[k].profile, now_s);

            if (idx != media)
                take_counts(&fresh->items.items[idx], &from->items[k]);
        }
        if (saved->last_s != 0)
            ps_predict_touch(fresh, media);
        else
            ps_predict_meet(fresh, media);
    }
}

static void take_looks(struct ps_promises *looks, const struct header *header,
                       const struct parts *from)
{
    const struct ps_promises own = *looks;

    *looks = header->looks;
    looks->looks = own.looks;
    looks->buckets = own.buckets;
    looks->sources = own.sources;
    memcpy(looks->looks, from->looks, looks->used * sizeof(*from->looks));
    memcpy(looks->buckets, from->look_buckets, PS_PROMISE_BUCKETS * sizeof(*from->look_buckets));
    memcpy(looks->sources, from->sources, PS_PROMISE_SOURCES_MAX * sizeof(*from->sources));
}

/* From here on @p fresh holds the old state and @p predict the loaded one. */
static void swap_state(struct ps_predict *predict, struct ps_predict *fresh)
{
    const struct ps_items items = predict->items;
    const struct ps_promises looks = predict->promises;
    const struct ps_sequels sequels = predict->sequels;

    predict->items = fresh->items;
    predict->promises = fresh->promises;
    predict->sequels = fresh->sequels;
    fresh->items = items;
    fresh->promises = looks;
    fresh->sequels = sequels;
    predict->mind = fresh->mind;
    predict->recent_count = fresh->recent_count;
    predict->fresh_count = fresh->fresh_count;
    memcpy(predict->recent, fresh->recent, sizeof(predict->recent));
    memcpy(predict->fresh, fresh->fresh, sizeof(predict->fresh));
    predict->moment_is_old = true;
    ps_predict_refresh(predict);
}

static int load_aligned(struct ps_predict *predict, struct header *header, size_t size_bytes)
{
    struct ps_predict *fresh;
    struct parts from;
    int rc;

    if (!is_whole(header, size_bytes))
        return -EINVAL;
    from = parts_of(header, (uint8_t *)header);
    rc = ps_predict_create(&fresh, &predict->cfg);
    if (rc != 0)
        return rc;
    fresh->mind = *from.mind;
    if (is_same_size(&fresh->items, &header->items))
        take_items_whole(fresh, header, &from);
    else
        take_items_singly(fresh, header, &from, (uint32_t)(fresh->mind.now_ns / 1000000000ull));
    take_looks(&fresh->promises, header, &from);
    if (ps_sequels_load(&fresh->sequels, from.sequels, header->sequels_bytes) != 0)
        rc = 0; /* other limits: what viewers go on to is learned anew */
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
