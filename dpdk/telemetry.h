/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/telemetry.h - what dpdk-telemetry.py can ask beside totals and stream (stats.h): ports,
 * classes with their rates, and the media asked for most.
 *
 * Threads: start and stop from the control thread. The questions come on a thread of EAL's, which
 * reads through the functions it was given.
 */
#ifndef PS_DPDK_TELEMETRY_H
#define PS_DPDK_TELEMETRY_H

#include <stdint.h>

#include "dpdk/abi/demand_stream.h"
#include "dpdk/stats.h"
#include "dpdk/top.h"

struct nic_telemetry_media {
    char name[PSD_NAME_BYTES_MAX + 1]; /* or key:HEX where the name is not known any more */
    uint64_t requests;
};

struct nic_telemetry_source {
    uint32_t (*ports)(void *arg, struct psd_port *ret_ports, uint32_t max);
    uint32_t (*top)(void *arg, struct nic_telemetry_media *ret_media, uint32_t max,
                    uint32_t *ret_epochs);
    void (*stats)(void *arg, struct nic_stats *ret_stats);
    void *arg;
};

/** Answer /prestage/ports, /prestage/classes and /prestage/top from @p source, copied. Once. */
void nic_telemetry_start(const struct nic_telemetry_source *source);

/** No more calls of the functions given above. */
void nic_telemetry_stop(void);

#endif
