/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/emu/device.h - the emulated card as the driver's files share it.
 *
 * Why: libxrt_coreutil calls a driver through some thirty xcl* functions. device.c opens the card
 * and loads an xclbin into it, memory.c keeps its buffers, share.c those of others, exec.c its
 * commands, cu.c runs them on compute units, timer.c keeps a real card's time, registers.c is the
 * compute units' register windows, info.c says how the card is.
 *
 * Threads: xcl* functions come from any thread; the lock guards all that is not said to belong to
 * a CU's thread. Locks are held for bookkeeping only, never while copying or waiting for a worker.
 */
#ifndef PS_KERNELS_EMU_DEVICE_H
#define PS_KERNELS_EMU_DEVICE_H

#include "kernels/emu/card.h"
#include "kernels/emu/ddr.h"
#include "kernels/emu/faults.h"
#include "kernels/emu/heat.h"
#include "kernels/emu/kernel_entry.h"
#include "kernels/emu/lane.h"
#include "kernels/emu/timing.h"
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
    struct emu_import *import; /* of another card; then without an address on this one */
    bool is_alias;             /* the memory belongs to an exported buffer */
};

/* What another card or process shares with this one; see share.c. */
struct emu_import;

enum emu_cu_state { EMU_CU_STARTING, EMU_CU_IDLE, EMU_CU_BUSY, EMU_CU_FAILED };

/* A run is over when none of its two parts is under way: the worker's and the model's. */
struct emu_cu {
    struct emu_device *device;
    const char *name; /* the card's */
    uint32_t idx;
    enum emu_cu_state state;
    bool has_thread;
    pthread_cond_t wake;         /* is_working is set, or the device stops */
    int cancel_fd;               /* eventfd: kill what runs */
    struct emu_command *current; /* given to this CU */
    uint64_t run_count;
    bool is_working;  /* the thread has the run on its worker */
    bool is_modelled; /* the run is on the bank's lane */
    bool is_cancelled;
    enum emu_worker_result result; /* of the run; why, once it is cancelled */
    bool is_struck;
    struct emu_fault fault;                 /* that strikes the run */
    struct emu_lane_job job;                /* the run on its bank */
    psk_cycles_entry *cycles;               /* NULL: functional */
    uint8_t registers[EMU_REGISTERS_BYTES]; /* as last loaded or written */
    struct emu_command by_hand;             /* a run that the host started by the registers alone */
    struct ert_packet by_hand_packet;
    bool is_done; /* the control register's bit; reading clears it */
    pthread_t thread;
    struct emu_worker worker; /* the thread's own */
};

/* Copies over PCIe, one lane each way. */
enum emu_link { EMU_LINK_TO_CARD, EMU_LINK_FROM_CARD, EMU_LINKS };

struct emu_timer {
    bool has_thread;
    pthread_t thread;
    pthread_cond_t wake; /* lanes changed, or the device stops */
    struct emu_lane banks[PSK_MODEL_BANKS_MAX];
    struct emu_lane links[EMU_LINKS];
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
    _Atomic bool is_lost; /* until it is closed; set under the lock */
    struct emu_timing timing;
    struct emu_timer timer;
    struct emu_heat heat;
    uint64_t copied_bytes[EMU_LINKS];

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
    void *kernels; /* the shared object, for its cycle models; NULL: functional */
    psk_cycles_entry *cycles[PSK_MODEL_KERNELS_MAX];
    struct emu_cu cus[EMU_CUS_MAX];
    uint32_t cu_count; /* started */
    uint32_t busy_count;
    struct emu_command *queue_first;
    struct emu_command *queue_last;
};

/** @p fd moved above the numbers that workers use; @p fd is closed. -1 stays -1. */
int emu_high_fd(int fd);

/** How many cards there are: PS_EMU_DEVICES. */
uint32_t emu_device_count(void);
/** True when the card is lost; then all that it had to do has ended. The lock is not held. */
bool emu_device_is_lost(struct emu_device *device);

/** Make the card's compute units ready for commands. @return 0, -ENOMEM or -ENOEXEC. */
int emu_exec_start(struct emu_device *device);
/** Cancel every command and stop the compute units. */
void emu_exec_stop(struct emu_device *device);
/* For the following five the lock is held. */
/** End all commands as failed, because the card is lost. */
void emu_exec_lose(struct emu_device *device);
/** Wait until @p command is idle; kill what runs it. The lock is given up meanwhile. */
void emu_exec_cancel(struct emu_device *device, struct emu_command *command);
/** Tell the host that @p command has ended. */
void emu_exec_finish(struct emu_device *device, struct emu_command *command,
                     enum emu_worker_result result);
/** @p cu has nothing to do: give it the oldest command it may run, or let it be idle. */
void emu_exec_seek_work(struct emu_cu *cu);
/** Say in the packet that its run has begun. */
void emu_exec_set_running(struct emu_command *command);

/** Make compute unit @p idx: a thread with a worker, but for dry. @return 0 or -ENOMEM. */
int emu_cu_start(struct emu_device *device, uint32_t idx);
/** After emu_cu_start() of all: wait for their workers. @return 0 or -ENOEXEC. */
int emu_cu_await_ready(struct emu_device *device);
/** End the thread of a CU that has been cancelled, while the device stops. */
void emu_cu_stop(struct emu_cu *cu);
/* For the following three the lock is held. */
/** Begin @p command on the idle @p cu. */
void emu_cu_begin(struct emu_cu *cu, struct emu_command *command);
/** End what @p cu runs as @p result, soon or at once. */
void emu_cu_cancel(struct emu_cu *cu, enum emu_worker_result result);
/** The model's part of the run is over. */
void emu_cu_model_ended(struct emu_cu *cu);

/** Start the device's one timer thread. @return 0 or -ENOMEM. */
int emu_timer_start(struct emu_device *device);
void emu_timer_stop(struct emu_device *device);
/* For the following two the lock is held. */
/** Put the run of @p cu on its bank; emu_cu_model_ended() follows. */
void emu_timer_add_run(struct emu_cu *cu, struct emu_run_cost cost);
void emu_timer_remove_run(struct emu_cu *cu);

struct emu_copy {
    struct emu_lane_job job; /* first: the timer knows copies by it */
    struct emu_lane *lane;   /* NULL: takes no modelled time */
    pthread_cond_t ended;
    bool has_ended;
};

/** Begin to copy @p size_bytes over @p link: the model's time runs from here. */
void emu_copy_begin(struct emu_device *device, struct emu_copy *copy, enum emu_link link,
                    uint64_t size_bytes);
/** Wait until the model says that the copy is over. */
void emu_copy_end(struct emu_device *device, struct emu_copy *copy);

uint64_t emu_now_ns(void);

/* What a run's output buffers held before it; see flip.c. */
struct emu_flip;

/** Copy what the run may write. @return NULL when there is nothing, or no memory. */
struct emu_flip *emu_flip_begin(struct emu_cu *cu, const uint8_t *registers);
/** Change one bit that the run wrote, if @p ended_well; free @p flip. NULL is allowed. */
void emu_flip_end(struct emu_cu *cu, struct emu_flip *flip, bool ended_well);

/** Give the card a memory of @p size_bytes. @return 0 or a negative errno. */
int emu_memory_create(struct emu_device *device, uint64_t size_bytes);
/** Free the memory; buffers made before are then worthless but still safe to free. */
void emu_memory_destroy(struct emu_device *device);
/** Where @p size bytes of @p bo from @p offset are; NULL when not all are inside it. */
uint8_t *emu_bo_bytes(struct emu_device *device, const struct emu_bo *bo, size_t size,
                      size_t offset);
/** A copy of the buffer's record; all zero when there is none. The lock is not held. */
struct emu_bo emu_bo_snapshot(struct emu_device *device, uint32_t handle);
/** Make @p bo, copied, a buffer with a handle. The lock is not held. @return XRT_NULL_BO: full. */
uint32_t emu_bo_insert(struct emu_device *device, const struct emu_bo *bo);
void emu_import_free(struct emu_import *import);
/** Its bytes, at least as many as its buffer has. */
uint8_t *emu_import_bytes(const struct emu_import *import);

/** Free the closed device itself, after its last buffer. */
void emu_device_free(struct emu_device *device);

#endif
