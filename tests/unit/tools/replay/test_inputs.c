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
        PS_TEST(unknown_names_are_refused),
    };

    return ps_test_run("tools/replay/inputs", tests, sizeof(tests) / sizeof(tests[0]));
}
