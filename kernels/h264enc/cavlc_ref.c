/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/h264enc/cavlc_ref.c - a residual block from the decoder's point of view: each level gets
 * the first prefix and suffix that H.264 9.2.2.1 would read back as that level.
 */
#include "kernels/h264enc/cavlc_priv.h"

#include <stdlib.h>

#include "kernels/h264enc/cavlc_tables_priv.h"

static int suffix_size(int prefix, int suffix_length)
{
    if (prefix == 14 && suffix_length == 0)
        return 4;
    return prefix == 15 ? 12 : suffix_length;
}

/* What a decoder makes of the pair; @p plain: three ones came before, or this is not the first. */
static int decoded_level(int prefix, int suffix, int suffix_length, int plain)
{
    int code = prefix * (1 << suffix_length) + suffix;

    if (prefix == 15 && suffix_length == 0)
        code += 15;
    if (!plain)
        code += 2;
    return code % 2 == 0 ? (code + 2) / 2 : (-code - 1) / 2;
}

static void put_level(struct psk_enc_bits *bits, int level, int suffix_length, int plain)
{
    for (int prefix = 0; prefix <= 15; prefix++) {
        const int size = suffix_size(prefix, suffix_length);

        for (int suffix = 0; suffix < 1 << size; suffix++) {
            if (decoded_level(prefix, suffix, suffix_length, plain) != level)
                continue;
            psk_enc_put(bits, 1, (uint32_t)prefix + 1);
            if (size > 0)
                psk_enc_put(bits, (uint32_t)suffix, (uint32_t)size);
            return;
        }
    }
}

static void put_levels(struct psk_enc_bits *bits, const int *value, int total, int ones)
{
    int suffix_length = total > 10 && ones < 3;

    for (int i = 0; i < total; i++) {
        if (i < ones) {
            psk_enc_put(bits, value[i] < 0, 1);
            continue;
        }
        put_level(bits, value[i], suffix_length, i > ones || ones == 3);
        if (suffix_length == 0)
            suffix_length = 1;
        if (abs(value[i]) > 3 * (1 << (suffix_length - 1)) && suffix_length < 6)
            suffix_length++;
    }
}

static void put(struct psk_enc_bits *bits, struct psk_enc_code code)
{
    psk_enc_put(bits, code.code, code.length);
}

void psk_enc_put_block_ref(struct psk_enc_bits *bits, const int16_t *level, int level_max,
                           int context)
{
    const int table = context >= 8 ? 3 : context >= 4 ? 2 : context >= 2 ? 1 : 0;
    int value[16]; /* last in scan order first */
    int run[16];   /* zeros before it */
    int total = 0;
    int zeros = 0;
    int ones = 0;

    for (int k = level_max - 1; k >= 0; k--) {
        if (level[k] != 0) {
            value[total] = level[k];
            run[total++] = 0;
        } else if (total > 0) {
            run[total - 1]++;
            zeros++;
        }
    }
    while (ones < 3 && ones < total && abs(value[ones]) == 1)
        ones++;
    put(bits, level_max == 4 ? psk_enc_coeff_token_dc[ones][total]
                             : psk_enc_coeff_token[table][ones][total]);
    put_levels(bits, value, total, ones);
    if (total == 0 || total == level_max)
        return;
    put(bits, level_max == 4 ? psk_enc_total_zeros_dc[total - 1][zeros]
                             : psk_enc_total_zeros[total - 1][zeros]);
    for (int i = 0; i < total - 1 && zeros > 0; i++) {
        put(bits, psk_enc_run_before[zeros < 7 ? zeros - 1 : 6][run[i]]);
        zeros -= run[i];
    }
}
