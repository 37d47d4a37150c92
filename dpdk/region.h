/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/region.h - which region a client's address belongs to, by its longest matching prefix.
 *
 * Why not rte_lpm: a look-up happens per media request, not per packet, and a few thousand sorted
 * prefixes of both families need neither 64 MB of tables nor a running EAL.
 *
 * Threads: nic_region_add() and nic_region_seal() before others see the table, which then stays as
 * it is: look-ups from any. A reload builds another (nic_observer_set_regions()).
 */
#ifndef PS_DPDK_REGION_H
#define PS_DPDK_REGION_H

#include <stdint.h>

#include "dpdk/address.h"

#define NIC_REGIONS_MAX    4096u
#define NIC_REGION_UNKNOWN 0u

struct nic_region_prefix {
    struct nic_address first; /* host bits zero */
    uint8_t bits;             /* of the mapped form, 0..128 */
    uint16_t region;
    uint16_t parent; /* index + 1 of the smallest prefix that holds this one; 0 none */
};

struct nic_regions {
    struct nic_region_prefix list[NIC_REGIONS_MAX];
    uint32_t count;
};

/**
 * Add `10.77.1.0/24=1` or `fd00:1::/32=2`; region 1..65535.
 * @return 0, -EINVAL (not of that form, or host bits set), -EEXIST (given before) or -ENOSPC.
 */
int nic_region_add(struct nic_regions *regions, const char *text);

/** Make ready for look-ups. */
void nic_region_seal(struct nic_regions *regions);

/** The region of @p address, or NIC_REGION_UNKNOWN. */
uint16_t nic_region_find(const struct nic_regions *regions, const struct nic_address *address);

#endif
