/* SPDX-License-Identifier: BSD-3-Clause */
/* agent/calendar.c - see calendar_priv.h. */
#include <string.h>

#include "agent/calendar_priv.h"

#define LINE_MAX_BYTES 512u /* of a line that was folded; titles are shorter */
#define INTERVAL_MAX   1000u
#define LENGTH_S_MAX   86400
#define LENGTH_S       3600

/* An appointment while it is read. */
struct draft {
    struct psa_event event;
    bool has_start, has_id, is_odd; /* odd: a whole day, or cancelled */
    unsigned inside;                /* of a component within it, such as an alarm */
    int64_t end_s;
    bool has_end, end_is_utc;
};

/* ---- lines ---- */

struct line {
    char bytes[LINE_MAX_BYTES];
    size_t count;
    struct psa_text name, value; /* in bytes */
};

static void append(struct line *line, struct psa_text text)
{
    const size_t room = sizeof(line->bytes) - line->count;
    const size_t count = text.bytes < room ? text.bytes : room;

    memcpy(line->bytes + line->count, text.at, count);
    line->count += count;
}

/* NAME;PARAMETER="..":VALUE. Parameters are not looked at: what they say, the values show too. */
static bool split(struct line *line)
{
    bool quoted = false;
    size_t name = 0;

    while (name < line->count && line->bytes[name] != ';' && line->bytes[name] != ':')
        name++;
    line->name = (struct psa_text){ line->bytes, name };
    for (size_t i = name; i < line->count; i++) {
        quoted ^= line->bytes[i] == '"';
        if (line->bytes[i] == ':' && !quoted) {
            line->value = (struct psa_text){ line->bytes + i + 1, line->count - i - 1 };
            return true;
        }
    }
    return false;
}

/* A line goes on in those after it that begin with a blank. */
static bool next_line(struct psa_text *rest, struct line *ret_line)
{
    struct psa_text piece;

    ret_line->count = 0;
    if (!psa_text_line(rest, &piece))
        return false;
    append(ret_line, piece);
    while (rest->bytes > 0 && (rest->at[0] == ' ' || rest->at[0] == '\t')) {
        psa_text_line(rest, &piece);
        append(ret_line, (struct psa_text){ piece.at + 1, piece.bytes == 0 ? 0 : piece.bytes - 1 });
    }
    if (!split(ret_line))
        ret_line->name.bytes = 0;
    return true;
}

/* ---- properties ---- */

/* One that is not known is the day of the start, as if nothing were said. */
static uint8_t read_days(struct psa_text text)
{
    static const char *const names[] = { "MO", "TU", "WE", "TH", "FR", "SA", "SU" };
    uint8_t days = 0;

    while (text.bytes >= 2) {
        for (unsigned d = 0; d < 7; d++)
            if (strncmp(text.at, names[d], 2) == 0)
                days |= (uint8_t)(1u << d);
        const char *comma = memchr(text.at, ',', text.bytes);
        if (comma == NULL)
            break;
        text.bytes -= (size_t)(comma + 1 - text.at);
        text.at = comma + 1;
    }
    return days;
}

static void read_until(struct psa_event *event, struct psa_text text)
{
    bool is_utc, is_day;
    int64_t until_s;

    if (!psa_event_time(text, &until_s, &is_utc, &is_day))
        return;
    if (is_day)
        until_s += 86399;
    event->until_s = is_utc ? until_s : psa_event_unix(until_s);
}

static void read_part(struct psa_event *event, struct psa_text part)
{
    uint64_t number = 0;

    if (psa_text_skip(&part, "FREQ="))
        event->repeat = psa_text_is(part, "DAILY")    ? PSA_DAILY
                        : psa_text_is(part, "WEEKLY") ? PSA_WEEKLY
                                                      : PSA_ONCE;
    else if (psa_text_skip(&part, "INTERVAL=") && psa_text_u64(part, &number) && number > 0)
        event->interval = (uint16_t)(number < INTERVAL_MAX ? number : INTERVAL_MAX);
    else if (psa_text_skip(&part, "COUNT=") && psa_text_u64(part, &number))
        event->count = number < UINT32_MAX ? (uint32_t)number : UINT32_MAX;
    else if (psa_text_skip(&part, "UNTIL="))
        read_until(event, part);
    else if (psa_text_skip(&part, "BYDAY="))
        event->days = read_days(part);
}

static void read_rule(struct psa_event *event, struct psa_text rule)
{
    while (rule.bytes > 0) {
        const char *end = memchr(rule.at, ';', rule.bytes);
        const size_t bytes = end == NULL ? rule.bytes : (size_t)(end - rule.at);

        read_part(event, (struct psa_text){ rule.at, bytes });
        rule.at += end == NULL ? bytes : bytes + 1;
        rule.bytes -= end == NULL ? bytes : bytes + 1;
    }
}

/* A backslash says that what follows it is meant as it is. */
static struct psa_text unescape(struct psa_text text, char *room)
{
    size_t count = 0;

    for (size_t i = 0; i < text.bytes; i++) {
        if (text.at[i] == '\\' && i + 1 < text.bytes)
            i++;
        room[count++] = text.at[i];
    }
    return (struct psa_text){ room, count };
}

static void read_property(struct draft *draft, const struct psa_names *names,
                          const struct line *line)
{
    struct psa_event *event = &draft->event;
    char room[LINE_MAX_BYTES];
    bool is_day = false;

    if (psa_text_is(line->name, "DTSTART")) {
        draft->has_start = psa_event_time(line->value, &event->start_s, &event->is_utc, &is_day);
        draft->is_odd |= is_day;
    } else if (psa_text_is(line->name, "DTEND")) {
        draft->has_end = psa_event_time(line->value, &draft->end_s, &draft->end_is_utc, &is_day);
    } else if (psa_text_is(line->name, "RRULE")) {
        read_rule(event, line->value);
    } else if (psa_text_is(line->name, "STATUS")) {
        draft->is_odd |= psa_text_is(line->value, "CANCELLED");
    } else if (psa_text_is(line->name, "X-PRESTAGE-MEDIA")) {
        draft->has_id = psa_names_take(names, line->value, &event->id);
    } else if (psa_text_is(line->name, "SUMMARY") && !draft->has_id) {
        draft->has_id = psa_names_find(names, unescape(line->value, room), &event->id);
    }
}

/* ---- appointments ---- */

static bool add(struct psa_events *events, struct draft *draft)
{
    const bool is_one_clock = draft->has_end && draft->end_is_utc == draft->event.is_utc;
    const int64_t length_s = is_one_clock ? draft->end_s - draft->event.start_s : LENGTH_S;

    if (!draft->has_start || !draft->has_id || draft->is_odd || events->count == PSA_EVENTS_MAX)
        return false;
    draft->event.length_s = (uint32_t)(length_s < 0              ? 0
                                       : length_s > LENGTH_S_MAX ? LENGTH_S_MAX
                                                                 : length_s);
    events->list[events->count++] = draft->event;
    return true;
}

uint32_t psa_calendar_read(struct psa_events *events, const struct psa_names *names,
                           struct psa_text text)
{
    static const struct draft none = { .event = { .interval = 1, .until_s = INT64_MAX } };
    struct draft draft = none;
    bool is_event = false;
    uint32_t left_out = 0;
    struct line line;

    events->count = 0;
    while (next_line(&text, &line)) {
        if (psa_text_is(line.name, "BEGIN") && !is_event) {
            is_event = psa_text_is(psa_text_trim(line.value), "VEVENT");
            draft = none;
        } else if (psa_text_is(line.name, "BEGIN")) {
            draft.inside++;
        } else if (psa_text_is(line.name, "END") && draft.inside > 0) {
            draft.inside--;
        } else if (psa_text_is(line.name, "END") && is_event) {
            is_event = false;
            left_out += !add(events, &draft);
        } else if (is_event && draft.inside == 0) {
            read_property(&draft, names, &line);
        }
    }
    return left_out + is_event;
}
