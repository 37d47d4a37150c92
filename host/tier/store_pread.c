/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Two threads, so that a viewer's read does not wait behind a flush: one reads, the other writes
 * and flushes. Each takes operations from a ring and puts finished ones in another.
 */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "host/base/assert.h"
#include "host/base/mem.h"
#include "host/tier/store_priv.h"

/* One producer, one consumer; the counts only grow, and PS_TIER_OPS_MAX bounds their distance. */
struct op_ring {
    struct ps_tier_op *ops[PS_TIER_OPS_MAX];
    _Atomic uint32_t put; /* producer: release after the slot is filled; consumer: acquire */
    uint32_t taken;       /* consumer only */
};

struct worker {
    pthread_t thread;
    bool started;
    int fd;
    int event_fd;
    sem_t work; /* one post per operation, and one to stop */
    struct op_ring todo;
    struct op_ring done;
};

enum { READER, WRITER, WORKERS };

struct pread_store {
    struct ps_tier_store store; /* first */
    struct worker workers[WORKERS];
};

static void ring_put(struct op_ring *ring, struct ps_tier_op *op)
{
    const uint32_t put = atomic_load_explicit(&ring->put, memory_order_relaxed);

    ring->ops[put % PS_TIER_OPS_MAX] = op;
    atomic_store_explicit(&ring->put, put + 1, memory_order_release);
}

static struct ps_tier_op *ring_take(struct op_ring *ring)
{
    if (atomic_load_explicit(&ring->put, memory_order_acquire) == ring->taken)
        return NULL;
    return ring->ops[ring->taken++ % PS_TIER_OPS_MAX];
}

static int64_t perform(int fd, const struct ps_tier_op *op)
{
    ssize_t n;

    if (op->kind == PS_TIER_OP_FLUSH)
        n = fdatasync(fd);
    else if (op->kind == PS_TIER_OP_WRITE)
        n = pwrite(fd, op->data, op->size_bytes, (off_t)op->offset);
    else
        n = pread(fd, op->data, op->size_bytes, (off_t)op->offset);
    return n < 0 ? -errno : n;
}

static void *worker_main(void *arg)
{
    struct worker *worker = arg;

    for (;;) {
        while (sem_wait(&worker->work) != 0)
            ps_assert(errno == EINTR);
        struct ps_tier_op *op = ring_take(&worker->todo);
        if (op == NULL)
            return NULL;
        op->result = perform(worker->fd, op);
        ring_put(&worker->done, op);
        eventfd_write(worker->event_fd, 1);
    }
}

static struct pread_store *pread_of(struct ps_tier_store *store)
{
    return (struct pread_store *)store;
}

static void pread_submit(struct ps_tier_store *store, struct ps_tier_op *op)
{
    struct pread_store *pread_store = pread_of(store);
    struct worker *worker = &pread_store->workers[op->kind == PS_TIER_OP_READ ? READER : WRITER];

    ring_put(&worker->todo, op);
    sem_post(&worker->work);
}

static void pread_kick(struct ps_tier_store *store)
{
    (void)store; /* submitting woke the worker */
}

static struct ps_tier_op *pread_reap(struct ps_tier_store *store)
{
    struct pread_store *pread_store = pread_of(store);
    struct ps_tier_op *op = ring_take(&pread_store->workers[READER].done);

    return op != NULL ? op : ring_take(&pread_store->workers[WRITER].done);
}

static void pread_destroy(struct ps_tier_store *store)
{
    struct pread_store *pread_store = pread_of(store);

    for (unsigned i = 0; i < WORKERS; i++) {
        struct worker *worker = &pread_store->workers[i];

        if (!worker->started)
            continue;
        sem_post(&worker->work); /* nothing is to do: this ends it */
        pthread_join(worker->thread, NULL);
        sem_destroy(&worker->work);
    }
    if (store->event_fd >= 0)
        close(store->event_fd);
    free(pread_store);
}

static const struct ps_tier_store_calls pread_calls = {
    .submit = pread_submit,
    .kick = pread_kick,
    .reap = pread_reap,
    .destroy = pread_destroy,
};

/* Signals are the main thread's: the workers start with all of them blocked. */
static int start(struct worker *worker, int fd, int event_fd)
{
    sigset_t all, before;

    worker->fd = fd;
    worker->event_fd = event_fd;
    if (sem_init(&worker->work, 0, 0) != 0)
        return -errno;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const int rc = pthread_create(&worker->thread, NULL, worker_main, worker);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    worker->started = rc == 0;
    if (rc != 0)
        sem_destroy(&worker->work);
    return -rc;
}

int ps_tier_store_pread_create(struct ps_tier_store **ret_store,
                               const struct ps_tier_store_config *cfg)
{
    struct pread_store *pread_store = ps_zalloc(1, sizeof(*pread_store));

    if (pread_store == NULL)
        return -ENOMEM;
    pread_store->store.calls = &pread_calls;
    pread_store->store.event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int rc = pread_store->store.event_fd < 0 ? -errno : 0;
    for (unsigned i = 0; i < WORKERS && rc == 0; i++)
        rc = start(&pread_store->workers[i], cfg->fd, pread_store->store.event_fd);
    if (rc != 0) {
        pread_destroy(&pread_store->store);
        return rc;
    }
    *ret_store = &pread_store->store;
    return 0;
}
