/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/token/test_cache.c - only the very same text is found, and room is bounded. */
#include <stdio.h>
#include <string.h>

#include "host/base/mem.h"
#include "host/token/token_priv.h"
#include "tests/support/ps_test.h"

static struct ps_token_claims claims;

static uint32_t find(struct ps_token_cache *cache, const char *text)
{
    const struct ps_token_claims *found = ps_token_cache_find(cache, text, strlen(text));

    return found == NULL ? 0 : found->facts.grant.mark;
}

static void keep(struct ps_token_cache *cache, const char *text, uint32_t mark)
{
    claims.facts.grant.mark = mark;
    ps_token_cache_keep(cache, text, strlen(text), &claims);
}

static void the_same_text_is_found_and_no_other(void)
{
    struct ps_token_cache *cache = ps_token_cache_create();

    PS_REQUIRE(cache != NULL);
    keep(cache, "token", 7);
    CU_ASSERT_EQUAL(find(cache, "token"), 7);
    CU_ASSERT_EQUAL(find(cache, "tokem"), 0);
    CU_ASSERT_EQUAL(find(cache, "token2"), 0);
    CU_ASSERT_EQUAL(find(cache, "toke"), 0);
    CU_ASSERT_EQUAL(find(cache, ""), 0);
    ps_token_cache_clear(cache);
    CU_ASSERT_EQUAL(find(cache, "token"), 0);
    ps_token_cache_destroy(cache);
}

static void the_one_used_longest_ago_goes_first(void)
{
    struct ps_token_cache *cache = ps_token_cache_create();
    char text[32];
    uint32_t found = 0;

    PS_REQUIRE(cache != NULL);
    keep(cache, "in use", 1);
    for (uint32_t i = 0; i < 4 * PS_TOKEN_CACHE_MAX; i++) {
        snprintf(text, sizeof(text), "token %u", i);
        keep(cache, text, i + 2);
        PS_REQUIRE(find(cache, text) == i + 2);
        PS_REQUIRE(find(cache, "in use") == 1);
    }
    for (uint32_t i = 0; i < 4 * PS_TOKEN_CACHE_MAX; i++) {
        snprintf(text, sizeof(text), "token %u", i);
        found += find(cache, text) == i + 2;
    }
    CU_ASSERT_TRUE(found < PS_TOKEN_CACHE_MAX && found > PS_TOKEN_CACHE_MAX / 2);
    ps_token_cache_destroy(cache);
}

static void a_text_that_is_too_long_is_not_kept(void)
{
    struct ps_token_cache *cache = ps_token_cache_create();
    char text[PS_TOKEN_CACHED_BYTES + 2];

    PS_REQUIRE(cache != NULL);
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    keep(cache, text, 3);
    CU_ASSERT_EQUAL(find(cache, text), 0);
    keep(cache, text + 1, 3);
    CU_ASSERT_EQUAL(find(cache, text + 1), 3);
    ps_token_cache_destroy(cache);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(the_same_text_is_found_and_no_other),
        PS_TEST(the_one_used_longest_ago_goes_first),
        PS_TEST(a_text_that_is_too_long_is_not_kept),
    };

    return ps_test_run(__FILE__, tests, PS_ARRAY_LEN(tests));
}
