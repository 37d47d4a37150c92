/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/dpdk/test_offload_rule.c - a rule is in, or out with its reason, or tried again. */
#include "dpdk/offload_rule.h"

#include <errno.h>

#include "tests/support/fake_nic.h"
#include "tests/support/ps_test.h"

static struct nic_flow_port port;
static struct nic_rule rule;

static struct fake_nic *begin(void)
{
    fake_nic_reset();
    nic_flow_port_init(&port, &fake_nic_ops, 0, 1);
    rule = (struct nic_rule){ .port = &port,
                              .mark = 1,
                              .match = { .is_udp = true, .port = 3478, .port_mask = 0xffff } };
    return fake_nic_at(0);
}

static void send(uint32_t count)
{
    const struct fake_frame what = { .is_udp = true, .port = 3478, .payload = "" };
    uint8_t frame[FAKE_FRAME_BYTES_MAX];
    const uint32_t bytes = fake_frame_write(&what, frame);

    for (uint32_t i = 0; i < count; i++)
        fake_nic_receive(0, frame, bytes);
}

static void hits_add_up_through_the_turns_and_the_end(void)
{
    struct fake_nic *nic = begin();

    nic_rule_install(&rule);
    PS_REQUIRE(nic_rule_is_in_nic(&rule));
    send(5);
    nic_rule_turn(&rule);
    CU_ASSERT_EQUAL(rule.hits.packets, 5);
    CU_ASSERT_EQUAL(rule.hits.bytes, 5u * 42);
    send(2);
    nic_rule_remove(&rule);
    CU_ASSERT_EQUAL(rule.hits.packets, 7);
    CU_ASSERT_FALSE(nic_rule_is_in_nic(&rule));
    nic_rule_remove(&rule);
    CU_ASSERT_EQUAL(nic->rules + nic->misuses, 0);
}

static void what_a_nic_cannot_do_is_asked_once(void)
{
    struct fake_nic *nic = begin();
    uint32_t creates;

    nic->create_error = -ENOTSUP;
    nic_rule_install(&rule);
    creates = nic->creates;
    for (int i = 0; i < 200; i++)
        nic_rule_turn(&rule);
    CU_ASSERT_EQUAL(rule.error, -ENOTSUP);
    CU_ASSERT_EQUAL(nic->creates, creates);
}

static void a_full_table_is_tried_again_more_and_more_rarely(void)
{
    struct fake_nic *nic = begin();

    nic->table_max = 0;
    nic_rule_install(&rule);
    CU_ASSERT_EQUAL(rule.error, -ENOSPC);
    for (int i = 0; i < 127; i++) /* after 1, 2, 4, ... 64 turns */
        nic_rule_turn(&rule);
    CU_ASSERT_EQUAL(nic->creates, 8);
    for (uint32_t i = 0; i < NIC_RULE_WAIT_MAX; i++)
        nic_rule_turn(&rule);
    CU_ASSERT_EQUAL(nic->creates, 9);
    nic->table_max = 1;
    for (uint32_t i = 0; i < NIC_RULE_WAIT_MAX; i++)
        nic_rule_turn(&rule);
    CU_ASSERT_TRUE(nic_rule_is_in_nic(&rule));
    CU_ASSERT_EQUAL(rule.error, 0);
}

static void a_query_that_fails_now_and_then_loses_nothing(void)
{
    struct fake_nic *nic = begin();

    nic_rule_install(&rule);
    for (int i = 0; i < 9; i++) {
        send(1);
        nic->query_error = i % 3 != 2 ? -EAGAIN : 0;
        nic_rule_turn(&rule);
    }
    CU_ASSERT_TRUE(nic_rule_is_in_nic(&rule));
    CU_ASSERT_EQUAL(rule.hits.packets, 9);
}

static void a_rule_that_answers_no_more_is_given_up(void)
{
    struct fake_nic *nic = begin();

    nic_rule_install(&rule);
    nic->query_error = -EIO;
    for (uint32_t i = 0; i < NIC_RULE_READS_MAX; i++)
        nic_rule_turn(&rule);
    CU_ASSERT_FALSE(nic_rule_is_in_nic(&rule));
    CU_ASSERT_EQUAL(rule.error, -EIO);
    CU_ASSERT_EQUAL(nic->rules, 0);
}

static void a_restart_takes_the_rule_but_not_its_count(void)
{
    struct fake_nic *nic = begin();

    nic_rule_install(&rule);
    send(4);
    nic_rule_turn(&rule);
    fake_nic_restart(0);
    nic_rule_forget(&rule);
    nic_rule_install(&rule);
    send(3);
    nic_rule_turn(&rule);
    CU_ASSERT_EQUAL(rule.hits.packets, 7);
    CU_ASSERT_EQUAL(nic->misuses, 0);
}

static void a_refused_rule_is_not_tried(void)
{
    struct fake_nic *nic = begin();

    nic_rule_refuse(&rule, -ENODATA);
    for (int i = 0; i < 100; i++)
        nic_rule_turn(&rule);
    CU_ASSERT_EQUAL(rule.error, -ENODATA);
    CU_ASSERT_EQUAL(nic->creates, 0);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(hits_add_up_through_the_turns_and_the_end),
        PS_TEST(what_a_nic_cannot_do_is_asked_once),
        PS_TEST(a_full_table_is_tried_again_more_and_more_rarely),
        PS_TEST(a_query_that_fails_now_and_then_loses_nothing),
        PS_TEST(a_rule_that_answers_no_more_is_given_up),
        PS_TEST(a_restart_takes_the_rule_but_not_its_count),
        PS_TEST(a_refused_rule_is_not_tried),
    };

    return ps_test_run(__FILE__, tests, sizeof(tests) / sizeof(tests[0]));
}
