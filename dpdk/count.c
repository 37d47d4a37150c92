/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/count.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "dpdk/mem.h"
#include "dpdk/sketch.h"

#define BUCKET            4u
#define SKETCH_SHARE      16u /* entries for each block of a side's sketch */
#define SKETCH_BLOCKS_MIN 1024u
#define HEAVY_COUNT_MIN   16u /* a few requests soon exceed the bound of a sketch that has little */
#define SPARE             (NIC_COUNT_STASH + NIC_COUNT_HEAVY)

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
    uint32_t promoted;
    struct nic_sketch *overflow;
};

struct nic_count_table {
    struct nic_count_entry *entries; /* buckets, then the stash, then the heavy keys' places */
    /* Of each entry's hash, its worker's alone: eight bytes tell which of a bucket's four lines is
     * worth a miss. An entry that was given away has its new key's. */
    uint16_t *tags;
    uint64_t seed;
    uint32_t bucket_mask;
    uint32_t stash_at;
    uint32_t stash_used; /* places of the stash ever taken; the worker's alone */
    uint32_t heavy_at;
    uint32_t heavy_used; /* like stash_used */
    struct side sides[2];
    /* Written by the control thread (release) after a side is clean, read by the worker (acquire)
     * before it gives an entry's place away. */
    _Atomic uint64_t drained_epoch;
};

static int create_side(struct side *side, uint32_t entries)
{
    const uint32_t share = entries / SKETCH_SHARE;
    const uint32_t blocks = share > SKETCH_BLOCKS_MIN ? share : SKETCH_BLOCKS_MIN;

    side->dirty = nic_zalloc(entries + SPARE, sizeof(*side->dirty));
    return side->dirty == NULL ? -ENOMEM : nic_sketch_create(&side->overflow, blocks);
}

int nic_count_create(struct nic_count_table **ret_table, uint32_t entries, uint64_t seed)
{
    struct nic_count_table *t;

    if (entries < NIC_COUNT_ENTRIES_MIN || entries > NIC_COUNT_ENTRIES_MAX ||
        (entries & (entries - 1)) != 0)
        return -EINVAL;
    t = nic_zalloc(1, sizeof(*t));
    if (t == NULL)
        goto fail;
    t->seed = seed;
    t->bucket_mask = entries / BUCKET - 1;
    t->stash_at = entries;
    t->heavy_at = entries + NIC_COUNT_STASH;
    t->entries = nic_zalloc(entries + SPARE, sizeof(*t->entries));
    if (t->entries == NULL)
        goto fail;
    t->tags = nic_zalloc(entries + SPARE, sizeof(*t->tags));
    if (t->tags == NULL)
        goto fail;
    if (create_side(&t->sides[0], entries) != 0 || create_side(&t->sides[1], entries) != 0)
        goto fail;
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
    for (int i = 1; i >= 0; i--) {
        nic_sketch_destroy(table->sides[i].overflow);
        free(table->sides[i].dirty);
    }
    free(table->tags);
    free(table->entries);
    free(table);
}

static bool same_key(const struct nic_key *a, const struct nic_key *b)
{
    return a->media_key == b->media_key && a->profile_key == b->profile_key &&
           a->region == b->region && a->device == b->device && a->access == b->access;
}

static uint64_t hash_of(const struct nic_count_table *table, const struct nic_key *key)
{
    const uint64_t peer = (uint64_t)key->region << 16 | (uint64_t)key->device << 8 | key->access;
    const uint64_t words[3] = { key->media_key, key->profile_key, peer };

    return XXH3_64bits_withSeed(words, sizeof(words), table->seed);
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

static uint16_t tag_of(uint64_t hash)
{
    return (uint16_t)(hash >> 24); /* few of these bits choose a bucket */
}

/* The key's entry in its two buckets, or NULL. */
static struct nic_count_entry *find_tagged(struct nic_count_table *table, const struct nic_key *key,
                                           uint64_t hash)
{
    const uint64_t halves[2] = { hash, hash >> 32 };

    for (int half = 0; half < 2; half++) {
        const size_t at = (halves[half] & table->bucket_mask) * BUCKET;

        for (size_t i = at; i < at + BUCKET; i++)
            if (table->tags[i] == tag_of(hash) && table->entries[i].last_epoch != 0 &&
                same_key(&table->entries[i].key, key))
                return &table->entries[i];
    }
    return NULL;
}

static struct nic_count_entry *give_place(struct nic_count_table *table,
                                          struct nic_count_entry *place, const struct nic_key *key,
                                          uint64_t hash)
{
    table->tags[place - table->entries] = tag_of(hash);
    place->key = *key;
    place->named = false;
    place->last_epoch = 0;
    return place;
}

struct nic_count_entry *nic_count_find(struct nic_count_table *table, const struct nic_key *key)
{
    const uint64_t drained = atomic_load_explicit(&table->drained_epoch, memory_order_acquire);
    const uint64_t hash = hash_of(table, key);
    struct nic_count_entry *stash = table->entries + table->stash_at;
    struct nic_count_entry *first = table->entries + (hash & table->bucket_mask) * BUCKET;
    struct nic_count_entry *second = table->entries + (hash >> 32 & table->bucket_mask) * BUCKET;
    struct search s = { .found = find_tagged(table, key, hash) }, heavy = { 0 };

    if (s.found != NULL)
        return s.found;
    search_range(&s, first, BUCKET, key, drained);
    search_range(&s, second, BUCKET, key, drained);
    search_range(&s, stash, table->stash_used, key, drained);
    if (s.found != NULL)
        return s.found;
    search_range(&heavy, table->entries + table->heavy_at, table->heavy_used, key, drained);
    if (heavy.found != NULL)
        return heavy.found;
    if (s.oldest == NULL && table->stash_used < NIC_COUNT_STASH)
        s.oldest = &stash[table->stash_used++];
    return s.oldest != NULL ? give_place(table, s.oldest, key, hash) : NULL;
}

static struct nic_count_entry *heavy_place(struct nic_count_table *table, const struct nic_key *key)
{
    const uint64_t drained = atomic_load_explicit(&table->drained_epoch, memory_order_acquire);
    struct nic_count_entry *places = table->entries + table->heavy_at;
    struct search s = { 0 };

    search_range(&s, places, table->heavy_used, key, drained);
    if (s.oldest == NULL && table->heavy_used < NIC_COUNT_HEAVY)
        s.oldest = &places[table->heavy_used++];
    return s.oldest;
}

struct nic_count_entry *nic_count_overflow(struct nic_count_table *table, const struct nic_key *key,
                                           uint64_t epoch)
{
    struct side *side = &table->sides[epoch & 1];
    const uint64_t hash = hash_of(table, key);
    const uint32_t so_far = nic_sketch_estimate(side->overflow, hash);
    struct nic_count_entry *place = NULL;

    if (so_far >= HEAVY_COUNT_MIN && so_far > nic_sketch_error_max(side->overflow))
        place = heavy_place(table, key);
    if (place == NULL) {
        nic_sketch_add(side->overflow, hash);
        return NULL;
    }
    side->promoted++;
    return give_place(table, place, key, hash);
}

uint32_t nic_count_overflow_estimate(const struct nic_count_table *table, const struct nic_key *key,
                                     uint64_t epoch)
{
    return nic_sketch_estimate(table->sides[epoch & 1].overflow, hash_of(table, key));
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

struct nic_count_sums nic_count_drain(struct nic_count_table *table, uint64_t epoch,
                                      void (*each)(void *arg, const struct psd_record *record),
                                      void *arg)
{
    struct side *side = &table->sides[epoch & 1];
    struct nic_count_sums sums = {
        .overflow = nic_sketch_total(side->overflow),
        .overflow_error = nic_sketch_error_max(side->overflow),
        .promoted = side->promoted,
    };

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
        sums.drained += (uint64_t)record.starts + record.segments + record.other;
        each(arg, &record);
    }
    side->dirty_count = 0;
    side->promoted = 0;
    nic_sketch_clear(side->overflow);
    atomic_store_explicit(&table->drained_epoch, epoch, memory_order_release);
    return sums;
}
