/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/msg/frame.c - walks the headers of a message without unpacking anything.
 *
 * The library is only ever given bytes that this walk has accepted whole, because it allocates by
 * the counts that a message claims.
 */
#include <errno.h>

#include "host/base/assert.h"
#include "host/base/mem.h"
#include "host/msg/msg.h"
#include "host/msg/utf8_priv.h"

enum kind { SCALAR, TEXT, BYTES, ARRAY, MAP, REFUSED };

struct token {
    enum kind kind;
    size_t head_bytes; /* up to what it contains */
    uint32_t size;     /* bytes of TEXT and BYTES, items of ARRAY, pairs of MAP */
};

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
static struct token short_token(uint8_t lead)
{
    struct token token = { .kind = SCALAR, .head_bytes = 1 };

    if (lead >= 0x80 && lead <= 0x9f) {
        token.kind = lead < 0x90 ? MAP : ARRAY;
        token.size = lead & 0x0fu;
    } else if (lead >= 0xa0 && lead <= 0xbf) {
        token.kind = TEXT;
        token.size = lead & 0x1fu;
    }
    return token;
}

/* False: the header is not all there yet. */
static bool read_token(const uint8_t *at, size_t left_bytes, struct token *ret_token)
{
    if (at[0] < 0xc0 || at[0] >= 0xe0) {
        *ret_token = short_token(at[0]);
        return true;
    }
    const uint8_t form = at[0] & 0x1fu;
    struct token token = { .kind = (enum kind)forms[form].kind };

    token.head_bytes = 1u + forms[form].value_bytes + forms[form].size_bytes;
    if (token.kind != REFUSED && token.head_bytes > left_bytes)
        return false;
    for (uint8_t i = 0; i < forms[form].size_bytes; i++)
        token.size = token.size << 8 | at[1 + i];
    *ret_token = token;
    return true;
}

/* What @p token promises must fit into what is left of the largest message. */
static int check_token(const struct ps_msg_framer *framer, const struct token *token,
                       size_t bytes_max)
{
    const size_t room = bytes_max - framer->scanned;
    const uint32_t depth = framer->depth;

    if (token->kind == REFUSED)
        return -EBADMSG;
    if (depth > 0 && framer->is_map[depth - 1] && framer->left[depth - 1] % 2 == 0 &&
        token->kind != TEXT)
        return -EBADMSG; /* a key that is no string */
    if (token->head_bytes > room || token->size > room - token->head_bytes)
        return -EMSGSIZE;
    if (framer->values >= PS_MSG_VALUES_MAX)
        return -EMSGSIZE;
    if (token->kind != ARRAY && token->kind != MAP)
        return 0;
    if (depth == PS_MSG_DEPTH_MAX || (token->kind == MAP && token->size > PS_MSG_KEYS_MAX))
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

static void open_container(struct ps_msg_framer *framer, const struct token *token)
{
    framer->is_map[framer->depth] = token->kind == MAP;
    framer->left[framer->depth] = token->kind == MAP ? 2 * token->size : token->size;
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
        struct token token;

        if (framer->scanned >= bytes_max)
            return -EMSGSIZE;
        if (!read_token(at, left_bytes, &token))
            return 0;
        const int rc = check_token(framer, &token, bytes_max);
        if (rc != 0)
            return rc;
        const bool has_bytes = token.kind == TEXT || token.kind == BYTES;
        if (has_bytes && token.size > left_bytes - token.head_bytes)
            return 0;
        if (token.kind == TEXT &&
            ps_utf8_span((const char *)at + token.head_bytes, token.size) != token.size)
            return -EBADMSG;
        framer->values++;
        framer->scanned += token.head_bytes + (has_bytes ? token.size : 0);
        if ((token.kind == ARRAY || token.kind == MAP) && token.size > 0)
            open_container(framer, &token);
        else
            count_value(framer);
        if (framer->depth == 0)
            return (ssize_t)framer->scanned;
    }
    return 0;
}
