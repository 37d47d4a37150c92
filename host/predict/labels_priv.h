/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/predict/labels_priv.h - predictions whose outcome is not known yet, oldest first.
 *
 * A label remembers what was said of a resource and how often it had been wanted till then; when a
 * horizon has passed, the difference of starts is the truth. One ring serves all horizons, with
 * one reader each. Bounded: what does not fit is not written down, and counted.
 */
#ifndef PS_HOST_PREDICT_LABELS_PRIV_H
#define PS_HOST_PREDICT_LABELS_PRIV_H

#include <stdbool.h>
#include <stdint.h>

#include "host/plan/prediction.h"
#include "host/predict/features_priv.h"

#define PS_LABELS_MAX 32768u /* an hour of PS_PREDICT_LABELS_A_MINUTE, twice over */

struct ps_label {
    uint64_t time_ns;
    struct ps_resource resource;
    struct ps_features features;
    float log_guess[PS_HORIZON_COUNT]; /* the plain guess, log expected starts */
    float confidence[PS_HORIZON_COUNT];
    float weight;    /* 1 / the chance with which it was picked */
    uint32_t starts; /* of the resource, till then */
    uint32_t cold;   /* its media had never been wanted */
};

struct ps_labels {
    struct ps_label ring[PS_LABELS_MAX];
    uint64_t written;
    uint64_t read[PS_HORIZON_COUNT];
    uint64_t shed;
};

/** @return false (and counted) when the ring is full. */
bool ps_labels_put(struct ps_labels *labels, const struct ps_label *label);

/** The next label whose horizon has passed at @p now_ns, or NULL. Valid until the next put. */
const struct ps_label *ps_labels_due(struct ps_labels *labels, enum ps_horizon horizon,
                                     uint64_t now_ns);

#endif
