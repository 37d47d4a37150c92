/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * agent/agent_priv.h - the whole of an agent: lists, what they let foresee, and where it is sent.
 *
 * Threads: one at a time.
 */
#ifndef PS_AGENT_AGENT_PRIV_H
#define PS_AGENT_AGENT_PRIV_H

#include "agent/calendar_priv.h"
#include "agent/datagram_priv.h"
#include "agent/needs_priv.h"
#include "agent/queue_priv.h"

#define PUBLIC __attribute__((visibility("default"))) /* all else stays in the library */

struct prestage_agent {
    struct prestage_agent_config cfg;
    struct psa_key key;
    int fd; /* -1: nothing is sent */
    uint64_t sequence;
    uint64_t thought_ms; /* when it was last foreseen; 0: do it now */
    uint64_t quiet_ms;   /* until then nothing is sent */
    uint64_t said, send_errors, unknown, not_understood;
    bool is_told_of_plays;
    struct psa_names names;
    struct psa_queue queue;
    struct psa_events calendar, epg;
    struct psa_history history;
    struct psa_needs needs;
};

/** What all sources foresee within the hour; needs are brought up to it. foresee.c */
void psa_foresee(struct prestage_agent *agent, uint64_t now_ms);
/** When a need is to be said: in time, and not to be told the clock by. foresee.c */
uint64_t psa_say_at_ms(const struct prestage_agent *agent, const struct psa_guess *guess,
                       uint64_t now_ms);

#endif
