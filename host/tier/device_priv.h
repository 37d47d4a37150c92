/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/tier/device_priv.h - the file or block device: opened, locked, written through once,
 * formatted or recognised. Used at start only, so these calls block.
 *
 * A file is pre-written with zeros: unwritten extents are slower and every flush would also commit
 * their conversion. What is neither blank nor ours is refused, never formatted.
 *
 * Threads: any one.
 */
#ifndef PS_HOST_TIER_DEVICE_PRIV_H
#define PS_HOST_TIER_DEVICE_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/tier/record_priv.h"

#define PS_TIER_LOCK_TRIES_MAX 100u /* of 10 ms: a killed predecessor's last writes end first */

struct ps_tier_device {
    int fd; /* -1: none */
    uint64_t size_bytes;
    uint64_t zone_bytes;
    uint32_t zone_count;
    struct ps_tier_uuid uuid;
    uint64_t epoch;
    bool formatted; /* blank or of another shape before: nothing to recover */
};

/** Zeroed, page-aligned memory for O_DIRECT; NULL when out of memory. */
unsigned char *ps_tier_pages_map(size_t size_bytes);
void ps_tier_pages_unmap(unsigned char *pages, size_t size_bytes);

/**
 * Open, lock, size, and format or recognise.
 *
 * @param size_bytes Of the file to make; a block device has its own.
 * @param scratch    PS_TIER_IO_BYTES from ps_tier_pages_map().
 * @return 0, -EINVAL (fewer than PS_TIER_ZONES_MIN zones), -EBUSY (in use), -EMEDIUMTYPE (holds
 *         something else), or what the kernel said. Needs close in any case.
 */
int ps_tier_device_open(struct ps_tier_device *device, const char *path, uint64_t size_bytes,
                        uint64_t zone_bytes, unsigned char *scratch);
void ps_tier_device_close(struct ps_tier_device *device);

/** Read all of it. @return 0, -EIO (short) or what the kernel said. */
int ps_tier_device_read(const struct ps_tier_device *device, void *to, size_t size_bytes,
                        uint64_t offset);

#endif
