/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/count.h"

#include <assert.h>
#include <errno.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "dpdk/mem.h"
#include "dpdk/sketch.h"

#define WAYS              32u
#define WAYS_OLD_ENOUGH   8u  /* of a full set, looked at for a place to give away */
#define SKETCH_SHARE      16u /* entries for each block of a side's sketch */
#define SKETCH_BLOCKS_MIN 1024u
#define HEAVY_COUNT_MIN   16u /* a few requests soon exceed the bound of a sketch that has little */
#define TAG_FREE          0u

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

/* A set's tags: the hashes' upper bits, TAG_FREE where no key ever was. */
struct tags {
    _Alignas(WAYS) uint8_t of[WAYS];
};
_Static_assert(NIC_CACHE_LINE_BYTES % sizeof(struct tags) == 0, "one line per search");

struct nic_count_table {
    struct nic_count_entry *entries; /* sets, then the heavy keys' places */
    struct tags *tags;               /* of each set; the worker's alone, as are what follows */
    uint64_t seed;
    uint32_t set_mask;
    uint32_t heavy_at;
    uint32_t heavy_used; /* places for heavy keys ever taken */
    struct side sides[2];
    /* Written by the control thread (release) after a side is clean, read by the worker (acquire)
     * before it gives an entry's place away. */
    _Atomic uint64_t drained_epoch;
};

static int create_side(struct side *side, uint32_t entries)
{
    const uint32_t share = entries / SKETCH_SHARE;
    const uint32_t blocks = share > SKETCH_BLOCKS_MIN ? share : SKETCH_BLOCKS_MIN;

    side->dirty = nic_zalloc(entries + NIC_COUNT_HEAVY, sizeof(*side->dirty));
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
    t->set_mask = entries / WAYS - 1;
    t->heavy_at = entries;
    t->entries = nic_zalloc(entries + NIC_COUNT_HEAVY, sizeof(*t->entries));
    if (t->entries == NULL)
        goto fail;
    t->tags = nic_zalloc(entries / WAYS, sizeof(*t->tags));
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

_Static_assert(sizeof(struct nic_key) == 24, "no padding: compared and hashed as it lies");

static bool same_key(const struct nic_key *a, const struct nic_key *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

static uint64_t hash_of(const struct nic_count_table *table, const struct nic_key *key)
{
    return XXH3_64bits_withSeed(key, sizeof(*key), table->seed);
}

static uint8_t tag_of(uint64_t hash)
{
    const uint8_t tag = (uint8_t)(hash >> 56);

    return tag != TAG_FREE ? tag : 1;
}

static uint32_t set_of(const struct nic_count_table *table, uint64_t hash)
{
    return (uint32_t)hash & table->set_mask;
}

/* Bit i: way i has this tag. By vectors, as a search way by way is mispredicted every time. */
#ifdef __SSE2__
static uint32_t ways_with(const struct tags *tags, uint8_t tag)
{
    const __m128i *half = (const void *)tags->of;
    const __m128i wanted = _mm_set1_epi8((char)tag);

    return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(half[0], wanted)) |
           (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(half[1], wanted)) << 16;
}
#else
static uint32_t ways_with(const struct tags *tags, uint8_t tag)
{
    typedef uint8_t lanes __attribute__((vector_size(WAYS)));
    const lanes bit = { 1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128,
                        1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128 };
    const lanes found = (lanes)(*(const lanes *)(const void *)tags->of == tag) & bit;
    uint64_t eights[WAYS / 8];
    uint32_t ways = 0;

    memcpy(eights, &found, sizeof(eights));
    /* Each of eight lanes has a bit of its own: the sum of the lanes is their union. */
    for (uint32_t i = 0; i < WAYS / 8; i++)
        ways |= (uint32_t)((eights[i] * 0x0101010101010101u) >> 56) << (8 * i);
    return ways;
}
#endif

/*
 * A key on its way to its entry, in three steps. Each asks for the cache lines that the next one
 * reads; taken for all keys of a burst in turn, the misses overlap.
 */
struct probe {
    const struct nic_key *key;
    uint64_t hash;
    uint32_t ways; /* of the set, that may hold it */
};

static struct probe begin(const struct nic_count_table *table, const struct nic_key *key)
{
    const struct probe probe = { key, hash_of(table, key), 0 };

    __builtin_prefetch(&table->tags[set_of(table, probe.hash)]);
    return probe;
}

/* Where the places to give away to a new key begin. */
static uint32_t oldest_at(uint64_t hash)
{
    return (uint32_t)(hash >> 32) % WAYS;
}

static void prefetch_oldest(const struct nic_count_table *table, uint32_t set, uint64_t hash)
{
    for (uint32_t i = 0; i < WAYS_OLD_ENOUGH; i++)
        __builtin_prefetch(&table->entries[set * WAYS + (oldest_at(hash) + i) % WAYS]);
}

static void approach(const struct nic_count_table *table, struct probe *probe)
{
    const uint32_t set = set_of(table, probe->hash);
    uint32_t ways = ways_with(&table->tags[set], tag_of(probe->hash));

    if (ways == 0 && ways_with(&table->tags[set], TAG_FREE) == 0)
        prefetch_oldest(table, set, probe->hash);
    for (probe->ways = ways; ways != 0; ways &= ways - 1)
        __builtin_prefetch(&table->entries[set * WAYS + (uint32_t)__builtin_ctz(ways)], 1);
}

static struct nic_count_entry *find_among(struct nic_count_table *table, const struct probe *probe,
                                          uint32_t ways)
{
    for (; ways != 0; ways &= ways - 1) {
        struct nic_count_entry *entry =
            &table->entries[set_of(table, probe->hash) * WAYS + (uint32_t)__builtin_ctz(ways)];
        if (same_key(&entry->key, probe->key))
            return entry;
    }
    return NULL;
}

static struct nic_count_entry *find_heavy(struct nic_count_table *table, const struct nic_key *key)
{
    for (uint32_t i = 0; i < table->heavy_used; i++)
        if (same_key(&table->entries[table->heavy_at + i].key, key))
            return &table->entries[table->heavy_at + i];
    return NULL;
}

/* The longest unused and drained of @p enough or more places from @p start on, round @p count. */
static struct nic_count_entry *oldest(struct nic_count_table *table, struct nic_count_entry *places,
                                      uint32_t count, uint32_t start, uint32_t enough)
{
    const uint64_t drained = atomic_load_explicit(&table->drained_epoch, memory_order_acquire);
    struct nic_count_entry *best = NULL;

    for (uint32_t i = 0; i < count && (i < enough || best == NULL); i++) {
        struct nic_count_entry *place = &places[(start + i) % count];

        if (place->last_epoch <= drained && (best == NULL || place->last_epoch < best->last_epoch))
            best = place;
    }
    return best;
}

static struct nic_count_entry *give_place(struct nic_count_entry *place, const struct nic_key *key)
{
    if (place == NULL)
        return NULL;
    place->key = *key;
    place->named = false;
    place->last_epoch = 0;
    return place;
}

/* A set once full stays so: only then may the key have a heavy one's place. */
static struct nic_count_entry *make(struct nic_count_table *table, const struct probe *probe)
{
    const uint32_t set = set_of(table, probe->hash);
    const uint32_t free_ways = ways_with(&table->tags[set], TAG_FREE);
    struct nic_count_entry *first = &table->entries[set * WAYS];
    struct nic_count_entry *place;

    if (free_ways != 0) {
        place = first + __builtin_ctz(free_ways);
    } else {
        place = find_heavy(table, probe->key);
        if (place != NULL)
            return place;
        place = oldest(table, first, WAYS, oldest_at(probe->hash), WAYS_OLD_ENOUGH);
    }
    if (place != NULL)
        table->tags[set].of[place - first] = tag_of(probe->hash);
    return give_place(place, probe->key);
}

static struct nic_count_entry *find(struct nic_count_table *table, const struct probe *probe)
{
    struct nic_count_entry *entry = find_among(table, probe, probe->ways);

    /* The burst may have made it meanwhile. */
    if (entry == NULL)
        entry = find_among(
            table, probe, ways_with(&table->tags[set_of(table, probe->hash)], tag_of(probe->hash)));
    return entry != NULL ? entry : make(table, probe);
}

static struct nic_count_entry *heavy_place(struct nic_count_table *table)
{
    struct nic_count_entry *places = table->entries + table->heavy_at;

    if (table->heavy_used < NIC_COUNT_HEAVY)
        return &places[table->heavy_used++];
    return oldest(table, places, NIC_COUNT_HEAVY, 0, NIC_COUNT_HEAVY);
}

static struct nic_count_entry *overflow(struct nic_count_table *table, const struct probe *probe,
                                        uint64_t epoch)
{
    struct side *side = &table->sides[epoch & 1];
    const uint32_t so_far = nic_sketch_estimate(side->overflow, probe->hash);
    struct nic_count_entry *place = NULL;

    if (so_far >= HEAVY_COUNT_MIN && so_far > nic_sketch_error_max(side->overflow))
        place = heavy_place(table);
    if (place == NULL) {
        nic_sketch_add(side->overflow, probe->hash);
        return NULL;
    }
    side->promoted++;
    return give_place(place, probe->key);
}

uint32_t nic_count_overflow_estimate(const struct nic_count_table *table, const struct nic_key *key,
                                     uint64_t epoch)
{
    return nic_sketch_estimate(table->sides[epoch & 1].overflow, hash_of(table, key));
}

static void count_in(struct nic_count_table *table, struct nic_count_entry *entry,
                     enum nic_request_kind kind, uint64_t epoch)
{
    struct side *side = &table->sides[epoch & 1];
    uint32_t *counts = entry->counts[epoch & 1];

    if ((counts[0] | counts[1] | counts[2]) == 0)
        side->dirty[side->dirty_count++] = (uint32_t)(entry - table->entries);
    counts[kind]++;
    entry->last_epoch = epoch;
}

/* An entry is counted in before the next key looks for a place. */
static struct nic_count_entry *count_key(struct nic_count_table *table, const struct probe *probe,
                                         enum nic_request_kind kind, uint64_t epoch)
{
    struct nic_count_entry *entry = find(table, probe);

    if (entry == NULL)
        entry = overflow(table, probe, epoch);
    if (entry != NULL)
        count_in(table, entry, kind, epoch);
    return entry;
}

void nic_count_add(struct nic_count_table *table, const struct nic_key *keys,
                   const enum nic_request_kind *kinds, uint32_t count, uint64_t epoch,
                   struct nic_count_entry **ret_entries)
{
    struct probe probes[NIC_COUNT_BURST];

    assert(count <= NIC_COUNT_BURST);
    for (uint32_t i = 0; i < count; i++)
        probes[i] = begin(table, &keys[i]);
    for (uint32_t i = 0; i < count; i++)
        approach(table, &probes[i]);
    for (uint32_t i = 0; i < count; i++)
        ret_entries[i] = count_key(table, &probes[i], kinds[i], epoch);
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
