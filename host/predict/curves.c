/* SPDX-License-Identifier: BSD-3-Clause */
/* host/predict/curves.c - see curves.h and curves_priv.h. */
#include "host/predict/curves.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/assert.h"
#include "host/base/hash.h"
#include "host/base/mem.h"
#include "host/predict/curves_priv.h"

/* ---- members ---- */

static bool is_same(const struct ps_curves_class *a, const struct ps_curves_class *b)
{
    return a->is_other == b->is_other && a->region == b->region && a->device == b->device;
}

/* The key's place in the table, or the empty one that it would take. */
static uint32_t *entry_of(const struct ps_curves *curves, const struct ps_curves_class *key)
{
    const uint32_t words[] = { key->region, key->device, key->is_other };
    const uint32_t mask = curves->table_size - 1;
    uint32_t at = (uint32_t)ps_hash64(words, sizeof(words)) & mask;

    while (curves->table[at] != 0 && !is_same(&curves->members[curves->table[at] - 1].key, key))
        at = (at + 1) & mask;
    return &curves->table[at];
}

static uint32_t find(const struct ps_curves *curves, const struct ps_curves_class *key)
{
    const uint32_t entry = *entry_of(curves, key);

    return entry == 0 ? PS_CURVES_NONE : entry - 1;
}

void ps_curves_enter(struct ps_curves *curves, uint32_t place)
{
    *entry_of(curves, &curves->members[place].key) = place + 1;
}

/* A series that begins later was at zero until then. */
static uint32_t add(struct ps_curves *curves, enum ps_curves_kind kind,
                    const struct ps_curves_class *key)
{
    const uint32_t place = curves->mind.member_count++;
    const struct ps_series *total = &curves->members[PS_CURVES_PLACE_TOTAL].series;
    struct ps_curves_member *member = &curves->members[place];

    ps_assert(place < curves->capacity);
    *member = (struct ps_curves_member){
        .key = *key, .kind = kind, .region = PS_CURVES_NONE, .device = PS_CURVES_NONE
    };
    if (place != PS_CURVES_PLACE_TOTAL) {
        member->series.age = total->age;
        memcpy(member->series.days, total->days, sizeof(total->days));
        memcpy(member->series.seen, total->seen, sizeof(total->seen));
    }
    ps_mix_drop(&member->mix);
    for (unsigned s = 0; s < PS_CURVES_STEPS; s++)
        member->told[s] = NAN;
    ps_curves_enter(curves, place);
    return place;
}

static uint32_t count_kind(const struct ps_curves *curves, enum ps_curves_kind kind)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < curves->mind.member_count; i++)
        count += curves->members[i].kind == kind;
    return count;
}

/* The sum with this key; PS_CURVES_NONE when there are too many of its kind. */
static uint32_t sum_of(struct ps_curves *curves, enum ps_curves_kind kind, uint32_t max,
                       const struct ps_curves_class *key)
{
    const uint32_t place = find(curves, key);

    if (place != PS_CURVES_NONE || count_kind(curves, kind) >= max)
        return place;
    return add(curves, kind, key);
}

static uint32_t class_of(struct ps_curves *curves, const struct ps_peer_class *peer)
{
    const struct ps_curves_class key = { .region = peer->region, .device = peer->device };
    const struct ps_curves_class region = { .region = peer->region, .device = PS_CURVES_ANY };
    const struct ps_curves_class device = { .region = PS_CURVES_ANY, .device = peer->device };
    uint32_t place = find(curves, &key), of_region, of_device;

    if (place != PS_CURVES_NONE)
        return place;
    if (curves->mind.status.classes >= curves->classes_max)
        return PS_CURVES_PLACE_OTHER;
    of_region = sum_of(curves, PS_CURVES_REGION, PS_CURVES_REGIONS_MAX, &region);
    of_device = sum_of(curves, PS_CURVES_DEVICE, PS_CURVES_DEVICES_MAX, &device);
    place = add(curves, PS_CURVES_CLASS, &key);
    curves->members[place].region = of_region;
    curves->members[place].device = of_device;
    curves->mind.status.classes++;
    return place;
}

/* ---- creation ---- */

static void begin(struct ps_curves *curves)
{
    const struct ps_curves_class total = { .region = PS_CURVES_ANY, .device = PS_CURVES_ANY };
    const struct ps_curves_class other = { .is_other = true };

    add(curves, PS_CURVES_TOTAL, &total);
    add(curves, PS_CURVES_CLASS, &other);
}

int ps_curves_create(struct ps_curves **ret_curves, uint32_t classes_max)
{
    struct ps_curves *curves;

    if (classes_max == 0 || classes_max > PS_CURVES_CLASSES_MAX)
        return -EINVAL;
    curves = ps_zalloc(1, sizeof(*curves));
    if (curves == NULL)
        return -ENOMEM;
    curves->classes_max = classes_max;
    curves->capacity = 2 + classes_max + PS_CURVES_REGIONS_MAX + PS_CURVES_DEVICES_MAX;
    curves->table_size = 1024; /* twice the largest capacity is less */
    curves->members = ps_zalloc(curves->capacity, sizeof(*curves->members));
    curves->table = ps_zalloc(curves->table_size, sizeof(*curves->table));
    if (curves->members == NULL || curves->table == NULL) {
        ps_curves_destroy(curves);
        return -ENOMEM;
    }
    begin(curves);
    *ret_curves = curves;
    return 0;
}

void ps_curves_destroy(struct ps_curves *curves)
{
    if (curves == NULL)
        return;
    free(curves->table);
    free(curves->members);
    free(curves);
}

/* ---- time and samples ---- */

/* Nobody counted for long: go on as if that time had not been, but for the hour of the day. */
static void leap(struct ps_curves *curves, uint64_t interval)
{
    for (uint32_t i = 0; i < curves->mind.member_count; i++) {
        ps_mix_drop(&curves->members[i].mix);
        curves->members[i].count = 0;
    }
    curves->mind.interval = interval;
    curves->mind.status.gaps++;
}

static void advance(struct ps_curves *curves, uint64_t now_ns)
{
    struct ps_curves_mind *mind = &curves->mind;
    const uint64_t interval = now_ns / PS_CURVES_INTERVAL_NS;

    if (now_ns <= mind->now_ns)
        return;
    mind->now_ns = now_ns;
    if (interval <= mind->interval)
        return;
    if (mind->interval == 0)
        mind->interval = interval;
    if (interval - mind->interval > PS_CURVES_GAP_MAX) {
        leap(curves, interval);
        if (mind->status.intervals > 0)
            ps_curves_foresee(curves);
    }
    while (mind->interval < interval) {
        ps_curves_tick(curves);
        ps_curves_foresee(curves);
    }
}

static void count(struct ps_curves *curves, const struct ps_peer_class *peer, uint32_t starts)
{
    const uint32_t place = class_of(curves, peer);
    struct ps_curves_member *member = &curves->members[place];

    member->count += starts;
    curves->members[PS_CURVES_PLACE_TOTAL].count += starts;
    if (member->region != PS_CURVES_NONE)
        curves->members[member->region].count += starts;
    if (member->device != PS_CURVES_NONE)
        curves->members[member->device].count += starts;
    curves->mind.status.starts += starts;
    if (place == PS_CURVES_PLACE_OTHER)
        curves->mind.status.unclassed += starts;
}

static void take(struct ps_curves *curves, const struct ps_demand_sample *sample, uint64_t now_ns)
{
    const uint64_t end_ns = sample->end_ns < now_ns ? sample->end_ns : now_ns;
    const uint64_t at_ns = end_ns - (end_ns > sample->start_ns); /* an end is not within */

    if (sample->starts == 0)
        return;
    advance(curves, at_ns);
    if (at_ns / PS_CURVES_INTERVAL_NS + 1 < curves->mind.interval)
        curves->mind.status.late += sample->starts;
    else
        count(curves, &sample->peer, sample->starts);
}

void ps_curves_learn(struct ps_curves *curves, const struct ps_demand *demand, uint64_t now_ns)
{
    for (uint32_t i = 0; i < demand->count; i++)
        take(curves, &demand->samples[i], now_ns);
    advance(curves, now_ns);
}

/* ---- answers ---- */

uint32_t ps_curves_list(const struct ps_curves *curves, struct ps_curves_class *ret, uint32_t max)
{
    uint32_t count = 0;

    for (uint32_t i = PS_CURVES_PLACE_OTHER + 1; i < curves->mind.member_count && count < max; i++)
        if (curves->members[i].kind == PS_CURVES_CLASS)
            ret[count++] = curves->members[i].key;
    return count;
}

/* @return 0, -ENOENT or -EAGAIN. */
static int member_of(const struct ps_curves *curves, const struct ps_curves_class *of,
                     const struct ps_curves_member **ret_member)
{
    const uint32_t place = find(curves, of);

    if (place == PS_CURVES_NONE)
        return -ENOENT;
    *ret_member = &curves->members[place];
    return isnan(curves->members[place].told[0]) ? -EAGAIN : 0;
}

int ps_curves_tell(const struct ps_curves *curves, const struct ps_curves_class *of,
                   struct ps_curve *ret_curve)
{
    const struct ps_curves_member *member;
    const int rc = member_of(curves, of, &member);

    if (rc != 0)
        return rc;
    ret_curve->start_ns = curves->mind.interval * PS_CURVES_INTERVAL_NS;
    for (uint32_t s = 0; s < PS_CURVES_STEPS; s++) {
        struct ps_curve_step *step = &ret_curve->step[s];

        step->expected = (double)member->told[s];
        ps_curves_quantiles(curves, member, s + 1, step->expected, step->quantile);
        step->median = ps_spread_median(step->expected, ps_curves_relative(curves, member, s + 1));
    }
    return 0;
}

/* Steps from..to share @p sum as the member's curve does. */
static void share_out(const struct ps_curves_member *member, double sum, uint32_t from, uint32_t to,
                      struct ps_curve *ret_curve)
{
    double whole = 0.0;

    for (uint32_t s = from; s < to; s++)
        whole += (double)member->told[s];
    for (uint32_t s = from; s < to; s++)
        ret_curve->step[s].expected =
            sum * (whole > 0.0 ? (double)member->told[s] / whole : 1.0 / (double)(to - from));
}

int ps_curves_spread(const struct ps_curves *curves, const double expected[PS_HORIZON_COUNT],
                     const double relative[PS_HORIZON_COUNT], const struct ps_curves_class *of,
                     uint64_t now_ns, struct ps_curve *ret_curve)
{
    const struct ps_curves_member *member;
    const int rc = member_of(curves, of, &member);
    double before = 0.0;
    uint32_t from = 0;

    if (rc != 0)
        return rc;
    ret_curve->start_ns = now_ns;
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++) {
        share_out(member, fmax(expected[h] - before, 0.0), from, ps_mix_lead[h], ret_curve);
        before = fmax(expected[h], before);
        from = ps_mix_lead[h];
    }
    for (uint32_t s = 0, h = 0; s < PS_CURVES_STEPS; s++) {
        struct ps_curve_step *step = &ret_curve->step[s];

        h += s == ps_mix_lead[h];
        ps_spread_quantiles(step->expected, relative[h], ps_curve_levels, step->quantile);
        step->median = floor(step->quantile[PS_CURVE_MEDIAN]);
    }
    return 0;
}

/* Of those who have something to say. */
static void normalise(struct ps_curves_opinion opinions[PS_EXPERT_COUNT], enum ps_horizon h)
{
    double awake = 0.0;

    for (unsigned e = 0; e < PS_EXPERT_COUNT; e++)
        awake += isnan(opinions[e].expected[h]) ? 0.0 : opinions[e].weight[h];
    for (unsigned e = 0; e < PS_EXPERT_COUNT; e++)
        opinions[e].weight[h] =
            isnan(opinions[e].expected[h]) ? 0.0 : opinions[e].weight[h] / awake;
}

uint32_t ps_curves_opinions(const struct ps_curves *curves, const struct ps_curves_class *of,
                            struct ps_curves_opinion ret[PS_CURVES_EXPERTS_MAX])
{
    const struct ps_curves_member *member;
    double weights[PS_HORIZON_COUNT][PS_EXPERT_COUNT];

    if (member_of(curves, of, &member) != 0)
        return 0;
    ps_mix_weigh(&member->mix, &curves->mind.pool[member->kind], weights);
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++) {
        const uint64_t interval = curves->mind.interval - 1 + ps_mix_lead[h];
        const struct ps_forecast *forecast = &member->mix.waiting[ps_mix_place(h, interval)];

        for (unsigned e = 0; e < PS_EXPERT_COUNT; e++) {
            ret[e].name = ps_expert_name(e);
            ret[e].expected[h] = (double)forecast->says[e];
            ret[e].weight[h] = weights[h][e];
        }
        normalise(ret, h);
    }
    return PS_EXPERT_COUNT;
}

void ps_curves_status(const struct ps_curves *curves, struct ps_curves_status *ret_status)
{
    *ret_status = curves->mind.status;
}
