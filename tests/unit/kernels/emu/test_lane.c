/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernels/emu/lane.h"
#include "tests/support/ps_test.h"

static struct emu_lane lane;
static struct emu_lane_job a, b, c;

static void an_empty_lane_has_nothing_due(void)
{
    emu_lane_init(&lane, 80);
    CU_ASSERT_EQUAL(emu_lane_due_ns(&lane), UINT64_MAX);
    CU_ASSERT_PTR_NULL(emu_lane_take_ended(&lane, UINT64_MAX - 1));
    emu_lane_remove(&lane, &a, 5); /* is not on it */
}

static void a_job_alone_takes_its_own_time(void)
{
    emu_lane_init(&lane, 80); /* 10 bytes a ns */
    emu_lane_add(&lane, &a, 1000, 500, 5000);
    CU_ASSERT_EQUAL(emu_lane_due_ns(&lane), 1500);
    CU_ASSERT_PTR_NULL(emu_lane_take_ended(&lane, 1499));
    CU_ASSERT_PTR_EQUAL(emu_lane_take_ended(&lane, 1500), &a);
    CU_ASSERT_EQUAL(emu_lane_due_ns(&lane), UINT64_MAX);
}

static void a_job_that_asks_for_too_much_waits_for_its_bytes(void)
{
    emu_lane_init(&lane, 80);
    emu_lane_add(&lane, &a, 0, 100, 4000);
    CU_ASSERT_EQUAL(emu_lane_due_ns(&lane), 400);
}

static void two_full_users_take_twice_as_long(void)
{
    emu_lane_init(&lane, 80);
    emu_lane_add(&lane, &a, 0, 100, 1000);
    emu_lane_add(&lane, &b, 0, 100, 1000);
    CU_ASSERT_EQUAL(emu_lane_due_ns(&lane), 200);
    CU_ASSERT_PTR_NOT_NULL(emu_lane_take_ended(&lane, 200));
    CU_ASSERT_PTR_NOT_NULL(emu_lane_take_ended(&lane, 200));
}

static void users_that_fit_together_do_not_slow_each_other(void)
{
    emu_lane_init(&lane, 80);
    emu_lane_add(&lane, &a, 0, 100, 500);
    emu_lane_add(&lane, &b, 0, 100, 500);
    CU_ASSERT_EQUAL(emu_lane_due_ns(&lane), 100);
}

static void who_remains_is_faster_from_then_on(void)
{
    emu_lane_init(&lane, 80);
    emu_lane_add(&lane, &a, 0, 100, 1000);
    emu_lane_add(&lane, &b, 0, 300, 3000);
    CU_ASSERT_PTR_EQUAL(emu_lane_take_ended(&lane, 10000), &a); /* at 200, seen late */
    CU_ASSERT_EQUAL(emu_lane_due_ns(&lane), 400);               /* 100 of b are done by then */
    CU_ASSERT_PTR_EQUAL(emu_lane_take_ended(&lane, 10000), &b);
}

static void a_job_taken_off_gives_its_share_back(void)
{
    emu_lane_init(&lane, 80);
    emu_lane_add(&lane, &a, 0, 100, 1000);
    emu_lane_add(&lane, &b, 0, 100, 1000);
    emu_lane_remove(&lane, &a, 100); /* each is at half */
    CU_ASSERT_EQUAL(emu_lane_due_ns(&lane), 150);
    CU_ASSERT_PTR_EQUAL(emu_lane_take_ended(&lane, 150), &b);
}

static void without_a_limit_none_is_slowed(void)
{
    emu_lane_init(&lane, 0);
    emu_lane_add(&lane, &a, 0, 100, UINT32_MAX);
    emu_lane_add(&lane, &b, 0, 50, UINT32_MAX);
    emu_lane_add(&lane, &c, 0, 0, 0); /* no time at all is a nanosecond */
    CU_ASSERT_EQUAL(emu_lane_due_ns(&lane), 1);
    CU_ASSERT_PTR_EQUAL(emu_lane_take_ended(&lane, 100), &c);
    CU_ASSERT_PTR_EQUAL(emu_lane_take_ended(&lane, 100), &b);
    CU_ASSERT_PTR_EQUAL(emu_lane_take_ended(&lane, 100), &a);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(an_empty_lane_has_nothing_due),
        PS_TEST(a_job_alone_takes_its_own_time),
        PS_TEST(a_job_that_asks_for_too_much_waits_for_its_bytes),
        PS_TEST(two_full_users_take_twice_as_long),
        PS_TEST(users_that_fit_together_do_not_slow_each_other),
        PS_TEST(who_remains_is_faster_from_then_on),
        PS_TEST(a_job_taken_off_gives_its_share_back),
        PS_TEST(without_a_limit_none_is_slowed),
    };

    return ps_test_run("kernels/emu/lane", tests, sizeof(tests) / sizeof(tests[0]));
}
