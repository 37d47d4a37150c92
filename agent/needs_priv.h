/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * agent/needs_priv.h - what is foreseen, what of it was said, and how often that came true.
 *
 * A need is foreseen by a source, waits for its time to be said, and is judged when its window has
 * passed: it came true if its title was played in it or near it. Each kind of source has a record:
 * what came true beside what was claimed. What a source claims is scaled by its record before it is
 * said, so that of all looks at 0.7 about 70 % come true; with few judged, it is taken at its word.
 * A need that is said once is not said again, whatever source foresees it too.
 *
 * Without plays to judge by (nobody tells what is played) nothing is judged.
 * Threads: one at a time.
 */
#ifndef PS_AGENT_NEEDS_PRIV_H
#define PS_AGENT_NEEDS_PRIV_H

#include "agent/history_priv.h"

#define PSA_NEEDS_MAX 512u
#define PSA_EARLY_S   600 /* it may come so much sooner than was said */
#define PSA_LATE_S    300 /* or later */

enum psa_need_state { PSA_FREE, PSA_WAITING, PSA_SAID, PSA_MET };

struct psa_need {
    enum psa_need_state state;
    enum prestage_agent_kind kind;
    bool foreseen; /* in this round, see psa_needs_begin() */
    struct psa_guess guess;
    uint64_t at_ms; /* when it is to be said */
};

struct psa_record {
    double came, claimed; /* fading */
};

struct psa_needs {
    struct psa_need list[PSA_NEEDS_MAX];
    struct psa_record records[PRESTAGE_AGENT_KINDS];
    uint64_t came, missed, full;
};

/** How much of what a kind claims comes true, about. */
double psa_needs_trust(const struct psa_needs *needs, enum prestage_agent_kind kind);

/** A round of foreseeing: what no source but the application foresees any more is dropped at its
 * end, unless it was said. */
void psa_needs_begin(struct psa_needs *needs);
void psa_needs_end(struct psa_needs *needs);
/** @param at_ms  When it is to be said, if it is new. @return 0, also when it is there, or -ENOSPC.
 */
int psa_needs_foresee(struct psa_needs *needs, enum prestage_agent_kind kind,
                      const struct psa_guess *guess, uint64_t at_ms);

/** What has to be said first; NULL: nothing waits. */
struct psa_need *psa_needs_next(struct psa_needs *needs);
/** It was said. */
void psa_needs_say(struct psa_need *need);

/** A title was played. */
void psa_needs_played(struct psa_needs *needs, const struct psa_id *id, int64_t at_s);
/** Judge and drop what is past. @param can_judge  Plays are told of. */
void psa_needs_settle(struct psa_needs *needs, int64_t now_s, bool can_judge);

#endif
