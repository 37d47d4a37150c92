/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/dpdk/test_address.c - addresses, servers and numbers as users write them. */
#include "dpdk/address.h"
#include "dpdk/mem.h"
#include "dpdk/number.h"
#include "tests/support/ps_test.h"

static void servers_are_read_in_both_families(void)
{
    const uint8_t v4[] = { 10, 77, 0, 1 };
    const struct nic_address address = nic_address_from_v4(v4);
    struct nic_endpoint e;

    CU_ASSERT_EQUAL(nic_endpoint_parse("10.77.0.1:80", &e), 0);
    CU_ASSERT_TRUE(nic_endpoint_matches(&e, &address, 80));
    CU_ASSERT_FALSE(nic_endpoint_matches(&e, &address, 81));
    CU_ASSERT_EQUAL(nic_endpoint_parse("10.77.0.2:80", &e), 0);
    CU_ASSERT_FALSE(nic_endpoint_matches(&e, &address, 80));
    CU_ASSERT_EQUAL(nic_endpoint_parse("[::ffff:10.77.0.1]:80", &e), 0);
    CU_ASSERT_TRUE(nic_endpoint_matches(&e, &address, 80));
    CU_ASSERT_EQUAL(nic_endpoint_parse("[fd00::1]:65535", &e), 0);
    CU_ASSERT_EQUAL(e.port, 65535);
}

static void the_zero_address_stands_for_its_family(void)
{
    const uint8_t v4[] = { 10, 77, 0, 1 };
    const struct nic_address address = nic_address_from_v4(v4);
    struct nic_address v6;
    struct nic_endpoint e;

    CU_ASSERT_EQUAL(nic_address_parse("fd00::1", &v6), 0);
    CU_ASSERT_EQUAL(nic_endpoint_parse("0.0.0.0:80", &e), 0);
    CU_ASSERT_TRUE(nic_endpoint_matches(&e, &address, 80));
    CU_ASSERT_FALSE(nic_endpoint_matches(&e, &v6, 80));
    CU_ASSERT_EQUAL(nic_endpoint_parse("[::]:80", &e), 0);
    CU_ASSERT_FALSE(nic_endpoint_matches(&e, &address, 80));
    CU_ASSERT_TRUE(nic_endpoint_matches(&e, &v6, 80));
}

static void bad_servers_are_refused(void)
{
    static const char *const bad[] = {
        "",
        ":",
        ":80",
        "10.0.0.1",
        "10.0.0.1:",
        "10.0.0.1:0",
        "10.0.0.1:-1",
        "10.0.0.1:80x",
        "10.0.0.1: 80",
        "10.0.0.1:65536",
        "10.0.0:80",
        "host:80",
        "fd00::1:80",
        "[fd00::1]",
        "[fd00::1]80",
        "[fd00::1:80",
        "[10.0.0.1]:80",
        "[]:80",
        "1111111111111111111111111111111111111111111111111:80",
    };
    struct nic_endpoint e;

    for (size_t i = 0; i < NIC_ARRAY_LEN(bad); i++)
        CU_ASSERT_NOT_EQUAL(nic_endpoint_parse(bad[i], &e), 0);
}

static void numbers_are_whole_and_in_range(void)
{
    static const char *const bad[] = { "",
                                       "-1",
                                       "+1",
                                       " 1",
                                       "1 ",
                                       "1k",
                                       "0x1",
                                       "1.0",
                                       "9",
                                       "101",
                                       "18446744073709551616",
                                       "99999999999999999999999" };
    uint64_t value = 0;

    for (size_t i = 0; i < NIC_ARRAY_LEN(bad); i++)
        CU_ASSERT_NOT_EQUAL(nic_number_parse(bad[i], 10, 100, &value), 0);
    CU_ASSERT_EQUAL(value, 0);
    CU_ASSERT_EQUAL(nic_number_parse("010", 10, 100, &value), 0);
    CU_ASSERT_EQUAL(value, 10);
    CU_ASSERT_EQUAL(nic_number_parse("18446744073709551615", 0, UINT64_MAX, &value), 0);
    CU_ASSERT_EQUAL(value, UINT64_MAX);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(servers_are_read_in_both_families),
        PS_TEST(the_zero_address_stands_for_its_family),
        PS_TEST(bad_servers_are_refused),
        PS_TEST(numbers_are_whole_and_in_range),
    };

    return ps_test_run("dpdk/address", tests, NIC_ARRAY_LEN(tests));
}
