/* SPDX-License-Identifier: BSD-3-Clause */
/* host/token/keys.c - the key file: which keys there are, and for which algorithm each is. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "host/base/assert.h"
#include "host/base/name.h"
#include "host/base/secret.h"
#include "host/token/token_priv.h"

#define FILE_BYTES_MAX 16384u
#define OWN_BYTES      32u

/* Before a public key on P-256: SubjectPublicKeyInfo of RFC 5480, and "uncompressed". */
static const uint8_t p256_head[] = { 0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
                                     0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
                                     0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04 };
#define P256_BYTES 91u

const char *ps_token_algorithm_name(enum ps_token_algorithm algorithm)
{
    return algorithm == PS_TOKEN_HS256 ? "HS256" : "ES256";
}

/* The library takes any elliptic curve, and private keys too: look before. */
static bool is_p256(const char *pem)
{
    static const char begin[] = "-----BEGIN PUBLIC KEY-----\n";
    uint8_t der[P256_BYTES];
    const char *end = pem;
    size_t bytes = 0;

    return strncmp(pem, begin, strlen(begin)) == 0 &&
           sodium_base642bin(der, sizeof(der), pem + strlen(begin), strlen(pem + strlen(begin)),
                             "\n", &bytes, &end, sodium_base64_VARIANT_ORIGINAL) == 0 &&
           bytes == sizeof(der) && memcmp(der, p256_head, sizeof(p256_head)) == 0 &&
           strcmp(end, "-----END PUBLIC KEY-----\n") == 0;
}

/* A relative path is one from the key file's folder. */
static int read_pem(struct ps_token_key *key, const char *beside, const char *name,
                    const char **ret_why)
{
    const char *slash = strrchr(beside, '/');
    const int folder = name[0] == '/' || slash == NULL ? 0 : (int)(slash - beside) + 1;
    char path[PATH_MAX];

    *ret_why = "the file of its public key is not to be read";
    if (snprintf(path, sizeof(path), "%.*s%s", folder, beside, name) >= (int)sizeof(path))
        return -ENAMETOOLONG;
    int rc = ps_secret_read(path, PS_SECRET_PUBLIC, (char *)key->bytes, sizeof(key->bytes));
    if (rc == -EPERM)
        *ret_why = "others can write the file of its public key";
    if (rc == 0 && !is_p256((const char *)key->bytes)) {
        *ret_why = "not one public key on P-256, PEM";
        rc = -EINVAL;
    }
    if (rc == 0)
        key->byte_count = (uint32_t)strlen((const char *)key->bytes);
    return rc;
}

static int read_secret(struct ps_token_key *key, const char *text, const char **ret_why)
{
    size_t bytes = 0;

    *ret_why = "its secret is not 32 to 512 bytes in base64url without padding";
    if (strspn(text, PS_TOKEN_DIGITS) != strlen(text) ||
        sodium_base642bin(key->bytes, PS_TOKEN_SECRET_MAX, text, strlen(text), NULL, &bytes, NULL,
                          PS_TOKEN_BASE64) != 0 ||
        bytes < PS_TOKEN_SECRET_MIN)
        return -EINVAL;
    key->byte_count = (uint32_t)bytes;
    return 0;
}

static int parse_line(struct ps_token_keys *keys, const char *path, char *line,
                      const char **ret_why)
{
    struct ps_token_key *key = &keys->list[keys->count];
    char *rest = line;
    const char *kid = strsep(&rest, ":"), *algorithm = strsep(&rest, ":");
    int rc;

    *ret_why = "not KID:HS256:SECRET or KID:ES256:FILE";
    if (rest == NULL || !ps_name_is_valid(kid, PS_TOKEN_KID_MAX))
        return -EINVAL;
    *ret_why = "more than 16 keys, or a kid twice";
    if (keys->count == PS_TOKEN_KEYS_MAX || ps_token_keys_find(keys, kid) != NULL)
        return -EINVAL;
    if (strcmp(algorithm, "HS256") == 0) {
        key->algorithm = PS_TOKEN_HS256;
        rc = read_secret(key, rest, ret_why);
    } else if (strcmp(algorithm, "ES256") == 0) {
        key->algorithm = PS_TOKEN_ES256;
        rc = read_pem(key, path, rest, ret_why);
    } else {
        *ret_why = "its algorithm is neither HS256 nor ES256";
        return -EINVAL;
    }
    if (rc != 0)
        return rc;
    memcpy(key->kid, kid, strlen(kid) + 1);
    keys->count++;
    return 0;
}

static int parse_text(struct ps_token_keys *keys, const char *path, char *text, char *ret_why,
                      size_t why_bytes)
{
    const char *why = "";
    char *rest = text;
    unsigned number = 0;

    for (char *line = strsep(&rest, "\n"); line != NULL; line = strsep(&rest, "\n")) {
        number++;
        if (line[0] == '\0' || line[0] == '#')
            continue;
        const int rc = parse_line(keys, path, line, &why);
        if (rc != 0) {
            snprintf(ret_why, why_bytes, "%s:%u: %s", path, number, why);
            return rc;
        }
    }
    if (keys->count > 0)
        return 0;
    snprintf(ret_why, why_bytes, "%s: no key", path);
    return -EINVAL;
}

int ps_token_keys_read(struct ps_token_keys *ret_keys, const char *path, char *ret_why,
                       size_t why_bytes)
{
    struct ps_token_keys keys = { .count = 0 };
    char text[FILE_BYTES_MAX];
    int rc = ps_secret_read(path, PS_SECRET_HIDDEN, text, sizeof(text));

    ret_why[0] = '\0';
    if (rc == 0)
        rc = parse_text(&keys, path, text, ret_why, why_bytes);
    else
        snprintf(ret_why, why_bytes, "%s: %s", path,
                 rc == -EPERM ? "others can reach it: make it a file of root's or our own, of mode "
                                "0600 or 0640"
                              : strerror(-rc));
    if (rc == 0)
        *ret_keys = keys;
    explicit_bzero(text, sizeof(text));
    ps_token_keys_clear(&keys);
    return rc;
}

void ps_token_draw_key(char ret_line[static PS_TOKEN_KEY_LINE_BYTES])
{
    uint8_t name[4], secret[OWN_BYTES];
    char text[48];

    ps_secret_draw(name, sizeof(name));
    ps_secret_draw(secret, sizeof(secret));
    sodium_bin2base64(text, sizeof(text), secret, sizeof(secret), PS_TOKEN_BASE64);
    snprintf(ret_line, PS_TOKEN_KEY_LINE_BYTES, "own-%02x%02x%02x%02x:HS256:%s\n", name[0], name[1],
             name[2], name[3], text);
    explicit_bzero(secret, sizeof(secret));
    explicit_bzero(text, sizeof(text));
}

void ps_token_keys_draw(struct ps_token_keys *ret_keys)
{
    char line[PS_TOKEN_KEY_LINE_BYTES], why[80];

    ps_token_keys_clear(ret_keys);
    ps_token_draw_key(line);
    const int rc = parse_text(ret_keys, "", line, why, sizeof(why));
    ps_assert(rc == 0);
    explicit_bzero(line, sizeof(line));
}

void ps_token_keys_clear(struct ps_token_keys *keys)
{
    explicit_bzero(keys, sizeof(*keys));
}

const struct ps_token_key *ps_token_keys_find(const struct ps_token_keys *keys, const char *kid)
{
    for (uint32_t i = 0; i < keys->count; i++)
        if (strcmp(keys->list[i].kid, kid) == 0)
            return &keys->list[i];
    return NULL;
}

const struct ps_token_key *ps_token_keys_signer(const struct ps_token_keys *keys)
{
    for (uint32_t i = 0; i < keys->count; i++)
        if (keys->list[i].algorithm == PS_TOKEN_HS256)
            return &keys->list[i];
    return NULL;
}
