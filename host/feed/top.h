/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/feed/top.h - what was asked for most in the last minute, in bounded memory.
 *
 * Why: anyone can ask for invented titles, so not all can be kept. Keys share sets of a few places;
 * a newcomer takes the place of the least in its set. So the largest are right as long as they are
 * not all in one set, and small ones may be understated. A minute is twelve parts of 5 s; the
 * oldest is forgotten whole.
 *
 * Threads: one at a time. Time comes in and must not step back.
 */
#ifndef PS_HOST_FEED_TOP_H
#define PS_HOST_FEED_TOP_H

#include <stdint.h>

#define PS_TOP_PARTS          12u
#define PS_TOP_PART_NS        5000000000ull
#define PS_TOP_NAME_BYTES_MAX 128u

struct ps_top_entry {
    uint64_t key;
    uint64_t part; /* the last one that was counted in */
    uint32_t counts[PS_TOP_PARTS];
    uint32_t name_bytes; /* 0: free, or not known (yet) */
    char name[PS_TOP_NAME_BYTES_MAX];
};

struct ps_top {
    struct ps_top_entry *entries;
    uint32_t capacity;
};

/* One of the best. */
struct ps_top_item {
    const struct ps_top_entry *entry;
    uint64_t count;
};

/** @param capacity  A power of two, 8 or more. @return 0 or -ENOMEM. */
int ps_top_init(struct ps_top *top, uint32_t capacity);
void ps_top_fini(struct ps_top *top);
void ps_top_clear(struct ps_top *top);

/** @param count  More than 0. @return Where it is counted, so that it can be given a name; never
 * NULL. */
struct ps_top_entry *ps_top_add(struct ps_top *top, uint64_t key, uint64_t count, uint64_t now_ns);

/** The largest, best first; equal ones by key. @return How many, at most @p max. */
uint32_t ps_top_best(const struct ps_top *top, uint64_t now_ns, struct ps_top_item *ret_items,
                     uint32_t max);

#endif
