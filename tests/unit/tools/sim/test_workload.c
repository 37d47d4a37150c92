/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/sim/test_workload.c - the load that was asked for, in bursts, and repeatably. */
#include "tools/sim/workload.h"

#include <errno.h>
#include <math.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

#define ARRIVALS 200000
#define SLICES   20000

static const struct sim_workload_config evening = {
    .seed = 1,
    .cu_count = 32,
    .card_cus = 8,
    .kernel_count = 3,
    .tenant_count = 2,
    .load = 0.6,
    .burst = 4,
    .burst_share = 0.1,
    .burst_s = 3,
    .batches = 8,
    .batch_ns = 100000000,
    .batch_spread = 0.5,
};

static struct sim_workload started(const struct sim_workload_config *cfg)
{
    struct sim_workload workload;

    PS_REQUIRE(sim_workload_init(&workload, cfg) == 0);
    return workload;
}

static void load_is_the_share_of_cu_time(void)
{
    struct sim_workload workload = started(&evening);
    double cu_s = 0;
    uint64_t last_ns = 0;

    for (unsigned i = 0; i < ARRIVALS; i++) {
        const struct sim_work work = sim_workload_arrival(&workload);

        CU_ASSERT_TRUE(work.at_ns >= last_ns);
        CU_ASSERT_TRUE(work.batch_ns <= evening.batch_ns && work.batch_ns * 2 >= evening.batch_ns);
        CU_ASSERT_TRUE(work.kernel >= 1 && work.kernel <= 3 && work.tenant < 2);
        last_ns = work.at_ns;
        cu_s += work.batches * (double)work.batch_ns / 1e9;
    }
    CU_ASSERT_DOUBLE_EQUAL(cu_s / ((double)last_ns / 1e9 * evening.cu_count), 0.6, 0.02);
}

/* Variance over mean of the arrivals in one second: 1 for a Poisson process. */
static double dispersion(const struct sim_workload_config *cfg)
{
    static double count[SLICES];
    struct sim_workload workload = started(cfg);
    double sum = 0, squares = 0;

    for (unsigned i = 0; i < SLICES; i++)
        count[i] = 0;
    for (;;) {
        const uint64_t slice = sim_workload_arrival(&workload).at_ns / 1000000000;

        if (slice >= SLICES)
            break;
        count[slice]++;
    }
    for (unsigned i = 0; i < SLICES; i++) {
        sum += count[i];
        squares += count[i] * count[i];
    }
    return (squares / SLICES - sum / SLICES * sum / SLICES) / (sum / SLICES);
}

static void bursts_are_bursts_and_calm_is_poisson(void)
{
    struct sim_workload_config calm = evening;

    calm.burst = 1;
    CU_ASSERT_DOUBLE_EQUAL(dispersion(&calm), 1, 0.05);
    CU_ASSERT_TRUE(dispersion(&evening) > 5);
}

static void bets_do_not_move_arrivals_and_seeds_do(void)
{
    struct sim_workload_config reseeded = evening;
    struct sim_workload a = started(&evening), b = started(&evening);
    unsigned same = 0;

    reseeded.seed = 2;
    struct sim_workload c = started(&reseeded);
    for (unsigned i = 0; i < 1000; i++) {
        const struct sim_work work = sim_workload_arrival(&a);

        sim_workload_bet(&b, 1);
        CU_ASSERT_EQUAL(sim_workload_arrival(&b).at_ns, work.at_ns);
        same += sim_workload_arrival(&c).at_ns == work.at_ns;
    }
    CU_ASSERT_TRUE(same < 3);
}

static void kernels_get_jobs_as_they_have_cus(void)
{
    struct sim_workload workload = started(&evening);
    double jobs[4] = { 0 }, cus[4] = { 0 };

    for (uint32_t i = 0; i < evening.cu_count; i++)
        cus[sim_workload_kernel(&evening, i)]++;
    CU_ASSERT_EQUAL(cus[3], 4 * 2); /* of eight, the first two kernels have three */
    for (unsigned i = 0; i < ARRIVALS; i++)
        jobs[sim_workload_arrival(&workload).kernel]++;
    for (unsigned k = 1; k <= 3; k++)
        CU_ASSERT_DOUBLE_EQUAL(jobs[k] / ARRIVALS, cus[k] / evening.cu_count, 0.01);
}

static void bets_are_wanted_as_often_as_they_say(void)
{
    struct sim_workload workload = started(&evening);
    double said = 0, wanted = 0;

    for (unsigned i = 0; i < ARRIVALS; i++) {
        const struct sim_work bet = sim_workload_bet(&workload, 2);

        CU_ASSERT_EQUAL(bet.kernel, 2);
        said += bet.probability;
        wanted += bet.wanted;
    }
    CU_ASSERT_DOUBLE_EQUAL(wanted / said, 1, 0.02);
}

static void fields_out_of_range_are_refused(void)
{
    struct sim_workload_config bad[13];
    struct sim_workload workload;

    for (unsigned i = 0; i < PS_ARRAY_LEN(bad); i++)
        bad[i] = evening;
    bad[0].cu_count = 0;
    bad[1].kernel_count = 0;
    bad[2].tenant_count = 0;
    bad[3].load = 1;
    bad[4].load = NAN;
    bad[5].burst = 0.5;
    bad[6].burst = 11; /* with 0.1 of the time: more than there is */
    bad[7].burst_s = 0;
    bad[8].batches = 0;
    bad[9].batches = SIM_BATCHES_MAX + 1;
    bad[10].batch_ns = SIM_BATCH_NS_MAX + 1;
    bad[11].batch_spread = 1;
    bad[12].card_cus = 2;
    for (unsigned i = 0; i < PS_ARRAY_LEN(bad); i++)
        CU_ASSERT_EQUAL(sim_workload_init(&workload, &bad[i]), -EINVAL);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(load_is_the_share_of_cu_time),
        PS_TEST(bursts_are_bursts_and_calm_is_poisson),
        PS_TEST(bets_do_not_move_arrivals_and_seeds_do),
        PS_TEST(kernels_get_jobs_as_they_have_cus),
        PS_TEST(bets_are_wanted_as_often_as_they_say),
        PS_TEST(fields_out_of_range_are_refused),
    };

    return ps_test_run("tools/sim/workload", tests, PS_ARRAY_LEN(tests));
}
