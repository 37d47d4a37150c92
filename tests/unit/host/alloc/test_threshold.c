/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/alloc/test_threshold.c - the threshold follows the buffer and comes to rest. */
#include "host/alloc/threshold.h"

#include <math.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

static const uint64_t second_ns = 1000000000ull;

static double after(struct ps_threshold *t, struct ps_buffer_reading reading, unsigned seconds)
{
    for (unsigned i = 0; i < seconds; i++)
        ps_threshold_adapt(t, &reading, t->moved_ns + second_ns);
    return t->value;
}

static void empty_buffer_lowers_it_to_the_floor(void)
{
    struct ps_threshold t;

    ps_threshold_init(&t, 0.3);
    const double soon = after(&t, (struct ps_buffer_reading){ 0.0, 1.0 }, 60);
    CU_ASSERT_TRUE(soon < 0.3);
    CU_ASSERT_EQUAL(after(&t, (struct ps_buffer_reading){ 0.0, 1.0 }, 3600), PS_THRESHOLD_MIN);
}

static void buffer_full_of_bets_raises_it_to_the_ceiling(void)
{
    struct ps_threshold t;

    ps_threshold_init(&t, 0.3);
    CU_ASSERT_EQUAL(after(&t, (struct ps_buffer_reading){ 1.0, 1.0 }, 3600), PS_THRESHOLD_MAX);
}

static void useless_bets_raise_it_even_with_room(void)
{
    struct ps_threshold t;

    ps_threshold_init(&t, 0.3);
    CU_ASSERT_TRUE(after(&t, (struct ps_buffer_reading){ 0.1, 0.05 }, 60) > 0.3);
}

/* A buffer whose fill answers the threshold with a lag: the worst it will meet. */
static void closed_loop_does_not_oscillate(void)
{
    struct ps_threshold t;
    double fill = 0.0, turns[2] = { 0.0, 0.0 };
    unsigned reversals = 0;

    ps_threshold_init(&t, 0.3);
    t.moved_ns = 1;
    for (unsigned s = 0; s < 20000; s++) {
        const double before = t.value;

        fill += ((1.0 - t.value) - fill) / 300.0;
        ps_threshold_adapt(&t, &(struct ps_buffer_reading){ fill, 1.0 }, t.moved_ns + second_ns);
        turns[0] = turns[1];
        turns[1] = t.value - before != 0.0 ? t.value - before : turns[1];
        reversals += turns[0] * turns[1] < 0.0;
    }
    CU_ASSERT_TRUE(reversals <= 3); /* one swing each way at most while settling */
    const double rest = t.value;
    CU_ASSERT_TRUE(fabs(after(&t, (struct ps_buffer_reading){ fill, 1.0 }, 600) - rest) < 1e-9);
}

static void time_that_steps_back_moves_nothing(void)
{
    struct ps_threshold t;

    ps_threshold_init(&t, 0.3);
    ps_threshold_adapt(&t, &(struct ps_buffer_reading){ 1.0, 0.0 }, 5 * second_ns);
    ps_threshold_adapt(&t, &(struct ps_buffer_reading){ 1.0, 0.0 }, 4 * second_ns);
    CU_ASSERT_EQUAL(t.value, 0.3);
}

static void shares_add_up_and_follow_usefulness(void)
{
    double useless[3], useful[3];

    ps_buffer_shares(&(struct ps_buffer_reading){ .usefulness_share = 0.0 }, useless);
    ps_buffer_shares(&(struct ps_buffer_reading){ .usefulness_share = 1.0 }, useful);
    CU_ASSERT_TRUE(fabs(useless[0] + useless[1] + useless[2] - 1.0) < 1e-9);
    CU_ASSERT_TRUE(fabs(useful[0] + useful[1] + useful[2] - 1.0) < 1e-9);
    CU_ASSERT_TRUE(useful[1] > useless[1] && useful[1] > useful[2]);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(empty_buffer_lowers_it_to_the_floor),
        PS_TEST(buffer_full_of_bets_raises_it_to_the_ceiling),
        PS_TEST(useless_bets_raise_it_even_with_room),
        PS_TEST(closed_loop_does_not_oscillate),
        PS_TEST(shares_add_up_and_follow_usefulness),
        PS_TEST(time_that_steps_back_moves_nothing),
    };

    return ps_test_run("host/alloc/threshold.c", tests, PS_ARRAY_LEN(tests));
}
