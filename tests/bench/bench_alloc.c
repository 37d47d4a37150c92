/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/bench/bench_alloc.c - viewers first, not one idle CU: on virtual time, what deciding costs,
 * and the same load in real time on emulated cards.
 *
 * Case: 4 cards of 8 CUs; viewers' jobs ask for 60 % of the CU time, as a Poisson process whose
 * rate is 1.8 times the mean in bursts of 2 s, 5 % of the time, so that viewers wait for each other
 * for longer than a frame batch even without speculation. A job is a segment of 10 s in 16 frame
 * batches of 125 to 250 ms; its deadline is the segment's length after its arrival, which is what
 * a player that asks for the next segment still has to play. Bets are endless: two for each CU.
 * Four hours of each policy see the same arrivals. Controls: the policy with suspension off, and
 * with bets that are killed instead of suspended.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/bench/bench_alloc.h"
#include "tools/sim/options.h"

#define CASE_MINUTES 240

struct comparison {
    uint64_t alone_ns; /* p99 wait without speculation */
    const struct sim_metrics *alone;
    const struct sim_config *cfg;
};

bool bench_bar(const char *name, double measured, double least, double most)
{
    const bool is_kept = measured >= least && measured <= most;

    if (!is_kept)
        printf("bench=alloc missed=%s measured=%.4f least=%.4g most=%.4g\n", name, measured, least,
               most);
    return is_kept;
}

struct sim_config bench_alloc_case(void)
{
    struct sim_options options;

    sim_options_init(&options);
    options.value[SIM_OPTION_MINUTES] = CASE_MINUTES;
    return sim_options_config(&options);
}

uint64_t bench_p99_wait_ns(const struct sim_metrics *metrics)
{
    static const double q = 0.99;
    uint64_t wait_ns;

    return sim_metrics_waits(metrics, UINT32_MAX, &q, 1, &wait_ns) == 0 ? wait_ns : UINT64_MAX;
}

static struct sim *simulate(struct sim_config cfg, enum sim_policy_kind policy, uint32_t bets)
{
    struct sim *sim;
    uint64_t next_ns;

    cfg.policy = policy;
    cfg.bets = bets;
    if (sim_create(&sim, &cfg) != 0)
        return NULL;
    while ((next_ns = sim_next_ns(sim)) != UINT64_MAX)
        sim_advance(sim, next_ns);
    if (sim_is_done(sim) && sim_metrics(sim)->failed == 0)
        return sim;
    sim_destroy(sim);
    return NULL;
}

static double busy_share(const struct sim_metrics *metrics)
{
    return sim_metrics_busy_share(metrics, PS_QUEUE_REAL_TIME) +
           sim_metrics_busy_share(metrics, PS_QUEUE_SPECULATIVE);
}

/* What viewers wait, one frame batch taken off, over what they wait for each other anyway. */
static double p99_ratio(const struct comparison *to, uint64_t wait_ns)
{
    return ((double)wait_ns - (double)to->cfg->workload.batch_ns) / (double)to->alone_ns;
}

static bool judge_ours(const struct comparison *to, const struct sim_metrics *metrics)
{
    const uint64_t wait_ns = bench_p99_wait_ns(metrics);
    const uint32_t added = sim_metrics_misses_added(metrics, to->alone, to->cfg->deadline_ns);
    bool is_kept = true;

    printf("bench=alloc_policy time=virtual p99_ratio=%.3f p99_ratio_raw=%.3f wait_p99_ms=%.1f "
           "wait_p99_alone_ms=%.1f busy_share=%.4f misses_added=%" PRIu32 " misses_alone=%" PRIu32
           " frames_redone=%" PRIu64 "\n",
           p99_ratio(to, wait_ns), (double)wait_ns / (double)to->alone_ns, (double)wait_ns / 1e6,
           (double)to->alone_ns / 1e6, busy_share(metrics), added, to->alone->late,
           metrics->frames_redone);
    printf("bench=alloc_policy time=virtual suspensions=%" PRIu64 " moves=%" PRIu64
           " wasted_cu_s=%.0f speculative_cu_s=%.0f\n",
           metrics->suspensions, metrics->moves,
           (double)(metrics->unwanted_ns + metrics->failed_ns) / 1e9,
           (double)metrics->busy_ns[PS_QUEUE_SPECULATIVE] / 1e9);
    is_kept &= bench_bar("wait_p99_alone_ms", (double)to->alone_ns / 1e6,
                         (double)to->cfg->workload.batch_ns / 1e6, 1e9);
    is_kept &= bench_bar("p99_ratio", p99_ratio(to, wait_ns), -1, BENCH_P99_RATIO_MAX);
    is_kept &= bench_bar("busy_share", busy_share(metrics), BENCH_BUSY_SHARE_MIN, 1);
    is_kept &= bench_bar("misses_added", added, 0, 0);
    is_kept &= bench_bar("frames_redone", (double)metrics->frames_redone, 0, 0);
    return is_kept;
}

static void print_peer(const struct comparison *to, const char *name,
                       const struct sim_metrics *metrics)
{
    const uint64_t wait_ns = bench_p99_wait_ns(metrics);

    printf("bench=alloc_peer time=virtual policy=%s p99_ratio=%.3f p99_ratio_raw=%.3f "
           "wait_p99_ms=%.1f busy_share=%.4f misses_added=%" PRIu32 "\n",
           name, p99_ratio(to, wait_ns), (double)wait_ns / (double)to->alone_ns,
           (double)wait_ns / 1e6, busy_share(metrics),
           sim_metrics_misses_added(metrics, to->alone, to->cfg->deadline_ns));
}

/* A bar that holds without the mechanism would show nothing. */
static bool judge_control(const struct comparison *to, const struct sim_metrics *strict,
                          const struct sim_metrics *killed)
{
    const double ratio = p99_ratio(to, bench_p99_wait_ns(strict));
    const bool fires = ratio > BENCH_P99_RATIO_MAX && killed->frames_redone > 0;

    printf("bench=alloc_control time=virtual control_p99_ratio_no_suspension=%.3f "
           "control_frames_redone_when_killed=%" PRIu64 " control_fires=%d\n",
           ratio, killed->frames_redone, fires);
    return bench_bar("control_fires", fires, 1, 1);
}

static bool bench_policy(void)
{
    struct sim_config cfg = bench_alloc_case();
    struct sim *alone = simulate(cfg, SIM_PRESTAGE, 0);
    struct sim *ours = simulate(cfg, SIM_PRESTAGE, cfg.bets);
    struct sim *strict = simulate(cfg, SIM_STRICT, cfg.bets);
    struct sim *fcfs = simulate(cfg, SIM_FCFS, cfg.bets);
    cfg.forget_suspended = true;
    struct sim *killed = simulate(cfg, SIM_PRESTAGE, cfg.bets);
    bool is_kept =
        alone != NULL && ours != NULL && strict != NULL && fcfs != NULL && killed != NULL;

    printf("bench=alloc_case time=virtual cards=%" PRIu32 " cus=%" PRIu32
           " load=%.2f burst=%.1f jobs=%" PRIu32 " batch_ms_max=%.0f deadline_s=%.0f seed=%" PRIu64
           " complete=%d\n",
           cfg.cards, cfg.cus, cfg.workload.load, cfg.workload.burst, cfg.jobs,
           (double)cfg.workload.batch_ns / 1e6, (double)cfg.deadline_ns / 1e9, cfg.workload.seed,
           is_kept);
    if (is_kept) {
        const struct comparison to = { .alone = sim_metrics(alone),
                                       .alone_ns = bench_p99_wait_ns(sim_metrics(alone)),
                                       .cfg = &cfg };

        is_kept = judge_ours(&to, sim_metrics(ours));
        print_peer(&to, "strict", sim_metrics(strict));
        print_peer(&to, "fcfs", sim_metrics(fcfs));
        is_kept &= judge_control(&to, sim_metrics(strict), sim_metrics(killed));
    }
    sim_destroy(alone);
    sim_destroy(ours);
    sim_destroy(strict);
    sim_destroy(fcfs);
    sim_destroy(killed);
    return is_kept;
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0); /* the parts take a while */
    bool is_kept = bench_policy();

    is_kept &= bench_alloc_cost();
    is_kept &= bench_alloc_real();
    return is_kept ? EXIT_SUCCESS : EXIT_FAILURE;
}
