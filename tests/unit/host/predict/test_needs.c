/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/predict/test_needs.c - what is expected, by region: what collections are sized
 * by.
 */
#include "tests/unit/host/predict/audience.h"

#define HOT  1u /* in region 1 mostly */
#define WIDE 2u /* a little in each of thirty regions */

static struct ps_need needs[PS_NEEDS_MAX];

static void want_from(struct ps_predict *predict, uint64_t media, uint32_t region, uint64_t now_ns)
{
    struct ps_demand_sample sample = { .start_ns = now_ns,
                                       .end_ns = now_ns,
                                       .resource = { media, 1 },
                                       .peer = { .region = (uint16_t)region, .device = 2 },
                                       .starts = 1,
                                       .source = PS_DEMAND_LOG };
    const struct ps_demand demand = { .samples = &sample, .capacity = 1, .count = 1 };

    ps_predict_learn(predict, &demand, now_ns);
}

/* Two hours: HOT four times a minute, a quarter of it from region 2; WIDE once a minute. */
static struct ps_predict *watched(uint64_t *ret_now_ns)
{
    struct ps_predict *predict = new_predict(64, 64);
    uint64_t now_ns = START_NS;

    for (uint32_t s = 0; s < 7200; s++, now_ns += PS_NS_PER_SEC) {
        if (s % 15 == 0)
            want_from(predict, HOT, s % 60 == 0 ? 2 : 1, now_ns);
        if (s % 60 == 7)
            want_from(predict, WIDE, 10 + s / 60 % 30, now_ns);
    }
    *ret_now_ns = now_ns;
    return predict;
}

static const struct ps_need *need_of(uint32_t count, uint64_t media, uint32_t region)
{
    for (uint32_t i = 0; i < count; i++)
        if (needs[i].resource.media_key == media && needs[i].region == region)
            return &needs[i];
    return NULL;
}

static void each_region_needs_its_part(void)
{
    struct answers answers;
    uint64_t now_ns;
    struct ps_predict *predict = watched(&now_ns);

    rank(predict, now_ns, &answers);
    const uint32_t count = ps_predict_needs(predict, &answers.list, 0.5, needs, PS_NEEDS_MAX);
    const struct ps_need *one = need_of(count, HOT, 1), *two = need_of(count, HOT, 2);
    const struct ps_prediction *hot = find(&answers, HOT, 1);
    PS_REQUIRE(one != NULL && two != NULL && hot != NULL);
    const double expected = hot->expected[PS_HORIZON_15MIN];
    CU_ASSERT_DOUBLE_EQUAL(one->expected_15min / expected, 0.75, 0.06);
    CU_ASSERT_DOUBLE_EQUAL(two->expected_15min / expected, 0.25, 0.06);
    CU_ASSERT_TRUE(one->upper_15min > one->expected_15min);
    CU_ASSERT_TRUE(two->upper_15min > two->expected_15min);
    CU_ASSERT_TRUE(one->confidence >= two->confidence);
    CU_ASSERT_TRUE(one->confidence <= hot->confidence[PS_HORIZON_15MIN]);
    ps_predict_destroy(predict);
}

static void regions_too_small_are_one_together(void)
{
    struct answers answers;
    uint64_t now_ns;
    struct ps_predict *predict = watched(&now_ns);

    rank(predict, now_ns, &answers);
    const uint32_t count = ps_predict_needs(predict, &answers.list, 0.8, needs, PS_NEEDS_MAX);
    const struct ps_need *rest = need_of(count, WIDE, 0);
    PS_REQUIRE(rest != NULL);
    CU_ASSERT_TRUE(rest->expected_15min > 5.0);
    for (uint32_t i = 0; i < count; i++) {
        CU_ASSERT_TRUE(needs[i].resource.media_key != WIDE || needs[i].region < 10);
        CU_ASSERT_TRUE(needs[i].confidence >= 0.8);
    }
    ps_predict_destroy(predict);
}

static void sums_are_kept(void)
{
    struct answers answers;
    uint64_t now_ns;
    struct ps_predict *predict = watched(&now_ns);
    double sum = 0.0;

    rank(predict, now_ns, &answers);
    const uint32_t count = ps_predict_needs(predict, &answers.list, 0.0, needs, PS_NEEDS_MAX);
    for (uint32_t i = 0; i < count; i++)
        sum += needs[i].resource.media_key == WIDE ? needs[i].expected_15min : 0.0;
    CU_ASSERT_DOUBLE_EQUAL(sum, find(&answers, WIDE, 1)->expected[PS_HORIZON_15MIN], 1e-3);
    ps_predict_destroy(predict);
}

static void there_are_no_more_than_asked_for(void)
{
    struct answers answers;
    uint64_t now_ns;
    struct ps_predict *predict = watched(&now_ns);

    rank(predict, now_ns, &answers);
    CU_ASSERT_EQUAL(ps_predict_needs(predict, &answers.list, 0.0, needs, 3), 3);
    CU_ASSERT_EQUAL(ps_predict_needs(predict, &answers.list, 0.0, needs, 0), 0);
    CU_ASSERT_EQUAL(ps_predict_needs(predict, &answers.list, 1.01, needs, PS_NEEDS_MAX), 0);
    answers.items[0].resource.media_key = 999; /* not tracked */
    answers.list.count = 1;
    CU_ASSERT_EQUAL(ps_predict_needs(predict, &answers.list, 0.0, needs, PS_NEEDS_MAX), 0);
    ps_predict_destroy(predict);
}

static void without_places_all_is_of_no_region(void)
{
    struct answers answers;
    struct ps_predict *predict = new_predict(64, 64);
    const uint64_t now_ns = audience_watches(predict, 1, false, START_NS, 60);

    rank(predict, now_ns, &answers);
    const uint32_t count = ps_predict_needs(predict, &answers.list, 0.5, needs, PS_NEEDS_MAX);
    CU_ASSERT_TRUE(count > 0);
    for (uint32_t i = 0; i < count; i++) {
        const struct ps_prediction *said =
            find(&answers, needs[i].resource.media_key, needs[i].resource.profile_key);

        CU_ASSERT_EQUAL(needs[i].region, 0);
        CU_ASSERT_DOUBLE_EQUAL(needs[i].expected_15min, said->expected[PS_HORIZON_15MIN], 1e-3);
        CU_ASSERT_DOUBLE_EQUAL(needs[i].confidence, said->confidence[PS_HORIZON_15MIN], 1e-3);
    }
    ps_predict_destroy(predict);
}

static void classes_of_a_media_are_told(void)
{
    struct ps_predict_class classes[PS_PREDICT_CLASSES_MAX];
    uint64_t now_ns;
    struct ps_predict *predict = watched(&now_ns);
    const uint32_t count = ps_predict_classes(predict, HOT, classes);
    double sum = 0.0, first = 0.0;

    CU_ASSERT_EQUAL(count, 1 + 2 + 30);
    for (uint32_t c = 0; c < count; c++) {
        sum += classes[c].share;
        if (!classes[c].is_other && classes[c].region == 1)
            first = classes[c].share;
        CU_ASSERT_TRUE(classes[c].is_other == (c == 0));
    }
    CU_ASSERT_DOUBLE_EQUAL(sum, 1.0, 1e-4);
    CU_ASSERT_DOUBLE_EQUAL(first, 0.75, 0.06);
    CU_ASSERT_TRUE(classes[0].weight > 80.0);
    CU_ASSERT_EQUAL(ps_predict_classes(predict, 999, classes), 0);
    ps_predict_destroy(predict);
}

static void parts_are_sums_of_classes(void)
{
    uint64_t now_ns;
    struct ps_predict *predict = watched(&now_ns);
    double share, weight;

    CU_ASSERT_TRUE(ps_predict_part(predict, HOT, PS_PREDICT_ANY, PS_PREDICT_ANY, &share, &weight));
    CU_ASSERT_DOUBLE_EQUAL(share, 1.0, 1e-4);
    CU_ASSERT_TRUE(weight > 80.0);
    CU_ASSERT_TRUE(ps_predict_part(predict, HOT, PS_PREDICT_ANY, 2, &share, &weight));
    CU_ASSERT_TRUE(share > 0.99);
    CU_ASSERT_TRUE(ps_predict_part(predict, HOT, 1, 2, &share, &weight));
    CU_ASSERT_DOUBLE_EQUAL(share, 0.75, 0.06);
    CU_ASSERT_TRUE(ps_predict_part(predict, HOT, 1, 3, &share, &weight));
    CU_ASSERT_EQUAL(share, 0.0);
    CU_ASSERT_FALSE(ps_predict_part(predict, 999, 1, 2, &share, &weight));
    CU_ASSERT_EQUAL(weight, 0.0);
    ps_predict_destroy(predict);
}

static void a_part_is_less_sure_than_the_whole(void)
{
    uint64_t now_ns;
    struct ps_predict *predict = watched(&now_ns);

    CU_ASSERT_TRUE(ps_predict_doubt(predict, PS_HORIZON_15MIN, 10.0, 0.2, 50.0) >
                   ps_predict_doubt(predict, PS_HORIZON_15MIN, 10.0, 1.0, 50.0));
    CU_ASSERT_TRUE(ps_predict_doubt(predict, PS_HORIZON_15MIN, 10.0, 1.0, 50.0) >= 0.0);
    ps_predict_destroy(predict);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(each_region_needs_its_part),
        PS_TEST(regions_too_small_are_one_together),
        PS_TEST(sums_are_kept),
        PS_TEST(there_are_no_more_than_asked_for),
        PS_TEST(without_places_all_is_of_no_region),
        PS_TEST(classes_of_a_media_are_told),
        PS_TEST(parts_are_sums_of_classes),
        PS_TEST(a_part_is_less_sure_than_the_whole),
    };

    return ps_test_run("host/predict/needs", tests, PS_ARRAY_LEN(tests));
}
