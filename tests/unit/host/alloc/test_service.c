/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/alloc/test_service.c - CUs that fail rest, are tried again, and come back. */
#include <errno.h>

#include "host/base/mem.h"
#include "tests/unit/host/alloc/cluster.h"

static const struct ps_alloc_config plain = { .jobs_max = 64 };

/* Jobs of one queue until the CU has run one; others' runs end well. Ends with @p status there. */
static void run_on(struct cluster *c, uint32_t wanted, enum ps_queue queue, int status)
{
    uint32_t cu = UINT32_MAX;

    for (unsigned tries = 0; tries < c->cu_count + 1 && cu != wanted; tries++) {
        cluster_add(c, queue, 0);
        c->now_ns += PS_ALLOC_HOLD_NS;
        const uint64_t id = cluster_start(c, &cu);
        if (id == 0)
            break;
        c->job[cu] = id;
    }
    for (uint32_t i = 0; i < c->cu_count; i++)
        if (c->job[i] != 0) {
            ps_alloc_run_ended(c->alloc, i, i == wanted ? status : 0, MS, c->now_ns);
            ps_alloc_remove(c->alloc, c->job[i]);
            c->job[i] = 0;
        }
    CU_ASSERT_EQUAL(cu, wanted);
}

static void quarantine(struct cluster *c, uint32_t cu)
{
    for (unsigned i = 0; i < PS_ALLOC_QUARANTINE_AFTER; i++) {
        CU_ASSERT_EQUAL(cluster_cu(c, cu).state, PS_ALLOC_CU_IN_SERVICE);
        run_on(c, cu, PS_QUEUE_REAL_TIME, -EIO);
    }
    CU_ASSERT_EQUAL(cluster_cu(c, cu).state, PS_ALLOC_CU_QUARANTINED);
}

static void cu_that_keeps_failing_gets_nothing(void)
{
    struct cluster c;
    struct ps_alloc_status s;
    uint32_t cu = 0;

    cluster_begin(&c, 2, plain);
    quarantine(&c, 0);
    ps_alloc_status(c.alloc, &s);
    CU_ASSERT_EQUAL(s.cus_quarantined, 1);
    CU_ASSERT_EQUAL(s.quarantines, 1);
    CU_ASSERT_EQUAL(cluster_cu(&c, 0).failures, PS_ALLOC_QUARANTINE_AFTER);
    const uint64_t first = cluster_add(&c, PS_QUEUE_REAL_TIME, 0);
    cluster_add(&c, PS_QUEUE_REAL_TIME, 0);
    CU_ASSERT_EQUAL(cluster_start(&c, &cu), first);
    CU_ASSERT_EQUAL(cu, 1);
    CU_ASSERT_EQUAL(cluster_start(&c, &cu), 0);
    ps_alloc_destroy(c.alloc);
}

static void good_run_in_between_forgives(void)
{
    struct cluster c;

    cluster_begin(&c, 2, plain);
    for (unsigned i = 0; i < 10; i++) {
        run_on(&c, 0, PS_QUEUE_REAL_TIME, -EIO);
        run_on(&c, 0, PS_QUEUE_REAL_TIME, -EIO);
        run_on(&c, 0, PS_QUEUE_REAL_TIME, 0);
    }
    CU_ASSERT_EQUAL(cluster_cu(&c, 0).state, PS_ALLOC_CU_IN_SERVICE);
    ps_alloc_destroy(c.alloc);
}

static void what_is_not_the_cus_fault_does_not_count(void)
{
    static const int innocent[] = { -ESTALE, -ECANCELED, -ENOSPC, -ENOMEM };
    struct cluster c;

    cluster_begin(&c, 2, plain);
    for (unsigned i = 0; i < 10; i++)
        run_on(&c, 0, PS_QUEUE_REAL_TIME, innocent[i % PS_ARRAY_LEN(innocent)]);
    CU_ASSERT_EQUAL(cluster_cu(&c, 0).state, PS_ALLOC_CU_IN_SERVICE);
    CU_ASSERT_EQUAL(cluster_cu(&c, 0).failures, 0);
    ps_alloc_destroy(c.alloc);
}

static void probe_takes_a_bet_and_returns_to_service(void)
{
    struct cluster c;
    uint32_t cu = 0;

    cluster_begin(&c, 2, plain);
    quarantine(&c, 0);
    const uint64_t until_ns = cluster_cu(&c, 0).until_ns;
    CU_ASSERT_EQUAL(until_ns, c.now_ns + PS_ALLOC_QUARANTINE_NS);
    CU_ASSERT_EQUAL(ps_alloc_next_ns(c.alloc, c.now_ns), until_ns);
    c.now_ns = until_ns;
    cluster_add(&c, PS_QUEUE_REAL_TIME, 0);
    cluster_add(&c, PS_QUEUE_REAL_TIME, 0);
    CU_ASSERT_NOT_EQUAL(cluster_start(&c, &cu), 0);
    CU_ASSERT_EQUAL(cu, 1);
    CU_ASSERT_EQUAL(cluster_cu(&c, 0).state, PS_ALLOC_CU_PROBED);
    CU_ASSERT_EQUAL(cluster_start(&c, &cu), 0); /* the other viewer's job does not risk it */
    const uint64_t bet = cluster_add(&c, PS_QUEUE_SPECULATIVE, 0);
    CU_ASSERT_EQUAL(cluster_start(&c, &cu), bet);
    CU_ASSERT_EQUAL(cu, 0);
    ps_alloc_run_ended(c.alloc, 0, 0, MS, c.now_ns);
    CU_ASSERT_EQUAL(cluster_cu(&c, 0).state, PS_ALLOC_CU_IN_SERVICE);
    CU_ASSERT_NOT_EQUAL(cluster_start(&c, &cu), 0);
    CU_ASSERT_EQUAL(cu, 0);
    ps_alloc_destroy(c.alloc);
}

static void probe_without_bets_takes_a_viewers_job_in_the_end(void)
{
    struct cluster c;
    uint32_t cu = 0;

    cluster_begin(&c, 2, plain);
    quarantine(&c, 0);
    c.now_ns = cluster_cu(&c, 0).until_ns;
    cluster_add(&c, PS_QUEUE_REAL_TIME, 0);
    const uint64_t second = cluster_add(&c, PS_QUEUE_REAL_TIME, 0);
    CU_ASSERT_NOT_EQUAL(cluster_start(&c, &cu), 0);
    CU_ASSERT_EQUAL(cluster_start(&c, &cu), 0);
    c.now_ns = ps_alloc_next_ns(c.alloc, c.now_ns);
    CU_ASSERT_EQUAL(cluster_start(&c, &cu), second);
    CU_ASSERT_EQUAL(cu, 0);
    ps_alloc_destroy(c.alloc);
}

static void quarantine_doubles_up_to_its_maximum(void)
{
    struct cluster c;
    uint64_t wait_ns = PS_ALLOC_QUARANTINE_NS;

    cluster_begin(&c, 2, plain);
    quarantine(&c, 0);
    for (unsigned i = 0; i < 10; i++) {
        CU_ASSERT_EQUAL(cluster_cu(&c, 0).until_ns, c.now_ns + wait_ns);
        c.now_ns = cluster_cu(&c, 0).until_ns;
        run_on(&c, 0, PS_QUEUE_SPECULATIVE, -EIO); /* one failed probe is enough */
        CU_ASSERT_EQUAL(cluster_cu(&c, 0).state, PS_ALLOC_CU_QUARANTINED);
        wait_ns =
            wait_ns * 2 < PS_ALLOC_QUARANTINE_MAX_NS ? wait_ns * 2 : PS_ALLOC_QUARANTINE_MAX_NS;
    }
    c.now_ns = cluster_cu(&c, 0).until_ns;
    run_on(&c, 0, PS_QUEUE_SPECULATIVE, 0);
    for (unsigned i = 1; i < PS_ALLOC_PROVEN_RUNS; i++)
        run_on(&c, 0, PS_QUEUE_REAL_TIME, 0);
    quarantine(&c, 0);
    CU_ASSERT_EQUAL(cluster_cu(&c, 0).until_ns, c.now_ns + PS_ALLOC_QUARANTINE_NS);
    ps_alloc_destroy(c.alloc);
}

static void kernels_last_cu_is_tried_at_once_and_by_anyone(void)
{
    struct cluster c;

    cluster_begin(&c, 2, plain);
    quarantine(&c, 0);
    for (unsigned i = 0; i < PS_ALLOC_QUARANTINE_AFTER; i++)
        run_on(&c, 1, PS_QUEUE_REAL_TIME, -EIO);
    CU_ASSERT_EQUAL(cluster_cu(&c, 1).state, PS_ALLOC_CU_QUARANTINED);
    CU_ASSERT_EQUAL(cluster_cu(&c, 0).state, PS_ALLOC_CU_PROBED); /* its time would end first */
    run_on(&c, 0, PS_QUEUE_REAL_TIME, -EIO);
    CU_ASSERT_EQUAL(cluster_cu(&c, 0).state, PS_ALLOC_CU_QUARANTINED);
    CU_ASSERT_EQUAL(cluster_cu(&c, 1).state, PS_ALLOC_CU_PROBED);
    run_on(&c, 1, PS_QUEUE_REAL_TIME, 0);
    CU_ASSERT_EQUAL(cluster_cu(&c, 1).state, PS_ALLOC_CU_IN_SERVICE);
    ps_alloc_destroy(c.alloc);
}

static void quarantined_cu_stands_in_when_the_last_other_is_lost(void)
{
    struct cluster c;
    uint32_t cu = 0;

    cluster_begin(&c, 2, plain);
    quarantine(&c, 0);
    ps_alloc_cu_lost(c.alloc, 1, c.now_ns);
    CU_ASSERT_TRUE(ps_alloc_has_cu(c.alloc, KERNEL));
    const uint64_t id = cluster_add(&c, PS_QUEUE_REAL_TIME, 0);
    CU_ASSERT_EQUAL(cluster_start(&c, &cu), id);
    CU_ASSERT_EQUAL(cu, 0);
    ps_alloc_destroy(c.alloc);
}

static void lost_cu_comes_back_and_is_probed(void)
{
    struct cluster c;
    struct ps_alloc_status s;
    uint32_t cu = 0;

    cluster_begin(&c, 2, plain);
    ps_alloc_cu_back(c.alloc, 0, c.now_ns); /* it never went */
    CU_ASSERT_EQUAL(cluster_cu(&c, 0).state, PS_ALLOC_CU_IN_SERVICE);
    ps_alloc_cu_lost(c.alloc, 0, c.now_ns);
    ps_alloc_cu_lost(c.alloc, 0, c.now_ns);
    ps_alloc_cu_lost(c.alloc, 1, c.now_ns);
    ps_alloc_status(c.alloc, &s);
    CU_ASSERT_EQUAL(s.cus_lost, 2);
    CU_ASSERT_FALSE(ps_alloc_has_cu(c.alloc, KERNEL));
    ps_alloc_cu_back(c.alloc, 1, c.now_ns);
    CU_ASSERT_TRUE(ps_alloc_has_cu(c.alloc, KERNEL));
    CU_ASSERT_EQUAL(cluster_cu(&c, 1).state, PS_ALLOC_CU_PROBED);
    const uint64_t id = cluster_add(&c, PS_QUEUE_REAL_TIME, 0); /* the only one: any may */
    CU_ASSERT_EQUAL(cluster_start(&c, &cu), id);
    ps_alloc_run_ended(c.alloc, 1, 0, MS, c.now_ns);
    CU_ASSERT_EQUAL(cluster_cu(&c, 1).state, PS_ALLOC_CU_IN_SERVICE);
    ps_alloc_status(c.alloc, &s);
    CU_ASSERT_EQUAL(s.cus_lost, 1);
    CU_ASSERT_EQUAL(s.cus_back, 1);
    ps_alloc_destroy(c.alloc);
}

static void run_under_way_on_a_lost_cu_still_ends(void)
{
    struct cluster c;
    uint32_t cu = 0;

    cluster_begin(&c, 2, plain);
    const uint64_t id = cluster_add(&c, PS_QUEUE_REAL_TIME, 0);
    CU_ASSERT_EQUAL(cluster_start(&c, &cu), id);
    ps_alloc_cu_lost(c.alloc, cu, c.now_ns);
    CU_ASSERT_EQUAL(ps_alloc_job(c.alloc, id)->state, PS_JOB_RUNNING);
    CU_ASSERT_EQUAL(ps_alloc_run_ended(c.alloc, cu, -ENODEV, MS, c.now_ns), id);
    ps_alloc_set_ready(c.alloc, id, true, c.now_ns);
    const uint32_t lost = cu;
    CU_ASSERT_EQUAL(cluster_start(&c, &cu), id);
    CU_ASSERT_NOT_EQUAL(cu, lost);
    ps_alloc_destroy(c.alloc);
}

static void losing_cards_is_no_attempt_of_the_jobs(void)
{
    struct cluster c;
    uint32_t cu = 0;

    cluster_begin(&c, 8, plain);
    const uint64_t id = cluster_add(&c, PS_QUEUE_REAL_TIME, 0);
    for (unsigned i = 0; i < 7; i++) {
        CU_ASSERT_EQUAL(cluster_start(&c, &cu), id);
        ps_alloc_run_ended(c.alloc, cu, -ENODEV, MS, c.now_ns);
        ps_alloc_set_ready(c.alloc, id, true, c.now_ns);
    }
    CU_ASSERT_EQUAL(ps_alloc_job(c.alloc, id)->state, PS_JOB_SUSPENDED);
    ps_alloc_destroy(c.alloc);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(cu_that_keeps_failing_gets_nothing),
        PS_TEST(good_run_in_between_forgives),
        PS_TEST(what_is_not_the_cus_fault_does_not_count),
        PS_TEST(probe_takes_a_bet_and_returns_to_service),
        PS_TEST(probe_without_bets_takes_a_viewers_job_in_the_end),
        PS_TEST(quarantine_doubles_up_to_its_maximum),
        PS_TEST(kernels_last_cu_is_tried_at_once_and_by_anyone),
        PS_TEST(quarantined_cu_stands_in_when_the_last_other_is_lost),
        PS_TEST(lost_cu_comes_back_and_is_probed),
        PS_TEST(run_under_way_on_a_lost_cu_still_ends),
        PS_TEST(losing_cards_is_no_attempt_of_the_jobs),
    };

    return ps_test_run("host/alloc/service.c", tests, PS_ARRAY_LEN(tests));
}
