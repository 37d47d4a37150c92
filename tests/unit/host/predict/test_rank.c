/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/predict/test_rank.c - best first, each with a number and a reason. */
#include "host/predict/predict.h"

#include "tests/unit/host/predict/audience.h"

static void a_hot_resource_outranks_a_cold_one(void)
{
    struct ps_predict *predict = new_predict(8, 8);
    static struct answers answers;

    for (unsigned i = 0; i < 30; i++)
        want(predict, 1, 1, 1, START_NS + i * 20 * PS_NS_PER_SEC);
    want(predict, 2, 1, 1, START_NS + 600 * PS_NS_PER_SEC);
    ps_predict_know(predict, &(struct ps_resource){ 3, 1 }, START_NS + 600 * PS_NS_PER_SEC);
    rank(predict, START_NS + 601 * PS_NS_PER_SEC, &answers);
    PS_REQUIRE(answers.list.count == 3);
    CU_ASSERT_EQUAL(answers.items[0].resource.media_key, 1);
    CU_ASSERT_EQUAL(answers.items[1].resource.media_key, 2);
    CU_ASSERT_EQUAL(answers.items[2].resource.media_key, 3);
    CU_ASSERT_TRUE(answers.items[0].confidence[0] > answers.items[2].confidence[0] + 0.3);
    CU_ASSERT_EQUAL(answers.items[0].reason, PS_REASON_RATE);
    CU_ASSERT_EQUAL(answers.items[2].reason, PS_REASON_PRIOR);
    ps_predict_destroy(predict);
}

static void an_unseen_profile_of_a_hot_media_is_predicted(void)
{
    struct ps_predict *predict = new_predict(16, 16);
    static struct answers answers;

    /* Profile 2 is usual elsewhere; of media 1 only profile 1 was wanted so far. */
    for (unsigned i = 0; i < 60; i++)
        want(predict, 2 + i % 3, 1 + i % 2, 1, START_NS + i * 19 * PS_NS_PER_SEC);
    for (unsigned i = 0; i < 6; i++)
        want(predict, 1, 1, 1, START_NS + (1140 + i * 10) * PS_NS_PER_SEC);
    ps_predict_know(predict, &(struct ps_resource){ 1, 2 }, START_NS + 1200 * PS_NS_PER_SEC);
    ps_predict_know(predict, &(struct ps_resource){ 9, 2 }, START_NS + 1200 * PS_NS_PER_SEC);
    rank(predict, START_NS + 1201 * PS_NS_PER_SEC, &answers);
    const struct ps_prediction *sibling = find(&answers, 1, 2), *stranger = find(&answers, 9, 2);
    PS_REQUIRE(sibling != NULL && stranger != NULL);
    CU_ASSERT_EQUAL(sibling->reason, PS_REASON_SIBLING);
    CU_ASSERT_TRUE(sibling->expected[PS_HORIZON_15MIN] >
                   5.0 * stranger->expected[PS_HORIZON_15MIN]);
    ps_predict_destroy(predict);
}

static void answers_are_ordered_numbered_and_coherent(void)
{
    struct ps_predict *predict = new_predict(64, 64);
    static struct answers answers;
    uint64_t now_ns = audience_watches(predict, 1, false, START_NS, 120), last_id = 0;

    for (unsigned turn = 0; turn < 20; turn++, now_ns += PS_NS_PER_SEC) {
        rank(predict, now_ns, &answers);
        CU_ASSERT_TRUE(answers.list.count > AUDIENCE_RESOURCES / 2);
        for (uint32_t i = 0; i < answers.list.count; i++) {
            const struct ps_prediction *p = &answers.items[i];

            CU_ASSERT_TRUE(p->id > last_id);
            last_id = p->id;
            CU_ASSERT_TRUE(i == 0 || p->expected[1] <= p[-1].expected[1]);
            CU_ASSERT_TRUE(p->confidence[1] >= p->confidence[0]);
            CU_ASSERT_TRUE(p->expected[1] >= p->expected[0]);
            CU_ASSERT_TRUE(p->expected[0] >= p->confidence[0]);
        }
    }
    ps_predict_destroy(predict);
}

static void a_small_list_holds_the_best(void)
{
    struct ps_predict *predict = new_predict(64, 64);
    struct ps_prediction best[3];
    struct ps_predictions list = { .items = best, .capacity = 3, .count = 77 };
    static struct answers answers;
    const uint64_t now_ns = audience_watches(predict, 1, false, START_NS, 60);

    rank(predict, now_ns, &answers);
    ps_predict_rank(predict, now_ns, &list);
    CU_ASSERT_EQUAL(list.count, 3);
    for (unsigned i = 0; i < 3; i++)
        CU_ASSERT_EQUAL(best[i].resource.media_key, answers.items[i].resource.media_key);
    list = (struct ps_predictions){ 0 };
    ps_predict_rank(predict, now_ns, &list);
    CU_ASSERT_EQUAL(list.count, 0);
    ps_predict_destroy(predict);
}

static void an_empty_predictor_says_nothing(void)
{
    struct ps_predict *predict = new_predict(1, 1);
    static struct answers answers;

    rank(predict, START_NS, &answers);
    CU_ASSERT_EQUAL(answers.list.count, 0);
    ps_predict_destroy(predict);
}

static void a_sudden_crowd_is_seen_at_once(void)
{
    struct ps_predict *predict = new_predict(64, 64);
    static struct answers answers;
    const uint64_t now_ns = audience_watches(predict, 1, false, START_NS, 60);
    double before;

    rank(predict, now_ns, &answers);
    PS_REQUIRE(find(&answers, 12, 1) != NULL);
    before = find(&answers, 12, 1)->expected[PS_HORIZON_5MIN];
    want(predict, 12, 1, 10, now_ns + PS_NS_PER_SEC);
    rank(predict, now_ns + PS_NS_PER_SEC, &answers); /* no waiting for the score to grow old */
    CU_ASSERT_TRUE(find(&answers, 12, 1)->expected[PS_HORIZON_5MIN] > 3.0 * before);
    ps_predict_destroy(predict);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_hot_resource_outranks_a_cold_one),
        PS_TEST(an_unseen_profile_of_a_hot_media_is_predicted),
        PS_TEST(answers_are_ordered_numbered_and_coherent),
        PS_TEST(a_small_list_holds_the_best),
        PS_TEST(an_empty_predictor_says_nothing),
        PS_TEST(a_sudden_crowd_is_seen_at_once),
    };

    return ps_test_run("host/predict/rank", tests, PS_ARRAY_LEN(tests));
}
