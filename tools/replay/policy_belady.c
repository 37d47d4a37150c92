/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/replay/policy_belady.c - MIN (Belady, 1966): what is wanted again last goes.
 *
 * What was missed passes by when it is itself what is wanted again last.
 */
#include <errno.h>
#include <stdlib.h>

#include "host/base/mem.h"
#include "tools/replay/heap.h"
#include "tools/replay/policy.h"

struct belady {
    struct replay_policy_config config;
    struct replay_heap last_first; /* key: REPLAY_NEVER - next request */
    uint32_t now;                  /* in the stream */
};

static void destroy(void *state)
{
    struct belady *belady = state;

    if (belady == NULL)
        return;
    replay_heap_fini(&belady->last_first);
    free(belady);
}

static int create(void **ret_state, const struct replay_policy_config *config)
{
    struct belady *belady = ps_zalloc(1, sizeof(*belady));

    *ret_state = NULL;
    if (belady == NULL)
        return -ENOMEM;
    belady->config = *config;
    if (replay_heap_init(&belady->last_first, config->object_count) != 0) {
        destroy(belady);
        return -ENOMEM;
    }
    *ret_state = belady;
    return 0;
}

static bool request(void *state, uint32_t obj, uint64_t time_ns)
{
    struct belady *belady = state;
    struct replay_heap *heap = &belady->last_first;
    const bool hit = replay_heap_has(heap, obj);

    (void)time_ns;
    replay_heap_set(heap, obj, REPLAY_NEVER - belady->config.stream->next[belady->now]);
    if (heap->count > belady->config.capacity)
        replay_heap_remove(heap, replay_heap_top(heap));
    belady->now++;
    return hit;
}

const struct replay_policy replay_belady = { "belady", create, request, destroy };
