/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/daemon/metrics.c - /metrics: what status, ledger and tier tell people, told to Prometheus.
 * Families are in host/control/metrics.def; what bets came to is in metrics_bets.c.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/log.h"
#include "host/base/mem.h"
#include "host/daemon/cluster.h"
#include "host/daemon/health.h"
#include "host/daemon/metrics_priv.h"

#define CONNECTIONS_MAX 16u
#define IDLE_TIMEOUT_S  30u

static const char *const queue_name[PS_QUEUE_COUNT] = {
    [PS_QUEUE_REAL_TIME] = "real-time", [PS_QUEUE_SPECULATIVE] = "speculative"
};

static double seconds(uint64_t ns)
{
    return (double)ns / 1e9;
}

/* prestage's time as viewers feel it. */
static double real_seconds(const struct ps_daemon *d, uint64_t ns)
{
    return seconds(ps_clock_real_ns(&d->clock, ns));
}

/* Bucket i of a ps_histogram ends at 2^i microseconds. */
static void put_histogram_us(struct ps_metrics *m, enum ps_metric id, const struct ps_histogram *h,
                             double scale)
{
    double bounds[PS_HISTOGRAM_BUCKETS - 1];
    const struct ps_metrics_histogram told = { .bounds = bounds,
                                               .counts = h->bucket,
                                               .bound_count = PS_ARRAY_LEN(bounds),
                                               .sum = (double)h->sum / scale / 1e6 };

    for (uint32_t i = 0; i < PS_ARRAY_LEN(bounds); i++)
        bounds[i] = (double)(1ull << i) / scale / 1e6;
    ps_metrics_put_histogram(m, id, &told);
}

static void put_node(struct ps_metrics *m, const struct ps_daemon *d)
{
    const bool emulated = d->accel != NULL && ps_accel_is_emulated(d->accel);
    struct ps_health health;

    ps_metrics_put(m, PS_METRIC_info, 1,
                   PS_LABELS(PS_VERSION, d->config->speculate.enabled ? "prestage" : "reactive",
                             ps_report_policy(d),
                             d->accel == NULL ? "none" : ps_accel_device_name(d->accel),
                             emulated ? "true" : "false"));
    ps_metrics_put_plain(m, PS_METRIC_uptime_seconds,
                         seconds(ps_clock_mono_ns() - d->started_mono_ns));
    ps_metrics_put_plain(m, PS_METRIC_time_scale_ratio, d->config->time_scale);
    ps_health_look(d, &health);
    for (unsigned part = 0; part < PS_HEALTH_PART_COUNT; part++)
        ps_metrics_put(m, PS_METRIC_degraded, health.part[part] == PS_HEALTH_FAILED,
                       PS_LABELS(ps_health_part_name((enum ps_health_part)part)));
    put_histogram_us(m, PS_METRIC_turn_seconds, &d->turn_us, 1.0);
    ps_metrics_put_plain(m, PS_METRIC_media, ps_catalogue_count(d->catalogue));
}

static void put_nic(struct ps_metrics *m, const struct ps_daemon *d, const struct ps_feed_status *s)
{
    const uint64_t now_ns = ps_clock_now_ns(&d->clock);

    ps_metrics_put_plain(m, PS_METRIC_nic_connected, s->nic_connected);
    ps_metrics_put_plain(m, PS_METRIC_nic_silent_seconds,
                         s->nic_last_ns == 0 ? 0.0 : seconds(now_ns - s->nic_last_ns));
    ps_metrics_put_plain(m, PS_METRIC_nic_streams_refused_total, (double)s->nic_refused);
    ps_metrics_put_plain(m, PS_METRIC_nic_packets_total, (double)s->nic_packets);
    ps_metrics_put_plain(m, PS_METRIC_nic_media_requests_total, (double)s->nic_media_requests);
    ps_metrics_put_plain(m, PS_METRIC_nic_retransmissions_total, (double)s->nic_dups);
    ps_metrics_put(m, PS_METRIC_nic_missed_requests_total, (double)s->nic_shed, PS_LABELS("shed"));
    ps_metrics_put(m, PS_METRIC_nic_missed_requests_total, (double)s->nic_unseen,
                   PS_LABELS("unseen"));
    ps_metrics_put(m, PS_METRIC_nic_missed_requests_total, (double)s->nic_port_missed,
                   PS_LABELS("port"));
    ps_metrics_put_plain(m, PS_METRIC_nic_intervals_total, (double)s->nic_epochs);
    ps_metrics_put_plain(m, PS_METRIC_nic_intervals_again_total, (double)s->nic_epochs_again);
}

static void put_demand(struct ps_metrics *m, const struct ps_daemon *d)
{
    static const char *const source[] = { NULL, "nic", "log", "history" };
    struct ps_feed_status s;

    ps_feed_status(d->feed, &s);
    for (unsigned i = PS_DEMAND_NIC; i <= PS_DEMAND_HISTORY; i++)
        ps_metrics_put(m, PS_METRIC_demand_samples_total, (double)s.samples[i],
                       PS_LABELS(source[i]));
    ps_metrics_put_plain(m, PS_METRIC_demand_log_requests_total, (double)s.log_requests);
    ps_metrics_put_plain(m, PS_METRIC_demand_unknown_total, (double)s.unknown);
    put_nic(m, d, &s);
}

static void put_peers(struct ps_metrics *m, const struct ps_daemon *d)
{
    struct ps_peers_status s = { .peers = 0 };

    if (d->peers != NULL)
        ps_peers_status(d->peers, &s);
    ps_metrics_put_plain(m, PS_METRIC_peers, s.peers);
    ps_metrics_put_plain(m, PS_METRIC_peers_salts, s.salts);
    ps_metrics_put_plain(m, PS_METRIC_peers_opted_out, s.opt_outs);
    ps_metrics_put(m, PS_METRIC_peers_forgotten_total, (double)s.forgotten_in_time,
                   PS_LABELS("time"));
    ps_metrics_put(m, PS_METRIC_peers_forgotten_total, (double)s.forgotten_for_room,
                   PS_LABELS("room"));
    ps_metrics_put(m, PS_METRIC_peers_forgotten_total, (double)s.erased, PS_LABELS("asked"));
}

/* ---- work ---- */

static void put_queues(struct ps_metrics *m, const struct ps_daemon *d,
                       const struct ps_alloc_status *s)
{
    for (unsigned q = 0; q < PS_QUEUE_COUNT; q++)
        ps_metrics_put(m, PS_METRIC_cu_busy_seconds_total, real_seconds(d, s->busy_ns[q]),
                       PS_LABELS(queue_name[q]));
    for (unsigned q = 0; q < PS_QUEUE_COUNT; q++)
        ps_metrics_put(m, PS_METRIC_runs_total, (double)s->runs[q], PS_LABELS(queue_name[q]));
    ps_metrics_put_plain(m, PS_METRIC_runs_failed_total, (double)s->failed_runs);
    for (unsigned q = 0; q < PS_QUEUE_COUNT; q++)
        ps_metrics_put(m, PS_METRIC_jobs, (double)s->jobs[q], PS_LABELS(queue_name[q]));
    for (unsigned q = 0; q < PS_QUEUE_COUNT; q++)
        ps_metrics_put(m, PS_METRIC_jobs_ready, (double)s->ready[q], PS_LABELS(queue_name[q]));
    ps_metrics_put_plain(m, PS_METRIC_jobs_failed_total, (double)s->failed_jobs);
    ps_metrics_put_plain(m, PS_METRIC_jobs_late_total, (double)s->late);
    ps_metrics_put_plain(m, PS_METRIC_batches_suspended_total, (double)s->suspended);
    ps_metrics_put_plain(m, PS_METRIC_cu_quarantines_total, (double)s->quarantines);
    put_histogram_us(m, PS_METRIC_real_time_wait_seconds, &s->wait_us, d->config->time_scale);
}

static void put_work(struct ps_metrics *m, const struct ps_daemon *d)
{
    struct ps_alloc_status s = { .cus_lost = 0 };
    const uint32_t cus = d->accel == NULL ? 0 : ps_accel_cu_count(d->accel);

    if (d->alloc != NULL)
        ps_alloc_status(d->alloc, &s);
    const double viewers = (double)s.running[PS_QUEUE_REAL_TIME];
    const double bets = (double)s.running[PS_QUEUE_SPECULATIVE];
    const double idle = cus - viewers - bets - s.cus_lost - s.cus_quarantined;
    ps_metrics_put(m, PS_METRIC_cus, fmax(idle, 0), PS_LABELS("idle"));
    ps_metrics_put(m, PS_METRIC_cus, viewers, PS_LABELS(queue_name[PS_QUEUE_REAL_TIME]));
    ps_metrics_put(m, PS_METRIC_cus, bets, PS_LABELS(queue_name[PS_QUEUE_SPECULATIVE]));
    ps_metrics_put(m, PS_METRIC_cus, s.cus_lost, PS_LABELS("lost"));
    ps_metrics_put(m, PS_METRIC_cus, s.cus_quarantined, PS_LABELS("quarantined"));
    put_queues(m, d, &s);
}

/* One figure of each card that has it. */
static void put_cards(struct ps_metrics *m, const struct ps_daemon *d, enum ps_metric id)
{
    for (uint32_t i = 0; d->accel != NULL && i < ps_accel_card_count(d->accel); i++) {
        struct ps_accel_card_info card;
        char device[16];

        ps_accel_card_info(d->accel, i, &card);
        snprintf(device, sizeof(device), "%u", card.device_idx);
        const double value = id == PS_METRIC_card_up             ? card.state == PS_ACCEL_CARD_OK
                             : id == PS_METRIC_card_losses_total ? (double)card.losses
                             : id == PS_METRIC_card_power_watts  ? card.power_w
                                                                 : card.temperature_c;
        if (!isnan(value))
            ps_metrics_put(m, id, value, PS_LABELS(device));
    }
}

static void put_pipeline(struct ps_metrics *m, const struct ps_daemon *d)
{
    static const char *const check[PS_CHECK_COUNT] = {
        [PS_CHECK_SCALE_INPUT] = "scale_input",
        [PS_CHECK_MARK_INPUT] = "mark_input",
        [PS_CHECK_ENCODE_INPUT] = "encode_input",
        [PS_CHECK_BITS] = "bits",
        [PS_CHECK_FORM] = "form",
        [PS_CHECK_STATE] = "state",
    };
    struct ps_pipeline_status s;

    ps_pipeline_status(d->pipeline, &s);
    for (unsigned q = 0; q < PS_QUEUE_COUNT; q++)
        ps_metrics_put(m, PS_METRIC_segments_made_total, (double)s.made[q],
                       PS_LABELS(queue_name[q]));
    ps_metrics_put_plain(m, PS_METRIC_segments_failed_total, (double)s.failed);
    ps_metrics_put_plain(m, PS_METRIC_segments_cancelled_total, (double)s.cancelled);
    ps_metrics_put_plain(m, PS_METRIC_segments_promoted_total, (double)s.promoted);
    ps_metrics_put_plain(m, PS_METRIC_segments_restarted_total, (double)s.restarts);
    for (unsigned i = 0; i < PS_CHECK_COUNT; i++)
        ps_metrics_put(m, PS_METRIC_verify_errors_total, (double)s.verify_errors[i],
                       PS_LABELS(check[i]));
}

/* ---- buffer and viewers ---- */

static void put_space(struct ps_metrics *m, const struct ps_tier_status *s)
{
    static const char *const where[] = { NULL, "accepted", "written", "durable" };

    ps_metrics_put(m, PS_METRIC_tier_capacity_bytes, (double)s->dram_bytes, PS_LABELS("dram"));
    ps_metrics_put(m, PS_METRIC_tier_capacity_bytes, (double)s->nvme_bytes, PS_LABELS("nvme"));
    ps_metrics_put(m, PS_METRIC_tier_used_bytes, (double)s->dram_used_bytes, PS_LABELS("dram"));
    ps_metrics_put(m, PS_METRIC_tier_used_bytes, (double)s->nvme_used_bytes, PS_LABELS("nvme"));
    for (unsigned i = PS_TIER_ACCEPTED; i <= PS_TIER_DURABLE; i++)
        ps_metrics_put(m, PS_METRIC_tier_segments, (double)s->segments[i], PS_LABELS(where[i]));
    for (unsigned i = 0; i < PS_TIER_CLASS_COUNT; i++)
        ps_metrics_put(m, PS_METRIC_tier_class_bytes, (double)s->class_bytes[i],
                       PS_LABELS(ps_report_class((enum ps_tier_class)i)));
    for (unsigned i = 0; i < PS_TIER_CLASS_COUNT; i++)
        ps_metrics_put(m, PS_METRIC_tier_class_quota_bytes, (double)s->class_quota_bytes[i],
                       PS_LABELS(ps_report_class((enum ps_tier_class)i)));
    ps_metrics_put_plain(m, PS_METRIC_tier_unused_bytes, (double)s->unused_bytes);
}

static void put_tier(struct ps_metrics *m, const struct ps_daemon *d)
{
    struct ps_tier_status s;

    ps_tier_status(d->tier, &s);
    put_space(m, &s);
    ps_metrics_put(m, PS_METRIC_tier_lookups_total, (double)s.hits_dram, PS_LABELS("dram"));
    ps_metrics_put(m, PS_METRIC_tier_lookups_total, (double)s.hits_nvme, PS_LABELS("nvme"));
    ps_metrics_put(m, PS_METRIC_tier_lookups_total, (double)s.misses, PS_LABELS("miss"));
    ps_metrics_put_plain(m, PS_METRIC_tier_puts_total, (double)s.puts);
    ps_metrics_put_plain(m, PS_METRIC_tier_puts_refused_total, (double)s.put_refused);
    ps_metrics_put(m, PS_METRIC_tier_evicted_segments_total,
                   (double)(s.evicted_segments - s.evicted_unused_segments), PS_LABELS("true"));
    ps_metrics_put(m, PS_METRIC_tier_evicted_segments_total, (double)s.evicted_unused_segments,
                   PS_LABELS("false"));
    ps_metrics_put_plain(m, PS_METRIC_tier_reinserted_segments_total,
                         (double)s.reinserted_segments);
    ps_metrics_put_plain(m, PS_METRIC_tier_written_bytes_total, (double)s.written_bytes);
    ps_metrics_put_plain(m, PS_METRIC_tier_flushes_total, (double)s.flushes);
    ps_metrics_put_plain(m, PS_METRIC_tier_io_errors_total, (double)s.io_errors);
    ps_metrics_put_plain(m, PS_METRIC_tier_crc_errors_total, (double)s.crc_errors);
    ps_metrics_put_plain(m, PS_METRIC_tier_dram_only, s.dram_only);
}

static void put_latency(struct ps_metrics *m, const struct ps_deliver_status *s)
{
    double bounds[PS_DELIVER_LATENCY_BUCKETS];
    const struct ps_metrics_histogram told = { .bounds = bounds,
                                               .counts = s->latency,
                                               .bound_count = PS_DELIVER_LATENCY_BUCKETS,
                                               .sum = seconds(s->latency_sum_ns) };

    for (uint32_t i = 0; i < PS_DELIVER_LATENCY_BUCKETS; i++)
        bounds[i] = ps_deliver_latency_ms[i] / 1e3;
    ps_metrics_put_histogram(m, PS_METRIC_deliver_segment_seconds, &told);
}

static void put_deliver(struct ps_metrics *m, const struct ps_daemon *d)
{
    struct ps_deliver_status s;

    ps_deliver_status(d->deliver, &s);
    ps_metrics_put_plain(m, PS_METRIC_deliver_requests_total, (double)s.requests);
    ps_metrics_put_plain(m, PS_METRIC_deliver_starts_total, (double)s.starts);
    ps_metrics_put(m, PS_METRIC_deliver_segments_total, (double)s.hits, PS_LABELS("hit"));
    ps_metrics_put(m, PS_METRIC_deliver_segments_total, (double)s.waits_making,
                   PS_LABELS("making"));
    ps_metrics_put(m, PS_METRIC_deliver_segments_total, (double)s.misses, PS_LABELS("miss"));
    const struct {
        const char *why;
        uint64_t count;
    } failed[] = { { "not_found", s.not_found },      { "refused", s.refused },
                   { "timed_out", s.timed_out },      { "client_gone", s.client_gone },
                   { "bad_request", s.bad_requests }, { "denied", s.denied } };
    for (unsigned i = 0; i < PS_ARRAY_LEN(failed); i++)
        ps_metrics_put(m, PS_METRIC_deliver_failed_total, (double)failed[i].count,
                       PS_LABELS(failed[i].why));
    ps_metrics_put_plain(m, PS_METRIC_deliver_waiting, (double)s.waiting);
    ps_metrics_put_plain(m, PS_METRIC_deliver_not_admitted_total, (double)d->not_admitted);
    ps_metrics_put_plain(m, PS_METRIC_deliver_sent_bytes_total, (double)s.bytes);
    put_latency(m, &s);
}

/* ---- over HTTP ---- */

static void tell(void *arg, struct ps_http_request *request)
{
    const struct ps_daemon *d = arg;
    struct ps_metrics *m = d->metrics;

    if (strcmp(ps_http_path(request), "/metrics") != 0) {
        ps_http_reply_error(request, 404, "no such path", 0);
        return;
    }
    ps_metrics_clear(m);
    put_node(m, d);
    put_demand(m, d);
    put_peers(m, d);
    ps_agents_put_metrics(m, d);
    ps_cluster_put_metrics(m, d);
    ps_tokens_put_metrics(m, d);
    ps_messaging_put_metrics(m, d);
    ps_metrics_put_predict(m, d);
    ps_metrics_put_bets(m, d);
    put_work(m, d);
    put_cards(m, d, PS_METRIC_card_up);
    put_cards(m, d, PS_METRIC_card_losses_total);
    put_cards(m, d, PS_METRIC_card_power_watts);
    put_cards(m, d, PS_METRIC_card_temperature_celsius);
    put_pipeline(m, d);
    put_tier(m, d);
    put_deliver(m, d);
    if (m->full)
        ps_http_reply_error(request, 500, "the page is too large", 0);
    else
        ps_http_reply_text(request, 200, PS_METRICS_TYPE, m->text);
}

static int listen_for(struct ps_daemon *d, const char *where)
{
    char address[PS_HTTP_ADDRESS_BYTES_MAX];
    struct ps_http_config http = { .address = address,
                                   .connections_max = CONNECTIONS_MAX,
                                   .idle_timeout_s = IDLE_TIMEOUT_S };
    int rc = ps_http_split_address(where, address, &http.port);

    if (rc == 0)
        rc = ps_http_create(&d->metrics_http, &http);
    if (rc != 0) {
        ps_error("metrics", "cannot_listen", "listen=%s status=\"%s\"", where, strerror(-rc));
        return rc;
    }
    ps_info("metrics", "listening", "address=%s port=%u", address, ps_http_port(d->metrics_http));
    return 0;
}

int ps_daemon_create_metrics(struct ps_daemon *d)
{
    const char *where = d->config->metrics.listen;

    if (where == NULL)
        return 0;
    d->metrics = ps_zalloc(1, sizeof(*d->metrics));
    if (d->metrics == NULL)
        return -ENOMEM;
    int rc = listen_for(d, where);
    if (rc == 0)
        rc = ps_http_route(d->metrics_http, "/metrics", tell, d);
    return rc == 0 ? ps_health_serve(d, d->metrics_http) : rc;
}
