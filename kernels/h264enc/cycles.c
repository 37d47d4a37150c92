/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a macroblock costs, from what the sources do, on a data path 16 samples wide: a row of 16
 * samples is fetched, predicted, subtracted or transformed one way a cycle. The stages of one
 * macroblock follow each other, as it needs its neighbour's reconstruction and bits.
 *
 *   fixed     source in (24 rows), residual of luma and chroma coded and back (24 4x4 blocks, 4
 * rows there, 4 back, 16 levels each one a cycle: 24 * 24), what is kept for neighbours (24), its
 * bits (24 blocks, 8 levels or runs each on average, and headers: 240), deblocking (8 edges of luma
 * and 8 of chroma, 16 and 8 rows each, filtered as they are read: 192), half-sample planes (three,
 * 16 rows, and the margins: 60) SATD      of a 16x16 prediction: 16 rows, 2 * 4 columns'
 * transforms, the sum: 32; of 4x4: 12 intra     16x16: 4 modes * (16 + 32); chroma: 4 modes * 2 *
 * (8 + 16). 4x4: 16 blocks, one after the other since each needs the last one's samples; 9 modes,
 * predicted and summed one every 4 cycles (36 + 12), the best coded and back (24 + 8), from effort
 * 1 on the best three, with their bits counted (3 * (24 + 8 + 16)). At effort 1 and 2 both kinds
 * are coded, and their bits counted, before one is taken (24 * 24 + 240) search    SAD of 16x16 in
 * 16 cycles. Eight guesses; hexagon: 6 points, then 3 a step; 8 points around; half samples: 4 or 8
 * a step by SAD; quarter samples: as many by SATD. Parts: three partitions, whose parts together
 * make 256 samples each, so that a try at all of them costs one SAD; 5 guesses, 4 points a step,
 * half and quarter as above
 *
 * A P frame's macroblock searches, and tries intra where inter is dear: by the clips in
 * tests/data one in four looks at Intra 4x4, one in two at the partitions; skipped ones (about a
 * third at 30 fps) save their bits and their search's end. The figures are for an average one.
 */
#include "kernels/h264enc/cycles.h"

#include "kernels/h264enc/h264enc.h"

#define RUN_CYCLES   2000u  /* to start and end any run */
#define FRAME_CYCLES 20000u /* headers, margins of the reference, to fill and empty the loops */

#define ROW_CODING (24u * 24u) /* 24 blocks there and back */
#define BITS       240u
#define FIXED      (24u + ROW_CODING + 24u + BITS + 192u + 60u)
#define SAD        16u
#define SATD       32u
#define INTRA16    (4u * (16u + SATD))
#define CHROMA     (4u * 2u * (8u + 16u))

struct effort {
    uint32_t intra4;     /* cycles of Intra 4x4 */
    uint32_t both;       /* the second kind of intra coded, to compare */
    uint32_t hexagon;    /* steps */
    uint32_t half;       /* points tried at half samples */
    uint32_t quarter;    /* the same at quarter samples */
    uint32_t part_tries; /* points of whole samples tried for each partition */
};

/* Steps as the search's plans have them, but half of the hexagon's: most walks end early. */
static const struct effort efforts[PSK_ENC_EFFORT_MAX + 1] = {
    { 16 * (48 + 32), 0, 4, 4, 4, 5 + 4 },
    { 16 * (48 + 3 * 48), ROW_CODING + BITS, 6, 8, 8, 5 + 8 },
    { 16 * (48 + 3 * 48), ROW_CODING + BITS, 8, 16, 16, 5 + 12 },
};

static uint32_t search_cycles(const struct effort *e)
{
    const uint32_t fine = e->half * SAD + (1 + e->quarter) * SATD;
    const uint32_t whole = (8 + 6 + 3 * e->hexagon + 8) * SAD + fine;
    const uint32_t parts = 3 * (e->part_tries * SAD + fine);

    return whole + parts / 2;
}

uint32_t psk_h264enc_mb_cycles(uint32_t effort, int is_intra)
{
    const struct effort *e = &efforts[effort > PSK_ENC_EFFORT_MAX ? PSK_ENC_EFFORT_MAX : effort];
    const uint32_t intra = INTRA16 + CHROMA + e->intra4 + e->both;

    return is_intra ? FIXED + intra : FIXED + INTRA16 + search_cycles(e) + intra / 4;
}

/* Moved are the source, the state with its reference picture in and out, and about a tenth of the
 * source as bits. */
uint64_t psk_h264enc_cycles(uint32_t width, uint32_t height, uint32_t frame_count, uint32_t flags,
                            uint32_t effort, uint64_t *ret_bytes)
{
    const uint64_t frame = PSK_FRAME_BYTES(width, height);
    const uint64_t mbs = (uint64_t)((width + 15) / 16) * ((height + 15) / 16);
    const uint64_t intra_frames = (flags & PSK_ENC_START) != 0 && frame_count > 0 ? 1 : 0;

    if (width > PSK_ENC_WIDTH_MAX || height > PSK_ENC_HEIGHT_MAX ||
        frame_count > PSK_BATCH_FRAMES_MAX || effort > PSK_ENC_EFFORT_MAX)
        return RUN_CYCLES;
    *ret_bytes = frame_count * frame * 11 / 10 + (2 - intra_frames) * frame;
    return RUN_CYCLES + frame_count * FRAME_CYCLES +
           mbs * (intra_frames * psk_h264enc_mb_cycles(effort, 1) +
                  (frame_count - intra_frames) * psk_h264enc_mb_cycles(effort, 0));
}
