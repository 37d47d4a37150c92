/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/unit/host/watermark/test_accuse.c - pirates are found, the innocent are not, and the bound
 * is one: the mean of exp(score) over the innocent is 1.
 */
#include "host/watermark/accuse.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "host/base/mem.h"
#include "host/watermark/codes.h"
#include "tests/support/ps_test.h"

#define SEGMENTS 320u
#define VIEWERS  1000000u

static struct ps_codes codes;
static uint8_t word[3][PS_CODES_BYTES_MAX], bits[PS_CODES_BYTES_MAX];
static struct ps_accuse_reading readings[SEGMENTS];

static double noise(uint32_t *seed)
{
    double sum = -6;

    for (int i = 0; i < 12; i++) {
        *seed = *seed * 1664525u + 1013904223u;
        sum += (double)(*seed >> 8) / 16777216;
    }
    return sum;
}

/* Pirates 1..count, averaging or taking one another's segments in turn; marks of strength 5. */
static struct ps_accuse *accuse_of(uint32_t pirates, bool average, uint32_t segments)
{
    struct ps_accuse *accuse = NULL;
    uint32_t seed = 11;

    PS_REQUIRE(ps_codes_draw(&codes, 77, 4, SEGMENTS) == 0);
    for (uint32_t k = 0; k < pirates; k++)
        ps_codes_word(&codes, 1 + k, word[k]);
    for (uint32_t i = 0; i < segments; i++) {
        double amplitude = 0;

        for (uint32_t k = 0; k < pirates; k++)
            amplitude += (ps_codes_bit(word[k], i) ? 1.0 : -1.0) / pirates;
        if (!average)
            amplitude = ps_codes_bit(word[(i * 7 / 3) % pirates], i) ? 1 : -1;
        readings[i] = (struct ps_accuse_reading){ .z = 5 * amplitude + noise(&seed),
                                                  .position = i,
                                                  .bias = codes.bias[i] };
    }
    PS_REQUIRE(ps_accuse_create(&accuse, readings, segments) == 0);
    return accuse;
}

static void pirates_reach_the_threshold(void)
{
    static const struct {
        uint32_t pirates, segments;
        bool average;
    } cases[] = {
        { 1, 70, false }, { 2, SEGMENTS, false }, { 2, SEGMENTS, true }, { 3, SEGMENTS, true }
    };

    for (size_t i = 0; i < PS_ARRAY_LEN(cases); i++) {
        struct ps_accuse *accuse = accuse_of(cases[i].pirates, cases[i].average, cases[i].segments);
        double most = 0;

        for (uint32_t k = 0; k < cases[i].pirates; k++) {
            most = fmax(most, ps_accuse_score(accuse, word[k]));
            CU_ASSERT_TRUE(ps_accuse_symmetric(accuse, word[k]) > 2);
        }
        CU_ASSERT_TRUE(most > ps_accuse_threshold(VIEWERS));
        ps_accuse_destroy(accuse);
    }
}

/* Over all words of a short code, each with its probability: nothing is left to chance. */
static void the_mean_over_the_innocent_is_one(void)
{
    enum { SHORT = 12 };

    for (uint32_t pirates = 1; pirates <= 3; pirates++) {
        struct ps_accuse *accuse = accuse_of(pirates, pirates == 3, SHORT);
        double sum = 0, mean = 0, variance = 0;

        for (uint32_t number = 0; number < 1u << SHORT; number++) {
            double chance = 1;

            bits[0] = (uint8_t)(number >> 4);
            bits[1] = (uint8_t)(number << 4);
            for (uint32_t i = 0; i < SHORT; i++) {
                const double p = codes.bias[i] / 65536.0;

                chance *= ps_codes_bit(bits, i) ? p : 1 - p;
            }
            sum += chance * exp(ps_accuse_score(accuse, bits));
            mean += chance * ps_accuse_symmetric(accuse, bits);
            variance += chance * pow(ps_accuse_symmetric(accuse, bits), 2);
        }
        CU_ASSERT_DOUBLE_EQUAL(sum, 1, 1e-9);
        CU_ASSERT_DOUBLE_EQUAL(mean, 0, 1e-9);
        CU_ASSERT_DOUBLE_EQUAL(variance, 1, 1e-9);
        ps_accuse_destroy(accuse);
    }
}

static void nobody_is_accused_of_noise(void)
{
    struct ps_accuse *accuse = NULL;
    uint32_t seed = 5;

    PS_REQUIRE(ps_codes_draw(&codes, 77, 4, SEGMENTS) == 0);
    for (uint32_t i = 0; i < SEGMENTS; i++)
        readings[i] = (struct ps_accuse_reading){ noise(&seed), i, codes.bias[i] };
    PS_REQUIRE(ps_accuse_create(&accuse, readings, SEGMENTS) == 0);
    for (uint32_t v = 0; v < 5000; v++) {
        ps_codes_word(&codes, v, bits);
        PS_REQUIRE(ps_accuse_score(accuse, bits) < 15);
    }
    ps_accuse_destroy(accuse);
}

static void bounds_and_thresholds_agree(void)
{
    CU_ASSERT_DOUBLE_EQUAL(ps_accuse_threshold(1000000), 27.631, .001);
    CU_ASSERT_DOUBLE_EQUAL(ps_accuse_bound(ps_accuse_threshold(1000000), 1000000),
                           PS_ACCUSE_FALSE_MAX, 1e-12);
    CU_ASSERT_EQUAL(ps_accuse_bound(0, 10), 1);
    CU_ASSERT_EQUAL(ps_accuse_bound(-5, 1), 1);
}

static void no_single_segment_decides(void)
{
    struct ps_accuse_reading one = { 1e300, 0, 1 };
    struct ps_accuse *accuse = NULL;

    memset(bits, 0xff, sizeof(bits));
    PS_REQUIRE(ps_accuse_create(&accuse, &one, 1) == 0);
    CU_ASSERT_TRUE(isfinite(ps_accuse_score(accuse, bits)));
    CU_ASSERT_TRUE(ps_accuse_score(accuse, bits) < 13); /* 1 / bias is e^11 */
    ps_accuse_destroy(accuse);
}

static void nothing_read_says_nothing(void)
{
    struct ps_accuse *accuse = NULL;

    PS_REQUIRE(ps_accuse_create(&accuse, NULL, 0) == 0);
    CU_ASSERT_DOUBLE_EQUAL(ps_accuse_score(accuse, bits), 0, 1e-9);
    CU_ASSERT_EQUAL(ps_accuse_symmetric(accuse, bits), 0);
    ps_accuse_destroy(accuse);
    ps_accuse_destroy(NULL);
}

static void bad_readings_are_refused(void)
{
    static struct ps_accuse_reading many[PS_CODES_SEGMENTS_MAX + 1];
    struct ps_accuse_reading bad[] = { { 1, 0, 0 },
                                       { (double)NAN, 0, 9 },
                                       { (double)INFINITY, 0, 9 },
                                       { 1, PS_CODES_SEGMENTS_MAX, 9 } };
    struct ps_accuse *accuse = NULL;

    for (size_t i = 0; i < PS_ARRAY_LEN(bad); i++)
        CU_ASSERT_EQUAL(ps_accuse_create(&accuse, &bad[i], 1), -EINVAL);
    for (size_t i = 0; i < PS_ARRAY_LEN(many); i++)
        many[i].bias = 100;
    CU_ASSERT_EQUAL(ps_accuse_create(&accuse, many, PS_ARRAY_LEN(many)), -EINVAL);
    CU_ASSERT_PTR_NULL(accuse);
}

static void create_survives_a_failed_allocation(void)
{
    struct ps_accuse *accuse = NULL;
    struct ps_accuse_reading reading = { 1, 0, 100 };

    ps_fail_alloc_after(0);
    CU_ASSERT_EQUAL(ps_accuse_create(&accuse, &reading, 1), -ENOMEM);
    ps_fail_alloc_never();
    CU_ASSERT_PTR_NULL(accuse);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(pirates_reach_the_threshold), PS_TEST(the_mean_over_the_innocent_is_one),
        PS_TEST(nobody_is_accused_of_noise),  PS_TEST(bounds_and_thresholds_agree),
        PS_TEST(no_single_segment_decides),   PS_TEST(nothing_read_says_nothing),
        PS_TEST(bad_readings_are_refused),    PS_TEST(create_survives_a_failed_allocation),
    };

    return ps_test_run("host/watermark/accuse", tests, PS_ARRAY_LEN(tests));
}
