/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/offload.h - what the NIC itself is asked to count, and what came of it.
 *
 * Per port: a rule for each class of traffic that a port number tells, one for each watched server,
 * and rules for the most claimed media. The NIC is probed first, then asked rule by rule; what it
 * refuses stays with software and says why. Software counts everything it always did, but for
 * claims that a mark proves to be counted (offload_media.h). So nothing here can make a count
 * wrong, stop a frame or end the process.
 *
 * Rules see the outermost headers; behind a VLAN tag some NICs match, some do not; of frames that
 * two rules match some count one, some both. None of that touches what software counts.
 *
 * Threads: the control thread, but nic_offload_counts_claim(), which is the workers'.
 */
#ifndef PS_DPDK_OFFLOAD_H
#define PS_DPDK_OFFLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "dpdk/abi/demand_stream.h"
#include "dpdk/batch.h"
#include "dpdk/classify.h"
#include "dpdk/offload_media.h"
#include "dpdk/worker.h"

#define NIC_OFFLOAD_RTP_BLOCKS_MAX 8u

struct nic_offload;
struct nic_offload_ops;

struct nic_offload_config {
    const struct nic_offload_ops *ops; /* &nic_offload_rte_flow, or a test's; outlive the offload */
    const uint16_t *ports;             /* started; copied */
    uint32_t port_count;               /* 1..NIC_PORTS_MAX */
    uint32_t worker_count;             /* 1..NIC_WORKERS_MAX, with a queue each */
    const struct nic_servers *servers; /* copied */
    uint16_t rtp_first, rtp_last;      /* UDP ports of RTP; 0 and 0: not known */
    uint32_t media_max;                /* 0..NIC_OFFLOAD_MEDIA_MAX */
    uint32_t claims_max;               /* ranked by nic_offload_turn() */
};

/* Of one port. */
struct nic_offload_status {
    uint32_t hardware; /* rules in the NIC */
    uint32_t software; /* rules that are not */
    int why;           /* the first of those: a negative errno; 0 where there is none */
    int count_error;   /* 0 or why it cannot: count, mark, match in the payload */
    int mark_error;
    int raw_error;
};

/** Probe the ports and put the rules in. @return 0 or -ENOMEM; never what a NIC refuses. */
int nic_offload_create(struct nic_offload **ret_offload, const struct nic_offload_config *cfg);

/** Take the rules out; the ports are still started. */
void nic_offload_destroy(struct nic_offload *offload);

/**
 * Once per interval, after nic_epoch_turn() and with the workers' counts in @p batch: read
 * counters, try again what may pass, add to the batch the claims that workers left to the NIC
 * (region, device and access are 0, unknown), and let the rules follow what is claimed most -
 * slowly, so that they do not flap.
 */
void nic_offload_turn(struct nic_offload *offload, struct nic_batch *batch);

/**
 * Whether the NIC counted this claim. If so it is noted, and the caller does not count it.
 *
 * @param mark  Of the frame (struct nic_frame). @param media_key  What the datagram says.
 */
bool nic_offload_counts_claim(struct nic_offload *offload, uint32_t worker_idx, uint32_t mark,
                              uint64_t media_key);

/** The port was stopped and started: probe it and put all its rules in again. */
void nic_offload_reapply(struct nic_offload *offload, uint32_t port_idx);

void nic_offload_status(const struct nic_offload *offload, uint32_t port_idx,
                        struct nic_offload_status *ret_status);

/** One line for each port: how many rules are where, and why. */
void nic_offload_log(const struct nic_offload *offload);

/** All rules as they are. @return How many were written, up to @p max (PSD_RULES_MAX has room). */
uint32_t nic_offload_report(const struct nic_offload *offload, struct psd_rule *ret_rules,
                            uint32_t max);

#endif
