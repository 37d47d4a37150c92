/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/bench/bench_nic.c - what counting costs prestage-nic, beside what it cannot do without.
 *
 * Three sets of rounds, interleaved, in one process; figures are medians of thread CPU time.
 * pcap:  a capture in memory (net_pcap, infinite), received and freed, with and without observing:
 *        small segments being fetched, one request in 61 frames; and requests alone.
 * frame: a frame is written with a random media name of 10 k, 1 M or 10 M that are all known
 *        (floor); it is also classified and read, its key hashed (parse); it is counted (full).
 * table: random keys of 1 M, counted in our table and by rte_hash's bulk look-up and a sum.
 * Checks that every request sent was counted. Bars: issue 4's; exit 1 when one is missed.
 */
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_hash.h>
#include <rte_hash_crc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "dpdk/count.h"
#include "dpdk/mem.h"
#include "dpdk/observer.h"
#include "dpdk/requests.h"

#define ROUNDS         11u
#define OPS            96000u /* whole bursts */
#define NAMES_KEPT     65536u
#define FILL_BATCH     1024u
#define PCAP_FRAMES    4096u
#define FRAME_ROOM     256u
#define MIX_FRAMES     61u
#define RESPONSE_BYTES 1514u
#define HEADERS        54u
#define NAME_AT        (HEADERS + 7) /* after "GET /m/" */
#define NAME_DIGITS    6u
#define SEQ_AT         38u
#define MILLION        1000000u

static const char request[] = "GET /m/000000/hd/7.m4s HTTP/1.1\r\nHost: edge\r\n\r\n";
#define FRAME_BYTES (HEADERS + (uint32_t)sizeof(request) - 1)

static struct nic_servers servers;
static struct nic_regions regions;
static struct nic_batch *batch;
static struct nic_names *names;
static uint64_t sink, random_state = 1, sent;
static uint32_t seq;

static void die(const char *what)
{
    fprintf(stderr, "bench-nic: %s\n", what);
    exit(EXIT_FAILURE);
}

static uint32_t draw(uint32_t below)
{
    random_state = random_state * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)((random_state >> 32) * below >> 32);
}

static uint64_t cpu_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
    return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

static void init_frame(uint8_t *frame)
{
    static const uint8_t headers[HEADERS] = { [12] = 8, [14] = 0x45, [23] = 6,  [26] = 10,  77,
                                              1,        5,           10,        77,         0,
                                              1,        [35] = 9,    [37] = 80, [46] = 0x50 };

    memcpy(frame, headers, HEADERS);
    memcpy(frame + HEADERS, request, sizeof(request) - 1);
    frame[17] = (uint8_t)(FRAME_BYTES - 14);
}

/* A new sequence number each time: the same one would be a retransmission. */
static void set_seq(uint8_t *frame)
{
    seq += 64;
    memcpy(frame + SEQ_AT, &(uint32_t){ rte_cpu_to_be_32(seq) }, sizeof(seq));
}

static void set_name(uint8_t *frame, uint32_t number)
{
    for (uint32_t i = 0; i < NAME_DIGITS; i++, number >>= 4)
        frame[NAME_AT + i] = (uint8_t)("0123456789abcdef"[number & 15]);
}

/* One set of keys under measurement. */
struct case_ {
    const char *name;
    uint32_t keys;
    uint32_t entries; /* of the table */
    struct nic_observer *observer;
    uint64_t epoch;
    double floor[ROUNDS], parse[ROUNDS], full[ROUNDS];
};

static void drain(struct case_ *c)
{
    nic_batch_clear(batch);
    nic_observer_drain(c->observer, c->epoch++, batch, names);
    if (batch->totals.media_requests != sent || batch->totals.keyed != sent)
        die("a request was not counted");
    sent = 0;
}

static void observe(struct case_ *c, const uint8_t *frame)
{
    nic_observer_burst(c->observer, &(struct nic_frame){ frame, FRAME_BYTES, 0 }, 1, c->epoch);
}

static void create_case(struct case_ *c)
{
    struct nic_observer_config cfg = {
        .servers = &servers, .regions = &regions, .keys = c->entries, .seed = 1
    };
    uint8_t frame[FRAME_ROOM];

    init_frame(frame);
    nic_template_parse("/m/", &cfg.media_template);
    if (nic_observer_create(&c->observer, &cfg) != 0)
        die("out of memory");
    c->epoch = 1;
    for (uint32_t i = 0; i < c->keys; i++) {
        set_seq(frame);
        set_name(frame, i);
        observe(c, frame);
        sent++;
        if (i % FILL_BATCH == FILL_BATCH - 1 || i + 1 == c->keys)
            drain(c);
    }
}

static void hash_key(void *arg, const struct nic_segment *segment, const struct nic_request *r)
{
    (void)arg;
    sink += nic_name_key(r->media, r->media_bytes) ^ nic_name_key(r->profile, r->profile_bytes) ^
            nic_region_find(&regions, &segment->client);
}

enum stage { FLOOR, PARSE, FULL };

/* A burst of requests for names drawn at random, written anew each time. */
struct burst {
    uint8_t bytes[NIC_BURST][FRAME_ROOM];
    struct nic_frame frames[NIC_BURST];
};

static void init_burst(struct burst *burst)
{
    for (uint32_t i = 0; i < NIC_BURST; i++) {
        init_frame(burst->bytes[i]);
        burst->frames[i] = (struct nic_frame){ burst->bytes[i], FRAME_BYTES, 0 };
    }
}

static void write_burst(struct burst *burst, uint32_t keys)
{
    for (uint32_t i = 0; i < NIC_BURST; i++) {
        set_seq(burst->bytes[i]);
        set_name(burst->bytes[i], draw(keys));
    }
}

/* As the observer does it, but for the count. */
static void parse_burst(const struct burst *burst, struct nic_requests *requests,
                        struct nic_totals *totals)
{
    struct nic_segment segments[NIC_BURST];
    uint64_t flows[NIC_BURST];

    for (uint32_t i = 0; i < NIC_BURST; i++) {
        if (nic_classify(&servers, burst->bytes[i], FRAME_BYTES, &segments[i]) != NIC_CLASS_SEGMENT)
            die("a request was taken for something else");
        flows[i] = nic_requests_flow(requests, &segments[i]);
    }
    for (uint32_t i = 0; i < NIC_BURST; i++)
        nic_requests_feed(requests, &segments[i], flows[i], totals, hash_key, NULL);
}

static double run_frames(struct case_ *c, struct nic_requests *requests, enum stage stage)
{
    static struct burst burst;
    struct nic_totals totals = { 0 };
    uint64_t start_ns;

    init_burst(&burst);
    start_ns = cpu_ns();
    for (uint32_t i = 0; i < OPS; i += NIC_BURST) {
        write_burst(&burst, c->keys);
        if (stage == FULL)
            nic_observer_burst(c->observer, burst.frames, NIC_BURST, c->epoch);
        else if (stage == FLOOR)
            __asm__ volatile("" : : "r"(&burst) : "memory");
        else
            parse_burst(&burst, requests, &totals);
    }
    start_ns = cpu_ns() - start_ns;
    if (stage == PARSE && totals.media_requests != OPS)
        die("a request was not found");
    if (stage == FULL) {
        sent = OPS;
        drain(c);
    }
    return (double)start_ns / OPS;
}

/* Requests are known by their length, so that the floor pays for telling them too. */
static double run_port(uint16_t port, struct case_ *c, enum stage stage)
{
    struct rte_mbuf *frames[NIC_BURST];
    struct nic_frame seen[NIC_BURST];
    uint64_t start_ns = cpu_ns();
    uint64_t requests_got = 0;
    uint32_t got = 0;

    while (got < OPS) {
        const uint16_t count = rte_eth_rx_burst(port, 0, frames, NIC_BURST);

        for (uint16_t i = 0; i < count; i++) {
            seen[i] = (struct nic_frame){ rte_pktmbuf_mtod(frames[i], uint8_t *),
                                          rte_pktmbuf_data_len(frames[i]), 0 };
            if (seen[i].bytes != FRAME_BYTES)
                continue;
            set_seq(rte_pktmbuf_mtod(frames[i], uint8_t *));
            requests_got++;
        }
        if (stage == FULL)
            nic_observer_burst(c->observer, seen, count, c->epoch);
        rte_pktmbuf_free_bulk(frames, count);
        got += count;
    }
    start_ns = cpu_ns() - start_ns;
    if (stage == FULL) {
        sent = requests_got;
        drain(c);
    }
    return (double)start_ns / got;
}

static void put(FILE *file, const void *bytes, size_t size)
{
    if (fwrite(bytes, size, 1, file) != 1)
        die("cannot write the capture");
}

static void put_frame(FILE *file, const uint8_t *frame, uint32_t bytes)
{
    const uint32_t record[4] = { 0, 0, bytes, bytes };

    put(file, record, sizeof(record));
    put(file, frame, bytes);
}

static void put_request(FILE *file, uint32_t number)
{
    uint8_t frame[FRAME_ROOM];

    init_frame(frame);
    set_name(frame, number);
    put_frame(file, frame, FRAME_BYTES);
}

/* An acknowledgement without payload, or a frame full of a response. */
static void put_other(FILE *file, bool is_response)
{
    static uint8_t frame[RESPONSE_BYTES];
    const uint32_t bytes = is_response ? RESPONSE_BYTES : HEADERS;

    init_frame(frame);
    frame[16] = (uint8_t)((bytes - 14) >> 8);
    frame[17] = (uint8_t)(bytes - 14);
    if (is_response) {
        memcpy(frame + 26, (const uint8_t[]){ 10, 77, 0, 1, 10, 77, 1, 5 }, 8);
        memcpy(frame + 34, (const uint8_t[]){ 0, 80, 0x9c, 0x40 }, 4);
    }
    put_frame(file, frame, bytes);
}

/* A segment of 58 kB: one request, 40 frames of response, 20 acknowledgements; or requests only. */
static void write_pcap(int fd, bool is_mixed)
{
    const uint32_t header[6] = { 0xa1b2c3d4u, 2 | 4 << 16, 0, 0, 65535, 1 };
    FILE *file = fdopen(fd, "w");

    if (file == NULL)
        die("cannot write the capture");
    put(file, header, sizeof(header));
    for (uint32_t i = 0; i < PCAP_FRAMES; i++) {
        if (!is_mixed || i % MIX_FRAMES == 0)
            put_request(file, i);
        else
            put_other(file, i % 3 != 0);
    }
    fclose(file);
}

/* Port 0 has the mix, port 1 requests only. */
static const bool port_is_mixed[] = { true, false };
#define PORTS (uint16_t) NIC_ARRAY_LEN(port_is_mixed)

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

static void open_ports(void)
{
    char paths[PORTS][32], vdevs[PORTS][96], prefix[64];
    char *args[16] = { (char[]){ "bench-nic" },
                       (char[]){ "--no-huge" },
                       (char[]){ "--no-shconf" },
                       (char[]){ "--no-pci" },
                       (char[]){ "-m" },
                       (char[]){ "512" },
                       (char[]){ "--no-telemetry" },
                       (char[]){ "--lcores=0" },
                       (char[]){ "--log-level=error" },
                       prefix };
    int count = 10;

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
    for (uint16_t p = 0; p < PORTS; p++) {
        start_port(p);
        unlink(paths[p]);
    }
}

/* Random keys of a million, in our table and in rte_hash. */
struct tables {
    struct nic_count_table *ours;
    struct rte_hash *theirs;
    uint64_t *sums;
    uint64_t epoch;
    double floor[ROUNDS], our[ROUNDS], their[ROUNDS], drain_ms[ROUNDS];
};

static struct nic_key key_of(uint32_t number)
{
    return (struct nic_key){ .media_key = number * 0x9e3779b97f4a7c15ull, .profile_key = 7 };
}

static void no_record(void *arg, const struct psd_record *record)
{
    (void)arg;
    sink += record->segments;
}

/* As the observer does it, a burst at a time. */
static void count_ours(struct tables *t, const uint32_t *numbers, uint32_t count)
{
    struct nic_count_probe probes[NIC_BURST];

    for (uint32_t i = 0; i < count; i++) {
        probes[i].key = key_of(numbers[i]);
        nic_count_begin(t->ours, &probes[i]);
    }
    for (uint32_t i = 0; i < count; i++)
        nic_count_approach(t->ours, &probes[i]);
    for (uint32_t i = 0; i < count; i++) {
        struct nic_count_entry *entry = nic_count_find(t->ours, &probes[i]);

        if (entry == NULL)
            entry = nic_count_overflow(t->ours, &probes[i], t->epoch);
        if (entry != NULL)
            nic_count_add(t->ours, entry, NIC_REQUEST_SEGMENT, t->epoch);
    }
}

static void draw_numbers(uint32_t *numbers)
{
    for (uint32_t k = 0; k < NIC_BURST; k++)
        numbers[k] = draw(MILLION);
}

static void create_tables(struct tables *t)
{
    const struct rte_hash_parameters cfg = {
        .name = "theirs",
        .entries = 2 * MILLION,
        .key_len = sizeof(struct nic_key),
        .hash_func = rte_hash_crc,
    };

    t->epoch = 1;
    t->theirs = rte_hash_create(&cfg);
    t->sums = nic_zalloc(MILLION, sizeof(*t->sums));
    if (t->theirs == NULL || t->sums == NULL || nic_count_create(&t->ours, 1u << 21, 1) != 0)
        die("out of memory");
    for (uint32_t i = 0; i < MILLION; i++) {
        const struct nic_key key = key_of(i);

        if (rte_hash_add_key_data(t->theirs, &key, &t->sums[i]) != 0)
            die("rte_hash is full");
    }
}

static double run_theirs(struct tables *t)
{
    const uint64_t start_ns = cpu_ns();

    for (uint32_t i = 0; i < OPS; i += NIC_BURST) {
        struct nic_key keys[NIC_BURST];
        const void *at[NIC_BURST];
        void *sums[NIC_BURST];
        uint64_t hits;

        for (uint32_t k = 0; k < NIC_BURST; k++) {
            keys[k] = key_of(draw(MILLION));
            at[k] = &keys[k];
        }
        if (rte_hash_lookup_bulk_data(t->theirs, at, NIC_BURST, &hits, sums) != (int)NIC_BURST)
            die("rte_hash lost a key");
        for (uint32_t k = 0; k < NIC_BURST; k++)
            ++*(uint64_t *)sums[k];
    }
    return (double)(cpu_ns() - start_ns) / OPS;
}

/* All million in one epoch, so that the drain has them all; then random ones. */
static void run_tables(struct tables *t, uint32_t round)
{
    struct nic_count_sums sums;
    uint32_t numbers[NIC_BURST];
    uint64_t start_ns;

    for (uint32_t i = 0; i < MILLION; i++)
        count_ours(t, &i, 1);
    start_ns = cpu_ns();
    sums = nic_count_drain(t->ours, t->epoch++, no_record, NULL);
    t->drain_ms[round] = (double)(cpu_ns() - start_ns) / 1e6;
    if (sums.drained + sums.overflow != MILLION)
        die("a key was not drained");
    start_ns = cpu_ns();
    for (uint32_t i = 0; i < OPS; i++)
        sink += key_of(draw(MILLION)).media_key;
    t->floor[round] = (double)(cpu_ns() - start_ns) / OPS;
    start_ns = cpu_ns();
    for (uint32_t i = 0; i < OPS; i += NIC_BURST) {
        draw_numbers(numbers);
        count_ours(t, numbers, NIC_BURST);
    }
    t->our[round] = (double)(cpu_ns() - start_ns) / OPS;
    nic_count_drain(t->ours, t->epoch++, no_record, NULL);
    t->their[round] = run_theirs(t);
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *values)
{
    qsort(values, ROUNDS, sizeof(*values), by_size);
    return values[ROUNDS / 2];
}

/* @return 1 when the bar is missed. */
static int judge(const char *name, double value, double bar, bool at_least)
{
    const bool kept = at_least ? value >= bar : value <= bar;

    printf("bench=nic %s=%.2f bar=%s%.2f %s\n", name, value, at_least ? ">=" : "<=", bar,
           kept ? "kept=yes" : "kept=no");
    return !kept;
}

static int report_case(struct case_ *c, double bar, double *ret_cost)
{
    const double floor = median(c->floor), parse = median(c->parse), full = median(c->full);
    char name[64];

    printf("bench=nic keys=%s rounds=%u ns_floor=%.1f ns_parse=%.1f ns_full=%.1f\n", c->name,
           ROUNDS, floor, parse, full);
    snprintf(name, sizeof(name), "count_over_parse_%s", c->name);
    *ret_cost = full - floor;
    return judge(name, (full - floor) / (parse - floor), bar, false);
}

/* Requests and nothing else are no traffic, but say what one costs: no bar. */
static int report_port(uint16_t port, double floor, double full)
{
    printf("bench=nic source=pcap frames=%s ns_floor=%.1f ns_full=%.1f\n",
           port_is_mixed[port] ? "mix" : "requests", floor, full);
    if (port_is_mixed[port])
        return judge("full_over_floor", floor / full, 0.60, true);
    printf("bench=nic full_over_floor_requests_only=%.2f\n", floor / full);
    return 0;
}

static int report_tables(struct tables *t)
{
    const double floor = median(t->floor), our = median(t->our), their = median(t->their);

    printf("bench=nic table_keys=1m ns_floor=%.1f ns_ours=%.1f ns_rte_hash=%.1f drain_1m_ms=%.1f\n",
           floor, our, their, median(t->drain_ms));
    return judge("cost_over_rte_hash_1m", (our - floor) / (their - floor), 0.4, false);
}

int main(void)
{
    static struct case_ cases[] = { { .name = "10k", .keys = 10000, .entries = 1u << 15 },
                                    { .name = "1m", .keys = MILLION, .entries = 1u << 21 },
                                    { .name = "10m", .keys = 10 * MILLION, .entries = 1u << 24 } };
    static const double bars[] = { 1.4, 2.0, 2.0 };
    static double port_floor[PORTS][ROUNDS], port_full[PORTS][ROUNDS], costs[3];
    static struct tables tables;
    struct nic_requests *requests;
    struct nic_template media_template;
    int missed = 0;

    if (nic_endpoint_parse("10.77.0.1:80", &servers.list[servers.count++]) != 0 ||
        nic_region_add(&regions, "10.77.1.0/24=6") != 0 ||
        nic_template_parse("/m/", &media_template) != 0 ||
        nic_requests_create(&requests, &media_template, 1) != 0 ||
        nic_batch_create(&batch, 1u << 17) != 0 || nic_names_create(&names, NAMES_KEPT) != 0)
        die("out of memory");
    nic_region_seal(&regions);
    open_ports();
    create_tables(&tables);
    for (uint32_t i = 0; i < NIC_ARRAY_LEN(cases); i++)
        create_case(&cases[i]);
    for (uint32_t r = 0; r < ROUNDS; r++) {
        for (uint16_t p = 0; p < PORTS; p++) {
            port_floor[p][r] = run_port(p, &cases[0], FLOOR);
            port_full[p][r] = run_port(p, &cases[0], FULL);
        }
        for (uint32_t i = 0; i < NIC_ARRAY_LEN(cases); i++) {
            cases[i].floor[r] = run_frames(&cases[i], requests, FLOOR);
            cases[i].parse[r] = run_frames(&cases[i], requests, PARSE);
            cases[i].full[r] = run_frames(&cases[i], requests, FULL);
        }
        run_tables(&tables, r);
    }
    for (uint16_t p = 0; p < PORTS; p++)
        missed += report_port(p, median(port_floor[p]), median(port_full[p]));
    for (uint32_t i = 0; i < NIC_ARRAY_LEN(cases); i++)
        missed += report_case(&cases[i], bars[i], &costs[i]);
    missed += judge("growth_10k_10m", costs[2] / costs[0], 1.5, false);
    missed += report_tables(&tables);
    return missed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
