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

/*
 * Then who says so, for the host: the code is HMAC-SHA-256, under the key of key_id, of the whole
 * datagram with the code's own bytes left out. After it msgpack, one map:
 *   media  str   id of the title, whose key is in the header        (needed)
 *   prof   str   name of the profile; any unless given
 *   from   u64   when it will be wanted, Unix seconds               (needed)
 *   to     u64   until when at the latest; `from` unless given
 *   p      f64   probability, above 0, up to 1; 1 unless given
 *   region u64   of the peer; by its address unless given
 * A key's datagrams have ascending sequence numbers, and times of now give or take PPD_SKEW_S.
 */
struct ppd_auth {
    uint64_t key_id;
    uint64_t time_ms; /* Unix */
    uint64_t sequence;
    uint8_t code[32];
};

#define PPD_BYTES_MAX 1024u /* the whole datagram */
#define PPD_SKEW_S    60u

_Static_assert(sizeof(struct ppd_header) == 24, "wire layout");
_Static_assert(sizeof(struct ppd_auth) == 56, "wire layout");

#endif
