/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/batch.h - the counts of one closed interval: totals, one record per key, and beside them
 * what peers claimed and which TLS servers were named.
 *
 * Intervals that could not be delivered are merged, so a batch may span several epochs; adding to
 * it sums what has the same key. Bounded: what does not fit, into the lists or into a record's 32
 * bits, is counted in totals.shed_records, .claims_shed and .tls_names_shed.
 *
 * Threads: the control thread.
 */
#ifndef PS_DPDK_BATCH_H
#define PS_DPDK_BATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "dpdk/abi/demand_stream.h"
#include "dpdk/totals.h"

#define NIC_BATCH_RECORDS_MAX   (1u << 22)
#define NIC_BATCH_CLAIMS_MAX    16384u /* a power of two */
#define NIC_BATCH_TLS_NAMES_MAX 4096u  /* a power of two */

struct nic_batch {
    uint64_t epoch;    /* the last one in it; 0: none yet */
    uint64_t start_ns; /* CLOCK_REALTIME */
    uint64_t end_ns;
    struct nic_totals totals;
    struct psd_record *records;
    uint32_t record_count;
    uint32_t capacity;
    uint32_t *index;          /* hash table of record numbers + 1, twice the capacity */
    struct psd_claim *claims; /* NIC_BATCH_CLAIMS_MAX; never demand */
    uint32_t claim_count;
    uint32_t *claim_index;
    struct psd_tls_name *tls_names; /* NIC_BATCH_TLS_NAMES_MAX; their texts are in names.h */
    uint32_t tls_name_count;
    uint32_t *tls_name_index;
};

/** @param capacity  Records; a power of two up to NIC_BATCH_RECORDS_MAX. @return 0, -EINVAL or
 * -ENOMEM. */
int nic_batch_create(struct nic_batch **ret_batch, uint32_t capacity);
void nic_batch_destroy(struct nic_batch *batch);

void nic_batch_clear(struct nic_batch *batch);

/** Say which interval it is; one in which the clock was set back has no length. */
void nic_batch_date(struct nic_batch *batch, uint64_t epoch, uint64_t start_ns, uint64_t end_ns);

/** Sum @p record into the batch, or shed it. */
void nic_batch_add(struct nic_batch *batch, const struct psd_record *record);

/** Sum @p claim into the batch, or shed it. */
void nic_batch_add_claim(struct nic_batch *batch, const struct psd_claim *claim);

/** Sum @p name into the batch, or shed it. */
void nic_batch_add_tls_name(struct nic_batch *batch, const struct psd_tls_name *name);

/** Sum @p from into @p into. */
void nic_batch_merge(struct nic_batch *into, const struct nic_batch *from);

#endif
