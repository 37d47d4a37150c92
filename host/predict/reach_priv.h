/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/predict/reach_priv.h - how far into a media its viewers come, as far as its first segments.
 *
 * Why: a start needs the first segments at once, and not every viewer stays for the tenth. Of those
 * who ask for segment 0, the shares that ask for 1, 2 ... say how many are worth making ahead.
 *
 * A media's own shares lean on its category's while it is young, those on all media's, and those on
 * PS_REACH_STAYS of the viewers staying from each segment to the next. Of media that only the NIC
 * sees, segments come without their index: then so many segments a start, as if viewers left at a
 * constant rate. What was seen counts half as soon as there is enough anew, so habits may change.
 *
 * Of fixed size: where its hash points, of eight media the one seen least goes first; one that was
 * not seen for a day is seen less. No time is read.
 */
#ifndef PS_HOST_PREDICT_REACH_PRIV_H
#define PS_HOST_PREDICT_REACH_PRIV_H

#include <stdint.h>

#include "host/predict/overall_priv.h"
#include "host/predict/predict.h"

#define PS_REACH_TITLES 2048u
#define PS_REACH_SET    8u
#define PS_REACH_LEAN   8.0f /* viewers that what a media leans on counts as */
#define PS_REACH_STAYS  0.9f

struct ps_reach_title {
    uint64_t media_key;
    uint32_t seen_s;                     /* 0: free */
    uint16_t asked[PS_PREDICT_SEGMENTS]; /* requests for each of the first segments */
    float starts, segments;              /* of the NIC */
    uint32_t zero;
};
_Static_assert(sizeof(struct ps_reach_title) == 48, "saved as it is");

struct ps_reach_sum {
    float asked[PS_PREDICT_SEGMENTS];
};

struct ps_reach {
    struct ps_reach_title titles[PS_REACH_TITLES];
    struct ps_reach_sum category[PS_CATEGORIES];
    struct ps_reach_sum all;
};

/** Somebody asked for segment @p index, below PS_PREDICT_SEGMENTS. */
void ps_reach_add(struct ps_reach *reach, uint64_t media_key, uint8_t category, uint32_t index,
                  uint32_t now_s);
/** So many starts, and segments whose index is not known, were seen. */
void ps_reach_count(struct ps_reach *reach, uint64_t media_key, uint32_t starts, uint32_t segments,
                    uint32_t now_s);
/** Shares of a start's viewers that come to each segment: from 1 on, never rising. */
void ps_reach_read(const struct ps_reach *reach, uint64_t media_key, uint8_t category,
                   float ret_share[PS_PREDICT_SEGMENTS]);

#endif
