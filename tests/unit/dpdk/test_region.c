/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/dpdk/test_region.c - the longest prefix wins, checked against the obvious search. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dpdk/mem.h"
#include "dpdk/region.h"
#include "tests/support/ps_test.h"

static struct nic_regions regions;

static uint16_t find(const char *text)
{
    struct nic_address address;

    PS_REQUIRE(nic_address_parse(text, &address) == 0);
    return nic_region_find(&regions, &address);
}

static void the_longest_prefix_wins(void)
{
    static const char *const added[] = { "10.0.0.0/8=1",   "10.77.0.0/16=2", "10.77.1.0/24=3",
                                         "10.77.1.7/32=4", "fd00::/16=5",    "fd00:0:1::/48=6",
                                         "0.0.0.0/0=7" };

    regions.count = 0;
    for (size_t i = 0; i < NIC_ARRAY_LEN(added); i++)
        CU_ASSERT_EQUAL(nic_region_add(&regions, added[i]), 0);
    nic_region_seal(&regions);
    CU_ASSERT_EQUAL(find("10.1.2.3"), 1);
    CU_ASSERT_EQUAL(find("10.77.2.1"), 2);
    CU_ASSERT_EQUAL(find("10.77.1.6"), 3);
    CU_ASSERT_EQUAL(find("10.77.1.7"), 4);
    CU_ASSERT_EQUAL(find("10.77.1.8"), 3);
    CU_ASSERT_EQUAL(find("10.255.255.255"), 1);
    CU_ASSERT_EQUAL(find("192.0.2.1"), 7);
    CU_ASSERT_EQUAL(find("fd00:0:1::9"), 6);
    CU_ASSERT_EQUAL(find("fd00:0:2::9"), 5);
    CU_ASSERT_EQUAL(find("fe80::1"), NIC_REGION_UNKNOWN);
}

static void nothing_matches_without_prefixes(void)
{
    regions.count = 0;
    nic_region_seal(&regions);
    CU_ASSERT_EQUAL(find("10.0.0.1"), NIC_REGION_UNKNOWN);
}

/* A small linear congruence: seeded, so that a failure can be seen again. */
static uint32_t next(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static uint16_t search_all(const uint32_t *first, const uint32_t *bits, uint32_t count,
                           uint32_t address)
{
    uint32_t best = 0;
    uint16_t region = NIC_REGION_UNKNOWN;

    for (uint32_t i = 0; i < count; i++)
        if ((address & ~(0xffffffffull >> bits[i])) == first[i] && bits[i] >= best) {
            best = bits[i];
            region = (uint16_t)(i + 1);
        }
    return region;
}

static void it_agrees_with_the_obvious_search(void)
{
    static uint32_t first[1000], bits[1000];
    uint32_t state = 9, count = 0;

    regions.count = 0;
    while (count < 1000) {
        const uint32_t b = 1 + next(&state) % 32;
        const uint32_t f = (next(&state) << 12 ^ next(&state)) & (uint32_t) ~(0xffffffffull >> b);
        char text[64];
        bool is_new = true;

        for (uint32_t i = 0; i < count; i++)
            is_new = is_new && !(first[i] == f && bits[i] == b);
        if (!is_new)
            continue;
        first[count] = f;
        bits[count++] = b;
        snprintf(text, sizeof(text), "%u.%u.%u.%u/%u=%u", f >> 24, f >> 16 & 255, f >> 8 & 255,
                 f & 255, b, count);
        PS_REQUIRE(nic_region_add(&regions, text) == 0);
    }
    nic_region_seal(&regions);
    for (uint32_t i = 0; i < 5000; i++) {
        /* Every other one near a prefix. */
        const uint32_t a = i % 2 ? next(&state) << 9 ^ next(&state)
                                 : first[next(&state) % 1000] + next(&state) % 3 - 1;
        const uint8_t v4[] = { (uint8_t)(a >> 24), (uint8_t)(a >> 16), (uint8_t)(a >> 8),
                               (uint8_t)a };
        const struct nic_address address = nic_address_from_v4(v4);

        CU_ASSERT_EQUAL(nic_region_find(&regions, &address), search_all(first, bits, 1000, a));
    }
}

static void bad_prefixes_are_refused(void)
{
    static const char *const bad[] = { "",
                                       "10.0.0.0",
                                       "10.0.0.0/8",
                                       "10.0.0.0=1",
                                       "10.0.0.0=1/8",
                                       "10.0.0.0/33=1",
                                       "10.0.0.1/8=1",
                                       "10.0.0.0/8=0",
                                       "10.0.0.0/8=65536",
                                       "10.0.0.0/8=1x",
                                       "10.0.0.0/8x=1",
                                       "fd00::/129=1",
                                       "fd00::1/16=1",
                                       "x/8=1",
                                       "1111:1111:1111:1111:1111:1111:1111:1111:1111:1111/8=1" };

    regions.count = 0;
    for (size_t i = 0; i < NIC_ARRAY_LEN(bad); i++)
        CU_ASSERT_EQUAL(nic_region_add(&regions, bad[i]), -EINVAL);
    CU_ASSERT_EQUAL(regions.count, 0);
    CU_ASSERT_EQUAL(nic_region_add(&regions, "10.0.0.0/8=1"), 0);
    CU_ASSERT_EQUAL(nic_region_add(&regions, "10.0.0.0/8=2"), -EEXIST);
    CU_ASSERT_EQUAL(nic_region_add(&regions, "10.0.0.0/9=2"), 0);
    CU_ASSERT_EQUAL(regions.count, 2);
}

static void the_table_has_a_limit(void)
{
    char text[64];

    regions.count = 0;
    for (uint32_t i = 0; i < NIC_REGIONS_MAX; i++) {
        snprintf(text, sizeof(text), "10.%u.%u.0/24=1", i >> 8, i & 255);
        CU_ASSERT_EQUAL(nic_region_add(&regions, text), 0);
    }
    CU_ASSERT_EQUAL(nic_region_add(&regions, "11.0.0.0/24=1"), -ENOSPC);
    nic_region_seal(&regions);
    CU_ASSERT_EQUAL(find("10.15.255.1"), 1);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(the_longest_prefix_wins),
        PS_TEST(nothing_matches_without_prefixes),
        PS_TEST(it_agrees_with_the_obvious_search),
        PS_TEST(bad_prefixes_are_refused),
        PS_TEST(the_table_has_a_limit),
    };

    return ps_test_run("dpdk/region", tests, NIC_ARRAY_LEN(tests));
}
