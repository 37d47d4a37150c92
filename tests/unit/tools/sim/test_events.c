/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/sim/test_events.c - earliest first, and of the same instant first put in. */
#include "tools/sim/events.h"

#include <errno.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"
#include "tools/chance.h"

static void random_events_come_out_in_order(void)
{
    struct sim_events events;
    struct chance chance;
    struct sim_event last = { 0 };

    PS_REQUIRE(sim_events_init(&events, 1000) == 0);
    chance_init(&chance, 1, 1);
    for (uint32_t i = 0; i < 1000; i++)
        sim_events_put(&events, SIM_EVENT_READY, i, chance_below(&chance, 100));
    for (uint32_t i = 0; i < 1000; i++) {
        CU_ASSERT_EQUAL(sim_events_next_ns(&events), events.heap[0].at_ns);
        const struct sim_event event = sim_events_take(&events);

        CU_ASSERT_TRUE(event.at_ns > last.at_ns ||
                       (event.at_ns == last.at_ns && (i == 0 || event.subject > last.subject)));
        last = event;
    }
    CU_ASSERT_EQUAL(sim_events_next_ns(&events), UINT64_MAX);
    sim_events_fini(&events);
}

static void no_memory_is_an_error(void)
{
    struct sim_events events;

    ps_fail_alloc_after(0);
    CU_ASSERT_EQUAL(sim_events_init(&events, 1), -ENOMEM);
    ps_fail_alloc_never();
    sim_events_fini(&events);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(random_events_come_out_in_order),
        PS_TEST(no_memory_is_an_error),
    };

    return ps_test_run("tools/sim/events", tests, PS_ARRAY_LEN(tests));
}
