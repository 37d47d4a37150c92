/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/unit/host/alloc/lease_fixture.h - a small node: two cards, each with two scale and two
 * encoder CUs; three tenants, of whom the last may reserve half of a kernel's CUs at most.
 */
#ifndef PS_TESTS_UNIT_HOST_ALLOC_LEASE_FIXTURE_H
#define PS_TESTS_UNIT_HOST_ALLOC_LEASE_FIXTURE_H

#include <errno.h>
#include <string.h>

#include "host/alloc/lease_priv.h"
#include "host/base/mem.h"
#include "tests/support/ps_test.h"

#define SCALE    1u
#define ENCODE   2u
#define UNKNOWN  3u /* no CU has it */
#define WHOLE    PS_LEASE_WHOLE_CU
#define HALF     (WHOLE / 2)
#define SECOND   1000000000ull
#define NOW      (1000 * SECOND)
#define CUS      8u
#define TENANTS  3u
#define MODEST   2u /* the tenant with a limit */
#define FIRST_ID 77u

static const struct ps_lease_cu fixture_cus[CUS] = {
    { SCALE, 0 }, { SCALE, 0 }, { ENCODE, 0 }, { ENCODE, 0 },
    { SCALE, 1 }, { SCALE, 1 }, { ENCODE, 1 }, { ENCODE, 1 },
};
static const struct ps_lease_tenant fixture_tenants[TENANTS] = {
    { .key = 1, .share_max = WHOLE },
    { .key = 2, .share_max = WHOLE },
    { .key = 3, .share_max = HALF },
};

static uint32_t told[CUS][TENANTS]; /* what the allocator would know */
static struct ps_leases *leases;

static void reserved(void *arg, uint32_t cu, uint32_t tenant, uint32_t share)
{
    CU_ASSERT_PTR_EQUAL(arg, told);
    told[cu][tenant] = share;
}

static const struct ps_leases_config fixture = {
    .cus = fixture_cus,
    .cu_count = CUS,
    .tenants = fixture_tenants,
    .tenant_count = TENANTS,
    .leases_max = 4,
    .first_id = FIRST_ID,
    .reserved = reserved,
    .arg = told,
};

static inline void begin(void)
{
    memset(told, 0, sizeof(told));
    PS_REQUIRE(ps_leases_create(&leases, &fixture) == 0);
}

static inline void end(void)
{
    ps_leases_destroy(leases);
    leases = NULL;
}

static inline uint32_t told_in_all(void)
{
    uint32_t sum = 0;

    for (uint32_t cu = 0; cu < CUS; cu++)
        for (uint32_t tenant = 0; tenant < TENANTS; tenant++)
            sum += told[cu][tenant];
    return sum;
}

static inline struct ps_lease_request want(uint32_t kernel, uint32_t share, uint32_t count)
{
    return (struct ps_lease_request){
        .items = { { .kernel = kernel, .share = share, .count = count } },
        .item_count = 1,
        .card = PS_LEASE_ANY_CARD,
        .ttl_ns = 60 * SECOND,
    };
}

/* @return the lease's id, or the negative errno. */
static inline int64_t reserve(const struct ps_lease_request *request)
{
    uint64_t id = 0;
    bool existed = false;
    const int rc = ps_leases_reserve(leases, request, NOW, &id, &existed);

    return rc == 0 ? (int64_t)id : rc;
}

static inline const struct ps_lease *get(int64_t id)
{
    const struct ps_lease *lease = ps_leases_get(leases, (uint64_t)id);

    PS_REQUIRE(lease != NULL);
    return lease;
}

#endif
