/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/daemon/event.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "host/base/bytes.h"

static void put_block(struct ps_bytes *b, const void *data, size_t size_bytes)
{
    if (!b->ok || (size_t)(b->end - b->at) < size_bytes) {
        b->ok = false;
        return;
    }
    memcpy(b->at, data, size_bytes);
    b->at += size_bytes;
}

static const void *get_block(struct ps_reader *b, size_t size_bytes)
{
    const void *at = b->at;

    if (!b->ok || (size_t)(b->end - b->at) < size_bytes) {
        b->ok = false;
        return NULL;
    }
    b->at += size_bytes;
    return at;
}

uint32_t ps_event_write(const struct ps_messaging_event *event, uint64_t put_wall_ns,
                        void *ret_data, uint32_t size_bytes)
{
    const struct ps_message *m = &event->message;
    struct ps_bytes b = ps_bytes_of(ret_data, size_bytes);

    ps_bytes_put(&b, PS_EVENT_VERSION, 1);
    ps_bytes_put(&b, event->kind, 1);
    ps_bytes_put(&b, event->collection.kind, 1);
    ps_bytes_put(&b, event->collection.region, 2);
    ps_bytes_put(&b, event->collection.key, 8);
    ps_bytes_put(&b, event->collection.profile_key, 8);
    ps_bytes_put(&b, m->id, 8);
    ps_bytes_put(&b, m->sender, 8);
    if (event->kind == PS_MESSAGING_PUT) {
        ps_bytes_put(&b, m->sequence, 8);
        ps_bytes_put(&b, put_wall_ns, 8);
        ps_bytes_put(&b, m->peer_bytes, 1);
        put_block(&b, m->peer, m->peer_bytes);
        ps_bytes_put(&b, m->body_bytes, 4);
        put_block(&b, m->body, m->body_bytes);
    } else {
        ps_bytes_put_text(&b, event->acknowledger);
    }
    return b.ok ? (uint32_t)(b.at - (uint8_t *)ret_data) : 0;
}

static void read_message(struct ps_reader *b, struct ps_message *ret_message,
                         uint64_t *ret_put_wall_ns)
{
    ret_message->sequence = ps_reader_get(b, 8);
    *ret_put_wall_ns = ps_reader_get(b, 8);
    ret_message->peer_bytes = (uint16_t)ps_reader_get(b, 1);
    ret_message->peer = get_block(b, ret_message->peer_bytes);
    ret_message->body_bytes = (uint32_t)ps_reader_get(b, 4);
    ret_message->body = get_block(b, ret_message->body_bytes);
    if (ret_message->peer_bytes > PS_PEER_NAME_MAX ||
        ret_message->body_bytes > PS_COLLECTION_MESSAGE_BYTES)
        b->ok = false;
}

static bool is_collection(const struct ps_collection_id *id)
{
    return id->kind == PS_COLLECTION_RESOURCE ||
           (id->kind == PS_COLLECTION_PEER && id->profile_key == 0 && id->region == 0);
}

int ps_event_read(const void *data, uint32_t size_bytes, struct ps_messaging_event *ret_event,
                  uint64_t *ret_put_wall_ns)
{
    struct ps_reader b = ps_reader_of(data, size_bytes);
    struct ps_messaging_event event = { .kind = PS_MESSAGING_PUT };
    const uint64_t version = ps_reader_get(&b, 1);
    const uint64_t kind = ps_reader_get(&b, 1);

    *ret_put_wall_ns = 0;
    event.collection.kind = (uint8_t)ps_reader_get(&b, 1);
    event.collection.region = (uint16_t)ps_reader_get(&b, 2);
    event.collection.key = ps_reader_get(&b, 8);
    event.collection.profile_key = ps_reader_get(&b, 8);
    event.message.id = ps_reader_get(&b, 8);
    event.message.sender = ps_reader_get(&b, 8);
    if (kind == PS_MESSAGING_PUT)
        read_message(&b, &event.message, ret_put_wall_ns);
    else
        ps_reader_get_text(&b, event.acknowledger, sizeof(event.acknowledger));
    if (!b.ok || b.at != b.end || version != PS_EVENT_VERSION ||
        (kind != PS_MESSAGING_PUT && kind != PS_MESSAGING_ACK) || !is_collection(&event.collection))
        return -EBADMSG;
    event.kind = (enum ps_messaging_event_kind)kind;
    *ret_event = event;
    return 0;
}

void ps_event_subject(const struct ps_collection_id *id, char ret_subject[PS_EVENT_SUBJECT_MAX])
{
    if (id->kind == PS_COLLECTION_PEER)
        snprintf(ret_subject, PS_EVENT_SUBJECT_MAX, "p.%016" PRIx64, id->key);
    else
        snprintf(ret_subject, PS_EVENT_SUBJECT_MAX, "r.%016" PRIx64 ".%016" PRIx64 ".%u", id->key,
                 id->profile_key, id->region);
}
