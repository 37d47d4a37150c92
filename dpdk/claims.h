/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/claims.h - one worker's counts of peer-demand datagrams by what they claim.
 *
 * A claim is (media, region of the sender, device, access) as its header has it: unverified, so
 * never demand. The device class is known from nowhere else. Anybody can send claims, so their
 * table is small and apart from the requests'; where it is full, only what is heavy finds a place
 * (see count.h) and the rest is counted as shed. In each epoch: drained + shed = all that was
 * counted.
 *
 * Threads: one worker counts; the control thread drains a closed epoch (see epoch.h).
 */
#ifndef PS_DPDK_CLAIMS_H
#define PS_DPDK_CLAIMS_H

#include <stdint.h>

#include "dpdk/abi/demand_stream.h"
#include "dpdk/abi/peer_demand.h"

#define NIC_CLAIMS_MAX 4096u /* claims told apart at once */

struct nic_claims_sums {
    uint64_t drained; /* datagrams handed over in claims */
    uint64_t shed;    /* and those that found no room */
};

struct nic_claims;

/** @param seed  Random, so that nobody can choose keys that collide. @return 0 or -ENOMEM. */
int nic_claims_create(struct nic_claims **ret_claims, uint64_t seed);
void nic_claims_destroy(struct nic_claims *claims);

/** Count one datagram that came from @p region in @p epoch. */
void nic_claims_add(struct nic_claims *claims, const struct ppd_header *header, uint16_t region,
                    uint64_t epoch);

/** Hand each claim of a closed epoch to @p each, once. */
struct nic_claims_sums nic_claims_drain(struct nic_claims *claims, uint64_t epoch,
                                        void (*each)(void *arg, const struct psd_claim *claim),
                                        void *arg);

#endif
