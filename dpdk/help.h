/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/help.h - what --help prints: a manual page made from options.def and totals.def.
 *
 * Threads: before others start.
 */
#ifndef PS_DPDK_HELP_H
#define PS_DPDK_HELP_H

#include <stdio.h>

void nic_help_print(FILE *out);

#endif
