/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * agent/history_priv.h - what this peer played, and what that says of what it will play.
 *
 * Two things are read off the last PSA_PLAYS_MAX plays, each time anew. Habits: a title that was
 * played in this hour of the week in at least two weeks. Sequels: a title that came after the one
 * played last, at least twice. No tables are kept that could be wrong, and a thousand plays are
 * read in less than a millisecond.
 *
 * Threads: one at a time.
 */
#ifndef PS_AGENT_HISTORY_PRIV_H
#define PS_AGENT_HISTORY_PRIV_H

#include "agent/names_priv.h"

#define PSA_PLAYS_MAX   1024u
#define PSA_GUESSES_MAX 16u
#define PSA_WEEK_HOURS  168

struct psa_play {
    int64_t at_s;
    struct psa_id id;
    int32_t week;   /* counted by local days, each begins with a Monday */
    uint8_t hour;   /* of the week, 0..167, local */
    uint8_t minute; /* of the hour */
};

struct psa_history {
    struct psa_play plays[PSA_PLAYS_MAX]; /* a ring */
    uint32_t first, count;
};

/* What may be played, and when. */
struct psa_guess {
    struct psa_id id;
    int64_t from_s, to_s;
    double probability;
};

/** Later than all before, or it is left out. @return Whether it was taken. */
bool psa_history_add(struct psa_history *history, const struct psa_id *id, int64_t at_s);
/** The latest; NULL: none. */
const struct psa_play *psa_history_last(const struct psa_history *history);

/** What is usual in the local hour that @p at_s is in. @return How many. */
uint32_t psa_history_habits(const struct psa_history *history, int64_t at_s,
                            struct psa_guess ret_guesses[PSA_GUESSES_MAX]);
/** What came after the title that was played last. @return How many. */
uint32_t psa_history_sequels(const struct psa_history *history, int64_t now_s,
                             struct psa_guess ret_guesses[PSA_GUESSES_MAX]);

#endif
