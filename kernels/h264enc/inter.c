/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernels/h264enc/inter_priv.h"

#include <stdlib.h>

#define WINDOW_SIZE   (PSK_ENC_SUBPEL_SIZE + 5) /* six taps: two samples before, three behind */
#define WINDOW_STRIDE 32

struct neighbour {
    struct psk_enc_mv mv;
    int available;
    int inter;
};

static struct neighbour neighbour_at(const struct psk_enc_frame *frame, int x, int y)
{
    struct neighbour found = { { 0, 0 }, 0, 0 };

    if (x < 0 || y < 0 || x >= (int)frame->mb_width)
        return found;
    found.mv = frame->mb[y][x].mv[0];
    found.available = 1;
    found.inter = !frame->mb[y][x].intra;
    return found;
}

static int16_t median_of(int16_t a, int16_t b, int16_t c)
{
    const int16_t low = a < b ? a : b;
    const int16_t high = a < b ? b : a;

    return c < low ? low : c > high ? high : c;
}

static struct psk_enc_mv median_mv(const struct neighbour *a, const struct neighbour *b,
                                   const struct neighbour *c)
{
    struct psk_enc_mv mv;

    if (!b->available && !c->available && a->available)
        return a->mv;
    if (a->inter + b->inter + c->inter == 1)
        return a->inter ? a->mv : b->inter ? b->mv : c->mv;
    mv.x = median_of(a->mv.x, b->mv.x, c->mv.x);
    mv.y = median_of(a->mv.y, b->mv.y, c->mv.y);
    return mv;
}

static int stands_still(const struct neighbour *n)
{
    return !n->available || (n->inter && n->mv.x == 0 && n->mv.y == 0);
}

void psk_enc_predict_mv(const struct psk_enc_frame *frame, uint32_t mb_x, uint32_t mb_y,
                        struct psk_enc_mv *median, struct psk_enc_mv *skip)
{
    const int x = (int)mb_x;
    const int y = (int)mb_y;
    const struct neighbour a = neighbour_at(frame, x - 1, y);
    const struct neighbour b = neighbour_at(frame, x, y - 1);
    struct neighbour c = neighbour_at(frame, x + 1, y - 1);

    if (!c.available)
        c = neighbour_at(frame, x - 1, y - 1);
    *median = median_mv(&a, &b, &c);
    *skip = *median;
    if (stands_still(&a) || stands_still(&b)) {
        skip->x = 0;
        skip->y = 0;
    }
}

int psk_enc_mv_is_inside(const struct psk_enc_frame *frame, uint32_t mb_x, uint32_t mb_y,
                         struct psk_enc_mv mv)
{
    const int reach = 4 * (PSK_ENC_MARGIN - 8); /* 4 for the filter, 4 for search around a mv */
    const int x = (int)mb_x * 64 + mv.x;
    const int y = (int)mb_y * 64 + mv.y;

    return abs(mv.x) <= PSK_ENC_MV_MAX && abs(mv.y) <= PSK_ENC_MV_MAX && x >= -reach &&
           y >= -reach && x <= (int)frame->mb_width * 64 - 64 + reach &&
           y <= (int)frame->mb_height * 64 - 64 + reach;
}

static int six_taps(int a, int b, int c, int d, int e, int f)
{
    return a - 5 * (b + e) + 20 * (c + d) + f;
}

static void fill_half_right(uint8_t window[WINDOW_SIZE][WINDOW_STRIDE],
                            int16_t sums[WINDOW_SIZE][WINDOW_STRIDE], struct psk_enc_subpel *subpel)
{
    for (int y = 0; y < WINDOW_SIZE; y++) {
        for (int x = 0; x < PSK_ENC_SUBPEL_SIZE; x++) {
#pragma HLS PIPELINE II = 1
            const uint8_t *s = &window[y][x];

            sums[y][x] = (int16_t)six_taps(s[0], s[1], s[2], s[3], s[4], s[5]);
        }
    }
    for (int y = 0; y < PSK_ENC_SUBPEL_SIZE; y++) {
        for (int x = 0; x < PSK_ENC_SUBPEL_SIZE; x++) {
#pragma HLS PIPELINE II = 1
            subpel->plane[1][y][x] = psk_enc_clip((sums[y + 2][x] + 16) >> 5);
        }
    }
}

static void fill_half_below(uint8_t window[WINDOW_SIZE][WINDOW_STRIDE],
                            int16_t sums[WINDOW_SIZE][WINDOW_STRIDE], struct psk_enc_subpel *subpel)
{
    for (int y = 0; y < PSK_ENC_SUBPEL_SIZE; y++) {
        for (int x = 0; x < PSK_ENC_SUBPEL_SIZE; x++) {
#pragma HLS PIPELINE II = 1
            const int below =
                six_taps(window[y][x + 2], window[y + 1][x + 2], window[y + 2][x + 2],
                         window[y + 3][x + 2], window[y + 4][x + 2], window[y + 5][x + 2]);

            subpel->plane[0][y][x] = window[y + 2][x + 2];
            subpel->plane[2][y][x] = psk_enc_clip((below + 16) >> 5);
        }
        for (int x = 0; x < PSK_ENC_SUBPEL_SIZE; x++) {
#pragma HLS PIPELINE II = 1
            const int both = six_taps(sums[y][x], sums[y + 1][x], sums[y + 2][x], sums[y + 3][x],
                                      sums[y + 4][x], sums[y + 5][x]);

            subpel->plane[3][y][x] = psk_enc_clip((both + 512) >> 10);
        }
    }
}

void psk_enc_interpolate(const struct psk_enc_reference *reference, int x, int y,
                         struct psk_enc_subpel *subpel)
{
    uint8_t window[WINDOW_SIZE][WINDOW_STRIDE];
    int16_t sums[WINDOW_SIZE][WINDOW_STRIDE];

    for (int row = 0; row < WINDOW_SIZE; row++) {
        const uint8_t *line = &reference->luma[y + PSK_ENC_MARGIN - 3 + row][PSK_ENC_MARGIN];

        for (int column = 0; column < WINDOW_SIZE; column++) {
#pragma HLS PIPELINE II = 1
            window[row][column] = line[x - 3 + column];
        }
    }
    fill_half_right(window, sums, subpel);
    fill_half_below(window, sums, subpel);
}

/*
 * Which two planes a quarter position is the mean of, and their offsets in whole samples (H.264
 * figure 8-4, read as [fraction y][fraction x]). A position that is a plane's own names it twice.
 */
struct quarter {
    uint8_t plane[2];
    uint8_t right[2];
    uint8_t below[2];
};

static const struct quarter quarters[16] = {
    { { 0, 0 }, { 0, 0 }, { 0, 0 } }, { { 0, 1 }, { 0, 0 }, { 0, 0 } },
    { { 1, 1 }, { 0, 0 }, { 0, 0 } }, { { 1, 0 }, { 0, 1 }, { 0, 0 } },
    { { 0, 2 }, { 0, 0 }, { 0, 0 } }, { { 1, 2 }, { 0, 0 }, { 0, 0 } },
    { { 1, 3 }, { 0, 0 }, { 0, 0 } }, { { 1, 2 }, { 0, 1 }, { 0, 0 } },
    { { 2, 2 }, { 0, 0 }, { 0, 0 } }, { { 2, 3 }, { 0, 0 }, { 0, 0 } },
    { { 3, 3 }, { 0, 0 }, { 0, 0 } }, { { 3, 2 }, { 0, 1 }, { 0, 0 } },
    { { 2, 0 }, { 0, 0 }, { 0, 1 } }, { { 2, 1 }, { 0, 0 }, { 0, 1 } },
    { { 3, 1 }, { 0, 0 }, { 0, 1 } }, { { 2, 1 }, { 1, 0 }, { 0, 1 } },
};

void psk_enc_predict_luma_inter(const struct psk_enc_subpel *subpel, int dx, int dy,
                                uint8_t pred[256])
{
    const struct quarter *q = &quarters[(dy & 3) * 4 + (dx & 3)];
    const int x = 1 + (dx >> 2);
    const int y = 1 + (dy >> 2);

    for (int row = 0; row < 16; row++) {
        const uint8_t *a = &subpel->plane[q->plane[0]][y + q->below[0] + row][x + q->right[0]];
        const uint8_t *b = &subpel->plane[q->plane[1]][y + q->below[1] + row][x + q->right[1]];

        for (int column = 0; column < 16; column++) {
#pragma HLS UNROLL
            pred[row * 16 + column] = (uint8_t)((a[column] + b[column] + 1) >> 1);
        }
    }
}

void psk_enc_predict_chroma_inter(const struct psk_enc_reference *reference, uint32_t mb_x,
                                  uint32_t mb_y, struct psk_enc_mv mv, struct psk_enc_samples *pred)
{
    const int x0 = (int)mb_x * 8 + (mv.x >> 3) + PSK_ENC_MARGIN / 2;
    const int y0 = (int)mb_y * 8 + (mv.y >> 3) + PSK_ENC_MARGIN / 2;
    const int fx = mv.x & 7;
    const int fy = mv.y & 7;

    for (int plane = 0; plane < 2; plane++) {
        for (int y = 0; y < 8; y++) {
            const uint8_t *upper = &reference->chroma[plane][y0 + y][x0];
            const uint8_t *lower = &reference->chroma[plane][y0 + y + 1][x0];

            for (int x = 0; x < 8; x++) {
#pragma HLS PIPELINE II = 1
                const int sum = (8 - fy) * ((8 - fx) * upper[x] + fx * upper[x + 1]) +
                                fy * ((8 - fx) * lower[x] + fx * lower[x + 1]);

                pred->chroma[plane][y * 8 + x] = (uint8_t)((sum + 32) >> 6);
            }
        }
    }
}

void psk_enc_predict_inter(const struct psk_enc_reference *reference, uint32_t mb_x, uint32_t mb_y,
                           struct psk_enc_mv mv, struct psk_enc_samples *pred)
{
    struct psk_enc_subpel subpel;

    psk_enc_interpolate(reference, (int)mb_x * 16 + (mv.x >> 2), (int)mb_y * 16 + (mv.y >> 2),
                        &subpel);
    psk_enc_predict_luma_inter(&subpel, mv.x & 3, mv.y & 3, pred->luma);
    psk_enc_predict_chroma_inter(reference, mb_x, mb_y, mv, pred);
}
