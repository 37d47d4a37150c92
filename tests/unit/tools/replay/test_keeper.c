/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/replay/test_keeper.c - what a buffer keeps, and what it may stage. */
#include "tools/replay/keeper.h"

#include <errno.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

#define SEC_NS  1000000000ull
#define START_S 1700000000ull
#define OBJECTS 100u

static float score[OBJECTS];
static uint32_t everything[OBJECTS];

static void make(struct replay_keeper *keeper, uint32_t capacity, uint32_t budget_per_min)
{
    for (uint32_t i = 0; i < OBJECTS; i++) {
        score[i] = 0.0f;
        everything[i] = i;
    }
    PS_REQUIRE(replay_keeper_init(keeper, capacity, OBJECTS, budget_per_min) == 0);
    replay_keeper_offer(keeper, everything, 0, score, START_S * SEC_NS); /* the clock begins */
}

static void offer_at(struct replay_keeper *keeper, uint32_t count, uint64_t s)
{
    replay_keeper_offer(keeper, everything, count, score, (START_S + s) * SEC_NS);
}

static void what_is_missed_comes_in_and_the_least_goes_itself_included(void)
{
    struct replay_keeper keeper;

    make(&keeper, 2, 1);
    score[0] = 3.0f;
    score[1] = 2.0f;
    score[2] = 1.0f;
    score[3] = 4.0f;
    CU_ASSERT_FALSE(replay_keeper_request(&keeper, 0, score));
    CU_ASSERT_FALSE(replay_keeper_request(&keeper, 1, score));
    CU_ASSERT_FALSE(replay_keeper_request(&keeper, 2, score));
    CU_ASSERT_FALSE(replay_keeper_has(&keeper, 2));
    CU_ASSERT_FALSE(replay_keeper_request(&keeper, 3, score));
    CU_ASSERT_FALSE(replay_keeper_has(&keeper, 1));
    CU_ASSERT_TRUE(replay_keeper_request(&keeper, 0, score));
    CU_ASSERT_TRUE(replay_keeper_request(&keeper, 3, score));
    CU_ASSERT_EQUAL(keeper.count, 2);
    CU_ASSERT_EQUAL(keeper.staged_count, 0);
    replay_keeper_fini(&keeper);
}

static void what_does_not_beat_the_least_by_the_price_stays_out(void)
{
    struct replay_keeper keeper;

    make(&keeper, 1, 10);
    replay_keeper_request(&keeper, 50, score);
    offer_at(&keeper, 0, 60); /* tokens, so that nothing is scarce */
    score[0] = 0.9f;
    keeper.price = 1.0;
    offer_at(&keeper, 1, 61);
    CU_ASSERT_TRUE(replay_keeper_has(&keeper, 50));
    CU_ASSERT_EQUAL(keeper.staged_count, 0);
    score[0] = 1.1f;
    keeper.price = 1.0;
    offer_at(&keeper, 1, 62);
    CU_ASSERT_TRUE(replay_keeper_has(&keeper, 0));
    CU_ASSERT_FALSE(replay_keeper_has(&keeper, 50));
    CU_ASSERT_EQUAL(keeper.staged_count, 1);
    replay_keeper_fini(&keeper);
}

static void no_more_is_saved_up_than_a_minutes_budget(void)
{
    struct replay_keeper keeper;

    make(&keeper, OBJECTS, 5);
    offer_at(&keeper, OBJECTS, 3600);
    CU_ASSERT_EQUAL(keeper.staged_count, 5);
    offer_at(&keeper, OBJECTS, 3600);
    CU_ASSERT_EQUAL(keeper.staged_count, 5);
    offer_at(&keeper, OBJECTS, 3630);
    CU_ASSERT_EQUAL(keeper.staged_count, 7);
    offer_at(&keeper, OBJECTS, 3660);
    CU_ASSERT_EQUAL(keeper.staged_count, 10);
    replay_keeper_fini(&keeper);
}

static void every_staging_counts_and_is_of_use_once_at_most(void)
{
    struct replay_keeper keeper;

    make(&keeper, 2, 10);
    offer_at(&keeper, 2, 60); /* 0 and 1 */
    CU_ASSERT_EQUAL(keeper.staged_count, 2);
    CU_ASSERT_EQUAL(keeper.used_count, 0);
    CU_ASSERT_TRUE(replay_keeper_request(&keeper, 0, score));
    CU_ASSERT_TRUE(replay_keeper_request(&keeper, 0, score));
    CU_ASSERT_EQUAL(keeper.used_count, 1);
    score[0] = 2.0f;
    score[9] = 1.0f;
    CU_ASSERT_FALSE(replay_keeper_request(&keeper, 9, score)); /* 1 goes, of no use */
    score[1] = 3.0f;
    CU_ASSERT_FALSE(replay_keeper_request(&keeper, 1, score));
    CU_ASSERT_TRUE(replay_keeper_request(&keeper, 1, score)); /* a miss brought it in */
    CU_ASSERT_EQUAL(keeper.staged_count, 2);
    CU_ASSERT_EQUAL(keeper.used_count, 1);
    replay_keeper_fini(&keeper);
}

static void what_is_there_takes_no_token(void)
{
    struct replay_keeper keeper;

    make(&keeper, OBJECTS, 3);
    for (uint32_t i = 0; i < 10; i++)
        replay_keeper_request(&keeper, i, score);
    offer_at(&keeper, OBJECTS, 60);
    CU_ASSERT_TRUE(replay_keeper_has(&keeper, 10) && replay_keeper_has(&keeper, 12));
    CU_ASSERT_FALSE(replay_keeper_has(&keeper, 13));
    CU_ASSERT_EQUAL(keeper.staged_count, 3);
    replay_keeper_fini(&keeper);
}

static void the_price_rises_while_tokens_are_scarce_and_falls_while_they_are_not(void)
{
    struct replay_keeper keeper;
    double before, risen, rested;

    make(&keeper, OBJECTS, 10);
    before = keeper.price;
    for (uint64_t s = 1; s <= 300; s++)
        offer_at(&keeper, OBJECTS, s);
    risen = keeper.price;
    CU_ASSERT_TRUE(risen > before);
    for (uint64_t s = 301; s <= 3600; s++)
        offer_at(&keeper, 0, s);
    rested = keeper.price;
    CU_ASSERT_TRUE(rested < risen);
    offer_at(&keeper, 0, 7200);
    CU_ASSERT_EQUAL(keeper.price, rested); /* no lower than a little */
    CU_ASSERT_TRUE(rested >= 0.0);
    replay_keeper_fini(&keeper);
}

static void the_turnover_is_the_time_in_which_a_bufferful_comes_in(void)
{
    struct replay_keeper keeper;

    make(&keeper, 2, 10);
    CU_ASSERT_EQUAL(replay_keeper_turnover_s(&keeper), 0.0);
    for (uint32_t s = 1; s <= 60; s++) {
        offer_at(&keeper, 0, s);
        replay_keeper_request(&keeper, s % OBJECTS, score); /* one a second */
    }
    offer_at(&keeper, 0, 61);
    CU_ASSERT_DOUBLE_EQUAL(replay_keeper_turnover_s(&keeper), 2.0, 0.1);
    for (uint32_t s = 62; s <= 3600; s += 60) {
        offer_at(&keeper, 0, s);
        replay_keeper_request(&keeper, s / 60 % OBJECTS, score);
    }
    CU_ASSERT_TRUE(replay_keeper_turnover_s(&keeper) > 60.0);
    replay_keeper_fini(&keeper);
}

static void init_survives_each_failed_allocation(void)
{
    struct replay_keeper keeper;
    unsigned failed_at = 0;

    for (;; failed_at++) {
        ps_fail_alloc_after(failed_at);
        const int rc = replay_keeper_init(&keeper, 4, OBJECTS, 1);
        ps_fail_alloc_never();
        replay_keeper_fini(&keeper);
        if (rc == 0)
            break;
        CU_ASSERT_EQUAL(rc, -ENOMEM);
    }
    CU_ASSERT_TRUE(failed_at > 0);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(what_is_missed_comes_in_and_the_least_goes_itself_included),
        PS_TEST(what_does_not_beat_the_least_by_the_price_stays_out),
        PS_TEST(no_more_is_saved_up_than_a_minutes_budget),
        PS_TEST(every_staging_counts_and_is_of_use_once_at_most),
        PS_TEST(what_is_there_takes_no_token),
        PS_TEST(the_price_rises_while_tokens_are_scarce_and_falls_while_they_are_not),
        PS_TEST(the_turnover_is_the_time_in_which_a_bufferful_comes_in),
        PS_TEST(init_survives_each_failed_allocation),
    };

    return ps_test_run("tools/replay/keeper", tests, sizeof(tests) / sizeof(tests[0]));
}
