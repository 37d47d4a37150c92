/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/nats/conf.c - configurations of nats-server. Each closing brace stands on its own line. */
#include "tools/nats/site_priv.h"

#define CLUSTER_PORT 2000u /* from the clients' */
#define LEAF_PORT    3200u

static void put_tls(const struct site *site, const char *name, const char *indent, FILE *out)
{
    if (site->tls == NULL)
        return;
    fprintf(out, "%stls {\n", indent);
    fprintf(out, "%s  ca_file: \"%s/ca.pem\"\n", indent, site->tls);
    fprintf(out, "%s  cert_file: \"%s/%s.pem\"\n", indent, site->tls, name);
    fprintf(out, "%s  key_file: \"%s/%s.key\"\n", indent, site->tls, name);
    fprintf(out, "%s  verify: true\n%s}\n", indent, indent);
}

/* Who may come in is said by the operator's word alone: there are no other users. */
static void put_trust(const struct site *site, FILE *out)
{
    char account[PS_NKEY_PUBLIC_TEXT];

    ps_nkey_public_text(&site->account_key, account);
    fprintf(out, "operator: \"%s\"\nsystem_account: %s\nresolver: MEMORY\n", site->operator_token,
            site->system_account);
    fprintf(out, "resolver_preload {\n  %s: \"%s\"\n  %s: \"%s\"\n}\n", account,
            site->account_token, site->system_account, site->system_token);
}

static void put_head(const struct site *site, const struct site_server *server, const char *domain,
                     FILE *out)
{
    fprintf(out, "server_name: %s\nlisten: \"%s:%u\"\n", server->name, server->host, server->port);
    put_tls(site, server->name, "", out);
    fprintf(out,
            "max_payload: 256KB\nping_interval: \"5s\"\nping_max: 2\nwrite_deadline: \"5s\"\n");
    fprintf(out, "jetstream {\n  domain: %s\n  store_dir: \"%s/%s\"\n", domain, site->store,
            server->name);
    fprintf(out, "  max_mem: 16MB\n  max_file: %lluMB\n}\n", (unsigned long long)site->store_mb);
    put_trust(site, out);
}

void site_hub_conf(const struct site *site, const struct site_server *server, FILE *out)
{
    put_head(site, server, "hub", out);
    if (site->hub_count > 1) {
        fprintf(out, "cluster {\n  name: hub\n  listen: \"%s:%u\"\n", server->host,
                server->port + CLUSTER_PORT);
        put_tls(site, server->name, "  ", out);
        fprintf(out, "  routes: [\n");
        for (uint32_t i = 0; i < site->hub_count; i++)
            fprintf(out, "    \"nats-route://%s:%u\"\n", site->hub[i].host,
                    site->hub[i].port + CLUSTER_PORT);
        fprintf(out, "  ]\n}\n");
    }
    fprintf(out, "leafnodes {\n  listen: \"%s:%u\"\n", server->host, server->port + LEAF_PORT);
    put_tls(site, server->name, "  ", out);
    fprintf(out, "}\n");
}

void site_edge_conf(const struct site *site, const struct site_server *server, FILE *out)
{
    char account[PS_NKEY_PUBLIC_TEXT];

    ps_nkey_public_text(&site->account_key, account);
    put_head(site, server, server->name, out);
    fprintf(out, "leafnodes {\n  reconnect: 1\n  remotes: [\n    {\n      urls: [\n");
    for (uint32_t i = 0; i < site->hub_count; i++)
        fprintf(out, "        \"nats-leaf://%s:%u\"\n", site->hub[i].host,
                site->hub[i].port + LEAF_PORT);
    fprintf(out, "      ]\n      account: %s\n      credentials: \"%s/leaf-%s.creds\"\n", account,
            site->dir, server->name);
    put_tls(site, server->name, "      ", out);
    fprintf(out, "    }\n  ]\n}\n");
}
