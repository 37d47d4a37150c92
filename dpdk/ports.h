/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/ports.h - brings up DPDK's EAL and the one or two ports that the options name.
 *
 * An interface becomes a net_af_packet port, a file a net_pcap port, a PCI address the NIC itself.
 * EAL prints its own troubles; what a user can mend is checked before, and said in our words.
 *
 * Threads: the main thread, which becomes EAL's main lcore. Once per process: EAL cannot restart.
 */
#ifndef PS_DPDK_PORTS_H
#define PS_DPDK_PORTS_H

#include <stdbool.h>
#include <stdint.h>

#include "dpdk/abi/demand_stream.h"
#include "dpdk/log.h"
#include "dpdk/options.h"
#include "dpdk/worker.h"

struct nic_ports {
    uint16_t ids[NIC_PORTS_MAX];
    unsigned interfaces[NIC_PORTS_MAX]; /* the kernel's index; 0: not an interface */
    uint32_t count;
    uint32_t worker_count; /* lcores 1..worker_count; lcore 0 is the control thread */
};

/**
 * @return 0, -ENOENT (no such device or file), -EPERM, -EINVAL (not a capture of Ethernet frames),
 * or another negative errno; @p ret_problem says what, where and what to do.
 */
int nic_ports_open(const struct nic_options *options, struct nic_ports *ret_ports,
                   struct nic_problem *ret_problem);

/** Frames the ports dropped since they were opened, as far as their drivers tell. */
uint64_t nic_ports_missed(const struct nic_ports *ports);

/** The ports as the demand stream tells of them, at most @p max. @return How many. */
uint32_t nic_ports_report(const struct nic_ports *ports, struct psd_port *ret_ports, uint32_t max);

/** Whether an interface was deleted: its packet socket stays silent for ever. */
bool nic_ports_gone(const struct nic_ports *ports);

/** Stop the ports and EAL; no worker runs any more. Leaves no file behind. */
void nic_ports_close(const struct nic_ports *ports);

#endif
