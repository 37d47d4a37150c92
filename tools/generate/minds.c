/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/generate/minds.c - what viewers will do next, and what their agents say of it. */
#include <math.h>
#include <stddef.h>

#include "tools/generate/generate_priv.h"
#include "tools/generate/wheel.h"

int gen_tell(struct gen *gen, const struct gen_sink *sink, const struct gen_intent *intent)
{
    const double t0 = (double)gen->cfg.t0;
    const struct gen_hint hint = {
        .emit_s = (int64_t)(t0 + intent->at_s),
        .due_s = (int64_t)(t0 + intent->due_s),
        .medium = intent->medium + 1,
        .user = intent->user == GEN_NONE ? GEN_NONE : intent->user + 1,
        .profile = intent->profile,
        .device = intent->device,
        .is_true = intent->is_true,
    };

    return sink->hint == NULL ? 0 : sink->hint(sink->ctx, &hint);
}

/* The viewer means to play it at due_s, or the agent says so; it is told when there is an agent
 * that tells. */
static void intend(struct gen *gen, const struct gen_intent *intent, double now_s, bool is_told)
{
    const double lead_s = (double)gen->cfg.lead * exp(0.5 * chance_normal(&gen->minds));
    struct gen_intent telling = *intent;

    if (is_told) {
        telling.is_telling = true;
        telling.at_s = fmax(now_s, intent->due_s - lead_s);
        gen_intents_push(&gen->intents, &telling);
    }
    gen_intents_push(&gen->intents, intent);
    gen->audience.users[intent->user].is_busy = true;
}

/* An agent that errs names anything popular, and nothing comes of it. */
static uint32_t anything(struct gen *gen)
{
    const uint32_t category = gen_pick(&gen->minds, gen->catalogue.total, GEN_CATEGORIES);
    const double u = chance_uniform(&gen->minds);

    return category == GEN_CATEGORIES ? GEN_NONE : gen_catalogue_pick(&gen->catalogue, category, u);
}

void gen_think(struct gen *gen, const struct gen_request *request, double now_s)
{
    const uint32_t medium = request->medium - 1;
    const struct gen_user *user = &gen->audience.users[request->user - 1];
    const struct gen_medium *played = &gen->catalogue.media[medium];
    const bool has_agent = user->lies != GEN_NO_AGENT;
    const bool goes_on = gen_happens(&gen->minds, (double)gen->cfg.binge);
    const bool is_lied = gen_happens(&gen->minds, has_agent ? user->lies : 0.0);
    const bool is_told = gen_happens(&gen->minds, has_agent ? (double)gen->cfg.told : 0.0);
    struct gen_intent intent = { .user = request->user - 1,
                                 .profile = request->profile,
                                 .device = request->device };

    intent.due_s = now_s + played->length_s * (0.9 + 0.2 * chance_uniform(&gen->minds));
    intent.at_s = intent.due_s;
    if (played->has_sequel && played[1].born_s <= now_s) {
        intent.medium = medium + 1;
        intent.is_true = goes_on;
    } else {
        intent.medium = anything(gen);
    }
    if (user->is_busy || intent.medium == GEN_NONE || !(intent.is_true || is_lied))
        return;
    intend(gen, &intent, now_s, intent.is_true ? is_told : true);
}
