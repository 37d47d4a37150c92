/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/dpdk/test_offload_flow.c - what is asked of a driver, and what its counters mean. */
#include "dpdk/offload_flow.h"

#include <errno.h>
#include <string.h>

#include "dpdk/abi/peer_demand.h"
#include "tests/support/fake_nic.h"
#include "tests/support/ps_test.h"

#define KEY 0x1122334455667788ull

static struct nic_flow_port port;
static struct nic_flow flow;
static const struct nic_match stun = { .is_udp = true, .port = 3478, .port_mask = 0xffff };
static const struct nic_match media = {
    .is_udp = true, .port = PPD_PORT, .port_mask = 0xffff, .has_media = true, .media_key = KEY
};

static struct fake_nic *begin(void)
{
    fake_nic_reset();
    nic_flow_port_init(&port, &fake_nic_ops, 0, 1);
    flow = (struct nic_flow){ 0 };
    return fake_nic_at(0);
}

static uint32_t send(const struct fake_frame *what)
{
    uint8_t frame[FAKE_FRAME_BYTES_MAX];

    return fake_nic_receive(0, frame, fake_frame_write(what, frame));
}

static uint32_t send_to(bool is_v6, bool is_udp, uint16_t to)
{
    return send(
        &(struct fake_frame){ .is_v6 = is_v6, .is_udp = is_udp, .port = to, .payload = "" });
}

static uint32_t claim(uint64_t key, uint32_t bytes)
{
    const struct ppd_header header = { .magic = PPD_MAGIC,
                                       .version = PPD_VERSION,
                                       .media_key = key };

    return send(&(struct fake_frame){
        .is_udp = true, .port = PPD_PORT, .payload = &header, .payload_bytes = bytes });
}

static uint64_t fresh_hits(void)
{
    struct nic_flow_hits hits;

    PS_REQUIRE(nic_flow_read(&port, &flow, &hits) == 0);
    return hits.packets;
}

static void frames_are_matched_by_family_protocol_and_port(void)
{
    begin();
    PS_REQUIRE(nic_flow_create(&port, &stun, 7, &flow) == 0);
    CU_ASSERT_EQUAL(send_to(false, true, 3478), 7);
    CU_ASSERT_EQUAL(send_to(false, true, 3479), 0);
    CU_ASSERT_EQUAL(send_to(false, false, 3478), 0);
    CU_ASSERT_EQUAL(send_to(true, true, 3478), 0);
    CU_ASSERT_EQUAL(fresh_hits(), 1);
    CU_ASSERT_EQUAL(fresh_hits(), 0);
}

static void a_server_is_matched_by_its_address(void)
{
    struct nic_match match = { .has_address = true, .port = 80, .port_mask = 0xffff };

    begin();
    PS_REQUIRE(nic_address_parse("10.0.0.1", &match.address) == 0);
    PS_REQUIRE(nic_flow_create(&port, &match, 1, &flow) == 0);
    CU_ASSERT_EQUAL(send_to(false, false, 80), 1);
    nic_flow_destroy(&port, &flow);
    PS_REQUIRE(nic_address_parse("10.0.0.2", &match.address) == 0);
    PS_REQUIRE(nic_flow_create(&port, &match, 1, &flow) == 0);
    CU_ASSERT_EQUAL(send_to(false, false, 80), 0);
    nic_flow_destroy(&port, &flow);
    PS_REQUIRE(nic_address_parse("fd00::1", &match.address) == 0);
    match.is_v6 = true;
    PS_REQUIRE(nic_flow_create(&port, &match, 1, &flow) == 0);
    CU_ASSERT_EQUAL(send_to(true, false, 80), 1);
    CU_ASSERT_EQUAL(send_to(false, false, 80), 0);
}

static void a_block_of_ports_is_one_rule(void)
{
    const struct nic_match match = { .is_udp = true, .port = 16384, .port_mask = 0xc000 };

    begin();
    PS_REQUIRE(nic_flow_create(&port, &match, 1, &flow) == 0);
    CU_ASSERT_EQUAL(send_to(false, true, 16383), 0);
    CU_ASSERT_EQUAL(send_to(false, true, 16384), 1);
    CU_ASSERT_EQUAL(send_to(false, true, 32767), 1);
    CU_ASSERT_EQUAL(send_to(false, true, 32768), 0);
}

static void a_media_is_matched_where_the_datagram_has_it(void)
{
    begin();
    PS_REQUIRE(nic_flow_create(&port, &media, 9, &flow) == 0);
    CU_ASSERT_EQUAL(claim(KEY, sizeof(struct ppd_header)), 9);
    CU_ASSERT_EQUAL(claim(KEY + 1, sizeof(struct ppd_header)), 0);
    CU_ASSERT_EQUAL(claim(KEY, 15), 0);
    CU_ASSERT_EQUAL(send_to(false, true, PPD_PORT), 0);
}

static void a_nic_that_sees_the_key_alone_is_given_that(void)
{
    struct fake_nic *nic = begin();

    nic->raw_first = 8;
    PS_REQUIRE(nic_flow_create(&port, &media, 9, &flow) == 0);
    CU_ASSERT_EQUAL(claim(KEY, sizeof(struct ppd_header)), 9);
    CU_ASSERT_EQUAL(claim(KEY ^ 1, sizeof(struct ppd_header)), 0);
    nic->raw_first = 9;
    nic_flow_destroy(&port, &flow);
    CU_ASSERT_EQUAL(nic_flow_create(&port, &media, 9, &flow), -ENOTSUP);
}

static void a_nic_that_reads_frames_in_hex_is_given_one(void)
{
    const struct ppd_header header = { .magic = PPD_MAGIC,
                                       .version = PPD_VERSION,
                                       .media_key = KEY };
    struct fake_frame what = {
        .is_udp = true, .port = PPD_PORT, .payload = &header, .payload_bytes = sizeof(header)
    };
    struct nic_match match = media;

    begin()->raw_is_frame = true;
    PS_REQUIRE(nic_flow_create(&port, &match, 9, &flow) == 0);
    CU_ASSERT_EQUAL(claim(KEY, sizeof(header)), 9);
    CU_ASSERT_EQUAL(claim(KEY ^ 1ull << 63, sizeof(header)), 0);
    what.port++;
    CU_ASSERT_EQUAL(send(&what), 0);
    what.port--;
    what.is_v6 = true;
    CU_ASSERT_EQUAL(send(&what), 0);
    match.is_v6 = true;
    PS_REQUIRE(nic_flow_create(&port, &match, 10, &flow) == 0);
    CU_ASSERT_EQUAL(send(&what), 10);
}

static void each_fate_that_a_driver_wants_is_tried(void)
{
    static const uint32_t fates[] = { FAKE_PASSTHRU, FAKE_QUEUE, FAKE_RSS, FAKE_NO_FATE };

    for (uint32_t i = 0; i < 4; i++) {
        begin()->fates = fates[i];
        CU_ASSERT_EQUAL(nic_flow_create(&port, &stun, 1, &flow), 0);
    }
    begin()->fates = 0;
    CU_ASSERT_EQUAL(nic_flow_create(&port, &stun, 1, &flow), -EINVAL);
}

static void with_several_queues_frames_are_always_spread(void)
{
    struct fake_nic *nic = begin();

    nic_flow_port_init(&port, &fake_nic_ops, 0, 2);
    CU_ASSERT_EQUAL(nic_flow_create(&port, &stun, 1, &flow), 0);
    CU_ASSERT_EQUAL(nic->spread_otherwise, 0);
    nic->fates = FAKE_PASSTHRU | FAKE_QUEUE | FAKE_NO_FATE;
    CU_ASSERT_EQUAL(nic_flow_create(&port, &stun, 1, &flow), -EINVAL);
}

static void without_knowing_how_the_port_spreads_no_rule_is_made(void)
{
    struct fake_nic *nic = begin();

    nic->rss_error = -ENOTSUP;
    nic_flow_port_init(&port, &fake_nic_ops, 0, 2);
    CU_ASSERT_EQUAL(nic_flow_create(&port, &stun, 1, &flow), -ENOTSUP);
    CU_ASSERT_EQUAL(nic->creates, 0);
    nic_flow_port_init(&port, &fake_nic_ops, 0, 1);
    CU_ASSERT_EQUAL(nic_flow_create(&port, &stun, 1, &flow), 0);
}

static void a_driver_without_priorities_gets_none(void)
{
    struct nic_match match = stun;

    match.priority = 2;
    begin()->has_priority = false;
    CU_ASSERT_EQUAL(nic_flow_create(&port, &match, 1, &flow), 0);
}

static void a_reason_that_may_pass_ends_the_attempt(void)
{
    struct fake_nic *nic = begin();

    nic->table_max = 0;
    CU_ASSERT_EQUAL(nic_flow_create(&port, &media, 1, &flow), -ENOSPC);
    CU_ASSERT_EQUAL(nic->creates, 1);
    CU_ASSERT_TRUE(nic_flow_may_pass(-ENOSPC) && nic_flow_may_pass(-EAGAIN));
    CU_ASSERT_FALSE(nic_flow_may_pass(-ENOTSUP) || nic_flow_may_pass(-EINVAL));
}

static void a_rule_that_does_not_answer_is_taken_out(void)
{
    struct fake_nic *nic = begin();

    nic->query_error = -EIO;
    CU_ASSERT_EQUAL(nic_flow_create(&port, &stun, 1, &flow), -EIO);
    CU_ASSERT_EQUAL(nic->rules, 0);
    nic->query_error = 0;
    nic->ignores_hits = true;
    CU_ASSERT_EQUAL(nic_flow_create(&port, &stun, 1, &flow), -ENODATA);
    CU_ASSERT_EQUAL(nic->rules, 0);
    CU_ASSERT_EQUAL(nic->misuses, 0);
}

static void a_counter_that_began_again_invents_nothing(void)
{
    begin();
    PS_REQUIRE(nic_flow_create(&port, &stun, 1, &flow) == 0);
    fake_nic_set_counters(0, UINT32_MAX);
    CU_ASSERT_EQUAL(fresh_hits(), UINT32_MAX);
    fake_nic_set_counters(0, 3);
    CU_ASSERT_EQUAL(fresh_hits(), 3);
    CU_ASSERT_EQUAL(fresh_hits(), 0);
}

static void a_counter_that_is_late_is_right_in_the_end(void)
{
    uint64_t sum = 0;

    begin()->is_late = true;
    PS_REQUIRE(nic_flow_create(&port, &stun, 1, &flow) == 0);
    for (int i = 0; i < 10; i++) {
        send_to(false, true, 3478);
        sum += fresh_hits();
        CU_ASSERT_EQUAL(sum, (uint64_t)i);
        fake_nic_interval(0);
    }
    CU_ASSERT_EQUAL(sum + fresh_hits(), 10);
}

static void a_counter_that_is_cleared_by_reading_is_found_out(void)
{
    uint64_t sum = 0;

    begin()->clears_on_read = true;
    PS_REQUIRE(nic_flow_create(&port, &stun, 1, &flow) == 0);
    for (int interval = 0; interval < 4; interval++) {
        for (int i = 0; i < 2000; i++)
            send_to(false, true, 3478);
        sum += fresh_hits();
    }
    CU_ASSERT_EQUAL(port.counters, NIC_FLOW_CLEARING);
    CU_ASSERT_EQUAL(sum, 8000);
    CU_ASSERT_EQUAL(fresh_hits(), 0);
}

static void a_counter_that_runs_on_is_found_out(void)
{
    begin();
    PS_REQUIRE(nic_flow_create(&port, &stun, 1, &flow) == 0);
    for (int i = 0; i < 2000; i++)
        send_to(false, true, 3478);
    CU_ASSERT_EQUAL(fresh_hits(), 2000);
    CU_ASSERT_EQUAL(port.counters, NIC_FLOW_RUNNING);
    CU_ASSERT_EQUAL(fresh_hits(), 0);
}

static void a_probe_tells_each_ability_and_leaves_nothing(void)
{
    struct fake_nic *nic = begin();
    struct nic_flow_abilities can;

    nic_flow_probe(&port, &can);
    CU_ASSERT_TRUE(can.count == 0 && can.mark == 0 && can.raw == 0);
    nic->has_raw = false;
    nic_flow_probe(&port, &can);
    CU_ASSERT_TRUE(can.count == 0 && can.mark == 0 && can.raw == -ENOTSUP);
    nic->has_mark = false;
    nic_flow_probe(&port, &can);
    CU_ASSERT_TRUE(can.count == 0 && can.mark == -ENOTSUP && can.raw == -ENOTSUP);
    nic->create_error = -ENOSYS;
    nic->creates = 0;
    nic_flow_probe(&port, &can);
    CU_ASSERT_TRUE(can.count == -ENOSYS && can.mark == -ENOSYS && can.raw == -ENOSYS);
    CU_ASSERT_TRUE(nic->creates <= 3); /* no other words help */
    CU_ASSERT_EQUAL(nic->rules, 0);
    CU_ASSERT_EQUAL(nic->misuses, 0);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(frames_are_matched_by_family_protocol_and_port),
        PS_TEST(a_server_is_matched_by_its_address),
        PS_TEST(a_block_of_ports_is_one_rule),
        PS_TEST(a_media_is_matched_where_the_datagram_has_it),
        PS_TEST(a_nic_that_sees_the_key_alone_is_given_that),
        PS_TEST(a_nic_that_reads_frames_in_hex_is_given_one),
        PS_TEST(each_fate_that_a_driver_wants_is_tried),
        PS_TEST(with_several_queues_frames_are_always_spread),
        PS_TEST(without_knowing_how_the_port_spreads_no_rule_is_made),
        PS_TEST(a_driver_without_priorities_gets_none),
        PS_TEST(a_reason_that_may_pass_ends_the_attempt),
        PS_TEST(a_rule_that_does_not_answer_is_taken_out),
        PS_TEST(a_counter_that_began_again_invents_nothing),
        PS_TEST(a_counter_that_is_late_is_right_in_the_end),
        PS_TEST(a_counter_that_is_cleared_by_reading_is_found_out),
        PS_TEST(a_counter_that_runs_on_is_found_out),
        PS_TEST(a_probe_tells_each_ability_and_leaves_nothing),
    };

    return ps_test_run(__FILE__, tests, sizeof(tests) / sizeof(tests[0]));
}
