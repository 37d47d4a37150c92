/* SPDX-License-Identifier: BSD-3-Clause */
/* host/predict/score.c - what is expected of one resource. */
#include <math.h>

#include "host/predict/predict_priv.h"

static enum ps_reason reason_for(const struct ps_tracked_resource *resource,
                                 const struct ps_tracked_media *media)
{
    if (resource->last_start_ns != 0)
        return PS_REASON_RATE;
    return media->last_start_ns != 0 ? PS_REASON_SIBLING : PS_REASON_PRIOR;
}

void ps_predict_score(struct ps_predict *predict, uint32_t resource_idx, struct ps_label *ret_label)
{
    struct ps_tracked_resource *resource = &predict->tracked.resources[resource_idx];
    const struct ps_tracked_media *media = &predict->tracked.media[resource->media];
    const unsigned cold = media->last_start_ns == 0;
    struct ps_label label = { .time_ns = predict->moment.clock.now_ns,
                              .resource = resource->key,
                              .starts = resource->starts,
                              .cold = cold };
    struct ps_score *score = &resource->score;
    float log_per_s, log_expected;

    ps_features_read(&predict->moment, &predict->mind.overall, resource, media, &label.features,
                     &log_per_s);
    log_per_s = logf(log_per_s);
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++) {
        static const float log_horizon_s[PS_HORIZON_COUNT] = { 5.70378247f, 6.80239476f,
                                                               8.18868912f };

        label.log_guess[h] = log_per_s + log_horizon_s[h];
        log_expected = ps_model_score(&predict->mind.model[h], &label.features, label.log_guess[h]);
        label.confidence[h] = ps_calibrate_read(&predict->mind.calibrate[h][cold], log_expected);
        /* The longer horizon contains the shorter, and a start expected is at least its chance. */
        if (h > 0)
            label.confidence[h] = fmaxf(label.confidence[h], label.confidence[h - 1]);
        score->confidence[h] = label.confidence[h];
        score->expected[h] = fmaxf(expf(log_expected), label.confidence[h]);
        if (h > 0)
            score->expected[h] = fmaxf(score->expected[h], score->expected[h - 1]);
    }
    score->scored_ns = label.time_ns;
    score->media_version = media->version;
    score->reason = reason_for(resource, media);
    if (ret_label != NULL)
        *ret_label = label;
}
