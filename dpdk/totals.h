/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/totals.h - the fast path's counters, one struct wherever they are added up.
 *
 * Threads: a struct belongs to one thread at a time; see epoch.h for how it changes hands.
 */
#ifndef PS_DPDK_TOTALS_H
#define PS_DPDK_TOTALS_H

#include <stddef.h>
#include <stdint.h>

enum nic_traffic {
#define NIC_TRAFFIC(NAME, name, help) NIC_TRAFFIC_##NAME,
#include "dpdk/traffic.def"
#undef NIC_TRAFFIC
    NIC_TRAFFIC_COUNT
};

struct nic_traffic_total {
    uint64_t packets;
    uint64_t bytes; /* of the whole frames, as captured */
};

struct nic_totals {
    struct nic_traffic_total traffic[NIC_TRAFFIC_COUNT]; /* together: packets and bytes */
#define NIC_TOTAL(name, help) uint64_t name;
#include "dpdk/totals.def"
#undef NIC_TOTAL
};

#define NIC_TOTALS_TEXT_BYTES_MAX 2048u

void nic_totals_add(struct nic_totals *into, const struct nic_totals *from);

/** `packets=1 bytes=60 ...`, NUL-terminated. @p size_bytes NIC_TOTALS_TEXT_BYTES_MAX suffices. */
void nic_totals_text(const struct nic_totals *totals, char *ret_text, size_t size_bytes);

/** Call @p each for every counter, in the list's order. */
void nic_totals_each(const struct nic_totals *totals,
                     void (*each)(void *arg, const char *name, uint64_t value, const char *help),
                     void *arg);

#endif
