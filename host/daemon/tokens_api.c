/* SPDX-License-Identifier: BSD-3-Clause */
/* host/daemon/tokens_api.c - token.issue and token.check: tokens in and out of the API's words. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/hash.h"
#include "host/daemon/daemon_priv.h"

#define LIFE_S_USUAL 3600u
#define MAY_BYTES    64u

/* The strings that a token is asked for with. */
struct asked {
    char peer[PS_PEER_NAME_MAX + 1];
    char may[MAY_BYTES];
    char media[PS_MEDIA_ID_MAX + 1];
    char profile[PS_PROFILE_NAME_MAX + 1];
    char tenant[PS_TOKEN_ID_MAX + 1];
    char address[INET6_ADDRSTRLEN];
};

/* Absent leaves "". */
static bool take(const struct ps_msg_value *params, const char *name, char *ret_text, size_t room)
{
    const int rc = ps_msg_as_name(ps_msg_get(params, name), ret_text, room);

    if (rc == -ENOENT)
        ret_text[0] = '\0';
    return rc == 0 || rc == -ENOENT;
}

static const char *or_null(const char *text)
{
    return text[0] == '\0' ? NULL : text;
}

/* `put,fetch`: @return the set, or 0: one of them is none of ours. */
static uint32_t parse_actions(char *may)
{
    char *rest = may;
    uint32_t actions = 0;

    for (char *word = strsep(&rest, ","); word != NULL; word = strsep(&rest, ",")) {
        const uint32_t action = ps_token_action(word);

        if (action == 0)
            return 0;
        actions |= action;
    }
    return actions;
}

static bool take_strings(const struct ps_msg_value *params, struct asked *asked)
{
    return take(params, "peer", asked->peer, sizeof(asked->peer)) &&
           take(params, "may", asked->may, sizeof(asked->may)) &&
           take(params, "media", asked->media, sizeof(asked->media)) &&
           take(params, "profile", asked->profile, sizeof(asked->profile)) &&
           take(params, "tenant", asked->tenant, sizeof(asked->tenant)) &&
           take(params, "address", asked->address, sizeof(asked->address));
}

/* Names that nothing here answers to would be rights to nothing: better said now. */
static bool is_known(const struct ps_daemon *d, const struct asked *asked)
{
    bool known = false;

    for (uint32_t t = 0; t < d->config->tenant_count; t++)
        known |= strcmp(d->config->tenants[t].name,
                        asked->tenant[0] == '\0' ? "default" : asked->tenant) == 0;
    return known &&
           (asked->profile[0] == '\0' ||
            ps_daemon_profile(d, ps_hash64_name(asked->profile)) != NULL) &&
           (asked->media[0] == '\0' || ps_catalogue_by_id(d->catalogue, asked->media) != NULL);
}

static void put_expiry(struct ps_msg_writer *w, const struct ps_token_facts *facts)
{
    ps_msg_pair_str(w, "id", facts->id[0] == '\0' ? NULL : facts->id);
    ps_msg_pair_str(w, "kid", facts->kid);
    ps_msg_pair_u64(w, "expires", facts->grant.until_ns / PS_NS_PER_SEC);
}

int ps_tokens_method_issue(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    struct ps_daemon *d = arg;
    const uint64_t now_ns = ps_daemon_wall_ns();
    struct ps_token_facts facts;
    struct asked asked;
    bool once = false;
    char *text = NULL;

    if (!take_strings(params, &asked))
        return -EINVAL;
    if (!is_known(d, &asked))
        return -ENOENT;
    (void)ps_msg_as_bool(ps_msg_get(params, "once"), &once);
    const struct ps_token_issue issue = {
        .peer = asked.peer,
        .actions = parse_actions(asked.may),
        .media = or_null(asked.media),
        .profile = or_null(asked.profile),
        .tenant = or_null(asked.tenant),
        .address = or_null(asked.address),
        .region = (uint32_t)ps_msg_u64_or(params, "region", PS_GRANT_ANY_REGION),
        .life_ns = ps_msg_u64_or(params, "life_s", LIFE_S_USUAL) * PS_NS_PER_SEC,
        .mark = (uint32_t)ps_msg_u64_or(params, "viewer", 0),
        .once = once,
    };
    int rc = ps_tokens_issue(d->tokens, &issue, now_ns, &text);
    if (rc != 0)
        return rc == -ENOKEY ? -ENOTSUP : rc;
    rc = ps_tokens_look(d->tokens, text, strlen(text), now_ns, &facts, NULL);
    if (rc == 0) {
        ps_msg_open_map(w);
        ps_msg_pair_str(w, "token", text);
        put_expiry(w, &facts);
        ps_msg_close(w);
    }
    free(text);
    return rc;
}

static void put_address(struct ps_msg_writer *w, const struct ps_token_facts *facts)
{
    static const uint8_t v4_in_v6[12] = { [10] = 0xff, [11] = 0xff };
    const bool is_v4 = memcmp(facts->address, v4_in_v6, sizeof(v4_in_v6)) == 0;
    char text[INET6_ADDRSTRLEN];

    if (facts->bound)
        inet_ntop(is_v4 ? AF_INET : AF_INET6, facts->address + (is_v4 ? sizeof(v4_in_v6) : 0), text,
                  sizeof(text));
    ps_msg_pair_str(w, "address", facts->bound ? text : NULL);
}

static void put_facts(struct ps_msg_writer *w, const struct ps_daemon *d,
                      const struct ps_token_facts *facts)
{
    const struct ps_grant *grant = &facts->grant;

    ps_msg_pair_str(w, "peer", grant->peer);
    ps_msg_pair_array(w, "may");
    for (uint32_t action = 1; action <= PS_MAY_ALL; action *= 2)
        if (grant->actions & action)
            ps_msg_put_str(w, ps_token_action_name(action));
    ps_msg_close(w);
    ps_msg_pair_str(w, "media", facts->media[0] == '\0' ? NULL : facts->media);
    ps_msg_pair_str(w, "profile", facts->profile[0] == '\0' ? NULL : facts->profile);
    ps_msg_pair_str(w, "tenant", d->config->tenants[grant->tenant].name);
    if (grant->region != PS_GRANT_ANY_REGION)
        ps_msg_pair_u64(w, "region", grant->region);
    if (grant->mark != 0)
        ps_msg_pair_u64(w, "viewer", grant->mark);
    put_address(w, facts);
    ps_msg_pair_bool(w, "once", facts->once);
    put_expiry(w, facts);
}

int ps_tokens_method_check(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    struct ps_daemon *d = arg;
    enum ps_token_refusal refusal;
    struct ps_token_facts facts;
    const char *text;
    size_t length;

    if (ps_msg_as_bytes(ps_msg_get(params, "token"), &text, &length) != 0)
        return -EINVAL;
    const int rc = ps_tokens_look(d->tokens, text, length, ps_daemon_wall_ns(), &facts, &refusal);

    ps_msg_open_map(w);
    ps_msg_pair_bool(w, "good", rc == 0);
    ps_msg_pair_str(w, "why", rc == 0 ? NULL : ps_token_refusal_name(refusal));
    if (rc == 0)
        put_facts(w, d, &facts);
    ps_msg_close(w);
    return 0;
}
