/* SPDX-License-Identifier: BSD-3-Clause */
/* host/daemon/curves.c - see curves.h. */
#include "host/daemon/curves.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/log.h"
#include "host/daemon/report.h"
#include "host/daemon/saver.h"
#include "host/daemon/state_file.h"

#define CURVES_FILE "curves.bin"
#define SAVE_NS     (900 * PS_NS_PER_SEC)

/* ---- fed and kept ---- */

/* @return 0 when there is nothing to load, too. */
static int load(struct ps_daemon *d)
{
    void *data = NULL;
    size_t size_bytes = 0;
    int rc = ps_state_file_read(d->config->tier.state_dir, CURVES_FILE, &data, &size_bytes);

    if (rc == 0)
        rc = ps_curves_load(d->curves, data, size_bytes);
    free(data);
    return rc == -ENOENT ? 0 : rc;
}

int ps_daemon_create_curves(struct ps_daemon *d)
{
    const char *dir = d->config->tier.state_dir;
    int rc = ps_curves_create(&d->curves, PS_CURVES_CLASSES_MAX);

    d->curves_saved_ns = ps_clock_now_ns(&d->clock);
    if (rc != 0 || dir == NULL)
        return rc;
    rc = load(d);
    if (rc != 0) {
        ps_warn("predict", "curves_refused", "dir=%s status=\"%s\" kept_as=%s.refused", dir,
                strerror(-rc), CURVES_FILE);
        ps_state_file_set_aside(dir, CURVES_FILE);
    }
    return ps_saver_create(&d->curves_saver, dir);
}

static void complain(const struct ps_daemon *d, int rc)
{
    if (rc != 0)
        ps_warn("predict", "curves_not_saved", "dir=%s status=\"%s\"", d->config->tier.state_dir,
                strerror(-rc));
}

/* @param wait  For the write before this one, and for this one. */
static void save(struct ps_daemon *d, bool wait)
{
    void *data = NULL;
    size_t size_bytes = 0;
    int rc;

    if (d->curves_saver == NULL)
        return;
    if (ps_saver_take(d->curves_saver, wait, &rc))
        complain(d, rc);
    rc = ps_curves_save(d->curves, &data, &size_bytes);
    if (rc == 0)
        rc = ps_saver_write(d->curves_saver, CURVES_FILE, data, size_bytes);
    if (rc != 0)
        free(data);
    complain(d, rc);
    if (rc == 0 && wait && ps_saver_take(d->curves_saver, true, &rc))
        complain(d, rc);
}

void ps_daemon_tend_curves(struct ps_daemon *d, uint64_t now_ns)
{
    ps_curves_learn(d->curves, &d->demand, now_ns);
    if (now_ns - d->curves_saved_ns < SAVE_NS || now_ns < d->curves_saved_ns)
        return;
    d->curves_saved_ns = now_ns;
    save(d, false);
}

void ps_daemon_leave_curves(struct ps_daemon *d)
{
    if (d->turn_count > 0)
        save(d, true);
    ps_saver_destroy(d->curves_saver);
    ps_curves_destroy(d->curves);
    d->curves_saver = NULL;
    d->curves = NULL;
}

/* ---- shown ---- */

/* What is asked for. */
struct question {
    const struct ps_daemon *d;
    uint64_t now_ns;
    const struct ps_media *media; /* NULL: all */
    struct ps_curves_class of;
    uint32_t limit;
};

static void put_any(struct ps_msg_writer *w, const char *name, uint32_t value, bool known)
{
    ps_msg_put_str(w, name);
    if (known)
        ps_msg_put_u64(w, value);
    else
        ps_msg_put_nil(w);
}

static void put_step(struct ps_msg_writer *w, const struct ps_curve *curve, uint32_t s)
{
    const struct ps_curve_step *step = &curve->step[s];
    const uint64_t start_ns = curve->start_ns + s * PS_CURVES_INTERVAL_NS;

    ps_msg_open_map(w);
    ps_msg_pair_f64(w, "start_s", (double)start_ns / 1e9);
    ps_msg_pair_f64(w, "expected", step->expected);
    ps_msg_pair_f64(w, "median", step->median);
    ps_msg_pair_array(w, "quantiles");
    for (unsigned q = 0; q < PS_CURVES_LEVELS; q++)
        ps_msg_put_f64(w, step->quantile[q]);
    ps_msg_close(w);
    ps_msg_close(w);
}

/* @param profile  NULL: all of them. */
static void put_curve(const struct question *q, struct ps_msg_writer *w,
                      const struct ps_profile *profile, const struct ps_curves_class *of,
                      const struct ps_curve *curve)
{
    ps_msg_open_map(w);
    ps_msg_pair_str(w, "media", q->media == NULL ? NULL : q->media->id);
    ps_msg_pair_str(w, "profile", profile == NULL ? NULL : profile->name);
    put_any(w, "region", of->region, of->region != PS_CURVES_ANY && !of->is_other);
    put_any(w, "device", of->device, of->device != PS_CURVES_ANY && !of->is_other);
    ps_msg_pair_bool(w, "other", of->is_other);
    ps_msg_pair_array(w, "intervals");
    for (uint32_t s = 0; s < PS_CURVES_STEPS; s++)
        put_step(w, curve, s);
    ps_msg_close(w);
    ps_msg_close(w);
}

static void put_if_told(const struct question *q, struct ps_msg_writer *w,
                        const struct ps_curves_class *of)
{
    struct ps_curve curve;

    if (ps_curves_tell(q->d->curves, of, &curve) == 0)
        put_curve(q, w, NULL, of, &curve);
}

static bool matches(const struct ps_curves_class *class, const struct ps_curves_class *of)
{
    return (of->region == PS_CURVES_ANY || of->region == class->region) &&
           (of->device == PS_CURVES_ANY || of->device == class->device);
}

/* The sum that was asked for, then the classes in it. */
static void put_classes(const struct question *q, struct ps_msg_writer *w)
{
    const bool is_sum = q->of.region == PS_CURVES_ANY || q->of.device == PS_CURVES_ANY;
    const struct ps_curves_class other = { .is_other = true };
    struct ps_curves_class classes[PS_CURVES_CLASSES_MAX];
    const uint32_t count = ps_curves_list(q->d->curves, classes, PS_CURVES_CLASSES_MAX);
    struct ps_curves_status status;
    uint32_t shown = 1;

    ps_curves_status(q->d->curves, &status);
    put_if_told(q, w, &q->of);
    for (uint32_t c = 0; is_sum && c < count && shown < q->limit; c++)
        if (matches(&classes[c], &q->of)) {
            put_if_told(q, w, &classes[c]);
            shown++;
        }
    if (q->of.region == PS_CURVES_ANY && q->of.device == PS_CURVES_ANY && status.unclassed > 0)
        put_if_told(q, w, &other);
}

/* The title in one profile, or in all: what is expected of it. */
static void add_expected(const struct question *q, const struct ps_profile *profile,
                         double sum[PS_HORIZON_COUNT])
{
    const struct ps_resource resource = { q->media->key, profile->key };
    struct ps_prediction prediction;

    if (!ps_predict_estimate(q->d->predict, &resource, q->now_ns, &prediction))
        return;
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++)
        sum[h] += prediction.expected[h];
}

/* What a class will want of it. @param sum  What everybody will. */
static void put_part(const struct question *q, struct ps_msg_writer *w,
                     const struct ps_profile *only, const struct ps_curves_class *of,
                     const double sum[PS_HORIZON_COUNT])
{
    double share, weight, expected[PS_HORIZON_COUNT], relative[PS_HORIZON_COUNT];
    struct ps_curve curve;

    if (!ps_predict_part(q->d->predict, q->media->key, of->region, of->device, &share, &weight))
        share = of->region == PS_CURVES_ANY && of->device == PS_CURVES_ANY ? 1.0 : 0.0;
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++) {
        expected[h] = sum[h] * share;
        relative[h] = ps_predict_doubt(q->d->predict, h, sum[h], share, weight);
    }
    if (ps_curves_spread(q->d->curves, expected, relative, of, q->now_ns, &curve) == 0)
        put_curve(q, w, only, of, &curve);
}

/* Classes of those who ask for the title, who have a series to be spread by, are told, too. */
static void put_parts(const struct question *q, struct ps_msg_writer *w,
                      const struct ps_profile *only, const double sum[PS_HORIZON_COUNT],
                      uint32_t shown)
{
    struct ps_predict_class classes[PS_PREDICT_CLASSES_MAX];
    const uint32_t count = ps_predict_classes(q->d->predict, q->media->key, classes);

    for (uint32_t c = 0; c < count && shown < q->limit; c++) {
        const struct ps_curves_class class = { .region = classes[c].region,
                                               .device = classes[c].device };

        if (classes[c].is_other || !matches(&class, &q->of))
            continue;
        put_part(q, w, only, &class, sum);
        shown++;
    }
}

/* @param only  NULL: the title's sum, then each profile. Then classes. */
static void put_resources(const struct question *q, struct ps_msg_writer *w,
                          const struct ps_profile *only)
{
    const struct ps_config *config = q->d->config;
    const bool is_sum = q->of.region == PS_CURVES_ANY || q->of.device == PS_CURVES_ANY;
    double sum[PS_HORIZON_COUNT] = { 0 };
    uint32_t shown = 1;

    for (uint32_t i = 0; i < config->profile_count; i++)
        if (only == NULL || only == &config->profiles[i])
            add_expected(q, &config->profiles[i], sum);
    put_part(q, w, only, &q->of, sum);
    for (uint32_t i = 0; only == NULL && i < config->profile_count && shown < q->limit; i++) {
        double own[PS_HORIZON_COUNT] = { 0 };

        add_expected(q, &config->profiles[i], own);
        put_part(q, w, &config->profiles[i], &q->of, own);
        shown++;
    }
    if (is_sum)
        put_parts(q, w, only, sum, shown);
}

/* The daemon has few profiles, so a walk will do. @return 0 or -ENOENT. */
static int find_profile(const struct ps_daemon *d, const struct ps_msg_value *name,
                        const struct ps_profile **ret_profile)
{
    *ret_profile = NULL;
    if (name == NULL)
        return 0;
    for (uint32_t i = 0; i < d->config->profile_count; i++)
        if (ps_msg_is(name, d->config->profiles[i].name)) {
            *ret_profile = &d->config->profiles[i];
            return 0;
        }
    return -ENOENT;
}

static int find_media(const struct ps_daemon *d, const struct ps_msg_value *name,
                      const struct ps_media **ret_media)
{
    char id[PS_MEDIA_ID_MAX + 1];

    *ret_media = NULL;
    if (name == NULL)
        return 0;
    if (ps_msg_as_name(name, id, sizeof(id)) == 0)
        *ret_media = ps_catalogue_by_id(d->catalogue, id);
    return *ret_media == NULL ? -ENOENT : 0;
}

static void put_head(struct ps_msg_writer *w, uint64_t now_ns)
{
    ps_msg_pair_f64(w, "now_s", (double)now_ns / 1e9);
    ps_msg_pair_u64(w, "interval_s", PS_CURVES_INTERVAL_NS / PS_NS_PER_SEC);
    ps_msg_pair_array(w, "levels");
    for (unsigned q = 0; q < PS_CURVES_LEVELS; q++)
        ps_msg_put_f64(w, ps_curve_levels[q]);
    ps_msg_close(w);
}

int ps_daemon_show_curves(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    const struct ps_daemon *d = arg;
    struct question q = {
        .d = d,
        .now_ns = ps_clock_now_ns(&d->clock),
        .of = { .region = (uint32_t)ps_msg_u64_or(params, "region", PS_CURVES_ANY),
                .device = (uint32_t)ps_msg_u64_or(params, "device", PS_CURVES_ANY) },
        .limit = ps_report_limit(params),
    };
    const struct ps_profile *profile;
    struct ps_curve curve;
    int rc = find_media(d, ps_msg_get(params, "media"), &q.media);

    if (rc == 0)
        rc = find_profile(d, ps_msg_get(params, "profile"), &profile);
    if (rc == 0 && profile != NULL && q.media == NULL)
        rc = -EINVAL;
    if (rc == 0 && ps_curves_tell(d->curves, &q.of, &curve) == -ENOENT)
        rc = -ENOENT;
    if (rc != 0)
        return rc;
    ps_msg_open_map(w);
    put_head(w, q.now_ns);
    ps_msg_pair_array(w, "curves");
    if (q.media == NULL)
        put_classes(&q, w);
    else
        put_resources(&q, w, profile);
    ps_msg_close(w);
    ps_msg_close(w);
    return 0;
}
