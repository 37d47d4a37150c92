/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/token/token_priv.h - how tokens are taken apart, and what is remembered of them.
 *
 * Threads: one at a time per object.
 */
#ifndef PS_HOST_TOKEN_TOKEN_PRIV_H
#define PS_HOST_TOKEN_TOKEN_PRIV_H

#include <sodium/utils.h>

#include "host/token/token.h"

/* One spelling for the same bytes: no padding, no bits left over. The decoder takes bytes beyond
 * ASCII for digits now and then (libsodium 1.0.18), so digits are looked at before. */
#define PS_TOKEN_DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
#define PS_TOKEN_BASE64 sodium_base64_VARIANT_URLSAFE_NO_PADDING

/* ---- keys.c ---- */

#define PS_TOKEN_SECRET_MIN 32u
#define PS_TOKEN_SECRET_MAX 512u /* of a secret's or PEM's bytes */

enum ps_token_algorithm { PS_TOKEN_HS256, PS_TOKEN_ES256 };

struct ps_token_key {
    char kid[PS_TOKEN_KID_MAX + 1];
    enum ps_token_algorithm algorithm;
    uint32_t byte_count;
    unsigned char bytes[PS_TOKEN_SECRET_MAX + 1]; /* HS256: the secret; ES256: PEM text */
};

struct ps_token_keys {
    struct ps_token_key list[PS_TOKEN_KEYS_MAX];
    uint32_t count;
};

/** Read a key file. @return as ps_tokens_create(). */
int ps_token_keys_read(struct ps_token_keys *ret_keys, const char *path, char *ret_why,
                       size_t why_bytes);
/** One key from /dev/urandom's source. */
void ps_token_keys_draw(struct ps_token_keys *ret_keys);
void ps_token_keys_clear(struct ps_token_keys *keys);
const struct ps_token_key *ps_token_keys_find(const struct ps_token_keys *keys, const char *kid);
/** The first of ours; NULL: none. */
const struct ps_token_key *ps_token_keys_signer(const struct ps_token_keys *keys);
const char *ps_token_algorithm_name(enum ps_token_algorithm algorithm);

/* ---- claims.c ---- */

/* A token's three parts, bounded and in their one spelling. */
struct ps_token_parts {
    const struct ps_token_key *key;
    char text[PS_TOKEN_BYTES_MAX + 1];
    char claims[PS_TOKEN_BYTES_MAX]; /* JSON */
    size_t claims_bytes;
};

struct ps_token_claims {
    struct ps_token_facts facts;
    uint64_t once_id; /* hash of key and `jti` */
    bool is_ours;     /* `aud` */
    bool tenant_is_ours;
};

/** Find the key by the header. @return false: malformed (or forged, see @p ret_refusal). */
bool ps_token_take_apart(struct ps_token_parts *parts, const struct ps_token_keys *keys,
                         const char *text, size_t length, enum ps_token_refusal *ret_refusal);
/** Of a token whose signature is good. @return false: malformed. */
bool ps_token_read_claims(struct ps_token_claims *ret_claims, const struct ps_token_parts *parts,
                          const struct ps_tokens_config *cfg);

/* ---- sign.c: libjwt ---- */

bool ps_token_signature_is_good(const struct ps_token_parts *parts);
/** @param claims  JSON. @return free() it; NULL: out of memory. */
char *ps_token_sign(const struct ps_token_key *key, const char *claims);

/* ---- known.c ---- */

/* Ids until a time: used up or revoked. */
struct ps_token_known {
    struct ps_token_known_id {
        uint64_t id; /* 0: free */
        uint64_t until_ns;
    } * slots;
    uint32_t slot_count; /* a power of two, twice what is kept at most */
    uint32_t count, max;
    uint64_t next_gone_ns; /* none expires before */
};

int ps_token_known_init(struct ps_token_known *known, uint32_t max);
void ps_token_known_fini(struct ps_token_known *known);
bool ps_token_known_has(const struct ps_token_known *known, uint64_t id, uint64_t wall_ns);
/** The longer time stays. @return 0 or -ENOSPC: full of what has not expired. */
int ps_token_known_add(struct ps_token_known *known, uint64_t id, uint64_t until_ns,
                       uint64_t wall_ns);

/* ---- cache.c ---- */

struct ps_token_cache;

struct ps_token_cache *ps_token_cache_create(void);
void ps_token_cache_destroy(struct ps_token_cache *cache);
/** @return what the very same text said, or NULL. */
const struct ps_token_claims *ps_token_cache_find(struct ps_token_cache *cache, const char *text,
                                                  size_t length);
void ps_token_cache_keep(struct ps_token_cache *cache, const char *text, size_t length,
                         const struct ps_token_claims *claims);
void ps_token_cache_clear(struct ps_token_cache *cache);

/* ---- token.c ---- */

struct ps_tokens {
    struct ps_tokens_config cfg; /* key_file and audience are not the caller's any more */
    char audience[65];
    struct ps_token_keys keys;
    struct ps_token_known once, revoked;
    struct ps_token_cache *cache;
    struct ps_token_status status;
};

#endif
