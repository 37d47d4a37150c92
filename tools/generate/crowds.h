/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/generate/crowds.h - flash crowds: one medium that everybody suddenly wants, and then not.
 *
 * A crowd is decided ten minutes or more before it comes, so that an interval's crowds are known
 * at its start. Times are seconds from t0.
 */
#ifndef PS_TOOLS_GENERATE_CROWDS_H
#define PS_TOOLS_GENERATE_CROWDS_H

#include "tools/generate/catalogue.h"

#define GEN_CROWDS_MAX 64u /* at a time; one more is not started */

struct gen_crowd {
    double decided_s, start_s, fade_s, peak; /* of a zone's requests */
    uint32_t medium;
    uint32_t zone; /* GEN_NONE: all */
    bool is_announced;
};

struct gen_crowds {
    struct chance chance;
    struct gen_crowd live[GEN_CROWDS_MAX];
    uint32_t count;
    double next_s; /* the next one is decided */
};

void gen_crowds_init(struct gen_crowds *crowds, const struct gen_config *cfg);

/**
 * Forget those that are over and decide on one that falls before @p end_s.
 * @return It, or NULL: no more; call again until then.
 */
const struct gen_crowd *gen_crowds_plan(struct gen_crowds *crowds, const struct gen_config *cfg,
                                        const struct gen_catalogue *catalogue, double end_s);

/** Part of the zone's requests that this crowd would take at @p now_s. */
double gen_crowd_share(const struct gen_crowd *crowd, uint32_t zone, double now_s);

#endif
