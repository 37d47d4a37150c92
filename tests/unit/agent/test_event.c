/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/agent/test_event.c - appointments come when they are due, by either clock. */
#include "agent/event_priv.h"

#include <time.h>

#include "tests/unit/agent/agent_texts.h"

#define DAY_S  INT64_C(86400)
#define MONDAY INT64_C(1704067200) /* 1 January 2024, 00:00 UTC */
#define VIENNA "CET-1CEST,M3.5.0,M10.5.0/3"

static void set_zone(const char *zone)
{
    setenv("TZ", zone, 1);
    tzset();
}

/* An event at a time of RFC 5545. */
static struct psa_event event_at(const char *text, enum psa_repeat repeat)
{
    struct psa_event event = { .interval = 1, .until_s = INT64_MAX, .repeat = repeat };
    bool is_day = false;

    PS_REQUIRE(psa_event_time(text_of(text), &event.start_s, &event.is_utc, &is_day));
    return event;
}

/* @return The beginning at @p since_s or later; -1: none. */
static int64_t next(const struct psa_event *event, int64_t since_s)
{
    int64_t at_s = 0;

    return psa_event_next(event, since_s, &at_s) ? at_s : -1;
}

static void times_are_read_or_refused(void)
{
    static const char *const bad[] = { "",
                                       "2024",
                                       "20241301T000000Z",
                                       "20240100T000000Z",
                                       "20240101T240000Z",
                                       "20240101T006000Z",
                                       "20240101 000000Z",
                                       "20240101T000000z",
                                       "2024-01-01T00:00",
                                       "19691231T235959Z",
                                       "20240101T000000+01" };
    bool is_utc, is_day;
    int64_t at_s;

    CU_ASSERT_TRUE(psa_event_time(TEXT("20240101T000000Z"), &at_s, &is_utc, &is_day));
    CU_ASSERT_TRUE(at_s == MONDAY && is_utc && !is_day);
    CU_ASSERT_TRUE(psa_event_time(TEXT(" 20240101T203001 "), &at_s, &is_utc, &is_day));
    CU_ASSERT_TRUE(at_s == MONDAY + 20 * 3600 + 1801 && !is_utc);
    CU_ASSERT_TRUE(psa_event_time(TEXT("20240101"), &at_s, &is_utc, &is_day) && is_day);
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        CU_ASSERT_FALSE(psa_event_time(text_of(bad[i]), &at_s, &is_utc, &is_day));
}

static void utc_is_utc_wherever_we_are(void)
{
    set_zone(VIENNA);
    const struct psa_event event = event_at("20240101T200000Z", PSA_ONCE);
    CU_ASSERT_EQUAL(next(&event, 0), MONDAY + 20 * 3600);
    CU_ASSERT_EQUAL(next(&event, MONDAY + 20 * 3600), MONDAY + 20 * 3600);
    CU_ASSERT_EQUAL(next(&event, MONDAY + 20 * 3600 + 1), -1);
}

/* Eight in the evening is eight in the evening, when the clocks change too. */
static void floating_times_are_local(void)
{
    set_zone(VIENNA);
    const struct psa_event daily = event_at("20240330T200000", PSA_DAILY);
    const int64_t saturday_s = MONDAY + 89 * DAY_S + 19 * 3600; /* 30 March, 19:00 UTC */
    CU_ASSERT_EQUAL(next(&daily, 0), saturday_s);
    CU_ASSERT_EQUAL(next(&daily, saturday_s + 1), saturday_s + DAY_S - 3600);
    CU_ASSERT_EQUAL(next(&daily, saturday_s + DAY_S), saturday_s + 2 * DAY_S - 3600);
    const struct psa_event weekly = event_at("20241023T200000", PSA_WEEKLY);
    const int64_t wednesday_s = MONDAY + 296 * DAY_S + 18 * 3600;
    CU_ASSERT_EQUAL(next(&weekly, 0), wednesday_s);
    CU_ASSERT_EQUAL(next(&weekly, wednesday_s + 1), wednesday_s + 7 * DAY_S + 3600);
    /* 31 March 2024, 2:30 was no time; mktime() takes the next or the last that was. */
    const struct psa_event skipped = event_at("20240331T023000", PSA_ONCE);
    const int64_t at_s = next(&skipped, 0) - (MONDAY + 90 * DAY_S);
    CU_ASSERT_TRUE(at_s == 1800 || at_s == 5400);
}

static void days_and_weeks_repeat(void)
{
    set_zone("UTC");
    struct psa_event event = event_at("20240101T200000Z", PSA_DAILY);
    const int64_t at_s = event.start_s;
    event.interval = 3;
    CU_ASSERT_EQUAL(next(&event, at_s + 1), at_s + 3 * DAY_S);
    CU_ASSERT_EQUAL(next(&event, at_s + 300 * DAY_S), at_s + 300 * DAY_S);
    event = event_at("20240101T200000Z", PSA_WEEKLY);
    event.interval = 2;
    event.days = 1u << 0 | 1u << 4; /* Monday, Friday */
    CU_ASSERT_EQUAL(next(&event, at_s + 1), at_s + 4 * DAY_S);
    CU_ASSERT_EQUAL(next(&event, at_s + 5 * DAY_S), at_s + 14 * DAY_S);
    CU_ASSERT_EQUAL(next(&event, at_s + 15 * DAY_S), at_s + 18 * DAY_S);
    event = event_at("20240103T200000Z", PSA_WEEKLY); /* a Wednesday, and it says no day */
    CU_ASSERT_EQUAL(next(&event, event.start_s + 1), event.start_s + 7 * DAY_S);
}

static void repetitions_end(void)
{
    set_zone("UTC");
    struct psa_event event = event_at("20240101T200000Z", PSA_DAILY);
    const int64_t at_s = event.start_s;
    event.count = 3;
    CU_ASSERT_EQUAL(next(&event, at_s + 2 * DAY_S), at_s + 2 * DAY_S);
    CU_ASSERT_EQUAL(next(&event, at_s + 2 * DAY_S + 1), -1);
    event.count = 0;
    event.until_s = at_s + DAY_S;
    CU_ASSERT_EQUAL(next(&event, at_s + 1), at_s + DAY_S);
    CU_ASSERT_EQUAL(next(&event, at_s + DAY_S + 1), -1);
}

/* Whatever stands in a file, the answer comes soon. */
static void absurd_ones_end(void)
{
    set_zone("UTC");
    struct psa_event event = event_at("99991231T235959Z", PSA_DAILY);
    CU_ASSERT_EQUAL(next(&event, MONDAY), event.start_s);
    event = event_at("19700101T000000Z", PSA_WEEKLY);
    event.interval = 1000;
    event.count = UINT32_MAX;
    CU_ASSERT_TRUE(next(&event, MONDAY) > MONDAY);
    event.days = 0x80; /* no day at all */
    CU_ASSERT_EQUAL(next(&event, MONDAY), -1);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(times_are_read_or_refused), PS_TEST(utc_is_utc_wherever_we_are),
        PS_TEST(floating_times_are_local),  PS_TEST(days_and_weeks_repeat),
        PS_TEST(repetitions_end),           PS_TEST(absurd_ones_end),
    };

    return ps_test_run("agent/event", tests, COUNT_OF(tests));
}
