/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/pipeline/cost_priv.h"

#include "host/base/assert.h"
#include "host/base/mem.h"
#include "host/pipeline/pipeline_priv.h"

#define LEARN_SHARE (1.0 / 16) /* of the newest run in the average */

static double pixels_of_frame(const struct ps_profile *profile, const struct ps_source_info *info,
                              uint32_t kernel)
{
    if (kernel == PSK_KERNEL_SCALE)
        return (double)info->width * info->height;
    return (double)profile->width * profile->height;
}

static uint32_t effort_of(const struct ps_profile *profile, uint32_t kernel)
{
    ps_assert(profile->effort <= PSK_ENC_EFFORT_MAX);
    return kernel == PSK_KERNEL_H264ENC ? profile->effort : 0;
}

void ps_cost_learn(const struct stage *stage, uint32_t frame_count, uint64_t busy_ns)
{
    const struct making *m = stage->making;
    const uint32_t kernel = ps_stage_kernel(stage->kind);
    const double pixels = pixels_of_frame(m->profile, &m->info, kernel) * frame_count;
    double *average = &m->pipeline->ns_per_pixel[kernel][effort_of(m->profile, kernel)];

    if (busy_ns == 0)
        return;
    if (*average <= 0)
        *average = (double)busy_ns / pixels;
    else
        *average += ((double)busy_ns / pixels - *average) * LEARN_SHARE;
}

uint64_t ps_cost_of_job(const struct ps_pipeline *p, const struct ps_profile *profile,
                        const struct ps_source_info *info, uint32_t kernel, uint32_t frame_count)
{
    ps_assert(kernel < PSK_KERNEL_COUNT);
    return (uint64_t)(p->ns_per_pixel[kernel][effort_of(profile, kernel)] *
                      pixels_of_frame(profile, info, kernel) * frame_count);
}

static uint64_t cost_of_all(const struct ps_pipeline *p, const struct ps_profile *profile,
                            const struct ps_source_info *info, uint32_t frame_count)
{
    const uint32_t encoders = profile->marked ? 2 : 1;
    const uint64_t scale = ps_cost_of_job(p, profile, info, PSK_KERNEL_SCALE, frame_count);
    const uint64_t mark = ps_cost_of_job(p, profile, info, PSK_KERNEL_MARK, frame_count);
    const uint64_t encode = ps_cost_of_job(p, profile, info, PSK_KERNEL_H264ENC, frame_count);

    if (scale == 0 || encode == 0 || (profile->marked && mark == 0))
        return 0;
    return scale + (profile->marked ? mark : 0) + encoders * encode;
}

uint64_t ps_pipeline_cost_ns(const struct ps_pipeline *p, const struct ps_profile *profile,
                             const struct ps_media *media, uint32_t kernel)
{
    if (profile->kind != PS_PROFILE_TRANSCODE || media->state != PS_MEDIA_READY ||
        kernel >= PSK_KERNEL_COUNT)
        return 0;
    const uint32_t frames =
        (uint32_t)ps_source_segment_first_frame(&media->info, profile->segment_ms, 1);

    if (kernel == 0)
        return cost_of_all(p, profile, &media->info, frames);
    return ps_cost_of_job(p, profile, &media->info, kernel, frames);
}

uint64_t ps_pipeline_forecast_ns(const struct ps_pipeline *p, const struct ps_segment_key *key,
                                 uint64_t now_ns)
{
    static const uint32_t kernels[] = { PSK_KERNEL_SCALE, PSK_KERNEL_MARK, PSK_KERNEL_H264ENC };
    const struct ps_media *media = ps_catalogue_by_key(p->cfg.catalogue, key->media_key);
    const struct ps_profile *profile = ps_pipeline_profile(p, key);
    uint64_t end_ns = 0;

    if (media == NULL || profile == NULL || p->cfg.alloc == NULL ||
        profile->kind != PS_PROFILE_TRANSCODE || key->index == PS_SEGMENT_INIT)
        return 0;
    /* The steps overlap: the slowest one tells. */
    for (uint32_t i = 0; i < PS_ARRAY_LEN(kernels); i++) {
        if (kernels[i] == PSK_KERNEL_MARK && !profile->marked)
            continue;
        const uint64_t cost_ns = ps_pipeline_cost_ns(p, profile, media, kernels[i]);
        if (cost_ns == 0)
            continue;
        const uint64_t step_ns =
            ps_alloc_forecast_ns(p->cfg.alloc, kernels[i], media->tenant, cost_ns, now_ns);
        if (step_ns > end_ns)
            end_ns = step_ns;
    }
    return end_ns;
}

bool ps_pipeline_admits(const struct ps_pipeline *p, const struct ps_segment_key *key,
                        uint64_t patience_ns, uint64_t now_ns)
{
    const uint64_t ready_ns = ps_pipeline_forecast_ns(p, key, now_ns);
    const bool others_wait = p->status.active[PS_QUEUE_REAL_TIME] > 0 || p->status.waiting > 0;

    if (ready_ns == UINT64_MAX)
        return false;
    return ready_ns <= now_ns || ready_ns - now_ns <= patience_ns || !others_wait ||
           ps_pipeline_is_making(p, key);
}
