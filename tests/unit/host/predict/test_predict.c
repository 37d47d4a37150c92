/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/predict/test_predict.c - it learns, is honest about it, forgets, never breaks. */
#include "host/predict/predict.h"

#include <errno.h>
#include <string.h>

#include "tests/unit/host/predict/audience.h"

static struct ps_predict_status status_of(const struct ps_predict *predict)
{
    struct ps_predict_status status;

    ps_predict_status(predict, &status);
    return status;
}

static void limits_of_the_config_are_enforced(void)
{
    static const struct ps_predict_config bad[] = {
        { .resources_max = 0, .media_max = 1 },
        { .resources_max = 1, .media_max = 0 },
        { .resources_max = 1, .media_max = PS_PREDICT_RESOURCES_MAX + 1 },
        { .resources_max = PS_PREDICT_RESOURCES_MAX + 1, .media_max = 1 },
        { .resources_max = 1, .media_max = 1, .peers_max = PS_PREDICT_PEERS_MAX + 1 },
        { .resources_max = UINT32_MAX, .media_max = UINT32_MAX },
    };
    struct ps_predict *predict = NULL;

    for (unsigned i = 0; i < PS_ARRAY_LEN(bad); i++)
        CU_ASSERT_EQUAL(ps_predict_create(&predict, &bad[i]), -EINVAL);
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
    CU_ASSERT_TRUE(failed_at >= 7); /* itself, items, looks, sequels, bits */
    ps_predict_destroy(predict);
}

static void nothing_but_creation_and_saving_allocates(void)
{
    struct ps_predict *predict = new_predict(16, 16);
    static struct answers answers;

    ps_fail_alloc_after(0);
    rank(predict, audience_watches(predict, 1, false, START_NS, 90), &answers);
    CU_ASSERT_PTR_NULL(ps_zalloc(1, 1)); /* the failure is still to come */
    ps_fail_alloc_never();
    ps_predict_destroy(predict);
}

static double base_loss(double share)
{
    return -share * log(share) - (1.0 - share) * log(1.0 - share);
}

static void confidence_is_calibrated_and_beats_the_base_rate(void)
{
    struct ps_predict *predict = new_predict(64, 64);

    audience_watches(predict, 1, false, START_NS, 12 * 60);
    const struct ps_predict_status status = status_of(predict);
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++) {
        CU_ASSERT_TRUE(status.labels[h] > 10000);
        CU_ASSERT_TRUE(status.calibration_error[h] < 0.06); /* its beginnings are in it */
        CU_ASSERT_DOUBLE_EQUAL(status.mean_said[h], status.mean_happened[h], 0.03);
        CU_ASSERT_TRUE(status.log_loss[h] < 0.75 * base_loss(status.mean_happened[h]));
    }
    ps_predict_destroy(predict);
}

/* Negative control: the same number of starts, dealt out without taste. */
static void an_audience_without_taste_cannot_be_told_apart(void)
{
    struct ps_predict *predict = new_predict(64, 64);

    audience_watches(predict, 1, true, START_NS, 12 * 60);
    const struct ps_predict_status status = status_of(predict);
    for (unsigned h = 0; h < PS_HORIZON_60MIN; h++) { /* in an hour everything is wanted */
        CU_ASSERT_TRUE(status.log_loss[h] >= 0.97 * base_loss(status.mean_happened[h]));
        CU_ASSERT_TRUE(status.calibration_error[h] < 0.06);
    }
    ps_predict_destroy(predict);
}

static void importing_alone_trains_the_calibration(void)
{
    struct ps_predict *predict = new_predict(64, 64);

    for (unsigned i = 0; i < 400; i++)
        want(predict, 1 + i % 3, 1, 1, START_NS + i * 40 * PS_NS_PER_SEC);
    const struct ps_predict_status status = status_of(predict);
    CU_ASSERT_EQUAL(status.starts, 400);
    CU_ASSERT_TRUE(status.labels[PS_HORIZON_5MIN] > 600);
    CU_ASSERT_TRUE(status.labels[PS_HORIZON_15MIN] > 600);
    CU_ASSERT_TRUE(status.labels[PS_HORIZON_60MIN] > 400);
    ps_predict_destroy(predict);
}

static void segments_alone_are_not_demand(void)
{
    struct ps_predict *predict = new_predict(8, 8);

    want(predict, 1, 1, 0, START_NS);
    CU_ASSERT_EQUAL(status_of(predict).samples, 1);
    CU_ASSERT_EQUAL(status_of(predict).starts, 0);
    CU_ASSERT_EQUAL(status_of(predict).resources, 0);
    ps_predict_destroy(predict);
}

static void what_is_known_is_predicted_before_anybody_asks(void)
{
    struct ps_predict *predict = new_predict(64, 64);
    const struct ps_resource told = { 1, 1 };

    CU_ASSERT_EQUAL(ps_predict_know(predict, &told, START_NS), 0);
    CU_ASSERT_EQUAL(ps_predict_know(predict, &told, START_NS), 0);
    CU_ASSERT_EQUAL(status_of(predict).media, 1);
    const struct ps_prediction prediction = estimate(predict, 1, 1, START_NS);
    CU_ASSERT_EQUAL(prediction.reason, PS_REASON_PRIOR);
    CU_ASSERT_TRUE(prediction.confidence[PS_HORIZON_5MIN] > 0.0);
    CU_ASSERT_TRUE(prediction.confidence[PS_HORIZON_5MIN] < 0.2);
    ps_predict_destroy(predict);
}

static void time_may_jump(void)
{
    static const int64_t leaps_s[] = { 1, -3600, 40000, 0, -86400 * 400, 86400, 7 };
    struct ps_predict *predict = new_predict(64, 64);
    static struct answers answers;
    uint64_t now_ns = START_NS;

    for (unsigned i = 0; i < 35; i++) {
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

static void the_smallest_predictor_lives_through_everything(void)
{
    struct ps_predict *predict = new_predict(1, 1);

    for (unsigned i = 0; i < 2000; i++)
        want(predict, 1 + i % 7 / 3, 1 + i % 40, 1, START_NS + i * PS_NS_PER_SEC);
    const struct ps_predict_status status = status_of(predict);
    CU_ASSERT_EQUAL(status.media, 1);
    CU_ASSERT_TRUE(status.forgotten > 0);
    ps_predict_destroy(predict);
}

static void state_does_not_grow_with_demand(void)
{
    struct ps_predict *predict = new_predict(64, 64);
    size_t early_bytes, late_bytes;
    void *data;
    uint64_t now_ns = audience_watches(predict, 1, true, START_NS, 60);

    PS_REQUIRE(ps_predict_save(predict, &data, &early_bytes) == 0);
    free(data);
    audience_watches(predict, 2, true, now_ns, 60);
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
    struct ps_predict *ahead = new_predict(8, 8), *now = new_predict(8, 8);
    struct ps_demand_sample sample = { .start_ns = START_NS,
                                       .end_ns = START_NS + 86400 * PS_NS_PER_SEC,
                                       .resource = { 1, 1 },
                                       .starts = 8 };
    const struct ps_demand demand = { .samples = &sample, .capacity = 1, .count = 1 };

    ps_predict_learn(ahead, &demand, START_NS);
    want(now, 1, 1, 8, START_NS);
    CU_ASSERT_EQUAL(estimate(ahead, 1, 1, START_NS).expected[1],
                    estimate(now, 1, 1, START_NS).expected[1]);
    ps_predict_destroy(ahead);
    ps_predict_destroy(now);
}

#define CHAINS 8u
#define FIRST  100u /* and so on: what is watched first, */
#define NEXT   200u /* next by the same viewer three minutes later, */
#define ALONE  300u /* or by itself, about as often */

/* @return When it ended, with nobody on the way. */
static uint64_t viewers_go_on(struct ps_predict *predict, unsigned hours)
{
    uint64_t now_ns = START_NS, random = 1, peer = 10, due_ns[CHAINS] = { 0 }, viewer[CHAINS];
    bool is_anybody_on_the_way = false;

    for (unsigned s = 0; s < hours * 3600 || is_anybody_on_the_way; s++, now_ns += PS_NS_PER_SEC) {
        is_anybody_on_the_way = false;
        for (unsigned c = 0; c < CHAINS; c++) {
            if (due_ns[c] == 0 && s < hours * 3600 && random_unit(&random) < 1.0 / 1800) {
                viewer[c] = ++peer;
                want_by(predict, viewer[c], FIRST + c, 1, now_ns);
                due_ns[c] =
                    now_ns + (150 + (uint64_t)(60.0 * random_unit(&random))) * PS_NS_PER_SEC;
            }
            if (due_ns[c] != 0 && now_ns >= due_ns[c]) {
                want_by(predict, viewer[c], NEXT + c, 1, now_ns);
                due_ns[c] = 0;
            }
            if (random_unit(&random) < 1.0 / 1800)
                want_by(predict, ++peer, ALONE + c, 1, now_ns);
            is_anybody_on_the_way |= due_ns[c] != 0;
        }
    }
    return now_ns;
}

static void a_start_raises_what_its_viewers_go_on_to_and_nothing_else(void)
{
    struct ps_predict *predict = new_predict(64, 64);
    const uint64_t now_ns = viewers_go_on(predict, 16);
    const struct ps_prediction before = estimate(predict, NEXT, 1, now_ns);
    const struct ps_prediction alone = estimate(predict, ALONE, 1, now_ns);

    want_by(predict, 999998, ALONE + 1, 1, now_ns); /* nobody goes on from there */
    CU_ASSERT_TRUE(estimate(predict, ALONE, 1, now_ns).confidence[PS_HORIZON_5MIN] <
                   alone.confidence[PS_HORIZON_5MIN] + 0.1);
    want_by(predict, 999999, FIRST, 1, now_ns);
    const struct ps_prediction after = estimate(predict, NEXT, 1, now_ns);
    CU_ASSERT_TRUE(after.confidence[PS_HORIZON_5MIN] > before.confidence[PS_HORIZON_5MIN] + 0.4);
    CU_ASSERT_EQUAL(after.reason, PS_REASON_SEQUEL);
    CU_ASSERT_NOT_EQUAL(before.reason, PS_REASON_SEQUEL);
    CU_ASSERT_TRUE(estimate(predict, NEXT + 1, 1, now_ns).confidence[PS_HORIZON_5MIN] <
                   after.confidence[PS_HORIZON_5MIN] - 0.4);
    ps_predict_destroy(predict);
}

static void an_erased_peer_said_and_does_nothing(void)
{
    struct ps_predict *predict = new_predict(64, 64);
    const uint64_t now_ns = audience_watches(predict, 1, false, START_NS, 30);
    const struct ps_forward_look look = {
        .source_key = 7, .due_ns = now_ns + MINUTE_NS, .resource = { 2, 1 }, .probability = 1.0f
    };

    CU_ASSERT_EQUAL(ps_predict_look(predict, &look, now_ns), 0);
    CU_ASSERT_EQUAL(status_of(predict).looks_pending, 1);
    ps_predict_erase_peer(predict, 8); /* somebody else */
    CU_ASSERT_EQUAL(status_of(predict).looks_pending, 1);
    ps_predict_erase_peer(predict, 7);
    CU_ASSERT_EQUAL(status_of(predict).looks_pending, 0);
    want_by(predict, 7, 2, 1, now_ns + MINUTE_NS);
    CU_ASSERT_EQUAL(status_of(predict).looks_true, 0);
    ps_predict_erase_peer(predict, 7);
    ps_predict_destroy(predict);
}

/* Another edge asks for nothing here: what it said is kept when anybody asks. */
static void what_a_source_of_many_said_is_kept_when_it_is_told_so(void)
{
    struct ps_predict *predict = new_predict(64, 64);
    const uint64_t now_ns = audience_watches(predict, 1, false, START_NS, 30);
    const struct ps_forward_look look = { .source_key = 7,
                                          .due_ns = now_ns,
                                          .until_ns = now_ns + 15 * MINUTE_NS,
                                          .resource = { 2, 1 },
                                          .probability = 0.5f };

    CU_ASSERT_EQUAL(ps_predict_look(predict, &look, now_ns), 0);
    ps_predict_kept(predict, 8, 2, now_ns + MINUTE_NS); /* another one */
    ps_predict_kept(predict, 7, 3, now_ns + MINUTE_NS); /* of another media */
    CU_ASSERT_EQUAL(status_of(predict).looks_true, 0);
    const uint64_t starts = status_of(predict).starts;
    ps_predict_kept(predict, 7, 2, now_ns + MINUTE_NS);
    CU_ASSERT_EQUAL(status_of(predict).looks_true, 1);
    CU_ASSERT_EQUAL(status_of(predict).looks_pending, 0);
    CU_ASSERT_EQUAL(status_of(predict).starts, starts); /* it is no demand */
    ps_predict_destroy(predict);
}

#define HONEST 501u
#define LIAR   502u

/* Each says every few minutes what it will ask for; one does. */
static uint64_t agents_speak(struct ps_predict *predict, unsigned hours)
{
    uint64_t now_ns = START_NS, random = 5, kept[60] = { 0 };

    for (uint64_t media = 1; media <= 40; media++)
        ps_predict_know(predict, &(struct ps_resource){ media, 1 }, now_ns);
    for (unsigned s = 0; s < hours * 3600; s++, now_ns += PS_NS_PER_SEC) {
        const uint64_t mine = 1 + (uint64_t)(random_unit(&random) * 40.0);

        if (s % 120 == 0) {
            struct ps_forward_look look = { .source_key = HONEST,
                                            .due_ns = now_ns + 4 * MINUTE_NS,
                                            .resource = { mine, 1 },
                                            .probability = 0.9f };

            CU_ASSERT_EQUAL(ps_predict_look(predict, &look, now_ns), 0);
            kept[(s / 120 + 2) % 60] = mine;
            look.source_key = LIAR;
            look.resource.media_key = 1 + mine * 7 % 40;
            CU_ASSERT_EQUAL(ps_predict_look(predict, &look, now_ns), 0);
        }
        if (s % 120 == 10 && kept[s / 120 % 60] != 0)
            want_by(predict, HONEST, kept[s / 120 % 60], 1, now_ns);
        if (random_unit(&random) < 1.0 / 120)
            want_by(predict, 1, 1 + (uint64_t)(random_unit(&random) * 40.0), 1, now_ns);
    }
    return now_ns;
}

static struct ps_prediction with_word_of(struct ps_predict *predict, uint64_t source,
                                         uint64_t media, uint64_t now_ns)
{
    const struct ps_forward_look look = { .source_key = source,
                                          .due_ns = now_ns + 2 * MINUTE_NS,
                                          .resource = { media, 1 },
                                          .probability = 0.9f };

    CU_ASSERT_EQUAL(ps_predict_look(predict, &look, now_ns), 0);
    return estimate(predict, media, 1, now_ns);
}

static void the_word_of_an_honest_agent_counts_and_a_liars_does_not(void)
{
    struct ps_predict *predict = new_predict(64, 64);
    const uint64_t now_ns = agents_speak(predict, 8);
    const struct ps_prediction base = estimate(predict, 5, 1, now_ns);
    const struct ps_prediction honest = with_word_of(predict, HONEST, 5, now_ns);
    const struct ps_prediction liar_base = estimate(predict, 6, 1, now_ns);
    const struct ps_prediction liar = with_word_of(predict, LIAR, 6, now_ns);
    const struct ps_predict_status status = status_of(predict);

    CU_ASSERT_TRUE(honest.confidence[0] > base.confidence[0] + 0.4);
    CU_ASSERT_EQUAL(honest.reason, PS_REASON_HINT);
    CU_ASSERT_TRUE(liar.confidence[0] < liar_base.confidence[0] + 0.1);
    CU_ASSERT_TRUE(status.looks_true > 200 && status.looks_false > 200);
    CU_ASSERT_EQUAL(status.looks_taken,
                    status.looks_true + status.looks_false + status.looks_pending);
    ps_predict_destroy(predict);
}

/* Every ten minutes a new media of either category; those of 1 are wanted at once. */
static uint64_t media_are_born(struct ps_predict *predict, unsigned hours)
{
    const struct ps_media_facts facts[2] = { { .category = 1 }, { .category = 2 } };
    uint64_t now_ns = START_NS, media = 1000, random = 9;

    for (unsigned minute = 0; minute < hours * 60; minute++, now_ns += MINUTE_NS) {
        if (minute % 10 == 0)
            for (unsigned c = 0; c < 2; c++) {
                ps_predict_know(predict, &(struct ps_resource){ ++media, 1 }, now_ns);
                ps_predict_describe(predict, media, &facts[c]);
            }
        if (minute % 10 > 1)
            want(predict, media - 1, 1, 1, now_ns);
        want(predict, 1 + (uint64_t)(random_unit(&random) * 10.0), 1, 1, now_ns);
    }
    return now_ns;
}

static void a_new_media_is_expected_to_do_as_its_category_does(void)
{
    struct ps_predict *predict = new_predict(1024, 1024);
    const uint64_t now_ns = media_are_born(predict, 12);
    const struct ps_media_facts facts[2] = { { .category = 1 }, { .category = 2 } };

    for (uint64_t media = 1; media <= 2; media++) {
        ps_predict_know(predict, &(struct ps_resource){ 5000 + media, 1 }, now_ns);
        ps_predict_describe(predict, 5000 + media, &facts[media - 1]);
    }
    const struct ps_prediction lively = estimate(predict, 5001, 1, now_ns);
    const struct ps_prediction dead = estimate(predict, 5002, 1, now_ns);
    CU_ASSERT_TRUE(lively.expected[PS_HORIZON_15MIN] > 2.0 * dead.expected[PS_HORIZON_15MIN]);
    CU_ASSERT_TRUE(lively.confidence[PS_HORIZON_15MIN] > 0.3);
    ps_predict_destroy(predict);
}

/* Facts told before the first request are not lost when it comes, and later ones replace them. */
static void facts_may_come_before_and_after_the_first_request(void)
{
    struct ps_predict *early = new_predict(8, 8), *late = new_predict(8, 8);
    const struct ps_media_facts facts = { .born_ns = START_NS - 86400 * PS_NS_PER_SEC };

    ps_predict_describe(early, 1, &facts); /* not tracked: lost */
    ps_predict_know(early, &(struct ps_resource){ 1, 1 }, START_NS);
    ps_predict_describe(early, 1, &facts);
    want(early, 1, 1, 1, START_NS);
    ps_predict_know(late, &(struct ps_resource){ 1, 1 }, START_NS);
    want(late, 1, 1, 1, START_NS);
    CU_ASSERT_NOT_EQUAL(estimate(early, 1, 1, START_NS).expected[1],
                        estimate(late, 1, 1, START_NS).expected[1]);
    ps_predict_describe(late, 1, &(struct ps_media_facts){ .born_ns = 1 });
    ps_predict_describe(late, 1, &facts);
    ps_predict_describe(late, 1,
                        &(struct ps_media_facts){ 0 }); /* knows nothing: changes nothing */
    CU_ASSERT_EQUAL(estimate(early, 1, 1, START_NS).expected[1],
                    estimate(late, 1, 1, START_NS).expected[1]);
    ps_predict_destroy(early);
    ps_predict_destroy(late);
}

static void an_input_left_out_cannot_help(void)
{
    const struct ps_predict_config cfg = { .resources_max = 64,
                                           .media_max = 64,
                                           .without = PS_PREDICT_LOOKS | PS_PREDICT_SEQUELS };
    struct ps_predict *predict = NULL;

    PS_REQUIRE(ps_predict_create(&predict, &cfg) == 0);
    const uint64_t now_ns = agents_speak(predict, 3);
    const struct ps_prediction base = estimate(predict, 5, 1, now_ns);
    const struct ps_prediction told = with_word_of(predict, HONEST, 5, now_ns);
    CU_ASSERT_EQUAL(told.expected[PS_HORIZON_15MIN], base.expected[PS_HORIZON_15MIN]);
    CU_ASSERT_NOT_EQUAL(told.reason, PS_REASON_HINT);
    ps_predict_destroy(predict);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(limits_of_the_config_are_enforced),
        PS_TEST(create_survives_each_failed_allocation),
        PS_TEST(nothing_but_creation_and_saving_allocates),
        PS_TEST(confidence_is_calibrated_and_beats_the_base_rate),
        PS_TEST(an_audience_without_taste_cannot_be_told_apart),
        PS_TEST(importing_alone_trains_the_calibration),
        PS_TEST(segments_alone_are_not_demand),
        PS_TEST(what_is_known_is_predicted_before_anybody_asks),
        PS_TEST(time_may_jump),
        PS_TEST(the_smallest_predictor_lives_through_everything),
        PS_TEST(state_does_not_grow_with_demand),
        PS_TEST(the_same_demand_gives_the_same_answers),
        PS_TEST(samples_from_after_now_count_as_of_now),
        PS_TEST(a_start_raises_what_its_viewers_go_on_to_and_nothing_else),
        PS_TEST(an_erased_peer_said_and_does_nothing),
        PS_TEST(what_a_source_of_many_said_is_kept_when_it_is_told_so),
        PS_TEST(the_word_of_an_honest_agent_counts_and_a_liars_does_not),
        PS_TEST(a_new_media_is_expected_to_do_as_its_category_does),
        PS_TEST(facts_may_come_before_and_after_the_first_request),
        PS_TEST(an_input_left_out_cannot_help),
    };

    return ps_test_run("host/predict/predict", tests, PS_ARRAY_LEN(tests));
}
