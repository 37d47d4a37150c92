/* SPDX-License-Identifier: BSD-3-Clause */
/* host/feed/datagram.c - see datagram.h. The wire is little endian, and so is every host here. */
#include "host/feed/datagram.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "host/base/hash.h"
#include "host/base/name.h"
#include "host/msg/msg.h"

#define FIXED_BYTES (sizeof(struct ppd_header) + sizeof(struct ppd_auth))
#define CODE_AT     (sizeof(struct ppd_header) + offsetof(struct ppd_auth, code))
#define TIME_S_MAX  UINT64_C(253402300799) /* the end of the year 9999 */

_Static_assert(crypto_auth_hmacsha256_BYTES == sizeof(((struct ppd_auth *)0)->code), "wire layout");
_Static_assert(crypto_auth_hmacsha256_KEYBYTES == PS_DATAGRAM_KEY_BYTES, "HMAC-SHA-256's key");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "fields are taken as they lie");

int ps_datagram_open(struct ps_datagram *ret_datagram, const void *bytes, size_t size_bytes)
{
    const uint8_t *at = bytes;
    struct ps_datagram d = { .probability = 1.0f };

    if (size_bytes < FIXED_BYTES || size_bytes > PPD_BYTES_MAX)
        return -EBADMSG;
    memcpy(&d.header, at, sizeof(d.header));
    memcpy(&d.auth, at + sizeof(d.header), sizeof(d.auth));
    if (d.header.magic != PPD_MAGIC || d.header.version != PPD_VERSION || d.header.reserved != 0 ||
        d.header.body_bytes != size_bytes - sizeof(d.header))
        return -EBADMSG;
    *ret_datagram = d;
    return 0;
}

bool ps_datagram_is_by(const struct ps_datagram *datagram, const void *bytes, size_t size_bytes,
                       const uint8_t key[static PS_DATAGRAM_KEY_BYTES])
{
    const uint8_t *at = bytes;
    crypto_auth_hmacsha256_state state;
    uint8_t code[crypto_auth_hmacsha256_BYTES];

    crypto_auth_hmacsha256_init(&state, key, PS_DATAGRAM_KEY_BYTES);
    crypto_auth_hmacsha256_update(&state, at, CODE_AT);
    crypto_auth_hmacsha256_update(&state, at + FIXED_BYTES, size_bytes - FIXED_BYTES);
    crypto_auth_hmacsha256_final(&state, code);
    return sodium_memcmp(code, datagram->auth.code, sizeof(code)) == 0;
}

static bool read_name(const struct ps_msg_value *value, char *ret_name, size_t size_bytes)
{
    return ps_msg_as_name(value, ret_name, size_bytes) == 0 &&
           ps_name_is_valid(ret_name, size_bytes - 1);
}

static bool read_time(const struct ps_msg_value *value, uint64_t *ret_s)
{
    return ps_msg_as_u64(value, ret_s) == 0 && *ret_s <= TIME_S_MAX;
}

/* What need not be said is as ps_datagram_open() left it. */
static bool read_options(struct ps_datagram *d, const struct ps_msg_value *map)
{
    const struct ps_msg_value *profile = ps_msg_get(map, "prof");
    const struct ps_msg_value *chance = ps_msg_get(map, "p");
    const struct ps_msg_value *region = ps_msg_get(map, "region");
    double probability = 1.0;
    uint64_t number = 0;

    if (profile != NULL && !read_name(profile, d->profile, sizeof(d->profile)))
        return false;
    if (chance != NULL && ps_msg_as_f64(chance, &probability) != 0)
        return false;
    if (region != NULL && (ps_msg_as_u64(region, &number) != 0 || number > UINT16_MAX))
        return false;
    d->probability = (float)probability;
    d->region = (uint16_t)number;
    return d->probability > 0.0f && d->probability <= 1.0f;
}

static bool read_map(struct ps_datagram *d, const struct ps_msg_value *map)
{
    const struct ps_msg_value *to = ps_msg_get(map, "to");

    if (ps_msg_type_of(map) != PS_MSG_MAP ||
        !read_name(ps_msg_get(map, "media"), d->media, sizeof(d->media)) ||
        ps_hash64_name(d->media) != d->header.media_key ||
        !read_time(ps_msg_get(map, "from"), &d->from_s))
        return false;
    d->to_s = d->from_s;
    if (to != NULL && !read_time(to, &d->to_s))
        return false;
    return d->to_s >= d->from_s && read_options(d, map);
}

int ps_datagram_read(struct ps_datagram *datagram, const void *bytes, size_t size_bytes)
{
    struct ps_msg *msg = NULL;
    int rc = ps_msg_read(&msg, (const uint8_t *)bytes + FIXED_BYTES, size_bytes - FIXED_BYTES);

    if (rc == 0 && !read_map(datagram, ps_msg_root(msg)))
        rc = -EBADMSG;
    ps_msg_destroy(msg);
    return rc == 0 || rc == -ENOMEM ? rc : -EBADMSG;
}
