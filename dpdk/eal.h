/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/eal.h - brings up DPDK's EAL for what the options ask for.
 *
 * lcore 0 is the control thread, lcores 1.. the workers. EAL prints its own troubles; what a user
 * can mend is said in our words (ready.h checks before). Once per process: EAL cannot restart.
 *
 * Threads: the main thread, which becomes EAL's main lcore.
 */
#ifndef PS_DPDK_EAL_H
#define PS_DPDK_EAL_H

#include "dpdk/log.h"
#include "dpdk/options.h"

/** @return 0 or a negative errno and @p ret_problem. */
int nic_eal_start(const struct nic_options *options, struct nic_problem *ret_problem);

/** After the ports are closed. Leaves no file behind, as far as we may remove it. */
void nic_eal_stop(void);

#endif
