/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/alloc/lease_save.c - the leases as bytes: a header, then one record of fixed size for each.
 *
 * Little endian; a state file stays on its machine.
 */
#include <errno.h>
#include <string.h>

#include "host/alloc/lease_priv.h"
#include "host/base/hash.h"
#include "host/base/mem.h"

#define MAGIC   0x53455341454c5350ull /* "PSLEASES" */
#define VERSION 1u

struct header {
    uint64_t magic;
    uint32_t version;
    uint32_t crc32c; /* of everything after this field */
    uint64_t size_bytes;
    uint32_t lease_count;
    uint32_t zero;
};
_Static_assert(sizeof(struct header) == 32, "raise VERSION when the saved form changes");

struct saved_lease {
    uint64_t id;
    uint64_t tenant_key;
    uint64_t expires_ns;
    uint64_t ttl_ns;       /* as last renewed */
    uint64_t asked_ttl_ns; /* of the request */
    uint32_t card;
    uint32_t item_count;
    uint32_t grant_count;
    uint8_t same_card, bound, zero[2];
    char key[PS_LEASE_KEY_MAX + 8];
    struct ps_lease_item items[PS_LEASE_ITEMS_MAX];
    struct ps_lease_grant grants[PS_LEASE_GRANTS_MAX];
};
_Static_assert(sizeof(struct saved_lease) == 1248, "raise VERSION likewise");

static uint32_t checksum(const struct header *header)
{
    const size_t from = offsetof(struct header, size_bytes);

    return ps_crc32c(0, (const uint8_t *)header + from, header->size_bytes - from);
}

static void put(const struct ps_leases *leases, const struct ps_lease *lease,
                struct saved_lease *ret_saved)
{
    const struct ps_lease_request *request = &lease->request;

    *ret_saved = (struct saved_lease){
        .id = lease->id,
        .tenant_key = leases->tenants[request->tenant].key,
        .expires_ns = lease->expires_ns,
        .ttl_ns = lease->ttl_ns,
        .asked_ttl_ns = request->ttl_ns,
        .card = request->card,
        .item_count = request->item_count,
        .grant_count = lease->grant_count,
        .same_card = request->same_card,
        .bound = request->bound,
    };
    memcpy(ret_saved->key, request->key, sizeof(request->key));
    memcpy(ret_saved->items, request->items, sizeof(request->items));
    memcpy(ret_saved->grants, lease->grants, sizeof(lease->grants));
}

int ps_leases_save(const struct ps_leases *leases, void **ret_data, size_t *ret_size_bytes)
{
    const size_t size_bytes =
        sizeof(struct header) + leases->lease_count * sizeof(struct saved_lease);
    struct header *header = ps_zalloc(1, size_bytes);
    struct saved_lease *saved;

    if (header == NULL)
        return -ENOMEM;
    *header = (struct header){ .magic = MAGIC,
                               .version = VERSION,
                               .size_bytes = size_bytes,
                               .lease_count = leases->lease_count };
    saved = (struct saved_lease *)(header + 1);
    for (uint32_t i = 0; i < leases->lease_count; i++)
        put(leases, &leases->leases[i], &saved[i]);
    header->crc32c = checksum(header);
    *ret_data = header;
    *ret_size_bytes = size_bytes;
    return 0;
}

static bool is_whole(const struct header *header, size_t size_bytes)
{
    return size_bytes >= sizeof(*header) && header->magic == MAGIC && header->version == VERSION &&
           header->size_bytes == size_bytes && header->lease_count <= PS_LEASES_MAX &&
           size_bytes == sizeof(*header) + header->lease_count * sizeof(struct saved_lease) &&
           header->crc32c == checksum(header);
}

static uint32_t find_tenant(const struct ps_leases *leases, uint64_t key)
{
    uint32_t tenant = 0;

    while (tenant < leases->cfg.tenant_count && leases->tenants[tenant].key != key)
        tenant++;
    return tenant;
}

/* The record as a lease; @p ret_lease may be of a tenant that is no more. */
static void get(const struct ps_leases *leases, const struct saved_lease *saved,
                struct ps_lease *ret_lease)
{
    *ret_lease = (struct ps_lease){
        .id = saved->id,
        .request = { .item_count = saved->item_count,
                     .tenant = find_tenant(leases, saved->tenant_key),
                     .card = saved->card,
                     .same_card = saved->same_card != 0,
                     .bound = saved->bound != 0,
                     .ttl_ns = saved->asked_ttl_ns },
        .ttl_ns = saved->ttl_ns,
        .expires_ns = saved->expires_ns,
        .grant_count = saved->grant_count,
    };
    memcpy(ret_lease->request.key, saved->key, sizeof(ret_lease->request.key));
    memcpy(ret_lease->request.items, saved->items, sizeof(saved->items));
    memcpy(ret_lease->grants, saved->grants, sizeof(saved->grants));
}

/* Its shares are what it asked for, and fit beside those of the leases before it. */
static bool grants_are_sound(struct ps_leases *leases, struct ps_lease *lease)
{
    uint32_t asked = 0;

    for (uint32_t i = 0; i < lease->request.item_count; i++)
        asked += lease->request.items[i].count;
    if (asked != lease->grant_count)
        return false;
    for (uint32_t i = 0; i < lease->grant_count; i++) {
        struct ps_lease_grant *grant = &lease->grants[i];
        if (grant->share == 0 || grant->share > PS_LEASE_WHOLE_CU)
            return false;
        if (grant->cu >= leases->cfg.cu_count || leases->cus[grant->cu].kernel != grant->kernel ||
            leases->cus[grant->cu].card != grant->card) {
            grant->cu = PS_LEASE_NO_CU;
        } else {
            if (leases->free[grant->cu] < grant->share)
                return false;
            leases->free[grant->cu] -= grant->share;
        }
    }
    return true;
}

/* @return whether the record makes sense; what makes sense is kept when it should be. */
static bool take(struct ps_leases *leases, const struct saved_lease *saved, uint64_t now_ns)
{
    struct ps_lease lease;

    get(leases, saved, &lease);
    const bool tenant_is_gone = lease.request.tenant == leases->cfg.tenant_count;
    if (tenant_is_gone)
        lease.request.tenant = 0; /* only to look at the rest */
    if (lease.id == 0 || lease.ttl_ns > PS_LEASE_TTL_NS_MAX ||
        ps_leases_get(leases, lease.id) != NULL ||
        !ps_lease_request_is_valid(leases, &lease.request) || !grants_are_sound(leases, &lease))
        return false;
    if (leases->next_id <= lease.id)
        leases->next_id = lease.id + 1;
    /* A wall clock that was set back must not make it longer than it was asked for. */
    if (lease.expires_ns > now_ns + lease.ttl_ns)
        lease.expires_ns = now_ns + lease.ttl_ns;
    if (tenant_is_gone || lease.expires_ns <= now_ns ||
        (lease.request.bound && lease.request.key[0] == '\0'))
        return true;
    lease.grace_ns = lease.request.bound ? now_ns + PS_LEASE_GRACE_NS : 0;
    if (leases->lease_count == leases->cfg.leases_max)
        return false;
    ps_lease_insert(leases, &lease);
    return true;
}

int ps_leases_load(struct ps_leases *leases, const void *data, size_t size_bytes, uint64_t now_ns)
{
    const struct header *header = data;
    const struct saved_lease *saved = (const struct saved_lease *)(header + 1);

    if (!is_whole(header, size_bytes))
        return -EBADMSG;
    ps_lease_count_all(leases);
    for (uint32_t i = 0; i < header->lease_count; i++) {
        if (take(leases, &saved[i], now_ns))
            continue;
        while (leases->lease_count > 0)
            ps_lease_drop(leases, leases->lease_count - 1);
        return -EBADMSG;
    }
    return 0;
}
