/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/sim/events.h - what will happen, earliest first; of the same instant, as it was put in.
 *
 * A binary heap of fixed room. Threads: the owner's.
 */
#ifndef PS_TOOLS_SIM_EVENTS_H
#define PS_TOOLS_SIM_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

enum sim_event_kind {
    SIM_EVENT_ARRIVAL, /* a viewer's job comes */
    SIM_EVENT_READY,   /* subject: a job whose next input is there */
    SIM_EVENT_RUN_END, /* subject: a CU */
    SIM_EVENT_CU_BACK, /* subject: a CU */
};

struct sim_event {
    uint64_t at_ns;
    uint64_t sequence; /* set by sim_events_put() */
    enum sim_event_kind kind;
    uint32_t subject;
};

struct sim_events {
    struct sim_event *heap;
    uint32_t count, capacity;
    uint64_t sequence;
};

/** @return 0 or -ENOMEM. */
int sim_events_init(struct sim_events *events, uint32_t capacity);
/** Zeroed and half-built ones are allowed. */
void sim_events_fini(struct sim_events *events);

/** There must be room. */
void sim_events_put(struct sim_events *events, enum sim_event_kind kind, uint32_t subject,
                    uint64_t at_ns);
/** @return when the earliest is due, UINT64_MAX when there is none. */
uint64_t sim_events_next_ns(const struct sim_events *events);
/** Take the earliest. There must be one. */
struct sim_event sim_events_take(struct sim_events *events);

#endif
