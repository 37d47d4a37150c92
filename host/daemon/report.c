/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/daemon/report.c - the API's methods: each puts the fields that commands.def promises.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/log.h"
#include "host/base/mem.h"
#include "host/daemon/cards.h"
#include "host/daemon/daemon_priv.h"
#include "host/daemon/faults.h"
#include "host/daemon/nic.h"
#include "kernels/abi/kernels.h"

#define LIST_MAX 4096u /* the largest limit that the table of methods allows */

static uint32_t limit_of(const struct ps_msg_value *params)
{
    return (uint32_t)ps_msg_u64_or(params, "limit", PS_CONTROL_LIMIT_DEFAULT);
}

static const char *kernel_name(uint32_t kernel)
{
    static const char *const name[PSK_KERNEL_COUNT] = { "none", "scale", "h264enc", "mark" };

    return kernel < PSK_KERNEL_COUNT ? name[kernel] : "unknown";
}

const char *ps_daemon_kernel_name(uint32_t kernel)
{
    return kernel_name(kernel);
}

static const char *queue_name(enum ps_queue queue)
{
    return queue == PS_QUEUE_REAL_TIME ? "real-time" : "speculative";
}

static const char *tenant_name(const struct ps_daemon *d, uint32_t tenant)
{
    return tenant < d->config->tenant_count ? d->config->tenants[tenant].name : "unknown";
}

static void pair_resource(struct ps_msg_writer *w, const struct ps_daemon *d, uint64_t media_key,
                          uint64_t profile_key)
{
    const struct ps_media *media = ps_catalogue_by_key(d->catalogue, media_key);
    const struct ps_profile *profile = ps_daemon_profile(d, profile_key);

    ps_msg_pair_str(w, "media", media == NULL ? NULL : media->id);
    ps_msg_pair_str(w, "profile", profile == NULL ? NULL : profile->name);
}

static double share(uint64_t part, uint64_t whole)
{
    return whole == 0 ? 0.0 : (double)part / (double)whole;
}

/* ---- status ---- */

static void put_degraded(struct ps_msg_writer *w, const struct ps_daemon *d,
                         const struct ps_tier_status *tier, const struct ps_feed_status *feed)
{
    ps_msg_pair_array(w, "degraded");
    if (d->degraded_card != NULL)
        ps_msg_put_str(w, d->degraded_card);
    ps_cards_degraded(d, w);
    if (d->config->tier.path != NULL && tier->dram_only)
        ps_msg_put_str(w, "tier: the device failed; new segments are kept in DRAM only");
    if ((d->config->demand.nic_socket != NULL || d->config->demand.nic_listen != NULL) &&
        !feed->nic_connected)
        ps_msg_put_str(w, "demand: prestage-nic is not connected");
    if (d->leases_save_error != 0)
        ps_msg_put_str(w, "reservations: they cannot be written to the state directory");
    if (d->outcomes_lost > 0)
        ps_msg_put_str(w, "deliver: more segments ended at once than could be told");
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
    ps_msg_pair_u64(w, "labels_5m", s.labels[PS_HORIZON_5MIN]);
    ps_msg_pair_u64(w, "labels_15m", s.labels[PS_HORIZON_15MIN]);
    ps_msg_pair_f64(w, "said_5m", s.mean_said[PS_HORIZON_5MIN]);
    ps_msg_pair_f64(w, "happened_5m", s.mean_happened[PS_HORIZON_5MIN]);
    ps_msg_pair_f64(w, "said_15m", s.mean_said[PS_HORIZON_15MIN]);
    ps_msg_pair_f64(w, "happened_15m", s.mean_happened[PS_HORIZON_15MIN]);
    ps_msg_pair_f64(w, "calibration_error_5m", s.calibration_error[PS_HORIZON_5MIN]);
    ps_msg_pair_f64(w, "calibration_error_15m", s.calibration_error[PS_HORIZON_15MIN]);
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

static void put_fates(struct ps_msg_writer *w, const struct ps_ledger_totals *t)
{
    ps_msg_pair_u64(w, "staged", t->staged);
    ps_msg_pair_u64(w, "used", t->by_fate[PS_FATE_USED]);
    ps_msg_pair_u64(w, "late", t->by_fate[PS_FATE_LATE]);
    ps_msg_pair_u64(w, "wasted", t->by_fate[PS_FATE_WASTED]);
    ps_msg_pair_u64(w, "evicted_unused", t->by_fate[PS_FATE_EVICTED_UNUSED]);
    ps_msg_pair_u64(w, "still_there", t->by_fate[PS_FATE_STORED] + t->by_fate[PS_FATE_MAKING]);
}

static void put_speculation(struct ps_msg_writer *w, const struct ps_daemon *d)
{
    struct ps_ledger_totals t;

    ps_ledger_totals(d->ledger, &t);
    ps_msg_pair_map(w, "speculation");
    ps_msg_pair_bool(w, "enabled", d->config->speculate.enabled);
    ps_msg_pair_f64(w, "threshold", d->steer.threshold);
    ps_msg_pair_f64(w, "cu_share", d->steer.share);
    put_fates(w, &t);
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

static const char *policy_name(const struct ps_daemon *d)
{
    return d->config->tier.policy == PS_CONFIG_POLICY_S3FIFO ? "s3fifo" : "confidence";
}

static int status(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
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
    ps_msg_pair_str(w, "policy", policy_name(d));
    ps_msg_pair_f64(w, "uptime_s", (double)(ps_clock_mono_ns() - d->started_mono_ns) / 1e9);
    ps_msg_pair_f64(w, "time_scale", d->config->time_scale);
    ps_msg_pair_u64(w, "turn_count", d->turn_count);
    ps_msg_pair_u64(w, "turn_us_p99", (uint64_t)ps_histogram_quantile(&d->turn_us, 0.99));
    ps_msg_pair_u64(w, "media_count", ps_catalogue_count(d->catalogue));
    ps_msg_pair_u64(w, "profile_count", d->config->profile_count);
    put_degraded(w, d, &tier, &feed);
    put_demand(w, d, &feed);
    put_predict(w, d);
    put_work(w, d);
    put_pipeline(w, d);
    ps_msg_pair_map(w, "tier");
    ps_msg_pair_f64(w, "hit_share", share(deliver.hits, deliver.segments));
    pair_space(w, &tier);
    ps_msg_close(w);
    put_deliver(w, &deliver);
    put_speculation(w, d);
    ps_msg_close(w);
    return 0;
}

/* ---- predictions ---- */

static const char *stored_name(const struct ps_daemon *d, const struct ps_resource *resource)
{
    static const char *const name[] = { "absent", "accepted", "written", "durable" };
    const struct ps_media *media = ps_catalogue_by_key(d->catalogue, resource->media_key);
    const struct ps_profile *profile = ps_daemon_profile(d, resource->profile_key);

    if (media == NULL || profile == NULL || media->state != PS_MEDIA_READY)
        return name[PS_TIER_ABSENT];
    const struct ps_segment_key key = ps_speculate_key(media, profile, 0);
    return ps_pipeline_is_making(d->pipeline, &key) ? "making" : name[ps_tier_where(d->tier, &key)];
}

static int predictions(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    const struct ps_daemon *d = arg;
    const uint32_t limit = limit_of(params);

    ps_msg_open_array(w);
    for (uint32_t i = 0; i < d->predictions.count && i < limit; i++) {
        const struct ps_prediction *p = &d->predictions.items[i];

        ps_msg_open_map(w);
        ps_msg_pair_u64(w, "rank", i + 1);
        pair_resource(w, d, p->resource.media_key, p->resource.profile_key);
        ps_msg_pair_f64(w, "expected_5m", p->expected[PS_HORIZON_5MIN]);
        ps_msg_pair_f64(w, "expected_15m", p->expected[PS_HORIZON_15MIN]);
        ps_msg_pair_f64(w, "p_5m", p->confidence[PS_HORIZON_5MIN]);
        ps_msg_pair_f64(w, "p_15m", p->confidence[PS_HORIZON_15MIN]);
        ps_msg_pair_str(w, "reason", ps_reason_name(p->reason));
        ps_msg_pair_str(w, "stored", stored_name(d, &p->resource));
        ps_msg_close(w);
    }
    ps_msg_close(w);
    return 0;
}

/* ---- queues ---- */

static void put_job(struct ps_msg_writer *w, const struct ps_daemon *d, const struct ps_job *job)
{
    static const char *const state[] = { "queued", "running", "suspended",
                                         "done",   "failed",  "cancelled" };
    const int64_t left_ns = (int64_t)(job->deadline_ns - ps_clock_now_ns(&d->clock));

    ps_msg_open_map(w);
    ps_msg_pair_u64(w, "id", job->id);
    pair_resource(w, d, job->segment.media_key, job->segment.profile_key);
    ps_msg_pair_i64(w, "index", job->segment.index);
    ps_msg_pair_str(w, "variant", (char[]){ job->segment.variant, '\0' });
    ps_msg_pair_str(w, "kernel", kernel_name(job->kernel));
    ps_msg_pair_str(w, "tenant", tenant_name(d, job->tenant));
    ps_msg_pair_str(w, "queue", queue_name(job->queue));
    ps_msg_pair_str(w, "state", state[job->state]);
    if (job->queue == PS_QUEUE_REAL_TIME)
        ps_msg_pair_i64(w, "deadline_ms", left_ns / (int64_t)PS_NS_PER_MSEC);
    else
        ps_msg_pair_f64(w, "benefit", job->benefit);
    ps_msg_close(w);
}

static int put_jobs(struct ps_msg_writer *w, const struct ps_daemon *d, uint32_t limit)
{
    struct ps_job *jobs = ps_zalloc(LIST_MAX, sizeof(*jobs));

    if (jobs == NULL)
        return -ENOMEM;
    const uint32_t count = d->alloc == NULL ? 0 : ps_alloc_list(d->alloc, jobs, limit);
    ps_msg_pair_array(w, "jobs");
    for (uint32_t i = 0; i < count; i++)
        put_job(w, d, &jobs[i]);
    ps_msg_close(w);
    free(jobs);
    return 0;
}

static int put_makings(struct ps_msg_writer *w, const struct ps_daemon *d, uint32_t limit)
{
    struct ps_making_info *makings = ps_zalloc(LIST_MAX, sizeof(*makings));
    const uint64_t now_ns = ps_clock_now_ns(&d->clock);

    if (makings == NULL)
        return -ENOMEM;
    const uint32_t count = ps_pipeline_list(d->pipeline, makings, limit);
    ps_msg_pair_array(w, "making");
    for (uint32_t i = 0; i < count; i++) {
        ps_msg_open_map(w);
        pair_resource(w, d, makings[i].key.media_key, makings[i].key.profile_key);
        ps_msg_pair_i64(w, "index", makings[i].key.index);
        ps_msg_pair_str(w, "queue", queue_name(makings[i].queue));
        ps_msg_pair_u64(w, "age_ms", (now_ns - makings[i].begun_ns) / PS_NS_PER_MSEC);
        ps_msg_close(w);
    }
    ps_msg_close(w);
    free(makings);
    return 0;
}

static int queues(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    const struct ps_daemon *d = arg;
    struct ps_alloc_status s = { .cus_lost = 0 };
    struct ps_ledger_totals t;
    int rc;

    if (d->alloc != NULL)
        ps_alloc_status(d->alloc, &s);
    ps_ledger_totals(d->ledger, &t);
    ps_msg_open_map(w);
    ps_msg_pair_bool(w, "emulated", d->accel != NULL && ps_accel_is_emulated(d->accel));
    rc = put_jobs(w, d, limit_of(params));
    if (rc == 0)
        rc = put_makings(w, d, limit_of(params));
    ps_msg_pair_map(w, "cu_seconds");
    ps_msg_pair_f64(w, "real_time",
                    (double)ps_clock_real_ns(&d->clock, s.busy_ns[PS_QUEUE_REAL_TIME]) / 1e9);
    ps_msg_pair_f64(w, "speculative",
                    (double)ps_clock_real_ns(&d->clock, s.busy_ns[PS_QUEUE_SPECULATIVE]) / 1e9);
    ps_msg_pair_f64(w, "wasted", (double)t.wasted_busy_ns / 1e9);
    ps_msg_close(w);
    ps_msg_pair_u64(w, "deadlines_missed", s.late);
    ps_msg_pair_u64(w, "not_admitted", d->not_admitted);
    /* Waits are in prestage's time; a viewer feels real time. */
    const double us_per_ms = 1000.0 * d->config->time_scale;
    ps_msg_pair_map(w, "rt_wait_ms");
    ps_msg_pair_f64(w, "p50", ps_histogram_quantile(&s.wait_us, 0.50) / us_per_ms);
    ps_msg_pair_f64(w, "p99", ps_histogram_quantile(&s.wait_us, 0.99) / us_per_ms);
    ps_msg_close(w);
    ps_msg_close(w);
    return rc;
}

/* ---- tier ---- */

static int tier(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    static const char *const class_name[PS_TIER_CLASS_COUNT] = { "demanded", "likely", "maybe" };
    const struct ps_daemon *d = arg;
    struct ps_tier_status s;

    (void)params;
    ps_tier_status(d->tier, &s);
    ps_msg_open_map(w);
    ps_msg_pair_str(w, "policy", policy_name(d));
    ps_msg_pair_str(w, "io", s.dram_only ? "none" : s.uring ? "uring" : "pread");
    pair_space(w, &s);
    ps_msg_pair_u64(w, "accepted_segments", s.segments[PS_TIER_ACCEPTED]);
    ps_msg_pair_u64(w, "written_segments", s.segments[PS_TIER_WRITTEN]);
    ps_msg_pair_u64(w, "durable_segments", s.segments[PS_TIER_DURABLE]);
    ps_msg_pair_u64(w, "unused_bytes", s.unused_bytes);
    ps_msg_pair_f64(w, "hit_share",
                    share(s.hits_dram + s.hits_nvme, s.hits_dram + s.hits_nvme + s.misses));
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
        ps_msg_pair_str(w, "class", class_name[i]);
        ps_msg_pair_u64(w, "bytes", s.class_bytes[i]);
        ps_msg_pair_u64(w, "quota_bytes", s.class_quota_bytes[i]);
        ps_msg_close(w);
    }
    ps_msg_close(w);
    ps_msg_close(w);
    return 0;
}

/* ---- devices ---- */

static void put_cu_job(struct ps_msg_writer *w, const struct ps_daemon *d, uint32_t cu)
{
    const uint64_t job_id = ps_alloc_job_on(d->alloc, cu);
    const struct ps_job *job = ps_alloc_job(d->alloc, job_id);

    ps_msg_put_str(w, "job");
    if (job == NULL)
        ps_msg_put_nil(w);
    else
        ps_msg_put_u64(w, job_id);
    ps_msg_pair_str(w, "queue", job == NULL ? NULL : queue_name(job->queue));
}

static void put_cu_service(struct ps_msg_writer *w, const struct ps_daemon *d, uint32_t cu)
{
    static const char *const state[] = { "in-service", "quarantined", "probed", "lost" };
    const uint64_t now_ns = ps_clock_now_ns(&d->clock);
    struct ps_alloc_cu_info info;

    ps_alloc_cu_info(d->alloc, cu, &info);
    ps_msg_pair_str(w, "service", state[info.state]);
    ps_msg_put_str(w, "quarantine_s");
    if (info.state == PS_ALLOC_CU_QUARANTINED && info.until_ns > now_ns)
        ps_msg_put_f64(w, (double)ps_clock_real_ns(&d->clock, info.until_ns - now_ns) / 1e9);
    else
        ps_msg_put_nil(w);
    ps_msg_pair_u64(w, "quarantines", info.quarantines);
    ps_msg_pair_u64(w, "reserved", info.reserved);
}

static int devices(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    static const char *const state[] = { "idle", "busy", "lost" };
    const struct ps_daemon *d = arg;
    struct ps_accel_cu_info info;

    (void)params;
    ps_msg_open_array(w);
    for (uint32_t cu = 0; d->accel != NULL && cu < ps_accel_cu_count(d->accel); cu++) {
        ps_accel_cu_info(d->accel, cu, &info);
        ps_msg_open_map(w);
        ps_msg_pair_str(w, "name", info.name);
        ps_msg_pair_str(w, "kernel", kernel_name(info.kernel));
        ps_msg_pair_u64(w, "device", info.device_idx);
        ps_msg_pair_bool(w, "emulated", ps_accel_is_emulated(d->accel));
        ps_msg_pair_str(w, "state", state[info.state]);
        put_cu_job(w, d, cu);
        put_cu_service(w, d, cu);
        ps_msg_pair_u64(w, "runs", info.runs);
        ps_msg_pair_u64(w, "errors", info.errors);
        ps_msg_pair_u64(w, "timeouts", info.timeouts);
        ps_msg_pair_f64(w, "busy_s", (double)info.busy_ns / 1e9);
        ps_msg_pair_f64(w, "load_share", info.load);
        ps_msg_close(w);
    }
    ps_msg_close(w);
    return 0;
}

/* ---- media ---- */

static void put_media(struct ps_msg_writer *w, const struct ps_daemon *d,
                      const struct ps_media *media)
{
    static const char *const state[] = { "new", "probing", "ready", "failed" };
    const bool ready = media->state == PS_MEDIA_READY;

    ps_msg_open_map(w);
    ps_msg_pair_str(w, "id", media->id);
    ps_msg_pair_str(w, "tenant", tenant_name(d, media->tenant));
    ps_msg_pair_str(w, "state", state[media->state]);
    if (ready) {
        ps_msg_pair_f64(w, "duration_s", (double)media->info.duration_ns / 1e9);
        ps_msg_pair_u64(w, "width", media->info.width);
        ps_msg_pair_u64(w, "height", media->info.height);
    }
    ps_msg_pair_str(w, "url", media->url);
    if (media->state == PS_MEDIA_FAILED)
        ps_msg_pair_str(w, "error", strerror(-media->error));
    ps_msg_close(w);
}

static int media(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    const struct ps_daemon *d = arg;
    const uint32_t limit = limit_of(params);
    char prefix[PS_MEDIA_ID_MAX + 1] = "";
    uint64_t total = 0;

    if (ps_msg_get(params, "prefix") != NULL &&
        ps_msg_as_name(ps_msg_get(params, "prefix"), prefix, sizeof(prefix)) != 0)
        return -EINVAL;
    ps_msg_open_map(w);
    ps_msg_pair_array(w, "media");
    for (uint32_t i = 0; i < ps_catalogue_count(d->catalogue); i++) {
        const struct ps_media *m = ps_catalogue_at(d->catalogue, i);

        if (strncmp(m->id, prefix, strlen(prefix)) != 0)
            continue;
        if (total++ < limit)
            put_media(w, d, m);
    }
    ps_msg_close(w);
    ps_msg_pair_u64(w, "total", total);
    ps_msg_close(w);
    return 0;
}

/* The parameter `tenant`; left alone when it is not given. @return 0 or -ENOENT. */
static int tenant_of(const struct ps_daemon *d, const struct ps_msg_value *params,
                     uint32_t *ret_tenant)
{
    char name[PS_CONFIG_TENANT_NAME_MAX + 1];

    if (ps_msg_get(params, "tenant") == NULL)
        return 0;
    if (ps_msg_as_name(ps_msg_get(params, "tenant"), name, sizeof(name)) != 0)
        return -ENOENT;
    const uint32_t tenant = ps_config_find_tenant(d->config, name);
    if (tenant == d->config->tenant_count)
        return -ENOENT;
    *ret_tenant = tenant;
    return 0;
}

static int media_add(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    struct ps_daemon *d = arg;
    char id[PS_MEDIA_ID_MAX + 1], url[PS_URL_BYTES_MAX + 1];
    uint32_t tenant = 0;
    int rc;

    if (ps_msg_as_name(ps_msg_get(params, "id"), id, sizeof(id)) != 0 ||
        ps_msg_as_name(ps_msg_get(params, "url"), url, sizeof(url)) != 0)
        return -EINVAL;
    rc = tenant_of(d, params, &tenant);
    if (rc == 0)
        rc = ps_catalogue_add(d->catalogue, id, url);
    if (rc != 0)
        return rc;
    struct ps_media *added = ps_catalogue_by_id(d->catalogue, id);
    added->tenant = tenant;
    ps_daemon_know_media(d, added, ps_clock_now_ns(&d->clock));
    ps_msg_open_map(w);
    ps_msg_pair_str(w, "id", id);
    ps_msg_pair_u64(w, "total", ps_catalogue_count(d->catalogue));
    ps_msg_close(w);
    return 0;
}

/* ---- ledger ---- */

static void put_entry(struct ps_msg_writer *w, const struct ps_daemon *d,
                      const struct ps_ledger_entry *e, uint64_t now_ns)
{
    ps_msg_open_map(w);
    ps_msg_pair_u64(w, "prediction", e->prediction_id);
    pair_resource(w, d, e->key.media_key, e->key.profile_key);
    ps_msg_pair_i64(w, "index", e->key.index);
    ps_msg_pair_f64(w, "p", e->p);
    ps_msg_pair_str(w, "reason", ps_reason_name(e->reason));
    ps_msg_pair_f64(w, "staged_ago_s", (double)(now_ns - e->staged_ns) / 1e9);
    ps_msg_pair_str(w, "fate", ps_fate_name(e->fate));
    if (e->fate_ns != 0 && e->fate != PS_FATE_STORED)
        ps_msg_pair_f64(w, "fate_after_s", (double)(e->fate_ns - e->staged_ns) / 1e9);
    ps_msg_close(w);
}

static int ledger(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    const struct ps_daemon *d = arg;
    struct ps_ledger_entry *entries = ps_zalloc(LIST_MAX, sizeof(*entries));
    struct ps_ledger_totals t;

    if (entries == NULL)
        return -ENOMEM;
    const uint32_t count = ps_ledger_list(d->ledger, entries, limit_of(params));
    ps_ledger_totals(d->ledger, &t);
    ps_msg_open_map(w);
    ps_msg_pair_map(w, "totals");
    put_fates(w, &t);
    ps_msg_close(w);
    ps_msg_pair_array(w, "items");
    for (uint32_t i = 0; i < count; i++)
        put_entry(w, d, &entries[i], ps_clock_now_ns(&d->clock));
    ps_msg_close(w);
    ps_msg_close(w);
    free(entries);
    return 0;
}

/* ---- running the daemon ---- */

static int log_level(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    static const char *const name[] = { "error", "warn", "info", "debug" };
    const struct ps_msg_value *wanted = ps_msg_get(params, "level");

    (void)arg;
    for (uint32_t i = 0; i < PS_ARRAY_LEN(name); i++) {
        if (!ps_msg_is(wanted, name[i]))
            continue;
        ps_log_set_level((enum ps_log_level)i);
        ps_msg_open_map(w);
        ps_msg_pair_str(w, "level", name[i]);
        ps_msg_close(w);
        return 0;
    }
    return -EINVAL;
}

static int do_shutdown(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    struct ps_daemon *d = arg;

    (void)params;
    d->stopping = true;
    ps_msg_open_map(w);
    ps_msg_pair_bool(w, "stopping", true);
    ps_msg_close(w);
    return 0;
}

const struct ps_control_handlers ps_daemon_handlers = {
    .status = status,
    .predictions = predictions,
    .queues = queues,
    .tier = tier,
    .cards = ps_cards_show,
    .devices = devices,
    .nic_show = ps_nic_show,
    .media = media,
    .media_add = media_add,
    .ledger = ledger,
    .cu_check = ps_pool_check,
    .pool_reserve = ps_pool_reserve,
    .pool_renew = ps_pool_renew,
    .pool_relinquish = ps_pool_relinquish,
    .pool_list = ps_pool_list,
    .fault_set = ps_faults_set,
    .fault_show = ps_faults_show,
    .log_level = log_level,
    .shutdown = do_shutdown,
};
