/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/sim/test_policy_fcfs.c - by arrival, to the end, whatever the job is for. */
#include <errno.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"
#include "tools/sim/policy.h"

static const struct ps_alloc_cu two_cus[] = { { .kernel = 1 }, { .kernel = 1 } };

static struct sim_policy *new_policy(uint32_t cu_count)
{
    struct sim_policy *policy = NULL;

    PS_REQUIRE(sim_policy_create(&policy, &(struct sim_policy_config){ .kind = SIM_FCFS,
                                                                       .cus = two_cus,
                                                                       .cu_count = cu_count,
                                                                       .jobs_max = 4 }) == 0);
    return policy;
}

static void add_ready(struct sim_policy *policy, uint32_t slot, enum ps_queue queue)
{
    PS_REQUIRE(sim_policy_add(policy, slot, &(struct ps_job){ .kernel = 1, .queue = queue }, 0) ==
               0);
    sim_policy_set_ready(policy, slot, 0);
}

/* @return the slot that starts next, UINT32_MAX: none. */
static uint32_t next(struct sim_policy *policy, uint32_t *ret_cu)
{
    struct sim_decision decision;

    if (sim_policy_dispatch(policy, 0, &decision, 1) == 0)
        return UINT32_MAX;
    *ret_cu = decision.cu;
    return decision.slot;
}

static void arrival_decides_and_a_job_keeps_its_cu(void)
{
    struct sim_policy *policy = new_policy(1);
    uint32_t cu = 9;

    add_ready(policy, 2, PS_QUEUE_SPECULATIVE);
    add_ready(policy, 1, PS_QUEUE_REAL_TIME);
    CU_ASSERT_EQUAL(next(policy, &cu), 2);
    CU_ASSERT_EQUAL(cu, 0);
    CU_ASSERT_TRUE(sim_policy_run_ended(policy, 0, 0, 1, 1));
    CU_ASSERT_EQUAL(next(policy, &cu), UINT32_MAX); /* kept between batches */
    sim_policy_set_ready(policy, 2, 2);
    CU_ASSERT_EQUAL(next(policy, &cu), 2);
    CU_ASSERT_TRUE(sim_policy_run_ended(policy, 0, 0, 1, 3));
    sim_policy_remove(policy, 2);
    CU_ASSERT_EQUAL(next(policy, &cu), 1);
    CU_ASSERT_EQUAL(policy->decisions, 3);
    sim_policy_destroy(policy);
}

static void job_of_a_lost_cu_goes_first_on_another(void)
{
    struct sim_policy *policy = new_policy(2);
    uint32_t cu = 9;

    for (uint32_t slot = 0; slot < 4; slot++)
        add_ready(policy, slot, PS_QUEUE_REAL_TIME);
    CU_ASSERT_EQUAL(next(policy, &cu), 0);
    CU_ASSERT_EQUAL(next(policy, &cu), 1);
    CU_ASSERT_TRUE(sim_policy_run_ended(policy, 0, -ENODEV, 1, 1));
    sim_policy_set_ready(policy, 0, 1);
    CU_ASSERT_EQUAL(next(policy, &cu), UINT32_MAX);
    CU_ASSERT_TRUE(sim_policy_run_ended(policy, 1, 0, 1, 2));
    sim_policy_remove(policy, 1);
    CU_ASSERT_EQUAL(next(policy, &cu), 0);
    CU_ASSERT_EQUAL(cu, 1);
    sim_policy_cu_back(policy, 0, 3);
    CU_ASSERT_EQUAL(next(policy, &cu), 2);
    CU_ASSERT_EQUAL(cu, 0);
    sim_policy_destroy(policy);
}

static void job_that_keeps_failing_is_given_up(void)
{
    struct sim_policy *policy = new_policy(1);
    uint32_t cu;

    add_ready(policy, 0, PS_QUEUE_REAL_TIME);
    for (unsigned attempt = 1; attempt <= PS_ALLOC_ATTEMPTS_MAX; attempt++) {
        CU_ASSERT_EQUAL(next(policy, &cu), 0);
        CU_ASSERT_EQUAL(sim_policy_run_ended(policy, 0, -EIO, 1, attempt),
                        attempt < PS_ALLOC_ATTEMPTS_MAX);
        sim_policy_set_ready(policy, 0, attempt);
    }
    sim_policy_destroy(policy);
}

static void kernel_that_no_cu_can_have_is_refused(void)
{
    static const struct ps_alloc_cu odd = { .kernel = PS_ALLOC_KERNELS_MAX };
    struct sim_policy_config cfg = { .kind = SIM_FCFS, .cus = &odd, .cu_count = 1, .jobs_max = 1 };
    struct sim_policy *policy = new_policy(1), *none = NULL;

    CU_ASSERT_EQUAL(sim_policy_create(&none, &cfg), -EINVAL);
    CU_ASSERT_EQUAL(sim_policy_add(policy, 0, &(struct ps_job){ .kernel = 99 }, 0), -EINVAL);
    sim_policy_destroy(policy);
    sim_policy_destroy(none);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(arrival_decides_and_a_job_keeps_its_cu),
        PS_TEST(job_of_a_lost_cu_goes_first_on_another),
        PS_TEST(job_that_keeps_failing_is_given_up),
        PS_TEST(kernel_that_no_cu_can_have_is_refused),
    };

    return ps_test_run("tools/sim/policy_fcfs", tests, PS_ARRAY_LEN(tests));
}
