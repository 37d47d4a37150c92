/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/sim/test_metrics.c - exact quantiles, and misses that only speculation caused.
 */
#include "tools/sim/metrics.h"

#include <errno.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

static void add(struct sim_metrics *metrics, uint64_t wait_ns, uint64_t latency_ns, uint32_t tenant)
{
    metrics->outcomes[metrics->arrived++] =
        (struct sim_outcome){ .wait_ns = wait_ns, .latency_ns = latency_ns, .tenant = tenant };
}

static void quantiles_are_exact_and_by_tenant(void)
{
    static const double q[] = { 0.5, 0.99, 1 };
    struct sim_metrics metrics;
    uint64_t ns[3];

    PS_REQUIRE(sim_metrics_init(&metrics, 200) == 0);
    PS_REQUIRE(sim_metrics_waits(&metrics, UINT32_MAX, q, 3, ns) == 0);
    CU_ASSERT_EQUAL(ns[2], 0); /* nobody came */
    for (uint64_t wait = 200; wait > 0; wait--)
        add(&metrics, wait, 1, wait <= 100 ? 0 : 1);
    PS_REQUIRE(sim_metrics_waits(&metrics, UINT32_MAX, q, 3, ns) == 0);
    CU_ASSERT_EQUAL(ns[0], 100);
    CU_ASSERT_EQUAL(ns[1], 198);
    CU_ASSERT_EQUAL(ns[2], 200);
    PS_REQUIRE(sim_metrics_waits(&metrics, 0, q, 3, ns) == 0);
    CU_ASSERT_EQUAL(ns[0], 50);
    CU_ASSERT_EQUAL(ns[2], 100);
    sim_metrics_fini(&metrics);
}

static void misses_count_only_where_speculation_made_them(void)
{
    struct sim_metrics with, without;

    PS_REQUIRE(sim_metrics_init(&with, 4) == 0);
    PS_REQUIRE(sim_metrics_init(&without, 4) == 0);
    add(&without, 0, 10, 0);
    add(&with, 0, 11, 0); /* added */
    add(&without, 0, 11, 0);
    add(&with, 0, 12, 0); /* late anyway */
    add(&without, 0, SIM_UNFINISHED, 0);
    add(&with, 0, 9, 0);
    add(&without, 0, 9, 0);
    add(&with, 0, SIM_UNFINISHED, 0); /* added */
    CU_ASSERT_EQUAL(sim_metrics_misses_added(&with, &without, 10), 2);
    CU_ASSERT_EQUAL(sim_metrics_misses_added(&with, &with, 10), 0);
    sim_metrics_fini(&with);
    sim_metrics_fini(&without);
}

static void share_of_no_time_is_none(void)
{
    const struct sim_metrics none = { 0 };
    const struct sim_metrics half = { .service_ns = 10, .busy_ns = { 2, 3 } };

    CU_ASSERT_EQUAL(sim_metrics_busy_share(&none, PS_QUEUE_REAL_TIME), 0);
    CU_ASSERT_DOUBLE_EQUAL(sim_metrics_busy_share(&half, PS_QUEUE_SPECULATIVE), 0.3, 1e-9);
}

static void no_memory_is_an_error(void)
{
    static const double q = 0.5;
    struct sim_metrics metrics;
    uint64_t ns;

    ps_fail_alloc_after(0);
    CU_ASSERT_EQUAL(sim_metrics_init(&metrics, 1), -ENOMEM);
    ps_fail_alloc_after(1);
    PS_REQUIRE(sim_metrics_init(&metrics, 1) == 0);
    CU_ASSERT_EQUAL(sim_metrics_waits(&metrics, UINT32_MAX, &q, 1, &ns), -ENOMEM);
    ps_fail_alloc_never();
    sim_metrics_fini(&metrics);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(quantiles_are_exact_and_by_tenant),
        PS_TEST(misses_count_only_where_speculation_made_them),
        PS_TEST(share_of_no_time_is_none),
        PS_TEST(no_memory_is_an_error),
    };

    return ps_test_run("tools/sim/metrics", tests, PS_ARRAY_LEN(tests));
}
