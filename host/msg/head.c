/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/msg/head_priv.h"

/* Short, so that the table can be read. */
#define SCALAR  PS_MSG_HEAD_SCALAR
#define TEXT    PS_MSG_HEAD_TEXT
#define BYTES   PS_MSG_HEAD_BYTES
#define ARRAY   PS_MSG_HEAD_ARRAY
#define MAP     PS_MSG_HEAD_MAP
#define REFUSED PS_MSG_HEAD_REFUSED

/* First bytes 0xc0..0xdf: kind, bytes of a scalar's value, and bytes of a size. */
static const struct {
    uint8_t kind;
    uint8_t value_bytes;
    uint8_t size_bytes;
} forms[32] = {
    [0x00] = { SCALAR, 0, 0 },  /* nil */
    [0x01] = { REFUSED, 0, 0 }, /* never used by msgpack */
    [0x02] = { SCALAR, 0, 0 },  /* false */
    [0x03] = { SCALAR, 0, 0 },  /* true */
    [0x04] = { BYTES, 0, 1 },   [0x05] = { BYTES, 0, 2 },   [0x06] = { BYTES, 0, 4 },
    [0x07] = { REFUSED, 0, 0 }, [0x08] = { REFUSED, 0, 0 }, [0x09] = { REFUSED, 0, 0 }, /* ext */
    [0x0a] = { SCALAR, 4, 0 },  [0x0b] = { SCALAR, 8, 0 },                              /* float */
    [0x0c] = { SCALAR, 1, 0 },  [0x0d] = { SCALAR, 2, 0 },  [0x0e] = { SCALAR, 4, 0 },
    [0x0f] = { SCALAR, 8, 0 }, /* uint */
    [0x10] = { SCALAR, 1, 0 },  [0x11] = { SCALAR, 2, 0 },  [0x12] = { SCALAR, 4, 0 },
    [0x13] = { SCALAR, 8, 0 }, /* int */
    [0x14] = { REFUSED, 0, 0 }, [0x15] = { REFUSED, 0, 0 }, [0x16] = { REFUSED, 0, 0 },
    [0x17] = { REFUSED, 0, 0 }, [0x18] = { REFUSED, 0, 0 }, /* fixext */
    [0x19] = { TEXT, 0, 1 },    [0x1a] = { TEXT, 0, 2 },    [0x1b] = { TEXT, 0, 4 },
    [0x1c] = { ARRAY, 0, 2 },   [0x1d] = { ARRAY, 0, 4 },   [0x1e] = { MAP, 0, 2 },
    [0x1f] = { MAP, 0, 4 },
};

/* Forms whose first byte holds the value or the size. */
static struct ps_msg_head short_head(uint8_t lead)
{
    struct ps_msg_head head = { .kind = SCALAR, .bytes = 1 };

    if (lead >= 0x80 && lead <= 0x9f) {
        head.kind = lead < 0x90 ? MAP : ARRAY;
        head.size = lead & 0x0fu;
    } else if (lead >= 0xa0 && lead <= 0xbf) {
        head.kind = TEXT;
        head.size = lead & 0x1fu;
    }
    return head;
}

bool ps_msg_head_read(const uint8_t *at, size_t left_bytes, struct ps_msg_head *ret_head)
{
    if (at[0] < 0xc0 || at[0] >= 0xe0) {
        *ret_head = short_head(at[0]);
        return true;
    }
    const uint8_t form = at[0] & 0x1fu;
    struct ps_msg_head head = { .kind = (enum ps_msg_head_kind)forms[form].kind };

    head.bytes = 1u + forms[form].value_bytes + forms[form].size_bytes;
    if (head.kind != REFUSED && head.bytes > left_bytes)
        return false;
    for (uint8_t i = 0; i < forms[form].size_bytes; i++)
        head.size = head.size << 8 | at[1 + i];
    *ret_head = head;
    return true;
}
