/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/nats/site.h - a folder of keys and configurations by which nats-servers make one cluster of
 * edges: a hub of servers, and a leaf node with a JetStream domain of its own at each edge.
 *
 * Keys are drawn once and kept (operator.seed, account.seed, system.seed: mode 0600); all else
 * is written anew from them each time. Threads: the owner's.
 */
#ifndef PS_TOOLS_NATS_SITE_H
#define PS_TOOLS_NATS_SITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/nkeys/nkeys.h"

#define SITE_SERVERS_MAX 1024u
#define SITE_NAME_MAX    32u
#define SITE_HOST_MAX    256u
#define SITE_PEER_MAX    64u

struct site_server {
    char name[SITE_NAME_MAX + 1];
    char host[SITE_HOST_MAX]; /* numeric address or name; an IPv6 address in brackets */
    uint16_t port; /* for clients; + 2000 between the hub's servers, + 3200 for leaf nodes */
};

struct site {
    const char *dir;
    const char *store; /* where JetStream keeps its files; a folder of its name for each server */
    const char *tls;   /* folder with ca.pem, NAME.pem and NAME.key; NULL: no TLS */
    struct site_server *hub, *edges; /* SITE_SERVERS_MAX each */
    uint32_t hub_count, edge_count;
    uint64_t store_mb;
    struct ps_nkey operator_key, account_key;
    char system_account[PS_NKEY_PUBLIC_TEXT];
    char *operator_token, *account_token, *system_token;
};

/** NAME=HOST or NAME=HOST:PORT. @return 0 or -EINVAL. */
int site_parse_server(const char *text, struct site_server *ret_server);
/** 1..@p max of letters, digits, - and _; and . and ~ with @p is_peer. */
bool site_is_name(const char *text, size_t max, bool is_peer);

/** The folder's keys; @p draw: made if there are none. @return 0 or a negative errno. */
int site_open(struct site *site, bool draw, uint64_t wall_s);
/** Wipes the keys. */
void site_close(struct site *site);

/** Configurations of all servers, credentials of all nodes and leaf nodes.
 * @return 0 or a negative errno. */
int site_write(const struct site *site, uint64_t wall_s);
/** Credentials for a peer at one edge. @param ret_text  free() it. */
int site_peer(const struct site *site, const char *edge, const char *peer, uint64_t wall_s,
              uint64_t until_s, char **ret_text);

#endif
