/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/replay/test_stream.c - every request knows when its object is wanted next. */
#include "tools/replay/stream.h"

#include <errno.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

static struct replay_request requests[] = { { .time_ns = 5, .idx = 0 },
                                            { .time_ns = 6, .idx = 1 },
                                            { .time_ns = 6, .idx = 0 },
                                            { .time_ns = 9, .idx = 0 } };
static const struct replay_trace trace = { .requests = requests,
                                           .request_count = 4,
                                           .resource_count = 2 };

static void each_request_knows_the_next(void)
{
    static const uint32_t next[] = { 2, REPLAY_NEVER, 3, REPLAY_NEVER };
    struct replay_stream stream;

    PS_REQUIRE(replay_stream_init(&stream, &trace) == 0);
    CU_ASSERT_EQUAL(stream.count, 4);
    CU_ASSERT_EQUAL(stream.object_count, 2);
    for (unsigned i = 0; i < 4; i++) {
        CU_ASSERT_EQUAL(stream.obj[i], requests[i].idx);
        CU_ASSERT_EQUAL(stream.time_ns[i], requests[i].time_ns);
        CU_ASSERT_EQUAL(stream.next[i], next[i]);
    }
    replay_stream_fini(&stream);
}

static void init_survives_each_failed_allocation(void)
{
    for (unsigned fail_at = 0; fail_at < 4; fail_at++) {
        struct replay_stream stream;

        ps_fail_alloc_after(fail_at);
        CU_ASSERT_EQUAL(replay_stream_init(&stream, &trace), -ENOMEM);
        ps_fail_alloc_never();
        replay_stream_fini(&stream);
    }
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(each_request_knows_the_next),
        PS_TEST(init_survives_each_failed_allocation),
    };

    return ps_test_run("tools/replay/stream", tests, PS_ARRAY_LEN(tests));
}
