/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/predict/test_calibration.c - the bins tell the same as the status does. */
#include "tests/unit/host/predict/audience.h"

static void nothing_said_is_nothing_in_any_bin(void)
{
    struct ps_predict *predict = new_predict(16, 16);
    struct ps_predict_calibration bins;

    ps_predict_calibration(predict, PS_HORIZON_5MIN, &bins);
    for (unsigned b = 0; b < PS_PREDICT_CALIBRATION_BINS; b++) {
        CU_ASSERT_EQUAL(bins.count[b], 0);
        CU_ASSERT_EQUAL(bins.said[b], 0.0);
        CU_ASSERT_EQUAL(bins.happened[b], 0.0);
    }
    ps_predict_destroy(predict);
}

static void bins_add_up_to_the_status(void)
{
    struct ps_predict *predict = new_predict(64, 64);
    struct ps_predict_calibration bins;
    struct ps_predict_status status;
    double said = 0.0, happened = 0.0, count = 0.0;

    audience_watches(predict, 1, false, START_NS, 120);
    ps_predict_calibration(predict, PS_HORIZON_15MIN, &bins);
    ps_predict_status(predict, &status);
    for (unsigned b = 0; b < PS_PREDICT_CALIBRATION_BINS; b++) {
        const double n = (double)bins.count[b];

        CU_ASSERT(bins.count[b] == 0 ||
                  (bins.said[b] >= b / 10.0 && bins.said[b] <= (b + 1) / 10.0));
        said += n * bins.said[b];
        happened += n * bins.happened[b];
        count += n;
    }
    PS_REQUIRE(count > 100.0);
    CU_ASSERT_DOUBLE_EQUAL(said / count, status.mean_said[PS_HORIZON_15MIN], 0.01);
    CU_ASSERT_DOUBLE_EQUAL(happened / count, status.mean_happened[PS_HORIZON_15MIN], 0.01);
    ps_predict_destroy(predict);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(nothing_said_is_nothing_in_any_bin),
        PS_TEST(bins_add_up_to_the_status),
    };

    return ps_test_run("host/predict/calibration", tests, PS_ARRAY_LEN(tests));
}
