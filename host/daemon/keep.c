/* SPDX-License-Identifier: BSD-3-Clause */
/* host/daemon/keep.c - one batch is filled while the other is written and flushed. */
#include "host/daemon/keep.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "host/base/log.h"
#include "host/base/mem.h"
#include "host/daemon/keep_priv.h"

struct batch {
    uint8_t *bytes; /* PS_KEEP_BATCH_BYTES */
    size_t used;
    uint64_t *tickets; /* PS_KEEP_EVENTS_MAX; 0: nobody waits */
    uint32_t count;
    int status;
};

struct ps_keep {
    struct ps_keep_files files; /* the writer's, once it runs */
    struct ps_keep_status status;
    int fd; /* eventfd */
    bool runs;
    pthread_t thread;
    pthread_mutex_t mutex; /* of all that follows */
    pthread_cond_t changed;
    struct batch batches[2];
    unsigned filled; /* which of them; the other is the writer's, or told of */
    bool written;    /* the other waits to be told of */
    bool stopping;
};

/* ---- the writer ---- */

static bool wait_for_work(struct ps_keep *keep)
{
    while (!keep->stopping && (keep->written || keep->batches[keep->filled].count == 0))
        pthread_cond_wait(&keep->changed, &keep->mutex);
    return !keep->written && keep->batches[keep->filled].count > 0;
}

/* With the mutex held. */
static void empty_written(struct ps_keep *keep)
{
    struct batch *batch = &keep->batches[keep->filled ^ 1u];

    batch->used = batch->count = 0;
    keep->written = false;
}

static void *write_batches(void *arg)
{
    struct ps_keep *keep = arg;
    const uint64_t one = 1;

    pthread_mutex_lock(&keep->mutex);
    while (wait_for_work(keep)) {
        struct batch *batch = &keep->batches[keep->filled];

        keep->filled ^= 1u;
        pthread_mutex_unlock(&keep->mutex);
        batch->status = ps_keep_files_append(&keep->files, batch->bytes, batch->used);
        pthread_mutex_lock(&keep->mutex);
        keep->written = true;
        if (write(keep->fd, &one, sizeof(one)) != sizeof(one))
            ps_debug("messaging", "keep_not_told", "errno=%d",
                     errno); /* it is full: told already */
        if (keep->stopping)
            empty_written(keep); /* nobody asks any more; what came meanwhile is written too */
    }
    pthread_mutex_unlock(&keep->mutex);
    return NULL;
}

/* ---- the loop ---- */

/* OPEN and CLOSE are not kept: what is put says which collection it was in. */
static int keep_event(void *arg, const struct ps_messaging_event *event, uint64_t ticket)
{
    struct ps_keep *keep = arg;
    size_t bytes = 0;

    if (event->kind != PS_MESSAGING_PUT && event->kind != PS_MESSAGING_ACK)
        return 0;
    pthread_mutex_lock(&keep->mutex);
    struct batch *batch = &keep->batches[keep->filled];
    if (batch->count < PS_KEEP_EVENTS_MAX)
        bytes = ps_keep_write(batch->bytes + batch->used, PS_KEEP_BATCH_BYTES - batch->used, event);
    if (bytes > 0) {
        batch->used += bytes;
        batch->tickets[batch->count++] = ticket;
        pthread_cond_signal(&keep->changed);
    }
    pthread_mutex_unlock(&keep->mutex);
    return bytes > 0 ? 0 : -EAGAIN;
}

void ps_keep_poll(struct ps_keep *keep, struct ps_messaging *messaging, uint64_t now_ns)
{
    uint64_t ignored;

    if (read(keep->fd, &ignored, sizeof(ignored)) != sizeof(ignored))
        return;
    pthread_mutex_lock(&keep->mutex);
    const bool written = keep->written;
    struct batch *batch = &keep->batches[keep->filled ^ 1u];
    pthread_mutex_unlock(&keep->mutex);
    if (!written)
        return;
    /* The writer waits until we have told: nobody else touches the batch. */
    for (uint32_t i = 0; i < batch->count; i++)
        if (batch->tickets[i] != 0)
            ps_messaging_kept(messaging, batch->tickets[i], batch->status, now_ns);
    if (batch->status != 0 && keep->status.error == 0)
        ps_warn("messaging", "not_kept", "error=%d", -batch->status);
    keep->status.error = batch->status;
    keep->status.batches++;
    keep->status.bytes += batch->status == 0 ? batch->used : 0;
    *(batch->status == 0 ? &keep->status.kept : &keep->status.failed) += batch->count;
    pthread_mutex_lock(&keep->mutex);
    empty_written(keep);
    pthread_cond_signal(&keep->changed);
    pthread_mutex_unlock(&keep->mutex);
}

static void restore_file(struct ps_keep *keep, uint64_t number, struct ps_messaging *messaging,
                         uint64_t now_ns)
{
    struct ps_messaging_event event;
    void *data = NULL;
    size_t size_bytes = 0, taken;

    if (ps_keep_files_read(&keep->files, number, &data, &size_bytes) != 0)
        return;
    const uint8_t *bytes = data;
    for (size_t at = 0; (taken = ps_keep_read(bytes + at, size_bytes - at, &event)) > 0;
         at += taken) {
        ps_messaging_remote(messaging, &event, now_ns);
        keep->status.restored++;
    }
    free(data);
}

void ps_keep_restore(struct ps_keep *keep, struct ps_messaging *messaging, uint64_t now_ns)
{
    for (uint64_t number = keep->files.first; number < keep->files.last; number++)
        restore_file(keep, number, messaging, now_ns);
}

/* ---- life ---- */

static int create_parts(struct ps_keep *keep, const char *dir, uint64_t gone_s)
{
    const int rc = ps_keep_files_init(&keep->files, dir, gone_s);

    if (rc != 0)
        return rc;
    for (unsigned i = 0; i < 2; i++) {
        struct batch *batch = &keep->batches[i];

        batch->bytes = ps_zalloc(PS_KEEP_BATCH_BYTES, 1);
        batch->tickets = ps_zalloc(PS_KEEP_EVENTS_MAX, sizeof(*batch->tickets));
        if (batch->bytes == NULL || batch->tickets == NULL)
            return -ENOMEM;
    }
    keep->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (keep->fd < 0)
        return -errno;
    const int error = pthread_create(&keep->thread, NULL, write_batches, keep);
    keep->runs = error == 0;
    return -error;
}

int ps_keep_create(struct ps_keep **ret_keep, const char *dir, uint64_t gone_s)
{
    struct ps_keep *keep = ps_zalloc(1, sizeof(*keep));

    if (keep == NULL)
        return -ENOMEM;
    keep->fd = keep->files.fd = -1;
    pthread_mutex_init(&keep->mutex, NULL);
    pthread_cond_init(&keep->changed, NULL);
    const int rc = create_parts(keep, dir, gone_s);
    if (rc != 0) {
        ps_keep_destroy(keep);
        return rc;
    }
    *ret_keep = keep;
    return 0;
}

void ps_keep_destroy(struct ps_keep *keep)
{
    if (keep == NULL)
        return;
    if (keep->runs) {
        pthread_mutex_lock(&keep->mutex);
        keep->stopping = true;
        if (keep->written)
            empty_written(keep);
        pthread_cond_signal(&keep->changed);
        pthread_mutex_unlock(&keep->mutex);
        pthread_join(keep->thread, NULL);
    }
    if (keep->fd >= 0)
        close(keep->fd);
    for (unsigned i = 0; i < 2; i++) {
        free(keep->batches[i].bytes);
        free(keep->batches[i].tickets);
    }
    ps_keep_files_fini(&keep->files);
    pthread_cond_destroy(&keep->changed);
    pthread_mutex_destroy(&keep->mutex);
    free(keep);
}

struct ps_messaging_link ps_keep_link(struct ps_keep *keep)
{
    return (struct ps_messaging_link){ .keep = keep_event, .arg = keep };
}

int ps_keep_fd(const struct ps_keep *keep)
{
    return keep->fd;
}

void ps_keep_status(const struct ps_keep *keep, struct ps_keep_status *ret_status)
{
    *ret_status = keep->status;
}
