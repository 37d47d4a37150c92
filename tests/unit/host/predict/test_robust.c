/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/unit/host/predict/test_robust.c - what a predictor must live through, by predict.h alone.
 *
 * Clocks that jump, samples twice and late, floods, wild facts, restarts, damage.
 */
#include <errno.h>
#include <malloc.h>
#include <string.h>

#include "tests/unit/host/predict/audience.h"

#define YEAR_NS (365ull * 24 * 60 * MINUTE_NS)

static void expect_sane(struct ps_predict *predict, uint64_t now_ns)
{
    static struct answers answers;

    rank(predict, now_ns, &answers);
    for (uint32_t i = 0; i < answers.list.count; i++)
        for (unsigned h = 0; h < PS_HORIZON_COUNT; h++) {
            CU_ASSERT_TRUE(answers.items[i].confidence[h] >= 0.0);
            CU_ASSERT_TRUE(answers.items[i].confidence[h] <= 1.0);
            CU_ASSERT_TRUE(answers.items[i].expected[h] >= 0.0);
            CU_ASSERT_TRUE(isfinite(answers.items[i].expected[h]));
        }
}

static double expected_of(struct ps_predict *predict, uint64_t media, uint64_t profile,
                          uint64_t now_ns)
{
    struct ps_prediction prediction;

    PS_REQUIRE(
        ps_predict_estimate(predict, &(struct ps_resource){ media, profile }, now_ns, &prediction));
    return prediction.expected[PS_HORIZON_15MIN];
}

static bool is_within(double value, double of, double share)
{
    return value >= of * (1.0 - share) && value <= of * (1.0 + share);
}

/* The audience's favourites are expected alike by both. */
static void expect_alike(struct ps_predict *a, struct ps_predict *b, uint64_t now_ns, double share)
{
    for (uint32_t i = 0; i < 6; i++)
        CU_ASSERT_TRUE(is_within(expected_of(a, 1 + i / 2, 1 + i % 2, now_ns),
                                 expected_of(b, 1 + i / 2, 1 + i % 2, now_ns), share));
}

static void expect_same_answers(struct ps_predict *a, struct ps_predict *b, uint64_t now_ns)
{
    static struct answers x, y;

    rank(a, now_ns, &x);
    rank(b, now_ns, &y);
    PS_REQUIRE(x.list.count == y.list.count && x.list.count > 0);
    for (uint32_t i = 0; i < x.list.count; i++) {
        CU_ASSERT_EQUAL(x.items[i].id, y.items[i].id);
        CU_ASSERT_EQUAL(x.items[i].resource.media_key, y.items[i].resource.media_key);
        CU_ASSERT_EQUAL(x.items[i].resource.profile_key, y.items[i].resource.profile_key);
        CU_ASSERT_EQUAL(x.items[i].reason, y.items[i].reason);
        for (unsigned h = 0; h < PS_HORIZON_COUNT; h++) {
            CU_ASSERT_EQUAL(x.items[i].expected[h], y.items[i].expected[h]);
            CU_ASSERT_EQUAL(x.items[i].confidence[h], y.items[i].confidence[h]);
        }
    }
}

struct saved {
    unsigned char *bytes;
    size_t size;
};

static struct saved save(const struct ps_predict *predict)
{
    struct saved saved;
    void *data = NULL;

    PS_REQUIRE(ps_predict_save(predict, &data, &saved.size) == 0);
    saved.bytes = data;
    return saved;
}

static bool are_saved_alike(const struct ps_predict *a, const struct ps_predict *b)
{
    const struct saved x = save(a), y = save(b);
    const bool alike = x.size == y.size && memcmp(x.bytes, y.bytes, x.size) == 0;

    free(x.bytes);
    free(y.bytes);
    return alike;
}

static void a_sample_from_a_clock_behind_hardly_matters(void)
{
    struct ps_predict *steady = new_predict(64, 64), *jumpy = new_predict(64, 64);
    uint64_t now_ns = START_NS;

    for (unsigned minute = 0; minute < 120; minute++) {
        const uint64_t from_ns = now_ns;

        audience_watches(steady, minute, false, from_ns, 1);
        now_ns = audience_watches(jumpy, minute, false, from_ns, 1);
        want(jumpy, 1 + minute % 20, 1, 0, minute % 2 == 0 ? now_ns - YEAR_NS : 1);
        expect_sane(jumpy, now_ns - 10 * YEAR_NS);
    }
    expect_alike(steady, jumpy, now_ns, 0.05);
    ps_predict_destroy(steady);
    ps_predict_destroy(jumpy);
}

static void a_clock_set_back_for_good_is_lived_with(void)
{
    struct ps_predict *predict = new_predict(64, 64);
    uint64_t now_ns = audience_watches(predict, 1, false, START_NS, 120);
    struct ps_predict_status before, after;
    static struct answers answers;

    ps_predict_status(predict, &before);
    now_ns = audience_watches(predict, 2, false, now_ns - 90 * MINUTE_NS, 60);
    expect_sane(predict, now_ns);
    now_ns = audience_watches(predict, 3, false, now_ns, 60); /* beyond where it was */
    ps_predict_status(predict, &after);
    CU_ASSERT_TRUE(after.starts > before.starts + 300);
    rank(predict, now_ns, &answers);
    PS_REQUIRE(answers.list.count >= 10);
    CU_ASSERT_TRUE(answers.items[0].resource.media_key <= 4); /* a favourite, still */
    ps_predict_destroy(predict);
}

static void a_leap_of_years_is_lived_through_quickly_and_answers_come_back(void)
{
    struct ps_predict *predict = new_predict(64, 64);
    uint64_t now_ns = audience_watches(predict, 1, false, START_NS, 60);
    static struct answers answers;

    for (unsigned years = 1; years <= 49; years += 24) {
        now_ns += years * YEAR_NS;
        expect_sane(predict, now_ns);
        now_ns = audience_watches(predict, years, false, now_ns, 60);
        rank(predict, now_ns, &answers);
        PS_REQUIRE(answers.list.count >= 10);
        CU_ASSERT_TRUE(answers.items[0].resource.media_key <= 4);
        CU_ASSERT_TRUE(answers.items[0].expected[PS_HORIZON_15MIN] > 3.0);
    }
    ps_predict_destroy(predict);
}

/* Seconds are counted in 32 bits. */
static void at_the_end_of_time_it_stands_still(void)
{
    struct ps_predict *predict = new_predict(64, 64);
    struct ps_predict_status before, after;
    uint64_t now_ns = audience_watches(predict, 1, false, START_NS, 60);

    ps_predict_status(predict, &before);
    want(predict, 1, 1, 1, UINT32_MAX * PS_NS_PER_SEC + YEAR_NS);
    want(predict, 1, 1, 1, UINT64_MAX);
    want(predict, 1, 1, 1, now_ns);
    expect_sane(predict, UINT64_MAX);
    expect_sane(predict, now_ns);
    ps_predict_status(predict, &after);
    CU_ASSERT_EQUAL(after.starts, before.starts + 3);
    ps_predict_destroy(predict);
}

static void a_few_samples_told_twice_hardly_matter(void)
{
    struct ps_predict *once = new_predict(64, 64), *twice = new_predict(64, 64);
    uint64_t seed_once = 9, seed_twice = 9, coin = 4, now_ns = START_NS;

    for (unsigned s = 0; s < 120 * 60; s++, now_ns += PS_NS_PER_SEC) {
        const uint64_t seed = seed_twice;

        audience_second(once, &seed_once, false, now_ns);
        audience_second(twice, &seed_twice, false, now_ns);
        if (random_unit(&coin) < 0.03) {
            uint64_t again = seed;

            audience_second(twice, &again, false, now_ns);
        }
    }
    expect_alike(once, twice, now_ns, 0.25);
    ps_predict_destroy(once);
    ps_predict_destroy(twice);
}

static void want_late(struct ps_predict *predict, uint64_t media, uint64_t at_ns, uint64_t now_ns)
{
    struct ps_demand_sample sample = { .start_ns = at_ns - PS_NS_PER_SEC,
                                       .end_ns = at_ns,
                                       .resource = { media, 1 },
                                       .starts = 1,
                                       .source = PS_DEMAND_NIC };
    const struct ps_demand demand = { .samples = &sample, .capacity = 1, .count = 1 };

    ps_predict_learn(predict, &demand, now_ns);
}

/* One in ten comes ten minutes late. */
static void late_samples_count_and_hardly_matter(void)
{
    struct ps_predict *prompt = new_predict(64, 64), *late = new_predict(64, 64);
    struct ps_predict_status status;
    const uint64_t lag_ns = 10 * MINUTE_NS;
    uint64_t now_ns = START_NS + lag_ns;

    for (unsigned i = 0; i < 180 * 6; i++, now_ns += 10 * PS_NS_PER_SEC) {
        want_late(prompt, 1 + i % 3, now_ns, now_ns);
        if (i % 10 != 0)
            want_late(late, 1 + i % 3, now_ns, now_ns);
        if (i >= 60 && (i - 60) % 10 == 0)
            want_late(late, 1 + (i - 60) % 3, now_ns - lag_ns, now_ns);
    }
    for (uint64_t media = 1; media <= 3; media++)
        CU_ASSERT_TRUE(is_within(expected_of(late, media, 1, now_ns),
                                 expected_of(prompt, media, 1, now_ns), 0.2));
    ps_predict_status(late, &status);
    CU_ASSERT_EQUAL(status.starts, 180 * 6 - 6);
    ps_predict_destroy(prompt);
    ps_predict_destroy(late);
}

#define FLOOD_MEDIA   1000000u
#define FLOOD_MINUTES 30u
#define FLOOD_ROOM    65536u
#define WARM_MEDIA    20u
#define A_SECOND      1024u

/* Each of the warm about every ten seconds; others once each. */
static void flooded_second(struct ps_predict *predict, uint64_t *random, uint64_t first_stranger,
                           uint32_t strangers, uint64_t now_ns)
{
    static struct ps_demand_sample samples[A_SECOND];
    struct ps_demand demand = { .samples = samples, .capacity = A_SECOND };

    for (uint64_t media = 1; media <= WARM_MEDIA; media++)
        if (random_unit(random) < 0.1)
            samples[demand.count++] = (struct ps_demand_sample){ .resource = { media, 1 } };
    for (uint32_t i = 0; i < strangers; i++)
        samples[demand.count++] =
            (struct ps_demand_sample){ .resource = { first_stranger + i, 1 } };
    for (uint32_t i = 0; i < demand.count; i++) {
        samples[i].start_ns = samples[i].end_ns = now_ns;
        samples[i].peer_key = 1 + (uint64_t)(random_unit(random) * 1e6);
        samples[i].starts = 1;
        samples[i].source = PS_DEMAND_LOG;
    }
    ps_predict_learn(predict, &demand, now_ns);
}

/* @param strangers  A second. @return The bytes taken from the heap meanwhile. */
static size_t flood(struct ps_predict *predict, uint64_t from_ns, uint32_t minutes,
                    uint64_t first_stranger, uint32_t strangers)
{
    const struct mallinfo2 before = mallinfo2();
    struct mallinfo2 after;
    uint64_t random = 7;

    for (uint32_t s = 0; s < minutes * 60; s++)
        flooded_second(predict, &random, first_stranger + (uint64_t)s * strangers, strangers,
                       from_ns + s * PS_NS_PER_SEC);
    after = mallinfo2();
    return after.uordblks + after.hblkhd - before.uordblks - before.hblkhd;
}

static void a_flood_of_one_hit_media_takes_no_memory_and_moves_nothing_warm(void)
{
    const uint32_t strangers = FLOOD_MEDIA / (FLOOD_MINUTES * 60) + 1;
    struct ps_predict *quiet = new_predict(FLOOD_ROOM, FLOOD_ROOM);
    struct ps_predict *flooded = new_predict(FLOOD_ROOM, FLOOD_ROOM);
    const uint64_t flood_ns = START_NS + 60 * MINUTE_NS;
    const uint64_t end_ns = flood_ns + FLOOD_MINUTES * MINUTE_NS;
    struct ps_predict_status status;

    flood(quiet, START_NS, 60, 0, 0);
    flood(flooded, START_NS, 60, 0, 0);
    flood(quiet, flood_ns, FLOOD_MINUTES, 0, 0);
    CU_ASSERT_EQUAL(flood(flooded, flood_ns, FLOOD_MINUTES, 1000, strangers), 0);
    ps_predict_status(flooded, &status);
    CU_ASSERT_TRUE(status.resources <= FLOOD_ROOM && status.media <= FLOOD_ROOM);
    CU_ASSERT_TRUE(status.starts > FLOOD_MEDIA);
    for (uint64_t media = 1; media <= WARM_MEDIA; media++)
        CU_ASSERT_TRUE(is_within(expected_of(flooded, media, 1, end_ns),
                                 expected_of(quiet, media, 1, end_ns), 0.25));
    expect_sane(flooded, end_ns);
    ps_predict_destroy(quiet);
    ps_predict_destroy(flooded);
}

static void huge_counts_stay_finite(void)
{
    struct ps_predict *predict = new_predict(8, 8);

    for (unsigned i = 0; i < 200; i++) {
        want(predict, 1 + i % 2, 1, UINT32_MAX, START_NS + i * 10 * PS_NS_PER_SEC);
        expect_sane(predict, START_NS + i * 10 * PS_NS_PER_SEC);
    }
    audience_watches(predict, 1, false, START_NS + 60 * MINUTE_NS, 60);
    expect_sane(predict, START_NS + 120 * MINUTE_NS);
    ps_predict_destroy(predict);
}

static void wild_facts_and_loops_of_sequels_do_no_harm(void)
{
    static const struct ps_media_facts wild[] = {
        { .born_ns = UINT64_MAX, .category = UINT32_MAX, .length_s = UINT32_MAX },
        { .born_ns = 1, .sequel_of = 3 },
        { .sequel_of = 2, .category = 5 },
        { .sequel_of = UINT64_MAX },
        { .born_ns = START_NS + YEAR_NS, .sequel_of = 5 }, /* itself */
    };
    struct ps_predict *predict = new_predict(64, 64);
    uint64_t now_ns = START_NS;

    for (unsigned round = 0; round < 60; round++) {
        for (unsigned i = 0; i < PS_ARRAY_LEN(wild); i++)
            ps_predict_describe(predict, 1 + i, &wild[i]);
        ps_predict_describe(predict, 1000 + round, &wild[1]); /* not tracked */
        now_ns = audience_watches(predict, round, false, now_ns, 1);
        expect_sane(predict, now_ns);
    }
    ps_predict_destroy(predict);
}

/* All that can be told: starts by peers with classes, facts, looks, what is known and withdrawn. */
static uint64_t live(struct ps_predict *predict, uint64_t seed, uint64_t from_ns, unsigned minutes)
{
    const uint64_t to_ns = from_ns + minutes * MINUTE_NS;

    for (uint64_t now_ns = from_ns; now_ns < to_ns; now_ns += PS_NS_PER_SEC) {
        const uint32_t dice = (uint32_t)(random_unit(&seed) * 240.0);
        const uint64_t peer = 1 + (uint64_t)(random_unit(&seed) * 30.0);
        const struct ps_resource resource = { 1 + dice % 25, 1 + dice % 2 };
        struct ps_demand_sample sample = { .start_ns = now_ns,
                                           .end_ns = now_ns,
                                           .resource = resource,
                                           .peer = { (uint16_t)(peer % 3), (uint8_t)(peer % 4), 1 },
                                           .peer_key = peer,
                                           .starts = dice % 4 == 0,
                                           .segments = dice % 3,
                                           .source = PS_DEMAND_LOG };
        const struct ps_demand demand = { .samples = &sample, .capacity = 1, .count = 1 };
        const struct ps_forward_look look = { .source_key = peer,
                                              .due_ns = now_ns + dice * PS_NS_PER_SEC,
                                              .resource = resource,
                                              .peer = sample.peer,
                                              .probability = 0.5f };

        ps_predict_learn(predict, &demand, now_ns);
        if (dice % 10 == 1)
            ps_predict_look(predict, &look, now_ns);
        if (dice == 2)
            ps_predict_know(predict, &(struct ps_resource){ 26 + peer, 1 }, now_ns);
        if (dice == 3)
            ps_predict_reached(predict, resource.media_key, (int32_t)(peer % 20) - 2);
        if (dice == 4)
            ps_predict_describe(predict, resource.media_key,
                                &(struct ps_media_facts){ .born_ns = now_ns,
                                                          .sequel_of = 1 + peer % 25,
                                                          .category = (uint32_t)peer % 5,
                                                          .length_s = 600 });
    }
    return to_ns;
}

static void the_same_samples_are_saved_as_the_same_bytes(void)
{
    struct ps_predict *a = new_predict(64, 64), *b = new_predict(64, 64);
    uint64_t now_ns;

    live(a, 5, START_NS, 90);
    now_ns = live(b, 5, START_NS, 90);
    expect_same_answers(a, b, now_ns);
    CU_ASSERT_TRUE(are_saved_alike(a, b));
    live(b, 6, now_ns, 1);
    live(a, 7, now_ns, 1);
    CU_ASSERT_FALSE(are_saved_alike(a, b));
    ps_predict_destroy(a);
    ps_predict_destroy(b);
}

static void asking_hardly_moves_what_is_learnt(void)
{
    struct ps_predict *asked = new_predict(64, 64), *left_alone = new_predict(64, 64);
    struct ps_prediction prediction;
    struct ps_predict_why why;
    uint64_t now_ns = START_NS;

    for (unsigned minute = 0; minute < 60; minute++) {
        live(left_alone, minute, now_ns, 1);
        now_ns = live(asked, minute, now_ns, 1);
        for (uint64_t media = 1; media <= 30; media++) {
            const struct ps_resource resource = { media, 1 };

            if (ps_predict_estimate(asked, &resource, now_ns - PS_NS_PER_SEC, &prediction))
                CU_ASSERT_TRUE(ps_predict_why(asked, &resource, now_ns - PS_NS_PER_SEC, &why));
        }
    }
    for (uint64_t media = 1; media <= 25; media++)
        if (ps_predict_estimate(asked, &(struct ps_resource){ media, 1 }, now_ns, &prediction))
            CU_ASSERT_TRUE(is_within(expected_of(asked, media, 1, now_ns),
                                     expected_of(left_alone, media, 1, now_ns), 0.1));
    ps_predict_destroy(asked);
    ps_predict_destroy(left_alone);
}

static void estimate_says_what_rank_says(void)
{
    struct ps_predict *predict = new_predict(64, 64);
    const uint64_t now_ns = live(predict, 8, START_NS, 60);
    static struct answers answers;
    struct ps_prediction one;

    rank(predict, now_ns, &answers);
    PS_REQUIRE(answers.list.count >= 10);
    for (uint32_t i = 0; i < answers.list.count; i++) {
        const struct ps_prediction *p = &answers.items[i];

        PS_REQUIRE(ps_predict_estimate(predict, &p->resource, now_ns, &one));
        CU_ASSERT_EQUAL(one.id, 0);
        for (unsigned h = 0; h < PS_HORIZON_COUNT; h++) {
            CU_ASSERT_DOUBLE_EQUAL(one.expected[h], p->expected[h], 1e-3 * p->expected[h] + 1e-9);
            CU_ASSERT_DOUBLE_EQUAL(one.confidence[h], p->confidence[h], 1e-3);
        }
    }
    ps_predict_destroy(predict);
}

static void a_restart_midway_equals_no_restart(void)
{
    struct ps_predict *through = new_predict(64, 64), *restarted = new_predict(64, 64);
    uint64_t now_ns = live(through, 1, START_NS, 60);

    for (unsigned restart = 0; restart < 3; restart++) {
        const struct saved saved = save(through);

        ps_predict_destroy(restarted);
        restarted = new_predict(64, 64);
        CU_ASSERT_EQUAL(ps_predict_load(restarted, saved.bytes, saved.size), 0);
        free(saved.bytes);
        live(through, 20 + restart, now_ns, 45);
        now_ns = live(restarted, 20 + restart, now_ns, 45);
        expect_same_answers(through, restarted, now_ns);
    }
    ps_predict_destroy(through);
    ps_predict_destroy(restarted);
}

/* Every byte of the beginning and the end, and others between; each bit in turn. */
static void damage_anywhere_is_refused_and_changes_nothing(void)
{
    struct ps_predict *from = new_predict(64, 64), *into = new_predict(64, 64);
    const uint64_t now_ns = live(from, 1, START_NS, 60);
    const struct saved saved = save(from);
    struct saved before;
    unsigned char *longer;

    live(into, 2, START_NS, 30);
    before = save(into);
    PS_REQUIRE(saved.size > 400);
    for (size_t at = 0; at < saved.size;
         at += at < 256 || at > saved.size - 64 ? 1 : 1 + saved.size / 97) {
        saved.bytes[at] ^= (unsigned char)(1u << at % 8);
        CU_ASSERT_EQUAL(ps_predict_load(into, saved.bytes, saved.size), -EINVAL);
        saved.bytes[at] ^= (unsigned char)(1u << at % 8);
    }
    for (size_t size = 0; size < saved.size; size += size < 256 ? 1 : 1 + saved.size / 23)
        CU_ASSERT_EQUAL(ps_predict_load(into, saved.bytes, size), -EINVAL);
    longer = ps_zalloc(1, saved.size + 1);
    PS_REQUIRE(longer != NULL);
    memcpy(longer, saved.bytes, saved.size);
    CU_ASSERT_EQUAL(ps_predict_load(into, longer, saved.size + 1), -EINVAL);
    const struct saved after = save(into);
    CU_ASSERT_TRUE(after.size == before.size &&
                   memcmp(after.bytes, before.bytes, before.size) == 0);
    CU_ASSERT_EQUAL(ps_predict_load(into, saved.bytes, saved.size), 0); /* it was the damage */
    expect_same_answers(from, into, now_ns);
    free(longer);
    free(after.bytes);
    free(before.bytes);
    free(saved.bytes);
    ps_predict_destroy(from);
    ps_predict_destroy(into);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_sample_from_a_clock_behind_hardly_matters),
        PS_TEST(a_clock_set_back_for_good_is_lived_with),
        PS_TEST(a_leap_of_years_is_lived_through_quickly_and_answers_come_back),
        PS_TEST(at_the_end_of_time_it_stands_still),
        PS_TEST(a_few_samples_told_twice_hardly_matter),
        PS_TEST(late_samples_count_and_hardly_matter),
        PS_TEST(a_flood_of_one_hit_media_takes_no_memory_and_moves_nothing_warm),
        PS_TEST(huge_counts_stay_finite),
        PS_TEST(wild_facts_and_loops_of_sequels_do_no_harm),
        PS_TEST(the_same_samples_are_saved_as_the_same_bytes),
        PS_TEST(asking_hardly_moves_what_is_learnt),
        PS_TEST(estimate_says_what_rank_says),
        PS_TEST(a_restart_midway_equals_no_restart),
        PS_TEST(damage_anywhere_is_refused_and_changes_nothing),
    };

    return ps_test_run("host/predict/robust", tests, PS_ARRAY_LEN(tests));
}
