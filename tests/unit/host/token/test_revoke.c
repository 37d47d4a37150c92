/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/token/test_revoke.c - revocations last, also over a restart. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"
#include "tests/unit/host/token/forge.h"

#define GOOD PS_TOKEN_REFUSAL_COUNT

static enum ps_token_refusal check(struct ps_tokens *tokens, uint64_t wall_ns)
{
    return forge_check(tokens, forge(HEADER, CLAIMS(TIMES ",\"jti\":\"lost\""), OWN_KEY), wall_ns,
                       NULL);
}

static void a_revoked_token_is_refused_until_then(void)
{
    struct ps_tokens *tokens = forge_tokens();

    CU_ASSERT_EQUAL(check(tokens, T_NS), GOOD);
    CU_ASSERT_EQUAL(ps_tokens_revoke(tokens, "lost", T_NS, T_NS + 60 * SECOND), 0);
    CU_ASSERT_EQUAL(check(tokens, T_NS), PS_TOKEN_REVOKED);
    CU_ASSERT_EQUAL(check(tokens, T_NS + 60 * SECOND), GOOD);
    CU_ASSERT_EQUAL(ps_tokens_revoke(tokens, "", T_NS, T_NS + 60 * SECOND), -EINVAL);
    ps_tokens_destroy(tokens);
}

static void too_many_are_an_error(void)
{
    struct ps_tokens *tokens = forge_tokens();

    for (uint64_t i = 0; i < PS_TOKEN_REVOKED_MAX; i++)
        PS_REQUIRE(ps_token_known_add(&tokens->revoked, i * 0x9e3779b97f4a7c15ull << 1 | 1,
                                      T_NS + SECOND, T_NS) == 0);
    CU_ASSERT_EQUAL(ps_tokens_revoke(tokens, "lost", T_NS, T_NS + SECOND), -ENOSPC);
    CU_ASSERT_EQUAL(ps_tokens_revoke(tokens, "lost", T_NS + SECOND, T_NS + 2 * SECOND), 0);
    ps_tokens_destroy(tokens);
}

static void what_is_saved_is_loaded_but_for_what_is_over(void)
{
    struct ps_tokens *one = forge_tokens(), *two = forge_tokens();
    struct ps_token_status status;
    void *data = NULL;
    size_t size_bytes = 0;

    PS_REQUIRE(ps_tokens_revoke(one, "lost", T_NS, T_NS + 60 * SECOND) == 0);
    PS_REQUIRE(ps_tokens_revoke(one, "over", T_NS, T_NS + 1 * SECOND) == 0);
    PS_REQUIRE(ps_tokens_save_revoked(one, &data, &size_bytes) == 0);
    CU_ASSERT_EQUAL(ps_tokens_load_revoked(two, data, size_bytes, T_NS + SECOND), 0);
    CU_ASSERT_EQUAL(check(two, T_NS + SECOND), PS_TOKEN_REVOKED);
    ps_tokens_status(two, &status);
    CU_ASSERT_EQUAL(status.revoked, 1);
    free(data);
    ps_tokens_destroy(one);
    ps_tokens_destroy(two);
}

static void damage_is_refused(void)
{
    struct ps_tokens *one = forge_tokens(), *two = forge_tokens();
    struct ps_token_status status;
    size_t size_bytes = 0;
    uint8_t *data = NULL;
    void *saved = NULL;

    PS_REQUIRE(ps_tokens_revoke(one, "lost", T_NS, T_NS + 60 * SECOND) == 0);
    PS_REQUIRE(ps_tokens_save_revoked(one, &saved, &size_bytes) == 0);
    data = saved;
    for (size_t i = 0; i < size_bytes; i++) {
        CU_ASSERT_EQUAL(ps_tokens_load_revoked(two, data, i, T_NS), -EINVAL);
        if (i >= 20 && i < 24)
            continue; /* what fills the head */
        data[i] ^= 1;
        CU_ASSERT_EQUAL(ps_tokens_load_revoked(two, data, size_bytes, T_NS), -EINVAL);
        data[i] ^= 1;
    }
    ps_tokens_status(two, &status);
    CU_ASSERT_EQUAL(status.revoked, 0);
    ps_fail_alloc_after(0);
    CU_ASSERT_EQUAL(ps_tokens_save_revoked(one, &saved, &size_bytes), -ENOMEM);
    ps_fail_alloc_never();
    free(data);
    ps_tokens_destroy(one);
    ps_tokens_destroy(two);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_revoked_token_is_refused_until_then),
        PS_TEST(too_many_are_an_error),
        PS_TEST(what_is_saved_is_loaded_but_for_what_is_over),
        PS_TEST(damage_is_refused),
    };

    return ps_test_run(__FILE__, tests, PS_ARRAY_LEN(tests));
}
