/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * agent/text_priv.h - pieces of text that somebody else wrote, taken apart without copying.
 *
 * Texts need not end with a NUL and may hold anything. Threads: any.
 */
#ifndef PS_AGENT_TEXT_PRIV_H
#define PS_AGENT_TEXT_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct psa_text {
    const char *at;
    size_t bytes;
};

/** The next line, without its end; false when there is none. */
bool psa_text_line(struct psa_text *rest, struct psa_text *ret_line);
/** The next word of a line; false when there is none. */
bool psa_text_word(struct psa_text *rest, struct psa_text *ret_word);
/** Without blanks at its ends. */
struct psa_text psa_text_trim(struct psa_text text);
/** Whether it begins so (letters of either case), and what comes after. */
bool psa_text_skip(struct psa_text *text, const char *prefix);
bool psa_text_is(struct psa_text text, const char *word);
/** Digits only, up to 2^53. */
bool psa_text_u64(struct psa_text text, uint64_t *ret_number);
/** Digits with at most one point. */
bool psa_text_f64(struct psa_text text, double *ret_number);

#endif
