/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/predict/predict.h - demand in, ranked predictions with calibrated confidence out.
 *
 * Pure: no I/O, no clock, no randomness; the same samples at the same times give the same answers,
 * so any trace can be replayed. State per resource is constant in size. A turn's cost does not grow
 * with the catalogue: only resources that changed, are due or are hinted are scored.
 *
 * Time that steps back stands still instead, and so does time at the end: February 2106. Each
 * minute of time passed in, some of what would be said is written down, and judged when its horizon
 * has passed. That happens inside learn() as well as inside rank(), so importing a log of earlier
 * requests with learn() alone trains the model and its calibration too; after a leap in time only
 * the first two hours of it are lived through.
 *
 * Threads: one at a time per predictor.
 */
#ifndef PS_HOST_PREDICT_PREDICT_H
#define PS_HOST_PREDICT_PREDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/plan/demand.h"
#include "host/plan/forward_look.h"
#include "host/plan/media_facts.h"
#include "host/plan/need.h"
#include "host/plan/prediction.h"

#define PS_PREDICT_RESOURCES_MAX (1u << 20) /* largest resources_max and media_max */
#define PS_PREDICT_PEERS_MAX     (1u << 22)
#define PS_PREDICT_FACTORS_MAX   8u
#define PS_PREDICT_TENANTS_MAX   64u
#define PS_PREDICT_SEGMENTS      12u /* first segments of a media that reach() tells of */
#define PS_PREDICT_CLASSES_MAX   64u /* peer classes that media's audiences are told apart by */
#define PS_PREDICT_MODEL_VERSION 1u  /* of what predicts; the ledger tells versions apart */

struct ps_predict;

struct ps_predict_tenant_config {
    uint64_t key;    /* by which a saved model knows it again */
    uint32_t weight; /* against those of the others; not 0 */
};

struct ps_predict_config {
    uint32_t resources_max; /* tracked at once; the least recently wanted is forgotten first */
    uint32_t media_max;
    uint32_t peers_max; /* whose latest starts are remembered; 0: 65536 */
    uint32_t without;   /* PS_PREDICT_* inputs to leave out, to see what each is worth; 0 */
    /*
     * Tenants share by weight everything here that is bounded: one within its part is answered for
     * as if it were alone, whatever others do, but for the experts, who learn from all. What a
     * tenant leaves free of places and answers is lent. Read during create() only.
     */
    uint32_t tenant_count; /* 0: one, of key 0 */
    const struct ps_predict_tenant_config *tenants;
    /*
     * What is known of a media that begins to be tracked, or does so again: whose it is (a tenant
     * that there is) and what describe() would tell. The same answer each time. NULL: nothing is.
     */
    void (*facts)(void *arg, uint64_t media_key, struct ps_media_facts *ret_facts);
    void *arg;
};

enum {
    PS_PREDICT_COUNTS_LONG = 1u << 0, /* an hour and more */
    PS_PREDICT_SEQUELS = 1u << 1,
    PS_PREDICT_LOOKS = 1u << 2,
    PS_PREDICT_CATEGORY = 1u << 3,
    PS_PREDICT_HOURS = 1u << 4,
    PS_PREDICT_AGE = 1u << 5,
    PS_PREDICT_SIBLINGS = 1u << 6,
    PS_PREDICT_TREND = 1u << 7,
    PS_PREDICT_TRUST = 1u << 8, /* sources' records: each is taken by its word */
};

struct ps_predict_status {
    uint64_t resources, media;
    uint64_t samples, starts;
    uint64_t forgotten; /* resources dropped for want of room */
    uint64_t scored;    /* candidates that the last rank() looked at */
    uint64_t looks_taken, looks_refused, looks_pending;
    uint64_t looks_true, looks_false;           /* settled: kept, and not */
    uint64_t labels[PS_HORIZON_COUNT];          /* predictions whose horizon has passed */
    double mean_said[PS_HORIZON_COUNT];         /* mean confidence over those */
    double mean_happened[PS_HORIZON_COUNT];     /* share that came true */
    double calibration_error[PS_HORIZON_COUNT]; /* ECE, 10 equal-width bins, all labels so far */
    double log_loss[PS_HORIZON_COUNT];
};

/** @return 0, -EINVAL or -ENOMEM. */
int ps_predict_create(struct ps_predict **ret_predict, const struct ps_predict_config *cfg);
/** NULL is allowed. */
void ps_predict_destroy(struct ps_predict *predict);

/** Tell of a resource that could be asked for, so that it can be predicted before its first
 * request. When there is no room, what was never wanted is forgotten before what was. @return 0. */
int ps_predict_know(struct ps_predict *predict, const struct ps_resource *resource,
                    uint64_t now_ns);
/** Tell what is known of a media, before or after its first request; for one that is not tracked
 * this is forgotten (see facts in the configuration). Its tenant stays who it is. */
void ps_predict_describe(struct ps_predict *predict, uint64_t media_key,
                         const struct ps_media_facts *facts);
/**
 * Tell what a peer's agent says. Looks past their time, or for more than PS_HORIZON_60MIN ahead and
 * a little, are counted and dropped, as those whose window is longer than two hours.
 * @return 0, -EINVAL (probability, or until before due), -ERANGE (time) or -ENOBUFS (too many
 *         pending).
 */
int ps_predict_look(struct ps_predict *predict, const struct ps_forward_look *look,
                    uint64_t now_ns);
/**
 * Somebody asked for what this source said would be asked for. Only for sources that speak of many,
 * such as another edge: a peer's own starts come with the demand.
 */
void ps_predict_kept(struct ps_predict *predict, uint64_t source_key, uint64_t media_key,
                     uint64_t now_ns);
/** Forget what one peer did and what it said; what was learned of it with others stays. */
void ps_predict_erase_peer(struct ps_predict *predict, uint64_t peer_key);

/**
 * Learn from samples, oldest first, and from which earlier predictions came true. When importing,
 * @p now_ns is the time of the batch's last sample; samples from after it count as of then.
 */
void ps_predict_learn(struct ps_predict *predict, const struct ps_demand *demand, uint64_t now_ns);

/** Fill @p ret_predictions up to its capacity, best first (expected count, then confidence). */
void ps_predict_rank(struct ps_predict *predict, uint64_t now_ns,
                     struct ps_predictions *ret_predictions);

/** The same of only those resources that viewers are on their way to or agents announce. */
void ps_predict_announced(struct ps_predict *predict, uint64_t now_ns,
                          struct ps_predictions *ret_predictions);

/** What rank() would say of one resource, id apart (0). @return false when it is not tracked. */
bool ps_predict_estimate(struct ps_predict *predict, const struct ps_resource *resource,
                         uint64_t now_ns, struct ps_prediction *ret_prediction);

/**
 * By region, how many peers will want what rank() said, best first: of each resource the regions
 * where a start is as likely as @p confidence_min; the others together, with those of unknown
 * place, as region 0, if that is. What is less likely than that is read over, nothing is scanned.
 * @return How many, up to @p max.
 */
uint32_t ps_predict_needs(const struct ps_predict *predict, const struct ps_predictions *ranked,
                          double confidence_min, struct ps_need *ret_needs, uint32_t max);

/* Part of a media's starts that come from one peer class. */
struct ps_predict_class {
    uint16_t region;
    uint8_t device;
    bool is_other; /* all that there was no room for; region and device mean nothing */
    double share;  /* all classes' sum to 1 */
    double weight; /* starts that it rests upon; the same for all classes of a media */
};
/** Who will start a media. @return How many classes; 0 when it is not tracked. */
uint32_t ps_predict_classes(const struct ps_predict *predict, uint64_t media_key,
                            struct ps_predict_class ret_classes[PS_PREDICT_CLASSES_MAX]);
#define PS_PREDICT_ANY UINT32_MAX
/**
 * The same summed up over the classes of a region or a device, or both.
 * @param region, device  Or PS_PREDICT_ANY.
 * @return false when nothing is known; share and weight are then 0.
 */
bool ps_predict_part(const struct ps_predict *predict, uint64_t media_key, uint32_t region,
                     uint32_t device, double *ret_share, double *ret_weight);
/**
 * How little is known of the rate of a part of what is expected: its variance beyond Poisson's, as
 * a share of its square. From how far starts fell from what was expected, and from how many starts
 * the part is known by.
 * @param share   Of the resource's starts, in (0, 1]; 1: all of them.
 * @param weight  As in struct ps_predict_class.
 */
double ps_predict_doubt(const struct ps_predict *predict, enum ps_horizon horizon, double expected,
                        double share, double weight);

/**
 * Somebody asked for segment @p index of a media. Not demand: it tells how far into it viewers
 * come. Of what is not tracked, or beyond PS_PREDICT_SEGMENTS, it is forgotten.
 */
void ps_predict_reached(struct ps_predict *predict, uint64_t media_key, int32_t index);
/** Of the viewers who start a media, the shares that come to its first segments: 1 for segment 0,
 * never rising. Of one that nothing is known of, what is usual. */
void ps_predict_reach(const struct ps_predict *predict, uint64_t media_key,
                      float ret_share[PS_PREDICT_SEGMENTS]);

/* Why: each factor's part in the log of the starts expected in the middle horizon, largest first.
 */
struct ps_predict_factor {
    const char *name; /* static, in words: "asked for in the last 5 minutes" */
    double value;     /* what was seen, in the name's unit */
    double effect;    /* factor on the expected starts; 1 is none */
};
struct ps_predict_why {
    struct ps_predict_factor factors[PS_PREDICT_FACTORS_MAX];
    uint32_t count;
};
/** @return false when it is not tracked. */
bool ps_predict_why(struct ps_predict *predict, const struct ps_resource *resource, uint64_t now_ns,
                    struct ps_predict_why *ret_why);

void ps_predict_status(const struct ps_predict *predict, struct ps_predict_status *ret_status);

/* One tenant's part. */
struct ps_predict_tenant_status {
    uint64_t media, places; /* tracked; places are media and resources */
    uint64_t places_part;   /* that nobody takes from it */
    uint64_t candidates;    /* in the last rank() */
    uint64_t labels[PS_HORIZON_COUNT];
    double mean_said[PS_HORIZON_COUNT];
    double mean_happened[PS_HORIZON_COUNT];
    double calibration_error[PS_HORIZON_COUNT];
};
/** @param tenant  Below tenant_count. */
void ps_predict_tenant_status(const struct ps_predict *predict, uint32_t tenant,
                              struct ps_predict_tenant_status *ret_status);

/* How often what was said came true, by how sure it was said to be: bins of equal width. */
#define PS_PREDICT_CALIBRATION_BINS 10u
struct ps_predict_calibration {
    double said[PS_PREDICT_CALIBRATION_BINS];     /* mean confidence; 0 without a label */
    double happened[PS_PREDICT_CALIBRATION_BINS]; /* share that came true */
    uint64_t count[PS_PREDICT_CALIBRATION_BINS];  /* labels, each by its weight; rounded */
};
void ps_predict_calibration(const struct ps_predict *predict, enum ps_horizon horizon,
                            struct ps_predict_calibration *ret_calibration);

/**
 * The whole model as bytes (version, crc32c), to keep over a restart.
 * @param ret_data  To be freed by the caller with free().
 * @return 0 or -ENOMEM.
 */
int ps_predict_save(const struct ps_predict *predict, void **ret_data, size_t *ret_size_bytes);
/**
 * Take over a saved model. Made by a larger predictor, the least recently wanted stay behind.
 * @return 0, -EINVAL (not a model of this version, or damaged) or -ENOMEM; when not 0, the
 *         predictor is unchanged.
 */
int ps_predict_load(struct ps_predict *predict, const void *data, size_t size_bytes);

#endif
