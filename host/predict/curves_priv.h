/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/predict/curves_priv.h - all series of one object, as the curves' own files see them.
 *
 * curves.c counts and answers, curves_tick.c does what is due when an interval is over, save and
 * load are in curves_save.c; below them series (experts), mix (their weights) and spread
 * (quantiles).
 */
#ifndef PS_HOST_PREDICT_CURVES_PRIV_H
#define PS_HOST_PREDICT_CURVES_PRIV_H

#include "host/predict/curves_mix_priv.h"

enum ps_curves_kind {
    PS_CURVES_TOTAL,
    PS_CURVES_REGION,
    PS_CURVES_DEVICE,
    PS_CURVES_CLASS,
    PS_CURVES_KIND_COUNT
};

#define PS_CURVES_NONE UINT32_MAX

struct ps_curves_member {
    struct ps_curves_class key;
    uint32_t kind;               /* enum ps_curves_kind */
    uint32_t region, device;     /* places of a class's other sums, or PS_CURVES_NONE */
    uint64_t count;              /* starts in the interval under way */
    float told[PS_CURVES_STEPS]; /* what is expected; NAN: nothing yet */
    struct ps_series series;
    struct ps_mix mix;
};

/* Everything that is learned but the members; saved as it is. */
struct ps_curves_mind {
    uint64_t now_ns;
    uint64_t interval; /* under way; 0: nothing was ever learned */
    struct ps_curves_status status;
    struct ps_pool pool[PS_CURVES_KIND_COUNT];
    double sum_loss[PS_HORIZON_COUNT]; /* of the classes' sum as the total, above its own mix's */
    uint32_t member_count;
};

struct ps_curves {
    uint32_t classes_max;
    uint32_t capacity; /* of members[] */
    struct ps_curves_mind mind;
    struct ps_curves_member *members; /* the total, the other class, then as they come */
    uint32_t *table;                  /* open hash of places in members[], plus one; 0: empty */
    uint32_t table_size;
};

#define PS_CURVES_PLACE_TOTAL 0u
#define PS_CURVES_PLACE_OTHER 1u

/** The interval under way is over; the next one begins. */
void ps_curves_tick(struct ps_curves *curves);
/** Say anew what is expected from the interval under way on. */
void ps_curves_foresee(struct ps_curves *curves);

/** Put members[place] into the table. */
void ps_curves_enter(struct ps_curves *curves, uint32_t place);

double ps_curves_relative(const struct ps_curves *curves, const struct ps_curves_member *member,
                          uint32_t lead);
/** Quantiles of one member at a lead. */
void ps_curves_quantiles(const struct ps_curves *curves, const struct ps_curves_member *member,
                         uint32_t lead, double expected, double ret[PS_CURVES_LEVELS]);

#endif
