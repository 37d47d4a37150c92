/* SPDX-License-Identifier: BSD-3-Clause */
/* agent/event.c - see event_priv.h. */
#include "agent/event_priv.h"

#include <string.h>
#include <time.h>

#define DAY_S    86400
#define DAYS_MAX 36525 /* a century */

static bool read_number(const char *digits, size_t count, int low, int high, int *ret_number)
{
    uint64_t number;

    if (!psa_text_u64((struct psa_text){ digits, count }, &number) || number < (uint64_t)low ||
        number > (uint64_t)high)
        return false;
    *ret_number = (int)number;
    return true;
}

bool psa_event_time(struct psa_text text, int64_t *ret_s, bool *ret_is_utc, bool *ret_is_day)
{
    int year, month, day, hour = 0, minute = 0, second = 0;

    text = psa_text_trim(text);
    *ret_is_day = text.bytes == 8;
    *ret_is_utc = text.bytes == 16 && text.at[15] == 'Z';
    if (!*ret_is_day && !*ret_is_utc && text.bytes != 15)
        return false;
    if (!read_number(text.at, 4, 1970, 9999, &year) ||
        !read_number(text.at + 4, 2, 1, 12, &month) || !read_number(text.at + 6, 2, 1, 31, &day))
        return false;
    if (!*ret_is_day && (text.at[8] != 'T' || !read_number(text.at + 9, 2, 0, 23, &hour) ||
                         !read_number(text.at + 11, 2, 0, 59, &minute) ||
                         !read_number(text.at + 13, 2, 0, 60, &second)))
        return false;
    struct tm tm = { .tm_year = year - 1900,
                     .tm_mon = month - 1,
                     .tm_mday = day,
                     .tm_hour = hour,
                     .tm_min = minute,
                     .tm_sec = second };
    *ret_s = (int64_t)timegm(&tm);
    return true;
}

int64_t psa_event_unix(int64_t local_s)
{
    const time_t fields = (time_t)local_s;
    struct tm tm;

    memset(&tm, 0, sizeof(tm));
    gmtime_r(&fields, &tm);
    tm.tm_isdst = -1;
    return (int64_t)mktime(&tm);
}

static int64_t local_of(int64_t unix_s)
{
    const time_t at = (time_t)unix_s;
    struct tm tm;

    memset(&tm, 0, sizeof(tm));
    localtime_r(&at, &tm);
    return (int64_t)timegm(&tm);
}

/* Monday is 0; 1 January 1970, day 0, was a Thursday. */
static int64_t weekday_of(int64_t day)
{
    return (day + 3) % 7;
}

static bool is_on(const struct psa_event *event, int64_t day)
{
    const int64_t first = event->start_s / DAY_S;
    const int64_t weeks = (day - weekday_of(day)) / 7 - (first - weekday_of(first)) / 7;

    if (event->repeat == PSA_DAILY && (day - first) % event->interval != 0)
        return false;
    if (event->repeat == PSA_WEEKLY && weeks % event->interval != 0)
        return false;
    if (event->days != 0)
        return (event->days >> weekday_of(day) & 1) != 0;
    return event->repeat == PSA_DAILY || weekday_of(day) == weekday_of(first);
}

static bool is_it(const struct psa_event *event, int64_t start_s, int64_t since_s, int64_t *ret_s)
{
    *ret_s = event->is_utc ? start_s : psa_event_unix(start_s);
    return *ret_s >= since_s;
}

bool psa_event_next(const struct psa_event *event, int64_t since_s, int64_t *ret_s)
{
    const int64_t first = event->start_s / DAY_S, second = event->start_s % DAY_S;
    int64_t day = first;
    uint32_t begun = 0;

    if (event->repeat == PSA_ONCE)
        return is_it(event, event->start_s, since_s, ret_s);
    /* Whoever has to be counted is counted from the first; else the day before will do. */
    const int64_t since_day = (event->is_utc ? since_s : local_of(since_s)) / DAY_S - 1;
    if (event->count == 0 && since_day > day)
        day = since_day;
    for (const int64_t end = day + DAYS_MAX; day < end; day++) {
        if (!is_on(event, day))
            continue;
        if (event->count != 0 && begun++ == event->count)
            return false;
        if (day < since_day)
            continue; /* only counted */
        if (is_it(event, day * DAY_S + second, since_s, ret_s))
            return *ret_s <= event->until_s;
        if (*ret_s > event->until_s)
            return false;
    }
    return false;
}
