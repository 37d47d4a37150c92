/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/test_evening_draw.c - starts are in order, in bounds, repeatable and typical. */
#include <errno.h>
#include <math.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"
#include "tools/evening.h"

static const struct evening_config usual = {
    .seed = 1,
    .title_count = 40,
    .minutes = 30,
    .starts = 2000.0,
    .skew_percent = 100,
    .history_days = 2,
    .flash = EVENING_FLASH_NONE,
    .segments = 12,
    .profile_count = 2,
    .profiles = { { "mobile-360p", 1, 0.8 }, { "tv-720p", 3, 0.2 } },
};

struct drawn {
    struct evening *evening;
    struct evening_start *starts;
    uint32_t count;
};

static struct drawn draw(const struct evening_config *cfg, int64_t from_s, int64_t to_s)
{
    struct drawn drawn = { 0 };

    PS_REQUIRE(evening_create(&drawn.evening, cfg) == 0);
    PS_REQUIRE(evening_draw(drawn.evening, from_s, to_s, &drawn.starts, &drawn.count) == 0);
    return drawn;
}

static void drop(struct drawn *drawn)
{
    free(drawn->starts);
    evening_destroy(drawn->evening);
}

static void starts_are_in_order_and_in_bounds(void)
{
    struct drawn drawn = draw(&usual, -3600, 1800);

    for (uint32_t i = 0; i < drawn.count; i++) {
        const struct evening_start *start = &drawn.starts[i];

        CU_ASSERT_TRUE(start->offset_s >= -3600.0 && start->offset_s < 1800.0);
        CU_ASSERT_TRUE(i == 0 || start[-1].offset_s <= start->offset_s);
        CU_ASSERT_TRUE(start->title < usual.title_count);
        CU_ASSERT_TRUE(start->profile < usual.profile_count);
        CU_ASSERT_EQUAL(start->device, usual.profiles[start->profile].device);
        CU_ASSERT_TRUE(start->region >= 1 && start->region <= EVENING_REGIONS);
        CU_ASSERT_TRUE(start->segments >= 1 && start->segments <= usual.segments);
    }
    drop(&drawn);
}

static void about_as_many_come_as_were_asked_for(void)
{
    struct drawn drawn = draw(&usual, 0, 1800);
    unsigned on_phone = 0;

    CU_ASSERT_DOUBLE_EQUAL(drawn.count, usual.starts, 5.0 * sqrt(usual.starts));
    for (uint32_t i = 0; i < drawn.count; i++)
        on_phone += drawn.starts[i].device == 1;
    CU_ASSERT_TRUE(on_phone > drawn.count / 2);
    drop(&drawn);
}

static void the_same_seed_draws_the_same_and_another_does_not(void)
{
    struct evening_config other_cfg = usual;

    other_cfg.seed = 2;
    struct drawn a = draw(&usual, 0, 1800), b = draw(&usual, 0, 1800);
    struct drawn other = draw(&other_cfg, 0, 1800);
    PS_REQUIRE(a.count == b.count);
    for (uint32_t i = 0; i < a.count; i++) {
        CU_ASSERT_EQUAL(a.starts[i].offset_s, b.starts[i].offset_s);
        CU_ASSERT_EQUAL(a.starts[i].title, b.starts[i].title);
        CU_ASSERT_EQUAL(a.starts[i].viewer, b.starts[i].viewer);
        CU_ASSERT_EQUAL(a.starts[i].segments, b.starts[i].segments);
    }
    CU_ASSERT_NOT_EQUAL(a.starts[0].offset_s, other.starts[0].offset_s);
    drop(&other);
    drop(&b);
    drop(&a);
}

static void a_stretch_does_not_depend_on_what_was_drawn_before(void)
{
    struct drawn whole = draw(&usual, -3600, 1800), part = draw(&usual, 0, 1800);
    const uint32_t before = whole.count - part.count;

    PS_REQUIRE(whole.count > part.count);
    for (uint32_t i = 0; i < part.count; i++)
        CU_ASSERT_EQUAL(whole.starts[before + i].offset_s, part.starts[i].offset_s);
    drop(&part);
    drop(&whole);
}

static void a_failed_allocation_draws_nothing(void)
{
    struct evening *evening = NULL;
    struct evening_start *starts = NULL;
    uint32_t count;

    PS_REQUIRE(evening_create(&evening, &usual) == 0);
    for (unsigned fail_at = 0; fail_at < 2; fail_at++) {
        ps_fail_alloc_after(fail_at);
        CU_ASSERT_EQUAL(evening_draw(evening, 0, 1800, &starts, &count), -ENOMEM);
        ps_fail_alloc_never();
    }
    CU_ASSERT_PTR_NULL(starts);
    evening_destroy(evening);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(starts_are_in_order_and_in_bounds),
        PS_TEST(about_as_many_come_as_were_asked_for),
        PS_TEST(the_same_seed_draws_the_same_and_another_does_not),
        PS_TEST(a_stretch_does_not_depend_on_what_was_drawn_before),
        PS_TEST(a_failed_allocation_draws_nothing),
    };

    return ps_test_run("tools/evening_draw", tests, PS_ARRAY_LEN(tests));
}
