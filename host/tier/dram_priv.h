/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/tier/dram_priv.h - one memfd, cut into runs of pages.
 *
 * Why a memfd: sendfile() needs a file, and served bytes should not be copied. Why holes:
 * sendfile() queues the pages themselves in the socket, so a run that was handed out may still be
 * on its way to a viewer after it was released. Punching a hole takes such pages out of the file
 * and leaves them, unchanged, to the socket; what is written next lands in new ones.
 *
 * Threads: the tier's owner.
 */
#ifndef PS_HOST_TIER_DRAM_PRIV_H
#define PS_HOST_TIER_DRAM_PRIV_H

#include <stdbool.h>
#include <stdint.h>

#define PS_TIER_PAGE_BYTES                                                                         \
    16384u /* unit of allocation: small enough for audio and init segments                         \
            */

struct ps_tier_dram {
    int fd;
    unsigned char *base;
    uint64_t *taken; /* one bit per page */
    uint32_t page_count;
    uint32_t taken_count;
    uint32_t search_idx; /* where the next search begins */
};

/** @param dram Zeroed but for fd, -1. @return 0, -ENOMEM or what the kernel said; needs fini in any
 * case. */
int ps_tier_dram_init(struct ps_tier_dram *dram, uint64_t size_bytes);
void ps_tier_dram_fini(struct ps_tier_dram *dram);

/** A free run of @p size_bytes; its first page, or PS_TIER_NONE when there is no such run. */
uint32_t ps_tier_dram_take(struct ps_tier_dram *dram, uint32_t size_bytes);

/** Give a run back. @param handed_out It may be queued in a socket: leave its pages to that. */
void ps_tier_dram_give(struct ps_tier_dram *dram, uint32_t page, uint32_t size_bytes,
                       bool handed_out);

static inline uint64_t ps_tier_dram_offset(uint32_t page)
{
    return (uint64_t)page * PS_TIER_PAGE_BYTES;
}

static inline unsigned char *ps_tier_dram_at(const struct ps_tier_dram *dram, uint32_t page)
{
    return dram->base + ps_tier_dram_offset(page);
}

#endif
