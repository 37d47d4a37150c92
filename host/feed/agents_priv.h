/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/feed/agents_priv.h - which agents were heard lately, so that nothing is taken twice and
 * nobody says too much.
 *
 * Bounded: sets of PS_AGENTS_SET places, by the key's id, which was drawn at random; in a full set
 * the one not heard for longest gives way. So that what a forgotten agent said cannot be said
 * again, its set keeps the latest time that any forgotten one said, and takes from an agent that
 * it does not know only what is dated after that. The same, begun with the time of creation, keeps
 * what was said before a restart from being said again after it.
 *
 * Threads: one at a time.
 */
#ifndef PS_HOST_FEED_AGENTS_PRIV_H
#define PS_HOST_FEED_AGENTS_PRIV_H

#include "host/feed/agents.h"

#define PS_AGENTS_SET 8u

struct ps_agent_place {
    uint64_t key_id; /* 0: free */
    uint64_t sequence;
    uint64_t time_ms;  /* the latest that it said */
    uint64_t heard_ms; /* by our clock */
    double tokens;     /* of its rate, as of heard_ms */
};

struct ps_agents_seen {
    struct ps_agent_place *places;
    uint64_t *floor_ms; /* of each set */
    uint32_t set_count; /* a power of two */
    uint32_t count;
    uint64_t forgotten;
    double rate_per_s, burst;
};

/** @param places_max  Rounded up to a power of two. @return 0 or -ENOMEM; fini in every case. */
int ps_agents_seen_init(struct ps_agents_seen *seen, uint32_t places_max, double rate_per_s,
                        uint64_t now_ms);
void ps_agents_seen_fini(struct ps_agents_seen *seen);

/**
 * An agent said something genuine, in time. Taken or not, it cannot be said again.
 * @return PS_AGENTS_TAKEN, PS_AGENTS_SEQUENCE or PS_AGENTS_RATE.
 */
enum ps_agents_outcome ps_agents_seen_note(struct ps_agents_seen *seen, const struct ppd_auth *auth,
                                           uint64_t now_ms);

#endif
