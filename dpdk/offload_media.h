/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/offload_media.h - rules for the few media that most peer-demand datagrams name.
 *
 * The NIC matches the media key where peer_demand.h fixes it, counts, and marks. A worker that
 * meets the mark together with its media need not look the peer up and count: it notes one claim,
 * here, and that note is what is reported. So whatever a NIC does wrong - marks missing, counters
 * late, rules lost - every claim is still counted once, by the note or by the worker. The NIC's own
 * counter is shown beside it and never added to it.
 *
 * A mark is not used again while frames that carry it can be on their way: its generation changes
 * with each media, and a place rests for an interval before it is given to the next.
 *
 * Threads: nic_media_note() from workers; the rest from the control thread.
 */
#ifndef PS_DPDK_OFFLOAD_MEDIA_H
#define PS_DPDK_OFFLOAD_MEDIA_H

#include <stdbool.h>
#include <stdint.h>

#include "dpdk/abi/demand_stream.h"
#include "dpdk/offload_rule.h"

#define NIC_OFFLOAD_MEDIA_MAX 64u
#define NIC_MEDIA_ENTER       3u    /* intervals on end among the wanted before a rule is made */
#define NIC_MEDIA_LEAVE       8u    /* intervals on end not among them before it is taken out */
#define NIC_MEDIA_UNMARKED    1024u /* counted by the NIC and none seen marked: marks do not come */
#define NIC_MEDIA_MARK        0x4000u /* in every mark of a media rule; all fit in 15 bits */

struct nic_media;

struct nic_media_port {
    struct nic_flow_port *port; /* outlives the media */
    int error;                  /* why it takes no media rules, or 0 */
};

/** @param places  1..NIC_OFFLOAD_MEDIA_MAX. @return 0 or -ENOMEM. */
int nic_media_create(struct nic_media **ret_media, uint32_t places,
                     const struct nic_media_port *ports, uint32_t port_count,
                     uint32_t worker_count);
/** Does not touch the NIC: see nic_media_remove_all(). */
void nic_media_destroy(struct nic_media *media);

/** See nic_offload_counts_claim(). */
bool nic_media_note(struct nic_media *media, uint32_t worker_idx, uint32_t mark,
                    uint64_t media_key);

/**
 * What is claimed most, first first, those that nic_media_turn() told of among them: once per
 * interval.
 */
void nic_media_set(struct nic_media *media, const uint64_t *keys, uint32_t count);

/**
 * Read counters and notes, after nic_epoch_turn().
 *
 * @param ret_claims  Room for NIC_OFFLOAD_MEDIA_MAX: what workers noted since the last call.
 * @return How many there are.
 */
uint32_t nic_media_turn(struct nic_media *media, struct psd_claim *ret_claims);

/** The port was restarted, or is able to take rules since: @p error is 0 or why not. */
void nic_media_reapply(struct nic_media *media, uint32_t port_idx, int error);

void nic_media_remove_all(struct nic_media *media);

/** One row for each media. @return How many, up to @p max. */
uint32_t nic_media_report(const struct nic_media *media, struct psd_rule *ret_rules, uint32_t max);

#endif
