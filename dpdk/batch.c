/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/batch.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "dpdk/mem.h"

static int create_lists(struct nic_batch *batch)
{
    batch->claims = nic_zalloc(NIC_BATCH_CLAIMS_MAX, sizeof(*batch->claims));
    batch->claim_index = nic_zalloc(NIC_BATCH_CLAIMS_MAX * 2, sizeof(*batch->claim_index));
    batch->tls_names = nic_zalloc(NIC_BATCH_TLS_NAMES_MAX, sizeof(*batch->tls_names));
    batch->tls_name_index = nic_zalloc(NIC_BATCH_TLS_NAMES_MAX * 2, sizeof(*batch->tls_name_index));
    return batch->claims != NULL && batch->claim_index != NULL && batch->tls_names != NULL &&
                   batch->tls_name_index != NULL
               ? 0
               : -ENOMEM;
}

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
    if (create_lists(batch) != 0)
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
    free(batch->tls_name_index);
    free(batch->tls_names);
    free(batch->claim_index);
    free(batch->claims);
    free(batch->index);
    free(batch->records);
    free(batch);
}

void nic_batch_clear(struct nic_batch *batch)
{
    if (batch->record_count > 0)
        memset(batch->index, 0, (size_t)batch->capacity * 2 * sizeof(*batch->index));
    if (batch->claim_count > 0)
        memset(batch->claim_index, 0, NIC_BATCH_CLAIMS_MAX * 2 * sizeof(*batch->claim_index));
    if (batch->tls_name_count > 0)
        memset(batch->tls_name_index, 0,
               NIC_BATCH_TLS_NAMES_MAX * 2 * sizeof(*batch->tls_name_index));
    batch->record_count = 0;
    batch->claim_count = 0;
    batch->tls_name_count = 0;
    batch->epoch = 0;
    batch->start_ns = 0;
    batch->end_ns = 0;
    batch->totals = (struct nic_totals){ 0 };
}

void nic_batch_date(struct nic_batch *batch, uint64_t epoch, uint64_t start_ns, uint64_t end_ns)
{
    batch->epoch = epoch;
    batch->start_ns = start_ns < end_ns ? start_ns : end_ns; /* readers refuse another order */
    batch->end_ns = end_ns;
}

/* One of the batch's lists. An item's key is what stands before its counts. */
struct list {
    const void *items;
    size_t item_bytes;
    size_t key_bytes;
    uint32_t *index;
    uint32_t capacity;
};

/* The item's place in the index, which holds 0 when it is new. */
static uint32_t *index_of(const struct list *list, const void *item)
{
    const uint32_t mask = list->capacity * 2 - 1;
    uint32_t at = (uint32_t)XXH3_64bits(item, list->key_bytes) & mask;

    /* Ends: the index has twice as many places as there are items. */
    while (list->index[at] != 0 &&
           memcmp((const char *)list->items + (list->index[at] - 1) * list->item_bytes, item,
                  list->key_bytes) != 0)
        at = (at + 1) & mask;
    return &list->index[at];
}

/* A count stays at its end; what is beyond it is shed. */
static void sum(uint32_t *into, uint32_t count, uint64_t *shed)
{
    const uint32_t room = UINT32_MAX - *into;

    *into += count < room ? count : room;
    *shed += count < room ? 0 : count - room;
}

void nic_batch_add(struct nic_batch *batch, const struct psd_record *record)
{
    const struct list list = { batch->records, sizeof(*record), offsetof(struct psd_record, starts),
                               batch->index, batch->capacity };
    uint32_t *at = index_of(&list, record);
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
    sum(&mine->starts, record->starts, &batch->totals.shed_records);
    sum(&mine->segments, record->segments, &batch->totals.shed_records);
    sum(&mine->other, record->other, &batch->totals.shed_records);
}

void nic_batch_add_claim(struct nic_batch *batch, const struct psd_claim *claim)
{
    const struct list list = { batch->claims, sizeof(*claim), offsetof(struct psd_claim, count),
                               batch->claim_index, NIC_BATCH_CLAIMS_MAX };
    uint32_t *at = index_of(&list, claim);

    if (*at != 0) {
        sum(&batch->claims[*at - 1].count, claim->count, &batch->totals.claims_shed);
    } else if (batch->claim_count == NIC_BATCH_CLAIMS_MAX) {
        batch->totals.claims_shed += claim->count;
    } else {
        batch->claims[batch->claim_count++] = *claim;
        *at = batch->claim_count;
    }
}

void nic_batch_add_tls_name(struct nic_batch *batch, const struct psd_tls_name *name)
{
    const struct list list = { batch->tls_names, sizeof(*name),
                               offsetof(struct psd_tls_name, flows), batch->tls_name_index,
                               NIC_BATCH_TLS_NAMES_MAX };
    uint32_t *at = index_of(&list, name);

    if (*at != 0) {
        batch->tls_names[*at - 1].flows += name->flows;
    } else if (batch->tls_name_count == NIC_BATCH_TLS_NAMES_MAX) {
        batch->totals.tls_names_shed += name->flows;
    } else {
        batch->tls_names[batch->tls_name_count++] = *name;
        *at = batch->tls_name_count;
    }
}

void nic_batch_merge(struct nic_batch *into, const struct nic_batch *from)
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
    for (uint32_t i = 0; i < from->record_count; i++)
        nic_batch_add(into, &from->records[i]);
    for (uint32_t i = 0; i < from->claim_count; i++)
        nic_batch_add_claim(into, &from->claims[i]);
    for (uint32_t i = 0; i < from->tls_name_count; i++)
        nic_batch_add_tls_name(into, &from->tls_names[i]);
}
