/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/predict/predict_priv.h - the predictor's parts, as its own files see them.
 *
 * predict.c lets time pass and learns, score.c answers for one resource, candidates.c says which
 * resources are worth an answer, rank.c orders the answers, save.c keeps all of it over a restart.
 */
#ifndef PS_HOST_PREDICT_PREDICT_PRIV_H
#define PS_HOST_PREDICT_PREDICT_PRIV_H

#include <stdint.h>

#include "host/predict/calibrate_priv.h"
#include "host/predict/features_priv.h"
#include "host/predict/labels_priv.h"
#include "host/predict/model_priv.h"
#include "host/predict/predict.h"
#include "host/predict/scorecard_priv.h"
#include "host/predict/tops_priv.h"
#include "host/predict/tracked_priv.h"

#define PS_PREDICT_CANDIDATES_MAX  4096u             /* scored in one turn at most */
#define PS_PREDICT_WANTED_MAX      3072u             /* of these, for media wanted of late */
#define PS_PREDICT_TOPS_MAX        512u              /* of these, for the hour's favourites */
#define PS_PREDICT_WANTED_NS       86400000000000ull /* "of late" */
#define PS_PREDICT_SCORE_NS        10000000000ull    /* an unchanged score is good for so long */
#define PS_PREDICT_TICK_NS         60000000000ull    /* calibration and labels */
#define PS_PREDICT_TICKS_MAX       120u              /* after a leap in time, the rest is skipped */
#define PS_PREDICT_LABELS_A_MINUTE 256u              /* picked from the candidates */

/* What is learned, apart from the tracked media: no pointer and no place, so it saves as it is. */
struct ps_predict_mind {
    uint64_t now_ns; /* never steps back; 0 until the first sample */
    uint64_t tick_ns;
    uint64_t next_id;
    uint64_t random;
    uint64_t samples, starts;
    struct ps_overall overall;
    struct ps_tops tops;
    struct ps_model model[PS_HORIZON_COUNT];
    struct ps_calibrate calibrate[PS_HORIZON_COUNT][2]; /* warm, cold */
    struct ps_scorecard scorecard[PS_HORIZON_COUNT];
    struct ps_labels labels;
};

struct ps_predict {
    struct ps_predict_config cfg;
    struct ps_tracked tracked;
    struct ps_predict_mind mind;
    struct ps_moment moment;
    uint64_t gathering; /* serial of the last walk for candidates */
    uint32_t candidate_count;
    uint32_t candidates[PS_PREDICT_CANDIDATES_MAX]; /* places of resources */
    uint32_t order[PS_PREDICT_CANDIDATES_MAX];      /* rank's heap */
};

/** Let time pass up to @p now_ns: settle labels that are due, issue new ones, calibrate. */
void ps_predict_advance(struct ps_predict *predict, uint64_t now_ns);

/** Resources worth an answer now, into candidates[]; cost is bounded by its size. */
void ps_predict_gather(struct ps_predict *predict);

/** Say what is expected of a resource. @param ret_label Filled but for its weight, or NULL. */
void ps_predict_score(struct ps_predict *predict, uint32_t resource_idx,
                      struct ps_label *ret_label);

/** A number in [0, 1) from the predictor's own sequence. */
double ps_predict_random(struct ps_predict *predict);

#endif
