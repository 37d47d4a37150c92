/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/alloc/test_alloc.c - viewers first, no idle CU, nothing redone, nothing lost. */
#include "host/alloc/alloc.h"

#include <errno.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

enum { SCALE = 1, ENCODE = 2 };

static const struct ps_alloc_cu scale_and_encode[] = { { .kernel = SCALE }, { .kernel = ENCODE } };
static const struct ps_alloc_config one_of_each = { .cus = scale_and_encode,
                                                    .cu_count = 2,
                                                    .jobs_max = 8 };

static struct ps_alloc *new_alloc(void)
{
    struct ps_alloc *alloc = NULL;

    PS_REQUIRE(ps_alloc_create(&alloc, &one_of_each) == 0);
    return alloc;
}

static uint64_t add_ready(struct ps_alloc *alloc, enum ps_queue queue, uint64_t deadline_ns,
                          double benefit, uint64_t now_ns)
{
    uint64_t id = 0;
    const struct ps_job job = {
        .kernel = ENCODE, .queue = queue, .deadline_ns = deadline_ns, .benefit = benefit
    };

    PS_REQUIRE(ps_alloc_add(alloc, &job, 0, &id) == 0);
    ps_alloc_set_ready(alloc, id, true, now_ns);
    return id;
}

static uint64_t next_job(struct ps_alloc *alloc, uint64_t now_ns)
{
    struct ps_assignment a[4];

    return ps_alloc_dispatch(alloc, now_ns, a, 4) == 0 ? 0 : a[0].job_id;
}

static void real_time_goes_before_any_benefit(void)
{
    struct ps_alloc *alloc = new_alloc();

    add_ready(alloc, PS_QUEUE_SPECULATIVE, 0, 1e9, 1);
    const uint64_t viewer = add_ready(alloc, PS_QUEUE_REAL_TIME, 500, 0, 2);
    CU_ASSERT_EQUAL(next_job(alloc, 3), viewer);
    ps_alloc_destroy(alloc);
}

static void earliest_deadline_then_highest_benefit(void)
{
    struct ps_alloc *alloc = new_alloc();
    const uint64_t low = add_ready(alloc, PS_QUEUE_SPECULATIVE, 0, 1.0, 1);
    const uint64_t high = add_ready(alloc, PS_QUEUE_SPECULATIVE, 0, 2.0, 1);
    const uint64_t later = add_ready(alloc, PS_QUEUE_REAL_TIME, 900, 0, 1);
    const uint64_t sooner = add_ready(alloc, PS_QUEUE_REAL_TIME, 300, 0, 1);
    const uint64_t order[] = { sooner, later, high, low };

    for (unsigned i = 0; i < PS_ARRAY_LEN(order); i++) {
        CU_ASSERT_EQUAL(next_job(alloc, 2), order[i]);
        CU_ASSERT_EQUAL(ps_alloc_run_ended(alloc, 1, 0, 10, 0), order[i]);
        ps_alloc_remove(alloc, order[i]);
    }
    ps_alloc_destroy(alloc);
}

static void speculative_job_yields_between_batches_and_resumes(void)
{
    struct ps_alloc *alloc = new_alloc();
    struct ps_alloc_status status;
    const uint64_t bet = add_ready(alloc, PS_QUEUE_SPECULATIVE, 0, 1.0, 1);

    CU_ASSERT_EQUAL(next_job(alloc, 2), bet);
    const uint64_t viewer = add_ready(alloc, PS_QUEUE_REAL_TIME, 9, 0, 3);
    CU_ASSERT_EQUAL(next_job(alloc, 3), 0); /* a batch is never torn up */
    ps_alloc_run_ended(alloc, 1, 0, 10, 0);
    ps_alloc_set_ready(alloc, bet, true, 4);
    CU_ASSERT_EQUAL(next_job(alloc, 4), viewer);
    CU_ASSERT_EQUAL(ps_alloc_job(alloc, bet)->state, PS_JOB_SUSPENDED);
    ps_alloc_run_ended(alloc, 1, 0, 10, 0);
    ps_alloc_remove(alloc, viewer);
    CU_ASSERT_EQUAL(next_job(alloc, 5), bet);
    ps_alloc_status(alloc, &status);
    CU_ASSERT_EQUAL(status.suspended, 1);
    CU_ASSERT_EQUAL(status.busy_ns[PS_QUEUE_SPECULATIVE], 10);
    CU_ASSERT_EQUAL(status.busy_ns[PS_QUEUE_REAL_TIME], 10);
    ps_alloc_destroy(alloc);
}

static void cu_is_held_for_a_viewers_next_batch_but_not_for_long(void)
{
    struct ps_alloc *alloc = new_alloc();
    const uint64_t viewer = add_ready(alloc, PS_QUEUE_REAL_TIME, 1, 0, 1);

    CU_ASSERT_EQUAL(next_job(alloc, 1), viewer);
    const uint64_t bet = add_ready(alloc, PS_QUEUE_SPECULATIVE, 0, 1.0, 1);
    ps_alloc_run_ended(alloc, 1, 0, 1, 10); /* its next batch is being scaled */
    CU_ASSERT_EQUAL(next_job(alloc, 11), 0);
    CU_ASSERT_EQUAL(next_job(alloc, 10 + PS_ALLOC_HOLD_NS), bet);
    ps_alloc_destroy(alloc);
}

static void speculation_pauses_for_viewers_where_cus_share_the_hosts_cores(void)
{
    struct ps_alloc_config cfg = one_of_each;
    struct ps_alloc *alloc = NULL;
    const struct ps_job scaling = { .kernel = SCALE, .queue = PS_QUEUE_SPECULATIVE };
    uint64_t bet = 0;

    cfg.share_host = true;
    PS_REQUIRE(ps_alloc_create(&alloc, &cfg) == 0);
    const uint64_t viewer = add_ready(alloc, PS_QUEUE_REAL_TIME, 1, 0, 1);
    PS_REQUIRE(ps_alloc_add(alloc, &scaling, 1, &bet) == 0);
    ps_alloc_set_ready(alloc, bet, true, 1);
    CU_ASSERT_EQUAL(next_job(alloc, 2), viewer);
    CU_ASSERT_EQUAL(next_job(alloc, 3), 0); /* the other CU stays idle while the viewer's runs */
    ps_alloc_run_ended(alloc, 1, 0, 1, 4);
    ps_alloc_remove(alloc, viewer);
    CU_ASSERT_EQUAL(next_job(alloc, 5), bet);
    ps_alloc_destroy(alloc);
}

static void promotion_keeps_the_id_and_jumps_the_queue(void)
{
    struct ps_alloc *alloc = new_alloc();
    const uint64_t first = add_ready(alloc, PS_QUEUE_SPECULATIVE, 0, 9.0, 1);
    const uint64_t wanted = add_ready(alloc, PS_QUEUE_SPECULATIVE, 0, 1.0, 1);

    ps_alloc_promote(alloc, wanted, 100, 5);
    CU_ASSERT_EQUAL(next_job(alloc, 6), wanted);
    ps_alloc_promote(alloc, wanted, 50, 6); /* running: the deadline moves, nothing else */
    CU_ASSERT_EQUAL(ps_alloc_job(alloc, wanted)->deadline_ns, 50);
    ps_alloc_run_ended(alloc, 1, 0, 1, 0);
    ps_alloc_remove(alloc, wanted);
    CU_ASSERT_EQUAL(next_job(alloc, 7), first);
    ps_alloc_destroy(alloc);
}

static void job_without_input_never_gets_a_cu(void)
{
    struct ps_alloc *alloc = new_alloc();
    const uint64_t id = add_ready(alloc, PS_QUEUE_REAL_TIME, 1, 0, 1);

    ps_alloc_set_ready(alloc, id, false, 2);
    CU_ASSERT_EQUAL(next_job(alloc, 3), 0);
    ps_alloc_set_ready(alloc, id, true, 4);
    CU_ASSERT_EQUAL(next_job(alloc, 5), id);
    ps_alloc_destroy(alloc);
}

static void failed_runs_are_retried_then_given_up(void)
{
    struct ps_alloc *alloc = new_alloc();
    const uint64_t id = add_ready(alloc, PS_QUEUE_REAL_TIME, 1, 0, 1);

    for (unsigned i = 1; i <= PS_ALLOC_ATTEMPTS_MAX; i++) {
        CU_ASSERT_EQUAL(next_job(alloc, 2), id);
        ps_alloc_run_ended(alloc, 1, -EIO, 1, 0);
        CU_ASSERT_EQUAL(ps_alloc_job(alloc, id)->state,
                        i < PS_ALLOC_ATTEMPTS_MAX ? PS_JOB_SUSPENDED : PS_JOB_FAILED);
        ps_alloc_set_ready(alloc, id, true, 3);
    }
    CU_ASSERT_EQUAL(next_job(alloc, 4), 0);
    ps_alloc_destroy(alloc);
}

static void failures_far_apart_do_not_add_up(void)
{
    struct ps_alloc *alloc = new_alloc();
    const uint64_t id = add_ready(alloc, PS_QUEUE_REAL_TIME, 1, 0, 1);

    for (unsigned i = 0; i < 3 * PS_ALLOC_ATTEMPTS_MAX; i++) {
        CU_ASSERT_EQUAL(next_job(alloc, 2), id);
        ps_alloc_run_ended(alloc, 1, i % 2 == 0 ? -EIO : 0, 1, 0);
        ps_alloc_set_ready(alloc, id, true, 3);
    }
    CU_ASSERT_EQUAL(ps_alloc_job(alloc, id)->state, PS_JOB_SUSPENDED);
    ps_alloc_destroy(alloc);
}

static void lost_cu_takes_no_more_work(void)
{
    struct ps_alloc *alloc = new_alloc();
    const struct ps_job job = { .kernel = ENCODE, .queue = PS_QUEUE_REAL_TIME };
    const uint64_t id = add_ready(alloc, PS_QUEUE_REAL_TIME, 1, 0, 1);
    uint64_t other = 0;

    CU_ASSERT_EQUAL(next_job(alloc, 2), id);
    ps_alloc_run_ended(alloc, 1, -ENODEV, 1, 0);
    ps_alloc_set_ready(alloc, id, true, 3);
    CU_ASSERT_EQUAL(next_job(alloc, 4), 0);
    CU_ASSERT_EQUAL(ps_alloc_add(alloc, &job, 0, &other),
                    -EINVAL); /* no CU of that kernel is left */
    ps_alloc_destroy(alloc);
}

static void ids_of_removed_jobs_are_dead(void)
{
    struct ps_alloc *alloc = new_alloc();
    const uint64_t old = add_ready(alloc, PS_QUEUE_REAL_TIME, 1, 0, 1);

    ps_alloc_remove(alloc, old);
    const uint64_t new = add_ready(alloc, PS_QUEUE_REAL_TIME, 1, 0, 1);
    CU_ASSERT_NOT_EQUAL(old, new);
    CU_ASSERT_PTR_NULL(ps_alloc_job(alloc, old));
    CU_ASSERT_PTR_NOT_NULL(ps_alloc_job(alloc, new));
    ps_alloc_destroy(alloc);
}

static void full_table_refuses(void)
{
    struct ps_alloc *alloc = new_alloc();
    const struct ps_job job = { .kernel = SCALE };
    uint64_t id;

    for (uint32_t i = 0; i < one_of_each.jobs_max; i++)
        CU_ASSERT_EQUAL(ps_alloc_add(alloc, &job, 0, &id), 0);
    CU_ASSERT_EQUAL(ps_alloc_add(alloc, &job, 0, &id), -ENOSPC);
    ps_alloc_remove(alloc, id);
    CU_ASSERT_EQUAL(ps_alloc_add(alloc, &job, 0, &id), 0);
    ps_alloc_destroy(alloc);
}

static void waits_of_a_job_add_up_over_its_batches(void)
{
    struct ps_alloc *alloc = new_alloc();
    struct ps_alloc_status status;
    const uint64_t ms_ns = 1000000;
    const uint64_t id = add_ready(alloc, PS_QUEUE_REAL_TIME, 1, 0, ms_ns);

    CU_ASSERT_EQUAL(next_job(alloc, 2 * ms_ns), id); /* waited 1 ms */
    ps_alloc_run_ended(alloc, 1, 0, 1, 3 * ms_ns);
    ps_alloc_set_ready(alloc, id, true, 4 * ms_ns);  /* between batches it does not wait */
    CU_ASSERT_EQUAL(next_job(alloc, 6 * ms_ns), id); /* 2 ms more */
    ps_alloc_run_ended(alloc, 1, 0, 1, 7 * ms_ns);
    ps_alloc_remove(alloc, id);
    ps_alloc_status(alloc, &status);
    const double wait_us = ps_histogram_quantile(&status.wait_us, 0.99);
    CU_ASSERT_TRUE(wait_us >= 2048.0 && wait_us <= 4096.0);
    ps_alloc_destroy(alloc);
}

static void create_refuses_what_is_out_of_range(void)
{
    struct ps_alloc_config cfg = one_of_each;
    struct ps_alloc *alloc = NULL;

    cfg.cu_count = 0;
    CU_ASSERT_EQUAL(ps_alloc_create(&alloc, &cfg), -EINVAL);
    cfg.cu_count = PS_ALLOC_CUS_MAX + 1;
    CU_ASSERT_EQUAL(ps_alloc_create(&alloc, &cfg), -EINVAL);
    cfg = one_of_each;
    cfg.jobs_max = 0;
    CU_ASSERT_EQUAL(ps_alloc_create(&alloc, &cfg), -EINVAL);
    CU_ASSERT_PTR_NULL(alloc);
}

static void create_survives_each_failed_allocation(void)
{
    struct ps_alloc *alloc = NULL;
    unsigned failed_at = 0;

    for (;; failed_at++) {
        ps_fail_alloc_after(failed_at);
        const int rc = ps_alloc_create(&alloc, &one_of_each);
        ps_fail_alloc_never();
        if (rc == 0)
            break;
        CU_ASSERT_EQUAL(rc, -ENOMEM);
        CU_ASSERT_PTR_NULL(alloc);
    }
    CU_ASSERT_TRUE(failed_at > 5);
    ps_alloc_destroy(alloc);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(real_time_goes_before_any_benefit),
        PS_TEST(earliest_deadline_then_highest_benefit),
        PS_TEST(speculative_job_yields_between_batches_and_resumes),
        PS_TEST(cu_is_held_for_a_viewers_next_batch_but_not_for_long),
        PS_TEST(speculation_pauses_for_viewers_where_cus_share_the_hosts_cores),
        PS_TEST(promotion_keeps_the_id_and_jumps_the_queue),
        PS_TEST(job_without_input_never_gets_a_cu),
        PS_TEST(failed_runs_are_retried_then_given_up),
        PS_TEST(failures_far_apart_do_not_add_up),
        PS_TEST(lost_cu_takes_no_more_work),
        PS_TEST(ids_of_removed_jobs_are_dead),
        PS_TEST(full_table_refuses),
        PS_TEST(waits_of_a_job_add_up_over_its_batches),
        PS_TEST(create_refuses_what_is_out_of_range),
        PS_TEST(create_survives_each_failed_allocation),
    };

    return ps_test_run("host/alloc/alloc.c", tests, PS_ARRAY_LEN(tests));
}
