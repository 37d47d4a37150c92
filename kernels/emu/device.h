/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/emu/device.h - the emulated card as the driver's files share it.
 *
 * Why: libxrt_coreutil calls a driver through some thirty xcl* functions. device.c opens the card
 * and loads an xclbin into it, memory.c keeps its buffers, exec.c its commands, worker.c the
 * processes behind its compute units.
 *
 * Threads: xcl* functions come from any thread; the lock guards all that is not said to belong to
 * a CU's thread. Locks are held for bookkeeping only, never while copying or waiting for a worker.
 */
#ifndef PS_KERNELS_EMU_DEVICE_H
#define PS_KERNELS_EMU_DEVICE_H

#include "kernels/emu/card.h"
#include "kernels/emu/ddr.h"
#include "kernels/emu/kernel_entry.h"
#include "kernels/emu/worker.h"
#include "kernels/emu/xrt_core.h"

#include <ert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define EMU_DEVICES_MAX 16u
#define EMU_BOS_MAX     65536u /* buffers at one time, commands included */
#define EMU_CU_WORDS    (EMU_CUS_MAX / 32u)

enum emu_command_state { EMU_COMMAND_IDLE, EMU_COMMAND_QUEUED, EMU_COMMAND_RUNNING };

/* One buffer's start-kernel command. Its registers are copied at submission, because libxrt may
 * reuse the packet as soon as it has closed the run, done or not. */
struct emu_command {
    enum emu_command_state state;
    struct ert_packet *packet;
    uint32_t cu_mask[EMU_CU_WORDS];
    uint32_t registers_bytes;
    uint8_t registers[EMU_REGISTERS_BYTES];
    struct emu_cu *cu;        /* while running */
    struct emu_command *next; /* while queued */
};

/* A buffer object. Commands live in host memory, out of the kernels' reach, like on a card. */
struct emu_bo {
    uint64_t address; /* in the card's memory; 0 for a command */
    uint64_t size_bytes;
    uint32_t flags;
    void *user; /* libxrt's host copy that syncs go to and from; NULL: mapped directly */
    struct emu_command *command;
};

enum emu_cu_state { EMU_CU_STARTING, EMU_CU_IDLE, EMU_CU_BUSY, EMU_CU_FAILED };

struct emu_cu {
    struct emu_device *device;
    const char *name; /* the card's */
    uint32_t idx;
    enum emu_cu_state state;
    pthread_cond_t wake;         /* current is set, or the device stops */
    int cancel_fd;               /* eventfd: kill what runs */
    struct emu_command *current; /* given to this CU */
    pthread_t thread;
    struct emu_worker worker; /* the thread's own */
};

struct emu_device {
    uint32_t idx;
    struct xrt_core_ref core;
    char worker_program[4096];
    uint32_t hang_ms;

    pthread_mutex_t lock;
    pthread_cond_t changed;  /* a CU's or a command's state, or finished_count */
    uint64_t finished_count; /* commands finished that no xclExecWait() has told of */
    bool stopping;

    struct emu_card card;
    int kernels_fd;
    int memory_fd;
    struct emu_memory memory;
    struct emu_ddr ddr;
    struct emu_bo *bos[EMU_BOS_MAX];
    uint32_t bo_count; /* handles ever used are below this */
    uint32_t bo_live_count;
    bool is_closed; /* but libxrt still has buffers, which it frees at the process's end */

    struct emu_worker_setup setup;
    struct emu_cu cus[EMU_CUS_MAX];
    uint32_t cu_count; /* whose threads run */
    struct emu_command *queue_first;
    struct emu_command *queue_last;
};

/** @p fd moved above the numbers that workers use; @p fd is closed. -1 stays -1. */
int emu_high_fd(int fd);

/** Start a thread and a worker per CU of the card. @return 0, -ENOMEM or -ENOEXEC. */
int emu_exec_start(struct emu_device *device);
/** Cancel every command, end the threads and the workers. */
void emu_exec_stop(struct emu_device *device);
/** Wait until @p command is idle; kill what runs it. The lock is held, and given up meanwhile. */
void emu_exec_cancel(struct emu_device *device, struct emu_command *command);

/** Give the card a memory of @p size_bytes. @return 0 or a negative errno. */
int emu_memory_create(struct emu_device *device, uint64_t size_bytes);
/** Free the memory; buffers made before are then worthless but still safe to free. */
void emu_memory_destroy(struct emu_device *device);
/** Free the closed device itself, after its last buffer. */
void emu_device_free(struct emu_device *device);

#endif
