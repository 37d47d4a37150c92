/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/replay/policy_sieve.c - SIEVE (Zhang et al., NSDI'24).
 *
 * One queue in order of arrival. A hit marks the object and moves nothing. A hand walks from the
 * oldest to the newest and round again: it takes marks off, and what has none goes.
 */
#include <errno.h>
#include <stdlib.h>

#include "host/base/mem.h"
#include "tools/replay/policy.h"
#include "tools/replay/queue.h"

enum { OUTSIDE, INSIDE, MARKED };

struct sieve {
    uint32_t capacity;
    uint32_t hand; /* looked at next; REPLAY_NONE: the oldest */
    struct replay_queue queue;
    struct replay_link *links;
    uint8_t *where;
};

static void destroy(void *state)
{
    struct sieve *sieve = state;

    if (sieve == NULL)
        return;
    free(sieve->where);
    free(sieve->links);
    free(sieve);
}

static int create(void **ret_state, const struct replay_policy_config *config)
{
    struct sieve *sieve = ps_zalloc(1, sizeof(*sieve));

    *ret_state = NULL;
    if (sieve == NULL)
        return -ENOMEM;
    sieve->capacity = config->capacity;
    sieve->hand = REPLAY_NONE;
    sieve->links = ps_zalloc(config->object_count, sizeof(*sieve->links));
    sieve->where = ps_zalloc(config->object_count, sizeof(*sieve->where));
    if (sieve->links == NULL || sieve->where == NULL) {
        destroy(sieve);
        return -ENOMEM;
    }
    sieve->queue = replay_queue_on(sieve->links);
    *ret_state = sieve;
    return 0;
}

static void evict(struct sieve *sieve)
{
    uint32_t obj = sieve->hand != REPLAY_NONE ? sieve->hand : sieve->queue.tail;

    while (sieve->where[obj] == MARKED) {
        sieve->where[obj] = INSIDE;
        obj = sieve->links[obj].newer;
        if (obj == REPLAY_NONE)
            obj = sieve->queue.tail;
    }
    sieve->hand = sieve->links[obj].newer;
    replay_queue_remove(&sieve->queue, obj);
    sieve->where[obj] = OUTSIDE;
}

static bool request(void *state, uint32_t obj, uint64_t time_ns)
{
    struct sieve *sieve = state;

    (void)time_ns;
    if (sieve->where[obj] != OUTSIDE) {
        sieve->where[obj] = MARKED;
        return true;
    }
    if (sieve->queue.count == sieve->capacity)
        evict(sieve);
    replay_queue_push(&sieve->queue, obj);
    sieve->where[obj] = INSIDE;
    return false;
}

const struct replay_policy replay_sieve = { "sieve", create, request, destroy };
