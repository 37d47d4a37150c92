/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/accel/accel_priv.h - the parts of an accelerator: buffers, compute units, completions.
 *
 * Threads: the owner's, unless a field says otherwise.
 */
#ifndef PS_HOST_ACCEL_ACCEL_PRIV_H
#define PS_HOST_ACCEL_ACCEL_PRIV_H

#include "host/accel/accel.h"
#include "host/accel/xclbin_priv.h"

#include <pthread.h>
#include <semaphore.h>
#include <xrt/xrt_bo.h>
#include <xrt/xrt_device.h>
#include <xrt/xrt_kernel.h>

#define ACCEL_CLASSES_MAX     72u /* 16 KiB to 7/8 of 4 GiB, four sizes per doubling */
#define ACCEL_CLASS_MIN_BYTES 16384u

/* The driver kills a hung emulated kernel at the same limit as the host; this much longer waits
 * the host to hear of it (it covers a worker's slow start). */
#define ACCEL_EMULATED_GRACE_MS 12000u

struct ps_accel_buf {
    xrtBufferHandle bo;
    void *map;
    size_t size_bytes;
    uint32_t class_idx;
    struct ps_accel_buf *next_free;   /* in the pool */
    struct ps_accel_buf *prev, *next; /* of all */
};

struct accel_pool {
    xrtDeviceHandle device;
    xrtMemoryGroup group;
    struct ps_accel_buf *classes[ACCEL_CLASSES_MAX]; /* free ones */
    struct ps_accel_buf *all;                        /* taken ones too */
};

/** See ps_accel_buf_take(). */
int accel_pool_take(struct accel_pool *pool, size_t size_bytes, struct ps_accel_buf **ret_buf);
void accel_pool_give(struct accel_pool *pool, struct ps_accel_buf *buf);
/** Free all buffers, those that were not given back included. */
void accel_pool_destroy(struct accel_pool *pool);

struct accel_cu {
    struct ps_accel *accel;
    struct ps_accel_cu_info info;
    struct ps_accel_run job; /* written before has_job, read by the thread after it */
    xrtKernelHandle kernel;
    xrtRunHandle run;             /* the thread's once it runs */
    sem_t ended;                  /* posted by XRT's callback ... */
    enum ert_cmd_state end_state; /* ... after writing this */
    pthread_t thread;
    bool has_thread;
    pthread_mutex_t lock; /* the next two */
    pthread_cond_t wake;
    bool has_job;
    bool stopping;
};

/** A kernel handle and a run handle for @p name, and a thread. @return 0, -ENOMEM or -ENOEXEC. */
int accel_cu_start(struct accel_cu *cu, struct ps_accel *accel, const char *name,
                   const xuid_t xclbin_id);
/** Let the thread finish its run, join it, close the handles. Copes with half-started. */
void accel_cu_stop(struct accel_cu *cu);
/** Give the idle thread the run. */
void accel_cu_give(struct accel_cu *cu, const struct ps_accel_run *run);
/** True when the arguments are those of kernels/abi for a kernel it knows, and inside buffers. */
bool accel_args_fit(const struct accel_cu *cu, const struct ps_accel_run *run);

/* A completion as the CU's thread posts it. */
struct accel_post {
    struct ps_accel_done done;
    bool is_lost; /* the CU takes no more runs */
};

struct ps_accel {
    bool is_emulated;
    uint32_t device_idx;
    uint32_t wait_ms; /* for a run */
    char name[ACCEL_CARD_MAX + 16];
    struct accel_xclbin xclbin;
    xrtDeviceHandle device;
    struct accel_pool pool;
    uint32_t cu_count;
    struct accel_cu cus[PS_ACCEL_CUS_MAX];
    int event_fd;
    pthread_mutex_t posts_lock; /* the ring: the CUs' threads write, the owner reads */
    uint32_t post_first;
    uint32_t post_count; /* one per CU at most: it is busy until reaped */
    struct accel_post posts[PS_ACCEL_CUS_MAX];
};

/** From a CU's thread: hand the completion to the owner. */
void accel_post(struct ps_accel *accel, const struct accel_post *post);

#endif
