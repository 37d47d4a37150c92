/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/daemon/leases.c - reservations in the daemon's life: told to the allocator, kept on disk,
 * ended with their clients.
 *
 * What the API grants is on disk before its answer is sent. What ends by itself is written once a
 * turn: after a crash in between it is there again, and ends again.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/assert.h"
#include "host/base/hash.h"
#include "host/base/log.h"
#include "host/base/mem.h"
#include "host/daemon/daemon_priv.h"
#include "host/daemon/state_file.h"

#define LEASES_FILE "leases.bin"

uint64_t ps_daemon_lease_now_ns(const struct ps_daemon *d)
{
    return d->clock.wall_start_ns + (ps_clock_mono_ns() - d->clock.mono_start_ns);
}

static void reserved(void *arg, uint32_t cu, uint32_t tenant, uint32_t share)
{
    const struct ps_daemon *d = arg;
    const int rc = ps_alloc_reserve(d->alloc, cu, tenant, share);

    ps_assert(rc == 0); /* the table gives no more than there is */
}

static int create_table(struct ps_daemon *d)
{
    const uint32_t cu_count = ps_accel_cu_count(d->accel);
    struct ps_lease_tenant tenants[PS_CONFIG_TENANTS_MAX];
    struct ps_lease_cu *cus = ps_zalloc(cu_count, sizeof(*cus));
    const struct ps_leases_config cfg = {
        .cus = cus,
        .cu_count = cu_count,
        .tenants = tenants,
        .tenant_count = d->config->tenant_count,
        .leases_max = PS_LEASES_MAX,
        .first_id = d->clock.wall_start_ns / 1000, /* above those of earlier lives, file or not */
        .reserved = reserved,
        .arg = d,
    };

    if (cus == NULL)
        return -ENOMEM;
    for (uint32_t i = 0; i < cu_count; i++) {
        struct ps_accel_cu_info info;

        ps_accel_cu_info(d->accel, i, &info);
        cus[i] = (struct ps_lease_cu){ .kernel = info.kernel, .card = info.device_idx };
    }
    for (uint32_t i = 0; i < cfg.tenant_count; i++)
        tenants[i] = (struct ps_lease_tenant){
            .key = ps_hash64_name(d->config->tenants[i].name),
            .share_max = (uint32_t)(d->config->tenants[i].reserve_max * PS_LEASE_WHOLE_CU + 0.5),
        };
    const int rc = ps_leases_create(&d->leases, &cfg);
    free(cus);
    return rc;
}

static void see_lost(struct ps_daemon *d)
{
    for (uint32_t cu = 0; cu < ps_accel_cu_count(d->accel); cu++) {
        struct ps_alloc_cu_info info;

        ps_alloc_cu_info(d->alloc, cu, &info);
        ps_leases_set_lost(d->leases, cu, info.state == PS_ALLOC_CU_LOST);
    }
}

/* Whatever is wrong with the file, the node works; the file is kept for who wants to look. */
static void load(struct ps_daemon *d)
{
    const char *dir = d->config->tier.state_dir;
    void *data = NULL;
    size_t size_bytes = 0;
    int rc = ps_state_file_read(dir, LEASES_FILE, &data, &size_bytes);

    if (rc == 0)
        rc = ps_leases_load(d->leases, data, size_bytes, ps_daemon_lease_now_ns(d));
    free(data);
    if (rc == -ENOENT)
        return;
    if (rc == 0) {
        ps_info("lease", "recovered", "leases=%u", ps_leases_count(d->leases));
        return;
    }
    ps_warn("lease", "file_refused", "dir=%s status=\"%s\" kept_as=%s.refused", dir, strerror(-rc),
            LEASES_FILE);
    rc = ps_state_file_set_aside(dir, LEASES_FILE);
    if (rc != 0)
        ps_warn("lease", "not_set_aside", "dir=%s status=\"%s\"", dir, strerror(-rc));
}

int ps_daemon_create_leases(struct ps_daemon *d)
{
    if (d->alloc == NULL)
        return 0; /* what an earlier life reserved waits in its file for the card */
    const int rc = create_table(d);
    if (rc != 0)
        return rc;
    see_lost(d);
    if (d->config->tier.state_dir != NULL)
        load(d);
    d->leases_saved = ps_leases_version(d->leases);
    return 0;
}

int ps_daemon_save_leases(struct ps_daemon *d)
{
    const uint64_t version = ps_leases_version(d->leases);
    void *data = NULL;
    size_t size_bytes = 0;

    if (d->config->tier.state_dir == NULL || version == d->leases_saved)
        return 0;
    int rc = ps_leases_save(d->leases, &data, &size_bytes);
    if (rc == 0)
        rc = ps_state_file_write(d->config->tier.state_dir, LEASES_FILE, data, size_bytes);
    free(data);
    if (rc == 0)
        d->leases_saved = version;
    else if (rc != d->leases_save_error)
        ps_warn("lease", "not_saved", "dir=%s status=\"%s\"", d->config->tier.state_dir,
                strerror(-rc));
    d->leases_save_error = rc;
    return rc == 0 ? 0 : -EIO;
}

void ps_daemon_tend_leases(struct ps_daemon *d)
{
    if (d->leases == NULL)
        return;
    const uint32_t expired = ps_leases_expire(d->leases, ps_daemon_lease_now_ns(d));
    if (expired > 0)
        ps_info("lease", "expired", "leases=%u", expired);
    see_lost(d);
    ps_daemon_save_leases(d);
}

void ps_daemon_lease_client_gone(void *arg, uint64_t caller)
{
    struct ps_daemon *d = arg;

    if (d->leases == NULL)
        return;
    const uint32_t dropped = ps_leases_client_gone(d->leases, caller);
    if (dropped > 0)
        ps_info("lease", "client_gone", "leases=%u", dropped);
}
