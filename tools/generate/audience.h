/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/generate/audience.h - the viewers: where, how active, on what, and what they like when.
 *
 * A zone's viewers are neighbours. Viewers of one class (zone, device, favourite category) differ
 * in activity and in how far their agents are to be believed, in nothing else.
 */
#ifndef PS_TOOLS_GENERATE_AUDIENCE_H
#define PS_TOOLS_GENERATE_AUDIENCE_H

#include "tools/chance.h"
#include "tools/generate/generate.h"

#define GEN_NO_AGENT 255u

struct gen_user {
    uint8_t zone, device, favourite;
    uint8_t lies; /* of 100 times that it could, so often its agent errs; or GEN_NO_AGENT */
    bool is_busy; /* with something intended */
};

struct gen_audience {
    struct gen_user *users;
    double *sums; /* a zone's running sums of activity */
    uint32_t first[GEN_ZONES_MAX + 1];
    double class_share[GEN_ZONES_MAX][GEN_DEVICES][GEN_CATEGORIES]; /* of a zone's activity */
};

/* A minute: the same for all zones, and for all viewers of a class. */
struct gen_scene {
    double rate[GEN_ZONES_MAX]; /* requests a second */
    double total_rate;
    /* Which category a viewer wants; all 0 when there is nothing to be wanted. */
    double wish[GEN_ZONES_MAX][GEN_DEVICES][GEN_CATEGORIES][GEN_CATEGORIES];
};

/** @return 0 or -ENOMEM; gen_audience_fini() is due either way. */
int gen_audience_init(struct gen_audience *audience, const struct gen_config *cfg);
void gen_audience_fini(struct gen_audience *audience);

/** @param has_media  Which categories have anything to be asked for. */
void gen_scene_set(struct gen_scene *scene, const struct gen_config *cfg, double now_s,
                   const bool has_media[GEN_CATEGORIES]);

/** A viewer of the zone, by activity; GEN_NONE: nobody lives there. */
uint32_t gen_audience_pick(const struct gen_audience *audience, uint32_t zone, double u);

/** Chance that a viewer with device @p owned asks from device @p used. */
double gen_device_share(const struct gen_config *cfg, uint32_t owned, uint32_t used);

/** Chance that a device asks for this profile; and the profile's bytes a second. */
double gen_profile_share(uint32_t device, uint32_t profile);
uint32_t gen_profile_bytes(uint32_t profile);
const char *gen_profile_name(uint32_t profile);

#endif
