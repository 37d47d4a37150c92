/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/evening.h - a made-up audience: who begins to watch what, when, and on which device.
 *
 * Why: real logs may not be shipped, and judging needs the true rates. What is modelled: titles of
 * four kinds (news, series, film, sport) with births and ageing, Zipf-Mandelbrot popularity that
 * drifts from day to day, new episodes that inherit an audience, hours of the day by kind, regions
 * with their own favourites, profiles that follow the kind of device, titles nobody has seen yet,
 * and one title that everybody suddenly wants. It is 20:00 at t0.
 *
 * Threads: one per evening.
 */
#ifndef PS_TOOLS_EVENING_H
#define PS_TOOLS_EVENING_H

#include <stdint.h>

#include "tools/chance.h"

#define EVENING_TITLES_MAX   100000u
#define EVENING_PROFILES_MAX 32u
#define EVENING_DAYS_MAX     60u
#define EVENING_REGIONS      4u
#define EVENING_STEP_S       300 /* rates hold for so long */

#define EVENING_FLASH_AUTO (-1)
#define EVENING_FLASH_NONE (-2)

struct evening_profile {
    char name[65];
    uint8_t device; /* 1 phone, 2 tablet, 3 television, 4 computer */
    double share;
};

struct evening_config {
    uint64_t seed;
    uint32_t title_count;
    uint32_t never_seen; /* of these, titles that no earlier evening had */
    uint32_t minutes;    /* of the evening */
    double starts;       /* expected in the evening, without the sudden one's */
    uint32_t history_days;
    int64_t flash;         /* title, EVENING_FLASH_AUTO or _NONE */
    uint32_t segments;     /* in a title: watching on ends there */
    uint32_t skew_percent; /* popularity falls with (rank + 4) to this power / 100; <= 300 */
    uint32_t profile_count;
    struct evening_profile profiles[EVENING_PROFILES_MAX];
};

struct evening_start {
    double offset_s; /* from t0; negative is history */
    uint32_t title;
    uint32_t viewer;
    uint32_t profile;
    uint32_t segments; /* watched */
    uint16_t region;
    uint8_t device;
    uint8_t access;
};

struct evening;

/** @return 0, -EINVAL or -ENOMEM. */
int evening_create(struct evening **ret_evening, const struct evening_config *cfg);
/** NULL is allowed. */
void evening_destroy(struct evening *evening);

/** True starts of a title in the step from @p offset_s (a multiple of EVENING_STEP_S). */
double evening_rate(const struct evening *evening, uint32_t title, int64_t offset_s);

/** The title that everybody suddenly wants, or UINT32_MAX; and when, in seconds from t0. */
uint32_t evening_flash(const struct evening *evening, double *ret_offset_s);

/**
 * Draw the starts from @p from_s up to @p to_s (multiples of EVENING_STEP_S), oldest first.
 * The same stretch draws the same starts, whatever was drawn before.
 * @param ret_starts  To be freed by the caller with free().
 * @return 0 or -ENOMEM.
 */
int evening_draw(const struct evening *evening, int64_t from_s, int64_t to_s,
                 struct evening_start **ret_starts, uint32_t *ret_count);

#endif
