/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/feed/stream.c - frames of the demand stream into samples.
 *
 * Nothing is trusted: lengths, reserved fields, order and names are checked, and any breach ends
 * the stream. The wire is little endian, and so is every machine that prestage is built for.
 */
#include <errno.h>
#include <string.h>

#include "host/base/assert.h"
#include "host/base/hash.h"
#include "host/feed/feed_priv.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "records are read as they lie");

static bool is_connected(const struct ps_feed *feed, const struct ps_nic_boot *boot)
{
    for (uint32_t i = 0; i < PS_FEED_NIC_CONNECTIONS_MAX; i++)
        if (feed->streams[i].boot == boot)
            return true;
    return false;
}

/* When the run before this one of the same prestage-nic, for all we know, was last counting. */
static uint64_t predecessor_end_ns(const struct ps_feed *feed, const struct ps_nic_boot *boot)
{
    uint64_t end_ns = 0;

    for (uint32_t i = 0; i < PS_FEED_BOOTS_MAX; i++) {
        const struct ps_nic_boot *other = &feed->boots[i];

        if (other->used && other != boot && other->server_v4 == boot->server_v4 &&
            strcmp(other->who, boot->who) == 0 && other->end_ns > end_ns &&
            !is_connected(feed, other))
            end_ns = other->end_ns;
    }
    return end_ns;
}

/* One that has no stream: never used, or else longest unheard of. There are more than streams. */
static struct ps_nic_boot *free_boot(struct ps_feed *feed)
{
    struct ps_nic_boot *oldest = NULL;

    for (uint32_t i = 0; i < PS_FEED_BOOTS_MAX; i++) {
        struct ps_nic_boot *boot = &feed->boots[i];

        if (!boot->used)
            return boot;
        if (!is_connected(feed, boot) && (oldest == NULL || boot->last_ns < oldest->last_ns))
            oldest = boot;
    }
    ps_assert(oldest != NULL);
    return oldest;
}

/* The memory of this run of prestage-nic, or a fresh one. A run has one identity: who borrows
 * another's number gets nothing of its memory, and takes nothing from it. */
static struct ps_nic_boot *find_boot(struct ps_feed *feed, const struct ps_nic_stream *stream,
                                     uint64_t now_ns)
{
    struct ps_nic_boot *boot;

    for (uint32_t i = 0; i < PS_FEED_BOOTS_MAX; i++)
        if (feed->boots[i].used && feed->boots[i].id == stream->boot_id &&
            strcmp(feed->boots[i].who, stream->who) == 0)
            return &feed->boots[i];
    boot = free_boot(feed);
    *boot = (struct ps_nic_boot){
        .id = stream->boot_id, .server_v4 = stream->view->server_v4, .last_ns = now_ns, .used = true
    };
    memcpy(boot->who, stream->who, sizeof(boot->who));
    boot->before_ns = predecessor_end_ns(feed, boot);
    return boot;
}

static int take_hello(struct ps_feed *feed, struct ps_nic_stream *stream, const uint8_t *body,
                      uint32_t body_bytes, uint64_t now_ns)
{
    const uint64_t own = feed->cfg.own_server_v4;
    struct psd_hello hello;

    if (stream->greeted || body_bytes != sizeof(hello))
        return -EPROTO;
    memcpy(&hello, body, sizeof(hello));
    if (hello.magic != PSD_MAGIC)
        return -EPROTO;
    if (hello.version != PSD_VERSION)
        return -EPROTONOSUPPORT;
    stream->greeted = true;
    stream->boot_id = hello.boot_id;
    stream->view->since_ns = now_ns;
    stream->view->boot_id = hello.boot_id;
    stream->view->server_v4 = hello.server_v4;
    stream->view->is_demand = feed->cfg.own_server == PS_DEMAND_NIC ||
                              (own != 0 && hello.server_v4 != 0 && hello.server_v4 != own);
    stream->boot = find_boot(feed, stream, now_ns);
    return 0;
}

/* A key that is not its name's hash would count one title's requests as another's. */
static int take_name(struct ps_feed *feed, const uint8_t *body, uint32_t body_bytes)
{
    struct psd_name name;

    if (body_bytes < sizeof(name))
        return -EBADMSG;
    memcpy(&name, body, sizeof(name));
    if (name.kind < PSD_NAME_MEDIA || name.kind > PSD_NAME_TLS_SERVER || name.reserved != 0 ||
        name.name_bytes == 0 || name.name_bytes > PSD_NAME_BYTES_MAX ||
        body_bytes != sizeof(name) + name.name_bytes ||
        ps_hash64(body + sizeof(name), name.name_bytes) != name.key)
        return -EBADMSG;
    if (name.kind != PSD_NAME_PROFILE) /* those are not shown */
        ps_feed_names_add(&feed->names, &name, (const char *)body + sizeof(name));
    return 0;
}

static void take_record(struct ps_feed *feed, struct ps_nic_stream *stream,
                        const struct psd_record *record, uint64_t now_ns)
{
    const struct ps_demand_sample sample = {
        .start_ns = stream->view->last_ns != 0 ? stream->view->last_ns : now_ns,
        .end_ns = now_ns,
        .resource = { record->media_key, record->profile_key },
        .peer = { .region = record->region, .device = record->device, .access = record->access },
        .starts = record->starts,
        .segments = record->segments,
        .source = PS_DEMAND_NIC,
    };

    const uint64_t requests = (uint64_t)record->starts + record->segments + record->other;

    stream->boot->requests_taken += requests;
    ps_nic_view_count(&stream->view->media, &feed->names, PSD_NAME_MEDIA, record->media_key,
                      requests, now_ns);
    if (record->starts == 0 && record->segments == 0) /* master playlists and init segments */
        return;
    if (!ps_feed_knows(feed, &sample.resource))
        feed->status.unknown++;
    else if (stream->view->is_demand)
        ps_gather_add(&feed->gather, &sample);
}

static void count_totals(struct ps_feed *feed, const struct ps_nic_stream *stream,
                         const struct psd_epoch *epoch, uint64_t now_ns)
{
    struct ps_feed_status *status = &feed->status;

    status->nic_epochs += epoch->part == 0;
    status->nic_packets += epoch->packets;
    status->nic_media_requests += epoch->media_requests;
    status->nic_dups += epoch->dups;
    status->nic_unseen += epoch->unseen;
    status->nic_shed += epoch->shed_records;
    status->nic_port_missed += epoch->port_missed;
    status->nic_last_ns = now_ns;
    if (!stream->view->is_demand)
        status->nic_only_requests += epoch->media_requests;
}

bool ps_nic_mark_pass(struct ps_nic_mark *mark, uint64_t epoch, uint32_t part)
{
    if (epoch < mark->epoch || (epoch == mark->epoch && part <= mark->part))
        return false;
    *mark = (struct ps_nic_mark){ .epoch = epoch, .part = part };
    return true;
}

/* An epoch's parts come in order, and what ends the one before it came too. */
static bool is_in_order(struct ps_nic_stream *stream, const struct psd_epoch *epoch)
{
    const uint64_t wanted = stream->epoch != 0 ? stream->epoch : epoch->epoch;
    const uint32_t part = stream->epoch != 0 ? stream->next_part : 0;

    stream->epoch = epoch->epoch;
    stream->next_part = epoch->part + 1;
    return epoch->epoch != 0 && epoch->epoch == wanted && epoch->part == part;
}

/* What the first part of an epoch says of its time. */
static void take_time(struct ps_nic_stream *stream, const struct psd_epoch *epoch)
{
    struct ps_nic_boot *boot = stream->boot;
    struct ps_nic_view *view = stream->view;

    if (boot->end_ns == 0 && boot->before_ns != 0 && epoch->start_ns > boot->before_ns)
        boot->unwatched_ns = epoch->start_ns - boot->before_ns;
    boot->end_ns = epoch->end_ns;
    boot->requests_said += epoch->media_requests;
    view->interval_ns =
        view->end_ns != 0 && epoch->end_ns > view->end_ns ? epoch->end_ns - view->end_ns : 0;
    view->end_ns = epoch->end_ns;
}

/* The sender's clock is another one than the loop's, which may also run faster than real time: an
 * epoch's requests came between its predecessor's arrival and its own. */
static int take_epoch(struct ps_feed *feed, struct ps_nic_stream *stream, const uint8_t *body,
                      uint32_t body_bytes, uint64_t now_ns)
{
    struct psd_epoch epoch;
    struct psd_record record;

    if (body_bytes < sizeof(epoch))
        return -EBADMSG;
    memcpy(&epoch, body, sizeof(epoch));
    if (epoch.start_ns > epoch.end_ns || epoch.record_count > PSD_BODY_BYTES_MAX / sizeof(record) ||
        body_bytes != sizeof(epoch) + epoch.record_count * sizeof(record) ||
        !is_in_order(stream, &epoch))
        return -EBADMSG;
    if (!ps_nic_mark_pass(&stream->boot->records, epoch.epoch, epoch.part)) {
        feed->status.nic_epochs_again += epoch.part == 0;
        return 0;
    }
    stream->boot->last_ns = now_ns;
    if (epoch.part == 0)
        take_time(stream, &epoch);
    count_totals(feed, stream, &epoch, now_ns);
    for (uint32_t i = 0; i < epoch.record_count; i++) {
        memcpy(&record, body + sizeof(epoch) + i * sizeof(record), sizeof(record));
        take_record(feed, stream, &record, now_ns);
    }
    stream->view->last_ns = now_ns;
    return 0;
}

static int take_frame(struct ps_feed *feed, struct ps_nic_stream *stream,
                      const struct psd_frame_header *header, const uint8_t *body, uint64_t now_ns)
{
    if (header->type == PSD_HELLO)
        return take_hello(feed, stream, body, header->body_bytes, now_ns);
    if (!stream->greeted)
        return -EPROTO;
    if (header->type == PSD_NAME)
        return take_name(feed, body, header->body_bytes);
    if (header->type == PSD_EPOCH)
        return take_epoch(feed, stream, body, header->body_bytes, now_ns);
    if (header->type >= PSD_CLAIMS && header->type <= PSD_RULES)
        return ps_nic_stream_take_list(feed, stream, header->type, body, header->body_bytes,
                                       now_ns);
    return -EPROTO;
}

/* Whole frames leave the buffer; the beginning of the next stays for the next read. */
static int take_frames(struct ps_feed *feed, struct ps_nic_stream *stream, uint64_t now_ns)
{
    struct psd_frame_header header;
    size_t at = 0;
    int rc = 0;

    while (rc == 0 && stream->used - at >= sizeof(header)) {
        memcpy(&header, stream->bytes + at, sizeof(header));
        if (header.reserved != 0 || header.body_bytes > PSD_BODY_BYTES_MAX)
            return -EBADMSG;
        if (stream->used - at < sizeof(header) + header.body_bytes)
            break;
        rc = take_frame(feed, stream, &header, stream->bytes + at + sizeof(header), now_ns);
        at += sizeof(header) + header.body_bytes;
    }
    stream->used -= at;
    memmove(stream->bytes, stream->bytes + at, stream->used);
    return rc;
}

static bool has_more(const struct ps_nic_stream *stream)
{
    return stream->tls != NULL && ps_feed_tls_has_more(stream->tls);
}

int ps_nic_stream_read(struct ps_feed *feed, struct ps_nic_stream *stream, uint64_t now_ns)
{
    for (int i = 0; i < PS_FEED_READS_MAX || has_more(stream); i++) {
        const ssize_t got = ps_nic_stream_receive(stream, stream->bytes + stream->used,
                                                  PS_FEED_FRAME_BYTES_MAX - stream->used);

        if (got < 0)
            return got == -EAGAIN || got == -EINTR ? 0 : (int)got;
        if (got == 0) /* in the middle of a frame, that frame is simply lost */
            return -ENOTCONN;
        stream->used += (size_t)got;
        const int rc = take_frames(feed, stream, now_ns);
        if (rc != 0)
            return rc;
    }
    return 0;
}
