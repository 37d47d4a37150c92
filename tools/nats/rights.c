/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/nats/rights.c - which subjects nodes, leaf nodes and peers may use. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "host/base/hash.h"
#include "host/base/mem.h"
#include "tools/nats/site_priv.h"

#define SUBJECT_MAX        192u
#define PEER_BYTES_MAX     131072u
#define PEER_SUBSCRIPTIONS 4u

/* Subjects in which %s is the edge's name. */
struct list {
    char text[PS_NKEY_LISTS_MAX][SUBJECT_MAX];
    const char *at[PS_NKEY_LISTS_MAX + 1];
    unsigned count;
};

static void add(struct list *list, const char *before, const char *name, const char *behind)
{
    char *text = list->text[list->count];

    snprintf(text, SUBJECT_MAX, "%s%s%s", before, name, behind);
    list->at[list->count++] = text;
}

/* What an edge says to others, by way of the hub. */
static void add_outward(struct list *list, const char *edge)
{
    add(list, "ps.node.", edge, "");
    add(list, "ps.demand.", edge, "");
    add(list, "ps.ask.*", "", "");
    add(list, "_INBOX.>", "", "");
    add(list, "$JS.hub.API.STREAM.INFO.KV_ps_segments", "", "");
    add(list, "$JS.hub.API.STREAM.INFO.KV_ps_nodes", "", "");
    add(list, "$JS.hub.API.STREAM.CREATE.KV_ps_segments", "", "");
    add(list, "$JS.hub.API.STREAM.CREATE.KV_ps_nodes", "", "");
    add(list, "$JS.hub.API.$KV.ps_segments.>", "", "");
    add(list, "$JS.hub.API.$KV.ps_nodes.>", "", "");
    add(list, "$JS.*.API.CONSUMER.CREATE.>", "", "");
    add(list, "$JS.*.API.CONSUMER.MSG.NEXT.>", "", "");
    add(list, "$JS.*.API.DIRECT.GET.>", "", "");
}

static void add_inward(struct list *list, const char *edge)
{
    add(list, "_INBOX.>", "", "");
    add(list, "ps.node.*", "", "");
    add(list, "ps.demand.*", "", "");
    add(list, "ps.ask.", edge, "");
}

int site_node_credentials(const struct site *site, const char *edge, uint64_t wall_s,
                          char **ret_text)
{
    struct list publish = { .count = 0 }, subscribe = { .count = 0 };
    const struct ps_nkey_user user = { .name = edge,
                                       .publish = publish.at,
                                       .subscribe = subscribe.at };

    add_outward(&publish, edge);
    add(&publish, "ps.c.", edge, ".>");
    add(&publish, "$JS.API.STREAM.*.PS_", edge, ""); /* the server's own domain, as it sees it */
    add(&publish, "$JS.API.CONSUMER.CREATE.PS_", edge, ".>");
    add(&publish, "$JS.API.DIRECT.GET.PS_", edge, ".>");
    add(&publish, "$JS.API.CONSUMER.MSG.NEXT.PS_", edge, ".>");
    add_inward(&subscribe, edge);
    add(&subscribe, "ps.peer.", edge, ".*");
    return ps_nkey_user_credentials(&site->account_key, &user, wall_s, ret_text);
}

/* An edge has no business with the streams of others but to follow them. */
static const char *const refused_to_leafs[] = {
    "$JS.*.API.STREAM.DELETE.*", "$JS.*.API.STREAM.UPDATE.*",   "$JS.*.API.STREAM.PURGE.*",
    "$JS.*.API.STREAM.MSG.>",    "$JS.*.API.STREAM.SNAPSHOT.*", "$JS.*.API.STREAM.RESTORE.*",
    "$JS.*.API.STREAM.PEER.>",   "$JS.*.API.STREAM.LEADER.>",   "$JS.*.API.META.>",
    "$JS.*.API.ACCOUNT.PURGE.>", "$JS.*.API.CONSUMER.DELETE.>",
};

int site_leaf_credentials(const struct site *site, const char *edge, uint64_t wall_s,
                          char **ret_text)
{
    struct list publish = { .count = 0 }, refuse = { .count = 0 }, subscribe = { .count = 0 };
    const struct ps_nkey_user user = {
        .name = edge, .publish = publish.at, .refuse = refuse.at, .subscribe = subscribe.at
    };

    add_outward(&publish, edge);
    add(&publish, "$JS.*.API.>", "",
        ""); /* interest passes whole or not at all; see the refusals */
    for (unsigned i = 0; i < PS_ARRAY_LEN(refused_to_leafs); i++)
        add(&refuse, refused_to_leafs[i], "", "");
    add_inward(&subscribe, edge);
    add(&subscribe, "$JS.", edge, ".API.>"); /* others follow this edge's stream */
    return ps_nkey_user_credentials(&site->account_key, &user, wall_s, ret_text);
}

int site_peer(const struct site *site, const char *edge, const char *peer, uint64_t wall_s,
              uint64_t until_s, char **ret_text)
{
    struct list publish = { .count = 0 }, subscribe = { .count = 0 };
    const struct ps_nkey_user user = { .name = peer,
                                       .publish = publish.at,
                                       .subscribe = subscribe.at,
                                       .until_s = until_s,
                                       .payload_bytes_max = PEER_BYTES_MAX,
                                       .subscriptions_max = PEER_SUBSCRIPTIONS };
    char key[20];

    if (!site_is_name(edge, SITE_NAME_MAX, false) || !site_is_name(peer, SITE_PEER_MAX, true))
        return -EINVAL;
    snprintf(key, sizeof(key), ".%016" PRIx64, ps_hash64(peer, strlen(peer)));
    add(&publish, "ps.peer.", edge, key);
    add(&subscribe, "_INBOX", key, ".>");
    return ps_nkey_user_credentials(&site->account_key, &user, wall_s, ret_text);
}
