/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/media/avc_priv.h"

#include <string.h>

#include "host/base/assert.h"
#include "host/base/mem.h"

#define NAL_LENGTH_BYTES 4u
#define NAL_BYTES_MAX    UINT32_MAX

/* The next 00 00 01 at or after @p from; @p size_bytes when there is none. */
static size_t find_start_code(const uint8_t *data, size_t size_bytes, size_t from)
{
    for (size_t i = from; i + 3 <= size_bytes; i++)
        if (data[i] == 0 && data[i + 1] == 0 && data[i + 2] == 1)
            return i;
    return size_bytes;
}

bool ps_avc_next_nal(const uint8_t *annexb, size_t size_bytes, size_t *pos,
                     struct ps_avc_nal *ret_nal)
{
    size_t start = find_start_code(annexb, size_bytes, *pos);

    while (start < size_bytes) {
        const size_t first = start + 3;
        const size_t next = find_start_code(annexb, size_bytes, first);
        size_t end = next;

        /* A unit never ends in a zero byte: those belong to the next start code or are padding. */
        while (end > first && annexb[end - 1] == 0)
            end--;
        if (end > first) {
            *ret_nal = (struct ps_avc_nal){ .data = annexb + first, .size_bytes = end - first };
            *pos = next;
            return true;
        }
        start = next;
    }
    *pos = size_bytes;
    return false;
}

size_t ps_avc_mp4_bytes(const uint8_t *annexb, size_t size_bytes)
{
    struct ps_avc_nal nal;
    size_t total = 0;

    for (size_t pos = 0; ps_avc_next_nal(annexb, size_bytes, &pos, &nal);)
        total += NAL_LENGTH_BYTES + nal.size_bytes;
    return total;
}

void ps_avc_to_mp4(const uint8_t *annexb, size_t size_bytes, uint8_t *out)
{
    struct ps_avc_nal nal;

    for (size_t pos = 0; ps_avc_next_nal(annexb, size_bytes, &pos, &nal);) {
        ps_assert(nal.size_bytes <= NAL_BYTES_MAX);
        out[0] = (uint8_t)(nal.size_bytes >> 24);
        out[1] = (uint8_t)(nal.size_bytes >> 16);
        out[2] = (uint8_t)(nal.size_bytes >> 8);
        out[3] = (uint8_t)nal.size_bytes;
        memcpy(out + NAL_LENGTH_BYTES, nal.data, nal.size_bytes);
        out += NAL_LENGTH_BYTES + nal.size_bytes;
    }
}

static bool find_nal(const uint8_t *annexb, size_t size_bytes, unsigned type,
                     struct ps_avc_nal *ret_nal)
{
    for (size_t pos = 0; ps_avc_next_nal(annexb, size_bytes, &pos, ret_nal);)
        if ((ret_nal->data[0] & 0x1fu) == type)
            return ret_nal->size_bytes <= UINT16_MAX;
    return false;
}

static uint8_t *put_parameter_set(uint8_t *out, const struct ps_avc_nal *nal)
{
    *out++ = (uint8_t)(nal->size_bytes >> 8);
    *out++ = (uint8_t)nal->size_bytes;
    memcpy(out, nal->data, nal->size_bytes);
    return out + nal->size_bytes;
}

size_t ps_avc_config(const uint8_t *annexb, size_t size_bytes, uint8_t *out, size_t out_bytes)
{
    struct ps_avc_nal sps, pps;
    uint8_t *end = out;

    if (!find_nal(annexb, size_bytes, PS_AVC_NAL_SPS, &sps) || sps.size_bytes < 4 ||
        !find_nal(annexb, size_bytes, PS_AVC_NAL_PPS, &pps) ||
        11 + sps.size_bytes + pps.size_bytes > out_bytes)
        return 0;
    *end++ = 1;                   /* version */
    memcpy(end, sps.data + 1, 3); /* profile, constraints, level */
    end += 3;
    *end++ = 0xfc | (NAL_LENGTH_BYTES - 1);
    *end++ = 0xe0 | 1; /* one SPS */
    end = put_parameter_set(end, &sps);
    *end++ = 1; /* one PPS */
    end = put_parameter_set(end, &pps);
    ps_assert((size_t)(end - out) == 11 + sps.size_bytes + pps.size_bytes);
    return (size_t)(end - out);
}

unsigned ps_avc_level(uint32_t width, uint32_t height, uint32_t fps_num, uint32_t fps_den)
{
    static const struct {
        uint8_t level_x10;
        uint32_t frame_mbs, mbs_per_s;
    } table[] = {
        { 10, 99, 1485 },     { 11, 396, 3000 },     { 12, 396, 6000 },     { 13, 396, 11880 },
        { 20, 396, 11880 },   { 21, 792, 19800 },    { 22, 1620, 20250 },   { 30, 1620, 40500 },
        { 31, 3600, 108000 }, { 32, 5120, 216000 },  { 40, 8192, 245760 },  { 41, 8192, 245760 },
        { 42, 8704, 522240 }, { 50, 22080, 589824 }, { 51, 36864, 983040 },
    };
    const uint64_t mbs = (uint64_t)((width + 15u) / 16u) * ((height + 15u) / 16u);

    for (size_t i = 0; i < PS_ARRAY_LEN(table); i++)
        if (mbs <= table[i].frame_mbs && mbs * fps_num <= (uint64_t)table[i].mbs_per_s * fps_den)
            return table[i].level_x10;
    return 51;
}
