/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/predict/test_labels.c - each label comes due once per horizon, in order. */
#include "host/predict/labels_priv.h"

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

static struct ps_labels labels; /* large */

static void put(uint64_t time_ns)
{
    const struct ps_label label = { .time_ns = time_ns };

    CU_ASSERT_TRUE(ps_labels_put(&labels, &label));
}

static void a_label_comes_due_once_for_each_horizon(void)
{
    const uint64_t short_ns = PS_HORIZON_NS(PS_HORIZON_5MIN);
    const uint64_t long_ns = PS_HORIZON_NS(PS_HORIZON_15MIN);
    const struct ps_label *label;

    labels = (struct ps_labels){ 0 };
    put(1000);
    put(2000);
    CU_ASSERT_PTR_NULL(ps_labels_due(&labels, PS_HORIZON_5MIN, 999 + short_ns));
    label = ps_labels_due(&labels, PS_HORIZON_5MIN, 1000 + short_ns);
    PS_REQUIRE(label != NULL);
    CU_ASSERT_EQUAL(label->time_ns, 1000);
    CU_ASSERT_PTR_NULL(ps_labels_due(&labels, PS_HORIZON_5MIN, 1999 + short_ns));
    label = ps_labels_due(&labels, PS_HORIZON_15MIN, 5000 + long_ns);
    PS_REQUIRE(label != NULL);
    CU_ASSERT_EQUAL(label->time_ns, 1000);
    CU_ASSERT_PTR_NOT_NULL(ps_labels_due(&labels, PS_HORIZON_15MIN, 5000 + long_ns));
    CU_ASSERT_PTR_NULL(ps_labels_due(&labels, PS_HORIZON_15MIN, 5000 + long_ns));
}

static void a_full_ring_sheds_and_counts(void)
{
    const struct ps_label label = { .time_ns = 1 };

    labels = (struct ps_labels){ 0 };
    for (unsigned i = 0; i < PS_LABELS_MAX; i++)
        put(1);
    CU_ASSERT_FALSE(ps_labels_put(&labels, &label));
    CU_ASSERT_EQUAL(labels.shed, 1);
    CU_ASSERT_PTR_NOT_NULL(ps_labels_due(&labels, PS_HORIZON_5MIN, UINT64_MAX));
    CU_ASSERT_FALSE(ps_labels_put(&labels, &label)); /* the longer horizon still needs it */
    CU_ASSERT_PTR_NOT_NULL(ps_labels_due(&labels, PS_HORIZON_15MIN, UINT64_MAX));
    put(1);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_label_comes_due_once_for_each_horizon),
        PS_TEST(a_full_ring_sheds_and_counts),
    };

    return ps_test_run("host/predict/labels", tests, PS_ARRAY_LEN(tests));
}
