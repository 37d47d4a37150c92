/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/observer.h - what one worker makes of each frame: classify, recognise, count.
 *
 * Knows no port and no EAL, so it is tested with plain bytes. Classification takes bounded time:
 * inline, forwarding never waits for anything but it.
 *
 * Threads: nic_observer_burst(), _tick() and _end() from the worker; nic_observer_drain() from the
 * control thread, for an epoch that nic_epoch_turn() closed.
 */
#ifndef PS_DPDK_OBSERVER_H
#define PS_DPDK_OBSERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "dpdk/batch.h"
#include "dpdk/classify.h"
#include "dpdk/http.h"
#include "dpdk/names.h"
#include "dpdk/region.h"

#define NIC_BURST 32u

struct nic_frame {
    const uint8_t *at;
    uint32_t bytes; /* captured */
    uint32_t mark;  /* what a rule in the NIC says of it; 0: nothing */
};

struct nic_observer;
struct nic_offload;

struct nic_observer_config {
    const struct nic_servers *servers; /* outlive the observer, or its next ones */
    const struct nic_regions *regions; /* sealed; outlive it, or its next ones */
    struct nic_template media_template;
    uint32_t keys; /* counted at once; a power of two, see count.h */
    uint64_t seed;
    struct nic_offload *offload; /* outlives the observer; NULL: nothing is left to the NIC */
    uint32_t worker_idx;         /* as the offload knows the worker */
    bool sni;                    /* read the names of TLS servers: off until configured */
};

/** @return 0, -EINVAL (keys) or -ENOMEM. */
int nic_observer_create(struct nic_observer **ret_observer, const struct nic_observer_config *cfg);
void nic_observer_destroy(struct nic_observer *observer);

/**
 * Look clients up in @p regions, sealed, from the next frame on; look for @p servers, and into
 * their tunnels, from the next burst on. Any thread; what was given before is in use until
 * nic_epoch_wait() returns.
 */
void nic_observer_set_regions(struct nic_observer *observer, const struct nic_regions *regions);
void nic_observer_set_servers(struct nic_observer *observer, const struct nic_servers *servers);

/** Observe @p count frames, up to NIC_BURST. Nothing points into them afterwards. */
void nic_observer_burst(struct nic_observer *observer, const struct nic_frame *frames,
                        uint32_t count, uint64_t epoch);

/** Frames that the other port refused; inline only. */
void nic_observer_dropped(struct nic_observer *observer, uint64_t count, uint64_t epoch);

/** The first burst of a new epoch: request lines that were left open too long are given up. */
void nic_observer_tick(struct nic_observer *observer, uint64_t epoch);

/** No more frames will come. */
void nic_observer_end(struct nic_observer *observer, uint64_t epoch);

/**
 * Move the closed epoch's counts to @p batch and the names met so far to @p names.
 * @return How many names were refused because another name has their key.
 */
uint32_t nic_observer_drain(struct nic_observer *observer, uint64_t epoch, struct nic_batch *batch,
                            struct nic_names *names);

#endif
