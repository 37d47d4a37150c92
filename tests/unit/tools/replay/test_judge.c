/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/replay/test_judge.c - figures worked out by hand. */
#include "tools/replay/judge.h"

#include <math.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

static void figures_match_those_worked_out_by_hand(void)
{
    struct replay_judge judge = { 0 };

    replay_judge_add(&judge, 0.25, 0.5, false);
    replay_judge_add(&judge, 0.25, 0.5, true);
    CU_ASSERT_DOUBLE_EQUAL(replay_judge_loss(&judge), -(log(0.75) + log(0.25)) / 2.0, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(replay_judge_ewma_loss(&judge), log(2.0), 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(replay_judge_base_loss(&judge), log(2.0), 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(replay_judge_error(&judge), 0.25, 1e-12);
}

static void chance_alone_gives_a_right_predictor_some_error(void)
{
    struct replay_judge judge = { 0 };

    for (int i = 0; i < 100; i++)
        replay_judge_add(&judge, 0.5, 0.5, i % 2 == 0);
    CU_ASSERT_EQUAL(replay_judge_error(&judge), 0.0);
    CU_ASSERT_DOUBLE_EQUAL(replay_judge_error_by_chance(&judge), sqrt(M_2_PI) * 0.05, 1e-12);
}

static void certainty_that_fails_costs_much_but_not_all(void)
{
    struct replay_judge judge = { 0 };

    replay_judge_add(&judge, 1.0, 0.0, false);
    replay_judge_add(&judge, 0.0, 1.0, true);
    CU_ASSERT_TRUE(isfinite(replay_judge_loss(&judge)));
    CU_ASSERT_TRUE(replay_judge_loss(&judge) > 10.0);
}

static void nothing_judged_says_nothing(void)
{
    const struct replay_judge judge = { 0 };

    CU_ASSERT_EQUAL(replay_judge_loss(&judge), 0.0);
    CU_ASSERT_EQUAL(replay_judge_base_loss(&judge), 0.0);
    CU_ASSERT_EQUAL(replay_judge_error(&judge), 0.0);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(figures_match_those_worked_out_by_hand),
        PS_TEST(chance_alone_gives_a_right_predictor_some_error),
        PS_TEST(certainty_that_fails_costs_much_but_not_all),
        PS_TEST(nothing_judged_says_nothing),
    };

    return ps_test_run("tools/replay/judge", tests, PS_ARRAY_LEN(tests));
}
