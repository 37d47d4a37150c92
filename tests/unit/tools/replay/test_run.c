/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/replay/test_run.c - which rows count, and what is right; the predictor that says
 * it is stood in for. */
#include "tools/replay/run.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "host/base/hash.h"
#include "host/base/mem.h"
#include "tests/support/ps_test.h"

#define SEC 1000000000ull

static double said;         /* of every object but the favourite... */
static double favourite;    /* ...and of that one */
static const char *unknown; /* a media it says it does not track */
static uint64_t asked;
static unsigned creations_left = 1000;

int ps_predict_create(struct ps_predict **ret_predict, const struct ps_predict_config *cfg)
{
    (void)cfg;
    *ret_predict = NULL;
    return creations_left-- > 0 ? 0 : -ENOMEM;
}

void ps_predict_destroy(struct ps_predict *predict)
{
    (void)predict;
}

void ps_predict_learn(struct ps_predict *predict, const struct ps_demand *demand, uint64_t now_ns)
{
    (void)predict;
    (void)demand;
    (void)now_ns;
}

void ps_predict_describe(struct ps_predict *predict, uint64_t media_key,
                         const struct ps_media_facts *facts)
{
    (void)predict;
    (void)media_key;
    (void)facts;
}

int ps_predict_look(struct ps_predict *predict, const struct ps_forward_look *look, uint64_t now_ns)
{
    (void)predict;
    (void)look;
    (void)now_ns;
    return 0;
}

bool ps_predict_estimate(struct ps_predict *predict, const struct ps_resource *resource,
                         uint64_t now_ns, struct ps_prediction *ret_prediction)
{
    const double p = resource->media_key == ps_hash64_name("fav") ? favourite : said;

    (void)predict;
    (void)now_ns;
    asked++;
    *ret_prediction = (struct ps_prediction){ .expected = { p, p, p }, .confidence = { p, p, p } };
    return unknown == NULL || resource->media_key != ps_hash64_name(unknown);
}

static void run_over(struct replay_run *run, struct replay_trace *trace, const char *content,
                     bool shuffle)
{
    const struct replay_run_config config = { .trace = trace,
                                              .baselines = REPLAY_BASELINES_ALL,
                                              .shuffle = shuffle };
    FILE *file = tmpfile();

    PS_REQUIRE(file != NULL);
    fputs(content, file);
    rewind(file);
    PS_REQUIRE(replay_trace_read(trace, file, REPLAY_CSV, NULL) == 0);
    fclose(file);
    asked = 0;
    PS_REQUIRE(replay_run_init(run, &config) == 0);
    PS_REQUIRE(replay_run(run) == 0);
}

static void fini(struct replay_run *run, struct replay_trace *trace)
{
    replay_run_fini(run);
    replay_trace_fini(trace);
}

/* Ticks 300 to 2400; requests at 250 (a), 600 (a: exactly at a tick), 900.5 (b), 2700 (a).
 * A quarter of the time is past at 862.5. Rows of 5 minutes: 900 a; 1200, 1500, 1800, 2100, 2400 a
 * and b. */
static void rows_are_every_object_seen_at_every_tick(void)
{
    struct replay_trace trace;
    struct replay_run run;

    said = favourite = 0.5;
    run_over(&run, &trace, "t,obj\n250,a\n600,a\n900.5,b\n2700,a\n", false);
    CU_ASSERT_EQUAL(run.ticks, 6);
    CU_ASSERT_EQUAL(run.score[PS_HORIZON_5MIN].rows, 11);
    CU_ASSERT_EQUAL(run.score[PS_HORIZON_5MIN].happened, 1); /* a in (2400, 2700] */
    CU_ASSERT_EQUAL(run.score[PS_HORIZON_15MIN].rows, 7);    /* until 1800 */
    CU_ASSERT_EQUAL(run.score[PS_HORIZON_15MIN].happened, 1);
    CU_ASSERT_EQUAL(run.score[PS_HORIZON_60MIN].rows, 0);
    CU_ASSERT_EQUAL(asked, 11);
    CU_ASSERT_EQUAL(run.untracked, 0);
    for (uint32_t c = 0; c < run.contest.count; c++)
        if (!run.contest.contestants[c].is_absent)
            CU_ASSERT_EQUAL(run.contest.contestants[c].score.rows, 11);
    fini(&run, &trace);
}

/* fav is wanted each five minutes, dull ones never again. */
static void write_evening(char *content, size_t size)
{
    size_t length = (size_t)snprintf(content, size, "t,obj\n");

    for (int i = 0; i < 19; i++)
        length += (size_t)snprintf(content + length, size - length, "10,dull%d\n", i);
    for (int i = 0; i < 100; i++)
        length += (size_t)snprintf(content + length, size - length, "%d,fav\n", 300 * i + 20);
}

static void a_liar_is_found_out_and_who_is_right_is_not(void)
{
    static char content[4096];
    struct replay_trace trace;
    struct replay_run run;

    write_evening(content, sizeof(content));
    said = 0.0;
    favourite = 1.0;
    run_over(&run, &trace, content, false);
    CU_ASSERT_TRUE(replay_score_logloss(&run.score[PS_HORIZON_5MIN]) < 1e-5);
    CU_ASSERT_EQUAL(replay_score_ece(&run.score[PS_HORIZON_5MIN]), 0.0);
    CU_ASSERT_EQUAL(replay_score_ece_lively(&run.score[PS_HORIZON_5MIN]), 0.0);
    CU_ASSERT_EQUAL(replay_shortlist_recall(&run.shortlist), 1.0);
    CU_ASSERT_EQUAL(replay_shortlist_precision(&run.shortlist), 0.5); /* two of twenty are taken */
    fini(&run, &trace);
    said = 0.9;
    favourite = 0.1;
    run_over(&run, &trace, content, false);
    CU_ASSERT_DOUBLE_EQUAL(replay_score_ece(&run.score[PS_HORIZON_5MIN]), 0.9, 1e-9);
    CU_ASSERT_EQUAL(replay_shortlist_recall(&run.shortlist), 0.0);
    fini(&run, &trace);
}

static void a_shuffled_predictor_loses_what_it_gained(void)
{
    static char content[4096];
    struct replay_trace trace;
    struct replay_run run;

    write_evening(content, sizeof(content));
    said = 0.01;
    favourite = 0.99;
    run_over(&run, &trace, content, true);
    CU_ASSERT_TRUE(replay_score_logloss(&run.score[PS_HORIZON_5MIN]) > 0.2);
    CU_ASSERT_TRUE(replay_shortlist_recall(&run.shortlist) < 0.4);
    fini(&run, &trace);
}

static void what_is_not_tracked_is_said_never_to_come(void)
{
    static char content[4096];
    struct replay_trace trace;
    struct replay_run run;

    write_evening(content, sizeof(content));
    said = favourite = 0.5;
    unknown = "fav";
    run_over(&run, &trace, content, false);
    unknown = NULL;
    CU_ASSERT_EQUAL(run.untracked, run.ticks);
    CU_ASSERT_EQUAL(run.score[PS_HORIZON_5MIN].bins[0].happened, run.ticks);
    fini(&run, &trace);
}

static void ticks_where_the_clock_jumped_are_left_out(void)
{
    struct replay_trace trace;
    struct replay_run run;

    /* A stray line of 1970, and one of 2065, around two hours of 2023. */
    said = favourite = 0.1;
    run_over(&run, &trace,
             "t,obj\n1700000100,a\n100,a\n1700003700,a\n1700003700,b\n1700007300,b\n3000000000,a\n",
             false);
    CU_ASSERT_TRUE(run.left_out > 5000000);
    CU_ASSERT_EQUAL(run.ticks, 12 + 12 + 288); /* two hours, and a day after them */
    CU_ASSERT_TRUE(isfinite(replay_score_logloss(&run.score[PS_HORIZON_60MIN])));
    fini(&run, &trace);
}

static void too_short_a_trace_has_no_rows(void)
{
    struct replay_trace trace;
    struct replay_run run;

    run_over(&run, &trace, "t,obj\n5,a\n", false);
    CU_ASSERT_EQUAL(run.score[PS_HORIZON_5MIN].rows, 0);
    fini(&run, &trace);
}

static void init_survives_each_failed_allocation(void)
{
    struct replay_request request = { .time_ns = 1, .resource = { 1, 1 } };
    const struct replay_trace trace = { .requests = &request,
                                        .request_count = 1,
                                        .resource_count = 1 };
    const struct replay_run_config config = { .trace = &trace, .baselines = REPLAY_BASELINES_ALL };
    struct replay_run run;
    unsigned failed_at = 0;

    for (;; failed_at++) {
        ps_fail_alloc_after(failed_at);
        const int rc = replay_run_init(&run, &config);
        ps_fail_alloc_never();
        replay_run_fini(&run);
        if (rc == 0)
            break;
        CU_ASSERT_EQUAL(rc, -ENOMEM);
    }
    CU_ASSERT_TRUE(failed_at > 15);
    creations_left = 0;
    CU_ASSERT_EQUAL(replay_run_init(&run, &config), -ENOMEM);
    creations_left = 1000;
    replay_run_fini(&run);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(rows_are_every_object_seen_at_every_tick),
        PS_TEST(a_liar_is_found_out_and_who_is_right_is_not),
        PS_TEST(a_shuffled_predictor_loses_what_it_gained),
        PS_TEST(what_is_not_tracked_is_said_never_to_come),
        PS_TEST(ticks_where_the_clock_jumped_are_left_out),
        PS_TEST(too_short_a_trace_has_no_rows),
        PS_TEST(init_survives_each_failed_allocation),
    };

    return ps_test_run("tools/replay/run", tests, PS_ARRAY_LEN(tests));
}
