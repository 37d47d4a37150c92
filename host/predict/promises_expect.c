/* SPDX-License-Identifier: BSD-3-Clause */
/* host/predict/promises_expect.c - what the looks that are pending are worth now. */
#include <math.h>

#include "host/predict/overall_priv.h"
#include "host/predict/promises_priv.h"

#define PRIOR_LATE 1.0f /* looks kept in each minute of lateness while nothing is known */
#define MATTERS    0.1f /* starts expected of a title, from which on it matters; */
#define GLANCE     8u   /* guessed from so many looks of each kind */

/* It had its chance in the part of the window that has passed, and did not come. */
static float still_within(const struct ps_promise *look, uint32_t now_s, float chance)
{
    if (now_s <= look->due_s)
        return chance;
    const float to_come = chance * (float)(ps_promise_end_s(look) - now_s) / (float)look->window_s;
    return to_come / (to_come + 1.0f - chance + 1e-6f);
}

/* The part of what is still to come that comes within a time. */
static float part_within(const struct ps_promise *look, uint32_t now_s, uint32_t ahead_s)
{
    const uint32_t from_s = look->due_s > now_s ? look->due_s : now_s,
                   end_s = ps_promise_end_s(look);

    if (now_s + ahead_s >= end_s)
        return 1.0f; /* late ones come at once, or not */
    return now_s + ahead_s <= from_s ? 0.0f
                                     : (float)(now_s + ahead_s - from_s) / (float)(end_s - from_s);
}

/* The chance of a look that has not come true by now: less the later it is. */
static float still(const struct ps_promises *looks, const struct ps_promise *look, uint32_t now_s,
                   float chance)
{
    const unsigned late = ps_promise_lateness(look, now_s);
    float all = 0.0f, to_come = 0.0f;

    if (late == 0)
        return still_within(look, now_s, chance);
    for (unsigned l = 0; l < PS_PROMISE_LATENESS; l++) {
        all += looks->late[l] + PRIOR_LATE;
        to_come += l < late ? 0.0f : looks->late[l] + PRIOR_LATE;
    }
    to_come *= chance / all;
    return to_come / (to_come + 1.0f - chance + 1e-6f);
}

/* What is read off one list, or off the strangers of one class in it. */
struct sums {
    float own[PS_PROMISE_HORIZONS], any[PS_PROMISE_HORIZONS];
    float all; /* whatever the horizon */
    uint8_t class_idx;
};

static void add_look(const struct ps_promises *looks, const struct ps_promise *look, uint32_t now_s,
                     struct sums *sums)
{
    static const uint32_t ahead_s[PS_PROMISE_HORIZONS] = { 60, 300, 900, 3600 };
    /* One peer starts it once, however good the record of those who claim little. */
    const float chance =
        fminf(1.0f, look->claimed * ps_trust_of(&looks->trust, ps_promise_source(looks, look)));
    const float expected = still(looks, look, now_s, chance);
    float *to = look->profile == PS_PROFILE_NONE ? sums->any : sums->own;

    sums->all += expected;
    for (unsigned h = 0; h < PS_PROMISE_HORIZONS; h++)
        to[h] += expected * part_within(look, now_s, ahead_s[h]);
}

static bool counts(const struct ps_promise *look, uint8_t profile, uint32_t now_s)
{
    return !ps_promise_is_past(look, now_s) &&
           (look->profile == profile || look->profile == PS_PROFILE_NONE);
}

static void add_sums(const struct sums *sums, float by, float own[PS_PROMISE_HORIZONS],
                     float any[PS_PROMISE_HORIZONS])
{
    for (unsigned h = 0; h < PS_PROMISE_HORIZONS; h++) {
        own[h] += sums->own[h] * by;
        any[h] += sums->any[h] * by;
    }
}

/* @return false when there are none. */
static bool expect_known(const struct ps_promises *looks, const struct ps_promise_list *list,
                         uint8_t profile, uint32_t now_s, float own[PS_PROMISE_HORIZONS],
                         float any[PS_PROMISE_HORIZONS])
{
    struct sums sums = { .class_idx = 0 };
    uint32_t read = 0, idx = list->first;
    bool found = false;

    for (; idx != 0 && read < PS_PROMISES_READ; idx = looks->looks[idx].next, read++)
        if (counts(&looks->looks[idx], profile, now_s)) {
            add_look(looks, &looks->looks[idx], now_s, &sums);
            found = true;
        }
    if (found)
        add_sums(&sums, (float)list->count / (float)read, own, any);
    return found;
}

/* Those of a class that found no room count with the last. */
static struct sums *crowd_of(struct sums crowds[PS_PROMISE_CROWDS], uint32_t *count,
                             uint8_t class_idx)
{
    uint32_t at = 0;

    while (at < *count && crowds[at].class_idx != class_idx)
        at++;
    if (at == *count && at < PS_PROMISE_CROWDS) {
        crowds[at] = (struct sums){ .class_idx = class_idx };
        ++*count;
    }
    return &crowds[at < PS_PROMISE_CROWDS ? at : PS_PROMISE_CROWDS - 1];
}

/* Each class's crowd is cut down to what it may weigh. @return false when there are none. */
static bool expect_strangers(const struct ps_promises *looks, const struct ps_promise_list *list,
                             uint8_t profile, uint32_t now_s, float own[PS_PROMISE_HORIZONS],
                             float any[PS_PROMISE_HORIZONS])
{
    struct sums crowds[PS_PROMISE_CROWDS];
    uint32_t read = 0, idx = list->first, count = 0;

    for (; idx != 0 && read < PS_PROMISES_READ; idx = looks->looks[idx].next, read++) {
        const struct ps_promise *look = &looks->looks[idx];

        if (counts(look, profile, now_s))
            add_look(looks, look, now_s, crowd_of(crowds, &count, look->class_idx));
    }
    for (uint32_t c = 0; c < count; c++) {
        const float whole = (float)list->count / (float)read;
        const float part = whole * ps_trust_crowd_part(&looks->trust, crowds[c].class_idx);
        const float max = ps_trust_crowd_max(&looks->trust, crowds[c].class_idx);
        const float most = max / fmaxf(crowds[c].all, 1e-9f);

        add_sums(&crowds[c], fminf(part, most), own, any);
    }
    return count > 0;
}

bool ps_promises_expect(const struct ps_promises *looks, uint64_t media_key, uint8_t profile,
                        uint32_t now_s, float ret_own[PS_PROMISE_HORIZONS],
                        float ret_any[PS_PROMISE_HORIZONS])
{
    const uint32_t title = ps_promises_title(looks, media_key);
    const struct ps_promise_list *lists = looks->titles[title].lists;
    bool found;

    for (unsigned h = 0; h < PS_PROMISE_HORIZONS; h++)
        ret_own[h] = ret_any[h] = 0.0f;
    if (title == 0)
        return false;
    found = expect_known(looks, &lists[PS_PROMISE_KNOWN], profile, now_s, ret_own, ret_any);
    return expect_strangers(looks, &lists[PS_PROMISE_STRANGER], profile, now_s, ret_own, ret_any) ||
           found;
}

static float glance(const struct ps_promises *looks, const struct ps_promise_list *list)
{
    uint32_t read = 0, idx = list->first;
    float sum = 0.0f;

    for (; idx != 0 && read < GLANCE; idx = looks->looks[idx].next, read++) {
        const struct ps_promise *look = &looks->looks[idx];

        sum += look->claimed * ps_trust_of(&looks->trust, ps_promise_source(looks, look));
    }
    return read == 0 ? 0.0f : sum * (float)list->count / (float)read;
}

bool ps_promises_matter(const struct ps_promises *looks, uint32_t title)
{
    const struct ps_promise_list *lists = looks->titles[title].lists;

    return glance(looks, &lists[PS_PROMISE_KNOWN]) + glance(looks, &lists[PS_PROMISE_STRANGER]) >=
           MATTERS;
}
