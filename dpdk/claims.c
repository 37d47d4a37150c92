/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/claims.h"

#include <errno.h>
#include <stdlib.h>

#include "dpdk/count.h"
#include "dpdk/mem.h"

struct nic_claims {
    struct nic_count_table *counts; /* a claim is a key without a profile, counted as `other` */
};

int nic_claims_create(struct nic_claims **ret_claims, uint64_t seed)
{
    struct nic_claims *claims = nic_zalloc(1, sizeof(*claims));
    int rc;

    if (claims == NULL)
        return -ENOMEM;
    rc = nic_count_create(&claims->counts, NIC_CLAIMS_MAX, seed);
    if (rc != 0) {
        nic_claims_destroy(claims);
        return rc;
    }
    *ret_claims = claims;
    return 0;
}

void nic_claims_destroy(struct nic_claims *claims)
{
    if (claims == NULL)
        return;
    nic_count_destroy(claims->counts);
    free(claims);
}

void nic_claims_add(struct nic_claims *claims, const struct ppd_header *header, uint16_t region,
                    uint64_t epoch)
{
    struct nic_count_probe probe = { .key = { .media_key = header->media_key,
                                              .region = region,
                                              .device = header->device,
                                              .access = header->access } };
    struct nic_count_entry *entry;

    nic_count_begin(claims->counts, &probe);
    entry = nic_count_find(claims->counts, &probe);
    if (entry == NULL)
        entry = nic_count_overflow(claims->counts, &probe, epoch);
    if (entry != NULL)
        nic_count_add(claims->counts, entry, NIC_REQUEST_OTHER, epoch);
}

struct drain {
    void (*each)(void *arg, const struct psd_claim *claim);
    void *arg;
};

static void hand_over(void *arg, const struct psd_record *record)
{
    const struct drain *drain = arg;
    const struct psd_claim claim = { .media_key = record->media_key,
                                     .region = record->region,
                                     .device = record->device,
                                     .access = record->access,
                                     .count = record->other };

    drain->each(drain->arg, &claim);
}

struct nic_claims_sums nic_claims_drain(struct nic_claims *claims, uint64_t epoch,
                                        void (*each)(void *arg, const struct psd_claim *claim),
                                        void *arg)
{
    struct drain drain = { .each = each, .arg = arg };
    const struct nic_count_sums sums = nic_count_drain(claims->counts, epoch, hand_over, &drain);

    return (struct nic_claims_sums){ .drained = sums.drained, .shed = sums.overflow };
}
