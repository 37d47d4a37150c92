/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/token/known.c - ids that are not to be taken (again) until a time.
 *
 * Ids are 64-bit hashes: should two tokens ever have the same, the second is refused, never let in.
 * What expired goes when room is wanted, all at once, and not again before the next expires.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/assert.h"
#include "host/base/mem.h"
#include "host/token/token_priv.h"

int ps_token_known_init(struct ps_token_known *known, uint32_t max)
{
    ps_assert(max > 0 && max <= UINT32_MAX / 4);
    *known = (struct ps_token_known){ .max = max, .slot_count = 2, .next_gone_ns = UINT64_MAX };
    while (known->slot_count < 2 * max)
        known->slot_count *= 2;
    known->slots = ps_zalloc(known->slot_count, sizeof(*known->slots));
    return known->slots == NULL ? -ENOMEM : 0;
}

void ps_token_known_fini(struct ps_token_known *known)
{
    free(known->slots);
}

/* Where it is, or the free slot where it belongs. Half of all slots at least are free. */
static struct ps_token_known_id *slot_of(const struct ps_token_known *known, uint64_t id)
{
    const uint32_t mask = known->slot_count - 1;
    uint32_t at = (uint32_t)(id >> 32) & mask;

    while (known->slots[at].id != 0 && known->slots[at].id != id)
        at = (at + 1) & mask;
    return &known->slots[at];
}

bool ps_token_known_has(const struct ps_token_known *known, uint64_t id, uint64_t wall_ns)
{
    const struct ps_token_known_id *slot = slot_of(known, id | 1);

    return slot->id != 0 && slot->until_ns > wall_ns;
}

static void place(struct ps_token_known *known, const struct ps_token_known_id *item)
{
    *slot_of(known, item->id) = *item;
    known->count++;
    if (item->until_ns < known->next_gone_ns)
        known->next_gone_ns = item->until_ns;
}

/* Taking one out of a run of slots would leave a gap that hides those behind it, so all that stay
 * are placed anew: in a table of the same size, in the order they stand, wrapped run first. */
static void drop_expired(struct ps_token_known *known, uint64_t wall_ns)
{
    const uint32_t mask = known->slot_count - 1;
    uint32_t start = 0;

    while (known->slots[start].id != 0) /* a free slot: no run goes across it */
        start++;
    known->count = 0;
    known->next_gone_ns = UINT64_MAX;
    for (uint32_t i = 1; i <= mask; i++) {
        struct ps_token_known_id *slot = &known->slots[(start + i) & mask];
        const struct ps_token_known_id item = *slot;

        *slot = (struct ps_token_known_id){ .id = 0 };
        if (item.id != 0 && item.until_ns > wall_ns)
            place(known, &item);
    }
}

int ps_token_known_add(struct ps_token_known *known, uint64_t id, uint64_t until_ns,
                       uint64_t wall_ns)
{
    const struct ps_token_known_id item = { .id = id | 1, .until_ns = until_ns };
    struct ps_token_known_id *slot = slot_of(known, item.id);

    if (slot->id != 0) {
        if (slot->until_ns < until_ns)
            slot->until_ns = until_ns;
        return 0;
    }
    if (known->count == known->max && known->next_gone_ns <= wall_ns)
        drop_expired(known, wall_ns);
    if (known->count == known->max)
        return -ENOSPC;
    place(known, &item);
    return 0;
}
