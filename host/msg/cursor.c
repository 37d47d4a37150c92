/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/msg/cursor.h"

#include <errno.h>
#include <string.h>

#include "host/msg/head_priv.h"

struct ps_msg_cursor ps_msg_cursor_of(const void *data, size_t size_bytes)
{
    const uint8_t *bytes = data;

    return (struct ps_msg_cursor){ .at = bytes, .end = bytes + size_bytes };
}

static void fail(struct ps_msg_cursor *c, int error)
{
    if (c->error == 0)
        c->error = error;
}

static size_t left(const struct ps_msg_cursor *c)
{
    return c->error == 0 ? (size_t)(c->end - c->at) : 0;
}

/* What begins here, contents included as far as they are bytes; the cursor stays. */
static bool look(struct ps_msg_cursor *c, struct ps_msg_head *ret_head)
{
    const size_t left_bytes = left(c);

    if (left_bytes == 0 || !ps_msg_head_read(c->at, left_bytes, ret_head) ||
        ret_head->kind == PS_MSG_HEAD_REFUSED) {
        fail(c, -EBADMSG);
        return false;
    }
    const bool has_bytes =
        ret_head->kind == PS_MSG_HEAD_TEXT || ret_head->kind == PS_MSG_HEAD_BYTES;
    if (has_bytes && ret_head->size > left_bytes - ret_head->bytes) {
        fail(c, -EBADMSG);
        return false;
    }
    return true;
}

static uint32_t take_container(struct ps_msg_cursor *c, enum ps_msg_head_kind kind)
{
    struct ps_msg_head head;

    if (!look(c, &head))
        return 0;
    if (head.kind != kind) {
        fail(c, -EINVAL);
        return 0;
    }
    c->at += head.bytes;
    return head.size;
}

uint32_t ps_msg_take_array(struct ps_msg_cursor *c)
{
    return take_container(c, PS_MSG_HEAD_ARRAY);
}

uint32_t ps_msg_take_map(struct ps_msg_cursor *c)
{
    return take_container(c, PS_MSG_HEAD_MAP);
}

/* Of an integer's first byte: how many bytes of value follow; -1: it is none that is >= 0 for sure.
 */
static int value_bytes(uint8_t lead)
{
    if (lead < 0x80)
        return 0;
    if (lead >= 0xcc && lead <= 0xcf)
        return 1 << (lead - 0xcc);
    return lead >= 0xd0 && lead <= 0xd3 ? 1 << (lead - 0xd0) : -1;
}

uint64_t ps_msg_take_u64(struct ps_msg_cursor *c)
{
    struct ps_msg_head head;

    if (!look(c, &head))
        return 0;
    const uint8_t lead = c->at[0];
    const int bytes = value_bytes(lead);
    const bool is_signed = lead >= 0xd0;
    if (bytes < 0 || (is_signed && (c->at[1] & 0x80) != 0)) {
        fail(c, -EINVAL);
        return 0;
    }
    uint64_t value = bytes == 0 ? lead : 0;
    for (int i = 1; i <= bytes; i++)
        value = value << 8 | c->at[i];
    c->at += head.bytes;
    return value;
}

bool ps_msg_take_bool(struct ps_msg_cursor *c)
{
    struct ps_msg_head head;

    if (!look(c, &head))
        return false;
    const uint8_t lead = c->at[0];
    if (lead != 0xc2 && lead != 0xc3) {
        fail(c, -EINVAL);
        return false;
    }
    c->at++;
    return lead == 0xc3;
}

bool ps_msg_take_nil(struct ps_msg_cursor *c)
{
    if (left(c) == 0 || c->at[0] != 0xc0)
        return false;
    c->at++;
    return true;
}

static struct ps_msg_text take_text(struct ps_msg_cursor *c, bool or_bytes)
{
    struct ps_msg_text text = { NULL, 0 };
    struct ps_msg_head head;

    if (!look(c, &head))
        return text;
    if (head.kind != PS_MSG_HEAD_TEXT && !(or_bytes && head.kind == PS_MSG_HEAD_BYTES)) {
        fail(c, -EINVAL);
        return text;
    }
    text.data = (const char *)c->at + head.bytes;
    text.size_bytes = head.size;
    c->at += head.bytes + head.size;
    return text;
}

struct ps_msg_text ps_msg_take_str(struct ps_msg_cursor *c)
{
    return take_text(c, false);
}

struct ps_msg_text ps_msg_take_bytes(struct ps_msg_cursor *c)
{
    return take_text(c, true);
}

/* Each value takes a byte at least, so the end comes however much the counts promise. */
void ps_msg_skip(struct ps_msg_cursor *c)
{
    struct ps_msg_head head;

    for (uint64_t values = 1; values > 0; values--) {
        if (!look(c, &head))
            return;
        c->at += head.bytes;
        if (head.kind == PS_MSG_HEAD_TEXT || head.kind == PS_MSG_HEAD_BYTES)
            c->at += head.size;
        else if (head.kind == PS_MSG_HEAD_ARRAY)
            values += head.size;
        else if (head.kind == PS_MSG_HEAD_MAP)
            values += 2 * (uint64_t)head.size;
    }
}

bool ps_msg_text_is(struct ps_msg_text text, const char *other)
{
    const size_t bytes = strlen(other);

    return text.size_bytes == bytes && (bytes == 0 || memcmp(text.data, other, bytes) == 0);
}
