/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/alloc/test_forecast.c - the forecast is late rather than early, and not absurd.
 */
#include "host/base/mem.h"
#include "tests/unit/host/alloc/cluster.h"

static const uint32_t even[] = { 1, 1 };
static const struct ps_alloc_config two_tenants = { .tenant_weights = even, .tenant_count = 2 };

static uint64_t add_work(struct cluster *c, enum ps_queue queue, uint32_t tenant, uint64_t cost_ns,
                         uint64_t deadline_ns)
{
    const struct ps_job job = { .kernel = KERNEL,
                                .queue = queue,
                                .tenant = tenant,
                                .cost_ns = cost_ns,
                                .deadline_ns = deadline_ns };
    uint64_t id = 0;

    PS_REQUIRE(ps_alloc_add(c->alloc, &job, c->now_ns, &id) == 0);
    ps_alloc_set_ready(c->alloc, id, true, c->now_ns);
    return id;
}

static uint64_t forecast(const struct cluster *c, uint32_t tenant, uint64_t cost_ns)
{
    return ps_alloc_forecast_ns(c->alloc, KERNEL, tenant, cost_ns, c->now_ns) - c->now_ns;
}

static void idle_cluster_takes_no_longer_than_the_job(void)
{
    struct cluster c;

    cluster_begin(&c, 4, two_tenants);
    CU_ASSERT_EQUAL(forecast(&c, 0, SECOND), SECOND);
    ps_alloc_destroy(c.alloc);
}

static void speculation_costs_one_batch_at_most(void)
{
    struct cluster c;
    struct ps_assignment a[4];

    cluster_begin(&c, 4, two_tenants);
    for (unsigned i = 0; i < 50; i++)
        add_work(&c, PS_QUEUE_SPECULATIVE, 0, 10 * SECOND, 0);
    CU_ASSERT_EQUAL(ps_alloc_dispatch(c.alloc, c.now_ns, a, 4), 4);
    const uint64_t end_ns = forecast(&c, 0, SECOND);
    CU_ASSERT_TRUE(end_ns >= SECOND && end_ns <= SECOND + 250 * MS);
    ps_alloc_destroy(c.alloc);
}

static void other_tenants_backlog_is_not_waited_for(void)
{
    struct cluster c;

    cluster_begin(&c, 4, two_tenants);
    for (unsigned i = 0; i < 100; i++)
        add_work(&c, PS_QUEUE_REAL_TIME, 1, 10 * SECOND, 0);
    CU_ASSERT_TRUE(forecast(&c, 0, SECOND) <= 2 * SECOND);
    CU_ASSERT_TRUE(forecast(&c, 1, SECOND) >= 250 * SECOND);
    ps_alloc_destroy(c.alloc);
}

static void no_cu_no_forecast(void)
{
    struct cluster c;

    cluster_begin(&c, 2, two_tenants);
    CU_ASSERT_EQUAL(ps_alloc_forecast_ns(c.alloc, KERNEL + 1, 0, 1, 1), UINT64_MAX);
    CU_ASSERT_EQUAL(ps_alloc_forecast_ns(c.alloc, PS_ALLOC_KERNELS_MAX, 0, 1, 1), UINT64_MAX);
    CU_ASSERT_EQUAL(ps_alloc_reserve(c.alloc, 0, 1, PS_ALLOC_WHOLE_CU), 0);
    CU_ASSERT_EQUAL(ps_alloc_reserve(c.alloc, 1, 1, PS_ALLOC_WHOLE_CU), 0);
    CU_ASSERT_EQUAL(ps_alloc_forecast_ns(c.alloc, KERNEL, 0, 1, 1), UINT64_MAX);
    CU_ASSERT_TRUE(ps_alloc_forecast_ns(c.alloc, KERNEL, 1, 1, 1) < UINT64_MAX);
    CU_ASSERT_EQUAL(ps_alloc_reserve(c.alloc, 1, 1, PS_ALLOC_WHOLE_CU / 2), 0);
    CU_ASSERT_TRUE(forecast(&c, 0, SECOND) >= 2 * SECOND); /* half of one CU */
    ps_alloc_cu_lost(c.alloc, 0, 1);
    ps_alloc_cu_lost(c.alloc, 1, 1);
    CU_ASSERT_EQUAL(ps_alloc_forecast_ns(c.alloc, KERNEL, 1, 1, 1), UINT64_MAX);
    ps_alloc_destroy(c.alloc);
}

/* Run the cluster until the job has used its cost; other jobs end as theirs is used up. */
static uint64_t end_of(struct cluster *c, uint64_t wanted, uint64_t batch_ns)
{
    struct ps_assignment a[CLUSTER_CUS_MAX];

    for (;;) {
        const uint32_t count = ps_alloc_dispatch(c->alloc, c->now_ns, a, CLUSTER_CUS_MAX);

        PS_REQUIRE(count > 0);
        c->now_ns += batch_ns; /* all batches are equally long, so all end at once */
        for (uint32_t i = 0; i < count; i++) {
            ps_alloc_run_ended(c->alloc, a[i].cu, 0, batch_ns, c->now_ns);
            const struct ps_job *job = ps_alloc_job(c->alloc, a[i].job_id);
            const bool over = job->used_ns >= job->cost_ns;
            if (over && job->id == wanted)
                return c->now_ns;
            if (over)
                ps_alloc_remove(c->alloc, a[i].job_id);
            else
                ps_alloc_set_ready(c->alloc, a[i].job_id, true, c->now_ns);
        }
    }
}

static void job_ends_no_later_than_forecast(void)
{
    for (unsigned jobs = 0; jobs <= 60; jobs += 3) {
        struct cluster c;

        cluster_begin(&c, 4, two_tenants);
        for (unsigned i = 0; i < jobs; i++)
            add_work(&c, PS_QUEUE_REAL_TIME, i % 2, (1 + i % 7) * 400 * MS, i);
        const uint64_t said_ns = forecast(&c, 0, 1600 * MS) + c.now_ns;
        const uint64_t id = add_work(&c, PS_QUEUE_REAL_TIME, 0, 1600 * MS, SECOND);
        CU_ASSERT_TRUE(end_of(&c, id, 200 * MS) <= said_ns);
        ps_alloc_destroy(c.alloc);
    }
}

static void next_time_is_when_something_changes(void)
{
    struct cluster c;
    uint32_t cu = 0;

    cluster_begin(&c, 1, two_tenants);
    CU_ASSERT_EQUAL(ps_alloc_next_ns(c.alloc, c.now_ns), UINT64_MAX);
    const uint64_t viewer = add_work(&c, PS_QUEUE_REAL_TIME, 0, SECOND, 0);
    CU_ASSERT_EQUAL(cluster_start(&c, &cu), viewer);
    ps_alloc_run_ended(c.alloc, cu, 0, MS, c.now_ns);
    CU_ASSERT_EQUAL(ps_alloc_next_ns(c.alloc, c.now_ns), UINT64_MAX); /* nobody waits */
    const uint64_t bet = add_work(&c, PS_QUEUE_SPECULATIVE, 0, SECOND, 0);
    CU_ASSERT_EQUAL(cluster_start(&c, &cu), 0);
    CU_ASSERT_EQUAL(ps_alloc_next_ns(c.alloc, c.now_ns), c.now_ns + PS_ALLOC_HOLD_NS);
    c.now_ns += PS_ALLOC_HOLD_NS;
    CU_ASSERT_EQUAL(cluster_start(&c, &cu), bet);
    ps_alloc_run_ended(c.alloc, cu, 0, SECOND, c.now_ns);
    ps_alloc_cap_speculation(c.alloc, 0.5);
    ps_alloc_set_ready(c.alloc, bet, true, c.now_ns);
    CU_ASSERT_EQUAL(cluster_start(&c, &cu), 0);
    const uint64_t next_ns = ps_alloc_next_ns(c.alloc, c.now_ns);
    CU_ASSERT_TRUE(next_ns > c.now_ns && next_ns <= c.now_ns + PS_ALLOC_WINDOW_NS);
    ps_alloc_destroy(c.alloc);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(idle_cluster_takes_no_longer_than_the_job),
        PS_TEST(speculation_costs_one_batch_at_most),
        PS_TEST(other_tenants_backlog_is_not_waited_for),
        PS_TEST(no_cu_no_forecast),
        PS_TEST(job_ends_no_later_than_forecast),
        PS_TEST(next_time_is_when_something_changes),
    };

    return ps_test_run("host/alloc/forecast.c", tests, PS_ARRAY_LEN(tests));
}
