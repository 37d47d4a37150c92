/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/predict/predict_priv.h - the predictor's parts, as its own files see them.
 *
 * predict.c lets time pass and learns, candidates.c says which resources are worth an answer,
 * score.c answers for one of them, rank.c orders the answers, why.c explains one, save.c keeps all
 * of it over a restart. Two experts answer (table, network); their log odds are blended by how well
 * each did lately, and calibrated.
 */
#ifndef PS_HOST_PREDICT_PREDICT_PRIV_H
#define PS_HOST_PREDICT_PREDICT_PRIV_H

#include <stdint.h>

#include "host/base/clock.h"
#include "host/predict/audience_priv.h"
#include "host/predict/calibrate_priv.h"
#include "host/predict/doubt_priv.h"
#include "host/predict/items_priv.h"
#include "host/predict/labels_priv.h"
#include "host/predict/network_priv.h"
#include "host/predict/predict.h"
#include "host/predict/promises_priv.h"
#include "host/predict/reach_priv.h"
#include "host/predict/scorecard_priv.h"
#include "host/predict/sequels_priv.h"
#include "host/predict/tops_priv.h"

#define PS_CANDIDATES_MAX     16384u /* scored in one turn at most */
#define PS_CANDIDATES_SEQUELS 512u   /* of these, for what viewers go on to */
#define PS_CANDIDATES_NEW     2048u  /* of these, for what was never wanted */
#define PS_RECENT_MAX         65536u /* latest starts that candidates are found by, */
#define PS_RECENT_A_TENANT    16384u /* or so many of each when there are several tenants */
#define PS_PREDICT_TICK_S     60u
#define PS_PREDICT_TICKS_MAX  120u /* after a leap in time, the rest is skipped */
#define PS_PREDICT_FADE_TICKS 60u
#define PS_PREDICT_PEERS      65536u  /* unless configured */
#define PS_PREDICT_PAIRS      262144u /* of media and what follows it */

/* A resource that an answer is wanted for; its media is tracked. */
struct ps_candidate {
    uint32_t media;
    uint8_t profile; /* a number of ps_overall, or PS_PROFILE_NONE */
};

/* What is said of it. */
struct ps_answer {
    float log_odds[PS_OUTLOOKS]; /* blended, not calibrated */
    float confidence[PS_HORIZON_COUNT];
    float expected[PS_HORIZON_COUNT];
    bool cold;
    enum ps_reason reason;
};

/* What all resources of one media have in common at one moment; the latest is kept. */
struct ps_view {
    uint32_t media;              /* PS_ITEM_NONE: of none */
    float starts[PS_SPAN_COUNT]; /* expected in 5 minutes, by each half-life's share */
    float count;                 /* at the longest */
    float sequel[PS_SEQUELS_HORIZONS];
    float top;
    float age; /* as a feature */
};

/* Log losses of both experts, fading: who did better gets more of the say. */
struct ps_blend {
    float table_loss, network_loss, weight;
};

/* What is learned of one tenant's media alone: no pointer and no place. The rates of everything
 * that shares are taken of, and what answers turn out to be worth: what another tenant's viewers do
 * must not move them. All tenants number profiles alike. */
struct ps_tenant_mind {
    struct ps_overall overall;
    struct ps_tops tops;
    struct ps_calibrate calibrate[PS_OUTLOOKS][2]; /* warm, cold */
    struct ps_scorecard scorecard[PS_HORIZON_COUNT];
    struct ps_reach reach;
    struct ps_audience audience;
};

/* A ring of media that were wanted, or told of. */
struct ps_predict_ring {
    uint32_t *media; /* size of them */
    uint32_t size;
    uint64_t count; /* ever put */
};

struct ps_predict_tenant {
    uint64_t key;
    struct ps_tenant_mind *mind; /* one of the predictor's */
    struct ps_sequels sequels;
    struct ps_moment moment;
    struct ps_predict_ring recent; /* by their latest starts */
    struct ps_predict_ring fresh;  /* newly told of */
    double part;                   /* of all that is shared by weight; they add up to 1 */
    uint32_t candidates_max;       /* of candidates[], while they are gathered */
    uint32_t candidate_count;
};

/* What is learned of all together, apart from items and looks: no pointer and no place. */
struct ps_predict_mind {
    uint64_t now_ns; /* never steps back; 0 until the first sample */
    uint64_t tick_count;
    uint64_t next_id;
    uint64_t random;
    uint64_t samples, starts;
    uint32_t tick_s;
    uint32_t zero;
    struct ps_table table;
    struct ps_network network;
    struct ps_blend blend[PS_OUTLOOKS];
    struct ps_scorecard scorecard[PS_HORIZON_COUNT];
    struct ps_features usual; /* means of the features */
    struct ps_doubt doubt;
    struct ps_labels labels;
};

/* A candidate in the order of answers. */
struct ps_place {
    float expected;
    uint32_t candidate;
};

struct ps_predict {
    struct ps_predict_config cfg; /* its tenants are these: */
    struct ps_predict_tenant_config tenant_cfg[PS_PREDICT_TENANTS_MAX];
    struct ps_items items;
    struct ps_promises promises;
    struct ps_predict_mind mind;
    struct ps_tenant_mind *tenant_minds; /* tenant_count of them; saved in one piece */
    struct ps_predict_tenant *tenants;   /* tenant_count of them */
    uint32_t tenant_count;
    struct ps_predict_tenant *tenant; /* whose media is being answered for */
    struct ps_view view;
    bool moment_is_old; /* something was learned since */
    uint64_t *gathered; /* bits: the media is among the candidates */
    uint32_t candidate_count;
    uint64_t scored; /* in the last rank() */
    struct ps_candidate candidates[PS_CANDIDATES_MAX];
    struct ps_answer answers[PS_CANDIDATES_MAX];
    struct ps_place order[PS_CANDIDATES_MAX], spare[PS_CANDIDATES_MAX]; /* rank's */
};

/** Let time pass up to @p now_ns: settle labels that are due, issue new ones, calibrate. */
void ps_predict_advance(struct ps_predict *predict, uint64_t now_ns);
/** The moment is of now, with all that was learned: whoever answers calls it first. */
void ps_predict_refresh(struct ps_predict *predict);

/** Resources worth an answer now, into candidates[]; cost is bounded by its size. */
void ps_predict_gather(struct ps_predict *predict);
/** Of these only what viewers are on their way to or agents announce. */
void ps_predict_gather_announced(struct ps_predict *predict);
/** A media was wanted, or newly told of. */
void ps_predict_touch(struct ps_predict *predict, uint32_t media);
void ps_predict_meet(struct ps_predict *predict, uint32_t media);

/** The candidate that a resource is. @return false when it is not tracked. */
bool ps_predict_find(struct ps_predict *predict, const struct ps_resource *resource,
                     uint64_t now_ns, struct ps_candidate *ret_candidate);
/** What is known of a resource now. */
void ps_predict_features(struct ps_predict *predict, const struct ps_candidate *candidate,
                         struct ps_features *ret_features);
/** Say what is expected of it. @param features  May be NULL; else they are given back. */
void ps_predict_answer(struct ps_predict *predict, const struct ps_candidate *candidate,
                       struct ps_features *features, struct ps_answer *ret_answer);
/** Starts that looks announce for an outlook. */
float ps_predict_look_starts(const struct ps_features *features, unsigned outlook);
/** The chance that looks give for an outlook. */
float ps_predict_look_chance(const struct ps_features *features, unsigned outlook);
/** Log odds of a start by those who said so, or else by anybody. */
float ps_predict_with_looks(float log_odds, float look_chance);
/** The experts' blended log odds for each outlook, looks included. */
ps_vec4 ps_predict_blend(const struct ps_predict *predict, const struct ps_features *features,
                         struct ps_network_output *ret_network);

/** Whose a media is; answers for it are about this tenant. */
static inline struct ps_predict_tenant *ps_predict_tenant_of(const struct ps_predict *predict,
                                                             uint32_t media)
{
    return &predict->tenants[ps_item_tenant(&predict->items.items[media])];
}

/** Profiles and their numbers, the same for all tenants. */
static inline const struct ps_overall *ps_predict_profiles(const struct ps_predict *predict)
{
    return &predict->tenant_minds[0].overall;
}

/** The media's place, taken now if need be, with what is known of it apart from its starts. */
uint32_t ps_predict_track(struct ps_predict *predict, uint64_t media_key);

/* tenants.c */
/** @return 0 or -ENOMEM; ps_predict_tenants_fini() copes with half-built. */
int ps_predict_tenants_init(struct ps_predict *predict);
void ps_predict_tenants_fini(struct ps_predict *predict);
/** The number of a profile, as ps_overall_profile(). */
uint8_t ps_predict_number_profile(struct ps_predict *predict, uint64_t profile_key);

static inline uint32_t ps_predict_now_s(const struct ps_predict *predict)
{
    return (uint32_t)(predict->mind.now_ns / PS_NS_PER_SEC);
}

#endif
