/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/alloc/cuset.h - a set of one kernel's CUs, by position, that finds a member at once.
 *
 * Why: a decision must not look at every CU. CUs of one card have positions next to each other, so
 * "an idle one on this card" is the first member of a range. Threads: the owner's.
 */
#ifndef PS_HOST_ALLOC_CUSET_H
#define PS_HOST_ALLOC_CUSET_H

#include <stdbool.h>
#include <stdint.h>

#define PS_CUSET_WORDS_MAX 64u /* one summary bit per word: 4096 CUs */
#define PS_CUSET_NONE      UINT32_MAX

struct ps_cuset {
    uint64_t *words; /* the owner's, zeroed: ps_cuset_words() of them */
    uint64_t summary;
    uint32_t count;
};

uint32_t ps_cuset_words(uint32_t cu_count);
void ps_cuset_put(struct ps_cuset *set, uint32_t pos, bool member);
bool ps_cuset_has(const struct ps_cuset *set, uint32_t pos);
/** The first member in [from, to); PS_CUSET_NONE. */
uint32_t ps_cuset_first(const struct ps_cuset *set, uint32_t from, uint32_t to);

#endif
