/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/carrier.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <rte_ethdev.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Set from EAL's interrupt thread, read by who looks; nothing hangs on the order. */
static atomic_bool lost[RTE_MAX_ETHPORTS];

static int note_loss(uint16_t port, enum rte_eth_event_type event, void *arg, void *result)
{
    (void)event;
    (void)arg;
    (void)result;
    lost[port] = true;
    return 0;
}

static void watch_driver(uint16_t port)
{
    lost[port] = false;
    rte_eth_dev_callback_register(port, RTE_ETH_EVENT_INTR_RESET, note_loss, NULL);
    rte_eth_dev_callback_register(port, RTE_ETH_EVENT_INTR_RMV, note_loss, NULL);
}

static bool is_interface_up(const struct nic_carrier *c)
{
    const short wanted = IFF_UP | IFF_RUNNING;
    struct ifreq request = { 0 };

    if (if_indextoname(c->interface, request.ifr_name) == NULL ||
        ioctl(c->socket_fd, SIOCGIFFLAGS, &request) != 0)
        return false;
    return (request.ifr_flags & wanted) == wanted;
}

static bool is_up(const struct nic_carrier *c)
{
    struct rte_eth_link link = { 0 };

    if (c->interface != 0)
        return is_interface_up(c);
    /* A driver that cannot tell has no link to lose. */
    return rte_eth_link_get_nowait(c->port, &link) != 0 || link.link_status == RTE_ETH_LINK_UP;
}

/* Not the interface's flag, which would stay set after a kill. */
static int take_every_frame(const struct nic_carrier *c)
{
    const struct packet_mreq every = { .mr_ifindex = (int)c->interface,
                                       .mr_type = PACKET_MR_PROMISC };

    return setsockopt(c->socket_fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &every, sizeof(every)) == 0
               ? 0
               : -errno;
}

int nic_carrier_open(struct nic_carrier *ret_carrier, uint16_t port, const char *interface,
                     bool promiscuous)
{
    struct nic_carrier c = {
        .socket_fd = -1, .port = port, .may_move = !promiscuous, .tap_fd = -1
    };
    int rc = 0;

    if (interface != NULL) {
        c.interface = if_nametoindex(interface);
        if (c.interface == 0)
            return -ENODEV;
        /* Protocol 0: this socket takes no frame. */
        c.socket_fd = socket(promiscuous ? AF_PACKET : AF_INET,
                             promiscuous ? SOCK_RAW | SOCK_CLOEXEC : SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (c.socket_fd < 0)
            return -errno;
        rc = promiscuous ? take_every_frame(&c) : 0;
    }
    if (rc != 0) {
        nic_carrier_close(&c);
        return rc;
    }
    if (interface == NULL)
        watch_driver(port);
    else if (c.may_move)
        c.tap_fd = rte_eth_dev_rx_intr_ctl_q_get_fd(port, 0);
    c.is_up = is_up(&c);
    *ret_carrier = c;
    return 0;
}

void nic_carrier_close(struct nic_carrier *carrier)
{
    if (carrier->socket_fd >= 0)
        close(carrier->socket_fd);
    carrier->socket_fd = -1;
}

/* Not in our namespace; the descriptor of a tap that was deleted belongs to none any more. */
static bool is_elsewhere(const struct nic_carrier *c)
{
    struct ifreq request = { 0 };

    return c->may_move && (ioctl(c->tap_fd, TUNGETIFF, &request) == 0 || errno != EBADFD);
}

enum nic_carrier_event nic_carrier_look(struct nic_carrier *carrier)
{
    char name[IF_NAMESIZE];
    bool was_up = carrier->is_up;

    if (carrier->interface != 0 && if_indextoname(carrier->interface, name) == NULL)
        return is_elsewhere(carrier) ? NIC_CARRIER_SAME : NIC_CARRIER_GONE;
    if (carrier->interface == 0 && lost[carrier->port])
        return NIC_CARRIER_GONE;
    carrier->is_up = is_up(carrier);
    if (carrier->is_up == was_up)
        return NIC_CARRIER_SAME;
    carrier->down_count += was_up;
    return was_up ? NIC_CARRIER_WENT_DOWN : NIC_CARRIER_CAME_UP;
}
