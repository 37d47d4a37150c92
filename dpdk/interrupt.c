/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/interrupt.h"

#include <errno.h>
#include <rte_ethdev.h>
#include <rte_interrupts.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "dpdk/mem.h"

struct nic_interrupt {
    uint16_t ports[NIC_INTERRUPT_PORTS_MAX];
    uint32_t port_count;
    uint16_t queue;
    struct rte_epoll_event events[NIC_INTERRUPT_PORTS_MAX]; /* the epoll set points into it */
};

int nic_interrupt_create(struct nic_interrupt **ret_interrupt, const uint16_t *ports,
                         uint32_t port_count, uint16_t queue)
{
    struct nic_interrupt *in = nic_zalloc(1, sizeof(*in));

    if (in == NULL)
        return -ENOMEM;
    memcpy(in->ports, ports, port_count * sizeof(in->ports[0]));
    in->port_count = port_count;
    in->queue = queue;
    *ret_interrupt = in;
    return 0;
}

void nic_interrupt_destroy(struct nic_interrupt *interrupt)
{
    free(interrupt);
}

/*
 * What cannot be switched on is the descriptor of the frames themselves, a tap's. It is asked for
 * its level: DPDK would wait for an edge, and the tap's driver sees a frame only when a signal has
 * told it, which may be after the edge.
 */
static int join_port(struct nic_interrupt *in, uint32_t i)
{
    int fd;

    if (rte_eth_dev_rx_intr_enable(in->ports[i], in->queue) != -ENOTSUP)
        return rte_eth_dev_rx_intr_ctl_q(in->ports[i], in->queue, RTE_EPOLL_PER_THREAD,
                                         RTE_INTR_EVENT_ADD, NULL);
    fd = rte_eth_dev_rx_intr_ctl_q_get_fd(in->ports[i], in->queue);
    if (fd < 0)
        return -ENOTSUP;
    in->events[i].epdata.event = EPOLLIN;
    return rte_epoll_ctl(RTE_EPOLL_PER_THREAD, EPOLL_CTL_ADD, fd, &in->events[i]);
}

int nic_interrupt_join(struct nic_interrupt *interrupt)
{
    int rc = 0;

    for (uint32_t i = 0; i < interrupt->port_count && rc == 0; i++)
        rc = join_port(interrupt, i);
    return rc;
}

void nic_interrupt_wait(struct nic_interrupt *in)
{
    struct rte_epoll_event events[NIC_INTERRUPT_PORTS_MAX];
    bool waiting = false;

    for (uint32_t i = 0; i < in->port_count; i++)
        rte_eth_dev_rx_intr_enable(in->ports[i], in->queue);
    /* What came between the last poll and the enabling may not interrupt any more. */
    for (uint32_t i = 0; i < in->port_count; i++)
        waiting = waiting || rte_eth_rx_queue_count(in->ports[i], in->queue) > 0;
    if (!waiting)
        rte_epoll_wait(RTE_EPOLL_PER_THREAD, events, NIC_INTERRUPT_PORTS_MAX, NIC_INTERRUPT_MS_MAX);
    for (uint32_t i = 0; i < in->port_count; i++)
        rte_eth_dev_rx_intr_disable(in->ports[i], in->queue);
}
