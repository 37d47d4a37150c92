/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/alloc/heap.h - a queue that gives the most urgent item and lets any item leave.
 *
 * Why: a decision must not cost more because more jobs wait. The keys lie beside the items in one
 * array, four children next to each other, so a step down reads one or two cache lines; where an
 * item stands is in an array that its owner shares between all heaps the item may be in.
 *
 * Threads: the owner's.
 */
#ifndef PS_HOST_ALLOC_HEAP_H
#define PS_HOST_ALLOC_HEAP_H

#include <stdint.h>

#define PS_HEAP_NONE UINT32_MAX /* position of an item that is in no heap */

struct ps_heap_entry {
    uint64_t key;   /* lowest first */
    uint32_t order; /* of equal keys the older first; may wrap around */
    uint32_t item;  /* index into the array of positions */
};

/* Embed it, zeroed. */
struct ps_heap {
    struct ps_heap_entry *entries;
    uint32_t count;
    uint32_t capacity;
};

void ps_heap_fini(struct ps_heap *heap);

/** Make room for @p capacity items, so that pushing cannot fail. @return 0 or -ENOMEM. */
int ps_heap_reserve(struct ps_heap *heap, uint32_t capacity);

/** The item must be in no heap, and there must be room. */
void ps_heap_push(struct ps_heap *heap, uint32_t *positions, struct ps_heap_entry entry);

/** The item must be in this heap. */
void ps_heap_remove(struct ps_heap *heap, uint32_t *positions, uint32_t item);

/** The item must be in this heap; its key becomes @p key. */
void ps_heap_move(struct ps_heap *heap, uint32_t *positions, uint32_t item, uint64_t key);

/** Highest numbers first, as a heap's key. */
uint64_t ps_heap_key_of_benefit(double benefit);

#endif
