/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/predict/curves_mix_priv.h - experts' forecasts mixed by their recent losses.
 *
 * Discounted Hedge, one for each horizon: weight = exp(-rate x decayed sum of losses). Forecasts
 * wait until their interval is over. A sleeping expert is taken to say what the mix says, so it
 * neither gains nor loses. Losses are shared among series of one kind (ps_pool), since one class's
 * counts alone are too noisy to tell experts apart soon.
 */
#ifndef PS_HOST_PREDICT_CURVES_MIX_PRIV_H
#define PS_HOST_PREDICT_CURVES_MIX_PRIV_H

#include "host/predict/curves_series_priv.h"
#include "host/predict/curves_spread_priv.h"

/* Intervals ahead that are judged: those which end at the horizons. */
extern const uint32_t ps_mix_lead[PS_HORIZON_COUNT];
#define PS_MIX_WAITING 16u /* 1 + 3 + 12 forecasts wait for their interval */

/* What was said of an interval to come. */
struct ps_forecast {
    float says[PS_EXPERT_COUNT];
    float direct;   /* the mix of these */
    float told;     /* after reconciliation; NAN: nothing was told */
    float other;    /* the total only: the sum of what classes told */
    float relative; /* variance beyond Poisson's */
    float quantile[PS_CURVES_LEVELS];
};

struct ps_mix {
    double loss[PS_HORIZON_COUNT][PS_EXPERT_COUNT]; /* decayed, above that of the mix */
    double scale[PS_HORIZON_COUNT];                 /* decayed mean of the mix's error */
    struct ps_dispersion dispersion[PS_HORIZON_COUNT];
    struct ps_forecast waiting[PS_MIX_WAITING];
};

/* What series of a kind share. */
struct ps_pool {
    double loss[PS_HORIZON_COUNT][PS_EXPERT_COUNT];
    struct ps_dispersion dispersion[PS_HORIZON_COUNT];
    struct ps_levels levels[PS_HORIZON_COUNT];
    /* gathered within one interval: */
    double losses[PS_HORIZON_COUNT][PS_EXPERT_COUNT];
    double below[PS_HORIZON_COUNT][PS_CURVES_LEVELS];
    double judged[PS_HORIZON_COUNT];
};

/** Where in waiting[] the forecast of @p interval made ps_mix_lead[h] before it waits. */
uint32_t ps_mix_place(enum ps_horizon h, uint64_t interval);
struct ps_forecast *ps_mix_waiting(struct ps_mix *mix, enum ps_horizon h, uint64_t interval);

/** Nothing waits any more: time has leapt. */
void ps_mix_drop(struct ps_mix *mix);

/** An interval is over: judge what was said of it. */
void ps_mix_judge(struct ps_mix *mix, struct ps_pool *pool, uint64_t interval, double count);
/** All series of the kind are judged. */
void ps_pool_settle(struct ps_pool *pool);

/** Weights for each horizon; each sums to 1. */
void ps_mix_weigh(const struct ps_mix *mix, const struct ps_pool *pool,
                  double ret[PS_HORIZON_COUNT][PS_EXPERT_COUNT]);
/** The weighted mean of who is awake; leads between horizons weigh by what lies between. */
double ps_mix_blend(const float says[PS_EXPERT_COUNT],
                    double weights[PS_HORIZON_COUNT][PS_EXPERT_COUNT], uint32_t lead);

/** What lies between the horizons' values at a lead. */
double ps_mix_between(const double at[PS_HORIZON_COUNT], uint32_t lead);

#endif
