/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/predict/tracked_priv.h - the media and resources the predictor remembers, and their state.
 *
 * Both live in pools of fixed size, found by key. When a pool is full the least recently wanted
 * goes first, and what was never wanted goes before that. A media goes with its last resource, a
 * media's resources go with it.
 */
#ifndef PS_HOST_PREDICT_TRACKED_PRIV_H
#define PS_HOST_PREDICT_TRACKED_PRIV_H

#include <stdint.h>

#include "host/plan/prediction.h"
#include "host/plan/resource.h"
#include "host/predict/lru_priv.h"
#include "host/predict/rates_priv.h"

#define PS_TRACKED_NONE PS_LRU_NONE

/* A resource's last answer, kept until something changes or it grows old. */
struct ps_score {
    uint64_t scored_ns; /* 0 never */
    float expected[PS_HORIZON_COUNT];
    float confidence[PS_HORIZON_COUNT];
    uint32_t media_version; /* the media's when this was said */
    enum ps_reason reason;
};

struct ps_tracked_resource {
    struct ps_resource key;
    uint64_t known_ns;
    uint64_t last_start_ns; /* 0 never */
    uint64_t gathered;      /* serial of the last walk that took it as a candidate */
    struct ps_rates rates;
    struct ps_score score;
    uint32_t starts;  /* ever; differences are what labels are made of, so it may wrap */
    uint32_t media;   /* place of its media */
    uint32_t sibling; /* next resource of the media, by rising profile key */
    uint32_t chain;   /* next in the hash bucket */
};

struct ps_tracked_media {
    uint64_t key;
    uint64_t known_ns;
    uint64_t last_start_ns; /* 0 never */
    struct ps_rates rates;
    struct ps_hours hours;
    uint32_t version;  /* rises with every start */
    uint32_t resource; /* first of its resources */
    uint32_t chain;
};

struct ps_tracked {
    struct ps_tracked_resource *resources;
    struct ps_tracked_media *media;
    uint32_t *resource_buckets, *media_buckets;
    uint32_t resource_mask, media_mask; /* bucket counts less one; powers of two */
    uint32_t resource_count, media_count;
    struct ps_lru resource_lru, media_lru;
    uint64_t forgotten; /* resources dropped for want of room */
};

/** @return 0 or -ENOMEM; ps_tracked_fini() copes with half-built. */
int ps_tracked_init(struct ps_tracked *tracked, uint32_t resources_max, uint32_t media_max);
void ps_tracked_fini(struct ps_tracked *tracked);

/** @return The place, or PS_TRACKED_NONE. */
uint32_t ps_tracked_find(const struct ps_tracked *tracked, const struct ps_resource *key);
uint32_t ps_tracked_find_media(const struct ps_tracked *tracked, uint64_t media_key);

/** The place of @p key, taken now if need be; forgets others when there is no room. */
uint32_t ps_tracked_take(struct ps_tracked *tracked, const struct ps_resource *key,
                         uint64_t now_ns);
void ps_tracked_forget(struct ps_tracked *tracked, uint32_t resource_idx);

#endif
