/* SPDX-License-Identifier: BSD-3-Clause */
/* host/predict/features.c - see features_priv.h. */
#include "host/predict/features_priv.h"

#define COUNT_SCALE  6.0f, 0.25f, 1.5f, 0.0f
#define UNSEEN_SCALE 0.0f, 0.0f, 0.0f, 0.0f

/* F(feature, name, middle, gain, steps, offset) */
#define FEATURES(F)                                                                                \
    F(PS_FEATURE_OWN + PS_SPAN_1MIN, "asked for in the last minute", COUNT_SCALE)                  \
    F(PS_FEATURE_OWN + PS_SPAN_5MIN, "asked for in the last 5 minutes", COUNT_SCALE)               \
    F(PS_FEATURE_OWN + PS_SPAN_20MIN, "asked for in the last 20 minutes", COUNT_SCALE)             \
    F(PS_FEATURE_OWN + PS_SPAN_1H, "asked for in the last hour", COUNT_SCALE)                      \
    F(PS_FEATURE_OWN + PS_SPAN_4H, "asked for in the last 4 hours", COUNT_SCALE)                   \
    F(PS_FEATURE_OWN + PS_SPAN_1D, "asked for in the last day", COUNT_SCALE)                       \
    F(PS_FEATURE_OWN + PS_SPAN_7D, "asked for in the last week", COUNT_SCALE)                      \
    F(PS_FEATURE_HAWKES, "its rate over all these times", 6.0f, 0.25f, 1.5f, 0.0f)                 \
    F(PS_FEATURE_GAP, "time since it was last asked for", 10.0f, 0.25f, 1.5f, 0.0f)                \
    F(PS_FEATURE_AGE, "age", 15.0f, 0.3f, 1.2f, -2.0f)                                             \
    F(PS_FEATURE_STARTS, "how often it was ever asked for", 4.0f, 0.25f, 1.5f, 0.0f)               \
    F(PS_FEATURE_IMPLIED_5MIN, "its title in all profiles, last 5 minutes", COUNT_SCALE)           \
    F(PS_FEATURE_IMPLIED_1H, "its title in all profiles, last hour", COUNT_SCALE)                  \
    F(PS_FEATURE_IMPLIED_1D, "its title in all profiles, last day", COUNT_SCALE)                   \
    F(PS_FEATURE_SEQUEL, "viewers who usually go on to it, within a minute", COUNT_SCALE)          \
    F(PS_FEATURE_SEQUEL + 1, "viewers who usually go on to it, within 5 minutes", COUNT_SCALE)     \
    F(PS_FEATURE_SEQUEL + 2, "viewers who usually go on to it, within 15 minutes", COUNT_SCALE)    \
    F(PS_FEATURE_SEQUEL + 3, "viewers who usually go on to it, within an hour", COUNT_SCALE)       \
    F(PS_FEATURE_TOP, "asked for at this hour on earlier days", COUNT_SCALE)                       \
    F(PS_FEATURE_TREND_SHORT, "all requests, last 5 minutes against last hour", 0.0f, 1.0f, 4.0f,  \
      12.0f)                                                                                       \
    F(PS_FEATURE_TREND_LONG, "all requests, last hour against last day", 0.0f, 1.0f, 4.0f, 12.0f)  \
    F(PS_FEATURE_CATEGORY_TREND, "its category, last hour against last day", 0.0f, 1.0f, 4.0f,     \
      12.0f)                                                                                       \
    F(PS_FEATURE_CATEGORY_HOUR, "its category, coming hour against this one on earlier days",      \
      0.0f, 1.0f, 6.0f, 12.0f)                                                                     \
    F(PS_FEATURE_HOUR_SIN, "time of day", 0.0f, 1.0f, 4.0f, 4.0f)                                  \
    F(PS_FEATURE_HOUR_COS, "time of day", 0.0f, 1.0f, 4.0f, 4.0f)                                  \
    F(PS_FEATURE_CATEGORY, "its category", 0.0f, 0.0f, 1.0f, 0.0f)                                 \
    F(PS_FEATURE_LOOK, "announced by agents for the next minute", UNSEEN_SCALE)                    \
    F(PS_FEATURE_LOOK + 1, "announced by agents for the next 5 minutes", UNSEEN_SCALE)             \
    F(PS_FEATURE_LOOK + 2, "announced by agents for the next 15 minutes", UNSEEN_SCALE)            \
    F(PS_FEATURE_LOOK + 3, "announced by agents for the next hour", UNSEEN_SCALE)

#define NAME_(f, name, middle, gain, steps, offset)   [f] = name,
#define MIDDLE_(f, name, middle, gain, steps, offset) [f] = middle,
#define GAIN_(f, name, middle, gain, steps, offset)   [f] = gain,
#define STEPS_(f, name, middle, gain, steps, offset)  [f] = steps,
#define OFFSET_(f, name, middle, gain, steps, offset) [f] = offset,
/* A scale that is a macro itself becomes its numbers first. */
#define NAME(...)   NAME_(__VA_ARGS__)
#define MIDDLE(...) MIDDLE_(__VA_ARGS__)
#define GAIN(...)   GAIN_(__VA_ARGS__)
#define STEPS(...)  STEPS_(__VA_ARGS__)
#define OFFSET(...) OFFSET_(__VA_ARGS__)

const struct ps_feature_scales ps_feature_scales = {
    .name = { FEATURES(NAME) },
    .middle = { FEATURES(MIDDLE) },
    .gain = { FEATURES(GAIN) },
    .steps = { FEATURES(STEPS) },
    .offset = { FEATURES(OFFSET) },
};
