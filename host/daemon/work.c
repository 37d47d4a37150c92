/* SPDX-License-Identifier: BSD-3-Clause */
/* host/daemon/work.c - what waits, what runs where, and what became of it. */
#include <errno.h>
#include <stdlib.h>

#include "host/base/mem.h"
#include "host/daemon/report.h"

#define LIST_MAX 4096u /* the largest limit that the table of methods allows */

/* ---- queues ---- */

static void put_job(struct ps_msg_writer *w, const struct ps_daemon *d, const struct ps_job *job)
{
    static const char *const state[] = { "queued", "running", "suspended",
                                         "done",   "failed",  "cancelled" };
    const int64_t left_ns = (int64_t)(job->deadline_ns - ps_clock_now_ns(&d->clock));

    ps_msg_open_map(w);
    ps_msg_pair_u64(w, "id", job->id);
    ps_report_resource(w, d, job->segment.media_key, job->segment.profile_key);
    ps_msg_pair_i64(w, "index", job->segment.index);
    ps_msg_pair_str(w, "variant", (char[]){ job->segment.variant, '\0' });
    ps_msg_pair_str(w, "kernel", ps_daemon_kernel_name(job->kernel));
    ps_msg_pair_str(w, "tenant", ps_report_tenant(d, job->tenant));
    ps_msg_pair_str(w, "queue", ps_report_queue(job->queue));
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
        ps_report_resource(w, d, makings[i].key.media_key, makings[i].key.profile_key);
        ps_msg_pair_i64(w, "index", makings[i].key.index);
        ps_msg_pair_str(w, "queue", ps_report_queue(makings[i].queue));
        ps_msg_pair_u64(w, "age_ms", (now_ns - makings[i].begun_ns) / PS_NS_PER_MSEC);
        ps_msg_close(w);
    }
    ps_msg_close(w);
    free(makings);
    return 0;
}

int ps_report_queues(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
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
    rc = put_jobs(w, d, ps_report_limit(params));
    if (rc == 0)
        rc = put_makings(w, d, ps_report_limit(params));
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
    ps_msg_pair_str(w, "queue", job == NULL ? NULL : ps_report_queue(job->queue));
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

int ps_report_devices(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
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
        ps_msg_pair_str(w, "kernel", ps_daemon_kernel_name(info.kernel));
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
