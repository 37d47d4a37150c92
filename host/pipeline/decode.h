/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/pipeline/decode.h - the frames of one segment, decoded once for everyone who needs them.
 *
 * Why: decoding is the host's largest cost, and all profiles and variants of a segment need the
 * same frames. A decode hands them out as batches in device buffers, decoded straight into the
 * buffer's mapping. It runs PS_DECODE_AHEAD batches ahead of its fastest consumer; a batch lives
 * until its slowest consumer is done with it, so a suspended speculative job never holds up a
 * viewer.
 *
 * Threads: the loop thread. The decoding itself is a task of the workers.
 */
#ifndef PS_HOST_PIPELINE_DECODE_H
#define PS_HOST_PIPELINE_DECODE_H

#include <stdbool.h>
#include <stdint.h>

#include "host/accel/accel.h"
#include "host/media/catalogue.h"
#include "host/pipeline/workers.h"
#include "host/plan/job.h"
#include "kernels/abi/kernels.h"

#define PS_DECODE_AHEAD         2u
#define PS_DECODE_CONSUMERS_MAX 32u
#define PS_DECODE_BATCHES_MAX   256u /* batches in one segment */

struct ps_decode;
struct ps_decodes; /* all that are under way */

struct ps_decodes_config {
    struct ps_accel *accel;
    struct ps_workers *workers;
    uint32_t batch_frames;
    bool sum_frames;       /* take the checksum of what is decoded */
    uint64_t memory_bytes; /* what speculation may hold in decoded frames; viewers may go beyond */
    /* A batch became ready, or the decode failed. Consumers look with ps_decode_batch(). */
    void (*on_progress)(void *arg, struct ps_decode *decode);
    void *arg;
};

int ps_decodes_create(struct ps_decodes **ret_decodes, const struct ps_decodes_config *cfg);
/** After the workers are destroyed. NULL is allowed. */
void ps_decodes_destroy(struct ps_decodes *decodes);

/**
 * Become a consumer of frames [first_frame, first_frame + frame_count) of @p media: of a decode
 * that is under way when it still holds its first batch, else of a new one.
 * @param ret_consumer  To name oneself with below.
 * @return 0, -EAGAIN (speculative, and no memory left for it), -ENOSPC (no device memory for the
 *         first batch), -E2BIG or -ENOMEM.
 */
int ps_decode_join(struct ps_decodes *decodes, const struct ps_media *media, uint64_t first_frame,
                   uint32_t frame_count, enum ps_queue queue, struct ps_decode **ret_decode,
                   uint32_t *ret_consumer);
/** Leave, wherever one is. */
void ps_decode_leave(struct ps_decode *decode, uint32_t consumer);
void ps_decode_promote(struct ps_decode *decode);

/** 0 while all is well, else why decoding ended. */
int ps_decode_error(const struct ps_decode *decode);
uint32_t ps_decode_batch_count(const struct ps_decode *decode);
uint32_t ps_decode_batch_frames(const struct ps_decode *decode, uint32_t batch);
/** The batch's frames, NULL while it is not decoded. Valid until ps_decode_consumed(). */
struct ps_accel_buf *ps_decode_batch(const struct ps_decode *decode, uint32_t batch);
/** The checksum of a decoded batch, taken where it was decoded; zeros unless sum_frames. */
struct psk_frame_sum ps_decode_batch_sum(const struct ps_decode *decode, uint32_t batch);
/** @p consumer is done with @p batch; batches are consumed in order. */
void ps_decode_consumed(struct ps_decode *decode, uint32_t consumer, uint32_t batch);

/** Device buffers that decodes hold now. */
uint32_t ps_decodes_buffer_count(const struct ps_decodes *decodes);

/** A FRAMES task came back from the workers. */
void ps_decodes_task_done(struct ps_decodes *decodes, struct ps_task *task);
/** Try again what found no device memory. Once a turn and after buffers were given back. */
void ps_decodes_retry(struct ps_decodes *decodes);

#endif
