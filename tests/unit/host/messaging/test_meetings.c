/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/messaging/test_meetings.c - pairs, as long as they last. */
#include "tests/unit/host/messaging/messaging_fixture.h"

static struct ps_meetings meetings_of(void)
{
    struct ps_meetings meetings;

    PS_REQUIRE(ps_meetings_init(&meetings) == 0);
    return meetings;
}

static void both_have_met_each_other_and_nobody_else(void)
{
    struct ps_meetings meetings = meetings_of();

    ps_meetings_add(&meetings, 5, 3, NOW + 10);
    CU_ASSERT_TRUE(ps_meetings_has(&meetings, 3, 5, NOW + 9));
    CU_ASSERT_TRUE(ps_meetings_has(&meetings, 5, 3, NOW + 9));
    CU_ASSERT_FALSE(ps_meetings_has(&meetings, 5, 3, NOW + 10));
    CU_ASSERT_FALSE(ps_meetings_has(&meetings, 5, 4, NOW));
    ps_meetings_add(&meetings, 5, 3, NOW + 20);
    CU_ASSERT_TRUE(ps_meetings_has(&meetings, 5, 3, NOW + 10));
    ps_meetings_add(&meetings, 5, 5, NOW + 20);
    ps_meetings_add(&meetings, 0, 5, NOW + 20);
    CU_ASSERT_EQUAL(meetings.count, 1);
    ps_meetings_fini(&meetings);
}

static void the_one_that_ends_first_makes_room(void)
{
    struct ps_meetings meetings = meetings_of();
    const uint64_t count = PS_MESSAGING_MEETINGS_MAX;

    for (uint64_t i = 0; i < count; i++)
        ps_meetings_add(&meetings, i + 1, i + 2, NOW + i);
    ps_meetings_add(&meetings, 1, 2, NOW + count);
    ps_meetings_add(&meetings, UINT64_MAX, 7, NOW + count);
    CU_ASSERT_EQUAL(meetings.count, count);
    CU_ASSERT_TRUE(ps_meetings_has(&meetings, 1, 2, NOW));
    CU_ASSERT_FALSE(ps_meetings_has(&meetings, 2, 3, NOW));
    CU_ASSERT_TRUE(ps_meetings_has(&meetings, 3, 4, NOW));
    CU_ASSERT_TRUE(ps_meetings_has(&meetings, 7, UINT64_MAX, NOW));
    ps_meetings_fini(&meetings);
}

static void those_over_go_a_bounded_part_at_a_time(void)
{
    struct ps_meetings meetings = meetings_of();

    for (uint64_t i = 1; i <= 2000; i++)
        ps_meetings_add(&meetings, i, i + 1, NOW + i);
    ps_meetings_tend(&meetings, NOW + 1990);
    CU_ASSERT_EQUAL(meetings.count, 2000 - PS_MESSAGING_ENDS_MAX);
    ps_meetings_tend(&meetings, NOW + 1990);
    CU_ASSERT_EQUAL(meetings.count, 10);
    for (uint64_t i = 1; i <= 2000; i++) /* places are used again */
        ps_meetings_add(&meetings, i, i + 1, NOW + 3000);
    CU_ASSERT_EQUAL(meetings.count, 2000);
    ps_meetings_tend(&meetings, NOW + 2999);
    CU_ASSERT_EQUAL(meetings.count, 2000);
    ps_meetings_fini(&meetings);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(both_have_met_each_other_and_nobody_else),
        PS_TEST(the_one_that_ends_first_makes_room),
        PS_TEST(those_over_go_a_bounded_part_at_a_time),
    };

    return ps_test_run("meetings", tests, PS_ARRAY_LEN(tests));
}
