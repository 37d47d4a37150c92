/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <liburing.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "host/base/assert.h"
#include "host/base/mem.h"
#include "host/tier/store_priv.h"

struct uring_store {
    struct ps_tier_store store; /* first */
    struct io_uring ring;
    bool ring_made;
    bool bufs_registered;
};

static struct uring_store *uring_of(struct ps_tier_store *store)
{
    return (struct uring_store *)store;
}

static void uring_submit(struct ps_tier_store *store, struct ps_tier_op *op)
{
    struct uring_store *uring = uring_of(store);
    struct io_uring_sqe *sqe = io_uring_get_sqe(&uring->ring);

    ps_assert(sqe != NULL); /* the ring has PS_TIER_OPS_MAX entries */
    if (op->kind == PS_TIER_OP_FLUSH)
        io_uring_prep_fsync(sqe, 0, IORING_FSYNC_DATASYNC);
    else if (op->kind == PS_TIER_OP_WRITE && uring->bufs_registered)
        io_uring_prep_write_fixed(sqe, 0, op->data, op->size_bytes, op->offset, (int)op->buf_idx);
    else if (op->kind == PS_TIER_OP_WRITE)
        io_uring_prep_write(sqe, 0, op->data, op->size_bytes, op->offset);
    else if (uring->bufs_registered)
        io_uring_prep_read_fixed(sqe, 0, op->data, op->size_bytes, op->offset, (int)op->buf_idx);
    else
        io_uring_prep_read(sqe, 0, op->data, op->size_bytes, op->offset);
    io_uring_sqe_set_flags(sqe, IOSQE_FIXED_FILE);
    io_uring_sqe_set_data(sqe, op);
}

/* What the kernel does not take now (-EAGAIN, -EBUSY) stays in the ring until the next kick. */
static void uring_kick(struct ps_tier_store *store)
{
    if (io_uring_sq_ready(&uring_of(store)->ring) > 0)
        io_uring_submit(&uring_of(store)->ring);
}

static struct ps_tier_op *uring_reap(struct ps_tier_store *store)
{
    struct io_uring *ring = &uring_of(store)->ring;
    struct io_uring_cqe *cqe;

    if (io_uring_peek_cqe(ring, &cqe) != 0)
        return NULL;
    struct ps_tier_op *op = io_uring_cqe_get_data(cqe);
    op->result = cqe->res;
    io_uring_cqe_seen(ring, cqe);
    return op;
}

static void uring_destroy(struct ps_tier_store *store)
{
    struct uring_store *uring = uring_of(store);

    if (uring->ring_made)
        io_uring_queue_exit(&uring->ring);
    if (store->event_fd >= 0)
        close(store->event_fd);
    free(uring);
}

static const struct ps_tier_store_calls uring_calls = {
    .submit = uring_submit,
    .kick = uring_kick,
    .reap = uring_reap,
    .destroy = uring_destroy,
};

static int set_up(struct uring_store *uring, const struct ps_tier_store_config *cfg)
{
    int rc = io_uring_queue_init(PS_TIER_OPS_MAX, &uring->ring, 0);

    if (rc != 0)
        return rc;
    uring->ring_made = true;
    rc = io_uring_register_files(&uring->ring, &cfg->fd, 1);
    if (rc != 0)
        return rc;
    /* Registered buffers count against RLIMIT_MEMLOCK on old kernels; without them it still works.
     */
    uring->bufs_registered =
        io_uring_register_buffers(&uring->ring, cfg->bufs, cfg->buf_count) == 0;
    uring->store.event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (uring->store.event_fd < 0)
        return -errno;
    return io_uring_register_eventfd(&uring->ring, uring->store.event_fd);
}

int ps_tier_store_uring_create(struct ps_tier_store **ret_store,
                               const struct ps_tier_store_config *cfg)
{
    struct uring_store *uring = ps_zalloc(1, sizeof(*uring));

    if (uring == NULL)
        return -ENOMEM;
    uring->store = (struct ps_tier_store){ .calls = &uring_calls, .event_fd = -1, .uring = true };
    const int rc = set_up(uring, cfg);
    if (rc != 0) {
        uring_destroy(&uring->store);
        return rc;
    }
    *ret_store = &uring->store;
    return 0;
}
