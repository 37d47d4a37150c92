/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/worker.h - one lcore's loop: receive, classify, count, send.
 *
 * Threads: create and destroy from the control thread while the worker does not run;
 * nic_worker_run() is the worker; nic_worker_stop() from any.
 */
#ifndef PS_DPDK_WORKER_H
#define PS_DPDK_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include "dpdk/epoch.h"
#include "dpdk/observer.h"

#define NIC_PORTS_MAX 2u

struct nic_worker;

struct nic_worker_config {
    uint32_t idx; /* of the worker, and of the queue it serves on each port */
    uint16_t ports[NIC_PORTS_MAX];
    uint32_t port_count;     /* 1; 2: what comes from one goes to the other */
    bool ends;               /* the port is a file: stop when it brings no more */
    int end_fd;              /* eventfd to write when it stopped, or -1 */
    bool interrupts;         /* sleep until a port wakes us */
    uint32_t sleep_us_max;   /* else so long at most; 0: never sleep */
    struct nic_epoch *epoch; /* outlives the worker, as does the observer */
    struct nic_observer *observer;
};

/** @return 0 or -ENOMEM. */
int nic_worker_create(struct nic_worker **ret_worker, const struct nic_worker_config *cfg);
void nic_worker_destroy(struct nic_worker *worker);

/** The loop; the argument is the worker. Returns 0 after nic_worker_stop() or the file's end. */
int nic_worker_run(void *worker);

void nic_worker_stop(struct nic_worker *worker);

#endif
