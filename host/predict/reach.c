/* SPDX-License-Identifier: BSD-3-Clause */
/* host/predict/reach.c - see reach_priv.h. */
#include "host/predict/reach_priv.h"

#include <math.h>
#include <stddef.h>

#include "host/base/assert.h"

#define DAY_S            86400u
#define ENOUGH           256u /* requests for a media's segment; then all count half */
#define ENOUGH_SUMMED    4096.0f
#define ENOUGH_STARTS    64.0f
#define STARTS_AT_LEAST  8.0f /* of the NIC, to lean on them */
#define STARTS_FOR_SHARE 1.0f /* requests for segment 0, below which nothing is told */

static uint32_t set_of(uint64_t media_key)
{
    const uint64_t h = (media_key ^ media_key >> 31) * 0x9e3779b97f4a7c15ull;

    return (uint32_t)(h >> 40) % (PS_REACH_TITLES / PS_REACH_SET) * PS_REACH_SET;
}

static const struct ps_reach_title *find(const struct ps_reach *reach, uint64_t media_key)
{
    const struct ps_reach_title *set = &reach->titles[set_of(media_key)];

    for (unsigned i = 0; i < PS_REACH_SET; i++)
        if (set[i].seen_s != 0 && set[i].media_key == media_key)
            return &set[i];
    return NULL;
}

/* How much is known of it; each day that it was not seen halves that. */
static float seen(const struct ps_reach_title *title, uint32_t now_s)
{
    const uint32_t days = now_s > title->seen_s ? (now_s - title->seen_s) / DAY_S : 0;

    if (title->seen_s == 0)
        return -1.0f;
    return ((float)title->asked[0] + title->starts) * exp2f(-(float)days);
}

static struct ps_reach_title *take(struct ps_reach *reach, uint64_t media_key, uint32_t now_s)
{
    struct ps_reach_title *set = &reach->titles[set_of(media_key)], *least = set;

    for (unsigned i = 0; i < PS_REACH_SET; i++) {
        if (set[i].seen_s != 0 && set[i].media_key == media_key) {
            least = &set[i];
            break;
        }
        if (seen(&set[i], now_s) < seen(least, now_s))
            least = &set[i];
    }
    if (least->seen_s == 0 || least->media_key != media_key)
        *least = (struct ps_reach_title){ .media_key = media_key };
    least->seen_s = now_s == 0 ? 1 : now_s;
    return least;
}

static void add_to_title(struct ps_reach_title *title, uint32_t index)
{
    if (++title->asked[index] < ENOUGH)
        return;
    for (unsigned k = 0; k < PS_PREDICT_SEGMENTS; k++)
        title->asked[k] /= 2;
}

static void add_to_sum(struct ps_reach_sum *sum, uint32_t index)
{
    sum->asked[index] += 1.0f;
    for (unsigned k = 0; sum->asked[index] >= ENOUGH_SUMMED && k < PS_PREDICT_SEGMENTS; k++)
        sum->asked[k] *= 0.5f;
}

void ps_reach_add(struct ps_reach *reach, uint64_t media_key, uint8_t category, uint32_t index,
                  uint32_t now_s)
{
    ps_assert(index < PS_PREDICT_SEGMENTS);
    add_to_title(take(reach, media_key, now_s), index);
    add_to_sum(&reach->category[category % PS_CATEGORIES], index);
    add_to_sum(&reach->all, index);
}

void ps_reach_count(struct ps_reach *reach, uint64_t media_key, uint32_t starts, uint32_t segments,
                    uint32_t now_s)
{
    struct ps_reach_title *title = take(reach, media_key, now_s);

    title->starts += (float)starts;
    title->segments += (float)segments;
    if (title->starts >= ENOUGH_STARTS) {
        title->starts *= 0.5f;
        title->segments *= 0.5f;
    }
}

/* What was seen, leaning on what is in @p share. */
static void lean(const float asked[PS_PREDICT_SEGMENTS], float share[PS_PREDICT_SEGMENTS])
{
    if (asked[0] < STARTS_FOR_SHARE)
        return;
    for (unsigned k = 0; k < PS_PREDICT_SEGMENTS; k++)
        share[k] = (asked[k] + PS_REACH_LEAN * share[k]) / (asked[0] + PS_REACH_LEAN);
}

/* So many segments a start, 1 + q + q^2 ..., say which part q stays each time. */
static void lean_on_rate(const struct ps_reach_title *title, float share[PS_PREDICT_SEGMENTS])
{
    const float a_start = title->segments / fmaxf(title->starts, 1.0f);
    const float stays = a_start <= 1.0f ? 0.0f : 1.0f - 1.0f / a_start;
    float asked[PS_PREDICT_SEGMENTS] = { title->starts };

    if (title->starts < STARTS_AT_LEAST)
        return;
    for (unsigned k = 1; k < PS_PREDICT_SEGMENTS; k++)
        asked[k] = asked[k - 1] * stays;
    lean(asked, share);
}

void ps_reach_read(const struct ps_reach *reach, uint64_t media_key, uint8_t category,
                   float ret_share[PS_PREDICT_SEGMENTS])
{
    const struct ps_reach_title *title = find(reach, media_key);
    float asked[PS_PREDICT_SEGMENTS];

    ret_share[0] = 1.0f;
    for (unsigned k = 1; k < PS_PREDICT_SEGMENTS; k++)
        ret_share[k] = ret_share[k - 1] * PS_REACH_STAYS;
    lean(reach->all.asked, ret_share);
    lean(reach->category[category % PS_CATEGORIES].asked, ret_share);
    if (title != NULL) {
        for (unsigned k = 0; k < PS_PREDICT_SEGMENTS; k++)
            asked[k] = (float)title->asked[k];
        lean_on_rate(title, ret_share);
        lean(asked, ret_share);
    }
    for (unsigned k = 1; k < PS_PREDICT_SEGMENTS; k++) /* who begins later came to no earlier one */
        ret_share[k] = fminf(ret_share[k], ret_share[k - 1]);
}
