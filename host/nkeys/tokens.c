/* SPDX-License-Identifier: BSD-3-Clause */
/* host/nkeys/tokens.c - what keys sign: JWTs as nats-server 2 reads them. */
#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/mem.h"
#include "host/nkeys/nkeys.h"

#define HEADER  "{\"typ\":\"JWT\",\"alg\":\"ed25519-nkey\"}"
#define VARIANT sodium_base64_VARIANT_URLSAFE_NO_PADDING

/* Nothing that would end a string of JSON. */
static bool is_plain(const char *text)
{
    for (; *text != '\0'; text++)
        if (*text < ' ' || *text > '~' || *text == '"' || *text == '\\')
            return false;
    return true;
}

static bool all_plain(const char *const *texts)
{
    unsigned count = 0;

    for (; texts != NULL && texts[count] != NULL; count++)
        if (count == PS_NKEY_LISTS_MAX || !is_plain(texts[count]))
            return false;
    return true;
}

static void put_base64(FILE *out, const void *bytes, size_t size_bytes)
{
    const size_t room = sodium_base64_encoded_len(size_bytes, VARIANT);
    char *text = ps_zalloc(room, 1);

    if (text == NULL) {
        fputc('\0', out); /* nobody takes such a token; sign() sees it */
        return;
    }
    fputs(sodium_bin2base64(text, room, bytes, size_bytes, VARIANT), out);
    free(text);
}

/* header.claims.signature, the claims given as JSON. @return a text, or NULL. */
static char *sign(const struct ps_nkey *key, const char *claims)
{
    uint8_t public_key[crypto_sign_PUBLICKEYBYTES], secret[crypto_sign_SECRETKEYBYTES];
    uint8_t signature[crypto_sign_BYTES];
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    if (out == NULL)
        return NULL;
    put_base64(out, HEADER, strlen(HEADER));
    fputc('.', out);
    put_base64(out, claims, strlen(claims));
    fflush(out);
    crypto_sign_seed_keypair(public_key, secret, key->seed);
    crypto_sign_detached(signature, NULL, (const uint8_t *)text, size, secret);
    sodium_memzero(secret, sizeof(secret));
    fputc('.', out);
    put_base64(out, signature, sizeof(signature));
    if (fclose(out) == 0 && strlen(text) == size)
        return text;
    free(text);
    return NULL;
}

/* A token's claims grow in memory; what all have in common stands first. */
struct claims {
    FILE *out;
    char *text;
    size_t size;
};

static int claims_begin(struct claims *claims, const struct ps_nkey *issuer, const char *subject,
                        const char *name, uint64_t wall_s)
{
    char by[PS_NKEY_PUBLIC_TEXT];
    uint64_t id;

    *claims = (struct claims){ .out = open_memstream(&claims->text, &claims->size) };
    if (claims->out == NULL)
        return -ENOMEM;
    randombytes_buf(&id, sizeof(id));
    ps_nkey_public_text(issuer, by);
    fprintf(claims->out,
            "{\"jti\":\"%016" PRIx64 "\",\"iat\":%" PRIu64
            ",\"iss\":\"%s\",\"name\":\"%s\",\"sub\":\"%s\",",
            id, wall_s, by, name, subject);
    return 0;
}

static int claims_sign(struct claims *claims, const struct ps_nkey *key, char **ret_text)
{
    const int failed = fclose(claims->out);

    *ret_text = failed == 0 ? sign(key, claims->text) : NULL;
    free(claims->text);
    return *ret_text != NULL ? 0 : -ENOMEM;
}

int ps_nkey_operator_token(const struct ps_nkey *operator_key, const char *name,
                           const char *system_account, uint64_t wall_s, char **ret_text)
{
    char self[PS_NKEY_PUBLIC_TEXT];
    struct claims claims;

    ps_nkey_public_text(operator_key, self);
    if (!is_plain(name) || !is_plain(system_account))
        return -EINVAL;
    if (claims_begin(&claims, operator_key, self, name, wall_s) != 0)
        return -ENOMEM;
    fprintf(claims.out, "\"nats\":{\"system_account\":\"%s\",\"type\":\"operator\",\"version\":2}}",
            system_account);
    return claims_sign(&claims, operator_key, ret_text);
}

int ps_nkey_account_token(const struct ps_nkey *operator_key, const char *account, const char *name,
                          bool has_jetstream, uint64_t wall_s, char **ret_text)
{
    const int storage = has_jetstream ? -1 : 0;
    struct claims claims;

    if (!is_plain(account) || !is_plain(name))
        return -EINVAL;
    if (claims_begin(&claims, operator_key, account, name, wall_s) != 0)
        return -ENOMEM;
    fprintf(claims.out,
            "\"nats\":{\"limits\":{\"subs\":-1,\"data\":-1,\"payload\":-1,\"imports\":-1,"
            "\"exports\":-1,\"wildcards\":true,\"conn\":-1,\"leaf\":-1,\"mem_storage\":%d,"
            "\"disk_storage\":%d,\"streams\":-1,\"consumer\":-1},"
            "\"default_permissions\":{\"pub\":{},\"sub\":{}},\"type\":\"account\",\"version\":2}}",
            storage, storage);
    return claims_sign(&claims, operator_key, ret_text);
}

static void put_subjects(FILE *out, const char *before, const char *const *subjects)
{
    fputs(before, out);
    for (unsigned i = 0; subjects[i] != NULL; i++)
        fprintf(out, "%s\"%s\"", i == 0 ? "" : ",", subjects[i]);
    fputc(']', out);
}

/* An empty list of what is allowed would allow everything. */
static void put_rights(FILE *out, const char *key, const char *const *allow,
                       const char *const *refuse)
{
    static const char *const everything[] = { ">", NULL };

    if (allow != NULL && allow[0] == NULL)
        allow = NULL, refuse = everything;
    if (refuse != NULL && refuse[0] == NULL)
        refuse = NULL;
    fprintf(out, "\"%s\":{", key);
    if (allow != NULL)
        put_subjects(out, "\"allow\":[", allow);
    if (refuse != NULL)
        put_subjects(out, allow != NULL ? ",\"deny\":[" : "\"deny\":[", refuse);
    fputs("},", out);
}

static int user_token(const struct ps_nkey *account_key, const char *subject,
                      const struct ps_nkey_user *user, uint64_t wall_s, char **ret_text)
{
    struct claims claims;

    if (!is_plain(user->name) || !all_plain(user->publish) || !all_plain(user->refuse) ||
        !all_plain(user->subscribe))
        return -EINVAL;
    if (claims_begin(&claims, account_key, subject, user->name, wall_s) != 0)
        return -ENOMEM;
    if (user->until_s != 0)
        fprintf(claims.out, "\"exp\":%" PRIu64 ",", user->until_s);
    fputs("\"nats\":{", claims.out);
    put_rights(claims.out, "pub", user->publish, user->refuse);
    put_rights(claims.out, "sub", user->subscribe, NULL);
    fprintf(claims.out,
            "\"subs\":%" PRId64 ",\"data\":-1,\"payload\":%" PRId64
            ",\"type\":\"user\",\"version\":2}}",
            user->subscriptions_max != 0 ? (int64_t)user->subscriptions_max : -1,
            user->payload_bytes_max != 0 ? (int64_t)user->payload_bytes_max : -1);
    return claims_sign(&claims, account_key, ret_text);
}

int ps_nkey_user_credentials(const struct ps_nkey *account_key, const struct ps_nkey_user *user,
                             uint64_t wall_s, char **ret_text)
{
    char subject[PS_NKEY_PUBLIC_TEXT], seed[PS_NKEY_SEED_TEXT], *token = NULL;
    struct ps_nkey key;
    int rc;

    ps_nkey_draw(PS_NKEY_USER, &key);
    ps_nkey_public_text(&key, subject);
    ps_nkey_seed_text(&key, seed);
    rc = user_token(account_key, subject, user, wall_s, &token);
    if (rc == 0 && asprintf(ret_text,
                            "-----BEGIN NATS USER JWT-----\n%s\n------END NATS USER JWT------\n\n"
                            "-----BEGIN USER NKEY SEED-----\n%s\n------END USER NKEY SEED------\n",
                            token, seed) < 0)
        rc = -ENOMEM;
    free(token);
    sodium_memzero(&key, sizeof(key));
    sodium_memzero(seed, sizeof(seed));
    return rc;
}
