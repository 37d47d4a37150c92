/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/policy_lru.c - what was not wanted for the longest time goes. */
#include <errno.h>
#include <stdlib.h>

#include "host/base/mem.h"
#include "tools/replay/policy.h"
#include "tools/replay/queue.h"

struct lru {
    uint32_t capacity;
    struct replay_queue queue;
    struct replay_link *links;
    bool *inside;
};

static void destroy(void *state)
{
    struct lru *lru = state;

    if (lru == NULL)
        return;
    free(lru->inside);
    free(lru->links);
    free(lru);
}

static int create(void **ret_state, const struct replay_policy_config *config)
{
    struct lru *lru = ps_zalloc(1, sizeof(*lru));

    *ret_state = NULL;
    if (lru == NULL)
        return -ENOMEM;
    lru->capacity = config->capacity;
    lru->links = ps_zalloc(config->object_count, sizeof(*lru->links));
    lru->inside = ps_zalloc(config->object_count, sizeof(*lru->inside));
    if (lru->links == NULL || lru->inside == NULL) {
        destroy(lru);
        return -ENOMEM;
    }
    lru->queue = replay_queue_on(lru->links);
    *ret_state = lru;
    return 0;
}

static bool request(void *state, uint32_t obj, uint64_t time_ns)
{
    struct lru *lru = state;
    const bool hit = lru->inside[obj];

    (void)time_ns;
    if (hit)
        replay_queue_remove(&lru->queue, obj);
    else if (lru->queue.count == lru->capacity)
        lru->inside[replay_queue_pop(&lru->queue)] = false;
    replay_queue_push(&lru->queue, obj);
    lru->inside[obj] = true;
    return hit;
}

const struct replay_policy replay_lru = { "lru", create, request, destroy };
