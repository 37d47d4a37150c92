/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/messaging/arena_priv.h - the memory of all collections: taken and touched once, then shared
 * out.
 *
 * Free stretches are listed by size, eight lists to a doubling, and join their neighbours when they
 * are given back. A stretch is taken from the first list all of whose stretches are large enough,
 * so that both cost the same however many there are (the idea is that of two-level segregated
 * fits), and blocks of one size lie side by side without loss.
 *
 * Threads: one at a time.
 */
#ifndef PS_HOST_MESSAGING_ARENA_PRIV_H
#define PS_HOST_MESSAGING_ARENA_PRIV_H

#include <stddef.h>
#include <stdint.h>

#define PS_ARENA_GRAIN 1024u
#define PS_ARENA_LISTS 256u /* 8 for each power of two of 32-bit counts */
#define PS_ARENA_LOOKS 16u  /* into the list whose stretches may or may not do */
#define PS_ARENA_MAPS  (PS_ARENA_LISTS / 64)

struct ps_arena_stretch; /* a free one; lies in it */

struct ps_arena {
    uint8_t *base;
    uint32_t *counts; /* at the first and last grain of each free stretch, its length; else 0 */
    size_t bytes;     /* of the mapping */
    uint32_t grains;
    uint32_t free_grains;
    uint64_t filled[PS_ARENA_MAPS]; /* lists that are not empty */
    struct ps_arena_stretch *lists[PS_ARENA_LISTS];
};

/** Map, touch every page. @return 0, -EINVAL (too little or too much) or -ENOMEM; fini in every
 * case. */
int ps_arena_init(struct ps_arena *arena, uint64_t budget_bytes);
void ps_arena_fini(struct ps_arena *arena);
/** Whole grains, aligned to one. NULL: there is no stretch of that size. Contents undefined. */
void *ps_arena_take(struct ps_arena *arena, size_t bytes);
/** A block, or a part of one in whole grains, of @p bytes as given to take. */
void ps_arena_give(struct ps_arena *arena, void *block, size_t bytes);
/** Rounded up to grains. */
size_t ps_arena_round(size_t bytes);

#endif
