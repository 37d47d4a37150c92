/* SPDX-License-Identifier: BSD-3-Clause */
/* kernels/h264enc/search.c - the motion search of inter_priv.h. */
#include "kernels/h264enc/bits_priv.h"
#include "kernels/h264enc/inter_priv.h"
#include "kernels/h264enc/macroblock_priv.h"

#include <stdlib.h>

#define HEXAGON_STEPS_MAX 16
#define DIAMOND_STEPS_MAX 2

/* The state of one search; positions are in quarter samples throughout. */
struct search {
    struct psk_enc_mv median;
    struct psk_enc_mv best;
    uint32_t best_cost;
    uint32_t lambda;
};

static const int8_t hexagon[6][2] = { { -8, 0 }, { -4, -8 }, { 4, -8 },
                                      { 8, 0 },  { 4, 8 },   { -4, 8 } };
static const int8_t diamond[4][2] = { { -4, 0 }, { 4, 0 }, { 0, -4 }, { 0, 4 } };
static const int8_t square[8][2] = { { -1, -1 }, { 0, -1 }, { 1, -1 }, { -1, 0 },
                                     { 1, 0 },   { -1, 1 }, { 0, 1 },  { 1, 1 } };

uint32_t psk_enc_lambda(uint32_t qp)
{
    /* 2^((qp - 12) / 6), at least 1. */
    static const uint8_t lambda[52] = { 1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,
                                        1,  1,  1,  2,  2,  2,  2,  3,  3,  3,  4,  4,  4,
                                        5,  6,  6,  7,  8,  9,  10, 11, 13, 14, 16, 18, 20,
                                        23, 25, 29, 32, 36, 40, 45, 51, 57, 64, 72, 81, 91 };

    return lambda[qp];
}

/* Plain abs(a - b) over a fixed length: the form that compilers turn into one instruction. */
uint32_t psk_enc_sad(const uint8_t a[256], const uint8_t b[256])
{
    int sum = 0;

    for (int i = 0; i < 256; i++) {
#pragma HLS UNROLL factor = 16
        sum += abs(a[i] - b[i]);
    }
    return (uint32_t)sum;
}

static uint32_t sad_at(const struct psk_enc_reference *reference, uint32_t mb_x, uint32_t mb_y,
                       struct psk_enc_mv mv, const uint8_t source[256])
{
    const uint8_t *block = &reference->luma[(int)mb_y * 16 + mv.y / 4 + PSK_ENC_MARGIN]
                                           [(int)mb_x * 16 + mv.x / 4 + PSK_ENC_MARGIN];
    int sum = 0;

    for (int y = 0; y < 16; y++) {
        const uint8_t *line = block + y * (int)sizeof(reference->luma[0]);

        for (int x = 0; x < 16; x++) {
#pragma HLS UNROLL
            sum += abs(line[x] - source[y * 16 + x]);
        }
    }
    return (uint32_t)sum;
}

static uint32_t mv_cost(const struct search *search, struct psk_enc_mv mv)
{
    const uint32_t x = psk_enc_ue_length(psk_enc_se_code(mv.x - search->median.x));
    const uint32_t y = psk_enc_ue_length(psk_enc_se_code(mv.y - search->median.y));

    return search->lambda * (x + y);
}

static void take_if_better(struct search *search, struct psk_enc_mv mv, uint32_t sad)
{
    const uint32_t cost = sad + mv_cost(search, mv);

    if (cost < search->best_cost) {
        search->best_cost = cost;
        search->best = mv;
    }
}

static void try_whole(struct search *search, const struct psk_enc_frame *frame,
                      const struct psk_enc_reference *reference, uint32_t mb_x, uint32_t mb_y,
                      int x, int y, const uint8_t source[256])
{
    struct psk_enc_mv mv;

    mv.x = (int16_t)(x & ~3);
    mv.y = (int16_t)(y & ~3);
    if (psk_enc_mv_is_inside(frame, mb_x, mb_y, mv))
        take_if_better(search, mv, sad_at(reference, mb_x, mb_y, mv, source));
}

/* Follow a pattern downhill; stops where no point of it is better. */
static void descend(struct search *search, const struct psk_enc_frame *frame,
                    const struct psk_enc_reference *reference, uint32_t mb_x, uint32_t mb_y,
                    const uint8_t source[256], const int8_t pattern[][2], int points, int steps)
{
    for (int step = 0; step < steps; step++) {
#pragma HLS LOOP_TRIPCOUNT min = 1 max = 16
        const struct psk_enc_mv centre = search->best;

        for (int i = 0; i < points; i++) {
#pragma HLS LOOP_TRIPCOUNT min = 4 max = 6
            try_whole(search, frame, reference, mb_x, mb_y, centre.x + pattern[i][0],
                      centre.y + pattern[i][1], source);
        }
        if (search->best.x == centre.x && search->best.y == centre.y)
            break;
    }
}

static void search_whole(struct search *search, const struct psk_enc_frame *frame,
                         const struct psk_enc_reference *reference, uint32_t mb_x, uint32_t mb_y,
                         const uint8_t source[256])
{
    try_whole(search, frame, reference, mb_x, mb_y, 0, 0, source);
    try_whole(search, frame, reference, mb_x, mb_y, search->median.x + 2, search->median.y + 2,
              source);
    for (uint32_t i = 0; i < 3 && mb_y > 0; i++) {
        const uint32_t x = mb_x + i - 1;

        if (x < frame->mb_width) {
            const struct psk_enc_mv mv = frame->mb[mb_y - 1][x].mv[0];

            try_whole(search, frame, reference, mb_x, mb_y, mv.x + 2, mv.y + 2, source);
        }
    }
    if (mb_x > 0) {
        const struct psk_enc_mv mv = frame->mb[mb_y][mb_x - 1].mv[0];

        try_whole(search, frame, reference, mb_x, mb_y, mv.x + 2, mv.y + 2, source);
    }
    descend(search, frame, reference, mb_x, mb_y, source, hexagon, 6, HEXAGON_STEPS_MAX);
    descend(search, frame, reference, mb_x, mb_y, source, diamond, 4, DIAMOND_STEPS_MAX);
}

/* The eight points at @p step quarter samples around the best so far, which @p whole is near. */
static void refine(struct search *search, const struct psk_enc_subpel *subpel,
                   struct psk_enc_mv whole, int step, const uint8_t source[256])
{
    const struct psk_enc_mv centre = search->best;
    uint8_t pred[256];

    for (int i = 0; i < 8; i++) {
        struct psk_enc_mv mv;

        mv.x = (int16_t)(centre.x + square[i][0] * step);
        mv.y = (int16_t)(centre.y + square[i][1] * step);
        psk_enc_predict_luma_inter(subpel, mv.x - whole.x, mv.y - whole.y, pred);
        take_if_better(search, mv, psk_enc_sad(pred, source));
    }
}

uint32_t psk_enc_search(const struct psk_enc_frame *frame,
                        const struct psk_enc_reference *reference, uint32_t mb_x, uint32_t mb_y,
                        const struct psk_enc_samples *source, struct psk_enc_choice *choice,
                        struct psk_enc_samples *pred)
{
    struct psk_enc_subpel subpel;
    struct psk_enc_mv whole;
    struct search search;

    psk_enc_predict_mv(frame, mb_x, mb_y, &choice->median[0], &search.median);
    search.median = choice->median[0];
    search.best.x = 0;
    search.best.y = 0;
    search.best_cost = UINT32_MAX;
    search.lambda = psk_enc_lambda(frame->qp);
    search_whole(&search, frame, reference, mb_x, mb_y, source->luma);

    whole = search.best;
    psk_enc_interpolate(reference, (int)mb_x * 16 + whole.x / 4, (int)mb_y * 16 + whole.y / 4,
                        &subpel);
    refine(&search, &subpel, whole, 2, source->luma);
    refine(&search, &subpel, whole, 1, source->luma);
    psk_enc_predict_luma_inter(&subpel, search.best.x - whole.x, search.best.y - whole.y,
                               pred->luma);
    psk_enc_predict_chroma_inter(reference, mb_x, mb_y, search.best, pred);
    for (int i = 0; i < 4; i++)
        choice->mv[i] = search.best;
    return search.best_cost;
}
