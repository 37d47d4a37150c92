/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/media/avc_priv.h - H.264 in its two wrappings: Annex B (start codes) and MP4 (lengths).
 *
 * Pure. Threads: any.
 */
#ifndef PS_HOST_MEDIA_AVC_PRIV_H
#define PS_HOST_MEDIA_AVC_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PS_AVC_NAL_SPS 7u
#define PS_AVC_NAL_PPS 8u

/* One NAL unit inside somebody else's bytes. */
struct ps_avc_nal {
    const uint8_t *data;
    size_t size_bytes;
};

/**
 * Step to the next NAL unit of an Annex-B stream.
 * @param pos  In and out: the byte to go on from; 0 at first.
 * @return true and the unit, false at the end. Empty units are skipped.
 */
bool ps_avc_next_nal(const uint8_t *annexb, size_t size_bytes, size_t *pos,
                     struct ps_avc_nal *ret_nal);

/** Bytes that ps_avc_to_mp4() writes for this stream; 0 without a NAL unit. */
size_t ps_avc_mp4_bytes(const uint8_t *annexb, size_t size_bytes);
/** Write the NAL units behind 4-byte lengths. @param out  ps_avc_mp4_bytes() of room. */
void ps_avc_to_mp4(const uint8_t *annexb, size_t size_bytes, uint8_t *out);

/**
 * The avcC record (ISO/IEC 14496-15) of the first SPS and PPS in @p annexb.
 * @return Its size, or 0: one of them is missing or malformed, or @p out is too small.
 */
size_t ps_avc_config(const uint8_t *annexb, size_t size_bytes, uint8_t *out, size_t out_bytes);

/**
 * Level of H.264 table A-1, times ten: the lowest one whose frame size and macroblock rate hold
 * this video; 51 when none does. Bitrate is not looked at.
 */
unsigned ps_avc_level(uint32_t width, uint32_t height, uint32_t fps_num, uint32_t fps_den);

#endif
