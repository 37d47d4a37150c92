/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * agent/queue_priv.h - what is to be played, in order, and when that makes each title's turn.
 *
 * Threads: one at a time.
 */
#ifndef PS_AGENT_QUEUE_PRIV_H
#define PS_AGENT_QUEUE_PRIV_H

#include "agent/history_priv.h"

#define PSA_QUEUE_MAX   256u
#define PSA_QUEUE_AHEAD 4u /* titles after the one that is played */

struct psa_queued {
    struct psa_id id;
    uint32_t length_s; /* 0: not known */
    bool has_id;       /* else it only takes its time */
};

struct psa_queue {
    struct psa_queued list[PSA_QUEUE_MAX];
    uint32_t count;
    int64_t read_s; /* when it was told */
};

/** @return How many lines were not understood, had no id or did not fit. */
uint32_t psa_queue_read(struct psa_queue *queue, const struct psa_names *names,
                        struct psa_text text);
/** What comes next, after the title @p last if that is in the queue. @return How many. */
uint32_t psa_queue_guess(const struct psa_queue *queue, const struct psa_play *last, int64_t now_s,
                         struct psa_guess ret_guesses[PSA_GUESSES_MAX]);

#endif
