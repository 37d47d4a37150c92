/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/predict/save.c - the whole model as bytes: a header, then each part as it is in memory.
 *
 * Little endian and of this build's structs: a state file stays on its machine, and a build whose
 * structs differ has another version. A predictor of the same limits takes every part as it was;
 * one of other limits takes the media over one by one, and finds out anew which were wanted last.
 * Tenants are known again by their keys; whose a media is, is asked again.
 */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/assert.h"
#include "host/base/hash.h"
#include "host/base/mem.h"
#include "host/predict/predict_priv.h"

#define MAGIC   0x44455250455250ull /* "PREPRED" */
#define VERSION 7u

_Static_assert(sizeof(struct ps_item) == 56, "raise VERSION when the saved form changes");
_Static_assert(sizeof(struct ps_promise) == 40, "raise VERSION likewise");
_Static_assert(sizeof(struct ps_promise_title) == 32, "raise VERSION likewise");
_Static_assert(sizeof(struct ps_trust_source) == 32, "raise VERSION likewise");
_Static_assert(PS_FEATURE_COUNT == 30, "raise VERSION likewise");

struct header {
    uint64_t magic;
    uint32_t version;
    uint32_t crc32c; /* of everything after this field */
    uint64_t size_bytes;
    uint64_t mind_bytes, tenant_mind_bytes;
    uint64_t tenant_count;
    struct saved_tenant {
        uint64_t key, sequels_bytes;
        uint64_t recent_size, recent_count, fresh_count;
    } tenants[PS_PREDICT_TENANTS_MAX];
    struct ps_items items;    /* pointers within mean nothing */
    struct ps_promises looks; /* likewise */
};

/* The parts in their order; what is copied is the same whether they are saved or loaded. */
struct parts {
    struct ps_predict_mind *mind;
    struct ps_tenant_mind *tenant_minds;
    struct ps_item *items; /* from 1 */
    uint32_t *item_buckets;
    uint32_t *recent[PS_PREDICT_TENANTS_MAX], *fresh[PS_PREDICT_TENANTS_MAX];
    struct ps_promise *looks;        /* from 1 */
    struct ps_promise_title *titles; /* from 1 */
    uint32_t *look_buckets;
    struct ps_trust_source *sources;
    uint8_t *sequels[PS_PREDICT_TENANTS_MAX];
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
    parts.tenant_minds = part(&at, header->tenant_count * sizeof(struct ps_tenant_mind));
    parts.items = part(&at, header->items.used * sizeof(struct ps_item));
    parts.item_buckets = part(&at, ((uint64_t)header->items.mask + 1) * sizeof(uint32_t));
    parts.looks = part(&at, header->looks.used * sizeof(struct ps_promise));
    parts.titles = part(&at, header->looks.titles_used * sizeof(struct ps_promise_title));
    parts.look_buckets = part(&at, PS_PROMISE_BUCKETS * sizeof(uint32_t));
    parts.sources = part(&at, PS_TRUST_SOURCES_MAX * sizeof(struct ps_trust_source));
    for (uint32_t t = 0; t < header->tenant_count; t++) {
        parts.recent[t] = part(&at, header->tenants[t].recent_size * sizeof(uint32_t));
        parts.fresh[t] = part(&at, PS_CANDIDATES_NEW * sizeof(uint32_t));
        parts.sequels[t] = part(&at, header->tenants[t].sequels_bytes);
    }
    parts.end = at;
    return parts;
}

static uint32_t checksum(const struct header *header)
{
    const size_t from = offsetof(struct header, size_bytes);

    return ps_crc32c(0, (const uint8_t *)header + from, header->size_bytes - from);
}

static struct saved_tenant describe_tenant(const struct ps_predict_tenant *tenant)
{
    return (struct saved_tenant){
        .key = tenant->key,
        .sequels_bytes = ps_sequels_size(&tenant->sequels),
        .recent_size = tenant->recent.size,
        .recent_count = tenant->recent.count,
        .fresh_count = tenant->fresh.count,
    };
}

static void save_tenants(const struct ps_predict *predict, const struct parts *to)
{
    memcpy(to->tenant_minds, predict->tenant_minds,
           predict->tenant_count * sizeof(*to->tenant_minds));
    for (uint32_t t = 0; t < predict->tenant_count; t++) {
        const struct ps_predict_tenant *tenant = &predict->tenants[t];

        memcpy(to->recent[t], tenant->recent.media, tenant->recent.size * sizeof(uint32_t));
        memcpy(to->fresh[t], tenant->fresh.media, tenant->fresh.size * sizeof(uint32_t));
        ps_sequels_save(&tenant->sequels, to->sequels[t]);
    }
}

int ps_predict_save(const struct ps_predict *predict, void **ret_data, size_t *ret_size_bytes)
{
    struct header sizes = { .magic = MAGIC,
                            .version = VERSION,
                            .mind_bytes = sizeof(struct ps_predict_mind),
                            .tenant_mind_bytes = sizeof(struct ps_tenant_mind),
                            .tenant_count = predict->tenant_count,
                            .items = predict->items,
                            .looks = predict->promises };
    struct header *header;
    struct parts to;

    sizes.items.items = NULL;
    sizes.items.buckets = NULL;
    sizes.looks.looks = NULL;
    sizes.looks.titles = NULL;
    sizes.looks.buckets = NULL;
    sizes.looks.trust.sources = NULL;
    for (uint32_t t = 0; t < predict->tenant_count; t++)
        sizes.tenants[t] = describe_tenant(&predict->tenants[t]);
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
    memcpy(to.looks, predict->promises.looks, sizes.looks.used * sizeof(*to.looks));
    memcpy(to.titles, predict->promises.titles, sizes.looks.titles_used * sizeof(*to.titles));
    memcpy(to.look_buckets, predict->promises.buckets,
           PS_PROMISE_BUCKETS * sizeof(*to.look_buckets));
    memcpy(to.sources, predict->promises.trust.sources, PS_TRUST_SOURCES_MAX * sizeof(*to.sources));
    save_tenants(predict, &to);
    header->crc32c = checksum(header);
    *ret_data = header;
    *ret_size_bytes = sizes.size_bytes;
    return 0;
}

static bool has_whole_tenants(const struct header *header, size_t size_bytes)
{
    if (header->tenant_mind_bytes != sizeof(struct ps_tenant_mind) || header->tenant_count == 0 ||
        header->tenant_count > PS_PREDICT_TENANTS_MAX)
        return false;
    for (uint32_t t = 0; t < header->tenant_count; t++)
        if (header->tenants[t].sequels_bytes > size_bytes ||
            header->tenants[t].recent_size > PS_RECENT_MAX)
            return false;
    return true;
}

static bool is_whole(const struct header *header, size_t size_bytes)
{
    return size_bytes >= sizeof(*header) && header->magic == MAGIC && header->version == VERSION &&
           header->size_bytes == size_bytes &&
           header->mind_bytes == sizeof(struct ps_predict_mind) &&
           header->items.used <= 2 * PS_PREDICT_RESOURCES_MAX + 1 &&
           header->items.mask < 2 * PS_PREDICT_RESOURCES_MAX &&
           header->looks.used <= PS_PROMISES_MAX + 1 &&
           header->looks.titles_used <= PS_PROMISES_MAX + 1 &&
           has_whole_tenants(header, size_bytes) &&
           (uint64_t)(parts_of(header, NULL).end - (uint8_t *)NULL) == size_bytes &&
           header->crc32c == checksum(header);
}

/* Whether @p fresh is divided as what was saved, so that places and parts mean the same. */
static bool is_alike(const struct ps_predict *fresh, const struct header *header)
{
    const struct ps_items *a = &fresh->items, *b = &header->items;

    if (a->capacity != b->capacity || a->media_max != b->media_max || a->mask != b->mask ||
        fresh->tenant_count != header->tenant_count || b->tenant_count != header->tenant_count)
        return false;
    for (uint32_t t = 0; t < fresh->tenant_count; t++)
        if (fresh->tenants[t].key != header->tenants[t].key ||
            fresh->tenants[t].recent.size != header->tenants[t].recent_size ||
            a->tenants[t].places_part != b->tenants[t].places_part ||
            a->tenants[t].media_part != b->tenants[t].media_part)
            return false;
    return true;
}

/* Number of the saved tenant with @p key; as many as there are: none. */
static uint32_t saved_tenant(const struct header *header, uint64_t key)
{
    uint32_t t = 0;

    while (t < header->tenant_count && header->tenants[t].key != key)
        t++;
    return t;
}

/* The tenant that a saved media belongs to by now. */
static uint32_t owner_of(const struct ps_predict *fresh, const struct header *header,
                         const struct ps_item *saved)
{
    const uint32_t was = ps_item_tenant(saved);
    struct ps_media_facts facts = { .tenant = 0 };

    if (fresh->cfg.facts != NULL)
        fresh->cfg.facts(fresh->cfg.arg, saved->key, &facts);
    else if (was < header->tenant_count)
        for (uint32_t t = 0; t < fresh->tenant_count; t++)
            if (fresh->tenants[t].key == header->tenants[was].key)
                facts.tenant = t;
    ps_assert(facts.tenant < fresh->tenant_count);
    return facts.tenant;
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
    for (uint32_t t = 0; t < fresh->tenant_count; t++) {
        struct ps_predict_tenant *tenant = &fresh->tenants[t];

        memcpy(tenant->recent.media, from->recent[t], tenant->recent.size * sizeof(uint32_t));
        memcpy(tenant->fresh.media, from->fresh[t], tenant->fresh.size * sizeof(uint32_t));
        tenant->recent.count = header->tenants[t].recent_count;
        tenant->fresh.count = header->tenants[t].fresh_count;
    }
    for (uint32_t i = 1; fresh->tenant_count > 1 && i < fresh->items.used; i++)
        if (items[i].category != PS_ITEM_RESOURCE) {
            const uint32_t owner = owner_of(fresh, header, &items[i]);

            if (owner != ps_item_tenant(&items[i]))
                ps_items_move(&fresh->items, i, owner);
        }
}

/* What was learned of each tenant that there is again; numbers of profiles are everybody's. */
static void take_tenants(struct ps_predict *fresh, const struct header *header,
                         const struct parts *from)
{
    for (uint32_t t = 0; t < fresh->tenant_count; t++) {
        struct ps_tenant_mind *mind = &fresh->tenant_minds[t];
        const struct ps_overall *profiles = &from->tenant_minds[0].overall;
        const uint32_t was = saved_tenant(header, fresh->tenants[t].key);

        if (was < header->tenant_count) {
            *mind = from->tenant_minds[was];
            /* When limits are others: what viewers go on to is learned anew. */
            (void)ps_sequels_load(&fresh->tenants[t].sequels, from->sequels[was],
                                  header->tenants[was].sequels_bytes);
        }
        for (uint32_t p = 0; p < profiles->profile_count && p < PS_PROFILES_MAX; p++)
            ps_overall_profile(&mind->overall, profiles->profile_keys[p]);
    }
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
        media =
            ps_items_take_media(&fresh->items, saved->key, owner_of(fresh, header, saved), now_s);
        take_counts(&fresh->items.items[media], saved);
        fresh->items.items[media].category = saved->category;
        fresh->items.items[media].profile = saved->profile;
        for (uint32_t k = ps_item_family(saved); k != PS_ITEM_NONE && k < header->items.used;
             k = ps_item_family(&from->items[k])) {
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
    looks->titles = own.titles;
    looks->buckets = own.buckets;
    looks->trust.sources = own.trust.sources;
    looks->trust.is_blind = own.trust.is_blind;
    memcpy(looks->looks, from->looks, looks->used * sizeof(*from->looks));
    memcpy(looks->titles, from->titles, looks->titles_used * sizeof(*from->titles));
    memcpy(looks->buckets, from->look_buckets, PS_PROMISE_BUCKETS * sizeof(*from->look_buckets));
    memcpy(looks->trust.sources, from->sources, PS_TRUST_SOURCES_MAX * sizeof(*from->sources));
}

/* From here on @p fresh holds the old state and @p predict the loaded one. */
static void swap_state(struct ps_predict *predict, struct ps_predict *fresh)
{
    const struct ps_items items = predict->items;
    const struct ps_promises looks = predict->promises;
    struct ps_tenant_mind *minds = predict->tenant_minds;
    struct ps_predict_tenant *tenants = predict->tenants;

    predict->items = fresh->items;
    predict->promises = fresh->promises;
    predict->tenant_minds = fresh->tenant_minds;
    predict->tenants = fresh->tenants;
    predict->tenant = &predict->tenants[0];
    fresh->items = items;
    fresh->promises = looks;
    fresh->tenant_minds = minds;
    fresh->tenants = tenants;
    predict->mind = fresh->mind;
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
    take_tenants(fresh, header, &from);
    if (is_alike(fresh, header))
        take_items_whole(fresh, header, &from);
    else
        take_items_singly(fresh, header, &from, (uint32_t)(fresh->mind.now_ns / 1000000000ull));
    take_looks(&fresh->promises, header, &from);
    swap_state(predict, fresh);
    ps_predict_destroy(fresh);
    return 0;
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
