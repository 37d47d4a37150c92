/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/predict/fastmath_priv.h - powers and logarithms to the base of 2, quick and the same
 * everywhere.
 *
 * Why: a turn needs dozens of them for each candidate, and an answer must not depend on which libm
 * is there. Polynomials on one octave (Chebyshev, fitted here); worst errors in the comments.
 */
#ifndef PS_HOST_PREDICT_FASTMATH_PRIV_H
#define PS_HOST_PREDICT_FASTMATH_PRIV_H

#include <stdint.h>
#include <string.h>

/** 2^x for x in [-126, 127], clamped to it; relative error 1.1e-7 and the rounding of floats. */
static inline float ps_exp2f(float x)
{
    x = x < -126.0f ? -126.0f : x > 127.0f ? 127.0f : x;

    const int32_t whole = (int32_t)(x + 126.0f) - 126;
    const float part = x - (float)whole;
    const uint32_t bits = (uint32_t)(whole + 127) << 23;
    float power;

    memcpy(&power, &bits, sizeof(power));
    return power *
           (0.99999990f +
            part * (0.69315462f +
                    part * (0.24014077f +
                            part * (0.05586328f + part * (0.00894621f + part * 0.00189511f)))));
}

/** log2 of a normal x > 0; absolute error 1.5e-5. */
static inline float ps_log2f(float x)
{
    uint32_t bits;
    float part;

    memcpy(&bits, &x, sizeof(bits));
    const float whole = (float)((int32_t)(bits >> 23) - 127);
    bits = (bits & 0x7fffffu) | 0x3f800000u;
    memcpy(&part, &bits, sizeof(part));
    return whole - 2.79415368f +
           part * (5.06975632f +
                   part * (-3.52021884f +
                           part * (1.61017755f + part * (-0.40947559f + part * 0.04392863f))));
}

/** e^x. */
static inline float ps_expf(float x)
{
    return ps_exp2f(x * 1.44269504f);
}

/** 1 / (1 + e^-x). */
static inline float ps_logistic(float x)
{
    return 1.0f / (1.0f + ps_expf(-x));
}

/** ln(1 + e^x): the mean of a Poisson count that is not 0 with the log odds x. */
static inline float ps_softplus(float x)
{
    return x > 15.0f ? x : 0.69314718f * ps_log2f(1.0f + ps_expf(x));
}

#endif
