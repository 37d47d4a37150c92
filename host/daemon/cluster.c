/* SPDX-License-Identifier: BSD-3-Clause */
/* host/daemon/cluster.c - see cluster.h: the edge's life in the cluster. */
#include "host/daemon/cluster.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/log.h"
#include "host/base/mem.h"
#include "host/cluster/cluster.h"
#include "host/daemon/daemon_priv.h"
#include "host/daemon/nats_peers.h"
#include "host/daemon/state_file.h"

#define NUMBER_FILE   "cluster.node"
#define TOKEN_LIFE_NS (3600 * PS_NS_PER_SEC)
#define TOKEN_LEFT_NS (600 * PS_NS_PER_SEC) /* a new one before the last minutes */

/* ---- our number, over restarts ---- */

static uint16_t read_number(const struct ps_daemon *d)
{
    const char *dir = d->config->tier.state_dir;
    void *data = NULL;
    size_t size_bytes = 0;
    uint16_t number = 0;

    if (dir != NULL && ps_state_file_read(dir, NUMBER_FILE, &data, &size_bytes) == 0 &&
        size_bytes == sizeof(number))
        memcpy(&number, data, sizeof(number));
    free(data);
    return number != 0 ? number : ps_cluster_number(d->config->cluster.node);
}

static void numbered(void *arg, uint16_t node)
{
    struct ps_daemon *d = arg;
    const char *dir = d->config->tier.state_dir;

    ps_info("cluster", "registered", "node=%s number=%u", d->config->cluster.node, node);
    d->cluster_node = node;
    if (d->messaging.core != NULL)
        ps_messaging_set_node(d->messaging.core, node);
    if (dir != NULL && ps_state_file_write(dir, NUMBER_FILE, &node, sizeof(node)) != 0)
        ps_warn("cluster", "number_not_saved", "dir=%s", dir);
}

/* ---- our token for the others ---- */

const char *ps_daemon_node_token(struct ps_daemon *d)
{
    struct ps_neighbours *n = d->neighbours;
    const struct ps_token_issue issue = { .peer = d->config->cluster.node,
                                          .actions = PS_MAY_NODE,
                                          .region = PS_GRANT_ANY_REGION,
                                          .life_ns = TOKEN_LIFE_NS };
    const uint64_t now_ns = ps_daemon_wall_ns();
    char *text = NULL;

    if (n->bearer != NULL && now_ns + TOKEN_LEFT_NS < n->bearer_until_ns)
        return n->bearer;
    if (d->tokens == NULL || ps_tokens_issue(d->tokens, &issue, now_ns, &text) != 0)
        return n->bearer;
    free(n->bearer);
    n->bearer = text;
    n->bearer_until_ns = now_ns + TOKEN_LIFE_NS;
    return text;
}

/* ---- life ---- */

static int join_cluster(struct ps_daemon *d)
{
    const struct ps_config *c = d->config;
    const struct ps_cluster_config cfg = {
        .url = c->cluster.url,
        .credentials = c->cluster.credentials,
        .ca = c->cluster.ca,
        .cert = c->cluster.cert,
        .key = c->cluster.key,
        .node = c->cluster.node,
        .domain = c->cluster.domain,
        .hub_domain = c->cluster.hub_domain,
        .advertise = c->cluster.advertise,
        .lease_ms = c->cluster.lease_ns / PS_NS_PER_MSEC,
        .number = d->cluster_node,
        .age_ns = c->messaging.age_ns,
        .mono_ns = ps_clock_mono_ns,
        .demand = ps_elsewhere_demand,
        .claimed = ps_neighbours_claimed,
        .changed = ps_neighbours_changed,
        .event = ps_cluster_messages_event,
        .kept = ps_cluster_messages_kept,
        .asked = ps_cluster_messages_asked,
        .answered = ps_cluster_messages_answered,
        .numbered = numbered,
        .peer = ps_nats_peers_message,
        .arg = d,
    };

    return ps_cluster_create(&d->cluster, &cfg);
}

int ps_daemon_create_cluster(struct ps_daemon *d)
{
    const struct ps_fetches_config fetches = { .ca = d->config->cluster.ca,
                                               .done = ps_neighbours_fetched,
                                               .arg = d };
    int rc = 0;

    if (d->config->cluster.url == NULL)
        return 0;
    d->cluster_node = read_number(d);
    d->neighbours = ps_zalloc(1, sizeof(*d->neighbours));
    if (d->neighbours == NULL)
        return -ENOMEM;
    rc = ps_fetches_create(&d->neighbours->fetches, &fetches);
    if (rc == 0)
        rc = ps_elsewhere_create(&d->elsewhere);
    if (rc == 0)
        rc = ps_nats_peers_create(&d->nats_peers, d);
    if (rc == 0)
        rc = ps_cluster_lend_create(d, d->http);
    if (rc == 0)
        rc = join_cluster(d);
    if (rc == 0)
        ps_cluster_messages_link(d);
    if (rc != 0)
        ps_error("cluster", "refused", "url=%s node=%s status=\"%s\"", d->config->cluster.url,
                 d->config->cluster.node, strerror(-rc));
    return rc;
}

void ps_daemon_destroy_cluster(struct ps_daemon *d)
{
    ps_nats_peers_destroy(d->nats_peers);
    d->nats_peers = NULL;
    ps_cluster_destroy(d->cluster);
    d->cluster = NULL;
    if (d->neighbours != NULL) {
        ps_cluster_lend_destroy(d);
        ps_fetches_destroy(d->neighbours->fetches);
        free(d->neighbours->bearer);
    }
    free(d->neighbours);
    free(d->elsewhere);
    d->neighbours = NULL;
    d->elsewhere = NULL;
}

static void hold_messages(struct ps_daemon *d)
{
    struct ps_cluster_status status;

    ps_cluster_status(d->cluster, &status);
    if (d->messaging.core != NULL)
        ps_messaging_hold(d->messaging.core, status.restoring);
}

void ps_daemon_poll_cluster(struct ps_daemon *d)
{
    if (d->cluster == NULL)
        return;
    ps_cluster_poll(d->cluster);
    hold_messages(d);
    ps_fetches_poll(d->neighbours->fetches);
    ps_nats_peers_poll(d->nats_peers, ps_clock_mono_ns());
}

void ps_daemon_tend_cluster(struct ps_daemon *d, uint64_t now_ns)
{
    if (d->cluster == NULL)
        return;
    ps_cluster_tend(d->cluster, ps_clock_mono_ns());
    ps_neighbours_tend(d, now_ns);
}
