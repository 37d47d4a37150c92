/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/alloc/lease.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/alloc/lease_priv.h"
#include "host/base/assert.h"
#include "host/base/mem.h"
#include "host/base/name.h"

/* ---- the table ---- */

static bool config_is_valid(const struct ps_leases_config *cfg)
{
    if (cfg->cu_count == 0 || cfg->cu_count > PS_LEASE_CUS_MAX || cfg->tenant_count == 0 ||
        cfg->tenant_count > PS_LEASE_TENANTS_MAX || cfg->leases_max == 0 ||
        cfg->leases_max > PS_LEASES_MAX || cfg->first_id == 0)
        return false;
    for (uint32_t i = 0; i < cfg->cu_count; i++)
        if (cfg->cus[i].card >= PS_LEASE_CARDS_MAX)
            return false;
    for (uint32_t i = 0; i < cfg->tenant_count; i++)
        if (cfg->tenants[i].share_max > PS_LEASE_WHOLE_CU)
            return false;
    return true;
}

static bool take_memory(struct ps_leases *leases)
{
    const uint32_t cu_count = leases->cfg.cu_count;

    leases->cus = ps_zalloc(cu_count, sizeof(*leases->cus));
    leases->tenants = ps_zalloc(leases->cfg.tenant_count, sizeof(*leases->tenants));
    leases->lost = ps_zalloc(cu_count, sizeof(*leases->lost));
    leases->held = ps_zalloc((size_t)cu_count * leases->cfg.tenant_count, sizeof(*leases->held));
    leases->free = ps_zalloc(cu_count, sizeof(*leases->free));
    leases->trial = ps_zalloc(cu_count, sizeof(*leases->trial));
    leases->leases = ps_zalloc(leases->cfg.leases_max, sizeof(*leases->leases));
    return leases->cus != NULL && leases->tenants != NULL && leases->lost != NULL &&
           leases->held != NULL && leases->free != NULL && leases->trial != NULL &&
           leases->leases != NULL;
}

int ps_leases_create(struct ps_leases **ret_leases, const struct ps_leases_config *cfg)
{
    struct ps_leases *leases;

    if (!config_is_valid(cfg))
        return -EINVAL;
    leases = ps_zalloc(1, sizeof(*leases));
    if (leases == NULL)
        return -ENOMEM;
    leases->cfg = *cfg;
    leases->next_id = cfg->first_id;
    if (!take_memory(leases)) {
        ps_leases_destroy(leases);
        return -ENOMEM;
    }
    memcpy(leases->cus, cfg->cus, cfg->cu_count * sizeof(*cfg->cus));
    memcpy(leases->tenants, cfg->tenants, cfg->tenant_count * sizeof(*cfg->tenants));
    for (uint32_t i = 0; i < cfg->cu_count; i++)
        if (cfg->cus[i].card >= leases->card_count)
            leases->card_count = cfg->cus[i].card + 1;
    *ret_leases = leases;
    return 0;
}

void ps_leases_destroy(struct ps_leases *leases)
{
    if (leases == NULL)
        return;
    free(leases->leases);
    free(leases->trial);
    free(leases->free);
    free(leases->held);
    free(leases->lost);
    free(leases->tenants);
    free(leases->cus);
    free(leases);
}

/* The tenant's sum on a CU moves by @p share, up or down. */
static void account(struct ps_leases *leases, const struct ps_lease *lease, bool taken)
{
    const uint32_t tenant = lease->request.tenant;

    for (uint32_t i = 0; i < lease->grant_count; i++) {
        const struct ps_lease_grant *grant = &lease->grants[i];
        if (grant->cu == PS_LEASE_NO_CU)
            continue;
        uint32_t *held = &leases->held[(size_t)grant->cu * leases->cfg.tenant_count + tenant];
        ps_assert(taken || *held >= grant->share);
        *held = taken ? *held + grant->share : *held - grant->share;
        leases->cfg.reserved(leases->cfg.arg, grant->cu, tenant, *held);
    }
    leases->version++;
}

struct ps_lease *ps_lease_insert(struct ps_leases *leases, const struct ps_lease *lease)
{
    struct ps_lease *added = &leases->leases[leases->lease_count];

    ps_assert(leases->lease_count < leases->cfg.leases_max);
    leases->lease_count++;
    *added = *lease;
    account(leases, added, true);
    return added;
}

void ps_lease_drop(struct ps_leases *leases, uint32_t idx)
{
    ps_assert(idx < leases->lease_count);
    account(leases, &leases->leases[idx], false);
    leases->lease_count--;
    memmove(&leases->leases[idx], &leases->leases[idx + 1],
            (leases->lease_count - idx) * sizeof(*leases->leases));
}

static struct ps_lease *find(const struct ps_leases *leases, uint64_t id)
{
    for (uint32_t i = 0; i < leases->lease_count; i++)
        if (leases->leases[i].id == id)
            return &leases->leases[i];
    return NULL;
}

/* ---- requests ---- */

bool ps_lease_request_is_valid(const struct ps_leases *leases,
                               const struct ps_lease_request *request)
{
    uint32_t grants = 0;

    if (request->item_count == 0 || request->item_count > PS_LEASE_ITEMS_MAX ||
        request->tenant >= leases->cfg.tenant_count || request->ttl_ns < PS_LEASE_TTL_NS_MIN ||
        request->ttl_ns > PS_LEASE_TTL_NS_MAX ||
        memchr(request->key, '\0', sizeof(request->key)) == NULL)
        return false;
    if (request->key[0] != '\0' && !ps_name_is_valid(request->key, PS_LEASE_KEY_MAX))
        return false;
    for (uint32_t i = 0; i < request->item_count; i++) {
        const struct ps_lease_item *item = &request->items[i];
        if (item->share == 0 || item->share > PS_LEASE_WHOLE_CU || item->count == 0 ||
            item->count > PS_LEASE_GRANTS_MAX - grants)
            return false;
        grants += item->count;
    }
    return true;
}

/* Apart from who asks. */
static bool is_same(const struct ps_lease_request *a, const struct ps_lease_request *b)
{
    return a->item_count == b->item_count && a->tenant == b->tenant && a->card == b->card &&
           a->same_card == b->same_card && a->bound == b->bound && a->ttl_ns == b->ttl_ns &&
           memcmp(a->items, b->items, a->item_count * sizeof(a->items[0])) == 0;
}

static struct ps_lease *find_key(struct ps_leases *leases, const char *key)
{
    for (uint32_t i = 0; key[0] != '\0' && i < leases->lease_count; i++)
        if (strcmp(leases->leases[i].request.key, key) == 0)
            return &leases->leases[i];
    return NULL;
}

int ps_leases_check(struct ps_leases *leases, const struct ps_lease_request *request, uint32_t max,
                    uint32_t *ret_times)
{
    struct ps_lease_grant grants[PS_LEASE_GRANTS_MAX];
    uint32_t times = 0;

    if (!ps_lease_request_is_valid(leases, request))
        return -EINVAL;
    const uint32_t quota = ps_lease_quota(leases, request);
    if (max > quota)
        max = quota;
    ps_lease_count_free(leases);
    while (times < max && ps_lease_place(leases, request, grants) > 0)
        times++;
    *ret_times = times;
    return 0;
}

/* Why a request that does not fit now does not. */
static int cause(struct ps_leases *leases, const struct ps_lease_request *request)
{
    struct ps_lease_grant grants[PS_LEASE_GRANTS_MAX];

    ps_lease_count_all(leases);
    return ps_lease_place(leases, request, grants) > 0 ? -EBUSY : -ENODEV;
}

static int claim(struct ps_lease *lease, const struct ps_lease_request *request, uint64_t *ret_id)
{
    if (!is_same(&lease->request, request))
        return -EEXIST;
    if (lease->request.bound)
        lease->request.client = request->client;
    lease->grace_ns = 0;
    *ret_id = lease->id;
    return 0;
}

int ps_leases_reserve(struct ps_leases *leases, const struct ps_lease_request *request,
                      uint64_t now_ns, uint64_t *ret_id, bool *ret_existed)
{
    struct ps_lease lease = { .request = *request,
                              .ttl_ns = request->ttl_ns,
                              .expires_ns = now_ns + request->ttl_ns };

    if (!ps_lease_request_is_valid(leases, request))
        return -EINVAL;
    ps_leases_expire(leases, now_ns);
    struct ps_lease *taken = find_key(leases, request->key);
    if (taken != NULL) {
        const int rc = claim(taken, request, ret_id);
        if (rc == 0)
            *ret_existed = true;
        return rc;
    }
    ps_lease_count_free(leases);
    lease.grant_count = ps_lease_place(leases, request, lease.grants);
    if (lease.grant_count == 0)
        return cause(leases, request);
    if (ps_lease_quota(leases, request) == 0)
        return -EDQUOT;
    if (leases->lease_count == leases->cfg.leases_max)
        return -ENOSPC;
    lease.id = leases->next_id++;
    *ret_id = ps_lease_insert(leases, &lease)->id;
    *ret_existed = false;
    return 0;
}

int ps_leases_renew(struct ps_leases *leases, uint64_t id, uint64_t ttl_ns, uint64_t now_ns)
{
    if (ttl_ns < PS_LEASE_TTL_NS_MIN || ttl_ns > PS_LEASE_TTL_NS_MAX)
        return -EINVAL;
    ps_leases_expire(leases, now_ns);
    struct ps_lease *lease = find(leases, id);
    if (lease == NULL)
        return -ENOENT;
    lease->ttl_ns = ttl_ns;
    lease->expires_ns = now_ns + ttl_ns;
    leases->version++;
    return 0;
}

int ps_leases_relinquish(struct ps_leases *leases, uint64_t id)
{
    const struct ps_lease *lease = find(leases, id);

    if (lease == NULL)
        return -ENOENT;
    ps_lease_drop(leases, (uint32_t)(lease - leases->leases));
    return 0;
}

/* ---- ends that nobody asked for ---- */

uint32_t ps_leases_expire(struct ps_leases *leases, uint64_t now_ns)
{
    uint32_t dropped = 0;

    for (uint32_t i = leases->lease_count; i-- > 0;) {
        const struct ps_lease *lease = &leases->leases[i];
        if (now_ns < lease->expires_ns && (lease->grace_ns == 0 || now_ns < lease->grace_ns))
            continue;
        ps_lease_drop(leases, i);
        dropped++;
    }
    return dropped;
}

uint32_t ps_leases_client_gone(struct ps_leases *leases, uint64_t client)
{
    uint32_t dropped = 0;

    for (uint32_t i = leases->lease_count; i-- > 0;) {
        const struct ps_lease *lease = &leases->leases[i];
        if (!lease->request.bound || lease->grace_ns != 0 || lease->request.client != client)
            continue;
        ps_lease_drop(leases, i);
        dropped++;
    }
    return dropped;
}

void ps_leases_set_lost(struct ps_leases *leases, uint32_t cu, bool lost)
{
    ps_assert(cu < leases->cfg.cu_count);
    leases->lost[cu] = lost;
}

/* ---- looking ---- */

uint32_t ps_leases_count(const struct ps_leases *leases)
{
    return leases->lease_count;
}

const struct ps_lease *ps_leases_at(const struct ps_leases *leases, uint32_t idx)
{
    ps_assert(idx < leases->lease_count);
    return &leases->leases[idx];
}

const struct ps_lease *ps_leases_get(const struct ps_leases *leases, uint64_t id)
{
    return find(leases, id);
}

bool ps_leases_is_degraded(const struct ps_leases *leases, const struct ps_lease *lease)
{
    for (uint32_t i = 0; i < lease->grant_count; i++)
        if (lease->grants[i].cu == PS_LEASE_NO_CU || leases->lost[lease->grants[i].cu])
            return true;
    return false;
}

uint32_t ps_leases_reserved(const struct ps_leases *leases, uint32_t cu)
{
    const uint32_t *held = &leases->held[(size_t)cu * leases->cfg.tenant_count];
    uint32_t sum = 0;

    ps_assert(cu < leases->cfg.cu_count);
    for (uint32_t tenant = 0; tenant < leases->cfg.tenant_count; tenant++)
        sum += held[tenant];
    return sum;
}

uint64_t ps_leases_version(const struct ps_leases *leases)
{
    return leases->version;
}
