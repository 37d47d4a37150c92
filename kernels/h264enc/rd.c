/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernels/h264enc/rd_priv.h"

#include <stdlib.h>
#include <string.h>

#include "kernels/h264enc/cavlc_priv.h"
#include "kernels/h264enc/transform_priv.h"

/* No level costs more than its code, a longer token and its run. */
#define MOST_BITS_SAVED 12u

uint32_t psk_enc_lambda_rd(uint32_t qp)
{
    /* 16 * 0.53 * 2^((qp - 12) / 3): docs/decisions/012. */
    static const uint32_t lambda[52] = {
        1,    1,    1,    1,    1,     2,     2,     3,     3,     4,     5,     7,     8,
        11,   13,   17,   21,   27,    34,    43,    54,    68,    85,    108,   136,   171,
        215,  271,  342,  431,  543,   684,   862,   1085,  1368,  1723,  2171,  2735,  3446,
        4342, 5470, 6892, 8684, 10941, 13784, 17367, 21881, 27568, 34734, 43762, 55137, 69468
    };

    return lambda[qp];
}

uint32_t psk_enc_ssd(const uint8_t *a, const uint8_t *b, int count)
{
    int sum = 0;

    for (int i = 0; i < count; i++) {
#pragma HLS LOOP_TRIPCOUNT min = 16 max = 256
#pragma HLS UNROLL factor = 16
        const int16_t d = (int16_t)(a[i] - b[i]);

        sum += d * d;
    }
    return (uint32_t)sum;
}

/* Half a unit in the last place of CAVLC's opinion: a one after few zeros is cheap to keep. */
uint32_t psk_enc_level_score(const int16_t level[16], int first)
{
    static const uint8_t score_after[16] = { 3, 2, 2, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
    uint32_t score = 0;
    uint32_t zeros = 0;

    for (int k = first; k < 16; k++) {
#pragma HLS LOOP_TRIPCOUNT min = 15 max = 16
#pragma HLS PIPELINE II = 1
#pragma HLS LOOP_TRIPCOUNT min = 15 max = 16
        const int16_t value = level[psk_enc_zigzag[k]];

        if (value == 0) {
            zeros++;
            continue;
        }
        if (value > 1 || value < -1)
            return 9;
        score += score_after[zeros];
        zeros = 0;
    }
    return score;
}

/* A block in scan order, and what it costs to take a level one nearer to zero. */
struct levels {
    int16_t scan[16];
    int32_t loss[16]; /* in the units of PSK_ENC_RD_SHIFT */
    int count;
};

/*
 * In the transform domain: a coefficient w stands for w^2 / n of squared error, n the squared norm
 * of its basis; a level times @p step is in units of w / 64.
 */
static int32_t loss_of(int coef, int level, int step, int norm)
{
    const int64_t error = 64 * (int64_t)abs(coef) - (int64_t)level * step;

    return (int32_t)(step * (2 * error + step) / (256 * norm));
}

static void collect(const int16_t coef[16], const int16_t level[16], int first, uint32_t qp,
                    struct levels *levels)
{
    /* By kind of position: both even, mixed, both odd. */
    static const uint8_t norm[3] = { 16, 40, 100 };
    static const uint8_t gain[3] = { 16, 20, 25 };

    levels->count = 16 - first;
    for (int k = first; k < 16; k++) {
#pragma HLS LOOP_TRIPCOUNT min = 15 max = 16
#pragma HLS PIPELINE II = 1
#pragma HLS LOOP_TRIPCOUNT min = 15 max = 16
        const int i = psk_enc_zigzag[k];
        const int kind = (i & 1) + (i >> 2 & 1);

        levels->scan[k - first] = level[i];
        levels->loss[k - first] =
            level[i] == 0 ? 0
                          : loss_of(coef[i], abs(level[i]),
                                    gain[kind] * psk_enc_dequant_step(i, qp), norm[kind]);
    }
}

/* From the highest frequency down, each level at most one nearer. Returns the block's bits. */
static uint32_t lower(struct levels *levels, uint32_t lambda, int context)
{
    uint32_t bits = psk_enc_block_bits(levels->scan, levels->count, context);

    for (int k = levels->count - 1; k >= 0; k--) {
#pragma HLS LOOP_TRIPCOUNT min = 4 max = 16
        const int16_t before = levels->scan[k];
        uint32_t fewer;

        if (before == 0 || levels->loss[k] >= (int32_t)(lambda * MOST_BITS_SAVED))
            continue;
        levels->scan[k] = (int16_t)(before > 0 ? before - 1 : before + 1);
        fewer = psk_enc_block_bits(levels->scan, levels->count, context);
        if (levels->loss[k] + (int32_t)(lambda * fewer) < (int32_t)(lambda * bits))
            bits = fewer;
        else
            levels->scan[k] = before;
    }
    return bits;
}

/* Squared error that the whole block at zero adds to what its levels leave. */
static int64_t loss_of_all(const int16_t coef[16], const struct levels *levels, int first,
                           uint32_t qp)
{
    static const uint8_t norm[3] = { 16, 40, 100 };
    static const uint8_t gain[3] = { 16, 20, 25 };
    int64_t loss = 0;

    for (int k = first; k < 16; k++) {
#pragma HLS LOOP_TRIPCOUNT min = 15 max = 16
#pragma HLS PIPELINE II = 1
#pragma HLS LOOP_TRIPCOUNT min = 15 max = 16
        const int i = psk_enc_zigzag[k];
        const int kind = (i & 1) + (i >> 2 & 1);
        const int64_t value =
            (int64_t)levels->scan[k - first] * gain[kind] * psk_enc_dequant_step(i, qp);

        loss += value * (128 * (int64_t)coef[i] - value) / (256 * norm[kind]);
    }
    return loss;
}

uint32_t psk_enc_thin_levels(const int16_t coef[16], int16_t level[16], int first, uint32_t qp,
                             uint32_t lambda, int context)
{
    static const int16_t none[16] = { 0 };
    struct levels levels;
    uint32_t bits;
    uint32_t count = 0;

    collect(coef, level, first, qp, &levels);
    bits = lower(&levels, lambda, context);
    if (loss_of_all(coef, &levels, first, qp) <
        (int64_t)lambda * (bits - psk_enc_block_bits(none, levels.count, context)))
        memset(levels.scan, 0, sizeof(levels.scan));
    for (int k = first; k < 16; k++) {
#pragma HLS LOOP_TRIPCOUNT min = 15 max = 16
#pragma HLS PIPELINE II = 1
#pragma HLS LOOP_TRIPCOUNT min = 15 max = 16
        level[psk_enc_zigzag[k]] = levels.scan[k - first];
        count += levels.scan[k - first] != 0;
    }
    return count;
}
