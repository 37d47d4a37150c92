/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/classify.h - what a frame is: a TCP segment on its way to a watched server, or something
 * else whose transport is laid open for traffic.h.
 *
 * Of TCP only the request direction is read for requests: responses are many, large, and arrive
 * merged and cut. Tunnels are opened only where the user said so: what is in them is other
 * people's. Frames come from outside: every length is checked, nothing is trusted, nothing is kept.
 * Threads: any; no state.
 */
#ifndef PS_DPDK_CLASSIFY_H
#define PS_DPDK_CLASSIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dpdk/address.h"

#define NIC_SERVERS_MAX         64u
#define NIC_VLAN_TAGS_MAX       2u
#define NIC_IPV6_EXTENSIONS_MAX 8u
#define NIC_TUNNELS_MAX         2u /* one in the other */
#define NIC_GTPU_EXTENSIONS_MAX 4u
#define NIC_TCP_FIN             0x01u
#define NIC_TCP_SYN             0x02u
#define NIC_TCP_RST             0x04u
#define NIC_TCP_ACK             0x10u

enum nic_class {
    NIC_CLASS_OTHER,    /* neither TCP nor UDP over IP, or not understood */
    NIC_CLASS_FRAGMENT, /* of an IP packet that may hide a request to a watched server */
    NIC_CLASS_PIECE,    /* any other fragment of an IP packet */
    NIC_CLASS_SEGMENT,  /* a TCP segment to a watched server */
    NIC_CLASS_RESPONSE, /* a TCP segment from one */
    NIC_CLASS_TCP,      /* any other TCP segment */
    NIC_CLASS_UDP,
};

/* Whose inner packet is what counts. All off until configured. */
struct nic_tunnels {
    bool vxlan; /* UDP 4789, RFC 7348 */
    bool gtpu;  /* UDP 2152, 3GPP TS 29.281 */
};

struct nic_servers {
    struct nic_endpoint list[NIC_SERVERS_MAX];
    uint32_t count;
    struct nic_tunnels tunnels; /* on the way to them */
};

/* Points into the frame. A datagram has neither seq nor flags. */
struct nic_segment {
    struct nic_address client; /* where it comes from */
    struct nic_address server;
    uint16_t client_port;
    uint16_t server_port;
    uint32_t seq;
    uint8_t flags; /* NIC_TCP_... */
    const uint8_t *payload;
    uint32_t payload_bytes;
    uint32_t lost_bytes; /* payload that the packet has but the capture cut off */
};

/** @param ret_segment  Written when the class is NIC_CLASS_SEGMENT, _RESPONSE, _TCP or
 * _UDP. */
enum nic_class nic_classify(const struct nic_servers *servers, const uint8_t *frame,
                            uint32_t frame_bytes, struct nic_segment *ret_segment);

#endif
