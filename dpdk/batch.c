/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/batch.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "dpdk/mem.h"

int nic_batch_create(struct nic_batch **ret_batch, uint32_t capacity)
{
    struct nic_batch *batch;

    if (capacity == 0 || capacity > NIC_BATCH_RECORDS_MAX || (capacity & (capacity - 1)) != 0)
        return -EINVAL;
    batch = nic_zalloc(1, sizeof(*batch));
    if (batch == NULL)
        goto fail;
    batch->capacity = capacity;
    batch->records = nic_zalloc(capacity, sizeof(*batch->records));
    if (batch->records == NULL)
        goto fail;
    batch->index = nic_zalloc((size_t)capacity * 2, sizeof(*batch->index));
    if (batch->index == NULL)
        goto fail;
    *ret_batch = batch;
    return 0;

fail:
    nic_batch_destroy(batch);
    return -ENOMEM;
}

void nic_batch_destroy(struct nic_batch *batch)
{
    if (batch == NULL)
        return;
    free(batch->index);
    free(batch->records);
    free(batch);
}

void nic_batch_clear(struct nic_batch *batch)
{
    if (batch->record_count > 0)
        memset(batch->index, 0, (size_t)batch->capacity * 2 * sizeof(*batch->index));
    batch->record_count = 0;
    batch->epoch = 0;
    batch->start_ns = 0;
    batch->end_ns = 0;
    batch->totals = (struct nic_totals){ 0 };
}

/* The record's key is what stands before its counts. */
#define KEY_BYTES offsetof(struct psd_record, starts)

static uint32_t *index_of(const struct nic_batch *batch, const struct psd_record *record)
{
    const uint32_t mask = batch->capacity * 2 - 1;
    uint32_t at = (uint32_t)XXH3_64bits(record, KEY_BYTES) & mask;

    /* Ends: the index has twice as many places as there are records. */
    while (batch->index[at] != 0 &&
           memcmp(&batch->records[batch->index[at] - 1], record, KEY_BYTES) != 0)
        at = (at + 1) & mask;
    return &batch->index[at];
}

static uint32_t sum(uint32_t a, uint32_t b)
{
    return a > UINT32_MAX - b ? UINT32_MAX : a + b;
}

void nic_batch_add(struct nic_batch *batch, const struct psd_record *record)
{
    uint32_t *at = index_of(batch, record);
    struct psd_record *mine;

    if (*at == 0) {
        if (batch->record_count == batch->capacity) {
            batch->totals.shed_records +=
                (uint64_t)record->starts + record->segments + record->other;
            return;
        }
        batch->records[batch->record_count++] = *record;
        *at = batch->record_count;
        return;
    }
    mine = &batch->records[*at - 1];
    mine->starts = sum(mine->starts, record->starts);
    mine->segments = sum(mine->segments, record->segments);
    mine->other = sum(mine->other, record->other);
}

void nic_batch_merge(struct nic_batch *into, const struct nic_batch *from, uint32_t first_record)
{
    if (from->epoch == 0)
        return;
    if (into->epoch == 0 || from->start_ns < into->start_ns)
        into->start_ns = from->start_ns;
    if (into->end_ns < from->end_ns)
        into->end_ns = from->end_ns;
    if (into->epoch < from->epoch)
        into->epoch = from->epoch;
    nic_totals_add(&into->totals, &from->totals);
    for (uint32_t i = first_record; i < from->record_count; i++)
        nic_batch_add(into, &from->records[i]);
}
