/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/dpdk/test_carrier.c - what needs no interface of its own; test_link.py has the rest.
 */
#include "dpdk/carrier.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "dpdk/mem.h"
#include "tests/support/ps_test.h"

static struct nic_carrier carrier;

static void an_interface_that_is_not_there_is_refused(void)
{
    CU_ASSERT_EQUAL(nic_carrier_open(&carrier, 0, "nothere", false), -ENODEV);
}

static void nothing_happens_to_the_loopback(void)
{
    PS_REQUIRE(nic_carrier_open(&carrier, 0, "lo", false) == 0);
    CU_ASSERT_EQUAL(nic_carrier_look(&carrier), NIC_CARRIER_SAME);
    CU_ASSERT_EQUAL(carrier.down_count, 0);
    nic_carrier_close(&carrier);
    nic_carrier_close(&carrier);
}

static void each_change_is_told_once(void)
{
    PS_REQUIRE(nic_carrier_open(&carrier, 0, "lo", false) == 0);
    if (carrier.is_up) {
        carrier.is_up = false; /* as if it had been down until now */
        CU_ASSERT_EQUAL(nic_carrier_look(&carrier), NIC_CARRIER_CAME_UP);
    } else {
        carrier.is_up = true;
        CU_ASSERT_EQUAL(nic_carrier_look(&carrier), NIC_CARRIER_WENT_DOWN);
        CU_ASSERT_EQUAL(carrier.down_count, 1);
    }
    CU_ASSERT_EQUAL(nic_carrier_look(&carrier), NIC_CARRIER_SAME);
    nic_carrier_close(&carrier);
}

static void only_an_interface_of_our_own_may_be_elsewhere(void)
{
    PS_REQUIRE(nic_carrier_open(&carrier, 0, "lo", false) == 0);
    carrier.interface = 0x7ffffff0; /* nobody's */
    CU_ASSERT_EQUAL(nic_carrier_look(&carrier), NIC_CARRIER_SAME);
    carrier.tap_fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC); /* of no tap, as when it is gone */
    if (carrier.tap_fd >= 0) {
        CU_ASSERT_EQUAL(nic_carrier_look(&carrier), NIC_CARRIER_GONE);
        close(carrier.tap_fd);
    }
    carrier.may_move = false;
    CU_ASSERT_EQUAL(nic_carrier_look(&carrier), NIC_CARRIER_GONE);
    nic_carrier_close(&carrier);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(an_interface_that_is_not_there_is_refused),
        PS_TEST(nothing_happens_to_the_loopback),
        PS_TEST(each_change_is_told_once),
        PS_TEST(only_an_interface_of_our_own_may_be_elsewhere),
    };

    return ps_test_run("dpdk/carrier", tests, NIC_ARRAY_LEN(tests));
}
