/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/bench/bench_nic.c - what counting costs prestage-nic, beside what it cannot do without.
 *
 * Sets of rounds, interleaved, in one process; figures are medians of thread CPU time.
 * port:  a capture in memory (net_pcap, infinite), received and freed, with and without observing:
 *        small segments being fetched, one request in 61 frames; and requests alone.
 * frame: a frame is written with a random media name of 10 k, 1 M or 10 M that are all known
 *        (floor); it is also classified and read, its key hashed (parse); it is counted (full).
 * table: random keys of 1 M, counted in our table, by rte_hash's bulk look-up and a sum, and by
 *        rte_member's sketch.
 * lcores: requests counted by two threads in the time that one takes for its own (wall clock).
 * Checks that every request sent was counted. Bars: issue 4's; exit 1 when one is missed.
 */
#include "tests/bench/bench_nic.h"

#include <rte_byteorder.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dpdk/mem.h"
#include "dpdk/requests.h"

#define NAMES_KEPT   65536u
#define FILL_BATCH   1024u
#define MEDIA_AT     (HEADERS + 7) /* after "GET /m/" */
#define MEDIA_DIGITS 6u
#define SEQ_AT       38u

static const char request[] = "GET /m/000000/hd/7.m4s HTTP/1.1\r\nHost: edge\r\n\r\n";
_Static_assert(FRAME_BYTES == HEADERS + sizeof(request) - 1, "as the header says");

static struct nic_servers servers;
static struct nic_regions regions;
static struct nic_template media_template;
static struct nic_batch *batch;
static struct nic_names *names;
static struct traffic traffic = { .random_state = 1 };
static uint64_t sink;

void die(const char *what)
{
    fprintf(stderr, "bench-nic: %s\n", what);
    exit(EXIT_FAILURE);
}

uint32_t draw(struct traffic *t, uint32_t below)
{
    t->random_state = t->random_state * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)((t->random_state >> 32) * below >> 32);
}

uint64_t thread_cpu_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
    return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

void init_frame(uint8_t *frame)
{
    static const uint8_t headers[HEADERS] = { [12] = 8, [14] = 0x45, [23] = 6,  [26] = 10,  77,
                                              1,        5,           10,        77,         0,
                                              1,        [35] = 9,    [37] = 80, [46] = 0x50 };

    memcpy(frame, headers, HEADERS);
    memcpy(frame + HEADERS, request, sizeof(request) - 1);
    frame[17] = (uint8_t)(FRAME_BYTES - 14);
}

void set_seq(uint8_t *frame, struct traffic *t)
{
    t->seq += 64;
    memcpy(frame + SEQ_AT, &(uint32_t){ rte_cpu_to_be_32(t->seq) }, sizeof(t->seq));
}

void set_media(uint8_t *frame, uint32_t number)
{
    for (uint32_t i = 0; i < MEDIA_DIGITS; i++, number >>= 4)
        frame[MEDIA_AT + i] = (uint8_t)("0123456789abcdef"[number & 15]);
}

void drain(struct nic_observer *observer, uint64_t *epoch, uint64_t sent)
{
    nic_batch_clear(batch);
    nic_observer_drain(observer, (*epoch)++, batch, names);
    if (batch->totals.media_requests != sent || batch->totals.keyed != sent ||
        batch->totals.overflow > sent / 1000)
        die("a request was not counted");
}

struct nic_observer *create_observer(uint32_t keys, uint32_t entries, uint64_t *ret_epoch)
{
    const struct nic_observer_config cfg = { .servers = &servers,
                                             .regions = &regions,
                                             .media_template = media_template,
                                             .keys = entries,
                                             .seed = 1 };
    struct traffic fill = { .seq = 1 };
    uint8_t frame[FRAME_ROOM];
    struct nic_observer *observer;
    uint64_t sent = 0;

    init_frame(frame);
    if (nic_observer_create(&observer, &cfg) != 0)
        die("out of memory");
    *ret_epoch = 1;
    for (uint32_t i = 0; i < keys; i++) {
        set_seq(frame, &fill);
        set_media(frame, i);
        nic_observer_burst(observer, &(struct nic_frame){ frame, FRAME_BYTES, 0 }, 1, *ret_epoch);
        sent++;
        if (i % FILL_BATCH != FILL_BATCH - 1 && i + 1 != keys)
            continue;
        drain(observer, ret_epoch, sent);
        sent = 0;
    }
    return observer;
}

/* One set of keys under measurement. */
struct case_ {
    const char *name;
    uint32_t keys;
    uint32_t entries; /* of the table */
    double bar;
    struct nic_observer *observer;
    uint64_t epoch;
    double floor[ROUNDS], parse[ROUNDS], full[ROUNDS];
};

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
        set_seq(burst->bytes[i], &traffic);
        set_media(burst->bytes[i], draw(&traffic, keys));
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
    start_ns = thread_cpu_ns();
    for (uint32_t i = 0; i < OPS; i += NIC_BURST) {
        write_burst(&burst, c->keys);
        if (stage == FULL)
            nic_observer_burst(c->observer, burst.frames, NIC_BURST, c->epoch);
        else if (stage == FLOOR)
            __asm__ volatile("" : : "r"(&burst) : "memory");
        else
            parse_burst(&burst, requests, &totals);
    }
    start_ns = thread_cpu_ns() - start_ns;
    if (stage == PARSE && totals.media_requests != OPS)
        die("a request was not found");
    if (stage == FULL)
        drain(c->observer, &c->epoch, OPS);
    return (double)start_ns / OPS;
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

double median(double *values)
{
    qsort(values, ROUNDS, sizeof(*values), by_size);
    return values[ROUNDS / 2];
}

int judge(const char *name, double value, double bar, bool at_least)
{
    const bool kept = at_least ? value >= bar : value <= bar;

    if (!(value > 0))
        die("a cost is not above its floor: measure again");
    printf("bench=nic %s=%.2f bar=%s%.2f %s\n", name, value, at_least ? ">=" : "<=", bar,
           kept ? "kept=yes" : "kept=no");
    return !kept;
}

static int report_case(struct case_ *c)
{
    const double floor = median(c->floor), parse = median(c->parse), full = median(c->full);
    char name[64];

    printf("bench=nic keys=%s rounds=%u ns_floor=%.1f ns_parse=%.1f ns_full=%.1f\n", c->name,
           ROUNDS, floor, parse, full);
    snprintf(name, sizeof(name), "count_over_parse_%s", c->name);
    return judge(name, (full - floor) / (parse - floor), c->bar, false);
}

/* Medians sorted the rounds already: the middle is the median. */
static double request_cost(const struct case_ *c)
{
    return c->full[ROUNDS / 2] - c->floor[ROUNDS / 2];
}

static double count_cost(const struct case_ *c)
{
    return c->full[ROUNDS / 2] - c->parse[ROUNDS / 2];
}

int main(void)
{
    static struct case_ cases[] = {
        { .name = "10k", .keys = 10000, .entries = 1u << 15, .bar = 1.4 },
        { .name = "1m", .keys = MILLION, .entries = 1u << 21, .bar = 2.0 },
        { .name = "10m", .keys = 10 * MILLION, .entries = 1u << 24, .bar = 2.0 },
    };
    struct nic_requests *requests;
    int missed;

    if (nic_endpoint_parse("10.77.0.1:80", &servers.list[servers.count++]) != 0 ||
        nic_region_add(&regions, "10.77.1.0/24=6") != 0 ||
        nic_template_parse("/m/", &media_template) != 0 ||
        nic_requests_create(&requests, &media_template, 1) != 0 ||
        nic_batch_create(&batch, 1u << 17) != 0 || nic_names_create(&names, NAMES_KEPT) != 0)
        die("out of memory");
    nic_region_seal(&regions);
    create_lcores(); /* before EAL takes a CPU for itself */
    open_ports();
    create_tables();
    for (uint32_t i = 0; i < NIC_ARRAY_LEN(cases); i++)
        cases[i].observer = create_observer(cases[i].keys, cases[i].entries, &cases[i].epoch);
    for (uint32_t r = 0; r < ROUNDS; r++) {
        run_ports(r);
        for (uint32_t i = 0; i < NIC_ARRAY_LEN(cases); i++) {
            cases[i].floor[r] = run_frames(&cases[i], requests, FLOOR);
            cases[i].parse[r] = run_frames(&cases[i], requests, PARSE);
            cases[i].full[r] = run_frames(&cases[i], requests, FULL);
        }
        run_tables(r);
        run_lcores(r);
    }
    missed = report_ports();
    for (uint32_t i = 0; i < NIC_ARRAY_LEN(cases); i++)
        missed += report_case(&cases[i]);
    missed +=
        judge("growth_10k_10m", request_cost(&cases[2]) / request_cost(&cases[0]), 1.5, false);
    printf("bench=nic growth_10k_10m_of_counting_alone=%.2f\n",
           count_cost(&cases[2]) / count_cost(&cases[0]));
    missed += report_tables();
    missed += report_lcores();
    return missed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
