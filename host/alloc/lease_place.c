/* SPDX-License-Identifier: BSD-3-Clause */
/* host/alloc/lease_place.c - best fit of a request's shares onto CUs, all or none. */
#include <string.h>

#include "host/alloc/lease_priv.h"

void ps_lease_count_free(struct ps_leases *leases)
{
    for (uint32_t cu = 0; cu < leases->cfg.cu_count; cu++)
        leases->free[cu] =
            leases->lost[cu] ? 0 : PS_LEASE_WHOLE_CU - ps_leases_reserved(leases, cu);
}

void ps_lease_count_all(struct ps_leases *leases)
{
    for (uint32_t cu = 0; cu < leases->cfg.cu_count; cu++)
        leases->free[cu] = PS_LEASE_WHOLE_CU;
}

/* The items with the largest share first: what is left over between large ones takes small ones. */
static void order(const struct ps_lease_request *request,
                  const struct ps_lease_item *ret_items[PS_LEASE_ITEMS_MAX])
{
    for (uint32_t i = 0; i < request->item_count; i++) {
        uint32_t at = i;
        for (; at > 0 && ret_items[at - 1]->share < request->items[i].share; at--)
            ret_items[at] = ret_items[at - 1];
        ret_items[at] = &request->items[i];
    }
}

static uint32_t best_cu(const struct ps_leases *leases, const uint32_t *free, uint32_t kernel,
                        uint32_t share, uint32_t card)
{
    uint32_t best = PS_LEASE_NO_CU;

    for (uint32_t cu = 0; cu < leases->cfg.cu_count; cu++)
        if (leases->cus[cu].kernel == kernel && free[cu] >= share &&
            (card == PS_LEASE_ANY_CARD || leases->cus[cu].card == card) &&
            (best == PS_LEASE_NO_CU || free[cu] < free[best]))
            best = cu;
    return best;
}

/* @return grants written and taken from @p free; 0 when it does not fit, @p free is spoilt then. */
static uint32_t place_on(const struct ps_leases *leases, uint32_t *free,
                         const struct ps_lease_request *request, uint32_t card,
                         struct ps_lease_grant *ret_grants)
{
    const struct ps_lease_item *items[PS_LEASE_ITEMS_MAX];
    uint32_t count = 0;

    order(request, items);
    for (uint32_t i = 0; i < request->item_count; i++) {
        for (uint32_t n = 0; n < items[i]->count; n++) {
            const uint32_t cu = best_cu(leases, free, items[i]->kernel, items[i]->share, card);
            if (cu == PS_LEASE_NO_CU)
                return 0;
            free[cu] -= items[i]->share;
            ret_grants[count++] = (struct ps_lease_grant){ .cu = cu,
                                                           .kernel = items[i]->kernel,
                                                           .card = leases->cus[cu].card,
                                                           .share = items[i]->share };
        }
    }
    return count;
}

static uint32_t try_card(struct ps_leases *leases, const struct ps_lease_request *request,
                         uint32_t card, struct ps_lease_grant *ret_grants)
{
    memcpy(leases->trial, leases->free, leases->cfg.cu_count * sizeof(*leases->free));
    return place_on(leases, leases->trial, request, card, ret_grants);
}

static uint64_t free_on(const struct ps_leases *leases, uint32_t card)
{
    uint64_t sum = 0;

    for (uint32_t cu = 0; cu < leases->cfg.cu_count; cu++)
        if (leases->cus[cu].card == card)
            sum += leases->free[cu];
    return sum;
}

/* The fullest card that has room for all of it; PS_LEASE_ANY_CARD when none has. */
static uint32_t best_card(struct ps_leases *leases, const struct ps_lease_request *request,
                          struct ps_lease_grant *grants)
{
    uint32_t best = PS_LEASE_ANY_CARD;
    uint64_t best_free = UINT64_MAX;

    for (uint32_t card = 0; card < leases->card_count; card++) {
        const uint64_t free = free_on(leases, card);
        if (free < best_free && try_card(leases, request, card, grants) > 0) {
            best = card;
            best_free = free;
        }
    }
    return best;
}

uint32_t ps_lease_place(struct ps_leases *leases, const struct ps_lease_request *request,
                        struct ps_lease_grant ret_grants[PS_LEASE_GRANTS_MAX])
{
    uint32_t card = request->card;

    if (card == PS_LEASE_ANY_CARD && request->same_card) {
        card = best_card(leases, request, ret_grants);
        if (card == PS_LEASE_ANY_CARD)
            return 0;
    }
    const uint32_t count = try_card(leases, request, card, ret_grants);
    if (count > 0)
        memcpy(leases->free, leases->trial, leases->cfg.cu_count * sizeof(*leases->free));
    return count;
}

/* What the tenant has of a kernel's CUs, and what all of them are, in millionths of a CU. */
static void sum_kernel(const struct ps_leases *leases, uint32_t kernel, uint32_t tenant,
                       uint64_t *ret_held, uint64_t *ret_whole)
{
    *ret_held = *ret_whole = 0;
    for (uint32_t cu = 0; cu < leases->cfg.cu_count; cu++) {
        if (leases->cus[cu].kernel != kernel)
            continue;
        *ret_held += leases->held[(size_t)cu * leases->cfg.tenant_count + tenant];
        *ret_whole += PS_LEASE_WHOLE_CU;
    }
}

static uint64_t wanted_of(const struct ps_lease_request *request, uint32_t kernel)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < request->item_count; i++)
        if (request->items[i].kernel == kernel)
            sum += (uint64_t)request->items[i].share * request->items[i].count;
    return sum;
}

uint32_t ps_lease_quota(const struct ps_leases *leases, const struct ps_lease_request *request)
{
    const uint64_t share_max = leases->tenants[request->tenant].share_max;
    uint64_t times = UINT32_MAX;

    for (uint32_t i = 0; i < request->item_count; i++) {
        uint64_t held, whole;

        sum_kernel(leases, request->items[i].kernel, request->tenant, &held, &whole);
        const uint64_t may = whole / PS_LEASE_WHOLE_CU * share_max;
        const uint64_t here =
            held >= may ? 0 : (may - held) / wanted_of(request, request->items[i].kernel);
        times = here < times ? here : times;
    }
    return (uint32_t)times;
}
