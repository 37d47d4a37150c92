/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/offload_rank.h - which media were claimed most in an interval.
 *
 * Claims come by peer class; rules are per media. Threads: the control thread.
 */
#ifndef PS_DPDK_OFFLOAD_RANK_H
#define PS_DPDK_OFFLOAD_RANK_H

#include <stdint.h>

#include "dpdk/abi/demand_stream.h"

struct nic_rank;

/** @param claims_max  Claims looked at; what comes behind them is not ranked. @return 0 or -ENOMEM.
 */
int nic_rank_create(struct nic_rank **ret_rank, uint32_t claims_max);
void nic_rank_destroy(struct nic_rank *rank);

/** The media claimed most, first first; among equals the lower key. @return How many: up to @p max.
 */
uint32_t nic_rank_top(struct nic_rank *rank, const struct psd_claim *claims, uint32_t count,
                      uint64_t *ret_keys, uint32_t max);

#endif
