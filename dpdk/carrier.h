/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/carrier.h - whether a port can carry frames now: link up, down, or the port is gone.
 *
 * Why not DPDK alone: its packet-socket port calls itself up whatever the interface does. Asking
 * once per interval is enough: a packet socket and an XDP socket live through down and up; only a
 * deleted interface is silent for ever. A tap that we cannot see was moved, or deleted: its own
 * descriptor tells. So is a NIC that was reset under us (as a virtual function
 * by its physical one) or removed: a new start brings it up, with all that it lost. Threads: one at
 * a time per object.
 */
#ifndef PS_DPDK_CARRIER_H
#define PS_DPDK_CARRIER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum nic_carrier_event {
    NIC_CARRIER_SAME,
    NIC_CARRIER_WENT_DOWN,
    NIC_CARRIER_CAME_UP,
    NIC_CARRIER_GONE,
};

struct nic_carrier {
    int socket_fd;       /* -1: not an interface of the kernel's */
    unsigned interface;  /* the kernel's index; 0: not an interface */
    uint16_t port;       /* DPDK's, asked when there is no interface */
    atomic_bool is_up;   /* written by who looks, read by who reports; nothing hangs on it */
    bool may_move;       /* to another network namespace: then it is as it was last seen */
    int tap_fd;          /* the driver's own, of a tap that may move; -1: not known */
    uint32_t down_count; /* how often it went down */
};

/**
 * Begin to watch. An interface that others made (@p promiscuous) takes every frame as long as the
 * carrier is open; the kernel ends that by itself when the process dies. One of our own, a tap,
 * needs no such thing and may be moved to another namespace.
 *
 * @param interface  Its name, or NULL: DPDK tells of @p port.
 * @return 0 or a negative errno.
 */
int nic_carrier_open(struct nic_carrier *ret_carrier, uint16_t port, const char *interface,
                     bool promiscuous);
void nic_carrier_close(struct nic_carrier *carrier);

/** What happened since the last look. */
enum nic_carrier_event nic_carrier_look(struct nic_carrier *carrier);

#endif
