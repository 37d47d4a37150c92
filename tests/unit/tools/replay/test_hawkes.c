/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/replay/test_hawkes.c - weights that made the labels are found again. */
#include "tools/replay/hawkes.h"

#include <math.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

static double uniform(uint64_t *random)
{
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return (double)(*random >> 11) / 9007199254740992.0;
}

static void weights_that_made_the_labels_are_found(void)
{
    static const double truth[REPLAY_HAWKES_PARTS] = { 0.3, 0.0, 0.2, 0.0, 0.0, 0.0, 0.05 };
    struct replay_hawkes hawkes, oracle;
    uint64_t random = 12345;
    double error = 0.0;

    replay_hawkes_init(&hawkes);
    replay_hawkes_init(&oracle);
    for (unsigned k = 0; k < REPLAY_HAWKES_PARTS; k++)
        oracle.weight[k] = truth[k];
    for (int tick = 0; tick < 400; tick++) {
        error = 0.0;
        for (int row = 0; row < 500; row++) {
            float x[REPLAY_X_COUNT] = { 0 };
            double expected;

            for (unsigned k = 0; k < REPLAY_KERNELS; k++)
                x[REPLAY_X_COUNTS + k] = (float)(uniform(&random) * 3.0);
            expected = replay_hawkes_expect(&oracle, x);
            error += fabs(replay_hawkes_expect(&hawkes, x) / expected - 1.0) / 500.0;
            replay_hawkes_add(&hawkes, x, uniform(&random) < -expm1(-expected));
        }
        replay_hawkes_fit(&hawkes);
    }
    CU_ASSERT_TRUE(error < 0.15);
    CU_ASSERT_DOUBLE_EQUAL(hawkes.weight[0], 0.3, 0.05);
}

static void without_a_start_it_expects_less_and_less_but_never_nothing(void)
{
    const float x[REPLAY_X_COUNT] = { 1.0f, 1.0f, 1.0f, 1.0f, 1.0f, 1.0f };
    struct replay_hawkes hawkes;
    double before;

    replay_hawkes_init(&hawkes);
    before = replay_hawkes_expect(&hawkes, x);
    for (int tick = 0; tick < 5000; tick++) {
        replay_hawkes_add(&hawkes, x, false);
        replay_hawkes_fit(&hawkes);
    }
    CU_ASSERT_TRUE(replay_hawkes_expect(&hawkes, x) < 0.1 * before);
    CU_ASSERT_TRUE(replay_hawkes_expect(&hawkes, x) > 0.0);
    CU_ASSERT_TRUE(isfinite(log(replay_hawkes_expect(&hawkes, x))));
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(weights_that_made_the_labels_are_found),
        PS_TEST(without_a_start_it_expects_less_and_less_but_never_nothing),
    };

    return ps_test_run("tools/replay/hawkes", tests, PS_ARRAY_LEN(tests));
}
