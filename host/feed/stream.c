/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/feed/stream.c - frames of the demand stream into samples.
 *
 * Nothing is trusted: lengths, reserved fields, order and names are checked, and any breach ends
 * the stream. The wire is little endian, and so is every machine that prestage is built for.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "host/base/hash.h"
#include "host/feed/feed_priv.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "records are read as they lie");

/* The memory of this run of prestage-nic, or a fresh one in place of the longest unheard of. */
static struct ps_nic_boot *find_boot(struct ps_feed *feed, uint64_t id, uint64_t now_ns)
{
    struct ps_nic_boot *oldest = &feed->boots[0];

    for (uint32_t i = 0; i < PS_FEED_BOOTS_MAX; i++) {
        struct ps_nic_boot *boot = &feed->boots[i];

        if (boot->used && boot->id == id)
            return boot;
        if (oldest->used && (!boot->used || boot->last_ns < oldest->last_ns))
            oldest = boot;
    }
    *oldest = (struct ps_nic_boot){ .id = id, .last_ns = now_ns, .used = true };
    return oldest;
}

static int take_hello(struct ps_feed *feed, struct ps_nic_stream *stream, const uint8_t *body,
                      uint32_t body_bytes, uint64_t now_ns)
{
    const uint64_t own = feed->cfg.own_server_v4;
    struct psd_hello hello;

    if (stream->greeted || body_bytes != sizeof(hello))
        return -EPROTO;
    memcpy(&hello, body, sizeof(hello));
    if (hello.magic != PSD_MAGIC || hello.version != PSD_VERSION)
        return -EPROTO;
    stream->greeted = true;
    stream->boot = find_boot(feed, hello.boot_id, now_ns);
    stream->boot_id = hello.boot_id;
    stream->is_demand = feed->cfg.own_server == PS_DEMAND_NIC ||
                        (own != 0 && hello.server_v4 != 0 && hello.server_v4 != own);
    return 0;
}

/* Names are not kept: keys are what we count by. But a key that is not its name's hash would count
 * one title's requests as another's. */
static int take_name(const uint8_t *body, uint32_t body_bytes)
{
    struct psd_name name;

    if (body_bytes < sizeof(name))
        return -EBADMSG;
    memcpy(&name, body, sizeof(name));
    if ((name.kind != PSD_NAME_MEDIA && name.kind != PSD_NAME_PROFILE) || name.reserved != 0 ||
        name.name_bytes == 0 || name.name_bytes > PSD_NAME_BYTES_MAX ||
        body_bytes != sizeof(name) + name.name_bytes)
        return -EBADMSG;
    return ps_hash64(body + sizeof(name), name.name_bytes) == name.key ? 0 : -EBADMSG;
}

static void take_record(struct ps_feed *feed, const struct ps_nic_stream *stream,
                        const struct psd_record *record, uint64_t now_ns)
{
    const struct ps_demand_sample sample = {
        .start_ns = stream->last_ns != 0 ? stream->last_ns : now_ns,
        .end_ns = now_ns,
        .resource = { record->media_key, record->profile_key },
        .peer = { .region = record->region, .device = record->device, .access = record->access },
        .starts = record->starts,
        .segments = record->segments,
        .source = PS_DEMAND_NIC,
    };

    if (record->starts == 0 && record->segments == 0) /* master playlists and init segments */
        return;
    if (!ps_feed_knows(feed, &sample.resource))
        feed->status.unknown++;
    else if (stream->is_demand)
        ps_gather_add(&feed->gather, &sample);
}

static void count_totals(struct ps_feed *feed, const struct ps_nic_stream *stream,
                         const struct psd_epoch *epoch, uint64_t now_ns)
{
    struct ps_feed_status *status = &feed->status;

    status->nic_epochs++;
    status->nic_packets += epoch->packets;
    status->nic_media_requests += epoch->media_requests;
    status->nic_dups += epoch->dups;
    status->nic_unseen += epoch->unseen;
    status->nic_shed += epoch->shed_records;
    status->nic_port_missed += epoch->port_missed;
    status->nic_last_ns = now_ns;
    if (!stream->is_demand)
        status->nic_only_requests += epoch->media_requests;
}

static bool is_next(const struct ps_nic_boot *boot, const struct psd_epoch *epoch)
{
    return epoch->epoch > boot->last_epoch ||
           (epoch->epoch == boot->last_epoch && epoch->part > boot->last_part);
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
    if (epoch.epoch == 0 || epoch.start_ns > epoch.end_ns ||
        epoch.record_count > PSD_BODY_BYTES_MAX / sizeof(record) ||
        body_bytes != sizeof(epoch) + epoch.record_count * sizeof(record))
        return -EBADMSG;
    if (stream->boot->id != stream->boot_id) /* forgotten: others came in between */
        stream->boot = find_boot(feed, stream->boot_id, now_ns);
    if (!is_next(stream->boot, &epoch)) {
        feed->status.nic_epochs_again++;
        return 0;
    }
    stream->boot->last_epoch = epoch.epoch;
    stream->boot->last_part = epoch.part;
    stream->boot->last_ns = now_ns;
    count_totals(feed, stream, &epoch, now_ns);
    for (uint32_t i = 0; i < epoch.record_count; i++) {
        memcpy(&record, body + sizeof(epoch) + i * sizeof(record), sizeof(record));
        take_record(feed, stream, &record, now_ns);
    }
    stream->last_ns = now_ns;
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
        return take_name(body, header->body_bytes);
    if (header->type == PSD_EPOCH)
        return take_epoch(feed, stream, body, header->body_bytes, now_ns);
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

int ps_nic_stream_read(struct ps_feed *feed, struct ps_nic_stream *stream, uint64_t now_ns)
{
    for (int i = 0; i < PS_FEED_READS_MAX; i++) {
        const ssize_t got = recv(stream->fd, stream->bytes + stream->used,
                                 PS_FEED_FRAME_BYTES_MAX - stream->used, 0);

        if (got < 0)
            return errno == EAGAIN || errno == EINTR ? 0 : -errno;
        if (got == 0) /* in the middle of a frame, that frame is simply lost */
            return -ENOTCONN;
        stream->used += (size_t)got;
        const int rc = take_frames(feed, stream, now_ns);
        if (rc != 0)
            return rc;
    }
    return 0;
}
