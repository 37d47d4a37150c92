/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/generate/catalogue.h - the media: what kind, when born, how popular now, what follows.
 *
 * A category's media are neighbours, and so are a series' episodes. Times are seconds from t0.
 */
#ifndef PS_TOOLS_GENERATE_CATALOGUE_H
#define PS_TOOLS_GENERATE_CATALOGUE_H

#include "tools/chance.h"
#include "tools/generate/generate.h"

struct gen_medium {
    double born_s;
    float weight; /* by rank */
    uint32_t length_s;
    uint8_t category;
    bool has_sequel; /* the next medium */
};

struct gen_catalogue {
    struct gen_medium *media;
    double *popularity, *sums; /* of each medium now, with its age; a category's running sums */
    uint32_t first[GEN_CATEGORIES + 1];
    double total[GEN_CATEGORIES]; /* 0: nothing of it is there yet */
};

/** @return 0 or -ENOMEM; gen_catalogue_fini() is due either way. */
int gen_catalogue_init(struct gen_catalogue *catalogue, const struct gen_config *cfg);
void gen_catalogue_fini(struct gen_catalogue *catalogue);

/** Popularity as of @p now_s. */
void gen_catalogue_age(struct gen_catalogue *catalogue, const struct gen_config *cfg, double now_s);

/** A medium of this category, by popularity. Its total must not be 0. */
uint32_t gen_catalogue_pick(const struct gen_catalogue *catalogue, uint32_t category, double u);

/** A length that this category has, in seconds. */
uint32_t gen_length(struct chance *chance, uint32_t category);

/** Part of all requests, before taste and hour. The parts' sum is 1. */
double gen_category_share(uint32_t category);

#endif
