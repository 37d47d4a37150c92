/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * agent/datagram.c - see datagram_priv.h.
 *
 * The one map that is sent needs four of msgpack's forms; writing them here keeps a library out.
 */
#include "agent/datagram_priv.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "agent/names_priv.h"

#define FIXED_BYTES (sizeof(struct ppd_header) + sizeof(struct ppd_auth))
#define CODE_BYTES  sizeof(((struct ppd_auth *)0)->code)
#define ID_DIGITS   16u

_Static_assert(crypto_auth_hmacsha256_KEYBYTES == PSA_KEY_BYTES, "HMAC-SHA-256's key");
/* The longest: five keys, an id, three numbers and a probability. */
_Static_assert(FIXED_BYTES + 1 + 5 * 8 + 2 + PRESTAGE_AGENT_MEDIA_MAX + 4 * 9 <= PPD_BYTES_MAX, "");

int psa_key_read(struct psa_key *ret_key, const char *text)
{
    struct psa_key key = { .id = 0 };
    uint8_t id[ID_DIGITS / 2];
    size_t id_bytes = 0, key_bytes = 0;
    const char *end = NULL;
    int rc = -EINVAL;

    if (strspn(text, "0123456789abcdefABCDEF") == ID_DIGITS && text[ID_DIGITS] == ':' &&
        sodium_hex2bin(id, sizeof(id), text, ID_DIGITS, NULL, &id_bytes, NULL) == 0 &&
        sodium_hex2bin(key.bytes, sizeof(key.bytes), text + ID_DIGITS + 1,
                       strlen(text + ID_DIGITS + 1), NULL, &key_bytes, &end) == 0 &&
        key_bytes == sizeof(key.bytes) && (end[0] == '\0' || strcmp(end, "\n") == 0))
        rc = 0;
    for (size_t i = 0; i < id_bytes; i++)
        key.id = key.id << 8 | id[i];
    if (rc == 0 && key.id == 0)
        rc = -EINVAL;
    if (rc == 0)
        *ret_key = key;
    sodium_memzero(&key, sizeof(key));
    return rc;
}

/* ---- msgpack ---- */

static void put(struct psa_datagram *d, const void *bytes, size_t count)
{
    memcpy(d->bytes + d->count, bytes, count);
    d->count += count;
}

static void put_u8(struct psa_datagram *d, unsigned byte)
{
    d->bytes[d->count++] = (uint8_t)byte;
}

static void put_bits(struct psa_datagram *d, unsigned form, uint64_t bits)
{
    put_u8(d, form);
    for (unsigned shift = 64; shift > 0; shift -= 8)
        put_u8(d, (unsigned)(bits >> (shift - 8) & 0xff));
}

static void put_text(struct psa_datagram *d, const char *text)
{
    const size_t length = strlen(text);

    if (length < 32) {
        put_u8(d, 0xa0u | (unsigned)length);
    } else {
        put_u8(d, 0xd9);
        put_u8(d, (unsigned)length);
    }
    put(d, text, length);
}

static void pair_u64(struct psa_datagram *d, const char *key, uint64_t number)
{
    put_text(d, key);
    put_bits(d, 0xcf, number);
}

static void pair_f64(struct psa_datagram *d, const char *key, double number)
{
    uint64_t bits;

    memcpy(&bits, &number, sizeof(bits));
    put_text(d, key);
    put_bits(d, 0xcb, bits);
}

static void put_map(struct psa_datagram *d, const struct prestage_agent_look *look, uint16_t region)
{
    put_u8(d, 0x80u | (region == 0 ? 4u : 5u));
    put_text(d, "media");
    put_text(d, look->media);
    pair_u64(d, "from", (uint64_t)look->from_s);
    pair_u64(d, "to", (uint64_t)look->to_s);
    pair_f64(d, "p", look->probability);
    if (region != 0)
        pair_u64(d, "region", region);
}

/* ---- the whole ---- */

/* Little endian, whatever this machine is. */
static void store(uint8_t *at, uint64_t number, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        at[i] = (uint8_t)(number >> 8 * i);
}

static void sign(struct psa_datagram *d, const struct psa_key *key)
{
    crypto_auth_hmacsha256_state state;

    crypto_auth_hmacsha256_init(&state, key->bytes, sizeof(key->bytes));
    crypto_auth_hmacsha256_update(&state, d->bytes, FIXED_BYTES - CODE_BYTES);
    crypto_auth_hmacsha256_update(&state, d->bytes + FIXED_BYTES, d->count - FIXED_BYTES);
    crypto_auth_hmacsha256_final(&state, d->bytes + FIXED_BYTES - CODE_BYTES);
}

void psa_datagram_make(struct psa_datagram *ret_datagram, const struct prestage_agent_look *look,
                       const struct psa_stamp *stamp, const struct psa_key *key)
{
    struct psa_datagram *d = ret_datagram;
    uint8_t *auth = d->bytes + sizeof(struct ppd_header);

    memset(d->bytes, 0, FIXED_BYTES);
    d->count = FIXED_BYTES;
    put_map(d, look, stamp->region);
    store(d->bytes + offsetof(struct ppd_header, magic), PPD_MAGIC, 4);
    store(d->bytes + offsetof(struct ppd_header, version), PPD_VERSION, 4);
    store(d->bytes + offsetof(struct ppd_header, media_key),
          psa_hash(look->media, strlen(look->media)), 8);
    d->bytes[offsetof(struct ppd_header, device)] = stamp->device;
    store(d->bytes + offsetof(struct ppd_header, body_bytes), d->count - sizeof(struct ppd_header),
          4);
    store(auth + offsetof(struct ppd_auth, key_id), key->id, 8);
    store(auth + offsetof(struct ppd_auth, time_ms), stamp->time_ms, 8);
    store(auth + offsetof(struct ppd_auth, sequence), stamp->sequence, 8);
    sign(d, key);
}
