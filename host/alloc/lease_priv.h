/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/alloc/lease_priv.h - the table behind lease.h, for its three files and their tests.
 *
 * lease.c keeps the table, lease_place.c finds CUs for a request, lease_save.c makes bytes of it.
 * Threads: one at a time per table.
 */
#ifndef PS_HOST_ALLOC_LEASE_PRIV_H
#define PS_HOST_ALLOC_LEASE_PRIV_H

#include "host/alloc/lease.h"

struct ps_leases {
    struct ps_leases_config cfg; /* cus and tenants are ours */
    struct ps_lease_cu *cus;
    struct ps_lease_tenant *tenants;
    bool *lost;              /* per CU */
    uint32_t *held;          /* per CU and tenant, millionths */
    uint32_t *free, *trial;  /* per CU; scratch of placement */
    uint32_t card_count;     /* card numbers are below this */
    struct ps_lease *leases; /* lease_count, in the order they were taken */
    uint32_t lease_count;
    uint64_t next_id;
    uint64_t version;
};

/* lease.c */
/** Whether each field is in range. */
bool ps_lease_request_is_valid(const struct ps_leases *leases,
                               const struct ps_lease_request *request);
/** Add a lease that is whole; its shares fit. */
struct ps_lease *ps_lease_insert(struct ps_leases *leases, const struct ps_lease *lease);
/** Give back the lease at @p idx. */
void ps_lease_drop(struct ps_leases *leases, uint32_t idx);

/* lease_place.c */
/** What of each CU a request could have now, into leases->free. */
void ps_lease_count_free(struct ps_leases *leases);
/** The same if nothing were reserved. */
void ps_lease_count_all(struct ps_leases *leases);
/** Find CUs for @p request in leases->free and take them there. @return grants written, 0: it does
 * not fit, and leases->free is as it was. */
uint32_t ps_lease_place(struct ps_leases *leases, const struct ps_lease_request *request,
                        struct ps_lease_grant ret_grants[PS_LEASE_GRANTS_MAX]);
/** How many times more its tenant may have the request. */
uint32_t ps_lease_quota(const struct ps_leases *leases, const struct ps_lease_request *request);

#endif
