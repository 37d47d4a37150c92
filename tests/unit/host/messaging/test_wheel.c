/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/messaging/test_wheel.c - deadlines come when they are due, once, or not at all.
 */
#include "host/base/mem.h"
#include "host/messaging/wheel_priv.h"
#include "tests/support/ps_test.h"

static struct ps_wheel wheel;

static void count(void *arg)
{
    ++*(unsigned *)arg;
}

static struct ps_wheel_timer *again_timer;

static void start_again(void *arg)
{
    ++*(unsigned *)arg;
    ps_wheel_start(&wheel, again_timer, 1);
}

static void each_timer_is_over_at_its_tick_and_once(void)
{
    struct ps_wheel_timer timers[20] = { 0 };
    unsigned over[20] = { 0 };

    wheel = (struct ps_wheel){ 0 };
    for (unsigned i = 0; i < 20; i++) {
        timers[i] = (struct ps_wheel_timer){ .over = count, .arg = &over[i] };
        ps_wheel_start(&wheel, &timers[i], 1 + i % 10);
    }
    CU_ASSERT_EQUAL(wheel.running, 20);
    for (unsigned tick = 1; tick <= 12; tick++) {
        ps_wheel_turn(&wheel, 1);
        for (unsigned i = 0; i < 20; i++)
            CU_ASSERT_EQUAL(over[i], tick >= 1 + i % 10);
    }
    CU_ASSERT_EQUAL(wheel.running, 0);
}

static void a_stopped_timer_is_never_over_and_a_started_one_begins_anew(void)
{
    unsigned over = 0, other = 0;
    struct ps_wheel_timer timer = { .over = count, .arg = &over };
    struct ps_wheel_timer neighbour = { .over = count, .arg = &other };

    wheel = (struct ps_wheel){ 0 };
    ps_wheel_start(&wheel, &neighbour, 5);
    ps_wheel_start(&wheel, &timer, 5);
    ps_wheel_start(&wheel, &timer, 8);
    ps_wheel_turn(&wheel, 7);
    CU_ASSERT_EQUAL(over, 0);
    CU_ASSERT_EQUAL(other, 1);
    ps_wheel_stop(&wheel, &timer);
    ps_wheel_stop(&wheel, &timer);
    ps_wheel_turn(&wheel, 2 * PS_WHEEL_TICKS_MAX);
    CU_ASSERT_EQUAL(over, 0);
    CU_ASSERT_EQUAL(wheel.now, 7 + 2 * PS_WHEEL_TICKS_MAX); /* counted while nothing ran, too */
}

static void times_out_of_range_are_cut(void)
{
    unsigned soon = 0, late = 0;
    struct ps_wheel_timer first = { .over = count, .arg = &soon };
    struct ps_wheel_timer last = { .over = count, .arg = &late };

    wheel = (struct ps_wheel){ .now = 1000 };
    ps_wheel_start(&wheel, &first, 0);
    ps_wheel_start(&wheel, &last, UINT64_MAX);
    ps_wheel_turn(&wheel, 1);
    CU_ASSERT_EQUAL(soon, 1);
    ps_wheel_turn(&wheel, PS_WHEEL_TICKS_MAX - 3);
    CU_ASSERT_EQUAL(late, 0);
    ps_wheel_turn(&wheel, 1);
    CU_ASSERT_EQUAL(late, 1);
}

static void a_timer_may_start_itself_again(void)
{
    unsigned over = 0;
    struct ps_wheel_timer timer = { .over = start_again, .arg = &over };

    wheel = (struct ps_wheel){ 0 };
    again_timer = &timer;
    ps_wheel_start(&wheel, &timer, 1);
    ps_wheel_turn(&wheel, 10);
    CU_ASSERT_EQUAL(over, 10);
    ps_wheel_stop(&wheel, &timer);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(each_timer_is_over_at_its_tick_and_once),
        PS_TEST(a_stopped_timer_is_never_over_and_a_started_one_begins_anew),
        PS_TEST(times_out_of_range_are_cut),
        PS_TEST(a_timer_may_start_itself_again),
    };

    return ps_test_run("host/messaging/wheel", tests, PS_ARRAY_LEN(tests));
}
