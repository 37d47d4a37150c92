/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/tier/zone_priv.h - the device as zones: which are free, open, sealed, and in which queue.
 *
 * A zone is opened, appended to, closed when full, sealed by its index once all of it is durable,
 * and one day emptied and cleared. Each queue is a FIFO of closed zones: confidence classes for
 * prestage's policy, small and main for S3-FIFO. Bookkeeping only; no I/O.
 *
 * Threads: the tier's owner.
 */
#ifndef PS_HOST_TIER_ZONE_PRIV_H
#define PS_HOST_TIER_ZONE_PRIV_H

#include <stdbool.h>
#include <stdint.h>

#include "host/tier/list_priv.h"
#include "host/tier/record_priv.h"

#define PS_TIER_ZONE_BYTES_MIN (256u << 10)
#define PS_TIER_ZONE_BYTES_MAX (256u << 20)
#define PS_TIER_ZONES_MIN      8u
#define PS_TIER_ZONES_MAX      (1u << 20)
#define PS_TIER_QUEUES_MAX     3u

enum ps_tier_zone_state {
    PS_TIER_ZONE_FREE,
    PS_TIER_ZONE_OPEN,     /* a lane appends to it */
    PS_TIER_ZONE_FULL,     /* closed; some of it is not durable yet */
    PS_TIER_ZONE_SEALED,   /* closed and durable: may become a victim */
    PS_TIER_ZONE_VICTIM,   /* being emptied */
    PS_TIER_ZONE_CLEARING, /* empty; its header is being overwritten */
    PS_TIER_ZONE_BAD,      /* could not be cleared; not used again in this life */
};

struct ps_tier_zone {
    uint64_t generation;
    struct ps_tier_list live;   /* segments whose durable record is here */
    struct ps_tier_list staged; /* segments not wholly written yet, in block order */
    uint32_t head;              /* next free block */
    uint32_t filled;            /* blocks handed to buffers; behind head inside a long record */
    uint32_t records;           /* appended */
    uint32_t pending;           /* of these, how many no flush covers yet */
    uint32_t busy;              /* reads and writes in flight */
    uint8_t state;              /* enum ps_tier_zone_state */
    uint8_t queue;
    bool failed; /* a write failed: it ends without an index */
};

struct ps_tier_zones {
    struct ps_tier_zone *zones;
    struct ps_tier_link *links; /* a zone is free, in a queue, or to do: one list at a time */
    uint32_t count;
    uint32_t blocks; /* of one zone */
    uint32_t records_max;
    uint32_t victims; /* VICTIM and CLEARING */
    struct ps_tier_list free;
    struct ps_tier_list queue[PS_TIER_QUEUES_MAX]; /* FULL and SEALED, oldest first */
    struct ps_tier_list victim;                    /* being emptied */
    uint32_t open[PS_TIER_QUEUES_MAX];             /* count of open zones of the queue */
};

/** @param zones Zeroed. All zones begin free. @return 0 or -ENOMEM; needs fini in any case. */
int ps_tier_zones_init(struct ps_tier_zones *zones, uint32_t count, uint32_t blocks,
                       struct ps_tier_link *live_links, struct ps_tier_link *io_links);
void ps_tier_zones_fini(struct ps_tier_zones *zones);

/** Is there room for a record of @p blocks and for the index that will then end the zone? */
bool ps_tier_zone_fits(const struct ps_tier_zones *zones, uint32_t zone, uint32_t blocks);
/** Does a record of @p blocks fit an empty zone? */
bool ps_tier_zone_could_fit(const struct ps_tier_zones *zones, uint32_t blocks);

/** Take the zone that has been free longest for @p queue; PS_TIER_NONE when none is. */
uint32_t ps_tier_zone_open(struct ps_tier_zones *zones, uint8_t queue, uint64_t generation);
/** Stop appending: the zone joins the tail of its queue. */
void ps_tier_zone_close(struct ps_tier_zones *zones, uint32_t zone);
/** Take a sealed zone out of its queue, to be emptied. */
void ps_tier_zone_condemn(struct ps_tier_zones *zones, uint32_t zone);
/** An emptied zone leaves the victims while its header is overwritten ... */
void ps_tier_zone_clear(struct ps_tier_zones *zones, uint32_t zone);
/** ... and is free after that, or out of use when that failed. */
void ps_tier_zone_cleared(struct ps_tier_zones *zones, uint32_t zone, bool ok);

/** The oldest sealed zone of a queue, or PS_TIER_NONE. */
uint32_t ps_tier_zone_oldest(const struct ps_tier_zones *zones, uint8_t queue);

/** Put a zone found at start in place: sealed in its queue. Call oldest first. */
void ps_tier_zone_adopt(struct ps_tier_zones *zones, uint32_t zone, uint8_t queue,
                        uint64_t generation);

/** First block of @p zone, from the start of the device. */
static inline uint64_t ps_tier_zone_start(const struct ps_tier_zones *zones, uint32_t zone)
{
    return PS_TIER_END_BYTES / PS_TIER_BLOCK_BYTES + (uint64_t)zone * zones->blocks;
}

#endif
