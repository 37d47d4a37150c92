/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/unit/host/cluster/nats.h - a real nats-server on loopback, and edges that record what they
 * are told.
 */
#ifndef PS_TESTS_UNIT_HOST_CLUSTER_NATS_H
#define PS_TESTS_UNIT_HOST_CLUSTER_NATS_H

#include <arpa/inet.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/base/clock.h"
#include "host/cluster/cluster.h"
#include "tests/support/ps_test.h"

#define EVENTS_MAX 512u

/* One server; its store survives stop and start. */
struct server {
    char dir[64];
    char url[64];
    uint16_t port;
    pid_t pid;
    const char *domain;     /* NULL: none */
    uint16_t leaf_port;     /* of a hub: for leaf nodes; 0: none */
    uint16_t hub_leaf_port; /* of a leaf node: where its hub is; 0: no leaf */
};

/* What an edge was told. */
struct edge {
    struct ps_cluster *cluster;
    struct ps_cluster_config cfg;
    char url[64];
    uint32_t claims;
    enum ps_cluster_claim claim; /* the last */
    char claim_url[PS_CLUSTER_URL_MAX];
    uint32_t changes;
    uint32_t event_count;
    uint16_t event_node[EVENTS_MAX];
    uint32_t events[EVENTS_MAX]; /* their first four bytes */
    uint32_t kept, not_kept;
    int kept_status; /* the last */
    uint32_t demand_count;
    struct ps_demand_sample demand; /* the last */
    uint16_t demand_node;
    uint32_t asked, answered;
    int answer_status;
    char answer[64];
};

/* ---- the server ---- */

static uint16_t free_port(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof(address);
    const int fd = socket(AF_INET, SOCK_STREAM, 0);

    PS_REQUIRE(bind(fd, (struct sockaddr *)&address, length) == 0);
    PS_REQUIRE(getsockname(fd, (struct sockaddr *)&address, &length) == 0);
    close(fd);
    return ntohs(address.sin_port);
}

static bool answers(uint16_t port)
{
    const struct sockaddr_in address = { .sin_family = AF_INET,
                                         .sin_port = htons(port),
                                         .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    const bool up = connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0;

    close(fd);
    return up;
}

/* @p users: accounts and permissions in the server's own words; NULL: everybody may all. */
static void server_go_on(struct server *server, const char *users)
{
    char conf[128], log[128];
    FILE *file;

    snprintf(conf, sizeof(conf), "%s/nats.conf", server->dir);
    snprintf(log, sizeof(log), "%s/log", server->dir);
    file = fopen(conf, "w");
    PS_REQUIRE(file != NULL);
    fprintf(file,
            "listen: 127.0.0.1:%u\nlog_file: \"%s\"\n"
            "jetstream {\n store_dir: \"%s/js\"\n max_mem: 32M\n max_file: 600M\n%s%s\n}\n%s\n",
            server->port, log, server->dir,
            server->domain == NULL ? "" : " domain: ", server->domain == NULL ? "" : server->domain,
            users == NULL ? "" : users);
    if (server->leaf_port != 0)
        fprintf(file, "server_name: hub\nleafnodes {\n listen: 127.0.0.1:%u\n}\n",
                server->leaf_port);
    if (server->hub_leaf_port != 0)
        fprintf(file,
                "server_name: %s\nleafnodes {\n reconnect: 1\n remotes: [\n"
                " { url: \"nats://127.0.0.1:%u\" }\n ]\n}\n",
                server->domain, server->hub_leaf_port);
    fclose(file);
    server->pid = fork();
    if (server->pid == 0) {
        execlp("nats-server", "nats-server", "-c", conf, (char *)NULL);
        _exit(127);
    }
    for (int i = 0; i < 500 && !answers(server->port); i++)
        usleep(10000);
}

/* @return false: there is no nats-server here. */
static bool server_start(struct server *server, const char *users)
{
    strcpy(server->dir, "/tmp/prestage-cluster-XXXXXX");
    PS_REQUIRE(mkdtemp(server->dir) != NULL);
    server->port = free_port();
    snprintf(server->url, sizeof(server->url), "nats://127.0.0.1:%u", server->port);
    if (system("command -v nats-server >/dev/null") != 0)
        return false;
    server_go_on(server, users);
    return answers(server->port);
}

/* As a crash would. */
static void server_stop(struct server *server)
{
    if (server->pid <= 0)
        return;
    kill(server->pid, SIGKILL);
    waitpid(server->pid, NULL, 0);
    server->pid = 0;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
    (void)st, (void)kind, (void)where;
    return remove(path);
}

static void server_remove(struct server *server)
{
    server_stop(server);
    nftw(server->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* ---- an edge ---- */

static void on_demand(void *arg, uint16_t node, const struct ps_demand_sample *samples,
                      uint32_t count)
{
    struct edge *edge = arg;

    edge->demand_node = node;
    edge->demand_count += count;
    edge->demand = samples[count - 1];
}

static void on_claimed(void *arg, const struct ps_segment_key *key, enum ps_cluster_claim how,
                       const char *url)
{
    struct edge *edge = arg;

    (void)key;
    edge->claims++;
    edge->claim = how;
    snprintf(edge->claim_url, sizeof(edge->claim_url), "%s", url == NULL ? "" : url);
}

static void on_changed(void *arg, const struct ps_segment_key *key)
{
    struct edge *edge = arg;

    (void)key;
    edge->changes++;
}

static void on_event(void *arg, uint16_t node, const void *data, uint32_t size_bytes)
{
    struct edge *edge = arg;

    if (edge->event_count == EVENTS_MAX || size_bytes < 4)
        return;
    edge->event_node[edge->event_count] = node;
    memcpy(&edge->events[edge->event_count++], data, 4);
}

static void on_kept(void *arg, uint64_t ticket, int status)
{
    struct edge *edge = arg;

    (void)ticket;
    edge->kept += status == 0;
    edge->not_kept += status != 0;
    edge->kept_status = status;
}

static uint32_t on_asked(void *arg, uint16_t node, const void *data, uint32_t size_bytes,
                         void *ret_answer, uint32_t answer_bytes)
{
    struct edge *edge = arg;

    (void)node, (void)answer_bytes;
    edge->asked++;
    memcpy(ret_answer, "yes: ", 5);
    memcpy((char *)ret_answer + 5, data, size_bytes);
    return size_bytes + 5;
}

static void on_answered(void *arg, uint64_t ticket, int status, const void *data,
                        uint32_t size_bytes)
{
    struct edge *edge = arg;

    (void)ticket;
    edge->answered++;
    edge->answer_status = status;
    snprintf(edge->answer, sizeof(edge->answer), "%.*s", (int)size_bytes, (const char *)data);
}

static void on_numbered(void *arg, uint16_t node)
{
    (void)arg, (void)node;
}

static void edge_open(struct edge *edge, const struct server *server, const char *name)
{
    const struct ps_cluster_config kept = edge->cfg; /* what the test has set before */

    *edge = (struct edge){ .cfg = kept };
    if (edge->cfg.url == NULL)
        edge->cfg.url = server->url;
    snprintf(edge->url, sizeof(edge->url), "http://127.0.0.1:1/%s", name);
    edge->cfg.node = name;
    edge->cfg.advertise = edge->url;
    edge->cfg.mono_ns = ps_clock_mono_ns;
    edge->cfg.demand = on_demand;
    edge->cfg.claimed = on_claimed;
    edge->cfg.changed = on_changed;
    edge->cfg.event = on_event;
    edge->cfg.kept = on_kept;
    edge->cfg.asked = on_asked;
    edge->cfg.answered = on_answered;
    edge->cfg.numbered = on_numbered;
    edge->cfg.arg = edge;
    PS_REQUIRE(ps_cluster_create(&edge->cluster, &edge->cfg) == 0);
}

static void edge_close(struct edge *edge)
{
    ps_cluster_destroy(edge->cluster);
    edge->cluster = NULL;
}

static struct ps_cluster_status edge_status(const struct edge *edge)
{
    struct ps_cluster_status status;

    ps_cluster_status(edge->cluster, &status);
    return status;
}

/* Turn the edges' loops until @p holds or @p seconds have passed. @return what holds. */
static bool edges_run(struct edge *const *edges, uint32_t count, bool (*holds)(void),
                      double seconds)
{
    const uint64_t until_ns = ps_clock_mono_ns() + (uint64_t)(seconds * 1e9);
    uint64_t tend_ns = 0;
    struct pollfd fds[8];

    for (;;) {
        const uint64_t now_ns = ps_clock_mono_ns();

        if (holds())
            return true;
        if (now_ns > until_ns)
            return false;
        for (uint32_t i = 0; i < count; i++) {
            fds[i] = (struct pollfd){ .fd = ps_cluster_fd(edges[i]->cluster), .events = POLLIN };
            ps_cluster_poll(edges[i]->cluster);
            if (now_ns > tend_ns)
                ps_cluster_tend(edges[i]->cluster, now_ns);
        }
        if (now_ns > tend_ns)
            tend_ns = now_ns + 50000000;
        poll(fds, count, 10);
    }
}

#endif
