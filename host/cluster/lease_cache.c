/* SPDX-License-Identifier: BSD-3-Clause */
/* host/cluster/lease_cache.c - what was heard of segments, found by their keys. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/hash.h"
#include "host/base/mem.h"
#include "host/cluster/leases_priv.h"

int ps_leases_init(struct ps_leases *leases)
{
    leases->entries = ps_zalloc(PS_LEASES_SETS * PS_LEASES_WAYS, sizeof(*leases->entries));
    leases->held = ps_zalloc(PS_LEASES_HELD, sizeof(*leases->held));
    return leases->entries == NULL || leases->held == NULL ? -ENOMEM : 0;
}

void ps_leases_fini(struct ps_leases *leases)
{
    free(leases->entries);
    free(leases->held);
}

static struct ps_lease *set_of(const struct ps_leases *leases, const struct ps_segment_key *key)
{
    return &leases->entries[ps_hash64(key, sizeof(*key)) % PS_LEASES_SETS * PS_LEASES_WAYS];
}

struct ps_lease *ps_leases_find(const struct ps_leases *leases, const struct ps_segment_key *key)
{
    struct ps_lease *set = set_of(leases, key);

    for (uint32_t i = 0; i < PS_LEASES_WAYS; i++)
        if (set[i].seq != 0 && memcmp(&set[i].key, key, sizeof(*key)) == 0)
            return &set[i];
    return NULL;
}

/* What we are making ourselves is the last to be forgotten: it could not be renewed. */
static bool is_worth_less(const struct ps_lease *a, const struct ps_lease *b)
{
    const bool a_held = a->ours && a->state == PS_LEASE_MAKING;
    const bool b_held = b->ours && b->state == PS_LEASE_MAKING;

    return a_held != b_held ? b_held : a->seq < b->seq;
}

struct ps_lease *ps_leases_place(struct ps_leases *leases, const struct ps_segment_key *key)
{
    struct ps_lease *set = set_of(leases, key);
    struct ps_lease *least = ps_leases_find(leases, key);

    if (least != NULL)
        return least;
    least = &set[0];
    for (uint32_t i = 1; i < PS_LEASES_WAYS && least->seq != 0; i++)
        if (set[i].seq == 0 || is_worth_less(&set[i], least))
            least = &set[i];
    leases->count += least->seq == 0;
    *least = (struct ps_lease){ .key = *key };
    return least;
}

void ps_leases_drop(struct ps_leases *leases, struct ps_lease *lease)
{
    leases->count -= lease->seq != 0;
    *lease = (struct ps_lease){ .seq = 0 };
}
