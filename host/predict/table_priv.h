/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/predict/table_priv.h - the expert of tables: log odds as a sum of what each step says.
 *
 * Every feature is cut into steps, and some pairs of features into fields of a hashed table; each
 * step and field has a weight per horizon. FTRL-proximal (McMahan et al., Ad Click Prediction,
 * KDD'13, algorithm 1) learns them: quick where there is little data, and what is rare stays 0.
 */
#ifndef PS_HOST_PREDICT_TABLE_PRIV_H
#define PS_HOST_PREDICT_TABLE_PRIV_H

#include <stdint.h>

#include "host/predict/features_priv.h"

#define PS_OUTLOOKS 4u /* 1, 5, 15 and 60 minutes ahead */

typedef float ps_vec4 __attribute__((vector_size(16)));

#define PS_TABLE_STEPS  24u
#define PS_TABLE_HAWKES 48u    /* steps of the Hawkes rate, read with interpolation */
#define PS_TABLE_FIELDS 32768u /* hashed pairs */
#define PS_TABLE_PAIRS  10u
#define PS_TABLE_SIZE   (1u + PS_TABLE_HAWKES + PS_FEATURE_SEEN * PS_TABLE_STEPS + PS_TABLE_FIELDS)
#define PS_TABLE_TERMS  (3u + PS_FEATURE_SEEN + PS_TABLE_PAIRS)

struct ps_table {
    ps_vec4 weight[PS_TABLE_SIZE]; /* of each outlook; follows from the two below */
    ps_vec4 z[PS_TABLE_SIZE];
    ps_vec4 n[PS_TABLE_SIZE]; /* sums of squared gradients */
};

/* Where a resource's features lie in the table. */
struct ps_table_row {
    uint32_t term[PS_TABLE_TERMS];
    float part[3]; /* of the first three; all others count in full */
};

void ps_table_row(const struct ps_features *features, struct ps_table_row *ret_row);

/** Log odds of at least one start in each outlook. */
ps_vec4 ps_table_score(const struct ps_table *table, const struct ps_table_row *row);

/** @param slope  Said less happened, of one outlook. */
void ps_table_learn(struct ps_table *table, const struct ps_table_row *row, unsigned outlook,
                    float slope);

/** Make room for change: all sums of squares fade a little, weights stay. */
void ps_table_fade(struct ps_table *table);

#endif
