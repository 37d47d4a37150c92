/* SPDX-License-Identifier: BSD-3-Clause */
/* host/token/token.c - the life of a set of tokens: its keys, what is known, what is counted. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/assert.h"
#include "host/base/mem.h"
#include "host/base/name.h"
#include "host/token/token_priv.h"

static const struct {
    uint32_t action;
    const char *name;
} actions[] = {
    { PS_MAY_PUT, "put" },   { PS_MAY_FETCH, "fetch" }, { PS_MAY_CREATE, "create" },
    { PS_MAY_VIEW, "view" }, { PS_MAY_NODE, "node" },
};

uint32_t ps_token_action(const char *name)
{
    for (size_t i = 0; i < PS_ARRAY_LEN(actions); i++)
        if (strcmp(actions[i].name, name) == 0)
            return actions[i].action;
    return 0;
}

const char *ps_token_action_name(uint32_t action)
{
    for (size_t i = 0; i < PS_ARRAY_LEN(actions); i++)
        if (actions[i].action == action)
            return actions[i].name;
    return NULL;
}

const char *ps_token_refusal_name(enum ps_token_refusal refusal)
{
    static const char *const names[PS_TOKEN_REFUSAL_COUNT] = {
        [PS_TOKEN_MALFORMED] = "malformed",     [PS_TOKEN_FORGED] = "forged",
        [PS_TOKEN_EXPIRED] = "expired",         [PS_TOKEN_EARLY] = "early",
        [PS_TOKEN_REPLAYED] = "replayed",       [PS_TOKEN_REVOKED] = "revoked",
        [PS_TOKEN_ELSEWHERE] = "elsewhere",     [PS_TOKEN_WRONG_ROLE] = "wrong_role",
        [PS_TOKEN_WRONG_PLACE] = "wrong_place", [PS_TOKEN_FULL] = "full",
    };

    ps_assert(refusal < PS_TOKEN_REFUSAL_COUNT);
    return names[refusal];
}

/* @return 0 or -ENOMEM. */
static int take_room(struct ps_tokens *tokens)
{
    int rc = ps_token_known_init(&tokens->once, PS_TOKEN_ONCE_MAX);

    if (rc == 0)
        rc = ps_token_known_init(&tokens->revoked, PS_TOKEN_REVOKED_MAX);
    if (rc == 0)
        tokens->cache = ps_token_cache_create();
    return rc == 0 && tokens->cache == NULL ? -ENOMEM : rc;
}

int ps_tokens_create(struct ps_tokens **ret_tokens, const struct ps_tokens_config *cfg,
                     char *ret_why, size_t why_bytes)
{
    struct ps_tokens *tokens;
    int rc;

    ps_assert(why_bytes > 0);
    ret_why[0] = '\0';
    if (!ps_name_is_valid(cfg->audience, sizeof(tokens->audience) - 1))
        return -EINVAL;
    tokens = ps_zalloc(1, sizeof(*tokens));
    if (tokens == NULL)
        return -ENOMEM;
    tokens->cfg = *cfg;
    memcpy(tokens->audience, cfg->audience, strlen(cfg->audience) + 1);
    tokens->cfg.audience = tokens->audience;
    tokens->cfg.key_file = NULL;
    rc = take_room(tokens);
    if (rc == 0 && cfg->key_file != NULL)
        rc = ps_token_keys_read(&tokens->keys, cfg->key_file, ret_why, why_bytes);
    else if (rc == 0)
        ps_token_keys_draw(&tokens->keys);
    if (rc != 0) {
        ps_tokens_destroy(tokens);
        return rc;
    }
    *ret_tokens = tokens;
    return 0;
}

void ps_tokens_destroy(struct ps_tokens *tokens)
{
    if (tokens == NULL)
        return;
    ps_token_keys_clear(&tokens->keys);
    ps_token_cache_destroy(tokens->cache);
    ps_token_known_fini(&tokens->revoked);
    ps_token_known_fini(&tokens->once);
    free(tokens);
}

int ps_tokens_read_keys(struct ps_tokens *tokens, const char *key_file, char *ret_why,
                        size_t why_bytes)
{
    const int rc = ps_token_keys_read(&tokens->keys, key_file, ret_why, why_bytes);

    if (rc == 0)
        ps_token_cache_clear(tokens->cache);
    return rc;
}

void ps_tokens_key(const struct ps_tokens *tokens, uint32_t place, const char **ret_kid,
                   const char **ret_algorithm, bool *ret_signs)
{
    ps_assert(place < tokens->keys.count);
    const struct ps_token_key *key = &tokens->keys.list[place];

    *ret_kid = key->kid;
    *ret_algorithm = ps_token_algorithm_name(key->algorithm);
    *ret_signs = key == ps_token_keys_signer(&tokens->keys);
}

void ps_tokens_status(const struct ps_tokens *tokens, struct ps_token_status *ret_status)
{
    *ret_status = tokens->status;
    ret_status->keys = tokens->keys.count;
    ret_status->once_remembered = tokens->once.count;
    ret_status->revoked = tokens->revoked.count;
}
