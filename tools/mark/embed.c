/* SPDX-License-Identifier: BSD-3-Clause */
#include "tools/mark/embed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/mem.h"
#include "kernels/h264enc/h264enc.h"
#include "kernels/mark/mark.h"
#include "kernels/scale/scale.h"

#define BATCH_FRAMES 8u

struct embed {
    struct embed_config cfg;
    struct ps_source *source;
    const struct ps_source_info *info;
    uint8_t *frames, *scaled, *variant[2], *state, *bits;
    uint32_t bits_max;
    struct ps_video_frame *coded; /* of the segment at hand; its bytes are in out */
    uint8_t *out;
    size_t out_bytes, out_room;
    uint8_t headers[PSK_H264ENC_HEADERS_BYTES_MAX];
    size_t headers_bytes;
};

static uint64_t first_frame_of(const struct embed *embed, uint32_t index)
{
    return ps_source_segment_first_frame(embed->info, embed->cfg.segment_ms, index);
}

static bool fits(const struct embed_config *cfg, const struct ps_source_info *info)
{
    return psk_h264enc_size_is_valid(cfg->width, cfg->height) &&
           psk_h264enc_rate_is_valid(info->fps_num, info->fps_den) && cfg->width <= info->width &&
           cfg->height <= info->height && info->width <= PSK_WIDTH_MAX &&
           info->height <= PSK_HEIGHT_MAX;
}

int embed_create(struct embed **ret_embed, const struct embed_config *cfg, struct ps_source *source)
{
    const struct ps_source_info *info = ps_source_info(source);
    const size_t size = PSK_FRAME_BYTES(cfg->width, cfg->height) * BATCH_FRAMES;
    struct embed *embed;

    if (!fits(cfg, info))
        return -EINVAL;
    embed = ps_zalloc(1, sizeof(*embed));
    if (embed == NULL)
        return -ENOMEM;
    embed->cfg = *cfg;
    embed->source = source;
    embed->info = info;
    embed->bits_max = psk_h264enc_bits_bytes_max(cfg->width, cfg->height, BATCH_FRAMES);
    embed->frames = ps_zalloc(BATCH_FRAMES, PSK_FRAME_BYTES(info->width, info->height));
    embed->scaled = ps_zalloc(1, size);
    embed->variant[0] = ps_zalloc(1, size);
    embed->variant[1] = ps_zalloc(1, size);
    embed->state = ps_zalloc(1, psk_h264enc_state_bytes(cfg->width, cfg->height));
    embed->bits = ps_zalloc(1, embed->bits_max);
    embed->coded = ps_zalloc(first_frame_of(embed, 1), sizeof(*embed->coded));
    if (embed->frames == NULL || embed->scaled == NULL || embed->variant[0] == NULL ||
        embed->variant[1] == NULL || embed->state == NULL || embed->bits == NULL ||
        embed->coded == NULL) {
        embed_destroy(embed);
        return -ENOMEM;
    }
    embed->headers_bytes =
        psk_h264enc_headers(cfg->width, cfg->height, info->fps_num, info->fps_den, embed->headers,
                            sizeof(embed->headers));
    *ret_embed = embed;
    return 0;
}

void embed_destroy(struct embed *embed)
{
    if (embed == NULL)
        return;
    free(embed->frames);
    free(embed->scaled);
    free(embed->variant[0]);
    free(embed->variant[1]);
    free(embed->state);
    free(embed->bits);
    free(embed->coded);
    free(embed->out);
    free(embed);
}

static struct ps_video_track track_of(const struct embed *embed)
{
    return (struct ps_video_track){ .width = embed->cfg.width,
                                    .height = embed->cfg.height,
                                    .fps_num = embed->info->fps_num,
                                    .fps_den = embed->info->fps_den,
                                    .headers = embed->headers,
                                    .headers_bytes = embed->headers_bytes };
}

int embed_init_segment(const struct embed *embed, struct ps_segment_bytes *ret_bytes)
{
    const struct ps_video_track track = track_of(embed);

    return ps_segment_video_init(&track, ret_bytes);
}

uint32_t embed_segment_count(const struct embed *embed)
{
    uint32_t count = 0;

    while (first_frame_of(embed, count) < embed->info->frame_count)
        count++;
    return count;
}

static int run_kernels(struct embed *embed, uint32_t index, uint32_t done, uint32_t frames,
                       struct psk_enc_report *report)
{
    const struct embed_config *cfg = &embed->cfg;
    const struct ps_source_info *info = embed->info;
    const bool is_b = cfg->pattern[index % strlen(cfg->pattern)] == 'B';
    struct psk_enc_control control[BATCH_FRAMES];
    struct psk_status status;

    psk_scale_one(embed->frames, embed->scaled, info->width, info->height, cfg->width, cfg->height,
                  frames, &status);
    if (status.code != PSK_OK)
        return -EIO;
    psk_mark(embed->scaled, embed->variant[0], embed->variant[1], cfg->width, cfg->height, frames,
             (uint32_t)cfg->key, (uint32_t)(cfg->key >> 32), index, done, cfg->strength, &status);
    if (status.code != PSK_OK)
        return -EIO;
    for (uint32_t i = 0; i < frames; i++)
        control[i] =
            (struct psk_enc_control){ .qp = cfg->qp, .qp_min = cfg->qp, .qp_max = cfg->qp };
    psk_h264enc(embed->variant[is_b], embed->state, control, embed->bits, report, cfg->width,
                cfg->height, frames, embed->bits_max, done == 0 ? PSK_ENC_START : 0, cfg->effort,
                info->fps_num, info->fps_den, &status);
    return status.code == PSK_OK ? 0 : -EIO;
}

static int keep(struct embed *embed, uint32_t done, uint32_t frames,
                const struct psk_enc_report *report)
{
    size_t bytes = 0;

    for (uint32_t i = 0; i < frames; i++) {
        embed->coded[done + i] = (struct ps_video_frame){ .size_bytes = report[i].bytes,
                                                          .is_idr = report[i].is_idr != 0 };
        bytes += report[i].bytes;
    }
    if (embed->out_bytes + bytes > embed->out_room) {
        uint8_t *out = ps_realloc(embed->out, 2 * (embed->out_bytes + bytes), 1);

        if (out == NULL)
            return -ENOMEM;
        embed->out = out;
        embed->out_room = 2 * (embed->out_bytes + bytes);
    }
    memcpy(embed->out + embed->out_bytes, embed->bits, bytes);
    embed->out_bytes += bytes;
    return 0;
}

static int finish(struct embed *embed, uint32_t index, uint64_t first, uint32_t count,
                  struct ps_segment_bytes *ret_bytes)
{
    const struct ps_video_track track = track_of(embed);
    size_t at = 0;

    for (uint32_t i = 0; i < count; i++) {
        embed->coded[i].bits = embed->out + at;
        at += embed->coded[i].size_bytes;
    }
    return ps_segment_video(&track, index, first, embed->coded, count, ret_bytes);
}

int embed_segment(struct embed *embed, uint32_t index, struct ps_segment_bytes *ret_bytes)
{
    const uint64_t first = first_frame_of(embed, index), next = first_frame_of(embed, index + 1);
    const uint64_t end = next < embed->info->frame_count ? next : embed->info->frame_count;
    const uint32_t count = (uint32_t)(end - first);
    int rc = 0;

    embed->out_bytes = 0;
    for (uint32_t done = 0; done < count && rc == 0; done += BATCH_FRAMES) {
        const uint32_t frames = count - done < BATCH_FRAMES ? count - done : BATCH_FRAMES;
        struct psk_enc_report report[BATCH_FRAMES];

        rc = ps_source_frames(embed->source, first + done, frames, embed->frames);
        if (rc == 0)
            rc = run_kernels(embed, index, done, frames, report);
        if (rc == 0)
            rc = keep(embed, done, frames, report);
    }
    return rc == 0 ? finish(embed, index, first, count, ret_bytes) : rc;
}
