/* SPDX-License-Identifier: BSD-3-Clause */
/* host/predict/labels.c - see labels_priv.h. */
#include "host/predict/labels_priv.h"

const uint32_t ps_outlook_s[PS_OUTLOOKS] = { 60, 300, 900, 3600 };

void ps_label_features_set(struct ps_label *label, const struct ps_features *features)
{
    for (unsigned f = 0; f < PS_FEATURE_COUNT; f++) {
        const float units = features->value[f] * PS_LABEL_UNITS;

        label->features[f] = (int16_t)(units < -32767.0f  ? -32767.0f
                                       : units > 32767.0f ? 32767.0f
                                                          : units);
    }
}

void ps_label_features_get(const struct ps_label *label, struct ps_features *ret_features)
{
    *ret_features = (struct ps_features){ { 0 } };
    for (unsigned f = 0; f < PS_FEATURE_COUNT; f++)
        ret_features->value[f] = (float)label->features[f] / PS_LABEL_UNITS;
}

bool ps_labels_put(struct ps_labels *labels, const struct ps_label *label)
{
    for (unsigned o = 0; o < PS_OUTLOOKS; o++)
        if (labels->written - labels->read[o] >= PS_LABELS_MAX) {
            labels->shed++;
            return false;
        }
    labels->ring[labels->written++ % PS_LABELS_MAX] = *label;
    return true;
}

const struct ps_label *ps_labels_due(struct ps_labels *labels, unsigned outlook, uint32_t now_s)
{
    const struct ps_label *label = &labels->ring[labels->read[outlook] % PS_LABELS_MAX];

    if (labels->read[outlook] == labels->written || label->time_s + ps_outlook_s[outlook] > now_s)
        return NULL;
    labels->read[outlook]++;
    return label;
}
