/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/accel/accel.h - runs frame batches on compute units; the only face of XRT.
 *
 * Why: the rest of prestage thinks in CUs, buffers and runs. On how many cards the CUs are, where a
 * buffer's bytes are just now, and whether a real card or the emulation driver is below, is
 * settled here; ps_accel_is_emulated() tells the last, because every figure must say so.
 *
 * A buffer has no card: before a run, in its CU's thread, each argument's bytes are brought to that
 * CU's card from where they are valid. A card that is lost takes the bytes that only it had along;
 * a run that needs them ends with -ESTALE. A lost card is opened again by ps_accel_revive().
 *
 * Threads: one owner thread calls everything here. Inside, one thread per CU starts its run, waits
 * for it and posts the completion; the owner learns of it through ps_accel_fd().
 */
#ifndef PS_HOST_ACCEL_ACCEL_H
#define PS_HOST_ACCEL_ACCEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PS_ACCEL_CARDS_MAX 16u
#define PS_ACCEL_CUS_MAX   128u /* over all cards */
#define PS_ACCEL_ARGS_MAX  24u
#define PS_ACCEL_NAME_MAX  63u

/* From one attempt to revive a card to the next; doubles, until the card has worked for twice as
 * long. */
#define PS_ACCEL_REVIVE_NS     1000000000ull
#define PS_ACCEL_REVIVE_NS_MAX 60000000000ull

struct ps_accel;
struct ps_accel_buf; /* memory of the host and of every card that a run brings it to */

/* Whose time a run takes. */
enum ps_accel_timing {
    PS_ACCEL_TIMING_REAL,       /* a real card's */
    PS_ACCEL_TIMING_FUNCTIONAL, /* emulated: as fast as the machine goes */
    PS_ACCEL_TIMING_TIMED,      /* emulated: not before the cycle model's */
    PS_ACCEL_TIMING_DRY,        /* emulated: the cycle model's, and no output at all */
};

struct ps_accel_card_config {
    const char *xclbin; /* path */
    uint32_t device_idx;
};

/* Strings must outlive the accelerator: a card that is lost is opened again by them. */
struct ps_accel_config {
    struct ps_accel_card_config cards[PS_ACCEL_CARDS_MAX];
    uint32_t card_count;         /* 1..PS_ACCEL_CARDS_MAX, each another device */
    const char *emulation_dir;   /* driver directory to set XILINX_XRT to, or NULL for real cards */
    enum ps_accel_timing timing; /* PS_ACCEL_TIMING_REAL: as the environment's PS_EMU_TIMING says */
    uint32_t run_timeout_ms;     /* a run that takes longer is an error; 1..600000 */
};

enum ps_accel_card_state {
    PS_ACCEL_CARD_OK,
    PS_ACCEL_CARD_LOST,   /* it worked, and does not answer or has lost every CU */
    PS_ACCEL_CARD_ABSENT, /* it could not be opened at start, nor since */
};

struct ps_accel_card_info {
    char name[PS_ACCEL_NAME_MAX + 1]; /* the platform of its xclbin */
    uint32_t device_idx;
    enum ps_accel_card_state state;
    const char *why; /* it is not OK; NULL otherwise */
    bool is_emulated;
    enum ps_accel_timing timing;
    uint32_t first_cu, cu_count; /* its CUs; none when its xclbin could not be read */
    uint64_t losses;
    double temperature_c, power_w; /* NAN: the card does not say */
    uint64_t memory_bytes;         /* 0: unknown */
    uint64_t memory_used_bytes;    /* by buffers */
};

enum ps_accel_cu_state { PS_ACCEL_CU_IDLE, PS_ACCEL_CU_BUSY, PS_ACCEL_CU_LOST };

struct ps_accel_cu_info {
    char name[PS_ACCEL_NAME_MAX + 1]; /* "h264enc:h264enc_1" */
    uint32_t kernel;                  /* PSK_KERNEL_*, 0: none that kernels/abi knows */
    uint32_t device_idx;
    enum ps_accel_cu_state state;
    uint64_t runs;
    uint64_t errors;
    uint64_t timeouts;
    uint64_t busy_ns; /* real time spent in runs */
    double load;      /* share of the last minute spent in runs, 0..1 */
};

/* One argument of a run, in the order that kernels/abi/kernels.h gives. */
struct ps_accel_arg {
    struct ps_accel_buf *buf; /* NULL: scalar */
    uint32_t scalar;
    /* The host wrote this much of the buffer's start, and nothing else in it counts any more. With
     * 0 the kernel gets what the last run that wrote the buffer left there, on whatever card. */
    uint32_t in_bytes;
    uint32_t out_bytes; /* copied back after the run */
};

struct ps_accel_run {
    uint64_t tag; /* given back in ps_accel_done */
    uint32_t cu;
    uint32_t arg_count;
    struct ps_accel_arg args[PS_ACCEL_ARGS_MAX];
};

struct ps_accel_done {
    uint64_t tag;
    uint32_t cu;
    /* 0, -EIO (kernel died or reported an error state), -ETIMEDOUT, -ENODEV (card lost), -ENOSPC
     * (the card's memory is full) or -ESTALE (did not start, because what an argument held was only
     * on a card that is lost; the CU is well, and so are the other arguments). After any but the
     * last two, what the run was to write is undefined. */
    int status;
    uint64_t busy_ns; /* real time the run took, copies included */
};

/**
 * Open the cards, load their xclbins and start a thread per CU. A card that cannot be opened does
 * not keep the others from working; see ps_accel_card_info().
 *
 * @param ret_why  On failure a static or config-lifetime sentence saying what to do; never freed.
 * @return 0 (at least one card works), else what was wrong with the first one: -EINVAL, -ENOENT (no
 * xclbin or driver), -ENODEV, -ENOEXEC (bad xclbin), -EPROTO (libxrt of another version than the
 * driver was built against) or -ENOMEM.
 */
int ps_accel_create(struct ps_accel **ret_accel, const struct ps_accel_config *cfg,
                    const char **ret_why);

/** Wait for or abandon what runs, join the threads, close the cards. NULL is allowed. */
void ps_accel_destroy(struct ps_accel *accel);

bool ps_accel_is_emulated(const struct ps_accel *accel);
/** The first card that works, and how many there are of how many when there are several. */
const char *ps_accel_device_name(const struct ps_accel *accel);
uint32_t ps_accel_card_count(const struct ps_accel *accel);
/** Asks the card for its health: some system calls. */
void ps_accel_card_info(const struct ps_accel *accel, uint32_t card,
                        struct ps_accel_card_info *ret_info);
/** CUs are numbered through, card by card; their numbers never change. */
uint32_t ps_accel_cu_count(const struct ps_accel *accel);
void ps_accel_cu_info(const struct ps_accel *accel, uint32_t cu, struct ps_accel_cu_info *ret_info);

/**
 * A card that is lost or absent and has no run any more: open it and load its xclbin again, in a
 * thread of its own, one card at a time and not before its next attempt is due. Never blocks; to be
 * called often. Success is told by ps_accel_fd() and ps_accel_card_changed(); its CUs are idle
 * then, and what the card's memory held is gone.
 * @param now_ns  Any one clock that does not go back.
 */
void ps_accel_revive(struct ps_accel *accel, uint64_t now_ns);

/** A card whose state changed since it was last told, one per call. @return false: there is none.
 * Cards that were not opened at start are told, too. */
bool ps_accel_card_changed(struct ps_accel *accel, uint32_t *ret_card);

/**
 * Memory of @p size_bytes, usable as any buffer argument of any CU of any card.
 * Kept in size-class pools: cheap to take and give once warm. What is in it is undefined.
 * @return 0, -ENOMEM or -ENOSPC (more than the smallest card can hold).
 */
int ps_accel_buf_take(struct ps_accel *accel, size_t size_bytes, struct ps_accel_buf **ret_buf);
/** Give @p buf back. It must not be in a run; it may be when that run's CU was lost. NULL is
 * allowed. */
void ps_accel_buf_give(struct ps_accel *accel, struct ps_accel_buf *buf);
/** The host's memory; valid until given back. Not to be touched while in a run, and to be read only
 * as far as out_bytes of the last run that wrote it. */
void *ps_accel_buf_map(struct ps_accel_buf *buf);
size_t ps_accel_buf_size(const struct ps_accel_buf *buf);

/**
 * Start a run on an idle CU. Never blocks. A buffer may be in several runs at once as long as
 * their kernels only read it and the host does not write it.
 * @return 0, -EBUSY (this CU has a run), -ENODEV (CU lost) or -EINVAL.
 */
int ps_accel_submit(struct ps_accel *accel, const struct ps_accel_run *run);

/** Readable (poll/epoll) when ps_accel_reap() has something to take or a card to notice. */
int ps_accel_fd(const struct ps_accel *accel);

/** Take up to @p max completions; the CU is idle (or lost) again. @return how many. */
uint32_t ps_accel_reap(struct ps_accel *accel, struct ps_accel_done *ret_done, uint32_t max);

#endif
