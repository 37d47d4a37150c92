/* SPDX-License-Identifier: BSD-3-Clause */
/* host/predict/items.c - see items_priv.h. */
#include "host/predict/items_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "host/base/assert.h"
#include "host/base/mem.h"
#include "host/plan/resource.h"

/* A start touches a few places anywhere in the tables; their pages are many. Only a wish. */
static void ask_for_huge_pages(void *begin, size_t size_bytes)
{
    const uintptr_t huge = 2u << 20, from = ((uintptr_t)begin + huge - 1) / huge * huge;
    const uintptr_t to = ((uintptr_t)begin + size_bytes) / huge * huge;

    if (from < to)
        madvise((void *)from, to - from, MADV_HUGEPAGE);
}

int ps_items_init(struct ps_items *items, uint32_t media_max, uint32_t resources_max)
{
    /* A media spares itself when it makes room for its family: that must leave somebody else. */
    const uint32_t capacity =
        media_max + (resources_max > PS_PROFILES_MAX ? resources_max : PS_PROFILES_MAX);
    uint32_t buckets = 16;

    while (buckets < media_max)
        buckets *= 2;
    *items = (struct ps_items){ .mask = buckets - 1,
                                .capacity = capacity,
                                .media_max = media_max,
                                .used = 1,
                                .random = 0x9e3779b97f4a7c15ull };
    ps_items_share(items, &(const double){ 1.0 }, 1);
    items->items = ps_zalloc(capacity + 1, sizeof(*items->items));
    items->buckets = ps_zalloc(buckets, sizeof(*items->buckets));
    if (items->items == NULL || items->buckets == NULL)
        return -ENOMEM;
    ask_for_huge_pages(items->items, (size_t)capacity * sizeof(*items->items));
    ask_for_huge_pages(items->buckets, (size_t)buckets * sizeof(*items->buckets));
    return 0;
}

void ps_items_share(struct ps_items *items, const double *parts, uint32_t tenant_count)
{
    ps_assert(tenant_count >= 1 && tenant_count <= PS_PREDICT_TENANTS_MAX);
    ps_assert(items->used == 1);
    items->tenant_count = tenant_count;
    for (uint32_t t = 0; t < tenant_count; t++)
        items->tenants[t] = (struct ps_items_tenant){
            .places_part = (uint32_t)((double)items->capacity * parts[t]),
            .media_part = (uint32_t)((double)items->media_max * parts[t]),
        };
}

void ps_items_fini(struct ps_items *items)
{
    free(items->buckets);
    free(items->items);
}

/* Keys are hashes already, but may come from anyone: mix, so that no low bits decide alone. */
static uint32_t *bucket_of(const struct ps_items *items, uint64_t media_key)
{
    const uint64_t h = (media_key ^ media_key >> 29) * 0x9e3779b97f4a7c15ull;

    return &items->buckets[(uint32_t)(h >> 32) & items->mask];
}

void ps_items_prefetch_bucket(const struct ps_items *items, uint64_t media_key)
{
    __builtin_prefetch(bucket_of(items, media_key), 1);
}

static void prefetch(const struct ps_item *item)
{
    __builtin_prefetch(item, 1);
    __builtin_prefetch(&item->profile, 1); /* half of the items lie across two lines */
}

void ps_items_prefetch_first(const struct ps_items *items, uint64_t media_key)
{
    prefetch(&items->items[*bucket_of(items, media_key)]);
}

void ps_items_prefetch_second(const struct ps_items *items, uint64_t media_key)
{
    const struct ps_item *first = &items->items[*bucket_of(items, media_key)];

    if (first->key != media_key)
        prefetch(&items->items[first->chain]);
}

uint32_t ps_items_find_media(const struct ps_items *items, uint64_t media_key)
{
    uint32_t idx = *bucket_of(items, media_key);

    while (idx != PS_ITEM_NONE && items->items[idx].key != media_key)
        idx = items->items[idx].chain;
    return idx;
}

uint32_t ps_items_find(const struct ps_items *items, uint32_t media, uint8_t profile)
{
    uint32_t idx;

    if (items->items[media].profile == profile)
        return media;
    for (idx = ps_item_family(&items->items[media]); idx != PS_ITEM_NONE;
         idx = ps_item_family(&items->items[idx]))
        if (items->items[idx].profile == profile)
            break;
    return idx;
}

static void set_family(struct ps_item *item, uint32_t idx)
{
    item->family_tenant += idx - ps_item_family(item);
}

static void give_back(struct ps_items *items, uint32_t tenant, uint32_t idx)
{
    items->tenants[tenant].places--;
    items->items[idx] = (struct ps_item){ .chain = items->free, .category = PS_ITEM_RESOURCE };
    items->free = idx;
}

static void forget_media(struct ps_items *items, uint32_t media)
{
    const uint32_t tenant = ps_item_tenant(&items->items[media]);
    uint32_t *at = bucket_of(items, items->items[media].key);

    for (uint32_t idx = ps_item_family(&items->items[media]), next; idx != PS_ITEM_NONE;
         idx = next) {
        next = ps_item_family(&items->items[idx]);
        give_back(items, tenant, idx);
        items->resource_count--;
    }
    while (*at != media)
        at = &items->items[*at].chain;
    *at = items->items[media].chain;
    give_back(items, tenant, media);
    items->tenants[tenant].media--;
    items->media_count--;
}

void ps_items_move(struct ps_items *items, uint32_t media, uint32_t tenant)
{
    struct ps_item *item = &items->items[media];
    struct ps_items_tenant *from = &items->tenants[ps_item_tenant(item)];
    struct ps_items_tenant *to = &items->tenants[tenant];
    uint32_t places = 1;

    for (uint32_t idx = ps_item_family(item); idx != PS_ITEM_NONE;
         idx = ps_item_family(&items->items[idx]))
        places++;
    from->places -= places;
    from->media--;
    to->places += places;
    to->media++;
    item->family_tenant = ps_item_family(item) | tenant << PS_ITEM_FAMILY_BITS;
}

static bool has_more_than_its_part(const struct ps_items_tenant *tenant)
{
    return tenant->places > tenant->places_part || tenant->media > tenant->media_part;
}

/* Whether @p victim may lose a media so that @p tenant gets a place. */
static bool may_lose(const struct ps_items *items, uint32_t victim, uint32_t tenant)
{
    const struct ps_items_tenant *own = &items->tenants[tenant];

    if (victim != tenant)
        return has_more_than_its_part(&items->tenants[victim]);
    /* Who is below its part gets its place from those above theirs. */
    return own->places >= own->places_part || own->media >= own->media_part;
}

static float worth_of(const struct ps_item *item, uint32_t now_s)
{
    if (item->last_s == 0)
        return -1.0f;
    return item->counts.count[PS_SPAN_4H] *
           ps_exp2f(-(float)(now_s - item->last_s) * ps_per_span_s[PS_SPAN_4H]);
}

/* Of those looked at, the media that is worth least. */
struct worst {
    uint32_t media;
    float worth;
};

static void look_at(const struct ps_items *items, uint32_t media, uint32_t now_s,
                    struct worst *worst)
{
    const float worth = worth_of(&items->items[media], now_s);

    if (worst->media == PS_ITEM_NONE || worth < worst->worth)
        *worst = (struct worst){ media, worth };
}

/* Where a share is small, chance may find none of it. */
static void look_at_latest(const struct ps_items *items, uint32_t spared, uint32_t tenant,
                           uint32_t now_s, struct worst *worst)
{
    for (uint32_t i = 0; i < PS_ITEM_LATEST; i++) {
        const uint32_t media = items->tenants[tenant].latest[i];
        const struct ps_item *item = &items->items[media];

        if (media != PS_ITEM_NONE && media != spared && item->category != PS_ITEM_RESOURCE &&
            ps_item_tenant(item) == tenant)
            look_at(items, media, now_s, worst);
    }
}

/* A few places by chance; in them the media that is worth least of those that may go. */
static void make_room(struct ps_items *items, uint32_t spared, uint32_t tenant, uint32_t now_s)
{
    const bool shared = items->tenant_count > 1;
    struct worst worst = { 0 }, any = { 0 };

    for (uint32_t looked = 0; looked < PS_ITEM_SAMPLE || worst.media == PS_ITEM_NONE; looked++) {
        if (shared && looked >= PS_ITEM_SEARCH && any.media != PS_ITEM_NONE)
            break;
        items->random = items->random * 6364136223846793005ull + 1442695040888963407ull;
        uint32_t idx = 1 + (uint32_t)((items->random >> 32) * (items->used - 1) >> 32);
        if (items->items[idx].category == PS_ITEM_RESOURCE && items->items[idx].key == 0)
            continue; /* given back */
        idx = ps_items_media_of(items, idx);
        if (idx == spared)
            continue;
        look_at(items, idx, now_s, &any);
        if (!shared || may_lose(items, ps_item_tenant(&items->items[idx]), tenant))
            look_at(items, idx, now_s, &worst);
    }
    if (worst.media == PS_ITEM_NONE)
        look_at_latest(items, spared, tenant, now_s, &worst);
    items->forgotten++;
    forget_media(items, worst.media != PS_ITEM_NONE ? worst.media : any.media);
}

static uint32_t take_place(struct ps_items *items, uint32_t spared, uint32_t tenant, uint32_t now_s)
{
    uint32_t idx;

    while (items->free == PS_ITEM_NONE && items->used > items->capacity)
        make_room(items, spared, tenant, now_s);
    items->tenants[tenant].places++;
    if (items->free == PS_ITEM_NONE)
        return items->used++;
    idx = items->free;
    items->free = items->items[idx].chain;
    return idx;
}

uint32_t ps_items_take_media(struct ps_items *items, uint64_t media_key, uint32_t tenant,
                             uint32_t now_s)
{
    struct ps_items_tenant *own = &items->tenants[tenant];
    uint32_t idx = ps_items_find_media(items, media_key);
    uint32_t *bucket = bucket_of(items, media_key);

    ps_assert(tenant < items->tenant_count);
    if (idx != PS_ITEM_NONE)
        return idx;
    while (items->media_count >= items->media_max)
        make_room(items, PS_ITEM_NONE, tenant, now_s);
    idx = take_place(items, PS_ITEM_NONE, tenant, now_s);
    items->items[idx] = (struct ps_item){ .key = media_key,
                                          .born_s = now_s,
                                          .family_tenant = tenant << PS_ITEM_FAMILY_BITS,
                                          .chain = *bucket,
                                          .profile = PS_ITEM_ANY_PROFILE };
    *bucket = idx;
    items->media_count++;
    own->media++;
    own->latest[own->latest_count++ % PS_ITEM_LATEST] = idx;
    return idx;
}

static uint32_t add_resource(struct ps_items *items, uint32_t media, uint8_t profile,
                             uint32_t now_s)
{
    const uint32_t idx = take_place(items, media, ps_item_tenant(&items->items[media]), now_s);

    items->items[idx] = (struct ps_item){ .key = media,
                                          .born_s = now_s,
                                          .family_tenant = ps_item_family(&items->items[media]),
                                          .category = PS_ITEM_RESOURCE,
                                          .profile = profile };
    set_family(&items->items[media], idx);
    items->resource_count++;
    return idx;
}

/* From the second profile on, the first has its own item too, with all that was counted. */
static void part(struct ps_items *items, uint32_t media, uint32_t now_s)
{
    const uint32_t first = add_resource(items, media, items->items[media].profile, now_s);
    struct ps_item *item = &items->items[first];

    item->counts = items->items[media].counts;
    item->last_s = items->items[media].last_s;
    item->born_s = items->items[media].born_s;
    item->starts = items->items[media].starts;
    items->items[media].profile = PS_ITEM_ANY_PROFILE;
}

uint32_t ps_items_take(struct ps_items *items, uint32_t media, uint8_t profile, uint32_t now_s)
{
    struct ps_item *item = &items->items[media];
    uint32_t idx = ps_items_find(items, media, profile);

    if (idx != PS_ITEM_NONE)
        return idx;
    if (item->last_s == 0 && ps_item_family(item) == PS_ITEM_NONE) {
        item->profile = profile; /* the first start of all */
        return media;
    }
    if (item->profile != PS_ITEM_ANY_PROFILE)
        part(items, media, now_s);
    return add_resource(items, media, profile, now_s);
}
