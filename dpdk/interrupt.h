/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/interrupt.h - a worker sleeps until one of its queues has a frame, where drivers can wake.
 *
 * Threads: the worker's; its epoll set belongs to the thread.
 */
#ifndef PS_DPDK_INTERRUPT_H
#define PS_DPDK_INTERRUPT_H

#include <stdint.h>

#define NIC_INTERRUPT_MS_MAX    10 /* then the worker looks whether it shall stop */
#define NIC_INTERRUPT_PORTS_MAX 2u

struct nic_interrupt;

/** @param ports  @p port_count of them, up to NIC_INTERRUPT_PORTS_MAX; copied. @return 0 or
 * -ENOMEM. */
int nic_interrupt_create(struct nic_interrupt **ret_interrupt, const uint16_t *ports,
                         uint32_t port_count, uint16_t queue);
void nic_interrupt_destroy(struct nic_interrupt *interrupt);

/** Before the first wait. @return 0 or a negative errno: back off instead. */
int nic_interrupt_join(struct nic_interrupt *interrupt);

/** Sleep until a frame comes, at most NIC_INTERRUPT_MS_MAX. */
void nic_interrupt_wait(struct nic_interrupt *interrupt);

#endif
