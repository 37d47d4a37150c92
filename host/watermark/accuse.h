/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/watermark/accuse.h - how strongly what was read speaks against one viewer, and how often so
 * much would be held against somebody innocent.
 *
 * An innocent viewer's bits were drawn by the biases p_i, apart from everything that made the
 * pictures. So for any model of how pirates may have worked, the product over the segments of
 *
 *     P(z_i | the viewer's bit, p_i) / P(z_i | p_i),   P(z|p) = p P(z|1) + (1-p) P(z|0),
 *
 * has the expectation 1 over an innocent's bits, whether the model is true or not; so has any
 * mixture of models. By Markov's inequality P(score >= T) <= exp(-T) for the logarithm of that, and
 * over N viewers at most N exp(-T) = PS_ACCUSE_FALSE_MAX are accused wrongly when T = ln(N / that).
 * No distribution of scores is assumed. (Such products are known as e-values: Vovk and Wang, Ann.
 * Statist. 49(3), 2021; likelihood decoding of Tardos codes with soft input: Meerwald and Furon,
 * IEEE Trans. Inf. Forensics Security 7(4), 2012.)
 *
 * The mixture holds one pirate alone; two to four who choose the variant of each segment by chance,
 * by majority, by minority, or always A or B where they can; two to four who average their
 * pictures; and the symmetric score of Skoric, Katzenbeisser and Celik (Des. Codes Cryptogr. 46,
 * 2008), exponentially tilted and divided by its expectation over innocents (Chernoff's bound),
 * which needs no model. The score is evidence about a viewer's code word, for a human to review.
 *
 * Threads: read-only once made.
 */
#ifndef PS_HOST_WATERMARK_ACCUSE_H
#define PS_HOST_WATERMARK_ACCUSE_H

#include <stdint.h>

#define PS_ACCUSE_FALSE_MAX 1e-6 /* chance that anyone of a population is accused wrongly */

struct ps_accuse;

/* What was read of one segment. */
struct ps_accuse_reading {
    double z;          /* host/watermark/detect.h; not NaN */
    uint32_t position; /* of the segment in the code words */
    uint16_t bias;     /* in 1/65536, not 0 */
};

/**
 * @param readings  Each position at most once. Not kept.
 * @return 0, -EINVAL (a bias of 0, z not finite, more than PS_CODES_SEGMENTS_MAX) or -ENOMEM.
 */
int ps_accuse_create(struct ps_accuse **ret_accuse, const struct ps_accuse_reading *readings,
                     uint32_t reading_count);
/** NULL is allowed. */
void ps_accuse_destroy(struct ps_accuse *accuse);

/** Score of a code word (see ps_codes_word()), a natural logarithm. */
double ps_accuse_score(const struct ps_accuse *accuse, const uint8_t *bits);

/** The plain symmetric score over its deviation: about N(0, 1) for the innocent. For the eye. */
double ps_accuse_symmetric(const struct ps_accuse *accuse, const uint8_t *bits);

/** The score from which on a viewer is a candidate among @p viewer_count, at least 1. */
double ps_accuse_threshold(uint64_t viewer_count);

/** P(anyone innocent of @p viewer_count has @p score or more) is at most this; 0..1. */
double ps_accuse_bound(double score, uint64_t viewer_count);

#endif
