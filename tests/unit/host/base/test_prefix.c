/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/base/test_prefix.c - the longest prefix around an address, compared with trying
 * them all. */
#include "host/base/prefix.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

static void add(struct ps_prefixes *table, const char *text, uint32_t value)
{
    struct ps_prefix prefix;

    PS_REQUIRE(ps_prefix_parse(&prefix, text) == 0);
    PS_REQUIRE(ps_prefixes_add(table, &prefix, value) == 0);
}

static uint32_t find(const struct ps_prefixes *table, const char *text)
{
    uint8_t address[PS_ADDRESS_BYTES];

    PS_REQUIRE(ps_address_parse(address, text) == 0);
    return ps_prefixes_find(table, address);
}

static void the_longest_prefix_counts(void)
{
    struct ps_prefixes table = { 0 };

    add(&table, "10.77.1.0/24", 2);
    add(&table, "10.77.0.0/16", 1);
    add(&table, "2001:db8::/33", 3);
    add(&table, "10.77.1.128/27", 4);
    add(&table, "10.77.1.0/24", 9); /* said before */
    ps_prefixes_ready(&table);
    CU_ASSERT_EQUAL(table.count, 4);
    CU_ASSERT_EQUAL(find(&table, "10.77.9.9"), 1);
    CU_ASSERT_EQUAL(find(&table, "10.77.1.9"), 2);
    CU_ASSERT_EQUAL(find(&table, "10.77.1.159"), 4);
    CU_ASSERT_EQUAL(find(&table, "10.77.1.160"), 2);
    CU_ASSERT_EQUAL(find(&table, "10.76.255.255"), 0);
    CU_ASSERT_EQUAL(find(&table, "10.78.0.0"), 0);
    CU_ASSERT_EQUAL(find(&table, "2001:db8:7fff::1"), 3);
    CU_ASSERT_EQUAL(find(&table, "2001:db8:8000::1"), 0);
    CU_ASSERT_EQUAL(find(&table, "::ffff:10.77.9.9"), 1); /* a v4 client on a v6 socket */
    ps_prefixes_fini(&table);
}

static void the_widest_and_the_narrowest_fit(void)
{
    struct ps_prefixes table = { 0 };

    CU_ASSERT_EQUAL(find(&table, "::1"), 0);
    add(&table, "::1/128", 8);
    add(&table, "::/0", 7);
    add(&table, "0.0.0.0/0", 6);
    ps_prefixes_ready(&table);
    CU_ASSERT_EQUAL(find(&table, "::1"), 8);
    CU_ASSERT_EQUAL(find(&table, "::2"), 7);
    CU_ASSERT_EQUAL(find(&table, "255.255.255.255"), 6);
    CU_ASSERT_EQUAL(find(&table, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), 7);
    ps_prefixes_fini(&table);
}

/* The same question, by trying each. */
static uint32_t longest(const struct ps_prefix *prefixes, uint32_t count, const uint8_t *address)
{
    uint32_t value = 0, bits = 0;

    for (uint32_t i = 0; i < count; i++) {
        bool holds = true;

        for (uint32_t bit = 0; bit < prefixes[i].bits && holds; bit++)
            holds = (((prefixes[i].bytes[bit / 8] ^ address[bit / 8]) << (bit % 8)) & 0x80) == 0;
        if (holds && (value == 0 || prefixes[i].bits > bits)) {
            value = i + 1;
            bits = prefixes[i].bits;
        }
    }
    return value;
}

static void any_address_in_any_table_is_found_as_by_trying_all(void)
{
    enum { COUNT = 200, ASKS = 2000 };
    struct ps_prefix prefixes[COUNT];
    uint8_t address[PS_ADDRESS_BYTES] = { 0 };
    uint32_t seed = 7, found = 0;

    for (unsigned round = 0; round < 10; round++) {
        struct ps_prefixes table = { 0 };

        for (uint32_t i = 0; i < COUNT; i++) { /* few bits differ, so that many are nested */
            prefixes[i] = (struct ps_prefix){ .bits = (seed = seed * 1103515245u + 12345u) >> 28 };
            for (uint32_t bit = 0; bit < prefixes[i].bits; bit++)
                prefixes[i].bytes[bit / 8] |=
                    (uint8_t)(((seed = seed * 1103515245u + 12345u) >> 31) << (7 - bit % 8));
            PS_REQUIRE(ps_prefixes_add(&table, &prefixes[i], i + 1) == 0);
        }
        ps_prefixes_ready(&table);
        for (uint32_t i = 0; i < ASKS; i++) {
            address[0] = (uint8_t)((seed = seed * 1103515245u + 12345u) >> 24);
            address[1] = (uint8_t)((seed = seed * 1103515245u + 12345u) >> 24);
            const uint32_t value = ps_prefixes_find(&table, address);
            CU_ASSERT_EQUAL(value, longest(prefixes, COUNT, address));
            found += value > 0;
        }
        ps_prefixes_fini(&table);
    }
    CU_ASSERT_TRUE(found > ASKS);
}

static void what_is_no_prefix_is_refused(void)
{
    static const char *const bad[] = { "",           "10.77.1.0",    "10.77.1.0/",  "10.77.1.0/33",
                                       "10.77.1/24", "10.77.1.5/24", "::/129",      "::1/64",
                                       "x/8",        "10.0.0.0/8x",  "10.0.0.0/ 8", "10.0.0.0/-1" };
    struct ps_prefix prefix = { .bits = 5 };

    for (size_t i = 0; i < PS_ARRAY_LEN(bad); i++)
        CU_ASSERT_EQUAL(ps_prefix_parse(&prefix, bad[i]), -EINVAL);
    CU_ASSERT_EQUAL(prefix.bits, 5);
}

static void sockets_addresses_are_both_families(void)
{
    const struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_addr = { htonl(0x0a4d0909) } };
    const struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
    const struct sockaddr other = { .sa_family = AF_UNIX };
    uint8_t bytes[PS_ADDRESS_BYTES], parsed[PS_ADDRESS_BYTES];

    CU_ASSERT_EQUAL(ps_address_of(bytes, (const struct sockaddr *)&v4), 0);
    CU_ASSERT_EQUAL(ps_address_parse(parsed, "10.77.9.9"), 0);
    CU_ASSERT_EQUAL(memcmp(bytes, parsed, sizeof(bytes)), 0);
    CU_ASSERT_EQUAL(ps_address_of(bytes, (const struct sockaddr *)&v6), 0);
    CU_ASSERT_EQUAL(ps_address_parse(parsed, "::1"), 0);
    CU_ASSERT_EQUAL(memcmp(bytes, parsed, sizeof(bytes)), 0);
    CU_ASSERT_EQUAL(ps_address_of(bytes, &other), -EAFNOSUPPORT);
    CU_ASSERT_EQUAL(ps_address_parse(parsed, "ten"), -EINVAL);
}

static void a_failed_allocation_leaves_the_table_as_it_was(void)
{
    struct ps_prefixes table = { 0 };
    struct ps_prefix prefix;

    PS_REQUIRE(ps_prefix_parse(&prefix, "10.0.0.0/8") == 0);
    ps_fail_alloc_after(0);
    CU_ASSERT_EQUAL(ps_prefixes_add(&table, &prefix, 1), -ENOMEM);
    ps_fail_alloc_never();
    CU_ASSERT_EQUAL(table.count, 0);
    ps_prefixes_fini(&table);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(the_longest_prefix_counts),
        PS_TEST(the_widest_and_the_narrowest_fit),
        PS_TEST(any_address_in_any_table_is_found_as_by_trying_all),
        PS_TEST(what_is_no_prefix_is_refused),
        PS_TEST(sockets_addresses_are_both_families),
        PS_TEST(a_failed_allocation_leaves_the_table_as_it_was),
    };

    return ps_test_run("host/base/prefix.c", tests, PS_ARRAY_LEN(tests));
}
