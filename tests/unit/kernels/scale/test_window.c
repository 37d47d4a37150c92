/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/unit/kernels/scale/test_window.c - whole-number weights against Lanczos' formula in
 * floating point, for centred and left-sited samples; what any window must keep.
 */
#include "kernels/scale/window_priv.h"

#include <math.h>
#include <string.h>

#include "tests/support/ps_test.h"
#include "tests/unit/kernels/frames.h"

static const struct psk_window_axis axes[] = {
    { 1920, 1280, 0 }, { 1080, 720, 0 }, { 960, 640, 1 },  { 1920, 416, 0 },
    { 960, 208, 1 },   { 1080, 234, 0 }, { 3840, 240, 0 }, { 1920, 120, 1 },
    { 8, 8, 1 },       { 8, 8, 0 },      { 10, 8, 1 },     { 3840, 3838, 0 },
    { 3840, 3840, 0 }, { 62, 30, 0 },    { 128, 8, 0 },    { 1280, 854, 0 },
};

static double lanczos3(double x)
{
    const double at = M_PI * x;

    if (fabs(x) < 1e-12)
        return 1;
    return fabs(x) < 3 ? 3 * sin(at) * sin(at / 3) / (at * at) : 0;
}

/* The same by formula: places in source samples, edges folded. */
static void formula(const struct psk_window_axis *axis, uint32_t out, double *weights)
{
    const double ratio = (double)axis->src / axis->dst;
    const double place = axis->is_left ? out * ratio + (ratio - 1) / 4 : (out + 0.5) * ratio - 0.5;
    double total = 0;

    memset(weights, 0, axis->src * sizeof(*weights));
    for (int s = (int)floor(place - 3 * ratio); s <= (int)ceil(place + 3 * ratio); s++) {
        const int within = s < 0 ? 0 : s >= (int)axis->src ? (int)axis->src - 1 : s;
        const double weight = lanczos3((s - place) / ratio);

        weights[within] += weight;
        total += weight;
    }
    for (uint32_t i = 0; i < axis->src; i++)
        weights[i] /= total;
}

static void weights_are_lanczos_to_the_last_digit_but_one(void)
{
    static double wanted[3840];

    for (size_t i = 0; i < LENGTH(axes); i++) {
        double worst = 0;

        for (uint32_t out = 0; out < axes[i].dst; out += 1 + axes[i].dst / 50) {
            struct psk_window window;

            psk_window(&window, &axes[i], out);
            formula(&axes[i], out, wanted);
            for (uint32_t t = 0; t < window.count; t++) {
                const uint32_t s = window.first + t;

                worst = fmax(worst, fabs(window.weights[t] - WINDOW_ONE * wanted[s]));
                wanted[s] = 0;
            }
            for (uint32_t s = 0; s < axes[i].src; s++) /* what the window leaves out is nothing */
                worst = fmax(worst, fabs(WINDOW_ONE * wanted[s]));
        }
        /* Of 16384; rounding's rest, at most half a unit a sample, goes to one of them. */
        CU_ASSERT(worst <= 1 + 0.4 * axes[i].src / axes[i].dst * 3);
    }
}

static void weights_add_up_to_one_exactly_and_stay_inside(void)
{
    for (size_t i = 0; i < LENGTH(axes); i++) {
        uint32_t last = 0;

        for (uint32_t out = 0; out < axes[i].dst; out++) {
            struct psk_window window;
            int32_t total = 0, least = 0, most = 0;

            psk_window(&window, &axes[i], out);
            for (uint32_t t = 0; t < window.count; t++) {
                total += window.weights[t];
                least = window.weights[t] < least ? window.weights[t] : least;
                most = window.weights[t] > most ? window.weights[t] : most;
            }
            CU_ASSERT_EQUAL(total, WINDOW_ONE);
            CU_ASSERT(least >= INT16_MIN && most <= INT16_MAX);
            CU_ASSERT(window.count >= 1 && window.count <= WINDOW_TAPS_MAX);
            CU_ASSERT(window.first + window.count <= axes[i].src);
            CU_ASSERT(window.first + window.count > last); /* a line completes one row at most */
            if (window.first + window.count < axes[i].src)
                last = window.first + window.count;
        }
    }
}

static void equal_lengths_take_one_sample_each(void)
{
    for (uint32_t is_left = 0; is_left < 2; is_left++) {
        const struct psk_window_axis axis = { 40, 40, is_left };

        for (uint32_t out = 0; out < 40; out++) {
            struct psk_window window;

            psk_window(&window, &axis, out);
            for (uint32_t t = 0; t < window.count; t++)
                CU_ASSERT_EQUAL(window.weights[t], window.first + t == out ? WINDOW_ONE : 0);
        }
    }
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(weights_are_lanczos_to_the_last_digit_but_one),
        PS_TEST(weights_add_up_to_one_exactly_and_stay_inside),
        PS_TEST(equal_lengths_take_one_sample_each),
    };

    return ps_test_run("kernels/scale/window", tests, LENGTH(tests));
}
