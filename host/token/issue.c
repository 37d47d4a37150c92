/* SPDX-License-Identifier: BSD-3-Clause */
/* host/token/issue.c - tokens of our own. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/name.h"
#include "host/base/prefix.h"
#include "host/base/secret.h"
#include "host/token/token_priv.h"

#define NS_PER_SECOND UINT64_C(1000000000)
#define DRAWN_BYTES   16u
#define REGION_MAX    65535u

static bool is_name(const char *name, size_t max)
{
    return name == NULL || ps_name_is_valid(name, max);
}

static bool is_valid(const struct ps_token_issue *issue)
{
    uint8_t address[PS_ADDRESS_BYTES];

    return ps_name_is_valid(issue->peer, PS_PEER_NAME_MAX) && issue->actions != 0 &&
           (issue->actions & ~PS_MAY_ALL) == 0 && is_name(issue->media, PS_MEDIA_ID_MAX) &&
           is_name(issue->profile, PS_PROFILE_NAME_MAX) &&
           is_name(issue->tenant, PS_TOKEN_ID_MAX) &&
           (issue->region <= REGION_MAX || issue->region == PS_GRANT_ANY_REGION) &&
           issue->life_ns >= NS_PER_SECOND && issue->life_ns <= PS_TOKEN_LIFE_NS_MAX &&
           (issue->address == NULL || ps_address_parse(address, issue->address) == 0);
}

static void say_actions(FILE *to, uint32_t actions)
{
    const char *comma = "";

    fputs("\"act\":[", to);
    for (uint32_t action = 1; action <= PS_MAY_ALL; action *= 2)
        if (actions & action) {
            fprintf(to, "%s\"%s\"", comma, ps_token_action_name(action));
            comma = ",";
        }
    fputc(']', to);
}

static void say_name(FILE *to, const char *claim, const char *name)
{
    if (name != NULL)
        fprintf(to, ",\"%s\":\"%s\"", claim, name);
}

/* Names have no characters that JSON would have to escape. */
static void say(FILE *to, const struct ps_token_issue *issue, const char *audience,
                uint64_t wall_ns)
{
    const uint64_t now_s = wall_ns / NS_PER_SECOND;
    uint8_t drawn[DRAWN_BYTES];
    char id[2 * DRAWN_BYTES];

    ps_secret_draw(drawn, sizeof(drawn));
    sodium_bin2base64(id, sizeof(id), drawn, sizeof(drawn), PS_TOKEN_BASE64);
    fputc('{', to);
    say_actions(to, issue->actions);
    fprintf(to, ",\"iat\":%" PRIu64 ",\"exp\":%" PRIu64, now_s,
            now_s + issue->life_ns / NS_PER_SECOND);
    say_name(to, "jti", id);
    say_name(to, "aud", audience);
    say_name(to, "sub", issue->peer);
    say_name(to, "med", issue->media);
    say_name(to, "prf", issue->profile);
    say_name(to, "ten", issue->tenant);
    say_name(to, "use", issue->once ? "once" : NULL);
    if (issue->region != PS_GRANT_ANY_REGION)
        fprintf(to, ",\"reg\":%" PRIu32, issue->region);
    if (issue->mark != 0)
        fprintf(to, ",\"wm\":%" PRIu32, issue->mark);
    if (issue->address != NULL)
        fprintf(to, ",\"cnf\":{\"ip\":\"%s\"}", issue->address);
    fputc('}', to);
}

int ps_tokens_issue(struct ps_tokens *tokens, const struct ps_token_issue *issue, uint64_t wall_ns,
                    char **ret_text)
{
    const struct ps_token_key *key = ps_token_keys_signer(&tokens->keys);
    char claims[PS_TOKEN_BYTES_MAX];
    FILE *to;

    if (!is_valid(issue))
        return -EINVAL;
    if (key == NULL)
        return -ENOKEY;
    to = fmemopen(claims, sizeof(claims), "w");
    if (to == NULL)
        return -ENOMEM;
    say(to, issue, tokens->audience, wall_ns);
    if (fclose(to) != 0) /* puts a NUL behind; the longest names fit three times */
        return -ENOMEM;
    char *text = ps_token_sign(key, claims);
    if (text == NULL)
        return -ENOMEM;
    tokens->status.issued++;
    *ret_text = text;
    return 0;
}
