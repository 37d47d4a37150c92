/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/generate/intents.h - what viewers have in mind: told beforehand or not, done or not.
 *
 * A heap of the things to come, earliest first, and what is told before what is done. Times are
 * seconds from t0.
 */
#ifndef PS_TOOLS_GENERATE_INTENTS_H
#define PS_TOOLS_GENERATE_INTENTS_H

#include <stdbool.h>
#include <stdint.h>

struct gen_intent {
    double at_s, due_s;    /* at_s is due_s when it is to be done, earlier when it is told */
    uint32_t medium, user; /* user GEN_NONE: a crowd's announcement */
    uint8_t profile, device;
    bool is_telling, is_true;
};

struct gen_intents {
    struct gen_intent *heap;
    uint32_t count, capacity;
};

/** @return 0 or -ENOMEM. */
int gen_intents_init(struct gen_intents *intents, uint32_t capacity);
void gen_intents_fini(struct gen_intents *intents);

/** There must be room. */
void gen_intents_push(struct gen_intents *intents, const struct gen_intent *intent);

/** Take the earliest that is not after @p now_s. @return false when there is none. */
bool gen_intents_pop(struct gen_intents *intents, double now_s, struct gen_intent *ret_intent);

#endif
