/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/predict/test_items.c - who is remembered, as what, and who goes first. */
#include "host/predict/items_priv.h"

#include <errno.h>

#include "host/base/mem.h"
#include "host/plan/resource.h"
#include "tests/support/ps_test.h"

#define NOW_S 1700000000u

static struct ps_items items;

static void begin(uint32_t media_max, uint32_t resources_max)
{
    PS_REQUIRE(ps_items_init(&items, media_max, resources_max) == 0);
}

static void count(uint32_t idx, uint32_t now_s, float starts)
{
    struct ps_item *item = &items.items[idx];

    ps_counts_add(&item->counts, item->last_s == 0 ? 0.0f : (float)(now_s - item->last_s), starts);
    item->starts = (uint16_t)(item->starts + (unsigned)starts);
    item->last_s = now_s;
}

/* As the predictor does it: a resource's start is its media's as well. */
static uint32_t want(uint64_t media_key, uint8_t profile, uint32_t now_s, float starts)
{
    const uint32_t media = ps_items_take_media(&items, media_key, 0, now_s);
    const uint32_t idx = ps_items_take(&items, media, profile, now_s);

    if (idx != media)
        count(idx, now_s, starts);
    count(media, now_s, starts);
    return idx;
}

static void init_survives_each_failed_allocation(void)
{
    unsigned failed_at = 0;

    for (;; failed_at++) {
        ps_fail_alloc_after(failed_at);
        const int rc = ps_items_init(&items, 16, 16);
        ps_fail_alloc_never();
        if (rc == 0)
            break;
        CU_ASSERT_EQUAL(rc, -ENOMEM);
        ps_items_fini(&items);
    }
    CU_ASSERT_EQUAL(failed_at, 2);
    ps_items_fini(&items);
}

static void nothing_is_found_in_an_empty_table(void)
{
    begin(4, 4);
    CU_ASSERT_EQUAL(ps_items_find_media(&items, 0), PS_ITEM_NONE);
    CU_ASSERT_EQUAL(ps_items_find_media(&items, 7), PS_ITEM_NONE);
    ps_items_fini(&items);
}

static void a_media_in_one_profile_is_its_own_resource(void)
{
    begin(4, 4);
    const uint32_t idx = want(7, 3, NOW_S, 1.0f);
    CU_ASSERT_EQUAL(idx, ps_items_find_media(&items, 7));
    CU_ASSERT_EQUAL(want(7, 3, NOW_S + 1, 1.0f), idx);
    CU_ASSERT_EQUAL(ps_items_find(&items, idx, 3), idx);
    CU_ASSERT_EQUAL(ps_items_find(&items, idx, 4), PS_ITEM_NONE);
    CU_ASSERT_EQUAL(items.media_count, 1);
    CU_ASSERT_EQUAL(items.resource_count, 0);
    ps_items_fini(&items);
}

static void a_second_profile_parts_them_with_what_was_counted(void)
{
    begin(4, 4);
    const uint32_t media = want(7, 3, NOW_S, 5.0f);
    const struct ps_item before = items.items[media];
    const uint32_t second = want(7, 4, NOW_S + 60, 1.0f);
    const uint32_t first = ps_items_find(&items, media, 3);
    PS_REQUIRE(first != PS_ITEM_NONE && first != media && second != media && first != second);
    CU_ASSERT_EQUAL(items.items[first].counts.count[0], before.counts.count[0]);
    CU_ASSERT_EQUAL(items.items[first].counts.count[PS_SPAN_7D], before.counts.count[PS_SPAN_7D]);
    CU_ASSERT_EQUAL(items.items[first].last_s, NOW_S);
    CU_ASSERT_EQUAL(items.items[first].starts, 5);
    CU_ASSERT_EQUAL(items.items[first].born_s, before.born_s);
    CU_ASSERT_EQUAL(items.items[second].starts, 1);
    CU_ASSERT_EQUAL(items.items[media].starts, 6);
    CU_ASSERT_EQUAL(items.items[media].profile, PS_ITEM_ANY_PROFILE);
    CU_ASSERT_EQUAL(ps_items_media_of(&items, first), media);
    CU_ASSERT_EQUAL(ps_items_media_of(&items, second), media);
    CU_ASSERT_EQUAL(ps_items_media_of(&items, media), media);
    CU_ASSERT_EQUAL(items.resource_count, 2);
    ps_items_fini(&items);
}

static void a_media_goes_with_its_family(void)
{
    begin(1, 8);
    for (uint8_t profile = 0; profile < 3; profile++)
        want(7, profile, NOW_S, 1.0f);
    CU_ASSERT_EQUAL(items.resource_count, 3);
    want(8, 0, NOW_S, 1.0f);
    CU_ASSERT_EQUAL(ps_items_find_media(&items, 7), PS_ITEM_NONE);
    CU_ASSERT_NOT_EQUAL(ps_items_find_media(&items, 8), PS_ITEM_NONE);
    CU_ASSERT_EQUAL(items.media_count, 1);
    CU_ASSERT_EQUAL(items.resource_count, 0);
    CU_ASSERT_EQUAL(items.tenants[0].places, 1);
    ps_items_fini(&items);
}

static void places_given_back_are_used_again(void)
{
    begin(1, 64);
    for (uint64_t key = 1; key <= 100000; key++) {
        want(key, 0, NOW_S, 1.0f);
        want(key, 1, NOW_S, 1.0f);
    }
    CU_ASSERT_EQUAL(items.used, 4); /* one media and two resources, and nobody's */
    CU_ASSERT_EQUAL(items.forgotten, 99999);
    ps_items_fini(&items);
}

static uint32_t found_of(uint64_t from, uint64_t to)
{
    uint32_t found = 0;

    for (uint64_t key = from; key < to; key++)
        found += ps_items_find_media(&items, key) != PS_ITEM_NONE;
    return found;
}

static void the_never_wanted_go_first(void)
{
    begin(1000, 1000);
    for (uint64_t key = 1; key <= 500; key++)
        want(key, 0, NOW_S, 1.0f);
    for (uint64_t key = 1001; key <= 1500; key++)
        ps_items_take_media(&items, key, 0, NOW_S);
    for (uint64_t key = 2001; key <= 2100; key++)
        want(key, 0, NOW_S, 1.0f);
    CU_ASSERT_EQUAL(items.media_count, 1000);
    CU_ASSERT_EQUAL(items.forgotten, 100);
    CU_ASSERT_TRUE(found_of(1, 501) >= 495); /* chance may miss them all */
    CU_ASSERT_TRUE(found_of(1001, 1501) <= 405);
    CU_ASSERT_TRUE(found_of(2001, 2101) >= 98);
    ps_items_fini(&items);
}

static void then_the_least_wanted_go(void)
{
    begin(1000, 1000);
    for (uint64_t key = 1; key <= 1000; key++)
        want(key, 0, NOW_S, key <= 50 ? 100.0f : key <= 500 ? 2.0f : 1.0f);
    for (uint64_t key = 2001; key <= 2400; key++)
        want(key, 0, NOW_S, 1.5f);
    CU_ASSERT_EQUAL(found_of(1, 51), 50);
    CU_ASSERT_TRUE(found_of(51, 501) > 400);
    CU_ASSERT_TRUE(found_of(501, 1001) < 150);
    ps_items_fini(&items);
}

static void the_wanted_of_long_ago_count_for_less(void)
{
    begin(1000, 1000);
    for (uint64_t key = 1; key <= 500; key++)
        want(key, 0, NOW_S - 2 * 86400, 50.0f);
    for (uint64_t key = 501; key <= 1000; key++)
        want(key, 0, NOW_S, 1.0f);
    for (uint64_t key = 2001; key <= 2100; key++)
        want(key, 0, NOW_S, 1.0f);
    CU_ASSERT_TRUE(found_of(1, 501) < 410);
    CU_ASSERT_TRUE(found_of(501, 1001) > 490);
    ps_items_fini(&items);
}

static void no_count_exceeds_its_limit_whatever_comes(void)
{
    uint64_t random = 3;

    begin(50, 30);
    for (unsigned i = 0; i < 200000; i++) {
        random = random * 6364136223846793005ull + 1442695040888963407ull;
        const uint64_t key = (random >> 33) % 200;
        const uint8_t profile = (uint8_t)((random >> 50) % 5);
        const uint32_t idx = want(key, profile, NOW_S + i, 1.0f);

        if (ps_items_find(&items, ps_items_find_media(&items, key), profile) != idx ||
            items.media_count > 50 || items.media_count + items.resource_count > items.capacity)
            CU_FAIL("lost or too many");
    }
    CU_ASSERT_TRUE(items.used <= items.capacity + 1);
    CU_ASSERT_EQUAL(found_of(0, 200), items.media_count);
    ps_items_fini(&items);
}

/* All that a small table remembers may be one media in every profile. */
static void one_media_fits_in_every_profile_even_in_the_smallest_table(void)
{
    begin(1, 1);
    for (unsigned round = 0; round < 3; round++)
        for (uint8_t profile = 0; profile < PS_PROFILES_MAX; profile++)
            want(7, profile, NOW_S, 1.0f);
    const uint32_t media = ps_items_find_media(&items, 7);
    PS_REQUIRE(media != PS_ITEM_NONE);
    for (uint8_t profile = 0; profile < PS_PROFILES_MAX; profile++)
        CU_ASSERT_EQUAL(items.items[ps_items_find(&items, media, profile)].starts, 3);
    CU_ASSERT_EQUAL(items.items[media].starts, 3 * PS_PROFILES_MAX);
    ps_items_fini(&items);
}

static void keys_that_differ_in_high_bits_only_do_not_crowd(void)
{
    uint32_t longest = 0;

    begin(4096, 1);
    for (uint64_t i = 0; i < 4096; i++)
        ps_items_take_media(&items, i << 44, 0, NOW_S);
    for (uint32_t b = 0; b <= items.mask; b++) {
        uint32_t length = 0;

        for (uint32_t idx = items.buckets[b]; idx != PS_ITEM_NONE; idx = items.items[idx].chain)
            length++;
        longest = length > longest ? length : longest;
    }
    CU_ASSERT_TRUE(longest <= 16);
    ps_items_fini(&items);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(init_survives_each_failed_allocation),
        PS_TEST(nothing_is_found_in_an_empty_table),
        PS_TEST(a_media_in_one_profile_is_its_own_resource),
        PS_TEST(a_second_profile_parts_them_with_what_was_counted),
        PS_TEST(a_media_goes_with_its_family),
        PS_TEST(places_given_back_are_used_again),
        PS_TEST(the_never_wanted_go_first),
        PS_TEST(then_the_least_wanted_go),
        PS_TEST(the_wanted_of_long_ago_count_for_less),
        PS_TEST(no_count_exceeds_its_limit_whatever_comes),
        PS_TEST(one_media_fits_in_every_profile_even_in_the_smallest_table),
        PS_TEST(keys_that_differ_in_high_bits_only_do_not_crowd),
    };

    return ps_test_run("host/predict/items", tests, PS_ARRAY_LEN(tests));
}
