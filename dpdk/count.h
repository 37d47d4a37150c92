/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/count.h - one worker's exact counts per (media, profile, peer class), drained by epochs.
 *
 * Why exact: where each key's counts fill one cache line, exact counting costs about what a sketch
 * does. A key may take any of the 32 places of one set, whose tags of 16 bits share a cache line:
 * finding a key touches that line and, but for one time in some thousand, its own. Entries never
 * move. A key that was not counted since the last drain gives its place to a new one, those longest
 * unused first, so the table needs no sweeping and old titles do not fill it.
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

/*
 * A key on its way to its entry. Each of the two steps below asks for a cache line that the next
 * one reads: taken for all keys of a burst in turn, the misses overlap. The second may be left out.
 */
struct nic_count_probe {
    struct nic_key key;
    uint64_t hash;
    uint32_t at; /* where the entry may be */
};

/** Begin to look for the key that stands in @p probe; the rest of it is written. */
void nic_count_begin(const struct nic_count_table *table, struct nic_count_probe *probe);
void nic_count_approach(const struct nic_count_table *table, struct nic_count_probe *probe);

/**
 * The key's entry, made if need be: then count in it before the next call.
 * @return NULL when all places of the key hold counts that are not drained yet.
 */
struct nic_count_entry *nic_count_find(struct nic_count_table *table,
                                       const struct nic_count_probe *probe);

/**
 * For a key that nic_count_find() has no entry for: count one request in the sketch.
 * @return NULL; or, not counting it, the entry that the key was given because it is heavy.
 */
struct nic_count_entry *nic_count_overflow(struct nic_count_table *table,
                                           const struct nic_count_probe *probe, uint64_t epoch);

/** At least how often @p key overflowed in @p epoch, while that is not drained. */
uint32_t nic_count_overflow_estimate(const struct nic_count_table *table, const struct nic_key *key,
                                     uint64_t epoch);

/** Count one request in @p epoch; the entry is in use from then on. */
void nic_count_add(struct nic_count_table *table, struct nic_count_entry *entry,
                   enum nic_request_kind kind, uint64_t epoch);

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
