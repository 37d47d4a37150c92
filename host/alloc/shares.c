/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Shares of CU time: fair queueing between tenants, reservations, and the cap on speculation.
 *
 * A run is charged with the length of a usual batch when it begins and put right when it ends, so
 * that runs under way count. What a window's runs used beyond its budget is taken off the next one:
 * the long-run share holds though a batch is never torn up. What they left is not saved.
 */
#include <errno.h>
#include <stddef.h>

#include "host/alloc/alloc_priv.h"
#include "host/base/assert.h"

#define WINDOWS_MAX 1000000u /* more than that at once are as good as this many */

struct share *ps_alloc_share(const struct ps_alloc *alloc, uint32_t cu_idx, uint32_t tenant)
{
    return &alloc->shares[(size_t)cu_idx * alloc->tenant_count + tenant];
}

static int64_t budget_ns(uint32_t share)
{
    return (int64_t)(PS_ALLOC_WINDOW_NS * share / PS_ALLOC_WHOLE_CU);
}

bool ps_alloc_share_left(const struct ps_alloc *alloc, uint32_t cu_idx, uint32_t tenant)
{
    const struct share *share = ps_alloc_share(alloc, cu_idx, tenant);

    return share->reserved == PS_ALLOC_WHOLE_CU ||
           (share->reserved != 0 && share->used_ns < budget_ns(share->reserved));
}

bool ps_alloc_others_left(const struct ps_alloc *alloc, uint32_t cu_idx)
{
    const struct cu *cu = &alloc->cus[cu_idx];

    return cu->reserved == 0 || (cu->reserved != PS_ALLOC_WHOLE_CU &&
                                 cu->others_used_ns < budget_ns(PS_ALLOC_WHOLE_CU - cu->reserved));
}

/* CUs on probation count: when all are, it is a bet that has to show that they work. */
static int64_t speculation_budget_ns(const struct ps_alloc *alloc)
{
    uint32_t cus = 0;

    for (uint32_t k = 0; k < PS_ALLOC_KERNELS_MAX; k++)
        cus += alloc->kernels[k].count_in[PS_ALLOC_CU_IN_SERVICE] +
               alloc->kernels[k].count_in[PS_ALLOC_CU_PROBED];
    return (int64_t)(alloc->speculation_share * (double)PS_ALLOC_WINDOW_NS * cus);
}

bool ps_alloc_may_speculate(const struct ps_alloc *alloc)
{
    const int64_t budget = speculation_budget_ns(alloc);

    return alloc->speculation_share >= 1.0 || (budget > 0 && alloc->speculation_used_ns < budget);
}

void ps_alloc_cap_speculation(struct ps_alloc *alloc, double share)
{
    ps_assert(share >= 0.0 && share <= 1.0);
    alloc->speculation_share = share;
}

void ps_alloc_take_turn(struct kernel *kernel, uint32_t tenant)
{
    if (kernel->tenants[tenant].tag > kernel->virtual_time)
        kernel->virtual_time = kernel->tenants[tenant].tag;
    kernel->tenants[tenant].tag = kernel->virtual_time;
}

void ps_alloc_charge(struct ps_alloc *alloc, uint32_t cu_idx, uint32_t tenant, int64_t delta_ns)
{
    struct cu *cu = &alloc->cus[cu_idx];

    if (cu->run_owned)
        ps_alloc_share(alloc, cu_idx, tenant)->used_ns += delta_ns;
    else
        cu->others_used_ns += delta_ns;
    if (cu->run_queue == PS_QUEUE_SPECULATIVE)
        alloc->speculation_used_ns += delta_ns;
    else if (!cu->run_owned)
        alloc->kernels[cu->kernel].tenants[tenant].tag += (double)delta_ns / alloc->weights[tenant];
}

/* ---- windows ---- */

static void settle(int64_t *used_ns, int64_t budget, int64_t windows)
{
    if (*used_ns > 0)
        *used_ns = *used_ns > budget * windows ? *used_ns - budget * windows : 0;
}

static void settle_cu(struct ps_alloc *alloc, uint32_t cu_idx, int64_t windows)
{
    struct cu *cu = &alloc->cus[cu_idx];

    settle(&cu->others_used_ns, budget_ns(PS_ALLOC_WHOLE_CU - cu->reserved), windows);
    for (uint32_t t = 0; t < alloc->tenant_count; t++) {
        struct share *share = ps_alloc_share(alloc, cu_idx, t);

        settle(&share->used_ns, budget_ns(share->reserved), windows);
    }
    ps_alloc_refresh_cu(alloc, cu_idx);
}

void ps_alloc_roll_window(struct ps_alloc *alloc)
{
    if (alloc->window_end_ns == 0)
        alloc->window_end_ns = alloc->now_ns + PS_ALLOC_WINDOW_NS;
    if (alloc->now_ns < alloc->window_end_ns)
        return;
    const uint64_t passed = (alloc->now_ns - alloc->window_end_ns) / PS_ALLOC_WINDOW_NS + 1;
    const int64_t windows = passed < WINDOWS_MAX ? (int64_t)passed : WINDOWS_MAX;

    alloc->window_end_ns += passed * PS_ALLOC_WINDOW_NS;
    settle(&alloc->speculation_used_ns, speculation_budget_ns(alloc), windows);
    for (uint32_t i = 0; alloc->reserved_cus != 0 && i < alloc->cfg.cu_count; i++)
        if (alloc->cus[i].reserved != 0)
            settle_cu(alloc, i, windows);
}

/* ---- reservations ---- */

void ps_alloc_count_capacity(struct ps_alloc *alloc, uint32_t cu_idx, bool in_service)
{
    const struct cu *cu = &alloc->cus[cu_idx];
    struct kernel *kernel = &alloc->kernels[cu->kernel];
    const uint64_t sign = in_service ? 1 : UINT64_MAX;

    if (cu->reserved == 0) {
        kernel->unreserved += (uint32_t)sign;
        return;
    }
    kernel->reserved += sign * cu->reserved;
    for (uint32_t t = 0; t < alloc->tenant_count; t++)
        kernel->tenants[t].reserved += sign * ps_alloc_share(alloc, cu_idx, t)->reserved;
}

int ps_alloc_reserve(struct ps_alloc *alloc, uint32_t cu_idx, uint32_t tenant, uint32_t share)
{
    if (cu_idx >= alloc->cfg.cu_count || tenant >= alloc->tenant_count || share > PS_ALLOC_WHOLE_CU)
        return -EINVAL;
    struct cu *cu = &alloc->cus[cu_idx];
    struct share *own = ps_alloc_share(alloc, cu_idx, tenant);
    const uint32_t reserved = cu->reserved - own->reserved + share;
    const bool in_service = cu->state == PS_ALLOC_CU_IN_SERVICE;
    const bool was_reserved = cu->reserved != 0;

    if (reserved > PS_ALLOC_WHOLE_CU)
        return -ENOSPC;
    if (in_service)
        ps_alloc_count_capacity(alloc, cu_idx, false);
    if (!was_reserved)
        cu->others_used_ns = 0; /* until now nobody was restricted */
    if (own->reserved == 0)
        own->used_ns = 0;
    own->reserved = share;
    cu->shared = true;
    cu->reserved = reserved;
    if (in_service)
        ps_alloc_count_capacity(alloc, cu_idx, true);
    alloc->reserved_cus += (uint32_t)(reserved != 0) - (uint32_t)was_reserved;
    ps_alloc_refresh_cu(alloc, cu_idx);
    return 0;
}
