/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/tier/store_priv.h - reads, writes and flushes on a device, finished later.
 *
 * Why a table of functions: io_uring where the kernel allows it, pread and pwrite on threads where
 * it does not, and a failing one in tests, with the same tier above. Operations may finish in any
 * order; whoever needs an order waits for the first before submitting the second.
 *
 * Threads: submit, kick, reap and destroy from the tier's owner. None of submit, kick and reap
 * blocks.
 */
#ifndef PS_HOST_TIER_STORE_PRIV_H
#define PS_HOST_TIER_STORE_PRIV_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#define PS_TIER_OPS_MAX  64u        /* in flight at once; the tier's buffers keep below it */
#define PS_TIER_IO_BYTES (1u << 20) /* most bytes of one operation */

enum ps_tier_op_kind { PS_TIER_OP_READ, PS_TIER_OP_WRITE, PS_TIER_OP_FLUSH };

/* Owned by the caller, untouched by it between submit and reap. */
struct ps_tier_op {
    enum ps_tier_op_kind kind;
    uint32_t buf_idx; /* which of the buffers given at creation */
    void *data;       /* in that buffer */
    uint32_t size_bytes;
    uint64_t offset;
    int64_t result; /* bytes, 0 for a flush, or a negative errno; less than asked is a failure */
};

struct ps_tier_store;

struct ps_tier_store_calls {
    void (*submit)(struct ps_tier_store *store, struct ps_tier_op *op);
    void (*kick)(struct ps_tier_store *store);               /* start what was submitted */
    struct ps_tier_op *(*reap)(struct ps_tier_store *store); /* a finished one, or NULL */
    void (*destroy)(struct ps_tier_store *store);            /* nothing may be in flight */
};

struct ps_tier_store {
    const struct ps_tier_store_calls *calls;
    int event_fd; /* an eventfd; counts up when something finished */
    bool uring;
};

struct ps_tier_store_config {
    int fd; /* opened O_DIRECT; stays the caller's */
    const struct iovec *bufs;
    uint32_t buf_count;
};

/** @return 0, -ENOMEM, -ENOTSUP (built without) or what the kernel said. */
int ps_tier_store_uring_create(struct ps_tier_store **ret_store,
                               const struct ps_tier_store_config *cfg);
/** @return 0, -ENOMEM or what the kernel said. */
int ps_tier_store_pread_create(struct ps_tier_store **ret_store,
                               const struct ps_tier_store_config *cfg);

#endif
