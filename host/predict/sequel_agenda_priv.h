/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/predict/sequel_agenda_priv.h - how many starts of each item are expected, and when.
 *
 * Why: a chance with a time is added when a viewer starts something and taken back when the viewer
 * has gone on; reading and changing cost the same however many are on their way. What comes within
 * minutes is held as sums that fade at three speeds, what comes later in slots of four minutes.
 *
 * Fixed size, in sets of four; what is over soonest goes first when a set is full.
 */
#ifndef PS_HOST_PREDICT_SEQUEL_AGENDA_PRIV_H
#define PS_HOST_PREDICT_SEQUEL_AGENDA_PRIV_H

#include <stddef.h>
#include <stdint.h>

#define PS_AGENDAS_MAX    2048u
#define PS_AGENDA_SLOTS   64u
#define PS_AGENDA_SLOT_S  240u
#define PS_AGENDA_FADES   3u
#define PS_AGENDA_IN_SLOT PS_AGENDA_FADES

/* When a start is due, counted from the start that it follows. */
struct ps_sequel_when {
    uint32_t fade;                /* which speed, or PS_AGENDA_IN_SLOT: */
    uint32_t from_s, mid_s, to_s; /* half of the chance before mid, half after */
};

struct ps_agenda {
    uint64_t item;
    uint32_t touched_s; /* the fading sums are as of then, older slots are empty */
    uint32_t until_s;   /* nothing is expected from then on */
};

struct ps_agenda_sums {
    float fading[PS_AGENDA_FADES];
    float slots[PS_AGENDA_SLOTS];
};

struct ps_sequel_agendas {
    struct ps_agenda *agendas;
    struct ps_agenda_sums *sums;
};

/** @return 0 or -ENOMEM; fini copes with half-built. */
int ps_agendas_init(struct ps_sequel_agendas *agendas);
void ps_agendas_fini(struct ps_sequel_agendas *agendas);

/** What is left of a chance of 1 after @p age_s in which nothing came. */
float ps_sequel_left(const struct ps_sequel_when *when, uint32_t age_s);

/** Someone started, now, what @p item follows with @p chance. */
void ps_agenda_add(struct ps_sequel_agendas *agendas, uint64_t item, float chance,
                   const struct ps_sequel_when *when, uint32_t now_s);
/** Take back what was added @p age_s ago and is not yet past. */
void ps_agenda_cancel(struct ps_sequel_agendas *agendas, uint64_t item, float chance,
                      const struct ps_sequel_when *when, uint32_t age_s, uint32_t now_s);

/** All that is expected becomes so many times as much. */
void ps_agendas_scale(struct ps_sequel_agendas *agendas, float factor);

/** The place of @p item, or PS_AGENDAS_MAX when nothing is expected. */
uint32_t ps_agenda_find(const struct ps_sequel_agendas *agendas, uint64_t item, uint32_t now_s);
/** Starts expected at a place within @p horizon_s. */
float ps_agenda_expect(struct ps_sequel_agendas *agendas, uint32_t place, uint32_t now_s,
                       uint32_t horizon_s);

#endif
