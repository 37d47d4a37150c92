/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/alloc/alloc.h"

#include <errno.h>
#include <stdlib.h>

#include "host/alloc/alloc_priv.h"
#include "host/base/assert.h"
#include "host/base/mem.h"

static bool is_valid(const struct ps_alloc_config *cfg)
{
    if (cfg->cu_count == 0 || cfg->cu_count > PS_ALLOC_CUS_MAX || cfg->cus == NULL ||
        cfg->jobs_max == 0 || cfg->jobs_max > PS_ALLOC_JOBS_MAX ||
        cfg->tenant_count > PS_ALLOC_TENANTS_MAX ||
        (cfg->tenant_weights == NULL) != (cfg->tenant_count == 0))
        return false;
    for (uint32_t i = 0; i < cfg->cu_count; i++)
        if (cfg->cus[i].kernel >= PS_ALLOC_KERNELS_MAX || cfg->cus[i].card == PS_JOB_NO_CARD)
            return false;
    for (uint32_t i = 0; i < cfg->tenant_count; i++)
        if (cfg->tenant_weights[i] == 0 || cfg->tenant_weights[i] > PS_ALLOC_WEIGHT_MAX)
            return false;
    return true;
}

/* Where CU i stands among all, by kernel, then card, then index. */
static int compare_cus(const void *a, const void *b, void *arg)
{
    const struct cu *cus = arg;
    const uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;

    if (cus[i].kernel != cus[j].kernel)
        return cus[i].kernel < cus[j].kernel ? -1 : 1;
    if (cus[i].card != cus[j].card)
        return cus[i].card < cus[j].card ? -1 : 1;
    return i < j ? -1 : i > j;
}

static void order_cus(struct ps_alloc *alloc, const struct ps_alloc_cu *cus)
{
    const uint32_t count = alloc->cfg.cu_count;

    for (uint32_t i = 0; i < count; i++) {
        alloc->cus[i].kernel = cus[i].kernel;
        alloc->cus[i].card = cus[i].card;
        alloc->by_kernel[i] = i;
    }
    qsort_r(alloc->by_kernel, count, sizeof(*alloc->by_kernel), compare_cus, alloc->cus);
    for (uint32_t i = 0; i < count; i++) {
        struct cu *cu = &alloc->cus[alloc->by_kernel[i]];
        struct kernel *kernel = &alloc->kernels[cu->kernel];
        const struct cu *before = i == 0 ? NULL : &alloc->cus[alloc->by_kernel[i - 1]];

        if (kernel->cu_count == 0)
            kernel->first_cu = i;
        cu->pos = kernel->cu_count++;
        cu->card_first = cu->pos > 0 && before->card == cu->card ? before->card_first : cu->pos;
    }
    for (uint32_t i = count; i-- > 0;) {
        struct cu *cu = &alloc->cus[alloc->by_kernel[i]];
        const struct kernel *kernel = &alloc->kernels[cu->kernel];
        const bool last = cu->pos + 1 == kernel->cu_count;
        const struct cu *after = last ? NULL : &alloc->cus[alloc->by_kernel[i + 1]];

        cu->card_end = !last && after->card == cu->card ? after->card_end : cu->pos + 1;
    }
}

static uint64_t *give_words(struct ps_cuset *set, uint64_t *words, uint32_t cu_count)
{
    set->words = words;
    return words + ps_cuset_words(cu_count);
}

static int create_sets(struct ps_alloc *alloc)
{
    size_t count = 0;

    for (uint32_t k = 0; k < PS_ALLOC_KERNELS_MAX; k++)
        count += (size_t)ps_cuset_words(alloc->kernels[k].cu_count) * (2 + alloc->tenant_count);
    alloc->words = ps_zalloc(count, sizeof(*alloc->words));
    if (alloc->words == NULL)
        return -ENOMEM;
    uint64_t *words = alloc->words;
    for (uint32_t k = 0; k < PS_ALLOC_KERNELS_MAX; k++) {
        struct kernel *kernel = &alloc->kernels[k];

        words = give_words(&kernel->open, words, kernel->cu_count);
        words = give_words(&kernel->probed, words, kernel->cu_count);
        for (uint32_t t = 0; t < alloc->tenant_count; t++)
            words = give_words(&kernel->tenants[t].owned, words, kernel->cu_count);
    }
    return 0;
}

static int take_memory(struct ps_alloc *alloc)
{
    const uint32_t cu_count = alloc->cfg.cu_count, jobs_max = alloc->cfg.jobs_max;

    alloc->slots = ps_zalloc(jobs_max, sizeof(*alloc->slots));
    alloc->positions = ps_zalloc(jobs_max, sizeof(*alloc->positions));
    alloc->tenants =
        ps_zalloc((size_t)PS_ALLOC_KERNELS_MAX * alloc->tenant_count, sizeof(*alloc->tenants));
    alloc->cus = ps_zalloc(cu_count, sizeof(*alloc->cus));
    alloc->by_kernel = ps_zalloc(cu_count, sizeof(*alloc->by_kernel));
    alloc->shares = ps_zalloc((size_t)cu_count * alloc->tenant_count, sizeof(*alloc->shares));
    alloc->timer_positions = ps_zalloc(cu_count, sizeof(*alloc->timer_positions));
    alloc->kept = ps_zalloc(cu_count, sizeof(*alloc->kept));
    if (alloc->slots == NULL || alloc->positions == NULL || alloc->tenants == NULL ||
        alloc->cus == NULL || alloc->by_kernel == NULL || alloc->shares == NULL ||
        alloc->timer_positions == NULL || alloc->kept == NULL)
        return -ENOMEM;
    return ps_heap_reserve(&alloc->timers, cu_count);
}

static void begin_kernels(struct ps_alloc *alloc)
{
    for (uint32_t k = 0; k < PS_ALLOC_KERNELS_MAX; k++) {
        struct kernel *kernel = &alloc->kernels[k];

        kernel->tenants = &alloc->tenants[k * alloc->tenant_count];
        kernel->hold_head = PS_ALLOC_NONE;
        kernel->hold_tail = PS_ALLOC_NONE;
        kernel->batch_ns = PS_ALLOC_BATCH_NS;
        kernel->batch_ns_max = PS_ALLOC_BATCH_NS;
        kernel->job_ns = PS_ALLOC_BATCH_NS;
    }
}

static void begin_cus(struct ps_alloc *alloc)
{
    for (uint32_t i = 0; i < alloc->cfg.cu_count; i++) {
        alloc->timer_positions[i] = PS_HEAP_NONE;
        alloc->kernels[alloc->cus[i].kernel].count_in[PS_ALLOC_CU_IN_SERVICE]++;
        ps_alloc_count_capacity(alloc, i, true);
        ps_alloc_refresh_cu(alloc, i);
    }
}

int ps_alloc_create(struct ps_alloc **ret_alloc, const struct ps_alloc_config *cfg)
{
    struct ps_alloc *alloc;

    ps_assert(ret_alloc != NULL);
    ps_assert(cfg != NULL);
    if (!is_valid(cfg))
        return -EINVAL;

    alloc = ps_zalloc(1, sizeof(*alloc));
    if (alloc == NULL)
        return -ENOMEM;
    alloc->cfg = *cfg;
    alloc->cfg.cus = NULL;
    alloc->cfg.tenant_weights = NULL;
    alloc->tenant_count = cfg->tenant_count == 0 ? 1 : cfg->tenant_count;
    for (uint32_t i = 0; i < alloc->tenant_count; i++)
        alloc->weights[i] = cfg->tenant_count == 0 ? 1 : cfg->tenant_weights[i];
    alloc->free_head = PS_ALLOC_NONE;
    alloc->speculation_share = 1.0;
    if (take_memory(alloc) != 0)
        goto fail;
    begin_kernels(alloc);
    order_cus(alloc, cfg->cus);
    if (create_sets(alloc) != 0)
        goto fail;
    begin_cus(alloc);

    *ret_alloc = alloc;
    return 0;

fail:
    ps_alloc_destroy(alloc);
    return -ENOMEM;
}

void ps_alloc_destroy(struct ps_alloc *alloc)
{
    if (alloc == NULL)
        return;
    for (uint32_t k = 0; k < PS_ALLOC_KERNELS_MAX; k++)
        ps_heap_fini(&alloc->kernels[k].speculative);
    for (uint32_t i = 0; alloc->tenants != NULL && i < PS_ALLOC_KERNELS_MAX * alloc->tenant_count;
         i++)
        ps_heap_fini(&alloc->tenants[i].ready);
    ps_heap_fini(&alloc->timers);
    free(alloc->kept);
    free(alloc->timer_positions);
    free(alloc->shares);
    free(alloc->words);
    free(alloc->by_kernel);
    free(alloc->cus);
    free(alloc->tenants);
    free(alloc->positions);
    free(alloc->slots);
    free(alloc);
}

bool ps_alloc_has_cu(const struct ps_alloc *alloc, uint32_t kernel)
{
    return kernel < PS_ALLOC_KERNELS_MAX &&
           alloc->kernels[kernel].count_in[PS_ALLOC_CU_LOST] < alloc->kernels[kernel].cu_count;
}

uint64_t ps_alloc_job_on(const struct ps_alloc *alloc, uint32_t cu)
{
    ps_assert(cu < alloc->cfg.cu_count);
    return alloc->cus[cu].job_id;
}

void ps_alloc_cu_info(const struct ps_alloc *alloc, uint32_t cu_idx,
                      struct ps_alloc_cu_info *ret_info)
{
    ps_assert(cu_idx < alloc->cfg.cu_count);
    const struct cu *cu = &alloc->cus[cu_idx];

    *ret_info = (struct ps_alloc_cu_info){
        .kernel = cu->kernel,
        .card = cu->card,
        .state = cu->state,
        .until_ns = cu->until_ns,
        .job_id = cu->job_id,
        .queue = cu->run_queue,
        .failures_in_row = cu->failures_in_row,
        .failures = cu->failures,
        .quarantines = cu->quarantines,
        .busy_ns = { cu->busy_ns[PS_QUEUE_REAL_TIME], cu->busy_ns[PS_QUEUE_SPECULATIVE] },
        .reserved = cu->reserved,
    };
}

void ps_alloc_status(const struct ps_alloc *alloc, struct ps_alloc_status *ret_status)
{
    *ret_status = alloc->status;
}
