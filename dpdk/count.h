/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/count.h - one worker's exact counts per (media, profile, peer class), drained by epochs.
 *
 * Why exact: where each key's counts fill one cache line, exact counting costs about what a sketch
 * does. Each key has two candidate buckets of four entries and a small stash behind them; entries
 * never move. A key that was not counted since the last drain gives its place to a new one, the
 * longest unused first, so the table needs no sweeping and old titles do not fill it.
 *
 * Threads: one worker finds and adds; the control thread drains a closed epoch (see epoch.h).
 */
#ifndef PS_DPDK_COUNT_H
#define PS_DPDK_COUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "dpdk/abi/demand_stream.h"
#include "dpdk/http.h"

#define NIC_COUNT_ENTRIES_MIN 8u
#define NIC_COUNT_ENTRIES_MAX (1u << 24)
#define NIC_COUNT_STASH       64u

struct nic_key {
    uint64_t media_key;
    uint64_t profile_key;
    uint16_t region;
    uint8_t device;
    uint8_t access;
};

struct nic_count_entry;
struct nic_count_table;

/** @param entries  A power of two in the limits above. @return 0, -EINVAL or -ENOMEM. */
int nic_count_create(struct nic_count_table **ret_table, uint32_t entries);
void nic_count_destroy(struct nic_count_table *table);

/**
 * The entry of @p key, made if need be.
 * @return NULL when all places of the key hold counts that are not drained yet.
 */
struct nic_count_entry *nic_count_find(struct nic_count_table *table, const struct nic_key *key);

/** Count one request in @p epoch. */
void nic_count_add(struct nic_count_table *table, struct nic_count_entry *entry,
                   enum nic_request_kind kind, uint64_t epoch);

/** Whether the entry's names were passed on; a new entry's were not. */
bool nic_count_is_named(const struct nic_count_entry *entry);
void nic_count_set_named(struct nic_count_entry *entry);

/** Hand every count of the closed @p epoch to @p each and set it to zero. Control thread. */
void nic_count_drain(struct nic_count_table *table, uint64_t epoch,
                     void (*each)(void *arg, const struct psd_record *record), void *arg);

#endif
