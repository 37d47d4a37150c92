/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/stats.h - the process's totals for those who look in: a file, and DPDK's telemetry.
 *
 * Threads: nic_stats_write() from the control thread. Telemetry answers on a thread of EAL's, which
 * reads through the function it was given.
 */
#ifndef PS_DPDK_STATS_H
#define PS_DPDK_STATS_H

#include <stdint.h>

#include "dpdk/stream.h"
#include "dpdk/totals.h"

struct nic_stats {
    uint64_t epoch;                                           /* the last one that was closed */
    struct nic_totals totals;                                 /* since the start */
    struct nic_traffic_total last_traffic[NIC_TRAFFIC_COUNT]; /* of the last epoch */
    uint64_t last_interval_ns;
    uint64_t names_refused;
    struct nic_stream_status stream;
};

/** One line of key=value; the file is replaced whole, so a reader never sees half a line.
 * @return 0 or a negative errno. */
int nic_stats_write(const struct nic_stats *stats, const char *path);

/** Answer /prestage/totals and /prestage/stream with what @p read gives. Once per process. */
void nic_stats_serve_telemetry(void (*read)(void *arg, struct nic_stats *ret_stats), void *arg);

/** No more calls of the function given above. */
void nic_stats_stop_telemetry(void);

#endif
