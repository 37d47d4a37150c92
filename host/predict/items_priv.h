/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/predict/items_priv.h - the media and resources that are remembered, and what of each.
 *
 * An item is a media or a resource. A media that was wanted in one profile only is its own
 * resource, which is most of them; from the second profile on each wanted profile has an item, in
 * its media's family. 60 bytes each, with the place in the hash table.
 *
 * When there is no room, of a few picked by chance the one goes that is worth least: what was never
 * wanted first, then what is wanted least. A media goes with its family. Known is not wanted: what
 * was told of but not asked for has last_s 0.
 *
 * Tenants share the places by weight: one that has no more than its part loses none of it to
 * another, and what a tenant leaves free is lent to whoever wants it, until it wants it itself.
 */
#ifndef PS_HOST_PREDICT_ITEMS_PRIV_H
#define PS_HOST_PREDICT_ITEMS_PRIV_H

#include <stdbool.h>
#include <stdint.h>

#include "host/predict/counts_priv.h"
#include "host/predict/predict.h"

#define PS_ITEM_NONE        0u    /* places are from 1 */
#define PS_ITEM_ANY_PROFILE 0xffu /* of a media: wanted in several profiles, or in none yet */
#define PS_ITEM_RESOURCE    0xffu /* as category */
#define PS_ITEM_SAMPLE      8u    /* places looked at for one to give up, */
#define PS_ITEM_SEARCH      64u   /* or more until there is one that may go */
#define PS_ITEM_LATEST      16u   /* of each tenant, where chance finds nothing of it */

struct ps_item {
    uint64_t key; /* media: its key; resource: place of its media */
    struct ps_counts counts;
    uint32_t last_s;        /* last start; 0 never */
    uint32_t born_s;        /* came into being, or was first told of */
    uint32_t family_tenant; /* 24 bits: media: first of its resources; resource: the next one; or
                               NONE. Above, of a media: whose it is */
    uint32_t chain;         /* next in the hash bucket */
    uint16_t starts;        /* ever, modulo 65536: differences are what labels are made of */
    uint8_t category;       /* of a media; RESOURCE marks the others */
    uint8_t profile;        /* media: the only one, or ANY; resource: its profile */
};
_Static_assert(sizeof(struct ps_item) == 56, "with its bucket, 60 bytes a media");

#define PS_ITEM_FAMILY_BITS 24u
_Static_assert(PS_PREDICT_TENANTS_MAX <= 1u << (32 - PS_ITEM_FAMILY_BITS), "8 bits");
_Static_assert(2 * PS_PREDICT_RESOURCES_MAX < 1u << PS_ITEM_FAMILY_BITS, "places have 24 bits");

/* What a tenant has and may have. */
struct ps_items_tenant {
    uint32_t places, media;
    uint32_t places_part, media_part; /* nobody else's as long as it wants them */
    uint32_t latest_count;
    uint32_t latest[PS_ITEM_LATEST]; /* its media, newest last; they may have gone */
};

struct ps_items {
    struct ps_item *items; /* from 1; capacity of them */
    uint32_t *buckets;
    uint32_t mask; /* buckets less one; a power of two */
    uint32_t capacity;
    uint32_t used; /* places ever taken; those beyond were never touched */
    uint32_t free; /* first of the places given back */
    uint32_t media_count, resource_count;
    uint32_t media_max;
    uint64_t forgotten;
    uint64_t random;
    uint32_t tenant_count;
    struct ps_items_tenant tenants[PS_PREDICT_TENANTS_MAX];
};

/** There is room for one media in every profile at least. One tenant; see ps_items_share().
 * @return 0 or -ENOMEM; ps_items_fini() copes with half-built. */
int ps_items_init(struct ps_items *items, uint32_t media_max, uint32_t resources_max);
/** Before anything is in it: divide it among 1..PS_PREDICT_TENANTS_MAX tenants.
 * @param parts  Of the whole; they add up to 1. */
void ps_items_share(struct ps_items *items, const double *parts, uint32_t tenant_count);
/** A media is another tenant's from now on. */
void ps_items_move(struct ps_items *items, uint32_t media, uint32_t tenant);
void ps_items_fini(struct ps_items *items);

/** It will be asked for soon; each step is of use some time after the one before. */
void ps_items_prefetch_bucket(const struct ps_items *items, uint64_t media_key);
void ps_items_prefetch_first(const struct ps_items *items, uint64_t media_key);
void ps_items_prefetch_second(const struct ps_items *items, uint64_t media_key);

/** @return The place, or PS_ITEM_NONE. */
uint32_t ps_items_find_media(const struct ps_items *items, uint64_t media_key);
/** The resource's own item: PS_ITEM_NONE when its media has none for @p profile. */
uint32_t ps_items_find(const struct ps_items *items, uint32_t media, uint8_t profile);

/** The media's place, taken now for @p tenant if need be; forgets others when there is no room. */
uint32_t ps_items_take_media(struct ps_items *items, uint64_t media_key, uint32_t tenant,
                             uint32_t now_s);
/** The place that counts starts of @p profile of a media; the media's own as long as it is alone.
 */
uint32_t ps_items_take(struct ps_items *items, uint32_t media, uint8_t profile, uint32_t now_s);

static inline uint32_t ps_item_family(const struct ps_item *item)
{
    return item->family_tenant & ((1u << PS_ITEM_FAMILY_BITS) - 1);
}

/** Whose a media is. */
static inline uint32_t ps_item_tenant(const struct ps_item *media)
{
    return media->family_tenant >> PS_ITEM_FAMILY_BITS;
}

/** The media an item belongs to, or is. */
static inline uint32_t ps_items_media_of(const struct ps_items *items, uint32_t idx)
{
    const struct ps_item *item = &items->items[idx];

    return item->category == PS_ITEM_RESOURCE ? (uint32_t)item->key : idx;
}

#endif
