/* SPDX-License-Identifier: BSD-3-Clause */
/* host/predict/scorecard.c - see scorecard_priv.h. */
#include "host/predict/scorecard_priv.h"

#include <math.h>

#include "host/base/assert.h"

void ps_scorecard_add(struct ps_scorecard *card, double confidence, double weight, double hit)
{
    unsigned bin;

    ps_assert(confidence > 0.0 && confidence < 1.0);
    bin = (unsigned)(confidence * PS_SCORECARD_BINS);
    card->labels++;
    card->loss -= weight * log(hit > 0.0 ? confidence : 1.0 - confidence);
    card->weight[bin] += weight;
    card->said[bin] += weight * confidence;
    card->happened[bin] += weight * hit;
}

static double sum(const double bins[PS_SCORECARD_BINS])
{
    double total = 0.0;

    for (unsigned b = 0; b < PS_SCORECARD_BINS; b++)
        total += bins[b];
    return total;
}

static double per_weight(const struct ps_scorecard *card, double total)
{
    const double weight = sum(card->weight);

    return weight > 0.0 ? total / weight : 0.0;
}

double ps_scorecard_said(const struct ps_scorecard *card)
{
    return per_weight(card, sum(card->said));
}

double ps_scorecard_happened(const struct ps_scorecard *card)
{
    return per_weight(card, sum(card->happened));
}

double ps_scorecard_log_loss(const struct ps_scorecard *card)
{
    return per_weight(card, card->loss);
}

double ps_scorecard_error(const struct ps_scorecard *card)
{
    double distance = 0.0;

    for (unsigned b = 0; b < PS_SCORECARD_BINS; b++)
        distance += fabs(card->said[b] - card->happened[b]);
    return per_weight(card, distance);
}
