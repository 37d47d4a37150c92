/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/pipeline/decode.h"

#include <errno.h>
#include <stdlib.h>

#include "host/base/assert.h"
#include "host/base/mem.h"
#include "kernels/abi/kernels.h"

struct batch {
    struct ps_accel_buf *buf;
    struct psk_frame_sum sum;
    bool ready;
};

struct consumer {
    bool present;
    uint32_t next_batch; /* first one not consumed */
};

struct ps_decode {
    struct ps_decodes *set;
    struct ps_decode *next;
    const struct ps_media *media;
    uint64_t media_version;
    uint64_t frame_bytes; /* of the source as it was probed; a new probe must not change it */
    uint64_t first_frame;
    uint32_t frame_count;
    enum ps_queue queue;
    int error;

    struct consumer consumers[PS_DECODE_CONSUMERS_MAX];
    uint32_t consumer_count;
    struct batch *batches;
    uint32_t batch_count;
    uint32_t freed_count;   /* batches before this one are gone */
    uint32_t decoded_count; /* batches before this one are decoded */
    bool decoding;          /* the task is with the workers */
    bool starved;           /* found no device memory */
    uint64_t reserved_bytes;
    struct ps_task task;
};

struct ps_decodes {
    struct ps_decodes_config cfg;
    struct ps_decode *head;
    uint64_t reserved_bytes;
    uint32_t buffer_count;
};

int ps_decodes_create(struct ps_decodes **ret_decodes, const struct ps_decodes_config *cfg)
{
    struct ps_decodes *set;

    if (cfg->batch_frames == 0 || cfg->batch_frames > PSK_BATCH_FRAMES_MAX)
        return -EINVAL;
    set = ps_zalloc(1, sizeof(*set));
    if (set == NULL)
        return -ENOMEM;
    set->cfg = *cfg;
    *ret_decodes = set;
    return 0;
}

static void give(struct ps_decodes *set, struct ps_accel_buf *buf)
{
    ps_accel_buf_give(set->cfg.accel, buf);
    set->buffer_count -= buf != NULL;
}

static void free_decode(struct ps_decode *decode)
{
    if (decode == NULL)
        return;
    for (uint32_t i = 0; decode->batches != NULL && i < decode->batch_count; i++)
        give(decode->set, decode->batches[i].buf);
    free(decode->batches);
    free(decode);
}

void ps_decodes_destroy(struct ps_decodes *set)
{
    if (set == NULL)
        return;
    while (set->head != NULL) {
        struct ps_decode *decode = set->head;

        set->head = decode->next;
        free_decode(decode);
    }
    free(set);
}

/* Bytes that can be held at once by one consumer, or by several of different pace. */
static uint64_t bytes_held_max(const struct ps_decode *decode, bool shared)
{
    const uint64_t window = (uint64_t)(PS_DECODE_AHEAD + 1) * decode->set->cfg.batch_frames;
    const uint64_t frames = shared || window > decode->frame_count ? decode->frame_count : window;

    return frames * decode->frame_bytes;
}

/* Hold @p bytes of the memory set aside; viewers are never refused. */
static bool reserve(struct ps_decode *decode, uint64_t bytes, enum ps_queue queue)
{
    struct ps_decodes *set = decode->set;
    const uint64_t others = set->reserved_bytes - decode->reserved_bytes;

    if (queue == PS_QUEUE_SPECULATIVE && others + bytes > set->cfg.memory_bytes)
        return false;
    set->reserved_bytes = others + bytes;
    decode->reserved_bytes = bytes;
    return true;
}

static uint32_t fastest(const struct ps_decode *decode)
{
    uint32_t lead = 0;

    for (uint32_t i = 0; i < PS_DECODE_CONSUMERS_MAX; i++)
        if (decode->consumers[i].present && decode->consumers[i].next_batch > lead)
            lead = decode->consumers[i].next_batch;
    return lead;
}

static uint32_t slowest(const struct ps_decode *decode)
{
    uint32_t last = decode->batch_count;

    for (uint32_t i = 0; i < PS_DECODE_CONSUMERS_MAX; i++)
        if (decode->consumers[i].present && decode->consumers[i].next_batch < last)
            last = decode->consumers[i].next_batch;
    return last;
}

/* Hand the next batch to the workers when the window is open. */
static void decode_more(struct ps_decode *decode)
{
    const uint32_t idx = decode->decoded_count;
    struct ps_accel_buf *buf = NULL;

    if (decode->decoding || decode->error != 0 || decode->consumer_count == 0 ||
        idx == decode->batch_count || idx > fastest(decode) + PS_DECODE_AHEAD)
        return;
    const uint32_t frames = ps_decode_batch_frames(decode, idx);
    const int rc = ps_accel_buf_take(decode->set->cfg.accel, frames * decode->frame_bytes, &buf);
    decode->starved = rc == -ENOSPC;
    if (rc != 0) {
        decode->error = decode->starved ? 0 : rc;
        return;
    }
    decode->set->buffer_count++;
    decode->batches[idx].buf = buf;
    decode->decoding = true;
    decode->task = (struct ps_task){
        .kind = PS_TASK_FRAMES,
        .queue = decode->queue,
        .media_key = decode->media->key,
        .media_version = decode->media_version,
        .url = decode->media->url,
        .user = decode,
        .first_frame = decode->first_frame + (uint64_t)idx * decode->set->cfg.batch_frames,
        .frame_count = frames,
        .frames = ps_accel_buf_map(buf),
        .sum_wanted = decode->set->cfg.sum_frames,
    };
    ps_workers_submit(decode->set->cfg.workers, &decode->task);
}

static struct ps_decode *new_decode(struct ps_decodes *set, const struct ps_media *media,
                                    uint64_t first_frame, uint32_t frame_count, enum ps_queue queue)
{
    struct ps_decode *decode = ps_zalloc(1, sizeof(*decode));

    if (decode == NULL)
        return NULL;
    decode->set = set;
    decode->media = media;
    decode->media_version = media->info.version;
    decode->frame_bytes = PSK_FRAME_BYTES(media->info.width, media->info.height);
    decode->first_frame = first_frame;
    decode->frame_count = frame_count;
    decode->queue = queue;
    decode->batch_count = (frame_count + set->cfg.batch_frames - 1) / set->cfg.batch_frames;
    decode->batches = ps_zalloc(decode->batch_count, sizeof(*decode->batches));
    if (decode->batches == NULL) {
        free_decode(decode);
        return NULL;
    }
    decode->next = set->head;
    set->head = decode;
    return decode;
}

static struct ps_decode *find_joinable(struct ps_decodes *set, const struct ps_media *media,
                                       uint64_t first_frame, uint32_t frame_count,
                                       enum ps_queue queue)
{
    for (struct ps_decode *d = set->head; d != NULL; d = d->next)
        if (d->media == media && d->media_version == media->info.version &&
            d->first_frame == first_frame && d->frame_count == frame_count && d->freed_count == 0 &&
            d->error == 0 && d->consumer_count > 0 && d->consumer_count < PS_DECODE_CONSUMERS_MAX &&
            reserve(d, bytes_held_max(d, true), queue))
            return d;
    return NULL;
}

static uint32_t add_consumer(struct ps_decode *decode)
{
    uint32_t i = 0;

    while (decode->consumers[i].present)
        i++;
    ps_assert(i < PS_DECODE_CONSUMERS_MAX);
    decode->consumers[i] = (struct consumer){ .present = true };
    decode->consumer_count++;
    return i;
}

/* Forget a decode that nobody consumes, unless the workers still write to it. */
static void drop_if_unused(struct ps_decode *decode)
{
    struct ps_decodes *set = decode->set;

    if (decode->consumer_count > 0 || decode->decoding)
        return;
    for (struct ps_decode **at = &set->head; *at != NULL; at = &(*at)->next) {
        if (*at != decode)
            continue;
        *at = decode->next;
        break;
    }
    set->reserved_bytes -= decode->reserved_bytes;
    free_decode(decode);
}

int ps_decode_join(struct ps_decodes *set, const struct ps_media *media, uint64_t first_frame,
                   uint32_t frame_count, enum ps_queue queue, struct ps_decode **ret_decode,
                   uint32_t *ret_consumer)
{
    struct ps_decode *decode = find_joinable(set, media, first_frame, frame_count, queue);

    if (frame_count == 0 || frame_count > PS_DECODE_BATCHES_MAX * set->cfg.batch_frames)
        return -E2BIG;
    if (decode == NULL) {
        decode = new_decode(set, media, first_frame, frame_count, queue);
        if (decode == NULL)
            return -ENOMEM;
        if (!reserve(decode, bytes_held_max(decode, false), queue)) {
            drop_if_unused(decode);
            return -EAGAIN;
        }
    }
    *ret_consumer = add_consumer(decode);
    if (queue == PS_QUEUE_REAL_TIME)
        ps_decode_promote(decode);
    decode_more(decode);
    /* Whoever holds other buffers while the first batch finds none could wait for itself. */
    if (decode->starved && decode->decoded_count == 0) {
        ps_decode_leave(decode, *ret_consumer);
        return -ENOSPC;
    }
    *ret_decode = decode;
    return 0;
}

static void free_consumed(struct ps_decode *decode)
{
    const uint32_t needed = slowest(decode);

    for (; decode->freed_count < needed && decode->freed_count < decode->decoded_count;
         decode->freed_count++) {
        struct batch *batch = &decode->batches[decode->freed_count];

        give(decode->set, batch->buf);
        *batch = (struct batch){ .buf = NULL };
    }
}

void ps_decode_leave(struct ps_decode *decode, uint32_t consumer)
{
    ps_assert(decode->consumers[consumer].present);
    decode->consumers[consumer].present = false;
    decode->consumer_count--;
    free_consumed(decode);
    drop_if_unused(decode);
}

void ps_decode_promote(struct ps_decode *decode)
{
    decode->queue = PS_QUEUE_REAL_TIME;
    if (decode->decoding)
        ps_workers_promote(decode->set->cfg.workers, &decode->task);
}

int ps_decode_error(const struct ps_decode *decode)
{
    return decode->error;
}

uint32_t ps_decode_batch_count(const struct ps_decode *decode)
{
    return decode->batch_count;
}

uint32_t ps_decode_batch_frames(const struct ps_decode *decode, uint32_t batch)
{
    const uint32_t whole = decode->set->cfg.batch_frames;
    const uint32_t before = batch * whole;

    ps_assert(batch < decode->batch_count);
    return decode->frame_count - before < whole ? decode->frame_count - before : whole;
}

struct ps_accel_buf *ps_decode_batch(const struct ps_decode *decode, uint32_t batch)
{
    ps_assert(batch < decode->batch_count);
    return decode->batches[batch].ready ? decode->batches[batch].buf : NULL;
}

struct psk_frame_sum ps_decode_batch_sum(const struct ps_decode *decode, uint32_t batch)
{
    ps_assert(batch < decode->batch_count);
    return decode->batches[batch].sum;
}

void ps_decode_consumed(struct ps_decode *decode, uint32_t consumer, uint32_t batch)
{
    ps_assert(decode->consumers[consumer].present);
    ps_assert(decode->consumers[consumer].next_batch == batch);
    decode->consumers[consumer].next_batch++;
    free_consumed(decode);
    decode_more(decode);
}

uint32_t ps_decodes_buffer_count(const struct ps_decodes *set)
{
    return set->buffer_count;
}

void ps_decodes_task_done(struct ps_decodes *set, struct ps_task *task)
{
    struct ps_decode *decode = task->user;

    ps_assert(decode->decoding);
    decode->decoding = false;
    if (task->status == 0) {
        decode->batches[decode->decoded_count].sum = task->frames_sum;
        decode->batches[decode->decoded_count].ready = true;
        decode->decoded_count++;
        free_consumed(decode);
        decode_more(decode);
    } else {
        decode->error = task->status;
    }
    if (decode->consumer_count > 0)
        set->cfg.on_progress(set->cfg.arg, decode);
    else
        drop_if_unused(decode);
}

void ps_decodes_retry(struct ps_decodes *set)
{
    for (struct ps_decode *decode = set->head; decode != NULL; decode = decode->next)
        if (decode->starved)
            decode_more(decode);
}
