/* SPDX-License-Identifier: BSD-3-Clause */
/* host/predict/sequel_agenda.c - see sequel_agenda_priv.h. */
#include "host/predict/sequel_agenda_priv.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/mem.h"

#define WAYS        4u
#define FADED_AFTER 10u /* half-lives */

static const float half_life_s[PS_AGENDA_FADES] = { 4.0f, 30.0f, 200.0f };

int ps_agendas_init(struct ps_sequel_agendas *agendas)
{
    agendas->agendas = ps_zalloc(PS_AGENDAS_MAX, sizeof(*agendas->agendas));
    agendas->sums = ps_zalloc(PS_AGENDAS_MAX, sizeof(*agendas->sums));
    return agendas->agendas == NULL || agendas->sums == NULL ? -ENOMEM : 0;
}

void ps_agendas_fini(struct ps_sequel_agendas *agendas)
{
    free(agendas->sums);
    free(agendas->agendas);
}

static float faded(uint32_t fade, uint32_t age_s)
{
    return age_s == 0 ? 1.0f : exp2f(-(float)age_s / half_life_s[fade]);
}

/* Part of [from, to) that lies before x. */
static float part_before(uint32_t x, uint32_t from, uint32_t to)
{
    if (x <= from)
        return 0.0f;
    return x >= to ? 1.0f : (float)(x - from) / (float)(to - from);
}

float ps_sequel_left(const struct ps_sequel_when *when, uint32_t age_s)
{
    if (when->fade < PS_AGENDA_FADES)
        return faded(when->fade, age_s);
    return 1.0f - 0.5f * part_before(age_s, when->from_s, when->mid_s) -
           0.5f * part_before(age_s, when->mid_s, when->to_s);
}

static uint32_t set_of(uint64_t item)
{
    return (uint32_t)((item * 0x9e3779b97f4a7c15ull) >> 40) % (PS_AGENDAS_MAX / WAYS) * WAYS;
}

uint32_t ps_agenda_find(const struct ps_sequel_agendas *agendas, uint64_t item, uint32_t now_s)
{
    const uint32_t set = set_of(item);

    for (uint32_t i = set; i < set + WAYS; i++)
        if (agendas->agendas[i].item == item && agendas->agendas[i].until_s > now_s)
            return i;
    return PS_AGENDAS_MAX;
}

static uint32_t take(struct ps_sequel_agendas *agendas, uint64_t item, uint32_t now_s)
{
    const uint32_t found = ps_agenda_find(agendas, item, now_s);
    uint32_t victim = set_of(item);

    if (found != PS_AGENDAS_MAX)
        return found;
    for (uint32_t i = victim + 1, end = victim + WAYS; i < end; i++)
        if (agendas->agendas[i].until_s < agendas->agendas[victim].until_s)
            victim = i;
    agendas->agendas[victim] = (struct ps_agenda){ .item = item, .touched_s = now_s };
    memset(&agendas->sums[victim], 0, sizeof(agendas->sums[victim]));
    return victim;
}

/* Bring a place up to now. */
static void touch(struct ps_agenda *agenda, struct ps_agenda_sums *sums, uint32_t now_s)
{
    uint32_t slot = agenda->touched_s / PS_AGENDA_SLOT_S;
    const uint32_t now_slot = now_s / PS_AGENDA_SLOT_S;

    if (now_s <= agenda->touched_s)
        return;
    for (uint32_t f = 0; f < PS_AGENDA_FADES; f++)
        if (sums->fading[f] > 0.0f)
            sums->fading[f] *= faded(f, now_s - agenda->touched_s);
    for (uint32_t n = 0; slot < now_slot && n < PS_AGENDA_SLOTS; slot++, n++)
        sums->slots[slot % PS_AGENDA_SLOTS] = 0.0f;
    agenda->touched_s = now_s;
}

static void change(float *sum, float by)
{
    *sum = fmaxf(0.0f, *sum + by);
}

/*
 * Into the slots, evenly over [from, to) but for what is before now; a little too far is clipped.
 * Of the slot that is running only the rest counts, so what goes there is scaled to the whole.
 */
static void spread(struct ps_agenda_sums *sums, float chance, uint32_t from_s, uint32_t to_s,
                   uint32_t now_s)
{
    const float per_s = chance / (float)(to_s - from_s);
    const uint32_t now_slot = now_s / PS_AGENDA_SLOT_S;
    uint32_t at_s = from_s > now_s ? from_s : now_s;

    while (at_s < to_s) {
        const uint32_t slot = at_s / PS_AGENDA_SLOT_S;
        const uint32_t slot_end_s = (slot + 1) * PS_AGENDA_SLOT_S;
        const uint32_t end_s = slot_end_s < to_s ? slot_end_s : to_s;
        const float whole =
            slot == now_slot ? (float)PS_AGENDA_SLOT_S / (float)(slot_end_s - now_s) : 1.0f;

        if (slot - now_slot >= PS_AGENDA_SLOTS)
            return;
        change(&sums->slots[slot % PS_AGENDA_SLOTS], whole * per_s * (float)(end_s - at_s));
        at_s = end_s;
    }
}

static void place(struct ps_agenda_sums *sums, float chance, const struct ps_sequel_when *when,
                  uint32_t start_s, uint32_t now_s)
{
    if (when->fade < PS_AGENDA_FADES) {
        change(&sums->fading[when->fade], chance * faded(when->fade, now_s - start_s));
        return;
    }
    spread(sums, 0.5f * chance, start_s + when->from_s, start_s + when->mid_s, now_s);
    spread(sums, 0.5f * chance, start_s + when->mid_s, start_s + when->to_s, now_s);
}

void ps_agenda_add(struct ps_sequel_agendas *agendas, uint64_t item, float chance,
                   const struct ps_sequel_when *when, uint32_t now_s)
{
    const uint32_t i = take(agendas, item, now_s);
    const uint32_t lasts_s =
        when->fade < PS_AGENDA_FADES ? FADED_AFTER * (uint32_t)half_life_s[when->fade] : when->to_s;
    struct ps_agenda *agenda = &agendas->agendas[i];

    touch(agenda, &agendas->sums[i], now_s);
    if (agenda->until_s < now_s + lasts_s)
        agenda->until_s = now_s + lasts_s;
    place(&agendas->sums[i], chance, when, now_s, now_s);
}

void ps_agenda_cancel(struct ps_sequel_agendas *agendas, uint64_t item, float chance,
                      const struct ps_sequel_when *when, uint32_t age_s, uint32_t now_s)
{
    const uint32_t i = ps_agenda_find(agendas, item, now_s);

    if (i == PS_AGENDAS_MAX)
        return;
    touch(&agendas->agendas[i], &agendas->sums[i], now_s);
    place(&agendas->sums[i], -chance, when, now_s - age_s, now_s);
}

void ps_agendas_scale(struct ps_sequel_agendas *agendas, float factor)
{
    for (uint32_t i = 0; i < PS_AGENDAS_MAX; i++) {
        struct ps_agenda_sums *sums = &agendas->sums[i];

        for (uint32_t f = 0; f < PS_AGENDA_FADES; f++)
            sums->fading[f] *= factor;
        for (uint32_t s = 0; s < PS_AGENDA_SLOTS; s++)
            sums->slots[s] *= factor;
    }
}

float ps_agenda_expect(struct ps_sequel_agendas *agendas, uint32_t i, uint32_t now_s,
                       uint32_t horizon_s)
{
    struct ps_agenda_sums *sums = &agendas->sums[i];
    const uint32_t first = now_s / PS_AGENDA_SLOT_S;
    const uint32_t end_s = now_s + horizon_s;
    float sum = 0.0f;

    touch(&agendas->agendas[i], sums, now_s);
    for (uint32_t f = 0; f < PS_AGENDA_FADES; f++)
        if (sums->fading[f] > 0.0f)
            sum += sums->fading[f] * (1.0f - faded(f, horizon_s));
    for (uint32_t n = 0; n < PS_AGENDA_SLOTS; n++) {
        const uint32_t from_s = (first + n) * PS_AGENDA_SLOT_S;
        const float mass = sums->slots[(first + n) % PS_AGENDA_SLOTS];

        if (from_s >= end_s)
            break;
        if (mass > 0.0f)
            sum += mass * (part_before(end_s, from_s, from_s + PS_AGENDA_SLOT_S) -
                           part_before(now_s, from_s, from_s + PS_AGENDA_SLOT_S));
    }
    return sum;
}
