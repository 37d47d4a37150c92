/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/pipeline/pipeline.h - makes segments: decode -> scale -> [mark] -> encode -> segment ->
 * store.
 *
 * Why: one place that knows the order of the steps. The allocator decides which step of which
 * segment gets a CU next; decoding and passing through run on the workers; what is finished goes to
 * the tier and is told to the owner. A segment is made once, whoever asks for it how often.
 *
 * Viewers' segments beyond PS_MAKING_ACTIVE_MAX wait in line without buffers, earliest first.
 * Threads: the loop thread only; nothing blocks.
 */
#ifndef PS_HOST_PIPELINE_PIPELINE_H
#define PS_HOST_PIPELINE_PIPELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "host/accel/accel.h"
#include "host/alloc/alloc.h"
#include "host/media/catalogue.h"
#include "host/pipeline/workers.h"
#include "host/plan/job.h"
#include "host/plan/resource.h"
#include "host/tier/tier.h"

#define PS_MAKING_MAX        4096u /* segments under way or waiting in line */
#define PS_MAKING_ACTIVE_MAX 64u   /* real-time segments that hold buffers at once */
#define PS_PROBES_MAX        16u   /* speculative probes under way; viewers' are not bounded here */

struct ps_pipeline;

/* How the making of one segment ended. */
struct ps_made {
    struct ps_segment_key key;
    int status;             /* 0: it is in the tier; else a negative errno */
    enum ps_queue queue;    /* at the end */
    bool promoted;          /* begun by prediction, wanted before it was ready */
    uint64_t prediction_id; /* 0: made on request */
    uint64_t busy_ns;       /* CU time it took, real time */
    uint64_t took_ns;       /* from the request that began it to its end */
    uint64_t size_bytes;
};

struct ps_pipeline_config {
    struct ps_accel *accel; /* NULL: no card; transcode profiles answer -ENODEV */
    struct ps_alloc *alloc; /* NULL exactly when accel is */
    struct ps_tier *tier;
    struct ps_catalogue *catalogue;
    const struct ps_profile *profiles;
    uint32_t profile_count;
    uint32_t worker_count;
    uint32_t origin_timeout_ms;
    uint32_t batch_frames;    /* frames in one run; 1..PSK_BATCH_FRAMES_MAX */
    uint64_t decode_bytes;    /* decoded frames that speculation may hold */
    uint32_t speculative_max; /* speculative segments under way at once */
    bool no_output_check;     /* for tests and benches only: serve what the checks would catch */
    double time_scale;        /* how much faster than real time the clock of now_ns passes; > 0 */
    uint64_t mark_secret;     /* mixed with the media key into the watermark's key */
    void (*on_made)(void *arg, const struct ps_made *made, uint64_t now_ns);
    /* A probe ended; on success the catalogue's entry is READY. */
    void (*on_probed)(void *arg, struct ps_media *media, int status, uint64_t now_ns);
    void *arg;
};

struct ps_make_request {
    struct ps_segment_key key;
    enum ps_queue queue;
    uint64_t deadline_ns; /* real-time */
    double benefit;       /* speculative */
    struct ps_tier_meta meta;
};

/*
 * What is compared after every run, before its results are taken over. Each batch's frames are
 * summed by who wrote them and by who read them (kernels/abi/frame_sum.h).
 */
enum ps_check {
    PS_CHECK_SCALE_INPUT,  /* frames as decoded, and as the scaler read them */
    PS_CHECK_MARK_INPUT,   /* frames as scaled, and as the mark read them */
    PS_CHECK_ENCODE_INPUT, /* frames as scaled or marked, and as the encoder read them */
    PS_CHECK_BITS,         /* a coded frame's crc32c, and the kernel's own */
    PS_CHECK_FORM,         /* a coded frame is one (host/pipeline/coded_frame.h) */
    PS_CHECK_STATE,        /* what the encoder goes on from: its crc32c and its place */
    PS_CHECK_COUNT
};

/* One segment under way, for display. */
struct ps_making_info {
    struct ps_segment_key key;
    enum ps_queue queue;
    bool waiting; /* in line, without buffers */
    uint32_t frames_done, frame_count;
    double confidence;
    uint64_t begun_ns;
};

struct ps_pipeline_status {
    uint64_t active[PS_QUEUE_COUNT], waiting;
    uint64_t made[PS_QUEUE_COUNT], failed, promoted, cancelled;
    uint64_t buffers_taken; /* device buffers held now; 0 when nothing is under way */
    uint64_t restarts;      /* makings begun again because their data were lost or damaged */
    uint64_t verify_errors[PS_CHECK_COUNT]; /* runs whose results were refused, by what was wrong */
    struct ps_workers_status workers;
};

int ps_pipeline_create(struct ps_pipeline **ret_pipeline, const struct ps_pipeline_config *cfg);
/** Abandons what is under way; waits for running batches. NULL is allowed. */
void ps_pipeline_destroy(struct ps_pipeline *pipeline);

/**
 * Make a segment; on_made tells how it ended, possibly before this returns (init segments).
 * One that is under way already is promoted when the request is real-time.
 * @return 0, -EALREADY (under way), -EAGAIN (no room for speculation now), -EBUSY (too many wait),
 *         -ENOENT (unknown media or profile, or another version), -ENODATA (no such segment),
 *         -EPROTO (media not probed yet), -ENODEV (no CU of a kernel that is needed) or -ENOMEM.
 */
int ps_pipeline_make(struct ps_pipeline *pipeline, const struct ps_make_request *request,
                     uint64_t now_ns);
/**
 * No viewer waits for @p key any more. What was begun for a viewer and is less than half done ends
 * with -ECANCELED, unless it is asked for again first; what a prediction began goes on, and so does
 * passing through.
 */
void ps_pipeline_abandon(struct ps_pipeline *pipeline, const struct ps_segment_key *key);
bool ps_pipeline_is_making(const struct ps_pipeline *pipeline, const struct ps_segment_key *key);
/**
 * CU time that the jobs of one whole segment take, by what earlier runs took.
 * @param kernel  PSK_KERNEL_*: of one job of that kernel (a marked segment has two encoder jobs);
 *                0: of all jobs of the segment together.
 * @return 0 when nothing is known of a kernel yet, the media is not READY, or no CU is needed.
 */
uint64_t ps_pipeline_cost_ns(const struct ps_pipeline *pipeline, const struct ps_profile *profile,
                             const struct ps_media *media, uint32_t kernel);

/**
 * When the segment would be made if a viewer asked for it now, by the work that is before it on the
 * CUs. 0: nothing is known yet, or no CU has to do with it (an init segment, one passed through).
 * UINT64_MAX: no CU may take it now.
 */
uint64_t ps_pipeline_forecast_ns(const struct ps_pipeline *pipeline,
                                 const struct ps_segment_key *key, uint64_t now_ns);
/**
 * Whether a viewer who asks for the segment now should be let in. Not when no CU may take it (all
 * are lost, or reserved for other tenants), under way or not: what is made for a viewer and never
 * ends has one of PS_MAKING_ACTIVE_MAX places. Else when it is under way, or there within
 * @p patience_ns as far as the forecast knows, or no other viewer's work is under way: then it
 * takes from nobody, and its runs put right what earlier ones taught wrong.
 */
bool ps_pipeline_admits(const struct ps_pipeline *pipeline, const struct ps_segment_key *key,
                        uint64_t patience_ns, uint64_t now_ns);
/** How many more speculative segments could begin now. */
uint32_t ps_pipeline_speculative_room(const struct ps_pipeline *pipeline);

/**
 * Find out what a media is. One that is under way is promoted when this asks for real time.
 * @return 0, -EAGAIN (speculative, and enough are under way) or -ENOMEM.
 */
int ps_pipeline_probe(struct ps_pipeline *pipeline, struct ps_media *media, enum ps_queue queue);

/** Readable when ps_pipeline_poll() has work: tasks of the workers that ended. */
int ps_pipeline_fd(const struct ps_pipeline *pipeline);
void ps_pipeline_poll(struct ps_pipeline *pipeline, uint64_t now_ns);

/** Take what the CUs finished, keep what is made, and give every idle CU its next batch. */
void ps_pipeline_dispatch(struct ps_pipeline *pipeline, uint64_t now_ns);

/** @return how many were written. */
uint32_t ps_pipeline_list(const struct ps_pipeline *pipeline, struct ps_making_info *ret_makings,
                          uint32_t max);
void ps_pipeline_status(const struct ps_pipeline *pipeline, struct ps_pipeline_status *ret_status);

#endif
