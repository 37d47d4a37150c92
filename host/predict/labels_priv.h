/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/predict/labels_priv.h - predictions whose outcome is not known yet, oldest first.
 *
 * A label remembers what was known of a resource and how often it had been wanted till then; when
 * an outlook has passed, the difference of starts is the truth. One ring serves all outlooks, with
 * one reader each. Bounded: what does not fit is not written down, and counted.
 */
#ifndef PS_HOST_PREDICT_LABELS_PRIV_H
#define PS_HOST_PREDICT_LABELS_PRIV_H

#include <stdbool.h>
#include <stdint.h>

#include "host/plan/prediction.h"
#include "host/predict/table_priv.h"

#define PS_LABELS_A_MINUTE 1024u
#define PS_LABELS_MAX      65536u /* an hour of them and a little */
#define PS_LABEL_UNITS     256.0f /* to one of a feature */

struct ps_label {
    uint64_t media_key;
    uint32_t time_s;
    float weight;                       /* 1 / the chance with which it was picked */
    float log_odds[PS_OUTLOOKS];        /* as said, before calibration, */
    float confidence[PS_HORIZON_COUNT]; /* and after */
    int16_t features[PS_FEATURE_COUNT]; /* in PS_LABEL_UNITS */
    uint16_t starts;                    /* of the resource, till then, modulo 65536 */
    uint8_t profile;
    uint8_t cold; /* its media had never been wanted */
};

struct ps_labels {
    struct ps_label ring[PS_LABELS_MAX];
    uint64_t written;
    uint64_t read[PS_OUTLOOKS];
    uint64_t shed;
};

extern const uint32_t ps_outlook_s[PS_OUTLOOKS];

void ps_label_features_set(struct ps_label *label, const struct ps_features *features);
void ps_label_features_get(const struct ps_label *label, struct ps_features *ret_features);

/** @return false (and counted) when the ring is full. */
bool ps_labels_put(struct ps_labels *labels, const struct ps_label *label);

/** The next label whose outlook has passed at @p now_s, or NULL. Valid until the next put. */
const struct ps_label *ps_labels_due(struct ps_labels *labels, unsigned outlook, uint32_t now_s);

#endif
