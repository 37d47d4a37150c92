/* SPDX-License-Identifier: BSD-3-Clause */
/* agent/needs.c - see needs_priv.h. */
#include "agent/needs_priv.h"

#include <errno.h>
#include <string.h>

#define AT_ITS_WORD 4.0  /* looks that count as come true to the letter, before any */
#define FADE        0.98 /* of a record, for each look judged */
#define SAME_S      600  /* windows nearer than this are one */

double psa_needs_trust(const struct psa_needs *needs, enum prestage_agent_kind kind)
{
    const struct psa_record *record = &needs->records[kind];

    return (record->came + AT_ITS_WORD) / (record->claimed + AT_ITS_WORD);
}

/* ---- foreseeing ---- */

void psa_needs_begin(struct psa_needs *needs)
{
    for (uint32_t i = 0; i < PSA_NEEDS_MAX; i++)
        needs->list[i].foreseen = needs->list[i].kind == PRESTAGE_AGENT_TOLD;
}

void psa_needs_end(struct psa_needs *needs)
{
    for (uint32_t i = 0; i < PSA_NEEDS_MAX; i++)
        if (needs->list[i].state == PSA_WAITING && !needs->list[i].foreseen)
            needs->list[i].state = PSA_FREE;
}

static bool is_same(const struct psa_need *need, const struct psa_guess *guess)
{
    return need->state != PSA_FREE && strcmp(need->guess.id.text, guess->id.text) == 0 &&
           need->guess.from_s <= guess->to_s + SAME_S && guess->from_s <= need->guess.to_s + SAME_S;
}

/* The surer source speaks; one that spoke before says what it thinks now. */
static void renew(struct psa_needs *needs, struct psa_need *need, enum prestage_agent_kind kind,
                  const struct psa_guess *guess)
{
    const double before = need->guess.probability * psa_needs_trust(needs, need->kind);

    if (need->state == PSA_WAITING &&
        (kind == need->kind || guess->probability * psa_needs_trust(needs, kind) > before)) {
        need->guess = *guess;
        need->kind = kind;
    }
    need->foreseen = true;
}

int psa_needs_foresee(struct psa_needs *needs, enum prestage_agent_kind kind,
                      const struct psa_guess *guess, uint64_t at_ms)
{
    struct psa_need *free_place = NULL;

    for (uint32_t i = 0; i < PSA_NEEDS_MAX; i++) {
        struct psa_need *need = &needs->list[i];

        if (is_same(need, guess)) {
            renew(needs, need, kind, guess);
            return 0;
        }
        if (free_place == NULL && need->state == PSA_FREE)
            free_place = need;
    }
    if (free_place == NULL) {
        needs->full++;
        return -ENOSPC;
    }
    *free_place = (struct psa_need){
        .state = PSA_WAITING, .kind = kind, .foreseen = true, .guess = *guess, .at_ms = at_ms
    };
    return 0;
}

/* ---- saying ---- */

struct psa_need *psa_needs_next(struct psa_needs *needs)
{
    struct psa_need *next = NULL;

    for (uint32_t i = 0; i < PSA_NEEDS_MAX; i++) {
        struct psa_need *need = &needs->list[i];
        if (need->state == PSA_WAITING && (next == NULL || need->at_ms < next->at_ms))
            next = need;
    }
    return next;
}

void psa_needs_say(struct psa_need *need)
{
    need->state = PSA_SAID;
}

/* ---- judging ---- */

static void judge(struct psa_needs *needs, const struct psa_need *need, bool came)
{
    struct psa_record *record = &needs->records[need->kind];

    record->came = record->came * FADE + (came ? 1.0 : 0.0);
    record->claimed = record->claimed * FADE + need->guess.probability;
    needs->came += came;
    needs->missed += !came;
}

void psa_needs_played(struct psa_needs *needs, const struct psa_id *id, int64_t at_s)
{
    for (uint32_t i = 0; i < PSA_NEEDS_MAX; i++) {
        struct psa_need *need = &needs->list[i];

        if (need->state == PSA_FREE || need->state == PSA_MET ||
            strcmp(need->guess.id.text, id->text) != 0 || at_s < need->guess.from_s - PSA_EARLY_S ||
            at_s > need->guess.to_s + PSA_LATE_S)
            continue;
        if (need->state == PSA_SAID)
            judge(needs, need, true);
        need->state = PSA_MET; /* it stays until its window is over: it is not to be said again */
    }
}

void psa_needs_settle(struct psa_needs *needs, int64_t now_s, bool can_judge)
{
    for (uint32_t i = 0; i < PSA_NEEDS_MAX; i++) {
        struct psa_need *need = &needs->list[i];

        if (need->state == PSA_FREE || now_s <= need->guess.to_s + PSA_LATE_S)
            continue;
        if (need->state == PSA_SAID && can_judge)
            judge(needs, need, false);
        need->state = PSA_FREE;
    }
}
