/* SPDX-License-Identifier: BSD-3-Clause */
/* host/daemon/history.c - what a log of earlier requests teaches, at the first start. */
#include <inttypes.h>
#include <string.h>

#include "host/base/log.h"
#include "host/daemon/daemon_priv.h"
#include "host/daemon/facts.h"

#define TELL_NS   (2 * PS_NS_PER_SEC)
#define FUTURE_NS (24 * 3600 * PS_NS_PER_SEC) /* another machine's clock may be ahead */

struct history {
    struct ps_daemon *d;
    uint64_t told_ns; /* real time */
};

static void learn(void *arg, const struct ps_demand *demand, uint64_t time_ns)
{
    const struct history *history = arg;

    ps_predict_learn(history->d->predict, demand, time_ns);
    ps_curves_learn(history->d->curves, demand, time_ns);
}

static void identify(void *arg, const char *who, size_t length, struct ps_demand_sample *sample)
{
    const struct history *history = arg;

    ps_daemon_identify(history->d, who, length, sample);
}

/* The catalogue's own word counts; a log may say what it leaves open. */
static void describe(void *arg, uint64_t media_key, const struct ps_media_facts *facts)
{
    const struct history *history = arg;
    struct ps_media *media = ps_catalogue_by_key(history->d->catalogue, media_key);

    if (media != NULL && ps_facts_from_log(media, facts))
        ps_facts_tell(history->d, media);
}

static void progress(void *arg, uint64_t lines, double share)
{
    struct history *history = arg;
    const uint64_t now_ns = ps_clock_mono_ns();

    if (now_ns - history->told_ns < TELL_NS)
        return;
    history->told_ns = now_ns;
    ps_info("feed", "importing", "lines=%" PRIu64 " share=%.2f", lines, share);
}

static void tell_end(const char *path, const struct ps_feed_imported *imported)
{
    ps_info("feed", "imported",
            "path=%s lines=%" PRIu64 " requests=%" PRIu64 " unknown=%" PRIu64 " late=%" PRIu64
            " twice=%" PRIu64 " bad=%" PRIu64,
            path, imported->lines, imported->requests, imported->unknown, imported->late_lines,
            imported->duplicate_lines, imported->bad_lines);
    if (imported->bad_lines > 0)
        ps_warn("feed", "history_bad_lines", "path=%s first_line=%" PRIu64 " lines=%" PRIu64, path,
                imported->first_bad_line, imported->bad_lines);
}

int ps_daemon_import_history(struct ps_daemon *d)
{
    struct history history = { .d = d, .told_ns = ps_clock_mono_ns() };
    const struct ps_feed_import cfg = {
        .path = d->config->demand.history,
        .format = (enum ps_logged_format)d->config->demand.history_format,
        .until_ns = ps_clock_now_ns(&d->clock) + FUTURE_NS,
        .sink = learn,
        .identify = identify,
        .describe = describe,
        .progress = progress,
        .arg = &history,
    };
    struct ps_feed_imported imported;
    const int rc = ps_feed_import(d->feed, &cfg, &imported);

    tell_end(cfg.path, &imported);
    if (rc != 0)
        ps_error("feed", "history_refused", "path=%s status=\"%s\"", cfg.path, strerror(-rc));
    return rc;
}
