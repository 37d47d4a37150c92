/* SPDX-License-Identifier: BSD-3-Clause */
/* host/nkeys/nkeys.c - keys: drawn, read and written. */
#include "host/nkeys/nkeys.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "host/base/assert.h"
#include "host/base/secret.h"
#include "host/nkeys/nkeys_priv.h"

#define SEED_PREFIX  (18u << 3) /* S */
#define CRC_BYTES    2u
#define PUBLIC_BYTES (1u + PS_NKEY_BYTES + CRC_BYTES)
#define SEED_BYTES   (2u + PS_NKEY_BYTES + CRC_BYTES)

_Static_assert(crypto_sign_SEEDBYTES == PS_NKEY_BYTES, "a seed is a key's");
_Static_assert(crypto_sign_PUBLICKEYBYTES == PS_NKEY_BYTES, "and so is the public half");

static uint8_t prefix_of(enum ps_nkey_kind kind)
{
    return (uint8_t)((kind - 'A') << 3);
}

static void derive_public(struct ps_nkey *key)
{
    uint8_t secret[crypto_sign_SECRETKEYBYTES];

    crypto_sign_seed_keypair(key->public_key, secret, key->seed);
    sodium_memzero(secret, sizeof(secret));
}

void ps_nkey_draw(enum ps_nkey_kind kind, struct ps_nkey *ret_key)
{
    ret_key->kind = kind;
    ps_secret_draw(ret_key->seed, sizeof(ret_key->seed));
    derive_public(ret_key);
}

static void put_crc(uint8_t *bytes, size_t size_bytes)
{
    const uint16_t crc = ps_nkey_crc16(bytes, size_bytes);

    bytes[size_bytes] = (uint8_t)crc;
    bytes[size_bytes + 1] = (uint8_t)(crc >> 8);
}

void ps_nkey_public_text(const struct ps_nkey *key, char ret_text[PS_NKEY_PUBLIC_TEXT])
{
    uint8_t bytes[PUBLIC_BYTES] = { prefix_of(key->kind) };

    memcpy(bytes + 1, key->public_key, PS_NKEY_BYTES);
    put_crc(bytes, 1 + PS_NKEY_BYTES);
    ps_nkey_base32(bytes, sizeof(bytes), ret_text);
}

/* The kind's five bits follow those of the seed. */
void ps_nkey_seed_text(const struct ps_nkey *key, char ret_text[PS_NKEY_SEED_TEXT])
{
    const uint8_t kind = prefix_of(key->kind);
    uint8_t bytes[SEED_BYTES] = { (uint8_t)(SEED_PREFIX | kind >> 5), (uint8_t)((kind & 31) << 3) };

    memcpy(bytes + 2, key->seed, PS_NKEY_BYTES);
    put_crc(bytes, 2 + PS_NKEY_BYTES);
    ps_nkey_base32(bytes, sizeof(bytes), ret_text);
    sodium_memzero(bytes, sizeof(bytes));
}

static int kind_of(const uint8_t *bytes, enum ps_nkey_kind *ret_kind)
{
    const uint8_t prefix = (uint8_t)((bytes[0] & 7) << 5 | bytes[1] >> 3);
    static const enum ps_nkey_kind kinds[] = { PS_NKEY_OPERATOR, PS_NKEY_ACCOUNT, PS_NKEY_USER };

    for (unsigned i = 0; i < 3; i++)
        if ((bytes[0] & 0xf8) == SEED_PREFIX && prefix_of(kinds[i]) == prefix) {
            *ret_kind = kinds[i];
            return 0;
        }
    return -EINVAL;
}

int ps_nkey_parse(const char *seed_text, struct ps_nkey *ret_key)
{
    const size_t length = strcspn(seed_text, " \t\r\n");
    uint8_t bytes[SEED_BYTES];
    int rc = -EINVAL;

    if (length == PS_NKEY_SEED_TEXT - 1 &&
        seed_text[length + strspn(seed_text + length, " \t\r\n")] == '\0' &&
        ps_nkey_from_base32(seed_text, length, bytes, sizeof(bytes)) == SEED_BYTES &&
        (bytes[SEED_BYTES - 2] | bytes[SEED_BYTES - 1] << 8) ==
            ps_nkey_crc16(bytes, SEED_BYTES - CRC_BYTES))
        rc = kind_of(bytes, &ret_key->kind);
    if (rc == 0) {
        memcpy(ret_key->seed, bytes + 2, PS_NKEY_BYTES);
        derive_public(ret_key);
    }
    sodium_memzero(bytes, sizeof(bytes));
    return rc;
}
