/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/tier/tier_priv.h - the tier from inside: its parts, and what its files do for each other.
 *
 *   put -> append.c (accepted -> written) -> flush.c (written -> durable)
 *   get -> load.c (device -> checked -> DRAM)
 *   room -> evict.c (DRAM's second chance, zones emptied, segments forgotten)
 *   start -> device.c, recover.c
 *
 * Completions only change state; ps_tier_pump() then starts whatever can be started, so nothing is
 * submitted in the middle of a change. Threads: the tier's owner.
 */
#ifndef PS_HOST_TIER_TIER_PRIV_H
#define PS_HOST_TIER_TIER_PRIV_H

#include "host/tier/device_priv.h"
#include "host/tier/dram_priv.h"
#include "host/tier/index_priv.h"
#include "host/tier/policy_priv.h"
#include "host/tier/store_priv.h"
#include "host/tier/tier.h"
#include "host/tier/zone_priv.h"

#define PS_TIER_DRAM_BYTES_MAX (1ull << 40)
#define PS_TIER_WRITE_BUFS     8u
#define PS_TIER_READ_BUFS      8u
#define PS_TIER_BUFS           (PS_TIER_WRITE_BUFS + PS_TIER_READ_BUFS)
#define PS_TIER_LOADS_MAX      8u         /* segments read at once; more wait in line */
#define PS_TIER_GROUP_BYTES    (8u << 20) /* one flush for this much, ... */
#define PS_TIER_GROUP_NS       5000000    /* ... or after this long, real time */
#define PS_TIER_FAILURES_MAX   3u         /* failed writes and flushes in a row: DRAM only */
#define PS_TIER_CLOSE_IDLE_MAX 200u  /* turns without anything under way before closing anyway */
#define PS_TIER_CLOSE_WAIT_MS  10000 /* longest silence of the device before closing anyway */

enum ps_tier_buf_use {
    PS_TIER_BUF_IDLE,
    PS_TIER_BUF_FILLING,
    PS_TIER_BUF_RECORDS, /* in flight: part of a zone's records */
    PS_TIER_BUF_INDEX,   /* in flight: a zone's index and footer */
    PS_TIER_BUF_CLEAR,   /* in flight: the header of an emptied zone */
    PS_TIER_BUF_READ,    /* in flight: part of a load */
};

struct ps_tier_buf {
    struct ps_tier_op op; /* first */
    unsigned char *data;
    enum ps_tier_buf_use use;
    uint32_t zone;
    uint32_t block;      /* in the zone, where data[0] belongs */
    uint32_t fill_bytes; /* when filling */
    uint32_t load_idx;   /* when reading */
    uint32_t from_bytes; /* when reading: position in the record */
};

/* What is written through one queue: its open zone, and who waits for a place there. */
struct ps_tier_lane {
    struct ps_tier_list waiting;
    uint32_t zone;           /* open, or PS_TIER_NONE */
    uint32_t slot;           /* segment being copied to buffers, or PS_TIER_NONE */
    uint32_t copied_bytes;   /* of its record */
    struct ps_tier_buf *buf; /* being filled, or NULL */
    union {
        struct ps_tier_record record;
        unsigned char bytes[PS_TIER_RECORD_HEADER_MAX];
    } header; /* of slot's record, with its crcs */
};

/* A segment being read. */
struct ps_tier_load {
    uint32_t slot; /* PS_TIER_NONE: free */
    uint32_t zone; /* stays busy, so not reused, even if the segment is forgotten meanwhile */
    uint32_t block;
    uint32_t page;
    uint32_t record_bytes;
    uint32_t asked_bytes;
    uint32_t reads; /* in flight */
    int status;
    union {
        struct ps_tier_record record;
        unsigned char bytes[PS_TIER_RECORD_HEADER_MAX];
    } header;
};

struct ps_tier {
    struct ps_tier_config cfg;
    double share[PS_TIER_CLASS_COUNT];
    struct ps_tier_index index;
    struct ps_tier_dram dram;
    struct ps_tier_list dram_fifo;
    struct ps_tier_zones zones; /* count 0: no device */
    struct ps_tier_ghost ghost;
    struct ps_tier_device device;
    struct ps_tier_store *store;
    unsigned char *buf_pages;
    struct ps_tier_buf bufs[PS_TIER_BUFS];
    struct ps_tier_op flush_op;
    struct ps_tier_lane lanes[PS_TIER_QUEUES_MAX];
    struct ps_tier_load loads[PS_TIER_LOADS_MAX];
    struct ps_tier_list load_waiting;
    struct ps_tier_list written;  /* the next flush will cover these */
    struct ps_tier_list flushing; /* the flush in flight covers these */
    uint64_t written_unflushed_bytes;
    uint64_t generation; /* next, epoch in the upper half */
    uint64_t seq;        /* next, likewise */
    uint32_t in_flight;
    uint32_t writes_in_flight;
    uint32_t failures; /* since the last flush that succeeded */
    bool flush_in_flight;
    bool flush_wanted; /* do not wait for a whole group */
    bool timer_armed;
    bool writable; /* false: DRAM only, though what is stored may still be read */
    bool closing;
    int epoll_fd;
    int timer_fd;
    struct ps_tier_status count; /* the counters of it */
};

/** As ps_tier_create(), over the store @p make makes: the seam for tests. */
typedef int ps_tier_store_make(struct ps_tier_store **ret_store,
                               const struct ps_tier_store_config *cfg, void *arg);
int ps_tier_create_over(struct ps_tier **ret_tier, const struct ps_tier_config *cfg,
                        ps_tier_store_make *make, void *make_arg);

/* tier.c */
void ps_tier_pump(struct ps_tier *tier);
void ps_tier_submit(struct ps_tier *tier, struct ps_tier_op *op, enum ps_tier_op_kind kind);
struct ps_tier_buf *ps_tier_buf_take(struct ps_tier *tier, bool for_reading);
static inline struct ps_tier_segment *ps_tier_segment_at(const struct ps_tier *tier, uint32_t slot)
{
    return &tier->index.segments[slot];
}
static inline bool ps_tier_op_ok(const struct ps_tier_op *op)
{
    return op->result == (op->kind == PS_TIER_OP_FLUSH ? 0 : (int64_t)op->size_bytes);
}

/* append.c */
/** Queue a segment that is in DRAM to be written through @p queue. */
void ps_tier_append(struct ps_tier *tier, uint32_t slot, uint8_t queue);
/** Copy waiting segments to buffers and submit the full ones; partly filled ones if @p all. */
void ps_tier_append_pump(struct ps_tier *tier, bool all);
void ps_tier_append_done(struct ps_tier *tier, struct ps_tier_buf *buf);
/** Close the lane's open zone, writing what was copied for it. */
void ps_tier_lane_close(struct ps_tier *tier, struct ps_tier_lane *lane);
/** Write indexes of full zones and clear emptied ones. */
void ps_tier_seal_pump(struct ps_tier *tier);
void ps_tier_seal_done(struct ps_tier *tier, struct ps_tier_buf *buf);
/** Is anything accepted and not yet durable, or a zone unfinished? */
bool ps_tier_append_busy(const struct ps_tier *tier);

/* flush.c */
void ps_tier_flush_pump(struct ps_tier *tier);
void ps_tier_flush_done(struct ps_tier *tier);
/** One more failure of the device; the last straw stops writing. */
void ps_tier_count_failure(struct ps_tier *tier);
/** A write into @p zone failed: what is not wholly written there is written elsewhere. */
void ps_tier_zone_failed(struct ps_tier *tier, uint32_t zone);

/* load.c */
void ps_tier_load_ask(struct ps_tier *tier, uint32_t slot);
void ps_tier_load_pump(struct ps_tier *tier);
void ps_tier_load_done(struct ps_tier *tier, struct ps_tier_buf *buf);

/* evict.c */
/** A run of DRAM, made free by second chance if need be; PS_TIER_NONE when nothing may go. */
uint32_t ps_tier_room_take(struct ps_tier *tier, uint32_t size_bytes);
/** DRAM only: free a slot of a full index, if something may go. */
void ps_tier_room_slot(struct ps_tier *tier);
/** Let DRAM's second-chance queue have a segment that may leave DRAM. */
void ps_tier_room_offer(struct ps_tier *tier, uint32_t slot);
/** Nobody finds the segment any more; its slot goes when nothing needs it. */
void ps_tier_forget(struct ps_tier *tier, uint32_t slot);
/** Free a hidden segment's DRAM and slot unless something still needs them. */
void ps_tier_let_go(struct ps_tier *tier, uint32_t slot);
/** Forget, count and tell on_gone. */
void ps_tier_evict(struct ps_tier *tier, uint32_t slot);
/** Tell on_gone and forget, without counting an eviction: found damaged. */
void ps_tier_lose(struct ps_tier *tier, uint32_t slot);
/** Empty zones until enough are free or on their way to be. */
void ps_tier_evict_ahead(struct ps_tier *tier);

/* recover.c */
/** Rebuild index and zones from the device. Blocks. @return 0, -ENOMEM or what the device said. */
int ps_tier_recover(struct ps_tier *tier, unsigned char *scratch);

#endif
