/* SPDX-License-Identifier: BSD-3-Clause */
/* host/daemon/status.c - the state of the whole, and of the tier. */
#include "host/daemon/cards.h"
#include "host/daemon/cluster.h"
#include "host/daemon/health.h"
#include "host/daemon/report.h"

/* ---- status ---- */

static void put_degraded(struct ps_msg_writer *w, const struct ps_daemon *d)
{
    static const char *const sentence[PS_HEALTH_PART_COUNT] = {
        [PS_HEALTH_TIER] = "tier: the device failed; new segments are kept in DRAM only",
        [PS_HEALTH_NIC] = "demand: prestage-nic is not connected",
        [PS_HEALTH_PEERS] = "peers: they cannot be written to the state directory",
        [PS_HEALTH_RESERVATIONS] = "reservations: they cannot be written to the state directory",
        [PS_HEALTH_SPECULATION] =
            "speculation: rests, a reactive cache would have done better of late",
        [PS_HEALTH_MODEL] = "predict: the model cannot be written to the state directory",
        [PS_HEALTH_DELIVER] = "deliver: more segments ended at once than could be told",
    };
    struct ps_health health;

    ps_health_look(d, &health);
    ps_msg_pair_array(w, "degraded");
    if (d->degraded_card != NULL)
        ps_msg_put_str(w, d->degraded_card);
    ps_cards_degraded(d, w);
    for (unsigned part = PS_HEALTH_TIER; part < PS_HEALTH_PART_COUNT; part++)
        if (health.part[part] == PS_HEALTH_FAILED)
            ps_msg_put_str(w, part == PS_HEALTH_CLUSTER ? ps_cluster_complaint(d) : sentence[part]);
    ps_msg_close(w);
}

static void put_demand(struct ps_msg_writer *w, const struct ps_daemon *d,
                       const struct ps_feed_status *feed)
{
    const uint64_t now_ns = ps_clock_now_ns(&d->clock);

    ps_msg_pair_map(w, "demand");
    ps_msg_pair_bool(w, "nic_connected", feed->nic_connected);
    ps_msg_pair_u64(w, "nic_refused", feed->nic_refused);
    ps_msg_pair_f64(w, "nic_age_s",
                    feed->nic_last_ns == 0 ? 0.0 : (double)(now_ns - feed->nic_last_ns) / 1e9);
    ps_msg_pair_u64(w, "nic_packets", feed->nic_packets);
    ps_msg_pair_u64(w, "nic_media_requests", feed->nic_media_requests);
    ps_msg_pair_u64(w, "nic_dups", feed->nic_dups);
    ps_msg_pair_u64(w, "nic_shed", feed->nic_shed);
    ps_msg_pair_u64(w, "log_requests", feed->log_requests);
    ps_msg_pair_u64(w, "samples_nic", feed->samples[PS_DEMAND_NIC]);
    ps_msg_pair_u64(w, "samples_log", feed->samples[PS_DEMAND_LOG]);
    ps_msg_pair_u64(w, "samples_history", feed->samples[PS_DEMAND_HISTORY]);
    ps_msg_pair_u64(w, "unknown", feed->unknown);
    ps_msg_close(w);
}

/* A horizon's figures, as `labels_5m` and so on. */
static void put_horizon(struct ps_msg_writer *w, const struct ps_predict_status *s,
                        enum ps_horizon horizon)
{
    static const char *const names[PS_HORIZON_COUNT][4] = {
        { "labels_5m", "said_5m", "happened_5m", "calibration_error_5m" },
        { "labels_15m", "said_15m", "happened_15m", "calibration_error_15m" },
        { "labels_60m", "said_60m", "happened_60m", "calibration_error_60m" },
    };

    ps_msg_pair_u64(w, names[horizon][0], s->labels[horizon]);
    ps_msg_pair_f64(w, names[horizon][1], s->mean_said[horizon]);
    ps_msg_pair_f64(w, names[horizon][2], s->mean_happened[horizon]);
    ps_msg_pair_f64(w, names[horizon][3], s->calibration_error[horizon]);
}

static void put_predict(struct ps_msg_writer *w, const struct ps_daemon *d)
{
    struct ps_predict_status s;

    ps_predict_status(d->predict, &s);
    ps_msg_pair_map(w, "predict");
    ps_msg_pair_u64(w, "resources", s.resources);
    ps_msg_pair_u64(w, "samples", s.samples);
    ps_msg_pair_u64(w, "starts", s.starts);
    ps_msg_pair_u64(w, "forgotten", s.forgotten);
    ps_msg_pair_u64(w, "predictions", d->predictions.count);
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++)
        put_horizon(w, &s, (enum ps_horizon)h);
    ps_msg_close(w);
}

static void put_model(struct ps_msg_writer *w, const struct ps_daemon *d)
{
    const struct ps_model_file *m = &d->model;

    ps_msg_pair_map(w, "model");
    ps_msg_pair_u64(w, "version", PS_PREDICT_MODEL_VERSION);
    ps_msg_pair_str(w, "origin", ps_report_origin(m->origin));
    ps_msg_pair_u64(w, "saves", m->saves);
    ps_msg_pair_u64(w, "save_errors", m->save_errors);
    ps_msg_pair_u64(w, "size_bytes", m->size_bytes);
    ps_msg_pair_u64(w, "serialise_us", m->serialise_us);
    ps_msg_put_str(w, "age_s");
    if (m->saved_ns == 0)
        ps_msg_put_nil(w);
    else
        ps_msg_put_f64(w, (double)(ps_clock_now_ns(&d->clock) - m->saved_ns) / 1e9);
    ps_msg_close(w);
}

/* One row per bin, all horizons in it. */
static void put_calibration(struct ps_msg_writer *w, const struct ps_daemon *d)
{
    static const char *const names[PS_HORIZON_COUNT][3] = {
        { "said_5m", "happened_5m", "count_5m" },
        { "said_15m", "happened_15m", "count_15m" },
        { "said_60m", "happened_60m", "count_60m" },
    };
    struct ps_predict_calibration bins[PS_HORIZON_COUNT];

    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++)
        ps_predict_calibration(d->predict, (enum ps_horizon)h, &bins[h]);
    ps_msg_pair_array(w, "calibration");
    for (unsigned b = 0; b < PS_PREDICT_CALIBRATION_BINS; b++) {
        ps_msg_open_map(w);
        ps_msg_pair_f64(w, "from", (double)b / PS_PREDICT_CALIBRATION_BINS);
        for (unsigned h = 0; h < PS_HORIZON_COUNT; h++) {
            ps_msg_pair_f64(w, names[h][0], bins[h].said[b]);
            ps_msg_pair_f64(w, names[h][1], bins[h].happened[b]);
            ps_msg_pair_u64(w, names[h][2], bins[h].count[b]);
        }
        ps_msg_close(w);
    }
    ps_msg_close(w);
}

static void put_peers(struct ps_msg_writer *w, const struct ps_daemon *d)
{
    struct ps_peers_status s = { .peers = 0 };

    if (d->peers != NULL)
        ps_peers_status(d->peers, &s);
    ps_msg_pair_map(w, "peers");
    ps_msg_pair_u64(w, "known", s.peers);
    ps_msg_pair_u64(w, "salts", s.salts);
    ps_msg_pair_u64(w, "opted_out", s.opt_outs);
    ps_msg_pair_u64(w, "forgotten_in_time", s.forgotten_in_time);
    ps_msg_pair_u64(w, "forgotten_for_room", s.forgotten_for_room);
    ps_msg_pair_u64(w, "erased", s.erased);
    ps_msg_close(w);
}

static void put_work(struct ps_msg_writer *w, const struct ps_daemon *d)
{
    struct ps_alloc_status s = { .cus_lost = 0 };
    const uint32_t cu_count = d->accel == NULL ? 0 : ps_accel_cu_count(d->accel);

    if (d->alloc != NULL)
        ps_alloc_status(d->alloc, &s);
    const uint64_t busy = s.running[PS_QUEUE_REAL_TIME] + s.running[PS_QUEUE_SPECULATIVE];
    ps_msg_pair_map(w, "cus");
    ps_msg_pair_u64(w, "idle", cu_count < busy + s.cus_lost ? 0 : cu_count - busy - s.cus_lost);
    ps_msg_pair_u64(w, "real_time", s.running[PS_QUEUE_REAL_TIME]);
    ps_msg_pair_u64(w, "speculative", s.running[PS_QUEUE_SPECULATIVE]);
    ps_msg_pair_u64(w, "lost", s.cus_lost);
    ps_msg_close(w);
    ps_msg_pair_map(w, "queues");
    ps_msg_pair_u64(w, "real_time", s.jobs[PS_QUEUE_REAL_TIME]);
    ps_msg_pair_u64(w, "speculative", s.jobs[PS_QUEUE_SPECULATIVE]);
    ps_msg_close(w);
}

static void put_pipeline(struct ps_msg_writer *w, const struct ps_daemon *d)
{
    static const char *const wrong[PS_CHECK_COUNT] = {
        [PS_CHECK_SCALE_INPUT] = "wrong_scale_input",
        [PS_CHECK_MARK_INPUT] = "wrong_mark_input",
        [PS_CHECK_ENCODE_INPUT] = "wrong_encode_input",
        [PS_CHECK_BITS] = "wrong_bits",
        [PS_CHECK_FORM] = "wrong_form",
        [PS_CHECK_STATE] = "wrong_state",
    };
    struct ps_pipeline_status s;
    uint64_t errors = 0;

    ps_pipeline_status(d->pipeline, &s);
    for (uint32_t i = 0; i < PS_CHECK_COUNT; i++)
        errors += s.verify_errors[i];
    ps_msg_pair_map(w, "pipeline");
    ps_msg_pair_u64(w, "made_real_time", s.made[PS_QUEUE_REAL_TIME]);
    ps_msg_pair_u64(w, "made_speculative", s.made[PS_QUEUE_SPECULATIVE]);
    ps_msg_pair_u64(w, "failed", s.failed);
    ps_msg_pair_u64(w, "cancelled", s.cancelled);
    ps_msg_pair_u64(w, "promoted", s.promoted);
    ps_msg_pair_u64(w, "restarts", s.restarts);
    ps_msg_pair_u64(w, "buffers_taken", s.buffers_taken);
    ps_msg_pair_u64(w, "verify_errors", errors);
    for (uint32_t i = 0; i < PS_CHECK_COUNT; i++)
        ps_msg_pair_u64(w, wrong[i], s.verify_errors[i]);
    ps_msg_close(w);
}

static void put_deliver(struct ps_msg_writer *w, const struct ps_deliver_status *s)
{
    ps_msg_pair_map(w, "deliver");
    ps_msg_pair_u64(w, "requests", s->requests);
    ps_msg_pair_u64(w, "starts", s->starts);
    ps_msg_pair_u64(w, "segments", s->segments);
    ps_msg_pair_u64(w, "hits", s->hits);
    ps_msg_pair_u64(w, "waits_making", s->waits_making);
    ps_msg_pair_u64(w, "misses", s->misses);
    ps_msg_pair_u64(w, "waiting", s->waiting);
    ps_msg_pair_u64(w, "not_found", s->not_found);
    ps_msg_pair_u64(w, "refused", s->refused);
    ps_msg_pair_u64(w, "timed_out", s->timed_out);
    ps_msg_pair_u64(w, "client_gone", s->client_gone);
    ps_msg_pair_u64(w, "bad_requests", s->bad_requests);
    ps_msg_pair_u64(w, "denied", s->denied);
    ps_msg_pair_u64(w, "bytes", s->bytes);
    ps_msg_pair_array(w, "latency");
    for (uint32_t i = 0; i <= PS_DELIVER_LATENCY_BUCKETS; i++) {
        ps_msg_open_map(w);
        if (i < PS_DELIVER_LATENCY_BUCKETS)
            ps_msg_pair_u64(w, "le_ms", ps_deliver_latency_ms[i]);
        ps_msg_pair_u64(w, "count", s->latency[i]);
        ps_msg_close(w);
    }
    ps_msg_close(w);
    ps_msg_close(w);
}

static void put_speculation(struct ps_msg_writer *w, const struct ps_daemon *d)
{
    const struct ps_feedback *feedback = ps_ledger_feedback(d->ledger);
    const struct ps_feedback_cell *marginal = &feedback->marginal;
    struct ps_ledger_totals t;

    ps_ledger_totals(d->ledger, &t);
    ps_msg_pair_map(w, "speculation");
    ps_msg_pair_bool(w, "enabled", d->config->speculate.enabled);
    ps_msg_pair_f64(w, "threshold", d->steer.threshold);
    ps_msg_pair_f64(w, "cu_share", d->steer.share);
    ps_msg_pair_bool(w, "hour_ahead", d->room.wide);
    ps_msg_pair_f64(w, "useful_share", ps_feedback_recent(feedback));
    ps_msg_pair_f64(w, "marginal_bets", marginal->bets);
    ps_msg_pair_f64(w, "marginal_share",
                    marginal->bets > 0.0 ? marginal->useful / marginal->bets : 0.0);
    ps_report_fates(w, &t);
    ps_msg_close(w);
}

static void put_shadow(struct ps_msg_writer *w, const struct ps_daemon *d)
{
    struct ps_shadow_status s;

    ps_shadow_status(d->shadow, &s);
    ps_msg_pair_map(w, "shadow");
    ps_msg_pair_u64(w, "requests", s.requests);
    ps_msg_pair_u64(w, "hits", s.hits);
    ps_msg_pair_u64(w, "shadow_hits", s.shadow_hits);
    ps_msg_pair_f64(w, "share", s.share);
    ps_msg_pair_f64(w, "shadow_share", s.shadow_share);
    ps_msg_pair_f64(w, "sampled", s.sampled);
    ps_msg_pair_bool(w, "resting", s.resting);
    ps_msg_pair_u64(w, "rests", s.rests);
    ps_msg_close(w);
}

static void pair_space(struct ps_msg_writer *w, const struct ps_tier_status *s)
{
    ps_msg_pair_u64(w, "dram_bytes", s->dram_bytes);
    ps_msg_pair_u64(w, "dram_used_bytes", s->dram_used_bytes);
    ps_msg_pair_u64(w, "nvme_bytes", s->nvme_bytes);
    ps_msg_pair_u64(w, "nvme_used_bytes", s->nvme_used_bytes);
    ps_msg_pair_bool(w, "dram_only", s->dram_only);
}

int ps_report_status(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    const struct ps_daemon *d = arg;
    struct ps_tier_status tier;
    struct ps_feed_status feed;
    struct ps_deliver_status deliver;

    (void)params;
    ps_tier_status(d->tier, &tier);
    ps_feed_status(d->feed, &feed);
    ps_deliver_status(d->deliver, &deliver);
    ps_msg_open_map(w);
    ps_msg_pair_str(w, "version", PS_VERSION);
    ps_msg_pair_bool(w, "emulated", d->accel != NULL && ps_accel_is_emulated(d->accel));
    ps_msg_pair_str(w, "device", d->accel == NULL ? "none" : ps_accel_device_name(d->accel));
    ps_msg_pair_str(w, "mode", d->config->speculate.enabled ? "prestage" : "reactive");
    ps_msg_pair_str(w, "policy", ps_report_policy(d));
    ps_msg_pair_f64(w, "uptime_s", (double)(ps_clock_mono_ns() - d->started_mono_ns) / 1e9);
    ps_msg_pair_f64(w, "time_scale", d->config->time_scale);
    ps_msg_pair_u64(w, "turn_count", d->turn_count);
    ps_msg_pair_u64(w, "turn_us_p99", (uint64_t)ps_histogram_quantile(&d->turn_us, 0.99));
    ps_msg_pair_u64(w, "media_count", ps_catalogue_count(d->catalogue));
    ps_msg_pair_u64(w, "profile_count", d->config->profile_count);
    put_degraded(w, d);
    put_demand(w, d, &feed);
    put_peers(w, d);
    put_predict(w, d);
    ps_messaging_put_status(w, d);
    put_model(w, d);
    ps_looks_report(w, &d->looks);
    put_work(w, d);
    put_pipeline(w, d);
    ps_msg_pair_map(w, "tier");
    ps_msg_pair_f64(w, "hit_share", ps_report_share(deliver.hits, deliver.segments));
    pair_space(w, &tier);
    ps_msg_close(w);
    put_deliver(w, &deliver);
    ps_tokens_put_status(w, d);
    put_speculation(w, d);
    put_shadow(w, d);
    put_calibration(w, d);
    ps_msg_close(w);
    return 0;
}

/* ---- tier ---- */

int ps_report_tier(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    const struct ps_daemon *d = arg;
    struct ps_tier_status s;

    (void)params;
    ps_tier_status(d->tier, &s);
    ps_msg_open_map(w);
    ps_msg_pair_str(w, "policy", ps_report_policy(d));
    ps_msg_pair_str(w, "io", s.dram_only ? "none" : s.uring ? "uring" : "pread");
    pair_space(w, &s);
    ps_msg_pair_u64(w, "accepted_segments", s.segments[PS_TIER_ACCEPTED]);
    ps_msg_pair_u64(w, "written_segments", s.segments[PS_TIER_WRITTEN]);
    ps_msg_pair_u64(w, "durable_segments", s.segments[PS_TIER_DURABLE]);
    ps_msg_pair_u64(w, "unused_bytes", s.unused_bytes);
    ps_msg_pair_f64(
        w, "hit_share",
        ps_report_share(s.hits_dram + s.hits_nvme, s.hits_dram + s.hits_nvme + s.misses));
    ps_msg_pair_u64(w, "hits_dram", s.hits_dram);
    ps_msg_pair_u64(w, "hits_nvme", s.hits_nvme);
    ps_msg_pair_u64(w, "misses", s.misses);
    ps_msg_pair_u64(w, "puts", s.puts);
    ps_msg_pair_u64(w, "put_refused", s.put_refused);
    ps_msg_pair_u64(w, "evicted_segments", s.evicted_segments);
    ps_msg_pair_u64(w, "evicted_unused_segments", s.evicted_unused_segments);
    ps_msg_pair_u64(w, "reinserted_segments", s.reinserted_segments);
    ps_msg_pair_u64(w, "written_bytes", s.written_bytes);
    ps_msg_pair_u64(w, "flushes", s.flushes);
    ps_msg_pair_u64(w, "io_errors", s.io_errors);
    ps_msg_pair_u64(w, "crc_errors", s.crc_errors);
    ps_msg_pair_u64(w, "recovered_segments", s.recovered_segments);
    ps_msg_pair_array(w, "classes");
    for (uint32_t i = 0; i < PS_TIER_CLASS_COUNT; i++) {
        ps_msg_open_map(w);
        ps_msg_pair_str(w, "class", ps_report_class((enum ps_tier_class)i));
        ps_msg_pair_u64(w, "bytes", s.class_bytes[i]);
        ps_msg_pair_u64(w, "quota_bytes", s.class_quota_bytes[i]);
        ps_msg_close(w);
    }
    ps_msg_close(w);
    ps_msg_close(w);
    return 0;
}
