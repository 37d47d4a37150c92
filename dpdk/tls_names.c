/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/tls_names.h"

#include <errno.h>
#include <stdlib.h>

#include "dpdk/count.h"
#include "dpdk/mem.h"

struct nic_tls_names {
    struct nic_count_table *counts; /* a flow is counted as `other` of a key that is its name's */
};

int nic_tls_names_create(struct nic_tls_names **ret_names, uint64_t seed)
{
    struct nic_tls_names *names = nic_zalloc(1, sizeof(*names));
    int rc;

    if (names == NULL)
        return -ENOMEM;
    rc = nic_count_create(&names->counts, NIC_TLS_NAMES_MAX, seed);
    if (rc != 0) {
        nic_tls_names_destroy(names);
        return rc;
    }
    *ret_names = names;
    return 0;
}

void nic_tls_names_destroy(struct nic_tls_names *names)
{
    if (names == NULL)
        return;
    nic_count_destroy(names->counts);
    free(names);
}

static int pass_name(struct nic_count_entry *entry, const struct nic_tls_name *name,
                     struct nic_name_queue *queue)
{
    const struct nic_name made = nic_name_make(PSD_NAME_TLS_SERVER, name->text, name->bytes);
    const int rc = nic_name_queue_put(queue, &made);

    if (rc == 0)
        nic_count_set_named(entry);
    return rc;
}

int nic_tls_names_add(struct nic_tls_names *names, const struct nic_tls_name *name, uint64_t epoch,
                      struct nic_name_queue *queue)
{
    struct nic_count_probe probe = { .key = { .media_key =
                                                  nic_name_key(name->text, name->bytes) } };
    struct nic_count_entry *entry;

    nic_count_begin(names->counts, &probe);
    entry = nic_count_find(names->counts, &probe);
    if (entry == NULL)
        entry = nic_count_overflow(names->counts, &probe, epoch);
    if (entry == NULL)
        return 0;
    nic_count_add(names->counts, entry, NIC_REQUEST_OTHER, epoch);
    return nic_count_is_named(entry) ? 0 : pass_name(entry, name, queue);
}

struct drain {
    void (*each)(void *arg, const struct psd_tls_name *name);
    void *arg;
};

static void hand_over(void *arg, const struct psd_record *record)
{
    const struct drain *drain = arg;
    const struct psd_tls_name name = { .name_key = record->media_key, .flows = record->other };

    drain->each(drain->arg, &name);
}

uint64_t nic_tls_names_drain(struct nic_tls_names *names, uint64_t epoch,
                             void (*each)(void *arg, const struct psd_tls_name *name), void *arg)
{
    struct drain drain = { .each = each, .arg = arg };

    return nic_count_drain(names->counts, epoch, hand_over, &drain).overflow;
}
