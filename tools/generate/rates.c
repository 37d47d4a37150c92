/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/generate/rates.c - the true rates: what the generator knows of the interval to come.
 *
 * The same chances that gen_run() draws with, summed instead of drawn. Not known beforehand is
 * only what begins and goes on within one interval, which sequels are too long for.
 */
#include <string.h>

#include "tools/generate/generate_priv.h"

struct expected {
    double category[GEN_CATEGORIES][GEN_PROFILES]; /* shared by popularity */
};

/* Chance that a request of a viewer with this device is for this profile. */
static double profile_of_owner(const struct gen_config *cfg, uint32_t owned, uint32_t profile)
{
    double chance = 0.0;

    for (uint32_t used = 0; used < GEN_DEVICES; used++)
        chance += gen_device_share(cfg, owned, used) * gen_profile_share(used, profile);
    return chance;
}

static void add_wishes(const struct gen *gen, struct expected *expected, uint32_t zone,
                       double requests)
{
    for (uint32_t d = 0; d < GEN_DEVICES; d++) {
        for (uint32_t p = 0; p < GEN_PROFILES; p++) {
            const double part = requests * profile_of_owner(&gen->cfg, d, p);

            for (uint32_t f = 0; f < GEN_CATEGORIES; f++)
                for (uint32_t c = 0; c < GEN_CATEGORIES; c++)
                    expected->category[c][p] += part * gen->audience.class_share[zone][d][f] *
                                                gen->scene.wish[zone][d][f][c];
        }
    }
}

static void add_crowd(struct gen *gen, uint32_t medium, uint32_t zone, double requests)
{
    for (uint32_t d = 0; d < GEN_DEVICES; d++) {
        double share = 0.0;

        for (uint32_t f = 0; f < GEN_CATEGORIES; f++)
            share += gen->audience.class_share[zone][d][f];
        for (uint32_t p = 0; p < GEN_PROFILES; p++)
            gen->surely[medium][p] += (float)(requests * share * profile_of_owner(&gen->cfg, d, p));
    }
}

static void add_tick(struct gen *gen, struct expected *expected, double now_s)
{
    gen_set_scene(gen, now_s);
    for (uint32_t zone = 0; zone < GEN_ZONES_MAX; zone++) {
        double left = gen->scene.rate[zone] * GEN_TICK_S * (1.0 - (double)gen->cfg.one_hits / 100);

        for (uint32_t i = 0; i < gen->crowds.count; i++) {
            const struct gen_crowd *crowd = &gen->crowds.live[i];
            const double taken = left * gen_crowd_share(crowd, zone, now_s);

            if (taken > 0.0)
                add_crowd(gen, crowd->medium, zone, taken);
            left -= taken;
        }
        add_wishes(gen, expected, zone, left);
    }
}

static void add_intents(struct gen *gen, double end_s)
{
    for (uint32_t i = 0; i < gen->intents.count; i++) {
        const struct gen_intent *intent = &gen->intents.heap[i];

        if (!intent->is_telling && intent->is_true && intent->due_s < end_s)
            gen->surely[intent->medium][intent->profile] += 1.0f;
    }
}

/* One line a medium, or one for each of its profiles, of those that are above the threshold. */
static int tell_medium(struct gen *gen, const struct gen_sink *sink, struct gen_rate *rate,
                       const double expected[GEN_PROFILES])
{
    const double above = (double)gen->cfg.rate_above / 1000.0;
    double sum = 0.0;
    int rc = 0;

    for (uint32_t p = 0; p < GEN_PROFILES; p++) {
        sum += expected[p];
        rate->profile = (uint8_t)p;
        rate->expected = expected[p];
        if (gen->cfg.pairs && rc == 0 && expected[p] >= above)
            rc = sink->rate(sink->ctx, rate);
    }
    rate->profile = GEN_PROFILES;
    rate->expected = sum;
    if (!gen->cfg.pairs && sum >= above)
        rc = sink->rate(sink->ctx, rate);
    return rc;
}

int gen_tell_rates(struct gen *gen, const struct gen_sink *sink, double now_s)
{
    struct gen_rate rate = { .t_s = (int64_t)gen->cfg.t0 + (int64_t)now_s };
    struct expected all = { 0 };
    int rc = 0;

    memset(gen->surely, 0, gen->cfg.media * sizeof(*gen->surely));
    for (uint32_t s = 0; s < GEN_INTERVAL_S; s += GEN_TICK_S)
        add_tick(gen, &all, now_s + s);
    add_intents(gen, now_s + GEN_INTERVAL_S);
    for (uint32_t i = 0; rc == 0 && i < gen->cfg.media; i++) {
        const uint32_t c = gen->catalogue.media[i].category;
        const double total = gen->catalogue.total[c];
        const double share = total > 0.0 ? gen->catalogue.popularity[i] / total : 0.0;
        double expected[GEN_PROFILES];

        for (uint32_t p = 0; p < GEN_PROFILES; p++)
            expected[p] = share * all.category[c][p] + (double)gen->surely[i][p];
        rate.medium = i + 1;
        rc = tell_medium(gen, sink, &rate, expected);
    }
    return rc;
}
