/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/dpdk/test_classify.c - frames: what is a segment to our server, and no byte beyond. */
#include "dpdk/classify.h"

#include <stdlib.h>
#include <string.h>

#include "dpdk/mem.h"
#include "tests/support/ps_test.h"

/* clang-format off */
#define MACS 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2
#define TCP  0x9c, 0x40, 0, 80, 0, 0, 0, 100, 0, 0, 0, 0, 0x50, 0x18, 0, 0, 0, 0, 0, 0
#define V4(total, fragment) 0x45, 0, 0, total, 0, 0, fragment, 0, 64, 6, 0, 0, \
                            10, 77, 1, 5, 10, 77, 0, 1
#define V6(body, next) 0x60, 0, 0, 0, 0, body, next, 64, \
                       0xfd, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, \
                       0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1
static const uint8_t plain_v4[] = { MACS, 8, 0, V4(43, 0), TCP, 'a', 'b', 'c' };
static const uint8_t padded_v4[] = { MACS, 8, 0, V4(41, 0), TCP, 'a', 0, 0, 0, 0, 0 };
static const uint8_t cut_v4[] = { MACS, 8, 0, V4(60, 0), TCP, 'a', 'b', 'c' };
static const uint8_t first_fragment[] = { MACS, 8, 0, V4(43, 0x20), TCP, 'a', 'b', 'c' };
static const uint8_t vlan_v4[] = { MACS, 0x81, 0, 0, 5, 8, 0, V4(43, 0), TCP, 'a', 'b', 'c' };
static const uint8_t qinq_v6[] = { MACS, 0x88, 0xa8, 0, 5, 0x81, 0, 0, 6, 0x86, 0xdd,
                                   V6(23, 6), TCP, 'a', 'b', 'c' };
static const uint8_t three_vlans[] = { MACS, 0x81, 0, 0, 1, 0x81, 0, 0, 2, 0x81, 0, 0, 3, 8, 0,
                                       V4(43, 0), TCP, 'a', 'b', 'c' };
static const uint8_t options_v6[] = { MACS, 0x86, 0xdd, V6(39, 0), 60, 0, 1, 4, 0, 0, 0, 0,
                                      6, 0, 1, 4, 0, 0, 0, 0, TCP, 'a', 'b', 'c' };
static const uint8_t fragment_v6[] = { MACS, 0x86, 0xdd, V6(31, 44), 6, 0, 0, 1, 0, 0, 0, 9,
                                       TCP, 'a', 'b', 'c' };
static const uint8_t whole_fragment_v6[] = { MACS, 0x86, 0xdd, V6(31, 44), 6, 0, 0, 0, 0, 0, 0, 9,
                                             TCP, 'a', 'b', 'c' };
static const uint8_t udp_v4[] = { MACS, 8, 0, 0x45, 0, 0, 43, 0, 0, 0, 0, 64, 17, 0, 0,
                                  10, 77, 1, 5, 10, 77, 0, 1, TCP, 'a', 'b', 'c' };
#define UDP(to, length) 0x9c, 0x40, (to) >> 8, (to) & 255, 0, length, 0, 0
#define V4_UDP(total)   0x45, 0, 0, total, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2
#define INNER           V4(43, 0), TCP, 'a', 'b', 'c'
static const uint8_t options_v4[] = { MACS, 8, 0, 0x46, 0, 0, 47, 0, 0, 0, 0, 64, 6, 0, 0,
                                      10, 77, 1, 5, 10, 77, 0, 1, 0x94, 4, 0, 0, TCP, 'a', 'b', 'c' };
static const uint8_t old_qinq_v4[] = { MACS, 0x91, 0, 0, 5, 0x81, 0, 0, 6, 8, 0, INNER };
static const uint8_t vxlan_v4[] = { MACS, 8, 0, V4_UDP(93), UDP(4789, 73), 8, 0, 0, 0, 0, 0, 9, 0,
                                    MACS, 8, 0, INNER };
static const uint8_t vxlan_vlan[] = { MACS, 8, 0, V4_UDP(97), UDP(4789, 77), 8, 0, 0, 0, 0, 0, 9, 0,
                                      MACS, 0x81, 0, 0, 7, 8, 0, INNER };
static const uint8_t gtpu_v4[] = { MACS, 8, 0, V4_UDP(79), UDP(2152, 59), 0x30, 255, 0, 43,
                                   0, 0, 0, 7, INNER };
static const uint8_t gtpu_extended[] = { MACS, 8, 0, V4_UDP(87), UDP(2152, 67), 0x34, 255, 0, 51,
                                         0, 0, 0, 7, 0, 0, 0, 0x85, 1, 0, 9, 0, INNER };
static const uint8_t gtpu_v6[] = { MACS, 8, 0, V4_UDP(99), UDP(2152, 79), 0x30, 255, 0, 63,
                                   0, 0, 0, 7, V6(23, 6), TCP, 'a', 'b', 'c' };
static const uint8_t gtpu_echo[] = { MACS, 8, 0, V4_UDP(40), UDP(2152, 20), 0x32, 1, 0, 4,
                                     0, 0, 0, 0, 0, 0, 0, 0 };
static const uint8_t gtpu_endless[] = { MACS, 8, 0, V4_UDP(44), UDP(2152, 24), 0x34, 255, 0, 8,
                                        0, 0, 0, 7, 0, 0, 0, 0x85, 0, 0, 9, 0x85 };
static const uint8_t long_options_v4[] = { MACS, 8, 0, 0x4f, 0, 0, 83, 0, 0, 0, 0, 64, 6, 0, 0,
                                           10, 77, 1, 5, 10, 77, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                                           1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                                           1, 1, 1, 1, 1, 1, 1, 1, 1, 1, TCP, 'a', 'b', 'c' };
static const uint8_t cut_options_v4[] = { MACS, 8, 0, 0x4f, 0, 0, 43, 0, 0, 0, 0, 64, 6, 0, 0,
                                          10, 77, 1, 5, 10, 77, 0, 1, TCP, 'a', 'b', 'c' };
static const uint8_t no_header_v4[] = { MACS, 8, 0, 0x44, 0, 0, 43, 0, 0, 0, 0, 64, 6, 0, 0,
                                        10, 77, 1, 5, 10, 77, 0, 1, TCP, 'a', 'b', 'c' };
static const uint8_t later_fragment[] = { MACS, 8, 0, 0x45, 0, 0, 23, 0, 0, 0, 5, 64, 6, 0, 0,
                                          10, 77, 1, 5, 10, 77, 0, 1, 'a', 'b', 'c' };
static const uint8_t fragment_vlan[] = { MACS, 0x88, 0xa8, 0, 5, 0x81, 0, 0, 6, 8, 0, V4(43, 0x20),
                                         TCP, 'a', 'b', 'c' };
static const uint8_t later_fragment_v6[] = { MACS, 0x86, 0xdd, V6(11, 44), 6, 0, 0, 8, 0, 0, 0, 9,
                                             'a', 'b', 'c' };
static const uint8_t fragment_behind_v6[] = { MACS, 0x86, 0xdd, V6(39, 60), 44, 0, 1, 4, 0, 0, 0, 0,
                                              6, 0, 0, 1, 0, 0, 0, 9, TCP, 'a', 'b', 'c' };
static const uint8_t vxlan_fragment[] = { MACS, 8, 0, V4_UDP(93), UDP(4789, 73),
                                          8, 0, 0, 0, 0, 0, 9, 0,
                                          MACS, 8, 0, V4(43, 0x20), TCP, 'a', 'b', 'c' };
static const uint8_t vxlan_qinq_v6[] = { MACS, 8, 0, V4_UDP(121), UDP(4789, 101),
                                         8, 0, 0, 0, 0, 0, 9, 0, MACS, 0x88, 0xa8, 0, 5, 0x81, 0,
                                         0, 6, 0x86, 0xdd, V6(23, 6), TCP, 'a', 'b', 'c' };
static const uint8_t gtpu_fragment_v6[] = { MACS, 8, 0, V4_UDP(87), UDP(2152, 67), 0x30, 255, 0, 51,
                                            0, 0, 0, 7, V6(11, 44), 6, 0, 0, 8, 0, 0, 0, 9,
                                            'a', 'b', 'c' };
static const uint8_t gtpu_in_pieces_v6[] = { MACS, 0x86, 0xdd, V6(67, 44), 17, 0, 0, 1, 0, 0, 0, 9,
                                             UDP(2152, 59), 0x30, 255, 0, 43, 0, 0, 0, 7, INNER };
static const uint8_t short_udp[] = { MACS, 8, 0, V4_UDP(31), UDP(53, 7), 'a', 'b', 'c' };
static const uint8_t arp[] = { MACS, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1 };
/* clang-format on */

static struct nic_servers servers;

static void segments_are_found_under_their_headers(void)
{
    static const struct {
        const uint8_t *frame;
        uint32_t bytes;
        enum nic_class is;
        uint32_t payload_bytes, lost_bytes;
    } frames[] = {
        { plain_v4, sizeof(plain_v4), NIC_CLASS_SEGMENT, 3, 0 },
        { padded_v4, sizeof(padded_v4), NIC_CLASS_SEGMENT, 1, 0 },
        { cut_v4, sizeof(cut_v4), NIC_CLASS_SEGMENT, 3, 17 },
        { vlan_v4, sizeof(vlan_v4), NIC_CLASS_SEGMENT, 3, 0 },
        { qinq_v6, sizeof(qinq_v6), NIC_CLASS_SEGMENT, 3, 0 },
        { options_v6, sizeof(options_v6), NIC_CLASS_SEGMENT, 3, 0 },
        { whole_fragment_v6, sizeof(whole_fragment_v6), NIC_CLASS_SEGMENT, 3, 0 },
        { first_fragment, sizeof(first_fragment), NIC_CLASS_FRAGMENT, 0, 0 },
        { fragment_v6, sizeof(fragment_v6), NIC_CLASS_FRAGMENT, 0, 0 },
        { three_vlans, sizeof(three_vlans), NIC_CLASS_OTHER, 0, 0 },
        { options_v4, sizeof(options_v4), NIC_CLASS_SEGMENT, 3, 0 },
        { old_qinq_v4, sizeof(old_qinq_v4), NIC_CLASS_SEGMENT, 3, 0 },
        { udp_v4, sizeof(udp_v4), NIC_CLASS_UDP, 15, 0 },
        { short_udp, sizeof(short_udp), NIC_CLASS_OTHER, 0, 0 },
        { arp, sizeof(arp), NIC_CLASS_OTHER, 0, 0 },
        { long_options_v4, sizeof(long_options_v4), NIC_CLASS_SEGMENT, 3, 0 },
        { cut_options_v4, sizeof(cut_options_v4), NIC_CLASS_OTHER, 0, 0 },
        { no_header_v4, sizeof(no_header_v4), NIC_CLASS_OTHER, 0, 0 },
        { later_fragment, sizeof(later_fragment), NIC_CLASS_FRAGMENT, 0, 0 },
        { fragment_vlan, sizeof(fragment_vlan), NIC_CLASS_FRAGMENT, 0, 0 },
        { later_fragment_v6, sizeof(later_fragment_v6), NIC_CLASS_FRAGMENT, 0, 0 },
        { fragment_behind_v6, sizeof(fragment_behind_v6), NIC_CLASS_FRAGMENT, 0, 0 },
    };

    for (size_t i = 0; i < NIC_ARRAY_LEN(frames); i++) {
        struct nic_segment s = { 0 };

        CU_ASSERT_EQUAL(nic_classify(&servers, frames[i].frame, frames[i].bytes, &s), frames[i].is);
        CU_ASSERT_EQUAL(s.payload_bytes, frames[i].payload_bytes);
        CU_ASSERT_EQUAL(s.lost_bytes, frames[i].lost_bytes);
        if (frames[i].is != NIC_CLASS_SEGMENT)
            continue;
        CU_ASSERT_EQUAL(s.client_port, 40000);
        CU_ASSERT_EQUAL(s.server_port, 80);
        CU_ASSERT_EQUAL(s.seq, 100);
        CU_ASSERT_EQUAL(s.payload[0], 'a');
    }
}

static void only_watched_servers_match(void)
{
    uint8_t frame[sizeof(plain_v4)];
    struct nic_segment s;

    memcpy(frame, plain_v4, sizeof(frame));
    frame[33] = 9; /* the last byte of the destination */
    CU_ASSERT_EQUAL(nic_classify(&servers, frame, sizeof(frame), &s), NIC_CLASS_TCP);
    frame[33] = 1;
    frame[37] = 81; /* its port */
    CU_ASSERT_EQUAL(nic_classify(&servers, frame, sizeof(frame), &s), NIC_CLASS_TCP);
    memcpy(frame, first_fragment, sizeof(frame));
    frame[33] = 9;
    CU_ASSERT_EQUAL(nic_classify(&servers, frame, sizeof(frame), &s), NIC_CLASS_PIECE);
}

static void tunnels_are_opened_only_where_asked_for(void)
{
    static const struct {
        const uint8_t *frame;
        uint32_t bytes;
        struct nic_tunnels tunnels;
        enum nic_class is;
    } frames[] = {
        { vxlan_v4, sizeof(vxlan_v4), { .vxlan = true }, NIC_CLASS_SEGMENT },
        { vxlan_vlan, sizeof(vxlan_vlan), { .vxlan = true }, NIC_CLASS_SEGMENT },
        { gtpu_v4, sizeof(gtpu_v4), { .gtpu = true }, NIC_CLASS_SEGMENT },
        { gtpu_extended, sizeof(gtpu_extended), { .gtpu = true }, NIC_CLASS_SEGMENT },
        { gtpu_v6, sizeof(gtpu_v6), { .gtpu = true }, NIC_CLASS_SEGMENT },
        { vxlan_v4, sizeof(vxlan_v4), { .gtpu = true }, NIC_CLASS_UDP },
        { gtpu_v4, sizeof(gtpu_v4), { .vxlan = true }, NIC_CLASS_UDP },
        { gtpu_echo, sizeof(gtpu_echo), { .gtpu = true }, NIC_CLASS_UDP },
        { gtpu_endless, sizeof(gtpu_endless), { .gtpu = true }, NIC_CLASS_OTHER },
        { vxlan_qinq_v6, sizeof(vxlan_qinq_v6), { .vxlan = true }, NIC_CLASS_SEGMENT },
        { vxlan_fragment, sizeof(vxlan_fragment), { .vxlan = true }, NIC_CLASS_FRAGMENT },
        { gtpu_fragment_v6, sizeof(gtpu_fragment_v6), { .gtpu = true }, NIC_CLASS_FRAGMENT },
    };

    for (size_t i = 0; i < NIC_ARRAY_LEN(frames); i++) {
        struct nic_servers with_tunnels = servers;
        struct nic_segment s = { 0 };

        CU_ASSERT_EQUAL(nic_classify(&servers, frames[i].frame, frames[i].bytes, &s),
                        NIC_CLASS_UDP);
        with_tunnels.tunnels = frames[i].tunnels;
        CU_ASSERT_EQUAL(nic_classify(&with_tunnels, frames[i].frame, frames[i].bytes, &s),
                        frames[i].is);
        if (frames[i].is != NIC_CLASS_SEGMENT)
            continue;
        CU_ASSERT_EQUAL(s.server_port, 80);
        CU_ASSERT_EQUAL(s.payload_bytes, 3);
        CU_ASSERT_EQUAL(s.payload[0], 'a');
    }
}

static void a_tunnel_in_pieces_may_hide_a_request(void)
{
    struct nic_servers with_tunnels = servers;
    uint8_t frame[sizeof(gtpu_v4)];
    struct nic_segment s;

    memcpy(frame, gtpu_v4, sizeof(frame));
    frame[20] = 0x20; /* more fragments */
    CU_ASSERT_EQUAL(nic_classify(&servers, frame, sizeof(frame), &s), NIC_CLASS_PIECE);
    with_tunnels.tunnels.gtpu = true;
    CU_ASSERT_EQUAL(nic_classify(&with_tunnels, frame, sizeof(frame), &s), NIC_CLASS_FRAGMENT);
    CU_ASSERT_EQUAL(nic_classify(&servers, gtpu_in_pieces_v6, sizeof(gtpu_in_pieces_v6), &s),
                    NIC_CLASS_PIECE);
    CU_ASSERT_EQUAL(nic_classify(&with_tunnels, gtpu_in_pieces_v6, sizeof(gtpu_in_pieces_v6), &s),
                    NIC_CLASS_FRAGMENT);
}

static void fragments_to_others_in_a_tunnel_hide_nothing(void)
{
    struct nic_servers with_tunnels = servers;
    uint8_t frame[sizeof(vxlan_fragment)];
    struct nic_segment s;

    memcpy(frame, vxlan_fragment, sizeof(frame));
    frame[14 + 20 + 8 + 8 + 33] = 9; /* the inner destination's last byte */
    with_tunnels.tunnels.vxlan = true;
    CU_ASSERT_EQUAL(nic_classify(&with_tunnels, frame, sizeof(frame), &s), NIC_CLASS_PIECE);
}

static void a_syn_takes_one_number(void)
{
    uint8_t frame[sizeof(plain_v4)];
    struct nic_segment s;

    memcpy(frame, plain_v4, sizeof(frame));
    frame[47] = NIC_TCP_SYN;
    CU_ASSERT_EQUAL(nic_classify(&servers, frame, sizeof(frame), &s), NIC_CLASS_SEGMENT);
    CU_ASSERT_EQUAL(s.seq, 101);
}

/* In memory of just that size, so that a sanitizer sees a step beyond. */
static void classify_copy(const uint8_t *frame, uint32_t bytes)
{
    struct nic_servers all = servers;
    uint8_t *copy = malloc(bytes > 0 ? bytes : 1);
    struct nic_segment s;

    PS_REQUIRE(copy != NULL);
    memcpy(copy, frame, bytes);
    all.tunnels = (struct nic_tunnels){ .vxlan = true, .gtpu = true };
    switch (nic_classify(&all, copy, bytes, &s)) {
    case NIC_CLASS_SEGMENT:
    case NIC_CLASS_RESPONSE:
    case NIC_CLASS_TCP:
    case NIC_CLASS_UDP:
        CU_ASSERT_TRUE(s.payload >= copy && s.payload + s.payload_bytes <= copy + bytes);
        break;
    case NIC_CLASS_OTHER:
    case NIC_CLASS_FRAGMENT:
    case NIC_CLASS_PIECE:
        break;
    }
    free(copy);
}

static void no_frame_is_read_beyond_its_end(void)
{
    static const struct {
        const uint8_t *frame;
        uint32_t bytes;
    } frames[] = { { plain_v4, sizeof(plain_v4) },
                   { qinq_v6, sizeof(qinq_v6) },
                   { options_v6, sizeof(options_v6) },
                   { fragment_v6, sizeof(fragment_v6) },
                   { vlan_v4, sizeof(vlan_v4) },
                   { options_v4, sizeof(options_v4) },
                   { vxlan_vlan, sizeof(vxlan_vlan) },
                   { gtpu_extended, sizeof(gtpu_extended) },
                   { udp_v4, sizeof(udp_v4) },
                   { vxlan_qinq_v6, sizeof(vxlan_qinq_v6) },
                   { gtpu_fragment_v6, sizeof(gtpu_fragment_v6) } };
    uint8_t changed[192];

    for (size_t i = 0; i < NIC_ARRAY_LEN(frames); i++) {
        for (uint32_t bytes = 0; bytes <= frames[i].bytes; bytes++)
            classify_copy(frames[i].frame, bytes);
        for (uint32_t at = 12; at < frames[i].bytes; at++) {
            for (unsigned value = 0; value < 256; value++) {
                memcpy(changed, frames[i].frame, frames[i].bytes);
                changed[at] = (uint8_t)value;
                classify_copy(changed, frames[i].bytes);
            }
        }
    }
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(segments_are_found_under_their_headers),
        PS_TEST(only_watched_servers_match),
        PS_TEST(tunnels_are_opened_only_where_asked_for),
        PS_TEST(a_tunnel_in_pieces_may_hide_a_request),
        PS_TEST(fragments_to_others_in_a_tunnel_hide_nothing),
        PS_TEST(a_syn_takes_one_number),
        PS_TEST(no_frame_is_read_beyond_its_end),
    };

    if (nic_endpoint_parse("10.77.0.1:80", &servers.list[0]) != 0 ||
        nic_endpoint_parse("[fd00::1]:80", &servers.list[1]) != 0)
        return EXIT_FAILURE;
    servers.count = 2;
    return ps_test_run("dpdk/classify", tests, NIC_ARRAY_LEN(tests));
}
