/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/heap.c - see heap.h. */
#include "tools/replay/heap.h"

#include <errno.h>
#include <stdlib.h>

#include "host/base/mem.h"

int replay_heap_init(struct replay_heap *heap, uint32_t object_count)
{
    *heap = (struct replay_heap){ 0 };
    heap->objs = ps_zalloc((size_t)object_count + 1, sizeof(*heap->objs));
    heap->key = ps_zalloc(object_count, sizeof(*heap->key));
    heap->at = ps_zalloc(object_count, sizeof(*heap->at));
    return heap->objs == NULL || heap->key == NULL || heap->at == NULL ? -ENOMEM : 0;
}

void replay_heap_fini(struct replay_heap *heap)
{
    free(heap->at);
    free(heap->key);
    free(heap->objs);
}

static void put(struct replay_heap *heap, uint32_t obj, uint32_t at)
{
    heap->objs[at] = obj;
    heap->at[obj] = at;
}

/* Find the place for an object whose place of now is free to be written. */
static void settle(struct replay_heap *heap, uint32_t obj, uint32_t at)
{
    const uint32_t key = heap->key[obj];

    while (at > 1 && key < heap->key[heap->objs[at / 2]]) {
        put(heap, heap->objs[at / 2], at);
        at /= 2;
    }
    while (at <= heap->count / 2) {
        uint32_t child = 2 * at;

        if (child < heap->count && heap->key[heap->objs[child + 1]] < heap->key[heap->objs[child]])
            child++;
        if (key <= heap->key[heap->objs[child]])
            break;
        put(heap, heap->objs[child], at);
        at = child;
    }
    put(heap, obj, at);
}

void replay_heap_set(struct replay_heap *heap, uint32_t obj, uint32_t key)
{
    heap->key[obj] = key;
    settle(heap, obj, heap->at[obj] != 0 ? heap->at[obj] : ++heap->count);
}

void replay_heap_remove(struct replay_heap *heap, uint32_t obj)
{
    const uint32_t at = heap->at[obj];

    if (at == 0)
        return;
    const uint32_t last = heap->objs[heap->count--];

    heap->at[obj] = 0;
    if (last != obj)
        settle(heap, last, at);
}
