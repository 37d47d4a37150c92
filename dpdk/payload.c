/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/payload.h"

#include "dpdk/abi/peer_demand.h"

#define STUN_BYTES         20u
#define STUN_COOKIE        0x2112a442u
#define STUN_BINDING       0x0001u /* as a request: the class bits are 0 */
#define STUN_USERNAME      0x0006u
#define STUN_ATTRIBUTE_MAX 16u /* looked at for the user name, which comes among the first */
#define RTP_BYTES          12u
#define RTP_PADDING        0x20u
#define RTCP_BYTES         8u
#define RTCP_FIRST         200u /* SR */
#define RTCP_RTPFB         205u
#define RTCP_LAST          207u /* XR */
#define RTP_STATIC_LAST    34u
#define RTP_DYNAMIC_FIRST  96u
#define QUIC_LONG          0x80u
#define QUIC_FIXED         0x40u
#define QUIC_V1            1u
#define QUIC_V2            0x6b3343cfu
#define QUIC_CID_BYTES_MAX 20u
#define QUIC_BYTES_MIN     7u
#define GQUIC_OPENS        0x09u   /* flags: a version and a connection id of 8 bytes before it */
#define GQUIC_VERSION      0x5130u /* Q0 */
#define GQUIC_BYTES_MIN    13u
#define TLS_BYTES          5u
#define TLS_RECORD_MAX     (16384u + 2048u)

static uint16_t be16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static uint32_t be32(const uint8_t *at)
{
    return (uint32_t)be16(at) << 16 | be16(at + 2);
}

static uint32_t le32(const uint8_t *at)
{
    return (uint32_t)at[3] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[1] << 8 | at[0];
}

static bool has_username(const struct nic_payload *p)
{
    uint32_t at = STUN_BYTES;

    for (uint32_t i = 0; i < STUN_ATTRIBUTE_MAX && at + 4 <= p->bytes; i++) {
        if (be16(p->at + at) == STUN_USERNAME)
            return true;
        at += 4u + ((be16(p->at + at + 2) + 3u) & ~3u);
    }
    return false;
}

static enum nic_stun tell_stun(const struct nic_payload *payload, bool is_tcp)
{
    uint32_t bytes;

    if (payload->bytes < STUN_BYTES || (payload->at[0] & 0xc0) != 0 ||
        be32(payload->at + 4) != STUN_COOKIE)
        return NIC_STUN_NONE;
    bytes = be16(payload->at + 2);
    if (bytes % 4 != 0)
        return NIC_STUN_NONE;
    if (!is_tcp && STUN_BYTES + bytes != payload->real_bytes)
        return NIC_STUN_NONE;
    return be16(payload->at) == STUN_BINDING && has_username(payload) ? NIC_STUN_CHECK
                                                                      : NIC_STUN_MESSAGE;
}

enum nic_stun nic_payload_stun(const struct nic_payload *payload, bool is_tcp)
{
    struct nic_payload framed = *payload;
    const enum nic_stun stun = tell_stun(payload, is_tcp);

    if (stun != NIC_STUN_NONE || !is_tcp || payload->bytes < 2 ||
        be16(payload->at) + 2u > payload->real_bytes)
        return stun;
    /* Between peers each message stands behind its length (RFC 4571). */
    framed.at += 2;
    framed.bytes -= 2;
    framed.real_bytes -= 2;
    return tell_stun(&framed, is_tcp);
}

static bool is_version_2(const struct nic_payload *p, uint32_t bytes_min)
{
    return p->bytes >= bytes_min && p->at[0] >> 6 == 2;
}

bool nic_payload_is_rtcp(const struct nic_payload *payload)
{
    if (!is_version_2(payload, RTCP_BYTES))
        return false;
    if (payload->at[1] < RTCP_FIRST || payload->at[1] > RTCP_LAST || payload->at[1] == RTCP_RTPFB)
        return false;
    return (be16(payload->at + 2) + 1u) * 4u <= payload->real_bytes;
}

/* RFC 3550, A.1: the last byte counts the padding, itself with it. */
static bool padding_fits(const struct nic_payload *p, uint32_t header_bytes)
{
    uint32_t padding_bytes;

    if ((p->at[0] & RTP_PADDING) == 0 || p->bytes < p->real_bytes)
        return true;
    padding_bytes = p->at[p->bytes - 1];
    return padding_bytes > 0 && padding_bytes <= p->bytes - header_bytes;
}

bool nic_payload_is_rtp(const struct nic_payload *payload, uint32_t *ret_ssrc)
{
    uint32_t header_bytes;
    uint8_t type;

    if (!is_version_2(payload, RTP_BYTES))
        return false;
    type = payload->at[1] & 0x7f;
    if (type > RTP_STATIC_LAST && type < RTP_DYNAMIC_FIRST)
        return false;
    header_bytes = RTP_BYTES + (payload->at[0] & 15u) * 4u;
    if ((payload->at[0] & 0x10) != 0) { /* an extension */
        if (payload->bytes < header_bytes + 4)
            return false;
        header_bytes += 4u + be16(payload->at + header_bytes + 2) * 4u;
    }
    if (header_bytes > payload->real_bytes || !padding_fits(payload, header_bytes))
        return false;
    *ret_ssrc = be32(payload->at + 8);
    return true;
}

/* Drafts, versions made to keep readers honest (?a?a?a?a), and Google's before the standard. */
static bool is_quic_version(uint32_t version)
{
    return version == QUIC_V1 || version == QUIC_V2 || version >> 8 == 0xff0000 ||
           (version & 0x0f0f0f0fu) == 0x0a0a0a0au || version >> 8 == 0x513034 || /* Q04? */
           version >> 8 == 0x513035 || version >> 8 == 0x543035 ||               /* Q05?, T05? */
           version >> 4 == 0xfaceb00;
}

/* Google's QUIC before it had long headers. */
static bool is_gquic(const struct nic_payload *p)
{
    return p->bytes >= GQUIC_BYTES_MIN && (p->at[0] & 0xc9) == GQUIC_OPENS &&
           be16(p->at + 9) == GQUIC_VERSION;
}

bool nic_payload_opens_quic(const struct nic_payload *payload)
{
    if (is_gquic(payload))
        return true;
    if (payload->bytes < QUIC_BYTES_MIN)
        return false;
    if ((payload->at[0] & (QUIC_LONG | QUIC_FIXED)) != (QUIC_LONG | QUIC_FIXED) ||
        !is_quic_version(be32(payload->at + 1)))
        return false;
    if (be32(payload->at + 1) >> 12 == 0x51303) /* Q04? has both lengths in this byte */
        return true;
    return payload->at[5] <= QUIC_CID_BYTES_MAX && 6u + payload->at[5] < payload->real_bytes;
}

bool nic_payload_is_tls(const struct nic_payload *payload)
{
    uint32_t bytes;

    if (payload->bytes < TLS_BYTES)
        return false;
    bytes = be16(payload->at + 3);
    return payload->at[0] >= 20 && payload->at[0] <= 23 && payload->at[1] == 3 &&
           payload->at[2] <= 4 && bytes > 0 && bytes <= TLS_RECORD_MAX;
}

bool nic_payload_is_peer_demand(const struct nic_payload *payload)
{
    return payload->bytes >= sizeof(struct ppd_header) && le32(payload->at) == PPD_MAGIC &&
           le32(payload->at + 4) == PPD_VERSION;
}
