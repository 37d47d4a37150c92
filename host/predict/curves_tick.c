/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/predict/curves_tick.c - an interval is over: judge what was said of it, learn it, and say
 * anew what comes.
 *
 * Members are in an order in which sums come before their parts, so one pass suffices.
 */
#include <math.h>

#include "host/predict/curves_priv.h"

#define SUM_KEEP 0.98 /* of the losses that decide between the total's own mix and its parts' */

/* ---- judging and learning ---- */

/* The total is told twice: by its own experts, and as the sum of its parts. */
static void judge_sum(struct ps_curves_mind *mind, struct ps_curves_member *total)
{
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++) {
        const struct ps_forecast *forecast = ps_mix_waiting(&total->mix, h, mind->interval);
        const double scale = total->mix.scale[h] + 0.1;
        const double count = (double)total->count;

        if (!isnan(forecast->told))
            mind->sum_loss[h] =
                SUM_KEEP * mind->sum_loss[h] +
                (fabs((double)forecast->other - count) - fabs((double)forecast->direct - count)) /
                    scale;
    }
}

static double count_of(const struct ps_curves *curves, uint32_t place)
{
    return place == PS_CURVES_NONE ? -1.0 : (double)curves->members[place].count;
}

static void learn(struct ps_curves *curves, struct ps_curves_member *member)
{
    const bool is_total = member->kind == PS_CURVES_TOTAL;
    const double whole[PS_SERIES_PARENTS] = {
        is_total ? -1.0 : count_of(curves, PS_CURVES_PLACE_TOTAL),
        count_of(curves, member->region),
        count_of(curves, member->device),
    };

    ps_series_learn(&member->series, curves->mind.interval, (double)member->count, whole);
}

void ps_curves_tick(struct ps_curves *curves)
{
    struct ps_curves_mind *mind = &curves->mind;

    judge_sum(mind, &curves->members[PS_CURVES_PLACE_TOTAL]);
    for (uint32_t i = 0; i < mind->member_count; i++) {
        struct ps_curves_member *member = &curves->members[i];

        ps_mix_judge(&member->mix, &mind->pool[member->kind], mind->interval,
                     (double)member->count);
        learn(curves, member);
    }
    for (unsigned k = 0; k < PS_CURVES_KIND_COUNT; k++)
        ps_pool_settle(&mind->pool[k]);
    for (uint32_t i = 0; i < mind->member_count; i++)
        curves->members[i].count = 0;
    mind->status.intervals++;
    mind->interval++;
}

/* ---- saying ---- */

static enum ps_horizon horizon_of(uint32_t lead)
{
    unsigned h = 0;

    while (h < PS_HORIZON_COUNT && ps_mix_lead[h] != lead)
        h++;
    return h;
}

static double told_of(const struct ps_curves *curves, uint32_t place, uint32_t lead)
{
    return place == PS_CURVES_NONE ? NAN : (double)curves->members[place].told[lead - 1];
}

/* What the member's own experts make of it, before all agree. */
static void say(struct ps_curves *curves, struct ps_curves_member *member)
{
    const bool is_total = member->kind == PS_CURVES_TOTAL;
    const uint64_t last = curves->mind.interval - 1;
    double weights[PS_HORIZON_COUNT][PS_EXPERT_COUNT];
    float says[PS_EXPERT_COUNT];

    ps_mix_weigh(&member->mix, &curves->mind.pool[member->kind], weights);
    for (uint32_t lead = 1; lead <= PS_CURVES_STEPS; lead++) {
        const enum ps_horizon h = horizon_of(lead);
        const double parents[PS_SERIES_PARENTS] = {
            is_total ? NAN : told_of(curves, PS_CURVES_PLACE_TOTAL, lead),
            told_of(curves, member->region, lead),
            told_of(curves, member->device, lead),
        };

        ps_series_say(&member->series, last, lead, parents, says);
        member->told[lead - 1] = (float)ps_mix_blend(says, weights, lead);
        if (h < PS_HORIZON_COUNT) {
            struct ps_forecast *forecast = ps_mix_waiting(&member->mix, h, last + lead);

            for (unsigned e = 0; e < PS_EXPERT_COUNT; e++)
                forecast->says[e] = says[e];
            forecast->direct = member->told[lead - 1];
        }
    }
}

/* @return What the total is told to be; @p parts is the sum of what its parts say. */
static double settle_total(struct ps_curves *curves, uint32_t lead, double parts)
{
    struct ps_curves_member *total = &curves->members[PS_CURVES_PLACE_TOTAL];
    const double direct = (double)total->told[lead - 1];
    const double loss = ps_mix_between(curves->mind.sum_loss, lead);
    const enum ps_horizon h = horizon_of(lead);

    if (h < PS_HORIZON_COUNT)
        ps_mix_waiting(&total->mix, h, curves->mind.interval - 1 + lead)->other = (float)parts;
    return direct + (parts - direct) / (1.0 + exp(loss));
}

static void add_to(struct ps_curves *curves, uint32_t place, uint32_t lead, float part)
{
    if (place != PS_CURVES_NONE)
        curves->members[place].told[lead - 1] += part;
}

/* Scale the classes to the total, and make the other sums sums again. */
static void reconcile(struct ps_curves *curves, uint32_t lead)
{
    const uint32_t count = curves->mind.member_count;
    struct ps_curves_member *members = curves->members;
    double parts = 0.0, total, scale;

    for (uint32_t i = 0; i < count; i++)
        parts += members[i].kind == PS_CURVES_CLASS ? (double)members[i].told[lead - 1] : 0.0;
    total = settle_total(curves, lead, parts);
    scale = parts > 0.0 ? total / parts : 0.0;
    for (uint32_t i = 0; i < count; i++)
        if (members[i].kind != PS_CURVES_CLASS)
            members[i].told[lead - 1] = 0.0f;
    for (uint32_t i = 0; i < count; i++) {
        if (members[i].kind != PS_CURVES_CLASS)
            continue;
        members[i].told[lead - 1] *= (float)scale;
        add_to(curves, PS_CURVES_PLACE_TOTAL, lead, members[i].told[lead - 1]);
        add_to(curves, members[i].region, lead, members[i].told[lead - 1]);
        add_to(curves, members[i].device, lead, members[i].told[lead - 1]);
    }
}

double ps_curves_relative(const struct ps_curves *curves, const struct ps_curves_member *member,
                          uint32_t lead)
{
    const struct ps_pool *pool = &curves->mind.pool[member->kind];
    double at[PS_HORIZON_COUNT];

    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++)
        at[h] = ps_dispersion_of(&member->mix.dispersion[h],
                                 ps_dispersion_of(&pool->dispersion[h], 0.0));
    return ps_mix_between(at, lead);
}

void ps_curves_quantiles(const struct ps_curves *curves, const struct ps_curves_member *member,
                         uint32_t lead, double expected, double ret[PS_CURVES_LEVELS])
{
    const struct ps_levels *at = curves->mind.pool[member->kind].levels;
    struct ps_levels levels;
    double wanted[PS_CURVES_LEVELS];

    for (unsigned q = 0; q < PS_CURVES_LEVELS; q++)
        levels.shift[q] = ps_mix_between(
            (const double[]){ at[0].shift[q], at[1].shift[q], at[2].shift[q] }, lead);
    ps_levels_get(&levels, wanted);
    ps_spread_quantiles(expected, ps_curves_relative(curves, member, lead), wanted, ret);
}

/* What is told is written down, to be judged. */
static void note(struct ps_curves *curves, struct ps_curves_member *member)
{
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++) {
        const uint32_t lead = ps_mix_lead[h];
        struct ps_forecast *forecast =
            ps_mix_waiting(&member->mix, h, curves->mind.interval - 1 + lead);
        double quantile[PS_CURVES_LEVELS];

        forecast->told = member->told[lead - 1];
        forecast->relative = (float)ps_curves_relative(curves, member, lead);
        ps_curves_quantiles(curves, member, lead, (double)forecast->told, quantile);
        for (unsigned q = 0; q < PS_CURVES_LEVELS; q++)
            forecast->quantile[q] = (float)quantile[q];
    }
}

void ps_curves_foresee(struct ps_curves *curves)
{
    for (uint32_t i = 0; i < curves->mind.member_count; i++)
        say(curves, &curves->members[i]);
    for (uint32_t lead = 1; lead <= PS_CURVES_STEPS; lead++)
        reconcile(curves, lead);
    for (uint32_t i = 0; i < curves->mind.member_count; i++)
        note(curves, &curves->members[i]);
}
