/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/count.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "dpdk/mem.h"

#define BUCKET 4u

struct nic_count_entry {
    struct nic_key key;
    uint64_t last_epoch;                   /* that counted here; 0: free. The worker's alone */
    bool named;                            /* the worker's alone */
    uint32_t counts[2][NIC_REQUEST_KINDS]; /* by side: see epoch.h for whose it is */
};
_Static_assert(sizeof(struct nic_count_entry) <= NIC_CACHE_LINE_BYTES, "one line per count");

struct side {
    uint32_t *dirty; /* entries with counts on this side, in the order they got them */
    uint32_t dirty_count;
};

struct nic_count_table {
    struct nic_count_entry *entries; /* buckets, then the stash */
    uint32_t bucket_mask;
    uint32_t stash_at;
    uint32_t stash_used; /* places of the stash ever taken; the worker's alone */
    struct side sides[2];
    /* Written by the control thread (release) after a side is clean, read by the worker (acquire)
     * before it gives an entry's place away. */
    _Atomic uint64_t drained_epoch;
};

int nic_count_create(struct nic_count_table **ret_table, uint32_t entries)
{
    struct nic_count_table *t;

    if (entries < NIC_COUNT_ENTRIES_MIN || entries > NIC_COUNT_ENTRIES_MAX ||
        (entries & (entries - 1)) != 0)
        return -EINVAL;
    t = nic_zalloc(1, sizeof(*t));
    if (t == NULL)
        goto fail;
    t->bucket_mask = entries / BUCKET - 1;
    t->stash_at = entries;
    t->entries = nic_zalloc(entries + NIC_COUNT_STASH, sizeof(*t->entries));
    if (t->entries == NULL)
        goto fail;
    for (int i = 0; i < 2; i++) {
        t->sides[i].dirty = nic_zalloc(entries + NIC_COUNT_STASH, sizeof(*t->sides[i].dirty));
        if (t->sides[i].dirty == NULL)
            goto fail;
    }
    *ret_table = t;
    return 0;

fail:
    nic_count_destroy(t);
    return -ENOMEM;
}

void nic_count_destroy(struct nic_count_table *table)
{
    if (table == NULL)
        return;
    free(table->sides[1].dirty);
    free(table->sides[0].dirty);
    free(table->entries);
    free(table);
}

static bool same_key(const struct nic_key *a, const struct nic_key *b)
{
    return a->media_key == b->media_key && a->profile_key == b->profile_key &&
           a->region == b->region && a->device == b->device && a->access == b->access;
}

static uint64_t hash_of(const struct nic_key *key)
{
    const uint64_t peer = (uint64_t)key->region << 16 | (uint64_t)key->device << 8 | key->access;
    const uint64_t words[3] = { key->media_key, key->profile_key, peer };

    return XXH3_64bits(words, sizeof(words));
}

/* The search of one place for a key: the key itself, or the best place to put it. */
struct search {
    struct nic_count_entry *found;
    struct nic_count_entry *oldest; /* free, or longest unused and drained */
};

static void search_range(struct search *s, struct nic_count_entry *at, uint32_t count,
                         const struct nic_key *key, uint64_t drained_epoch)
{
    for (uint32_t i = 0; i < count && s->found == NULL; i++) {
        if (at[i].last_epoch != 0 && same_key(&at[i].key, key))
            s->found = &at[i];
        else if (at[i].last_epoch <= drained_epoch &&
                 (s->oldest == NULL || at[i].last_epoch < s->oldest->last_epoch))
            s->oldest = &at[i];
    }
}

struct nic_count_entry *nic_count_find(struct nic_count_table *table, const struct nic_key *key)
{
    const uint64_t drained = atomic_load_explicit(&table->drained_epoch, memory_order_acquire);
    const uint64_t hash = hash_of(key);
    struct nic_count_entry *stash = table->entries + table->stash_at;
    struct nic_count_entry *first = table->entries + (hash & table->bucket_mask) * BUCKET;
    struct nic_count_entry *second = table->entries + (hash >> 32 & table->bucket_mask) * BUCKET;
    struct search s = { 0 };

    search_range(&s, first, BUCKET, key, drained);
    search_range(&s, second, BUCKET, key, drained);
    search_range(&s, stash, table->stash_used, key, drained);
    if (s.found != NULL)
        return s.found;
    if (s.oldest == NULL && table->stash_used < NIC_COUNT_STASH)
        s.oldest = &stash[table->stash_used++];
    if (s.oldest == NULL)
        return NULL;
    s.oldest->key = *key;
    s.oldest->named = false;
    s.oldest->last_epoch = 0;
    return s.oldest;
}

void nic_count_add(struct nic_count_table *table, struct nic_count_entry *entry,
                   enum nic_request_kind kind, uint64_t epoch)
{
    struct side *side = &table->sides[epoch & 1];
    uint32_t *counts = entry->counts[epoch & 1];

    if ((counts[0] | counts[1] | counts[2]) == 0)
        side->dirty[side->dirty_count++] = (uint32_t)(entry - table->entries);
    counts[kind]++;
    entry->last_epoch = epoch;
}

bool nic_count_is_named(const struct nic_count_entry *entry)
{
    return entry->named;
}

void nic_count_set_named(struct nic_count_entry *entry)
{
    entry->named = true;
}

void nic_count_drain(struct nic_count_table *table, uint64_t epoch,
                     void (*each)(void *arg, const struct psd_record *record), void *arg)
{
    struct side *side = &table->sides[epoch & 1];

    for (uint32_t i = 0; i < side->dirty_count; i++) {
        struct nic_count_entry *entry = &table->entries[side->dirty[i]];
        uint32_t *counts = entry->counts[epoch & 1];
        const struct psd_record record = {
            .media_key = entry->key.media_key,
            .profile_key = entry->key.profile_key,
            .region = entry->key.region,
            .device = entry->key.device,
            .access = entry->key.access,
            .starts = counts[NIC_REQUEST_START],
            .segments = counts[NIC_REQUEST_SEGMENT],
            .other = counts[NIC_REQUEST_OTHER],
        };
        memset(counts, 0, NIC_REQUEST_KINDS * sizeof(*counts));
        each(arg, &record);
    }
    side->dirty_count = 0;
    atomic_store_explicit(&table->drained_epoch, epoch, memory_order_release);
}
