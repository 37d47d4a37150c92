/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernels/h264enc/cavlc_priv.h"

#include <stdlib.h>

#include "kernels/h264enc/cavlc_tables_priv.h"

const uint8_t psk_enc_zigzag[16] = { 0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15 };

/* The levels that are not zero, last in scan order first. */
struct nonzero {
    int16_t level[16];
    int8_t position[16];
    int count;
    int trailing_ones;
};

static void collect(const int16_t *level, int level_max, struct nonzero *found)
{
    found->count = 0;
    for (int k = level_max - 1; k >= 0; k--) {
#pragma HLS LOOP_TRIPCOUNT min = 4 max = 16
#pragma HLS PIPELINE II = 1
#pragma HLS LOOP_TRIPCOUNT min = 4 max = 16
        if (level[k] != 0) {
            found->level[found->count] = level[k];
            found->position[found->count] = (int8_t)k;
            found->count++;
        }
    }
    found->trailing_ones = 0;
    while (found->trailing_ones < 3 && found->trailing_ones < found->count &&
           abs(found->level[found->trailing_ones]) == 1) {
#pragma HLS LOOP_TRIPCOUNT min = 0 max = 3
        found->trailing_ones++;
    }
}

static void put_code(struct psk_enc_bits *bits, struct psk_enc_code code)
{
    psk_enc_put(bits, code.code, code.length);
}

static struct psk_enc_code token_of(const struct nonzero *found, int context)
{
    const int row = context < 2 ? 0 : context < 4 ? 1 : context < 8 ? 2 : 3;

    if (context == PSK_ENC_CONTEXT_CHROMA_DC)
        return psk_enc_coeff_token_dc[found->trailing_ones][found->count];
    return psk_enc_coeff_token[row][found->trailing_ones][found->count];
}

/* Codes below 15 << suffix_length have a prefix and a suffix; the rest escape with 12 bits. */
static void put_level(struct psk_enc_bits *bits, uint32_t code, uint32_t suffix_length)
{
    if (suffix_length == 0 && code < 14)
        psk_enc_put(bits, 1, code + 1);
    else if (suffix_length == 0 && code < 30)
        psk_enc_put(bits, 16 + (code - 14), 15 + 4);
    else if (suffix_length == 0)
        psk_enc_put(bits, 4096 + (code - 30), 16 + 12);
    else if (code < 15u << suffix_length)
        psk_enc_put(bits, (1u << suffix_length) | (code & ((1u << suffix_length) - 1)),
                    (code >> suffix_length) + 1 + suffix_length);
    else
        psk_enc_put(bits, 4096 + (code - (15u << suffix_length)), 16 + 12);
}

static void put_levels(struct psk_enc_bits *bits, const struct nonzero *found)
{
    uint32_t suffix_length = found->count > 10 && found->trailing_ones < 3 ? 1 : 0;

    for (int i = 0; i < found->trailing_ones; i++) {
#pragma HLS LOOP_TRIPCOUNT min = 0 max = 3
        psk_enc_put(bits, found->level[i] < 0, 1);
    }
    for (int i = found->trailing_ones; i < found->count; i++) {
#pragma HLS LOOP_TRIPCOUNT min = 0 max = 16
        const int level = found->level[i];
        uint32_t code = level > 0 ? (uint32_t)(2 * level - 2) : (uint32_t)(-2 * level - 1);

        /* With fewer than three ones before it, the first level cannot be a one. */
        if (i == found->trailing_ones && found->trailing_ones < 3)
            code -= 2;
        put_level(bits, code, suffix_length);
        if (suffix_length == 0)
            suffix_length = 1;
        if (abs(level) > 3 << (suffix_length - 1) && suffix_length < 6)
            suffix_length++;
    }
}

static void put_zeros(struct psk_enc_bits *bits, const struct nonzero *found, int level_max)
{
    int left = found->position[0] + 1 - found->count;

    if (level_max == 4 && found->count < 4)
        put_code(bits, psk_enc_total_zeros_dc[found->count - 1][left]);
    else if (found->count < level_max)
        put_code(bits, psk_enc_total_zeros[found->count - 1][left]);
    for (int i = 0; i + 1 < found->count && left > 0; i++) {
#pragma HLS LOOP_TRIPCOUNT min = 0 max = 15
        const int run = found->position[i] - found->position[i + 1] - 1;

        put_code(bits, psk_enc_run_before[left > 6 ? 6 : left - 1][run]);
        left -= run;
    }
}

void psk_enc_put_block(struct psk_enc_bits *bits, const int16_t *level, int level_max, int context)
{
    struct nonzero found;

    collect(level, level_max, &found);
    put_code(bits, token_of(&found, context));
    if (found.count == 0)
        return;
    put_levels(bits, &found);
    put_zeros(bits, &found, level_max);
}

static uint32_t level_bits(uint32_t code, uint32_t suffix_length)
{
    if (suffix_length == 0)
        return code < 14 ? code + 1 : code < 30 ? 19 : 28;
    return code < 15u << suffix_length ? (code >> suffix_length) + 1 + suffix_length : 28;
}

static uint32_t levels_bits(const struct nonzero *found)
{
    uint32_t suffix_length = found->count > 10 && found->trailing_ones < 3 ? 1 : 0;
    uint32_t bits = (uint32_t)found->trailing_ones;

    for (int i = found->trailing_ones; i < found->count; i++) {
#pragma HLS LOOP_TRIPCOUNT min = 0 max = 16
        const uint32_t size = (uint32_t)abs(found->level[i]);
        const uint32_t code = 2 * size - (found->level[i] > 0 ? 2 : 1);

        bits += level_bits(i == found->trailing_ones && i < 3 ? code - 2 : code, suffix_length);
        if (suffix_length == 0)
            suffix_length = 1;
        if (size > 3u << (suffix_length - 1) && suffix_length < 6)
            suffix_length++;
    }
    return bits;
}

static uint32_t zeros_bits(const struct nonzero *found, int level_max)
{
    int left = found->position[0] + 1 - found->count;
    uint32_t bits = 0;

    if (level_max == 4 && found->count < 4)
        bits = psk_enc_total_zeros_dc[found->count - 1][left].length;
    else if (found->count < level_max)
        bits = psk_enc_total_zeros[found->count - 1][left].length;
    for (int i = 0; i + 1 < found->count && left > 0; i++) {
#pragma HLS LOOP_TRIPCOUNT min = 0 max = 15
        const int run = found->position[i] - found->position[i + 1] - 1;

        bits += psk_enc_run_before[left > 6 ? 6 : left - 1][run].length;
        left -= run;
    }
    return bits;
}

uint32_t psk_enc_block_bits(const int16_t *level, int level_max, int context)
{
    struct nonzero found;
    uint32_t bits;

    collect(level, level_max, &found);
    bits = token_of(&found, context).length;
    if (found.count != 0)
        bits += levels_bits(&found) + zeros_bits(&found, level_max);
    return bits;
}
