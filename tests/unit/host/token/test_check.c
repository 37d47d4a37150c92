/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/token/test_check.c - good tokens are taken; each wrong one is refused, and why.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/base/hash.h"
#include "host/base/mem.h"
#include "tests/support/ps_test.h"
#include "tests/unit/host/token/forge.h"

#define GOOD     PS_TOKEN_REFUSAL_COUNT
#define HS(text) "{\"alg\":\"HS256\"," text "}"

/* Made by PyJWT 2.6.0 with the private half of forge_cdn_pem, and with OWN_KEY. */
static const char *const py_es256 = "eyJhbGciOiJFUzI1NiIsImtpZCI6ImNkbiIsInR5cCI6IkpXVCJ9."
                                    "eyJzdWIiOiJhbGljZSIsImFjdCI6WyJwdXQiLCJ2aWV3Il0sImF1ZCI6ImVkZ2"
                                    "UiLCJpYXQiOjE4MDAwMDAwMDAsImV4cCI6"
                                    "MTgwMDAwMDYwMCwianRpIjoieDEifQ.Qe7ZJyW3dHOfsW05LSFDly4tMb-"
                                    "XuRPO2q3BFMGRp1JIsOjpzb4GhbKMPNHRoPfj"
                                    "ILfdwbVfbdip7telNUI3Rg";
static const char *const py_hs256 =
    "eyJhbGciOiJIUzI1NiIsImtpZCI6Im93biIsInR5cCI6IkpXVCJ9."
    "eyJzdWIiOiJhbGljZSIsImFjdCI6WyJwdXQiLCJ2aWV3Il0sImF1ZCI6ImVkZ2UiLCJpYXQiOjE4MDAwMDAwMDAsImV4cC"
    "I6"
    "MTgwMDAwMDYwMCwianRpIjoieDEifQ.sm1Z2g1bMsqHq-79qMARh6OU0fF-GvEmdyqpNhPQvIA";

static struct ps_tokens *tokens; /* of the test that runs */

static enum ps_token_refusal check(const char *text)
{
    return forge_check(tokens, text, T_NS, NULL);
}

static enum ps_token_refusal check_from(const char *text, const struct sockaddr *from)
{
    enum ps_token_refusal refusal = GOOD;
    struct ps_grant grant;

    (void)ps_tokens_check(tokens, text, strlen(text), from, T_NS, &grant, &refusal);
    return refusal;
}

static void a_good_token_says_what_it_allows(void)
{
    struct ps_grant grant;
    const char *text =
        forge(HEADER,
              CLAIMS(TIMES ",\"med\":\"film\",\"prf\":\"hd\",\"reg\":4,\"jti\":\"j\","
                           "\"wm\":17,\"iss\":{\"passed\":[\"over\"]}"),
              OWN_KEY);

    tokens = forge_tokens();
    CU_ASSERT_EQUAL(forge_check(tokens, text, T_NS, &grant), GOOD);
    CU_ASSERT_STRING_EQUAL(grant.peer, "alice");
    CU_ASSERT_EQUAL(grant.peer_key, ps_hash64_name("alice"));
    CU_ASSERT_EQUAL(grant.actions, PS_MAY_PUT | PS_MAY_VIEW);
    CU_ASSERT_EQUAL(grant.media_key, ps_hash64_name("film"));
    CU_ASSERT_EQUAL(grant.profile_key, ps_hash64_name("hd"));
    CU_ASSERT_EQUAL(grant.region, 4);
    CU_ASSERT_EQUAL(grant.mark, 17);
    CU_ASSERT_EQUAL(grant.until_ns, T_NS + 600 * SECOND);
    CU_ASSERT_EQUAL(grant.token_id, ps_hash64_name("j"));
    CU_ASSERT_EQUAL(forge_check(tokens, forge(HEADER, CLAIMS(TIMES), OWN_KEY), T_NS, &grant), GOOD);
    CU_ASSERT_TRUE(grant.media_key == 0 && grant.profile_key == 0 && grant.token_id == 0 &&
                   grant.mark == 0 && grant.region == PS_GRANT_ANY_REGION);
    ps_tokens_destroy(tokens);
}

static void tokens_of_another_implementation_are_taken(void)
{
    tokens = forge_tokens();
    CU_ASSERT_EQUAL(check(py_hs256), GOOD);
    CU_ASSERT_EQUAL(check(py_es256), GOOD);
    ps_tokens_destroy(tokens);
}

static void each_byte_of_a_signed_token_counts(void)
{
    const char *const good[] = { py_hs256, py_es256 };
    char text[512];

    tokens = forge_tokens();
    for (size_t t = 0; t < PS_ARRAY_LEN(good); t++)
        for (size_t i = 0; i < strlen(good[t]); i++) {
            strcpy(text, good[t]);
            text[i] = text[i] == 'A' ? 'B' : 'A';
            CU_ASSERT_NOT_EQUAL(check(text), GOOD);
            strcpy(text, good[t]);
            text[i] = '\0'; /* and so does its length */
            CU_ASSERT_NOT_EQUAL(check(text), GOOD);
        }
    ps_tokens_destroy(tokens);
}

static void a_signature_of_another_key_is_forged(void)
{
    tokens = forge_tokens();
    CU_ASSERT_EQUAL(check(forge(HEADER, CLAIMS(TIMES), "guess")), PS_TOKEN_FORGED);
    CU_ASSERT_EQUAL(check(forge(HEADER, CLAIMS(TIMES), forge_old_key)), PS_TOKEN_FORGED);
    CU_ASSERT_EQUAL(check(forge(HS("\"kid\":\"old\""), CLAIMS(TIMES), OWN_KEY)), PS_TOKEN_FORGED);
    CU_ASSERT_EQUAL(check(forge(HS("\"kid\":\"old\""), CLAIMS(TIMES), forge_old_key)), GOOD);
    CU_ASSERT_EQUAL(check(forge_unsigned(HEADER, CLAIMS(TIMES), "")), PS_TOKEN_FORGED);
    ps_tokens_destroy(tokens);
}

static void an_unknown_key_is_no_key(void)
{
    tokens = forge_tokens();
    CU_ASSERT_EQUAL(check(forge(HS("\"kid\":\"new\""), CLAIMS(TIMES), OWN_KEY)),
                    PS_TOKEN_MALFORMED);
    CU_ASSERT_EQUAL(check(forge("{\"alg\":\"HS256\"}", CLAIMS(TIMES), OWN_KEY)),
                    PS_TOKEN_MALFORMED);
    ps_tokens_destroy(tokens);
}

/* Each of these was a hole in some library. */
static void the_token_does_not_choose_its_algorithm(void)
{
    static const char *const headers[] = {
        "{\"alg\":\"none\",\"kid\":\"own\"}",  "{\"alg\":\"None\",\"kid\":\"own\"}",
        "{\"alg\":\"nOnE\",\"kid\":\"cdn\"}",  "{\"alg\":\"HS512\",\"kid\":\"own\"}",
        "{\"alg\":\"hs256\",\"kid\":\"own\"}", "{\"alg\":\"HS384\",\"kid\":\"own\"}",
        "{\"alg\":\"RS256\",\"kid\":\"own\"}", "{\"alg\":\"ES256\",\"kid\":\"own\"}",
        "{\"alg\":\"RS256\",\"kid\":\"cdn\"}", "{\"alg\":\"ES384\",\"kid\":\"cdn\"}",
    };

    tokens = forge_tokens();
    for (size_t i = 0; i < PS_ARRAY_LEN(headers); i++) {
        CU_ASSERT_EQUAL(check(forge_unsigned(headers[i], CLAIMS(TIMES), "")), PS_TOKEN_FORGED);
        CU_ASSERT_EQUAL(check(forge(headers[i], CLAIMS(TIMES), OWN_KEY)), PS_TOKEN_FORGED);
    }
    /* The public key as a secret: everybody has it. */
    const char *const swapped = "{\"alg\":\"HS256\",\"kid\":\"cdn\"}";
    CU_ASSERT_EQUAL(check(forge(swapped, CLAIMS(TIMES), forge_cdn_pem)), PS_TOKEN_FORGED);
    ps_tokens_destroy(tokens);
}

static void time_is_kept_with_a_little_leeway(void)
{
    const uint64_t leeway_s = PS_TOKEN_LEEWAY_NS / SECOND;
    char early[256];

    tokens = forge_tokens();
    CU_ASSERT_EQUAL(forge_check(tokens, py_hs256, T_NS + 600 * SECOND - 1, NULL), GOOD);
    CU_ASSERT_EQUAL(forge_check(tokens, py_hs256, T_NS + 600 * SECOND, NULL), PS_TOKEN_EXPIRED);
    CU_ASSERT_EQUAL(forge_check(tokens, py_hs256, T_NS - leeway_s * SECOND, NULL), GOOD);
    CU_ASSERT_EQUAL(forge_check(tokens, py_hs256, T_NS - leeway_s * SECOND - 1, NULL),
                    PS_TOKEN_EARLY);
    snprintf(early, sizeof(early), CLAIMS("\"nbf\":%llu,\"exp\":%llu"), T_S + leeway_s + 1,
             T_S + 60);
    CU_ASSERT_EQUAL(check(forge(HEADER, early, OWN_KEY)), PS_TOKEN_EARLY);
    CU_ASSERT_EQUAL(forge_check(tokens, forge(HEADER, early, OWN_KEY), T_NS + SECOND, NULL), GOOD);
    CU_ASSERT_EQUAL(check(forge(HEADER, CLAIMS("\"exp\":1800000000.5"), OWN_KEY)), GOOD);
    CU_ASSERT_EQUAL(check(forge(HEADER, CLAIMS("\"exp\":1799999999.5"), OWN_KEY)),
                    PS_TOKEN_EXPIRED);
    ps_tokens_destroy(tokens);
}

static void what_lives_too_long_is_refused(void)
{
    tokens = forge_tokens();
    CU_ASSERT_EQUAL(check(forge(HEADER, CLAIMS("\"iat\":1800000000,\"exp\":1800086400"), OWN_KEY)),
                    GOOD);
    CU_ASSERT_EQUAL(check(forge(HEADER, CLAIMS("\"iat\":1800000000,\"exp\":1800086401"), OWN_KEY)),
                    PS_TOKEN_EXPIRED);
    CU_ASSERT_EQUAL(check(forge(HEADER, CLAIMS("\"exp\":1800086401"), OWN_KEY)), PS_TOKEN_EXPIRED);
    CU_ASSERT_EQUAL(check(forge(HEADER, CLAIMS("\"iat\":1799000000,\"exp\":1800000600"), OWN_KEY)),
                    PS_TOKEN_EXPIRED);
    CU_ASSERT_EQUAL(check(forge(HEADER, CLAIMS("\"iat\":1800000003,\"exp\":1800000002"), OWN_KEY)),
                    PS_TOKEN_EXPIRED);
    ps_tokens_destroy(tokens);
}

static void a_token_for_another_deployment_is_refused(void)
{
    static const char *const elsewhere[] = {
        "{\"sub\":\"a\",\"act\":[],\"aud\":\"other\"," TIMES "}",
        "{\"sub\":\"a\",\"act\":[],\"aud\":\"edge2\"," TIMES "}",
        "{\"sub\":\"a\",\"act\":[],\"aud\":[\"x\",\"y\"]," TIMES "}",
        "{\"sub\":\"a\",\"act\":[],\"aud\":[]," TIMES "}",
        "{\"sub\":\"a\",\"act\":[]," TIMES "}",
    };

    tokens = forge_tokens();
    for (size_t i = 0; i < PS_ARRAY_LEN(elsewhere); i++)
        CU_ASSERT_EQUAL(check(forge(HEADER, elsewhere[i], OWN_KEY)), PS_TOKEN_ELSEWHERE);
    CU_ASSERT_EQUAL(
        check(forge(HEADER, "{\"sub\":\"a\",\"act\":[],\"aud\":[\"x\",\"edge\"]," TIMES "}",
                    OWN_KEY)),
        GOOD);
    ps_tokens_destroy(tokens);
}

static void once_is_once(void)
{
    const char *claims = CLAIMS(TIMES ",\"jti\":\"n1\",\"use\":\"once\"");
    struct ps_token_status status;

    tokens = forge_tokens();
    CU_ASSERT_EQUAL(check(forge(HEADER, claims, OWN_KEY)), GOOD);
    CU_ASSERT_EQUAL(check(forge(HEADER, claims, OWN_KEY)), PS_TOKEN_REPLAYED);
    /* Another issuer may count alike; the same one says the same twice in other words. */
    CU_ASSERT_EQUAL(check(forge(HS("\"kid\":\"old\""), claims, forge_old_key)), GOOD);
    CU_ASSERT_EQUAL(check(forge(HS("\"kid\":\"own\""), claims, OWN_KEY)), PS_TOKEN_REPLAYED);
    ps_tokens_status(tokens, &status);
    CU_ASSERT_EQUAL(status.once_remembered, 2);
    CU_ASSERT_EQUAL(status.cached, 0);
    ps_tokens_destroy(tokens);
}

static void once_of_an_earlier_life_may_have_been_used(void)
{
    tokens = forge_tokens();
    CU_ASSERT_EQUAL(check(forge(HEADER,
                                CLAIMS("\"iat\":1799999999,\"exp\":1800000600,\"jti\":\"e\","
                                       "\"use\":\"once\""),
                                OWN_KEY)),
                    PS_TOKEN_REPLAYED);
    ps_tokens_destroy(tokens);
}

static void more_than_can_be_remembered_is_refused(void)
{
    const char *claims = CLAIMS(TIMES ",\"jti\":\"late\",\"use\":\"once\"");

    tokens = forge_tokens();
    for (uint64_t i = 0; i < PS_TOKEN_ONCE_MAX; i++)
        PS_REQUIRE(ps_token_known_add(&tokens->once, i * 0x9e3779b97f4a7c15ull << 1 | 1,
                                      T_NS + 500 * SECOND, T_NS) == 0);
    CU_ASSERT_EQUAL(check(forge(HEADER, claims, OWN_KEY)), PS_TOKEN_FULL);
    CU_ASSERT_EQUAL(forge_check(tokens, forge(HEADER, claims, OWN_KEY), T_NS + 500 * SECOND, NULL),
                    GOOD);
    ps_tokens_destroy(tokens);
}

static void a_bound_token_is_good_from_its_address_alone(void)
{
    const struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0xc0000207) };
    struct sockaddr_in other = v4;
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
    char text[1024];

    tokens = forge_tokens();
    other.sin_addr.s_addr = htonl(0xc0000208);
    PS_REQUIRE(inet_pton(AF_INET6, "::ffff:192.0.2.7", &v6.sin6_addr) == 1);
    strcpy(text, forge(HEADER, CLAIMS(TIMES ",\"cnf\":{\"ip\":\"192.0.2.7\"}"), OWN_KEY));
    for (int pass = 0; pass < 2; pass++) { /* the second time it is known */
        CU_ASSERT_EQUAL(check_from(text, (const struct sockaddr *)&other), PS_TOKEN_REPLAYED);
        CU_ASSERT_EQUAL(check_from(text, NULL), PS_TOKEN_REPLAYED);
        CU_ASSERT_EQUAL(check_from(text, (const struct sockaddr *)&v4), GOOD);
        CU_ASSERT_EQUAL(check_from(text, (const struct sockaddr *)&v6), GOOD);
    }
    ps_tokens_destroy(tokens);
}

static void a_known_token_is_compared_and_judged_anew(void)
{
    struct ps_token_status status;

    tokens = forge_tokens();
    for (int i = 0; i < 3; i++)
        CU_ASSERT_EQUAL(check(py_es256), GOOD);
    ps_tokens_status(tokens, &status);
    CU_ASSERT_TRUE(status.accepted == 3 && status.cached == 2);
    CU_ASSERT_EQUAL(forge_check(tokens, py_es256, T_NS + 600 * SECOND, NULL), PS_TOKEN_EXPIRED);
    CU_ASSERT_EQUAL(ps_tokens_revoke(tokens, "x1", T_NS, T_NS + 900 * SECOND), 0);
    CU_ASSERT_EQUAL(check(py_es256), PS_TOKEN_REVOKED);
    CU_ASSERT_EQUAL(check(py_hs256), PS_TOKEN_REVOKED);
    ps_tokens_status(tokens, &status);
    CU_ASSERT_TRUE(status.refused[PS_TOKEN_EXPIRED] == 1 && status.refused[PS_TOKEN_REVOKED] == 2);
    ps_tokens_destroy(tokens);
}

static void looking_counts_nothing_and_uses_nothing_up(void)
{
    char text[1024];
    struct ps_token_facts facts;
    struct ps_token_status before, after;
    enum ps_token_refusal refusal = GOOD;

    tokens = forge_tokens();
    strcpy(text, forge(HEADER,
                       CLAIMS(TIMES ",\"jti\":\"l\",\"use\":\"once\",\"med\":\"film\","
                                    "\"cnf\":{\"ip\":\"192.0.2.7\"}"),
                       OWN_KEY));
    ps_tokens_status(tokens, &before);
    for (int i = 0; i < 2; i++)
        CU_ASSERT_EQUAL(ps_tokens_look(tokens, text, strlen(text), T_NS, &facts, &refusal), 0);
    CU_ASSERT_EQUAL(
        ps_tokens_look(tokens, text, strlen(text), T_NS + 600 * SECOND, &facts, &refusal), -EACCES);
    CU_ASSERT_EQUAL(refusal, PS_TOKEN_EXPIRED);
    ps_tokens_status(tokens, &after);
    CU_ASSERT_EQUAL(memcmp(&before, &after, sizeof(before)), 0);
    CU_ASSERT_STRING_EQUAL(facts.kid, "own");
    CU_ASSERT_STRING_EQUAL(facts.id, "l");
    CU_ASSERT_STRING_EQUAL(facts.media, "film");
    CU_ASSERT_TRUE(facts.once && facts.bound && facts.address[15] == 7);
    CU_ASSERT_EQUAL(facts.issued_ns, T_NS);
    ps_tokens_destroy(tokens);
}

/* ---- what a grant allows ---- */

static enum ps_token_refusal allow(const struct ps_grant *grant, struct ps_token_want want)
{
    enum ps_token_refusal refusal = GOOD;
    const int rc = ps_tokens_allow(tokens, grant, &want, T_NS, &refusal);

    CU_ASSERT_EQUAL(rc, refusal == GOOD ? 0 : -EACCES);
    return refusal;
}

#define WANT(...)                                                                                  \
    (struct ps_token_want)                                                                         \
    {                                                                                              \
        .action = PS_MAY_VIEW, .media_key = 11, .profile_key = 22, .region = 3, .tenant = 1,       \
        __VA_ARGS__                                                                                \
    }

static void a_grant_allows_what_it_says_and_nothing_else(void)
{
    const struct ps_grant grant = { .actions = PS_MAY_VIEW,
                                    .media_key = 11,
                                    .profile_key = 22,
                                    .region = 3,
                                    .tenant = 1,
                                    .until_ns = T_NS + 1 };
    struct ps_grant late = grant;

    tokens = forge_tokens();
    late.until_ns = T_NS;
    CU_ASSERT_EQUAL(allow(&grant, WANT()), GOOD);
    CU_ASSERT_EQUAL(allow(&grant, (struct ps_token_want){ .action = PS_MAY_VIEW, .region = 3 }),
                    GOOD);
    CU_ASSERT_EQUAL(allow(&late, WANT()), PS_TOKEN_EXPIRED);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
    CU_ASSERT_EQUAL(allow(&grant, WANT(.profile_key = 0)), GOOD);
    CU_ASSERT_EQUAL(allow(&grant, WANT(.region = PS_GRANT_ANY_REGION)), GOOD);
    CU_ASSERT_EQUAL(allow(&grant, WANT(.action = PS_MAY_PUT)), PS_TOKEN_WRONG_ROLE);
    CU_ASSERT_EQUAL(allow(&grant, WANT(.media_key = 12)), PS_TOKEN_WRONG_PLACE);
    CU_ASSERT_EQUAL(allow(&grant, WANT(.profile_key = 23)), PS_TOKEN_WRONG_PLACE);
    CU_ASSERT_EQUAL(allow(&grant, WANT(.region = 4)), PS_TOKEN_WRONG_PLACE);
    CU_ASSERT_EQUAL(allow(&grant, WANT(.tenant = 2)), PS_TOKEN_WRONG_PLACE);
#pragma GCC diagnostic pop
    ps_tokens_destroy(tokens);
}

static void a_revoked_grant_allows_nothing_more(void)
{
    struct ps_grant grant;

    tokens = forge_tokens();
    CU_ASSERT_EQUAL(forge_check(tokens, py_hs256, T_NS, &grant), GOOD);
    CU_ASSERT_EQUAL(allow(&grant, WANT()), PS_TOKEN_WRONG_PLACE); /* of tenant 0 */
    grant.tenant = 1;
    CU_ASSERT_EQUAL(allow(&grant, WANT()), GOOD);
    CU_ASSERT_EQUAL(ps_tokens_revoke(tokens, "x1", T_NS, T_NS + SECOND), 0);
    CU_ASSERT_EQUAL(allow(&grant, WANT()), PS_TOKEN_REVOKED);
    ps_tokens_destroy(tokens);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_good_token_says_what_it_allows),
        PS_TEST(tokens_of_another_implementation_are_taken),
        PS_TEST(each_byte_of_a_signed_token_counts),
        PS_TEST(a_signature_of_another_key_is_forged),
        PS_TEST(an_unknown_key_is_no_key),
        PS_TEST(the_token_does_not_choose_its_algorithm),
        PS_TEST(time_is_kept_with_a_little_leeway),
        PS_TEST(what_lives_too_long_is_refused),
        PS_TEST(a_token_for_another_deployment_is_refused),
        PS_TEST(once_is_once),
        PS_TEST(once_of_an_earlier_life_may_have_been_used),
        PS_TEST(more_than_can_be_remembered_is_refused),
        PS_TEST(a_bound_token_is_good_from_its_address_alone),
        PS_TEST(a_known_token_is_compared_and_judged_anew),
        PS_TEST(looking_counts_nothing_and_uses_nothing_up),
        PS_TEST(a_grant_allows_what_it_says_and_nothing_else),
        PS_TEST(a_revoked_grant_allows_nothing_more),
    };

    return ps_test_run(__FILE__, tests, PS_ARRAY_LEN(tests));
}
