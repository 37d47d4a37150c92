/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/daemon/pool.c - the API's methods of reservations, cu.* and pool.*.
 */
#include <errno.h>
#include <inttypes.h>

#include "host/base/log.h"
#include "host/daemon/cu_list.h"
#include "host/daemon/daemon_priv.h"

#define CHECK_TIMES_MAX 256u
#define TTL_S_DEFAULT   3600u

/* ---- parameters ---- */

static bool flag_of(const struct ps_msg_value *params, const char *name)
{
    bool flag = false;

    ps_msg_as_bool(ps_msg_get(params, name), &flag);
    return flag;
}

static uint64_t ttl_ns_of(const struct ps_msg_value *params)
{
    return ps_msg_u64_or(params, "ttl_s", TTL_S_DEFAULT) * PS_NS_PER_SEC;
}

static int take_tenant(const struct ps_daemon *d, const struct ps_msg_value *params,
                       struct ps_lease_request *request)
{
    char name[PS_CONFIG_TENANT_NAME_MAX + 1];

    if (ps_msg_get(params, "tenant") == NULL)
        return 0;
    if (ps_msg_as_name(ps_msg_get(params, "tenant"), name, sizeof(name)) != 0)
        return -ENOENT;
    request->tenant = ps_config_find_tenant(d->config, name);
    return request->tenant < d->config->tenant_count ? 0 : -ENOENT;
}

/* What cu.check and pool.reserve have in common. */
static int take_request(const struct ps_daemon *d, const struct ps_msg_value *params,
                        struct ps_lease_request *ret_request)
{
    char list[PS_CU_LIST_BYTES_MAX + 1];

    *ret_request = (struct ps_lease_request){
        .card = (uint32_t)ps_msg_u64_or(params, "card", PS_LEASE_ANY_CARD),
        .same_card = flag_of(params, "same_card"),
        .ttl_ns = ttl_ns_of(params),
    };
    if (d->leases == NULL)
        return -ENODEV;
    if (ps_msg_as_name(ps_msg_get(params, "cus"), list, sizeof(list)) != 0 ||
        ps_cu_list_parse(ret_request, list) != 0)
        return -EINVAL;
    return take_tenant(d, params, ret_request);
}

/* ---- results ---- */

static const char *state_name(const struct ps_daemon *d, const struct ps_lease *lease)
{
    if (ps_leases_is_degraded(d->leases, lease))
        return "degraded";
    return lease->grace_ns != 0 ? "waiting" : "held";
}

static void pair_expiry(struct ps_msg_writer *w, const struct ps_daemon *d,
                        const struct ps_lease *lease)
{
    const int64_t left_ns = (int64_t)(lease->expires_ns - ps_daemon_lease_now_ns(d));

    ps_msg_pair_f64(w, "expires_in_s", left_ns < 0 ? 0.0 : (double)left_ns / 1e9);
}

static void pair_durable(struct ps_msg_writer *w, const struct ps_daemon *d)
{
    ps_msg_pair_bool(w, "durable", d->config->tier.state_dir != NULL && d->leases_save_error == 0);
}

static void put_grant(struct ps_msg_writer *w, const struct ps_daemon *d,
                      const struct ps_lease_grant *grant)
{
    struct ps_accel_cu_info info = { .name = "" };

    if (grant->cu != PS_LEASE_NO_CU)
        ps_accel_cu_info(d->accel, grant->cu, &info);
    ps_msg_pair_str(w, "cu", grant->cu == PS_LEASE_NO_CU ? NULL : info.name);
    ps_msg_pair_str(w, "kernel", ps_daemon_kernel_name(grant->kernel));
    ps_msg_pair_u64(w, "card", grant->card);
    ps_msg_pair_u64(w, "share", grant->share);
}

static bool wants_kernel(const struct ps_lease_request *request, uint32_t kernel)
{
    for (uint32_t i = 0; i < request->item_count; i++)
        if (request->items[i].kernel == kernel)
            return true;
    return false;
}

static void put_loads(struct ps_msg_writer *w, const struct ps_daemon *d,
                      const struct ps_lease_request *request)
{
    ps_msg_pair_array(w, "cus");
    for (uint32_t cu = 0; cu < ps_accel_cu_count(d->accel); cu++) {
        struct ps_accel_cu_info info;
        struct ps_alloc_cu_info service;

        ps_accel_cu_info(d->accel, cu, &info);
        ps_alloc_cu_info(d->alloc, cu, &service);
        if (!wants_kernel(request, info.kernel))
            continue;
        const uint32_t reserved = ps_leases_reserved(d->leases, cu);
        const bool lost = service.state == PS_ALLOC_CU_LOST;
        ps_msg_open_map(w);
        ps_msg_pair_str(w, "name", info.name);
        ps_msg_pair_str(w, "kernel", ps_daemon_kernel_name(info.kernel));
        ps_msg_pair_u64(w, "card", info.device_idx);
        ps_msg_pair_u64(w, "reserved", reserved);
        ps_msg_pair_u64(w, "free", lost ? 0 : PS_LEASE_WHOLE_CU - reserved);
        ps_msg_close(w);
    }
    ps_msg_close(w);
}

static void put_lease(struct ps_msg_writer *w, const struct ps_daemon *d,
                      const struct ps_lease *lease)
{
    char list[PS_CU_LIST_BYTES_MAX];

    ps_cu_list_print(&lease->request, list);
    ps_msg_open_map(w);
    ps_msg_pair_u64(w, "id", lease->id);
    ps_msg_pair_str(w, "tenant", d->config->tenants[lease->request.tenant].name);
    ps_msg_pair_str(w, "cus", list);
    ps_msg_pair_str(w, "state", state_name(d, lease));
    ps_msg_pair_bool(w, "hold", lease->request.bound);
    pair_expiry(w, d, lease);
    ps_msg_pair_str(w, "key", lease->request.key[0] == '\0' ? NULL : lease->request.key);
    ps_msg_close(w);
}

/* ---- methods ---- */

int ps_pool_check(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    const struct ps_daemon *d = arg;
    struct ps_lease_request request;
    uint32_t times = 0;
    int rc = take_request(d, params, &request);

    if (rc == 0)
        rc = ps_leases_check(d->leases, &request, CHECK_TIMES_MAX, &times);
    if (rc != 0)
        return rc;
    ps_msg_open_map(w);
    ps_msg_pair_u64(w, "available", times);
    put_loads(w, d, &request);
    ps_msg_close(w);
    return 0;
}

static void say_reserved(const struct ps_daemon *d, const struct ps_lease *lease)
{
    char list[PS_CU_LIST_BYTES_MAX];

    ps_cu_list_print(&lease->request, list);
    ps_info("lease", "reserved", "id=%" PRIu64 " tenant=%s cus=%s ttl_s=%llu hold=%s", lease->id,
            d->config->tenants[lease->request.tenant].name, list, lease->ttl_ns / PS_NS_PER_SEC,
            lease->request.bound ? "true" : "false");
}

/* A lease that cannot be kept over a crash is not promised. */
static int reserve(struct ps_daemon *d, const struct ps_lease_request *request, uint64_t *ret_id,
                   bool *ret_existed)
{
    int rc = ps_leases_reserve(d->leases, request, ps_daemon_lease_now_ns(d), ret_id, ret_existed);

    if (rc != 0 || *ret_existed)
        return rc;
    rc = ps_daemon_save_leases(d);
    if (rc != 0)
        ps_leases_relinquish(d->leases, *ret_id);
    else
        say_reserved(d, ps_leases_get(d->leases, *ret_id));
    return rc;
}

int ps_pool_reserve(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    struct ps_daemon *d = arg;
    struct ps_lease_request request;
    uint64_t id = 0;
    bool existed = false;
    int rc = take_request(d, params, &request);

    if (rc != 0)
        return rc;
    if (ps_msg_get(params, "key") != NULL &&
        ps_msg_as_name(ps_msg_get(params, "key"), request.key, sizeof(request.key)) != 0)
        return -EINVAL;
    request.bound = flag_of(params, "hold");
    request.client = ps_control_caller(d->control);
    rc = reserve(d, &request, &id, &existed);
    if (rc != 0)
        return rc;
    const struct ps_lease *lease = ps_leases_get(d->leases, id);
    ps_msg_open_map(w);
    ps_msg_pair_u64(w, "id", id);
    ps_msg_pair_bool(w, "existed", existed);
    ps_msg_pair_str(w, "state", state_name(d, lease));
    pair_expiry(w, d, lease);
    pair_durable(w, d);
    ps_msg_pair_array(w, "grants");
    for (uint32_t i = 0; i < lease->grant_count; i++) {
        ps_msg_open_map(w);
        put_grant(w, d, &lease->grants[i]);
        ps_msg_close(w);
    }
    ps_msg_close(w);
    ps_msg_close(w);
    return 0;
}

int ps_pool_renew(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    struct ps_daemon *d = arg;
    const uint64_t id = ps_msg_u64_or(params, "id", 0);

    if (d->leases == NULL)
        return -ENODEV;
    int rc = ps_leases_renew(d->leases, id, ttl_ns_of(params), ps_daemon_lease_now_ns(d));
    if (rc == 0)
        rc = ps_daemon_save_leases(d);
    if (rc != 0)
        return rc;
    const struct ps_lease *lease = ps_leases_get(d->leases, id);
    ps_msg_open_map(w);
    ps_msg_pair_u64(w, "id", id);
    ps_msg_pair_str(w, "state", state_name(d, lease));
    pair_expiry(w, d, lease);
    ps_msg_close(w);
    return 0;
}

int ps_pool_relinquish(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    struct ps_daemon *d = arg;
    const uint64_t id = ps_msg_u64_or(params, "id", 0);

    if (d->leases == NULL)
        return -ENODEV;
    const int rc = ps_leases_relinquish(d->leases, id);
    if (rc != 0)
        return rc;
    ps_daemon_save_leases(d); /* not written: after a crash it is there until it expires */
    ps_info("lease", "relinquished", "id=%" PRIu64, id);
    ps_msg_open_map(w);
    ps_msg_pair_u64(w, "id", id);
    ps_msg_close(w);
    return 0;
}

static void put_grants(struct ps_msg_writer *w, const struct ps_daemon *d,
                       const struct ps_lease *lease)
{
    for (uint32_t i = 0; i < lease->grant_count; i++) {
        ps_msg_open_map(w);
        ps_msg_pair_u64(w, "lease", lease->id);
        put_grant(w, d, &lease->grants[i]);
        ps_msg_close(w);
    }
}

int ps_pool_list(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    const struct ps_daemon *d = arg;
    const uint64_t only = ps_msg_u64_or(params, "id", 0);
    uint64_t limit = ps_msg_u64_or(params, "limit", PS_CONTROL_LIMIT_DEFAULT);

    if (d->leases == NULL)
        return -ENODEV;
    const uint32_t count = ps_leases_count(d->leases);
    limit = limit < count ? limit : count;
    ps_msg_open_map(w);
    ps_msg_pair_u64(w, "total", count);
    pair_durable(w, d);
    ps_msg_pair_array(w, "leases");
    for (uint32_t i = 0; i < count; i++)
        if (only == 0 ? i < limit : ps_leases_at(d->leases, i)->id == only)
            put_lease(w, d, ps_leases_at(d->leases, i));
    ps_msg_close(w);
    ps_msg_pair_array(w, "grants");
    for (uint32_t i = 0; i < count; i++)
        if (only == 0 ? i < limit : ps_leases_at(d->leases, i)->id == only)
            put_grants(w, d, ps_leases_at(d->leases, i));
    ps_msg_close(w);
    ps_msg_close(w);
    return 0;
}
