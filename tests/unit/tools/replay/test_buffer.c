/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/replay/test_buffer.c - the least valuable goes; hits and misses add up. */
#include "tools/replay/buffer.h"

#include <errno.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

static void the_least_valuable_goes(void)
{
    struct replay_buffer buffer;

    PS_REQUIRE(replay_buffer_init(&buffer, 2, 4) == 0);
    buffer.value[0] = 5.0;
    buffer.value[1] = 1.0;
    buffer.value[2] = 3.0;
    for (uint32_t idx = 0; idx < 3; idx++)
        replay_buffer_request(&buffer, idx, true);
    CU_ASSERT_TRUE(buffer.inside[0]);
    CU_ASSERT_FALSE(buffer.inside[1]);
    CU_ASSERT_TRUE(buffer.inside[2]);
    replay_buffer_request(&buffer, 0, true);
    replay_buffer_request(&buffer, 0, false);
    CU_ASSERT_EQUAL(buffer.hits, 1);
    CU_ASSERT_EQUAL(buffer.misses, 3);
    replay_buffer_fini(&buffer);
}

static void init_survives_each_failed_allocation(void)
{
    for (unsigned fail_at = 0; fail_at < 3; fail_at++) {
        struct replay_buffer buffer;

        ps_fail_alloc_after(fail_at);
        CU_ASSERT_EQUAL(replay_buffer_init(&buffer, 2, 4), -ENOMEM);
        ps_fail_alloc_never();
        replay_buffer_fini(&buffer);
    }
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(the_least_valuable_goes),
        PS_TEST(init_survives_each_failed_allocation),
    };

    return ps_test_run("tools/replay/buffer", tests, PS_ARRAY_LEN(tests));
}
