/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/sim/report.c - see report.h. */
#include "tools/sim/report.h"

#include <errno.h>
#include <inttypes.h>

static const char *const policies[] = {
    [SIM_PRESTAGE] = "prestage",
    [SIM_STRICT] = "strict",
    [SIM_FCFS] = "fcfs",
};

static double seconds(uint64_t ns)
{
    return (double)ns / 1e9;
}

static int report_waits(FILE *out, const struct sim_config *cfg, const struct sim_metrics *metrics)
{
    static const double q[] = { 0.5, 0.99 };
    uint64_t wait_ns[2];

    if (sim_metrics_waits(metrics, UINT32_MAX, q, 2, wait_ns) != 0)
        return -ENOMEM;
    fprintf(out, "sim: wait_p50_ms=%.3f\nsim: wait_p99_ms=%.3f\n", (double)wait_ns[0] / 1e6,
            (double)wait_ns[1] / 1e6);
    fprintf(out, "sim: wait_p99_is_a_batch=%d\n", wait_ns[1] >= cfg->workload.batch_ns);
    for (uint32_t tenant = 0; tenant < cfg->tenant_count; tenant++) {
        if (sim_metrics_waits(metrics, tenant, q, 2, wait_ns) != 0)
            return -ENOMEM;
        fprintf(out, "sim: tenant_%" PRIu32 "_wait_p99_ms=%.3f\n", tenant,
                (double)wait_ns[1] / 1e6);
    }
    return 0;
}

static void report_work(FILE *out, const struct sim_metrics *metrics)
{
    const double viewers = sim_metrics_busy_share(metrics, PS_QUEUE_REAL_TIME);
    const double bets = sim_metrics_busy_share(metrics, PS_QUEUE_SPECULATIVE);

    fprintf(out, "sim: busy_share=%.4f\nsim: busy_share_real_time=%.4f\n", viewers + bets, viewers);
    fprintf(out, "sim: busy_share_speculative=%.4f\n", bets);
    fprintf(out, "sim: frames=%" PRIu64 "\nsim: frames_redone=%" PRIu64 "\n", metrics->frames,
            metrics->frames_redone);
    fprintf(out, "sim: suspensions=%" PRIu64 "\nsim: moves=%" PRIu64 "\n", metrics->suspensions,
            metrics->moves);
    fprintf(out, "sim: failed_runs=%" PRIu64 "\n", metrics->failed_runs);
    fprintf(out, "sim: speculative_done=%" PRIu64 "\nsim: speculative_wanted=%" PRIu64 "\n",
            metrics->bets_done, metrics->bets_wanted);
    fprintf(out, "sim: speculative_failed=%" PRIu64 "\n", metrics->bets_failed);
    fprintf(out, "sim: wasted_cu_s=%.1f\n", seconds(metrics->unwanted_ns + metrics->failed_ns));
}

int sim_report(FILE *out, const struct sim_config *cfg, const struct sim *sim, uint64_t real_ns)
{
    const struct sim_metrics *metrics = sim_metrics(sim);
    uint64_t cost_ns;
    const uint64_t decisions = sim_decisions(sim, &cost_ns);

    fprintf(out, "sim: time=virtual\nsim: policy=%s\nsim: seed=%" PRIu64 "\n",
            policies[cfg->policy], cfg->workload.seed);
    fprintf(out, "sim: cus=%" PRIu32 "\nsim: speculation=%d\nsim: virtual_s=%.1f\n",
            cfg->cards * cfg->cus, cfg->bets > 0, seconds(metrics->end_ns));
    fprintf(out,
            "sim: jobs=%" PRIu32 "\nsim: jobs_done=%" PRIu32 "\nsim: jobs_failed=%" PRIu32 "\n",
            metrics->arrived, metrics->done, metrics->failed);
    fprintf(out, "sim: deadline_misses=%" PRIu32 "\n", metrics->late);
    if (report_waits(out, cfg, metrics) != 0)
        return -ENOMEM;
    report_work(out, metrics);
    fprintf(out, "sim: decisions=%" PRIu64 "\nsim: decision_us=%.3f\nsim: real_s=%.1f\n", decisions,
            decisions > 0 ? (double)cost_ns / 1e3 / (double)decisions : 0.0, seconds(real_ns));
    return fflush(out) == 0 && !ferror(out) ? 0 : -EIO;
}
