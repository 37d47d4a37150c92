/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/watermark/codes.h"

#include <errno.h>
#include <math.h>
#include <sodium.h>
#include <string.h>

#include "host/base/assert.h"

#define NONCE_OF_BIASES UINT64_MAX
#define DRAWS_AT_ONCE   256u

/* Legendre polynomial of @p degree and its derivative at @p x, by the three-term recurrence. */
static double legendre(uint32_t degree, double x, double *ret_slope)
{
    double before = 1, here = x;

    for (uint32_t n = 1; n < degree; n++) {
        const double next = ((2 * n + 1) * x * here - n * before) / (n + 1);

        before = here;
        here = next;
    }
    *ret_slope = degree * (x * here - before) / (x * x - 1);
    return here;
}

/* Newton's method from the well-known first guess of the root. */
static double root_of(uint32_t degree, uint32_t index, double *ret_slope)
{
    double x = -cos(M_PI * (index + 0.75) / (degree + 0.5));

    for (int i = 0; i < 100; i++) {
        const double step = legendre(degree, x, ret_slope) / *ret_slope;

        x -= step;
        if (fabs(step) < 1e-15)
            break;
    }
    return x;
}

uint32_t ps_codes_levels(uint32_t colluders, struct ps_codes_level levels[PS_CODES_LEVELS_MAX])
{
    const uint32_t count = (colluders + 1) / 2;
    double sum = 0;

    ps_assert(colluders >= 1 && colluders <= PS_CODES_COLLUDERS_MAX);
    for (uint32_t i = 0; i < count; i++) {
        double slope;
        const double x = root_of(count, i, &slope);

        levels[i].bias = (1 + x) / 2;
        levels[i].weight = 1 / (pow(1 - x * x, 1.5) * slope * slope);
        sum += levels[i].weight;
    }
    for (uint32_t i = 0; i < count; i++)
        levels[i].weight /= sum;
    return count;
}

static void stream_of(const uint8_t *secret, uint64_t nonce, uint64_t block, uint8_t *bytes,
                      size_t size_bytes)
{
    uint8_t nonce_bytes[crypto_stream_chacha20_NONCEBYTES];

    for (size_t i = 0; i < sizeof(nonce_bytes); i++)
        nonce_bytes[i] = (uint8_t)(nonce >> (8 * i));
    memset(bytes, 0, size_bytes);
    crypto_stream_chacha20_xor_ic(bytes, bytes, size_bytes, nonce_bytes, block, secret);
}

static uint16_t bias_of(const struct ps_codes_level *levels, uint32_t count, double draw)
{
    uint32_t i = 0;

    while (i + 1 < count && draw >= levels[i].weight)
        draw -= levels[i++].weight;
    return (uint16_t)lround(levels[i].bias * 65536);
}

/* @return 0 or -EIO. */
static int draw_secret(uint64_t key, uint8_t ret_secret[static 32])
{
    uint8_t seed[24] = "prestage-codes\0";

    if (sodium_init() < 0)
        return -EIO;
    for (size_t i = 0; i < sizeof(key); i++)
        seed[16 + i] = (uint8_t)(key >> (8 * i));
    crypto_generichash(ret_secret, 32, seed, sizeof(seed), NULL, 0);
    return 0;
}

/* A block for each segment: the same whatever the length. */
static uint16_t draw_bias(const uint8_t *secret, const struct ps_codes_level *levels,
                          uint32_t count, uint32_t segment)
{
    uint8_t draw[64];

    stream_of(secret, NONCE_OF_BIASES, segment, draw, sizeof(draw));
    return bias_of(levels, count, (draw[0] + 256.0 * draw[1] + 65536.0 * draw[2]) / 16777216.0);
}

int ps_codes_draw(struct ps_codes *codes, uint64_t key, uint32_t colluders, uint32_t segment_count)
{
    struct ps_codes_level levels[PS_CODES_LEVELS_MAX];

    if (colluders < 1 || colluders > PS_CODES_COLLUDERS_MAX || segment_count < 1 ||
        segment_count > PS_CODES_SEGMENTS_MAX)
        return -EINVAL;
    if (draw_secret(key, codes->secret) != 0)
        return -EIO;
    codes->segment_count = segment_count;
    const uint32_t count = ps_codes_levels(colluders, levels);
    for (uint32_t i = 0; i < segment_count; i++)
        codes->bias[i] = draw_bias(codes->secret, levels, count, i);
    return 0;
}

int ps_codes_bit_of(uint64_t key, uint32_t colluders, uint64_t viewer, uint32_t position)
{
    struct ps_codes_level levels[PS_CODES_LEVELS_MAX];
    uint8_t secret[32], draws[64];
    const uint32_t at = position * 2 % sizeof(draws);

    if (colluders < 1 || colluders > PS_CODES_COLLUDERS_MAX || position >= PS_CODES_SEGMENTS_MAX)
        return -EINVAL;
    if (draw_secret(key, secret) != 0)
        return -EIO;
    const uint16_t bias = draw_bias(secret, levels, ps_codes_levels(colluders, levels), position);
    stream_of(secret, viewer, position * 2 / sizeof(draws), draws, sizeof(draws));
    return (draws[at] | draws[at + 1] << 8) < bias;
}

void ps_codes_word(const struct ps_codes *codes, uint64_t viewer, uint8_t *ret_bits)
{
    memset(ret_bits, 0, PS_CODES_BYTES(codes->segment_count));
    for (uint32_t i = 0; i < codes->segment_count; i++) {
        static _Thread_local uint8_t draws[2 * DRAWS_AT_ONCE];
        const uint32_t at = i % DRAWS_AT_ONCE;

        if (at == 0)
            stream_of(codes->secret, viewer, i / DRAWS_AT_ONCE * sizeof(draws) / 64, draws,
                      sizeof(draws));
        if ((draws[2 * at] | draws[2 * at + 1] << 8) < codes->bias[i])
            ret_bits[i / 8] |= (uint8_t)(0x80u >> (i % 8));
    }
}
