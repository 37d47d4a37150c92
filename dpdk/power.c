/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/power.h"

uint32_t nic_power_next(struct nic_power *power, uint32_t got)
{
    if (got > 0 || power->us_max == 0) {
        power->empty_count = 0;
        power->us = 0;
        return 0;
    }
    if (power->empty_count < NIC_POWER_SPINS) {
        power->empty_count++;
        return 0;
    }
    power->us = power->us == 0 ? NIC_POWER_US_MIN : power->us * 2;
    if (power->us > power->us_max)
        power->us = power->us_max;
    return power->us;
}
