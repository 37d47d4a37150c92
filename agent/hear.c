/* SPDX-License-Identifier: BSD-3-Clause */
/* agent/hear.c - what an agent is told: lists and events; see prestage-agent.h. */
#include <errno.h>
#include <string.h>

#include "agent/agent_priv.h"

#define TELL_AHEAD_S  86400.0
#define TOLD_WITHIN_S 300

/* ---- lists ---- */

static bool take_text(const char *text, size_t bytes, struct psa_text *ret_text)
{
    *ret_text = (struct psa_text){ bytes == 0 ? "" : text, bytes };
    return bytes <= PRESTAGE_AGENT_TEXT_MAX;
}

PUBLIC int prestage_agent_names(struct prestage_agent *agent, const char *text, size_t bytes)
{
    struct psa_text whole;

    if (!take_text(text, bytes, &whole))
        return -EMSGSIZE;
    agent->not_understood += psa_names_read(&agent->names, whole);
    agent->thought_ms = 0;
    return 0;
}

PUBLIC int prestage_agent_queue(struct prestage_agent *agent, const char *text, size_t bytes,
                                uint64_t now_ms)
{
    struct psa_text whole;

    if (!take_text(text, bytes, &whole))
        return -EMSGSIZE;
    agent->unknown += psa_queue_read(&agent->queue, &agent->names, whole);
    agent->queue.read_s = (int64_t)(now_ms / 1000);
    agent->thought_ms = 0;
    return 0;
}

PUBLIC int prestage_agent_calendar(struct prestage_agent *agent, const char *text, size_t bytes,
                                   uint64_t now_ms)
{
    struct psa_text whole;

    (void)now_ms;
    if (!take_text(text, bytes, &whole))
        return -EMSGSIZE;
    agent->unknown += psa_calendar_read(&agent->calendar, &agent->names, whole);
    agent->thought_ms = 0;
    return 0;
}

PUBLIC int prestage_agent_epg(struct prestage_agent *agent, const char *text, size_t bytes,
                              uint64_t now_ms)
{
    struct psa_text whole;

    (void)now_ms;
    if (!take_text(text, bytes, &whole))
        return -EMSGSIZE;
    agent->unknown += psa_epg_read(&agent->epg, &agent->names, whole);
    agent->thought_ms = 0;
    return 0;
}

static void add_play(struct prestage_agent *agent, const struct psa_id *id, int64_t at_s)
{
    if (!psa_history_add(&agent->history, id, at_s))
        return;
    agent->is_told_of_plays = true;
    psa_needs_played(&agent->needs, id, at_s);
    agent->thought_ms = 0;
}

PUBLIC int prestage_agent_history(struct prestage_agent *agent, const char *text, size_t bytes)
{
    struct psa_text whole, line, word;

    if (!take_text(text, bytes, &whole))
        return -EMSGSIZE;
    while (psa_text_line(&whole, &line)) {
        struct psa_id id;
        uint64_t at_s;

        if (!psa_text_word(&line, &word) || word.at[0] == '#')
            continue;
        if (!psa_text_u64(word, &at_s) || psa_text_trim(line).bytes == 0)
            agent->not_understood++;
        else if (!psa_names_take(&agent->names, line, &id))
            agent->unknown++;
        else
            add_play(agent, &id, (int64_t)at_s);
    }
    return 0;
}

/* ---- events ---- */

static int take_id(const struct prestage_agent *agent, struct psa_text text, struct psa_id *ret_id)
{
    if (psa_names_take(&agent->names, text, ret_id))
        return 0;
    return psa_id_of(ret_id, psa_text_trim(text)) ? -ENOENT : -EINVAL;
}

static int played(struct prestage_agent *agent, struct psa_text media, uint64_t now_ms)
{
    struct psa_id id;
    const int rc = take_id(agent, media, &id);

    if (rc == 0)
        add_play(agent, &id, (int64_t)(now_ms / 1000));
    return rc;
}

static int tell(struct prestage_agent *agent, struct psa_text media, double in_s,
                double probability, uint64_t now_ms)
{
    struct psa_guess guess = { .probability = probability };
    const int rc = take_id(agent, media, &guess.id);

    if (rc != 0)
        return rc;
    if (!(probability > 0.0 && probability <= 1.0) || !(in_s >= 0.0))
        return -EINVAL;
    if (in_s > TELL_AHEAD_S)
        return -ERANGE;
    guess.from_s = (int64_t)(now_ms / 1000) + (int64_t)in_s;
    guess.to_s = guess.from_s + TOLD_WITHIN_S;
    return psa_needs_foresee(&agent->needs, PRESTAGE_AGENT_TOLD, &guess,
                             psa_say_at_ms(agent, &guess, now_ms));
}

PUBLIC int prestage_agent_played(struct prestage_agent *agent, const char *media, uint64_t now_ms)
{
    return played(agent, (struct psa_text){ media, strlen(media) }, now_ms);
}

PUBLIC int prestage_agent_tell(struct prestage_agent *agent, const char *media, double in_s,
                               double probability, uint64_t now_ms)
{
    return tell(agent, (struct psa_text){ media, strlen(media) }, in_s, probability, now_ms);
}

PUBLIC int prestage_agent_tell_line(struct prestage_agent *agent, const char *line, size_t bytes,
                                    uint64_t now_ms)
{
    struct psa_text rest = { line, bytes }, media, verb, word;
    double in_s = 0.0, probability = 1.0;

    if (!psa_text_word(&rest, &media) || !psa_text_word(&rest, &verb))
        return -EBADMSG;
    if (psa_text_is(verb, "played") && psa_text_trim(rest).bytes == 0)
        return played(agent, media, now_ms);
    if (!psa_text_is(verb, "in") || !psa_text_word(&rest, &word) || !psa_text_f64(word, &in_s) ||
        (psa_text_word(&rest, &word) && !psa_text_f64(word, &probability)) ||
        psa_text_trim(rest).bytes > 0)
        return -EBADMSG;
    return tell(agent, media, in_s, probability, now_ms);
}
