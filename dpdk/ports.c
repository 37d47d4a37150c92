/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/ports.h"

#include <errno.h>
#include <limits.h>
#include <net/if.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <sched.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dpdk/capture.h"
#include "dpdk/offload_flow.h"
#include "dpdk/runtime_dir.h"

#define EAL_ARGS_MAX      24
#define EAL_TEXT_BYTES    8192
#define DESCRIPTORS       1024u
#define FRAMES_LARGE      1024u /* in the pool, when a frame may be 16 KiB; they are freed at once */
#define FRAMES_SMALL      8191u
#define FRAME_BYTES_LARGE 16384u
#define FRAME_BYTES_SMALL 2048u
#define RING_FRAMES_LARGE 2048u /* 512, the driver's own default, loses frames */
#define RING_FRAMES_SMALL 4096u
#define RING_BLOCK_BYTES  65536u
#define CACHE_FRAMES      64u
#define ANY_SOCKET        ((unsigned)SOCKET_ID_ANY)

/* EAL's argv; it keeps pointers into it. */
struct eal_args {
    char text[EAL_TEXT_BYTES];
    size_t used_bytes;
    char *argv[EAL_ARGS_MAX + 1];
    int argc;
};

__attribute__((format(printf, 2, 3))) static void add_arg(struct eal_args *args, const char *fmt,
                                                          ...)
{
    char *at = args->text + args->used_bytes;
    const size_t left = sizeof(args->text) - args->used_bytes;
    va_list list;
    int bytes;

    va_start(list, fmt);
    bytes = vsnprintf(at, left, fmt, list);
    va_end(list);
    if (bytes < 0 || (size_t)bytes >= left || args->argc == EAL_ARGS_MAX)
        return;
    args->argv[args->argc++] = at;
    args->used_bytes += (size_t)bytes + 1;
}

static bool is_pci(const char *device)
{
    unsigned domain, bus, slot, function;
    int end = 0;

    return sscanf(device, "%4x:%2x:%2x.%1u%n", &domain, &bus, &slot, &function, &end) == 4 &&
           device[end] == '\0';
}

static uint32_t device_count(const struct nic_options *o)
{
    return o->mode == NIC_MODE_INLINE ? 2 : 1;
}

static uint32_t frame_bytes(const struct nic_options *o)
{
    if (o->frame_bytes != 0)
        return o->frame_bytes;
    return o->mode == NIC_MODE_INLINE ? FRAME_BYTES_SMALL : FRAME_BYTES_LARGE;
}

static uint32_t worker_count(const struct nic_options *o)
{
    return o->cpu_count > 0 ? o->cpu_count : 1;
}

/* `(0,1,3)`: every CPU this process may use. */
static void any_cpu(char *ret_text, size_t size_bytes)
{
    cpu_set_t set;
    size_t used = 0;

    if (sched_getaffinity(0, sizeof(set), &set) != 0)
        CPU_SET(0, &set);
    for (uint32_t cpu = 0; cpu < CPU_SETSIZE && used + 8 < size_bytes; cpu++)
        if (CPU_ISSET(cpu, &set))
            used += (size_t)snprintf(ret_text + used, size_bytes - used, "%c%u",
                                     used == 0 ? '(' : ',', cpu);
    snprintf(ret_text + used, size_bytes - used, ")");
}

static void add_lcores(struct eal_args *args, const struct nic_options *o)
{
    char any[EAL_TEXT_BYTES / 4];
    char text[EAL_TEXT_BYTES / 2];
    int used;

    any_cpu(any, sizeof(any));
    used = snprintf(text, sizeof(text), "0@%s", any);
    if (o->cpu_count == 0)
        snprintf(text + used, sizeof(text) - (size_t)used, ",1@%s", any);
    for (uint32_t i = 0; i < o->cpu_count; i++)
        used += snprintf(text + used, sizeof(text) - (size_t)used, ",%u@%u", i + 1, o->cpus[i]);
    add_arg(args, "--lcores=%s", text);
}

static void add_device(struct eal_args *args, const struct nic_options *o, uint32_t i)
{
    const uint32_t bytes = frame_bytes(o);

    if (o->mode == NIC_MODE_PCAP)
        add_arg(args, "--vdev=net_pcap0,rx_pcap=%s", o->capture);
    else if (is_pci(o->devices[i]))
        add_arg(args, "--allow=%s", o->devices[i]);
    else
        add_arg(args, "--vdev=net_af_packet%u,iface=%s,qpairs=%u,framecnt=%u,framesz=%u,blocksz=%u",
                i, o->devices[i], worker_count(o),
                bytes > FRAME_BYTES_SMALL ? RING_FRAMES_LARGE : RING_FRAMES_SMALL, bytes,
                RING_BLOCK_BYTES);
}

static void build_args(struct eal_args *args, const struct nic_options *o)
{
    bool any_pci = false;

    add_arg(args, "prestage-nic");
    add_arg(args, "--file-prefix=" NIC_RUNTIME_PREFIX "%d", getpid());
    add_arg(args, "-m");
    add_arg(args, "%u", o->mem_mb);
    if (o->hugepages) {
        add_arg(args, "--in-memory");
    } else {
        add_arg(args, "--no-huge");
        add_arg(args, "--no-shconf");
    }
    add_arg(args, o->telemetry ? "--telemetry" : "--no-telemetry");
    add_arg(args, "--log-level=*:%s", o->verbose ? "info" : "error");
    add_lcores(args, o);
    for (uint32_t i = 0; i < device_count(o); i++) {
        add_device(args, o, i);
        any_pci = any_pci || is_pci(o->devices[i]);
    }
    if (!any_pci)
        add_arg(args, "--no-pci");
}

static int check_interface(const char *name, struct nic_problem *problem)
{
    struct ifreq request = { 0 };
    const int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    int rc;

    if (fd < 0)
        return nic_problem_set(problem, -errno,
                               "%.50s: cannot open a packet socket (%s): run as root or with "
                               "CAP_NET_RAW and CAP_NET_ADMIN",
                               name, strerror(errno));
    snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
    rc = strlen(name) < IFNAMSIZ && ioctl(fd, SIOCGIFFLAGS, &request) == 0 ? 0 : -ENODEV;
    close(fd);
    if (rc != 0)
        return nic_problem_set(problem, rc,
                               "%.50s: no such interface in this network namespace; `ip link` "
                               "lists them",
                               name);
    if ((request.ifr_flags & IFF_UP) == 0)
        return nic_problem_set(problem, -ENETDOWN,
                               "%.50s: the interface is down; `ip link set %.20s up`", name, name);
    return 0;
}

static int check_devices(const struct nic_options *o, struct nic_problem *problem)
{
    int rc = 0;

    if (o->mode == NIC_MODE_PCAP)
        return nic_capture_check(o->capture, problem);
    for (uint32_t i = 0; i < device_count(o) && rc == 0; i++)
        if (!is_pci(o->devices[i]))
            rc = check_interface(o->devices[i], problem);
    return rc;
}

static struct rte_mempool *create_pool(const struct nic_options *o)
{
    const bool large = frame_bytes(o) > FRAME_BYTES_SMALL;

    return rte_pktmbuf_pool_create("frames", large ? FRAMES_LARGE : FRAMES_SMALL, CACHE_FRAMES, 0,
                                   (uint16_t)(frame_bytes(o) + RTE_PKTMBUF_HEADROOM),
                                   SOCKET_ID_ANY);
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

static int start_port(uint16_t port, uint16_t queues, struct rte_mempool *pool)
{
    struct rte_eth_conf conf = { 0 };
    struct rte_eth_dev_info info;
    int rc = rte_eth_dev_info_get(port, &info);

    if (rc != 0)
        return rc;
    if (queues > 1 && info.flow_type_rss_offloads != 0) {
        conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
        conf.rx_adv_conf.rss_conf.rss_hf =
            (RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP) & info.flow_type_rss_offloads;
    }
    rc = rte_eth_dev_configure(port, queues, queues, &conf);
    if (rc == 0)
        rc = setup_queues(port, queues, pool);
    if (rc == 0)
        rc = rte_eth_dev_start(port);
    if (rc != 0)
        return rc;
    /* Not every driver can: a file sees all there is anyway. */
    rc = rte_eth_promiscuous_enable(port);
    return rc == -ENOTSUP ? 0 : rc;
}

/* The name that DPDK gave the port. */
static void device_name(const struct nic_options *o, uint32_t i, char *ret_name, size_t size_bytes)
{
    if (o->mode == NIC_MODE_PCAP)
        snprintf(ret_name, size_bytes, "net_pcap0");
    else if (is_pci(o->devices[i]))
        snprintf(ret_name, size_bytes, "%s", o->devices[i]);
    else
        snprintf(ret_name, size_bytes, "net_af_packet%u", i);
}

static int start_ports(const struct nic_options *o, struct nic_ports *ports,
                       struct nic_problem *problem)
{
    struct rte_mempool *pool = create_pool(o);
    uint16_t port;

    if (pool == NULL)
        return nic_problem_set(problem, -rte_errno,
                               "no memory for frames (%s): raise --mem-mb, now %u",
                               rte_strerror(rte_errno), o->mem_mb);
    for (uint32_t i = 0; i < device_count(o); i++) {
        char name[RTE_ETH_NAME_MAX_LEN];
        int rc;

        device_name(o, i, name, sizeof(name));
        if (rte_eth_dev_get_port_by_name(name, &port) != 0)
            return nic_problem_set(problem, -ENODEV,
                                   "DPDK did not take %.100s; --verbose shows why", name);
        if (o->offload)
            nic_flow_prepare(port);
        rc = start_port(port, (uint16_t)ports->worker_count, pool);
        if (rc != 0)
            return nic_problem_set(problem, rc, "%.100s cannot be started: %s", name,
                                   rte_strerror(-rc));
        if (o->mode != NIC_MODE_PCAP && !is_pci(o->devices[i]))
            ports->interfaces[ports->count] = if_nametoindex(o->devices[i]);
        ports->ids[ports->count++] = port;
    }
    return 0;
}

int nic_ports_open(const struct nic_options *options, struct nic_ports *ret_ports,
                   struct nic_problem *ret_problem)
{
    static struct eal_args args; /* EAL keeps pointers into it */
    struct nic_ports ports = { .worker_count = worker_count(options) };
    int rc = check_devices(options, ret_problem);

    if (rc != 0)
        return rc;
    build_args(&args, options);
    if (rte_eal_init(args.argc, args.argv) < 0)
        return nic_problem_set(ret_problem, -rte_errno,
                               "DPDK cannot start: %s; --verbose shows more",
                               rte_strerror(rte_errno));
    nic_runtime_dir_sweep(rte_eal_get_runtime_dir());
    if (!options->telemetry) /* then nothing needs it, and even a killed process leaves none */
        nic_runtime_dir_remove(rte_eal_get_runtime_dir());
    rc = start_ports(options, &ports, ret_problem);
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

static void put_text(char *field, size_t size_bytes, const char *text)
{
    memset(field, 0, size_bytes);
    memcpy(field, text, strnlen(text, size_bytes)); /* may fill it */
}

static void report_port(const struct nic_ports *ports, uint32_t i, struct psd_port *ret_port)
{
    const uint16_t id = ports->ids[i];
    char name[RTE_ETH_NAME_MAX_LEN] = "";
    struct rte_eth_dev_info info;
    struct rte_eth_stats stats;
    struct rte_eth_link link;

    *ret_port = (struct psd_port){ 0 };
    if (ports->interfaces[i] == 0 || if_indextoname(ports->interfaces[i], name) == NULL)
        rte_eth_dev_get_name_by_port(id, name);
    put_text(ret_port->name, sizeof(ret_port->name), name);
    if (rte_eth_dev_info_get(id, &info) == 0) {
        put_text(ret_port->driver, sizeof(ret_port->driver), info.driver_name);
        ret_port->queues = info.nb_rx_queues;
    }
    if (rte_eth_stats_get(id, &stats) == 0) {
        ret_port->packets = stats.ipackets;
        ret_port->bytes = stats.ibytes;
        ret_port->missed = stats.imissed + stats.rx_nombuf;
        ret_port->errors = stats.ierrors;
    }
    if (rte_eth_link_get_nowait(id, &link) != 0)
        return;
    ret_port->is_up = link.link_status == RTE_ETH_LINK_UP;
    if (link.link_speed != RTE_ETH_SPEED_NUM_UNKNOWN)
        ret_port->speed_mbps = link.link_speed;
}

uint32_t nic_ports_report(const struct nic_ports *ports, struct psd_port *ret_ports, uint32_t max)
{
    const uint32_t count = ports->count < max ? ports->count : max;

    for (uint32_t i = 0; i < count; i++)
        report_port(ports, i, &ret_ports[i]);
    return count;
}

bool nic_ports_gone(const struct nic_ports *ports)
{
    char name[IF_NAMESIZE];

    for (uint32_t i = 0; i < ports->count; i++)
        if (ports->interfaces[i] != 0 && if_indextoname(ports->interfaces[i], name) == NULL)
            return true;
    return false;
}

void nic_ports_close(const struct nic_ports *ports)
{
    char runtime_dir[PATH_MAX];

    snprintf(runtime_dir, sizeof(runtime_dir), "%s", rte_eal_get_runtime_dir());
    for (uint32_t i = 0; i < ports->count; i++) {
        rte_eth_dev_stop(ports->ids[i]);
        rte_eth_dev_close(ports->ids[i]);
    }
    rte_eal_cleanup();
    nic_runtime_dir_remove(runtime_dir);
}
