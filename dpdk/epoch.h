/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/epoch.h - hands closed counting intervals from the workers to the control thread.
 *
 * Every counter has two sides. A worker reads the current epoch once per burst and writes side
 * epoch & 1 only; the control thread turns the epoch, waits until no worker can still hold the old
 * number, and then owns the old side. So the fast path needs no atomic operation per count, and
 * nothing is counted twice or lost.
 *
 * Threads: nic_epoch_turn() and _wait() from the control thread; the others from the worker they
 * name.
 */
#ifndef PS_DPDK_EPOCH_H
#define PS_DPDK_EPOCH_H

#include <stdint.h>

#define NIC_WORKERS_MAX 16u

struct nic_epoch;

/** The first epoch is 1. @return 0 or -ENOMEM. */
int nic_epoch_create(struct nic_epoch **ret_epoch, uint32_t worker_count);
void nic_epoch_destroy(struct nic_epoch *epoch);

/** A worker begins to count, or comes back from nic_epoch_leave(). */
void nic_epoch_join(struct nic_epoch *epoch, uint32_t worker_idx);

/** A worker is about to block or to end: turning no longer waits for it. */
void nic_epoch_leave(struct nic_epoch *epoch, uint32_t worker_idx);

/** Between bursts: let go of the old number and read the current one. */
uint64_t nic_epoch_pass(struct nic_epoch *epoch, uint32_t worker_idx);

/**
 * Close the current epoch and wait until no worker writes to it any more: at most one burst of
 * each. @return The closed epoch, whose side now belongs to the caller until the next turn.
 */
uint64_t nic_epoch_turn(struct nic_epoch *epoch);

/** Wait until no worker uses what it read before: at most one burst of each. */
void nic_epoch_wait(struct nic_epoch *epoch);

#endif
