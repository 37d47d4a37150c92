/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/accel/accel.h - runs frame batches on compute units; the only face of XRT.
 *
 * Why: the rest of prestage thinks in CUs, buffers and runs. Whether a real card or the emulation
 * driver is below is XRT's business; ps_accel_is_emulated() tells, because every figure must say
 * so.
 *
 * Threads: one owner thread calls everything here. Inside, one thread per CU starts its run, waits
 * for it and posts the completion; the owner learns of it through ps_accel_fd().
 */
#ifndef PS_HOST_ACCEL_ACCEL_H
#define PS_HOST_ACCEL_ACCEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PS_ACCEL_CUS_MAX  128u /* over all devices */
#define PS_ACCEL_ARGS_MAX 16u
#define PS_ACCEL_NAME_MAX 63u

struct ps_accel;
struct ps_accel_buf; /* device memory with a host mapping (an XRT BO) */

struct ps_accel_config {
    const char *xclbin;        /* path */
    const char *emulation_dir; /* driver directory to set XILINX_XRT to, or NULL for a real card */
    uint32_t device_idx;
    uint32_t run_timeout_ms; /* a run that takes longer is an error; 1..600000 */
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
};

/* One argument of a run, in the order that kernels/abi/kernels.h gives. */
struct ps_accel_arg {
    struct ps_accel_buf *buf; /* NULL: scalar */
    uint32_t scalar;
    uint32_t in_bytes;  /* copied to the device before the run, from the buffer's start */
    uint32_t out_bytes; /* copied back after it */
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
    int status; /* 0, -EIO (kernel died or reported an error state), -ETIMEDOUT, -ENODEV (card lost)
                 */
    uint64_t busy_ns; /* real time the run took, copies included */
};

/**
 * Open the device, load the xclbin and start a thread per CU.
 *
 * @param ret_why  On failure a static or config-lifetime sentence saying what to do; never freed.
 * @return 0, -EINVAL, -ENOENT (no xclbin or driver), -ENODEV, -ENOEXEC (bad xclbin),
 *         -EPROTO (libxrt of another version than the driver was built against) or -ENOMEM.
 */
int ps_accel_create(struct ps_accel **ret_accel, const struct ps_accel_config *cfg,
                    const char **ret_why);

/** Wait for or abandon what runs, join the threads, close the device. NULL is allowed. */
void ps_accel_destroy(struct ps_accel *accel);

bool ps_accel_is_emulated(const struct ps_accel *accel);
const char *ps_accel_device_name(const struct ps_accel *accel);
uint32_t ps_accel_cu_count(const struct ps_accel *accel);
void ps_accel_cu_info(const struct ps_accel *accel, uint32_t cu, struct ps_accel_cu_info *ret_info);

/**
 * Device memory of at least @p size_bytes, usable as any buffer argument of any CU of this device.
 * Kept in size-class pools: cheap to take and give once warm.
 * @return 0, -ENOMEM or -ENOSPC (device memory is full).
 */
int ps_accel_buf_take(struct ps_accel *accel, size_t size_bytes, struct ps_accel_buf **ret_buf);
/** Give @p buf back. It must not be in a run. NULL is allowed. */
void ps_accel_buf_give(struct ps_accel *accel, struct ps_accel_buf *buf);
/** The host's mapping; valid until given back. Not to be touched while in a run. */
void *ps_accel_buf_map(struct ps_accel_buf *buf);
size_t ps_accel_buf_size(const struct ps_accel_buf *buf);

/**
 * Start a run on an idle CU. Never blocks.
 * @return 0, -EBUSY (this CU has a run), -ENODEV (CU lost) or -EINVAL.
 */
int ps_accel_submit(struct ps_accel *accel, const struct ps_accel_run *run);

/** Readable (poll/epoll) when ps_accel_reap() has something. */
int ps_accel_fd(const struct ps_accel *accel);

/** Take up to @p max completions; the CU is idle (or lost) again. @return how many. */
uint32_t ps_accel_reap(struct ps_accel *accel, struct ps_accel_done *ret_done, uint32_t max);

#endif
