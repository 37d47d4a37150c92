/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/sim/metrics.c - see metrics.h. */
#include "tools/sim/metrics.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "host/base/assert.h"
#include "host/base/mem.h"

int sim_metrics_init(struct sim_metrics *metrics, uint32_t jobs_max)
{
    *metrics = (struct sim_metrics){ .capacity = jobs_max };
    metrics->outcomes = ps_zalloc(jobs_max, sizeof(*metrics->outcomes));
    return metrics->outcomes == NULL ? -ENOMEM : 0;
}

void sim_metrics_fini(struct sim_metrics *metrics)
{
    free(metrics->outcomes);
    *metrics = (struct sim_metrics){ 0 };
}

double sim_metrics_busy_share(const struct sim_metrics *metrics, enum ps_queue queue)
{
    return metrics->service_ns == 0 ? 0.0
                                    : (double)metrics->busy_ns[queue] / (double)metrics->service_ns;
}

bool sim_outcome_is_late(const struct sim_outcome *outcome, uint64_t deadline_ns)
{
    return outcome->latency_ns > deadline_ns; /* SIM_UNFINISHED is above any */
}

static int ascending(const void *left, const void *right)
{
    const uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

    return (a > b) - (a < b);
}

int sim_metrics_waits(const struct sim_metrics *metrics, uint32_t tenant, const double *q,
                      uint32_t q_count, uint64_t *ret_ns)
{
    uint64_t *waits = ps_zalloc(metrics->arrived + 1u, sizeof(*waits));
    uint32_t count = 0;

    if (waits == NULL)
        return -ENOMEM;
    for (uint32_t i = 0; i < metrics->arrived; i++)
        if (tenant == UINT32_MAX || metrics->outcomes[i].tenant == tenant)
            waits[count++] = metrics->outcomes[i].wait_ns;
    qsort(waits, count, sizeof(*waits), ascending);
    for (uint32_t i = 0; i < q_count; i++) {
        ps_assert(q[i] > 0 && q[i] <= 1);
        ret_ns[i] = count == 0 ? 0 : waits[(uint32_t)ceil(q[i] * count) - 1];
    }
    free(waits);
    return 0;
}

uint32_t sim_metrics_misses_added(const struct sim_metrics *with, const struct sim_metrics *without,
                                  uint64_t deadline_ns)
{
    uint32_t added = 0;

    ps_assert(with->arrived == without->arrived);
    for (uint32_t i = 0; i < with->arrived; i++)
        added += sim_outcome_is_late(&with->outcomes[i], deadline_ns) &&
                 !sim_outcome_is_late(&without->outcomes[i], deadline_ns);
    return added;
}
