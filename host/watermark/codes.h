/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/watermark/codes.h - which variant each viewer gets of each segment: bias-based
 * fingerprinting codes, drawn from a key.
 *
 * Segment i has a secret bias p_i; a viewer's bit is 1 (variant A) with probability p_i, drawn for
 * each viewer alone. That is Tardos's construction (STOC 2003; J. ACM 55(2), 2008); his biases
 * follow the arcsine density. Here they follow its best discretisation for a known number of
 * colluders c: the ceil(c/2) points of Gauss-Legendre quadrature with the weights of Nuida et al.
 * (Des. Codes Cryptogr. 52, 2009), which tends to the arcsine law as c grows and takes far fewer
 * segments for small c. For c of 1 or 2 every bias is one half.
 *
 * Bits come from ChaCha20 (libsodium) under a hash of the key, with the viewer's number as nonce:
 * who knows any number of code words but not the key learns nothing of the others, nor of biases.
 *
 * Threads: a code is read-only once drawn. No heap.
 */
#ifndef PS_HOST_WATERMARK_CODES_H
#define PS_HOST_WATERMARK_CODES_H

#include <stddef.h>
#include <stdint.h>

#define PS_CODES_SEGMENTS_MAX  16384u
#define PS_CODES_COLLUDERS_MAX 32u
#define PS_CODES_LEVELS_MAX    (PS_CODES_COLLUDERS_MAX / 2)
#define PS_CODES_VIEWERS_MAX   100000000u
#define PS_CODES_BYTES(n)      (((n) + 7u) / 8u)
#define PS_CODES_BYTES_MAX     PS_CODES_BYTES(PS_CODES_SEGMENTS_MAX)

struct ps_codes_level {
    double bias;
    double weight; /* the weights of all levels add up to 1 */
};

struct ps_codes {
    uint8_t secret[32];
    uint32_t segment_count;
    uint16_t bias[PS_CODES_SEGMENTS_MAX]; /* in 1/65536, never 0 */
};

/** The biases for @p colluders, 1..PS_CODES_COLLUDERS_MAX, ascending. @return how many. */
uint32_t ps_codes_levels(uint32_t colluders, struct ps_codes_level levels[PS_CODES_LEVELS_MAX]);

/**
 * Draw the biases. The same arguments give the same code; a longer code begins with a shorter one.
 * @return 0, -EINVAL (a number out of range) or -EIO (libsodium does not start).
 */
int ps_codes_draw(struct ps_codes *codes, uint64_t key, uint32_t colluders, uint32_t segment_count);

/** A viewer's bits, PS_CODES_BYTES(segment_count); bit i is bit 7 - i % 8 of byte i / 8. */
void ps_codes_word(const struct ps_codes *codes, uint64_t viewer, uint8_t *ret_bits);

/**
 * One bit of a viewer's word, without drawing a code: for who serves one segment at a time.
 * @return 0 or 1, or a negative errno as ps_codes_draw().
 */
int ps_codes_bit_of(uint64_t key, uint32_t colluders, uint64_t viewer, uint32_t position);

static inline int ps_codes_bit(const uint8_t *bits, uint32_t position)
{
    return bits[position / 8] >> (7 - position % 8) & 1;
}

#endif
