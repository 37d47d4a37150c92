/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * agent/epg.c - see calendar_priv.h. Not an XML parser: it looks for programmes and reads three
 * things of each, and what it does not find it leaves out.
 */
#include <string.h>

#include "agent/calendar_priv.h"

#define TITLE_BYTES_MAX 512u
#define LENGTH_S_MAX    86400

/* What lies before @p mark; the text goes on after it. */
static bool cut(struct psa_text *text, const char *mark, struct psa_text *ret_before)
{
    const size_t length = strlen(mark);
    const char *found = text->bytes < length ? NULL : memmem(text->at, text->bytes, mark, length);

    if (found == NULL)
        return false;
    *ret_before = (struct psa_text){ text->at, (size_t)(found - text->at) };
    text->bytes -= ret_before->bytes + length;
    text->at = found + length;
    return true;
}

/* `20260101200000 +0100`; without a zone it is UTC. */
static bool read_time(struct psa_text text, int64_t *ret_s)
{
    char stamp[16] = "yyyymmddThhmmssZ";
    struct psa_text word, zone;
    bool is_utc, is_day;
    uint64_t offset = 0;

    if (!psa_text_word(&text, &word) || word.bytes != 14)
        return false;
    memcpy(stamp, word.at, 8);
    memcpy(stamp + 9, word.at + 8, 6);
    if (!psa_event_time((struct psa_text){ stamp, sizeof(stamp) }, ret_s, &is_utc, &is_day))
        return false;
    if (!psa_text_word(&text, &zone))
        return true;
    if (zone.bytes != 5 || (zone.at[0] != '+' && zone.at[0] != '-') ||
        !psa_text_u64((struct psa_text){ zone.at + 1, 4 }, &offset))
        return false;
    const int64_t ahead_s = (int64_t)(offset / 100 * 3600 + offset % 100 * 60);
    *ret_s -= zone.at[0] == '+' ? ahead_s : -ahead_s;
    return *ret_s >= 0;
}

/* The value of ` NAME="VALUE"` in a tag. */
static bool read_attribute(struct psa_text tag, const char *opening, int64_t *ret_s)
{
    struct psa_text value;

    return cut(&tag, opening, &value) && cut(&tag, "\"", &value) && read_time(value, ret_s);
}

static struct psa_text decode(struct psa_text text, char *room)
{
    static const struct {
        const char *entity;
        char meant;
    } entities[] = {
        { "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' }, { "&quot;", '"' }, { "&apos;", '\'' }
    };
    size_t count = 0;

    while (text.bytes > 0 && count < TITLE_BYTES_MAX) {
        char meant = text.at[0];
        bool is_entity = false;

        for (unsigned i = 0; i < 5 && meant == '&' && !is_entity; i++) {
            is_entity = psa_text_skip(&text, entities[i].entity);
            meant = is_entity ? entities[i].meant : meant;
        }
        room[count++] = meant;
        text.at += !is_entity;
        text.bytes -= !is_entity;
    }
    return (struct psa_text){ room, count };
}

/* A programme may have titles in several languages: the first that has an id. */
static bool find_id(const struct psa_names *names, struct psa_text body, struct psa_id *ret_id)
{
    struct psa_text title;
    char room[TITLE_BYTES_MAX];

    while (cut(&body, "<title", &title) && cut(&body, ">", &title) &&
           cut(&body, "</title>", &title))
        if (psa_names_find(names, decode(title, room), ret_id))
            return true;
    return false;
}

static bool read_programme(const struct psa_names *names, struct psa_text programme,
                           struct psa_event *ret_event)
{
    struct psa_text tag;
    int64_t stop_s = 0;

    *ret_event = (struct psa_event){ .interval = 1, .until_s = INT64_MAX, .is_utc = true };
    if (!cut(&programme, ">", &tag) || !read_attribute(tag, " start=\"", &ret_event->start_s) ||
        !find_id(names, programme, &ret_event->id))
        return false;
    if (read_attribute(tag, " stop=\"", &stop_s) && stop_s > ret_event->start_s &&
        stop_s - ret_event->start_s <= LENGTH_S_MAX)
        ret_event->length_s = (uint32_t)(stop_s - ret_event->start_s);
    return true;
}

uint32_t psa_epg_read(struct psa_events *events, const struct psa_names *names,
                      struct psa_text text)
{
    struct psa_text programme;
    struct psa_event event;
    uint32_t left_out = 0;

    events->count = 0;
    while (cut(&text, "<programme", &programme) && cut(&text, "</programme>", &programme)) {
        if (events->count < PSA_EVENTS_MAX && read_programme(names, programme, &event))
            events->list[events->count++] = event;
        else
            left_out++;
    }
    return left_out;
}
