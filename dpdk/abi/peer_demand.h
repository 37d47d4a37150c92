/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/abi/peer_demand.h - how a peer-demand datagram begins, so that a NIC can match on it.
 *
 * UDP to PPD_PORT, little endian: this header, then what only the host reads and verifies. The
 * media key stands at a fixed offset because a NIC's flow rules can match bytes there and nowhere
 * else. Unverified: whoever counts these headers counts what was claimed, never demand.
 */
#ifndef PS_DPDK_ABI_PEER_DEMAND_H
#define PS_DPDK_ABI_PEER_DEMAND_H

#include <stdint.h>

#define PPD_PORT    7700u
#define PPD_MAGIC   0x44505350u /* "PSPD" */
#define PPD_VERSION 1u

struct ppd_header {
    uint32_t magic;
    uint32_t version;
    uint64_t media_key;  /* xxh3-64 of the media's id */
    uint8_t device;      /* class of the peer's device; 0 unknown */
    uint8_t access;      /* its access pattern; 0 unknown */
    uint16_t reserved;   /* 0 */
    uint32_t body_bytes; /* of what follows */
};

_Static_assert(sizeof(struct ppd_header) == 24, "wire layout");

#endif
