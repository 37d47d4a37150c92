/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/fuzz/fuzz_predict.c - whatever is told to the predictor, in whatever order and time.
 *
 * Input: steps, each a byte that says which (its low four bits) and bytes for what it is about. All
 * is told to two predictors, one of which is saved and loaded into a new one now and then: to the
 * end both say the same. What is said always makes sense. A damaged save is refused and changes
 * nothing. There is room for few, so that they push one another out.
 */
#include "host/predict/predict.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/pool.h"

#define STEPS_MAX  300u
#define LEAPS_MAX  10u /* each may live through two hours */
#define RESOURCES  16u
#define MEDIA      12u
#define PROFILES   3u
#define ITEMS      (MEDIA + PS_PROFILES_MAX) /* those of media in several profiles come on top */
#define START_NS   (1700000000ull * 1000000000ull)
#define SECOND_NS  1000000000ull
#define ANSWERS    64u
#define SAMPLES    8u
#define FACTOR_MAX 1e12

struct pair {
    struct ps_predict *plain, *restarted;
    uint64_t now_ns;
    uint32_t leaps;
};

struct answers {
    struct ps_prediction items[ANSWERS];
    struct ps_predictions list;
};

static struct ps_predict *create(void)
{
    const struct ps_predict_config cfg = { .resources_max = RESOURCES, .media_max = MEDIA };
    struct ps_predict *predict;

    FUZZ_REQUIRE(ps_predict_create(&predict, &cfg) == 0);
    return predict;
}

static struct ps_resource take_resource(struct fuzz_input *input)
{
    const uint8_t byte = fuzz_take_u8(input);

    return (struct ps_resource){ 1 + byte % 32, 1 + byte / 32 % PROFILES };
}

static struct ps_peer_class take_class(struct fuzz_input *input)
{
    const uint8_t byte = fuzz_take_u8(input);

    return (struct ps_peer_class){ (uint16_t)(byte * 257u), byte & 7, byte >> 6 };
}

/* Most steps are seconds, some are years; either way. */
static void pass_time(struct pair *pair, struct fuzz_input *input)
{
    const uint8_t how = fuzz_take_u8(input);
    const uint64_t amount = fuzz_take_u16(input);

    if (how < 200) {
        pair->now_ns += amount % 256 * SECOND_NS / 4;
    } else if (pair->leaps++ < LEAPS_MAX) {
        const uint64_t leap_ns = amount * (how & 1 ? SECOND_NS : 3600 * SECOND_NS);

        pair->now_ns = how < 228                ? pair->now_ns + leap_ns
                       : pair->now_ns > leap_ns ? pair->now_ns - leap_ns
                                                : 0;
    }
}

static void take_sample(const struct pair *pair, struct fuzz_input *input,
                        struct ps_demand_sample *ret)
{
    const uint8_t counts = fuzz_take_u8(input), lag = fuzz_take_u8(input);
    const uint64_t back_ns = lag * (lag < 200 ? SECOND_NS : 1000 * SECOND_NS);

    *ret = (struct ps_demand_sample){
        .end_ns = pair->now_ns > back_ns ? pair->now_ns - back_ns : 0,
        .resource = take_resource(input),
        .peer = take_class(input),
        .peer_key = fuzz_take_u8(input) % 20,
        .starts = counts == 255 ? UINT32_MAX : counts % 5,
        .segments = counts / 5 % 7,
        .source = (enum ps_demand_source)(1 + counts % 3),
    };
    if (lag % 16 == 15)
        ret->end_ns += 60 * SECOND_NS; /* from after now */
    ret->start_ns = ret->end_ns > SECOND_NS ? ret->end_ns - SECOND_NS : 0;
}

static void learn(struct pair *pair, struct fuzz_input *input)
{
    const uint32_t count = fuzz_take_u8(input) % (SAMPLES + 1);
    struct ps_demand_sample samples[SAMPLES];
    const struct ps_demand demand = { .samples = samples, .capacity = SAMPLES, .count = count };

    for (uint32_t i = 0; i < count; i++)
        take_sample(pair, input, &samples[i]);
    ps_predict_learn(pair->plain, &demand, pair->now_ns);
    if (fuzz_breaks && count > 0)
        samples[0].starts++;
    ps_predict_learn(pair->restarted, &demand, pair->now_ns);
}

static void look(struct pair *pair, struct fuzz_input *input)
{
    const uint8_t source = fuzz_take_u8(input), chance = fuzz_take_u8(input);
    const uint64_t due_s = fuzz_take_u16(input);
    const struct ps_forward_look look = {
        .source_key = source % 10,
        .due_ns = pair->now_ns - 600 * SECOND_NS + due_s * SECOND_NS / 8,
        .resource = take_resource(input),
        .peer = take_class(input),
        .probability = chance == 255 ? NAN : (float)chance / 200.0f,
    };
    const int rc = ps_predict_look(pair->plain, &look, pair->now_ns);

    FUZZ_REQUIRE(rc == 0 || rc == -EINVAL || rc == -ERANGE || rc == -ENOBUFS);
    FUZZ_REQUIRE((rc == -EINVAL) == !(look.probability > 0.0f && look.probability <= 1.0f));
    FUZZ_REQUIRE(ps_predict_look(pair->restarted, &look, pair->now_ns) == rc);
}

static void describe(struct pair *pair, struct fuzz_input *input)
{
    const struct ps_media_facts facts = { .born_ns = fuzz_take_u16(input) * 1000000ull * SECOND_NS,
                                          .sequel_of = fuzz_take_u8(input) % 33,
                                          .category = fuzz_take_u8(input),
                                          .length_s = fuzz_take_u16(input) };
    const uint64_t media_key = take_resource(input).media_key;

    ps_predict_describe(pair->plain, media_key, &facts);
    ps_predict_describe(pair->restarted, media_key, &facts);
}

static void require_sense(const struct ps_prediction *p)
{
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++) {
        FUZZ_REQUIRE(p->confidence[h] >= 0.0 && p->confidence[h] <= 1.0);
        FUZZ_REQUIRE(p->expected[h] >= 0.0 && isfinite(p->expected[h]));
    }
    FUZZ_REQUIRE(p->reason <= PS_REASON_SEQUEL);
}

static void require_same(const struct ps_prediction *a, const struct ps_prediction *b)
{
    FUZZ_REQUIRE(a->id == b->id && a->reason == b->reason);
    FUZZ_REQUIRE(memcmp(&a->resource, &b->resource, sizeof(a->resource)) == 0);
    FUZZ_REQUIRE(memcmp(a->expected, b->expected, sizeof(a->expected)) == 0);
    FUZZ_REQUIRE(memcmp(a->confidence, b->confidence, sizeof(a->confidence)) == 0);
}

static void estimate(struct pair *pair, struct fuzz_input *input)
{
    const struct ps_resource resource = take_resource(input);
    struct ps_prediction a, b;
    struct ps_predict_why why;
    const bool tracked = ps_predict_estimate(pair->plain, &resource, pair->now_ns, &a);

    FUZZ_REQUIRE(ps_predict_estimate(pair->restarted, &resource, pair->now_ns, &b) == tracked);
    FUZZ_REQUIRE(ps_predict_why(pair->plain, &resource, pair->now_ns, &why) == tracked);
    FUZZ_REQUIRE(ps_predict_why(pair->restarted, &resource, pair->now_ns, &why) == tracked);
    if (!tracked)
        return;
    require_sense(&a);
    require_same(&a, &b);
    FUZZ_REQUIRE(a.id == 0 && why.count <= PS_PREDICT_FACTORS_MAX);
    for (uint32_t i = 0; i < why.count; i++) {
        FUZZ_REQUIRE(why.factors[i].name != NULL && isfinite(why.factors[i].value));
        FUZZ_REQUIRE(why.factors[i].effect >= 0.0 && why.factors[i].effect <= FACTOR_MAX);
    }
}

static void rank(struct ps_predict *predict, uint64_t now_ns, struct answers *ret)
{
    ret->list = (struct ps_predictions){ .items = ret->items, .capacity = ANSWERS };
    ps_predict_rank(predict, now_ns, &ret->list);
    FUZZ_REQUIRE(ret->list.count <= MEDIA * PROFILES); /* each media in all that there are */
    for (uint32_t i = 0; i < ret->list.count; i++)
        require_sense(&ret->items[i]);
}

static void rank_both(struct pair *pair)
{
    static struct answers a, b;
    struct ps_predict_status status;

    rank(pair->plain, pair->now_ns, &a);
    rank(pair->restarted, pair->now_ns, &b);
    FUZZ_REQUIRE(a.list.count == b.list.count);
    for (uint32_t i = 0; i < a.list.count; i++)
        require_same(&a.items[i], &b.items[i]);
    ps_predict_status(pair->plain, &status);
    FUZZ_REQUIRE(status.media <= MEDIA);
    FUZZ_REQUIRE(status.resources <= ITEMS);
}

static void restart(struct pair *pair)
{
    struct ps_predict *loaded = create();
    size_t size;
    void *data;

    FUZZ_REQUIRE(ps_predict_save(pair->restarted, &data, &size) == 0);
    FUZZ_REQUIRE(ps_predict_load(loaded, data, size) == 0);
    free(data);
    ps_predict_destroy(pair->restarted);
    pair->restarted = loaded;
}

static void load_damaged(struct pair *pair, struct fuzz_input *input)
{
    const uint16_t where = fuzz_take_u16(input);
    const uint8_t flip = fuzz_take_u8(input);
    const bool is_cut = (flip & 1) != 0;
    uint8_t *exact;
    size_t size;
    void *data;

    FUZZ_REQUIRE(ps_predict_save(pair->plain, &data, &size) == 0);
    exact = fuzz_copy(data, is_cut ? where % size : size);
    if (!is_cut)
        exact[where % size] ^= flip | 2;
    FUZZ_REQUIRE(ps_predict_load(pair->restarted, exact, is_cut ? where % size : size) == -EINVAL);
    free(exact);
    free(data);
}

static void load_made_up(struct pair *pair, struct fuzz_input *input)
{
    size_t count;
    const uint8_t *bytes = fuzz_take(input, fuzz_take_u8(input), &count);
    uint8_t *exact = fuzz_copy(bytes, count);

    FUZZ_REQUIRE(ps_predict_load(pair->restarted, exact, count) == -EINVAL);
    free(exact);
}

static void step(struct pair *pair, struct fuzz_input *input)
{
    struct ps_resource resource;

    switch (fuzz_take_u8(input) & 15) {
    case 0:
        look(pair, input);
        return;
    case 1:
        resource = take_resource(input);
        FUZZ_REQUIRE(ps_predict_know(pair->plain, &resource, pair->now_ns) == 0);
        FUZZ_REQUIRE(ps_predict_know(pair->restarted, &resource, pair->now_ns) == 0);
        return;
    case 2:
        resource = take_resource(input);
        ps_predict_reached(pair->plain, resource.media_key, (int8_t)resource.profile_key);
        ps_predict_reached(pair->restarted, resource.media_key, (int8_t)resource.profile_key);
        return;
    case 3:
        describe(pair, input);
        return;
    case 4:
        estimate(pair, input);
        return;
    case 5:
        rank_both(pair);
        return;
    case 6:
        restart(pair);
        return;
    case 7:
        load_damaged(pair, input);
        return;
    case 8:
        load_made_up(pair, input);
        return;
    case 9:
    case 10:
    case 11:
        pass_time(pair, input);
        return;
    default:
        learn(pair, input);
        return;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = { data, size };
    struct pair pair = { .plain = create(), .restarted = create(), .now_ns = START_NS };

    for (uint32_t i = 0; i < STEPS_MAX && input.left > 0; i++)
        step(&pair, &input);
    rank_both(&pair);
    pair.now_ns += 2 * 3600 * SECOND_NS; /* all labels come due */
    rank_both(&pair);
    ps_predict_destroy(pair.plain);
    ps_predict_destroy(pair.restarted);
    fuzz_pool_require_free();
    return 0;
}
