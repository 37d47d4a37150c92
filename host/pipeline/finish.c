/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/pipeline/finish_priv.h"

#include <errno.h>
#include <stdlib.h>

#include "host/media/segment.h"
#include "host/pipeline/pipeline_priv.h"
#include "kernels/h264enc/h264enc.h"

static int describe_track(const struct ps_source_info *info, const struct ps_profile *profile,
                          uint8_t headers[PSK_H264ENC_HEADERS_BYTES_MAX],
                          struct ps_video_track *ret_track)
{
    const size_t bytes = psk_h264enc_headers(profile->width, profile->height, info->fps_num,
                                             info->fps_den, headers, PSK_H264ENC_HEADERS_BYTES_MAX);

    *ret_track = (struct ps_video_track){
        .width = profile->width,
        .height = profile->height,
        .fps_num = info->fps_num,
        .fps_den = info->fps_den,
        .headers = headers,
        .headers_bytes = bytes,
    };
    return bytes > 0 ? 0 : -EINVAL;
}

static int put(struct ps_pipeline *p, const struct ps_make_request *request, char variant,
               const struct ps_segment_bytes *bytes, uint64_t now_ns)
{
    struct ps_segment_key key = request->key;

    struct ps_tier_meta meta = request->meta;

    key.variant = variant;
    if (variant == PS_VARIANT_B) /* one bet, one entry in the ledger: it goes with variant A */
        meta.prediction_id = 0;
    return ps_tier_put(p->cfg.tier, &key, &meta, bytes->data, bytes->size_bytes, now_ns);
}

static int store_encoding(struct making *m, struct encoding *e, char variant,
                          uint64_t *ret_size_bytes, uint64_t now_ns)
{
    uint8_t headers[PSK_H264ENC_HEADERS_BYTES_MAX];
    struct ps_video_track track;
    struct ps_segment_bytes bytes = { .data = NULL };
    const uint8_t *at = e->out;
    int rc = describe_track(&m->info, m->profile, headers, &track);

    for (uint32_t i = 0; i < e->frame_count; at += e->frames[i].size_bytes, i++)
        e->frames[i].bits = at; /* the buffer has stopped moving */
    if (rc == 0)
        rc = ps_segment_video(&track, (uint32_t)m->request.key.index, m->first_frame, e->frames,
                              e->frame_count, &bytes);
    if (rc == 0)
        rc = put(m->pipeline, &m->request, variant, &bytes, now_ns);
    *ret_size_bytes += bytes.size_bytes;
    free(bytes.data);
    return rc;
}

int ps_making_store(struct making *m, uint64_t *ret_size_bytes, uint64_t now_ns)
{
    int rc;

    if (m->profile->kind != PS_PROFILE_TRANSCODE) {
        *ret_size_bytes = m->task.bytes.size_bytes;
        return put(m->pipeline, &m->request, m->request.key.variant, &m->task.bytes, now_ns);
    }
    rc = store_encoding(m, &m->encodings[0], m->request.key.variant, ret_size_bytes, now_ns);
    if (rc == 0 && m->profile->marked)
        rc = store_encoding(m, &m->encodings[1], PS_VARIANT_B, ret_size_bytes, now_ns);
    return rc;
}

int ps_making_init_segment(struct ps_pipeline *p, const struct ps_make_request *request,
                           const struct ps_media *media, const struct ps_profile *profile,
                           uint64_t now_ns)
{
    uint8_t headers[PSK_H264ENC_HEADERS_BYTES_MAX];
    struct ps_video_track track;
    struct ps_segment_bytes bytes = { .data = NULL };
    struct ps_made made = {
        .key = request->key,
        .queue = request->queue,
        .prediction_id = request->meta.prediction_id,
    };
    int rc = describe_track(&media->info, profile, headers, &track);

    if (rc == 0)
        rc = ps_segment_video_init(&track, &bytes);
    if (rc == 0)
        rc = put(p, request, request->key.variant, &bytes, now_ns);
    made.size_bytes = bytes.size_bytes;
    free(bytes.data);
    if (rc != 0)
        return rc;
    p->status.made[request->queue]++;
    p->cfg.on_made(p->cfg.arg, &made, now_ns);
    return 0;
}

void ps_making_tell(struct ps_pipeline *p, struct ps_made *made, uint64_t now_ns)
{
    p->cfg.on_made(p->cfg.arg, made, now_ns);
    if (made->key.variant != PS_VARIANT_A)
        return;
    made->key.variant = PS_VARIANT_B;
    made->prediction_id = 0;
    made->busy_ns = 0;
    p->cfg.on_made(p->cfg.arg, made, now_ns);
}
