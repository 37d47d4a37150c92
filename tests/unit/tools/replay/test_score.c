/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/replay/test_score.c - figures worked out by hand; who lies is found out. */
#include "tools/replay/score.h"

#include <math.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

static void figures_match_those_worked_out_by_hand(void)
{
    struct replay_score score = { 0 };

    replay_score_add(&score, 0.02, false);
    replay_score_add(&score, 0.04, true);
    replay_score_add(&score, 0.25, false);
    replay_score_add(&score, 0.75, true);
    CU_ASSERT_DOUBLE_EQUAL(replay_score_logloss(&score),
                           -(log(0.98) + log(0.04) + log(0.75) + log(0.75)) / 4.0, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(replay_score_brier(&score), (0.0004 + 0.9216 + 0.0625 + 0.0625) / 4.0,
                           1e-12);
    /* Bins: (.06 said, 1 came), (.25, 0), (.75, 1). */
    CU_ASSERT_DOUBLE_EQUAL(replay_score_ece(&score), (0.94 + 0.25 + 0.25) / 4.0, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(replay_score_ece_lively(&score), (0.25 + 0.25) / 2.0, 1e-12);
    CU_ASSERT_EQUAL(replay_score_base_rate(&score), 0.5);
}

static void errors_within_a_bin_cancel_and_between_bins_do_not(void)
{
    struct replay_score within = { 0 }, between = { 0 };

    for (int i = 0; i < 10; i++) {
        replay_score_add(&within, 0.52, i < 5);
        replay_score_add(&within, 0.58, i < 6);
        replay_score_add(&between, 0.42, i < 5);
        replay_score_add(&between, 0.58, i < 5);
    }
    CU_ASSERT_DOUBLE_EQUAL(replay_score_ece(&within), 0.0, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(replay_score_ece(&between), 0.08, 1e-12);
}

/* The same rows, told truly and boasted of. */
static void a_liar_gets_a_bad_calibration_error(void)
{
    struct replay_score honest = { 0 }, liar = { 0 };

    for (int i = 0; i < 1000; i++) {
        replay_score_add(&honest, 0.3, i % 10 < 3);
        replay_score_add(&liar, 0.9, i % 10 < 3);
    }
    CU_ASSERT_TRUE(replay_score_ece(&honest) < 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(replay_score_ece(&liar), 0.6, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(replay_score_ece_lively(&liar), 0.6, 1e-9);
    CU_ASSERT_TRUE(replay_score_logloss(&liar) > 2.0 * replay_score_logloss(&honest));
}

static void certainty_that_fails_costs_much_but_not_all(void)
{
    struct replay_score score = { 0 };

    replay_score_add(&score, 1.0, false);
    replay_score_add(&score, 0.0, true);
    CU_ASSERT_DOUBLE_EQUAL(replay_score_logloss(&score), -log(REPLAY_SCORE_LEAST), 1e-6);
    CU_ASSERT_EQUAL(replay_score_brier(&score), 1.0);
    CU_ASSERT_EQUAL(score.bins[REPLAY_SCORE_BINS - 1].rows, 1);
}

static void nothing_scored_says_nothing(void)
{
    const struct replay_score score = { 0 };

    CU_ASSERT_EQUAL(replay_score_logloss(&score), 0.0);
    CU_ASSERT_EQUAL(replay_score_brier(&score), 0.0);
    CU_ASSERT_EQUAL(replay_score_ece(&score), 0.0);
    CU_ASSERT_EQUAL(replay_score_ece_lively(&score), 0.0);
    CU_ASSERT_EQUAL(replay_score_base_rate(&score), 0.0);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(figures_match_those_worked_out_by_hand),
        PS_TEST(errors_within_a_bin_cancel_and_between_bins_do_not),
        PS_TEST(a_liar_gets_a_bad_calibration_error),
        PS_TEST(certainty_that_fails_costs_much_but_not_all),
        PS_TEST(nothing_scored_says_nothing),
    };

    return ps_test_run("tools/replay/score", tests, PS_ARRAY_LEN(tests));
}
