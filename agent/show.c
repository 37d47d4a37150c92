/* SPDX-License-Identifier: BSD-3-Clause */
/* agent/show.c - what an agent knows, for people; and its record, to be kept. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "agent/agent_priv.h"

#define LINE_BYTES_MAX 320

PUBLIC const char *prestage_agent_kind_name(enum prestage_agent_kind kind)
{
    static const char *const names[PRESTAGE_AGENT_KINDS] = { "told", "queue", "calendar",
                                                             "epg",  "habit", "sequel" };

    return (unsigned)kind < PRESTAGE_AGENT_KINDS ? names[kind] : "unknown";
}

PUBLIC void prestage_agent_status(const struct prestage_agent *agent,
                                  struct prestage_agent_status *ret_status)
{
    *ret_status = (struct prestage_agent_status){
        .said = agent->said,
        .send_errors = agent->send_errors,
        .came = agent->needs.came,
        .missed = agent->needs.missed,
        .full = agent->needs.full,
        .unknown = agent->unknown,
        .not_understood = agent->not_understood,
        .queued = agent->queue.count,
        .events = agent->calendar.count + agent->epg.count,
        .plays = agent->history.count,
        .names = agent->names.count,
    };
    for (uint32_t i = 0; i < PSA_NEEDS_MAX; i++)
        ret_status->waiting += agent->needs.list[i].state == PSA_WAITING;
    for (unsigned k = 0; k < PRESTAGE_AGENT_KINDS; k++)
        ret_status->trust[k] = psa_needs_trust(&agent->needs, (enum prestage_agent_kind)k);
}

/* ---- for people ---- */

struct teller {
    void (*line)(void *arg, const char *text);
    void *arg;
};

__attribute__((format(printf, 2, 3))) static void put(const struct teller *teller,
                                                      const char *format, ...)
{
    char text[LINE_BYTES_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    teller->line(teller->arg, text);
}

static const char *when(int64_t at_s, char *room, size_t bytes)
{
    const time_t at = (time_t)at_s;
    struct tm local;

    memset(&local, 0, sizeof(local));
    localtime_r(&at, &local);
    strftime(room, bytes, "%Y-%m-%d %H:%M:%S", &local);
    return room;
}

static void put_needs(const struct teller *teller, const struct prestage_agent *agent)
{
    static const char *const states[] = { "", "waits", "said", "came true" };
    char from[32], to[32];

    for (uint32_t i = 0; i < PSA_NEEDS_MAX; i++) {
        const struct psa_need *need = &agent->needs.list[i];

        if (need->state != PSA_FREE)
            put(teller, "need %s from=\"%s\" to=\"%s\" p=%.2f by=%s %s", need->guess.id.text,
                when(need->guess.from_s, from, sizeof(from)),
                when(need->guess.to_s, to, sizeof(to)), need->guess.probability,
                prestage_agent_kind_name(need->kind), states[need->state]);
    }
}

PUBLIC void prestage_agent_show(struct prestage_agent *agent, uint64_t now_ms,
                                void (*line)(void *arg, const char *text), void *arg)
{
    const struct teller teller = { line, arg };
    struct prestage_agent_status s;

    psa_foresee(agent, now_ms);
    prestage_agent_status(agent, &s);
    put(&teller, "names %u, queued %u, appointments %u, plays %u", s.names, s.queued, s.events,
        s.plays);
    put(&teller, "without an id %" PRIu64 ", not understood %" PRIu64, s.unknown, s.not_understood);
    put(&teller,
        "said %" PRIu64 ", came true %" PRIu64 ", did not %" PRIu64
        ", refused by the network %" PRIu64,
        s.said, s.came, s.missed, s.send_errors);
    for (unsigned k = 0; k < PRESTAGE_AGENT_KINDS; k++)
        put(&teller, "record %s: judged by claims %.2f, came true %.2f, trust %.2f",
            prestage_agent_kind_name((enum prestage_agent_kind)k), agent->needs.records[k].claimed,
            agent->needs.records[k].came, s.trust[k]);
    put_needs(&teller, agent);
}

/* ---- the record ---- */

PUBLIC int prestage_agent_save(const struct prestage_agent *agent, char *ret_text,
                               size_t room_bytes)
{
    size_t used = 0;

    for (unsigned k = 0; k < PRESTAGE_AGENT_KINDS; k++) {
        const struct psa_record *record = &agent->needs.records[k];
        /* Thousandths, so that no locale writes another point. */
        const int count =
            snprintf(ret_text + used, room_bytes - used, "%s %" PRIu64 " %" PRIu64 "\n",
                     prestage_agent_kind_name((enum prestage_agent_kind)k),
                     (uint64_t)(record->came * 1e3), (uint64_t)(record->claimed * 1e3));
        if (count < 0 || (size_t)count >= room_bytes - used)
            return -ENOSPC;
        used += (size_t)count;
    }
    return (int)used;
}

/* FADE keeps both below this. */
#define RECORD_MAX 50000u

static bool read_record(struct psa_text line, struct psa_record *records)
{
    struct psa_text name, word;
    uint64_t came = 0, claimed = 0;

    if (!psa_text_word(&line, &name) || !psa_text_word(&line, &word) ||
        !psa_text_u64(word, &came) || !psa_text_word(&line, &word) ||
        !psa_text_u64(word, &claimed) || psa_text_trim(line).bytes > 0 || came > RECORD_MAX ||
        claimed > RECORD_MAX)
        return false;
    for (unsigned k = 0; k < PRESTAGE_AGENT_KINDS; k++)
        if (psa_text_is(name, prestage_agent_kind_name((enum prestage_agent_kind)k))) {
            records[k] = (struct psa_record){ (double)came / 1e3, (double)claimed / 1e3 };
            return true;
        }
    return false;
}

PUBLIC int prestage_agent_load(struct prestage_agent *agent, const char *text, size_t bytes)
{
    struct psa_record records[PRESTAGE_AGENT_KINDS];
    struct psa_text rest = { text, bytes }, line;

    memcpy(records, agent->needs.records, sizeof(records));
    while (psa_text_line(&rest, &line))
        if (!read_record(line, records))
            return -EINVAL;
    memcpy(agent->needs.records, records, sizeof(records));
    return 0;
}
