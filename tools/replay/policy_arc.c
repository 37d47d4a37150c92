/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/replay/policy_arc.c - ARC (Megiddo and Modha, FAST'03).
 *
 * Two LRU queues, of what was wanted once and of what was wanted again, each with a tail of objects
 * that are only remembered. A hit among the remembered of one moves the target in its favour.
 */
#include <errno.h>
#include <stdlib.h>

#include "host/base/mem.h"
#include "tools/replay/policy.h"
#include "tools/replay/queue.h"

/* T1, T2, B1 and B2 of the paper. */
enum { ONCE, AGAIN, ONCE_GONE, AGAIN_GONE, QUEUE_COUNT, OUTSIDE = QUEUE_COUNT };

struct arc {
    uint32_t capacity;
    double target; /* for the length of ONCE, 0 .. capacity */
    struct replay_queue queue[QUEUE_COUNT];
    struct replay_link *links;
    uint8_t *where;
};

static void destroy(void *state)
{
    struct arc *arc = state;

    if (arc == NULL)
        return;
    free(arc->where);
    free(arc->links);
    free(arc);
}

static int create(void **ret_state, const struct replay_policy_config *config)
{
    struct arc *arc = ps_zalloc(1, sizeof(*arc));

    *ret_state = NULL;
    if (arc == NULL)
        return -ENOMEM;
    arc->capacity = config->capacity;
    arc->links = ps_zalloc(config->object_count, sizeof(*arc->links));
    arc->where = ps_zalloc(config->object_count, sizeof(*arc->where));
    if (arc->links == NULL || arc->where == NULL) {
        destroy(arc);
        return -ENOMEM;
    }
    for (unsigned q = 0; q < QUEUE_COUNT; q++)
        arc->queue[q] = replay_queue_on(arc->links);
    for (uint32_t obj = 0; obj < config->object_count; obj++)
        arc->where[obj] = OUTSIDE;
    *ret_state = arc;
    return 0;
}

static uint32_t length(const struct arc *arc, unsigned queue)
{
    return arc->queue[queue].count;
}

static void push(struct arc *arc, uint32_t obj, uint8_t queue)
{
    replay_queue_push(&arc->queue[queue], obj);
    arc->where[obj] = queue;
}

static void forget_oldest(struct arc *arc, unsigned queue)
{
    arc->where[replay_queue_pop(&arc->queue[queue])] = OUTSIDE;
}

/* REPLACE of the paper: the oldest of one queue becomes a memory. */
static void replace(struct arc *arc, bool for_again_gone)
{
    const double once = length(arc, ONCE);

    if (once > 0 && (once > arc->target || (for_again_gone && once >= arc->target)))
        push(arc, replay_queue_pop(&arc->queue[ONCE]), ONCE_GONE);
    else
        push(arc, replay_queue_pop(&arc->queue[AGAIN]), AGAIN_GONE);
}

/* Cases II and III: the queue that remembers it should have been longer. */
static void remembered(struct arc *arc, uint32_t obj)
{
    const bool again = arc->where[obj] == AGAIN_GONE;
    const double ratio = (double)length(arc, ONCE_GONE) / (double)length(arc, AGAIN_GONE);
    const double capacity = arc->capacity;

    if (again) {
        arc->target -= ratio > 1.0 ? ratio : 1.0;
        arc->target = arc->target > 0.0 ? arc->target : 0.0;
    } else {
        arc->target += ratio < 1.0 ? 1.0 / ratio : 1.0;
        arc->target = arc->target < capacity ? arc->target : capacity;
    }
    replace(arc, again);
    replay_queue_remove(&arc->queue[arc->where[obj]], obj);
    push(arc, obj, AGAIN);
}

/* Case IV: never seen, or forgotten. */
static void unknown(struct arc *arc, uint32_t obj)
{
    const uint32_t once = length(arc, ONCE) + length(arc, ONCE_GONE);
    const uint32_t all = once + length(arc, AGAIN) + length(arc, AGAIN_GONE);

    if (once == arc->capacity && length(arc, ONCE) == arc->capacity) {
        forget_oldest(arc, ONCE);
    } else if (once == arc->capacity) {
        forget_oldest(arc, ONCE_GONE);
        replace(arc, false);
    } else if (all >= arc->capacity) {
        if (all == 2 * arc->capacity)
            forget_oldest(arc, AGAIN_GONE);
        replace(arc, false);
    }
    push(arc, obj, ONCE);
}

static bool request(void *state, uint32_t obj, uint64_t time_ns)
{
    struct arc *arc = state;
    const uint8_t where = arc->where[obj];

    (void)time_ns;
    if (where == ONCE || where == AGAIN) {
        replay_queue_remove(&arc->queue[where], obj);
        push(arc, obj, AGAIN);
        return true;
    }
    if (where == OUTSIDE)
        unknown(arc, obj);
    else
        remembered(arc, obj);
    return false;
}

const struct replay_policy replay_arc = { "arc", create, request, destroy };
