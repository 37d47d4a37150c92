/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/frames.h - the frames of abi/demand_stream.h, built one after the other into one buffer.
 *
 * Threads: one at a time. Allocates nothing but the buffer.
 */
#ifndef PS_DPDK_FRAMES_H
#define PS_DPDK_FRAMES_H

#include <stddef.h>
#include <stdint.h>

#include "dpdk/abi/demand_stream.h"
#include "dpdk/batch.h"
#include "dpdk/names.h"
#include "dpdk/totals.h"

struct nic_frames {
    uint8_t *bytes; /* room for one frame of any length */
    size_t used;
};

/** @return 0 or -ENOMEM. */
int nic_frames_init(struct nic_frames *frames);
void nic_frames_fini(struct nic_frames *frames);

void nic_frames_hello(struct nic_frames *frames, const struct psd_hello *hello);

/** As many names that are due as there is room for; they are due no longer. */
void nic_frames_names(struct nic_frames *frames, struct nic_names *names);

/** Records from number @p first on, as many as a frame holds; part 0 has the totals.
 * @return How many. */
uint32_t nic_frames_epoch(struct nic_frames *frames, const struct nic_batch *batch, uint32_t first,
                          uint32_t part);

/** From number @p first on, as many as a frame holds; no frame when there are none.
 * @return How many. */
uint32_t nic_frames_claims(struct nic_frames *frames, const struct nic_batch *batch, uint32_t first,
                           uint32_t part);
uint32_t nic_frames_tls_names(struct nic_frames *frames, const struct nic_batch *batch,
                              uint32_t first, uint32_t part);

void nic_frames_counters(struct nic_frames *frames, uint64_t epoch,
                         const struct nic_totals *totals);
void nic_frames_ports(struct nic_frames *frames, uint64_t epoch, const struct psd_port *ports,
                      uint32_t count);
void nic_frames_rules(struct nic_frames *frames, uint64_t epoch, const struct psd_rule *rules,
                      uint32_t count);

#endif
