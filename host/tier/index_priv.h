/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/tier/index_priv.h - every segment the tier knows, found by key, counted as it changes.
 *
 * A segment has a slot from the moment it is accepted until nobody needs it: a hidden one (evicted
 * or replaced) keeps its slot while it is pinned, being read or being written. Memory is taken
 * once.
 *
 * Threads: the tier's owner.
 */
#ifndef PS_HOST_TIER_INDEX_PRIV_H
#define PS_HOST_TIER_INDEX_PRIV_H

#include <stdbool.h>
#include <stdint.h>

#include "host/plan/resource.h"
#include "host/tier/list_priv.h"
#include "host/tier/tier.h"

#define PS_TIER_INDEX_MAX (1u << 24)
#define PS_TIER_FREQ_MAX  3u

/* How far the bytes of a segment are on their way to the device. */
enum ps_tier_stage {
    PS_TIER_STAGE_NONE,    /* nothing to write */
    PS_TIER_STAGE_WAITING, /* in a lane's queue */
    PS_TIER_STAGE_STAGED,  /* has a place in a zone; not all of it written */
    PS_TIER_STAGE_WRITTEN, /* on the device, no flush covers it yet */
};

struct ps_tier_place {
    uint32_t zone; /* PS_TIER_NONE: nowhere */
    uint32_t block;
};

struct ps_tier_segment {
    struct ps_segment_key key;
    uint64_t prediction_id;
    uint64_t seq;              /* of its latest record */
    struct ps_tier_place at;   /* where its durable record is */
    struct ps_tier_place next; /* where the record being written will be */
    uint32_t hash_next;
    uint32_t size_bytes;
    uint32_t crc32c;
    uint32_t page; /* PS_TIER_NONE: not in DRAM */
    uint32_t pins;
    uint32_t asked; /* gets that were told to wait for the read */
    float confidence;
    uint8_t class;   /* enum ps_tier_class */
    uint8_t where;   /* enum ps_tier_where; ABSENT: hidden */
    uint8_t stage;   /* enum ps_tier_stage */
    uint8_t queue;   /* the lane it is written through */
    uint8_t freq;    /* uses since it was written, at most PS_TIER_FREQ_MAX */
    bool used;       /* was ever served */
    bool recent;     /* used since DRAM's hand last passed */
    bool handed_out; /* its DRAM run was: see ps_tier_dram_give() */
    bool in_fifo;    /* in DRAM's second-chance queue */
    bool loading;    /* waiting to be read or being read */
    bool keep;       /* to be written again once it is read */
};

/* What a segment's links are for; a segment is in at most one list of each kind. */
enum ps_tier_links {
    PS_TIER_LINKS_ZONE, /* live records of one zone */
    PS_TIER_LINKS_DRAM, /* second-chance queue */
    PS_TIER_LINKS_IO,   /* waiting for, or in the course of, a read or a write */
    PS_TIER_LINKS_COUNT,
};

struct ps_tier_index {
    struct ps_tier_segment *segments;
    struct ps_tier_link *links[PS_TIER_LINKS_COUNT];
    uint32_t *buckets;
    uint32_t bucket_mask;
    uint32_t capacity;
    uint32_t taken; /* slots, hidden segments included */
    uint32_t free_slot;
    uint64_t where_count[PS_TIER_DURABLE + 1];
    uint64_t class_bytes[PS_TIER_CLASS_COUNT];
    uint64_t unused_bytes;
};

/** @param index Zeroed. @return 0 or -ENOMEM; needs fini in any case. */
int ps_tier_index_init(struct ps_tier_index *index, uint32_t capacity);
void ps_tier_index_fini(struct ps_tier_index *index);

/** The slot of @p key, or PS_TIER_NONE. */
uint32_t ps_tier_index_find(const struct ps_tier_index *index, const struct ps_segment_key *key);

/**
 * Enter a segment; an equal key must not be there.
 * @param from Key, class, where, size and so on; copied.
 * @return its slot, or PS_TIER_NONE when the index is full.
 */
uint32_t ps_tier_index_add(struct ps_tier_index *index, const struct ps_tier_segment *from);

/** Take out of sight and out of the counts; the slot stays until ps_tier_index_free(). */
void ps_tier_index_hide(struct ps_tier_index *index, uint32_t slot);
void ps_tier_index_free(struct ps_tier_index *index, uint32_t slot);

/* Changes that the counts follow. */
void ps_tier_index_set_where(struct ps_tier_index *index, uint32_t slot, enum ps_tier_where where);
void ps_tier_index_set_class(struct ps_tier_index *index, uint32_t slot, enum ps_tier_class class);
void ps_tier_index_set_used(struct ps_tier_index *index, uint32_t slot);

#endif
