/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/host/token/forge.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/ps_test.h"

const char *const forge_old_key = "an older key of this deployment.";
const char *const forge_cdn_pem =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEnhTRuCxqkOWruZllFNBB49to4zSF\n"
    "3PV11S8lIOC6qf+I922Fi2T05BUO6bVWKkrdup/jnPhPKAqkDq0ejFHjtw==\n"
    "-----END PUBLIC KEY-----\n";

static char text[65536];

static void append(const void *bytes, size_t count)
{
    const size_t have = strlen(text);

    sodium_bin2base64(text + have, sizeof(text) - have, bytes, count,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

const char *forge_unsigned(const char *header, const char *claims, const char *signature)
{
    text[0] = '\0';
    append(header, strlen(header));
    strcat(text, ".");
    append(claims, strlen(claims));
    strcat(text, ".");
    return strcat(text, signature);
}

const char *forge(const char *header, const char *claims, const char *key)
{
    unsigned char mac[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_state state;

    forge_unsigned(header, claims, "");
    crypto_auth_hmacsha256_init(&state, (const unsigned char *)key, strlen(key));
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)text, strlen(text) - 1);
    crypto_auth_hmacsha256_final(&state, mac);
    append(mac, sizeof(mac));
    return text;
}

static void write_text(const char *path, const char *what)
{
    FILE *file = fopen(path, "w");

    PS_REQUIRE(file != NULL && fputs(what, file) >= 0 && fclose(file) == 0);
}

const char *forge_key_file(void)
{
    static char path[32], pem[40];
    char lines[512], own[64], old[64];

    snprintf(path, sizeof(path), "/tmp/ps-token-XXXXXX");
    const int fd = mkstemp(path); /* mode 0600 */
    PS_REQUIRE(fd >= 0);
    close(fd);
    snprintf(pem, sizeof(pem), "%s.pem", path);
    write_text(pem, forge_cdn_pem);
    sodium_bin2base64(own, sizeof(own), (const uint8_t *)OWN_KEY, strlen(OWN_KEY), PS_TOKEN_BASE64);
    sodium_bin2base64(old, sizeof(old), (const uint8_t *)forge_old_key, strlen(forge_old_key),
                      PS_TOKEN_BASE64);
    snprintf(lines, sizeof(lines), "# ours\nown:HS256:%s\nold:HS256:%s\n\ncdn:ES256:%s\n", own, old,
             strrchr(pem, '/') + 1);
    write_text(path, lines);
    return path;
}

struct ps_tokens *forge_tokens(void)
{
    const char *path = forge_key_file();
    const struct ps_tokens_config cfg = { .key_file = path, .audience = "edge", .wall_ns = T_NS };
    struct ps_tokens *tokens = NULL;
    char why[200], pem[40];

    PS_REQUIRE(ps_tokens_create(&tokens, &cfg, why, sizeof(why)) == 0);
    snprintf(pem, sizeof(pem), "%s.pem", path);
    unlink(pem);
    unlink(path);
    return tokens;
}

enum ps_token_refusal forge_check(struct ps_tokens *tokens, const char *token, uint64_t wall_ns,
                                  struct ps_grant *ret_grant)
{
    enum ps_token_refusal refusal = PS_TOKEN_REFUSAL_COUNT;
    struct ps_grant grant;
    const int rc = ps_tokens_check(tokens, token, strlen(token), NULL, wall_ns,
                                   ret_grant == NULL ? &grant : ret_grant, &refusal);

    CU_ASSERT_EQUAL(rc == 0, refusal == PS_TOKEN_REFUSAL_COUNT);
    return refusal;
}
