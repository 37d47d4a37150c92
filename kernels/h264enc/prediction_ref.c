/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/h264enc/prediction_ref.c - one predicted sample at a time, from the equations of H.264
 * 8.3.1.2, 8.3.3, 8.3.4 and 8.4.2.2.
 */
#include "kernels/h264enc/inter_priv.h"
#include "kernels/h264enc/intra4_priv.h"
#include "kernels/h264enc/intra_priv.h"

static int mean(const uint8_t *line, int from, int count)
{
    int sum = count / 2;

    for (int i = from; i < from + count; i++)
        sum += line[i];
    return sum / count;
}

/* p[i, -1] or p[-1, i]; i = -1 is the corner. */
static int at(const uint8_t *line, const struct psk_enc_border *border, int i)
{
    return i < 0 ? border->corner : line[i];
}

static uint8_t plane_sample(const struct psk_enc_border *border, int size, int x, int y)
{
    const int half = size / 2;
    const int factor = size == 16 ? 5 : 34;
    int h = 0;
    int v = 0;

    for (int i = 0; i < half; i++) {
        h += (i + 1) * (at(border->top, border, half + i) - at(border->top, border, half - 2 - i));
        v +=
            (i + 1) * (at(border->left, border, half + i) - at(border->left, border, half - 2 - i));
    }
    const int a = 16 * (border->left[size - 1] + border->top[size - 1]);
    const int b = (factor * h + 32) >> 6;
    const int c = (factor * v + 32) >> 6;

    return psk_enc_clip((a + b * (x - half + 1) + c * (y - half + 1) + 16) >> 5);
}

/* Mean of @p size samples of each border there is, from @p x and @p y on. */
static uint8_t dc_sample(int top, int left, const struct psk_enc_border *border, int x, int y,
                         int size)
{
    uint8_t both[32];

    if (!top && !left)
        return 128;
    if (!top)
        return (uint8_t)mean(border->left, y, size);
    if (!left)
        return (uint8_t)mean(border->top, x, size);
    for (int i = 0; i < size; i++) {
        both[i] = border->top[x + i];
        both[size + i] = border->left[y + i];
    }
    return (uint8_t)mean(both, 0, 2 * size);
}

uint8_t psk_enc_luma_intra_sample_ref(enum psk_enc_intra_mode mode,
                                      const struct psk_enc_border *border, int x, int y)
{
    switch (mode) {
    case PSK_ENC_INTRA_VERTICAL:
        return border->top[x];
    case PSK_ENC_INTRA_HORIZONTAL:
        return border->left[y];
    case PSK_ENC_INTRA_PLANE:
        return plane_sample(border, 16, x, y);
    default:
        return dc_sample(border->has_top, border->has_left, border, 0, 0, 16);
    }
}

static uint8_t chroma_dc_sample(const struct psk_enc_border *border, int x, int y)
{
    int top = border->has_top;
    int left = border->has_left;

    if (x >= 4 && y < 4 && top)
        left = 0;
    else if (x < 4 && y >= 4 && left)
        top = 0;
    return dc_sample(top, left, border, x / 4 * 4, y / 4 * 4, 4);
}

uint8_t psk_enc_chroma_intra_sample_ref(enum psk_enc_intra_mode mode,
                                        const struct psk_enc_border *border, int x, int y)
{
    switch (mode) {
    case PSK_ENC_INTRA_VERTICAL:
        return border->top[x];
    case PSK_ENC_INTRA_HORIZONTAL:
        return border->left[y];
    case PSK_ENC_INTRA_PLANE:
        return plane_sample(border, 8, x, y);
    default:
        return chroma_dc_sample(border, x, y);
    }
}

/* p[x, -1] and p[-1, y]; -1 is the corner. */
static int above(const struct psk_enc_edge *edge, int x)
{
    return edge->sample[5 + x];
}

static int beside(const struct psk_enc_edge *edge, int y)
{
    return edge->sample[3 - y];
}

static int two(int a, int b)
{
    return (a + b + 1) >> 1;
}

static int three(int a, int b, int c)
{
    return (a + 2 * b + c + 2) >> 2;
}

static int intra4_mean(const struct psk_enc_edge *e)
{
    const int top = above(e, 0) + above(e, 1) + above(e, 2) + above(e, 3);
    const int left = beside(e, 0) + beside(e, 1) + beside(e, 2) + beside(e, 3);

    if (e->has_top && e->has_left)
        return (top + left + 4) >> 3;
    return e->has_top ? (top + 2) >> 2 : e->has_left ? (left + 2) >> 2 : 128;
}

static int down_left(const struct psk_enc_edge *e, int x, int y)
{
    if (x == 3 && y == 3)
        return (above(e, 6) + 3 * above(e, 7) + 2) >> 2;
    return three(above(e, x + y), above(e, x + y + 1), above(e, x + y + 2));
}

static int down_right(const struct psk_enc_edge *e, int x, int y)
{
    if (x > y)
        return three(above(e, x - y - 2), above(e, x - y - 1), above(e, x - y));
    if (x < y)
        return three(beside(e, y - x - 2), beside(e, y - x - 1), beside(e, y - x));
    return three(above(e, 0), above(e, -1), beside(e, 0));
}

static int vertical_right(const struct psk_enc_edge *e, int x, int y)
{
    const int z = 2 * x - y;
    const int at = x - (y >> 1);

    if (z >= 0 && z % 2 == 0)
        return two(above(e, at - 1), above(e, at));
    if (z > 0)
        return three(above(e, at - 2), above(e, at - 1), above(e, at));
    if (z == -1)
        return three(beside(e, 0), above(e, -1), above(e, 0));
    return three(beside(e, y - 1), beside(e, y - 2), beside(e, y - 3));
}

static int horizontal_down(const struct psk_enc_edge *e, int x, int y)
{
    const int z = 2 * y - x;
    const int at = y - (x >> 1);

    if (z >= 0 && z % 2 == 0)
        return two(beside(e, at - 1), beside(e, at));
    if (z > 0)
        return three(beside(e, at - 2), beside(e, at - 1), beside(e, at));
    if (z == -1)
        return three(beside(e, 0), above(e, -1), above(e, 0));
    return three(above(e, x - 1), above(e, x - 2), above(e, x - 3));
}

static int vertical_left(const struct psk_enc_edge *e, int x, int y)
{
    const int at = x + (y >> 1);

    if (y % 2 == 0)
        return two(above(e, at), above(e, at + 1));
    return three(above(e, at), above(e, at + 1), above(e, at + 2));
}

static int horizontal_up(const struct psk_enc_edge *e, int x, int y)
{
    const int z = x + 2 * y;
    const int at = y + (x >> 1);

    if (z > 5)
        return beside(e, 3);
    if (z == 5)
        return (beside(e, 2) + 3 * beside(e, 3) + 2) >> 2;
    if (z % 2 == 0)
        return two(beside(e, at), beside(e, at + 1));
    return three(beside(e, at), beside(e, at + 1), beside(e, at + 2));
}

uint8_t psk_enc_intra4_sample_ref(int mode, const struct psk_enc_edge *edge, int x, int y)
{
    switch (mode) {
    case PSK_ENC_INTRA4_VERTICAL:
        return (uint8_t)above(edge, x);
    case PSK_ENC_INTRA4_HORIZONTAL:
        return (uint8_t)beside(edge, y);
    case PSK_ENC_INTRA4_DC:
        return (uint8_t)intra4_mean(edge);
    case PSK_ENC_INTRA4_DOWN_LEFT:
        return (uint8_t)down_left(edge, x, y);
    case PSK_ENC_INTRA4_DOWN_RIGHT:
        return (uint8_t)down_right(edge, x, y);
    case PSK_ENC_INTRA4_VERTICAL_RIGHT:
        return (uint8_t)vertical_right(edge, x, y);
    case PSK_ENC_INTRA4_HORIZONTAL_DOWN:
        return (uint8_t)horizontal_down(edge, x, y);
    case PSK_ENC_INTRA4_VERTICAL_LEFT:
        return (uint8_t)vertical_left(edge, x, y);
    default:
        return (uint8_t)horizontal_up(edge, x, y);
    }
}

static int whole(const struct psk_enc_reference *r, int x, int y)
{
    return r->luma[PSK_ENC_WHOLE][y + PSK_ENC_MARGIN][x + PSK_ENC_MARGIN];
}

static int taps(int e, int f, int g, int h, int i, int j)
{
    return e - 5 * f + 20 * g + 20 * h - 5 * i + j;
}

static int sum_right(const struct psk_enc_reference *r, int x, int y)
{
    return taps(whole(r, x - 2, y), whole(r, x - 1, y), whole(r, x, y), whole(r, x + 1, y),
                whole(r, x + 2, y), whole(r, x + 3, y));
}

static int half_right(const struct psk_enc_reference *r, int x, int y)
{
    return psk_enc_clip((sum_right(r, x, y) + 16) >> 5);
}

static int half_below(const struct psk_enc_reference *r, int x, int y)
{
    return psk_enc_clip((taps(whole(r, x, y - 2), whole(r, x, y - 1), whole(r, x, y),
                              whole(r, x, y + 1), whole(r, x, y + 2), whole(r, x, y + 3)) +
                         16) >>
                        5);
}

static int half_both(const struct psk_enc_reference *r, int x, int y)
{
    return psk_enc_clip(
        (taps(sum_right(r, x, y - 2), sum_right(r, x, y - 1), sum_right(r, x, y),
              sum_right(r, x, y + 1), sum_right(r, x, y + 2), sum_right(r, x, y + 3)) +
         512) >>
        10);
}

uint8_t psk_enc_luma_inter_sample_ref(const struct psk_enc_reference *r, int x, int y,
                                      struct psk_enc_mv mv)
{
    const int ix = x + (mv.x >> 2);
    const int iy = y + (mv.y >> 2);
    const int g = whole(r, ix, iy);
    const int b = half_right(r, ix, iy);
    const int h = half_below(r, ix, iy);
    const int j = half_both(r, ix, iy);
    const int m = half_below(r, ix + 1, iy);
    const int s = half_right(r, ix, iy + 1);
    const int right = whole(r, ix + 1, iy);
    const int below = whole(r, ix, iy + 1);
    /* Figure 8-4 and table 8-12, row by row. */
    const int pair[4][4][2] = {
        { { g, g }, { g, b }, { b, b }, { b, right } },
        { { g, h }, { b, h }, { b, j }, { b, m } },
        { { h, h }, { h, j }, { j, j }, { j, m } },
        { { h, below }, { h, s }, { j, s }, { s, m } },
    };
    const int *of = pair[mv.y & 3][mv.x & 3];

    return (uint8_t)((of[0] + of[1] + 1) >> 1);
}

uint8_t psk_enc_chroma_inter_sample_ref(const struct psk_enc_reference *r, int plane, int x, int y,
                                        struct psk_enc_mv mv)
{
    const int margin = PSK_ENC_MARGIN / 2;
    const int ix = x + (mv.x >> 3) + margin;
    const int iy = y + (mv.y >> 3) + margin;
    const int fx = mv.x & 7;
    const int fy = mv.y & 7;
    const int a = r->chroma[plane][iy][ix];
    const int b = r->chroma[plane][iy][ix + 1];
    const int c = r->chroma[plane][iy + 1][ix];
    const int d = r->chroma[plane][iy + 1][ix + 1];

    return (uint8_t)(((8 - fx) * (8 - fy) * a + fx * (8 - fy) * b + (8 - fx) * fy * c +
                      fx * fy * d + 32) >>
                     6);
}
