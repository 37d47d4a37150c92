/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/tier/tier.h - the buffer tier: DRAM extents over an NVMe log of zones, and what is where.
 *
 * A segment is *accepted* when it is in DRAM (it may be served), *written* when the device
 * completed the write, *durable* once a flush covers it. Records are checksummed; nothing with a
 * wrong checksum is ever handed out. Zones are the unit of eviction; live records of a victim zone
 * that are worth it are written again. Without a path, or when the device fails, it is DRAM only.
 *
 * Files are made by writing zeros through them once, which takes as long as the disk takes; a block
 * device starts at once. A file or device that is neither blank nor a tier is refused.
 *
 * What a crash leaves: everything said to be durable. A segment that was evicted, and whose zone
 * was not yet used again, may be found once more at the next start.
 *
 * Threads: one owner thread. Completions come through ps_tier_fd() and ps_tier_poll().
 */
#ifndef PS_HOST_TIER_TIER_H
#define PS_HOST_TIER_TIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/plan/resource.h"

#define PS_TIER_SEGMENT_BYTES_MAX (64u << 20)

struct ps_tier;

/* Which rule decides what stays. Same bytes, same mechanism; only the rule differs. */
enum ps_tier_policy {
    PS_TIER_CONFIDENCE, /* space by confidence class, the value of what is in it (prestage) */
    PS_TIER_S3FIFO,     /* S3-FIFO (Yang et al., SOSP'23) over zones: the reactive baseline */
};

/* Confidence classes; each has a share of the zones, moved by ps_tier_set_quota(). */
enum ps_tier_class {
    PS_TIER_DEMANDED, /* made because somebody asked */
    PS_TIER_LIKELY,   /* speculative, confidence at or above the upper bound */
    PS_TIER_MAYBE,    /* speculative, below it */
    PS_TIER_CLASS_COUNT,
};

struct ps_tier_config {
    uint64_t dram_bytes;
    const char *path;    /* file or block device; NULL: DRAM only */
    uint64_t nvme_bytes; /* size of the file to make; a block device gives its own */
    uint64_t zone_bytes; /* power of two, 256 KiB to 256 MiB; the device holds at least 8 */
    uint64_t index_max;  /* segments known at once, at most 16 Mi */
    enum ps_tier_policy policy;
    bool no_uring; /* use pread/pwrite (containers whose seccomp refuses io_uring) */
    /* Called when a read asked for by ps_tier_get() has ended: 0 (ask again), -ENOSPC (no DRAM to
     * read it to: ask later), -EBADMSG, -EIO or -ENOENT (it is gone). May call the tier. */
    void (*on_loaded)(void *arg, const struct ps_segment_key *key, int status);
    /* Called when a segment leaves the tier for good (evicted or found damaged; not when it is
     * replaced), from within any call that makes room. Must not call the tier. May be NULL. */
    void (*on_gone)(void *arg, const struct ps_segment_key *key, uint64_t prediction_id, bool used);
    void *arg;
};

struct ps_tier_meta {
    enum ps_tier_class class;
    double confidence;      /* at staging; 1 when demanded */
    uint64_t prediction_id; /* 0: made on request */
};

/* A pinned range of DRAM: serve it from data, or with sendfile from fd, then ps_tier_release(). */
struct ps_tier_ref {
    int fd; /* the memfd; not to be closed */
    uint64_t offset;
    uint32_t size_bytes;
    uint32_t crc32c;
    const void *data;
    uint64_t prediction_id;
    bool first_use; /* nobody was served this segment before */
    uint32_t slot;  /* internal */
};

enum ps_tier_where { PS_TIER_ABSENT, PS_TIER_ACCEPTED, PS_TIER_WRITTEN, PS_TIER_DURABLE };

struct ps_tier_status {
    uint64_t dram_bytes, dram_used_bytes;
    uint64_t nvme_bytes, nvme_used_bytes;
    uint64_t segments[PS_TIER_DURABLE + 1];    /* by ps_tier_where */
    uint64_t class_bytes[PS_TIER_CLASS_COUNT]; /* live */
    uint64_t class_quota_bytes[PS_TIER_CLASS_COUNT];
    uint64_t unused_bytes; /* staged by prediction, never served yet */
    uint64_t hits_dram, hits_nvme, misses;
    uint64_t puts, put_refused;
    uint64_t evicted_segments, evicted_unused_segments, reinserted_segments;
    uint64_t written_bytes; /* to the device, re-insertion included */
    uint64_t flushes, io_errors, crc_errors;
    uint64_t recovered_segments; /* found at start */
    bool uring;                  /* io_uring in use, else pread/pwrite */
    bool dram_only;              /* no path, or the device failed */
};

/**
 * Open or format; rebuild the index. Blocks.
 *
 * @return 0, -EINVAL (a field out of range), -ENOMEM, -EBUSY (another process has the device),
 *         -EMEDIUMTYPE (it holds something else; left untouched) or what the device said.
 */
int ps_tier_create(struct ps_tier **ret_tier, const struct ps_tier_config *cfg, uint64_t now_ns);
/** Write and flush what is accepted, waiting for the device, then close. NULL is allowed. Refs must
 * be released before. */
void ps_tier_destroy(struct ps_tier *tier);

/**
 * Accept a segment: copied to DRAM, queued for the device; one that no zone holds stays in DRAM
 * only. Replaces an equal key.
 * @return 0, -ENOSPC (no DRAM can be freed now; counted), -E2BIG or -EINVAL.
 */
int ps_tier_put(struct ps_tier *tier, const struct ps_segment_key *key,
                const struct ps_tier_meta *meta, const void *data, size_t size_bytes,
                uint64_t now_ns);

/**
 * Get a segment to serve. Counts a hit or a miss.
 * @return 0 (ret_ref is pinned), -EINPROGRESS (being read; on_loaded will be called, then ask
 *         again) or -ENOENT.
 */
int ps_tier_get(struct ps_tier *tier, const struct ps_segment_key *key, uint64_t now_ns,
                struct ps_tier_ref *ret_ref);
/** As ps_tier_get(), for other nodes: counts no use, no hit and no miss. */
int ps_tier_lend(struct ps_tier *tier, const struct ps_segment_key *key,
                 struct ps_tier_ref *ret_ref);
/** Size and checksum of a segment, without touching it. @return 0 or -ENOENT. */
int ps_tier_describe(const struct ps_tier *tier, const struct ps_segment_key *key,
                     uint32_t *ret_size_bytes, uint32_t *ret_crc32c);
/** Unpin. Exactly once per successful get or lend. */
void ps_tier_release(struct ps_tier *tier, const struct ps_tier_ref *ref);

/** Where a segment is, without touching it. */
enum ps_tier_where ps_tier_where(const struct ps_tier *tier, const struct ps_segment_key *key);

/** Raise a speculative segment to the class of @p meta, as when a viewer asked for it. */
void ps_tier_reclass(struct ps_tier *tier, const struct ps_segment_key *key,
                     const struct ps_tier_meta *meta);

/** Set each class's share of the space; the shares add up to 1. Ignored by S3-FIFO. */
void ps_tier_set_quota(struct ps_tier *tier, const double share[PS_TIER_CLASS_COUNT]);

/** Readable when ps_tier_poll() has something to do. */
int ps_tier_fd(const struct ps_tier *tier);
/** Take completions. Never blocks. */
void ps_tier_poll(struct ps_tier *tier, uint64_t now_ns);
/** Once a turn: start writes, group flush, evict ahead of need. Never blocks. */
void ps_tier_settle(struct ps_tier *tier, uint64_t now_ns);

void ps_tier_status(const struct ps_tier *tier, struct ps_tier_status *ret_status);

#endif
