/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/predict/tops_priv.h - what each hour of the day usually wants most.
 *
 * Why: last night's favourites are worth a look before anyone asks tonight, and finding them must
 * not take a walk through the catalogue.
 */
#ifndef PS_HOST_PREDICT_TOPS_PRIV_H
#define PS_HOST_PREDICT_TOPS_PRIV_H

#include <stdint.h>

#include "host/predict/rates_priv.h"

#define PS_TOPS_MAX 64u /* media kept for each hour */

struct ps_top {
    uint64_t media_key;
    float inflated; /* the media's count for this hour when it was last wanted in it */
    uint32_t epoch;
};

struct ps_tops {
    struct ps_top media[PS_HOURS][PS_TOPS_MAX];
    uint32_t count[PS_HOURS];
};

/** @p media_key was wanted now; @p hours already knows. Takes the place of a smaller one. */
void ps_tops_offer(struct ps_tops *tops, const struct ps_rate_clock *clock, uint64_t media_key,
                   const struct ps_hours *hours);

#endif
