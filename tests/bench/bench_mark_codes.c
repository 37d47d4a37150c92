/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/bench/bench_mark_codes.c - how many segments it takes to name a viewer, and whether the
 * innocent are left alone. Viewers are simulated, what is read of their segments is not: each z is
 * drawn from those read off real pictures re-encoded at 400 kbit/s.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "host/watermark/accuse.h"
#include "host/watermark/codes.h"
#include "tests/bench/bench_mark.h"

#define VIEWERS        1000000u
#define SEGMENTS_LIMIT 2048u /* of a search */
#define COALITIONS     100u
#define PIRATES_MAX    3u
#define PERCENT_NAMED  95u
#define CODE_COLLUDERS 4u /* that the code with biases is made for */

enum manner { CHANCE, MAJORITY, MINORITY, ALWAYS_A, ALWAYS_B, AVERAGE, MANNERS };
static const char *const manner_names[MANNERS] = { "chance",   "majority", "minority",
                                                   "always_a", "always_b", "average" };

static struct ps_codes code;
static uint8_t word[PIRATES_MAX][PS_CODES_BYTES_MAX];
static struct ps_accuse_reading readings[SEGMENTS_LIMIT];

static uint32_t random_below(uint32_t end)
{
    static uint64_t state = 0x636f6465;
    uint64_t value = (state += 0x9e3779b97f4a7c15u);

    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9u;
    value = (value ^ value >> 27) * 0x94d049bb133111ebu;
    return (uint32_t)((value >> 32) * end >> 32);
}

static double draw(const struct pool *pool)
{
    return pool->z[random_below(pool->count)];
}

/* z of a segment of which @p ones of @p pirates have A. */
static double z_of(const struct pools *pools, enum manner manner, uint32_t ones, uint32_t pirates)
{
    const bool agree = ones == 0 || ones == pirates;
    bool is_a = 2 * ones > pirates;

    if (!agree && manner == AVERAGE && pirates == 2)
        return draw(&pools->half);
    if (!agree && manner == AVERAGE)
        return is_a ? draw(&pools->two_thirds) : -draw(&pools->two_thirds);
    if (!agree && (manner == CHANCE || 2 * ones == pirates))
        is_a = random_below(pirates) < ones;
    else if (!agree && manner != MAJORITY)
        is_a = manner == MINORITY ? !is_a : manner == ALWAYS_A;
    return is_a ? draw(&pools->bit) : -draw(&pools->bit);
}

static void make_copy(const struct pools *pools, enum manner manner, uint32_t pirates)
{
    for (uint32_t k = 0; k < pirates; k++)
        ps_codes_word(&code, 1 + random_below(VIEWERS), word[k]);
    for (uint32_t i = 0; i < SEGMENTS_LIMIT; i++) {
        uint32_t ones = 0;

        for (uint32_t k = 0; k < pirates; k++)
            ones += (uint32_t)ps_codes_bit(word[k], i);
        readings[i] = (struct ps_accuse_reading){ .z = z_of(pools, manner, ones, pirates),
                                                  .position = i,
                                                  .bias = code.bias[i] };
    }
}

static bool is_named(uint32_t segments, uint32_t pirates)
{
    struct ps_accuse *accuse;
    bool named = false;

    if (ps_accuse_create(&accuse, readings, segments) != 0)
        exit(EXIT_FAILURE);
    for (uint32_t k = 0; k < pirates && !named; k++)
        named = ps_accuse_score(accuse, word[k]) >= ps_accuse_threshold(VIEWERS);
    ps_accuse_destroy(accuse);
    return named;
}

/* Segments after which one of the pirates is named, by halving: scores grow but for noise. */
static uint32_t segments_to_name(uint32_t pirates)
{
    uint32_t below = 16, above = 32;

    while (above < SEGMENTS_LIMIT && !is_named(above, pirates)) {
        below = above;
        above *= 2;
    }
    while (above - below > 2) {
        const uint32_t middle = (below + above) / 2;

        if (is_named(middle, pirates))
            above = middle;
        else
            below = middle;
    }
    return above;
}

static int compare(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

/* Segments after which PERCENT_NAMED of the coalitions have lost a member. */
static uint32_t measure(const struct pools *pools, enum manner manner, uint32_t pirates,
                        uint32_t coalitions)
{
    uint32_t needed[COALITIONS];

    for (uint32_t i = 0; i < coalitions; i++) {
        make_copy(pools, manner, pirates);
        needed[i] = segments_to_name(pirates);
    }
    qsort(needed, coalitions, sizeof(needed[0]), compare);
    return needed[(coalitions - 1) * PERCENT_NAMED / 100];
}

static uint32_t worst(const struct pools *pools, uint32_t pirates, uint32_t coalitions)
{
    uint32_t most = 0;

    printf("bench=mark part=colluders pirates=%u code=%u coalitions=%u named_pct=%u", pirates,
           CODE_COLLUDERS, coalitions, PERCENT_NAMED);
    for (int manner = 0; manner < MANNERS; manner++) {
        const uint32_t needed = measure(pools, (enum manner)manner, pirates, coalitions);

        printf(" %s=%u", manner_names[manner], needed);
        most = needed > most ? needed : most;
    }
    printf("\n");
    return most;
}

struct innocents {
    uint64_t count, accused;
    uint64_t warm; /* whose score would be reached by one of a hundred at most */
    double most;
};

/* Everybody but the pirates, held against copies of different making. */
static void try_innocents(const struct pools *pools, enum manner manner, uint32_t pirates,
                          uint32_t segments, uint32_t viewers, struct innocents *innocents)
{
    static uint8_t bits[PS_CODES_BYTES_MAX];
    struct ps_accuse *accuse;

    make_copy(pools, manner, pirates);
    if (ps_accuse_create(&accuse, readings, segments) != 0)
        exit(EXIT_FAILURE);
    code.segment_count = segments; /* no more of their words is looked at */
    for (uint32_t i = 0; i < viewers; i++) {
        ps_codes_word(&code, VIEWERS + 1 + i, bits);
        const double score = ps_accuse_score(accuse, bits);

        innocents->accused += score >= ps_accuse_threshold(VIEWERS);
        innocents->warm += score >= log(100);
        innocents->most = fmax(innocents->most, score);
    }
    innocents->count += viewers;
    code.segment_count = SEGMENTS_LIMIT;
    ps_accuse_destroy(accuse);
}

static void draw_code(uint32_t colluders)
{
    if (ps_codes_draw(&code, 0x62656e6368, colluders, SEGMENTS_LIMIT) != 0)
        exit(EXIT_FAILURE);
}

static bool report_innocents(const struct pools *pools, bool quick)
{
    const uint32_t viewers = quick ? 50000 : 500000;
    struct innocents innocents = { 0 };

    draw_code(CODE_COLLUDERS);
    try_innocents(pools, CHANCE, 1, 80, viewers, &innocents);
    try_innocents(pools, CHANCE, 2, 400, viewers, &innocents);
    try_innocents(pools, AVERAGE, 3, 400, viewers, &innocents);
    printf("bench=mark part=innocents false_accusations=%llu innocents=%llu viewers=%u "
           "bound=%.0e threshold=%.2f score_max=%.2f warm_pct=%.4f warm_bound_pct=1\n",
           (unsigned long long)innocents.accused, (unsigned long long)innocents.count, VIEWERS,
           ps_accuse_bound(ps_accuse_threshold(VIEWERS), VIEWERS), ps_accuse_threshold(VIEWERS),
           innocents.most, 100.0 * (double)innocents.warm / (double)innocents.count);
    return innocents.accused == 0;
}

bool measure_codes(const struct pools *pools, bool quick)
{
    const uint32_t coalitions = quick ? 20 : COALITIONS;
    uint32_t plain, alone, two, three;

    draw_code(1);
    plain = measure(pools, CHANCE, 1, coalitions);
    draw_code(CODE_COLLUDERS);
    alone = measure(pools, CHANCE, 1, coalitions);
    two = worst(pools, 2, coalitions);
    three = worst(pools, 3, coalitions);
    printf("bench=mark part=codes segments_1m=%u segments_1m_tardos=%u segments_2_colluders=%u "
           "segments_3_colluders=%u%s%s%s\n",
           plain, alone, two, three, plain <= 60 ? "" : " missed=segments_1m",
           alone <= 150 ? "" : " missed=segments_1m_tardos",
           two <= 800 ? "" : " missed=segments_2_colluders");
    return report_innocents(pools, quick) && plain <= 60 && alone <= 150 && two <= 800;
}
