/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/classify.h - what a frame is: a TCP segment on its way to a watched server, or not ours.
 *
 * Only the request direction matters: responses are many, large, and arrive merged and cut.
 * Frames come from outside: every length is checked, nothing is trusted, nothing is kept.
 * Threads: any; no state.
 */
#ifndef PS_DPDK_CLASSIFY_H
#define PS_DPDK_CLASSIFY_H

#include <stddef.h>
#include <stdint.h>

#include "dpdk/address.h"

#define NIC_SERVERS_MAX         64u
#define NIC_VLAN_TAGS_MAX       2u
#define NIC_IPV6_EXTENSIONS_MAX 8u
#define NIC_TCP_FIN             0x01u
#define NIC_TCP_SYN             0x02u
#define NIC_TCP_RST             0x04u

enum nic_class {
    NIC_CLASS_OTHER,    /* not for a watched server, or not understood */
    NIC_CLASS_FRAGMENT, /* of an IP packet to a watched server's address: may hide a request */
    NIC_CLASS_SEGMENT,  /* a TCP segment to a watched server */
};

struct nic_servers {
    struct nic_endpoint list[NIC_SERVERS_MAX];
    uint32_t count;
};

/* Points into the frame. */
struct nic_segment {
    struct nic_address client;
    struct nic_address server;
    uint16_t client_port;
    uint16_t server_port;
    uint32_t seq;
    uint8_t flags; /* NIC_TCP_... */
    const uint8_t *payload;
    uint32_t payload_bytes;
    uint32_t lost_bytes; /* payload that the packet has but the capture cut off */
};

/** @param ret_segment  Written when the class is NIC_CLASS_SEGMENT. */
enum nic_class nic_classify(const struct nic_servers *servers, const uint8_t *frame,
                            uint32_t frame_bytes, struct nic_segment *ret_segment);

#endif
