/* SPDX-License-Identifier: BSD-3-Clause */
/* What is refused before XRT is called; tests/integration/accel has the rest, on a card. */
#include "host/accel/accel.h"
#include "host/base/mem.h"
#include "tests/support/ps_test.h"

#include <errno.h>
#include <string.h>

static int create(const struct ps_accel_config *cfg)
{
    struct ps_accel *accel = NULL;
    const char *why = NULL;
    const int rc = ps_accel_create(&accel, cfg, &why);

    CU_ASSERT_PTR_NULL(accel);
    CU_ASSERT_PTR_NOT_NULL(why);
    return rc;
}

static struct ps_accel_config one_card(const char *xclbin)
{
    return (struct ps_accel_config){ .cards = { { .xclbin = xclbin } },
                                     .card_count = 1,
                                     .run_timeout_ms = 1000 };
}

static void a_config_out_of_range_is_refused(void)
{
    const struct ps_accel_config good = one_card("/nonexistent");
    struct ps_accel_config cfg = good;

    cfg.cards[0].xclbin = NULL;
    CU_ASSERT_EQUAL(create(&cfg), -EINVAL);
    cfg.cards[0].xclbin = "";
    CU_ASSERT_EQUAL(create(&cfg), -EINVAL);
    cfg = good;
    cfg.run_timeout_ms = 0;
    CU_ASSERT_EQUAL(create(&cfg), -EINVAL);
    cfg.run_timeout_ms = 600001;
    CU_ASSERT_EQUAL(create(&cfg), -EINVAL);
    cfg = good;
    cfg.cards[0].device_idx = 16;
    CU_ASSERT_EQUAL(create(&cfg), -EINVAL);
    cfg = good;
    cfg.card_count = 0;
    CU_ASSERT_EQUAL(create(&cfg), -EINVAL);
    cfg.card_count = PS_ACCEL_CARDS_MAX + 1;
    CU_ASSERT_EQUAL(create(&cfg), -EINVAL);
}

static void one_device_twice_is_refused(void)
{
    struct ps_accel_config cfg = one_card("/nonexistent");

    cfg.cards[1] = cfg.cards[0];
    cfg.card_count = 2;
    CU_ASSERT_EQUAL(create(&cfg), -EINVAL);
    cfg.cards[1].device_idx = 1;
    CU_ASSERT_EQUAL(create(&cfg), -ENOENT);
}

static int create_from(const char *xclbin)
{
    const struct ps_accel_config cfg = one_card(xclbin);

    return create(&cfg);
}

static void a_missing_xclbin_is_told(void)
{
    CU_ASSERT_EQUAL(create_from("/nonexistent"), -ENOENT);
}

static void a_file_that_is_no_xclbin_is_told(void)
{
    CU_ASSERT_EQUAL(create_from("/proc/self/exe"), -ENOEXEC);
    CU_ASSERT_EQUAL(create_from("/dev/null"), -ENOEXEC);
}

static void each_failed_allocation_is_told(void)
{
    for (unsigned i = 0; i < 2; i++) { /* the accelerator, what is read of the xclbin */
        ps_fail_alloc_after(i);
        CU_ASSERT_EQUAL(create_from("/nonexistent"), -ENOMEM);
        ps_fail_alloc_never();
    }
}

static void destroying_nothing_is_allowed(void)
{
    ps_accel_destroy(NULL);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_config_out_of_range_is_refused), PS_TEST(one_device_twice_is_refused),
        PS_TEST(a_missing_xclbin_is_told),         PS_TEST(a_file_that_is_no_xclbin_is_told),
        PS_TEST(each_failed_allocation_is_told),   PS_TEST(destroying_nothing_is_allowed),
    };

    return ps_test_run("host/accel/accel_xrt", tests, sizeof(tests) / sizeof(tests[0]));
}
