/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/tier/zone_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/assert.h"
#include "host/base/mem.h"
#include "host/tier/store_priv.h"

int ps_tier_zones_init(struct ps_tier_zones *zones, uint32_t count, uint32_t blocks,
                       struct ps_tier_link *live_links, struct ps_tier_link *io_links)
{
    ps_assert(count >= PS_TIER_ZONES_MIN && count <= PS_TIER_ZONES_MAX);
    zones->zones = ps_zalloc(count, sizeof(*zones->zones));
    zones->links = ps_zalloc(count, sizeof(*zones->links));
    if (zones->zones == NULL || zones->links == NULL)
        return -ENOMEM;
    zones->count = count;
    zones->blocks = blocks;
    /* The index of a zone is written from one buffer, with its footer. */
    zones->records_max =
        (PS_TIER_IO_BYTES - PS_TIER_BLOCK_BYTES) / (uint32_t)sizeof(struct ps_tier_entry);
    ps_tier_list_init(&zones->free, zones->links);
    ps_tier_list_init(&zones->victim, zones->links);
    for (unsigned q = 0; q < PS_TIER_QUEUES_MAX; q++)
        ps_tier_list_init(&zones->queue[q], zones->links);
    for (uint32_t z = 0; z < count; z++) {
        ps_tier_list_init(&zones->zones[z].live, live_links);
        ps_tier_list_init(&zones->zones[z].staged, io_links);
        ps_tier_list_push(&zones->free, z);
    }
    return 0;
}

void ps_tier_zones_fini(struct ps_tier_zones *zones)
{
    free(zones->links);
    free(zones->zones);
    memset(zones, 0, sizeof(*zones));
}

static bool fits(const struct ps_tier_zones *zones, uint32_t head, uint32_t records,
                 uint32_t blocks)
{
    const uint32_t footer_blocks = 1;

    return records < zones->records_max &&
           head + blocks + ps_tier_entry_blocks(records + 1) + footer_blocks <= zones->blocks;
}

bool ps_tier_zone_fits(const struct ps_tier_zones *zones, uint32_t zone, uint32_t blocks)
{
    return fits(zones, zones->zones[zone].head, zones->zones[zone].records, blocks);
}

bool ps_tier_zone_could_fit(const struct ps_tier_zones *zones, uint32_t blocks)
{
    return fits(zones, 1, 0, blocks);
}

uint32_t ps_tier_zone_open(struct ps_tier_zones *zones, uint8_t queue, uint64_t generation)
{
    const uint32_t z = ps_tier_list_pop(&zones->free);

    if (z == PS_TIER_NONE)
        return PS_TIER_NONE;
    struct ps_tier_zone *zone = &zones->zones[z];
    ps_assert(zone->live.count == 0 && zone->staged.count == 0);
    ps_assert(zone->busy == 0 && zone->pending == 0);
    zone->generation = generation;
    zone->queue = queue;
    zone->state = PS_TIER_ZONE_OPEN;
    zone->head = 1; /* after the header */
    zone->filled = 0;
    zone->records = 0;
    zone->failed = false;
    zones->open[queue]++;
    return z;
}

void ps_tier_zone_close(struct ps_tier_zones *zones, uint32_t zone)
{
    ps_assert(zones->zones[zone].state == PS_TIER_ZONE_OPEN);
    zones->zones[zone].state = PS_TIER_ZONE_FULL;
    zones->open[zones->zones[zone].queue]--;
    ps_tier_list_push(&zones->queue[zones->zones[zone].queue], zone);
}

void ps_tier_zone_condemn(struct ps_tier_zones *zones, uint32_t zone)
{
    ps_assert(zones->zones[zone].state == PS_TIER_ZONE_SEALED);
    ps_tier_list_remove(&zones->queue[zones->zones[zone].queue], zone);
    ps_tier_list_push(&zones->victim, zone);
    zones->zones[zone].state = PS_TIER_ZONE_VICTIM;
    zones->victims++;
}

void ps_tier_zone_clear(struct ps_tier_zones *zones, uint32_t zone)
{
    ps_assert(zones->zones[zone].state == PS_TIER_ZONE_VICTIM);
    ps_assert(zones->zones[zone].live.count == 0);
    ps_tier_list_remove(&zones->victim, zone);
    zones->zones[zone].state = PS_TIER_ZONE_CLEARING;
}

void ps_tier_zone_cleared(struct ps_tier_zones *zones, uint32_t zone, bool ok)
{
    ps_assert(zones->zones[zone].state == PS_TIER_ZONE_CLEARING);
    zones->zones[zone].state = ok ? PS_TIER_ZONE_FREE : PS_TIER_ZONE_BAD;
    zones->victims--;
    if (ok)
        ps_tier_list_push(&zones->free, zone);
}

uint32_t ps_tier_zone_oldest(const struct ps_tier_zones *zones, uint8_t queue)
{
    uint32_t z = zones->queue[queue].head;

    while (z != PS_TIER_NONE && zones->zones[z].state != PS_TIER_ZONE_SEALED)
        z = zones->links[z].next;
    return z;
}

void ps_tier_zone_adopt(struct ps_tier_zones *zones, uint32_t zone, uint8_t queue,
                        uint64_t generation)
{
    ps_assert(zones->zones[zone].state == PS_TIER_ZONE_FREE);
    ps_tier_list_remove(&zones->free, zone);
    ps_tier_list_push(&zones->queue[queue], zone);
    zones->zones[zone].state = PS_TIER_ZONE_SEALED;
    zones->zones[zone].queue = queue;
    zones->zones[zone].generation = generation;
}
