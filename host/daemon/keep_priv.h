/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/daemon/keep_priv.h - one event as bytes, and the files that hold them.
 *
 * Threads: the writer's alone once it runs; before and after that its owner's.
 */
#ifndef PS_HOST_DAEMON_KEEP_PRIV_H
#define PS_HOST_DAEMON_KEEP_PRIV_H

#include "host/daemon/keep.h"

#define PS_KEEP_MAGIC UINT32_C(0x314b5350) /* "PSK1" */

/* Followed by the sender's name and the body, or by the acknowledger's name. As it lies. */
struct ps_keep_record {
    uint32_t magic;
    uint32_t crc32c; /* of what follows this field, to the end of the record */
    uint32_t body_bytes;
    uint16_t peer_bytes;
    uint8_t kind; /* enum ps_messaging_event_kind: PUT or ACK */
    uint8_t zero;
    struct ps_collection_id collection;
    uint64_t id, sender, sequence, put_ns;
};
_Static_assert(sizeof(struct ps_keep_record) == 72, "stored as it lies");

#define PS_KEEP_RECORD_MAX                                                                         \
    (sizeof(struct ps_keep_record) + PS_PEER_NAME_MAX + PS_COLLECTION_MESSAGE_BYTES)

/* keep_record.c */
/** @return bytes of the record, or 0: it does not fit into @p room. */
size_t ps_keep_write(uint8_t *ret_bytes, size_t room, const struct ps_messaging_event *event);
/** @return bytes of the first record of @p bytes, or 0: it is torn, or none. The event points into
 * the bytes. */
size_t ps_keep_read(const uint8_t *bytes, size_t size_bytes, struct ps_messaging_event *ret_event);

/* keep_files.c */
struct ps_keep_files {
    char *dir;
    uint64_t gone_s;
    uint64_t first, last; /* numbers of those that may be there; last is being written */
    int fd;
    size_t bytes; /* in the last */
};
/** Look what is there; nothing is written yet. @return 0, -ENOMEM, or why not. */
int ps_keep_files_init(struct ps_keep_files *files, const char *dir, uint64_t gone_s);
void ps_keep_files_fini(struct ps_keep_files *files);
/** Append and flush. @return 0 or a negative errno: nothing of it counts then. */
int ps_keep_files_append(struct ps_keep_files *files, const uint8_t *bytes, size_t size_bytes);
/** All of one file; free() it. @return 0 or a negative errno. */
int ps_keep_files_read(const struct ps_keep_files *files, uint64_t number, void **ret_bytes,
                       size_t *ret_size_bytes);

#endif
