/* SPDX-License-Identifier: BSD-3-Clause */
/* host/daemon/cluster_report.c - how the edge stands among others, to people and to monitoring. */
#include <errno.h>

#include "host/daemon/cluster.h"
#include "host/daemon/daemon_priv.h"
#include "host/daemon/metrics_priv.h"

#define STARTING_NS (5 * PS_NS_PER_SEC) /* a connection takes a moment */

const char *ps_cluster_complaint(const struct ps_daemon *d)
{
    struct ps_cluster_status s;

    ps_cluster_status(d->cluster, &s);
    if (ps_clock_mono_ns() - d->started_mono_ns < STARTING_NS)
        return NULL;
    if (!s.connected)
        return "cluster: the nats-server is not reachable: working alone, messages are refused";
    if (!s.hub_reachable)
        return d->config->cluster.hub_domain == NULL
                   ? "cluster: the segments' bucket is not reachable: working alone"
                   : "cluster: hub not reachable: working alone";
    if (!s.stream_ready)
        return "cluster: our stream of messages is not there: messages are refused";
    if (!s.registered)
        return "cluster: this edge's number is not registered";
    return NULL;
}

static void put_links(struct ps_msg_writer *w, const struct ps_daemon *d,
                      const struct ps_cluster_status *s)
{
    const char *complaint = ps_cluster_complaint(d);

    ps_msg_pair_str(w, "node", d->config->cluster.node);
    ps_msg_pair_u64(w, "number", s->node);
    ps_msg_pair_bool(w, "registered", s->registered);
    ps_msg_pair_bool(w, "connected", s->connected);
    ps_msg_pair_bool(w, "hub_reachable", s->hub_reachable);
    ps_msg_pair_bool(w, "stream_ready", s->stream_ready);
    ps_msg_pair_u64(w, "nodes", s->nodes);
    ps_msg_pair_str(w, "complaint", complaint == NULL ? "" : complaint);
    ps_msg_pair_str(w, "last_error", s->error);
    ps_msg_pair_u64(w, "errors", s->errors);
    ps_msg_pair_u64(w, "denied", s->denied);
    ps_msg_pair_u64(w, "reconnects", s->reconnects);
    ps_msg_pair_u64(w, "dropped", s->dropped);
}

static void put_segments(struct ps_msg_writer *w, const struct ps_cluster_status *s,
                         const struct ps_neighbours_status *n)
{
    ps_msg_pair_u64(w, "claims", s->claims);
    ps_msg_pair_u64(w, "claims_mine", s->mine);
    ps_msg_pair_u64(w, "claims_elsewhere", s->elsewhere);
    ps_msg_pair_u64(w, "claims_unknown", s->unknown);
    ps_msg_pair_u64(w, "leases", s->held);
    ps_msg_pair_u64(w, "taken_over", s->taken_over);
    ps_msg_pair_u64(w, "known", s->known);
    ps_msg_pair_u64(w, "made", s->made);
    ps_msg_pair_u64(w, "duplicates", s->duplicates);
    ps_msg_pair_u64(w, "fetched", n->fetched);
    ps_msg_pair_u64(w, "fetched_bytes", n->fetched_bytes);
    ps_msg_pair_u64(w, "fetch_failed", n->fetch_failed);
    ps_msg_pair_u64(w, "fetch_refused", n->refused);
    ps_msg_pair_u64(w, "left", n->left);
    ps_msg_pair_u64(w, "impatient", n->impatient);
    ps_msg_pair_u64(w, "lent", n->lent);
    ps_msg_pair_u64(w, "lent_bytes", n->lent_bytes);
    ps_msg_pair_u64(w, "lent_refused", n->lent_refused);
}

int ps_cluster_show(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    const struct ps_daemon *d = arg;
    struct ps_cluster_status s;

    (void)params;
    if (d->cluster == NULL)
        return -ENOTSUP;
    ps_cluster_status(d->cluster, &s);
    ps_msg_open_map(w);
    put_links(w, d, &s);
    ps_msg_pair_u64(w, "demand_out", s.demand_out);
    ps_msg_pair_u64(w, "demand_in", s.demand_in);
    ps_msg_pair_u64(w, "looks", d->neighbours->status.looks);
    put_segments(w, &s, &d->neighbours->status);
    ps_msg_pair_u64(w, "published", s.published);
    ps_msg_pair_u64(w, "kept", s.kept);
    ps_msg_pair_u64(w, "not_kept", s.not_kept);
    ps_msg_pair_u64(w, "events_in", s.events_in);
    ps_msg_pair_u64(w, "asks", s.asks);
    ps_msg_pair_u64(w, "asks_failed", s.asks_failed);
    ps_msg_close(w);
    return 0;
}

static void put(struct ps_metrics *m, enum ps_metric metric, uint64_t value, const char *label)
{
    ps_metrics_put(m, metric, (double)value, PS_LABELS(label));
}

static void put_plain(struct ps_metrics *m, enum ps_metric metric, uint64_t value)
{
    ps_metrics_put_plain(m, metric, (double)value);
}

void ps_cluster_put_metrics(struct ps_metrics *m, const struct ps_daemon *d)
{
    static const struct ps_neighbours_status none;
    const struct ps_neighbours_status *n = d->cluster == NULL ? &none : &d->neighbours->status;
    struct ps_cluster_status s = { .nodes = 0 };

    if (d->cluster != NULL)
        ps_cluster_status(d->cluster, &s);
    put(m, PS_METRIC_cluster_connected, s.connected, "server");
    put(m, PS_METRIC_cluster_connected, s.hub_reachable, "hub");
    put_plain(m, PS_METRIC_cluster_nodes, s.nodes);
    put_plain(m, PS_METRIC_cluster_reconnects_total, s.reconnects);
    put_plain(m, PS_METRIC_cluster_errors_total, s.errors);
    put_plain(m, PS_METRIC_cluster_denied_total, s.denied);
    put_plain(m, PS_METRIC_cluster_dropped_total, s.dropped);
    put(m, PS_METRIC_cluster_demand_total, s.demand_out, "out");
    put(m, PS_METRIC_cluster_demand_total, s.demand_in, "in");
    put(m, PS_METRIC_cluster_claims_total, s.mine, "mine");
    put(m, PS_METRIC_cluster_claims_total, s.elsewhere, "elsewhere");
    put(m, PS_METRIC_cluster_claims_total, s.unknown, "unknown");
    put_plain(m, PS_METRIC_cluster_leases, s.held);
    put_plain(m, PS_METRIC_cluster_known_segments, s.known);
    put_plain(m, PS_METRIC_cluster_made_total, s.made);
    put_plain(m, PS_METRIC_cluster_duplicates_total, s.duplicates);
    put_plain(m, PS_METRIC_cluster_fetched_total, n->fetched);
    put_plain(m, PS_METRIC_cluster_fetched_bytes_total, n->fetched_bytes);
    put_plain(m, PS_METRIC_cluster_fetches_failed_total, n->fetch_failed);
    put_plain(m, PS_METRIC_cluster_lent_total, n->lent);
    put_plain(m, PS_METRIC_cluster_lent_bytes_total, n->lent_bytes);
    put_plain(m, PS_METRIC_cluster_lent_refused_total, n->lent_refused);
    put(m, PS_METRIC_cluster_messages_total, s.kept, "kept");
    put(m, PS_METRIC_cluster_messages_total, s.not_kept, "not_kept");
    put(m, PS_METRIC_cluster_messages_total, s.events_in, "in");
}
