/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/sim/test_jobs.c - slots are handed out once each, used again, and run out. */
#include "tools/sim/jobs.h"

#include <errno.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

static const struct sim_work work = { .batches = 2, .batch_ns = 3, .kernel = 1 };

static void slots_run_out_and_are_used_again(void)
{
    struct sim_jobs jobs;

    PS_REQUIRE(sim_jobs_init(&jobs, 2) == 0);
    const uint32_t a = sim_jobs_take(&jobs, &work, PS_QUEUE_REAL_TIME);
    const uint32_t b = sim_jobs_take(&jobs, &work, PS_QUEUE_REAL_TIME);
    CU_ASSERT_NOT_EQUAL(a, b);
    CU_ASSERT_EQUAL(sim_jobs_take(&jobs, &work, PS_QUEUE_REAL_TIME), SIM_NO_SLOT);
    jobs.slots[a].batches_done = 1;
    sim_jobs_give(&jobs, a);
    CU_ASSERT_EQUAL(jobs.live, 1);
    CU_ASSERT_EQUAL(sim_jobs_take(&jobs, &work, PS_QUEUE_SPECULATIVE), a);
    CU_ASSERT_EQUAL(jobs.slots[a].batches_done, 0);
    CU_ASSERT_EQUAL(jobs.slots[a].queue, PS_QUEUE_SPECULATIVE);
    CU_ASSERT_EQUAL(jobs.slots[a].work.batch_ns, 3);
    sim_jobs_fini(&jobs);
}

static void no_memory_is_an_error(void)
{
    struct sim_jobs jobs;

    ps_fail_alloc_after(0);
    CU_ASSERT_EQUAL(sim_jobs_init(&jobs, 1), -ENOMEM);
    ps_fail_alloc_never();
    sim_jobs_fini(&jobs);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(slots_run_out_and_are_used_again),
        PS_TEST(no_memory_is_an_error),
    };

    return ps_test_run("tools/sim/jobs", tests, PS_ARRAY_LEN(tests));
}
