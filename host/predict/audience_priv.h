/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/predict/audience_priv.h - which peer classes ask for a media: shares by region and device.
 *
 * Each title that was asked for more than once, and often enough, has a sketch: its starts, and
 * those of the PS_AUDIENCE_SLOTS classes that ask for it most. Its shares lean on its category's,
 * and those on everybody's; all of these change over days. What is usual at this hour is told apart
 * by counts of an hour: a title that one region likes is wanted there even while that region
 * sleeps, only less. So a class's share is its share of the title's starts, times how much more
 * than usual the class asks for just now.
 *
 * Counts fade by half in PS_AUDIENCE_HALF_S (lately: in PS_AUDIENCE_LATELY_S): what is added grows
 * instead, so that nothing has to be touched but what is added to.
 *
 * Of fixed size: 72 bytes a title and 256 for each of 64 categories, 304 KiB in all. Of
 * eight titles where a hash points the one that is asked for least gives way to who is asked for
 * more; PS_AUDIENCE_CLASSES
 * classes are told apart, the first of which is all others.
 *
 * Threads: one at a time per predictor.
 */
#ifndef PS_HOST_PREDICT_AUDIENCE_PRIV_H
#define PS_HOST_PREDICT_AUDIENCE_PRIV_H

#include <stdbool.h>
#include <stdint.h>

#include "host/plan/demand.h"
#include "host/predict/overall_priv.h"
#include "host/predict/predict.h"

#define PS_AUDIENCE_TITLES   4096u
#define PS_AUDIENCE_SET      8u
#define PS_AUDIENCE_SLOTS    12u
#define PS_AUDIENCE_CLASSES  PS_PREDICT_CLASSES_MAX
#define PS_AUDIENCE_OTHERS   0u
#define PS_AUDIENCE_TABLE    256u
#define PS_AUDIENCE_HALF_S   43200u
#define PS_AUDIENCE_LATELY_S 3600u

/* Where a hash points. */
struct ps_audience_set {
    uint64_t keys[PS_AUDIENCE_SET]; /* 0: free */
    float counts[PS_AUDIENCE_SET];  /* starts of each */
};

struct ps_audience_title {
    float of[PS_AUDIENCE_SLOTS];
    uint8_t class_idx[PS_AUDIENCE_SLOTS]; /* of slots with a count */
};
_Static_assert(sizeof(struct ps_audience_title) == 60, "saved as it is");

struct ps_audience_sums {
    float of[PS_AUDIENCE_CLASSES];
};

struct ps_audience_class {
    uint16_t region;
    uint8_t device;
};

struct ps_audience {
    struct ps_audience_set sets[PS_AUDIENCE_TITLES / PS_AUDIENCE_SET];
    struct ps_audience_title titles[PS_AUDIENCE_TITLES];
    struct ps_audience_sums category[PS_CATEGORIES];
    struct ps_audience_sums usual, lately;
    struct ps_audience_class classes[PS_AUDIENCE_CLASSES];
    uint8_t table[PS_AUDIENCE_TABLE]; /* open hash of classes' numbers; 0 is empty */
    uint32_t class_count;             /* with the others */
    uint32_t now_s;                   /* that the weights are of; 0: nothing was added yet */
    uint32_t since_s, lately_since_s;
    uint32_t random;
    uint32_t replaced_s;         /* when a class last gave its number to another */
    float weight, lately_weight; /* of one start now */
};

/**
 * Somebody of a class started a media.
 * @param known  Starts of the media lately: it takes another one's place if that had fewer, and
 *               there must be more than this one. Its category counts it in any case.
 */
void ps_audience_add(struct ps_audience *audience, uint64_t media_key, uint8_t category,
                     const struct ps_peer_class *peer, float starts, float known, uint32_t now_s);

/** It will be added to soon. */
void ps_audience_prefetch(const struct ps_audience *audience, uint64_t media_key);

/* A title's classes. */
struct ps_audience_shares {
    float of[PS_AUDIENCE_CLASSES]; /* sum to 1 */
    float weight;                  /* starts that they rest upon */
};
/* What all titles have in common at one moment. */
struct ps_audience_moment {
    const struct ps_audience *audience;
    float usual[PS_AUDIENCE_CLASSES];
    float tilt[PS_AUDIENCE_CLASSES]; /* how much more than usual they ask for just now */
    float category[PS_CATEGORIES][PS_AUDIENCE_CLASSES];
    bool has_category[PS_CATEGORIES];
};
/** Until the audience is added to. */
void ps_audience_begin(const struct ps_audience *audience, struct ps_audience_moment *ret_moment);
/** @return How many classes there are; 0: nobody came yet. */
uint32_t ps_audience_read(struct ps_audience_moment *moment, uint64_t media_key, uint8_t category,
                          struct ps_audience_shares *ret_shares);

/** Variance of a share, over its square. */
double ps_audience_doubt(double share, double weight);

#endif
