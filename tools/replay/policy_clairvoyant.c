/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/replay/policy_clairvoyant.c - what knowing the next 15 minutes is worth on a budget.
 *
 * As policy_belady.c, and at the start of each minute it stages what is wanted next within 15
 * minutes, soonest first, as long as something inside is wanted later. It knows only objects that
 * were wanted before, and each staged object is counted against the minute's budget, used or not.
 */
#include <errno.h>
#include <stdlib.h>

#include "host/base/clock.h"
#include "host/base/mem.h"
#include "tools/replay/heap.h"
#include "tools/replay/policy.h"

#define AHEAD_NS  (900 * PS_NS_PER_SEC)
#define MINUTE_NS (60 * PS_NS_PER_SEC)

struct clairvoyant {
    struct replay_policy_config config;
    struct replay_heap inside;  /* key: REPLAY_NEVER - next request: the last one first */
    struct replay_heap outside; /* known, wanted again; key: next request */
    uint32_t now;               /* in the stream */
    uint64_t minute_ns;         /* start of the next minute */
};

static void destroy(void *state)
{
    struct clairvoyant *seer = state;

    if (seer == NULL)
        return;
    replay_heap_fini(&seer->outside);
    replay_heap_fini(&seer->inside);
    free(seer);
}

static int create(void **ret_state, const struct replay_policy_config *config)
{
    struct clairvoyant *seer = ps_zalloc(1, sizeof(*seer));

    *ret_state = NULL;
    if (seer == NULL)
        return -ENOMEM;
    seer->config = *config;
    seer->minute_ns = config->stream->time_ns[0];
    if (replay_heap_init(&seer->inside, config->object_count) != 0 ||
        replay_heap_init(&seer->outside, config->object_count) != 0) {
        destroy(seer);
        return -ENOMEM;
    }
    *ret_state = seer;
    return 0;
}

static void come_in(struct clairvoyant *seer, uint32_t obj, uint32_t next)
{
    replay_heap_remove(&seer->outside, obj);
    replay_heap_set(&seer->inside, obj, REPLAY_NEVER - next);
}

static void evict(struct clairvoyant *seer)
{
    const uint32_t obj = replay_heap_top(&seer->inside);
    const uint32_t next = REPLAY_NEVER - seer->inside.key[obj];

    replay_heap_remove(&seer->inside, obj);
    if (next != REPLAY_NEVER)
        replay_heap_set(&seer->outside, obj, next);
}

/* @return false when nothing is worth staging now. */
static bool stage_one(struct clairvoyant *seer, uint64_t now_ns)
{
    uint32_t obj, next;

    if (seer->outside.count == 0)
        return false;
    obj = replay_heap_top(&seer->outside);
    next = seer->outside.key[obj];
    if (seer->config.stream->time_ns[next] > now_ns + AHEAD_NS)
        return false;
    if (seer->inside.count == seer->config.capacity) {
        if (REPLAY_NEVER - seer->inside.key[replay_heap_top(&seer->inside)] <= next)
            return false;
        evict(seer);
    }
    come_in(seer, obj, next);
    return true;
}

static void stage(struct clairvoyant *seer, uint64_t time_ns)
{
    for (; seer->minute_ns <= time_ns; seer->minute_ns += MINUTE_NS)
        for (uint32_t n = 0; n < seer->config.budget_per_min; n++)
            if (!stage_one(seer, seer->minute_ns))
                break;
}

static bool request(void *state, uint32_t obj, uint64_t time_ns)
{
    struct clairvoyant *seer = state;
    const uint32_t next = seer->config.stream->next[seer->now];
    bool hit;

    stage(seer, time_ns);
    hit = replay_heap_has(&seer->inside, obj);
    come_in(seer, obj, next);
    if (seer->inside.count > seer->config.capacity)
        evict(seer);
    seer->now++;
    return hit;
}

const struct replay_policy replay_clairvoyant = { "clairvoyant", create, request, destroy };
