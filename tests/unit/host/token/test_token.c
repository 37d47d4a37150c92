/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/token/test_token.c - a set of tokens begins and ends, and changes its keys. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"
#include "tests/unit/host/token/forge.h"

#define GOOD PS_TOKEN_REFUSAL_COUNT

static const struct ps_tokens_config drawn = { .audience = "edge", .wall_ns = T_NS };

static void without_a_file_a_key_is_drawn(void)
{
    const struct ps_token_issue issue = {
        .peer = "a", .actions = PS_MAY_PUT, .region = 3, .life_ns = 60 * SECOND
    };
    struct ps_tokens *one = NULL, *two = NULL;
    const char *kid, *algorithm;
    char why[100], *text = NULL;
    bool signs = false;

    PS_REQUIRE(ps_tokens_create(&one, &drawn, why, sizeof(why)) == 0);
    PS_REQUIRE(ps_tokens_create(&two, &drawn, why, sizeof(why)) == 0);
    PS_REQUIRE(ps_tokens_issue(one, &issue, T_NS, &text) == 0);
    CU_ASSERT_EQUAL(forge_check(one, text, T_NS, NULL), GOOD);
    CU_ASSERT_NOT_EQUAL(forge_check(two, text, T_NS, NULL), GOOD);
    ps_tokens_key(one, 0, &kid, &algorithm, &signs);
    CU_ASSERT_TRUE(signs && strncmp(kid, "own-", 4) == 0 && strcmp(algorithm, "HS256") == 0);
    free(text);
    ps_tokens_destroy(one);
    ps_tokens_destroy(two);
    ps_tokens_destroy(NULL);
}

static void a_wrong_file_or_audience_is_refused(void)
{
    struct ps_tokens_config cfg = drawn;
    struct ps_tokens *tokens = NULL;
    char why[100];

    cfg.key_file = "/nonexistent/keys";
    CU_ASSERT_EQUAL(ps_tokens_create(&tokens, &cfg, why, sizeof(why)), -ENOENT);
    CU_ASSERT_PTR_NOT_NULL(strstr(why, "/nonexistent/keys"));
    cfg = drawn;
    cfg.audience = "";
    CU_ASSERT_EQUAL(ps_tokens_create(&tokens, &cfg, why, sizeof(why)), -EINVAL);
    CU_ASSERT_PTR_NULL(tokens);
}

static void creation_survives_each_failed_allocation(void)
{
    struct ps_tokens *tokens = NULL;
    unsigned failed_at = 0;
    char why[100];

    for (;; failed_at++) {
        ps_fail_alloc_after(failed_at);
        const int rc = ps_tokens_create(&tokens, &drawn, why, sizeof(why));
        ps_fail_alloc_never();
        if (rc == 0)
            break;
        CU_ASSERT_EQUAL(rc, -ENOMEM);
        CU_ASSERT_PTR_NULL(tokens);
    }
    CU_ASSERT_EQUAL(failed_at, 4); /* the object, its two tables and its cache */
    ps_tokens_destroy(tokens);
}

static void new_keys_end_the_tokens_of_those_that_went(void)
{
    struct ps_tokens *tokens = forge_tokens();
    char own[512], old[512], line[PS_TOKEN_KEY_LINE_BYTES], path[] = "/tmp/ps-token-XXXXXX",
                                                            why[100];
    const int fd = mkstemp(path);

    strcpy(own, forge(HEADER, CLAIMS(TIMES ",\"jti\":\"1\",\"use\":\"once\""), OWN_KEY));
    strcpy(old, forge("{\"alg\":\"HS256\",\"kid\":\"old\"}", CLAIMS(TIMES), forge_old_key));
    CU_ASSERT_EQUAL(forge_check(tokens, own, T_NS, NULL), GOOD);
    CU_ASSERT_EQUAL(forge_check(tokens, old, T_NS, NULL), GOOD);

    CU_ASSERT_EQUAL(ps_tokens_read_keys(tokens, "/nonexistent", why, sizeof(why)), -ENOENT);
    CU_ASSERT_EQUAL(forge_check(tokens, old, T_NS, NULL), GOOD); /* nothing changed */

    char text[200];
    sodium_bin2base64(line, sizeof(line), (const uint8_t *)OWN_KEY, 32, PS_TOKEN_BASE64);
    snprintf(text, sizeof(text), "new:HS256:%s\nown:HS256:%s\n", line, line);
    PS_REQUIRE(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    CU_ASSERT_EQUAL(ps_tokens_read_keys(tokens, path, why, sizeof(why)), 0);
    CU_ASSERT_EQUAL(forge_check(tokens, old, T_NS, NULL), PS_TOKEN_MALFORMED);
    CU_ASSERT_EQUAL(forge_check(tokens, own, T_NS, NULL), PS_TOKEN_REPLAYED); /* still known */
    CU_ASSERT_STRING_EQUAL(ps_token_keys_signer(&tokens->keys)->kid, "new");
    close(fd);
    unlink(path);
    ps_tokens_destroy(tokens);
}

static void actions_and_refusals_have_names(void)
{
    for (int i = 0; i < PS_TOKEN_REFUSAL_COUNT; i++)
        CU_ASSERT_TRUE(strlen(ps_token_refusal_name((enum ps_token_refusal)i)) > 3);
    for (uint32_t action = 1; action <= PS_MAY_ALL; action *= 2)
        CU_ASSERT_EQUAL(ps_token_action(ps_token_action_name(action)), action);
    CU_ASSERT_PTR_NULL(ps_token_action_name(3));
    CU_ASSERT_EQUAL(ps_token_action("everything"), 0);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(without_a_file_a_key_is_drawn),
        PS_TEST(a_wrong_file_or_audience_is_refused),
        PS_TEST(creation_survives_each_failed_allocation),
        PS_TEST(new_keys_end_the_tokens_of_those_that_went),
        PS_TEST(actions_and_refusals_have_names),
    };

    return ps_test_run(__FILE__, tests, PS_ARRAY_LEN(tests));
}
