/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/sim/test_policy_alloc.c - the allocator behind the simulator's face. */
#include <errno.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"
#include "tools/sim/policy.h"

static const struct ps_alloc_cu one_cu = { .kernel = 1 };

static struct sim_policy *new_policy(enum sim_policy_kind kind)
{
    const struct sim_policy_config cfg = {
        .kind = kind, .cus = &one_cu, .cu_count = 1, .jobs_max = 4
    };
    struct sim_policy *policy = NULL;

    PS_REQUIRE(sim_policy_create(&policy, &cfg) == 0);
    return policy;
}

static void add_ready(struct sim_policy *policy, uint32_t slot, enum ps_queue queue)
{
    const struct ps_job job = { .kernel = 1, .queue = queue, .deadline_ns = 100, .cost_ns = 2 };

    PS_REQUIRE(sim_policy_add(policy, slot, &job, 1) == 0);
    sim_policy_set_ready(policy, slot, 1);
}

/* Whose batch follows when a viewer comes during a bet's first of two. */
static uint32_t follows_a_bet(enum sim_policy_kind kind)
{
    struct sim_policy *policy = new_policy(kind);
    struct sim_decision decision = { .slot = UINT32_MAX };

    add_ready(policy, 3, PS_QUEUE_SPECULATIVE);
    CU_ASSERT_EQUAL(sim_policy_dispatch(policy, 1, &decision, 1), 1);
    CU_ASSERT_EQUAL(decision.slot, 3);
    CU_ASSERT_EQUAL(decision.cu, 0);
    add_ready(policy, 2, PS_QUEUE_REAL_TIME);
    CU_ASSERT_EQUAL(sim_policy_dispatch(policy, 2, &decision, 1), 0);
    CU_ASSERT_TRUE(sim_policy_run_ended(policy, 0, 0, 1, 2));
    sim_policy_set_ready(policy, 3, 2);
    CU_ASSERT_EQUAL(sim_policy_dispatch(policy, 2, &decision, 1), 1);
    sim_policy_destroy(policy);
    return decision.slot;
}

static void viewer_takes_the_cu_unless_suspension_is_off(void)
{
    CU_ASSERT_EQUAL(follows_a_bet(SIM_PRESTAGE), 2);
    CU_ASSERT_EQUAL(follows_a_bet(SIM_STRICT), 3);
}

static void job_that_keeps_failing_is_given_up_and_a_lost_cu_comes_back(void)
{
    struct sim_policy *policy = new_policy(SIM_PRESTAGE);
    struct sim_decision decision;

    add_ready(policy, 0, PS_QUEUE_REAL_TIME);
    CU_ASSERT_EQUAL(sim_policy_dispatch(policy, 1, &decision, 1), 1);
    CU_ASSERT_TRUE(sim_policy_run_ended(policy, 0, -ENODEV, 1, 2));
    sim_policy_set_ready(policy, 0, 2);
    CU_ASSERT_EQUAL(sim_policy_dispatch(policy, 2, &decision, 1), 0);
    sim_policy_cu_back(policy, 0, 3);
    for (unsigned attempt = 1; attempt < PS_ALLOC_ATTEMPTS_MAX; attempt++) {
        CU_ASSERT_TRUE(sim_policy_next_ns(policy, 3) > 3);
        sim_policy_dispatch(policy, 3, &decision, 1);
    }
    sim_policy_destroy(policy);
}

static void bad_counts_are_refused_and_memory_may_run_out(void)
{
    struct sim_policy_config cfg = { .kind = SIM_PRESTAGE, .cus = &one_cu, .cu_count = 1 };
    struct sim_policy *policy = NULL;

    CU_ASSERT_EQUAL(sim_policy_create(&policy, &cfg), -EINVAL);
    cfg.jobs_max = 1;
    for (unsigned failed_at = 0; policy == NULL; failed_at++) {
        ps_fail_alloc_after(failed_at);
        const int rc = sim_policy_create(&policy, &cfg);
        ps_fail_alloc_never();
        CU_ASSERT_TRUE(rc == 0 || rc == -ENOMEM);
    }
    sim_policy_destroy(policy);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(viewer_takes_the_cu_unless_suspension_is_off),
        PS_TEST(job_that_keeps_failing_is_given_up_and_a_lost_cu_comes_back),
        PS_TEST(bad_counts_are_refused_and_memory_may_run_out),
    };

    return ps_test_run("tools/sim/policy_alloc", tests, PS_ARRAY_LEN(tests));
}
