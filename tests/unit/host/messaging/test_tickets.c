/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/messaging/test_tickets.c - each is told once, in the order they finished. */
#include "tests/unit/host/messaging/messaging_fixture.h"

static void a_name_is_not_used_twice(void)
{
    struct ps_tickets tickets;

    PS_REQUIRE(ps_tickets_init(&tickets) == 0);
    struct ps_ticket *a = ps_tickets_take(&tickets, PS_TICKET_PUT, NOW);
    const uint64_t name = a->name;
    CU_ASSERT_PTR_EQUAL(ps_tickets_find(&tickets, name), a);
    CU_ASSERT_PTR_NULL(ps_tickets_find(&tickets, 0));
    ps_tickets_give(&tickets, a);
    CU_ASSERT_PTR_EQUAL(ps_tickets_take(&tickets, PS_TICKET_PUT, NOW), a);
    CU_ASSERT_NOT_EQUAL(a->name, name);
    CU_ASSERT_PTR_NULL(ps_tickets_find(&tickets, name));
    ps_tickets_fini(&tickets);
}

static void those_finished_come_in_order_and_are_found_no_more(void)
{
    struct ps_tickets tickets;
    struct ps_ticket *list[5], next;

    PS_REQUIRE(ps_tickets_init(&tickets) == 0);
    for (unsigned i = 0; i < 5; i++) {
        list[i] = ps_tickets_take(&tickets, PS_TICKET_PUT, NOW);
        list[i]->message_id = i;
    }
    const uint64_t name = list[3]->name;
    ps_tickets_finish(&tickets, list[3], -EAGAIN);
    ps_tickets_finish(&tickets, list[0], 0);
    ps_tickets_finish(&tickets, list[4], 0);
    CU_ASSERT_PTR_NULL(ps_tickets_find(&tickets, name));
    PS_REQUIRE(ps_tickets_next_finished(&tickets, &next));
    CU_ASSERT_TRUE(next.message_id == 3 && next.status == -EAGAIN);
    PS_REQUIRE(ps_tickets_next_finished(&tickets, &next));
    CU_ASSERT_EQUAL(next.message_id, 0);
    PS_REQUIRE(ps_tickets_next_finished(&tickets, &next));
    CU_ASSERT_EQUAL(next.message_id, 4);
    CU_ASSERT_FALSE(ps_tickets_next_finished(&tickets, &next));
    CU_ASSERT_TRUE(tickets.count == 2 && &tickets.list[tickets.oldest] == list[1] &&
                   &tickets.list[tickets.newest] == list[2]);
    ps_tickets_fini(&tickets);
}

static void there_are_so_many_and_no_more(void)
{
    struct ps_tickets tickets;

    PS_REQUIRE(ps_tickets_init(&tickets) == 0);
    for (uint32_t i = 0; i < PS_MESSAGING_TICKETS_MAX; i++)
        CU_ASSERT_PTR_NOT_NULL(ps_tickets_take(&tickets, PS_TICKET_PUT, NOW));
    CU_ASSERT_PTR_NULL(ps_tickets_take(&tickets, PS_TICKET_PUT, NOW));
    ps_tickets_give(&tickets, &tickets.list[77]);
    CU_ASSERT_PTR_EQUAL(ps_tickets_take(&tickets, PS_TICKET_PUT, NOW), &tickets.list[77]);
    ps_tickets_fini(&tickets);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_name_is_not_used_twice),
        PS_TEST(those_finished_come_in_order_and_are_found_no_more),
        PS_TEST(there_are_so_many_and_no_more),
    };

    return ps_test_run("tickets", tests, PS_ARRAY_LEN(tests));
}
