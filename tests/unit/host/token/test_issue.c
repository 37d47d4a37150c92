/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/token/test_issue.c - what we sign is what was asked for, and is taken by us. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/hash.h"
#include "host/base/mem.h"
#include "tests/support/ps_test.h"
#include "tests/unit/host/token/forge.h"

static const struct ps_token_issue plain = {
    .peer = "bob", .actions = PS_MAY_FETCH, .region = PS_GRANT_ANY_REGION, .life_ns = 60 * SECOND
};

static void all_that_is_asked_for_comes_back(void)
{
    const struct ps_token_issue issue = { .peer = "bob",
                                          .actions = PS_MAY_PUT | PS_MAY_FETCH | PS_MAY_NODE,
                                          .media = "film",
                                          .profile = "hd",
                                          .tenant = "default",
                                          .region = 0,
                                          .life_ns = 60 * SECOND,
                                          .once = true,
                                          .address = "2001:db8::7",
                                          .mark = 99 };
    struct sockaddr_in6 from = { .sin6_family = AF_INET6 };
    struct ps_tokens *tokens = forge_tokens();
    struct ps_token_facts facts;
    struct ps_grant grant;
    char *text = NULL;

    PS_REQUIRE(inet_pton(AF_INET6, "2001:db8::7", &from.sin6_addr) == 1);
    PS_REQUIRE(ps_tokens_issue(tokens, &issue, T_NS + 7, &text) == 0);
    PS_REQUIRE(ps_tokens_look(tokens, text, strlen(text), T_NS, &facts, NULL) == 0);
    CU_ASSERT_EQUAL(
        ps_tokens_check(tokens, text, strlen(text), (struct sockaddr *)&from, T_NS, &grant, NULL),
        0);
    CU_ASSERT_EQUAL(
        ps_tokens_check(tokens, text, strlen(text), (struct sockaddr *)&from, T_NS, &grant, NULL),
        -EACCES);
    CU_ASSERT_STRING_EQUAL(grant.peer, "bob");
    CU_ASSERT_EQUAL(grant.actions, issue.actions);
    CU_ASSERT_EQUAL(grant.media_key, ps_hash64_name("film"));
    CU_ASSERT_EQUAL(grant.profile_key, ps_hash64_name("hd"));
    CU_ASSERT_TRUE(grant.region == 0 && grant.mark == 99);
    CU_ASSERT_EQUAL(grant.until_ns, T_NS + 60 * SECOND);
    CU_ASSERT_STRING_EQUAL(facts.kid, "own");
    CU_ASSERT_EQUAL(strlen(facts.id), 22);
    free(text);
    ps_tokens_destroy(tokens);
}

static void two_tokens_are_never_the_same(void)
{
    struct ps_tokens *tokens = forge_tokens();
    char *one = NULL, *two = NULL;

    PS_REQUIRE(ps_tokens_issue(tokens, &plain, T_NS, &one) == 0);
    PS_REQUIRE(ps_tokens_issue(tokens, &plain, T_NS, &two) == 0);
    CU_ASSERT_STRING_NOT_EQUAL(one, two);
    free(one);
    free(two);
    ps_tokens_destroy(tokens);
}

static int issue_changed(struct ps_tokens *tokens, size_t which)
{
    struct ps_token_issue issue = plain;
    char *text = NULL;

    switch (which) {
    case 0:
        issue.peer = "";
        break;
    case 1:
        issue.peer = "a\"b";
        break;
    case 2:
        issue.actions = 0;
        break;
    case 3:
        issue.actions = PS_MAY_ALL + 1;
        break;
    case 4:
        issue.media = "a/b";
        break;
    case 5:
        issue.profile = "";
        break;
    case 6:
        issue.tenant = "x\",\"act\":[\"node\"],\"y\":\"";
        break;
    case 7:
        issue.region = 65536;
        break;
    case 8:
        issue.life_ns = PS_TOKEN_LIFE_NS_MAX + SECOND;
        break;
    case 9:
        issue.life_ns = SECOND - 1;
        break;
    case 10:
        issue.address = "here";
        break;
    default:
        return 1;
    }
    const int rc = ps_tokens_issue(tokens, &issue, T_NS, &text);
    CU_ASSERT_PTR_NULL(text);
    return rc;
}

static void what_cannot_be_said_is_refused(void)
{
    struct ps_tokens *tokens = forge_tokens();
    size_t i = 0;
    int rc;

    while ((rc = issue_changed(tokens, i)) != 1) {
        CU_ASSERT_EQUAL(rc, -EINVAL);
        i++;
    }
    CU_ASSERT_EQUAL(i, 11);
    ps_tokens_destroy(tokens);
}

static void the_longest_names_fit(void)
{
    char peer[65], media[129], tenant[129], *text = NULL;
    struct ps_tokens *tokens = forge_tokens();
    struct ps_token_issue issue = plain;

    memset(peer, 'p', 64);
    memset(media, 'm', 128);
    memset(tenant, 't', 128);
    peer[64] = media[128] = tenant[128] = '\0';
    issue.peer = issue.profile = peer;
    issue.media = media;
    issue.tenant = tenant;
    issue.actions = PS_MAY_ALL;
    issue.address = "2001:db8:ffff:ffff:ffff:ffff:255.255.255.255";
    issue.once = true;
    issue.mark = UINT32_MAX;
    PS_REQUIRE(ps_tokens_issue(tokens, &issue, T_NS, &text) == 0);
    CU_ASSERT_TRUE(strlen(text) <= PS_TOKEN_CACHED_BYTES);
    free(text);
    ps_tokens_destroy(tokens);
}

static void without_a_key_of_ours_nothing_is_issued(void)
{
    struct ps_tokens *tokens = forge_tokens();
    char *text = NULL;

    for (uint32_t i = 0; i < tokens->keys.count; i++)
        tokens->keys.list[i].algorithm = PS_TOKEN_ES256;
    CU_ASSERT_EQUAL(ps_tokens_issue(tokens, &plain, T_NS, &text), -ENOKEY);
    CU_ASSERT_PTR_NULL(text);
    ps_tokens_destroy(tokens);
}

static void a_failed_allocation_is_an_error(void)
{
    struct ps_tokens *tokens = forge_tokens();
    char *text = NULL;

    ps_fail_alloc_after(0);
    CU_ASSERT_EQUAL(ps_tokens_issue(tokens, &plain, T_NS, &text), -ENOMEM);
    ps_fail_alloc_never();
    CU_ASSERT_PTR_NULL(text);
    ps_tokens_destroy(tokens);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(all_that_is_asked_for_comes_back),        PS_TEST(two_tokens_are_never_the_same),
        PS_TEST(what_cannot_be_said_is_refused),          PS_TEST(the_longest_names_fit),
        PS_TEST(without_a_key_of_ours_nothing_is_issued), PS_TEST(a_failed_allocation_is_an_error),
    };

    return ps_test_run(__FILE__, tests, PS_ARRAY_LEN(tests));
}
