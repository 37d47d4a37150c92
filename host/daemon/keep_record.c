/* SPDX-License-Identifier: BSD-3-Clause */
/* host/daemon/keep_record.c - an event as bytes, and back. */
#include <stddef.h>
#include <string.h>

#include "host/base/hash.h"
#include "host/daemon/keep_priv.h"

#define CHECKED_FROM (offsetof(struct ps_keep_record, crc32c) + sizeof(uint32_t))

static uint32_t crc_of(const uint8_t *record, size_t size_bytes)
{
    return ps_crc32c(0, record + CHECKED_FROM, size_bytes - CHECKED_FROM);
}

size_t ps_keep_write(uint8_t *ret_bytes, size_t room, const struct ps_messaging_event *event)
{
    const bool is_put = event->kind == PS_MESSAGING_PUT;
    const char *peer = is_put ? event->message.peer : event->acknowledger;
    struct ps_keep_record record = {
        .magic = PS_KEEP_MAGIC,
        .body_bytes = is_put ? event->message.body_bytes : 0,
        .peer_bytes = is_put ? event->message.peer_bytes : (uint16_t)strlen(peer),
        .kind = (uint8_t)event->kind,
        .collection = event->collection,
        .id = event->message.id,
        .sender = event->message.sender,
        .sequence = event->message.sequence,
        .put_ns = event->message.put_ns,
    };
    const size_t bytes = sizeof(record) + record.peer_bytes + record.body_bytes;

    if (bytes > room)
        return 0;
    memcpy(ret_bytes, &record, sizeof(record));
    memcpy(ret_bytes + sizeof(record), peer, record.peer_bytes);
    if (record.body_bytes > 0)
        memcpy(ret_bytes + sizeof(record) + record.peer_bytes, event->message.body,
               record.body_bytes);
    record.crc32c = crc_of(ret_bytes, bytes);
    memcpy(ret_bytes + offsetof(struct ps_keep_record, crc32c), &record.crc32c,
           sizeof(record.crc32c));
    return bytes;
}

size_t ps_keep_read(const uint8_t *bytes, size_t size_bytes, struct ps_messaging_event *ret_event)
{
    struct ps_keep_record record;

    if (size_bytes < sizeof(record))
        return 0;
    memcpy(&record, bytes, sizeof(record));
    if (record.magic != PS_KEEP_MAGIC || record.peer_bytes > PS_PEER_NAME_MAX ||
        record.body_bytes > PS_COLLECTION_MESSAGE_BYTES ||
        (record.kind != PS_MESSAGING_PUT && record.kind != PS_MESSAGING_ACK))
        return 0;
    const size_t whole = sizeof(record) + record.peer_bytes + record.body_bytes;
    if (whole > size_bytes || crc_of(bytes, whole) != record.crc32c)
        return 0;
    *ret_event = (struct ps_messaging_event){
        .kind = (enum ps_messaging_event_kind)record.kind,
        .collection = record.collection,
        .message = { .id = record.id,
                     .sender = record.sender,
                     .sequence = record.sequence,
                     .put_ns = record.put_ns,
                     .body_bytes = record.body_bytes,
                     .peer_bytes = record.peer_bytes,
                     .peer = (const char *)bytes + sizeof(record),
                     .body = bytes + sizeof(record) + record.peer_bytes },
    };
    if (record.kind == PS_MESSAGING_ACK)
        memcpy(ret_event->acknowledger, bytes + sizeof(record), record.peer_bytes);
    return whole;
}
