/* SPDX-License-Identifier: BSD-3-Clause */
/* Looking ahead: when a job would end, and when there is something to decide. */
#include "host/alloc/alloc_priv.h"
#include "host/base/assert.h"

/* CUs that the tenant's jobs may use; what is left of none but will be tried again counts as one.
 */
static double usable_cus(const struct kernel *kernel, uint32_t tenant)
{
    const double in_service = kernel->count_in[PS_ALLOC_CU_IN_SERVICE];
    const double for_others =
        (double)(kernel->reserved - kernel->tenants[tenant].reserved) / PS_ALLOC_WHOLE_CU;

    if (kernel->count_in[PS_ALLOC_CU_LOST] == kernel->cu_count)
        return 0.0;
    return in_service > 0.0 ? in_service - for_others : 1.0;
}

/* What part of the CUs fair queueing gives the tenant while all who have work want it. */
static double fair_part(const struct ps_alloc *alloc, const struct kernel *kernel, uint32_t tenant)
{
    uint32_t sum = alloc->weights[tenant];

    for (uint32_t t = 0; t < alloc->tenant_count; t++)
        if (t != tenant && kernel->tenants[t].work_ns != 0)
            sum += alloc->weights[t];
    return (double)alloc->weights[tenant] / sum;
}

uint64_t ps_alloc_forecast_ns(const struct ps_alloc *alloc, uint32_t kernel_id, uint32_t tenant,
                              uint64_t cost_ns, uint64_t now_ns)
{
    ps_assert(tenant < alloc->tenant_count);
    if (kernel_id >= PS_ALLOC_KERNELS_MAX)
        return UINT64_MAX;
    const struct kernel *kernel = &alloc->kernels[kernel_id];
    const double cus = usable_cus(kernel, tenant);
    const double fair_cus = cus * fair_part(alloc, kernel, tenant);
    const double batch_ns = kernel->open.count > kernel->held ? 0.0 : (double)kernel->batch_ns_max;
    const double cost = cost_ns == 0 ? (double)kernel->job_ns : (double)cost_ns;

    if (cus < 1e-6)
        return UINT64_MAX;
    double end_ns = cost / (cus < 1.0 ? cus : 1.0);
    if (kernel->real_time_jobs + 1.0 > cus) { /* it shares CUs with what came before */
        const double all_ns = (double)kernel->work_ns / cus + end_ns;
        const double own_ns = (double)kernel->tenants[tenant].work_ns / fair_cus +
                              cost / (fair_cus < 1.0 ? fair_cus : 1.0);

        end_ns = all_ns < own_ns ? all_ns : own_ns;
    }
    end_ns += batch_ns;
    return end_ns < (double)(UINT64_MAX - now_ns) / 2 ? now_ns + (uint64_t)end_ns : UINT64_MAX;
}

static void earlier(uint64_t *ret_ns, uint64_t time_ns)
{
    if (time_ns < *ret_ns)
        *ret_ns = time_ns;
}

/* A ready job might get a CU only in the next window. */
static bool waits_for_window(const struct ps_alloc *alloc)
{
    const uint64_t bets = alloc->status.ready[PS_QUEUE_SPECULATIVE];
    const uint64_t ready = bets + alloc->status.ready[PS_QUEUE_REAL_TIME];

    return (ready != 0 && alloc->reserved_cus != 0) ||
           (bets != 0 && alloc->speculation_share > 0.0 && !ps_alloc_may_speculate(alloc));
}

uint64_t ps_alloc_next_ns(const struct ps_alloc *alloc, uint64_t now_ns)
{
    uint64_t next_ns = UINT64_MAX;

    if (alloc->timers.count > 0)
        next_ns = alloc->timers.entries[0].key;
    for (uint32_t k = 0; k < PS_ALLOC_KERNELS_MAX; k++) {
        const struct kernel *kernel = &alloc->kernels[k];

        if (kernel->hold_head != PS_ALLOC_NONE && alloc->status.ready[PS_QUEUE_SPECULATIVE] != 0)
            earlier(&next_ns, alloc->slots[kernel->hold_head].idle_ns + PS_ALLOC_HOLD_NS);
    }
    if (waits_for_window(alloc))
        earlier(&next_ns, alloc->window_end_ns);
    return next_ns > now_ns ? next_ns : now_ns;
}
