/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/replay/keeper.h - a buffer that keeps what scores best, and stages on a budget.
 *
 * What is missed comes in, and the least of all goes, itself included. Besides, candidates are
 * offered in the order of their score, and one comes in early when it beats the least inside by the
 * price. A staging takes a token; tokens come evenly, as many as the budget of each minute, which
 * is also the most that are saved up. The price rises while tokens are scarce and falls to a little
 * while they are not, so that they go to where they gain most. Every staging counts, used or not.
 *
 * How long it takes until as many came in as the buffer holds is its turnover: by that the caller
 * can say whether a candidate will be asked for in time.
 *
 * Threads: none.
 */
#ifndef PS_TOOLS_REPLAY_KEEPER_H
#define PS_TOOLS_REPLAY_KEEPER_H

#include <stdbool.h>
#include <stdint.h>

struct replay_keeper {
    uint32_t capacity;
    uint32_t budget_per_min;
    uint32_t count;
    uint32_t *inside; /* objects */
    uint32_t *at;     /* of every object: its place in inside plus one; 0: not there */
    bool *staged;     /* of every object: came in early and was not asked for yet */
    uint64_t time_ns; /* until when tokens came */
    double tokens, price;
    uint32_t came;           /* in, since the last offer */
    double came_all, came_s; /* and in so much time before; fade with each turnover */
    uint64_t staged_count, used_count;
};

/** @return 0 or -ENOMEM; fini in every case. */
int replay_keeper_init(struct replay_keeper *keeper, uint32_t capacity, uint32_t object_count,
                       uint32_t budget_per_min);
void replay_keeper_fini(struct replay_keeper *keeper);

static inline bool replay_keeper_has(const struct replay_keeper *keeper, uint32_t obj)
{
    return keeper->at[obj] != 0;
}

/** A request. @param score  Of all objects, on a scale of logarithms. @return whether it was there.
 */
bool replay_keeper_request(struct replay_keeper *keeper, uint32_t obj, const float *score);

/** Seconds; 0 while nothing is known. */
double replay_keeper_turnover_s(const struct replay_keeper *keeper);

/** Candidates, best first. */
void replay_keeper_offer(struct replay_keeper *keeper, const uint32_t *objs, uint32_t count,
                         const float *score, uint64_t time_ns);

#endif
