/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/replay/baseline_ftrl.c - logistic regression by FTRL-proximal (McMahan and others, KDD'13)
 * over features in buckets, some of them in pairs, and what a Hawkes process expects.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/mem.h"
#include "tools/replay/baseline.h"
#include "tools/replay/hawkes.h"

#define ALPHA   0.02f
#define BETA    1.0f
#define L1      0.0f
#define L2      1.0f
#define BUCKETS 64u

/* What falls into buckets of half an octave. */
static const uint8_t sized[] = {
    REPLAY_X_COUNTS,     REPLAY_X_COUNTS + 1, REPLAY_X_COUNTS + 2, REPLAY_X_COUNTS + 3,
    REPLAY_X_COUNTS + 4, REPLAY_X_COUNTS + 5, REPLAY_X_SINCE_LAST, REPLAY_X_SINCE_FIRST,
    REPLAY_X_AGE,        REPLAY_X_GAP,        REPLAY_X_TOTAL,      REPLAY_X_MEDIA_HOUR,
    REPLAY_X_MEDIA_DAY,  REPLAY_X_LEVEL,
};
enum { HOUR = PS_ARRAY_LEN(sized), CATEGORY, EXPECTED, SINGLES };

static const uint8_t pairs[][2] = {
    { 1, 2 } /* ten minutes, an hour */,
    { 2, 4 } /* an hour, a day */,
    { 6, 9 } /* last, gap */,
    { 6, 10 } /* last, total */,
    { EXPECTED, HOUR },
    { EXPECTED, CATEGORY },
    { EXPECTED, 13 } /* level */,
};
#define ONES    (SINGLES + PS_ARRAY_LEN(pairs))
#define BIAS    (SINGLES * BUCKETS + PS_ARRAY_LEN(pairs) * BUCKETS * BUCKETS)
#define LOG     (BIAS + 1) /* of what is expected, the one feature that is not one or nothing */
#define WEIGHTS (LOG + 1)

struct ftrl {
    struct replay_hawkes hawkes;
    float z[WEIGHTS], n[WEIGHTS];
};

struct input {
    uint32_t ones[ONES];
    float log_expected;
};

/* Half octaves from 2^-12 on; 0 is for what is less. */
static uint32_t bucket(float value)
{
    uint32_t bits;
    int32_t place;

    memcpy(&bits, &value, sizeof(bits));
    place = (int32_t)(bits >> 22) - 2 * (127 - 12) + 1;
    if (value <= 0.0f || place < 0)
        return 0;
    return place < (int32_t)BUCKETS ? (uint32_t)place : BUCKETS - 1;
}

static void describe(const struct ftrl *ftrl, const float *x, struct input *ret)
{
    const double expected = replay_hawkes_expect(&ftrl->hawkes, x);
    uint32_t place[SINGLES];

    for (unsigned s = 0; s < PS_ARRAY_LEN(sized); s++)
        place[s] = bucket(x[sized[s]]);
    place[HOUR] = (uint32_t)x[REPLAY_X_HOUR];
    place[CATEGORY] = (uint32_t)x[REPLAY_X_CATEGORY] % BUCKETS;
    place[EXPECTED] = bucket((float)expected);
    ret->log_expected = (float)log(expected);
    for (unsigned s = 0; s < SINGLES; s++)
        ret->ones[s] = s * BUCKETS + place[s];
    for (unsigned p = 0; p < PS_ARRAY_LEN(pairs); p++)
        ret->ones[SINGLES + p] = SINGLES * BUCKETS + p * BUCKETS * BUCKETS +
                                 place[pairs[p][0]] * BUCKETS + place[pairs[p][1]];
}

static float weight(const struct ftrl *ftrl, uint32_t i)
{
    const float z = ftrl->z[i];

    if (fabsf(z) <= L1)
        return 0.0f;
    return -(z - copysignf(L1, z)) / ((BETA + sqrtf(ftrl->n[i])) / ALPHA + L2);
}

static float chance(const struct ftrl *ftrl, const struct input *input)
{
    float sum = weight(ftrl, BIAS) + weight(ftrl, LOG) * input->log_expected;

    for (unsigned o = 0; o < ONES; o++)
        sum += weight(ftrl, input->ones[o]);
    return 1.0f / (1.0f + expf(-sum));
}

static void update(struct ftrl *ftrl, uint32_t i, float gradient)
{
    const float n = ftrl->n[i] + gradient * gradient;
    const float sigma = (sqrtf(n) - sqrtf(ftrl->n[i])) / ALPHA;

    ftrl->z[i] += gradient - sigma * weight(ftrl, i);
    ftrl->n[i] = n;
}

static int create(void **ret_state)
{
    struct ftrl *ftrl = ps_zalloc(1, sizeof(*ftrl));

    *ret_state = ftrl;
    if (ftrl == NULL)
        return -ENOMEM;
    replay_hawkes_init(&ftrl->hawkes);
    return 0;
}

static void say(void *state, const struct replay_rows *rows, float *ret_said)
{
    struct input input;

    for (uint32_t i = 0; i < rows->count; i++) {
        describe(state, rows->x[i], &input);
        ret_said[i] = chance(state, &input);
    }
}

static int learn(void *state, const struct replay_rows *rows, const bool *happened)
{
    struct ftrl *ftrl = state;
    struct input input;

    for (uint32_t i = 0; i < rows->count; i++) {
        describe(ftrl, rows->x[i], &input);
        const float gradient = chance(ftrl, &input) - (happened[i] ? 1.0f : 0.0f);

        update(ftrl, BIAS, gradient);
        update(ftrl, LOG, gradient * input.log_expected);
        for (unsigned o = 0; o < ONES; o++)
            update(ftrl, input.ones[o], gradient);
    }
    for (uint32_t i = 0; i < rows->count; i++)
        replay_hawkes_add(&ftrl->hawkes, rows->x[i], happened[i]);
    replay_hawkes_fit(&ftrl->hawkes);
    return 0;
}

const struct replay_baseline replay_baseline_ftrl = { .name = "ftrl",
                                                      .is_calibrated = true,
                                                      .create = create,
                                                      .say = say,
                                                      .learn = learn,
                                                      .destroy = free };
