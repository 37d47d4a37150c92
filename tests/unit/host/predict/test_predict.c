/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/predict/test_predict.c - it learns, is honest about it, forgets, never breaks. */
#include "host/predict/predict.h"

#include <errno.h>
#include <string.h>

#include "tests/unit/host/predict/audience.h"

static void limits_of_the_config_are_enforced(void)
{
    struct ps_predict *predict = NULL;

    CU_ASSERT_EQUAL(ps_predict_create(&predict, &(struct ps_predict_config){ 0, 1 }), -EINVAL);
    CU_ASSERT_EQUAL(ps_predict_create(&predict, &(struct ps_predict_config){ 1, 0 }), -EINVAL);
    CU_ASSERT_EQUAL(ps_predict_create(&predict, &(struct ps_predict_config){ 1, UINT32_MAX }),
                    -EINVAL);
    CU_ASSERT_PTR_NULL(predict);
    ps_predict_destroy(NULL);
}

static void create_survives_each_failed_allocation(void)
{
    const struct ps_predict_config cfg = { .resources_max = 8, .media_max = 8 };
    struct ps_predict *predict = NULL;
    unsigned failed_at = 0;

    for (;; failed_at++) {
        ps_fail_alloc_after(failed_at);
        const int rc = ps_predict_create(&predict, &cfg);
        ps_fail_alloc_never();
        if (rc == 0)
            break;
        CU_ASSERT_EQUAL(rc, -ENOMEM);
        CU_ASSERT_PTR_NULL(predict);
    }
    CU_ASSERT_EQUAL(failed_at, 7);
    ps_predict_destroy(predict);
}

static void confidence_is_calibrated_and_beats_the_base_rate(void)
{
    struct ps_predict *predict = new_predict(64, 64);
    struct ps_predict_status status;

    audience_watches(predict, 1, false, START_NS, 24 * 60);
    ps_predict_status(predict, &status);
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++) {
        const double share = status.mean_happened[h];
        const double base = -share * log(share) - (1.0 - share) * log(1.0 - share);

        CU_ASSERT_TRUE(status.labels[h] > 10000);
        CU_ASSERT_TRUE(status.calibration_error[h] < 0.02);
        CU_ASSERT_DOUBLE_EQUAL(status.mean_said[h], share, 0.02);
        CU_ASSERT_TRUE(status.log_loss[h] < 0.7 * base);
    }
    ps_predict_destroy(predict);
}

/* Negative control: the same number of starts, dealt out without taste. */
static void an_audience_without_taste_cannot_be_told_apart(void)
{
    struct ps_predict *predict = new_predict(64, 64);
    struct ps_predict_status status;

    audience_watches(predict, 1, true, START_NS, 12 * 60);
    ps_predict_status(predict, &status);
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++) {
        const double share = status.mean_happened[h];
        const double base = -share * log(share) - (1.0 - share) * log(1.0 - share);

        CU_ASSERT_TRUE(status.log_loss[h] >= 0.99 * base);
        CU_ASSERT_TRUE(status.calibration_error[h] < 0.05);
    }
    ps_predict_destroy(predict);
}

static void importing_alone_trains_the_calibration(void)
{
    struct ps_predict *predict = new_predict(64, 64);
    struct ps_predict_status status;

    for (unsigned i = 0; i < 2000; i++)
        want(predict, 1 + i % 3, 1, 1, START_NS + i * 40 * PS_NS_PER_SEC);
    ps_predict_status(predict, &status);
    CU_ASSERT_EQUAL(status.starts, 2000);
    CU_ASSERT_TRUE(status.labels[PS_HORIZON_5MIN] > 3000);
    CU_ASSERT_TRUE(status.labels[PS_HORIZON_15MIN] > 3000);
    ps_predict_destroy(predict);
}

static void segments_alone_are_not_demand(void)
{
    struct ps_predict *predict = new_predict(8, 8);
    struct ps_predict_status status;

    want(predict, 1, 1, 0, START_NS);
    ps_predict_status(predict, &status);
    CU_ASSERT_EQUAL(status.samples, 1);
    CU_ASSERT_EQUAL(status.resources, 0);
    ps_predict_destroy(predict);
}

static void time_may_jump(void)
{
    static const int64_t leaps_s[] = { 1, -3600, 86400, 0, -86400 * 400, 86400 * 400, 7 };
    struct ps_predict *predict = new_predict(64, 64);
    static struct answers answers;
    uint64_t now_ns = START_NS;

    for (unsigned i = 0; i < 200; i++) {
        now_ns += (uint64_t)leaps_s[i % PS_ARRAY_LEN(leaps_s)] * PS_NS_PER_SEC;
        want(predict, 1 + i % 5, 1, 1 + i, now_ns);
        rank(predict, now_ns, &answers);
        for (uint32_t k = 0; k < answers.list.count; k++)
            for (unsigned h = 0; h < PS_HORIZON_COUNT; h++)
                CU_ASSERT_TRUE(answers.items[k].confidence[h] >= 0.0 &&
                               answers.items[k].confidence[h] <= 1.0 &&
                               answers.items[k].expected[h] >= 0.0 &&
                               isfinite(answers.items[k].expected[h]));
    }
    rank(predict, 0, &answers);
    CU_ASSERT_EQUAL(answers.list.count, 5);
    ps_predict_destroy(predict);
}

static void a_forgotten_resource_is_not_predicted(void)
{
    struct ps_predict *predict = new_predict(8, 8);
    static struct answers answers;

    want(predict, 1, 1, 5, START_NS);
    want(predict, 1, 2, 5, START_NS);
    ps_predict_forget(predict, &(struct ps_resource){ 1, 1 });
    ps_predict_forget(predict, &(struct ps_resource){ 9, 9 });
    rank(predict, START_NS + PS_NS_PER_SEC, &answers);
    CU_ASSERT_PTR_NULL(find(&answers, 1, 1));
    CU_ASSERT_PTR_NOT_NULL(find(&answers, 1, 2));
    audience_watches(predict, 1, false, START_NS + 2 * PS_NS_PER_SEC, 20); /* its labels come due */
    ps_predict_destroy(predict);
}

static void the_least_recently_wanted_makes_room(void)
{
    struct ps_predict *predict = new_predict(4, 4);
    struct ps_predict_status status;
    static struct answers answers;

    for (uint64_t media = 1; media <= 6; media++)
        want(predict, media, 1, 1, START_NS + media * PS_NS_PER_SEC);
    ps_predict_status(predict, &status);
    CU_ASSERT_EQUAL(status.resources, 4);
    CU_ASSERT_EQUAL(status.media, 4);
    CU_ASSERT_EQUAL(status.forgotten, 2);
    rank(predict, START_NS + 10 * PS_NS_PER_SEC, &answers);
    CU_ASSERT_PTR_NULL(find(&answers, 2, 1));
    CU_ASSERT_PTR_NOT_NULL(find(&answers, 3, 1));
    ps_predict_destroy(predict);
}

static void state_does_not_grow_with_demand(void)
{
    struct ps_predict *predict = new_predict(64, 64);
    size_t early_bytes, late_bytes;
    void *data;
    uint64_t now_ns = audience_watches(predict, 1, true, START_NS, 120);

    PS_REQUIRE(ps_predict_save(predict, &data, &early_bytes) == 0);
    free(data);
    audience_watches(predict, 2, true, now_ns, 240);
    PS_REQUIRE(ps_predict_save(predict, &data, &late_bytes) == 0);
    free(data);
    CU_ASSERT_EQUAL(early_bytes, late_bytes);
    ps_predict_destroy(predict);
}

static void the_same_demand_gives_the_same_answers(void)
{
    static struct answers answers[2];

    for (unsigned i = 0; i < 2; i++) {
        struct ps_predict *predict = new_predict(64, 64);

        rank(predict, audience_watches(predict, 3, false, START_NS, 60), &answers[i]);
        ps_predict_destroy(predict);
    }
    CU_ASSERT_TRUE(answers[0].list.count > AUDIENCE_RESOURCES / 2);
    CU_ASSERT_EQUAL(answers[0].list.count, answers[1].list.count);
    for (uint32_t i = 0; i < answers[0].list.count; i++) {
        CU_ASSERT_EQUAL(answers[0].items[i].id, answers[1].items[i].id);
        CU_ASSERT_EQUAL(answers[0].items[i].expected[1], answers[1].items[i].expected[1]);
        CU_ASSERT_EQUAL(answers[0].items[i].confidence[0], answers[1].items[i].confidence[0]);
    }
}

static void samples_from_after_now_count_as_of_now(void)
{
    struct ps_predict *predict = new_predict(8, 8);
    struct ps_demand_sample sample = { .start_ns = START_NS,
                                       .end_ns = START_NS + 86400 * PS_NS_PER_SEC,
                                       .resource = { 1, 1 },
                                       .starts = 8 };
    const struct ps_demand demand = { .samples = &sample, .capacity = 1, .count = 1 };
    static struct answers answers;

    ps_predict_learn(predict, &demand, START_NS);
    want(predict, 2, 1, 1, START_NS + PS_NS_PER_SEC);
    rank(predict, START_NS + 2 * PS_NS_PER_SEC, &answers);
    PS_REQUIRE(answers.list.count == 2);
    CU_ASSERT_EQUAL(answers.items[0].resource.media_key, 1);
    ps_predict_destroy(predict);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(limits_of_the_config_are_enforced),
        PS_TEST(create_survives_each_failed_allocation),
        PS_TEST(confidence_is_calibrated_and_beats_the_base_rate),
        PS_TEST(an_audience_without_taste_cannot_be_told_apart),
        PS_TEST(importing_alone_trains_the_calibration),
        PS_TEST(segments_alone_are_not_demand),
        PS_TEST(time_may_jump),
        PS_TEST(a_forgotten_resource_is_not_predicted),
        PS_TEST(the_least_recently_wanted_makes_room),
        PS_TEST(state_does_not_grow_with_demand),
        PS_TEST(the_same_demand_gives_the_same_answers),
        PS_TEST(samples_from_after_now_count_as_of_now),
    };

    return ps_test_run("host/predict/predict", tests, PS_ARRAY_LEN(tests));
}
