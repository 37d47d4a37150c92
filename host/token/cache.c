/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/token/cache.c - tokens that were checked: the same text need not be checked again.
 *
 * Sets of four; the one used longest ago goes. Only tokens with a good signature get in, so nobody
 * can push others out who holds none. The hash only finds the set and spares comparisons: what
 * counts is the whole text.
 */
#include <stdlib.h>
#include <string.h>

#include "host/base/hash.h"
#include "host/base/mem.h"
#include "host/base/secret.h"
#include "host/token/token_priv.h"

#define WAYS 4u
#define SETS (PS_TOKEN_CACHE_MAX / WAYS)

struct entry {
    uint64_t hash;
    uint64_t used; /* 0: free */
    uint32_t length;
    char text[PS_TOKEN_CACHED_BYTES];
    struct ps_token_claims claims;
};

struct ps_token_cache {
    uint64_t tick;
    struct entry sets[SETS][WAYS];
};

/* Pages that no token came to are never touched. */
struct ps_token_cache *ps_token_cache_create(void)
{
    return ps_zalloc(1, sizeof(struct ps_token_cache));
}

void ps_token_cache_destroy(struct ps_token_cache *cache)
{
    if (cache != NULL)
        ps_token_cache_clear(cache);
    free(cache);
}

const struct ps_token_claims *ps_token_cache_find(struct ps_token_cache *cache, const char *text,
                                                  size_t length)
{
    const uint64_t hash = ps_hash64(text, length);
    struct entry *set = cache->sets[hash % SETS];

    for (uint32_t i = 0; i < WAYS; i++) {
        if (set[i].used == 0 || set[i].hash != hash || set[i].length != length ||
            !ps_secret_equal(set[i].text, text, length))
            continue;
        set[i].used = ++cache->tick;
        return &set[i].claims;
    }
    return NULL;
}

void ps_token_cache_keep(struct ps_token_cache *cache, const char *text, size_t length,
                         const struct ps_token_claims *claims)
{
    const uint64_t hash = ps_hash64(text, length);
    struct entry *set = cache->sets[hash % SETS], *oldest = set;

    if (length > sizeof(oldest->text))
        return;
    for (uint32_t i = 1; i < WAYS; i++)
        if (set[i].used < oldest->used)
            oldest = &set[i];
    oldest->hash = hash;
    oldest->used = ++cache->tick;
    oldest->length = (uint32_t)length;
    memcpy(oldest->text, text, length);
    oldest->claims = *claims;
}

void ps_token_cache_clear(struct ps_token_cache *cache)
{
    for (uint32_t s = 0; s < SETS; s++)
        for (uint32_t i = 0; i < WAYS; i++)
            if (cache->sets[s][i].used != 0)
                explicit_bzero(&cache->sets[s][i], sizeof(struct entry));
}
