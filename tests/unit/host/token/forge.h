/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/unit/host/token/forge.h - tokens made by hand, right and wrong, with libsodium's HMAC
 * instead of the library that the code under test uses.
 */
#ifndef PS_TESTS_TOKEN_FORGE_H
#define PS_TESTS_TOKEN_FORGE_H

#include "host/token/token_priv.h"

#define T_S     1800000000ull /* the time of all tests, in seconds */
#define T_NS    (T_S * 1000000000u)
#define SECOND  1000000000ull
#define OWN_KEY "0123456789abcdef0123456789abcdef"

/* Of tests: "own" is OWN_KEY (HS256), "old" another (HS256), "cdn" an issuer's (ES256). */
extern const char *const forge_old_key, *const forge_cdn_pem;
#define HEADER        "{\"alg\":\"HS256\",\"kid\":\"own\",\"typ\":\"JWT\"}"
#define CLAIMS(extra) "{\"sub\":\"alice\",\"act\":[\"put\",\"view\"],\"aud\":\"edge\"," extra "}"
#define TIMES         "\"iat\":1800000000,\"exp\":1800000600"

/** base64url(header).base64url(claims).base64url(hmac); stays until the next call. */
const char *forge(const char *header, const char *claims, const char *key);
/** The same with this signature part. */
const char *forge_unsigned(const char *header, const char *claims, const char *signature);

/** A new file with the keys above; unlink() it. */
const char *forge_key_file(void);
/** Tokens for audience "edge", keys as above, from T_NS on. */
struct ps_tokens *forge_tokens(void);

/** Check at @p wall_ns from nowhere. @return the refusal, or PS_TOKEN_REFUSAL_COUNT. */
enum ps_token_refusal forge_check(struct ps_tokens *tokens, const char *text, uint64_t wall_ns,
                                  struct ps_grant *ret_grant);

#endif
