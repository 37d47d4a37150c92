/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/predict/test_rank.c - best first, each with a number and a reason. */
#include "host/predict/predict.h"

#include "tests/unit/host/predict/audience.h"

static void a_hot_resource_outranks_a_cold_one(void)
{
    struct ps_predict *predict = new_predict(64, 64);
    const uint64_t now_ns = audience_watches(predict, 1, false, START_NS, 240);
    static struct answers answers;

    ps_predict_know(predict, &(struct ps_resource){ 100, 1 }, now_ns);
    rank(predict, now_ns, &answers);
    PS_REQUIRE(find(&answers, 1, 1) != NULL && find(&answers, 15, 1) != NULL);
    PS_REQUIRE(find(&answers, 100, 1) != NULL);
    CU_ASSERT_TRUE(answers.items[0].resource.media_key <= 3);
    CU_ASSERT_TRUE(find(&answers, 1, 1) < find(&answers, 15, 1));
    CU_ASSERT_TRUE(find(&answers, 1, 1)->confidence[0] >
                   find(&answers, 100, 1)->confidence[0] + 0.5);
    CU_ASSERT_EQUAL(find(&answers, 1, 1)->reason, PS_REASON_RATE);
    CU_ASSERT_EQUAL(find(&answers, 100, 1)->reason, PS_REASON_PRIOR);
    ps_predict_destroy(predict);
}

static void an_unseen_profile_of_a_hot_media_is_predicted(void)
{
    struct ps_predict *predict = new_predict(64, 64);
    uint64_t now_ns = audience_watches(predict, 1, false, START_NS, 240);

    for (unsigned i = 0; i < 20; i++, now_ns += 20 * PS_NS_PER_SEC)
        want(predict, 50, 1, 1, now_ns);
    ps_predict_know(predict, &(struct ps_resource){ 51, 2 }, now_ns);
    const struct ps_prediction sibling = estimate(predict, 50, 2, now_ns);
    const struct ps_prediction stranger = estimate(predict, 51, 2, now_ns);
    CU_ASSERT_EQUAL(sibling.reason, PS_REASON_SIBLING);
    CU_ASSERT_EQUAL(stranger.reason, PS_REASON_PRIOR);
    CU_ASSERT_TRUE(sibling.expected[PS_HORIZON_15MIN] > 1.5 * stranger.expected[PS_HORIZON_15MIN]);
    ps_predict_destroy(predict);
}

static void answers_are_ordered_numbered_and_coherent(void)
{
    struct ps_predict *predict = new_predict(64, 64);
    static struct answers answers;
    uint64_t now_ns = audience_watches(predict, 1, false, START_NS, 60), last_id = 0;

    for (unsigned turn = 0; turn < 20; turn++, now_ns += 17 * PS_NS_PER_SEC) {
        rank(predict, now_ns, &answers);
        CU_ASSERT_TRUE(answers.list.count > AUDIENCE_RESOURCES / 2);
        for (uint32_t i = 0; i < answers.list.count; i++) {
            const struct ps_prediction *p = &answers.items[i];

            CU_ASSERT_TRUE(p->id > last_id);
            last_id = p->id;
            CU_ASSERT_TRUE(i == 0 ||
                           p->expected[PS_HORIZON_15MIN] <= p[-1].expected[PS_HORIZON_15MIN]);
            CU_ASSERT_TRUE(p->soon >= 0.0);
            for (unsigned h = 0; h < PS_HORIZON_COUNT; h++) {
                CU_ASSERT_TRUE(p->confidence[h] > 0.0 && p->confidence[h] < 1.0);
                CU_ASSERT_TRUE(p->expected[h] >= p->confidence[h]);
                CU_ASSERT_TRUE(h == 0 || p->confidence[h] >= p->confidence[h - 1]);
                CU_ASSERT_TRUE(h == 0 || p->expected[h] >= p->expected[h - 1]);
            }
        }
    }
    ps_predict_destroy(predict);
}

/* Told of at once and never wanted, they are all alike. */
static void equals_are_ordered_by_their_keys(void)
{
    struct ps_predict *forth = new_predict(64, 64), *back = new_predict(64, 64);
    static struct answers a, b;

    for (uint64_t i = 0; i < 40; i++) {
        ps_predict_know(forth, &(struct ps_resource){ 7 + i, 1 }, START_NS);
        ps_predict_know(back, &(struct ps_resource){ 7 + 39 - i, 1 }, START_NS);
    }
    rank(forth, START_NS, &a);
    rank(back, START_NS, &b);
    PS_REQUIRE(a.list.count == 40 && b.list.count == 40);
    for (uint32_t i = 0; i < 40; i++) {
        CU_ASSERT_EQUAL(a.items[i].resource.media_key, 7 + i);
        CU_ASSERT_EQUAL(b.items[i].resource.media_key, 7 + i);
    }
    ps_predict_destroy(forth);
    ps_predict_destroy(back);
}

static void a_small_list_holds_the_best(void)
{
    struct ps_predict *predict = new_predict(64, 64);
    struct ps_prediction best[3];
    struct ps_predictions list = { .items = best, .capacity = 3, .count = 77 };
    static struct answers answers;
    const uint64_t now_ns = audience_watches(predict, 1, false, START_NS, 60);
    struct ps_predict_status status;

    rank(predict, now_ns, &answers);
    ps_predict_rank(predict, now_ns, &list);
    CU_ASSERT_EQUAL(list.count, 3);
    for (unsigned i = 0; i < 3; i++) {
        CU_ASSERT_EQUAL(best[i].resource.media_key, answers.items[i].resource.media_key);
        CU_ASSERT_EQUAL(best[i].resource.profile_key, answers.items[i].resource.profile_key);
    }
    list = (struct ps_predictions){ 0 };
    ps_predict_rank(predict, now_ns, &list);
    CU_ASSERT_EQUAL(list.count, 0);
    ps_predict_status(predict, &status);
    CU_ASSERT_EQUAL(status.scored, answers.list.count);
    ps_predict_destroy(predict);
}

static void an_empty_predictor_says_nothing(void)
{
    struct ps_predict *predict = new_predict(1, 1);
    struct ps_prediction prediction;
    static struct answers answers;

    rank(predict, START_NS, &answers);
    CU_ASSERT_EQUAL(answers.list.count, 0);
    CU_ASSERT_FALSE(
        ps_predict_estimate(predict, &(struct ps_resource){ 1, 1 }, START_NS, &prediction));
    ps_predict_destroy(predict);
}

static void a_sudden_crowd_is_seen_at_once(void)
{
    struct ps_predict *predict = new_predict(64, 64);
    const uint64_t now_ns = audience_watches(predict, 1, false, START_NS, 240);
    const struct ps_prediction before = estimate(predict, 17, 1, now_ns);
    const struct ps_prediction favourite = estimate(predict, 1, 1, now_ns);

    want(predict, 17, 1, 20, now_ns + PS_NS_PER_SEC);
    const struct ps_prediction after = estimate(predict, 17, 1, now_ns + PS_NS_PER_SEC);
    CU_ASSERT_TRUE(after.expected[PS_HORIZON_5MIN] > 3.0 * before.expected[PS_HORIZON_5MIN]);
    CU_ASSERT_TRUE(after.confidence[PS_HORIZON_5MIN] > 2.0 * before.confidence[PS_HORIZON_5MIN]);
    /* Negative control: nobody else gains by it. */
    CU_ASSERT_TRUE(estimate(predict, 1, 1, now_ns + PS_NS_PER_SEC).expected[PS_HORIZON_5MIN] <
                   1.3 * favourite.expected[PS_HORIZON_5MIN]);
    ps_predict_destroy(predict);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_hot_resource_outranks_a_cold_one),
        PS_TEST(an_unseen_profile_of_a_hot_media_is_predicted),
        PS_TEST(answers_are_ordered_numbered_and_coherent),
        PS_TEST(equals_are_ordered_by_their_keys),
        PS_TEST(a_small_list_holds_the_best),
        PS_TEST(an_empty_predictor_says_nothing),
        PS_TEST(a_sudden_crowd_is_seen_at_once),
    };

    return ps_test_run("host/predict/rank", tests, PS_ARRAY_LEN(tests));
}
