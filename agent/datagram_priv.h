/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * agent/datagram_priv.h - a look as the bytes that an edge takes: dpdk/abi/peer_demand.h, signed.
 *
 * Threads: any.
 */
#ifndef PS_AGENT_DATAGRAM_PRIV_H
#define PS_AGENT_DATAGRAM_PRIV_H

#include "agent/prestage-agent.h"
#include "dpdk/abi/peer_demand.h"

#define PSA_KEY_BYTES 32u

struct psa_key {
    uint64_t id;
    uint8_t bytes[PSA_KEY_BYTES];
};

/** KEYID:KEY in hexadecimal, a newline behind it or not. @return 0 or -EINVAL. */
int psa_key_read(struct psa_key *ret_key, const char *text);

struct psa_datagram {
    uint8_t bytes[PPD_BYTES_MAX];
    size_t count;
};

struct psa_stamp {
    uint64_t time_ms;
    uint64_t sequence;
    uint8_t device;
    uint16_t region;
};

void psa_datagram_make(struct psa_datagram *ret_datagram, const struct prestage_agent_look *look,
                       const struct psa_stamp *stamp, const struct psa_key *key);

#endif
