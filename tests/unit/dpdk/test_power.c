/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/dpdk/test_power.c - when a worker sleeps, and how long. */
#include "dpdk/power.h"

#include "dpdk/mem.h"
#include "tests/support/ps_test.h"

static uint32_t after_empty_polls(struct nic_power *power, uint32_t polls)
{
    uint32_t us = 0;

    for (uint32_t i = 0; i < polls; i++)
        us = nic_power_next(power, 0);
    return us;
}

static void sleep_grows_to_its_bound_and_ends_with_a_frame(void)
{
    struct nic_power power = { .us_max = 300 };

    CU_ASSERT_EQUAL(after_empty_polls(&power, NIC_POWER_SPINS), 0);
    CU_ASSERT_EQUAL(nic_power_next(&power, 0), NIC_POWER_US_MIN);
    CU_ASSERT_EQUAL(nic_power_next(&power, 0), 2 * NIC_POWER_US_MIN);
    CU_ASSERT_EQUAL(after_empty_polls(&power, 9), 300);
    CU_ASSERT_EQUAL(nic_power_next(&power, 1), 0);
    CU_ASSERT_EQUAL(after_empty_polls(&power, NIC_POWER_SPINS), 0);
    CU_ASSERT_EQUAL(nic_power_next(&power, 0), NIC_POWER_US_MIN);
}

static void without_a_bound_it_never_sleeps(void)
{
    struct nic_power power = { .us_max = 0 };

    CU_ASSERT_EQUAL(after_empty_polls(&power, 10 * NIC_POWER_SPINS), 0);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(sleep_grows_to_its_bound_and_ends_with_a_frame),
        PS_TEST(without_a_bound_it_never_sleeps),
    };

    return ps_test_run("dpdk/power", tests, NIC_ARRAY_LEN(tests));
}
