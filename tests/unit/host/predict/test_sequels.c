/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/predict/test_sequels.c - who starts one thing is expected at the next, once. */
#include "host/predict/sequels_priv.h"

#include <errno.h>
#include <string.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

#define T0       1000000u
#define EPISODE  1u
#define NEXT     2u
#define LENGTH_S 2400u

/* Viewers, one each @p pause_s, who watch an episode and the next. @return When all have. */
static uint32_t binge(struct ps_sequels *sequels, unsigned viewers, uint32_t now_s)
{
    for (uint64_t peer = 1; peer <= viewers; peer++, now_s += LENGTH_S + 600) {
        ps_sequels_learn(sequels, peer, EPISODE, now_s);
        ps_sequels_learn(sequels, peer, 1000 + peer, now_s + 60); /* and something else */
        ps_sequels_learn(sequels, peer, NEXT, now_s + LENGTH_S + (uint32_t)peer % 100);
    }
    return now_s + 20000;
}

static float expected_in_an_hour(struct ps_sequels *sequels, uint64_t item, uint32_t now_s)
{
    float expected[PS_SEQUELS_HORIZONS];

    ps_sequels_expect(sequels, item, now_s, expected);
    for (unsigned h = 1; h < PS_SEQUELS_HORIZONS; h++)
        CU_ASSERT_TRUE(expected[h - 1] <= expected[h]);
    return expected[PS_SEQUELS_HORIZONS - 1];
}

static void who_starts_an_episode_is_expected_at_the_next_in_time(void)
{
    struct ps_sequels sequels;
    float expected[PS_SEQUELS_HORIZONS];

    PS_REQUIRE(ps_sequels_init(&sequels, 8192, 1024) == 0);
    const uint32_t now_s = binge(&sequels, 40, T0);
    CU_ASSERT_EQUAL(expected_in_an_hour(&sequels, NEXT, now_s), 0.0f);
    ps_sequels_learn(&sequels, 100, EPISODE, now_s);
    ps_sequels_expect(&sequels, NEXT, now_s, expected);
    CU_ASSERT_DOUBLE_EQUAL(expected[1], 0.0, 0.01);
    CU_ASSERT_TRUE(expected[3] > 0.5f && expected[3] <= 1.0f);
    ps_sequels_expect(&sequels, NEXT, now_s + LENGTH_S - 60, expected);
    CU_ASSERT_TRUE(expected[0] < 0.5f * expected[1]);
    CU_ASSERT_TRUE(expected[1] > 0.5f);
    CU_ASSERT_EQUAL(expected_in_an_hour(&sequels, NEXT, now_s + 4 * LENGTH_S), 0.0f);
    ps_sequels_fini(&sequels);
}

static void who_has_come_is_expected_no_more(void)
{
    struct ps_sequels sequels;

    PS_REQUIRE(ps_sequels_init(&sequels, 8192, 1024) == 0);
    uint32_t now_s = binge(&sequels, 40, T0);
    ps_sequels_learn(&sequels, 100, EPISODE, now_s);
    ps_sequels_learn(&sequels, 101, EPISODE, now_s);
    now_s += LENGTH_S;
    const float both = expected_in_an_hour(&sequels, NEXT, now_s);
    CU_ASSERT_TRUE(both > 0.5f);
    ps_sequels_learn(&sequels, 100, NEXT, now_s);
    CU_ASSERT_DOUBLE_EQUAL(expected_in_an_hour(&sequels, NEXT, now_s), both / 2.0f, 0.1);
    ps_sequels_learn(&sequels, 101, NEXT, now_s);
    CU_ASSERT_DOUBLE_EQUAL(expected_in_an_hour(&sequels, NEXT, now_s), 0.0, 0.1);
    ps_sequels_fini(&sequels);
}

static void two_ways_to_the_same_are_one_visit(void)
{
    struct ps_sequels sequels;
    uint32_t now_s = T0;

    PS_REQUIRE(ps_sequels_init(&sequels, 8192, 1024) == 0);
    for (uint64_t peer = 1; peer <= 60; peer++, now_s += 100) { /* a page and two pictures */
        ps_sequels_learn(&sequels, peer, 11, now_s);
        ps_sequels_learn(&sequels, peer, 12, now_s + 2);
        ps_sequels_learn(&sequels, peer, 13, now_s + 3);
        ps_sequels_learn(&sequels, peer, 1000 + peer, now_s + 50);
    }
    now_s += 10000;
    ps_sequels_learn(&sequels, 100, 11, now_s);
    ps_sequels_learn(&sequels, 100, 12, now_s);
    CU_ASSERT_TRUE(expected_in_an_hour(&sequels, 13, now_s) > 0.5f);
    CU_ASSERT_TRUE(expected_in_an_hour(&sequels, 13, now_s) < 1.0f);
    ps_sequels_learn(&sequels, 100, 13, now_s + 1);
    CU_ASSERT_DOUBLE_EQUAL(expected_in_an_hour(&sequels, 13, now_s + 1), 0.0, 0.1);
    ps_sequels_fini(&sequels);
}

static void the_unknown_teach_and_announce_nothing(void)
{
    struct ps_sequels sequels, untouched;

    PS_REQUIRE(ps_sequels_init(&sequels, 8192, 1024) == 0);
    untouched = sequels;
    for (uint32_t i = 0; i < 1000; i++)
        ps_sequels_learn(&sequels, 0, 1 + i % 3, T0 + i);
    CU_ASSERT_EQUAL(memcmp(&sequels, &untouched, sizeof(sequels)), 0);
    for (uint32_t i = 0; i < ps_sequel_item_count(&sequels.pairs); i++)
        CU_ASSERT_TRUE_FATAL(sequels.pairs.items[i].starts < 0.0f);
    ps_sequels_fini(&sequels);
}

static void a_peer_that_never_rests_teaches_little(void)
{
    struct ps_sequels sequels;

    PS_REQUIRE(ps_sequels_init(&sequels, 8192, 1024) == 0);
    for (uint32_t i = 0; i < 100000; i++)
        ps_sequels_learn(&sequels, 5, 1 + i % 50, T0 + i / 1000);
    CU_ASSERT_TRUE(sequels.pairs.lore.starts <= (PS_SEQUELS_PACE_MAX + 10));
    for (uint32_t i = 0; i < 10; i++) /* and may again when it has rested */
        ps_sequels_learn(&sequels, 5, 1 + i, T0 + 10000 + i);
    CU_ASSERT_TRUE(sequels.pairs.lore.starts > PS_SEQUELS_PACE_MAX + 9);
    ps_sequels_fini(&sequels);
}

static void one_such_peer_changes_little_for_the_others(void)
{
    struct ps_sequels quiet, loud;
    uint32_t now_s = T0;

    PS_REQUIRE(ps_sequels_init(&quiet, 8192, 1024) == 0);
    PS_REQUIRE(ps_sequels_init(&loud, 8192, 1024) == 0);
    for (uint64_t peer = 1; peer <= 50; peer++, now_s += 100) {
        for (uint32_t i = 0; i < 100; i++)
            ps_sequels_learn(&loud, 999, 3 + (i + peer) % 200, now_s);
        for (uint32_t i = 0; i < 2; i++) {
            ps_sequels_learn(&quiet, peer, i == 0 ? EPISODE : NEXT, now_s + 30 * i);
            ps_sequels_learn(&loud, peer, i == 0 ? EPISODE : NEXT, now_s + 30 * i);
        }
    }
    now_s += 20000;
    ps_sequels_learn(&quiet, 100, EPISODE, now_s);
    ps_sequels_learn(&loud, 100, EPISODE, now_s);
    const float said = expected_in_an_hour(&quiet, NEXT, now_s);
    CU_ASSERT_TRUE(said > 0.4f);
    CU_ASSERT_TRUE(expected_in_an_hour(&loud, NEXT, now_s) > 0.8f * said);
    ps_sequels_fini(&loud);
    ps_sequels_fini(&quiet);
}

static void preparing_changes_nothing(void)
{
    struct ps_sequels sequels;

    PS_REQUIRE(ps_sequels_init(&sequels, 8192, 1024) == 0);
    ps_sequels_learn(&sequels, 5, 1, T0);
    void *before = ps_zalloc(2, ps_sequels_size(&sequels));
    PS_REQUIRE(before != NULL);
    uint8_t *after = (uint8_t *)before + ps_sequels_size(&sequels);
    ps_sequels_save(&sequels, before);
    for (uint64_t key = 0; key < 1000; key++)
        ps_sequels_prepare(&sequels, key, key);
    ps_sequels_save(&sequels, after);
    CU_ASSERT_EQUAL(memcmp(before, after, ps_sequels_size(&sequels)), 0);
    free(before);
    ps_sequels_fini(&sequels);
}

static void what_is_told_is_expected_before_anyone_went(void)
{
    struct ps_sequels sequels;

    PS_REQUIRE(ps_sequels_init(&sequels, 8192, 1024) == 0);
    ps_sequels_tell(&sequels, EPISODE, NEXT, LENGTH_S, T0);
    CU_ASSERT_EQUAL(expected_in_an_hour(&sequels, NEXT, T0), 0.0f);
    ps_sequels_learn(&sequels, 1, EPISODE, T0);
    CU_ASSERT_TRUE(expected_in_an_hour(&sequels, NEXT, T0) > 0.2f);
    ps_sequels_fini(&sequels);
}

static void asking_again_for_the_same_teaches_nothing(void)
{
    struct ps_sequels sequels;

    PS_REQUIRE(ps_sequels_init(&sequels, 8192, 1024) == 0);
    for (uint32_t i = 0; i < 100; i++)
        ps_sequels_learn(&sequels, 5, 1, T0 + i);
    ps_sequels_learn(&sequels, 5, 2, T0 + 100);
    CU_ASSERT_EQUAL(sequels.pairs.lore.starts, 2);
    CU_ASSERT_EQUAL(sequels.pairs.items[ps_sequel_item_take(&sequels.pairs, 1, T0)].starts, 1.0f);
    ps_sequels_fini(&sequels);
}

static void the_most_expected_come_first(void)
{
    struct ps_sequels sequels;
    struct ps_sequel_due due[64];
    uint32_t now_s = T0;

    PS_REQUIRE(ps_sequels_init(&sequels, 8192, 8192) == 0);
    for (uint64_t item = 1; item <= 40; item++)
        ps_sequels_tell(&sequels, item, 100 + item, LENGTH_S, now_s);
    for (uint64_t peer = 1; peer <= 820; peer++) /* item i is started by i of them */
        for (uint64_t item = 1, first = 1; item <= 40; first += item, item++)
            if (peer >= first && peer < first + item)
                ps_sequels_learn(&sequels, peer, item, now_s);
    CU_ASSERT_EQUAL(ps_sequels_due(&sequels, now_s, 300, due, 64), 0);
    now_s += LENGTH_S - 300;
    const uint32_t all = ps_sequels_due(&sequels, now_s, 900, due, 64);
    CU_ASSERT_EQUAL(all, 40);
    for (uint32_t i = 1; i < all; i++)
        CU_ASSERT_TRUE(due[i - 1].expected >= due[i].expected);
    const uint64_t first = due[0].item, third = due[2].item;
    CU_ASSERT_EQUAL(ps_sequels_due(&sequels, now_s, 900, due, 3), 3);
    CU_ASSERT_TRUE(due[0].item == first && due[2].item == third);
    CU_ASSERT_EQUAL(ps_sequels_due(&sequels, now_s, 900, due, 0), 0);
    ps_sequels_fini(&sequels);
}

static void an_erased_peer_is_a_stranger(void)
{
    struct ps_sequels sequels;

    PS_REQUIRE(ps_sequels_init(&sequels, 8192, 1024) == 0);
    ps_sequels_learn(&sequels, 5, 1, T0);
    ps_sequels_erase_peer(&sequels, 5);
    ps_sequels_erase_peer(&sequels, 6);
    ps_sequels_erase_peer(&sequels, 0);
    for (uint32_t i = 0; i < ps_sequels_peer_count(&sequels); i++)
        CU_ASSERT_EQUAL_FATAL(sequels.peers[i].tag_pace, 0);
    ps_sequels_learn(&sequels, 5, 2, T0 + 10);
    CU_ASSERT_PTR_NULL(
        ps_sequel_pair_find(&sequels.pairs.items[ps_sequel_item_take(&sequels.pairs, 1, T0)], 2));
    ps_sequels_fini(&sequels);
}

static void the_peers_least_lately_seen_are_forgotten(void)
{
    struct ps_sequels sequels;

    PS_REQUIRE(ps_sequels_init(&sequels, 8192, 4) == 0);
    for (uint64_t peer = 1; peer <= 5; peer++)
        ps_sequels_learn(&sequels, peer, 1, T0 + (uint32_t)peer);
    ps_sequels_learn(&sequels, 5, 2, T0 + 20); /* remembered */
    ps_sequels_learn(&sequels, 1, 3, T0 + 21); /* not */
    struct ps_sequel_item *item =
        &sequels.pairs.items[ps_sequel_item_take(&sequels.pairs, 1, T0 + 21)];
    CU_ASSERT_PTR_NOT_NULL(ps_sequel_pair_find(item, 2));
    CU_ASSERT_PTR_NULL(ps_sequel_pair_find(item, 3));
    ps_sequels_fini(&sequels);
}

static void time_that_steps_back_stands_still(void)
{
    struct ps_sequels sequels;

    PS_REQUIRE(ps_sequels_init(&sequels, 8192, 1024) == 0);
    const uint32_t now_s = binge(&sequels, 20, T0);
    ps_sequels_learn(&sequels, 100, EPISODE, now_s);
    ps_sequels_learn(&sequels, 100, 77, 5);
    ps_sequels_learn(&sequels, 100, NEXT, 0);
    CU_ASSERT_EQUAL(sequels.now_s, now_s);
    CU_ASSERT_TRUE(expected_in_an_hour(&sequels, NEXT, 0) >= 0.0f);
    ps_sequels_learn(&sequels, 100, EPISODE, UINT32_MAX - 20000); /* a leap */
    CU_ASSERT_TRUE(expected_in_an_hour(&sequels, NEXT, UINT32_MAX - 20000) > 0.3f);
    ps_sequels_fini(&sequels);
}

/* 1000 viewers a second start an episode; some speak for all, and fewer are expected when they
 * have come. */
static void of_a_crowd_some_stand_for_all(void)
{
    struct ps_sequels sequels;
    uint32_t now_s = T0;
    uint64_t peer = 1;

    PS_REQUIRE(ps_sequels_init(&sequels, 8192, 65536) == 0);
    for (; peer <= 20 * 1000; peer++) {
        now_s = T0 + (uint32_t)(peer / 1000) * 60;
        ps_sequels_learn(&sequels, peer, EPISODE, now_s);
        ps_sequels_learn(&sequels, peer, NEXT, now_s + 30);
        for (uint64_t n = 0; n < 18; n++) /* and others, other things */
            ps_sequels_learn(&sequels, 1000000 + 18 * peer + n, 1000 + 18 * peer + n, now_s + 30);
    }
    CU_ASSERT_TRUE(sequels.watch.thin >= 3 && sequels.watch.thin <= 7);
    CU_ASSERT_TRUE(sequels.watch.count <= PS_SEQUELS_RATE_MAX * PS_SEQUELS_RATE_S);
    now_s += 3600;
    for (; peer <= 21 * 1000; peer++)
        ps_sequels_learn(&sequels, peer, EPISODE, now_s);
    const float all = expected_in_an_hour(&sequels, NEXT, now_s);
    CU_ASSERT_TRUE(all > 400.0f && all < 1600.0f);
    for (peer = 20 * 1000 + 1; peer <= 21 * 1000; peer++)
        ps_sequels_learn(&sequels, peer, NEXT, now_s + 1);
    CU_ASSERT_TRUE(expected_in_an_hour(&sequels, NEXT, now_s + 1) < 0.5f * all);
    ps_sequels_fini(&sequels);
}

static void all_are_watched_again_when_the_crowd_has_gone(void)
{
    struct ps_sequels sequels;

    PS_REQUIRE(ps_sequels_init(&sequels, 8192, 65536) == 0);
    for (uint64_t peer = 1; peer <= 10 * 1000; peer++)
        ps_sequels_learn(&sequels, peer, EPISODE, T0);
    CU_ASSERT_TRUE(sequels.watch.thin > 1);
    for (uint32_t s = 0; s < 300; s++)
        ps_sequels_learn(&sequels, 1 + s, EPISODE, T0 + 10 * s);
    CU_ASSERT_EQUAL(sequels.watch.thin, 0);
    ps_sequels_fini(&sequels);
}

static void init_survives_each_failed_allocation(void)
{
    struct ps_sequels sequels;

    for (unsigned failed_at = 0; failed_at < 4; failed_at++) {
        ps_fail_alloc_after(failed_at);
        CU_ASSERT_EQUAL(ps_sequels_init(&sequels, 8192, 1024), -ENOMEM);
        ps_fail_alloc_never();
        ps_sequels_fini(&sequels);
    }
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(who_starts_an_episode_is_expected_at_the_next_in_time),
        PS_TEST(who_has_come_is_expected_no_more),
        PS_TEST(two_ways_to_the_same_are_one_visit),
        PS_TEST(the_unknown_teach_and_announce_nothing),
        PS_TEST(a_peer_that_never_rests_teaches_little),
        PS_TEST(one_such_peer_changes_little_for_the_others),
        PS_TEST(preparing_changes_nothing),
        PS_TEST(what_is_told_is_expected_before_anyone_went),
        PS_TEST(asking_again_for_the_same_teaches_nothing),
        PS_TEST(the_most_expected_come_first),
        PS_TEST(an_erased_peer_is_a_stranger),
        PS_TEST(the_peers_least_lately_seen_are_forgotten),
        PS_TEST(of_a_crowd_some_stand_for_all),
        PS_TEST(all_are_watched_again_when_the_crowd_has_gone),
        PS_TEST(time_that_steps_back_stands_still),
        PS_TEST(init_survives_each_failed_allocation),
    };

    return ps_test_run("host/predict/sequels", tests, PS_ARRAY_LEN(tests));
}
