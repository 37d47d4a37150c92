/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/predict/audience.h - a predictor fed by a small audience of constant tastes. */
#ifndef PS_TESTS_UNIT_HOST_PREDICT_AUDIENCE_H
#define PS_TESTS_UNIT_HOST_PREDICT_AUDIENCE_H

#include <math.h>

#include "host/base/clock.h"
#include "host/base/mem.h"
#include "host/predict/predict.h"
#include "tests/support/ps_test.h"

#define START_NS  (1700000000ull * PS_NS_PER_SEC)
#define MINUTE_NS (60 * PS_NS_PER_SEC)

static inline struct ps_predict *new_predict(uint32_t resources_max, uint32_t media_max)
{
    const struct ps_predict_config cfg = { .resources_max = resources_max, .media_max = media_max };
    struct ps_predict *predict = NULL;

    PS_REQUIRE(ps_predict_create(&predict, &cfg) == 0);
    return predict;
}

static inline void want(struct ps_predict *predict, uint64_t media, uint64_t profile,
                        uint32_t starts, uint64_t now_ns)
{
    struct ps_demand_sample sample = { .start_ns = now_ns,
                                       .end_ns = now_ns,
                                       .resource = { media, profile },
                                       .starts = starts,
                                       .source = PS_DEMAND_LOG };
    const struct ps_demand demand = { .samples = &sample, .capacity = 1, .count = 1 };

    ps_predict_learn(predict, &demand, now_ns);
}

/* One peer begins to watch. */
static inline void want_by(struct ps_predict *predict, uint64_t peer, uint64_t media,
                           uint64_t profile, uint64_t now_ns)
{
    struct ps_demand_sample sample = { .start_ns = now_ns,
                                       .end_ns = now_ns,
                                       .resource = { media, profile },
                                       .peer_key = peer,
                                       .starts = 1,
                                       .source = PS_DEMAND_LOG };
    const struct ps_demand demand = { .samples = &sample, .capacity = 1, .count = 1 };

    ps_predict_learn(predict, &demand, now_ns);
}

static inline struct ps_prediction estimate(struct ps_predict *predict, uint64_t media,
                                            uint64_t profile, uint64_t now_ns)
{
    struct ps_prediction prediction;

    PS_REQUIRE(
        ps_predict_estimate(predict, &(struct ps_resource){ media, profile }, now_ns, &prediction));
    return prediction;
}

static inline double random_unit(uint64_t *state)
{
    *state = *state * 6364136223846793005ull + 1442695040888963407ull;
    return (double)(*state >> 33) * 0x1p-31;
}

/* Resource i of 40 is wanted about 2^-(i/4) times a minute, tossed once a second. */
#define AUDIENCE_RESOURCES 40u

static inline void audience_second(struct ps_predict *predict, uint64_t *random, bool tasteless,
                                   uint64_t now_ns)
{
    for (uint32_t i = 0; i < AUDIENCE_RESOURCES; i++)
        if (random_unit(random) < exp2(-(double)i / 4.0) / 60.0) {
            const uint32_t to =
                tasteless ? (uint32_t)(random_unit(random) * AUDIENCE_RESOURCES) : i;

            want(predict, 1 + to / 2, 1 + to % 2, 1, now_ns);
        }
}

/* Returns when it ended. */
static inline uint64_t audience_watches(struct ps_predict *predict, uint64_t seed, bool tasteless,
                                        uint64_t from_ns, unsigned minutes)
{
    const uint64_t to_ns = from_ns + minutes * MINUTE_NS;

    for (; from_ns < to_ns; from_ns += PS_NS_PER_SEC)
        audience_second(predict, &seed, tasteless, from_ns);
    return to_ns;
}

struct answers {
    struct ps_prediction items[256];
    struct ps_predictions list;
};

static inline void rank(struct ps_predict *predict, uint64_t now_ns, struct answers *ret)
{
    ret->list =
        (struct ps_predictions){ .items = ret->items, .capacity = PS_ARRAY_LEN(ret->items) };
    ps_predict_rank(predict, now_ns, &ret->list);
}

static inline const struct ps_prediction *find(const struct answers *answers, uint64_t media,
                                               uint64_t profile)
{
    for (uint32_t i = 0; i < answers->list.count; i++)
        if (answers->items[i].resource.media_key == media &&
            answers->items[i].resource.profile_key == profile)
            return &answers->items[i];
    return NULL;
}

#endif
