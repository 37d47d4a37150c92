/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/ports.h"

#include <errno.h>
#include <inttypes.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <stdio.h>
#include <string.h>

#include "dpdk/eal.h"
#include "dpdk/offload_flow.h"
#include "dpdk/ready.h"

#define DESCRIPTORS       1024u
#define FRAMES_LARGE      1024u /* in the pool, when a frame may be 16 KiB; they are freed at once */
#define FRAMES_SMALL      8191u
#define FRAMES_QUEUE      3072u /* kept by the driver, where the frames are the ring: both ways */
#define FRAME_BYTES_SMALL 2048u
#define CACHE_FRAMES      64u
#define RSS_KEY_BYTES_MAX 64u
#define ANY_SOCKET        ((unsigned)SOCKET_ID_ANY)

static struct rte_mempool *create_pool(const struct nic_options *o)
{
    const uint32_t bytes = nic_options_frame_bytes(o);
    uint32_t frames = bytes > FRAME_BYTES_SMALL ? FRAMES_LARGE : FRAMES_SMALL;

    for (uint32_t i = 0; i < o->device_count; i++)
        if (o->devices[i].kind == NIC_DEVICE_PCI || o->devices[i].kind == NIC_DEVICE_AF_XDP)
            frames += nic_options_workers(o) * FRAMES_QUEUE;
    return rte_pktmbuf_pool_create("frames", frames, CACHE_FRAMES, 0,
                                   (uint16_t)(bytes + RTE_PKTMBUF_HEADROOM), SOCKET_ID_ANY);
}

/*
 * Toeplitz with a key of one repeated pair of bytes hashes (a, b) and (b, a) alike, so that both
 * directions of a flow meet the same worker.
 */
static void spread(struct rte_eth_conf *conf, const struct rte_eth_dev_info *info)
{
    static uint8_t key[RSS_KEY_BYTES_MAX];
    struct rte_eth_rss_conf *rss = &conf->rx_adv_conf.rss_conf;

    if (info->flow_type_rss_offloads == 0)
        return;
    conf->rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
    rss->rss_hf =
        (RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP | RTE_ETH_RSS_UDP) & info->flow_type_rss_offloads;
    if (info->hash_key_size == 0 || info->hash_key_size > sizeof(key))
        return;
    for (uint32_t i = 0; i < sizeof(key); i++)
        key[i] = (i & 1) == 0 ? 0x6d : 0x5a;
    rss->rss_key = key;
    rss->rss_key_len = info->hash_key_size;
}

static int setup_queues(uint16_t port, uint16_t queues, struct rte_mempool *pool)
{
    uint16_t rx = DESCRIPTORS;
    uint16_t tx = DESCRIPTORS;
    int rc = rte_eth_dev_adjust_nb_rx_tx_desc(port, &rx, &tx);

    for (uint16_t q = 0; q < queues && rc == 0; q++) {
        rc = rte_eth_rx_queue_setup(port, q, rx, ANY_SOCKET, NULL, pool);
        if (rc == 0)
            rc = rte_eth_tx_queue_setup(port, q, tx, ANY_SOCKET, NULL);
    }
    return rc;
}

static int start_port(uint16_t port, uint16_t queues, struct rte_mempool *pool, bool interrupts)
{
    struct rte_eth_conf conf = { .intr_conf.rxq = interrupts };
    struct rte_eth_dev_info info;
    int rc = rte_eth_dev_info_get(port, &info);

    if (rc != 0)
        return rc;
    if (queues > info.max_rx_queues || queues > info.max_tx_queues)
        return -ENOSPC;
    /* A driver that can tell of its NIC's removal does so only when asked before the start. */
    conf.intr_conf.rmv = (*info.dev_flags & RTE_ETH_DEV_INTR_RMV) != 0;
    if (queues > 1)
        spread(&conf, &info);
    rc = rte_eth_dev_configure(port, queues, queues, &conf);
    if (rc == 0)
        rc = setup_queues(port, queues, pool);
    return rc != 0 ? rc : rte_eth_dev_start(port);
}

/*
 * Drivers do not tell beforehand: a NIC's is asked to switch an interrupt on, a tap has a
 * descriptor to wait for. A memif's descriptors change with each connection, the others have none.
 */
static bool can_interrupt(const struct nic_device *device, uint16_t port)
{
    if (device != NULL && device->kind == NIC_DEVICE_PCI)
        return rte_eth_dev_rx_intr_enable(port, 0) == 0 &&
               rte_eth_dev_rx_intr_disable(port, 0) == 0;
    return device != NULL && device->kind == NIC_DEVICE_TAP &&
           rte_eth_dev_rx_intr_ctl_q_get_fd(port, 0) >= 0;
}

/* A port that started is not stopped again: a packet socket would not survive that. */
static int start_port_somehow(const struct nic_options *o, const struct nic_device *device,
                              uint16_t port, struct rte_mempool *pool, bool *ret_interrupts)
{
    const uint16_t queues = (uint16_t)nic_options_workers(o);
    /* A tap's descriptor comes with them, and tells whether the tap is still there. */
    const bool wanted = o->poll == NIC_POLL_AUTO || o->poll == NIC_POLL_INTERRUPT ||
                        (device != NULL && device->kind == NIC_DEVICE_TAP);

    if (!wanted || start_port(port, queues, pool, true) != 0) {
        *ret_interrupts = false;
        return start_port(port, queues, pool, false);
    }
    *ret_interrupts = can_interrupt(device, port);
    return 0;
}

/* An interface is made promiscuous through its carrier, a tap by nobody: the kernel sends us all.
 */
static int take_every_frame(const struct nic_device *device, uint16_t port)
{
    int rc = 0;

    if (device == NULL || device->kind == NIC_DEVICE_PCI || device->kind == NIC_DEVICE_VDEV)
        rc = rte_eth_promiscuous_enable(port);
    return rc == -ENOTSUP || rc == -ENOSYS ? 0 : rc;
}

static int explain_start(const struct nic_device *device, const char *name, int rc,
                         struct nic_problem *problem)
{
    if (rc == -ENOSPC)
        return nic_problem_set(problem, rc, "%.100s has fewer queues than --lcores has CPUs", name);
    if (device != NULL && device->kind == NIC_DEVICE_AF_XDP)
        return nic_problem_set(
            problem, rc,
            "%.100s cannot be started: %s; an XDP program there already? `ip link "
            "set %.20s xdp off`; as many queues as --lcores has CPUs?",
            name, rte_strerror(-rc), device->name);
    return nic_problem_set(problem, rc, "%.100s cannot be started: %s", name, rte_strerror(-rc));
}

static int explain_refusal(const struct nic_options *o, const struct nic_device *device,
                           const char *name, struct nic_problem *problem)
{
    if (device != NULL && device->kind == NIC_DEVICE_AF_XDP && nic_options_workers(o) > 1)
        return nic_problem_set(problem, -ENODEV,
                               "DPDK did not take %.50s: has %.20s %u combined queues? `ethtool -L "
                               "%.20s combined %u`, or fewer --lcores; the driver comes with %s",
                               name, device->name, nic_options_workers(o), device->name,
                               nic_options_workers(o), nic_device_package(device));
    return nic_problem_set(
        problem, -ENODEV, "DPDK did not take %.100s; its driver comes with %s; --verbose shows why",
        name, device != NULL ? nic_device_package(device) : "librte-net-pcap23");
}

/* @p device NULL: the capture file. */
static int add_port(const struct nic_options *o, const struct nic_device *device,
                    struct rte_mempool *pool, struct nic_ports *ports, struct nic_problem *problem)
{
    const uint32_t i = ports->count;
    const bool in_kernel =
        device != NULL && (nic_device_is_interface(device) || device->kind == NIC_DEVICE_TAP);
    char name[RTE_ETH_NAME_MAX_LEN] = "net_pcap0";
    bool interrupts;
    uint16_t port;
    int rc;

    if (device != NULL)
        nic_device_port_name(device, i, name, sizeof(name));
    if (rte_eth_dev_get_port_by_name(name, &port) != 0)
        return explain_refusal(o, device, name, problem);
    if (o->offload)
        nic_flow_prepare(port);
    rc = start_port_somehow(o, device, port, pool, &interrupts);
    if (rc == 0)
        rc = take_every_frame(device, port);
    if (rc == 0)
        rc = nic_carrier_open(&ports->carriers[i], port, in_kernel ? device->name : NULL,
                              in_kernel && device->kind != NIC_DEVICE_TAP);
    if (rc != 0) {
        rte_eth_dev_stop(port); /* which may have started */
        rte_eth_dev_close(port);
        return explain_start(device, name, rc, problem);
    }
    snprintf(ports->names[i], sizeof(ports->names[i]), "%s", device != NULL ? device->text : name);
    ports->has_interrupts = ports->has_interrupts && interrupts;
    ports->ids[ports->count++] = port;
    return 0;
}

/* The kernel speaks on the tap as if it were the port: same address, same longest frame. */
static int be_alike(uint16_t tap, uint16_t port)
{
    struct rte_ether_addr address;
    uint16_t mtu;
    int rc = rte_eth_macaddr_get(port, &address);

    if (rc == 0)
        rc = rte_eth_dev_default_mac_addr_set(tap, &address);
    if (rc == 0)
        rc = rte_eth_dev_get_mtu(port, &mtu);
    return rc != 0 ? rc : rte_eth_dev_set_mtu(tap, mtu);
}

static int add_ports(const struct nic_options *o, struct nic_ports *ports,
                     struct nic_problem *problem)
{
    struct rte_mempool *pool = create_pool(o);
    int rc = 0;

    if (pool == NULL)
        return nic_problem_set(problem, -rte_errno,
                               "no memory for frames (%s): raise --mem-mb, now %u",
                               rte_strerror(rte_errno), o->mem_mb);
    if (o->mode == NIC_MODE_PCAP)
        return add_port(o, NULL, pool, ports, problem);
    for (uint32_t i = 0; i < o->device_count && rc == 0; i++)
        rc = add_port(o, &o->devices[i], pool, ports, problem);
    if (rc != 0 || o->mode != NIC_MODE_EXCEPTION)
        return rc;
    rc = be_alike(ports->ids[1], ports->ids[0]);
    return rc == 0 ? 0
                   : nic_problem_set(problem, rc, "%.50s cannot have %.50s's address and MTU: %s",
                                     ports->names[1], ports->names[0], rte_strerror(-rc));
}

int nic_ports_open(const struct nic_options *options, struct nic_ports *ret_ports,
                   struct nic_problem *ret_problem)
{
    struct nic_ports ports = { .worker_count = nic_options_workers(options),
                               .has_interrupts = true };
    int rc = nic_ready_check(options, ret_problem);

    if (rc == 0)
        rc = nic_eal_start(options, ret_problem);
    if (rc != 0)
        return rc;
    rc = add_ports(options, &ports, ret_problem);
    if (rc == 0 && options->poll == NIC_POLL_INTERRUPT && !ports.has_interrupts)
        rc = nic_problem_set(ret_problem, -ENOTSUP,
                             "--poll interrupt: a driver here has none; leave it out or give "
                             "backoff or busy");
    if (rc != 0) {
        nic_ports_close(&ports);
        return rc;
    }
    *ret_ports = ports;
    return 0;
}

uint64_t nic_ports_missed(const struct nic_ports *ports)
{
    uint64_t missed = 0;

    for (uint32_t i = 0; i < ports->count; i++) {
        struct rte_eth_stats stats;

        if (rte_eth_stats_get(ports->ids[i], &stats) == 0)
            missed += stats.imissed + stats.rx_nombuf;
    }
    return missed;
}

/* The field may be full, without a NUL. */
static void copy_text(char *at, size_t size_bytes, const char *text)
{
    memcpy(at, text, strnlen(text, size_bytes));
}

uint32_t nic_ports_report(const struct nic_ports *ports, struct psd_port *ret_ports, uint32_t max)
{
    const uint32_t count = ports->count < max ? ports->count : max;

    for (uint32_t i = 0; i < count; i++) {
        struct psd_port port = { .queues = (uint16_t)ports->worker_count,
                                 .is_up = ports->carriers[i].is_up };
        struct rte_eth_dev_info info = { 0 };
        struct rte_eth_stats stats = { 0 };
        struct rte_eth_link link = { 0 };

        rte_eth_dev_info_get(ports->ids[i], &info);
        rte_eth_stats_get(ports->ids[i], &stats);
        rte_eth_link_get_nowait(ports->ids[i], &link);
        copy_text(port.name, sizeof(port.name), ports->names[i]);
        copy_text(port.driver, sizeof(port.driver),
                  info.driver_name != NULL ? info.driver_name : "");
        port.packets = stats.ipackets;
        port.bytes = stats.ibytes;
        port.missed = stats.imissed + stats.rx_nombuf;
        port.errors = stats.ierrors;
        /* What drivers say of a kernel's interface is a constant of theirs. */
        if (ports->carriers[i].interface == 0 && link.link_speed != RTE_ETH_SPEED_NUM_UNKNOWN)
            port.speed_mbps = link.link_speed;
        ret_ports[i] = port;
    }
    return count;
}

int nic_ports_watch(struct nic_ports *ports)
{
    for (uint32_t i = 0; i < ports->count; i++) {
        struct nic_carrier *carrier = &ports->carriers[i];

        switch (nic_carrier_look(carrier)) {
        case NIC_CARRIER_GONE:
            return -ENODEV;
        case NIC_CARRIER_WENT_DOWN:
            nic_log(NIC_LOG_WARN, "link_down", "port=%s downs=%u", ports->names[i],
                    carrier->down_count);
            break;
        case NIC_CARRIER_CAME_UP:
            nic_log(NIC_LOG_INFO, "link_up", "port=%s downs=%u", ports->names[i],
                    carrier->down_count);
            break;
        case NIC_CARRIER_SAME:
        default:
            break;
        }
    }
    return 0;
}

void nic_ports_close(struct nic_ports *ports)
{
    for (uint32_t i = 0; i < ports->count; i++) {
        nic_carrier_close(&ports->carriers[i]);
        rte_eth_dev_stop(ports->ids[i]);
        rte_eth_dev_close(ports->ids[i]);
    }
    nic_eal_stop();
}
