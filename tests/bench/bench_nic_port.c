/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/bench/bench_nic_port.c - frames received from a capture in memory, with and without us. */
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dpdk/mem.h"
#include "dpdk/runtime_dir.h"
#include "tests/bench/bench_nic.h"

#define PCAP_FRAMES    4096u
#define MIX_FRAMES     61u
#define LONG_BYTES     1514u
#define CAPTURED_BYTES 128u
#define SCATTER        67u /* odd: all media come, none near its neighbour */

/* Port 0 has the mix, port 1 requests only. */
static const bool port_is_mixed[] = { true, false };
#define PORTS (uint16_t) NIC_ARRAY_LEN(port_is_mixed)

static struct traffic traffic = { .random_state = 1 };
static struct nic_observer *observer;
static uint64_t epoch;
static double port_floor[NIC_ARRAY_LEN(port_is_mixed)][ROUNDS];
static double port_full[NIC_ARRAY_LEN(port_is_mixed)][ROUNDS];

static void put(FILE *file, const void *bytes, size_t size)
{
    if (fwrite(bytes, size, 1, file) != 1)
        die("cannot write the capture");
}

/* Long frames are cut: copying them is net_pcap's work, which a NIC does by itself. */
static void put_frame(FILE *file, const uint8_t *frame, uint32_t bytes)
{
    const uint32_t captured = bytes < CAPTURED_BYTES ? bytes : CAPTURED_BYTES;
    const uint32_t record[4] = { 0, 0, captured, bytes };

    put(file, record, sizeof(record));
    put(file, frame, captured);
}

static void put_request(FILE *file, uint32_t number)
{
    uint8_t frame[FRAME_ROOM];

    init_frame(frame);
    set_media(frame, number);
    put_frame(file, frame, FRAME_BYTES);
}

enum kind { ACKNOWLEDGEMENT, RESPONSE, TLS, RTP };

/* Addresses, ports and protocol are those of a request unless said otherwise. */
static void put_other(FILE *file, enum kind kind)
{
    static uint8_t frame[LONG_BYTES];
    const uint32_t bytes = kind == ACKNOWLEDGEMENT ? HEADERS : LONG_BYTES;

    memset(frame, 0, sizeof(frame));
    init_frame(frame);
    frame[16] = (uint8_t)((bytes - 14) >> 8);
    frame[17] = (uint8_t)(bytes - 14);
    if (kind == RESPONSE) {
        memcpy(frame + 26, (const uint8_t[]){ 10, 77, 0, 1, 10, 77, 1, 5 }, 8);
        memcpy(frame + 34, (const uint8_t[]){ 0, 80, 0x9c, 0x40 }, 4);
    } else if (kind == TLS) {
        memcpy(frame + 36, (const uint8_t[]){ 1, 187 }, 2);
        memcpy(frame + HEADERS, (const uint8_t[]){ 23, 3, 3, 5, 0xaf }, 5);
    } else if (kind == RTP) {
        frame[23] = 17;
        memcpy(frame + 34, (const uint8_t[]){ 0x9c, 0x40, 0x9c, 0x42, 5, 0xc8, 0, 0 }, 8);
        memcpy(frame + 42, (const uint8_t[]){ 0x80, 96, 0, 1, 0, 0, 0, 1, 0, 0, 0, 7 }, 12);
    }
    put_frame(file, frame, bytes);
}

/*
 * In 61 frames one request, for a segment of 49 kB: 34 frames of it, 17 acknowledgements; beside
 * them 6 frames of TLS and 3 of RTP. Or requests only.
 */
static void write_pcap(int fd, bool is_mixed)
{
    static const enum kind kinds[] = { RESPONSE, RESPONSE, ACKNOWLEDGEMENT };
    const uint32_t header[6] = { 0xa1b2c3d4u, 2 | 4 << 16, 0, 0, 65535, 1 };
    FILE *file = fdopen(fd, "w");

    if (file == NULL)
        die("cannot write the capture");
    put(file, header, sizeof(header));
    for (uint32_t i = 0; i < PCAP_FRAMES; i++) {
        const uint32_t at = i % MIX_FRAMES;

        if (!is_mixed || at == 0)
            put_request(file, i * SCATTER % PCAP_FRAMES);
        else
            put_other(file, at < 4 ? RTP : at < 10 ? TLS : kinds[at % 3]);
    }
    fclose(file);
}

static void start_port(uint16_t port)
{
    const struct rte_eth_conf conf = { 0 };
    struct rte_mempool *pool;
    char name[32];

    snprintf(name, sizeof(name), "frames%u", port);
    pool = rte_pktmbuf_pool_create(name, 4 * PCAP_FRAMES, 64, 0, 2048, -1);
    if (pool == NULL || rte_eth_dev_configure(port, 1, 1, &conf) != 0 ||
        rte_eth_rx_queue_setup(port, 0, 512, 0, NULL, pool) != 0 ||
        rte_eth_tx_queue_setup(port, 0, 512, 0, NULL) != 0 || rte_eth_dev_start(port) != 0)
        die("the port does not start");
}

void open_ports(void)
{
    char paths[PORTS][32], vdevs[PORTS][128], lcore[32], prefix[64];
    char *args[16] = { (char[]){ "bench-nic" },
                       (char[]){ "--no-huge" },
                       (char[]){ "--no-shconf" },
                       (char[]){ "--no-pci" },
                       (char[]){ "-m" },
                       (char[]){ "512" },
                       (char[]){ "--no-telemetry" },
                       lcore,
                       (char[]){ "--log-level=error" },
                       prefix };
    int count = 10;

    snprintf(lcore, sizeof(lcore), "--lcores=0@%u", first_cpu());
    snprintf(prefix, sizeof(prefix), "--file-prefix=bench-nic%d", (int)getpid());
    for (uint16_t p = 0; p < PORTS; p++) {
        int fd;

        snprintf(paths[p], sizeof(paths[p]), "/tmp/bench-nic-XXXXXX");
        fd = mkstemp(paths[p]);
        if (fd < 0)
            die("cannot make a capture");
        write_pcap(fd, port_is_mixed[p]);
        snprintf(vdevs[p], sizeof(vdevs[p]), "--vdev=net_pcap%u,rx_pcap=%s,infinite_rx=1", p,
                 paths[p]);
        args[count++] = vdevs[p];
    }
    if (rte_eal_init(count, args) < 0)
        die("EAL does not start");
    nic_runtime_dir_remove(rte_eal_get_runtime_dir()); /* nothing needs it, and EAL leaves it */
    for (uint16_t p = 0; p < PORTS; p++) {
        start_port(p);
        unlink(paths[p]);
    }
    observer = create_observer(PCAP_FRAMES, 1u << 15, &epoch);
}

/* Requests are known by their length, so that the floor pays for telling them too. */
static double run_port(uint16_t port, bool is_observed)
{
    struct rte_mbuf *frames[NIC_BURST];
    struct nic_frame seen[NIC_BURST];
    uint64_t start_ns = thread_cpu_ns();
    uint64_t requests_got = 0;
    uint32_t got = 0;

    while (got < OPS) {
        const uint16_t count = rte_eth_rx_burst(port, 0, frames, NIC_BURST);

        for (uint16_t i = 0; i < count; i++) {
            seen[i] = (struct nic_frame){ rte_pktmbuf_mtod(frames[i], uint8_t *),
                                          rte_pktmbuf_data_len(frames[i]), 0 };
            if (seen[i].bytes != FRAME_BYTES)
                continue;
            set_seq(rte_pktmbuf_mtod(frames[i], uint8_t *), &traffic);
            requests_got++;
        }
        if (is_observed)
            nic_observer_burst(observer, seen, count, epoch);
        rte_pktmbuf_free_bulk(frames, count);
        got += count;
    }
    start_ns = thread_cpu_ns() - start_ns;
    if (is_observed)
        drain(observer, &epoch, requests_got);
    return (double)start_ns / got;
}

void run_ports(uint32_t round)
{
    for (uint16_t p = 0; p < PORTS; p++) {
        port_floor[p][round] = run_port(p, false);
        port_full[p][round] = run_port(p, true);
    }
}

/* Requests and nothing else are no traffic, but say what one costs: no bar. */
static int report_port(uint16_t port, double floor, double full)
{
    printf("bench=nic source=pcap frames=%s ns_floor=%.1f ns_full=%.1f\n",
           port_is_mixed[port] ? "mix" : "requests", floor, full);
    if (port_is_mixed[port])
        return judge("full_over_floor", floor / full, 0.60, true);
    printf("bench=nic full_over_floor_requests_only=%.2f ns_per_request=%.1f\n", floor / full,
           full - floor);
    return 0;
}

int report_ports(void)
{
    int missed = 0;

    for (uint16_t p = 0; p < PORTS; p++)
        missed += report_port(p, median(port_floor[p]), median(port_full[p]));
    return missed;
}
