/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/power.h - how long a worker may sleep when its ports bring nothing.
 *
 * A polling loop takes a whole core to find nothing. After NIC_POWER_SPINS empty polls the worker
 * sleeps, longer each time, up to a bound that the port's ring must be able to absorb; one frame
 * brings it back to polling. Where ports can interrupt, the sleep lasts until they do
 * (interrupt.h). Threads: the worker's.
 */
#ifndef PS_DPDK_POWER_H
#define PS_DPDK_POWER_H

#include <stdint.h>

#define NIC_POWER_SPINS         64u
#define NIC_POWER_US_MIN        50u
#define NIC_POWER_MIRROR_US_MAX 1000u
#define NIC_POWER_INLINE_US_MAX 250u /* it is added to the wire's delay after a pause */

struct nic_power {
    uint32_t us_max; /* 0: never sleep */
    uint32_t empty_count;
    uint32_t us;
};

/** @param got  Frames of the last poll. @return Microseconds to sleep now; 0: poll again. */
uint32_t nic_power_next(struct nic_power *power, uint32_t got);

#endif
