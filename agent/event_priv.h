/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * agent/event_priv.h - an appointment with a title: once, or each so many days or weeks.
 *
 * Times that are not UTC are local, wherever they say that they are: an appointment at eight is at
 * eight by this machine's clock, in winter and in summer. A local time that the clock skips or has
 * twice is what mktime(3) makes of it.
 *
 * Threads: any.
 */
#ifndef PS_AGENT_EVENT_PRIV_H
#define PS_AGENT_EVENT_PRIV_H

#include "agent/names_priv.h"

#define PSA_EVENTS_MAX 1024u

enum psa_repeat { PSA_ONCE, PSA_DAILY, PSA_WEEKLY };

struct psa_event {
    struct psa_id id;
    int64_t start_s; /* if is_utc Unix time; else local, as if it were UTC */
    int64_t until_s; /* Unix time of the last repetition at most; INT64_MAX: no end */
    uint32_t length_s;
    uint32_t count;    /* of repetitions, the first included; 0: no end */
    uint16_t interval; /* 1: every day or week */
    uint8_t days;      /* of the week, Monday is bit 0; 0: the day of the start */
    enum psa_repeat repeat;
    bool is_utc;
};

struct psa_events {
    struct psa_event list[PSA_EVENTS_MAX];
    uint32_t count;
};

/** `20260101T200000`, a Z behind it or not, or `20260101`. @return false: not such a text. */
bool psa_event_time(struct psa_text text, int64_t *ret_s, bool *ret_is_utc, bool *ret_is_day);
/** Unix time of a local one. */
int64_t psa_event_unix(int64_t local_s);

/** The first beginning at @p since_s or later. @return false: there is none within a century. */
bool psa_event_next(const struct psa_event *event, int64_t since_s, int64_t *ret_s);

#endif
