/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/generate/generate_priv.h - what a generator consists of. */
#ifndef PS_TOOLS_GENERATE_GENERATE_PRIV_H
#define PS_TOOLS_GENERATE_GENERATE_PRIV_H

#include "tools/generate/audience.h"
#include "tools/generate/catalogue.h"
#include "tools/generate/crowds.h"
#include "tools/generate/intents.h"

#define GEN_TICK_S 60u /* hours and crowds hold for so long */

struct gen {
    struct gen_config cfg;
    struct gen_catalogue catalogue;
    struct gen_audience audience;
    struct gen_crowds crowds;
    struct gen_intents intents;
    struct gen_scene scene;
    float (*surely)[GEN_PROFILES]; /* of each medium: crowds and intents of the interval */
    /* A stream for each kind of question, so that one option does not move the others' answers. */
    struct chance arrivals, choices, minds;
    uint32_t one_hit_count;
};

/** The scene of the tick at @p now_s. */
void gen_set_scene(struct gen *gen, double now_s);

/** Tell the sink what an intent says. @return 0 or the sink's error. */
int gen_tell(struct gen *gen, const struct gen_sink *sink, const struct gen_intent *intent);

/** What comes after this play: its sequel, nothing, or something that is only said. */
void gen_think(struct gen *gen, const struct gen_request *request, double now_s);

/** Tell the sink the true rates from @p now_s on. Sets scenes. @return 0 or the sink's error. */
int gen_tell_rates(struct gen *gen, const struct gen_sink *sink, double now_s);

#endif
