/* SPDX-License-Identifier: BSD-3-Clause */
/* host/daemon/messaging.c - see messaging.h. */
#include "host/daemon/messaging.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/log.h"
#include "host/base/mem.h"
#include "host/daemon/daemon_priv.h"
#include "host/daemon/metrics_priv.h"

#define MEET_NS           (600 * PS_NS_PER_SEC) /* of setting up, not of the session itself */
#define PEER_MESSAGES     64u                   /* answers that wait for one peer */
#define NEED_OF_THRESHOLD 0.5 /* what is there is grown and kept for less than opens it */

/* ---- what faces ask ---- */

static uint64_t now(void *arg)
{
    const struct ps_daemon *d = arg;

    return ps_clock_now_ns(&d->clock);
}

/* Tokens are dated by the world's clock, whatever time_scale is. */
static uint64_t wall(void *arg)
{
    (void)arg;
    return ps_daemon_wall_ns();
}

static uint16_t region_of(void *arg, const struct sockaddr *address)
{
    const struct ps_daemon *d = arg;

    return ps_config_region_of(d->config, address);
}

/* A token for any media is for those we know, of its tenant. */
static bool is_of_tenant(void *arg, uint64_t media_key, uint32_t tenant)
{
    const struct ps_daemon *d = arg;
    const struct ps_media *media = ps_catalogue_by_key(d->catalogue, media_key);

    return media != NULL && media->tenant == tenant;
}

/* ---- life ---- */

struct ps_collection_limits ps_daemon_collection_limits(const struct ps_daemon *d,
                                                        uint32_t messages_max)
{
    const struct ps_config *c = d->config;
    const uint32_t messages = messages_max == 0 ? c->messaging.messages_max : messages_max;
    const uint64_t bytes = messages * c->messaging.message_bytes_mean;
    const uint64_t least = c->messaging.message_bytes_max + PS_PEER_NAME_MAX;
    const uint64_t enough = bytes > least ? bytes : least;

    return (struct ps_collection_limits){
        .messages_max = messages,
        .bytes_max = enough < PS_COLLECTION_BYTES_MAX ? (uint32_t)enough : PS_COLLECTION_BYTES_MAX,
        .message_bytes_max = (uint32_t)c->messaging.message_bytes_max,
        .age_ns = c->messaging.age_ns,
    };
}

/* Ids rise over restarts: 64 to a millisecond leave two thousand years' worth of 48 bits. */
static uint64_t first_id(void)
{
    return (ps_daemon_wall_ns() / PS_NS_PER_MSEC << 6) & ((UINT64_C(1) << 48) - 1);
}

/* In prestage's time: what takes a disk or another node five seconds of ours. */
static uint64_t keep_ns(const struct ps_daemon *d)
{
    return (uint64_t)((double)PS_MESSAGING_KEEP_NS * d->clock.scale);
}

static int create_keep(struct ps_daemon *d)
{
    const uint64_t gone_s =
        ps_clock_real_ns(&d->clock, PS_COLLECTION_AGE_NS_MAX) / PS_NS_PER_SEC + 1;
    const char *dir = d->config->tier.state_dir;

    if (!d->config->messaging.keep || d->messaging.link.keep != NULL)
        return 0;
    const int rc = dir == NULL ? -EINVAL : ps_keep_create(&d->messaging.keep, dir, gone_s);
    if (rc != 0)
        ps_error("messaging", "cannot_keep", "dir=%s status=\"%s\"", dir == NULL ? "-" : dir,
                 strerror(-rc));
    else
        d->messaging.link = ps_keep_link(d->messaging.keep);
    return rc;
}

static int create_core(struct ps_daemon *d)
{
    const struct ps_config *c = d->config;
    const uint32_t messages = c->messaging.messages_max;
    const struct ps_messaging_config cfg = {
        .budget_bytes = c->messaging.budget_bytes,
        .collections_max = c->messaging.collections_max,
        .node = d->cluster_node,
        .resource = ps_daemon_collection_limits(d, messages),
        .peer = ps_daemon_collection_limits(d, messages < PEER_MESSAGES ? messages : PEER_MESSAGES),
        .messages_per_peer = c->messaging.messages_per_peer,
        .messages_ahead_max = c->messaging.messages_ahead_max,
        .threshold = c->messaging.threshold,
        .puts_per_s = c->messaging.puts_per_s,
        .fetches_per_s = c->messaging.fetches_per_s,
        .meet_ns = MEET_NS,
        .idle_ns = c->messaging.idle_ns,
        .on_demand = c->messaging.on_demand,
        .keep_ns = keep_ns(d),
        .first = first_id(),
        .is_of_tenant = is_of_tenant,
        .arg = d,
    };
    const struct ps_messaging_link *link = &d->messaging.link;

    const int rc = ps_messaging_create(&d->messaging.core, &cfg, link->keep == NULL ? NULL : link);
    if (rc == 0)
        ps_messaging_hold(d->messaging.core, d->cluster != NULL); /* until it says */
    return rc;
}

static int create_rpc(struct ps_daemon *d)
{
    const struct ps_config *c = d->config;
    const struct ps_messaging_rpc_config cfg = {
        .listen = c->messaging.listen,
        .clients_max = c->messaging.clients_max,
        .gate = { .check = ps_daemon_check_token, .holds = ps_daemon_grant_holds, .arg = d },
        .now_ns = now,
        .wall_ns = wall,
        .arg = d
    };

    if (cfg.listen == NULL)
        return 0;
    const int rc = ps_messaging_rpc_create(&d->messaging.rpc, d->messaging.core, &cfg);
    if (rc != 0)
        ps_error("messaging", "cannot_listen", "listen=%s status=\"%s\"", cfg.listen,
                 strerror(-rc));
    return rc;
}

static int create_web(struct ps_daemon *d)
{
    const struct ps_messaging_web_config cfg = {
        .http = d->http,
        .gate = { .check = ps_daemon_check_token, .arg = d },
        /* the other half is the viewers' */
        .waiting_max = (d->config->listen.connections_max + 1) / 2,
        .now_ns = now,
        .wall_ns = wall,
        .real_ns = ps_clock_mono_ns,
        .region_of = region_of,
        .arg = d
    };

    return d->config->messaging.web
               ? ps_messaging_web_create(&d->messaging.web, d->messaging.core, &cfg)
               : 0;
}

int ps_daemon_create_messaging(struct ps_daemon *d)
{
    if (d->config->messaging.budget_bytes == 0)
        return 0;
    int rc = create_keep(d);
    if (rc != 0)
        return rc;
    rc = create_core(d);
    if (rc == -EINVAL)
        ps_error("messaging", "budget_too_small",
                 "why=\"it holds %u collections' table, and more\"",
                 d->config->messaging.collections_max);
    else if (rc != 0)
        ps_error("messaging", "no_memory", "status=\"%s\"", strerror(-rc));
    if (rc != 0)
        return rc;
    d->messaging.needs = ps_zalloc(PS_NEEDS_MAX, sizeof(*d->messaging.needs));
    if (d->messaging.needs == NULL)
        return -ENOMEM;
    if (d->messaging.keep != NULL)
        ps_keep_restore(d->messaging.keep, d->messaging.core, ps_clock_now_ns(&d->clock));
    rc = create_rpc(d);
    return rc == 0 ? create_web(d) : rc;
}

void ps_daemon_destroy_messaging(struct ps_daemon *d)
{
    ps_messaging_rpc_destroy(d->messaging.rpc);
    ps_messaging_web_destroy(d->messaging.web);
    ps_messaging_destroy(d->messaging.core);
    ps_keep_destroy(d->messaging.keep);
    free(d->messaging.needs);
    d->messaging = (struct ps_daemon_messaging){ .core = NULL };
}

void ps_daemon_poll_messaging(struct ps_daemon *d)
{
    if (d->messaging.keep != NULL)
        ps_keep_poll(d->messaging.keep, d->messaging.core, ps_clock_now_ns(&d->clock));
    if (d->messaging.rpc != NULL)
        ps_messaging_rpc_poll(d->messaging.rpc);
    if (d->messaging.web !=
        NULL) /* whom messages of other ways have woken need not wait for the turn */
        ps_messaging_web_tick(d->messaging.web);
}

void ps_daemon_tend_messaging(struct ps_daemon *d, uint64_t now_ns)
{
    const double least = d->config->messaging.threshold * NEED_OF_THRESHOLD;
    uint32_t count = 0;

    if (d->messaging.core == NULL)
        return;
    if (d->config->messaging.ahead)
        count =
            ps_predict_needs(d->predict, &d->predictions, least, d->messaging.needs, PS_NEEDS_MAX);
    ps_messaging_prepare(d->messaging.core, d->messaging.needs, count, now_ns);
    if (d->messaging.web != NULL)
        ps_messaging_web_tick(d->messaging.web);
}

/* ---- figures ---- */

void ps_messaging_put_status(struct ps_msg_writer *w, const struct ps_daemon *d)
{
    struct ps_messaging_status s = { .put = 0 };
    struct ps_keep_status keep = { .kept = 0 };

    if (d->messaging.core != NULL)
        ps_messaging_status(d->messaging.core, &s);
    if (d->messaging.keep != NULL)
        ps_keep_status(d->messaging.keep, &keep);
    ps_msg_pair_map(w, "messaging");
    ps_msg_pair_u64(w, "collections", s.set.collections);
    ps_msg_pair_u64(w, "budget_bytes", s.set.budget_bytes);
    ps_msg_pair_u64(w, "taken_bytes", s.set.taken_bytes);
    ps_msg_pair_u64(w, "messages", s.set.messages);
    ps_msg_pair_u64(w, "put", s.put);
    ps_msg_pair_u64(w, "fetched", s.fetched);
    ps_msg_pair_u64(w, "acknowledged", s.acknowledged);
    ps_msg_pair_u64(w, "expired", s.set.expired);
    ps_msg_pair_u64(w, "claimed", s.claimed);
    ps_msg_pair_u64(w, "meetings", s.meetings);
    ps_msg_pair_u64(w, "ahead_opened", s.ahead_opened);
    ps_msg_pair_u64(w, "ahead_used", s.ahead_used);
    ps_msg_pair_u64(w, "ahead_refused", s.ahead_refused);
    ps_msg_pair_u64(w, "on_demand", s.set.opened[PS_COLLECTION_ON_DEMAND]);
    ps_msg_pair_u64(w, "kept", s.kept);
    ps_msg_pair_u64(w, "not_kept", s.not_kept);
    ps_msg_pair_u64(w, "restored", keep.restored);
    ps_msg_pair_u64(w, "refused",
                    s.refused_rights + s.refused_rate + s.refused_absent + s.refused_link +
                        s.set.refused_full + s.set.refused_order + s.set.refused_budget);
    ps_msg_close(w);
}

static void put_refusals(struct ps_metrics *m, const struct ps_messaging_status *s)
{
    const struct {
        const char *why;
        uint64_t count;
    } refused[] = { { "rights", s->refused_rights },   { "rate", s->refused_rate },
                    { "absent", s->refused_absent },   { "full", s->set.refused_full },
                    { "order", s->set.refused_order }, { "budget", s->set.refused_budget },
                    { "link", s->refused_link } };

    for (unsigned i = 0; i < PS_ARRAY_LEN(refused); i++)
        ps_metrics_put(m, PS_METRIC_collections_refused_total, (double)refused[i].count,
                       PS_LABELS(refused[i].why));
}

static void put_lives(struct ps_metrics *m, const struct ps_messaging_status *s)
{
    static const char *const origins[] = { "ahead", "on_demand", "asked" };
    const struct {
        const char *what;
        uint64_t count;
    } ahead[] = { { "used", s->ahead_used },
                  { "grown", s->ahead_grown },
                  { "shrunk", s->ahead_shrunk },
                  { "closed", s->ahead_closed },
                  { "refused", s->ahead_refused } };

    ps_metrics_put_plain(m, PS_METRIC_collections, s->set.collections);
    for (unsigned i = 0; i < PS_ARRAY_LEN(origins); i++)
        ps_metrics_put(m, PS_METRIC_collections_opened_total, (double)s->set.opened[i],
                       PS_LABELS(origins[i]));
    ps_metrics_put_plain(m, PS_METRIC_collections_closed_total, (double)s->set.closed);
    for (unsigned i = 0; i < PS_ARRAY_LEN(ahead); i++)
        ps_metrics_put(m, PS_METRIC_collections_ahead_total, (double)ahead[i].count,
                       PS_LABELS(ahead[i].what));
}

static void put_faces(struct ps_metrics *m, const struct ps_daemon *d)
{
    struct ps_messaging_rpc_status rpc = { .clients = 0 };
    struct ps_messaging_web_status web = { .requests = 0 };

    if (d->messaging.rpc != NULL)
        ps_messaging_rpc_status(d->messaging.rpc, &rpc);
    if (d->messaging.web != NULL)
        ps_messaging_web_status(d->messaging.web, &web);
    ps_metrics_put(m, PS_METRIC_collections_requests_total, (double)rpc.requests, PS_LABELS("rpc"));
    ps_metrics_put(m, PS_METRIC_collections_requests_total, (double)web.requests, PS_LABELS("web"));
    ps_metrics_put(m, PS_METRIC_collections_clients, (double)rpc.clients, PS_LABELS("rpc"));
    ps_metrics_put(m, PS_METRIC_collections_clients, (double)web.waiting + web.streams,
                   PS_LABELS("web"));
    ps_metrics_put(m, PS_METRIC_collections_clients_refused_total, (double)rpc.refused_clients,
                   PS_LABELS("places"));
    ps_metrics_put(m, PS_METRIC_collections_clients_refused_total, (double)rpc.refused_tokens,
                   PS_LABELS("tokens"));
    ps_metrics_put(m, PS_METRIC_collections_clients_refused_total, (double)rpc.dropped_clients,
                   PS_LABELS("dropped"));
}

void ps_messaging_put_metrics(struct ps_metrics *m, const struct ps_daemon *d)
{
    struct ps_messaging_status s = { .put = 0 };

    if (d->messaging.core != NULL)
        ps_messaging_status(d->messaging.core, &s);
    put_lives(m, &s);
    ps_metrics_put(m, PS_METRIC_collections_bytes, (double)s.set.budget_bytes, PS_LABELS("budget"));
    ps_metrics_put(m, PS_METRIC_collections_bytes, (double)s.set.taken_bytes, PS_LABELS("taken"));
    ps_metrics_put(m, PS_METRIC_collections_bytes, (double)s.set.bytes, PS_LABELS("held"));
    ps_metrics_put_plain(m, PS_METRIC_collections_messages, (double)s.set.messages);
    ps_metrics_put_plain(m, PS_METRIC_collections_put_total, (double)s.put);
    ps_metrics_put_plain(m, PS_METRIC_collections_fetched_total, (double)s.fetched);
    ps_metrics_put_plain(m, PS_METRIC_collections_acknowledged_total, (double)s.acknowledged);
    ps_metrics_put_plain(m, PS_METRIC_collections_expired_total, (double)s.set.expired);
    ps_metrics_put_plain(m, PS_METRIC_collections_duplicates_total, (double)s.set.duplicates);
    ps_metrics_put_plain(m, PS_METRIC_collections_claimed_total, (double)s.claimed);
    put_refusals(m, &s);
    put_faces(m, d);
    ps_metrics_put(m, PS_METRIC_collections_remote_total, (double)s.remote_in, PS_LABELS("in"));
    ps_metrics_put(m, PS_METRIC_collections_remote_total, (double)s.remote_duplicates,
                   PS_LABELS("duplicate"));
    ps_metrics_put(m, PS_METRIC_collections_remote_total, (double)s.remote_lost, PS_LABELS("lost"));
    ps_metrics_put(m, PS_METRIC_collections_remote_total, (double)s.kept, PS_LABELS("kept"));
    ps_metrics_put(m, PS_METRIC_collections_remote_total, (double)s.not_kept,
                   PS_LABELS("not_kept"));
}
