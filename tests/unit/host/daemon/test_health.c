/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/daemon/test_health.c - a loop that hangs, and what makes a node ready. */
#include "host/base/mem.h"
#include "host/daemon/health.h"
#include "tests/support/ps_test.h"

#define SECOND PS_NS_PER_SEC

static struct ps_config config = { .turn_ns = SECOND };
static struct ps_daemon node;

static void arrange(uint64_t turn_ns, double time_scale)
{
    config.turn_ns = turn_ns;
    node = (struct ps_daemon){ .config = &config, .started_mono_ns = 100 * SECOND };
    ps_clock_init(&node.clock, time_scale);
}

static void a_loop_without_turns_is_not_alive(void)
{
    arrange(SECOND, 1);
    node.turned_mono_ns = 200 * SECOND;
    CU_ASSERT_TRUE(ps_health_is_turning(&node, 200 * SECOND));
    CU_ASSERT_TRUE(ps_health_is_turning(&node, 210 * SECOND));
    CU_ASSERT_FALSE(ps_health_is_turning(&node, 210 * SECOND + 1));
}

static void slow_turns_are_waited_for(void)
{
    arrange(10 * SECOND, 1);
    node.turned_mono_ns = 200 * SECOND;
    CU_ASSERT_TRUE(ps_health_is_turning(&node, 250 * SECOND));
    CU_ASSERT_FALSE(ps_health_is_turning(&node, 250 * SECOND + 1));
}

static void a_daemon_that_begins_has_time_for_its_first_turn(void)
{
    arrange(SECOND, 1);
    CU_ASSERT_TRUE(ps_health_is_turning(&node, 110 * SECOND));
    CU_ASSERT_FALSE(ps_health_is_turning(&node, 111 * SECOND));
}

static void turns_are_told_in_real_time(void)
{
    arrange(100 * SECOND, 10); /* ten real seconds */
    node.turned_mono_ns = 200 * SECOND;
    CU_ASSERT_TRUE(ps_health_is_turning(&node, 250 * SECOND));
    CU_ASSERT_FALSE(ps_health_is_turning(&node, 251 * SECOND));
}

static void card_device_and_nic_make_a_node_ready(void)
{
    struct ps_health health = { .part = { PS_HEALTH_OK } };

    for (unsigned part = 0; part < PS_HEALTH_PART_COUNT; part++) {
        for (unsigned i = 0; i < PS_HEALTH_PART_COUNT; i++)
            health.part[i] = i % 2 == 0 ? PS_HEALTH_OK : PS_HEALTH_NONE;
        CU_ASSERT_TRUE(ps_health_is_ready(&health));
        health.part[part] = PS_HEALTH_FAILED;
        CU_ASSERT_EQUAL(ps_health_is_ready(&health),
                        part != PS_HEALTH_CARD && part != PS_HEALTH_TIER && part != PS_HEALTH_NIC);
    }
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_loop_without_turns_is_not_alive),
        PS_TEST(slow_turns_are_waited_for),
        PS_TEST(a_daemon_that_begins_has_time_for_its_first_turn),
        PS_TEST(turns_are_told_in_real_time),
        PS_TEST(card_device_and_nic_make_a_node_ready),
    };

    return ps_test_run("host/daemon/health.c", tests, PS_ARRAY_LEN(tests));
}
