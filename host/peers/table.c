/* SPDX-License-Identifier: BSD-3-Clause */
/* host/peers/table.c - profiles by key, and from the one seen last to the one not seen for longest.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/assert.h"
#include "host/base/mem.h"
#include "host/peers/peers_priv.h"

int ps_peers_table_init(struct ps_peers_table *table, uint32_t capacity)
{
    *table = (struct ps_peers_table){
        .capacity = capacity, .bucket_count = 1, .newest = PS_PEERS_NONE, .oldest = PS_PEERS_NONE
    };
    while (table->bucket_count < capacity)
        table->bucket_count *= 2;
    table->entries = ps_zalloc(capacity, sizeof(*table->entries));
    table->buckets = ps_zalloc(table->bucket_count, sizeof(*table->buckets));
    if (table->entries == NULL || table->buckets == NULL)
        return -ENOMEM;
    memset(table->buckets, 0xff, table->bucket_count * sizeof(*table->buckets));
    table->free = PS_PEERS_NONE;
    return 0;
}

void ps_peers_table_fini(struct ps_peers_table *table)
{
    free(table->entries);
    free(table->buckets);
    *table = (struct ps_peers_table){ 0 };
}

static uint32_t idx_of(const struct ps_peers_table *table, const struct ps_peers_entry *entry)
{
    return (uint32_t)(entry - table->entries);
}

/* Keys are hashes under a secret: their bits are as good as any. */
static uint32_t *bucket_of(const struct ps_peers_table *table, uint64_t key)
{
    return &table->buckets[key & (table->bucket_count - 1)];
}

struct ps_peers_entry *ps_peers_table_find(const struct ps_peers_table *table, uint64_t key)
{
    uint32_t at = *bucket_of(table, key);

    while (at != PS_PEERS_NONE && table->entries[at].key != key)
        at = table->entries[at].next;
    return at == PS_PEERS_NONE ? NULL : &table->entries[at];
}

static void unlink_entry(struct ps_peers_table *table, const struct ps_peers_entry *entry)
{
    if (entry->newer == PS_PEERS_NONE)
        table->newest = entry->older;
    else
        table->entries[entry->newer].older = entry->older;
    if (entry->older == PS_PEERS_NONE)
        table->oldest = entry->newer;
    else
        table->entries[entry->older].newer = entry->newer;
}

static void link_newest(struct ps_peers_table *table, struct ps_peers_entry *entry)
{
    const uint32_t idx = idx_of(table, entry);

    entry->newer = PS_PEERS_NONE;
    entry->older = table->newest;
    if (table->newest == PS_PEERS_NONE)
        table->oldest = idx;
    else
        table->entries[table->newest].newer = idx;
    table->newest = idx;
}

/* Places never used come after those given back, so memory is touched as it is needed. */
struct ps_peers_entry *ps_peers_table_add(struct ps_peers_table *table, uint64_t key)
{
    uint32_t *bucket = bucket_of(table, key);

    ps_assert(table->count < table->capacity);
    const uint32_t idx = table->free != PS_PEERS_NONE ? table->free : table->count;
    struct ps_peers_entry *entry = &table->entries[idx];
    if (table->free != PS_PEERS_NONE)
        table->free = entry->older;
    table->count++;
    *entry = (struct ps_peers_entry){ .key = key, .next = *bucket };
    *bucket = idx;
    link_newest(table, entry);
    return entry;
}

void ps_peers_table_touch(struct ps_peers_table *table, struct ps_peers_entry *entry)
{
    unlink_entry(table, entry);
    link_newest(table, entry);
}

void ps_peers_table_drop(struct ps_peers_table *table, struct ps_peers_entry *entry)
{
    const uint32_t idx = idx_of(table, entry);
    uint32_t *link = bucket_of(table, entry->key);

    while (*link != idx)
        link = &table->entries[*link].next;
    *link = entry->next;
    unlink_entry(table, entry);
    *entry = (struct ps_peers_entry){ .older = table->free };
    table->free = idx;
    table->count--;
}

struct ps_peers_entry *ps_peers_table_oldest(const struct ps_peers_table *table)
{
    return table->oldest == PS_PEERS_NONE ? NULL : &table->entries[table->oldest];
}
