/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/msg/frame.c - walks the headers of a message without unpacking anything.
 *
 * The library is only ever given bytes that this walk has accepted whole, because it allocates by
 * the counts that a message claims.
 */
#include <errno.h>

#include "host/base/assert.h"
#include "host/msg/head_priv.h"
#include "host/msg/msg.h"
#include "host/msg/utf8_priv.h"

/* What @p head promises must fit into what is left of the largest message. */
static int check_head(const struct ps_msg_framer *framer, const struct ps_msg_head *head,
                      size_t bytes_max)
{
    const size_t room = bytes_max - framer->scanned;
    const uint32_t depth = framer->depth;

    if (head->kind == PS_MSG_HEAD_REFUSED)
        return -EBADMSG;
    if (depth > 0 && framer->is_map[depth - 1] && framer->left[depth - 1] % 2 == 0 &&
        head->kind != PS_MSG_HEAD_TEXT)
        return -EBADMSG; /* a key that is no string */
    if (head->bytes > room || head->size > room - head->bytes)
        return -EMSGSIZE;
    if (framer->values >= PS_MSG_VALUES_MAX)
        return -EMSGSIZE;
    if (head->kind != PS_MSG_HEAD_ARRAY && head->kind != PS_MSG_HEAD_MAP)
        return 0;
    if (depth == PS_MSG_DEPTH_MAX ||
        (head->kind == PS_MSG_HEAD_MAP && head->size > PS_MSG_KEYS_MAX))
        return -EMSGSIZE;
    return 0;
}

/* One value is complete, and with it perhaps the containers that it was the last of. */
static void count_value(struct ps_msg_framer *framer)
{
    while (framer->depth > 0) {
        if (--framer->left[framer->depth - 1] > 0)
            break;
        framer->depth--;
    }
}

static void open_container(struct ps_msg_framer *framer, const struct ps_msg_head *head)
{
    framer->is_map[framer->depth] = head->kind == PS_MSG_HEAD_MAP;
    framer->left[framer->depth] = head->kind == PS_MSG_HEAD_MAP ? 2 * head->size : head->size;
    framer->depth++;
}

ssize_t ps_msg_frame(struct ps_msg_framer *framer, const void *data, size_t size_bytes)
{
    const size_t bytes_max = framer->bytes_max == 0 ? PS_MSG_BYTES_MAX : framer->bytes_max;
    const uint8_t *bytes = data;

    ps_assert(bytes_max <= PS_MSG_BYTES_MAX);
    while (framer->scanned < size_bytes) {
        const uint8_t *at = bytes + framer->scanned;
        const size_t left_bytes = size_bytes - framer->scanned;
        struct ps_msg_head head;

        if (framer->scanned >= bytes_max)
            return -EMSGSIZE;
        if (!ps_msg_head_read(at, left_bytes, &head))
            return 0;
        const int rc = check_head(framer, &head, bytes_max);
        if (rc != 0)
            return rc;
        const bool has_bytes = head.kind == PS_MSG_HEAD_TEXT || head.kind == PS_MSG_HEAD_BYTES;
        if (has_bytes && head.size > left_bytes - head.bytes)
            return 0;
        if (head.kind == PS_MSG_HEAD_TEXT &&
            ps_utf8_span((const char *)at + head.bytes, head.size) != head.size)
            return -EBADMSG;
        framer->values++;
        framer->scanned += head.bytes + (has_bytes ? head.size : 0);
        if ((head.kind == PS_MSG_HEAD_ARRAY || head.kind == PS_MSG_HEAD_MAP) && head.size > 0)
            open_container(framer, &head);
        else
            count_value(framer);
        if (framer->depth == 0)
            return (ssize_t)framer->scanned;
    }
    return 0;
}
