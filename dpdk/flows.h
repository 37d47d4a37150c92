/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/flows.h - what each segment or datagram that is not for a watched server belongs to.
 *
 * Why state: a packet in the middle of a TLS or QUIC connection says nothing of itself, and chance
 * makes one datagram in ten look like RTP. A bounded table of marks remembers flows, in both
 * directions, and the SSRCs met in them; of two that want one place the older is forgotten, and
 * recognised again by its next telling packet.
 *
 * Exact: STUN, RTCP, peer demand. By flow from its first telling packet on: TLS, QUIC. RTP: the
 * first likeness in each direction is taken as such, later ones only when their SSRC came before or
 * the flow is known to carry media; so a flow that is not RTP is wrong by one packet a direction.
 *
 * A TLS flow's server is read from its first ClientHello only, where that is asked for; a SYN makes
 * a flow a new one. QUIC hides its hello behind keys that everybody knows: not looked at.
 *
 * Threads: one thread per object. Allocates at creation only.
 */
#ifndef PS_DPDK_FLOWS_H
#define PS_DPDK_FLOWS_H

#include <stdbool.h>
#include <stdint.h>

#include "dpdk/abi/peer_demand.h"
#include "dpdk/classify.h"
#include "dpdk/tls.h"
#include "dpdk/totals.h"

#define NIC_FLOW_SLOTS 32768u /* marks; a power of two */

struct nic_flows;

struct nic_flows_config {
    uint64_t seed; /* keys the hash, so that the table cannot be aimed at */
    /* Told of each peer-demand datagram; unverified. */
    void (*claimed)(void *arg, const struct nic_segment *segment, const struct ppd_header *header);
    /* Told of each TLS flow that names its server, once; NULL: hellos are not looked at. */
    void (*named)(void *arg, const struct nic_tls_name *name);
    void *arg;
};

/** @param cfg  Copied. @return 0 or -ENOMEM. */
int nic_flows_create(struct nic_flows **ret_flows, const struct nic_flows_config *cfg);
void nic_flows_destroy(struct nic_flows *flows);

/** The class of what carries @p segment; new streams, sessions and hellos go to @p totals. */
enum nic_traffic nic_flows_tell(struct nic_flows *flows, const struct nic_segment *segment,
                                bool is_tcp, struct nic_totals *totals);

#endif
