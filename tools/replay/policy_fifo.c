/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/policy_fifo.c - what came first goes, wanted or not. */
#include <errno.h>
#include <stdlib.h>

#include "host/base/mem.h"
#include "tools/replay/policy.h"
#include "tools/replay/queue.h"

struct fifo {
    uint32_t capacity;
    struct replay_queue queue;
    struct replay_link *links;
    bool *inside;
};

static void destroy(void *state)
{
    struct fifo *fifo = state;

    if (fifo == NULL)
        return;
    free(fifo->inside);
    free(fifo->links);
    free(fifo);
}

static int create(void **ret_state, const struct replay_policy_config *config)
{
    struct fifo *fifo = ps_zalloc(1, sizeof(*fifo));

    *ret_state = NULL;
    if (fifo == NULL)
        return -ENOMEM;
    fifo->capacity = config->capacity;
    fifo->links = ps_zalloc(config->object_count, sizeof(*fifo->links));
    fifo->inside = ps_zalloc(config->object_count, sizeof(*fifo->inside));
    if (fifo->links == NULL || fifo->inside == NULL) {
        destroy(fifo);
        return -ENOMEM;
    }
    fifo->queue = replay_queue_on(fifo->links);
    *ret_state = fifo;
    return 0;
}

static bool request(void *state, uint32_t obj, uint64_t time_ns)
{
    struct fifo *fifo = state;

    (void)time_ns;
    if (fifo->inside[obj])
        return true;
    if (fifo->queue.count == fifo->capacity)
        fifo->inside[replay_queue_pop(&fifo->queue)] = false;
    replay_queue_push(&fifo->queue, obj);
    fifo->inside[obj] = true;
    return false;
}

const struct replay_policy replay_fifo = { "fifo", create, request, destroy };
