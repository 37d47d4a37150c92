/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/predict/test_candidates.c - who gets an answer, in a catalogue too large for all.
 */
#include "host/predict/predict_priv.h"
#include "tests/unit/host/predict/audience.h"

#define CATALOGUE 20000u

static bool is_candidate(struct ps_predict *predict, uint64_t media, uint64_t profile)
{
    for (uint32_t i = 0; i < predict->candidate_count; i++) {
        const struct ps_resource *key = &predict->tracked.resources[predict->candidates[i]].key;

        if (key->media_key == media && key->profile_key == profile)
            return true;
    }
    return false;
}

static struct ps_predict *with_catalogue(void)
{
    struct ps_predict *predict = new_predict(CATALOGUE + 100, CATALOGUE + 100);

    for (uint64_t media = 1; media <= CATALOGUE; media++)
        ps_predict_know(predict, &(struct ps_resource){ media, 1 }, START_NS);
    return predict;
}

static void a_large_catalogue_is_not_walked(void)
{
    struct ps_predict *predict = with_catalogue();

    ps_predict_gather(predict);
    CU_ASSERT_EQUAL(predict->candidate_count, PS_PREDICT_CANDIDATES_MAX);
    CU_ASSERT_TRUE(is_candidate(predict, CATALOGUE, 1)); /* the newest */
    CU_ASSERT_FALSE(is_candidate(predict, 1, 1));
    ps_predict_destroy(predict);
}

static void the_wanted_come_with_their_other_profiles(void)
{
    struct ps_predict *predict = with_catalogue();

    ps_predict_know(predict, &(struct ps_resource){ 1, 2 }, START_NS);
    want(predict, 1, 1, 1, START_NS);
    ps_predict_gather(predict);
    CU_ASSERT_TRUE(is_candidate(predict, 1, 1));
    CU_ASSERT_TRUE(is_candidate(predict, 1, 2));
    ps_predict_destroy(predict);
}

static void this_hours_favourites_of_earlier_days_are_asked_for(void)
{
    const uint64_t two_days_ns = 48 * 60 * MINUTE_NS;
    struct ps_predict *predict = with_catalogue();
    static struct answers answers;

    want(predict, 1, 1, 9, START_NS);
    rank(predict, START_NS + two_days_ns / 4, &answers); /* twelve hours on: wanted of late */
    CU_ASSERT_TRUE(is_candidate(predict, 1, 1));
    rank(predict, START_NS + two_days_ns * 5 / 8, &answers); /* wrong hour */
    CU_ASSERT_FALSE(is_candidate(predict, 1, 1));
    rank(predict, START_NS + two_days_ns, &answers);
    CU_ASSERT_TRUE(is_candidate(predict, 1, 1));
    ps_predict_destroy(predict);
}

static void nobody_is_a_candidate_twice(void)
{
    struct ps_predict *predict = new_predict(64, 64);
    static struct answers answers;

    rank(predict, audience_watches(predict, 1, false, START_NS, 30), &answers);
    for (uint32_t i = 0; i < predict->candidate_count; i++)
        for (uint32_t k = 0; k < i; k++)
            CU_ASSERT_NOT_EQUAL(predict->candidates[i], predict->candidates[k]);
    ps_predict_destroy(predict);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_large_catalogue_is_not_walked),
        PS_TEST(the_wanted_come_with_their_other_profiles),
        PS_TEST(this_hours_favourites_of_earlier_days_are_asked_for),
        PS_TEST(nobody_is_a_candidate_twice),
    };

    return ps_test_run("host/predict/candidates", tests, PS_ARRAY_LEN(tests));
}
