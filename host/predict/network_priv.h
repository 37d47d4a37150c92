/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/predict/network_priv.h - the expert of curves: a small network over the scaled features.
 *
 * One hidden layer that all outlooks share, so that what one teaches helps the others. Outputs are
 * the log odds of at least one start in each outlook and the log of the starts expected. AdaGrad
 * (Duchi, Hazan, Singer, JMLR 2011) sets the step of each weight; the counts' gradient is that of
 * a negative binomial, which bounds what one crowd may do.
 */
#ifndef PS_HOST_PREDICT_NETWORK_PRIV_H
#define PS_HOST_PREDICT_NETWORK_PRIV_H

#include <stdint.h>

#include "host/predict/table_priv.h"

#define PS_NETWORK_HIDDEN  32u
#define PS_NETWORK_OUTPUTS 8u /* log odds of 4 outlooks, log starts of 4 */

struct ps_network_layers {
    float first[PS_FEATURES_PADDED][PS_NETWORK_HIDDEN];
    float first_bias[PS_NETWORK_HIDDEN];
    float second[PS_NETWORK_OUTPUTS][PS_NETWORK_HIDDEN];
    float second_bias[PS_NETWORK_OUTPUTS];
};

struct ps_network {
    struct ps_network_layers weight;
    struct ps_network_layers squares; /* sums of squared gradients */
};

struct ps_network_output {
    float log_odds[PS_OUTLOOKS];
    float log_starts[PS_OUTLOOKS];                              /* natural */
    float input[PS_FEATURES_PADDED], hidden[PS_NETWORK_HIDDEN]; /* on the way to it */
};

/** The same weights for every network: chance has a fixed seed. */
void ps_network_init(struct ps_network *network);

void ps_network_score(const struct ps_network *network, const struct ps_features *features,
                      struct ps_network_output *ret_output);

/**
 * @param output  Of the features that this was the outcome of; nothing was learned since.
 * @param weight  Importance, > 0.
 */
void ps_network_learn(struct ps_network *network, const struct ps_network_output *output,
                      unsigned outlook, float starts, float weight);

/** Make room for change: sums of squares fade a little. */
void ps_network_fade(struct ps_network *network);

#endif
