/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/replay/policy_s3fifo.c - S3-FIFO (Yang et al., SOSP'23).
 *
 * New objects wait in a small queue, a tenth of the buffer; those wanted more than once there go on
 * to the main queue, the others are remembered in a ghost queue, as long as the main one, and go
 * straight to the main queue if they come back. The main queue gives those wanted another round.
 */
#include <errno.h>
#include <stdlib.h>

#include "host/base/mem.h"
#include "tools/replay/policy.h"
#include "tools/replay/queue.h"

#define USES_MAX 3u

enum { OUTSIDE, SMALL, MAIN, GHOST };

struct s3fifo {
    uint32_t small_max, main_max;
    struct replay_queue small, main, ghost;
    struct replay_link *links;
    uint8_t *where;
    uint8_t *uses;
};

static void destroy(void *state)
{
    struct s3fifo *s3fifo = state;

    if (s3fifo == NULL)
        return;
    free(s3fifo->uses);
    free(s3fifo->where);
    free(s3fifo->links);
    free(s3fifo);
}

static int create(void **ret_state, const struct replay_policy_config *config)
{
    struct s3fifo *s3fifo = ps_zalloc(1, sizeof(*s3fifo));

    *ret_state = NULL;
    if (s3fifo == NULL)
        return -ENOMEM;
    s3fifo->small_max = config->capacity < 10 ? 1 : config->capacity / 10;
    s3fifo->main_max = config->capacity - s3fifo->small_max;
    s3fifo->links = ps_zalloc(config->object_count, sizeof(*s3fifo->links));
    s3fifo->where = ps_zalloc(config->object_count, sizeof(*s3fifo->where));
    s3fifo->uses = ps_zalloc(config->object_count, sizeof(*s3fifo->uses));
    if (s3fifo->links == NULL || s3fifo->where == NULL || s3fifo->uses == NULL) {
        destroy(s3fifo);
        return -ENOMEM;
    }
    s3fifo->small = replay_queue_on(s3fifo->links);
    s3fifo->main = replay_queue_on(s3fifo->links);
    s3fifo->ghost = replay_queue_on(s3fifo->links);
    *ret_state = s3fifo;
    return 0;
}

static void push(struct s3fifo *s3fifo, struct replay_queue *queue, uint32_t obj, uint8_t where)
{
    replay_queue_push(queue, obj);
    s3fifo->where[obj] = where;
}

static void evict_main(struct s3fifo *s3fifo)
{
    for (;;) {
        const uint32_t obj = replay_queue_pop(&s3fifo->main);

        if (s3fifo->uses[obj] == 0) {
            s3fifo->where[obj] = OUTSIDE;
            return;
        }
        s3fifo->uses[obj]--;
        replay_queue_push(&s3fifo->main, obj);
    }
}

static void remember(struct s3fifo *s3fifo, uint32_t obj)
{
    if (s3fifo->main_max == 0) {
        s3fifo->where[obj] = OUTSIDE;
        return;
    }
    if (s3fifo->ghost.count == s3fifo->main_max)
        s3fifo->where[replay_queue_pop(&s3fifo->ghost)] = OUTSIDE;
    push(s3fifo, &s3fifo->ghost, obj, GHOST);
}

/* Until something left the small queue for good, or it is empty. */
static void evict_small(struct s3fifo *s3fifo)
{
    while (s3fifo->small.count > 0) {
        const uint32_t obj = replay_queue_pop(&s3fifo->small);

        if (s3fifo->uses[obj] <= 1 || s3fifo->main_max == 0) {
            remember(s3fifo, obj);
            return;
        }
        s3fifo->uses[obj] = 0;
        if (s3fifo->main.count == s3fifo->main_max)
            evict_main(s3fifo);
        push(s3fifo, &s3fifo->main, obj, MAIN);
    }
}

static void make_room(struct s3fifo *s3fifo)
{
    while (s3fifo->small.count + s3fifo->main.count == s3fifo->small_max + s3fifo->main_max) {
        if (s3fifo->small.count >= s3fifo->small_max)
            evict_small(s3fifo);
        else
            evict_main(s3fifo);
    }
}

static bool request(void *state, uint32_t obj, uint64_t time_ns)
{
    struct s3fifo *s3fifo = state;

    (void)time_ns;
    if (s3fifo->where[obj] == SMALL || s3fifo->where[obj] == MAIN) {
        if (s3fifo->uses[obj] < USES_MAX)
            s3fifo->uses[obj]++;
        return true;
    }
    make_room(s3fifo);
    s3fifo->uses[obj] = 0;
    /* Looked for after making room, which may just have pushed it out of the ghost queue. */
    if (s3fifo->where[obj] == GHOST) {
        replay_queue_remove(&s3fifo->ghost, obj);
        push(s3fifo, &s3fifo->main, obj, MAIN);
    } else {
        push(s3fifo, &s3fifo->small, obj, SMALL);
    }
    return false;
}

const struct replay_policy replay_s3fifo = { "s3fifo", create, request, destroy };
