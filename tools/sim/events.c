/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/sim/events.c - see events.h. */
#include "tools/sim/events.h"

#include <errno.h>
#include <stdlib.h>

#include "host/base/assert.h"
#include "host/base/mem.h"

int sim_events_init(struct sim_events *events, uint32_t capacity)
{
    ps_assert(capacity > 0);
    *events = (struct sim_events){ .capacity = capacity };
    events->heap = ps_zalloc(capacity, sizeof(*events->heap));
    return events->heap == NULL ? -ENOMEM : 0;
}

void sim_events_fini(struct sim_events *events)
{
    free(events->heap);
    *events = (struct sim_events){ 0 };
}

static bool is_before(const struct sim_event *a, const struct sim_event *b)
{
    return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->sequence < b->sequence;
}

void sim_events_put(struct sim_events *events, enum sim_event_kind kind, uint32_t subject,
                    uint64_t at_ns)
{
    const struct sim_event event = {
        .at_ns = at_ns, .sequence = events->sequence++, .kind = kind, .subject = subject
    };
    uint32_t hole = events->count;

    ps_assert(events->count < events->capacity);
    events->count++;
    while (hole > 0 && is_before(&event, &events->heap[(hole - 1) / 2])) {
        events->heap[hole] = events->heap[(hole - 1) / 2];
        hole = (hole - 1) / 2;
    }
    events->heap[hole] = event;
}

uint64_t sim_events_next_ns(const struct sim_events *events)
{
    return events->count == 0 ? UINT64_MAX : events->heap[0].at_ns;
}

struct sim_event sim_events_take(struct sim_events *events)
{
    ps_assert(events->count > 0);
    const struct sim_event first = events->heap[0], last = events->heap[--events->count];
    uint32_t hole = 0;

    for (uint32_t child = 1; child < events->count; child = 2 * hole + 1) {
        if (child + 1 < events->count && is_before(&events->heap[child + 1], &events->heap[child]))
            child++;
        if (!is_before(&events->heap[child], &last))
            break;
        events->heap[hole] = events->heap[child];
        hole = child;
    }
    events->heap[hole] = last;
    return first;
}
