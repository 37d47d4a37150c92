/* SPDX-License-Identifier: BSD-3-Clause */
/* host/predict/labels.c - see labels_priv.h. */
#include "host/predict/labels_priv.h"

#include <stddef.h>

bool ps_labels_put(struct ps_labels *labels, const struct ps_label *label)
{
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++) {
        if (labels->written - labels->read[h] == PS_LABELS_MAX) {
            labels->shed++;
            return false;
        }
    }
    labels->ring[labels->written++ % PS_LABELS_MAX] = *label;
    return true;
}

const struct ps_label *ps_labels_due(struct ps_labels *labels, enum ps_horizon horizon,
                                     uint64_t now_ns)
{
    const struct ps_label *label;

    if (labels->read[horizon] == labels->written)
        return NULL;
    label = &labels->ring[labels->read[horizon] % PS_LABELS_MAX];
    if (label->time_ns + PS_HORIZON_NS(horizon) > now_ns)
        return NULL;
    labels->read[horizon]++;
    return label;
}
