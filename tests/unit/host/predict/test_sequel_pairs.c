/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/predict/test_sequel_pairs.c - what follows what is learnt, timed and kept. */
#include "host/predict/sequel_pairs_priv.h"

#include <errno.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

#define NOW 1000000u

static struct ps_sequel_item *take(struct ps_sequel_pairs *pairs, uint64_t key)
{
    return &pairs->items[ps_sequel_item_take(pairs, key, NOW)];
}

static void start(struct ps_sequel_pairs *pairs, uint64_t key)
{
    struct ps_sequel_item *item = take(pairs, key);

    for (unsigned i = 0; i < PS_SEQUEL_FOLLOWERS; i++)
        ps_sequel_try(pairs, item, &item->pairs[i]);
    ps_sequel_item_start(pairs, item);
}

/* @p times, a viewer starts one and @p later_s after it the other. */
static void follow(struct ps_sequel_pairs *pairs, uint64_t first, uint64_t next, uint32_t later_s,
                   unsigned times)
{
    while (times-- > 0) {
        start(pairs, first);
        ps_sequel_follows(pairs, 1);
        ps_sequel_pair_count(pairs, take(pairs, first), take(pairs, next), later_s);
        start(pairs, next);
    }
}

/* Many others that follow nothing. */
static void wander(struct ps_sequel_pairs *pairs, unsigned count)
{
    while (count-- > 0)
        start(pairs, 5000 + count % 100);
}

static float chance(struct ps_sequel_pairs *pairs, uint64_t first, uint64_t next)
{
    struct ps_sequel_item *item = take(pairs, first);
    const struct ps_sequel_pair *pair = ps_sequel_pair_find(item, next);

    return pair == NULL ? 0.0f : ps_sequel_chance(pairs, item, pair);
}

static void one_coincidence_is_no_certainty_and_many_nearly_are(void)
{
    struct ps_sequel_pairs pairs;

    PS_REQUIRE(ps_sequel_pairs_init(&pairs, 8192) == 0);
    wander(&pairs, 2000);
    follow(&pairs, 1, 2, 30, 1);
    const float once = chance(&pairs, 1, 2);
    CU_ASSERT_TRUE(once > 0.05f && once < 0.5f);
    follow(&pairs, 1, 2, 30, 29);
    CU_ASSERT_TRUE(chance(&pairs, 1, 2) > 0.8f);
    CU_ASSERT_EQUAL(chance(&pairs, 2, 1), 0.0f);
    ps_sequel_pairs_fini(&pairs);
}

static void coincidences_that_come_to_nothing_lose_their_worth(void)
{
    struct ps_sequel_pairs pairs;

    PS_REQUIRE(ps_sequel_pairs_init(&pairs, 8192) == 0);
    wander(&pairs, 2000);
    follow(&pairs, 1, 2, 30, 1);
    const float before = chance(&pairs, 1, 2);
    for (uint64_t other = 100; other < 300; other++) {
        follow(&pairs, other, other + 1000, 30, 1);
        start(&pairs, other); /* and nothing follows */
    }
    CU_ASSERT_TRUE(chance(&pairs, 1, 2) < before / 3.0f);
    ps_sequel_pairs_fini(&pairs);
}

static void what_is_popular_anyway_follows_nothing(void)
{
    struct ps_sequel_pairs pairs;

    PS_REQUIRE(ps_sequel_pairs_init(&pairs, 8192) == 0);
    for (unsigned i = 0; i < 1000; i++) {
        ps_sequel_follows(&pairs, 3);
        wander(&pairs, 1);
        start(&pairs, 2); /* half of all starts */
    }
    follow(&pairs, 1, 2, 30, 4);
    CU_ASSERT_EQUAL(chance(&pairs, 1, 2), 0.0f);
    ps_sequel_pairs_fini(&pairs);
}

static void the_delay_narrows_to_what_was_seen(void)
{
    struct ps_sequel_pairs pairs;
    struct ps_sequel_when when;

    PS_REQUIRE(ps_sequel_pairs_init(&pairs, 8192) == 0);
    follow(&pairs, 1, 2, 2400, 1);
    ps_sequel_when(ps_sequel_pair_find(take(&pairs, 1), 2), &when);
    CU_ASSERT_EQUAL(when.fade, PS_AGENDA_IN_SLOT);
    CU_ASSERT_TRUE(when.from_s < 1500 && when.to_s > 3600);
    for (unsigned i = 0; i < 30; i++)
        follow(&pairs, 1, 2, i % 2 == 0 ? 2300 : 2500, 1);
    ps_sequel_when(ps_sequel_pair_find(take(&pairs, 1), 2), &when);
    CU_ASSERT_TRUE(when.from_s > 2000 && when.from_s < 2400);
    CU_ASSERT_TRUE(when.mid_s > 2300 && when.mid_s < 2500);
    CU_ASSERT_TRUE(when.to_s > 2400 && when.to_s < 2800);
    follow(&pairs, 3, 4, 0, 5);
    ps_sequel_when(ps_sequel_pair_find(take(&pairs, 3), 4), &when);
    CU_ASSERT_EQUAL(when.fade, 0);
    ps_sequel_pairs_fini(&pairs);
}

static void a_pair_that_keeps_coming_outlives_those_that_do_not(void)
{
    struct ps_sequel_pairs pairs;

    PS_REQUIRE(ps_sequel_pairs_init(&pairs, 8192) == 0);
    wander(&pairs, 5000);
    follow(&pairs, 1, 2, 30, 20);
    for (uint64_t other = 100; other < 150; other++)
        follow(&pairs, 1, other, 30, 1);
    CU_ASSERT_TRUE(chance(&pairs, 1, 2) > 0.0f);
    ps_sequel_pairs_fini(&pairs);
}

static void a_flood_of_one_hit_items_keeps_what_was_wanted_often(void)
{
    struct ps_sequel_pairs pairs;

    PS_REQUIRE(ps_sequel_pairs_init(&pairs, 1024) == 0);
    follow(&pairs, 1, 2, 30, 20);
    for (uint64_t other = 1000; other < 100000; other++)
        start(&pairs, other);
    CU_ASSERT_PTR_NOT_NULL(ps_sequel_pair_find(take(&pairs, 1), 2));
    ps_sequel_pairs_fini(&pairs);
}

static void what_metadata_says_counts_until_it_proves_wrong(void)
{
    struct ps_sequel_pairs pairs;
    struct ps_sequel_when when;

    PS_REQUIRE(ps_sequel_pairs_init(&pairs, 8192) == 0);
    ps_sequel_pair_tell(&pairs, take(&pairs, 1), 2, 2400);
    ps_sequel_pair_tell(&pairs, take(&pairs, 1), 2, 2400);
    const float told = chance(&pairs, 1, 2);
    CU_ASSERT_TRUE(told > 0.2f && told < 0.8f);
    ps_sequel_when(ps_sequel_pair_find(take(&pairs, 1), 2), &when);
    CU_ASSERT_EQUAL(when.fade, PS_AGENDA_IN_SLOT);
    CU_ASSERT_TRUE(when.mid_s > 2300 && when.mid_s < 2500);
    for (unsigned i = 0; i < 50; i++)
        start(&pairs, 1);
    CU_ASSERT_TRUE(chance(&pairs, 1, 2) < told / 5.0f);
    for (uint64_t other = 100; other < 150; other++)
        follow(&pairs, 1, other, 30, 1);
    CU_ASSERT_PTR_NOT_NULL(ps_sequel_pair_find(take(&pairs, 1), 2));
    ps_sequel_pairs_fini(&pairs);
}

static void counts_never_run_over(void)
{
    struct ps_sequel_pairs pairs;

    PS_REQUIRE(ps_sequel_pairs_init(&pairs, 8192) == 0);
    wander(&pairs, 20000);
    follow(&pairs, 1, 2, 20000, 3000);
    CU_ASSERT_TRUE(chance(&pairs, 1, 2) > 0.3f && chance(&pairs, 1, 2) < 1.0f);
    CU_ASSERT_TRUE(take(&pairs, 1)->starts <= 512.0f);
    ps_sequel_pairs_fini(&pairs);
}

static void init_survives_a_failed_allocation(void)
{
    struct ps_sequel_pairs pairs;

    ps_fail_alloc_after(0);
    CU_ASSERT_EQUAL(ps_sequel_pairs_init(&pairs, 8192), -ENOMEM);
    ps_fail_alloc_never();
    ps_sequel_pairs_fini(&pairs);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(one_coincidence_is_no_certainty_and_many_nearly_are),
        PS_TEST(coincidences_that_come_to_nothing_lose_their_worth),
        PS_TEST(what_is_popular_anyway_follows_nothing),
        PS_TEST(the_delay_narrows_to_what_was_seen),
        PS_TEST(a_pair_that_keeps_coming_outlives_those_that_do_not),
        PS_TEST(a_flood_of_one_hit_items_keeps_what_was_wanted_often),
        PS_TEST(what_metadata_says_counts_until_it_proves_wrong),
        PS_TEST(counts_never_run_over),
        PS_TEST(init_survives_a_failed_allocation),
    };

    return ps_test_run("host/predict/sequel_pairs", tests, PS_ARRAY_LEN(tests));
}
