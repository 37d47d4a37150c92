/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/predict/test_candidates.c - who gets an answer, in a catalogue too large for all.
 */
#include "host/predict/predict_priv.h"
#include "tests/unit/host/predict/audience.h"

#define CATALOGUE 20000u
#define HOUR_NS   (60 * MINUTE_NS)

static uint32_t times_a_candidate(const struct ps_predict *predict, uint64_t media,
                                  uint64_t profile)
{
    uint32_t times = 0;

    for (uint32_t i = 0; i < predict->candidate_count; i++) {
        const struct ps_candidate *c = &predict->candidates[i];

        times += predict->items.items[c->media].key == media &&
                 ps_predict_profiles(predict)->profile_keys[c->profile] == profile;
    }
    return times;
}

static uint32_t gathered_at(struct ps_predict *predict, uint64_t media, uint64_t now_ns)
{
    ps_predict_advance(predict, now_ns);
    ps_predict_gather(predict);
    return times_a_candidate(predict, media, 1);
}

/* Told of long ago, in part of the catalogue that is no candidate by itself. */
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

    CU_ASSERT_EQUAL(gathered_at(predict, 1, START_NS), 0);
    CU_ASSERT_EQUAL(predict->candidate_count, PS_CANDIDATES_NEW);
    ps_predict_destroy(predict);
}

static void what_is_new_is_a_candidate(void)
{
    struct ps_predict *predict = with_catalogue();

    CU_ASSERT_EQUAL(gathered_at(predict, CATALOGUE, START_NS), 1);
    ps_predict_know(predict, &(struct ps_resource){ CATALOGUE + 1, 1 }, START_NS);
    CU_ASSERT_EQUAL(gathered_at(predict, CATALOGUE + 1, START_NS), 1);
    ps_predict_destroy(predict);
}

static void what_is_wanted_is_a_candidate_in_all_profiles(void)
{
    struct ps_predict *predict = with_catalogue();

    ps_predict_know(predict, &(struct ps_resource){ 2, 2 }, START_NS);
    CU_ASSERT_EQUAL(gathered_at(predict, 1, START_NS), 0);
    want(predict, 1, 1, 1, START_NS);
    CU_ASSERT_EQUAL(gathered_at(predict, 1, START_NS), 1);
    CU_ASSERT_EQUAL(times_a_candidate(predict, 1, 2), 1);
    ps_predict_destroy(predict);
}

/* So much else was wanted and told of since that nobody remembers the starts themselves. */
static void drown(struct ps_predict *predict)
{
    predict->tenant->recent.count = predict->tenant->fresh.count = 0;
}

static void this_hours_favourites_of_earlier_days_are_candidates(void)
{
    struct ps_predict *predict = new_predict(8, 8);

    want(predict, 1, 1, 9, START_NS);
    ps_predict_know(predict, &(struct ps_resource){ 2, 1 }, START_NS);
    drown(predict);
    CU_ASSERT_EQUAL(gathered_at(predict, 1, START_NS + 12 * HOUR_NS), 0);
    CU_ASSERT_EQUAL(gathered_at(predict, 1, START_NS + 24 * HOUR_NS), 1);
    CU_ASSERT_EQUAL(gathered_at(predict, 2, START_NS + 24 * HOUR_NS), 0);
    ps_predict_destroy(predict);
}

static void what_is_announced_is_a_candidate_until_it_is_past(void)
{
    struct ps_predict *predict = new_predict(8, 8);
    const struct ps_forward_look look = { .source_key = 5,
                                          .due_ns = START_NS + 30 * MINUTE_NS,
                                          .resource = { 1, 1 },
                                          .probability = 0.5f };

    ps_predict_know(predict, &(struct ps_resource){ 1, 1 }, START_NS);
    drown(predict);
    CU_ASSERT_EQUAL(gathered_at(predict, 1, START_NS), 0);
    CU_ASSERT_EQUAL(ps_predict_look(predict, &look, START_NS), 0);
    CU_ASSERT_EQUAL(gathered_at(predict, 1, START_NS), 1);
    CU_ASSERT_EQUAL(gathered_at(predict, 1, START_NS + 31 * MINUTE_NS), 1);
    CU_ASSERT_EQUAL(gathered_at(predict, 1, START_NS + 60 * MINUTE_NS), 0);
    ps_predict_destroy(predict);
}

static void what_viewers_go_on_to_is_a_candidate(void)
{
    struct ps_predict *predict = new_predict(8, 8);
    uint64_t now_ns = START_NS;

    for (uint64_t peer = 1; peer <= 50; peer++, now_ns += 10 * MINUTE_NS) {
        want_by(predict, peer, 1, 1, now_ns);
        want_by(predict, peer, 2, 1, now_ns + 3 * MINUTE_NS);
    }
    now_ns += 12 * HOUR_NS; /* another hour than that of any start */
    drown(predict);
    CU_ASSERT_EQUAL(gathered_at(predict, 2, now_ns), 0);
    want_by(predict, 100, 1, 1, now_ns);
    CU_ASSERT_EQUAL(gathered_at(predict, 2, now_ns), 1);
    ps_predict_destroy(predict);
}

static void nobody_is_a_candidate_twice(void)
{
    struct ps_predict *predict = new_predict(64, 64);
    const struct ps_forward_look look = {
        .source_key = 5, .due_ns = START_NS + 35 * MINUTE_NS, .resource = { 1, 1 }, .probability = 1
    };

    ps_predict_know(predict, &(struct ps_resource){ 1, 1 }, START_NS);
    audience_watches(predict, 1, false, START_NS, 30);
    CU_ASSERT_EQUAL(ps_predict_look(predict, &look, START_NS + 30 * MINUTE_NS), 0);
    ps_predict_gather(predict);
    CU_ASSERT_TRUE(predict->candidate_count >= AUDIENCE_RESOURCES / 2);
    for (uint32_t i = 0; i < predict->candidate_count; i++)
        for (uint32_t k = 0; k < i; k++)
            CU_ASSERT_TRUE(predict->candidates[i].media != predict->candidates[k].media ||
                           predict->candidates[i].profile != predict->candidates[k].profile);
    ps_predict_destroy(predict);
}

static void the_forgotten_are_no_candidates(void)
{
    struct ps_predict *predict = new_predict(1, 1);

    want(predict, 1, 1, 5, START_NS);
    CU_ASSERT_EQUAL(gathered_at(predict, 1, START_NS), 1);
    want(predict, 2, 1, 5, START_NS); /* there is room for one */
    CU_ASSERT_EQUAL(gathered_at(predict, 1, START_NS), 0);
    CU_ASSERT_EQUAL(gathered_at(predict, 2, START_NS), 1);
    ps_predict_destroy(predict);
}

/* More is announced than there is room for: nobody is marked as gathered who was not. */
static void who_finds_no_room_is_not_left_out_for_ever(void)
{
    struct ps_predict *predict = with_catalogue();

    for (uint64_t media = 1; media <= CATALOGUE - PS_CANDIDATES_NEW; media++) {
        const struct ps_forward_look look = { .source_key = media,
                                              .due_ns = START_NS + 60 * MINUTE_NS,
                                              .resource = { media, 1 },
                                              .probability = 0.5f };

        PS_REQUIRE(ps_predict_look(predict, &look, START_NS) == 0);
    }
    ps_predict_gather(predict);
    CU_ASSERT_EQUAL(predict->candidate_count, PS_CANDIDATES_MAX);
    for (uint32_t i = 0; i < (predict->items.capacity + 63) / 64; i++)
        CU_ASSERT_EQUAL(predict->gathered[i], 0);
    ps_predict_destroy(predict);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_large_catalogue_is_not_walked),
        PS_TEST(what_is_new_is_a_candidate),
        PS_TEST(what_is_wanted_is_a_candidate_in_all_profiles),
        PS_TEST(this_hours_favourites_of_earlier_days_are_candidates),
        PS_TEST(what_is_announced_is_a_candidate_until_it_is_past),
        PS_TEST(what_viewers_go_on_to_is_a_candidate),
        PS_TEST(nobody_is_a_candidate_twice),
        PS_TEST(the_forgotten_are_no_candidates),
        PS_TEST(who_finds_no_room_is_not_left_out_for_ever),
    };

    return ps_test_run("host/predict/candidates", tests, PS_ARRAY_LEN(tests));
}
