/* SPDX-License-Identifier: BSD-3-Clause */
/* host/daemon/metrics_bets.c - the feedback loop on /metrics: said, bet, and what came of it. */
#include <math.h>
#include <stdio.h>

#include "host/daemon/metrics_priv.h"

#define BY_HORIZON(m, id, values)                                                                  \
    do {                                                                                           \
        for (unsigned h_ = 0; h_ < PS_HORIZON_COUNT; h_++)                                         \
            ps_metrics_put((m), (id), (double)(values)[h_],                                        \
                           PS_LABELS(ps_report_horizon((enum ps_horizon)h_)));                     \
    } while (0)

/* Version of what predicts, as a label. @param text  MODEL_BYTES of room. */
#define MODEL_BYTES 12u
static const char *model_name(char *text)
{
    snprintf(text, MODEL_BYTES, "%u", PS_PREDICT_MODEL_VERSION);
    return text;
}

/* ---- predictions ---- */

enum bin_figure { SAID, HAPPENED, COUNT };

static void put_bins(struct ps_metrics *m, const struct ps_daemon *d, enum ps_metric id,
                     enum bin_figure figure)
{
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++) {
        struct ps_predict_calibration bins;

        ps_predict_calibration(d->predict, (enum ps_horizon)h, &bins);
        for (unsigned b = 0; b < PS_PREDICT_CALIBRATION_BINS; b++) {
            const double value = figure == SAID       ? bins.said[b]
                                 : figure == HAPPENED ? bins.happened[b]
                                                      : (double)bins.count[b];
            char from[16];

            snprintf(from, sizeof(from), "%.1f", (double)b / PS_PREDICT_CALIBRATION_BINS);
            ps_metrics_put(m, id, value, PS_LABELS(ps_report_horizon((enum ps_horizon)h), from));
        }
    }
}

enum tenant_figure { TRACKED, PART, CANDIDATES };

static void put_tenant_figure(struct ps_metrics *m, const struct ps_daemon *d, enum ps_metric id,
                              enum tenant_figure figure)
{
    for (uint32_t i = 0; i < d->config->tenant_count; i++) {
        struct ps_predict_tenant_status s;

        ps_predict_tenant_status(d->predict, i, &s);
        ps_metrics_put(m, id,
                       (double)(figure == TRACKED ? s.places
                                : figure == PART  ? s.places_part
                                                  : s.candidates),
                       PS_LABELS(d->config->tenants[i].name));
    }
}

static void put_tenant_horizons(struct ps_metrics *m, const struct ps_daemon *d, enum ps_metric id,
                                bool said)
{
    for (uint32_t i = 0; i < d->config->tenant_count; i++) {
        struct ps_predict_tenant_status s;

        ps_predict_tenant_status(d->predict, i, &s);
        for (unsigned h = 0; h < PS_HORIZON_COUNT; h++)
            ps_metrics_put(
                m, id, said ? s.mean_said[h] : s.mean_happened[h],
                PS_LABELS(d->config->tenants[i].name, ps_report_horizon((enum ps_horizon)h)));
    }
}

static void put_tenants(struct ps_metrics *m, const struct ps_daemon *d)
{
    put_tenant_figure(m, d, PS_METRIC_tenant_tracked, TRACKED);
    put_tenant_figure(m, d, PS_METRIC_tenant_tracked_part, PART);
    put_tenant_figure(m, d, PS_METRIC_tenant_candidates, CANDIDATES);
    put_tenant_horizons(m, d, PS_METRIC_tenant_said_ratio, true);
    put_tenant_horizons(m, d, PS_METRIC_tenant_happened_ratio, false);
}

static void put_looks(struct ps_metrics *m, const struct ps_daemon *d,
                      const struct ps_predict_status *s)
{
    const struct ps_looks *looks = &d->looks;

    ps_metrics_put(m, PS_METRIC_looks_total, (double)looks->taken, PS_LABELS("taken"));
    ps_metrics_put(m, PS_METRIC_looks_total, (double)looks->late, PS_LABELS("late"));
    ps_metrics_put(m, PS_METRIC_looks_total, (double)looks->early, PS_LABELS("early"));
    ps_metrics_put(m, PS_METRIC_looks_total, (double)looks->refused, PS_LABELS("refused"));
    ps_metrics_put(m, PS_METRIC_looks_total, (double)looks->full, PS_LABELS("full"));
    ps_metrics_put(m, PS_METRIC_looks_settled_total, (double)s->looks_true, PS_LABELS("true"));
    ps_metrics_put(m, PS_METRIC_looks_settled_total, (double)s->looks_false, PS_LABELS("false"));
    ps_metrics_put_plain(m, PS_METRIC_looks_pending, (double)s->looks_pending);
}

static void put_model(struct ps_metrics *m, const struct ps_daemon *d)
{
    const struct ps_model_file *model = &d->model;
    const uint64_t now_ns = ps_clock_now_ns(&d->clock);
    char version[MODEL_BYTES];

    ps_metrics_put(m, PS_METRIC_model_info, 1,
                   PS_LABELS(model_name(version), ps_report_origin(model->origin)));
    ps_metrics_put_plain(m, PS_METRIC_model_saves_total, (double)model->saves);
    ps_metrics_put_plain(m, PS_METRIC_model_save_errors_total, (double)model->save_errors);
    ps_metrics_put_plain(m, PS_METRIC_model_bytes, (double)model->size_bytes);
    ps_metrics_put_plain(m, PS_METRIC_model_serialise_seconds, (double)model->serialise_us / 1e6);
    ps_metrics_put_plain(m, PS_METRIC_model_saved_age_seconds,
                         model->saved_ns == 0 ? NAN : (double)(now_ns - model->saved_ns) / 1e9);
}

void ps_metrics_put_predict(struct ps_metrics *m, const struct ps_daemon *d)
{
    struct ps_predict_status s;

    ps_predict_status(d->predict, &s);
    ps_metrics_put_plain(m, PS_METRIC_predict_resources, (double)s.resources);
    ps_metrics_put_plain(m, PS_METRIC_predict_media, (double)s.media);
    ps_metrics_put_plain(m, PS_METRIC_predict_samples_total, (double)s.samples);
    ps_metrics_put_plain(m, PS_METRIC_predict_starts_total, (double)s.starts);
    ps_metrics_put_plain(m, PS_METRIC_predict_forgotten_total, (double)s.forgotten);
    ps_metrics_put_plain(m, PS_METRIC_predict_scored, (double)s.scored);
    ps_metrics_put_plain(m, PS_METRIC_predict_predictions, d->predictions.count);
    BY_HORIZON(m, PS_METRIC_predict_labels_total, s.labels);
    BY_HORIZON(m, PS_METRIC_predict_said_ratio, s.mean_said);
    BY_HORIZON(m, PS_METRIC_predict_happened_ratio, s.mean_happened);
    BY_HORIZON(m, PS_METRIC_predict_calibration_error_ratio, s.calibration_error);
    BY_HORIZON(m, PS_METRIC_predict_log_loss, s.log_loss);
    put_bins(m, d, PS_METRIC_calibration_said_ratio, SAID);
    put_bins(m, d, PS_METRIC_calibration_happened_ratio, HAPPENED);
    put_bins(m, d, PS_METRIC_calibration_labels, COUNT);
    put_tenants(m, d);
    put_looks(m, d, &s);
    put_model(m, d);
}

/* ---- bets ---- */

static bool is_open(unsigned fate)
{
    return fate == PS_FATE_MAKING || fate == PS_FATE_STORED;
}

/* Those whose end is known, or those that are open. */
static void put_fates(struct ps_metrics *m, enum ps_metric id, const struct ps_ledger_totals *t,
                      bool open)
{
    char model[MODEL_BYTES];

    model_name(model);
    for (unsigned r = 0; r < PS_REASON_COUNT; r++)
        for (unsigned h = 0; h < PS_HORIZON_COUNT; h++)
            for (unsigned fate = 0; fate < PS_FATE_COUNT; fate++)
                if (is_open(fate) == open)
                    ps_metrics_put(m, id, (double)t->by[r][h][fate],
                                   PS_LABELS(model, ps_reason_name((enum ps_reason)r),
                                             ps_report_horizon((enum ps_horizon)h),
                                             ps_fate_name((enum ps_fate)fate)));
}

static void put_tenant_fates(struct ps_metrics *m, enum ps_metric id, const struct ps_daemon *d,
                             const struct ps_ledger_totals *t, bool open)
{
    for (uint32_t i = 0; i < d->config->tenant_count; i++)
        for (unsigned fate = 0; fate < PS_FATE_COUNT; fate++)
            if (is_open(fate) == open)
                ps_metrics_put(
                    m, id, (double)t->by_tenant[i][fate],
                    PS_LABELS(d->config->tenants[i].name, ps_fate_name((enum ps_fate)fate)));
}

static void put_class_fates(struct ps_metrics *m, enum ps_metric id,
                            const struct ps_ledger_totals *t, bool open)
{
    for (unsigned c = 0; c < PS_TIER_CLASS_COUNT; c++)
        for (unsigned fate = 0; fate < PS_FATE_COUNT; fate++)
            if (is_open(fate) == open)
                ps_metrics_put(m, id, (double)t->by_class[c][fate],
                               PS_LABELS(ps_report_class((enum ps_tier_class)c),
                                         ps_fate_name((enum ps_fate)fate)));
}

static void put_taught(struct ps_metrics *m, const struct ps_feedback *f)
{
    const struct ps_feedback_cell *marginal = &f->marginal;

    for (unsigned r = 0; r < PS_REASON_COUNT; r++)
        for (unsigned h = 0; h < PS_HORIZON_COUNT; h++)
            ps_metrics_put(m, PS_METRIC_bets_trust_ratio,
                           ps_feedback_trust(f, (enum ps_reason)r, (enum ps_horizon)h),
                           PS_LABELS(ps_reason_name((enum ps_reason)r),
                                     ps_report_horizon((enum ps_horizon)h)));
    for (unsigned r = 0; r < PS_REASON_COUNT; r++)
        ps_metrics_put(m, PS_METRIC_bets_useful_ratio, ps_feedback_usefulness(f, (enum ps_reason)r),
                       PS_LABELS(ps_reason_name((enum ps_reason)r)));
    ps_metrics_put_plain(m, PS_METRIC_bets_recent_useful_ratio, ps_feedback_recent(f));
    ps_metrics_put_plain(m, PS_METRIC_bets_marginal, marginal->bets);
    ps_metrics_put_plain(m, PS_METRIC_bets_marginal_useful_ratio,
                         marginal->bets > 0.0 ? marginal->useful / marginal->bets : 0.0);
}

static void put_prices(struct ps_metrics *m, const struct ps_daemon *d)
{
    const struct ps_config *c = d->config;

    for (uint32_t i = 0; i < c->profile_count; i++)
        ps_metrics_put(m, PS_METRIC_price_wait_seconds, d->made[i].wait_s,
                       PS_LABELS(c->profiles[i].name));
    for (uint32_t i = 0; i < c->profile_count; i++)
        ps_metrics_put(m, PS_METRIC_price_segment_bytes, d->made[i].size_bytes,
                       PS_LABELS(c->profiles[i].name));
}

static void put_shadow(struct ps_metrics *m, const struct ps_daemon *d)
{
    struct ps_shadow_status s;

    ps_shadow_status(d->shadow, &s);
    ps_metrics_put_plain(m, PS_METRIC_shadow_requests_total, (double)s.requests);
    ps_metrics_put(m, PS_METRIC_shadow_hits_total, (double)s.hits, PS_LABELS("ours"));
    ps_metrics_put(m, PS_METRIC_shadow_hits_total, (double)s.shadow_hits, PS_LABELS("shadow"));
    ps_metrics_put(m, PS_METRIC_shadow_recent_hit_ratio, s.share, PS_LABELS("ours"));
    ps_metrics_put(m, PS_METRIC_shadow_recent_hit_ratio, s.shadow_share, PS_LABELS("shadow"));
    ps_metrics_put_plain(m, PS_METRIC_shadow_rests_total, (double)s.rests);
}

void ps_metrics_put_bets(struct ps_metrics *m, const struct ps_daemon *d)
{
    struct ps_ledger_totals t;

    ps_ledger_totals(d->ledger, &t);
    put_fates(m, PS_METRIC_bets_total, &t, false);
    put_fates(m, PS_METRIC_bets_open, &t, true);
    put_class_fates(m, PS_METRIC_bets_by_class_total, &t, false);
    put_class_fates(m, PS_METRIC_bets_open_by_class, &t, true);
    put_tenant_fates(m, PS_METRIC_bets_by_tenant_total, d, &t, false);
    put_tenant_fates(m, PS_METRIC_bets_open_by_tenant, d, &t, true);
    ps_metrics_put_plain(m, PS_METRIC_bets_forgotten_total, (double)t.forgotten);
    ps_metrics_put_plain(m, PS_METRIC_bets_add_up, ps_ledger_adds_up(&t));
    ps_metrics_put_plain(m, PS_METRIC_bets_wasted_cu_seconds_total, (double)t.wasted_busy_ns / 1e9);
    put_taught(m, ps_ledger_feedback(d->ledger));
    put_prices(m, d);
    ps_metrics_put_plain(m, PS_METRIC_speculation_enabled, d->config->speculate.enabled);
    ps_metrics_put_plain(m, PS_METRIC_speculation_resting, d->resting);
    ps_metrics_put_plain(m, PS_METRIC_speculation_threshold_ratio, d->steer.threshold);
    ps_metrics_put_plain(m, PS_METRIC_speculation_cu_ratio, d->steer.share);
    ps_metrics_put_plain(m, PS_METRIC_speculation_hour_ahead, d->room.wide);
    ps_metrics_put_plain(m, PS_METRIC_speculation_space_ratio, d->space_taken);
    put_shadow(m, d);
}
