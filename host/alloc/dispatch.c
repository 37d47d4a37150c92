/* SPDX-License-Identifier: BSD-3-Clause */
/* Decisions: which idle CU takes which ready job. Every step is a look at the top of a heap. */
#include <stddef.h>

#include "host/alloc/alloc_priv.h"
#include "host/base/assert.h"

/* Jobs that wait for another CU than the idle one that failed them. They stand in the way of the
 * others for this decision only; with more of them a CU may idle until the next one. */
#define ASIDE_MAX  32u
#define CACHE_LINE 64u

struct round {
    struct ps_alloc *alloc;
    struct ps_assignment *assignments;
    uint32_t count, max;
    struct slot *aside[ASIDE_MAX];
    uint32_t aside_count;
};

/* A CU that anyone may have, other than the one that failed the job, is in service. */
static bool has_other_cu(struct ps_alloc *alloc, const struct slot *slot)
{
    const struct cu *failed = &alloc->cus[slot->failed_cu];
    const bool counted = failed->state == PS_ALLOC_CU_IN_SERVICE && failed->reserved == 0;

    return alloc->kernels[failed->kernel].unreserved > (uint32_t)counted;
}

/* The best CU of the set for the job, as its index. */
static uint32_t pick_cu(struct ps_alloc *alloc, struct ps_cuset *set, const struct slot *slot)
{
    const struct kernel *kernel = ps_alloc_kernel_of(alloc, slot);
    const uint32_t failed_pos =
        slot->failed_cu == PS_ALLOC_NONE ? 0 : alloc->cus[slot->failed_cu].pos;
    const bool avoids = slot->failed_cu != PS_ALLOC_NONE && ps_cuset_has(set, failed_pos) &&
                        has_other_cu(alloc, slot);
    uint32_t pos = PS_CUSET_NONE;

    if (avoids)
        ps_cuset_put(set, failed_pos, false);
    if (slot->last_cu != PS_ALLOC_NONE)
        pos = ps_cuset_first(set, alloc->cus[slot->last_cu].card_first,
                             alloc->cus[slot->last_cu].card_end);
    if (pos == PS_CUSET_NONE)
        pos = ps_cuset_first(set, 0, kernel->cu_count);
    if (avoids)
        ps_cuset_put(set, failed_pos, true);
    return pos == PS_CUSET_NONE ? PS_ALLOC_NONE : alloc->by_kernel[kernel->first_cu + pos];
}

static void assign(struct round *r, uint32_t cu, struct slot *slot, bool owned)
{
    ps_alloc_begin_run(r->alloc, cu, slot, owned);
    r->assignments[r->count++] = (struct ps_assignment){ .job_id = slot->job.id, .cu = cu };
}

/* The next decision will look at what is first now; with many jobs that is far from the caches.
 * (Inlined by force: see heap.c.) */
static inline __attribute__((always_inline)) void fetch_first(const struct ps_alloc *alloc,
                                                              const struct ps_heap *heap)
{
    if (heap->count == 0)
        return;
    const char *slot = (const char *)&alloc->slots[heap->entries[0].item];
    for (size_t i = 0; i < sizeof(struct slot); i += CACHE_LINE)
        __builtin_prefetch(slot + i);
}

/* Give a CU of the set to the heap's first job that may have one. */
static bool serve(struct round *r, struct ps_heap *heap, struct ps_cuset *set, bool owned)
{
    while (heap->count > 0 && set->count > 0) {
        struct slot *slot = &r->alloc->slots[heap->entries[0].item];
        const uint32_t cu = pick_cu(r->alloc, set, slot);

        if (cu != PS_ALLOC_NONE) {
            assign(r, cu, slot, owned);
            fetch_first(r->alloc, heap);
            return true;
        }
        if (r->aside_count == ASIDE_MAX)
            return false;
        ps_alloc_dequeue(r->alloc, slot);
        r->aside[r->aside_count++] = slot;
    }
    return false;
}

static void put_back_aside(struct round *r)
{
    while (r->aside_count > 0)
        ps_alloc_enqueue(r->alloc, r->aside[--r->aside_count]);
}

/* ---- real-time ---- */

static void serve_reservations(struct round *r, struct kernel *kernel)
{
    uint64_t left = kernel->backlogged;

    while (left != 0 && r->count < r->max) {
        struct tenant *tenant = &kernel->tenants[__builtin_ctzll(left)];

        if (!serve(r, &tenant->ready, &tenant->owned, true))
            left &= left - 1;
    }
}

static double start_tag(const struct kernel *kernel, uint32_t tenant)
{
    const double tag = kernel->tenants[tenant].tag;

    return tag > kernel->virtual_time ? tag : kernel->virtual_time;
}

/* Of these tenants the one that is furthest behind its share; of equals, the earliest deadline. */
static uint32_t fairest_tenant(const struct kernel *kernel, uint64_t tenants)
{
    uint32_t best = (uint32_t)__builtin_ctzll(tenants);

    for (uint64_t left = tenants & (tenants - 1); left != 0; left &= left - 1) {
        const uint32_t t = (uint32_t)__builtin_ctzll(left);
        const double tag = start_tag(kernel, t), best_tag = start_tag(kernel, best);

        if (tag < best_tag || (tag <= best_tag && kernel->tenants[t].ready.entries[0].key <
                                                      kernel->tenants[best].ready.entries[0].key))
            best = t;
    }
    return best;
}

static void serve_real_time(struct round *r, struct kernel *kernel)
{
    uint64_t left = kernel->backlogged;

    while (left != 0 && r->count < r->max && kernel->open.count > 0) {
        const uint32_t t = fairest_tenant(kernel, left);

        if (!serve(r, &kernel->tenants[t].ready, &kernel->open, false))
            left &= ~(1ull << t);
        left &= kernel->backlogged;
    }
}

/* ---- speculative ---- */

/* Whether any viewer's job is under way and not just stuck at its source. */
static bool viewers_wait(const struct ps_alloc *alloc)
{
    return alloc->status.ready[PS_QUEUE_REAL_TIME] != 0 || alloc->viewers_run != 0 ||
           alloc->held_all != 0;
}

static void serve_speculation(struct round *r, struct kernel *kernel)
{
    struct ps_alloc *alloc = r->alloc;
    bool served = true;

    while (served && r->count < r->max && ps_alloc_may_speculate(alloc) &&
           !(alloc->cfg.share_host && viewers_wait(alloc))) {
        served = serve(r, &kernel->speculative, &kernel->probed, false);
        if (!served && kernel->open.count > kernel->held) /* the rest waits for viewers' jobs */
            served = serve(r, &kernel->speculative, &kernel->open, false);
    }
}

/* For comparison only: speculation that keeps its CU goes on before anyone else is asked. */
static void serve_keepers(struct round *r)
{
    struct ps_alloc *alloc = r->alloc;

    while (alloc->kept_count > 0 && r->count < r->max) {
        const uint32_t cu_idx = alloc->kept[--alloc->kept_count];
        struct cu *cu = &alloc->cus[cu_idx];
        struct slot *slot = ps_alloc_slot(alloc, cu->keeper);

        cu->keeper = 0;
        ps_alloc_refresh_cu(alloc, cu_idx);
        if (slot != NULL && slot->job.ready && cu->state == PS_ALLOC_CU_IN_SERVICE &&
            cu->job_id == 0)
            assign(r, cu_idx, slot, false);
    }
}

uint32_t ps_alloc_dispatch(struct ps_alloc *alloc, uint64_t now_ns,
                           struct ps_assignment *ret_assignments, uint32_t max)
{
    struct round r = { .alloc = alloc, .assignments = ret_assignments, .max = max };

    ps_alloc_see_time(alloc, now_ns);
    ps_alloc_roll_window(alloc);
    ps_alloc_expire_timers(alloc);
    for (uint32_t k = 0; k < PS_ALLOC_KERNELS_MAX; k++)
        ps_alloc_expire_holds(alloc, &alloc->kernels[k]);
    serve_keepers(&r);
    for (uint32_t k = 0; k < PS_ALLOC_KERNELS_MAX; k++) {
        struct kernel *kernel = &alloc->kernels[k];

        if (kernel->cu_count == 0)
            continue;
        serve_reservations(&r, kernel);
        put_back_aside(&r);
        serve_real_time(&r, kernel);
        put_back_aside(&r);
        serve_speculation(&r, kernel);
        put_back_aside(&r);
    }
    return r.count;
}
