/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/payload.h - what one payload looks like, by its own bytes alone.
 *
 * A likeness is not yet a proof: flows.h decides with what it knows of the flow.
 * Payloads come from outside: no byte beyond their length is read. Threads: any; no state.
 */
#ifndef PS_DPDK_PAYLOAD_H
#define PS_DPDK_PAYLOAD_H

#include <stdbool.h>
#include <stdint.h>

/* `real_bytes` below is the length before a capture cut the payload down to `bytes`. */
struct nic_payload {
    const uint8_t *at;
    uint32_t bytes;
    uint32_t real_bytes;
};

enum nic_stun {
    NIC_STUN_NONE,
    NIC_STUN_MESSAGE,
    NIC_STUN_CHECK, /* a Binding request with a user name: a peer tries a path (RFC 8445) */
};

/** RFC 8489 with its magic cookie; over UDP a message fills the datagram, over TCP it may not, and
 * may stand behind its length. */
enum nic_stun nic_payload_stun(const struct nic_payload *payload, bool is_tcp);

/** RTCP whose first packet is of a type in use (RFC 3550, 3611, 4585). Transport feedback that
 * stands alone (RFC 5506) is not taken for it: tshark does not either, and its counts are the
 * measure. */
bool nic_payload_is_rtcp(const struct nic_payload *payload);

/** RTP with a static or dynamic payload type, a whole header, and padding that fits (RFC 3550,
 * A.1). SRTP hides how much padding there is, so a few of its padded packets fail: tshark's do too.
 * @param ret_ssrc  If so. */
bool nic_payload_is_rtp(const struct nic_payload *payload, uint32_t *ret_ssrc);

/** A QUIC packet that names its version, one that is or was in use; Google's first ones too. */
bool nic_payload_opens_quic(const struct nic_payload *payload);

/** Begins with the header of a TLS record. */
bool nic_payload_is_tls(const struct nic_payload *payload);

/** The fixed header of a peer-demand datagram; unverified, see abi/peer_demand.h. */
bool nic_payload_is_peer_demand(const struct nic_payload *payload);

#endif
