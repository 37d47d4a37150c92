/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/nats/site.c - see site.h. */
#include "tools/nats/site.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/base/secret.h"
#include "tools/nats/site_priv.h"

#define PATH_BYTES   4096u
#define PORT_DEFAULT 4222u
#define PORT_MAX     (UINT16_MAX - 3200u) /* the other ports lie above */

bool site_is_name(const char *text, size_t max, bool is_peer)
{
    static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~";
    const size_t length = strlen(text);
    const size_t fits = strspn(text, good);

    return length > 0 && length <= max && fits == length &&
           (is_peer || strpbrk(text, ".~") == NULL);
}

int site_parse_server(const char *text, struct site_server *ret_server)
{
    const char *equals = strchr(text, '='), *host = equals == NULL ? NULL : equals + 1;
    const char *colon = host == NULL ? NULL : strrchr(host, ':');
    unsigned long port = PORT_DEFAULT;
    char *end;

    if (equals == NULL || equals == text || (size_t)(equals - text) > SITE_NAME_MAX)
        return -EINVAL;
    if (colon != NULL && strchr(colon, ']') == NULL) {
        port = strtoul(colon + 1, &end, 10);
        if (colon[1] < '0' || colon[1] > '9' || *end != '\0' || port == 0 || port > PORT_MAX)
            return -EINVAL;
    } else {
        colon = host + strlen(host);
    }
    *ret_server = (struct site_server){ .port = (uint16_t)port };
    if (colon == host || (size_t)(colon - host) >= SITE_HOST_MAX ||
        strcspn(host, "\"\\ \t\n") < (size_t)(colon - host))
        return -EINVAL;
    memcpy(ret_server->name, text, (size_t)(equals - text));
    memcpy(ret_server->host, host, (size_t)(colon - host));
    return site_is_name(ret_server->name, SITE_NAME_MAX, false) ? 0 : -EINVAL;
}

/* ---- files ---- */

int site_replace(const struct site *site, const char *name, const char *text)
{
    char path[PATH_BYTES], next[PATH_BYTES];
    const size_t size = strlen(text);
    int fd, rc = 0;

    if (snprintf(path, sizeof(path), "%s/%s", site->dir, name) >= (int)sizeof(path) ||
        snprintf(next, sizeof(next), "%s/.%s", site->dir, name) >= (int)sizeof(next))
        return -ENAMETOOLONG;
    unlink(next);
    fd = open(next, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    if (write(fd, text, size) != (ssize_t)size || fsync(fd) != 0)
        rc = errno != 0 ? -errno : -EIO;
    if (close(fd) != 0 && rc == 0)
        rc = -errno;
    if (rc == 0 && rename(next, path) != 0)
        rc = -errno;
    if (rc != 0)
        unlink(next);
    return rc;
}

static int keep_key(const struct site *site, const char *name, enum ps_nkey_kind kind, bool draw,
                    struct ps_nkey *ret_key)
{
    char path[PATH_BYTES], text[128];
    int rc = snprintf(path, sizeof(path), "%s/%s", site->dir, name) < (int)sizeof(path)
                 ? ps_secret_read(path, PS_SECRET_HIDDEN, text, sizeof(text))
                 : -ENAMETOOLONG;

    if (rc == 0)
        rc = ps_nkey_parse(text, ret_key);
    if (rc == 0 && ret_key->kind != kind)
        rc = -EINVAL;
    if (rc == -ENOENT && draw) {
        ps_nkey_draw(kind, ret_key);
        ps_nkey_seed_text(ret_key, text);
        rc = site_replace(site, name, text);
    }
    explicit_bzero(text, sizeof(text));
    return rc;
}

static int vouch(struct site *site, uint64_t wall_s)
{
    char account[PS_NKEY_PUBLIC_TEXT];
    int rc;

    ps_nkey_public_text(&site->account_key, account);
    rc = ps_nkey_operator_token(&site->operator_key, "prestage", site->system_account, wall_s,
                                &site->operator_token);
    if (rc == 0)
        rc = ps_nkey_account_token(&site->operator_key, account, "PRESTAGE", true, wall_s,
                                   &site->account_token);
    if (rc != 0)
        return rc;
    return ps_nkey_account_token(&site->operator_key, site->system_account, "SYSTEM", false, wall_s,
                                 &site->system_token);
}

/* Servers need a system account; nobody is to be its user. */
static int keep_system_account(struct site *site)
{
    struct ps_nkey system;
    const int rc = keep_key(site, "system.seed", PS_NKEY_ACCOUNT, true, &system);

    if (rc == 0)
        ps_nkey_public_text(&system, site->system_account);
    explicit_bzero(&system, sizeof(system));
    return rc;
}

int site_open(struct site *site, bool draw, uint64_t wall_s)
{
    int rc = draw && mkdir(site->dir, 0700) != 0 && errno != EEXIST ? -errno : 0;

    if (rc == 0 && draw)
        rc = keep_key(site, "operator.seed", PS_NKEY_OPERATOR, draw, &site->operator_key);
    if (rc == 0 && draw)
        rc = keep_system_account(site);
    if (rc == 0)
        rc = keep_key(site, "account.seed", PS_NKEY_ACCOUNT, draw, &site->account_key);
    return rc == 0 && draw ? vouch(site, wall_s) : rc;
}

void site_close(struct site *site)
{
    free(site->operator_token);
    free(site->account_token);
    free(site->system_token);
    explicit_bzero(&site->operator_key, sizeof(site->operator_key));
    explicit_bzero(&site->account_key, sizeof(site->account_key));
}

/* ---- all of them ---- */

typedef void site_conf(const struct site *site, const struct site_server *server, FILE *out);

static int write_conf(const struct site *site, const char *kind, const struct site_server *server,
                      site_conf *put)
{
    char name[SITE_NAME_MAX + 16], *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    int rc;

    if (out == NULL)
        return -ENOMEM;
    put(site, server, out);
    rc = fclose(out) == 0 ? 0 : -ENOMEM;
    snprintf(name, sizeof(name), "%s-%s.conf", kind, server->name);
    if (rc == 0)
        rc = site_replace(site, name, text);
    free(text);
    return rc;
}

typedef int site_credentials(const struct site *site, const char *edge, uint64_t wall_s,
                             char **ret_text);

static int write_credentials(const struct site *site, const char *kind, const char *edge,
                             uint64_t wall_s, site_credentials *make)
{
    char name[SITE_NAME_MAX + 16], *text = NULL;
    int rc = make(site, edge, wall_s, &text);

    snprintf(name, sizeof(name), "%s-%s.creds", kind, edge);
    if (rc == 0)
        rc = site_replace(site, name, text);
    free(text);
    return rc;
}

int site_write(const struct site *site, uint64_t wall_s)
{
    int rc = 0;

    for (uint32_t i = 0; i < site->hub_count && rc == 0; i++)
        rc = write_conf(site, "hub", &site->hub[i], site_hub_conf);
    for (uint32_t i = 0; i < site->edge_count && rc == 0; i++) {
        const char *name = site->edges[i].name;

        rc = write_conf(site, "edge", &site->edges[i], site_edge_conf);
        if (rc == 0)
            rc = write_credentials(site, "node", name, wall_s, site_node_credentials);
        if (rc == 0)
            rc = write_credentials(site, "leaf", name, wall_s, site_leaf_credentials);
    }
    return rc;
}
