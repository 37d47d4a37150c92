/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/top.h - what was asked for most in the last minute.
 *
 * A ring of (media, requests, epoch), one for each record of the last intervals, summed when
 * somebody asks: asking is rare, so it may cost, and what is told is exact. Bounded: records beyond
 * the ring's size push the oldest intervals out, and the answer says how many whole ones it spans.
 *
 * Threads: one at a time.
 */
#ifndef PS_DPDK_TOP_H
#define PS_DPDK_TOP_H

#include <stdint.h>

#include "dpdk/batch.h"

#define NIC_TOP_ENTRIES   (1u << 18) /* 8 MiB with the room to sort them */
#define NIC_TOP_MEDIA_MAX 32u

struct nic_top;

struct nic_top_media {
    uint64_t media_key;
    uint64_t requests;
};

/**
 * @param entries  Records kept; a power of two. @param epochs  Intervals looked back.
 * @return 0, -EINVAL or -ENOMEM.
 */
int nic_top_create(struct nic_top **ret_top, uint32_t entries, uint32_t epochs);
void nic_top_destroy(struct nic_top *top);

/** Add a closed interval; empty ones too. */
void nic_top_add(struct nic_top *top, const struct nic_batch *batch);

/**
 * The media asked for most, first first; of equals the smaller key first.
 * @param ret_epochs  Intervals they are of, whole. @return How many, up to @p max.
 */
uint32_t nic_top_list(struct nic_top *top, struct nic_top_media *ret_media, uint32_t max,
                      uint32_t *ret_epochs);

#endif
