/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/replay/plot_axis.h - where a value lies along an axis, and which ticks a reader wants.
 *
 * An axis ends at the ticks that enclose the values, but one of time at the values themselves.
 * Threads: none.
 */
#ifndef PS_TOOLS_REPLAY_PLOT_AXIS_H
#define PS_TOOLS_REPLAY_PLOT_AXIS_H

#include <stdbool.h>
#include <stdint.h>

#define PLOT_TICKS_MAX      16u
#define PLOT_TICK_LABEL_MAX 15u

struct plot_tick {
    double value;
    char label[PLOT_TICK_LABEL_MAX + 1];
};

struct plot_axis {
    const char *title; /* with the unit */
    double least, most;
    bool is_log;
    uint32_t tick_count;
    struct plot_tick ticks[PLOT_TICKS_MAX];
};

/** At steps of 1, 2 or 5 times a power of ten, about @p wanted of them (2..8). */
void plot_axis_linear(struct plot_axis *ret, double least, double most, uint32_t wanted);
/** At 1, 2 and 5 times powers of ten, or at those alone where there are many; @p least > 0. */
void plot_axis_log(struct plot_axis *ret, double least, double most);
/** Unix seconds at whole minutes, hours or days in UTC; about @p wanted (2..8) ticks. */
void plot_axis_time(struct plot_axis *ret, double least_s, double most_s, uint32_t wanted);

/** From 0 at the least to 1 at the most; beyond them outside of that. */
double plot_axis_at(const struct plot_axis *axis, double value);

/** A count as people write it: 950, 12 k, 3.4 M. @p ret as long as a tick's label. */
void plot_axis_count_label(double count, char ret[PLOT_TICK_LABEL_MAX + 1]);

#endif
