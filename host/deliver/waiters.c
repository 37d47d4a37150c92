/* SPDX-License-Identifier: BSD-3-Clause */
/* host/deliver/waiters.c - who waits for what: buckets of keys. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/assert.h"
#include "host/base/hash.h"
#include "host/base/mem.h"
#include "host/deliver/deliver_priv.h"

static struct ps_exchange **bucket_of(const struct ps_waiters *waiters,
                                      const struct ps_segment_key *key)
{
    return &waiters->buckets[ps_hash64(key, sizeof(*key)) & (waiters->bucket_count - 1)];
}

static bool same(const struct ps_segment_key *a, const struct ps_segment_key *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

int ps_waiters_init(struct ps_waiters *waiters, uint32_t max)
{
    waiters->bucket_count = 1;
    while (waiters->bucket_count < max)
        waiters->bucket_count *= 2;
    waiters->max = max;
    waiters->buckets = ps_zalloc(waiters->bucket_count, sizeof(struct ps_exchange *));
    return waiters->buckets == NULL ? -ENOMEM : 0;
}

void ps_waiters_fini(struct ps_waiters *waiters)
{
    free(waiters->buckets);
}

int ps_waiters_add(struct ps_waiters *waiters, struct ps_exchange *exchange)
{
    struct ps_exchange **bucket = bucket_of(waiters, &exchange->key);

    ps_assert(!exchange->waiting);
    if (waiters->count == waiters->max)
        return -ENOSPC;
    exchange->next = *bucket;
    exchange->link = bucket;
    if (*bucket != NULL)
        (*bucket)->link = &exchange->next;
    *bucket = exchange;
    exchange->waiting = true;
    waiters->count++;
    return 0;
}

void ps_waiters_remove(struct ps_waiters *waiters, struct ps_exchange *exchange)
{
    ps_assert(exchange->waiting && waiters->count > 0);
    *exchange->link = exchange->next;
    if (exchange->next != NULL)
        exchange->next->link = exchange->link;
    exchange->waiting = false;
    waiters->count--;
}

bool ps_waiters_has_maker(const struct ps_waiters *waiters, const struct ps_segment_key *key)
{
    const struct ps_exchange *at = *bucket_of(waiters, key);

    while (at != NULL && (at->reading || !same(&at->key, key)))
        at = at->next;
    return at != NULL;
}

struct ps_exchange *ps_waiters_take(struct ps_waiters *waiters, const struct ps_segment_key *key)
{
    struct ps_exchange *at = *bucket_of(waiters, key);
    struct ps_exchange *taken = NULL;

    /* The bucket holds the newest first; taking reverses that, so who came first goes on first. */
    while (at != NULL) {
        struct ps_exchange *next = at->next;

        if (same(&at->key, key)) {
            ps_waiters_remove(waiters, at);
            at->next = taken;
            taken = at;
        }
        at = next;
    }
    return taken;
}
