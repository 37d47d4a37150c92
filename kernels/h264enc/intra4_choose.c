/* SPDX-License-Identifier: BSD-3-Clause */
/* kernels/h264enc/intra4_choose.c - the modes of an Intra 4x4 macroblock's blocks. */
#include "kernels/h264enc/cavlc_priv.h"
#include "kernels/h264enc/intra4_priv.h"
#include "kernels/h264enc/macroblock_priv.h"
#include "kernels/h264enc/rd_priv.h"

#include <string.h>

#define TRIED_MAX 3 /* modes of a block that are coded to see, where effort allows */

/* A block as it would be coded in one mode. */
struct block {
    uint8_t mode;
    uint8_t pred[16];
    uint8_t recon[16];
    int16_t level[16];
    uint32_t count;
};

static void copy_out(const uint8_t samples[256], int block, uint8_t out[16])
{
    const uint8_t *from = samples + (block >> 2) * 64 + (block & 3) * 4;

    for (int y = 0; y < 4; y++)
        memcpy(out + y * 4, from + y * 16, 4);
}

static void copy_in(const uint8_t in[16], int block, uint8_t samples[256])
{
    uint8_t *to = samples + (block >> 2) * 64 + (block & 3) * 4;

    for (int y = 0; y < 4; y++)
        memcpy(to + y * 16, in + y * 4, 4);
}

static uint32_t mode_bits(int mode, int expected)
{
    return mode == expected ? 1 : 4;
}

/* SATD + lambda * bits of each mode; UINT32_MAX where it is impossible. */
static void mode_costs(const uint8_t source[16], const struct psk_enc_edge *edge, int expected,
                       uint32_t lambda, uint8_t pred[16][PSK_ENC_SATD_LANES],
                       uint32_t cost[PSK_ENC_INTRA4_MODE_COUNT])
{
    uint16_t satd[PSK_ENC_SATD_LANES];

    psk_enc_predict_intra4(edge, pred);
    psk_enc_satd_lanes(source, pred, satd);
    for (int mode = 0; mode < PSK_ENC_INTRA4_MODE_COUNT; mode++) {
#pragma HLS UNROLL
        cost[mode] = psk_enc_intra4_is_possible(mode, edge)
                         ? satd[mode] + lambda * mode_bits(mode, expected)
                         : UINT32_MAX;
    }
}

static int cheapest(const uint32_t cost[PSK_ENC_INTRA4_MODE_COUNT])
{
    int best = PSK_ENC_INTRA4_DC;

    for (int mode = 0; mode < PSK_ENC_INTRA4_MODE_COUNT; mode++) {
#pragma HLS UNROLL
        if (cost[mode] < cost[best])
            best = mode;
    }
    return best;
}

static void code_block(const struct psk_enc_frame *frame, const uint8_t source[16],
                       uint8_t pred[16][PSK_ENC_SATD_LANES], int mode, int context,
                       struct block *block)
{
    block->mode = (uint8_t)mode;
    for (int i = 0; i < 16; i++) {
#pragma HLS UNROLL
        block->pred[i] = pred[i][mode];
    }
    block->count =
        psk_enc_code_block_intra4(frame, source, block->pred, context, block->level, block->recon);
}

static uint32_t rd_cost(const struct psk_enc_frame *frame, const uint8_t source[16],
                        const struct block *block, int expected, int context)
{
    int16_t scan[16];

    for (int k = 0; k < 16; k++) {
#pragma HLS UNROLL
        scan[k] = block->level[psk_enc_zigzag[k]];
    }
    return (psk_enc_ssd(source, block->recon, 16) << PSK_ENC_RD_SHIFT) +
           psk_enc_lambda_rd(frame->qp) *
               (psk_enc_block_bits(scan, 16, context) + mode_bits(block->mode, expected));
}

/* Of the modes with the least SATD, the one with the least true cost. */
static void choose_by_rd(const struct psk_enc_frame *frame, const uint8_t source[16],
                         uint8_t pred[16][PSK_ENC_SATD_LANES],
                         uint32_t cost[PSK_ENC_INTRA4_MODE_COUNT], int expected, int context,
                         struct block *best)
{
    uint32_t best_cost = UINT32_MAX;
    struct block tried;

    for (int i = 0; i < TRIED_MAX; i++) {
        const int mode = cheapest(cost);
        uint32_t cost_here;

        if (cost[mode] == UINT32_MAX)
            break;
        cost[mode] = UINT32_MAX;
        code_block(frame, source, pred, mode, context, &tried);
        cost_here = rd_cost(frame, source, &tried, expected, context);
        if (cost_here < best_cost) {
            best_cost = cost_here;
            *best = tried;
        }
    }
}

static void keep_block(const struct block *coded, int block, struct psk_enc_window *window,
                       struct psk_enc_trial *trial)
{
    const int x = (block & 3) * 4;
    const int y = (block >> 2) * 4;

    for (int row = 0; row < 4; row++)
        memcpy(&window->line[1 + y + row][1 + x], coded->recon + 4 * row, 4);
    copy_in(coded->pred, block, trial->pred.luma);
    copy_in(coded->recon, block, trial->recon.luma);
    memcpy(trial->residual.luma[block], coded->level, sizeof(coded->level));
    trial->choice.intra4_mode[block] = coded->mode;
    trial->mb.luma_count[block] = (uint8_t)coded->count;
    if (coded->count != 0)
        trial->residual.luma_cbp |= 1u << ((block >> 3) * 2 + ((block >> 1) & 1));
}

uint32_t psk_enc_code_luma_intra4(const struct psk_enc_frame *frame,
                                  const struct psk_enc_recon *recon, uint32_t mb_x, uint32_t mb_y,
                                  const struct psk_enc_samples *source, uint32_t cost_max,
                                  struct psk_enc_trial *trial)
{
    const uint32_t lambda = psk_enc_lambda(frame->qp);
    struct psk_enc_window window;
    uint32_t total = 0;

    psk_enc_open_window(recon, frame->mb_width, mb_x, mb_y, &window);
    trial->residual.luma_cbp = 0;
    for (int i = 0; i < 16 && total < cost_max; i++) {
#pragma HLS LOOP_TRIPCOUNT min = 1 max = 16
        const int block = psk_enc_coding_order[i];
        const int context = psk_enc_luma_context(frame, mb_x, mb_y, &trial->mb, block);
        const int expected =
            psk_enc_expect_intra4(frame, mb_x, mb_y, block, trial->choice.intra4_mode);
        uint8_t source4[16], pred[16][PSK_ENC_SATD_LANES];
        uint32_t cost[PSK_ENC_INTRA4_MODE_COUNT];
        struct psk_enc_edge edge;
        struct block best;

        copy_out(source->luma, block, source4);
        psk_enc_edge_of(&window, block, &edge);
        mode_costs(source4, &edge, expected, lambda, pred, cost);
        total += cost[cheapest(cost)];
        if (frame->effort >= PSK_ENC_EFFORT_THIN)
            choose_by_rd(frame, source4, pred, cost, expected, context, &best);
        else
            code_block(frame, source4, pred, cheapest(cost), context, &best);
        keep_block(&best, block, &window, trial);
    }
    return total < cost_max ? total : UINT32_MAX;
}
