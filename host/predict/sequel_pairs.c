/* SPDX-License-Identifier: BSD-3-Clause */
/* host/predict/sequel_pairs.c - see sequel_pairs_priv.h. */
#include "host/predict/sequel_pairs_priv.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/mem.h"

#define WAYS           4u
#define ONE_IN_HALVES  254u   /* bits of 1.0f >> 22 */
#define ONCE           64u    /* count_64 of one time */
#define WEAR           16u    /* what a pair loses when another would like its place */
#define STARTS_MAX     512.0f /* of an item; then it is halved */
#define CHANCE_MAX     0.98f
#define FIRST_SAID     8.0f
#define LORE_MAX       65536.0f
#define KEEP_LEAST     0.125f
#define DAY_S          86400.0f
#define TOLD           0x8000u
#define OCTAVE         4096.0f
#define LATER_MEMORY   16.0f /* times that a pair's delay remembers */
#define SPREAD_FIRST   0.5f  /* octaves, of a pair seen once */
#define SPREAD_TOLD    0.15f
#define FOLLOWS_MEMORY 1024.0f
#define SHARE_OF_LEAST 1000.0f /* starts, below which an item's share is not yet known */

/* Before anything is known: what part of a class's shares comes true, by times seen. */
static const float first_worth[PS_SEQUEL_SUPPORTS] = { 0.3f, 0.5f, 0.6f, 0.7f, 0.8f, 0.9f };

int ps_sequel_pairs_init(struct ps_sequel_pairs *pairs, uint32_t pairs_max)
{
    uint32_t set_count = 1;

    while (set_count * WAYS * PS_SEQUEL_FOLLOWERS < pairs_max)
        set_count *= 2;
    pairs->lore =
        (struct ps_sequel_lore){ .follows = 1.0f, .later_mean = 5.0f, .later_spread = 2.0f };
    for (uint32_t i = 0; i < PS_SEQUEL_CLASSES; i++) {
        const uint32_t support = i / PS_SEQUEL_RATIOS;
        const bool told = support >= PS_SEQUEL_SUPPORTS;

        pairs->lore.worth[i].said = FIRST_SAID;
        pairs->lore.worth[i].came = FIRST_SAID * (told ? 1.0f : first_worth[support]);
    }
    pairs->set_count = set_count;
    pairs->items = ps_zalloc((size_t)set_count * WAYS, sizeof(*pairs->items));
    if (pairs->items == NULL)
        return -ENOMEM;
    for (uint32_t i = 0; i < ps_sequel_item_count(pairs); i++)
        pairs->items[i].starts = -1.0f;
    return 0;
}

void ps_sequel_pairs_fini(struct ps_sequel_pairs *pairs)
{
    free(pairs->items);
}

uint32_t ps_sequel_item_count(const struct ps_sequel_pairs *pairs)
{
    return pairs->set_count * WAYS;
}

/* How much would be lost with it: what follows it, how often and how surely. */
static float keep(const struct ps_sequel_item *item, uint32_t now_s)
{
    const uint32_t age_s = now_s > item->last_s ? now_s - item->last_s : 0;
    uint32_t most_64 = 0;
    float most;

    if (item->starts < 0.0f)
        return -1.0f;
    for (uint32_t i = 0; i < PS_SEQUEL_FOLLOWERS; i++)
        if (item->pairs[i].count_64 > most_64)
            most_64 = item->pairs[i].count_64;
    most = (float)most_64 / (float)ONCE;
    return (KEEP_LEAST + most * most / (item->starts + 1.0f)) / (1.0f + (float)age_s / DAY_S);
}

static uint32_t set_of(const struct ps_sequel_pairs *pairs, uint64_t key)
{
    const uint64_t hash = (key * 0x9e3779b97f4a7c15ull) >> 32;

    return ((uint32_t)hash & (pairs->set_count - 1)) * WAYS;
}

void ps_sequel_item_prepare(const struct ps_sequel_pairs *pairs, uint64_t key)
{
    const struct ps_sequel_item *set = &pairs->items[set_of(pairs, key)];

    for (uint32_t i = 0; i < WAYS; i++)
        __builtin_prefetch(&set[i]);
}

static uint32_t find(const struct ps_sequel_pairs *pairs, uint32_t set, uint64_t key)
{
    uint32_t i = set;

    while (i < set + WAYS && (pairs->items[i].key != key || pairs->items[i].starts < 0.0f))
        i++;
    return i;
}

static uint32_t victim_of(const struct ps_sequel_pairs *pairs, uint32_t set, uint32_t now_s)
{
    float least = keep(&pairs->items[set], now_s);
    uint32_t victim = set;

    for (uint32_t i = set + 1; i < set + WAYS; i++) {
        const float other = keep(&pairs->items[i], now_s);

        if (other < least) {
            least = other;
            victim = i;
        }
    }
    return victim;
}

uint32_t ps_sequel_item_take(struct ps_sequel_pairs *pairs, uint64_t key, uint32_t now_s)
{
    const uint32_t set = set_of(pairs, key);
    uint32_t place = find(pairs, set, key);

    if (place == set + WAYS) {
        place = victim_of(pairs, set, now_s);
        pairs->items[place] =
            (struct ps_sequel_item){ .key = key, .born_s = now_s, .all_since = pairs->lore.starts };
    }
    pairs->items[place].last_s = now_s;
    return place;
}

static bool is_told(const struct ps_sequel_pair *pair)
{
    return (pair->told_share & TOLD) != 0;
}

static bool is_used(const struct ps_sequel_pair *pair)
{
    return pair->count_64 != 0 || is_told(pair);
}

static float count_of(const struct ps_sequel_pair *pair)
{
    return (float)pair->count_64 / (float)ONCE;
}

struct ps_sequel_pair *ps_sequel_pair_find(struct ps_sequel_item *item, uint64_t key)
{
    for (uint32_t i = 0; i < PS_SEQUEL_FOLLOWERS; i++)
        if (item->pairs[i].item == key && is_used(&item->pairs[i]))
            return &item->pairs[i];
    return NULL;
}

/* Share of the item's @p starts that the pair followed, less what popularity alone would give. A
 * told pair is taken at its word until it was tried. */
static float ratio_of(const struct ps_sequel_lore *lore, const struct ps_sequel_pair *pair,
                      float starts)
{
    const float share = (float)(pair->told_share & ~TOLD) / (float)TOLD;
    const float count = count_of(pair) - lore->follows * share * starts;
    const float ratio = is_told(pair) ? (count + 1.0f) / (starts + 2.0f) : count / (starts + 0.01f);

    return ratio > 1.0f ? 1.0f : ratio;
}

/* Half octaves below 1, straight from the number's bits: its exponent and the bit after. */
static uint32_t ratio_class(float ratio)
{
    uint32_t bits, below;

    memcpy(&bits, &ratio, sizeof(bits));
    below = ratio > 0.0f ? ONE_IN_HALVES - (bits >> 22) : PS_SEQUEL_RATIOS;
    return below < PS_SEQUEL_RATIOS ? below : PS_SEQUEL_RATIOS - 1;
}

static uint32_t support_class(const struct ps_sequel_pair *pair)
{
    static const uint8_t classes[] = { 0, 0, 1, 2, 3, 3, 3, 4, 4, 4, 4 };
    const uint32_t times = (pair->count_64 + ONCE / 2) / ONCE;

    return times < PS_ARRAY_LEN(classes) ? classes[times] : PS_SEQUEL_SUPPORTS - 1;
}

static uint32_t class_of(const struct ps_sequel_pair *pair, float ratio)
{
    const uint32_t told = is_told(pair) ? 1 : 0;

    return (told * PS_SEQUEL_SUPPORTS + support_class(pair)) * PS_SEQUEL_RATIOS +
           ratio_class(ratio);
}

static float chance_of(const struct ps_sequel_worth *worth, float ratio)
{
    return fminf(CHANCE_MAX, ratio * worth->came / worth->said);
}

float ps_sequel_chance(const struct ps_sequel_pairs *pairs, const struct ps_sequel_item *item,
                       const struct ps_sequel_pair *pair)
{
    float ratio;

    if (!is_used(pair))
        return 0.0f;
    ratio = ratio_of(&pairs->lore, pair, item->starts);
    return ratio <= 0.0f ? 0.0f : chance_of(&pairs->lore.worth[class_of(pair, ratio)], ratio);
}

static void halve(struct ps_sequel_item *item)
{
    item->starts *= 0.5f;
    for (uint32_t i = 0; i < PS_SEQUEL_FOLLOWERS; i++)
        item->pairs[i].count_64 /= 2;
}

float ps_sequel_try(struct ps_sequel_pairs *pairs, const struct ps_sequel_item *item,
                    const struct ps_sequel_pair *pair)
{
    struct ps_sequel_worth *worth;
    float ratio;

    if (!is_used(pair))
        return 0.0f;
    ratio = ratio_of(&pairs->lore, pair, item->starts);
    if (ratio <= 0.0f)
        return 0.0f;
    worth = &pairs->lore.worth[class_of(pair, ratio)];
    worth->said += ratio;
    if (worth->said > LORE_MAX)
        *worth = (struct ps_sequel_worth){ worth->said / 2, worth->came / 2 };
    return chance_of(worth, ratio);
}

void ps_sequel_item_start(struct ps_sequel_pairs *pairs, struct ps_sequel_item *item)
{
    item->starts += 1.0f;
    if (item->starts > STARTS_MAX)
        halve(item);
    item->starts_since++;
    pairs->lore.starts++;
}

void ps_sequel_follows(struct ps_sequel_pairs *pairs, uint32_t count)
{
    pairs->lore.follows += ((float)count - pairs->lore.follows) / FOLLOWS_MEMORY;
}

static struct ps_sequel_pair *place_for(struct ps_sequel_item *item, uint64_t key)
{
    struct ps_sequel_pair *least = NULL;

    for (uint32_t i = 0; i < PS_SEQUEL_FOLLOWERS; i++) {
        struct ps_sequel_pair *pair = &item->pairs[i];

        if (!is_told(pair) && (least == NULL || pair->count_64 < least->count_64))
            least = pair;
    }
    if (least == NULL)
        return NULL;
    if (least->count_64 > WEAR) {
        least->count_64 = (uint16_t)(least->count_64 - WEAR);
        return NULL;
    }
    *least = (struct ps_sequel_pair){ .item = key };
    return least;
}

static uint16_t in_octaves(float octaves)
{
    return (uint16_t)fminf(65535.0f, octaves * OCTAVE);
}

static void time_pair(struct ps_sequel_lore *lore, struct ps_sequel_pair *pair, uint32_t later_s)
{
    const float x = log2f(1.0f + (float)later_s);
    const float n = count_of(pair) < LATER_MEMORY ? count_of(pair) : LATER_MEMORY;
    const float mean = (float)pair->later / OCTAVE, spread = (float)pair->spread / OCTAVE;
    const float step = (x - mean) / n;
    const float variance = (1.0f - 1.0f / n) * spread * spread + step * (x - mean - step);

    if (n <= 1.0f && pair->spread == 0) {
        pair->later = in_octaves(x);
        pair->spread = in_octaves(SPREAD_FIRST);
    } else {
        pair->later = in_octaves(mean + step);
        pair->spread = in_octaves(sqrtf(variance));
    }
    lore->later_mean += (x - lore->later_mean) / 1024.0f;
    lore->later_spread += (fabsf(x - lore->later_mean) - lore->later_spread) / 1024.0f;
}

void ps_sequel_pair_count(struct ps_sequel_pairs *pairs, struct ps_sequel_item *item,
                          const struct ps_sequel_item *next, uint32_t later_s)
{
    struct ps_sequel_pair *pair = ps_sequel_pair_find(item, next->key);
    const float share = (float)next->starts_since /
                        fmaxf(SHARE_OF_LEAST, (float)(pairs->lore.starts - next->all_since));

    if (pair == NULL)
        pair = place_for(item, next->key);
    else {
        const float ratio = ratio_of(&pairs->lore, pair, item->starts - 1.0f);

        if (ratio > 0.0f)
            pairs->lore.worth[class_of(pair, ratio)].came += 1.0f;
    }
    if (pair == NULL)
        return;
    if (pair->count_64 <= UINT16_MAX - ONCE)
        pair->count_64 = (uint16_t)(pair->count_64 + ONCE);
    pair->told_share =
        (uint16_t)((pair->told_share & TOLD) | (uint32_t)fminf(32767.0f, share * (float)TOLD));
    time_pair(&pairs->lore, pair, later_s);
}

void ps_sequel_pair_tell(struct ps_sequel_pairs *pairs, struct ps_sequel_item *item, uint64_t next,
                         uint32_t later_s)
{
    struct ps_sequel_pair *pair = ps_sequel_pair_find(item, next);

    if (pair == NULL)
        pair = place_for(item, next);
    if (pair == NULL || is_told(pair))
        return;
    pair->told_share |= TOLD;
    if (pair->count_64 != 0)
        return;
    pair->later = in_octaves(later_s == 0 ? pairs->lore.later_mean : log2f(1.0f + (float)later_s));
    pair->spread = in_octaves(later_s == 0 ? pairs->lore.later_spread : SPREAD_TOLD);
}

void ps_sequel_when(const struct ps_sequel_pair *pair, struct ps_sequel_when *ret_when)
{
    /* Speeds of the sums by where the middle lies, in octaves; up to some minutes. */
    const float bounds[PS_AGENDA_FADES] = { 3.5f, 6.3f, 8.6f };
    const float mean = (float)pair->later / OCTAVE;
    const float reach = 1.73f * (float)pair->spread / OCTAVE; /* half an even span's width */

    *ret_when = (struct ps_sequel_when){ .fade = 0 };
    while (ret_when->fade < PS_AGENDA_IN_SLOT && mean > bounds[ret_when->fade])
        ret_when->fade++;
    ret_when->from_s = (uint32_t)fmaxf(0.0f, exp2f(mean - reach) - 1.0f);
    ret_when->mid_s = ret_when->from_s + 1 + (uint32_t)(exp2f(mean) - exp2f(mean - reach));
    ret_when->to_s =
        ret_when->mid_s + 1 + (uint32_t)(exp2f(fminf(14.0f, mean + reach)) - exp2f(mean));
}
