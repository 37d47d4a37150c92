/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/interrupt.h - a worker sleeps until one of its queues has a frame, where drivers can wake.
 *
 * Threads: the worker's; its epoll set belongs to the thread.
 */
#ifndef PS_DPDK_INTERRUPT_H
#define PS_DPDK_INTERRUPT_H

#include <stdint.h>

#define NIC_INTERRUPT_MS_MAX 10 /* then the worker looks whether it shall stop */

/** Before the first wait. @return 0 or a negative errno: back off instead. */
int nic_interrupt_join(const uint16_t *ports, uint32_t port_count, uint16_t queue);

/** Sleep until a frame comes, at most NIC_INTERRUPT_MS_MAX. */
void nic_interrupt_wait(const uint16_t *ports, uint32_t port_count, uint16_t queue);

#endif
