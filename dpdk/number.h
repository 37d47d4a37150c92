/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/number.h - decimal numbers from users: whole text, no sign, no trailing text, in range.
 *
 * Threads: any; no state.
 */
#ifndef PS_DPDK_NUMBER_H
#define PS_DPDK_NUMBER_H

#include <stdint.h>

/** @return 0, -EINVAL (not digits only) or -ERANGE (outside min..max). */
int nic_number_parse(const char *text, uint64_t min, uint64_t max, uint64_t *ret_value);

#endif
