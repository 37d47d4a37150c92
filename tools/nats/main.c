/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/nats/main.c - prestage-nats: keys, configurations and credentials for nats-server. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/base/mem.h"
#include "tools/nats/site.h"

#define MINUTES_MAX (24 * 60ul)

struct options {
    struct site site;
    const char *edge, *peer;
    unsigned long minutes;
};

static void print_usage(FILE *out)
{
    fputs(
        "usage: prestage-nats setup --dir DIR --hub NAME=HOST[:PORT]... --edge "
        "NAME=HOST[:PORT]...\n"
        "       prestage-nats peer --dir DIR --edge NAME --peer NAME [--minutes N]\n"
        "setup writes configurations of nats-server and credentials below DIR, and keeps its keys\n"
        "there; peer prints credentials with which a peer reaches collections of one edge.\n"
        "  --dir DIR             keys, hub-NAME.conf, edge-NAME.conf, node-NAME.creds, "
        "leaf-NAME.creds\n"
        "  --hub NAME=HOST       a server of the hub; three of them survive the loss of one\n"
        "  --edge NAME=HOST      the server of an edge; NAME is the edge's, and its domain's\n"
        "  --store DIR           where JetStream keeps its files; DIR/store\n"
        "  --store-mb N          of each server; 1024\n"
        "  --tls DIR             ca.pem, and NAME.pem and NAME.key of each server: both ends show "
        "theirs\n"
        "  --peer NAME           of the peer, as its token says\n"
        "  --minutes N           how long it may come, up to 1440; 60\n"
        "  --help                this text\n",
        out);
}

static int take_number(const char *text, unsigned long max, unsigned long *ret_value)
{
    char *end;
    const unsigned long value = strtoul(text, &end, 10);

    if (text[0] < '0' || text[0] > '9' || *end != '\0' || value == 0 || value > max)
        return -EINVAL;
    *ret_value = value;
    return 0;
}

static int add_server(struct site_server **servers, uint32_t *count, const char *text)
{
    if (*servers == NULL)
        *servers = ps_zalloc(SITE_SERVERS_MAX, sizeof(**servers));
    if (*servers == NULL)
        return -ENOMEM;
    return *count == SITE_SERVERS_MAX ? -ENOSPC : site_parse_server(text, &(*servers)[(*count)++]);
}

static int take_option(struct options *o, bool is_setup, const char *name, const char *value)
{
    unsigned long mb;
    int rc;

    if (strcmp(name, "--dir") == 0)
        return o->site.dir = value, 0;
    if (is_setup && strcmp(name, "--hub") == 0)
        return add_server(&o->site.hub, &o->site.hub_count, value);
    if (is_setup && strcmp(name, "--edge") == 0)
        return add_server(&o->site.edges, &o->site.edge_count, value);
    if (is_setup && strcmp(name, "--store") == 0)
        return o->site.store = value, 0;
    if (is_setup && strcmp(name, "--tls") == 0)
        return o->site.tls = value, 0;
    if (is_setup && strcmp(name, "--store-mb") == 0) {
        rc = take_number(value, 1u << 30, &mb);
        o->site.store_mb = rc == 0 ? mb : 0;
        return rc;
    }
    if (!is_setup && strcmp(name, "--edge") == 0)
        return o->edge = value, 0;
    if (!is_setup && strcmp(name, "--peer") == 0)
        return o->peer = value, 0;
    if (!is_setup && strcmp(name, "--minutes") == 0)
        return take_number(value, MINUTES_MAX, &o->minutes);
    return -EINVAL;
}

static int take_options(struct options *o, bool is_setup, int argc, char **argv)
{
    for (int i = 0; i < argc; i += 2)
        if (i + 1 == argc || take_option(o, is_setup, argv[i], argv[i + 1]) != 0) {
            fprintf(stderr, "prestage-nats: %s: wrong\n", argv[i]);
            return -EINVAL;
        }
    if (o->site.dir == NULL || (is_setup && (o->site.hub_count == 0 || o->site.edge_count == 0)) ||
        (!is_setup && (o->edge == NULL || o->peer == NULL))) {
        print_usage(stderr);
        return -EINVAL;
    }
    return 0;
}

static int set_up(struct site *site, uint64_t wall_s)
{
    char dir[PATH_MAX], store[PATH_MAX + 8];
    int rc = site_open(site, true, wall_s);

    if (rc == 0 && realpath(site->dir, dir) == NULL)
        rc = -errno;
    if (rc != 0)
        return rc;
    site->dir = dir; /* configurations name files wherever a server is started */
    snprintf(store, sizeof(store), "%s/store", dir);
    if (site->store == NULL)
        site->store = store;
    return site_write(site, wall_s);
}

static int print_peer(struct options *o, uint64_t wall_s)
{
    char *text = NULL;
    int rc = site_open(&o->site, false, wall_s);

    if (rc == 0)
        rc = site_peer(&o->site, o->edge, o->peer, wall_s, wall_s + o->minutes * 60, &text);
    if (rc == 0 && (fputs(text, stdout) < 0 || fflush(stdout) != 0))
        rc = -EIO;
    free(text);
    return rc;
}

int main(int argc, char **argv)
{
    struct options o = { .site = { .store_mb = 1024 }, .minutes = 60 };
    const bool is_setup = argc > 1 && strcmp(argv[1], "setup") == 0;
    const uint64_t wall_s = (uint64_t)time(NULL);
    int rc;

    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        print_usage(stdout);
        return EXIT_SUCCESS;
    }
    if (argc < 2 || (!is_setup && strcmp(argv[1], "peer") != 0)) {
        print_usage(stderr);
        return 2;
    }
    rc = take_options(&o, is_setup, argc - 2, argv + 2);
    if (rc != 0)
        return 2;
    rc = is_setup ? set_up(&o.site, wall_s) : print_peer(&o, wall_s);
    if (rc != 0)
        fprintf(stderr, "prestage-nats: %s: %s\n", o.site.dir, strerror(-rc));
    site_close(&o.site);
    free(o.site.hub);
    free(o.site.edges);
    return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
