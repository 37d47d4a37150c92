/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/alloc/heap.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/assert.h"
#include "host/base/mem.h"

#define FAN          4u
#define CAPACITY_MIN 16u

/* A large array begins 16 bytes after a page does. With as many entries left out before the root,
 * the four children of every entry share one cache line. */
#define PADDING 2u

void ps_heap_fini(struct ps_heap *heap)
{
    if (heap->entries != NULL)
        free(heap->entries - PADDING);
    *heap = (struct ps_heap){ .entries = NULL };
}

int ps_heap_reserve(struct ps_heap *heap, uint32_t capacity)
{
    uint64_t wanted = heap->capacity == 0 ? CAPACITY_MIN : heap->capacity;

    if (capacity <= heap->capacity)
        return 0;
    while (wanted < capacity)
        wanted *= 2;
    struct ps_heap_entry *entries = ps_realloc(
        heap->entries == NULL ? NULL : heap->entries - PADDING, wanted + PADDING, sizeof(*entries));
    if (entries == NULL)
        return -ENOMEM;
    heap->entries = entries + PADDING;
    heap->capacity = (uint32_t)wanted;
    return 0;
}

static bool is_before(const struct ps_heap_entry *a, const struct ps_heap_entry *b)
{
    return a->key != b->key ? a->key < b->key : (int32_t)(a->order - b->order) < 0;
}

static void put(struct ps_heap *heap, uint32_t *positions, uint32_t at, struct ps_heap_entry entry)
{
    heap->entries[at] = entry;
    positions[entry.item] = at;
}

static void rise(struct ps_heap *heap, uint32_t *positions, uint32_t at, struct ps_heap_entry entry)
{
    while (at > 0) {
        const uint32_t parent = (at - 1) / FAN;

        if (!is_before(&entry, &heap->entries[parent]))
            break;
        put(heap, positions, at, heap->entries[parent]);
        at = parent;
    }
    put(heap, positions, at, entry);
}

/* The children of four siblings, one of which the next step compares. (Inlined by force: gcc 12
 * takes a function that only prefetches for one that does nothing.) */
static inline __attribute__((always_inline)) void fetch_children(const struct ps_heap *heap,
                                                                 uint32_t first)
{
    const uint64_t next = (uint64_t)first * FAN + 1;

    for (uint32_t i = 0; i < FAN && next + i * FAN < heap->count; i++)
        __builtin_prefetch(&heap->entries[next + i * FAN]);
}

static void sink(struct ps_heap *heap, uint32_t *positions, uint32_t at, struct ps_heap_entry entry)
{
    for (;;) {
        const uint32_t first = at * FAN + 1;
        uint32_t best = first;

        if (first >= heap->count)
            break;
        fetch_children(heap, first);
        for (uint32_t i = first + 1; i < first + FAN && i < heap->count; i++)
            if (is_before(&heap->entries[i], &heap->entries[best]))
                best = i;
        if (!is_before(&heap->entries[best], &entry))
            break;
        put(heap, positions, at, heap->entries[best]);
        at = best;
    }
    put(heap, positions, at, entry);
}

/* Puts the entry where it belongs, starting from a place that is free. */
static void settle(struct ps_heap *heap, uint32_t *positions, uint32_t at,
                   struct ps_heap_entry entry)
{
    if (at > 0 && is_before(&entry, &heap->entries[(at - 1) / FAN]))
        rise(heap, positions, at, entry);
    else
        sink(heap, positions, at, entry);
}

void ps_heap_push(struct ps_heap *heap, uint32_t *positions, struct ps_heap_entry entry)
{
    ps_assert(heap->count < heap->capacity);
    ps_assert(positions[entry.item] == PS_HEAP_NONE);
    rise(heap, positions, heap->count++, entry);
}

void ps_heap_remove(struct ps_heap *heap, uint32_t *positions, uint32_t item)
{
    const uint32_t at = positions[item];

    ps_assert(at < heap->count && heap->entries[at].item == item);
    const struct ps_heap_entry last = heap->entries[--heap->count];
    if (at < heap->count)
        settle(heap, positions, at, last);
    positions[item] = PS_HEAP_NONE;
}

void ps_heap_move(struct ps_heap *heap, uint32_t *positions, uint32_t item, uint64_t key)
{
    const uint32_t at = positions[item];

    ps_assert(at < heap->count && heap->entries[at].item == item);
    struct ps_heap_entry entry = heap->entries[at];
    entry.key = key;
    settle(heap, positions, at, entry);
}

/* The bits of a positive double rise with its value, those of a negative one fall. */
uint64_t ps_heap_key_of_benefit(double benefit)
{
    uint64_t bits;

    memcpy(&bits, &benefit, sizeof(bits));
    const uint64_t rising = bits >> 63 != 0 ? ~bits : bits | 1ull << 63;
    return ~rising;
}
