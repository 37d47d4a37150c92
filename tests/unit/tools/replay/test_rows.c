/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/replay/test_rows.c - what is known at a tick, next to sums over the past. */
#include "tools/replay/rows.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

#define SEC     1000000000ull
#define OBJECTS 4

static const char content[] = "t,obj,ctime,cat\n"
                              "1000,a/x,400,3\n1100,b/x,,7\n1150,a/y,,\n2000,a/x,,3\n2950,c,,\n";

static void read_trace(struct replay_trace *trace)
{
    char copy[sizeof(content)];
    FILE *file;

    memcpy(copy, content, sizeof(content));
    file = fmemopen(copy, strlen(copy), "r");
    PS_REQUIRE(file != NULL);
    PS_REQUIRE(replay_trace_read(trace, file, REPLAY_CSV, NULL) == 0);
    fclose(file);
}

/* Tick by tick up to and with a time. */
static void live(struct replay_history *history, const struct replay_trace *trace, uint64_t to_ns,
                 struct replay_rows *rows)
{
    uint32_t next = 0;

    for (uint64_t now_ns = 1200 * SEC; now_ns <= to_ns; now_ns += REPLAY_TICK_NS) {
        while (next < trace->request_count && trace->requests[next].time_ns <= now_ns)
            replay_history_request(history, &trace->requests[next++]);
        replay_history_rows(history, now_ns, rows);
    }
}

static void rows_hold_what_happened_up_to_the_tick(void)
{
    float x[OBJECTS][REPLAY_X_COUNT];
    struct replay_rows rows = { .x = x };
    struct replay_history *history;
    struct replay_trace trace;

    read_trace(&trace);
    PS_REQUIRE(replay_history_create(&history, &trace) == 0);
    live(history, &trace, 2400 * SEC, &rows);
    CU_ASSERT_EQUAL(rows.count, 3); /* c has not come yet */
    for (unsigned k = 0; k < REPLAY_KERNELS; k++) {
        const double tau = replay_kernel_s[k];

        CU_ASSERT_DOUBLE_EQUAL(x[0][REPLAY_X_COUNTS + k], exp(-1400.0 / tau) + exp(-400.0 / tau),
                               1e-5);
        CU_ASSERT_DOUBLE_EQUAL(x[1][REPLAY_X_COUNTS + k], exp(-1300.0 / tau), 1e-5);
    }
    CU_ASSERT_DOUBLE_EQUAL(x[1][REPLAY_X_EWMA], exp2(-1300.0 / 3600.0), 1e-5);
    CU_ASSERT_EQUAL(x[0][REPLAY_X_SINCE_LAST], 400.0f);
    CU_ASSERT_EQUAL(x[0][REPLAY_X_SINCE_FIRST], 1400.0f);
    CU_ASSERT_EQUAL(x[0][REPLAY_X_AGE], 2000.0f);
    CU_ASSERT_EQUAL(x[1][REPLAY_X_AGE], 1300.0f);
    CU_ASSERT_EQUAL(x[0][REPLAY_X_GAP], 1000.0f);
    CU_ASSERT_EQUAL(x[1][REPLAY_X_GAP], 0.0f);
    CU_ASSERT_EQUAL(x[0][REPLAY_X_TOTAL], 2.0f);
    CU_ASSERT_EQUAL(x[1][REPLAY_X_CATEGORY], 7.0f);
    replay_history_destroy(history);
    replay_trace_fini(&trace);
}

static void profiles_of_one_media_share_its_counts(void)
{
    float x[OBJECTS][REPLAY_X_COUNT];
    struct replay_rows rows = { .x = x };
    struct replay_history *history;
    struct replay_trace trace;

    read_trace(&trace);
    PS_REQUIRE(replay_history_create(&history, &trace) == 0);
    live(history, &trace, 1200 * SEC, &rows);
    CU_ASSERT_DOUBLE_EQUAL(x[0][REPLAY_X_MEDIA_HOUR], exp(-200.0 / 3600.0) + exp(-50.0 / 3600.0),
                           1e-5);
    CU_ASSERT_EQUAL(x[0][REPLAY_X_MEDIA_HOUR], x[2][REPLAY_X_MEDIA_HOUR]);
    CU_ASSERT_DOUBLE_EQUAL(x[1][REPLAY_X_MEDIA_HOUR], exp(-100.0 / 3600.0), 1e-5);
    replay_history_destroy(history);
    replay_trace_fini(&trace);
}

static void a_leap_in_time_leaves_numbers_finite(void)
{
    float x[OBJECTS][REPLAY_X_COUNT];
    struct replay_rows rows = { .x = x };
    struct replay_history *history;
    struct replay_trace trace;

    read_trace(&trace);
    PS_REQUIRE(replay_history_create(&history, &trace) == 0);
    for (uint32_t i = 0; i < trace.request_count; i++) {
        struct replay_request late = trace.requests[i];

        late.time_ns += i * 100000000ull * SEC;
        replay_history_request(history, &late);
    }
    replay_history_rows(history, 9000000000ull * SEC, &rows);
    CU_ASSERT_EQUAL(rows.count, OBJECTS);
    for (unsigned i = 0; i < OBJECTS; i++)
        for (unsigned f = 0; f < REPLAY_X_COUNT; f++)
            CU_ASSERT_TRUE(isfinite(x[i][f]));
    replay_history_destroy(history);
    replay_trace_fini(&trace);
}

static void creation_survives_each_failed_allocation(void)
{
    struct replay_history *history;
    struct replay_trace trace;
    unsigned failed_at = 0;

    read_trace(&trace);
    for (;; failed_at++) {
        ps_fail_alloc_after(failed_at);
        const int rc = replay_history_create(&history, &trace);
        ps_fail_alloc_never();
        if (rc == 0)
            break;
        CU_ASSERT_EQUAL(rc, -ENOMEM);
    }
    CU_ASSERT_EQUAL(failed_at, 4);
    replay_history_destroy(history);
    replay_trace_fini(&trace);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(rows_hold_what_happened_up_to_the_tick),
        PS_TEST(profiles_of_one_media_share_its_counts),
        PS_TEST(a_leap_in_time_leaves_numbers_finite),
        PS_TEST(creation_survives_each_failed_allocation),
    };

    return ps_test_run("tools/replay/rows", tests, PS_ARRAY_LEN(tests));
}
