/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/reload.h - which options differ between two readings, so that a reload can say what it left.
 *
 * Regions and tunnels are taken over while running. Threads: any; pure.
 */
#ifndef PS_DPDK_RELOAD_H
#define PS_DPDK_RELOAD_H

#include <stddef.h>

#include "dpdk/options.h"

/**
 * Names of the options that changed and take effect only at a restart, with commas between; ""
 * when there are none. @return How many.
 */
unsigned nic_reload_left(const struct nic_options *in_use, const struct nic_options *fresh,
                         char *ret_names, size_t size_bytes);

/**
 * Servers stay as they are @p in_use, for the daemon and the NIC's rules know of them; which
 * tunnels are looked into is as @p fresh has it.
 */
void nic_reload_keep_servers(const struct nic_options *in_use, struct nic_options *fresh);

#endif
