/* SPDX-License-Identifier: BSD-3-Clause */
/* CUs: they fail, are quarantined, probed, lost and come back. */
#include <errno.h>

#include "host/alloc/alloc_priv.h"
#include "host/base/assert.h"

/* A probed CU waits for a bet to prove it, but not for ever: then, or when nothing better is left,
 * or when bets are not allowed on it, any job may. */
static bool takes_any(const struct ps_alloc *alloc, const struct cu *cu)
{
    return cu->state == PS_ALLOC_CU_IN_SERVICE ||
           (cu->state == PS_ALLOC_CU_PROBED &&
            (cu->until_ns <= alloc->now_ns || cu->reserved == PS_ALLOC_WHOLE_CU ||
             alloc->kernels[cu->kernel].count_in[PS_ALLOC_CU_IN_SERVICE] == 0));
}

void ps_alloc_refresh_cu(struct ps_alloc *alloc, uint32_t cu_idx)
{
    const struct cu *cu = &alloc->cus[cu_idx];
    struct kernel *kernel = &alloc->kernels[cu->kernel];
    const bool idle = cu->job_id == 0 && cu->keeper == 0;
    const bool any = idle && takes_any(alloc, cu);
    const bool others = ps_alloc_others_left(alloc, cu_idx);

    ps_cuset_put(&kernel->open, cu->pos, any && others);
    ps_cuset_put(&kernel->probed, cu->pos,
                 idle && others && !any && cu->state == PS_ALLOC_CU_PROBED);
    for (uint32_t t = 0; cu->shared && t < alloc->tenant_count; t++)
        ps_cuset_put(&kernel->tenants[t].owned, cu->pos,
                     any && ps_alloc_share_left(alloc, cu_idx, t));
}

static void refresh_probed(struct ps_alloc *alloc, const struct kernel *kernel)
{
    for (uint32_t pos = 0; pos < kernel->cu_count; pos++) {
        const uint32_t cu_idx = alloc->by_kernel[kernel->first_cu + pos];

        if (alloc->cus[cu_idx].state == PS_ALLOC_CU_PROBED)
            ps_alloc_refresh_cu(alloc, cu_idx);
    }
}

static void set_timer(struct ps_alloc *alloc, uint32_t cu_idx)
{
    const struct cu *cu = &alloc->cus[cu_idx];

    if (alloc->timer_positions[cu_idx] != PS_HEAP_NONE)
        ps_heap_remove(&alloc->timers, alloc->timer_positions, cu_idx);
    if (cu->state == PS_ALLOC_CU_QUARANTINED || cu->state == PS_ALLOC_CU_PROBED)
        ps_heap_push(&alloc->timers, alloc->timer_positions,
                     (struct ps_heap_entry){ .key = cu->until_ns, .item = cu_idx });
}

/* With nothing of the kernel in service, the CU whose quarantine ends first is tried at once. */
static void spare_last(struct ps_alloc *alloc, const struct kernel *kernel)
{
    uint32_t first = PS_ALLOC_NONE;

    if (kernel->count_in[PS_ALLOC_CU_IN_SERVICE] != 0 ||
        kernel->count_in[PS_ALLOC_CU_PROBED] != 0 || kernel->count_in[PS_ALLOC_CU_QUARANTINED] == 0)
        return;
    for (uint32_t pos = 0; pos < kernel->cu_count; pos++) {
        const uint32_t cu_idx = alloc->by_kernel[kernel->first_cu + pos];

        if (alloc->cus[cu_idx].state == PS_ALLOC_CU_QUARANTINED &&
            (first == PS_ALLOC_NONE || alloc->cus[cu_idx].until_ns < alloc->cus[first].until_ns))
            first = cu_idx;
    }
    ps_alloc_enter_state(alloc, first, PS_ALLOC_CU_PROBED, alloc->now_ns + PS_ALLOC_QUARANTINE_NS);
}

void ps_alloc_enter_state(struct ps_alloc *alloc, uint32_t cu_idx, enum ps_alloc_cu_state state,
                          uint64_t until_ns)
{
    struct cu *cu = &alloc->cus[cu_idx];
    struct kernel *kernel = &alloc->kernels[cu->kernel];
    const enum ps_alloc_cu_state old = cu->state;

    ps_assert(old != state);
    if (old == PS_ALLOC_CU_IN_SERVICE)
        ps_alloc_count_capacity(alloc, cu_idx, false);
    kernel->count_in[old]--;
    kernel->count_in[state]++;
    cu->state = state;
    cu->until_ns = until_ns;
    if (state == PS_ALLOC_CU_IN_SERVICE)
        ps_alloc_count_capacity(alloc, cu_idx, true);
    alloc->status.cus_lost +=
        (uint32_t)(state == PS_ALLOC_CU_LOST) - (uint32_t)(old == PS_ALLOC_CU_LOST);
    alloc->status.cus_quarantined +=
        (uint32_t)(state == PS_ALLOC_CU_QUARANTINED) - (uint32_t)(old == PS_ALLOC_CU_QUARANTINED);
    set_timer(alloc, cu_idx);
    ps_alloc_refresh_cu(alloc, cu_idx);
    if (old == PS_ALLOC_CU_IN_SERVICE || state == PS_ALLOC_CU_IN_SERVICE)
        refresh_probed(alloc, kernel);
    spare_last(alloc, kernel);
}

void ps_alloc_expire_timers(struct ps_alloc *alloc)
{
    while (alloc->timers.count > 0 && alloc->timers.entries[0].key <= alloc->now_ns) {
        const uint32_t cu_idx = alloc->timers.entries[0].item;

        if (alloc->cus[cu_idx].state == PS_ALLOC_CU_QUARANTINED) {
            ps_alloc_enter_state(alloc, cu_idx, PS_ALLOC_CU_PROBED,
                                 alloc->now_ns + PS_ALLOC_QUARANTINE_NS);
        } else {
            ps_heap_remove(&alloc->timers, alloc->timer_positions, cu_idx);
            ps_alloc_refresh_cu(alloc, cu_idx);
        }
    }
}

static void quarantine(struct ps_alloc *alloc, uint32_t cu_idx)
{
    struct cu *cu = &alloc->cus[cu_idx];
    uint64_t wait_ns = PS_ALLOC_QUARANTINE_NS;

    for (uint32_t i = 0; i < cu->backoffs && wait_ns < PS_ALLOC_QUARANTINE_MAX_NS; i++)
        wait_ns *= 2;
    if (wait_ns > PS_ALLOC_QUARANTINE_MAX_NS)
        wait_ns = PS_ALLOC_QUARANTINE_MAX_NS;
    cu->backoffs++;
    cu->quarantines++;
    alloc->status.quarantines++;
    ps_alloc_enter_state(alloc, cu_idx, PS_ALLOC_CU_QUARANTINED, alloc->now_ns + wait_ns);
}

static void count_good(struct ps_alloc *alloc, uint32_t cu_idx)
{
    struct cu *cu = &alloc->cus[cu_idx];

    cu->failures_in_row = 0;
    if (++cu->good_in_row == PS_ALLOC_PROVEN_RUNS)
        cu->backoffs = 0;
    if (cu->state == PS_ALLOC_CU_PROBED)
        ps_alloc_enter_state(alloc, cu_idx, PS_ALLOC_CU_IN_SERVICE, 0);
}

static void count_bad(struct ps_alloc *alloc, uint32_t cu_idx)
{
    struct cu *cu = &alloc->cus[cu_idx];

    cu->failures++;
    cu->failures_in_row++;
    cu->good_in_row = 0;
    if (cu->state == PS_ALLOC_CU_PROBED ||
        (cu->state == PS_ALLOC_CU_IN_SERVICE && cu->failures_in_row >= PS_ALLOC_QUARANTINE_AFTER))
        quarantine(alloc, cu_idx);
}

/* What says nothing about the CU: buffers lost with another card, a run called off, no memory. */
static bool is_no_fault_of_cu(int status)
{
    return status == -ESTALE || status == -ECANCELED || status == -ENOSPC || status == -ENOMEM;
}

void ps_alloc_judge_cu(struct ps_alloc *alloc, uint32_t cu_idx, int status)
{
    if (status == -ENODEV)
        ps_alloc_cu_lost(alloc, cu_idx, alloc->now_ns);
    else if (alloc->cus[cu_idx].state == PS_ALLOC_CU_LOST)
        return; /* the run began before; it says nothing about the card now */
    else if (status == 0)
        count_good(alloc, cu_idx);
    else if (!is_no_fault_of_cu(status))
        count_bad(alloc, cu_idx);
}

void ps_alloc_cu_lost(struct ps_alloc *alloc, uint32_t cu_idx, uint64_t now_ns)
{
    ps_assert(cu_idx < alloc->cfg.cu_count);
    ps_alloc_see_time(alloc, now_ns);
    if (alloc->cus[cu_idx].state != PS_ALLOC_CU_LOST)
        ps_alloc_enter_state(alloc, cu_idx, PS_ALLOC_CU_LOST, 0);
}

void ps_alloc_cu_back(struct ps_alloc *alloc, uint32_t cu_idx, uint64_t now_ns)
{
    ps_assert(cu_idx < alloc->cfg.cu_count);
    ps_alloc_see_time(alloc, now_ns);
    if (alloc->cus[cu_idx].state != PS_ALLOC_CU_LOST)
        return;
    alloc->cus[cu_idx].failures_in_row = 0;
    alloc->status.cus_back++;
    ps_alloc_enter_state(alloc, cu_idx, PS_ALLOC_CU_PROBED, alloc->now_ns + PS_ALLOC_QUARANTINE_NS);
}
