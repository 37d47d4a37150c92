/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/predict/test_labels.c - each label comes due once per outlook, in order. */
#include "host/predict/labels_priv.h"

#include <math.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

static struct ps_labels labels; /* large */

static void begin(void)
{
    labels.written = labels.shed = 0;
    for (unsigned o = 0; o < PS_OUTLOOKS; o++)
        labels.read[o] = 0;
}

static bool put(uint32_t time_s)
{
    return ps_labels_put(&labels, &(struct ps_label){ .time_s = time_s });
}

static void a_label_comes_due_once_for_each_outlook(void)
{
    const struct ps_label *label;

    begin();
    CU_ASSERT_TRUE(put(1000) && put(2000));
    for (unsigned o = 0; o < PS_OUTLOOKS; o++) {
        const uint32_t after_s = ps_outlook_s[o];

        CU_ASSERT_PTR_NULL(ps_labels_due(&labels, o, 999 + after_s));
        label = ps_labels_due(&labels, o, 1000 + after_s);
        PS_REQUIRE(label != NULL);
        CU_ASSERT_EQUAL(label->time_s, 1000);
        CU_ASSERT_PTR_NULL(ps_labels_due(&labels, o, 1999 + after_s));
        label = ps_labels_due(&labels, o, 9000 + after_s);
        PS_REQUIRE(label != NULL);
        CU_ASSERT_EQUAL(label->time_s, 2000);
        CU_ASSERT_PTR_NULL(ps_labels_due(&labels, o, 9000 + after_s));
    }
}

static void outlooks_are_those_that_predictions_speak_of(void)
{
    CU_ASSERT_EQUAL(ps_outlook_s[0], 60);
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++)
        CU_ASSERT_EQUAL(ps_outlook_s[h + 1] * 1000000000ull, PS_HORIZON_NS(h));
}

static void a_full_ring_sheds_and_counts(void)
{
    begin();
    for (unsigned i = 0; i < PS_LABELS_MAX; i++)
        PS_REQUIRE(put(i));
    CU_ASSERT_FALSE(put(1));
    CU_ASSERT_EQUAL(labels.shed, 1);
    for (unsigned o = 0; o + 1 < PS_OUTLOOKS; o++)
        CU_ASSERT_PTR_NOT_NULL(ps_labels_due(&labels, o, 100000));
    CU_ASSERT_FALSE(put(1)); /* the longest outlook still needs it */
    CU_ASSERT_EQUAL(labels.shed, 2);
    CU_ASSERT_PTR_NOT_NULL(ps_labels_due(&labels, PS_OUTLOOKS - 1, 100000));
    CU_ASSERT_TRUE(put(PS_LABELS_MAX));
    CU_ASSERT_EQUAL(labels.shed, 2);
}

static void labels_stay_in_order_many_rings_long(void)
{
    uint32_t next[PS_OUTLOOKS] = { 0 };

    begin();
    for (uint32_t i = 0; i < 3 * PS_LABELS_MAX; i++) {
        PS_REQUIRE(put(i));
        for (unsigned o = 0; o < PS_OUTLOOKS; o++) {
            const struct ps_label *label;

            while ((label = ps_labels_due(&labels, o, i)) != NULL)
                if (label->time_s != next[o]++)
                    CU_FAIL("out of order");
        }
    }
    for (unsigned o = 0; o < PS_OUTLOOKS; o++)
        CU_ASSERT_EQUAL(next[o], 3 * PS_LABELS_MAX - ps_outlook_s[o]);
}

static void features_come_back_as_they_were(void)
{
    struct ps_features features = { { 0 } }, back;
    struct ps_label label;

    for (unsigned f = 0; f < PS_FEATURE_COUNT; f++)
        features.value[f] = (float)f * 1.37f - 17.0f;
    features.value[PS_FEATURE_COUNT] = 3.0f; /* padding says nothing */
    ps_label_features_set(&label, &features);
    ps_label_features_get(&label, &back);
    for (unsigned f = 0; f < PS_FEATURE_COUNT; f++)
        CU_ASSERT_DOUBLE_EQUAL(back.value[f], features.value[f], 1.0 / 256);
    for (unsigned f = PS_FEATURE_COUNT; f < PS_FEATURES_PADDED; f++)
        CU_ASSERT_EQUAL(back.value[f], 0.0f);
}

static void features_too_large_to_write_down_stop_at_the_edge(void)
{
    struct ps_features features = { { 1e30f, -1e30f, INFINITY, -INFINITY } }, back;
    struct ps_label label;

    ps_label_features_set(&label, &features);
    ps_label_features_get(&label, &back);
    for (unsigned f = 0; f < 4; f++)
        CU_ASSERT_DOUBLE_EQUAL(back.value[f], f % 2 == 0 ? 128.0 : -128.0, 0.01);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_label_comes_due_once_for_each_outlook),
        PS_TEST(outlooks_are_those_that_predictions_speak_of),
        PS_TEST(a_full_ring_sheds_and_counts),
        PS_TEST(labels_stay_in_order_many_rings_long),
        PS_TEST(features_come_back_as_they_were),
        PS_TEST(features_too_large_to_write_down_stop_at_the_edge),
    };

    return ps_test_run("host/predict/labels", tests, PS_ARRAY_LEN(tests));
}
