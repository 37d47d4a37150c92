/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/alloc/threshold.h"

#include <math.h>

#define TARGET_UNUSED_SHARE 0.2  /* a fifth of the buffer may be bets that nobody has taken yet */
#define WANTED_USEFULNESS   0.25 /* one staged item in four should find a viewer */
#define DEAD_BAND           0.05
#define GAIN_PER_SEC        0.004 /* an error of 1 crosses the whole range in about four minutes */
#define STEP_MAX_SEC        5.0   /* a turn that comes late counts as this much time at most */

static double clamp(double x, double low, double high)
{
    return fmin(fmax(x, low), high);
}

void ps_threshold_init(struct ps_threshold *threshold, double start)
{
    threshold->value = clamp(start, PS_THRESHOLD_MIN, PS_THRESHOLD_MAX);
    threshold->moved_ns = 0;
}

void ps_threshold_adapt(struct ps_threshold *threshold, const struct ps_buffer_reading *reading,
                        uint64_t now_ns)
{
    const uint64_t last_ns = threshold->moved_ns;
    double error = reading->unused_share - TARGET_UNUSED_SHARE;

    threshold->moved_ns = now_ns;
    if (last_ns == 0 || now_ns <= last_ns)
        return;
    if (reading->usefulness_share < WANTED_USEFULNESS)
        error = fmax(error, 0.0) + WANTED_USEFULNESS - reading->usefulness_share;
    if (fabs(error) < DEAD_BAND)
        return;
    const double elapsed_s = fmin((double)(now_ns - last_ns) / 1e9, STEP_MAX_SEC);
    threshold->value = clamp(threshold->value + GAIN_PER_SEC * error * elapsed_s, PS_THRESHOLD_MIN,
                             PS_THRESHOLD_MAX);
}

void ps_buffer_shares(const struct ps_buffer_reading *reading, double ret_share[3])
{
    const double bets = 0.25 + 0.5 * clamp(reading->usefulness_share, 0.0, 1.0);

    ret_share[0] = 1.0 - bets;
    ret_share[1] = bets * 2.0 / 3.0;
    ret_share[2] = bets / 3.0;
}
