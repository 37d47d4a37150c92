/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/replay/test_inputs.c - what each option sets, and what is refused. */
#include "tools/replay/inputs.h"

#include "host/predict/predict.h"
#include "tests/support/ps_test.h"

static void each_option_sets_its_own_place(void)
{
    struct replay_inputs in = { .format = REPLAY_AUTO };

    CU_ASSERT_TRUE(replay_take_trace(&in, "t"));
    CU_ASSERT_TRUE(replay_take_hints(&in, "h"));
    CU_ASSERT_TRUE(replay_take_rates(&in, "r"));
    CU_ASSERT_TRUE(replay_take_format(&in, "csv"));
    CU_ASSERT_TRUE(replay_take_without(&in, "looks"));
    CU_ASSERT_TRUE(replay_take_progress(&in, NULL));
    CU_ASSERT_STRING_EQUAL(in.trace, "t");
    CU_ASSERT_STRING_EQUAL(in.hints, "h");
    CU_ASSERT_STRING_EQUAL(in.rates, "r");
    CU_ASSERT_EQUAL(in.format, REPLAY_CSV);
    CU_ASSERT_EQUAL(in.without, PS_PREDICT_LOOKS);
    CU_ASSERT_TRUE(in.progress);
}

static void agents_are_shares_in_percent(void)
{
    struct replay_inputs in = { .format = REPLAY_AUTO };

    CU_ASSERT_TRUE(replay_take_agents(&in, "20"));
    CU_ASSERT_TRUE(replay_take_liars(&in, "12.5"));
    CU_ASSERT_TRUE(replay_take_agents_seed(&in, "18446744073709551615"));
    CU_ASSERT_EQUAL(in.agents.share, 20.0);
    CU_ASSERT_EQUAL(in.agents.liars, 12.5);
    CU_ASSERT_EQUAL(in.agents.seed, UINT64_MAX);
    CU_ASSERT_FALSE(replay_take_agents(&in, "101"));
    CU_ASSERT_FALSE(replay_take_agents(&in, "-1"));
    CU_ASSERT_FALSE(replay_take_agents(&in, "nan"));
    CU_ASSERT_FALSE(replay_take_liars(&in, "x"));
    CU_ASSERT_FALSE(replay_take_liars(&in, ""));
    CU_ASSERT_FALSE(replay_take_agents_seed(&in, "-1"));
    CU_ASSERT_FALSE(replay_take_agents_seed(&in, "18446744073709551616"));
}

static void unknown_names_are_refused(void)
{
    struct replay_inputs in = { .format = REPLAY_AUTO };

    CU_ASSERT_FALSE(replay_take_format(&in, "tsv"));
    CU_ASSERT_FALSE(replay_take_without(&in, "guesses"));
    CU_ASSERT_EQUAL(in.format, REPLAY_AUTO);
    CU_ASSERT_EQUAL(in.without, 0);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(each_option_sets_its_own_place),
        PS_TEST(agents_are_shares_in_percent),
        PS_TEST(unknown_names_are_refused),
    };

    return ps_test_run("tools/replay/inputs", tests, sizeof(tests) / sizeof(tests[0]));
}
