/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/ports.h - brings up the one or two ports that the options name, watches and reports them.
 *
 * Each worker has a queue of its own on every port. Both directions of a flow meet the same worker
 * where the driver can: a NIC by a symmetric key for RSS, a packet socket by the kernel's fanout.
 *
 * Threads: the main thread, which becomes EAL's main lcore. nic_ports_report() from any.
 */
#ifndef PS_DPDK_PORTS_H
#define PS_DPDK_PORTS_H

#include <stdbool.h>
#include <stdint.h>

#include "dpdk/abi/demand_stream.h"
#include "dpdk/carrier.h"
#include "dpdk/log.h"
#include "dpdk/options.h"
#include "dpdk/worker.h"

struct nic_ports {
    uint16_t ids[NIC_PORTS_MAX];
    char names[NIC_PORTS_MAX][NIC_DEVICE_BYTES_MAX]; /* as the user wrote them */
    struct nic_carrier carriers[NIC_PORTS_MAX];
    uint32_t count;
    uint32_t worker_count; /* lcores 1..worker_count; lcore 0 is the control thread */
    bool has_interrupts;   /* every port can wake its workers */
};

/**
 * EAL, then the ports.
 * @return 0, -ENOENT (no such device or file), -EPERM, -EINVAL (not a capture of Ethernet frames),
 * or another negative errno; @p ret_problem says what, where and what to do.
 */
int nic_ports_open(const struct nic_options *options, struct nic_ports *ret_ports,
                   struct nic_problem *ret_problem);

/** Frames the ports dropped since they were opened, as far as their drivers tell. */
uint64_t nic_ports_missed(const struct nic_ports *ports);

/** The ports as the demand stream tells of them, at most @p max. @return How many. */
uint32_t nic_ports_report(const struct nic_ports *ports, struct psd_port *ret_ports, uint32_t max);

/** Look at the links, and log what changed. @return 0 or -ENODEV: a port is gone. */
int nic_ports_watch(struct nic_ports *ports);

/** Stop the ports and EAL; no worker runs any more. Leaves no file behind. */
void nic_ports_close(struct nic_ports *ports);

#endif
