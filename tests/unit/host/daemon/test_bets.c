/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/daemon/test_bets.c - dearest first, whatever the order they come in. */
#include "host/daemon/bets.h"

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

static struct ps_bets bets;
static struct ps_prediction predictions[PS_PREDICTIONS_MAX + 1];

static void add(uint64_t id, double benefit)
{
    predictions[id].id = id;
    ps_bets_add(&bets, &(struct ps_bet){ .prediction = &predictions[id], .benefit = benefit });
}

static void nothing_is_taken_from_none(void)
{
    struct ps_bet bet;

    bets.count = 0;
    CU_ASSERT_FALSE(ps_bets_take(&bets, &bet));
}

static void dearest_comes_first_and_all_come(void)
{
    struct ps_bet bet;
    uint64_t random = 1;
    uint32_t taken = 0;
    double last = 1e9;

    bets.count = 0;
    for (uint32_t i = 0; i < 1000; i++) {
        random = random * 6364136223846793005ull + 1442695040888963407ull;
        add(i, (double)(random >> 54));
    }
    while (ps_bets_take(&bets, &bet)) {
        CU_ASSERT_TRUE(bet.benefit <= last);
        last = bet.benefit;
        taken++;
    }
    CU_ASSERT_EQUAL(taken, 1000);
}

static void of_equals_the_earlier_prediction_comes_first(void)
{
    struct ps_bet bet;

    bets.count = 0;
    add(3, 1.0);
    add(1, 1.0);
    add(2, 1.0);
    for (uint64_t id = 1; id <= 3; id++) {
        PS_REQUIRE(ps_bets_take(&bets, &bet));
        CU_ASSERT_EQUAL(bet.prediction->id, id);
    }
}

static void one_too_many_is_left_out(void)
{
    bets.count = 0;
    for (uint32_t i = 0; i <= PS_PREDICTIONS_MAX; i++)
        add(i, 1.0);
    CU_ASSERT_EQUAL(bets.count, PS_PREDICTIONS_MAX);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(nothing_is_taken_from_none),
        PS_TEST(dearest_comes_first_and_all_come),
        PS_TEST(of_equals_the_earlier_prediction_comes_first),
        PS_TEST(one_too_many_is_left_out),
    };

    return ps_test_run("host/daemon/bets.c", tests, PS_ARRAY_LEN(tests));
}
