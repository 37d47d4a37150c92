/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/fuzz/fuzz_token.c - capability tokens, key files and kept revocations.
 *
 * Input: a byte that says what follows: a token's text; a header's length and bytes and then
 * claims, which are signed with the right key; a key file; kept revocations; what is to be issued.
 * Nothing is taken but what the right key signed (asked of another library); what is taken is
 * within its bounds, is taken again unless it was good for once, and is not when a byte is missing,
 * the time is over or it was revoked.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/name.h"
#include "host/token/token_priv.h"
#include "tests/fuzz/fuzz.h"

#define KEY    "0123456789abcdef0123456789abcdef" /* the one that seeds are signed with */
#define NOW_NS UINT64_C(1800000000000000000)
#define SECOND UINT64_C(1000000000)

enum { TEXT, SIGNED, KEY_FILE, REVOKED, ISSUE, KIND_COUNT };

static struct ps_tokens *tokens;

/* Made once: its tables are large. What a run leaves behind is taken out by the next. */
static void begin(void)
{
    static const struct ps_tokens_config cfg = { .audience = "edge", .wall_ns = NOW_NS };
    char why[100];

    if (tokens == NULL) {
        struct ps_token_key *key;

        FUZZ_REQUIRE(ps_tokens_create(&tokens, &cfg, why, sizeof(why)) == 0);
        key = &tokens->keys.list[0];
        memcpy(key->kid, "own", 4);
        memcpy(key->bytes, KEY, strlen(KEY));
        key->byte_count = (uint32_t)strlen(KEY);
    }
    struct ps_token_known *const tables[] = { &tokens->once, &tokens->revoked };
    for (size_t i = 0; i < 2; i++) {
        if (tables[i]->count == 0)
            continue;
        ps_token_known_fini(tables[i]);
        FUZZ_REQUIRE(ps_token_known_init(tables[i], PS_TOKEN_ONCE_MAX) == 0);
    }
}

static void mac_of(const char *text, size_t length, char ret_text[64])
{
    unsigned char mac[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_state state;

    crypto_auth_hmacsha256_init(&state, (const unsigned char *)KEY, strlen(KEY));
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)text, length);
    crypto_auth_hmacsha256_final(&state, mac);
    sodium_bin2base64(ret_text, 64, mac, sizeof(mac), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

static bool is_signed(const char *text, size_t length)
{
    const char *dot = length == 0 ? NULL : memrchr(text, '.', length);
    char mac[64];

    if (dot == NULL)
        return false;
    mac_of(text, (size_t)(dot - text), mac);
    return (size_t)(text + length - dot - 1) == strlen(mac) &&
           memcmp(dot + 1, mac, strlen(mac)) == 0;
}

static int check(const char *text, size_t length, uint64_t wall_ns, struct ps_grant *ret_grant)
{
    uint8_t *copy = fuzz_copy((const uint8_t *)text, length);
    enum ps_token_refusal refusal = PS_TOKEN_REFUSAL_COUNT;
    const int rc =
        ps_tokens_check(tokens, (const char *)copy, length, NULL, wall_ns, ret_grant, &refusal);

    free(copy);
    FUZZ_REQUIRE((rc == 0) == (refusal == PS_TOKEN_REFUSAL_COUNT));
    return rc + fuzz_breaks;
}

static void check_grant(const struct ps_grant *grant)
{
    FUZZ_REQUIRE(ps_name_is_valid(grant->peer, PS_PEER_NAME_MAX));
    FUZZ_REQUIRE((grant->actions & ~PS_MAY_ALL) == 0);
    FUZZ_REQUIRE(grant->region <= UINT16_MAX || grant->region == PS_GRANT_ANY_REGION);
    FUZZ_REQUIRE(grant->tenant == 0);
    FUZZ_REQUIRE(grant->until_ns > NOW_NS &&
                 grant->until_ns - NOW_NS <= PS_TOKEN_LIFE_NS_MAX + PS_TOKEN_LEEWAY_NS);
}

static void check_taken(const char *text, size_t length, const struct ps_token_facts *facts)
{
    struct ps_grant again;
    const uint64_t over_ns = facts->grant.until_ns;

    FUZZ_REQUIRE(is_signed(text, length));
    check_grant(&facts->grant);
    FUZZ_REQUIRE((check(text, length, NOW_NS, &again) != 0) == facts->once);
    if (!facts->once)
        FUZZ_REQUIRE(memcmp(&again, &facts->grant, sizeof(again)) == 0);
    FUZZ_REQUIRE(check(text, length - 1, NOW_NS, &again) != 0);
    FUZZ_REQUIRE(check(text, length, over_ns, &again) != 0);
    if (facts->id[0] == '\0')
        return;
    FUZZ_REQUIRE(ps_tokens_revoke(tokens, facts->id, NOW_NS, NOW_NS + SECOND) == 0);
    FUZZ_REQUIRE(check(text, length, NOW_NS, &again) != 0);
}

static void run_text(const char *text, size_t length)
{
    enum ps_token_refusal refusal = PS_TOKEN_REFUSAL_COUNT;
    struct ps_token_facts facts;
    struct ps_grant grant;
    const int looked = ps_tokens_look(tokens, text, length, NOW_NS, &facts, &refusal);
    const int rc = check(text, length, NOW_NS, &grant);

    FUZZ_REQUIRE(rc == looked || (rc != 0 && looked == 0 && facts.bound));
    if (rc != 0)
        return;
    FUZZ_REQUIRE(memcmp(&grant, &facts.grant, sizeof(grant)) == 0);
    check_taken(text, length, &facts);
}

static void run_signed(struct fuzz_input *input)
{
    static char text[16384];
    size_t header_bytes, at;
    const size_t wanted = fuzz_take_u8(input);
    const uint8_t *header = fuzz_take(input, wanted, &header_bytes);

    if (input->left > 4096)
        return;
    sodium_bin2base64(text, sizeof(text), header, header_bytes,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    at = strlen(text);
    text[at++] = '.';
    sodium_bin2base64(text + at, sizeof(text) - at, input->at, input->left,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    at += strlen(text + at);
    text[at] = '.';
    mac_of(text, at, text + at + 1);
    run_text(text, strlen(text));
}

static void run_key_file(const struct fuzz_input *input)
{
    struct ps_token_keys keys = { .count = 0 };
    char why[200];
    const int rc = ps_token_keys_read(&keys, fuzz_file(input->at, input->left), why, sizeof(why));

    FUZZ_REQUIRE((rc == 0) == (why[0] == '\0'));
    FUZZ_REQUIRE((rc == 0) == (keys.count > 0) && keys.count <= PS_TOKEN_KEYS_MAX);
    for (uint32_t i = 0; i < keys.count; i++) {
        const struct ps_token_key *key = &keys.list[i];

        FUZZ_REQUIRE(ps_name_is_valid(key->kid, PS_TOKEN_KID_MAX));
        FUZZ_REQUIRE(key->byte_count >= PS_TOKEN_SECRET_MIN);
        FUZZ_REQUIRE(key->byte_count <= PS_TOKEN_SECRET_MAX);
        FUZZ_REQUIRE(ps_token_keys_find(&keys, key->kid) == key);
    }
}

static void run_revoked(const struct fuzz_input *input)
{
    uint8_t *copy = fuzz_copy(input->at, input->left);
    void *saved = NULL;
    size_t size_bytes = 0;

    if (ps_tokens_load_revoked(tokens, copy, input->left, NOW_NS) == 0) {
        FUZZ_REQUIRE(tokens->revoked.count <= input->left / 16);
        FUZZ_REQUIRE(ps_tokens_save_revoked(tokens, &saved, &size_bytes) == 0);
        FUZZ_REQUIRE(size_bytes <= input->left);
        free(saved);
    }
    free(copy);
}

/* A name of the input; NULL now and then. */
static const char *take_name(struct fuzz_input *input, char ret_name[static 256])
{
    const uint8_t wanted = fuzz_take_u8(input);
    size_t bytes;
    const uint8_t *name = fuzz_take(input, wanted, &bytes);

    memcpy(ret_name, name, bytes);
    ret_name[bytes] = '\0';
    return wanted == UINT8_MAX ? NULL : ret_name;
}

/* What can be issued is taken, and says what was asked for. */
static void run_issue(struct fuzz_input *input)
{
    char names[5][256], *text = NULL;
    struct ps_token_facts facts;
    struct ps_token_issue issue = { .actions = fuzz_take_u8(input) };

    issue.region = fuzz_take_u16(input);
    issue.life_ns = fuzz_take_u16(input) * 2 * SECOND;
    issue.once = fuzz_take_u8(input) % 2 == 1;
    issue.mark = fuzz_take_u16(input);
    issue.media = take_name(input, names[0]);
    issue.profile = take_name(input, names[1]);
    issue.tenant = take_name(input, names[2]);
    issue.address = take_name(input, names[3]);
    issue.peer = take_name(input, names[4]);
    if (issue.peer == NULL)
        issue.peer = "a";
    if (ps_tokens_issue(tokens, &issue, NOW_NS, &text) != 0)
        return;
    FUZZ_REQUIRE(strlen(text) <= PS_TOKEN_BYTES_MAX && is_signed(text, strlen(text)));
    FUZZ_REQUIRE(ps_tokens_look(tokens, text, strlen(text), NOW_NS, &facts, NULL) == 0);
    FUZZ_REQUIRE(strcmp(facts.grant.peer, issue.peer) == 0);
    FUZZ_REQUIRE(strcmp(facts.media, issue.media == NULL ? "" : issue.media) == 0);
    FUZZ_REQUIRE(strcmp(facts.profile, issue.profile == NULL ? "" : issue.profile) == 0);
    FUZZ_REQUIRE(facts.grant.actions == issue.actions && facts.grant.region == issue.region);
    FUZZ_REQUIRE(facts.grant.mark == issue.mark && facts.once == issue.once);
    FUZZ_REQUIRE(facts.bound == (issue.address != NULL));
    FUZZ_REQUIRE(facts.grant.until_ns == NOW_NS + issue.life_ns);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = { data, size };

    begin();
    switch (fuzz_take_u8(&input) % KIND_COUNT) {
    case TEXT:
        run_text(input.left == 0 ? "" : (const char *)input.at, input.left);
        break;
    case SIGNED:
        run_signed(&input);
        break;
    case KEY_FILE:
        run_key_file(&input);
        break;
    case REVOKED:
        run_revoked(&input);
        break;
    default:
        run_issue(&input);
    }
    return 0;
}
