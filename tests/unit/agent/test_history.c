/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/agent/test_history.c - habits and sequels, read off what was played. */
#include "agent/history_priv.h"

#include <stdio.h>
#include <time.h>

#include "tests/unit/agent/agent_texts.h"

#define DAY_S  INT64_C(86400)
#define WEEK_S (7 * DAY_S)
#define MONDAY INT64_C(1704067200) /* 1 January 2024, 00:00 UTC */

static struct psa_history history;
static struct psa_guess guesses[PSA_GUESSES_MAX];

static void begin(const char *zone)
{
    memset(&history, 0, sizeof(history));
    setenv("TZ", zone, 1);
    tzset();
}

static bool play(const char *media, int64_t at_s)
{
    const struct psa_id id = id_of(media);

    return psa_history_add(&history, &id, at_s);
}

static void what_is_usual_at_this_hour_is_foreseen(void)
{
    const int64_t news_s = MONDAY + 20 * 3600;

    begin("UTC");
    for (int week = 0; week < 4; week++) {
        play("news", news_s + week * WEEK_S + (week % 2) * 600);
        play("once", news_s + week * WEEK_S + 3 * DAY_S + (week == 0 ? 0 : 3600 * 5 * week));
    }
    PS_REQUIRE(psa_history_habits(&history, news_s + 4 * WEEK_S - 1, guesses) == 0);
    PS_REQUIRE(psa_history_habits(&history, news_s + 4 * WEEK_S + 1800, guesses) == 1);
    CU_ASSERT_STRING_EQUAL(guesses[0].id.text, "news");
    CU_ASSERT_EQUAL(guesses[0].from_s, news_s + 4 * WEEK_S);
    CU_ASSERT_EQUAL(guesses[0].to_s, news_s + 4 * WEEK_S + 659);
    CU_ASSERT_TRUE(guesses[0].probability > 0.7 && guesses[0].probability < 0.9);
    CU_ASSERT_EQUAL(psa_history_habits(&history, news_s + 4 * WEEK_S + DAY_S, guesses), 0);
}

static void missed_weeks_make_a_habit_less_likely(void)
{
    double before;

    begin("UTC");
    play("news", MONDAY);
    play("news", MONDAY + WEEK_S);
    PS_REQUIRE(psa_history_habits(&history, MONDAY + 2 * WEEK_S, guesses) == 1);
    before = guesses[0].probability;
    PS_REQUIRE(psa_history_habits(&history, MONDAY + 6 * WEEK_S, guesses) == 1);
    CU_ASSERT_TRUE(guesses[0].probability < before / 1.5);
    CU_ASSERT_EQUAL(psa_history_habits(&history, MONDAY + 60 * WEEK_S, guesses), 0);
}

/* At eight in the evening, before and after the clocks change (31 March 2024). */
static void habits_keep_local_time(void)
{
    const int64_t eight_s = MONDAY + 11 * WEEK_S + 19 * 3600; /* 18 March, 20:00 in Vienna */

    begin("CET-1CEST,M3.5.0,M10.5.0/3");
    play("news", eight_s - WEEK_S);
    play("news", eight_s);
    PS_REQUIRE(psa_history_habits(&history, eight_s + 2 * WEEK_S - 3600, guesses) == 1);
    CU_ASSERT_EQUAL(guesses[0].from_s, eight_s + 2 * WEEK_S - 3600);
    CU_ASSERT_EQUAL(psa_history_habits(&history, eight_s + 2 * WEEK_S, guesses), 0);
    begin("UTC");
}

static void what_followed_before_follows(void)
{
    begin("UTC");
    for (int day = 0; day < 3; day++) {
        play("one", MONDAY + day * DAY_S);
        play(day == 2 ? "other" : "two", MONDAY + day * DAY_S + 1800 + day * 60);
    }
    play("one", MONDAY + 9 * DAY_S);
    const int64_t now_s = MONDAY + 9 * DAY_S + 60;
    PS_REQUIRE(psa_history_sequels(&history, now_s, guesses) == 1); /* once is no habit */
    CU_ASSERT_STRING_EQUAL(guesses[0].id.text, "two");
    CU_ASSERT_EQUAL(guesses[0].from_s, MONDAY + 9 * DAY_S + 1800);
    CU_ASSERT_EQUAL(guesses[0].to_s, MONDAY + 9 * DAY_S + 1860 + 300);
    CU_ASSERT_DOUBLE_EQUAL(guesses[0].probability, 2.0 / 4.0, 1e-9);
    CU_ASSERT_EQUAL(psa_history_sequels(&history, now_s + 3600, guesses), 0); /* too late */
    play("two", MONDAY + 9 * DAY_S + 1800);
    CU_ASSERT_EQUAL(psa_history_sequels(&history, now_s + 1800, guesses), 0);
}

static void a_title_is_not_its_own_sequel(void)
{
    begin("UTC");
    for (int i = 0; i < 5; i++)
        play("one", MONDAY + i * 600);
    CU_ASSERT_EQUAL(psa_history_sequels(&history, MONDAY + 2500, guesses), 0);
}

static void plays_come_in_order_and_the_oldest_goes(void)
{
    char name[16];

    begin("UTC");
    CU_ASSERT_PTR_NULL(psa_history_last(&history));
    CU_ASSERT_EQUAL(psa_history_sequels(&history, MONDAY, guesses), 0);
    CU_ASSERT_TRUE(play("a", MONDAY));
    CU_ASSERT_FALSE(play("b", MONDAY));
    CU_ASSERT_FALSE(play("b", MONDAY - 1));
    for (unsigned i = 1; i <= PSA_PLAYS_MAX; i++) {
        snprintf(name, sizeof(name), "m%u", i);
        CU_ASSERT_TRUE(play(name, MONDAY + i));
    }
    CU_ASSERT_EQUAL(history.count, PSA_PLAYS_MAX);
    CU_ASSERT_EQUAL(psa_history_last(&history)->at_s, MONDAY + PSA_PLAYS_MAX);
}

static void many_titles_of_one_hour_are_bounded(void)
{
    char name[16];

    begin("UTC");
    for (int week = 0; week < 2; week++)
        for (unsigned i = 0; i < 40; i++) {
            snprintf(name, sizeof(name), "m%u", i);
            play(name, MONDAY + week * WEEK_S + i);
        }
    CU_ASSERT_EQUAL(psa_history_habits(&history, MONDAY + 2 * WEEK_S, guesses), PSA_GUESSES_MAX);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(what_is_usual_at_this_hour_is_foreseen),
        PS_TEST(missed_weeks_make_a_habit_less_likely),
        PS_TEST(habits_keep_local_time),
        PS_TEST(what_followed_before_follows),
        PS_TEST(a_title_is_not_its_own_sequel),
        PS_TEST(plays_come_in_order_and_the_oldest_goes),
        PS_TEST(many_titles_of_one_hour_are_bounded),
    };

    return ps_test_run("agent/history", tests, COUNT_OF(tests));
}
