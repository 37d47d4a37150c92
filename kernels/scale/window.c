/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Places are counted in quarters of an output sample's width divided by src: there a source sample
 * is 4 * dst wide, an output sample 4 * src, and the middle of either and of left-sited ones are
 * whole numbers. All fit 32 bits: 4 * 3840 * 3840 < 2^26.
 */
#include "kernels/scale/window_priv.h"

#include "kernels/scale/lanczos_priv.h"

#define FLOOR_BIAS 64 /* source samples; more than a window reaches past the first one */

static int32_t place_of(const struct psk_window_axis *axis, uint32_t out)
{
    const uint32_t half = axis->is_left ? 1 : 2;

    return (int32_t)((4 * out + half) * axis->src) - (int32_t)(half * axis->dst);
}

/* The number of the last source sample at @p place or before it; may be negative. */
static int32_t sample_before(const struct psk_window_axis *axis, int32_t place)
{
    const int32_t width = (int32_t)(4 * axis->dst);

    return (place + FLOOR_BIAS * width) / width - FLOOR_BIAS;
}

/* Lanczos' kernel at a distance of at most three output samples, between two values of the table.
 */
static int32_t kernel_at(const struct psk_window_axis *axis, uint32_t distance)
{
    const uint32_t x = (distance << 14) / axis->src; /* 65536 to the output sample */
    const uint32_t step = x >> 8;
    const int32_t part = (int32_t)(x & 255);

    if (step >= LANCZOS_LOBES * LANCZOS_STEPS)
        return 0;
    return (lanczos[step] * (256 - part) + lanczos[step + 1] * part + 128) >> 8;
}

/* Raw weights to weights; what rounding leaves over goes to the largest, where it shows least. */
static void normalise(int32_t *weights, uint32_t count)
{
    int32_t total = 0, left = WINDOW_ONE;
    uint32_t largest = 0;

    for (uint32_t i = 0; i < count; i++) {
#pragma HLS LOOP_TRIPCOUNT min = 5 max = 96
        total += weights[i];
        if (weights[i] > weights[largest])
            largest = i;
    }
    for (uint32_t i = 0; i < count; i++) {
#pragma HLS LOOP_TRIPCOUNT min = 5 max = 96
        const int32_t scaled = weights[i] * WINDOW_ONE;

        weights[i] = (scaled < 0 ? scaled - total / 2 : scaled + total / 2) / total;
        left -= weights[i];
    }
    weights[largest] += left;
}

static uint32_t within(int32_t sample, uint32_t samples)
{
    if (sample < 0)
        return 0;
    return (uint32_t)sample < samples ? (uint32_t)sample : samples - 1;
}

void psk_window(struct psk_window *ret_window, const struct psk_window_axis *axis, uint32_t out)
{
    const int32_t place = place_of(axis, out);
    const int32_t reach = (int32_t)(4 * LANCZOS_LOBES * axis->src);
    const int32_t from = sample_before(axis, place - reach) + 1;
    const uint32_t count = (uint32_t)(sample_before(axis, place + reach - 1) - from) + 1;
    int32_t weights[WINDOW_TAPS_MAX];

    for (uint32_t i = 0; i < count; i++) {
#pragma HLS LOOP_TRIPCOUNT min = 5 max = 96
        const int32_t distance = (from + (int32_t)i) * (int32_t)(4 * axis->dst) - place;

        weights[i] = kernel_at(axis, (uint32_t)(distance < 0 ? -distance : distance));
    }
    normalise(weights, count);
    ret_window->first = within(from, axis->src);
    ret_window->count = within(from + (int32_t)count - 1, axis->src) - ret_window->first + 1;
    for (uint32_t i = 0; i < WINDOW_TAPS_MAX; i++)
        ret_window->weights[i] = 0;
    for (uint32_t i = 0; i < count; i++) {
#pragma HLS LOOP_TRIPCOUNT min = 5 max = 96
        ret_window->weights[within(from + (int32_t)i, axis->src) - ret_window->first] += weights[i];
    }
}
