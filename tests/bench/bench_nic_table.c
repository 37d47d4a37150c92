/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/bench/bench_nic_table.c - random keys of a million, in our table and in DPDK's. */
#include <rte_hash.h>
#include <rte_hash_crc.h>
#include <rte_malloc.h>
#include <rte_member.h>
#include <stdio.h>

#include "dpdk/count.h"
#include "dpdk/mem.h"
#include "tests/bench/bench_nic.h"

/* Theirs get large pages as ours have them: EAL without hugetlbfs has small ones only. */
#define HEAP_BYTES ((size_t)256 << 20)
#define PAGE_BYTES ((size_t)2 << 20)

/*
 * Of the sketch: what it may be off by, as a share of all that was counted; keys it reports; every
 * key is put in, as ours are (it can sample, and is then faster and coarser).
 */
#define SKETCH_ERROR 0.0001f
#define SKETCH_TOP   100u /* a power of two lacks a place: its ring holds one less */

static struct {
    struct nic_count_table *ours;
    struct rte_hash *hash;
    struct rte_member_setsum *sketch;
    uint64_t *sums;
    uint64_t epoch;
    struct traffic traffic;
    uint64_t sink;
    double floor[ROUNDS], our[ROUNDS], their_hash[ROUNDS], their_sketch[ROUNDS], drain_ms[ROUNDS];
} t = { .epoch = 1, .traffic = { .random_state = 1 } };

static struct nic_key key_of(uint32_t number)
{
    return (struct nic_key){ .media_key = number * 0x9e3779b97f4a7c15ull, .profile_key = 7 };
}

static void no_record(void *arg, const struct psd_record *record)
{
    (void)arg;
    t.sink += record->segments;
}

static void draw_keys(struct nic_key *ret_keys)
{
    for (uint32_t k = 0; k < NIC_BURST; k++)
        ret_keys[k] = key_of(draw(&t.traffic, MILLION));
}

static void count_ours(const struct nic_key *keys, uint32_t count)
{
    static const enum nic_request_kind kinds[NIC_BURST];
    struct nic_count_entry *entries[NIC_BURST];

    nic_count_add(t.ours, keys, kinds, count, t.epoch, entries);
}

static void count_by_hash(const struct nic_key *keys)
{
    const void *at[NIC_BURST];
    void *sums[NIC_BURST];
    uint64_t hits;

    for (uint32_t k = 0; k < NIC_BURST; k++)
        at[k] = &keys[k];
    if (rte_hash_lookup_bulk_data(t.hash, at, NIC_BURST, &hits, sums) != (int)NIC_BURST)
        die("rte_hash lost a key");
    for (uint32_t k = 0; k < NIC_BURST; k++)
        __builtin_prefetch(sums[k], 1);
    for (uint32_t k = 0; k < NIC_BURST; k++)
        ++*(uint64_t *)sums[k];
}

static void count_by_sketch(const struct nic_key *keys)
{
    for (uint32_t k = 0; k < NIC_BURST; k++)
        if (rte_member_add(t.sketch, &keys[k], 1) < 0)
            die("rte_member refused a key");
}

static int create_heap(void)
{
    void *memory = nic_zalloc(1, HEAP_BYTES);

    if (memory == NULL || rte_malloc_heap_create("large_pages") != 0 ||
        rte_malloc_heap_memory_add("large_pages", memory, HEAP_BYTES, NULL, HEAP_BYTES / PAGE_BYTES,
                                   PAGE_BYTES) != 0)
        die("no heap on large pages");
    return rte_malloc_heap_get_socket("large_pages");
}

void create_tables(void)
{
    const int heap = create_heap();
    const struct rte_hash_parameters hash = {
        .name = "theirs",
        .entries = 2 * MILLION,
        .key_len = sizeof(struct nic_key),
        .hash_func = rte_hash_crc,
        .socket_id = heap,
    };
    const struct rte_member_parameters sketch = {
        .name = "theirs",
        .type = RTE_MEMBER_TYPE_SKETCH,
        .key_len = sizeof(struct nic_key),
        .error_rate = SKETCH_ERROR,
        .sample_rate = 1,
        .top_k = SKETCH_TOP,
        .prim_hash_seed = 1,
        .socket_id = heap,
    };

    t.hash = rte_hash_create(&hash);
    t.sketch = rte_member_create(&sketch);
    t.sums = nic_zalloc(MILLION, sizeof(*t.sums));
    if (t.hash == NULL || t.sketch == NULL || t.sums == NULL ||
        nic_count_create(&t.ours, 1u << 21, 1) != 0)
        die("out of memory");
    for (uint32_t i = 0; i < MILLION; i++) {
        const struct nic_key key = key_of(i);

        if (rte_hash_add_key_data(t.hash, &key, &t.sums[i]) != 0)
            die("rte_hash is full");
    }
}

enum way { FLOOR, OURS, HASH, SKETCH };

static double run_way(enum way way)
{
    const uint64_t start_ns = thread_cpu_ns();

    for (uint32_t i = 0; i < OPS; i += NIC_BURST) {
        struct nic_key keys[NIC_BURST];

        draw_keys(keys);
        if (way == OURS)
            count_ours(keys, NIC_BURST);
        else if (way == HASH)
            count_by_hash(keys);
        else if (way == SKETCH)
            count_by_sketch(keys);
        else
            __asm__ volatile("" : : "r"(keys) : "memory");
    }
    return (double)(thread_cpu_ns() - start_ns) / OPS;
}

/* All million in one epoch, so that the drain has them all; then random ones. */
void run_tables(uint32_t round)
{
    struct nic_count_sums sums;
    uint64_t start_ns;

    for (uint32_t i = 0; i < MILLION; i++) {
        const struct nic_key key = key_of(i);

        count_ours(&key, 1);
    }
    start_ns = thread_cpu_ns();
    sums = nic_count_drain(t.ours, t.epoch++, no_record, NULL);
    t.drain_ms[round] = (double)(thread_cpu_ns() - start_ns) / 1e6;
    if (sums.drained + sums.overflow != MILLION || sums.overflow > MILLION / 1000)
        die("a key was not drained");
    t.floor[round] = run_way(FLOOR);
    t.our[round] = run_way(OURS);
    sums = nic_count_drain(t.ours, t.epoch++, no_record, NULL);
    if (sums.drained + sums.overflow != OPS || sums.overflow > OPS / 1000)
        die("a key was not counted");
    t.their_hash[round] = run_way(HASH);
    t.their_sketch[round] = run_way(SKETCH);
}

int report_tables(void)
{
    const double floor = median(t.floor), our = median(t.our), hash = median(t.their_hash),
                 sketch = median(t.their_sketch);

    printf("bench=nic table_keys=1m ns_floor=%.1f ns_ours=%.1f ns_rte_hash=%.1f "
           "ns_rte_member_sketch=%.1f sketch_error=%.4f drain_1m_ms=%.1f\n",
           floor, our, hash, sketch, (double)SKETCH_ERROR, median(t.drain_ms));
    return judge("cost_over_rte_hash_1m", (our - floor) / (hash - floor), 0.4, false) +
           judge("cost_over_rte_member_1m", (our - floor) / (sketch - floor), 0.6, false);
}
