/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/replay/test_isotonic.c - wrong probabilities become right, and stay in order. */
#include "tools/replay/isotonic.h"

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

/* Of @p rows said, so many per mille come true. */
static void tick(struct replay_isotonic *isotonic, double said, int rows, int per_mille)
{
    for (int i = 0; i < rows; i++)
        replay_isotonic_add(isotonic, said, i % 1000 < per_mille);
}

static void before_it_knows_it_changes_nothing(void)
{
    struct replay_isotonic isotonic = { 0 };

    CU_ASSERT_EQUAL(replay_isotonic_map(&isotonic, 0.37), 0.37);
    replay_isotonic_fit(&isotonic);
    CU_ASSERT_EQUAL(replay_isotonic_map(&isotonic, 0.37), 0.37);
}

static void a_boaster_is_brought_down_to_what_happens(void)
{
    struct replay_isotonic isotonic = { 0 };

    tick(&isotonic, 0.9, 1000, 300);
    tick(&isotonic, 0.2, 1000, 50);
    replay_isotonic_fit(&isotonic);
    CU_ASSERT_DOUBLE_EQUAL(replay_isotonic_map(&isotonic, 0.9), 0.3, 0.002);
    CU_ASSERT_DOUBLE_EQUAL(replay_isotonic_map(&isotonic, 0.2), 0.05, 0.002);
    CU_ASSERT_TRUE(replay_isotonic_map(&isotonic, 0.5) > 0.06);
    CU_ASSERT_TRUE(replay_isotonic_map(&isotonic, 0.5) < 0.29);
    CU_ASSERT_EQUAL(replay_isotonic_map(&isotonic, 1.0), replay_isotonic_map(&isotonic, 0.95));
}

static void what_falls_is_pooled(void)
{
    struct replay_isotonic isotonic = { 0 };

    tick(&isotonic, 0.1, 1000, 400);
    tick(&isotonic, 0.3, 3000, 200);
    tick(&isotonic, 0.8, 1000, 900);
    replay_isotonic_fit(&isotonic);
    CU_ASSERT_DOUBLE_EQUAL(replay_isotonic_map(&isotonic, 0.1), 0.25, 0.002);
    CU_ASSERT_DOUBLE_EQUAL(replay_isotonic_map(&isotonic, 0.1), replay_isotonic_map(&isotonic, 0.3),
                           1e-9);
    for (double p = 0.0, last = 0.0; p <= 1.0; p += 0.01) {
        const double mapped = replay_isotonic_map(&isotonic, p);

        CU_ASSERT_TRUE(mapped >= last - 1e-12 && mapped <= 1.0);
        last = mapped;
    }
}

static void what_was_long_ago_is_forgotten(void)
{
    struct replay_isotonic isotonic = { 0 };

    tick(&isotonic, 0.5, 1000, 900);
    for (int t = 0; t < 200; t++) {
        replay_isotonic_fit(&isotonic);
        tick(&isotonic, 0.5, 1000, 100);
    }
    replay_isotonic_fit(&isotonic);
    CU_ASSERT_DOUBLE_EQUAL(replay_isotonic_map(&isotonic, 0.5), 0.1, 0.002);
}

static void a_share_of_none_is_not_certainty(void)
{
    struct replay_isotonic isotonic = { 0 };

    tick(&isotonic, 0.01, 100, 0);
    replay_isotonic_fit(&isotonic);
    CU_ASSERT_TRUE(replay_isotonic_map(&isotonic, 0.01) > 0.0);
    CU_ASSERT_TRUE(replay_isotonic_map(&isotonic, 0.01) < 0.001);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(before_it_knows_it_changes_nothing),
        PS_TEST(a_boaster_is_brought_down_to_what_happens),
        PS_TEST(what_falls_is_pooled),
        PS_TEST(what_was_long_ago_is_forgotten),
        PS_TEST(a_share_of_none_is_not_certainty),
    };

    return ps_test_run("tools/replay/isotonic", tests, PS_ARRAY_LEN(tests));
}
