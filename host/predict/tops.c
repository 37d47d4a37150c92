/* SPDX-License-Identifier: BSD-3-Clause */
/* host/predict/tops.c - see tops_priv.h. */
#include "host/predict/tops_priv.h"

#include <stddef.h>

#define HOUR_S 3600u
#define DAY_S  86400u

static uint32_t set_of(uint64_t media_key)
{
    const uint64_t h = (media_key ^ media_key >> 32) * 0x9e3779b97f4a7c15ull;

    return (uint32_t)(h >> 40) % (PS_TOPS_MAX / PS_TOPS_SET) * PS_TOPS_SET;
}

static float starts_now(const struct ps_top *top, uint32_t day)
{
    const uint32_t age = day - top->day;

    if (age == 0)
        return top->starts;
    return age > 30 ? 0.0f : top->starts / (float)(1u << age);
}

/* The media's place in its set, or NULL. */
static struct ps_top *find(struct ps_top *set, uint64_t media_key)
{
    for (unsigned i = 0; i < PS_TOPS_SET; i++)
        if (set[i].media_key == media_key && set[i].starts > 0.0f)
            return &set[i];
    return NULL;
}

static struct ps_top *least_of(struct ps_top *set, uint32_t day)
{
    struct ps_top *least = set;
    float least_starts = starts_now(set, day);

    for (unsigned i = 1; i < PS_TOPS_SET; i++) {
        const float starts = starts_now(&set[i], day);

        if (starts < least_starts) {
            least = &set[i];
            least_starts = starts;
        }
    }
    return least;
}

void ps_tops_add(struct ps_tops *tops, uint64_t media_key, uint32_t now_s, float starts)
{
    struct ps_top *set = &tops->media[now_s / HOUR_S % PS_HOURS][set_of(media_key)];
    const uint32_t day = now_s / DAY_S;
    struct ps_top *top = find(set, media_key);

    if (top == NULL)
        top = least_of(set, day);
    *top = (struct ps_top){ media_key, starts_now(top, day) + starts, day };
}

float ps_tops_read(const struct ps_tops *tops, uint64_t media_key, uint8_t hour, uint32_t now_s)
{
    const struct ps_top *set = &tops->media[hour][set_of(media_key)];

    for (unsigned i = 0; i < PS_TOPS_SET; i++)
        if (set[i].starts > 0.0f && set[i].media_key == media_key)
            return starts_now(&set[i], now_s / DAY_S);
    return 0.0f;
}
