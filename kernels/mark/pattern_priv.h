/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/mark/pattern_priv.h - the numbers both forms of the mark are defined by.
 */
#ifndef PS_KERNELS_MARK_PATTERN_PRIV_H
#define PS_KERNELS_MARK_PATTERN_PRIV_H

#include <stdint.h>

#include "kernels/mark/mark.h"

/* Finaliser of splitmix64: every input bit reaches every output bit. */
static inline uint64_t psk_mark_mix(uint64_t value)
{
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
    return value ^ (value >> 31);
}

/* Seed of a row's dither; a frame index of the segment, so that B repeats what A rounded. */
static inline uint16_t psk_mark_row_seed(uint32_t segment, uint32_t frame, uint32_t y)
{
    return (uint16_t)psk_mark_mix(((uint64_t)segment << 32 | frame) + ((uint64_t)y << 48));
}

/* 0..255, evenly; sixteen-bit steps so that a row is one vector loop and one DSP. */
static inline uint16_t psk_mark_dither(uint16_t row_seed, uint32_t x)
{
    uint16_t value = (uint16_t)(row_seed + (uint16_t)x * 0x9e3bu);

    value = (uint16_t)(value ^ value >> 7);
    value = (uint16_t)(value * 0xb5adu);
    value = (uint16_t)(value ^ value >> 9);
    value = (uint16_t)(value * 0x2c9bu);
    return (uint16_t)(value >> 8);
}

/* Largest whole number whose square is at most @p value. */
static inline uint32_t psk_mark_root(uint32_t value)
{
    uint32_t root = 0;

    for (uint32_t bit = 1u << 15; bit != 0; bit >>= 1) {
#pragma HLS UNROLL
        if ((root + bit) * (root + bit) <= value)
            root += bit;
    }
    return root;
}

/* Variance times count squared. */
static inline uint64_t psk_mark_spread(uint32_t count, uint32_t sum, uint32_t sum_of_squares)
{
    return (uint64_t)count * sum_of_squares - (uint64_t)sum * sum;
}

/* Q8 amplitude of a block of @p count samples with these sums; sigma in Q4 on the way. */
static inline uint32_t psk_mark_amplitude(uint32_t count, uint32_t sum, uint32_t sum_of_squares)
{
    const uint64_t spread = psk_mark_spread(count, sum, sum_of_squares);
    const uint32_t sigma = psk_mark_root((uint32_t)(spread * 256 / ((uint64_t)count * count)));
    const uint32_t amplitude = 128 + sigma * 26 / 16;

    return amplitude > 512 ? 512 : amplitude;
}

/*
 * The gain of a frame: how much of the nominal amplitude it takes for a reader to see the mark
 * PSK_MARK_TARGET standard deviations away from nothing in this frame alone, coding at a low rate
 * and the content's own likeness to the pattern included; but no more than fidelity allows. A
 * reader takes means of cells, what a cell has more than its eight neighbours, divided by the
 * spread of that, clipped at two.
 */
#define PSK_MARK_TARGET       12
#define PSK_MARK_NOISE        128u /* Q7: deviation that coding at a low rate adds to a cell's mean */
#define PSK_MARK_GAIN_NOMINAL 256u
#define PSK_MARK_GAIN_MIN     154u /* 0.6 */
#define PSK_MARK_GAIN_MAX     461u /* 1.8 */

/* Mean over the cells of amplitude squared, Q8: 4.3, of which interpolation leaves 4/9. */
#define PSK_MARK_POWER_MAX 1100u
/* Mean of amplitude squared over what the SSIM of a cell divides by, Q16. */
#define PSK_MARK_VISIBLE_MAX 600u

/* Smaller pictures have the nominal gain. */
#define PSK_MARK_MEASURED_MIN_W (2u * PSK_MARK_COLUMNS)
#define PSK_MARK_MEASURED_MIN_H (2u * PSK_MARK_ROWS)

/* Where cell @p cell of @p cells begins on a side of @p length samples. */
static inline uint32_t psk_mark_cell_edge(uint32_t cell, uint32_t cells, uint32_t length)
{
    return cell * length / cells;
}

/* What a reader divides by: nine times the mean deviation, Q7, of the content (@p deviations, the
 * sum of nine), of coding noise and of the mark itself. */
static inline uint32_t psk_mark_scale(uint32_t deviations, uint32_t amplitude)
{
    return deviations + 9 * PSK_MARK_NOISE + 9 * amplitude / 8;
}

/* Q8: @p high (Q7) in standard deviations; a mean deviation is 0.8 of one. */
static inline int32_t psk_mark_normal(int32_t high, uint32_t scale)
{
    return high * (9 * 205) / (int32_t)scale;
}

/* Q7: half of a cell's amplitude (Q8) is left after interpolation and high pass. */
static inline int32_t psk_mark_response(uint32_t amplitude)
{
    return (int32_t)(amplitude / 4);
}

/* What a frame says to the gain: sums over its cells. */
struct psk_mark_measure {
    int32_t likeness;  /* Q8: normalised content times sign */
    uint32_t energy;   /* Q16: squares of normalised content and coding noise */
    uint32_t response; /* Q8: normalised response to the nominal amplitude, where not clipped */
    uint32_t power;    /* Q8: squares of amplitude */
    uint32_t visible;  /* Q16: squares of amplitude over what the SSIM divides by */
};

static inline void psk_mark_measure_cell(struct psk_mark_measure *m, int32_t high, uint32_t scale,
                                         uint32_t amplitude, uint32_t variance, int32_t sign)
{
    const int32_t normal = psk_mark_normal(high, scale);
    const int32_t noise = psk_mark_normal((int32_t)PSK_MARK_NOISE, scale);
    const int32_t clipped = normal > 512 ? 512 : normal < -512 ? -512 : normal;

    m->likeness += sign * clipped;
    m->energy += (uint32_t)(clipped * clipped + noise * noise);
    if (clipped == normal)
        m->response += (uint32_t)psk_mark_normal(psk_mark_response(amplitude), scale);
    m->power += amplitude * amplitude >> 8;
    m->visible += amplitude * amplitude / (2 * variance + 58);
}

/* Q8: the largest gain at which mean power times gain squared stays below @p limit. */
static inline uint32_t psk_mark_gain_within(uint64_t limit, uint32_t power)
{
    const uint64_t square = power > 0 ? (limit << 16) / power : 1u << 20;

    return psk_mark_root((uint32_t)(square > 1u << 20 ? 1u << 20 : square));
}

/* Q8 gain of variant A (@p sign 1) or B (-1). */
static inline uint32_t psk_mark_gain(const struct psk_mark_measure *m, int32_t sign)
{
    const uint32_t cells = PSK_MARK_COLUMNS * PSK_MARK_ROWS;
    const int32_t wanted = PSK_MARK_TARGET * (int32_t)psk_mark_root(m->energy) - sign * m->likeness;
    const uint32_t by_power = psk_mark_gain_within((uint64_t)cells * PSK_MARK_POWER_MAX, m->power);
    const uint32_t by_sight =
        psk_mark_gain_within((uint64_t)cells * PSK_MARK_VISIBLE_MAX, m->visible);
    uint64_t gain = wanted <= 0        ? 0
                    : m->response == 0 ? PSK_MARK_GAIN_MAX
                                       : (uint64_t)wanted * 256 / m->response;

    gain = gain > PSK_MARK_GAIN_MAX ? PSK_MARK_GAIN_MAX : gain;
    gain = gain > by_power ? by_power : gain;
    gain = gain > by_sight ? by_sight : gain;
    return gain < PSK_MARK_GAIN_MIN ? PSK_MARK_GAIN_MIN : (uint32_t)gain;
}

#endif
