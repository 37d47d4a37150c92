/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/config/test_region.c - prefixes, and which one an address is in. */
#include "host/base/mem.h"
#include "host/config/keys_priv.h"
#include "tests/support/ps_test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>

static struct ps_config_region regions[4];
static const struct ps_config config = { .regions = regions, .region_count = 4 };

static uint16_t region_of(const char *text)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        return ps_config_region_of(&config, (const struct sockaddr *)&v4);
    PS_REQUIRE(inet_pton(AF_INET6, text, &v6.sin6_addr) == 1);
    return ps_config_region_of(&config, (const struct sockaddr *)&v6);
}

static void the_longest_prefix_counts(void)
{
    CU_ASSERT_EQUAL(ps_config_parse_prefix(&regions[0], "10.77.0.0/16"), 0);
    CU_ASSERT_EQUAL(ps_config_parse_prefix(&regions[1], "10.77.1.0/24"), 0);
    CU_ASSERT_EQUAL(ps_config_parse_prefix(&regions[2], "2001:db8::/33"), 0);
    CU_ASSERT_EQUAL(ps_config_parse_prefix(&regions[3], "10.77.1.128/27"), 0);
    for (uint32_t i = 0; i < 4; i++)
        regions[i].region = i + 1;
    CU_ASSERT_EQUAL(region_of("10.77.9.9"), 1);
    CU_ASSERT_EQUAL(region_of("10.77.1.9"), 2);
    CU_ASSERT_EQUAL(region_of("10.77.1.159"), 4);
    CU_ASSERT_EQUAL(region_of("10.77.1.160"), 2);
    CU_ASSERT_EQUAL(region_of("10.78.0.0"), 0);
    CU_ASSERT_EQUAL(region_of("2001:db8:7fff::1"), 3);
    CU_ASSERT_EQUAL(region_of("2001:db8:8000::1"), 0);
    CU_ASSERT_EQUAL(region_of("::ffff:10.77.9.9"), 1); /* a v4 client on a v6 socket */
}

static void the_widest_and_the_narrowest_fit(void)
{
    struct ps_config_region one[2] = { { .region = 7 }, { .region = 8 } };
    const struct ps_config wide = { .regions = one, .region_count = 2 };
    struct sockaddr_in6 address = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };

    CU_ASSERT_EQUAL(ps_config_parse_prefix(&one[0], "::/0"), 0);
    CU_ASSERT_EQUAL(ps_config_parse_prefix(&one[1], "::1/128"), 0);
    CU_ASSERT_EQUAL(ps_config_region_of(&wide, (const struct sockaddr *)&address), 8);
    address.sin6_addr.s6_addr[0] = 1;
    CU_ASSERT_EQUAL(ps_config_region_of(&wide, (const struct sockaddr *)&address), 7);
    address.sin6_family = AF_UNIX;
    CU_ASSERT_EQUAL(ps_config_region_of(&wide, (const struct sockaddr *)&address), 0);
}

static void what_is_no_prefix_is_refused(void)
{
    static const char *const bad[] = { "",           "10.77.1.0",    "10.77.1.0/",  "10.77.1.0/33",
                                       "10.77.1/24", "10.77.1.5/24", "::/129",      "::1/64",
                                       "x/8",        "10.0.0.0/8x",  "10.0.0.0/ 8", "10.0.0.0/-1" };
    struct ps_config_region region = { .region = 1 };

    for (size_t i = 0; i < PS_ARRAY_LEN(bad); i++)
        CU_ASSERT_EQUAL(ps_config_parse_prefix(&region, bad[i]), -EINVAL);
    CU_ASSERT_EQUAL(region.prefix_bits, 0);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(the_longest_prefix_counts),
        PS_TEST(the_widest_and_the_narrowest_fit),
        PS_TEST(what_is_no_prefix_is_refused),
    };

    return ps_test_run("host/config/region", tests, PS_ARRAY_LEN(tests));
}
