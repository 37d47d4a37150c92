/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/daemon/bets.h - predictions that could be bet on this turn, taken dearest first.
 *
 * A heap, so that a turn whose budget is soon spent does not pay for sorting the rest; and ours,
 * because qsort(3) may allocate. Threads: the loop thread.
 */
#ifndef PS_HOST_DAEMON_BETS_H
#define PS_HOST_DAEMON_BETS_H

#include <stdbool.h>
#include <stdint.h>

#include "host/media/catalogue.h"
#include "host/plan/prediction.h"
#include "host/predict/predict.h"

struct ps_bet {
    const struct ps_prediction *prediction;
    struct ps_media *media;
    const struct ps_profile *profile;
    enum ps_horizon horizon;
    double benefit;                   /* of segment next */
    double first;                     /* of segment 0 */
    int32_t next;                     /* segment to begin */
    float reach[PS_PREDICT_SEGMENTS]; /* share of the viewers that come to each segment */
};

struct ps_bets {
    uint32_t count; /* set to 0 to begin anew */
    struct ps_bet items[PS_PREDICTIONS_MAX];
};

/** One that finds no place is left out: there are as many places as predictions. */
void ps_bets_add(struct ps_bets *bets, const struct ps_bet *bet);
/** The dearest; of equals the earlier prediction. @return false when none is left. */
bool ps_bets_take(struct ps_bets *bets, struct ps_bet *ret_bet);

#endif
