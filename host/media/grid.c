/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/media/grid_priv.h"

#include <libavutil/mathematics.h>

#include "host/base/assert.h"
#include "host/base/clock.h"

uint64_t ps_grid_frames(const struct ps_source_info *info, uint32_t segment_ms)
{
    int64_t frames;

    ps_assert(info->has_video);
    ps_assert(info->fps_num > 0);
    ps_assert(info->fps_den > 0);
    frames = av_rescale_rnd(segment_ms, info->fps_num, 1000 * (int64_t)info->fps_den, AV_ROUND_UP);
    return frames > 0 ? (uint64_t)frames : 1;
}

struct ps_grid_step ps_grid_step(const struct ps_source_info *info, uint32_t segment_ms)
{
    ps_assert(segment_ms > 0);
    if (!info->has_video)
        return (struct ps_grid_step){ .num = segment_ms, .den = 1000 };
    return (struct ps_grid_step){
        .num = (int64_t)ps_grid_frames(info, segment_ms) * info->fps_den,
        .den = info->fps_num,
    };
}

uint64_t ps_grid_frame_ns(const struct ps_source_info *info, uint64_t frame)
{
    return (uint64_t)av_rescale((int64_t)frame, PS_NS_PER_SEC * (int64_t)info->fps_den,
                                info->fps_num);
}

static uint64_t cell_of(const struct ps_source_info *info, uint64_t cell_frames, uint64_t time_ns)
{
    const int64_t frame =
        av_rescale((int64_t)time_ns, info->fps_num, PS_NS_PER_SEC * (int64_t)info->fps_den);

    return (uint64_t)frame / cell_frames;
}

uint32_t ps_grid_copy_next(const struct ps_source_info *info, uint32_t segment_ms,
                           const uint64_t *keyframe_ns, uint32_t count, uint32_t start_idx)
{
    const uint64_t cell_frames = ps_grid_frames(info, segment_ms);
    uint64_t cell;
    uint32_t next = start_idx + 1;

    ps_assert(start_idx < count);
    cell = cell_of(info, cell_frames, keyframe_ns[start_idx]);
    while (next < count && cell_of(info, cell_frames, keyframe_ns[next]) == cell)
        next++;
    return next;
}

static uint32_t audio_segment_count(const struct ps_source_info *info, uint32_t segment_ms)
{
    const struct ps_grid_step step = ps_grid_step(info, segment_ms);
    const int64_t step_ns = av_rescale(step.num, PS_NS_PER_SEC, step.den);
    const int64_t last_ns = (int64_t)info->audio_duration_ns - (int64_t)PS_AUDIO_TAIL_NS;

    return last_ns <= 0 ? 1 : (uint32_t)(last_ns / step_ns) + 1;
}

uint32_t ps_source_segment_count(const struct ps_source_info *info,
                                 const struct ps_profile *profile)
{
    uint64_t cell_frames;

    if (profile->kind == PS_PROFILE_AUDIO)
        return info->has_audio ? audio_segment_count(info, profile->segment_ms) : 0;
    if (!info->has_video || (profile->kind == PS_PROFILE_COPY && info->video_codec[0] == '\0'))
        return 0;
    cell_frames = ps_grid_frames(info, profile->segment_ms);
    return (uint32_t)((info->frame_count + cell_frames - 1) / cell_frames);
}

uint64_t ps_source_segment_first_frame(const struct ps_source_info *info, uint32_t segment_ms,
                                       uint32_t index)
{
    return index * ps_grid_frames(info, segment_ms);
}
