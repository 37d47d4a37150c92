/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/pipeline/making_priv.h - one segment on its way through the steps.
 *
 * A transcoded segment has up to four stages, each one job of the allocator: scale, mark, and an
 * encoder per variant. A stage works on one batch at a time; the buffers between two stages are
 * rings of PS_MAKING_RING batches, so that a stage may be one batch ahead of the next. A stage's
 * job is ready when its next batch's input is there and the ring behind it has room.
 *
 * Threads: the loop thread.
 */
#ifndef PS_HOST_PIPELINE_MAKING_PRIV_H
#define PS_HOST_PIPELINE_MAKING_PRIV_H

#include "host/accel/accel.h"
#include "host/alloc/alloc.h"
#include "host/pipeline/decode.h"
#include "host/pipeline/pipeline.h"
#include "host/pipeline/rate.h"
#include "kernels/abi/kernels.h"

#define PS_MAKING_RING         2u
#define PS_MAKING_RESTARTS_MAX 3u

enum stage_kind { STAGE_SCALE, STAGE_MARK, STAGE_ENCODE_A, STAGE_ENCODE_B, STAGE_COUNT };

struct making;

struct stage {
    struct making *making;
    enum stage_kind kind;
    uint64_t job_id; /* 0: this segment has no such stage */
    uint32_t batches_done;
    bool running;
    struct stage *job_next; /* in the table of makings */
    bool input_wrong;       /* the last run read other frames than were written */
    bool failed_before; /* device buffers of the last run are undefined: send the host's copies */
    struct ps_accel_buf *status;
};

/* What an encoder stage has besides: its buffers and what came out so far. */
struct encoding {
    struct ps_rate rate;
    struct ps_accel_buf *state, *control, *bits, *report;
    uint8_t *good_state; /* as it was after the last batch whose output was right */
    uint8_t *out;        /* NAL units of all frames so far */
    size_t out_bytes, out_capacity;
    struct ps_video_frame *frames; /* bits is an offset into out until the segment is whole */
    uint32_t frame_count;
    uint32_t frame_num; /* of the frame to come, if it is no IDR: frames since the last one */
};

struct making {
    struct ps_pipeline *pipeline;
    struct making *next, *prev, *key_next; /* in the table of makings */
    struct ps_make_request request;
    const struct ps_profile *profile;
    struct ps_media *media;
    struct ps_source_info info; /* as it was when this began */
    bool waiting;               /* in line, holds nothing */
    bool promoted;
    bool begin_again; /* its data are lost: from the start, once no stage runs */
    uint32_t restarts;
    int error;
    uint64_t busy_ns;
    uint64_t begun_ns;

    struct ps_task task; /* passing through */
    bool task_out;       /* with the workers */

    uint64_t first_frame;
    uint32_t frame_count;
    struct ps_decode *decode;
    uint32_t consumer;
    struct stage stages[STAGE_COUNT];
    struct ps_accel_buf *scaled[PS_MAKING_RING];
    struct ps_accel_buf *marked[2][PS_MAKING_RING];
    struct psk_frame_sum scaled_sum[PS_MAKING_RING]; /* as the kernels that wrote them say */
    struct psk_frame_sum marked_sum[2][PS_MAKING_RING];
    struct encoding encodings[2]; /* unmarked segments use the first */
};

/* making.c: a transcoded segment takes its buffers and jobs; -EAGAIN, -ENOSPC: not now. */
int ps_making_begin(struct making *making, uint64_t now_ns);
/* Gives everything back. No stage may be running and no task out. */
void ps_making_end(struct making *making);
/* Say anew which stages could take a CU. */
void ps_making_update(struct making *making, uint64_t now_ns);
bool ps_making_is_running(const struct making *making);
bool ps_making_is_complete(const struct making *making);
/* Frames that all its variants have coded. */
uint32_t ps_making_frames_done(const struct making *making);

uint32_t ps_stage_kernel(enum stage_kind kind);

/* stage_run.c: one batch of one stage onto a CU, and its results back. */
void ps_stage_describe_run(const struct stage *stage, uint32_t cu, struct ps_accel_run *ret_run);
/*
 * Take over the results; -EIO when the kernel said no or what it made is wrong, -ESTALE when its
 * input was not what had been written there: that no further run can put right.
 */
int ps_stage_take_results(struct stage *stage);

/* stage_check.c: whether the results of a run, which the kernel says is fine, may be taken over. */
int ps_stage_check(struct stage *stage);
uint32_t ps_stage_batch_frames(const struct stage *stage);
struct encoding *ps_stage_encoding(const struct stage *stage);

#endif
