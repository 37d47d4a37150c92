/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/replay/queue.h - objects in a row: in at the head, out at the tail or from the middle.
 *
 * Queues that share one array of links hold each object at most once among them.
 * Inline, for a policy takes a few steps for each of many millions of requests. Threads: none.
 */
#ifndef PS_TOOLS_REPLAY_QUEUE_H
#define PS_TOOLS_REPLAY_QUEUE_H

#include <stdint.h>

#define REPLAY_NONE UINT32_MAX

struct replay_link {
    uint32_t newer, older;
};

struct replay_queue {
    struct replay_link *links; /* of every object there is; the policy's */
    uint32_t head, tail;       /* the newest and the oldest, or REPLAY_NONE */
    uint32_t count;
};

static inline struct replay_queue replay_queue_on(struct replay_link *links)
{
    return (struct replay_queue){ .links = links, .head = REPLAY_NONE, .tail = REPLAY_NONE };
}

static inline void replay_queue_push(struct replay_queue *queue, uint32_t obj)
{
    queue->links[obj] = (struct replay_link){ .newer = REPLAY_NONE, .older = queue->head };
    if (queue->head != REPLAY_NONE)
        queue->links[queue->head].newer = obj;
    else
        queue->tail = obj;
    queue->head = obj;
    queue->count++;
}

static inline void replay_queue_remove(struct replay_queue *queue, uint32_t obj)
{
    const struct replay_link link = queue->links[obj];

    if (link.newer != REPLAY_NONE)
        queue->links[link.newer].older = link.older;
    else
        queue->head = link.older;
    if (link.older != REPLAY_NONE)
        queue->links[link.older].newer = link.newer;
    else
        queue->tail = link.newer;
    queue->count--;
}

/** The oldest, taken out. The queue must not be empty. */
static inline uint32_t replay_queue_pop(struct replay_queue *queue)
{
    const uint32_t obj = queue->tail;

    replay_queue_remove(queue, obj);
    return obj;
}

#endif
