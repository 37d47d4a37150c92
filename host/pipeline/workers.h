/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/pipeline/workers.h - threads for what blocks: opening sources, decoding, passing through.
 *
 * Why: the loop thread must never wait for an origin or a decoder. A task is handed in, runs on a
 * worker, and comes back through ps_workers_fd(). Half of the workers (rounded up) serve viewers
 * only; the others serve speculation at the lowest priority, so that neither a place in line nor
 * the host's CPU is ever taken from a viewer. One title occupies at most half of each, so that a
 * stalled origin does not stop the others. Sources stay open between tasks, within limits, so that
 * a title's first segment after its probe needs no opening and the next one no seek.
 *
 * Threads: one owner thread calls everything here; tasks run on the workers.
 */
#ifndef PS_HOST_PIPELINE_WORKERS_H
#define PS_HOST_PIPELINE_WORKERS_H

#include <stdbool.h>
#include <stdint.h>

#include "host/media/segment.h"
#include "host/media/source.h"
#include "host/plan/job.h"
#include "host/plan/resource.h"
#include "kernels/abi/kernels.h"

#define PS_WORKERS_MAX 64u
/* Kept open between tasks: as many as both allow. */
#define PS_WORKERS_SOURCES_MAX       128u
#define PS_WORKERS_SOURCES_BYTES_MAX (256ull << 20)

struct ps_workers;

enum ps_task_kind { PS_TASK_PROBE, PS_TASK_FRAMES, PS_TASK_PASSTHROUGH };

/*
 * One thing to do with a source. The owner allocates it, fills the upper part, hands it in and must
 * not touch it until it comes back from ps_workers_done().
 */
struct ps_task {
    enum ps_task_kind kind;
    enum ps_queue queue;
    uint64_t media_key;
    uint64_t media_version; /* FRAMES, PASSTHROUGH: another one at the origin is -ESTALE */
    const char *url;        /* outlives the task */
    void *user;             /* the owner's */

    uint64_t first_frame; /* FRAMES: what to decode, and where to */
    uint32_t frame_count;
    uint8_t *frames;
    bool sum_wanted;                  /* FRAMES: fill in frames_sum */
    const struct ps_profile *profile; /* PASSTHROUGH */
    int32_t index;

    int status;                      /* 0 or a negative errno */
    struct psk_frame_sum frames_sum; /* FRAMES, when wanted: of what was decoded */
    struct ps_source_info info;      /* PROBE */
    uint64_t *keyframe_ns;           /* PROBE: free() it */
    uint32_t keyframe_count;
    struct ps_segment_bytes bytes; /* PASSTHROUGH: free() its data */

    struct ps_task *next;
};

struct ps_workers_config {
    uint32_t count;             /* 1..PS_WORKERS_MAX; a single one takes everything */
    uint32_t origin_timeout_ms; /* without a byte from the origin */
};

struct ps_workers_status {
    uint64_t done, failed;
    uint64_t opens; /* sources opened */
    uint64_t queued[PS_QUEUE_COUNT];
    uint64_t decoded_frames;
};

/** @return 0, -EINVAL, -ENOMEM or -EAGAIN (no more threads). */
int ps_workers_create(struct ps_workers **ret_workers, const struct ps_workers_config *cfg);
/** Cancels what runs, joins; tasks not returned yet are given to @p drop. NULL is allowed. */
void ps_workers_destroy(struct ps_workers *workers, void (*drop)(struct ps_task *task));

void ps_workers_submit(struct ps_workers *workers, struct ps_task *task);
/** Move a task that has not begun to the real-time queue; nothing happens when it has. */
void ps_workers_promote(struct ps_workers *workers, struct ps_task *task);

/** The same for a probe that waits, found by its media. */
void ps_workers_promote_probe(struct ps_workers *workers, uint64_t media_key);

/** eventfd: readable when ps_workers_done() has something. */
int ps_workers_fd(const struct ps_workers *workers);
/** Take all finished tasks, oldest first; a list by next. NULL when there is none. */
struct ps_task *ps_workers_done(struct ps_workers *workers);

void ps_workers_status(struct ps_workers *workers, struct ps_workers_status *ret_status);

#endif
