/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/emu/worker.h - one compute unit's kernel in a process of its own.
 *
 * Why: a kernel that crashes or hangs must cost one run, never the host. The worker shares the
 * card's memory and gets each run's registers over a socket; watching that socket and the process
 * together shows completion, death and time-out in one wait, without polling.
 *
 * Threads: a worker belongs to the thread that starts it, and dies when that thread ends: the
 * kernel sends the parent-death signal for threads, not processes.
 */
#ifndef PS_KERNELS_EMU_WORKER_H
#define PS_KERNELS_EMU_WORKER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* File descriptors a worker finds open; it is given no others. */
#define EMU_WORKER_SOCKET_FD  3
#define EMU_WORKER_MEMORY_FD  4
#define EMU_WORKER_KERNELS_FD 5
#define EMU_WORKER_FD_COUNT   6

#define EMU_WORKER_START_MS 10000u /* to load the kernels and say so */

/* What a worker answers: once when ready, then once per run. */
#define EMU_ANSWER_OK    1u
#define EMU_ANSWER_FAULT 2u /* the kernel's arguments reach outside the card's memory */

/* What every worker of a card is started with; all of it outlives the worker. */
struct emu_worker_setup {
    const char *program;
    const char *card_name;
    int memory_fd;
    int kernels_fd;
};

struct emu_worker {
    pid_t pid; /* 0: no process */
    int pid_fd;
    int socket_fd;
};

enum emu_worker_result {
    EMU_WORKER_DONE,
    EMU_WORKER_FAULT,
    EMU_WORKER_DIED,
    EMU_WORKER_HUNG,      /* killed at the limit */
    EMU_WORKER_CANCELLED, /* killed because cancel_fd became readable */
};

/**
 * Start the process for compute unit @p cu_name ("kernel:instance") and wait until it is ready.
 * @return EMU_WORKER_DONE, else no process is left.
 */
enum emu_worker_result emu_worker_start(struct emu_worker *worker,
                                        const struct emu_worker_setup *setup, const char *cu_name,
                                        int cancel_fd);

/** True while the process lives; collects it when it has died. */
bool emu_worker_alive(struct emu_worker *worker);

/**
 * Run the kernel once on @p size_bytes of registers.
 * @return any result; after DIED, HUNG and CANCELLED no process is left.
 */
enum emu_worker_result emu_worker_run(struct emu_worker *worker, const void *registers,
                                      uint32_t size_bytes, uint32_t limit_ms, int cancel_fd);

/** Send the process @p signal, if there is one: a fault to inject. */
void emu_worker_signal(const struct emu_worker *worker, int signal);

/** Kill and collect the process, if there is one. */
void emu_worker_stop(struct emu_worker *worker);

#endif
