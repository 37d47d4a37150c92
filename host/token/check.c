/* SPDX-License-Identifier: BSD-3-Clause */
/* host/token/check.c - whether a token is good, and whether its grant allows something. */
#include <errno.h>
#include <string.h>

#include "host/base/assert.h"
#include "host/base/prefix.h"
#include "host/base/secret.h"
#include "host/token/token_priv.h"

#define GOOD PS_TOKEN_REFUSAL_COUNT

static enum ps_token_refusal judge_time(const struct ps_token_facts *facts, uint64_t wall_ns)
{
    const uint64_t until_ns = facts->grant.until_ns;
    const uint64_t begun_ns = facts->issued_ns == 0 ? wall_ns : facts->issued_ns;

    if (until_ns <= wall_ns || until_ns <= begun_ns || until_ns - begun_ns > PS_TOKEN_LIFE_NS_MAX ||
        until_ns - wall_ns > PS_TOKEN_LIFE_NS_MAX + PS_TOKEN_LEEWAY_NS)
        return PS_TOKEN_EXPIRED;
    if (facts->issued_ns > wall_ns + PS_TOKEN_LEEWAY_NS ||
        facts->from_ns > wall_ns + PS_TOKEN_LEEWAY_NS)
        return PS_TOKEN_EARLY;
    return GOOD;
}

/* What may change from one use to the next. */
static enum ps_token_refusal judge(const struct ps_tokens *tokens,
                                   const struct ps_token_claims *claims, uint64_t wall_ns)
{
    if (!claims->is_ours)
        return PS_TOKEN_ELSEWHERE;
    const enum ps_token_refusal refusal = judge_time(&claims->facts, wall_ns);
    if (refusal != GOOD)
        return refusal;
    if (claims->facts.id[0] != '\0' &&
        ps_token_known_has(&tokens->revoked, claims->facts.grant.token_id, wall_ns))
        return PS_TOKEN_REVOKED;
    return claims->tenant_is_ours ? GOOD : PS_TOKEN_WRONG_PLACE;
}

static bool is_from_its_address(const struct ps_token_facts *facts, const struct sockaddr *from)
{
    uint8_t address[PS_ADDRESS_BYTES];

    if (!facts->bound)
        return true;
    return from != NULL && ps_address_of(address, from) == 0 &&
           memcmp(address, facts->address, sizeof(address)) == 0;
}

/* Second by second: `iat` says no more. */
static bool is_of_an_earlier_life(const struct ps_tokens *tokens,
                                  const struct ps_token_facts *facts)
{
    return facts->issued_ns / 1000000000u < tokens->cfg.wall_ns / 1000000000u;
}

static enum ps_token_refusal use_up(struct ps_tokens *tokens, const struct ps_token_claims *claims,
                                    uint64_t wall_ns)
{
    const struct ps_token_facts *facts = &claims->facts;

    if (!facts->once)
        return GOOD;
    if (is_of_an_earlier_life(tokens, facts) ||
        ps_token_known_has(&tokens->once, claims->once_id, wall_ns))
        return PS_TOKEN_REPLAYED;
    return ps_token_known_add(&tokens->once, claims->once_id, facts->grant.until_ns, wall_ns) == 0
               ? GOOD
               : PS_TOKEN_FULL;
}

/* The claims of a token that a key of ours signed. */
static enum ps_token_refusal verify(const struct ps_tokens *tokens, const char *text, size_t length,
                                    struct ps_token_claims *ret_claims)
{
    struct ps_token_parts parts;
    enum ps_token_refusal refusal;

    if (!ps_token_take_apart(&parts, &tokens->keys, text, length, &refusal))
        return refusal;
    if (!ps_token_signature_is_good(&parts))
        return PS_TOKEN_FORGED;
    return ps_token_read_claims(ret_claims, &parts, &tokens->cfg) ? GOOD : PS_TOKEN_MALFORMED;
}

static enum ps_token_refusal check(struct ps_tokens *tokens, const char *text, size_t length,
                                   const struct sockaddr *from, uint64_t wall_ns,
                                   struct ps_grant *ret_grant, bool *ret_cached)
{
    const struct ps_token_claims *claims = ps_token_cache_find(tokens->cache, text, length);
    struct ps_token_claims fresh;
    enum ps_token_refusal refusal = GOOD;

    *ret_cached = claims != NULL;
    if (claims == NULL) {
        refusal = verify(tokens, text, length, &fresh);
        claims = &fresh;
    }
    if (refusal == GOOD)
        refusal = judge(tokens, claims, wall_ns);
    if (refusal == GOOD && !is_from_its_address(&claims->facts, from))
        refusal = PS_TOKEN_REPLAYED;
    if (refusal == GOOD)
        refusal = use_up(tokens, claims, wall_ns);
    if (refusal != GOOD)
        return refusal;
    *ret_grant = claims->facts.grant;
    if (claims == &fresh && !fresh.facts.once)
        ps_token_cache_keep(tokens->cache, text, length, &fresh);
    return GOOD;
}

int ps_tokens_check(struct ps_tokens *tokens, const char *text, size_t length,
                    const struct sockaddr *from, uint64_t wall_ns, struct ps_grant *ret_grant,
                    enum ps_token_refusal *ret_refusal)
{
    bool cached;
    const enum ps_token_refusal refusal =
        check(tokens, text, length, from, wall_ns, ret_grant, &cached);

    if (refusal == GOOD) {
        tokens->status.accepted++;
        tokens->status.cached += cached;
        return 0;
    }
    tokens->status.refused[refusal]++;
    if (ret_refusal != NULL)
        *ret_refusal = refusal;
    return -EACCES;
}

int ps_tokens_look(struct ps_tokens *tokens, const char *text, size_t length, uint64_t wall_ns,
                   struct ps_token_facts *ret_facts, enum ps_token_refusal *ret_refusal)
{
    struct ps_token_claims claims;
    enum ps_token_refusal refusal = verify(tokens, text, length, &claims);

    if (refusal == GOOD)
        refusal = judge(tokens, &claims, wall_ns);
    if (refusal == GOOD && claims.facts.once &&
        (is_of_an_earlier_life(tokens, &claims.facts) ||
         ps_token_known_has(&tokens->once, claims.once_id, wall_ns)))
        refusal = PS_TOKEN_REPLAYED;
    if (refusal != GOOD) {
        if (ret_refusal != NULL)
            *ret_refusal = refusal;
        return -EACCES;
    }
    *ret_facts = claims.facts;
    return 0;
}

/* ---- what a grant allows ---- */

static bool is_in_place(const struct ps_grant *grant, const struct ps_token_want *want)
{
    if (want->region != PS_GRANT_ANY_REGION && grant->region != PS_GRANT_ANY_REGION &&
        want->region != grant->region)
        return false;
    if (want->media_key == 0)
        return true;
    if (want->tenant != PS_GRANT_ANY_TENANT && want->tenant != grant->tenant)
        return false;
    return (grant->media_key == 0 || grant->media_key == want->media_key) &&
           (grant->profile_key == 0 || want->profile_key == 0 ||
            grant->profile_key == want->profile_key);
}

int ps_tokens_allow(struct ps_tokens *tokens, const struct ps_grant *grant,
                    const struct ps_token_want *want, uint64_t wall_ns,
                    enum ps_token_refusal *ret_refusal)
{
    enum ps_token_refusal refusal = GOOD;

    if (grant->until_ns <= wall_ns)
        refusal = PS_TOKEN_EXPIRED;
    else if (grant->token_id != 0 && ps_token_known_has(&tokens->revoked, grant->token_id, wall_ns))
        refusal = PS_TOKEN_REVOKED;
    else if ((grant->actions & want->action) == 0)
        refusal = PS_TOKEN_WRONG_ROLE;
    else if (!is_in_place(grant, want))
        refusal = PS_TOKEN_WRONG_PLACE;
    if (refusal == GOOD)
        return 0;
    tokens->status.refused[refusal]++;
    if (ret_refusal != NULL)
        *ret_refusal = refusal;
    return -EACCES;
}
