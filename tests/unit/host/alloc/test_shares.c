/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/alloc/test_shares.c - everyone gets the CU time that is theirs. */
#include <errno.h>
#include <math.h>

#include "host/base/mem.h"
#include "tests/unit/host/alloc/cluster.h"

static const uint32_t one_to_three[] = { 1, 3 };
static const struct ps_alloc_config two_tenants = { .tenant_weights = one_to_three,
                                                    .tenant_count = 2 };
static const struct ps_alloc_config one_tenant = { .jobs_max = 1000 };

/* CU time of a tenant's jobs. */
static double used_s(const struct cluster *c, uint32_t tenant, enum ps_queue queue)
{
    struct ps_job jobs[64];
    const uint32_t count = ps_alloc_list(c->alloc, jobs, PS_ARRAY_LEN(jobs));
    double sum = 0.0;

    for (uint32_t i = 0; i < count; i++)
        if (jobs[i].tenant == tenant && jobs[i].queue == queue)
            sum += (double)jobs[i].used_ns / 1e9;
    return sum;
}

static void backlog(struct cluster *c, enum ps_queue queue, uint32_t tenant, unsigned jobs)
{
    while (jobs-- > 0)
        cluster_add(c, queue, tenant);
}

static void check_weights(uint32_t cu_count)
{
    struct cluster c;

    cluster_begin(&c, cu_count, two_tenants);
    backlog(&c, PS_QUEUE_REAL_TIME, 0, 20);
    backlog(&c, PS_QUEUE_REAL_TIME, 1, 20);
    cluster_run(&c, 200 * MS, 60 * SECOND);
    const double ratio = used_s(&c, 1, PS_QUEUE_REAL_TIME) / used_s(&c, 0, PS_QUEUE_REAL_TIME);
    CU_ASSERT_TRUE(fabs(ratio - 3.0) < 0.15);
    ps_alloc_destroy(c.alloc);
}

static void backlogged_tenants_share_by_weight(void)
{
    check_weights(1);
    check_weights(4);
    check_weights(16);
}

static void tenant_that_was_away_does_not_catch_up(void)
{
    struct cluster c;

    cluster_begin(&c, 1, two_tenants);
    backlog(&c, PS_QUEUE_REAL_TIME, 0, 4);
    cluster_run(&c, 200 * MS, 60 * SECOND); /* alone */
    const double before = used_s(&c, 0, PS_QUEUE_REAL_TIME);
    backlog(&c, PS_QUEUE_REAL_TIME, 1, 4);
    cluster_run(&c, 200 * MS, 20 * SECOND);
    const double meanwhile = used_s(&c, 0, PS_QUEUE_REAL_TIME) - before;
    CU_ASSERT_TRUE(fabs(meanwhile - 5.0) < 0.5); /* a quarter of the time since, not none of it */
    ps_alloc_destroy(c.alloc);
}

static void reservation_goes_before_others_and_holds(void)
{
    struct cluster c;

    cluster_begin(&c, 1, two_tenants);
    CU_ASSERT_EQUAL(ps_alloc_reserve(c.alloc, 0, 0, 600000), 0);
    backlog(&c, PS_QUEUE_REAL_TIME, 0, 4);
    backlog(&c, PS_QUEUE_REAL_TIME, 1, 4);
    cluster_run(&c, 90 * MS, 100 * SECOND);
    /* 60 of 100 seconds are its own; the rest is shared, or not even used by it. */
    CU_ASSERT_TRUE(used_s(&c, 0, PS_QUEUE_REAL_TIME) >= 59.0);
    CU_ASSERT_TRUE(used_s(&c, 1, PS_QUEUE_REAL_TIME) >= 28.0);
    ps_alloc_destroy(c.alloc);
}

static void others_get_no_more_than_what_is_left_over(void)
{
    struct cluster c;

    cluster_begin(&c, 1, two_tenants);
    CU_ASSERT_EQUAL(ps_alloc_reserve(c.alloc, 0, 0, 600000), 0);
    backlog(&c, PS_QUEUE_REAL_TIME, 1, 2);
    backlog(&c, PS_QUEUE_SPECULATIVE, 0, 2);
    cluster_run(&c, 90 * MS, 100 * SECOND);
    const double others = used_s(&c, 1, PS_QUEUE_REAL_TIME) + used_s(&c, 0, PS_QUEUE_SPECULATIVE);
    CU_ASSERT_TRUE(others > 39.0 && others < 41.0);
    ps_alloc_destroy(c.alloc);
}

static void whole_cu_runs_its_tenant_only_and_without_limit(void)
{
    struct cluster c;

    cluster_begin(&c, 2, two_tenants);
    CU_ASSERT_EQUAL(ps_alloc_reserve(c.alloc, 0, 1, PS_ALLOC_WHOLE_CU), 0);
    backlog(&c, PS_QUEUE_SPECULATIVE, 0, 4);
    backlog(&c, PS_QUEUE_REAL_TIME, 0, 4);
    cluster_run(&c, 250 * MS, 10 * SECOND);
    CU_ASSERT_EQUAL(cluster_cu(&c, 0).busy_ns[PS_QUEUE_REAL_TIME], 0);
    CU_ASSERT_EQUAL(cluster_cu(&c, 0).busy_ns[PS_QUEUE_SPECULATIVE], 0);
    backlog(&c, PS_QUEUE_REAL_TIME, 1, 1);
    cluster_run(&c, 250 * MS, 10 * SECOND);
    CU_ASSERT_TRUE(cluster_cu(&c, 0).busy_ns[PS_QUEUE_REAL_TIME] >= 39 * 250 * MS);
    CU_ASSERT_EQUAL(cluster_cu(&c, 0).reserved, PS_ALLOC_WHOLE_CU);
    ps_alloc_destroy(c.alloc);
}

static void over_full_and_unknown_reservations_are_refused(void)
{
    struct cluster c;

    cluster_begin(&c, 1, two_tenants);
    CU_ASSERT_EQUAL(ps_alloc_reserve(c.alloc, 1, 0, 1), -EINVAL);
    CU_ASSERT_EQUAL(ps_alloc_reserve(c.alloc, 0, 2, 1), -EINVAL);
    CU_ASSERT_EQUAL(ps_alloc_reserve(c.alloc, 0, 0, PS_ALLOC_WHOLE_CU + 1), -EINVAL);
    CU_ASSERT_EQUAL(ps_alloc_reserve(c.alloc, 0, 0, 700000), 0);
    CU_ASSERT_EQUAL(ps_alloc_reserve(c.alloc, 0, 1, 300001), -ENOSPC);
    CU_ASSERT_EQUAL(ps_alloc_reserve(c.alloc, 0, 1, 300000), 0);
    CU_ASSERT_EQUAL(ps_alloc_reserve(c.alloc, 0, 0, 0), 0); /* given back */
    CU_ASSERT_EQUAL(ps_alloc_reserve(c.alloc, 0, 1, PS_ALLOC_WHOLE_CU), 0);
    CU_ASSERT_EQUAL(cluster_cu(&c, 0).reserved, PS_ALLOC_WHOLE_CU);
    ps_alloc_destroy(c.alloc);
}

static void given_back_cu_serves_everyone_again(void)
{
    struct cluster c;
    uint32_t cu = 9;

    cluster_begin(&c, 1, two_tenants);
    CU_ASSERT_EQUAL(ps_alloc_reserve(c.alloc, 0, 1, PS_ALLOC_WHOLE_CU), 0);
    const uint64_t id = cluster_add(&c, PS_QUEUE_REAL_TIME, 0);
    CU_ASSERT_EQUAL(cluster_start(&c, &cu), 0);
    CU_ASSERT_EQUAL(ps_alloc_reserve(c.alloc, 0, 1, 0), 0);
    CU_ASSERT_EQUAL(cluster_start(&c, &cu), id);
    ps_alloc_destroy(c.alloc);
}

static void check_cap(uint32_t cu_count, double share, uint64_t batch_ns)
{
    struct cluster c;

    cluster_begin(&c, cu_count, one_tenant);
    ps_alloc_cap_speculation(c.alloc, share);
    backlog(&c, PS_QUEUE_SPECULATIVE, 0, 2 * cu_count);
    cluster_run(&c, batch_ns, 200 * SECOND);
    const double got = used_s(&c, 0, PS_QUEUE_SPECULATIVE) / (200.0 * cu_count);
    CU_ASSERT_TRUE(fabs(got - share) < 0.02);
    ps_alloc_destroy(c.alloc);
}

static void capped_speculation_gets_its_share_in_the_long_run(void)
{
    for (double share = 0.0; share <= 1.0; share += 0.125) {
        check_cap(1, share, 250 * MS);
        check_cap(1, share, 70 * MS);
        check_cap(8, share, 250 * MS);
        check_cap(8, share, 190 * MS);
    }
}

static void cap_does_not_touch_viewers(void)
{
    struct cluster c;

    cluster_begin(&c, 2, one_tenant);
    ps_alloc_cap_speculation(c.alloc, 0.0);
    backlog(&c, PS_QUEUE_SPECULATIVE, 0, 4);
    backlog(&c, PS_QUEUE_REAL_TIME, 0, 4);
    cluster_run(&c, 100 * MS, 10 * SECOND);
    CU_ASSERT_TRUE(used_s(&c, 0, PS_QUEUE_REAL_TIME) > 19.0);
    CU_ASSERT_EQUAL(used_s(&c, 0, PS_QUEUE_SPECULATIVE), 0.0);
    ps_alloc_destroy(c.alloc);
}

/* The only card was lost and is back: nothing is in service before a batch shows that it works. */
static void capped_speculation_proves_cus_that_are_back(void)
{
    struct cluster c;
    uint32_t cu = 9;

    cluster_begin(&c, 2, one_tenant);
    ps_alloc_cap_speculation(c.alloc, 0.5);
    for (uint32_t i = 0; i < 2; i++) {
        ps_alloc_cu_lost(c.alloc, i, c.now_ns);
        ps_alloc_cu_back(c.alloc, i, c.now_ns + 1);
    }
    c.now_ns += SECOND;
    cluster_add(&c, PS_QUEUE_SPECULATIVE, 0);
    CU_ASSERT_NOT_EQUAL(cluster_start(&c, &cu), 0);
    ps_alloc_destroy(c.alloc);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(backlogged_tenants_share_by_weight),
        PS_TEST(tenant_that_was_away_does_not_catch_up),
        PS_TEST(reservation_goes_before_others_and_holds),
        PS_TEST(others_get_no_more_than_what_is_left_over),
        PS_TEST(whole_cu_runs_its_tenant_only_and_without_limit),
        PS_TEST(over_full_and_unknown_reservations_are_refused),
        PS_TEST(given_back_cu_serves_everyone_again),
        PS_TEST(capped_speculation_gets_its_share_in_the_long_run),
        PS_TEST(cap_does_not_touch_viewers),
        PS_TEST(capped_speculation_proves_cus_that_are_back),
    };

    return ps_test_run("host/alloc/shares.c", tests, PS_ARRAY_LEN(tests));
}
