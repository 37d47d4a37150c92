/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/unit/tools/replay/test_run.c - the predictor gains on a made-up audience, and a shuffled
 * one loses the gain.
 */
#include "tools/replay/run.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"
#include "tools/evening.h"

#define T0_S 1700000000.0

/* A day and an evening, as the trace that prestage-workload would have written. */
static void read_evening(struct replay_trace *trace)
{
    const struct evening_config cfg = { .seed = 3,
                                        .title_count = 40,
                                        .never_seen = 3,
                                        .minutes = 30,
                                        .skew_percent = 100,
                                        .starts = 400.0,
                                        .history_days = 1,
                                        .flash = EVENING_FLASH_AUTO,
                                        .segments = 15,
                                        .profile_count = 2,
                                        .profiles = { { "mobile", 1, 0.6 }, { "tv", 3, 0.4 } } };
    struct evening *evening = NULL;
    struct evening_start *starts;
    uint32_t count;
    FILE *file = tmpfile();

    PS_REQUIRE(file != NULL);
    PS_REQUIRE(evening_create(&evening, &cfg) == 0);
    PS_REQUIRE(evening_draw(evening, -86400, 1800, &starts, &count) == 0);
    for (uint32_t i = 0; i < count; i++)
        fprintf(file, "%.3f t%" PRIu32 " %s 1 1 1\n", T0_S + starts[i].offset_s, starts[i].title,
                cfg.profiles[starts[i].profile].name);
    rewind(file);
    PS_REQUIRE(replay_trace_read(trace, file, REPLAY_HISTORY, NULL) == 0);
    fclose(file);
    free(starts);
    evening_destroy(evening);
}

static void run(struct replay *replay, const struct replay_trace *trace, bool shuffle)
{
    const struct replay_options options = { .buffer_share = 0.2, .shuffle = shuffle };

    PS_REQUIRE(replay_init(replay, trace, &options) == 0);
    replay_run(replay);
}

static double hits(const struct replay_buffer *buffer)
{
    return (double)buffer->hits / (double)(buffer->hits + buffer->misses);
}

static void the_predictor_gains_and_a_shuffled_one_does_not(void)
{
    struct replay_trace trace;
    struct replay real, shuffled;

    read_evening(&trace);
    run(&real, &trace, false);
    run(&shuffled, &trace, true);
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++) {
        const double base = replay_judge_base_loss(&real.judge[h]);

        CU_ASSERT_TRUE(real.judge[h].count > 5000);
        CU_ASSERT_TRUE(replay_judge_loss(&real.judge[h]) < 0.75 * base);
        CU_ASSERT_TRUE(replay_judge_loss(&real.judge[h]) < replay_judge_ewma_loss(&real.judge[h]));
        CU_ASSERT_TRUE(replay_judge_error(&real.judge[h]) < 0.05);
        CU_ASSERT_TRUE(replay_judge_loss(&shuffled.judge[h]) >= base);
    }
    CU_ASSERT_EQUAL(hits(&real.lru), hits(&shuffled.lru));
    CU_ASSERT_TRUE(hits(&real.expected) > hits(&real.lru) + 0.02);
    CU_ASSERT_TRUE(hits(&shuffled.expected) < hits(&real.lru));
    replay_fini(&shuffled);
    replay_fini(&real);
    replay_trace_fini(&trace);
}

static void init_survives_each_failed_allocation(void)
{
    const struct replay_options options = { .buffer_share = 0.2 };
    struct replay_request request = { .time_ns = 1, .resource = { 1, 1 } };
    const struct replay_trace trace = { .requests = &request,
                                        .request_count = 1,
                                        .resource_count = 1 };
    unsigned failed_at = 0;

    for (;; failed_at++) {
        struct replay replay;

        ps_fail_alloc_after(failed_at);
        const int rc = replay_init(&replay, &trace, &options);
        ps_fail_alloc_never();
        replay_fini(&replay);
        if (rc == 0)
            break;
        CU_ASSERT_EQUAL(rc, -ENOMEM);
    }
    CU_ASSERT_TRUE(failed_at > 10);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(the_predictor_gains_and_a_shuffled_one_does_not),
        PS_TEST(init_survives_each_failed_allocation),
    };

    return ps_test_run("tools/replay/run", tests, PS_ARRAY_LEN(tests));
}
