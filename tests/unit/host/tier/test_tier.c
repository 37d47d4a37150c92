/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/tier/test_tier.c - what the tier promises its callers, over both stores. */
#include "tests/unit/host/tier/tier_fixture.h"

static bool no_uring; /* which store the tests run over now */

static void what_is_put_is_served_and_becomes_durable(void)
{
    struct fixture f;

    fixture_init(&f, no_uring);
    PS_REQUIRE(fixture_open(&f) == 0);
    CU_ASSERT_EQUAL(status_of(&f).uring, !no_uring);
    for (uint32_t n = 0; n < 10; n++)
        CU_ASSERT_EQUAL(put(&f, n, 1000 + n * 20000, PS_TIER_DEMANDED), 0);
    CU_ASSERT_EQUAL(check(&f, 3, 61000), 0);
    fixture_quiesce(&f);
    for (uint32_t n = 0; n < 10; n++) {
        CU_ASSERT_EQUAL(where(&f, n), PS_TIER_DURABLE);
        CU_ASSERT_EQUAL(check(&f, n, 1000 + n * 20000), 0);
    }
    CU_ASSERT_EQUAL(status_of(&f).segments[PS_TIER_DURABLE], 10);
    CU_ASSERT_TRUE(status_of(&f).flushes > 0);
    fixture_fini(&f);
}

static void a_restart_finds_what_was_stored(void)
{
    struct fixture f;

    fixture_init(&f, no_uring);
    PS_REQUIRE(fixture_open(&f) == 0);
    for (uint32_t n = 0; n < 60; n++) {
        CU_ASSERT_EQUAL(put(&f, n, 100000, PS_TIER_LIKELY), 0);
        if (n % 20 == 0)
            fixture_quiesce(&f);
    }
    fixture_close(&f); /* flushes */
    PS_REQUIRE(fixture_open(&f) == 0);
    CU_ASSERT_EQUAL(status_of(&f).recovered_segments, 60);
    for (uint32_t n = 0; n < 60; n++) {
        struct ps_tier_ref ref;

        CU_ASSERT_EQUAL(where(&f, n), PS_TIER_DURABLE);
        PS_REQUIRE(get(&f, n, &ref) == 0);
        CU_ASSERT_EQUAL(ref.prediction_id, n + 1000);
        CU_ASSERT_TRUE(ref.first_use);
        CU_ASSERT_EQUAL(memcmp(ref.data, bytes_of(n, 0, 100000), 100000), 0);
        ps_tier_release(f.tier, &ref);
    }
    CU_ASSERT_EQUAL(status_of(&f).hits_nvme, 60);
    CU_ASSERT_EQUAL(status_of(&f).hits_dram, 0);
    fixture_fini(&f);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(what_is_put_is_served_and_becomes_durable),
        PS_TEST(a_restart_finds_what_was_stored),
    };
    int rc = ps_test_run("host/tier io_uring", tests, PS_ARRAY_LEN(tests));

    no_uring = true;
    return rc != EXIT_SUCCESS ? rc : ps_test_run("host/tier pread", tests, PS_ARRAY_LEN(tests));
}
