/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/token/test_claims.c - what a header and claims may look like, and what not. */
#include <stdio.h>
#include <string.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"
#include "tests/unit/host/token/forge.h"

#define GOOD PS_TOKEN_REFUSAL_COUNT

static enum ps_token_refusal check(const char *header, const char *claims)
{
    struct ps_tokens *tokens = forge_tokens();
    const enum ps_token_refusal refusal =
        forge_check(tokens, forge(header, claims, OWN_KEY), T_NS, NULL);

    ps_tokens_destroy(tokens);
    return refusal;
}

static void headers_that_are_none_of_ours_are_refused(void)
{
    static const char *const bad[] = {
        "",
        "x",
        "[]",
        "null",
        "{}",
        "{\"kid\":\"own\"}",
        "{\"alg\":\"\",\"kid\":\"own\"}",
        "{\"alg\":256,\"kid\":\"own\"}",
        "{\"alg\":[\"HS256\"],\"kid\":\"own\"}",
        "{\"alg\":\"HS256\",\"kid\":7}",
        "{\"alg\":\"HS256\",\"kid\":\"../own\"}",
        "{\"alg\":\"HS256\",\"kid\":\"own\\u0000\"}",
        "{\"alg\":\"HS256\",\"kid\":\"own\",\"typ\":\"JWE\"}",
        "{\"alg\":\"HS256\",\"kid\":\"own\",\"crit\":[\"exp\"]}",
        "{\"alg\":\"HS256\",\"alg\":\"HS256\",\"kid\":\"own\"}",
        "{\"alg\":\"HS256\",\"kid\":\"own\"}x",
        "{\"alg\":\"HS256\",\"kid\":\"own\"",
    };

    for (size_t i = 0; i < PS_ARRAY_LEN(bad); i++)
        CU_ASSERT_EQUAL(check(bad[i], CLAIMS(TIMES)), PS_TOKEN_MALFORMED);
    CU_ASSERT_EQUAL(check("{\"jku\":\"x\",\"kid\":\"own\",\"alg\":\"HS256\"}", CLAIMS(TIMES)),
                    GOOD);
}

static void claims_missing_or_of_another_type_are_refused(void)
{
    static const char *const bad[] = {
        "{}",
        "[]",
        "{\"act\":[],\"aud\":\"edge\"," TIMES "}",
        "{\"sub\":\"\",\"act\":[],\"aud\":\"edge\"," TIMES "}",
        "{\"sub\":\"a/b\",\"act\":[],\"aud\":\"edge\"," TIMES "}",
        "{\"sub\":5,\"act\":[],\"aud\":\"edge\"," TIMES "}",
        "{\"sub\":\"a\",\"aud\":\"edge\"," TIMES "}",
        "{\"sub\":\"a\",\"act\":\"put\",\"aud\":\"edge\"," TIMES "}",
        "{\"sub\":\"a\",\"act\":[1],\"aud\":\"edge\"," TIMES "}",
        "{\"sub\":\"a\",\"act\":[],\"aud\":7," TIMES "}",
        "{\"sub\":\"a\",\"act\":[],\"aud\":[7]," TIMES "}",
        CLAIMS("\"iat\":1800000000"),
        CLAIMS("\"exp\":\"1800000600\""),
        CLAIMS("\"exp\":null"),
        CLAIMS("\"exp\":-1"),
        CLAIMS("\"exp\":0"),
        CLAIMS("\"exp\":1e300"),
        CLAIMS("\"exp\":9000000001"),
        CLAIMS("\"exp\":36893488147"),
        CLAIMS("\"exp\":36893488.147e3"),
        CLAIMS(TIMES ",\"exp\":1800000700"),
        CLAIMS(TIMES ",\"nbf\":true"),
        CLAIMS(TIMES ",\"jti\":\"\""),
        CLAIMS(TIMES ",\"jti\":5"),
        CLAIMS(TIMES ",\"jti\":\"a\\nb\""),
        CLAIMS(TIMES ",\"use\":\"once\""),
        CLAIMS(TIMES ",\"use\":\"twice\",\"jti\":\"j\""),
        CLAIMS("\"exp\":1800000600,\"use\":\"once\",\"jti\":\"j\""),
        CLAIMS(TIMES ",\"med\":\"a b\""),
        CLAIMS(TIMES ",\"med\":\"..\""),
        CLAIMS(TIMES ",\"prf\":[]"),
        CLAIMS(TIMES ",\"reg\":\"4\""),
        CLAIMS(TIMES ",\"reg\":-1"),
        CLAIMS(TIMES ",\"reg\":65536"),
        CLAIMS(TIMES ",\"reg\":1.0"),
        CLAIMS(TIMES ",\"wm\":-1"),
        CLAIMS(TIMES ",\"wm\":4294967296"),
        CLAIMS(TIMES ",\"ten\":\"\""),
        CLAIMS(TIMES ",\"cnf\":{}"),
        CLAIMS(TIMES ",\"cnf\":\"192.0.2.7\""),
        CLAIMS(TIMES ",\"cnf\":{\"ip\":\"host.example\"}"),
        CLAIMS(TIMES ",\"cnf\":{\"ip\":\"192.0.2.7\",\"jkt\":\"x\"}"),
        CLAIMS(TIMES ",\"cnf\":{\"jkt\":\"x\"}"),
    };

    for (size_t i = 0; i < PS_ARRAY_LEN(bad); i++) {
        const enum ps_token_refusal refusal = check(HEADER, bad[i]);

        if (refusal != PS_TOKEN_MALFORMED)
            printf("\n  taken: %s\n", bad[i]);
        CU_ASSERT_EQUAL(refusal, PS_TOKEN_MALFORMED);
    }
}

/* libjwt reads the claims too, before it looks at the signature: what it cannot read is forged. */
static void what_is_no_json_is_refused(void)
{
    static const char *const bad[] = {
        "", "x", "{", "{}}", CLAIMS("\"exp\":18446744073709551617"), CLAIMS(TIMES ",\"x\":\"\xff\"")
    };

    for (size_t i = 0; i < PS_ARRAY_LEN(bad); i++)
        CU_ASSERT_EQUAL(check(HEADER, bad[i]), PS_TOKEN_FORGED);
}

static void unknown_actions_allow_nothing(void)
{
    struct ps_tokens *tokens = forge_tokens();
    struct ps_grant grant;

    CU_ASSERT_EQUAL(forge_check(tokens,
                                forge(HEADER,
                                      "{\"sub\":\"a\",\"act\":[\"PUT\",\"all\",\"\",\"node\"],"
                                      "\"aud\":\"edge\"," TIMES "}",
                                      OWN_KEY),
                                T_NS, &grant),
                    GOOD);
    CU_ASSERT_EQUAL(grant.actions, PS_MAY_NODE);
    ps_tokens_destroy(tokens);
}

static uint32_t only_acme(void *arg, const char *name)
{
    (void)arg;
    return strcmp(name, "acme") == 0 ? 6 : UINT32_MAX;
}

static void a_tenant_has_to_be_one_of_ours(void)
{
    struct ps_tokens *tokens = forge_tokens();
    struct ps_grant grant;

    tokens->cfg.tenant_of = only_acme;
    CU_ASSERT_EQUAL(forge_check(tokens, forge(HEADER, CLAIMS(TIMES ",\"ten\":\"acme\""), OWN_KEY),
                                T_NS, &grant),
                    GOOD);
    CU_ASSERT_EQUAL(grant.tenant, 6);
    CU_ASSERT_EQUAL(
        forge_check(tokens, forge(HEADER, CLAIMS(TIMES ",\"ten\":\"evil\""), OWN_KEY), T_NS, NULL),
        PS_TOKEN_WRONG_PLACE);
    CU_ASSERT_EQUAL(forge_check(tokens, forge(HEADER, CLAIMS(TIMES), OWN_KEY), T_NS, NULL),
                    PS_TOKEN_WRONG_PLACE);
    ps_tokens_destroy(tokens);
}

/* Nested and counted things are refused before a parser recurses into them. */
static void bombs_are_refused(void)
{
    char claims[4096] = "{\"a\":";
    size_t at = strlen(claims);

    memset(claims + at, '[', 700);
    CU_ASSERT_EQUAL(check(HEADER, claims), PS_TOKEN_MALFORMED);
    CU_ASSERT_EQUAL(check(claims, CLAIMS(TIMES)), PS_TOKEN_MALFORMED);
    CU_ASSERT_EQUAL(check(HEADER, CLAIMS(TIMES ",\"x\":[[[1]]]")), GOOD);
    CU_ASSERT_EQUAL(check(HEADER, CLAIMS(TIMES ",\"x\":[[[[1]]]]")), PS_TOKEN_MALFORMED);
    CU_ASSERT_EQUAL(check(HEADER, CLAIMS(TIMES ",\"x\":\"[[[[[[[\\\"[[\"")), GOOD);
    at = (size_t)snprintf(claims, sizeof(claims), "{\"sub\":\"a\",\"act\":[\"put\"");
    for (int i = 0; i < 70; i++)
        at += (size_t)snprintf(claims + at, sizeof(claims) - at, ",\"put\"");
    snprintf(claims + at, sizeof(claims) - at, "],\"aud\":\"edge\"," TIMES "}");
    CU_ASSERT_EQUAL(check(HEADER, claims), PS_TOKEN_MALFORMED);
}

static void length_is_bounded_on_the_byte(void)
{
    static char claims[4096];
    struct ps_tokens *tokens = forge_tokens();

    for (int filler = 1270; filler < 1400; filler++) {
        snprintf(claims, sizeof(claims), CLAIMS(TIMES ",\"x\":\"%0*d\""), filler, 0);
        const char *text = forge(HEADER, claims, OWN_KEY);

        CU_ASSERT_EQUAL(forge_check(tokens, text, T_NS, NULL),
                        strlen(text) <= PS_TOKEN_BYTES_MAX ? GOOD : PS_TOKEN_MALFORMED);
    }
    memset(claims, 'A', sizeof(claims) - 1);
    CU_ASSERT_EQUAL(forge_check(tokens, claims, T_NS, NULL), PS_TOKEN_MALFORMED);
    ps_tokens_destroy(tokens);
}

static void what_has_not_three_parts_is_no_token(void)
{
    static const char *const bad[] = { "",         ".",        "..",
                                       "...",      "a.b",      "a.b.c",
                                       "e30.e30.", ".e30.e30", "e30.\xff\xff\xff\xff.e30" };
    struct ps_tokens *tokens = forge_tokens();
    char text[1024];

    for (size_t i = 0; i < PS_ARRAY_LEN(bad); i++)
        CU_ASSERT_EQUAL(forge_check(tokens, bad[i], T_NS, NULL), PS_TOKEN_MALFORMED);
    snprintf(text, sizeof(text), "%s.x", forge(HEADER, CLAIMS(TIMES), OWN_KEY));
    CU_ASSERT_EQUAL(forge_check(tokens, text, T_NS, NULL), PS_TOKEN_MALFORMED);
    snprintf(text, sizeof(text), " %s", forge(HEADER, CLAIMS(TIMES), OWN_KEY));
    CU_ASSERT_EQUAL(forge_check(tokens, text, T_NS, NULL), PS_TOKEN_MALFORMED);
    ps_tokens_destroy(tokens);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(headers_that_are_none_of_ours_are_refused),
        PS_TEST(claims_missing_or_of_another_type_are_refused),
        PS_TEST(what_is_no_json_is_refused),
        PS_TEST(unknown_actions_allow_nothing),
        PS_TEST(a_tenant_has_to_be_one_of_ours),
        PS_TEST(bombs_are_refused),
        PS_TEST(length_is_bounded_on_the_byte),
        PS_TEST(what_has_not_three_parts_is_no_token),
    };

    return ps_test_run(__FILE__, tests, PS_ARRAY_LEN(tests));
}
