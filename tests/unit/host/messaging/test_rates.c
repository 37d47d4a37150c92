/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/messaging/test_rates.c - a burst, then the rate, each peer for itself. */
#include "tests/unit/host/messaging/messaging_fixture.h"

static uint32_t count_until_refused(struct ps_rates *rates, uint64_t key, enum ps_rate_kind kind,
                                    uint64_t now_ns)
{
    uint32_t count = 0;

    while (count < 10000 && ps_rates_ask(rates, key, kind, now_ns) == 0)
        count++;
    return count;
}

static void a_burst_of_four_seconds_then_the_rate(void)
{
    struct ps_rates rates;

    PS_REQUIRE(ps_rates_init(&rates, 50, 10) == 0);
    CU_ASSERT_EQUAL(count_until_refused(&rates, 7, PS_RATE_PUT, NOW), 200);
    CU_ASSERT_EQUAL(count_until_refused(&rates, 7, PS_RATE_FETCH, NOW), 40);
    const uint64_t wait_ns = ps_rates_ask(&rates, 7, PS_RATE_PUT, NOW);
    CU_ASSERT_EQUAL(wait_ns, SEC / 50);
    CU_ASSERT_EQUAL(ps_rates_ask(&rates, 7, PS_RATE_PUT, NOW + wait_ns - 1), 1);
    CU_ASSERT_EQUAL(ps_rates_ask(&rates, 7, PS_RATE_PUT, NOW + wait_ns), 0);
    CU_ASSERT_EQUAL(count_until_refused(&rates, 7, PS_RATE_PUT, NOW + SEC), 49);
    CU_ASSERT_EQUAL(count_until_refused(&rates, 8, PS_RATE_PUT, NOW), 200);
    CU_ASSERT_EQUAL(count_until_refused(&rates, 7, PS_RATE_PUT, NOW + 3600 * SEC), 200);
    ps_rates_fini(&rates);
}

static void a_rate_below_one_in_four_seconds_lets_one_through(void)
{
    struct ps_rates rates;

    PS_REQUIRE(ps_rates_init(&rates, 0.1, 1) == 0);
    CU_ASSERT_EQUAL(count_until_refused(&rates, 7, PS_RATE_PUT, NOW), 1);
    CU_ASSERT_EQUAL(count_until_refused(&rates, 7, PS_RATE_PUT, NOW + 9 * SEC), 0);
    CU_ASSERT_EQUAL(count_until_refused(&rates, 7, PS_RATE_PUT, NOW + 10 * SEC), 1);
    ps_rates_fini(&rates);
}

static void rates_that_are_none_are_refused(void)
{
    static const double bad[] = { 0, -1, 1e10, 0.0 / 0.0 };
    struct ps_rates rates;

    for (size_t i = 0; i < PS_ARRAY_LEN(bad); i++) {
        CU_ASSERT_EQUAL(ps_rates_init(&rates, 1, bad[i]), -EINVAL);
        ps_rates_fini(&rates);
    }
}

/* Those who were active lately keep what they used up, however many others come by. */
static void passers_by_do_not_refill_a_bucket(void)
{
    struct ps_rates rates;

    PS_REQUIRE(ps_rates_init(&rates, 50, 50) == 0);
    CU_ASSERT_EQUAL(count_until_refused(&rates, 1, PS_RATE_PUT, NOW), 200);
    for (uint64_t other = 2; other < 500000; other++)
        CU_ASSERT_EQUAL(ps_rates_ask(&rates, other, PS_RATE_FETCH, NOW), 0);
    CU_ASSERT_TRUE(ps_rates_ask(&rates, 1, PS_RATE_PUT, NOW) > 0);
    ps_rates_fini(&rates);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_burst_of_four_seconds_then_the_rate),
        PS_TEST(a_rate_below_one_in_four_seconds_lets_one_through),
        PS_TEST(rates_that_are_none_are_refused),
        PS_TEST(passers_by_do_not_refill_a_bucket),
    };

    return ps_test_run("rates", tests, PS_ARRAY_LEN(tests));
}
