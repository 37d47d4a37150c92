/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/predict/test_scorecard.c - figures worked out by hand. */
#include "host/predict/scorecard_priv.h"

#include <math.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

static void an_empty_card_says_nothing(void)
{
    const struct ps_scorecard card = { 0 };

    CU_ASSERT_EQUAL(ps_scorecard_error(&card), 0.0);
    CU_ASSERT_EQUAL(ps_scorecard_log_loss(&card), 0.0);
    CU_ASSERT_EQUAL(ps_scorecard_said(&card), 0.0);
}

static void figures_are_weighted_means(void)
{
    struct ps_scorecard card = { 0 };

    ps_scorecard_add(&card, 0.25, 3.0, 0.0);
    ps_scorecard_add(&card, 0.75, 1.0, 1.0);
    CU_ASSERT_EQUAL(card.labels, 2);
    CU_ASSERT_DOUBLE_EQUAL(ps_scorecard_said(&card), 0.375, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(ps_scorecard_happened(&card), 0.25, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(ps_scorecard_error(&card), 0.25, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(ps_scorecard_log_loss(&card), -log(0.75), 1e-12);
}

static void errors_of_different_bins_do_not_cancel(void)
{
    struct ps_scorecard card = { 0 };

    ps_scorecard_add(&card, 0.95, 1.0, 0.0);
    ps_scorecard_add(&card, 0.05, 1.0, 1.0);
    CU_ASSERT_DOUBLE_EQUAL(ps_scorecard_error(&card), 0.95, 1e-12);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(an_empty_card_says_nothing),
        PS_TEST(figures_are_weighted_means),
        PS_TEST(errors_of_different_bins_do_not_cancel),
    };

    return ps_test_run("host/predict/scorecard", tests, PS_ARRAY_LEN(tests));
}
