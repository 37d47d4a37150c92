/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/predict/tops_priv.h - what each hour of the day usually wants most.
 *
 * Why: last night's favourites are worth a look before anyone asks tonight, and finding them must
 * not take a walk through the catalogue. Space-saving (Metwally et al., ICDT 2005) in sets of
 * eight: a media that comes new takes the place of the least and its count, so that what is wanted
 * often is there and over-estimated at most by that. Counts are halved every day.
 */
#ifndef PS_HOST_PREDICT_TOPS_PRIV_H
#define PS_HOST_PREDICT_TOPS_PRIV_H

#include <stdint.h>

#include "host/predict/overall_priv.h"

#define PS_TOPS_SET 8u
#define PS_TOPS_MAX 256u /* media kept for each hour */

struct ps_top {
    uint64_t media_key;
    float starts; /* 0: free */
    uint32_t day; /* since 1970, that starts is as of */
};

struct ps_tops {
    struct ps_top media[PS_HOURS][PS_TOPS_MAX];
};

void ps_tops_add(struct ps_tops *tops, uint64_t media_key, uint32_t now_s, float starts);

/** Starts of a media in hour @p hour of earlier days; 0 when it is none of the most wanted. */
float ps_tops_read(const struct ps_tops *tops, uint64_t media_key, uint8_t hour, uint32_t now_s);

#endif
