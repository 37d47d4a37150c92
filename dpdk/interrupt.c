/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/interrupt.h"

#include <rte_ethdev.h>
#include <rte_interrupts.h>
#include <stdbool.h>

#define EVENTS_MAX 4

int nic_interrupt_join(const uint16_t *ports, uint32_t port_count, uint16_t queue)
{
    int rc = 0;

    for (uint32_t i = 0; i < port_count && rc == 0; i++)
        rc = rte_eth_dev_rx_intr_ctl_q(ports[i], queue, RTE_EPOLL_PER_THREAD, RTE_INTR_EVENT_ADD,
                                       NULL);
    return rc;
}

void nic_interrupt_wait(const uint16_t *ports, uint32_t port_count, uint16_t queue)
{
    struct rte_epoll_event events[EVENTS_MAX];
    bool waiting = false;

    for (uint32_t i = 0; i < port_count; i++)
        rte_eth_dev_rx_intr_enable(ports[i], queue);
    /* What came between the last poll and the enabling may not interrupt any more. */
    for (uint32_t i = 0; i < port_count; i++)
        waiting = waiting || rte_eth_rx_queue_count(ports[i], queue) > 0;
    if (!waiting)
        rte_epoll_wait(RTE_EPOLL_PER_THREAD, events, EVENTS_MAX, NIC_INTERRUPT_MS_MAX);
    for (uint32_t i = 0; i < port_count; i++)
        rte_eth_dev_rx_intr_disable(ports[i], queue);
}
