/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/daemon/feedback.h - what earlier bets teach about the next ones.
 *
 * Why: a prediction is worth what came of predictions like it. Each bet of the ledger is judged
 * once: useful when somebody asked for it, useless when its horizon passed or it went without. One
 * that is asked for after its horizon is redeemed. What was judged fades, so that yesterday's
 * audience does not steer today's: by half in PS_FEEDBACK_HALF_LIFE_NS where prices and trust come
 * from it, in PS_FEEDBACK_STEER_HALF_LIFE_NS where the threshold does (host/alloc/steer.h says why
 * that loop needs a short memory).
 *
 * Every answer begins at "as good as it says" and moves with evidence: PS_FEEDBACK_PRIOR bets that
 * came out as said are counted in front (the Beta prior).
 *
 * Pure; embed it. Threads: the owner's.
 */
#ifndef PS_HOST_DAEMON_FEEDBACK_H
#define PS_HOST_DAEMON_FEEDBACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/plan/prediction.h"

#define PS_FEEDBACK_HALF_LIFE_NS       21600000000000ull /* six hours */
#define PS_FEEDBACK_STEER_HALF_LIFE_NS 900000000000ull   /* a quarter of an hour */
#define PS_FEEDBACK_PRIOR              8.0
#define PS_FEEDBACK_TRUST_MIN          0.125
#define PS_FEEDBACK_TRUST_MAX          2.0
#define PS_FEEDBACK_BINS               10u
#define PS_FEEDBACK_SAVED_BYTES        744u
#define PS_REASON_COUNT                (PS_REASON_FOLLOW + 1)

/* Faded sums over bets. */
struct ps_feedback_cell {
    double bets;
    double said; /* of their confidences */
    double useful;
};

struct ps_feedback {
    uint64_t faded_ns; /* 0 before the first */
    struct ps_feedback_cell by[PS_REASON_COUNT][PS_HORIZON_COUNT];
    struct ps_feedback_cell bins[PS_FEEDBACK_BINS]; /* predictions by confidence, within horizon */
    struct ps_feedback_cell recent;                 /* predictions, short memory */
    struct ps_feedback_cell marginal;               /* of these, those just above the threshold */
};

/* A bet, as far as judging it goes. */
struct ps_feedback_bet {
    enum ps_reason reason;
    enum ps_horizon horizon;
    double p;
    bool marginal; /* its confidence was just above the threshold */
};

/** Let what was judged fade. Time that steps back is no time. */
void ps_feedback_fade(struct ps_feedback *feedback, uint64_t now_ns);

void ps_feedback_judge(struct ps_feedback *feedback, const struct ps_feedback_bet *bet,
                       bool useful);
/** A bet judged useless found its viewer after all; not within its horizon, so no bin changes. */
void ps_feedback_redeem(struct ps_feedback *feedback, const struct ps_feedback_bet *bet);

/** Share of bets for @p reason that are useful. */
double ps_feedback_usefulness(const struct ps_feedback *feedback, enum ps_reason reason);

/**
 * How far to believe a confidence said for @p reason and @p horizon: useful bets per bet that was
 * said to be, PS_FEEDBACK_TRUST_MIN..PS_FEEDBACK_TRUST_MAX; 1 is as it says.
 */
double ps_feedback_trust(const struct ps_feedback *feedback, enum ps_reason reason,
                         enum ps_horizon horizon);

/** The same over a reason's horizons. */
double ps_feedback_reason_trust(const struct ps_feedback *feedback, enum ps_reason reason);

/** Share of recent bets on predictions that are useful; 1 while there is none. */
double ps_feedback_recent(const struct ps_feedback *feedback);

/** As bytes, to keep over a restart. @param ret_data  PS_FEEDBACK_SAVED_BYTES of room. */
void ps_feedback_save(const struct ps_feedback *feedback, uint32_t model, void *ret_data);
/**
 * Take over what was saved.
 * @return 0, -EINVAL (damaged, or of another version) or -ESTALE (it is about another model); when
 *         not 0, nothing is changed.
 */
int ps_feedback_load(struct ps_feedback *feedback, uint32_t model, const void *data,
                     size_t size_bytes);

#endif
