/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/unit/tools/sim/test_sim.c - a known queue's known wait, nothing lost, the same twice, and
 * what the policies are told apart by.
 */
#include "tools/sim/sim.h"

#include <errno.h>
#include <string.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

#define MS 1000000ull

/* Two cards of four CUs on which bursts make viewers wait. */
static const struct sim_config two_cards = {
    .workload = { .seed = 1,
                  .load = 0.6,
                  .burst = 3,
                  .burst_share = 0.1,
                  .burst_s = 2,
                  .batches = 8,
                  .batch_ns = 100 * MS,
                  .batch_spread = 0.5 },
    .faults = { .back_s = 1 },
    .cards = 2,
    .cus = 4,
    .kernels = 2,
    .jobs = 5000,
    .bets = 16,
    .gap_ns = MS,
    .deadline_ns = 6000 * MS,
};

static struct sim *ran(const struct sim_config *cfg)
{
    struct sim *sim = NULL;
    uint64_t next_ns;

    PS_REQUIRE(sim_create(&sim, cfg) == 0);
    while ((next_ns = sim_next_ns(sim)) != UINT64_MAX)
        sim_advance(sim, next_ns);
    PS_REQUIRE(sim_is_done(sim));
    return sim;
}

static uint64_t p99_wait_ns(const struct sim *sim)
{
    static const double q = 0.99;
    uint64_t ns = 0;

    PS_REQUIRE(sim_metrics_waits(sim_metrics(sim), UINT32_MAX, &q, 1, &ns) == 0);
    return ns;
}

/* M/D/1: mean wait = load * service / (2 * (1 - load)), whatever the order that does not look at
 * service times; here with everyone's deadline equally far away. */
static void single_cu_waits_as_the_formula_says(void)
{
    static const double loads[] = { 0.3, 0.6, 0.8 };

    for (unsigned i = 0; i < 2 * PS_ARRAY_LEN(loads); i++) {
        const double load = loads[i / 2];
        struct sim_config cfg = two_cards;

        cfg.workload.load = load;
        cfg.workload.burst = 1;
        cfg.workload.batches = 1;
        cfg.workload.batch_ns = 10 * MS;
        cfg.workload.batch_spread = 0;
        cfg.cards = cfg.cus = cfg.kernels = 1;
        cfg.bets = 0;
        cfg.jobs = 200000;
        cfg.policy = i % 2 == 0 ? SIM_FCFS : SIM_PRESTAGE;
        struct sim *sim = ran(&cfg);
        double wait_ms = 0;
        for (uint32_t j = 0; j < cfg.jobs; j++)
            wait_ms += (double)sim_metrics(sim)->outcomes[j].wait_ns / 1e6 / cfg.jobs;
        CU_ASSERT_DOUBLE_EQUAL(wait_ms / (load * 10 / (2 * (1 - load))), 1, 0.05);
        CU_ASSERT_DOUBLE_EQUAL(sim_metrics_busy_share(sim_metrics(sim), PS_QUEUE_REAL_TIME), load,
                               0.01);
        sim_destroy(sim);
    }
}

static void every_job_and_frame_is_accounted_for(void)
{
    for (enum sim_policy_kind policy = SIM_PRESTAGE; policy <= SIM_FCFS; policy++) {
        struct sim_config cfg = two_cards;

        cfg.policy = policy;
        struct sim *sim = ran(&cfg);
        const struct sim_metrics *metrics = sim_metrics(sim);
        CU_ASSERT_EQUAL(metrics->arrived, cfg.jobs);
        CU_ASSERT_EQUAL(metrics->done, cfg.jobs);
        CU_ASSERT_EQUAL(metrics->failed, 0);
        CU_ASSERT_EQUAL(metrics->runs[PS_QUEUE_REAL_TIME], (uint64_t)cfg.jobs * 8);
        CU_ASSERT_EQUAL(metrics->frames, SIM_BATCH_FRAMES * (metrics->runs[0] + metrics->runs[1]));
        CU_ASSERT_EQUAL(metrics->frames_redone, 0);
        CU_ASSERT_TRUE(metrics->busy_ns[0] + metrics->busy_ns[1] <= metrics->service_ns);
        CU_ASSERT_TRUE(metrics->bets_done > 0 && metrics->bets_wanted < metrics->bets_done);
        CU_ASSERT_TRUE(metrics->unwanted_ns > 0);
        for (uint32_t i = 0; i < cfg.jobs; i++) {
            const struct sim_outcome *outcome = &metrics->outcomes[i];

            CU_ASSERT_TRUE(outcome->latency_ns >= outcome->wait_ns + 8 * 50 * MS);
        }
        sim_destroy(sim);
    }
}

static void same_seed_brings_the_same_figures(void)
{
    struct sim_config cfg = two_cards;

    cfg.faults = (struct sim_faults_config){ .fail = 0.01, .lose = 0.001, .back_s = 5 };
    struct sim *a = ran(&cfg), *b = ran(&cfg);
    cfg.workload.seed = 2;
    struct sim *c = ran(&cfg);
    CU_ASSERT_EQUAL(memcmp(sim_metrics(a)->outcomes, sim_metrics(b)->outcomes,
                           cfg.jobs * sizeof(struct sim_outcome)),
                    0);
    CU_ASSERT_EQUAL(sim_metrics(a)->end_ns, sim_metrics(b)->end_ns);
    CU_ASSERT_NOT_EQUAL(sim_metrics(a)->end_ns, sim_metrics(c)->end_ns);
    sim_destroy(a);
    sim_destroy(b);
    sim_destroy(c);
}

static void viewers_hardly_notice_speculation_and_no_cu_idles(void)
{
    struct sim_config cfg = two_cards;
    struct sim *with = ran(&cfg);

    cfg.bets = 0;
    struct sim *without = ran(&cfg);
    const struct sim_metrics *metrics = sim_metrics(with);
    CU_ASSERT_TRUE(p99_wait_ns(without) >= cfg.workload.batch_ns);
    CU_ASSERT_TRUE((double)p99_wait_ns(with) - (double)cfg.workload.batch_ns <=
                   1.1 * (double)p99_wait_ns(without));
    CU_ASSERT_TRUE(sim_metrics_busy_share(metrics, PS_QUEUE_REAL_TIME) +
                       sim_metrics_busy_share(metrics, PS_QUEUE_SPECULATIVE) >
                   0.95);
    CU_ASSERT_TRUE(metrics->suspensions > 0);
    CU_ASSERT_EQUAL(sim_metrics(without)->bets_done, 0);
    sim_destroy(with);
    sim_destroy(without);
}

static void killing_instead_of_suspending_shows_as_frames_redone(void)
{
    struct sim_config cfg = two_cards;

    cfg.forget_suspended = true;
    struct sim *sim = ran(&cfg);
    CU_ASSERT_TRUE(sim_metrics(sim)->frames_redone > 0);
    CU_ASSERT_EQUAL(sim_metrics(sim)->frames_redone % SIM_BATCH_FRAMES, 0);
    CU_ASSERT_EQUAL(sim_metrics(sim)->done, cfg.jobs);
    sim_destroy(sim);
}

static void peers_make_viewers_wait_longer(void)
{
    struct sim_config cfg = two_cards;
    uint64_t wait_ns[SIM_FCFS + 1];

    for (enum sim_policy_kind policy = SIM_PRESTAGE; policy <= SIM_FCFS; policy++) {
        cfg.policy = policy;
        struct sim *sim = ran(&cfg);
        wait_ns[policy] = p99_wait_ns(sim);
        CU_ASSERT_TRUE(policy == SIM_PRESTAGE || sim_metrics(sim)->suspensions == 0);
        sim_destroy(sim);
    }
    CU_ASSERT_TRUE(wait_ns[SIM_PRESTAGE] < wait_ns[SIM_STRICT]);
    CU_ASSERT_TRUE(wait_ns[SIM_STRICT] < wait_ns[SIM_FCFS]);
}

static void faults_lose_no_viewers_job_silently(void)
{
    for (enum sim_policy_kind policy = SIM_PRESTAGE; policy <= SIM_FCFS; policy++) {
        struct sim_config cfg = two_cards;

        cfg.policy = policy;
        cfg.workload.load = 0.3;
        cfg.faults = (struct sim_faults_config){ .fail = 0.02, .lose = 0.002, .back_s = 5 };
        struct sim *sim = ran(&cfg);
        const struct sim_metrics *metrics = sim_metrics(sim);
        CU_ASSERT_TRUE(metrics->failed_runs > 0 && metrics->failed_ns > 0);
        CU_ASSERT_EQUAL(metrics->arrived, metrics->done + metrics->failed);
        CU_ASSERT_TRUE(metrics->failed < cfg.jobs / 100);
        CU_ASSERT_TRUE(metrics->late >= metrics->failed);
        CU_ASSERT_EQUAL(metrics->frames_redone, 0);
        sim_destroy(sim);
    }
}

struct lent {
    uint64_t end_ns[8]; /* of the run on each CU; 0: idle */
    uint64_t now_ns;
};

static void lend(void *context, uint32_t cu, uint64_t batch_ns)
{
    struct lent *lent = context;

    lent->end_ns[cu] = lent->now_ns + batch_ns;
}

static void turn_lent(struct sim *sim, struct lent *lent)
{
    uint64_t next_ns = sim_next_ns(sim);

    for (unsigned cu = 0; cu < 8; cu++)
        if (lent->end_ns[cu] != 0 && lent->end_ns[cu] < next_ns)
            next_ns = lent->end_ns[cu];
    lent->now_ns = next_ns;
    for (unsigned cu = 0; cu < 8; cu++)
        if (lent->end_ns[cu] == next_ns) {
            lent->end_ns[cu] = 0;
            sim_run_ended(sim, cu, 0, next_ns);
        }
    sim_advance(sim, next_ns);
}

static void lent_machine_runs_the_same_jobs(void)
{
    struct sim_config cfg = two_cards;
    struct lent lent = { .now_ns = 0 };
    struct sim *sim = NULL, *own;

    cfg.jobs = 500;
    own = ran(&cfg);
    cfg.start = lend;
    cfg.context = &lent;
    PS_REQUIRE(sim_create(&sim, &cfg) == 0);
    while (!sim_is_done(sim))
        turn_lent(sim, &lent);
    sim_advance(sim, lent.now_ns);
    CU_ASSERT_EQUAL(sim_metrics(sim)->done, 500);
    CU_ASSERT_EQUAL(sim_metrics(sim)->runs[0], sim_metrics(own)->runs[0]);
    CU_ASSERT_DOUBLE_EQUAL((double)p99_wait_ns(sim) / (double)p99_wait_ns(own), 1, 0.1);
    sim_destroy(sim);
    sim_destroy(own);
}

static void fields_out_of_range_are_refused(void)
{
    struct sim_config bad[11];
    struct sim *sim = NULL;

    for (unsigned i = 0; i < PS_ARRAY_LEN(bad); i++)
        bad[i] = two_cards;
    bad[0].cards = 0;
    bad[1].cus = 0;
    bad[2].cards = PS_ALLOC_CUS_MAX;
    bad[3].kernels = 5;
    bad[4].kernels = 0;
    bad[5].jobs = 0;
    bad[6].jobs = SIM_JOBS_MAX + 1;
    bad[7].bets = SIM_LIVE_MAX;
    bad[8].deadline_ns = 0;
    bad[9].workload.load = 2;
    bad[10].faults.fail = 1;
    for (unsigned i = 0; i < PS_ARRAY_LEN(bad); i++)
        CU_ASSERT_EQUAL(sim_create(&sim, &bad[i]), -EINVAL);
    CU_ASSERT_PTR_NULL(sim);
}

static void create_survives_each_failed_allocation(void)
{
    for (enum sim_policy_kind policy = SIM_PRESTAGE; policy <= SIM_FCFS; policy++) {
        struct sim_config cfg = two_cards;
        struct sim *sim = NULL;
        unsigned failed_at = 0;

        cfg.policy = policy;
        for (;; failed_at++) {
            ps_fail_alloc_after(failed_at);
            const int rc = sim_create(&sim, &cfg);
            ps_fail_alloc_never();
            if (rc == 0)
                break;
            CU_ASSERT_EQUAL(rc, -ENOMEM);
            CU_ASSERT_PTR_NULL(sim);
        }
        CU_ASSERT_TRUE(failed_at >= 8);
        sim_destroy(sim);
    }
    sim_destroy(NULL);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(single_cu_waits_as_the_formula_says),
        PS_TEST(every_job_and_frame_is_accounted_for),
        PS_TEST(same_seed_brings_the_same_figures),
        PS_TEST(viewers_hardly_notice_speculation_and_no_cu_idles),
        PS_TEST(killing_instead_of_suspending_shows_as_frames_redone),
        PS_TEST(peers_make_viewers_wait_longer),
        PS_TEST(faults_lose_no_viewers_job_silently),
        PS_TEST(lent_machine_runs_the_same_jobs),
        PS_TEST(fields_out_of_range_are_refused),
        PS_TEST(create_survives_each_failed_allocation),
    };

    return ps_test_run("tools/sim/sim", tests, PS_ARRAY_LEN(tests));
}
