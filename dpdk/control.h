/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/control.h - the control thread: turns epochs, gathers counts and names, reports them.
 *
 * Threads: create, run and destroy on one thread; workers only meet it through epoch.h and the
 * name queues.
 */
#ifndef PS_DPDK_CONTROL_H
#define PS_DPDK_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "dpdk/epoch.h"
#include "dpdk/observer.h"
#include "dpdk/stream.h"

struct nic_control;

struct nic_control_config {
    uint32_t epoch_ms;
    bool print;          /* records to stdout */
    bool print_totals;   /* to stdout at the end */
    const char *to_name; /* of prestaged, for the log; NULL: do not send */
    struct nic_link_config to;
    const char *stats_file; /* or NULL */
    uint64_t server_v4;     /* see struct psd_hello */
    uint32_t
        keys; /* of a worker, a power of two; up to NIC_BATCH_RECORDS_MAX are gathered at once */
    struct nic_epoch *epoch; /* this and what follows outlives the control */
    struct nic_observer *const *observers;
    uint32_t observer_count;
    /* What the stream tells of ports and rules; see struct nic_stream_config. NULL: nothing.
     * ports() is called from any thread. */
    uint32_t (*ports)(void *arg, struct psd_port *ret_ports, uint32_t max);
    uint32_t (*rules)(void *arg, struct psd_rule *ret_rules, uint32_t max);
    uint64_t (*port_missed)(void *arg); /* so far */
    bool telemetry;                     /* keep what nic_control_serve_telemetry() tells of */
    bool (*port_gone)(void *arg);       /* asked each interval; true ends nic_control_run() */
    void (*closed)(void *arg, struct nic_batch *batch); /* an interval; may add to it */
    void (*reload)(void *arg);                          /* at SIGHUP, on the control thread */
    void *arg;
    int signal_fd; /* signalfd: SIGUSR1 prints totals, SIGHUP reloads, others end the run */
    int end_fd;    /* eventfd: each worker adds one when it stopped by itself */
};

/** @return 0, -ENAMETOOLONG (socket path), -EINVAL, -EIO (no random number) or -ENOMEM. */
int nic_control_create(struct nic_control **ret_control, const struct nic_control_config *cfg);
void nic_control_destroy(struct nic_control *control);

/**
 * Turn epochs until a signal, or until all workers stopped by themselves.
 * @return 0, -ENODEV (a port is gone) or what poll() failed with.
 */
int nic_control_run(struct nic_control *control);

/** After the workers stopped: close the last epoch and deliver it. @return 0 or -ETIMEDOUT. */
int nic_control_finish(struct nic_control *control);

/** Answer dpdk-telemetry.py about this control until it is destroyed. One per process. */
void nic_control_serve_telemetry(struct nic_control *control);

#endif
