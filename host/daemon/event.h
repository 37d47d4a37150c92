/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/daemon/event.h - a collection's event as bytes, for other edges and for our next life.
 *
 * Little endian, version first; when a message was put is told by the world's clock, since other
 * edges do not have ours. What comes in is from another program: every length is checked.
 * Threads: any; no state.
 */
#ifndef PS_HOST_DAEMON_EVENT_H
#define PS_HOST_DAEMON_EVENT_H

#include "host/messaging/messaging.h"

#define PS_EVENT_VERSION    1u
#define PS_EVENT_HEAD_BYTES 64u
#define PS_EVENT_BYTES_MAX                                                                         \
    (PS_EVENT_HEAD_BYTES + 2 * (PS_PEER_NAME_MAX + 1) + PS_COLLECTION_MESSAGE_BYTES)
#define PS_EVENT_SUBJECT_MAX 64u /* with its NUL */

/** @param put_wall_ns  When the message was put. @return bytes, or 0: no room. */
uint32_t ps_event_write(const struct ps_messaging_event *event, uint64_t put_wall_ns,
                        void *ret_data, uint32_t size_bytes);
/** Names and bodies point into @p data, but the acknowledger. @return 0 or -EBADMSG. */
int ps_event_read(const void *data, uint32_t size_bytes, struct ps_messaging_event *ret_event,
                  uint64_t *ret_put_wall_ns);
/** The collection as a subject: r.MEDIA.PROFILE.REGION or p.PEER, keys in hexadecimal. */
void ps_event_subject(const struct ps_collection_id *id, char ret_subject[PS_EVENT_SUBJECT_MAX]);

#endif
