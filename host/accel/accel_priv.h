/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/accel/accel_priv.h - the parts of an accelerator: cards, buffers, compute units,
 * completions.
 *
 * Threads: the owner's, unless a field says otherwise. Locks are taken in the order posts, pool,
 * buffer; none is held while waiting for a run.
 */
#ifndef PS_HOST_ACCEL_ACCEL_PRIV_H
#define PS_HOST_ACCEL_ACCEL_PRIV_H

#include "host/accel/accel.h"
#include "host/accel/load_priv.h"
#include "host/accel/xclbin_priv.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <xrt/xrt_bo.h>
#include <xrt/xrt_device.h>
#include <xrt/xrt_kernel.h>

#define ACCEL_CLASSES_MAX     72u /* 16 KiB to 7/8 of 4 GiB, four sizes per doubling */
#define ACCEL_CLASS_MIN_BYTES 16384u

/* The driver kills a hung emulated kernel at the same limit as the host; this much longer waits
 * the host to hear of it (it covers a worker's slow start). */
#define ACCEL_EMULATED_GRACE_MS 12000u

/* What a kernel does with a buffer argument. */
enum accel_direction { ACCEL_IN = 1, ACCEL_OUT = 2, ACCEL_INOUT = 3 };

/* ---- cards ---- */

struct accel_card {
    struct ps_accel *accel;
    struct ps_accel_card_config cfg;
    uint32_t idx;
    char name[ACCEL_CARD_MAX + 1];
    uint64_t memory_bytes;
    uint32_t first_cu, cu_count;

    enum ps_accel_card_state state;
    const char *why;
    bool is_told; /* the owner knows the state */
    uint64_t losses;
    uint64_t retry_ns, wait_ns; /* when to revive it next, and how long after that; 0: at once */
    bool is_opening;            /* by this thread, which alone touches what follows meanwhile */
    pthread_t opener;
    int opened_rc; /* under posts_lock while is_opening, with the next two */
    const char *opened_why;
    bool has_opened; /* the thread is at its end */

    xrtDeviceHandle device;
    xrtMemoryGroup group;
    xrtBufferHandle pulse;      /* a little memory on the card, to see whether it answers */
    pthread_mutex_t pulse_lock; /* CUs' threads take turns */
    atomic_bool is_usable;      /* the owner writes, CUs' threads read: its memory counts */
    atomic_ullong bo_bytes;     /* of buffers; whoever makes and frees them writes */
};

/** Open it for the first time; opened_rc and `why` tell how that went. */
void accel_card_begin(struct accel_card *card);
/**
 * Open the device, load the xclbin, open every CU.
 * @param ret_why  As ps_accel_create().
 * @return 0, -ENODEV, -ENOEXEC or -ENOSPC; on failure what was opened is for accel_card_close().
 */
int accel_card_open(struct accel_card *card, const char **ret_why);
/** Free every buffer on the card, then all else. No CU may be busy. Copes with half-open. */
void accel_card_close(struct accel_card *card);
/** From a CU's thread: whether the card's memory can still be read. */
bool accel_card_answers(struct accel_card *card);
/** The card does not answer: none of its CUs takes a run until it is revived. */
void accel_card_lose(struct accel_card *card, const char *why);
/** Join what ps_accel_revive() started and has ended, and make the card's CUs idle. */
void accel_card_settle(struct accel_card *card);
/** Wait for what ps_accel_revive() started. */
void accel_card_join(struct accel_card *card);

/* ---- buffers ---- */

struct ps_accel_buf {
    void *map;
    size_t size_bytes; /* asked for */
    uint32_t class_idx;
    bool is_pinned; /* a lost run's memory refers to `map`, see accel_buf_abandon() */
    struct ps_accel_buf *next_free;   /* in the pool */
    struct ps_accel_buf *prev, *next; /* of all */
    pthread_mutex_t lock;             /* what follows: CUs' threads, and whoever closes a card */
    xrtBufferHandle bos[PS_ACCEL_CARDS_MAX];
    uint32_t valid_cards; /* bit n: card n has the content */
    size_t content_bytes; /* 0: nothing was written that must be kept */
    size_t host_bytes;    /* as much of it, from the start, is in `map` */
};

/** Make @p arg's bytes valid on @p card. @return 0, -ESTALE, -ENOSPC or -EIO. */
int accel_buf_bring(const struct ps_accel_arg *arg, struct accel_card *card,
                    enum accel_direction direction);
/** A run wrote the buffer on @p card: copy back what is wanted. @return 0 or -EIO. */
int accel_buf_take_back(const struct ps_accel_arg *arg, struct accel_card *card);
/** A run that failed may have written anything into the buffer. */
void accel_buf_spoil(struct ps_accel_buf *buf);
/** A run that never ended may still write on @p card: the buffer gets other memory there. @return
 * what it had. */
xrtBufferHandle accel_buf_abandon(struct ps_accel_buf *buf, struct accel_card *card);
/** Free the buffer's memory on @p card. */
void accel_buf_leave(struct ps_accel_buf *buf, struct accel_card *card);
/** Forget what the buffer held. */
void accel_buf_reset(struct ps_accel_buf *buf, size_t size_bytes);

struct accel_pool {
    pthread_mutex_t lock; /* the lists: the owner, CUs' threads that evict, whoever closes a card */
    struct accel_card *cards;
    uint32_t card_count;
    uint64_t limit_bytes; /* of all buffers, so that any card could hold them all; 0: none */
    uint64_t used_bytes;
    struct ps_accel_buf *classes[ACCEL_CLASSES_MAX]; /* free ones */
    struct ps_accel_buf *all;                        /* taken ones too */
};

/** See ps_accel_buf_take(). */
int accel_pool_take(struct accel_pool *pool, size_t size_bytes, struct ps_accel_buf **ret_buf);
void accel_pool_give(struct accel_pool *pool, struct ps_accel_buf *buf);
/** Free the memory on @p card of buffers that nobody has; of all when @p taken_too. */
void accel_pool_leave(struct accel_pool *pool, struct accel_card *card, bool taken_too);
/** Free all buffers, those that were not given back included; no card has any. */
void accel_pool_destroy(struct accel_pool *pool);
size_t accel_class_bytes(uint32_t class_idx);

/* ---- compute units ---- */

struct accel_cu {
    struct accel_card *card;
    struct ps_accel_cu_info info;
    struct accel_load load;
    uint64_t started_ns;     /* of the run, while busy */
    struct ps_accel_run job; /* written before has_job, read by the thread after it */
    xrtKernelHandle kernel;
    _Atomic(xrtRunHandle) run; /* the thread's while it runs; XRT's callback compares */
    bool never_ended;          /* the run of that handle, which then is not closed */
    xrtBufferHandle abandoned[PS_ACCEL_ARGS_MAX]; /* memory it may write into */
    sem_t ended;                                  /* posted by XRT's callback ... */
    enum ert_cmd_state end_state;                 /* ... after writing this */
    pthread_t thread;
    bool has_thread;
    pthread_mutex_t lock; /* the next two */
    pthread_cond_t wake;
    bool has_job;
    bool stopping;
};

/** Start the thread of the CU @p name. @return 0 or -ENOMEM. */
int accel_cu_start(struct accel_cu *cu, struct accel_card *card, const char *name);
/** Let the thread finish its run and join it. Copes with half-started. */
void accel_cu_stop(struct accel_cu *cu);
/** A kernel handle and a run handle on the open card. @return 0 or -ENOEXEC. */
int accel_cu_open(struct accel_cu *cu, const xuid_t xclbin_id);
/** The handles, and what was abandoned. The CU is not busy. */
void accel_cu_close(struct accel_cu *cu);
/** Give the idle thread the run. */
void accel_cu_give(struct accel_cu *cu, const struct ps_accel_run *run);
/** True when the arguments are those of kernels/abi for a kernel it knows, and inside buffers. */
bool accel_args_fit(const struct accel_cu *cu, const struct ps_accel_run *run);

/* What a run took with it. */
enum accel_loss {
    ACCEL_LOST_NOTHING,
    ACCEL_LOST_CU,
    ACCEL_LOST_CARD,
};

/* A completion as the CU's thread posts it. */
struct accel_post {
    struct ps_accel_done done;
    enum accel_loss loss;
};

struct ps_accel {
    bool is_emulated;
    enum ps_accel_timing timing;
    uint32_t wait_ms; /* for a run */
    char name[ACCEL_CARD_MAX + 48];
    uint32_t card_count;
    struct accel_card cards[PS_ACCEL_CARDS_MAX];
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
