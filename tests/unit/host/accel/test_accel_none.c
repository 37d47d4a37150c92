/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/accel/accel.h"
#include "tests/support/ps_test.h"

#include <errno.h>

static void there_is_no_card_and_the_reason_is_told(void)
{
    const struct ps_accel_config cfg = { .cards = { { .xclbin = "/nonexistent" } },
                                         .card_count = 1,
                                         .run_timeout_ms = 1000 };
    struct ps_accel *accel = NULL;
    const char *why = NULL;

    CU_ASSERT_EQUAL(ps_accel_create(&accel, &cfg, &why), -ENODEV);
    CU_ASSERT_PTR_NULL(accel);
    CU_ASSERT_PTR_NOT_NULL(why);
    ps_accel_destroy(NULL);
}

int main(void)
{
    static const struct ps_test tests[] = { PS_TEST(there_is_no_card_and_the_reason_is_told) };

    return ps_test_run("host/accel/accel_none", tests, sizeof(tests) / sizeof(tests[0]));
}
