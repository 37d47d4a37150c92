/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/replay/test_contest.c - every baseline over one made-up past; none sees ahead.
 */
#include "tools/replay/contest.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

#define SEC     1000000000ull
#define OBJECTS 60u
#define TICKS   72u

/* Requests of objects that are wanted by chance, each at a rate of its own. */
struct past {
    struct replay_request requests[OBJECTS * TICKS];
    struct replay_trace trace;
    uint64_t random;
};

static double uniform(uint64_t *random)
{
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return (double)(*random >> 11) / 9007199254740992.0;
}

static double rate(uint32_t object)
{
    return object < 10 ? 0.8 : object < 30 ? 0.2 : 0.01;
}

static void make_up(struct past *past)
{
    uint32_t count = 0;

    *past = (struct past){ .random = 99 };
    for (uint32_t tick = 0; tick < TICKS; tick++)
        for (uint32_t object = 0; object < OBJECTS; object++)
            if (tick == 0 || uniform(&past->random) < rate(object))
                past->requests[count++] =
                    (struct replay_request){ .time_ns = (tick * 300 + 1 + object) * SEC,
                                             .resource = { object, 0 },
                                             .idx = object };
    past->trace = (struct replay_trace){ .requests = past->requests,
                                         .request_count = count,
                                         .resource_count = OBJECTS };
}

enum labels { TRUE_LABELS, OPPOSITE, BY_CHANCE };

static void label(struct past *past, uint32_t next, uint64_t now_ns, enum labels labels,
                  bool happened[static OBJECTS])
{
    memset(happened, labels == OPPOSITE, OBJECTS * sizeof(*happened));
    for (uint32_t i = next;
         i < past->trace.request_count && past->requests[i].time_ns <= now_ns + REPLAY_TICK_NS; i++)
        happened[past->requests[i].idx] = labels != OPPOSITE;
    if (labels == BY_CHANCE) /* all of a tick or none: who knows one has it easy with the others */
        memset(happened, uniform(&past->random) < 0.5, OBJECTS * sizeof(*happened));
}

static void run(struct replay_contest *contest, struct past *past, enum labels labels)
{
    struct replay_history *history;
    uint32_t next = 0;

    PS_REQUIRE(replay_history_create(&history, &past->trace) == 0);
    PS_REQUIRE(replay_contest_init(contest, OBJECTS, REPLAY_BASELINES_ALL) == 0);
    for (uint32_t tick = 1; tick < TICKS; tick++) {
        const uint64_t now_ns = tick * REPLAY_TICK_NS;
        bool happened[OBJECTS];

        while (next < past->trace.request_count && past->requests[next].time_ns <= now_ns)
            replay_history_request(history, &past->requests[next++]);
        label(past, next, now_ns, labels, happened);
        PS_REQUIRE(replay_contest_tick(contest, history, now_ns, happened, tick > TICKS / 4) == 0);
    }
    replay_history_destroy(history);
}

static double entropy(double p)
{
    return -p * log(p) - (1.0 - p) * log(1.0 - p);
}

static void all_come_near_the_rates_that_made_the_past(void)
{
    static struct past past;
    struct replay_contest contest;
    const double best = (10 * entropy(0.8) + 20 * entropy(0.2) + 30 * entropy(0.01)) / 60.0;

    make_up(&past);
    run(&contest, &past, TRUE_LABELS);
    CU_ASSERT_EQUAL(contest.count, 6);
    for (uint32_t c = 1; c < contest.count; c++) {
        const struct replay_contestant *contestant = &contest.contestants[c];

        if (contestant->is_absent)
            continue;
        CU_ASSERT_EQUAL(contestant->score.rows, contest.contestants[0].score.rows);
        CU_ASSERT_TRUE(replay_score_logloss(&contestant->score) > 0.95 * best);
        CU_ASSERT_TRUE(replay_score_logloss(&contestant->score) < 1.25 * best);
        CU_ASSERT_TRUE(replay_score_logloss(&contestant->score) <
                       0.8 * replay_score_logloss(&contest.contestants[0].score));
        if (contestant->baseline->is_calibrated)
            CU_ASSERT_TRUE(replay_score_ece(&contestant->score) < 0.03);
    }
    CU_ASSERT_DOUBLE_EQUAL(replay_score_logloss(&contest.contestants[0].score),
                           entropy((10 * 0.8 + 20 * 0.2 + 30 * 0.01) / 60.0), 0.02);
    replay_contest_fini(&contest);
}

/* Who learns must follow the labels, wherever they lead; who cannot learn is wrong then. */
static void who_learns_follows_its_labels(void)
{
    static struct past past;
    struct replay_contest contest;

    make_up(&past);
    run(&contest, &past, OPPOSITE);
    for (uint32_t c = 0; c < contest.count; c++) {
        const struct replay_contestant *contestant = &contest.contestants[c];
        const double loss = replay_score_logloss(&contestant->score);

        if (contestant->is_absent)
            continue;
        if (strcmp(contestant->baseline->name, "ewma") == 0)
            CU_ASSERT_TRUE(loss > 1.0);
        if (strcmp(contestant->baseline->name, "ftrl") == 0 ||
            strcmp(contestant->baseline->name, "xgboost") == 0)
            CU_ASSERT_TRUE(loss < 0.4);
    }
    replay_contest_fini(&contest);
}

/* Were anyone told before it is asked, it would do better than chance. */
static void nobody_sees_ahead(void)
{
    static struct past past;
    struct replay_contest contest;

    make_up(&past);
    run(&contest, &past, BY_CHANCE);
    for (uint32_t c = 0; c < contest.count; c++)
        if (!contest.contestants[c].is_absent)
            CU_ASSERT_TRUE(replay_score_logloss(&contest.contestants[c].score) > M_LN2);
    replay_contest_fini(&contest);
}

static void the_same_past_gives_the_same_figures(void)
{
    static struct past past;
    struct replay_contest one, two;

    make_up(&past);
    run(&one, &past, TRUE_LABELS);
    run(&two, &past, TRUE_LABELS);
    for (uint32_t c = 0; c < one.count; c++)
        CU_ASSERT_EQUAL(memcmp(&one.contestants[c].score, &two.contestants[c].score,
                               sizeof(struct replay_score)),
                        0);
    replay_contest_fini(&two);
    replay_contest_fini(&one);
}

static void creation_survives_each_failed_allocation(void)
{
    struct replay_contest contest;
    unsigned failed_at = 0;

    for (;; failed_at++) {
        ps_fail_alloc_after(failed_at);
        const int rc = replay_contest_init(&contest, 3, REPLAY_BASELINES_ALL);
        ps_fail_alloc_never();
        replay_contest_fini(&contest);
        if (rc == 0)
            break;
        CU_ASSERT_EQUAL(rc, -ENOMEM);
    }
    CU_ASSERT_TRUE(failed_at >= 10);
}

static void baselines_are_chosen_by_name(void)
{
    static const char *const bad[] = { "", "ewma,", ",ewma", "nobody", "ewma,all", "ew" };
    struct replay_contest contest;
    uint32_t mask;

    PS_REQUIRE(replay_baselines_parse("ftrl,ewma", &mask) == 0);
    PS_REQUIRE(replay_contest_init(&contest, 3, mask) == 0);
    CU_ASSERT_EQUAL(contest.count, 2);
    CU_ASSERT_STRING_EQUAL(contest.contestants[0].baseline->name, "ewma");
    CU_ASSERT_STRING_EQUAL(contest.contestants[1].baseline->name, "ftrl");
    replay_contest_fini(&contest);
    CU_ASSERT_EQUAL(replay_baselines_parse("none", &mask), 0);
    CU_ASSERT_EQUAL(mask, 0);
    CU_ASSERT_EQUAL(replay_baselines_parse("all", &mask), 0);
    CU_ASSERT_EQUAL(mask, REPLAY_BASELINES_ALL);
    for (unsigned i = 0; i < PS_ARRAY_LEN(bad); i++)
        CU_ASSERT_EQUAL(replay_baselines_parse(bad[i], &mask), -EINVAL);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(all_come_near_the_rates_that_made_the_past),
        PS_TEST(who_learns_follows_its_labels),
        PS_TEST(nobody_sees_ahead),
        PS_TEST(the_same_past_gives_the_same_figures),
        PS_TEST(baselines_are_chosen_by_name),
        PS_TEST(creation_survives_each_failed_allocation),
    };

    return ps_test_run("tools/replay/contest", tests, PS_ARRAY_LEN(tests));
}
