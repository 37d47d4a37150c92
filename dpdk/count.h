/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/count.h - one worker's exact counts per (media, profile, peer class), drained by epochs.
 *
 * Why exact: where each key's counts fill one cache line, exact counting costs about what a sketch
 * does. A key may take any of the 32 places of one set, whose tags, a byte each, lie in one cache
 * line: finding a key touches that line, its own, and rarely another's. Entries never move. A key
 * that was not counted since the last drain gives its place to a new one, the longest unused of
 * eight looked at, so the table needs no sweeping and old titles do not fill it. Keys of one epoch
 * begin to crowd each other out when they are 60 % of the places (3 in 10000 find none; at 80 %,
 * one in a hundred).
 *
 * What finds no room is counted in a sketch (sketch.h), an eighth of the table's size but at least
 * 128 KiB. A key whose estimate exceeds the sketch's error bound gets one of a few places kept for
 * heavy ones, and is exact from then on. In each epoch: drained + overflow = all that was counted.
 *
 * Threads: one worker finds and adds; the control thread drains a closed epoch (see epoch.h).
 */
#ifndef PS_DPDK_COUNT_H
#define PS_DPDK_COUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "dpdk/abi/demand_stream.h"
#include "dpdk/http.h"

#define NIC_COUNT_ENTRIES_MIN 32u /* one set */
#define NIC_COUNT_ENTRIES_MAX (1u << 24)
#define NIC_COUNT_BURST       32u
#define NIC_COUNT_HEAVY       16u /* places kept for heavy keys of the sketch */

struct nic_key {
    uint64_t media_key;
    uint64_t profile_key;
    uint16_t region;
    uint8_t device;
    uint8_t access;
    uint32_t reserved; /* 0: a key is compared and hashed as three words */
};

/* Sums of one closed epoch, in requests. */
struct nic_count_sums {
    uint64_t drained;        /* handed over in records: exact */
    uint64_t overflow;       /* in the sketch only */
    uint64_t overflow_error; /* see nic_sketch_error_max() */
    uint64_t promoted;       /* keys that got a heavy key's place */
};

struct nic_count_entry;
struct nic_count_table;

/**
 * @param entries  A power of two in the limits above.
 * @param seed     Random, so that nobody can choose keys that collide.
 * @return 0, -EINVAL or -ENOMEM.
 */
int nic_count_create(struct nic_count_table **ret_table, uint32_t entries, uint64_t seed);
void nic_count_destroy(struct nic_count_table *table);

/**
 * Count one request of each of @p count keys in @p epoch. A burst at once, as then the cache misses
 * of its keys overlap.
 * @param count        1..NIC_COUNT_BURST.
 * @param ret_entries  Of each key; NULL: no room, it is in the sketch. Theirs until the epoch ends.
 */
void nic_count_add(struct nic_count_table *table, const struct nic_key *keys,
                   const enum nic_request_kind *kinds, uint32_t count, uint64_t epoch,
                   struct nic_count_entry **ret_entries);

/** At least how often @p key overflowed in @p epoch, while that is not drained. */
uint32_t nic_count_overflow_estimate(const struct nic_count_table *table, const struct nic_key *key,
                                     uint64_t epoch);

/** Whether the entry's names were passed on; a new entry's were not. */
bool nic_count_is_named(const struct nic_count_entry *entry);
void nic_count_set_named(struct nic_count_entry *entry);

/**
 * Hand every exact count of the closed @p epoch to @p each and set it to zero, the sketch's too.
 * Control thread.
 */
struct nic_count_sums nic_count_drain(struct nic_count_table *table, uint64_t epoch,
                                      void (*each)(void *arg, const struct psd_record *record),
                                      void *arg);

#endif
