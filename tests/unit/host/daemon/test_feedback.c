/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/daemon/test_feedback.c - what is learnt from bets, and how it is forgotten. */
#include "host/daemon/feedback.h"

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

static const struct ps_feedback_bet sure = { PS_REASON_RATE, PS_HORIZON_15MIN, 0.8, true };

static void judge(struct ps_feedback *f, const struct ps_feedback_bet *bet, unsigned useful,
                  unsigned useless)
{
    for (unsigned i = 0; i < useful + useless; i++)
        ps_feedback_judge(f, bet, i < useful);
}

static void who_has_not_bet_is_believed(void)
{
    const struct ps_feedback f = { 0 };

    CU_ASSERT_EQUAL(ps_feedback_usefulness(&f, PS_REASON_FOLLOW), 1.0);
    CU_ASSERT_EQUAL(ps_feedback_trust(&f, PS_REASON_HINT, PS_HORIZON_60MIN), 1.0);
    CU_ASSERT_EQUAL(ps_feedback_reason_trust(&f, PS_REASON_HINT), 1.0);
    CU_ASSERT_EQUAL(ps_feedback_recent(&f), 1.0);
}

static void few_outcomes_move_little_and_many_much(void)
{
    struct ps_feedback f = { 0 };

    judge(&f, &sure, 0, 1);
    const double after_one = ps_feedback_trust(&f, PS_REASON_RATE, PS_HORIZON_15MIN);
    CU_ASSERT_TRUE(after_one < 1.0 && after_one > 0.9);
    judge(&f, &sure, 0, 1000);
    CU_ASSERT_EQUAL(ps_feedback_trust(&f, PS_REASON_RATE, PS_HORIZON_15MIN), PS_FEEDBACK_TRUST_MIN);
    CU_ASSERT_EQUAL(ps_feedback_trust(&f, PS_REASON_RATE, PS_HORIZON_5MIN), 1.0);
    CU_ASSERT_EQUAL(ps_feedback_trust(&f, PS_REASON_HINT, PS_HORIZON_15MIN), 1.0);
}

static void who_keeps_his_word_is_trusted_as_he_says(void)
{
    struct ps_feedback f = { 0 };

    judge(&f, &sure, 800, 200);
    CU_ASSERT_DOUBLE_EQUAL(ps_feedback_trust(&f, PS_REASON_RATE, PS_HORIZON_15MIN), 1.0, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(ps_feedback_usefulness(&f, PS_REASON_RATE), 0.8, 0.01);
}

static void trust_has_bounds(void)
{
    struct ps_feedback f = { 0 };
    const struct ps_feedback_bet modest = { PS_REASON_PRIOR, PS_HORIZON_5MIN, 0.01, false };

    judge(&f, &modest, 1000, 0);
    CU_ASSERT_EQUAL(ps_feedback_trust(&f, PS_REASON_PRIOR, PS_HORIZON_5MIN), PS_FEEDBACK_TRUST_MAX);
}

static void bins_and_memory_for_steering_are_of_predictions_alone(void)
{
    struct ps_feedback f = { 0 };
    const struct ps_feedback_bet followed = { PS_REASON_FOLLOW, PS_HORIZON_5MIN, 1.0, false };

    judge(&f, &followed, 3, 0);
    CU_ASSERT_EQUAL(f.bins[9].bets, 0.0);
    CU_ASSERT_EQUAL(f.recent.bets, 0.0);
    judge(&f, &sure, 1, 0);
    CU_ASSERT_EQUAL(f.bins[8].bets, 1.0);
    CU_ASSERT_EQUAL(f.recent.bets, 1.0);
    CU_ASSERT_EQUAL(f.marginal.bets, 1.0);
}

static void certainty_is_in_the_last_bin(void)
{
    struct ps_feedback f = { 0 };
    const struct ps_feedback_bet certain = { PS_REASON_HINT, PS_HORIZON_5MIN, 1.0, false };

    judge(&f, &certain, 1, 0);
    CU_ASSERT_EQUAL(f.bins[PS_FEEDBACK_BINS - 1].bets, 1.0);
    CU_ASSERT_EQUAL(f.marginal.bets, 0.0);
}

static void half_is_forgotten_in_a_half_life(void)
{
    struct ps_feedback f = { 0 };

    ps_feedback_fade(&f, 1);
    judge(&f, &sure, 8, 8);
    ps_feedback_fade(&f, 1 + PS_FEEDBACK_STEER_HALF_LIFE_NS);
    CU_ASSERT_DOUBLE_EQUAL(f.recent.bets, 8.0, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(f.marginal.useful, 4.0, 1e-9);
    ps_feedback_fade(&f, 1 + PS_FEEDBACK_HALF_LIFE_NS);
    CU_ASSERT_DOUBLE_EQUAL(f.by[PS_REASON_RATE][PS_HORIZON_15MIN].bets, 8.0, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(f.bins[8].said, 6.4, 1e-9);
}

static void time_that_steps_back_forgets_nothing(void)
{
    struct ps_feedback f = { 0 };

    ps_feedback_fade(&f, PS_FEEDBACK_HALF_LIFE_NS);
    judge(&f, &sure, 1, 0);
    ps_feedback_fade(&f, 5);
    CU_ASSERT_EQUAL(f.recent.bets, 1.0);
    ps_feedback_fade(&f, PS_FEEDBACK_HALF_LIFE_NS); /* no time since */
    CU_ASSERT_EQUAL(f.recent.bets, 1.0);
}

static void what_faded_cannot_be_made_more_than_good(void)
{
    struct ps_feedback f = { 0 };

    ps_feedback_fade(&f, 1);
    judge(&f, &sure, 0, 1);
    ps_feedback_fade(&f, 1 + 4 * PS_FEEDBACK_HALF_LIFE_NS);
    ps_feedback_redeem(&f, &sure);
    const struct ps_feedback_cell *cell = &f.by[PS_REASON_RATE][PS_HORIZON_15MIN];
    CU_ASSERT_TRUE(cell->useful <= cell->bets);
    CU_ASSERT_EQUAL(f.bins[8].useful, 0.0);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(who_has_not_bet_is_believed),
        PS_TEST(few_outcomes_move_little_and_many_much),
        PS_TEST(who_keeps_his_word_is_trusted_as_he_says),
        PS_TEST(trust_has_bounds),
        PS_TEST(bins_and_memory_for_steering_are_of_predictions_alone),
        PS_TEST(certainty_is_in_the_last_bin),
        PS_TEST(half_is_forgotten_in_a_half_life),
        PS_TEST(time_that_steps_back_forgets_nothing),
        PS_TEST(what_faded_cannot_be_made_more_than_good),
    };

    return ps_test_run("host/daemon/feedback.c", tests, PS_ARRAY_LEN(tests));
}
