/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/unit/agent/agent_texts.h - what the tests of the agent share: texts, ids, and texts cut and
 * changed at random, each in memory without a byte to spare.
 * Threads: one.
 */
#ifndef PS_TESTS_UNIT_AGENT_AGENT_TEXTS_H
#define PS_TESTS_UNIT_AGENT_AGENT_TEXTS_H

#include <string.h>

#include "agent/names_priv.h"
#include "tests/support/ps_test.h"

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))
#define TEXT(s)     ((struct psa_text){ (s), sizeof(s) - 1 })

static inline struct psa_text text_of(const char *s)
{
    return (struct psa_text){ s, strlen(s) };
}

static inline struct psa_id id_of(const char *s)
{
    struct psa_id id = { .text = "" };

    PS_REQUIRE(psa_id_of(&id, text_of(s)));
    return id;
}

/* Call @p take with texts that are nearly @p text. */
static inline void with_damaged(const char *text, void (*take)(struct psa_text damaged))
{
    const size_t length = strlen(text);
    unsigned state = 1;

    for (unsigned round = 0; round < 2000; round++) {
        const size_t bytes = round % 3 == 0 ? round % (length + 1) : length;
        char *exact = malloc(bytes + 1);
        PS_REQUIRE(exact != NULL);
        char *end = exact + 1; /* nothing behind the text is ours */
        memcpy(end, text, bytes);
        for (unsigned i = 0; i < round % 5 && bytes > 0; i++) {
            state = state * 1103515245u + 12345u;
            end[state / 65536u % bytes] = (char)(state >> 8);
        }
        take((struct psa_text){ end, bytes });
        free(exact);
    }
}

#endif
