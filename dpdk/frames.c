/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/frames.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dpdk/mem.h"

#define FRAME_BYTES_MAX (sizeof(struct psd_frame_header) + PSD_BODY_BYTES_MAX)
#define FRAME_RECORDS_MAX                                                                          \
    ((PSD_BODY_BYTES_MAX - sizeof(struct psd_epoch)) / sizeof(struct psd_record))
#define NAME_FRAME_BYTES_MAX                                                                       \
    (sizeof(struct psd_frame_header) + sizeof(struct psd_name) + PSD_NAME_BYTES_MAX)
#define LIST_FITS(count, type)                                                                     \
    (sizeof(struct psd_list) + (count) * sizeof(type) <= PSD_BODY_BYTES_MAX)

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "records are copied as they lie");
_Static_assert(LIST_FITS(PSD_COUNTERS_MAX, struct psd_counter), "one frame");
_Static_assert(LIST_FITS(PSD_RULES_MAX, struct psd_rule), "one frame");

/* Every counter has its place and its name fits. */
#define NAME_BYTES_MAX sizeof(((struct psd_counter *)0)->name)
#define NIC_TOTAL(name, help)                                                                      \
    _Static_assert(sizeof(#name) - 1 <= NAME_BYTES_MAX, "a counter's name is too long");
#include "dpdk/totals.def"
#undef NIC_TOTAL
#define NIC_TRAFFIC(NAME, name, help)                                                              \
    _Static_assert(sizeof(#name "_packets") - 1 <= NAME_BYTES_MAX, "a class's name is too long");
#include "dpdk/traffic.def"
#undef NIC_TRAFFIC
_Static_assert(sizeof(struct nic_totals) / sizeof(uint64_t) <= PSD_COUNTERS_MAX, "all of them fit");

int nic_frames_init(struct nic_frames *frames)
{
    frames->used = 0;
    frames->bytes = nic_zalloc(1, FRAME_BYTES_MAX);
    return frames->bytes != NULL ? 0 : -ENOMEM;
}

void nic_frames_fini(struct nic_frames *frames)
{
    free(frames->bytes);
    frames->bytes = NULL;
}

static void append(struct nic_frames *frames, const void *bytes, size_t count)
{
    assert(frames->used + count <= FRAME_BYTES_MAX);
    memcpy(frames->bytes + frames->used, bytes, count);
    frames->used += count;
}

static void append_header(struct nic_frames *frames, enum psd_frame_type type, size_t body_bytes)
{
    const struct psd_frame_header header = { .type = (uint16_t)type,
                                             .body_bytes = (uint32_t)body_bytes };

    append(frames, &header, sizeof(header));
}

void nic_frames_hello(struct nic_frames *frames, const struct psd_hello *hello)
{
    append_header(frames, PSD_HELLO, sizeof(*hello));
    append(frames, hello, sizeof(*hello));
}

void nic_frames_names(struct nic_frames *frames, struct nic_names *names)
{
    while (frames->used + NAME_FRAME_BYTES_MAX <= FRAME_BYTES_MAX) {
        const struct nic_name *name = nic_names_next_due(names);
        struct psd_name head;

        if (name == NULL)
            return;
        head = (struct psd_name){ .key = name->key, .kind = name->kind, .name_bytes = name->bytes };
        append_header(frames, PSD_NAME, sizeof(head) + name->bytes);
        append(frames, &head, sizeof(head));
        append(frames, name->text, name->bytes);
    }
}

uint32_t nic_frames_epoch(struct nic_frames *frames, const struct nic_batch *batch, uint32_t first,
                          uint32_t part)
{
    const struct nic_totals none = { 0 };
    const struct nic_totals *t = part == 0 ? &batch->totals : &none;
    const uint32_t left = batch->record_count - first;
    const uint32_t count = left < FRAME_RECORDS_MAX ? left : (uint32_t)FRAME_RECORDS_MAX;
    const struct psd_epoch epoch = {
        .epoch = batch->epoch,
        .start_ns = batch->start_ns,
        .end_ns = batch->end_ns,
        .packets = t->packets,
        .bytes = t->bytes,
        .media_requests = t->media_requests,
        .dups = t->dups,
        .cut = t->cut,
        .joined = t->joined,
        .unseen = t->unseen,
        .shed_records = t->shed_records,
        .port_missed = t->port_missed,
        .record_count = count,
        .part = part,
    };

    append_header(frames, PSD_EPOCH, sizeof(epoch) + count * sizeof(struct psd_record));
    append(frames, &epoch, sizeof(epoch));
    append(frames, batch->records + first, count * sizeof(struct psd_record));
    return count;
}

static void append_list(struct nic_frames *frames, enum psd_frame_type type,
                        const struct psd_list *list, const void *items, size_t item_bytes)
{
    append_header(frames, type, sizeof(*list) + list->count * item_bytes);
    append(frames, list, sizeof(*list));
    if (list->count > 0)
        append(frames, items, list->count * item_bytes);
}

static uint32_t at_most(uint32_t count, size_t item_bytes)
{
    const uint32_t max = (uint32_t)((PSD_BODY_BYTES_MAX - sizeof(struct psd_list)) / item_bytes);

    return count < max ? count : max;
}

uint32_t nic_frames_claims(struct nic_frames *frames, const struct nic_batch *batch, uint32_t first,
                           uint32_t part)
{
    const struct psd_list list = {
        .epoch = batch->epoch,
        .count = at_most(batch->claim_count - first, sizeof(struct psd_claim)),
        .part = part,
    };

    if (list.count > 0)
        append_list(frames, PSD_CLAIMS, &list, batch->claims + first, sizeof(struct psd_claim));
    return list.count;
}

uint32_t nic_frames_tls_names(struct nic_frames *frames, const struct nic_batch *batch,
                              uint32_t first, uint32_t part)
{
    const struct psd_list list = {
        .epoch = batch->epoch,
        .count = at_most(batch->tls_name_count - first, sizeof(struct psd_tls_name)),
        .part = part,
    };

    if (list.count > 0)
        append_list(frames, PSD_TLS, &list, batch->tls_names + first, sizeof(struct psd_tls_name));
    return list.count;
}

struct counters {
    struct psd_counter list[PSD_COUNTERS_MAX];
    uint32_t count;
};

static void add_counter(void *arg, const char *name, uint64_t value, const char *help)
{
    struct counters *counters = arg;
    struct psd_counter *counter = &counters->list[counters->count++];

    (void)help;
    memset(counter, 0, sizeof(*counter));
    memcpy(counter->name, name, strlen(name)); /* may fill its field */
    counter->value = value;
}

void nic_frames_counters(struct nic_frames *frames, uint64_t epoch, const struct nic_totals *totals)
{
    struct counters counters = { .count = 0 };

    nic_totals_each(totals, add_counter, &counters);
    append_list(frames, PSD_COUNTERS, &(struct psd_list){ .epoch = epoch, .count = counters.count },
                counters.list, sizeof(counters.list[0]));
}

void nic_frames_ports(struct nic_frames *frames, uint64_t epoch, const struct psd_port *ports,
                      uint32_t count)
{
    append_list(frames, PSD_PORTS, &(struct psd_list){ .epoch = epoch, .count = count }, ports,
                sizeof(*ports));
}

void nic_frames_rules(struct nic_frames *frames, uint64_t epoch, const struct psd_rule *rules,
                      uint32_t count)
{
    append_list(frames, PSD_RULES, &(struct psd_list){ .epoch = epoch, .count = count }, rules,
                sizeof(*rules));
}
