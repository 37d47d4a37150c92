/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/agent/test_calendar.c - iCalendar texts, well formed and not. */
#include "agent/calendar_priv.h"

#include <stdio.h>
#include <time.h>

#include "tests/unit/agent/agent_texts.h"

#define MONDAY INT64_C(1704067200) /* 1 January 2024, 00:00 UTC */

static struct psa_events events;
static struct psa_names names;

static uint32_t read_event(const char *lines)
{
    char text[2048];

    snprintf(text, sizeof(text),
             "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n%sEND:VEVENT\r\nEND:VCALENDAR\r\n", lines);
    return psa_calendar_read(&events, &names, text_of(text));
}

#define MEDIA "X-PRESTAGE-MEDIA:film\r\n"
#define START "DTSTART:20240101T200000Z\r\n"

static void an_appointment_has_time_title_and_length(void)
{
    names = (struct psa_names){ .count = 0 };
    CU_ASSERT_EQUAL(read_event(START "DTEND:20240101T213000Z\r\n" MEDIA), 0);
    PS_REQUIRE(events.count == 1);
    CU_ASSERT_STRING_EQUAL(events.list[0].id.text, "film");
    CU_ASSERT_EQUAL(events.list[0].start_s, MONDAY + 20 * 3600);
    CU_ASSERT_EQUAL(events.list[0].length_s, 5400);
    CU_ASSERT_TRUE(events.list[0].is_utc && events.list[0].repeat == PSA_ONCE);
    CU_ASSERT_EQUAL(read_event("DTSTART;TZID=\"Europe:Vienna\":20240101T200000\r\n" MEDIA), 0);
    PS_REQUIRE(events.count == 1);
    CU_ASSERT_TRUE(!events.list[0].is_utc && events.list[0].length_s == 3600);
}

static void rules_are_read(void)
{
    setenv("TZ", "UTC", 1);
    tzset();
    CU_ASSERT_EQUAL(
        read_event(START MEDIA "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE,XX;COUNT=5\r\n"), 0);
    PS_REQUIRE(events.count == 1);
    const struct psa_event *event = &events.list[0];
    CU_ASSERT_TRUE(event->repeat == PSA_WEEKLY && event->interval == 2 && event->days == 5 &&
                   event->count == 5);
    read_event(START MEDIA "RRULE:FREQ=DAILY;UNTIL=20240105\r\n");
    CU_ASSERT_TRUE(event->repeat == PSA_DAILY && event->until_s == MONDAY + 5 * 86400 - 1);
    read_event(START MEDIA "RRULE:FREQ=DAILY;UNTIL=20240105T120000Z\r\n");
    CU_ASSERT_EQUAL(event->until_s, MONDAY + 4 * 86400 + 43200);
    read_event(START MEDIA "RRULE:FREQ=MONTHLY;BYDAY=1MO\r\n"); /* not by our rules: once */
    CU_ASSERT_TRUE(event->repeat == PSA_ONCE && event->days == 0);
    read_event(START MEDIA "RRULE:FREQ=DAILY;INTERVAL=0;COUNT=x;;=;\r\n");
    CU_ASSERT_TRUE(event->repeat == PSA_DAILY && event->interval == 1 && event->count == 0);
    read_event(START MEDIA "RRULE:FREQ=DAILY;INTERVAL=99999999\r\n");
    CU_ASSERT_EQUAL(event->interval, 1000);
}

static void titles_are_found_by_their_summary(void)
{
    psa_names_read(&names, TEXT("film Film, at eight; on the sofa\n"));
    CU_ASSERT_EQUAL(
        read_event(START "SUMMARY;LANGUAGE=en:Film\\, at ei\r\n ght\\; on the so\r\n\tfa\r\n"), 0);
    CU_ASSERT_TRUE(events.count == 1 && strcmp(events.list[0].id.text, "film") == 0);
    CU_ASSERT_EQUAL(read_event(START "SUMMARY:Doctor\r\n"), 1); /* nobody's business */
    CU_ASSERT_EQUAL(events.count, 0);
    CU_ASSERT_EQUAL(read_event(START "X-PRESTAGE-MEDIA:other\r\n"), 1);
    names = (struct psa_names){ .count = 0 };
}

static void what_is_none_is_left_out(void)
{
    static const char *const bad[] = {
        MEDIA,
        START,
        "DTSTART:soon\r\n" MEDIA,
        "DTSTART;VALUE=DATE:20240101\r\n" MEDIA,
        START MEDIA "STATUS:CANCELLED\r\n",
        START "X-PRESTAGE-MEDIA:a/b\r\n",
        "BEGIN:VALARM\r\n" START MEDIA "END:VALARM\r\n",
        "DTSTART\r\n" MEDIA,
    };

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        CU_ASSERT_EQUAL(read_event(bad[i]), 1);
        CU_ASSERT_EQUAL(events.count, 0);
    }
    CU_ASSERT_EQUAL(psa_calendar_read(&events, &names, TEXT("BEGIN:VEVENT\n" START MEDIA)), 1);
    CU_ASSERT_EQUAL(psa_calendar_read(&events, &names, TEXT(START MEDIA "END:VEVENT\n")), 0);
    CU_ASSERT_EQUAL(events.count, 0);
    CU_ASSERT_EQUAL(read_event(START MEDIA "DTEND:20230101T000000Z\r\n"), 0);
    CU_ASSERT_EQUAL(events.list[0].length_s, 0);
}

static void a_calendar_is_bounded(void)
{
    static const char one[] = "BEGIN:VEVENT\n" START MEDIA "END:VEVENT\n";
    const size_t bytes = (sizeof(one) - 1) * (PSA_EVENTS_MAX + 2);
    char *text = malloc(bytes + 1);

    PS_REQUIRE(text != NULL);
    for (unsigned i = 0; i < PSA_EVENTS_MAX + 2; i++)
        memcpy(text + i * (sizeof(one) - 1), one, sizeof(one) - 1);
    CU_ASSERT_EQUAL(psa_calendar_read(&events, &names, (struct psa_text){ text, bytes }), 2);
    CU_ASSERT_EQUAL(events.count, PSA_EVENTS_MAX);
    free(text);
}

static void a_long_line_is_cut(void)
{
    char lines[1500] = START MEDIA "SUMMARY:";
    size_t used = strlen(lines);

    memset(lines + used, 'a', 1200);
    strcpy(lines + used + 1200, "\r\n");
    CU_ASSERT_EQUAL(read_event(lines), 0);
    CU_ASSERT_EQUAL(events.count, 1);
}

static void take_damaged(struct psa_text damaged)
{
    int64_t at_s;

    psa_calendar_read(&events, &names, damaged);
    for (uint32_t i = 0; i < events.count; i++)
        psa_event_next(&events.list[i], MONDAY, &at_s);
}

static void damaged_calendars_do_no_harm(void)
{
    with_damaged("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n" START MEDIA
                 "DTEND:20240101T213000Z\r\nRRULE:FREQ=WEEKLY;COUNT=9;BYDAY=MO\r\n"
                 "SUMMARY:a\\,b\r\n c\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
                 take_damaged);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(an_appointment_has_time_title_and_length),
        PS_TEST(rules_are_read),
        PS_TEST(titles_are_found_by_their_summary),
        PS_TEST(what_is_none_is_left_out),
        PS_TEST(a_calendar_is_bounded),
        PS_TEST(a_long_line_is_cut),
        PS_TEST(damaged_calendars_do_no_harm),
    };

    return ps_test_run("agent/calendar", tests, COUNT_OF(tests));
}
