/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/dpdk/test_flows.c - what a packet is, by what came before it in its flow. */
#include "dpdk/flows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dpdk/mem.h"
#include "tests/support/ps_test.h"

static struct nic_flows *flows;
static struct nic_totals totals;
static struct ppd_header claim;
static uint32_t claim_count;
static struct nic_tls_name name;
static uint32_t name_count;

static void note_claim(void *arg, const struct nic_segment *segment,
                       const struct ppd_header *header)
{
    CU_ASSERT_PTR_EQUAL(arg, &claim);
    CU_ASSERT_EQUAL(segment->server_port, PPD_PORT);
    claim = *header;
    claim_count++;
}

static void note_name(void *arg, const struct nic_tls_name *told)
{
    CU_ASSERT_PTR_EQUAL(arg, &claim);
    name = *told;
    name_count++;
}

static struct nic_flows_config cfg = {
    .seed = 7, .claimed = note_claim, .named = note_name, .arg = &claim
};

static void begin(void)
{
    totals = (struct nic_totals){ 0 };
    claim_count = 0;
    name_count = 0;
    PS_REQUIRE(nic_flows_create(&flows, &cfg) == 0);
}

/* From one port to another, between two addresses that follow from the ports. */
static enum nic_traffic tell(uint16_t from, uint16_t to, bool is_tcp, const uint8_t *payload,
                             uint32_t bytes)
{
    const struct nic_segment segment = { .client = { .bytes = { (uint8_t)from } },
                                         .server = { .bytes = { (uint8_t)to } },
                                         .client_port = from,
                                         .server_port = to,
                                         .payload = payload,
                                         .payload_bytes = bytes };

    return nic_flows_tell(flows, &segment, is_tcp, &totals);
}

static enum nic_traffic tell_rtp(uint16_t from, uint16_t to, uint8_t ssrc)
{
    return tell(from, to, false, (const uint8_t[]){ 0x80, 96, 0, 1, 0, 0, 0, 9, 1, 2, 3, ssrc, 0 },
                13);
}

static void tls_is_told_by_flow_in_both_directions(void)
{
    static const uint8_t hello[] = { 22, 3, 1, 0, 4, 1, 0, 0, 0 };
    static const uint8_t middle[] = { 0xde, 0xad, 0xbe, 0xef, 0 };

    begin();
    CU_ASSERT_EQUAL(tell(40000, 443, true, middle, sizeof(middle)), NIC_TRAFFIC_OTHER);
    CU_ASSERT_EQUAL(tell(40000, 443, true, hello, sizeof(hello)), NIC_TRAFFIC_TLS);
    CU_ASSERT_EQUAL(tell(40000, 443, true, middle, sizeof(middle)), NIC_TRAFFIC_TLS);
    CU_ASSERT_EQUAL(tell(443, 40000, true, middle, sizeof(middle)), NIC_TRAFFIC_TLS);
    CU_ASSERT_EQUAL(tell(443, 40000, true, middle, 0), NIC_TRAFFIC_OTHER);
    CU_ASSERT_EQUAL(tell(40000, 443, false, middle, sizeof(middle)), NIC_TRAFFIC_OTHER);
    CU_ASSERT_EQUAL(tell(40001, 443, true, middle, sizeof(middle)), NIC_TRAFFIC_OTHER);
    nic_flows_destroy(flows);
}

static void quic_goes_on_with_short_headers(void)
{
    static const uint8_t first[] = { 0xc3, 0, 0, 0, 1, 4, 1, 2, 3, 4, 0, 0 };
    static const uint8_t next[] = { 0x43, 9, 9, 9, 9, 9, 9, 9 };

    begin();
    CU_ASSERT_EQUAL(tell(443, 40000, false, next, sizeof(next)), NIC_TRAFFIC_OTHER);
    CU_ASSERT_EQUAL(tell(40000, 443, false, first, sizeof(first)), NIC_TRAFFIC_QUIC);
    CU_ASSERT_EQUAL(tell(443, 40000, false, next, sizeof(next)), NIC_TRAFFIC_QUIC);
    CU_ASSERT_EQUAL(tell(443, 40001, false, next, sizeof(next)), NIC_TRAFFIC_OTHER);
    nic_flows_destroy(flows);
}

static void an_rtp_stream_is_whole_from_its_first_packet(void)
{
    begin();
    for (unsigned i = 0; i < 5; i++) {
        CU_ASSERT_EQUAL(tell_rtp(5004, 6004, 1), NIC_TRAFFIC_RTP);
        CU_ASSERT_EQUAL(tell_rtp(6004, 5004, 2), NIC_TRAFFIC_RTP);
    }
    CU_ASSERT_EQUAL(totals.rtp_streams, 2);
    CU_ASSERT_EQUAL(tell_rtp(5004, 6004, 3), NIC_TRAFFIC_RTP); /* a second stream in that flow */
    CU_ASSERT_EQUAL(totals.rtp_streams, 2);
    CU_ASSERT_EQUAL(tell_rtp(5004, 6004, 3), NIC_TRAFFIC_RTP);
    CU_ASSERT_EQUAL(totals.rtp_streams, 3);
    nic_flows_destroy(flows);
}

static void chance_likeness_costs_one_packet_a_direction(void)
{
    begin();
    CU_ASSERT_EQUAL(tell_rtp(5004, 6004, 1), NIC_TRAFFIC_RTP);
    for (uint8_t ssrc = 2; ssrc < 50; ssrc++)
        CU_ASSERT_EQUAL(tell_rtp(5004, 6004, ssrc), NIC_TRAFFIC_OTHER);
    CU_ASSERT_EQUAL(tell_rtp(53, 6004, 1), NIC_TRAFFIC_OTHER);
    CU_ASSERT_EQUAL(totals.rtp_streams, 0);
    nic_flows_destroy(flows);
}

static void a_peer_session_is_counted_once_and_carries_media(void)
{
    static const uint8_t check[] = { 0, 1, 0, 8, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3,   4,   5,   6,
                                     7, 8, 9, 1, 2,    3,    0,    6,    0, 3, 'a', ':', 'b', 0 };

    begin();
    CU_ASSERT_EQUAL(tell(5004, 6004, false, check, sizeof(check)), NIC_TRAFFIC_STUN);
    CU_ASSERT_EQUAL(tell(6004, 5004, false, check, sizeof(check)), NIC_TRAFFIC_STUN);
    CU_ASSERT_EQUAL(totals.peer_sessions, 1);
    for (uint8_t ssrc = 1; ssrc < 5; ssrc++)
        CU_ASSERT_EQUAL(tell_rtp(5004, 6004, ssrc), NIC_TRAFFIC_RTP);
    CU_ASSERT_EQUAL(tell_rtp(5004, 6004, 1), NIC_TRAFFIC_RTP);
    tell(5004, 6004, false, check, sizeof(check)); /* goes on while media flows */
    CU_ASSERT_EQUAL(totals.peer_sessions, 1);
    tell_rtp(5008, 6008, 1);
    tell_rtp(5008, 6008, 1);
    tell(5008, 6008, false, check, sizeof(check)); /* seen only after its media */
    CU_ASSERT_EQUAL(totals.peer_sessions, 2);
    nic_flows_destroy(flows);
}

static void peer_demand_is_known_by_port_and_header(void)
{
    static const uint8_t peer[] = { 'P', 'S', 'P', 'D', 1, 0, 0, 0, 1, 2, 3, 4,
                                    5,   6,   7,   8,   9, 5, 0, 0, 0, 0, 0, 0 };

    begin();
    CU_ASSERT_EQUAL(tell(40000, 7700, false, peer, sizeof(peer)), NIC_TRAFFIC_PEER_DEMAND);
    CU_ASSERT_EQUAL(tell(7700, 40000, false, peer, sizeof(peer)), NIC_TRAFFIC_OTHER);
    CU_ASSERT_EQUAL(tell(40000, 7700, false, peer, sizeof(peer) - 1), NIC_TRAFFIC_OTHER);
    CU_ASSERT_EQUAL(tell(40000, 7700, true, peer, sizeof(peer)), NIC_TRAFFIC_OTHER);
    CU_ASSERT_EQUAL(claim_count, 1);
    CU_ASSERT_EQUAL(claim.media_key, 0x0807060504030201ull);
    CU_ASSERT_EQUAL(claim.device, 9);
    CU_ASSERT_EQUAL(claim.access, 5);
    nic_flows_destroy(flows);
}

/* clang-format off */
static const uint8_t named_hello[] = {
    22, 3, 1, 0, 61, 1, 0, 0, 57, 3, 3,
    0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7,
    0, 0, 2, 0x13, 1, 1, 0, 0, 14, 0, 0, 0, 10, 0, 8, 0, 0, 5, 'a', '.', 'o', 'r', 'g'
};
/* clang-format on */

static enum nic_traffic tell_hello(uint16_t from, uint32_t bytes)
{
    return tell(from, 443, true, named_hello, bytes);
}

static void a_tls_flow_is_named_once_however_often_its_hello_comes(void)
{
    begin();
    for (unsigned i = 0; i < 3; i++)
        CU_ASSERT_EQUAL(tell_hello(40000, sizeof(named_hello)), NIC_TRAFFIC_TLS);
    CU_ASSERT_EQUAL(name_count, 1);
    CU_ASSERT_EQUAL(name.bytes, 5);
    CU_ASSERT_EQUAL(memcmp(name.text, "a.org", 5), 0);
    tell_hello(40001, sizeof(named_hello));
    CU_ASSERT_EQUAL(name_count, 2);
    CU_ASSERT_EQUAL(totals.tls_hellos, 2);
    CU_ASSERT_EQUAL(totals.tls_hellos_cut, 0);
    nic_flows_destroy(flows);
}

static void a_hello_whose_name_is_not_in_the_packet_is_cut(void)
{
    static const uint8_t rest[] = { 'g' };

    begin();
    CU_ASSERT_EQUAL(tell_hello(40000, sizeof(named_hello) - 1), NIC_TRAFFIC_TLS);
    CU_ASSERT_EQUAL(tell(40000, 443, true, rest, sizeof(rest)), NIC_TRAFFIC_TLS);
    CU_ASSERT_EQUAL(totals.tls_hellos, 0);
    CU_ASSERT_EQUAL(totals.tls_hellos_cut, 1);
    CU_ASSERT_EQUAL(name_count, 0);
    nic_flows_destroy(flows);
}

static void a_syn_begins_a_flow_anew(void)
{
    const struct nic_segment syn = { .client = { .bytes = { (uint8_t)40000 } },
                                     .server = { .bytes = { (uint8_t)443 } },
                                     .client_port = 40000,
                                     .server_port = 443,
                                     .flags = NIC_TCP_SYN };
    struct nic_segment answer = syn;

    begin();
    tell_hello(40000, sizeof(named_hello));
    answer.flags |= NIC_TCP_ACK;
    CU_ASSERT_EQUAL(nic_flows_tell(flows, &answer, true, &totals), NIC_TRAFFIC_OTHER);
    tell_hello(40000, sizeof(named_hello));
    CU_ASSERT_EQUAL(name_count, 1);
    CU_ASSERT_EQUAL(nic_flows_tell(flows, &syn, true, &totals), NIC_TRAFFIC_OTHER);
    CU_ASSERT_EQUAL(tell(40000, 443, true, named_hello + 9, 4), NIC_TRAFFIC_OTHER);
    tell_hello(40000, sizeof(named_hello));
    CU_ASSERT_EQUAL(name_count, 2);
    nic_flows_destroy(flows);
}

static void hellos_are_not_looked_at_until_asked_for(void)
{
    cfg.named = NULL;
    begin();
    CU_ASSERT_EQUAL(tell_hello(40000, sizeof(named_hello)), NIC_TRAFFIC_TLS);
    CU_ASSERT_EQUAL(totals.tls_hellos + totals.tls_hellos_cut + name_count, 0);
    nic_flows_destroy(flows);
    cfg.named = note_name;
}

static void creation_survives_a_failed_allocation(void)
{
    struct nic_flows *none = NULL;

    nic_fail_alloc_after(0);
    CU_ASSERT_EQUAL(nic_flows_create(&none, &cfg), -ENOMEM);
    nic_fail_alloc_never();
    CU_ASSERT_PTR_NULL(none);
    nic_flows_destroy(none);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(tls_is_told_by_flow_in_both_directions),
        PS_TEST(quic_goes_on_with_short_headers),
        PS_TEST(an_rtp_stream_is_whole_from_its_first_packet),
        PS_TEST(chance_likeness_costs_one_packet_a_direction),
        PS_TEST(a_peer_session_is_counted_once_and_carries_media),
        PS_TEST(peer_demand_is_known_by_port_and_header),
        PS_TEST(a_tls_flow_is_named_once_however_often_its_hello_comes),
        PS_TEST(a_hello_whose_name_is_not_in_the_packet_is_cut),
        PS_TEST(a_syn_begins_a_flow_anew),
        PS_TEST(hellos_are_not_looked_at_until_asked_for),
        PS_TEST(creation_survives_a_failed_allocation),
    };

    return ps_test_run("dpdk/flows", tests, NIC_ARRAY_LEN(tests));
}
