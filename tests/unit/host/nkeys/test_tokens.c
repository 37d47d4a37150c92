/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/unit/host/nkeys/test_tokens.c - what a token says, and that it is signed. Whether
 * nats-server takes it is tested with one: tests/integration/edges.
 */
#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "host/base/mem.h"
#include "host/nkeys/nkeys.h"
#include "tests/support/ps_test.h"

#define CLAIMS_MAX 4096

/* Check the signature. @return the claims. */
static const char *read_token(const char *token, const struct ps_nkey *issuer)
{
    static char claims[CLAIMS_MAX];
    uint8_t signature[crypto_sign_BYTES];
    const char *first = strchr(token, '.'), *last = strrchr(token, '.');
    size_t size = 0;

    PS_REQUIRE(first != NULL && last > first);
    CU_ASSERT_EQUAL(sodium_base642bin(signature, sizeof(signature), last + 1,
                                      strcspn(last + 1, "\n"), NULL, NULL, NULL,
                                      sodium_base64_VARIANT_URLSAFE_NO_PADDING),
                    0);
    CU_ASSERT_EQUAL(crypto_sign_verify_detached(signature, (const uint8_t *)token,
                                                (unsigned long long)(last - token),
                                                issuer->public_key),
                    0);
    PS_REQUIRE(sodium_base642bin((uint8_t *)claims, sizeof(claims) - 1, first + 1,
                                 (size_t)(last - first - 1), NULL, &size, NULL,
                                 sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0);
    claims[size] = '\0';
    return claims;
}

static void operators_vouch_for_accounts(void)
{
    char account_text[PS_NKEY_PUBLIC_TEXT], *token = NULL;
    struct ps_nkey operator_key, account;

    ps_nkey_draw(PS_NKEY_OPERATOR, &operator_key);
    ps_nkey_draw(PS_NKEY_ACCOUNT, &account);
    ps_nkey_public_text(&account, account_text);
    PS_REQUIRE(ps_nkey_account_token(&operator_key, account_text, "A", true, 1000, &token) == 0);
    const char *claims = read_token(token, &operator_key);
    CU_ASSERT_PTR_NOT_NULL(strstr(claims, account_text));
    CU_ASSERT_PTR_NOT_NULL(strstr(claims, "\"disk_storage\":-1"));
    free(token);
    PS_REQUIRE(ps_nkey_operator_token(&operator_key, "O", account_text, 1000, &token) == 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(read_token(token, &operator_key), "\"type\":\"operator\""));
    free(token);
}

static void a_user_may_do_what_is_listed(void)
{
    static const char *const publish[] = { "a.b", "c.>", NULL }, *const none[] = { NULL };
    const struct ps_nkey_user user = {
        .name = "ann", .publish = publish, .subscribe = none, .until_s = 1060
    };
    struct ps_nkey account;
    char *text = NULL;

    ps_nkey_draw(PS_NKEY_ACCOUNT, &account);
    PS_REQUIRE(ps_nkey_user_credentials(&account, &user, 1000, &text) == 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "-----BEGIN USER NKEY SEED-----\nSU"));
    const char *token = strchr(text, '\n') + 1;
    *strchr(strchr(text, '\n') + 1, '\n') = '\0';
    const char *claims = read_token(token, &account);
    CU_ASSERT_PTR_NOT_NULL(strstr(claims, "\"exp\":1060"));
    CU_ASSERT_PTR_NOT_NULL(strstr(claims, "\"pub\":{\"allow\":[\"a.b\",\"c.>\"]}"));
    CU_ASSERT_PTR_NOT_NULL(strstr(claims, "\"sub\":{\"deny\":[\">\"]}")); /* not everything */
    free(text);
}

static void what_would_end_a_string_is_refused(void)
{
    static const char *const bad[] = { "a\",\"b", NULL };
    struct ps_nkey_user user = { .name = "a\"b" };
    struct ps_nkey account;
    char *text = NULL;

    ps_nkey_draw(PS_NKEY_ACCOUNT, &account);
    CU_ASSERT_EQUAL(ps_nkey_user_credentials(&account, &user, 1, &text), -EINVAL);
    user.name = "ann";
    user.publish = bad;
    CU_ASSERT_EQUAL(ps_nkey_user_credentials(&account, &user, 1, &text), -EINVAL);
    CU_ASSERT_EQUAL(ps_nkey_account_token(&account, "x\\", "A", true, 1, &text), -EINVAL);
    CU_ASSERT_EQUAL(ps_nkey_operator_token(&account, "\n", "A", 1, &text), -EINVAL);
    CU_ASSERT_PTR_NULL(text);
}

static void no_memory_is_an_error(void)
{
    const struct ps_nkey_user user = { .name = "ann" };
    struct ps_nkey account;
    unsigned failed_at = 0;
    char *text = NULL;

    ps_nkey_draw(PS_NKEY_ACCOUNT, &account);
    for (;; failed_at++) {
        ps_fail_alloc_after(failed_at);
        const int rc = ps_nkey_user_credentials(&account, &user, 1, &text);
        ps_fail_alloc_never();
        if (rc == 0)
            break;
        CU_ASSERT_EQUAL(rc, -ENOMEM);
    }
    CU_ASSERT_EQUAL(failed_at, 3); /* header, claims, signature */
    free(text);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(operators_vouch_for_accounts),
        PS_TEST(a_user_may_do_what_is_listed),
        PS_TEST(what_would_end_a_string_is_refused),
        PS_TEST(no_memory_is_an_error),
    };

    return ps_test_run("host/nkeys/tokens", tests, PS_ARRAY_LEN(tests));
}
