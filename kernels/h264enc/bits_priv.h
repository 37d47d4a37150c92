/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/h264enc/bits_priv.h - bit writer and NAL sink.
 *
 * Two stages, so that hardware needs no random access to the output: codes are gathered in a small
 * buffer that holds one macroblock at most; finished bytes drain into the output buffer, with
 * emulation prevention (H.264 7.4.1: no 00 00 followed by 00..03 inside a NAL unit).
 */
#ifndef PS_KERNELS_H264ENC_BITS_PRIV_H
#define PS_KERNELS_H264ENC_BITS_PRIV_H

#include <stdint.h>

/* A macroblock: 400 levels of at most 28 bits, 27 tokens, runs; a power of two above that. */
#define PSK_ENC_BITS_BYTES_MAX 2048u

struct psk_enc_bits {
    uint64_t tail; /* low tail_bits bits are not in byte[] yet */
    uint32_t tail_bits;
    uint32_t count;
    uint8_t byte[PSK_ENC_BITS_BYTES_MAX];
};

struct psk_enc_nal {
    uint32_t bytes; /* written to the output so far */
    uint32_t bytes_max;
    uint32_t zeros;    /* zero bytes just written, 0..2 */
    uint32_t overflow; /* 1 once a byte did not fit; nothing is written from then on */
};

/* @p length 1..32; @p value has no bits above that. */
static inline void psk_enc_put(struct psk_enc_bits *bits, uint32_t value, uint32_t length)
{
    bits->tail = (bits->tail << length) | value;
    bits->tail_bits += length;
    while (bits->tail_bits >= 8) {
#pragma HLS LOOP_TRIPCOUNT min = 0 max = 4
        bits->tail_bits -= 8;
        bits->byte[bits->count & (PSK_ENC_BITS_BYTES_MAX - 1)] =
            (uint8_t)(bits->tail >> bits->tail_bits);
        bits->count++;
    }
}

/* Length of ue(v); @p value < 2^16 - 1. */
static inline uint32_t psk_enc_ue_length(uint32_t value)
{
    return 63u - 2u * (uint32_t)__builtin_clz(value + 1);
}

static inline uint32_t psk_enc_se_code(int32_t value)
{
    return value > 0 ? 2u * (uint32_t)value - 1u : 2u * (uint32_t)-value;
}

static inline void psk_enc_put_ue(struct psk_enc_bits *bits, uint32_t value)
{
    psk_enc_put(bits, value + 1, psk_enc_ue_length(value));
}

static inline void psk_enc_put_se(struct psk_enc_bits *bits, int32_t value)
{
    psk_enc_put_ue(bits, psk_enc_se_code(value));
}

/** Empty the writer. */
void psk_enc_bits_reset(struct psk_enc_bits *bits);

/** rbsp_trailing_bits(): a one, then zeros up to the byte. */
void psk_enc_put_trailing(struct psk_enc_bits *bits);

/** Start code and NAL header byte; a new NAL unit. */
void psk_enc_nal_begin(struct psk_enc_nal *nal, uint8_t *out, uint8_t header);

/** Move whole bytes from @p bits to @p out; at most seven bits stay behind. */
void psk_enc_nal_drain(struct psk_enc_nal *nal, uint8_t *out, struct psk_enc_bits *bits);

#endif
