/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/alloc/lease.h - who has reserved which shares of which compute units, and until when.
 *
 * Why: an orchestrator that places work on this node must be able to ask what is free, take a list
 * of CU shares all or none, and lose them by itself when it dies. A lease is such a list: it has a
 * time limit, perhaps a client whose end ends it, and perhaps a key that makes asking twice
 * harmless. The words are those of Xilinx' resource manager (XRM): a CU's load is counted in parts
 * of 1 000 000, a list may be bound to one card.
 *
 * Placement is best fit and depends on nothing but the table: the largest share is placed first, on
 * the fullest CU that has room, the lowest number when several are as full. A list of unequal
 * shares may so be refused though a cleverer packing of it exists.
 *
 * What is reserved is told through one function, as the sum per CU and tenant.
 *
 * Pure: no I/O, no clock, no logging; time comes in. It must not step back, and must go on over a
 * restart (wall time): leases are saved with it. All memory is taken at creation, saving apart.
 * Threads: one at a time per table.
 */
#ifndef PS_HOST_ALLOC_LEASE_H
#define PS_HOST_ALLOC_LEASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PS_LEASE_WHOLE_CU    1000000u
#define PS_LEASES_MAX        1024u
#define PS_LEASE_CUS_MAX     4096u
#define PS_LEASE_CARDS_MAX   256u /* card numbers are below this */
#define PS_LEASE_TENANTS_MAX 64u
#define PS_LEASE_ITEMS_MAX   8u  /* of one request */
#define PS_LEASE_GRANTS_MAX  64u /* CU shares of one lease */
#define PS_LEASE_KEY_MAX     64u
#define PS_LEASE_ANY_CARD    UINT32_MAX
#define PS_LEASE_NO_CU       UINT32_MAX
#define PS_LEASE_TTL_NS_MIN  1000000000ull
#define PS_LEASE_TTL_NS_MAX  (30ull * 86400 * 1000000000)
#define PS_LEASE_GRACE_NS    30000000000ull /* for a client to come back after our restart */

struct ps_leases;

struct ps_lease_cu {
    uint32_t kernel, card;
};

struct ps_lease_tenant {
    uint64_t key;       /* hash of its name: numbers may change between lives, names do not */
    uint32_t share_max; /* most that it may reserve of the CUs of any one kernel, millionths */
};

struct ps_leases_config {
    const struct ps_lease_cu *cus;         /* cu_count of them; copied */
    uint32_t cu_count;                     /* 1..PS_LEASE_CUS_MAX */
    const struct ps_lease_tenant *tenants; /* tenant_count of them; copied */
    uint32_t tenant_count;                 /* 1..PS_LEASE_TENANTS_MAX */
    uint32_t leases_max;                   /* 1..PS_LEASES_MAX */
    uint64_t first_id;                     /* >= 1, above all that earlier lives gave */
    /** From now on @p tenant has @p share millionths of @p cu, in all. */
    void (*reserved)(void *arg, uint32_t cu, uint32_t tenant, uint32_t share);
    void *arg;
};

/* @p count times @p share of a CU of this kernel. */
struct ps_lease_item {
    uint32_t kernel;
    uint32_t share; /* 1..PS_LEASE_WHOLE_CU */
    uint32_t count; /* 1..PS_LEASE_GRANTS_MAX */
};

struct ps_lease_request {
    struct ps_lease_item items[PS_LEASE_ITEMS_MAX];
    uint32_t item_count; /* 1..PS_LEASE_ITEMS_MAX; at most PS_LEASE_GRANTS_MAX shares in all */
    uint32_t tenant;
    uint32_t card;                  /* PS_LEASE_ANY_CARD: whichever */
    bool same_card;                 /* all on one card, whichever it is */
    bool bound;                     /* given back when its client is gone */
    uint64_t client;                /* who asks; of a bound lease whom it is bound to */
    uint64_t ttl_ns;                /* PS_LEASE_TTL_NS_MIN.._MAX */
    char key[PS_LEASE_KEY_MAX + 1]; /* a name (host/base/name.h), or empty: none */
};

struct ps_lease_grant {
    uint32_t cu; /* PS_LEASE_NO_CU: it is not there since the daemon's restart */
    uint32_t kernel, card;
    uint32_t share;
};

struct ps_lease {
    uint64_t id;
    struct ps_lease_request request; /* client is 0 while it waits for it */
    uint64_t ttl_ns;                 /* as it was last renewed, or asked for */
    uint64_t expires_ns;
    uint64_t grace_ns; /* its client must be back by then; 0: it is, or there is none */
    uint32_t grant_count;
    struct ps_lease_grant grants[PS_LEASE_GRANTS_MAX];
};

/** @return 0, -EINVAL (a field out of range) or -ENOMEM. */
int ps_leases_create(struct ps_leases **ret_leases, const struct ps_leases_config *cfg);
/** Gives nothing back: what is saved is there again. NULL is allowed. */
void ps_leases_destroy(struct ps_leases *leases);

/**
 * How often the whole request could be granted now; takes nothing.
 * @param max  Count no further than this.
 * @return 0, or -EINVAL (the request).
 */
int ps_leases_check(struct ps_leases *leases, const struct ps_lease_request *request, uint32_t max,
                    uint32_t *ret_times);

/**
 * All of it or nothing. A request whose key is taken by an equal one gets that lease as it is; a
 * bound one follows who asked last.
 *
 * @return 0 (@p ret_existed says which), -EINVAL (the request), -EEXIST (another request has this
 *         key), -ENODEV (not even with nothing reserved), -EBUSY (not now), -EDQUOT (more than the
 *         tenant may) or -ENOSPC (leases_max).
 */
int ps_leases_reserve(struct ps_leases *leases, const struct ps_lease_request *request,
                      uint64_t now_ns, uint64_t *ret_id, bool *ret_existed);

/** It expires @p ttl_ns from now, whatever it was before. @return 0, -EINVAL (ttl) or -ENOENT. */
int ps_leases_renew(struct ps_leases *leases, uint64_t id, uint64_t ttl_ns, uint64_t now_ns);
/** Give it back. @return 0 or -ENOENT. */
int ps_leases_relinquish(struct ps_leases *leases, uint64_t id);

/** Give back what is over, and what waited in vain. @return how many. */
uint32_t ps_leases_expire(struct ps_leases *leases, uint64_t now_ns);
/** The client's connection ended: give back what is bound to it. @return how many. */
uint32_t ps_leases_client_gone(struct ps_leases *leases, uint64_t client);
/** A CU works, or does not: then it is in no new lease, and those that have it are degraded. */
void ps_leases_set_lost(struct ps_leases *leases, uint32_t cu, bool lost);

uint32_t ps_leases_count(const struct ps_leases *leases);
/** In the order they were taken; idx < count. Valid until the table changes. */
const struct ps_lease *ps_leases_at(const struct ps_leases *leases, uint32_t idx);
/** NULL when there is none of that id. */
const struct ps_lease *ps_leases_get(const struct ps_leases *leases, uint64_t id);
/** Whether a share of it is on a CU that is lost, or was not found again. */
bool ps_leases_is_degraded(const struct ps_leases *leases, const struct ps_lease *lease);
/** Of a CU: millionths that all leases have together. */
uint32_t ps_leases_reserved(const struct ps_leases *leases, uint32_t cu);

/** Grows with each change that a restart must not forget. */
uint64_t ps_leases_version(const struct ps_leases *leases);
/** All leases as bytes, with version and checksum. @param ret_data  free() it. @return 0 or
 * -ENOMEM. */
int ps_leases_save(const struct ps_leases *leases, void **ret_data, size_t *ret_size_bytes);
/**
 * Take over what was saved, into a table that is empty. What has expired, is of a tenant that is no
 * more, or is bound and has no key to be claimed by, is left out; other bound ones wait
 * PS_LEASE_GRACE_NS for their client. A CU with another kernel or card than before is not taken.
 * @return 0, or -EBADMSG (damaged, of another version, or contradicts itself; the table is empty).
 */
int ps_leases_load(struct ps_leases *leases, const void *data, size_t size_bytes, uint64_t now_ns);

#endif
