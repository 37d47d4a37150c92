/* SPDX-License-Identifier: BSD-3-Clause */
/* host/daemon/predictions.c - what is predicted, and why. */
#include <errno.h>

#include "host/base/hash.h"
#include "host/daemon/report.h"

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

/* How far those who start it come, and what is therefore worth making of it. */
static void put_reach(struct ps_msg_writer *w, const struct ps_daemon *d,
                      const struct ps_prediction *p)
{
    float reach[PS_PREDICT_SEGMENTS];
    double segments = 0.0;

    ps_predict_reach(d->predict, p->resource.media_key, reach);
    for (unsigned k = 0; k < PS_PREDICT_SEGMENTS; k++)
        segments += (double)reach[k];
    ps_msg_pair_u64(w, "first_segments",
                    ps_speculate_first_segments(d, p->confidence[PS_HORIZON_15MIN], reach));
    ps_msg_pair_f64(w, "reached", segments);
}

/* Into an open map. */
static void put_prediction(struct ps_msg_writer *w, const struct ps_daemon *d,
                           const struct ps_prediction *p)
{
    ps_report_resource(w, d, p->resource.media_key, p->resource.profile_key);
    ps_msg_pair_f64(w, "expected_5m", p->expected[PS_HORIZON_5MIN]);
    ps_msg_pair_f64(w, "expected_15m", p->expected[PS_HORIZON_15MIN]);
    ps_msg_pair_f64(w, "expected_60m", p->expected[PS_HORIZON_60MIN]);
    ps_msg_pair_f64(w, "p_5m", p->confidence[PS_HORIZON_5MIN]);
    ps_msg_pair_f64(w, "p_15m", p->confidence[PS_HORIZON_15MIN]);
    ps_msg_pair_f64(w, "p_60m", p->confidence[PS_HORIZON_60MIN]);
    put_reach(w, d, p);
    ps_msg_pair_str(w, "reason", ps_reason_name(p->reason));
    ps_msg_pair_str(w, "stored", stored_name(d, &p->resource));
}

int ps_report_predictions(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    const struct ps_daemon *d = arg;
    const uint32_t limit = ps_report_limit(params);

    ps_msg_open_array(w);
    for (uint32_t i = 0; i < d->predictions.count && i < limit; i++) {
        ps_msg_open_map(w);
        ps_msg_pair_u64(w, "rank", i + 1);
        put_prediction(w, d, &d->predictions.items[i]);
        ps_msg_close(w);
    }
    ps_msg_close(w);
    return 0;
}

/* @return whether the predictor knows of it. */
static bool put_why(struct ps_msg_writer *w, const struct ps_daemon *d,
                    const struct ps_resource *resource)
{
    const uint64_t now_ns = ps_clock_now_ns(&d->clock);
    struct ps_prediction prediction;
    struct ps_predict_why why;

    if (!ps_predict_estimate(d->predict, resource, now_ns, &prediction) ||
        !ps_predict_why(d->predict, resource, now_ns, &why))
        return false;
    ps_msg_open_map(w);
    put_prediction(w, d, &prediction);
    ps_msg_pair_array(w, "factors");
    for (uint32_t i = 0; i < why.count; i++) {
        ps_msg_open_map(w);
        ps_msg_pair_str(w, "name", why.factors[i].name);
        ps_msg_pair_f64(w, "value", why.factors[i].value);
        ps_msg_pair_f64(w, "effect", why.factors[i].effect);
        ps_msg_close(w);
    }
    ps_msg_close(w);
    ps_msg_close(w);
    return true;
}

static void put_best(struct ps_msg_writer *w, const struct ps_daemon *d, uint32_t limit)
{
    ps_msg_open_array(w);
    for (uint32_t i = 0; i < d->predictions.count && i < limit; i++)
        put_why(w, d, &d->predictions.items[i].resource);
    ps_msg_close(w);
}

int ps_report_predictions_why(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    const struct ps_daemon *d = arg;
    const struct ps_msg_value *profile = ps_msg_get(params, "profile");
    char id[PS_MEDIA_ID_MAX + 1];
    uint32_t count = 0;

    if (ps_msg_get(params, "media") == NULL && profile == NULL) {
        put_best(w, d, (uint32_t)ps_msg_u64_or(params, "limit", 5));
        return 0;
    }
    if (ps_msg_as_name(ps_msg_get(params, "media"), id, sizeof(id)) != 0)
        return -EINVAL;
    const struct ps_media *media = ps_catalogue_by_id(d->catalogue, id);
    if (media == NULL)
        return -ENOENT;
    ps_msg_open_array(w);
    for (uint32_t i = 0; i < d->config->profile_count; i++) {
        const struct ps_profile *one = &d->config->profiles[i];

        if (profile == NULL || ps_msg_is(profile, one->name))
            count += put_why(w, d, &(struct ps_resource){ media->key, one->key });
    }
    ps_msg_close(w);
    return count == 0 ? -ENOENT : 0;
}
