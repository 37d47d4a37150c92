/* SPDX-License-Identifier: BSD-3-Clause */
/* agent/foresee.c - what each source says of the next hour. */
#include <sodium.h>

#include "agent/agent_priv.h"

#define CALENDAR_P     0.7 /* until its record says otherwise */
#define EPG_P          0.4
#define BEGIN_WITHIN_S 300 /* of an appointment */

uint64_t psa_say_at_ms(const struct prestage_agent *agent, const struct psa_guess *guess,
                       uint64_t now_ms)
{
    const int64_t now_s = (int64_t)(now_ms / 1000);
    const int64_t ahead_s = guess->from_s - now_s;
    const uint64_t early_ms =
        ahead_s > PRESTAGE_AGENT_AHEAD_S ? (uint64_t)(ahead_s - PRESTAGE_AGENT_AHEAD_S) * 1000 : 0;
    const uint64_t left_ms = ahead_s > 0 ? (uint64_t)ahead_s * 1000 - early_ms : 0;
    uint64_t jitter_ms = (uint64_t)agent->cfg.jitter_s * 1000;

    if (jitter_ms > left_ms / 2) /* better told at once than too late */
        jitter_ms = left_ms / 2;
    return now_ms + early_ms + randombytes_uniform((uint32_t)jitter_ms + 1);
}

static void foresee(struct prestage_agent *agent, enum prestage_agent_kind kind,
                    const struct psa_guess *guesses, uint32_t count, uint64_t now_ms)
{
    const int64_t now_s = (int64_t)(now_ms / 1000);

    for (uint32_t i = 0; i < count; i++)
        if (guesses[i].to_s >= now_s && guesses[i].from_s <= now_s + PRESTAGE_AGENT_AHEAD_S &&
            psa_names_allow(&agent->names, &guesses[i].id))
            psa_needs_foresee(&agent->needs, kind, &guesses[i],
                              psa_say_at_ms(agent, &guesses[i], now_ms));
}

static void foresee_events(struct prestage_agent *agent, enum prestage_agent_kind kind,
                           const struct psa_events *events, double probability, uint64_t now_ms)
{
    const int64_t now_s = (int64_t)(now_ms / 1000);

    for (uint32_t i = 0; i < events->count; i++) {
        struct psa_guess guess = { .id = events->list[i].id, .probability = probability };

        if (!psa_event_next(&events->list[i], now_s - BEGIN_WITHIN_S, &guess.from_s))
            continue;
        guess.to_s = guess.from_s + BEGIN_WITHIN_S;
        foresee(agent, kind, &guess, 1, now_ms);
    }
}

void psa_foresee(struct prestage_agent *agent, uint64_t now_ms)
{
    const int64_t now_s = (int64_t)(now_ms / 1000);
    const struct psa_play *last = psa_history_last(&agent->history);
    struct psa_guess guesses[PSA_GUESSES_MAX];

    psa_needs_begin(&agent->needs);
    foresee(agent, PRESTAGE_AGENT_QUEUE, guesses,
            psa_queue_guess(&agent->queue, last, now_s, guesses), now_ms);
    foresee_events(agent, PRESTAGE_AGENT_CALENDAR, &agent->calendar, CALENDAR_P, now_ms);
    foresee_events(agent, PRESTAGE_AGENT_EPG, &agent->epg, EPG_P, now_ms);
    for (int64_t hour = 0; hour <= 1; hour++)
        foresee(agent, PRESTAGE_AGENT_HABIT, guesses,
                psa_history_habits(&agent->history, now_s + hour * 3600, guesses), now_ms);
    foresee(agent, PRESTAGE_AGENT_SEQUEL, guesses,
            psa_history_sequels(&agent->history, now_s, guesses), now_ms);
    psa_needs_end(&agent->needs);
}
