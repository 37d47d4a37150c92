/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/daemon/test_feedback_save.c - comes back as it was, or not at all. */
#include <errno.h>
#include <string.h>

#include "host/base/mem.h"
#include "host/daemon/feedback.h"
#include "tests/support/ps_test.h"

#define MODEL 3u

static const struct ps_feedback_bet bet = { PS_REASON_HINT, PS_HORIZON_5MIN, 0.5, true };

static void fill(struct ps_feedback *feedback)
{
    memset(feedback, 0, sizeof(*feedback));
    ps_feedback_fade(feedback, 1000);
    for (unsigned i = 0; i < 20; i++)
        ps_feedback_judge(feedback, &bet, i % 4 == 0);
}

static void what_was_learnt_comes_back(void)
{
    struct ps_feedback before, after = { 0 };
    uint8_t data[PS_FEEDBACK_SAVED_BYTES];

    fill(&before);
    ps_feedback_save(&before, MODEL, data);
    CU_ASSERT_EQUAL(ps_feedback_load(&after, MODEL, data, sizeof(data)), 0);
    CU_ASSERT_EQUAL(memcmp(&before, &after, sizeof(before)), 0);
    CU_ASSERT_TRUE(ps_feedback_reason_trust(&after, PS_REASON_HINT) < 1.0);
}

static void any_flipped_bit_is_refused(void)
{
    struct ps_feedback before, after = { 0 };
    uint8_t data[PS_FEEDBACK_SAVED_BYTES];

    fill(&before);
    for (size_t byte = 0; byte < sizeof(data); byte++) {
        ps_feedback_save(&before, MODEL, data);
        data[byte] ^= 4;
        CU_ASSERT_NOT_EQUAL(ps_feedback_load(&after, MODEL, data, sizeof(data)), 0);
        CU_ASSERT_EQUAL(after.faded_ns, 0);
    }
}

static void another_length_or_model_is_refused(void)
{
    struct ps_feedback before, after = { 0 };
    uint8_t data[PS_FEEDBACK_SAVED_BYTES + 1] = { 0 };

    fill(&before);
    ps_feedback_save(&before, MODEL, data);
    CU_ASSERT_EQUAL(ps_feedback_load(&after, MODEL, data, sizeof(data)), -EINVAL);
    CU_ASSERT_EQUAL(ps_feedback_load(&after, MODEL, data, sizeof(data) - 2), -EINVAL);
    CU_ASSERT_EQUAL(ps_feedback_load(&after, MODEL, data, 0), -EINVAL);
    CU_ASSERT_EQUAL(ps_feedback_load(&after, MODEL + 1, data, sizeof(data) - 1), -ESTALE);
    CU_ASSERT_EQUAL(after.faded_ns, 0);
}

/* Its checksum is right, but no bets could have come out like that. */
static void impossible_figures_are_refused(void)
{
    struct ps_feedback feedback, after = { 0 };
    uint8_t data[PS_FEEDBACK_SAVED_BYTES];

    fill(&feedback);
    feedback.recent.useful = feedback.recent.bets + 1.0;
    ps_feedback_save(&feedback, MODEL, data);
    CU_ASSERT_EQUAL(ps_feedback_load(&after, MODEL, data, sizeof(data)), -EINVAL);
    fill(&feedback);
    feedback.bins[3].bets = -1.0;
    ps_feedback_save(&feedback, MODEL, data);
    CU_ASSERT_EQUAL(ps_feedback_load(&after, MODEL, data, sizeof(data)), -EINVAL);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(what_was_learnt_comes_back),
        PS_TEST(any_flipped_bit_is_refused),
        PS_TEST(another_length_or_model_is_refused),
        PS_TEST(impossible_figures_are_refused),
    };

    return ps_test_run("host/daemon/feedback_save.c", tests, PS_ARRAY_LEN(tests));
}
