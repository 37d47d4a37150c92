/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/print.h"

#include <inttypes.h>

static void print_name(FILE *out, const char *label, const struct nic_names *names, uint64_t key,
                       enum psd_name_kind kind)
{
    const struct nic_name *name = nic_names_find(names, key, kind);

    if (name != NULL)
        fprintf(out, " %s=%.*s", label, (int)name->bytes, name->text);
    else if (key == 0 && kind == PSD_NAME_PROFILE)
        fprintf(out, " %s=-", label);
    else
        fprintf(out, " %s=key:%016" PRIx64, label, key);
}

static void print_record(FILE *out, uint64_t epoch, const struct psd_record *record,
                         const struct nic_names *names)
{
    fprintf(out, "record epoch=%" PRIu64, epoch);
    print_name(out, "media", names, record->media_key, PSD_NAME_MEDIA);
    print_name(out, "profile", names, record->profile_key, PSD_NAME_PROFILE);
    fprintf(out, " region=%u device=%u access=%u starts=%u segments=%u other=%u\n", record->region,
            record->device, record->access, record->starts, record->segments, record->other);
}

static void print_claim(FILE *out, uint64_t epoch, const struct psd_claim *claim,
                        const struct nic_names *names)
{
    fprintf(out, "claim epoch=%" PRIu64, epoch);
    print_name(out, "media", names, claim->media_key, PSD_NAME_MEDIA);
    fprintf(out, " region=%u device=%u access=%u count=%u\n", claim->region, claim->device,
            claim->access, claim->count);
}

static void print_tls_name(FILE *out, uint64_t epoch, const struct psd_tls_name *name,
                           const struct nic_names *names)
{
    fprintf(out, "tls_name epoch=%" PRIu64, epoch);
    print_name(out, "name", names, name->name_key, PSD_NAME_TLS_SERVER);
    fprintf(out, " flows=%" PRIu64 "\n", name->flows);
}

void nic_print_totals(FILE *out, const char *label, const struct nic_totals *totals)
{
    char text[NIC_TOTALS_TEXT_BYTES_MAX];

    nic_totals_text(totals, text, sizeof(text));
    fprintf(out, "%s %s\n", label, text);
    fflush(out);
}

void nic_print_batch(FILE *out, const struct nic_batch *batch, const struct nic_names *names)
{
    char label[128];

    for (uint32_t i = 0; i < batch->record_count; i++)
        print_record(out, batch->epoch, &batch->records[i], names);
    for (uint32_t i = 0; i < batch->claim_count; i++)
        print_claim(out, batch->epoch, &batch->claims[i], names);
    for (uint32_t i = 0; i < batch->tls_name_count; i++)
        print_tls_name(out, batch->epoch, &batch->tls_names[i], names);
    snprintf(label, sizeof(label), "epoch epoch=%" PRIu64 " start_ns=%" PRIu64 " end_ns=%" PRIu64,
             batch->epoch, batch->start_ns, batch->end_ns);
    nic_print_totals(out, label, &batch->totals);
}
