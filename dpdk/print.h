/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/print.h - demand as text, for people and scripts without a daemon.
 *
 * `record`, `claim` and `tls_name` lines, then one `epoch` line per interval; `total` at the end. A
 * name that is not known any more is printed as its key. Threads: the control thread.
 */
#ifndef PS_DPDK_PRINT_H
#define PS_DPDK_PRINT_H

#include <stdio.h>

#include "dpdk/batch.h"
#include "dpdk/names.h"

void nic_print_batch(FILE *out, const struct nic_batch *batch, const struct nic_names *names);

void nic_print_totals(FILE *out, const char *label, const struct nic_totals *totals);

#endif
