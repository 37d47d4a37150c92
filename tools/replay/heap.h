/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/replay/heap.h - objects by key, the least on top; a key may change while it is inside.
 *
 * Every operation but top costs O(log n). Threads: none.
 */
#ifndef PS_TOOLS_REPLAY_HEAP_H
#define PS_TOOLS_REPLAY_HEAP_H

#include <stdbool.h>
#include <stdint.h>

struct replay_heap {
    uint32_t count;
    uint32_t *objs; /* the heap, from 1 */
    uint32_t *key;  /* of every object there is */
    uint32_t *at;   /* of every object there is: its place in objs; 0: not inside */
};

/** @return 0 or -ENOMEM; fini in every case. */
int replay_heap_init(struct replay_heap *heap, uint32_t object_count);
void replay_heap_fini(struct replay_heap *heap);

/** Put in, or move to where the new key belongs. */
void replay_heap_set(struct replay_heap *heap, uint32_t obj, uint32_t key);

/** Nothing when it is not inside. */
void replay_heap_remove(struct replay_heap *heap, uint32_t obj);

static inline bool replay_heap_has(const struct replay_heap *heap, uint32_t obj)
{
    return heap->at[obj] != 0;
}

/** The object with the least key. The heap must not be empty. */
static inline uint32_t replay_heap_top(const struct replay_heap *heap)
{
    return heap->objs[1];
}

#endif
