/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/predict/test_fastmath.c - quick powers and logarithms keep the errors they state.
 */
#include "host/predict/fastmath_priv.h"

#include <float.h>
#include <math.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

static void powers_of_two_are_right_to_a_few_units_of_a_float(void)
{
    double worst = 0.0;

    for (float x = -126.0f; x <= 127.0f; x += 0.000737f) {
        const double right = exp2((double)x);

        worst = fmax(worst, fabs((double)ps_exp2f(x) - right) / right);
    }
    CU_ASSERT_TRUE(worst < 1.1e-7 + 4.0 * (double)FLT_EPSILON);
    CU_ASSERT_TRUE(worst > 1e-9); /* it is this that was measured, not libm against itself */
}

static void powers_beyond_a_float_stop_at_its_edge(void)
{
    CU_ASSERT_EQUAL(ps_exp2f(-1000.0f), ps_exp2f(-126.0f));
    CU_ASSERT_EQUAL(ps_exp2f(1000.0f), ps_exp2f(127.0f));
    CU_ASSERT_EQUAL(ps_exp2f(-INFINITY), ps_exp2f(-126.0f));
    CU_ASSERT_TRUE(isfinite(ps_exp2f(INFINITY)));
    CU_ASSERT_TRUE(ps_exp2f(-1e-9f) > 0.9999f && ps_exp2f(-1e-9f) < 1.0001f);
}

static void logarithms_are_right_over_all_normal_floats(void)
{
    double worst = 0.0;

    for (float x = FLT_MIN; x < FLT_MAX / 2.0f; x *= 1.000173f)
        worst = fmax(worst, fabs((double)ps_log2f(x) - log2((double)x)));
    CU_ASSERT_TRUE(worst < 1.5e-5 + 127.0 * (double)FLT_EPSILON);
    CU_ASSERT_TRUE(worst > 1e-6);
}

static void a_chance_rises_with_its_log_odds_from_0_to_1(void)
{
    float last = 0.0f;

    for (float x = -80.0f; x <= 80.0f; x += 0.01f) {
        const float p = ps_logistic(x);

        CU_ASSERT_TRUE(p >= last && p > 0.0f && p <= 1.0f);
        CU_ASSERT_DOUBLE_EQUAL(p, 1.0 / (1.0 + exp(-(double)x)), 1e-6);
        last = p;
    }
}

static void starts_of_log_odds_are_never_negative(void)
{
    for (float x = -80.0f; x <= 80.0f; x += 0.01f) {
        CU_ASSERT_TRUE(ps_softplus(x) >= 0.0f);
        CU_ASSERT_DOUBLE_EQUAL(ps_softplus(x), log1p(exp((double)x)), 2e-5);
    }
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(powers_of_two_are_right_to_a_few_units_of_a_float),
        PS_TEST(powers_beyond_a_float_stop_at_its_edge),
        PS_TEST(logarithms_are_right_over_all_normal_floats),
        PS_TEST(a_chance_rises_with_its_log_odds_from_0_to_1),
        PS_TEST(starts_of_log_odds_are_never_negative),
    };

    return ps_test_run("host/predict/fastmath", tests, PS_ARRAY_LEN(tests));
}
