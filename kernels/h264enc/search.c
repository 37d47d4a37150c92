/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/h264enc/search.c - the motion search of inter_priv.h.
 *
 * Per part: the best of some guesses and of a walk downhill over whole samples, by SAD; then half
 * and quarter samples around it, by SATD. The whole macroblock goes first; smaller parts start from
 * what it found, and only where it left enough over to be worth their bits.
 */
#include "kernels/h264enc/bits_priv.h"
#include "kernels/h264enc/macroblock_priv.h"
#include "kernels/h264enc/satd_priv.h"

#include <stdlib.h>
#include <string.h>

/* A match this good needs no second look: two levels a sample. */
#define LOST_SAD_MIN 512u

/* What one macroblock's searches share. Vectors are in quarter samples throughout. */
struct search {
    uint32_t mb_x;
    uint32_t mb_y;
    uint32_t lambda;
    uint32_t effort;
    struct psk_enc_mv low; /* bounds of vectors */
    struct psk_enc_mv high;
    struct psk_enc_motion motion;
};

/* One part on its way downhill. */
struct walk {
    struct psk_enc_part part;
    struct psk_enc_mv median;
    struct psk_enc_mv mv;
    uint32_t cost;
};

/* Vectors and cost of a macroblock in parts. */
struct split {
    enum psk_enc_partition partition;
    struct psk_enc_mv mv[4]; /* by part */
    struct psk_enc_mv median[4];
    uint32_t cost;
};

/* How hard each effort tries. */
struct plan {
    uint8_t hexagon_steps;
    uint8_t half_steps;
    uint8_t quarter_steps;
    uint8_t half_points; /* 4 or 8: without or with diagonals */
    uint8_t quarter_points;
    uint8_t part_steps; /* of a small diamond, for parts of a macroblock */
    uint8_t rings;      /* looked at where the walk led nowhere */
    uint8_t splits;     /* whether macroblocks may be split at all */
};

static const struct plan plans[PSK_ENC_EFFORT_MAX + 1] = {
    { 8, 1, 1, 4, 4, 1, 3, 0 },
    { 12, 1, 1, 8, 8, 2, 4, 1 },
    { 16, 2, 2, 8, 8, 3, 5, 1 },
};

static const int8_t hexagon[6][2] = { { -8, 0 }, { -4, -8 }, { 4, -8 },
                                      { 8, 0 },  { 4, 8 },   { -4, 8 } };

/* The four nearest, then the diagonals. */
static const int8_t square[8][2] = { { 0, -1 },  { -1, 0 }, { 1, 0 },  { 0, 1 },
                                     { -1, -1 }, { 1, -1 }, { -1, 1 }, { 1, 1 } };

/* Around a square, to be scaled; and the scales: 4 to 32 samples away. */
static const int8_t ring[16][2] = { { -2, -2 }, { -1, -2 }, { 0, -2 }, { 1, -2 },
                                    { 2, -2 },  { -2, -1 }, { 2, -1 }, { -2, 0 },
                                    { 2, 0 },   { -2, 1 },  { 2, 1 },  { -2, 2 },
                                    { -1, 2 },  { 0, 2 },   { 1, 2 },  { 2, 2 } };
static const uint8_t ring_scale[5] = { 8, 16, 32, 48, 64 };

/* mb_type and sub_mb_type */
static const uint8_t partition_bits[4] = { 1, 3, 3, 5 + 4 };

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

static uint32_t sad_16_wide(const uint8_t *reference, const uint8_t *source, int rows)
{
    int sum = 0;

    for (int y = 0; y < rows; y++) {
#pragma HLS LOOP_TRIPCOUNT min = 8 max = 16
        for (int x = 0; x < 16; x++) {
#pragma HLS UNROLL
            sum += abs(reference[y * PSK_ENC_REFERENCE_STRIDE + x] - source[y * 16 + x]);
        }
    }
    return (uint32_t)sum;
}

/* Eight samples fill no register of bytes: eight sums, 16 bits each, do. */
static uint32_t sad_8_wide(const uint8_t *reference, const uint8_t *source, int rows)
{
    uint16_t sum[8] = { 0 };
    uint32_t total = 0;

    for (int y = 0; y < rows; y++) {
#pragma HLS LOOP_TRIPCOUNT min = 8 max = 16
        for (int x = 0; x < 8; x++) {
#pragma HLS UNROLL
            const int16_t d =
                (int16_t)(reference[y * PSK_ENC_REFERENCE_STRIDE + x] - source[y * 16 + x]);

            sum[x] = (uint16_t)(sum[x] + (int16_t)(d < 0 ? -d : d));
        }
    }
    for (int x = 0; x < 8; x++)
        total += sum[x];
    return total;
}

/* Length of se(v): the sign costs as much as doubling. */
static uint32_t se_length(int value)
{
    return 63u - 2u * (uint32_t)__builtin_clz(2u * (uint32_t)abs(value) | 1u);
}

static uint32_t mv_bits(struct psk_enc_mv mv, struct psk_enc_mv median)
{
    return se_length(mv.x - median.x) + se_length(mv.y - median.y);
}

static void take_if_better(struct walk *walk, struct psk_enc_mv mv, uint32_t cost)
{
    if (cost < walk->cost) {
        walk->cost = cost;
        walk->mv = mv;
    }
}

static int is_allowed(const struct search *search, int x, int y)
{
    return x >= search->low.x && x <= search->high.x && y >= search->low.y && y <= search->high.y;
}

/* By SAD; a vector of whole or half samples, whose block lies in one plane as it is. */
static void try_half(const struct search *search, const struct psk_enc_reference *reference,
                     const uint8_t source[256], int x, int y, struct walk *walk)
{
    const struct psk_enc_part part = walk->part;
    const uint8_t *from = source + part.y * 128 + part.x * 8;
    const int plane = (y & 2) + ((x >> 1) & 1);
    struct psk_enc_mv mv;

    mv.x = (int16_t)x;
    mv.y = (int16_t)y;
    if (!is_allowed(search, x, y))
        return;

    const uint8_t *at = psk_enc_luma_at(reference, search->mb_x, search->mb_y, part, mv) +
                        plane * PSK_ENC_PLANE_SIZE;
    const uint32_t sad = part.width == 2 ? sad_16_wide(at, from, part.height * 8)
                                         : sad_8_wide(at, from, part.height * 8);

    take_if_better(walk, mv, sad + search->lambda * mv_bits(mv, walk->median));
}

/* The first @p points of the square at @p distance, until none is better. */
static void descend(const struct search *search, const struct psk_enc_reference *reference,
                    const uint8_t source[256], int points, int distance, int steps,
                    struct walk *walk)
{
    for (int step = 0; step < steps; step++) {
#pragma HLS LOOP_TRIPCOUNT min = 1 max = 4
        const struct psk_enc_mv centre = walk->mv;

        for (int i = 0; i < points; i++) {
#pragma HLS LOOP_TRIPCOUNT min = 4 max = 8
            try_half(search, reference, source, centre.x + square[i][0] * distance,
                     centre.y + square[i][1] * distance, walk);
        }
        if (walk->mv.x == centre.x && walk->mv.y == centre.y)
            break;
    }
}

/* Tries @p count corners from @p first on; returns the one gone to, or -1. */
static int try_corners(const struct search *search, const struct psk_enc_reference *reference,
                       const uint8_t source[256], int first, int count, struct walk *walk)
{
    const struct psk_enc_mv centre = walk->mv;
    int gone = -1;

    for (int i = 0; i < count; i++) {
#pragma HLS LOOP_TRIPCOUNT min = 3 max = 6
        const int corner = (first + i) % 6;
        const uint32_t before = walk->cost;

        try_half(search, reference, source, centre.x + hexagon[corner][0],
                 centre.y + hexagon[corner][1], walk);
        if (walk->cost < before)
            gone = corner;
    }
    return gone;
}

/* After a step only the three corners ahead are new. */
static void follow_hexagon(const struct search *search, const struct psk_enc_reference *reference,
                           const uint8_t source[256], int steps, struct walk *walk)
{
    int corner = try_corners(search, reference, source, 0, 6, walk);

    for (int step = 1; step < steps && corner >= 0; step++) {
#pragma HLS LOOP_TRIPCOUNT min = 0 max = 15
        corner = try_corners(search, reference, source, corner + 5, 3, walk);
    }
}

/* How much the macroblock differs from its own mean, as a sum. */
static uint32_t activity_of(const uint8_t source[256])
{
    uint8_t mean[256];
    int sum = 128;

    for (int i = 0; i < 256; i++) {
#pragma HLS UNROLL factor = 16
        sum += source[i];
    }
    memset(mean, sum >> 8, sizeof(mean));
    return psk_enc_sad(source, mean);
}

/*
 * A walk goes astray where motion is faster than the texture is wide. What it found then is hardly
 * better than the mean: look farther around, and walk again from the best of that.
 */
static void look_farther(const struct search *search, const struct psk_enc_reference *reference,
                         const uint8_t source[256], struct walk *walk)
{
    const struct plan *plan = &plans[search->effort];
    const struct psk_enc_mv centre = walk->mv;

    if (walk->cost < LOST_SAD_MIN || walk->cost < activity_of(source) / 2)
        return;
    for (int r = 0; r < plan->rings; r++) {
#pragma HLS LOOP_TRIPCOUNT min = 3 max = 5
        for (int i = 0; i < 16; i++)
            try_half(search, reference, source, centre.x + ring[i][0] * ring_scale[r],
                     centre.y + ring[i][1] * ring_scale[r], walk);
    }
    if (walk->mv.x == centre.x && walk->mv.y == centre.y)
        return;
    follow_hexagon(search, reference, source, plan->hexagon_steps, walk);
    descend(search, reference, source, 8, 4, 1, walk);
}

static uint32_t satd_of(const struct search *search, const struct psk_enc_reference *reference,
                        const uint8_t source[256], struct psk_enc_part part, struct psk_enc_mv mv)
{
    const int at = part.y * 128 + part.x * 8;
    uint8_t pred[256];

    psk_enc_predict_luma_part(reference, search->mb_x, search->mb_y, part, mv, pred);
    if (part.width == 2)
        return psk_enc_satd_16(source + at, pred + at, part.height * 8);
    return psk_enc_satd_8(source + at, pred + at, 16, part.height * 8);
}

/* The quarter samples around the best so far, by SATD. */
static void refine(const struct search *search, const struct psk_enc_reference *reference,
                   const uint8_t source[256], int points, int steps, struct walk *walk)
{
    for (int turn = 0; turn < steps; turn++) {
#pragma HLS LOOP_TRIPCOUNT min = 1 max = 2
        const struct psk_enc_mv centre = walk->mv;

        for (int i = 0; i < points; i++) {
#pragma HLS LOOP_TRIPCOUNT min = 4 max = 8
            struct psk_enc_mv mv;

            mv.x = (int16_t)(centre.x + square[i][0]);
            mv.y = (int16_t)(centre.y + square[i][1]);
            if (is_allowed(search, mv.x, mv.y))
                take_if_better(walk, mv,
                               satd_of(search, reference, source, walk->part, mv) +
                                   search->lambda * mv_bits(mv, walk->median));
        }
        if (walk->mv.x == centre.x && walk->mv.y == centre.y)
            break;
    }
}

static void refine_part(const struct search *search, const struct psk_enc_reference *reference,
                        const uint8_t source[256], struct walk *walk)
{
    const struct plan *plan = &plans[search->effort];

    descend(search, reference, source, plan->half_points, 2, plan->half_steps, walk);
    walk->cost = satd_of(search, reference, source, walk->part, walk->mv) +
                 search->lambda * mv_bits(walk->mv, walk->median);
    if (is_allowed(search, walk->median.x, walk->median.y))
        take_if_better(walk, walk->median,
                       satd_of(search, reference, source, walk->part, walk->median) +
                           search->lambda * mv_bits(walk->median, walk->median));
    refine(search, reference, source, plan->quarter_points, plan->quarter_steps, walk);
}

static struct walk begin_walk(struct psk_enc_part part, struct psk_enc_mv median)
{
    struct walk walk;

    walk.part = part;
    walk.median = median;
    walk.mv.x = 0;
    walk.mv.y = 0;
    walk.cost = UINT32_MAX;
    return walk;
}

static void try_guess(const struct search *search, const struct psk_enc_reference *reference,
                      const uint8_t source[256], struct psk_enc_mv guess, struct walk *walk)
{
    try_half(search, reference, source, (guess.x + 2) & ~3, (guess.y + 2) & ~3, walk);
}

static void search_whole_mb(const struct search *search, const struct psk_enc_reference *reference,
                            const uint8_t source[256], struct split *split)
{
    const struct plan *plan = &plans[search->effort];
    struct walk walk = begin_walk(psk_enc_part_of(PSK_ENC_P16X16, 0),
                                  psk_enc_predict_part(&search->motion, PSK_ENC_P16X16, 0));

    try_half(search, reference, source, 0, 0, &walk);
    try_guess(search, reference, source, walk.median, &walk);
    for (int i = 0; i < 4; i++)
        try_guess(search, reference, source, search->motion.at[0][i].mv, &walk);
    try_guess(search, reference, source, search->motion.at[1][0].mv, &walk);
    try_guess(search, reference, source, search->motion.at[2][0].mv, &walk);
    follow_hexagon(search, reference, source, plan->hexagon_steps, &walk);
    descend(search, reference, source, 8, 4, 1, &walk);
    look_farther(search, reference, source, &walk);
    refine_part(search, reference, source, &walk);
    split->partition = PSK_ENC_P16X16;
    split->mv[0] = walk.mv;
    split->median[0] = walk.median;
    split->cost = walk.cost + search->lambda * partition_bits[PSK_ENC_P16X16];
}

/* @p guess are vectors worth a look, besides the prediction; gives up where @p limit is passed. */
static void search_parts(const struct search *search, const struct psk_enc_reference *reference,
                         const uint8_t source[256], enum psk_enc_partition partition,
                         const struct psk_enc_mv guess[4], uint32_t limit, struct split *split)
{
    const struct plan *plan = &plans[search->effort];
    const int count = psk_enc_part_count(partition);
    struct psk_enc_motion motion = search->motion;

    split->partition = partition;
    split->cost = search->lambda * partition_bits[partition];
    for (int i = 0; i < count && split->cost < limit; i++) {
#pragma HLS LOOP_TRIPCOUNT min = 2 max = 4
        struct walk walk =
            begin_walk(psk_enc_part_of(partition, i), psk_enc_predict_part(&motion, partition, i));

        try_guess(search, reference, source, walk.median, &walk);
        for (int k = 0; k < 4; k++)
            try_guess(search, reference, source, guess[k], &walk);
        descend(search, reference, source, 4, 4, plan->part_steps, &walk);
        refine_part(search, reference, source, &walk);
        psk_enc_set_part(&motion, walk.part, walk.mv);
        split->mv[i] = walk.mv;
        split->median[i] = walk.median;
        split->cost += walk.cost;
    }
}

static void search_splits(const struct search *search, const struct psk_enc_reference *reference,
                          const uint8_t source[256], struct split *best)
{
    struct psk_enc_mv guess[4];
    struct split split;

    for (int i = 0; i < 4; i++)
        guess[i] = best->mv[0];
    search_parts(search, reference, source, PSK_ENC_P8X8, guess, UINT32_MAX, &split);
    for (int i = 0; i < 4; i++)
        guess[i] = split.mv[i];
    if (split.cost < best->cost)
        *best = split;
    search_parts(search, reference, source, PSK_ENC_P16X8, guess, best->cost, &split);
    if (split.cost < best->cost)
        *best = split;
    search_parts(search, reference, source, PSK_ENC_P8X16, guess, best->cost, &split);
    if (split.cost < best->cost)
        *best = split;
}

/* The macroblock's vectors by quarter, and its prediction. */
static void take_split(const struct search *search, const struct psk_enc_reference *reference,
                       const struct split *split, struct psk_enc_choice *choice,
                       struct psk_enc_samples *pred)
{
    const int count = psk_enc_part_count(split->partition);

    choice->partition = split->partition;
    for (int i = 0; i < count; i++) {
#pragma HLS LOOP_TRIPCOUNT min = 1 max = 4
        const struct psk_enc_part part = psk_enc_part_of(split->partition, i);

        for (int y = part.y; y < part.y + part.height; y++) {
#pragma HLS LOOP_TRIPCOUNT min = 1 max = 2
            for (int x = part.x; x < part.x + part.width; x++) {
#pragma HLS LOOP_TRIPCOUNT min = 1 max = 2
                choice->mv[y * 2 + x] = split->mv[i];
                choice->median[y * 2 + x] = split->median[i];
            }
        }
        psk_enc_predict_luma_part(reference, search->mb_x, search->mb_y, part, split->mv[i],
                                  pred->luma);
        psk_enc_predict_chroma_part(reference, search->mb_x, search->mb_y, part, split->mv[i],
                                    pred);
    }
}

static int16_t at_most(int value)
{
    return (int16_t)(value > PSK_ENC_MV_MAX ? PSK_ENC_MV_MAX : value);
}

static void begin_search(const struct psk_enc_frame *frame, uint32_t mb_x, uint32_t mb_y,
                         struct search *search)
{
    const int right = (int)(frame->mb_width - mb_x - 1) * 16;
    const int below = (int)(frame->mb_height - mb_y - 1) * 16;

    search->mb_x = mb_x;
    search->mb_y = mb_y;
    search->lambda = psk_enc_lambda(frame->qp);
    search->effort = frame->effort;
    search->low.x = (int16_t)-at_most(((int)mb_x * 16 + PSK_ENC_MV_REACH) * 4);
    search->low.y = (int16_t)-at_most(((int)mb_y * 16 + PSK_ENC_MV_REACH) * 4);
    search->high.x = at_most((right + PSK_ENC_MV_REACH) * 4);
    search->high.y = at_most((below + PSK_ENC_MV_REACH) * 4);
    psk_enc_look_around(frame, mb_x, mb_y, &search->motion);
}

uint32_t psk_enc_search(const struct psk_enc_frame *frame,
                        const struct psk_enc_reference *reference, uint32_t mb_x, uint32_t mb_y,
                        const struct psk_enc_samples *source, struct psk_enc_choice *choice,
                        struct psk_enc_samples *pred)
{
    struct search search;
    struct split best;

    begin_search(frame, mb_x, mb_y, &search);
    search_whole_mb(&search, reference, source->luma, &best);
    if (plans[search.effort].splits)
        search_splits(&search, reference, source->luma, &best);
    take_split(&search, reference, &best, choice, pred);
    return best.cost;
}
