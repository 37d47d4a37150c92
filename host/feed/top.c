/* SPDX-License-Identifier: BSD-3-Clause */
/* host/feed/top.c - see top.h. */
#include "host/feed/top.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/assert.h"
#include "host/base/mem.h"

#define WAYS 8u /* places that a key may take */

int ps_top_init(struct ps_top *top, uint32_t capacity)
{
    ps_assert(capacity >= WAYS && (capacity & (capacity - 1)) == 0);
    top->capacity = capacity;
    top->entries = ps_zalloc(capacity, sizeof(*top->entries));
    return top->entries != NULL ? 0 : -ENOMEM;
}

void ps_top_fini(struct ps_top *top)
{
    free(top->entries);
    top->entries = NULL;
}

void ps_top_clear(struct ps_top *top)
{
    memset(top->entries, 0, top->capacity * sizeof(*top->entries));
}

/* Whether part number @p at, of the ring of them, is still within the minute that ends now. */
static bool is_recent(const struct ps_top_entry *entry, uint32_t at, uint64_t now_part)
{
    const uint64_t back = (entry->part - at) % PS_TOP_PARTS; /* parts before its last one */

    return entry->part >= back && now_part - (entry->part - back) < PS_TOP_PARTS;
}

static uint64_t sum_of(const struct ps_top_entry *entry, uint64_t now_part)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < PS_TOP_PARTS; i++)
        if (is_recent(entry, i, now_part))
            sum += entry->counts[i];
    return sum;
}

static void forget_old(struct ps_top_entry *entry, uint64_t now_part)
{
    for (uint32_t i = 0; i < PS_TOP_PARTS; i++)
        if (!is_recent(entry, i, now_part))
            entry->counts[i] = 0;
    entry->part = now_part;
}

static struct ps_top_entry *place_of(struct ps_top *top, uint64_t key, uint64_t now_part)
{
    struct ps_top_entry *set = &top->entries[key & (top->capacity - 1) & ~(uint64_t)(WAYS - 1)];
    struct ps_top_entry *least = set;
    uint64_t least_sum = UINT64_MAX;

    for (uint32_t i = 0; i < WAYS; i++) {
        const uint64_t sum = sum_of(&set[i], now_part);

        if (set[i].key == key && sum > 0)
            return &set[i];
        if (sum < least_sum) {
            least = &set[i];
            least_sum = sum;
        }
    }
    *least = (struct ps_top_entry){ .key = key, .part = now_part };
    return least;
}

struct ps_top_entry *ps_top_add(struct ps_top *top, uint64_t key, uint64_t count, uint64_t now_ns)
{
    const uint64_t now_part = now_ns / PS_TOP_PART_NS;
    struct ps_top_entry *entry = place_of(top, key, now_part);
    uint32_t *mine = &entry->counts[now_part % PS_TOP_PARTS];

    ps_assert(count > 0);
    forget_old(entry, now_part);
    *mine = count > UINT32_MAX - *mine ? UINT32_MAX : *mine + (uint32_t)count;
    return entry;
}

static bool is_better(const struct ps_top_item *a, const struct ps_top_item *b)
{
    return a->count > b->count || (a->count == b->count && a->entry->key < b->entry->key);
}

uint32_t ps_top_best(const struct ps_top *top, uint64_t now_ns, struct ps_top_item *ret_items,
                     uint32_t max)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < top->capacity; i++) {
        struct ps_top_item item = { .entry = &top->entries[i] };
        uint32_t at = count;

        item.count = sum_of(item.entry, now_ns / PS_TOP_PART_NS);
        if (item.count == 0 || (count == max && !is_better(&item, &ret_items[max - 1])))
            continue;
        if (count < max)
            count++;
        else
            at--;
        for (; at > 0 && is_better(&item, &ret_items[at - 1]); at--)
            ret_items[at] = ret_items[at - 1];
        ret_items[at] = item;
    }
    return count;
}
