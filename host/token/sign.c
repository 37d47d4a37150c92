/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/token/sign.c - signatures, by libjwt.
 *
 * libjwt takes the algorithm from the token: the key's own was compared with the header before it
 * is asked (claims.c), and is compared again with what it took.
 */
#include <jwt.h>
#include <stdlib.h>

#include "host/base/assert.h"
#include "host/base/mem.h"
#include "host/token/token_priv.h"

static jwt_alg_t library_name(enum ps_token_algorithm algorithm)
{
    return algorithm == PS_TOKEN_HS256 ? JWT_ALG_HS256 : JWT_ALG_ES256;
}

bool ps_token_signature_is_good(const struct ps_token_parts *parts)
{
    const struct ps_token_key *key = parts->key;
    jwt_t *jwt = NULL;

    ps_assert(key->byte_count > 0); /* without a key, the library checks nothing */
    if (jwt_decode(&jwt, parts->text, key->bytes, (int)key->byte_count) != 0)
        return false;
    const bool is_keys_own = jwt_get_alg(jwt) == library_name(key->algorithm);
    jwt_free(jwt);
    return is_keys_own;
}

char *ps_token_sign(const struct ps_token_key *key, const char *claims)
{
    jwt_t *jwt = NULL;
    char *made = NULL, *text = NULL;

    if (jwt_new(&jwt) != 0)
        return NULL;
    if (jwt_add_header(jwt, "kid", key->kid) == 0 && jwt_add_grants_json(jwt, claims) == 0 &&
        jwt_set_alg(jwt, library_name(key->algorithm), key->bytes, (int)key->byte_count) == 0)
        made = jwt_encode_str(jwt);
    if (made != NULL)
        text = ps_strdup(made); /* from our heap, as all that callers free */
    free(made);
    jwt_free(jwt);
    return text;
}
