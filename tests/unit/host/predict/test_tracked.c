/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/predict/test_tracked.c - found by key, bounded, and media go with resources. */
#include "host/predict/tracked_priv.h"

#include <errno.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

static uint32_t take(struct ps_tracked *tracked, uint64_t media, uint64_t profile)
{
    const struct ps_resource key = { media, profile };

    return ps_tracked_take(tracked, &key, 1);
}

static bool has(const struct ps_tracked *tracked, uint64_t media, uint64_t profile)
{
    const struct ps_resource key = { media, profile };

    return ps_tracked_find(tracked, &key) != PS_TRACKED_NONE;
}

static void a_resource_is_found_by_its_key(void)
{
    struct ps_tracked tracked = { 0 };

    PS_REQUIRE(ps_tracked_init(&tracked, 64, 64) == 0);
    const uint32_t first = take(&tracked, 7, 1);
    CU_ASSERT_EQUAL(take(&tracked, 7, 1), first);
    CU_ASSERT_NOT_EQUAL(take(&tracked, 7, 2), first);
    CU_ASSERT_NOT_EQUAL(take(&tracked, 1, 7), first);
    CU_ASSERT_EQUAL(tracked.resource_count, 3);
    CU_ASSERT_EQUAL(tracked.media_count, 2);
    CU_ASSERT_FALSE(has(&tracked, 7, 3));
    ps_tracked_fini(&tracked);
}

static void siblings_stand_in_the_order_of_their_profiles(void)
{
    struct ps_tracked tracked = { 0 };
    uint64_t last = 0;
    unsigned count = 0;

    PS_REQUIRE(ps_tracked_init(&tracked, 64, 64) == 0);
    take(&tracked, 7, 5);
    take(&tracked, 7, 9);
    take(&tracked, 7, 2);
    take(&tracked, 7, 6);
    uint32_t idx = tracked.media[ps_tracked_find_media(&tracked, 7)].resource;
    for (; idx != PS_TRACKED_NONE; idx = tracked.resources[idx].sibling, count++) {
        CU_ASSERT_TRUE(tracked.resources[idx].key.profile_key > last);
        last = tracked.resources[idx].key.profile_key;
    }
    CU_ASSERT_EQUAL(count, 4);
    ps_tracked_fini(&tracked);
}

static void a_media_goes_with_its_last_resource(void)
{
    struct ps_tracked tracked = { 0 };

    PS_REQUIRE(ps_tracked_init(&tracked, 4, 4) == 0);
    const uint32_t a = take(&tracked, 7, 1), b = take(&tracked, 7, 2);
    ps_tracked_forget(&tracked, a);
    CU_ASSERT_NOT_EQUAL(ps_tracked_find_media(&tracked, 7), PS_TRACKED_NONE);
    CU_ASSERT_TRUE(has(&tracked, 7, 2));
    ps_tracked_forget(&tracked, b);
    CU_ASSERT_EQUAL(ps_tracked_find_media(&tracked, 7), PS_TRACKED_NONE);
    CU_ASSERT_EQUAL(tracked.resource_count, 0);
    CU_ASSERT_EQUAL(tracked.media_count, 0);
    ps_tracked_fini(&tracked);
}

static void a_full_pool_forgets_what_was_never_wanted_first(void)
{
    struct ps_tracked tracked = { 0 };

    PS_REQUIRE(ps_tracked_init(&tracked, 2, 2) == 0);
    const uint32_t wanted = take(&tracked, 1, 1);
    ps_lru_move(&tracked.resource_lru, wanted, PS_LRU_WANTED);
    ps_lru_move(&tracked.media_lru, tracked.resources[wanted].media, PS_LRU_WANTED);
    for (uint64_t media = 2; media < 10; media++)
        take(&tracked, media, 1);
    CU_ASSERT_TRUE(has(&tracked, 1, 1));
    CU_ASSERT_TRUE(has(&tracked, 9, 1));
    CU_ASSERT_FALSE(has(&tracked, 8, 1));
    CU_ASSERT_EQUAL(tracked.forgotten, 7);
    ps_tracked_fini(&tracked);
}

static void one_media_may_fill_the_whole_pool(void)
{
    struct ps_tracked tracked = { 0 };

    PS_REQUIRE(ps_tracked_init(&tracked, 1, 1) == 0);
    for (uint64_t profile = 1; profile < 10; profile++) {
        take(&tracked, 7, profile);
        CU_ASSERT_TRUE(has(&tracked, 7, profile));
        CU_ASSERT_EQUAL(tracked.resource_count, 1);
        CU_ASSERT_EQUAL(tracked.media_count, 1);
    }
    ps_tracked_fini(&tracked);
}

static void want_of_room_for_media_drops_all_its_resources(void)
{
    struct ps_tracked tracked = { 0 };

    PS_REQUIRE(ps_tracked_init(&tracked, 8, 1) == 0);
    take(&tracked, 1, 1);
    take(&tracked, 1, 2);
    take(&tracked, 2, 1);
    CU_ASSERT_EQUAL(tracked.resource_count, 1);
    CU_ASSERT_FALSE(has(&tracked, 1, 1));
    CU_ASSERT_FALSE(has(&tracked, 1, 2));
    CU_ASSERT_EQUAL(tracked.forgotten, 2);
    ps_tracked_fini(&tracked);
}

static void init_survives_each_failed_allocation(void)
{
    unsigned failed_at = 0;

    for (;; failed_at++) {
        struct ps_tracked tracked = { 0 };

        ps_fail_alloc_after(failed_at);
        const int rc = ps_tracked_init(&tracked, 8, 8);
        ps_fail_alloc_never();
        ps_tracked_fini(&tracked);
        if (rc == 0)
            break;
        CU_ASSERT_EQUAL(rc, -ENOMEM);
    }
    CU_ASSERT_EQUAL(failed_at, 6); /* two pools, two bucket arrays, two orders */
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_resource_is_found_by_its_key),
        PS_TEST(siblings_stand_in_the_order_of_their_profiles),
        PS_TEST(a_media_goes_with_its_last_resource),
        PS_TEST(a_full_pool_forgets_what_was_never_wanted_first),
        PS_TEST(one_media_may_fill_the_whole_pool),
        PS_TEST(want_of_room_for_media_drops_all_its_resources),
        PS_TEST(init_survives_each_failed_allocation),
    };

    return ps_test_run("host/predict/tracked", tests, PS_ARRAY_LEN(tests));
}
