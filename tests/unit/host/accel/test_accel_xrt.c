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

static void a_config_out_of_range_is_refused(void)
{
    const struct ps_accel_config good = { .xclbin = "/nonexistent", .run_timeout_ms = 1000 };
    struct ps_accel_config cfg = good;

    cfg.xclbin = NULL;
    CU_ASSERT_EQUAL(create(&cfg), -EINVAL);
    cfg.xclbin = "";
    CU_ASSERT_EQUAL(create(&cfg), -EINVAL);
    cfg = good;
    cfg.run_timeout_ms = 0;
    CU_ASSERT_EQUAL(create(&cfg), -EINVAL);
    cfg.run_timeout_ms = 600001;
    CU_ASSERT_EQUAL(create(&cfg), -EINVAL);
    cfg = good;
    cfg.device_idx = 16;
    CU_ASSERT_EQUAL(create(&cfg), -EINVAL);
}

static void a_missing_xclbin_is_told(void)
{
    CU_ASSERT_EQUAL(
        create(&(struct ps_accel_config){ .xclbin = "/nonexistent", .run_timeout_ms = 1000 }),
        -ENOENT);
}

static void a_file_that_is_no_xclbin_is_told(void)
{
    CU_ASSERT_EQUAL(
        create(&(struct ps_accel_config){ .xclbin = "/proc/self/exe", .run_timeout_ms = 1000 }),
        -ENOEXEC);
    CU_ASSERT_EQUAL(
        create(&(struct ps_accel_config){ .xclbin = "/dev/null", .run_timeout_ms = 1000 }),
        -ENOEXEC);
}

static void a_failed_allocation_is_told(void)
{
    ps_fail_alloc_after(0);
    CU_ASSERT_EQUAL(
        create(&(struct ps_accel_config){ .xclbin = "/nonexistent", .run_timeout_ms = 1000 }),
        -ENOMEM);
    ps_fail_alloc_never();
}

static void destroying_nothing_is_allowed(void)
{
    ps_accel_destroy(NULL);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_config_out_of_range_is_refused), PS_TEST(a_missing_xclbin_is_told),
        PS_TEST(a_file_that_is_no_xclbin_is_told), PS_TEST(a_failed_allocation_is_told),
        PS_TEST(destroying_nothing_is_allowed),
    };

    return ps_test_run("host/accel/accel_xrt", tests, sizeof(tests) / sizeof(tests[0]));
}
