/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/dpdk/test_payload.c - likeness by a payload's own bytes, and no byte beyond. */
#include "dpdk/payload.h"

#include <stdlib.h>
#include <string.h>

#include "dpdk/mem.h"
#include "tests/support/ps_test.h"

/* clang-format off */
#define STUN(type, length) (type) >> 8, (type) & 255, 0, length, 0x21, 0x12, 0xa4, 0x42, \
                           1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
static const uint8_t stun_plain[] = { STUN(0x0001, 0) };
static const uint8_t stun_answer[] = { STUN(0x0101, 8), 0, 6, 0, 3, 'a', ':', 'b', 0 };
static const uint8_t stun_check[] = { STUN(0x0001, 16), 0, 0x24, 0, 4, 1, 2, 3, 4,
                                      0, 6, 0, 3, 'a', ':', 'b', 0 };
static const uint8_t rtp[] = { 0x80, 96, 0, 1, 0, 0, 0, 9, 0xca, 0xfe, 0, 1, 'x' };
static const uint8_t rtp_extended[] = { 0x91, 0x80, 0, 1, 0, 0, 0, 9, 0xca, 0xfe, 0, 2,
                                        0, 0, 0, 3, 0xbe, 0xde, 0, 1, 0, 0, 0, 0 };
static const uint8_t rtcp[] = { 0x80, 200, 0, 6, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0,
                                0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
static const uint8_t quic[] = { 0xc3, 0, 0, 0, 1, 4, 1, 2, 3, 4, 0, 0 };
static const uint8_t gquic[] = { 0x0d, 1, 2, 3, 4, 5, 6, 7, 8, 'Q', '0', '3', '5', 1 };
static const uint8_t stun_framed[] = { 0, 20, STUN(0x0101, 0) };
static const uint8_t tls[] = { 22, 3, 1, 0, 4, 1, 0, 0, 0 };
static const uint8_t peer[] = { 'P', 'S', 'P', 'D', 1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8,
                                9, 5, 0, 0, 0, 0, 0, 0 };
/* clang-format on */

#define PAYLOAD(array)                                                                             \
    (&(const struct nic_payload){                                                                  \
        .at = (array), .bytes = sizeof(array), .real_bytes = sizeof(array) })

static void each_kind_is_known_by_its_bytes(void)
{
    uint32_t ssrc = 0;

    CU_ASSERT_EQUAL(nic_payload_stun(PAYLOAD(stun_plain), false), NIC_STUN_MESSAGE);
    CU_ASSERT_EQUAL(nic_payload_stun(PAYLOAD(stun_answer), false), NIC_STUN_MESSAGE);
    CU_ASSERT_EQUAL(nic_payload_stun(PAYLOAD(stun_check), false), NIC_STUN_CHECK);
    CU_ASSERT_TRUE(nic_payload_is_rtp(PAYLOAD(rtp), &ssrc));
    CU_ASSERT_EQUAL(ssrc, 0xcafe0001);
    CU_ASSERT_TRUE(nic_payload_is_rtp(PAYLOAD(rtp_extended), &ssrc));
    CU_ASSERT_EQUAL(ssrc, 0xcafe0002);
    CU_ASSERT_TRUE(nic_payload_is_rtcp(PAYLOAD(rtcp)));
    CU_ASSERT_TRUE(nic_payload_opens_quic(PAYLOAD(quic)));
    CU_ASSERT_TRUE(nic_payload_opens_quic(PAYLOAD(gquic)));
    CU_ASSERT_EQUAL(nic_payload_stun(PAYLOAD(stun_framed), true), NIC_STUN_MESSAGE);
    CU_ASSERT_EQUAL(nic_payload_stun(PAYLOAD(stun_framed), false), NIC_STUN_NONE);
    CU_ASSERT_TRUE(nic_payload_is_tls(PAYLOAD(tls)));
    CU_ASSERT_TRUE(nic_payload_is_peer_demand(PAYLOAD(peer)));
}

static void no_kind_is_taken_for_another(void)
{
    static const struct nic_payload all[] = {
        { stun_check, sizeof(stun_check), sizeof(stun_check) },
        { rtp, sizeof(rtp), sizeof(rtp) },
        { rtcp, sizeof(rtcp), sizeof(rtcp) },
        { quic, sizeof(quic), sizeof(quic) },
        { tls, sizeof(tls), sizeof(tls) },
        { peer, sizeof(peer), sizeof(peer) },
    };
    uint32_t ssrc;

    for (size_t i = 0; i < NIC_ARRAY_LEN(all); i++) {
        CU_ASSERT_EQUAL(nic_payload_stun(&all[i], false) != NIC_STUN_NONE, i == 0);
        CU_ASSERT_EQUAL(nic_payload_is_rtp(&all[i], &ssrc), i == 1);
        CU_ASSERT_EQUAL(nic_payload_is_rtcp(&all[i]), i == 2);
        CU_ASSERT_EQUAL(nic_payload_opens_quic(&all[i]), i == 3);
        CU_ASSERT_EQUAL(nic_payload_is_tls(&all[i]), i == 4);
        CU_ASSERT_EQUAL(nic_payload_is_peer_demand(&all[i]), i == 5);
    }
}

/* Whether the kind is still seen when one byte is another. */
static bool is_stun_with(uint32_t at, uint8_t value)
{
    uint8_t changed[sizeof(stun_check)];

    memcpy(changed, stun_check, sizeof(changed));
    changed[at] = value;
    return nic_payload_stun(PAYLOAD(changed), false) != NIC_STUN_NONE;
}

static void stun_needs_its_cookie_and_its_length(void)
{
    uint8_t two[sizeof(stun_check) + sizeof(stun_plain)];

    CU_ASSERT_FALSE(is_stun_with(0, 0x40)); /* the two top bits */
    CU_ASSERT_FALSE(is_stun_with(3, 12));   /* shorter than the datagram */
    CU_ASSERT_FALSE(is_stun_with(3, 20));   /* longer */
    CU_ASSERT_FALSE(is_stun_with(3, 17));   /* not words */
    CU_ASSERT_FALSE(is_stun_with(7, 0));    /* the cookie */
    memcpy(two, stun_check, sizeof(stun_check));
    memcpy(two + sizeof(stun_check), stun_plain, sizeof(stun_plain));
    CU_ASSERT_EQUAL(nic_payload_stun(PAYLOAD(two), false), NIC_STUN_NONE);
    CU_ASSERT_EQUAL(nic_payload_stun(PAYLOAD(two), true), NIC_STUN_CHECK);
}

static void headers_must_fit_and_types_be_in_use(void)
{
    uint8_t changed[sizeof(rtp_extended)];
    uint8_t report[sizeof(rtcp)];
    uint8_t record[sizeof(tls)];
    uint32_t ssrc;

    memcpy(changed, rtp_extended, sizeof(changed));
    changed[19] = 2; /* words of the extension: one too many */
    CU_ASSERT_FALSE(nic_payload_is_rtp(PAYLOAD(changed), &ssrc));
    changed[19] = 1;
    changed[1] = 72; /* RTCP's place */
    CU_ASSERT_FALSE(nic_payload_is_rtp(PAYLOAD(changed), &ssrc));
    memcpy(changed, rtp, sizeof(rtp));
    changed[0] |= 0x20; /* padding: all of the body, none, more than there is */
    for (uint8_t padding = 0; padding < 3; padding++) {
        changed[12] = padding;
        CU_ASSERT_EQUAL(
            nic_payload_is_rtp(&(struct nic_payload){ changed, sizeof(rtp), sizeof(rtp) }, &ssrc),
            padding == 1);
    }
    CU_ASSERT_TRUE(
        nic_payload_is_rtp(&(struct nic_payload){ changed, sizeof(rtp), sizeof(rtp) + 1 }, &ssrc));
    memcpy(report, rtcp, sizeof(report));
    report[1] = 205; /* transport feedback alone */
    CU_ASSERT_FALSE(nic_payload_is_rtcp(PAYLOAD(report)));
    report[1] = 200;
    report[3] = 7;
    CU_ASSERT_FALSE(nic_payload_is_rtcp(PAYLOAD(report)));
    memcpy(record, tls, sizeof(record));
    record[3] = 0x50; /* longer than a record may be */
    CU_ASSERT_FALSE(nic_payload_is_tls(PAYLOAD(record)));
}

static void tell_all(const struct nic_payload *payload)
{
    uint32_t ssrc;

    (void)nic_payload_stun(payload, false);
    (void)nic_payload_stun(payload, true);
    (void)nic_payload_is_rtp(payload, &ssrc);
    (void)nic_payload_is_rtcp(payload);
    (void)nic_payload_opens_quic(payload);
    (void)nic_payload_is_tls(payload);
    (void)nic_payload_is_peer_demand(payload);
}

/* In memory of just that size, so that a sanitizer sees a step beyond. */
static void tell_copy(const uint8_t *at, uint32_t bytes, uint32_t changed_at, uint8_t value)
{
    uint8_t *copy = malloc(bytes > 0 ? bytes : 1);

    PS_REQUIRE(copy != NULL);
    memcpy(copy, at, bytes);
    if (changed_at < bytes)
        copy[changed_at] = value;
    tell_all(&(struct nic_payload){ .at = copy, .bytes = bytes, .real_bytes = bytes + 1000 });
    tell_all(&(struct nic_payload){ .at = copy, .bytes = bytes, .real_bytes = bytes });
    free(copy);
}

static void no_payload_is_read_beyond_its_end(void)
{
    static const struct {
        const uint8_t *at;
        uint32_t bytes;
    } all[] = { { stun_check, sizeof(stun_check) },
                { rtp_extended, sizeof(rtp_extended) },
                { rtcp, sizeof(rtcp) },
                { quic, sizeof(quic) },
                { tls, sizeof(tls) },
                { peer, sizeof(peer) },
                { gquic, sizeof(gquic) },
                { stun_framed, sizeof(stun_framed) } };

    for (size_t i = 0; i < NIC_ARRAY_LEN(all); i++) {
        for (uint32_t bytes = 0; bytes <= all[i].bytes; bytes++)
            tell_copy(all[i].at, bytes, bytes, 0);
        for (uint32_t at = 0; at < all[i].bytes; at++)
            for (unsigned value = 0; value < 256; value++)
                tell_copy(all[i].at, all[i].bytes, at, (uint8_t)value);
    }
    CU_PASS("no step beyond");
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(each_kind_is_known_by_its_bytes),
        PS_TEST(no_kind_is_taken_for_another),
        PS_TEST(stun_needs_its_cookie_and_its_length),
        PS_TEST(headers_must_fit_and_types_be_in_use),
        PS_TEST(no_payload_is_read_beyond_its_end),
    };

    return ps_test_run("dpdk/payload", tests, NIC_ARRAY_LEN(tests));
}
