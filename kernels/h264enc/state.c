/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernels/h264enc/state_priv.h"

#include <string.h>

#include "kernels/h264enc/h264enc.h"

/* Offsets of struct psk_state_header's fields and of what follows it. */
enum {
    AT_MAGIC = 0,
    AT_ABI_VERSION = 4,
    AT_KERNEL = 8,
    AT_NEXT_FRAME = 12,
    AT_SIZE = 16,
    AT_CRC = 20,
    AT_RESERVED = 24,
    AT_WIDTH = 32,
    AT_HEIGHT = 36,
    AT_FRAME_NUM = 40,
    AT_IDR_PIC_ID = 44,
    AT_PICTURE = 48
};

static void put_u32(uint8_t *bytes, uint32_t value)
{
    bytes[0] = (uint8_t)value;
    bytes[1] = (uint8_t)(value >> 8);
    bytes[2] = (uint8_t)(value >> 16);
    bytes[3] = (uint8_t)(value >> 24);
}

static uint32_t get_u32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

uint32_t psk_h264enc_state_bytes(uint32_t width, uint32_t height)
{
    if (!psk_h264enc_size_is_valid(width, height))
        return 0;
    return AT_PICTURE + (width + 15) / 16 * ((height + 15) / 16) * 384;
}

/* The crc field counts as zero. */
static uint32_t state_crc(const struct psk_crc32c *crc, const uint8_t *state, uint32_t size_bytes)
{
    static const uint8_t zero[4] = { 0, 0, 0, 0 };
    uint32_t value = psk_crc32c(crc, 0, state, AT_CRC);

    value = psk_crc32c(crc, value, zero, 4);
    return psk_crc32c(crc, value, state + AT_RESERVED, size_bytes - AT_RESERVED);
}

void psk_enc_save_state(const struct psk_enc_frame *frame, const struct psk_enc_recon *recon,
                        const struct psk_crc32c *crc, uint8_t *state)
{
    const uint32_t size_bytes = psk_h264enc_state_bytes(frame->width, frame->height);
    uint32_t at = AT_PICTURE;

    memset(state, 0, AT_PICTURE);
    put_u32(state + AT_MAGIC, PSK_STATE_MAGIC);
    put_u32(state + AT_ABI_VERSION, PSK_ABI_VERSION);
    put_u32(state + AT_KERNEL, PSK_KERNEL_H264ENC);
    put_u32(state + AT_NEXT_FRAME, frame->frame_count);
    put_u32(state + AT_SIZE, size_bytes);
    put_u32(state + AT_WIDTH, frame->width);
    put_u32(state + AT_HEIGHT, frame->height);
    put_u32(state + AT_FRAME_NUM, frame->frame_num);
    put_u32(state + AT_IDR_PIC_ID, frame->idr_pic_id);
    for (uint32_t y = 0; y < frame->mb_height * 16; y++, at += frame->mb_width * 16) {
#pragma HLS LOOP_TRIPCOUNT min = 16 max = 1088
        memcpy(state + at, recon->luma[y], frame->mb_width * 16);
    }
    for (int plane = 0; plane < 2; plane++)
        for (uint32_t y = 0; y < frame->mb_height * 8; y++, at += frame->mb_width * 8) {
#pragma HLS LOOP_TRIPCOUNT min = 8 max = 544
            memcpy(state + at, recon->chroma[plane][y], frame->mb_width * 8);
        }
    put_u32(state + AT_CRC, state_crc(crc, state, size_bytes));
}

static int state_is_valid(const uint8_t *state, const struct psk_crc32c *crc,
                          const struct psk_enc_frame *frame)
{
    const uint32_t size_bytes = psk_h264enc_state_bytes(frame->width, frame->height);

    return get_u32(state + AT_MAGIC) == PSK_STATE_MAGIC &&
           get_u32(state + AT_ABI_VERSION) == PSK_ABI_VERSION &&
           get_u32(state + AT_KERNEL) == PSK_KERNEL_H264ENC &&
           get_u32(state + AT_SIZE) == size_bytes && get_u32(state + AT_WIDTH) == frame->width &&
           get_u32(state + AT_HEIGHT) == frame->height && get_u32(state + AT_NEXT_FRAME) != 0 &&
           get_u32(state + AT_FRAME_NUM) != 0 &&
           get_u32(state + AT_FRAME_NUM) <= get_u32(state + AT_NEXT_FRAME) &&
           get_u32(state + AT_IDR_PIC_ID) <= PSK_ENC_IDR_PIC_ID_MAX &&
           get_u32(state + AT_CRC) == state_crc(crc, state, size_bytes);
}

uint32_t psk_enc_load_state(const uint8_t *state, const struct psk_crc32c *crc,
                            struct psk_enc_frame *frame, struct psk_enc_recon *recon)
{
    uint32_t at = AT_PICTURE;

    if (!state_is_valid(state, crc, frame))
        return PSK_BAD_STATE;
    frame->frame_count = get_u32(state + AT_NEXT_FRAME);
    frame->frame_num = get_u32(state + AT_FRAME_NUM);
    frame->idr_pic_id = get_u32(state + AT_IDR_PIC_ID);
    for (uint32_t y = 0; y < frame->mb_height * 16; y++, at += frame->mb_width * 16) {
#pragma HLS LOOP_TRIPCOUNT min = 16 max = 1088
        memcpy(recon->luma[y], state + at, frame->mb_width * 16);
    }
    for (int plane = 0; plane < 2; plane++)
        for (uint32_t y = 0; y < frame->mb_height * 8; y++, at += frame->mb_width * 8) {
#pragma HLS LOOP_TRIPCOUNT min = 8 max = 544
            memcpy(recon->chroma[plane][y], state + at, frame->mb_width * 8);
        }
    return PSK_OK;
}
