/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/replay/test_cache.c - what is counted, and how policies must compare. */
#include "tools/replay/cache.h"

#include "tests/unit/tools/replay/policy_test.h"

static uint64_t hits(const struct replay_policy *policy, const struct made_up *made, double percent)
{
    const struct replay_cache_config config = { .stream = &made->stream,
                                                .size_percent = percent,
                                                .budget_per_min = 10 };
    struct replay_cache_result result;

    PS_REQUIRE(replay_cache_run(policy, &config, &result) == 0);
    return result.hits;
}

static void the_first_quarter_does_not_count(void)
{
    static struct made_up made;
    const struct replay_cache_config config = { .stream = &made.stream, .size_percent = 100.0 };
    struct replay_cache_result result;

    make_up(&made, 1, 8, 1);
    PS_REQUIRE(replay_cache_run(&replay_lru, &config, &result) == 0);
    CU_ASSERT_EQUAL(result.counted, 6);
    CU_ASSERT_EQUAL(result.hits, 6); /* 7 with the second request, which warms */
}

static void nothing_on_demand_is_better_than_belady(void)
{
    static const double percents[] = { 1.0, 5.0, 10.0, 30.0, 80.0, 100.0 };
    static struct made_up made;

    for (uint64_t seed = 1; seed <= 5; seed++)
        for (unsigned s = 0; s < PS_ARRAY_LEN(percents); s++) {
            make_up(&made, seed, LENGTH, OBJECTS);
            const uint64_t best = hits(&replay_belady, &made, percents[s]);

            for (unsigned p = 0; replay_policies[p] != &replay_clairvoyant; p++)
                CU_ASSERT_TRUE(hits(replay_policies[p], &made, percents[s]) <= best);
            CU_ASSERT_TRUE(hits(&replay_clairvoyant, &made, percents[s]) >= best);
        }
}

static void all_are_alike_when_there_is_room_for_everything(void)
{
    static struct made_up made;

    make_up(&made, 2, LENGTH, OBJECTS);
    for (unsigned p = 0; replay_policies[p] != NULL; p++)
        CU_ASSERT_EQUAL(hits(replay_policies[p], &made, 100.0), hits(&replay_lru, &made, 100.0));
}

static void sizes_ascend_and_are_percentages(void)
{
    static const char *const bad[] = { "",    ",",   "1,",  "0",   "-1", "101", "nan",
                                       "5,1", "1,1", "1 5", "1;5", "x",  "1x",  "1,,5" };
    double sizes[REPLAY_SIZES_MAX];
    char longest[4 * REPLAY_SIZES_MAX + 8] = "1";
    uint32_t count = 0;

    for (unsigned i = 0; i < PS_ARRAY_LEN(bad); i++)
        CU_ASSERT_NOT_EQUAL(replay_sizes_parse(bad[i], sizes, &count), 0);
    PS_REQUIRE(replay_sizes_parse("0.5,10,100", sizes, &count) == 0);
    CU_ASSERT_EQUAL(count, 3);
    CU_ASSERT_EQUAL(sizes[0], 0.5);
    CU_ASSERT_EQUAL(sizes[2], 100.0);
    for (unsigned i = 2; i <= REPLAY_SIZES_MAX; i++)
        snprintf(longest + strlen(longest), 4, ",%u", i);
    CU_ASSERT_EQUAL(replay_sizes_parse(longest, sizes, &count), 0);
    strcat(longest, ",99");
    CU_ASSERT_EQUAL(replay_sizes_parse(longest, sizes, &count), -EINVAL);
}

static void a_buffer_holds_its_share_and_at_least_one(void)
{
    struct replay_stream stream = { .object_count = 1640 };

    CU_ASSERT_EQUAL(replay_cache_capacity(&stream, 1.0), 16);
    CU_ASSERT_EQUAL(replay_cache_capacity(&stream, 10.0), 164);
    CU_ASSERT_EQUAL(replay_cache_capacity(&stream, 100.0), 1640);
    CU_ASSERT_EQUAL(replay_cache_capacity(&stream, 0.01), 1);
    stream.object_count = 1000;
    CU_ASSERT_EQUAL(replay_cache_capacity(&stream, 0.7), 7);
}

static void running_survives_each_failed_allocation(void)
{
    static struct made_up made;
    const struct replay_cache_config config = { .stream = &made.stream, .size_percent = 50.0 };
    struct replay_cache_result result;

    make_up(&made, 1, 10, 4);
    ps_fail_alloc_after(1);
    CU_ASSERT_EQUAL(replay_cache_run(&replay_arc, &config, &result), -ENOMEM);
    ps_fail_alloc_never();
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(the_first_quarter_does_not_count),
        PS_TEST(nothing_on_demand_is_better_than_belady),
        PS_TEST(all_are_alike_when_there_is_room_for_everything),
        PS_TEST(sizes_ascend_and_are_percentages),
        PS_TEST(a_buffer_holds_its_share_and_at_least_one),
        PS_TEST(running_survives_each_failed_allocation),
    };

    return ps_test_run("tools/replay/cache", tests, PS_ARRAY_LEN(tests));
}
