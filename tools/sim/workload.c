/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/sim/workload.c - see workload.h. */
#include "tools/sim/workload.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>

#include "host/base/assert.h"

enum { CALM, BURST };
enum { PURPOSE_ARRIVALS = 1, PURPOSE_WORKS, PURPOSE_BETS };

static bool is_valid(const struct sim_workload_config *cfg)
{
    return cfg->cu_count > 0 && cfg->kernel_count > 0 && cfg->kernel_count <= cfg->card_cus &&
           cfg->tenant_count > 0 && cfg->load > 0 && cfg->load < 1 && cfg->burst >= 1 &&
           cfg->burst_share > 0 && cfg->burst_share < 1 && cfg->burst * cfg->burst_share <= 1 &&
           cfg->burst_s > 0 && isfinite(cfg->burst_s) && cfg->batches > 0 &&
           cfg->batches <= SIM_BATCHES_MAX && cfg->batch_ns > 0 &&
           cfg->batch_ns <= SIM_BATCH_NS_MAX && cfg->batch_spread >= 0 && cfg->batch_spread < 1;
}

uint32_t sim_workload_kernel(const struct sim_workload_config *cfg, uint32_t idx)
{
    return 1 + idx % cfg->card_cus % cfg->kernel_count;
}

double sim_workload_job_s(const struct sim_workload_config *cfg)
{
    return cfg->batches * (double)cfg->batch_ns * (1 - cfg->batch_spread / 2) / 1e9;
}

static double exponential(struct chance *chance, double mean)
{
    return -mean * log(1 - chance_uniform(chance));
}

int sim_workload_init(struct sim_workload *workload, const struct sim_workload_config *cfg)
{
    ps_assert(workload != NULL);
    if (!is_valid(cfg))
        return -EINVAL;
    const double rate = cfg->load * cfg->cu_count / sim_workload_job_s(cfg);
    const double calm_share = 1 - cfg->burst_share;

    *workload = (struct sim_workload){
        .cfg = *cfg,
        .rate = { rate * (1 - cfg->burst * cfg->burst_share) / calm_share, rate * cfg->burst },
        .stay_s = { cfg->burst_s * calm_share / cfg->burst_share, cfg->burst_s },
    };
    chance_init(&workload->arrivals, cfg->seed, PURPOSE_ARRIVALS);
    chance_init(&workload->works, cfg->seed, PURPOSE_WORKS);
    chance_init(&workload->bets, cfg->seed, PURPOSE_BETS);
    workload->until_s = exponential(&workload->arrivals, workload->stay_s[CALM]);
    return 0;
}

static struct sim_work draw(const struct sim_workload_config *cfg, struct chance *chance)
{
    const double share = 1 - cfg->batch_spread * chance_uniform(chance);

    return (struct sim_work){
        .batch_ns = (uint64_t)fmax(1, (double)cfg->batch_ns * share),
        .batches = cfg->batches,
        .kernel = sim_workload_kernel(cfg, chance_below(chance, cfg->cu_count)),
        .tenant = chance_below(chance, cfg->tenant_count),
    };
}

/* What is left of a wait when the state switches is drawn anew: the law has no memory. */
struct sim_work sim_workload_arrival(struct sim_workload *workload)
{
    struct chance *chance = &workload->arrivals;
    struct sim_work work = draw(&workload->cfg, &workload->works);

    for (;;) {
        const double rate = workload->rate[workload->state];
        const double at_s =
            rate > 0 ? workload->now_s + exponential(chance, 1 / rate) : workload->until_s;

        if (at_s < workload->until_s) {
            workload->now_s = at_s;
            break;
        }
        workload->now_s = workload->until_s;
        workload->state = workload->state == CALM ? BURST : CALM;
        workload->until_s += exponential(chance, workload->stay_s[workload->state]);
    }
    work.at_ns = (uint64_t)(workload->now_s * 1e9);
    return work;
}

struct sim_work sim_workload_bet(struct sim_workload *workload, uint32_t kernel)
{
    struct sim_work work = draw(&workload->cfg, &workload->bets);

    work.kernel = kernel;
    work.probability = chance_uniform(&workload->bets);
    work.wanted = chance_uniform(&workload->bets) < work.probability;
    return work;
}
