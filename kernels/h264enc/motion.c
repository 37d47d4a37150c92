/* SPDX-License-Identifier: BSD-3-Clause */
/* kernels/h264enc/motion.c - parts of a macroblock and how their vectors are predicted. */
#include "kernels/h264enc/inter_priv.h"

#include <stdlib.h>

static const uint8_t part_counts[4] = { 1, 2, 2, 4 };

static const struct psk_enc_part parts[4][4] = {
    { { 0, 0, 2, 2 }, { 0, 0, 0, 0 }, { 0, 0, 0, 0 }, { 0, 0, 0, 0 } },
    { { 0, 0, 2, 1 }, { 0, 1, 2, 1 }, { 0, 0, 0, 0 }, { 0, 0, 0, 0 } },
    { { 0, 0, 1, 2 }, { 1, 0, 1, 2 }, { 0, 0, 0, 0 }, { 0, 0, 0, 0 } },
    { { 0, 0, 1, 1 }, { 1, 0, 1, 1 }, { 0, 1, 1, 1 }, { 1, 1, 1, 1 } },
};

int psk_enc_part_count(enum psk_enc_partition partition)
{
    return part_counts[partition];
}

struct psk_enc_part psk_enc_part_of(enum psk_enc_partition partition, int index)
{
    return parts[partition][index];
}

static struct psk_enc_neighbour neighbour_at(const struct psk_enc_frame *frame, int x, int y,
                                             int quarter)
{
    struct psk_enc_neighbour found = { { 0, 0 }, 0, 0 };

    if (x < 0 || y < 0 || x >= (int)frame->mb_width)
        return found;
    found.mv = frame->mb[y][x].mv[quarter];
    found.available = 1;
    found.inter = !frame->mb[y][x].intra;
    return found;
}

void psk_enc_look_around(const struct psk_enc_frame *frame, uint32_t mb_x, uint32_t mb_y,
                         struct psk_enc_motion *motion)
{
    const struct psk_enc_neighbour none = { { 0, 0 }, 0, 0 };
    const int x = (int)mb_x;
    const int y = (int)mb_y;

    for (int row = 1; row < 3; row++) {
#pragma HLS UNROLL
        motion->at[row][0] = neighbour_at(frame, x - 1, y, row * 2 - 1);
        motion->at[row][1] = none;
        motion->at[row][2] = none;
        motion->at[row][3] = none; /* right of the macroblock: coded later */
    }
    motion->at[0][0] = neighbour_at(frame, x - 1, y - 1, 3);
    motion->at[0][1] = neighbour_at(frame, x, y - 1, 2);
    motion->at[0][2] = neighbour_at(frame, x, y - 1, 3);
    motion->at[0][3] = neighbour_at(frame, x + 1, y - 1, 2);
}

static int16_t median_of(int16_t a, int16_t b, int16_t c)
{
    const int16_t low = a < b ? a : b;
    const int16_t high = a < b ? b : a;

    return c < low ? low : c > high ? high : c;
}

static struct psk_enc_mv median_mv(const struct psk_enc_neighbour *a,
                                   const struct psk_enc_neighbour *b,
                                   const struct psk_enc_neighbour *c)
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

struct psk_enc_mv psk_enc_predict_part(const struct psk_enc_motion *motion,
                                       enum psk_enc_partition partition, int index)
{
    const struct psk_enc_part part = psk_enc_part_of(partition, index);
    const struct psk_enc_neighbour a = motion->at[part.y + 1][part.x];
    const struct psk_enc_neighbour b = motion->at[part.y][part.x + 1];
    struct psk_enc_neighbour c = motion->at[part.y][part.x + 1 + part.width];

    if (!c.available)
        c = motion->at[part.y][part.x];
    /* Halves prefer the neighbour that their long side lies against (8.4.1.3). */
    if (partition == PSK_ENC_P16X8 && index == 0 && b.inter)
        return b.mv;
    if (partition == PSK_ENC_P16X8 && index == 1 && a.inter)
        return a.mv;
    if (partition == PSK_ENC_P8X16 && index == 0 && a.inter)
        return a.mv;
    if (partition == PSK_ENC_P8X16 && index == 1 && c.inter)
        return c.mv;
    return median_mv(&a, &b, &c);
}

void psk_enc_set_part(struct psk_enc_motion *motion, struct psk_enc_part part, struct psk_enc_mv mv)
{
    for (int y = 0; y < 2; y++) {
#pragma HLS UNROLL
        for (int x = 0; x < 2; x++) {
#pragma HLS UNROLL
            struct psk_enc_neighbour *at = &motion->at[y + 1][x + 1];

            if (x < part.x || y < part.y || x >= part.x + part.width || y >= part.y + part.height)
                continue;
            at->mv = mv;
            at->available = 1;
            at->inter = 1;
        }
    }
}

static int stands_still(const struct psk_enc_neighbour *n)
{
    return !n->available || (n->inter && n->mv.x == 0 && n->mv.y == 0);
}

void psk_enc_predict_mv(const struct psk_enc_frame *frame, uint32_t mb_x, uint32_t mb_y,
                        struct psk_enc_mv *median, struct psk_enc_mv *skip)
{
    struct psk_enc_motion motion;

    psk_enc_look_around(frame, mb_x, mb_y, &motion);
    *median = psk_enc_predict_part(&motion, PSK_ENC_P16X16, 0);
    *skip = *median;
    if (stands_still(&motion.at[1][0]) || stands_still(&motion.at[0][1])) {
        skip->x = 0;
        skip->y = 0;
    }
}

int psk_enc_mv_is_inside(const struct psk_enc_frame *frame, uint32_t mb_x, uint32_t mb_y,
                         struct psk_enc_mv mv)
{
    const int reach = 4 * PSK_ENC_MV_REACH;
    const int x = (int)mb_x * 64 + mv.x;
    const int y = (int)mb_y * 64 + mv.y;

    return abs(mv.x) <= PSK_ENC_MV_MAX && abs(mv.y) <= PSK_ENC_MV_MAX && x >= -reach &&
           y >= -reach && x <= (int)frame->mb_width * 64 - 64 + reach &&
           y <= (int)frame->mb_height * 64 - 64 + reach;
}
