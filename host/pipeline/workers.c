/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/pipeline/workers.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "host/base/assert.h"
#include "host/base/mem.h"
#include "kernels/abi/frame_sum.h"

#define SPECULATIVE_NICE 19

struct task_list {
    struct ps_task *head, **tail;
    uint64_t count;
};

/* An open source that no task uses just now. */
struct idle_source {
    struct ps_source *source;
    uint64_t media_key;
    uint64_t bytes;      /* of memory */
    uint64_t next_frame; /* where decoding would go on without a seek */
    uint64_t used;       /* order of use, for putting the oldest out */
};

struct worker {
    struct ps_workers *workers;
    pthread_t thread;
    enum ps_queue queue; /* what it takes; a single worker takes both */
    uint64_t media_key;  /* of the task it runs; 0: none. Guarded by the lock */
};

struct ps_workers {
    struct ps_workers_config cfg;
    int event_fd;
    uint32_t started;
    struct worker worker[PS_WORKERS_MAX];
    atomic_bool cancel; /* writer: owner; readers: workers and libav through ps_source_options */

    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t work;
    bool stop;
    struct task_list queue[PS_QUEUE_COUNT];
    struct task_list done;
    struct idle_source
        idle[PS_WORKERS_SOURCES_MAX + PS_WORKERS_MAX]; /* each may add one at a time */
    uint32_t idle_count;
    uint64_t idle_bytes;
    uint64_t use_clock;
    struct ps_workers_status status;
};

static void list_init(struct task_list *list)
{
    *list = (struct task_list){ .head = NULL };
    list->tail = &list->head;
}

static void list_push(struct task_list *list, struct ps_task *task)
{
    task->next = NULL;
    *list->tail = task;
    list->tail = &task->next;
    list->count++;
}

static void list_unlink(struct task_list *list, struct ps_task **at)
{
    struct ps_task *task = *at;

    *at = task->next;
    if (list->tail == &task->next)
        list->tail = at;
    list->count--;
    task->next = NULL;
}

static struct ps_task *list_pop(struct task_list *list)
{
    struct ps_task *task = list->head;

    if (task != NULL)
        list_unlink(list, &list->head);
    return task;
}

static bool list_remove(struct task_list *list, struct ps_task *task)
{
    for (struct ps_task **at = &list->head; *at != NULL; at = &(*at)->next) {
        if (*at != task)
            continue;
        list_unlink(list, at);
        return true;
    }
    return false;
}

static struct ps_source *remove_idle(struct ps_workers *w, uint32_t at)
{
    struct ps_source *source = w->idle[at].source;

    w->idle_bytes -= w->idle[at].bytes;
    w->idle[at] = w->idle[--w->idle_count];
    return source;
}

/* Of this media's idle sources the one that needs no seek, else any. Lock held. */
static struct ps_source *take_idle(struct ps_workers *w, const struct ps_task *task)
{
    uint32_t pick = UINT32_MAX;

    for (uint32_t i = 0; i < w->idle_count; i++) {
        if (w->idle[i].media_key != task->media_key)
            continue;
        pick = i;
        if (w->idle[i].next_frame == task->first_frame)
            break;
    }
    return pick == UINT32_MAX ? NULL : remove_idle(w, pick);
}

/* Lock held. There is room: a worker puts out what is too much before its next task. */
static void give_idle(struct ps_workers *w, struct ps_source *source, const struct ps_task *task)
{
    const struct idle_source idle = {
        .source = source,
        .media_key = task->media_key,
        .bytes = ps_source_memory_bytes(source),
        .next_frame = task->first_frame + task->frame_count,
        .used = ++w->use_clock,
    };

    w->idle[w->idle_count++] = idle;
    w->idle_bytes += idle.bytes;
}

/* The source unused for longest, when they are too many or too large. Lock held. */
static struct ps_source *put_out(struct ps_workers *w)
{
    uint32_t oldest = 0;

    if (w->idle_count == 0 ||
        (w->idle_count <= PS_WORKERS_SOURCES_MAX && w->idle_bytes <= PS_WORKERS_SOURCES_BYTES_MAX))
        return NULL;
    for (uint32_t i = 1; i < w->idle_count; i++)
        if (w->idle[i].used < w->idle[oldest].used)
            oldest = i;
    return remove_idle(w, oldest);
}

static int probe(struct ps_source *source, struct ps_task *task)
{
    task->info = *ps_source_info(source);
    return ps_source_keyframes(source, &task->keyframe_ns, &task->keyframe_count);
}

static int decode_frames(struct ps_source *source, struct ps_task *task)
{
    const struct ps_source_info *info = ps_source_info(source);
    const int rc = ps_source_frames(source, task->first_frame, task->frame_count, task->frames);

    if (rc == 0 && task->sum_wanted)
        task->frames_sum =
            psk_sum_frames(task->frames, info->width, info->height, task->frame_count);
    return rc;
}

static int do_task(struct ps_source *source, struct ps_task *task)
{
    switch (task->kind) {
    case PS_TASK_PROBE:
        return probe(source, task);
    case PS_TASK_FRAMES:
        return decode_frames(source, task);
    case PS_TASK_PASSTHROUGH:
        return ps_segment_passthrough(source, task->profile, task->index, &task->bytes);
    }
    return -EINVAL;
}

static void run_task(struct ps_workers *w, struct ps_task *task, struct ps_source *source)
{
    const struct ps_source_options options = { .timeout_ms = w->cfg.origin_timeout_ms,
                                               .cancel = &w->cancel };
    const bool opened = source == NULL;

    task->status = opened ? ps_source_open(&source, task->url, &options) : 0;
    if (task->status == 0 && task->kind != PS_TASK_PROBE &&
        ps_source_info(source)->version != task->media_version)
        task->status = -ESTALE;
    if (task->status == 0)
        task->status = do_task(source, task);
    /* A source that failed may be in any state: the next task opens it anew. */
    if (task->status != 0 && task->status != -ENODATA) {
        ps_source_close(source);
        source = NULL;
    }
    pthread_mutex_lock(&w->lock);
    if (source != NULL)
        give_idle(w, source, task);
    w->status.opens += opened;
    w->status.done++;
    w->status.failed += task->status != 0;
    if (task->kind == PS_TASK_FRAMES && task->status == 0)
        w->status.decoded_frames += task->frame_count;
    list_push(&w->done, task);
    pthread_mutex_unlock(&w->lock);
}

/* Closing may talk to the origin: never with the lock. It is taken at begin and end. */
static void close_surplus(struct ps_workers *w)
{
    struct ps_source *out;

    while ((out = put_out(w)) != NULL) {
        pthread_mutex_unlock(&w->lock);
        ps_source_close(out);
        pthread_mutex_lock(&w->lock);
    }
}

/* One title may occupy half of a queue's workers. */
static bool has_share_left(const struct worker *worker, uint64_t media_key)
{
    const struct ps_workers *w = worker->workers;
    uint32_t workers = 0, busy = 0;

    for (uint32_t i = 0; i < w->started; i++) {
        workers += w->worker[i].queue == worker->queue;
        busy += w->worker[i].queue == worker->queue && w->worker[i].media_key == media_key;
    }
    return busy < (workers + 1) / 2;
}

static struct ps_task *first_allowed(struct worker *worker, enum ps_queue queue)
{
    struct ps_workers *w = worker->workers;

    for (struct ps_task **at = &w->queue[queue].head; *at != NULL; at = &(*at)->next) {
        struct ps_task *task = *at;

        if (!has_share_left(worker, task->media_key))
            continue;
        list_unlink(&w->queue[queue], at);
        return task;
    }
    return NULL;
}

static struct ps_task *next_task(struct worker *worker)
{
    struct ps_task *task = first_allowed(worker, worker->queue);

    if (task == NULL && worker->workers->cfg.count == 1)
        task = first_allowed(worker, PS_QUEUE_SPECULATIVE);
    return task;
}

static void *worker_main(void *arg)
{
    struct worker *worker = arg;
    struct ps_workers *w = worker->workers;
    const uint64_t one = 1;

    if (worker->queue == PS_QUEUE_SPECULATIVE) /* of this thread alone; fails harmlessly */
        setpriority(PRIO_PROCESS, (id_t)gettid(), SPECULATIVE_NICE);
    pthread_mutex_lock(&w->lock);
    while (!w->stop) {
        struct ps_task *task = next_task(worker);

        if (task == NULL) {
            pthread_cond_wait(&w->work, &w->lock);
            continue;
        }
        struct ps_source *source = take_idle(w, task);
        worker->media_key = task->media_key;
        pthread_mutex_unlock(&w->lock);
        run_task(w, task, source);
        if (write(w->event_fd, &one, sizeof(one)) < 0)
            ps_assert(errno == EAGAIN); /* the counter is full: readable already */
        pthread_mutex_lock(&w->lock);
        worker->media_key = 0;
        pthread_cond_broadcast(&w->work); /* who waited for this title's share may go on */
        close_surplus(w);
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

static int start_threads(struct ps_workers *w)
{
    for (; w->started < w->cfg.count; w->started++) {
        struct worker *worker = &w->worker[w->started];

        worker->workers = w;
        worker->queue =
            w->started < (w->cfg.count + 1) / 2 ? PS_QUEUE_REAL_TIME : PS_QUEUE_SPECULATIVE;
        if (pthread_create(&worker->thread, NULL, worker_main, worker) != 0)
            return -EAGAIN;
    }
    return 0;
}

static void never_dropped(struct ps_task *task)
{
    ps_assert(task == NULL); /* nothing was submitted to workers that never started */
}

int ps_workers_create(struct ps_workers **ret_workers, const struct ps_workers_config *cfg)
{
    struct ps_workers *w;
    int rc = -ENOMEM;

    if (cfg->count == 0 || cfg->count > PS_WORKERS_MAX)
        return -EINVAL;
    w = ps_zalloc(1, sizeof(*w));
    if (w == NULL)
        return -ENOMEM;
    w->cfg = *cfg;
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->work, NULL);
    for (uint32_t q = 0; q < PS_QUEUE_COUNT; q++)
        list_init(&w->queue[q]);
    list_init(&w->done);
    w->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (w->event_fd < 0)
        goto fail;
    rc = start_threads(w);
    if (rc != 0)
        goto fail;
    *ret_workers = w;
    return 0;

fail:
    ps_workers_destroy(w, never_dropped);
    return rc;
}

void ps_workers_destroy(struct ps_workers *w, void (*drop)(struct ps_task *task))
{
    struct ps_task *task;

    if (w == NULL)
        return;
    atomic_store(&w->cancel, true);
    pthread_mutex_lock(&w->lock);
    w->stop = true;
    pthread_cond_broadcast(&w->work);
    pthread_mutex_unlock(&w->lock);
    for (uint32_t i = 0; i < w->started; i++)
        pthread_join(w->worker[i].thread, NULL);
    for (uint32_t q = 0; q < PS_QUEUE_COUNT; q++)
        while ((task = list_pop(&w->queue[q])) != NULL)
            drop(task);
    while ((task = list_pop(&w->done)) != NULL)
        drop(task);
    for (uint32_t i = 0; i < w->idle_count; i++)
        ps_source_close(w->idle[i].source);
    if (w->event_fd >= 0)
        close(w->event_fd);
    pthread_cond_destroy(&w->work);
    pthread_mutex_destroy(&w->lock);
    free(w);
}

void ps_workers_submit(struct ps_workers *w, struct ps_task *task)
{
    pthread_mutex_lock(&w->lock);
    list_push(&w->queue[task->queue], task);
    /* All, because the one that wakes may be the worker that takes no speculative task. */
    pthread_cond_broadcast(&w->work);
    pthread_mutex_unlock(&w->lock);
}

void ps_workers_promote(struct ps_workers *w, struct ps_task *task)
{
    pthread_mutex_lock(&w->lock);
    if (list_remove(&w->queue[PS_QUEUE_SPECULATIVE], task)) {
        task->queue = PS_QUEUE_REAL_TIME;
        list_push(&w->queue[PS_QUEUE_REAL_TIME], task);
        pthread_cond_broadcast(&w->work);
    }
    pthread_mutex_unlock(&w->lock);
}

void ps_workers_promote_probe(struct ps_workers *w, uint64_t media_key)
{
    struct ps_task *task;

    pthread_mutex_lock(&w->lock);
    for (task = w->queue[PS_QUEUE_SPECULATIVE].head; task != NULL; task = task->next)
        if (task->kind == PS_TASK_PROBE && task->media_key == media_key)
            break;
    pthread_mutex_unlock(&w->lock);
    if (task != NULL) /* only the owner frees tasks, and this is the owner */
        ps_workers_promote(w, task);
}

int ps_workers_fd(const struct ps_workers *w)
{
    return w->event_fd;
}

struct ps_task *ps_workers_done(struct ps_workers *w)
{
    struct ps_task *head;
    uint64_t count;

    if (read(w->event_fd, &count, sizeof(count)) < 0)
        ps_assert(errno == EAGAIN);
    pthread_mutex_lock(&w->lock);
    head = w->done.head;
    list_init(&w->done);
    pthread_mutex_unlock(&w->lock);
    return head;
}

void ps_workers_status(struct ps_workers *w, struct ps_workers_status *ret_status)
{
    pthread_mutex_lock(&w->lock);
    *ret_status = w->status;
    for (uint32_t q = 0; q < PS_QUEUE_COUNT; q++)
        ret_status->queued[q] = w->queue[q].count;
    pthread_mutex_unlock(&w->lock);
}
