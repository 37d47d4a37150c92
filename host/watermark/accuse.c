/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/watermark/accuse.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/mem.h"
#include "host/watermark/codes.h"

#define Z_MAX 60.0 /* more says no more */

#define PIRATES_MAX 4 /* of any model */

/* A segment whose z is smaller says nothing to the symmetric score, which takes hard bits. */
#define HARD_Z_MIN 1.0

/* How pirates may have made a segment, given that k of c have bit 1. */
enum manner {
    CHANCE, /* A with probability k/c; one pirate alone: A or B as he has it */
    MAJORITY,
    MINORITY,
    ALWAYS_A, /* whenever one of them has it */
    ALWAYS_B,
    AVERAGE, /* of the pictures: a mark of amplitude 2k/c - 1 */
};

static const struct model {
    uint32_t pirates;
    enum manner manner;
} models[] = {
    { 1, CHANCE },  { 2, CHANCE },   { 2, ALWAYS_A }, { 2, ALWAYS_B }, { 2, AVERAGE },
    { 3, CHANCE },  { 3, MAJORITY }, { 3, MINORITY }, { 3, ALWAYS_A }, { 3, ALWAYS_B },
    { 3, AVERAGE }, { 4, CHANCE },   { 4, MAJORITY }, { 4, MINORITY }, { 4, AVERAGE },
};
#define MODELS PS_ARRAY_LEN(models)
#define TERMS  (MODELS + 1) /* the symmetric score is the last */

struct segment {
    uint32_t position;
    double term[2][TERMS]; /* by bit: logarithm of the factor */
    double symmetric[2];
};

struct ps_accuse {
    uint32_t segment_count;
    double symmetric_deviation;
    struct segment segment[];
};

/* Marks are not equally strong in all segments: strengths as shares of the mean one. */
static const double strengths[] = { 0.25, 0.5, 0.8, 1.2, 1.8 };

/* Density of z, up to a factor, when the mark has @p amplitude (-1..1) of mean strength @p mean. A
 * small part of it is flat: no single segment decides. */
static double density(double z, double amplitude, double mean)
{
    double sum = 0;

    for (size_t i = 0; i < PS_ARRAY_LEN(strengths); i++) {
        const double off = z - amplitude * mean * strengths[i];

        sum += exp(-off * off / 2);
    }
    return 0.98 * sum / PS_ARRAY_LEN(strengths) + 0.02 * 2.5 / (2 * Z_MAX);
}

static double choose(uint32_t n, uint32_t k)
{
    double ways = 1;

    for (uint32_t i = 0; i < k; i++)
        ways = ways * (n - i) / (i + 1);
    return ways;
}

/* Probability that the pirates' segment is A when @p ones of them have A. */
static double chance_of_a(const struct model *model, uint32_t ones)
{
    if (ones == 0 || ones == model->pirates)
        return ones == 0 ? 0 : 1;
    switch (model->manner) {
    case MAJORITY:
        return 2 * ones == model->pirates ? 0.5 : 2 * ones > model->pirates;
    case MINORITY:
        return 2 * ones == model->pirates ? 0.5 : 2 * ones < model->pirates;
    case ALWAYS_A:
        return 1;
    case ALWAYS_B:
        return 0;
    default:
        return (double)ones / model->pirates;
    }
}

/* P(z | k of the pirates have bit 1), up to a factor, for all k. */
static void densities(const struct model *model, double z, double mean,
                      double ret_density[PIRATES_MAX + 1])
{
    const double when_a = density(z, 1, mean), when_b = density(z, -1, mean);

    for (uint32_t ones = 0; ones <= model->pirates; ones++) {
        const double a = chance_of_a(model, ones);

        ret_density[ones] = model->manner == AVERAGE
                                ? density(z, 2.0 * ones / model->pirates - 1, mean)
                                : a * when_a + (1 - a) * when_b;
    }
}

/* P(z | the viewer is one of the pirates and has @p bit), up to the same factor. */
static double likelihood(const struct model *model, const double *density_of, double bias,
                         uint32_t bit)
{
    const uint32_t others = model->pirates - 1;
    double sum = 0;

    for (uint32_t k = 0; k <= others; k++)
        sum += choose(others, k) * pow(bias, k) * pow(1 - bias, others - k) * density_of[k + bit];
    return sum;
}

/* How strong the mark must be, under a model, for z to be as large as it is on average. */
static double mean_strength(const struct model *model, const struct ps_accuse_reading *readings,
                            uint32_t count)
{
    double squares = 0, shares = 0;

    for (uint32_t i = 0; i < count; i++) {
        const double p = readings[i].bias / 65536.0;
        const double z = fmin(fabs(readings[i].z), Z_MAX);

        squares += z * z - 1;
        shares += model->manner != AVERAGE
                      ? 1
                      : (2 * p - 1) * (2 * p - 1) + 4 * p * (1 - p) / model->pirates;
    }
    return count > 0 && squares > shares * 0.25 ? sqrt(squares / shares) : 0.5;
}

static void fill_model(struct ps_accuse *accuse, const struct ps_accuse_reading *readings,
                       size_t term)
{
    const struct model *model = &models[term];
    const double mean = mean_strength(model, readings, accuse->segment_count);

    for (uint32_t i = 0; i < accuse->segment_count; i++) {
        const double bias = readings[i].bias / 65536.0;
        const double z = fmax(-Z_MAX, fmin(Z_MAX, readings[i].z));
        double density_of[PIRATES_MAX + 1], with_0, with_1, all;

        densities(model, z, mean, density_of);
        with_0 = likelihood(model, density_of, bias, 0);
        with_1 = likelihood(model, density_of, bias, 1);
        all = bias * with_1 + (1 - bias) * with_0;
        accuse->segment[i].term[0][term] = log(with_0 / all);
        accuse->segment[i].term[1][term] = log(with_1 / all);
    }
}

static void fill_symmetric(struct ps_accuse *accuse, const struct ps_accuse_reading *readings)
{
    uint32_t hard = 0;
    double tilt;

    for (uint32_t i = 0; i < accuse->segment_count; i++) {
        const double bias = readings[i].bias / 65536.0;
        const double rare_1 = sqrt((1 - bias) / bias), rare_0 = sqrt(bias / (1 - bias));
        double *score = accuse->segment[i].symmetric;

        if (fabs(readings[i].z) < HARD_Z_MIN)
            continue;
        hard++;
        score[1] = readings[i].z > 0 ? rare_1 : -rare_1;
        score[0] = readings[i].z > 0 ? -rare_0 : rare_0;
    }
    accuse->symmetric_deviation = sqrt(hard); /* each has variance 1 */
    /* The best tilt for a bound near exp(-28), were scores normal. */
    tilt = hard > 0 ? fmin(1, sqrt(2 * 28.0 / hard)) : 0;
    for (uint32_t i = 0; i < accuse->segment_count; i++) {
        const double bias = readings[i].bias / 65536.0;
        struct segment *s = &accuse->segment[i];
        const double expected =
            log(bias * exp(tilt * s->symmetric[1]) + (1 - bias) * exp(tilt * s->symmetric[0]));

        for (int bit = 0; bit < 2; bit++)
            s->term[bit][MODELS] = tilt * s->symmetric[bit] - expected;
    }
}

static int check(const struct ps_accuse_reading *readings, uint32_t count)
{
    if (count > PS_CODES_SEGMENTS_MAX)
        return -EINVAL;
    for (uint32_t i = 0; i < count; i++)
        if (readings[i].bias == 0 || !isfinite(readings[i].z) ||
            readings[i].position >= PS_CODES_SEGMENTS_MAX)
            return -EINVAL;
    return 0;
}

int ps_accuse_create(struct ps_accuse **ret_accuse, const struct ps_accuse_reading *readings,
                     uint32_t reading_count)
{
    struct ps_accuse *accuse;
    const int rc = check(readings, reading_count);

    if (rc != 0)
        return rc;
    accuse = ps_zalloc(1, sizeof(*accuse) + reading_count * sizeof(accuse->segment[0]));
    if (accuse == NULL)
        return -ENOMEM;
    accuse->segment_count = reading_count;
    for (uint32_t i = 0; i < reading_count; i++)
        accuse->segment[i].position = readings[i].position;
    for (size_t term = 0; term < MODELS; term++)
        fill_model(accuse, readings, term);
    fill_symmetric(accuse, readings);
    *ret_accuse = accuse;
    return 0;
}

void ps_accuse_destroy(struct ps_accuse *accuse)
{
    free(accuse);
}

double ps_accuse_score(const struct ps_accuse *accuse, const uint8_t *bits)
{
    double total[TERMS] = { 0 };
    double most, sum = 0;

    for (uint32_t i = 0; i < accuse->segment_count; i++) {
        const struct segment *s = &accuse->segment[i];
        const double *term = s->term[ps_codes_bit(bits, s->position)];

        for (size_t m = 0; m < TERMS; m++)
            total[m] += term[m];
    }
    most = total[0];
    for (size_t m = 1; m < TERMS; m++)
        most = fmax(most, total[m]);
    for (size_t m = 0; m < TERMS; m++)
        sum += exp(total[m] - most);
    return most + log(sum / TERMS);
}

double ps_accuse_symmetric(const struct ps_accuse *accuse, const uint8_t *bits)
{
    double sum = 0;

    for (uint32_t i = 0; i < accuse->segment_count; i++)
        sum += accuse->segment[i].symmetric[ps_codes_bit(bits, accuse->segment[i].position)];
    return accuse->symmetric_deviation > 0 ? sum / accuse->symmetric_deviation : 0;
}

double ps_accuse_threshold(uint64_t viewer_count)
{
    return log((double)viewer_count / PS_ACCUSE_FALSE_MAX);
}

double ps_accuse_bound(double score, uint64_t viewer_count)
{
    const double bound = (double)viewer_count * exp(-score);

    return bound < 1 ? bound : 1;
}
