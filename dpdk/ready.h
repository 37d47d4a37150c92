/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/ready.h - what must be in order before DPDK starts, said in words that tell what to do.
 *
 * DPDK's own messages name functions; these name interfaces, commands and kernel options. Looks,
 * changes nothing. Threads: any.
 */
#ifndef PS_DPDK_READY_H
#define PS_DPDK_READY_H

#include "dpdk/log.h"
#include "dpdk/options.h"

/** @return 0 or a negative errno and @p ret_problem: devices, huge pages, file. */
int nic_ready_check(const struct nic_options *options, struct nic_problem *ret_problem);

/**
 * Whether the NIC at @p address is bound to a driver that DPDK works with.
 * @param sysfs  "/sys", or a test's. @return 0, -ENODEV, -EBUSY (the kernel has it) or -ENOTSUP
 * (there is no IOMMU).
 */
int nic_ready_check_pci(const char *sysfs, const char *address, struct nic_problem *ret_problem);

/** @param meminfo  "/proc/meminfo", or a test's. @return 0 or -ENOMEM. */
int nic_ready_check_hugepages(const char *meminfo, uint32_t mem_mb,
                              struct nic_problem *ret_problem);

#endif
